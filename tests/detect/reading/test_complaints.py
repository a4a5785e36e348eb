"""Which mentions complain, of what. Every text here is invented."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.reading import complaints, phrases
from ingest import watchlist
from ingest.hostile import plain

POSTS = pa.schema(
    [
        ("post_key", pa.int64()), ("platform", pa.string()), ("place", pa.string()), ("author_key", pa.int64()),
        ("form", pa.string()), ("lang", pa.string()), ("text", pa.string()),
    ]
)  # fmt: skip
BOT = 4711
RULES = complaints.prepare(watchlist.load(), frozenset({BOT}))
REASONS = {"echo", "news", "past", "other service", "client's own fault", "other"}


def a_post(
    text: str | None, place: str = "", form: str = "post", author_key: int | None = None, **more: Any
) -> dict[str, Any]:
    platform = "bluesky" if not place else "reddit" if place[:2] in ("r/", "R/") else "github"
    post = {"post_key": 1, "platform": platform, "place": place, "author_key": author_key, "form": form, "text": text}
    return post | more


def judged(*posts: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = complaints.judge(
        pa.RecordBatch.from_pylist(list(posts), schema=POSTS), RULES
    ).to_pylist()
    return rows


def of_claude(text: str, place: str = "", form: str = "post", author_key: int | None = None) -> dict[str, Any]:
    (row,) = [row for row in judged(a_post(text, place, form, author_key)) if row["service"] == "claude"]
    return row


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("is claude down?", "down"),
        ("CLAUDE IS DOWN AGAIN AND I HAVE A DEADLINE", "down"),
        ("claude isn’t working, nothing comes back", "down"),
        ("Claude gives me 529 on each request", "errors"),
        ("Claude says Internal Server Error whatever I ask", "errors"),
        ("overloaded_error from the anthropic api all morning", "errors"),
        ("claude: ECONNRESET, then a connection error, then ECONNRESET", "errors"),
        ("Can't log in to Claude, oauth error", "login"),
        ("anthropic api: requests timing out since noon", "slow"),
        ("claude has intermittent errors here, one in three", "partial"),
        ("Worked yesterday, now Claude throws an internal server error", "errors"),
        ("Claude was down yesterday and is down again", "down"),
        ("Claude has been down since yesterday", "down"),
        ("Claude is down although I am far from my rate limit, 529 each time", "errors"),
    ],
)
def test_an_outage_is_told_with_its_symptom(text: str, symptom: str) -> None:
    """Who says, or asks, that the service fails now complains of an outage; the symptom is the most telling one."""
    row = of_claude(text)
    assert (row["kind"], row["symptom"], row["reason"], row["by"]) == ("outage", symptom, None, "alias")


@pytest.mark.parametrize(
    "text",
    [
        "¿Se cayó Claude?", "Claude no funciona hoy", "o Claude caiu de novo", "Claude est en panne chez vous ?",
        "ist Claude schon wieder down", "Claude è giù da un'ora", "Claude ligt eruit", "Claude nie działa od rana",
        "claude çöktü mü", "CLAUDE ÇALIŞMIYOR", "у меня Claude не работает", "Claude знову лежить",
        "هل Claude متوقف عندكم", "Claude डाउन है क्या", "Claude lagi down ya?", "Claude bị sập rồi à",
        "Claudeが落ちてる", "Claude 먹통인가요", "Claude가 안 돼요", "Claude挂了吗", "Claude 掛了，一直報錯",
    ],
)  # fmt: skip
def test_an_outage_is_told_in_many_languages(text: str) -> None:
    """Each language of the vocabulary tells an outage of a service that is named."""
    assert of_claude(text)["kind"] == "outage"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Claude is down for me, I hit my usage limit", "limit"),
        ("hit the weekly limit of Claude after two prompts", "limit"),
        ("Claude stopped working: limit reached, try at five", "limit"),
        ("Claude: rate limited since lunch", "limit"),
        ("Claude alcanzó el límite semanal", "limit"),
        ("Claude got dumber, they lobotomized it", "quality"),
        ("claude is so slow and dumber than ever", "quality"),
        ("Claude 又降智", "quality"),
    ],
)
def test_limits_and_quality_are_kept_apart_from_outages(text: str, kind: str) -> None:
    """A plan's limit called downtime is a limit, and worse answers are quality: neither is an outage."""
    row = of_claude(text)
    assert (row["kind"], row["symptom"], row["reason"]) == (kind, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Claude was down yesterday for an hour", "past"),
        ("Claude is back, that outage was long", "past"),
        ("Claude login errors resolved now", "past"),
        ("Claude war gestern noch down, geht wieder", "past"),
        ("Thousands of users report Claude outage", "news"),
        ("Breaking news: Claude is down, says the wire", "news"),
        ("Claude Status Update: Elevated errors on some models", "echo"),
        ("Investigating - We are currently investigating errors on Claude", "echo"),
        ("[status] Claude is down", "echo"),
        ("Claude is down https://status.claude.com/incidents/abc", "echo"),
        ("ChatGPT is down, moving to Claude", "other service"),
        ("Claude gets a connection error behind a proxy of ours", "client's own fault"),
        ("Claude stopped working, it was my wifi", "client's own fault"),
        ("Claude took down my server", "other"),
        ("Claude caused an outage in our shop", "other"),
        ("Claude is so down to earth", "other"),
        ("How to handle 529 from Claude in a loop", "other"),
        ("I built a menu bar app that tells when Claude is down", "other"),
        ("my uncle Claude sat down and laughed", "other"),
        ("Claude wrote my thesis, lovely", "other"),
        ("Claude's answers are down the drain of taste", "other"),
    ],
)
def test_what_is_no_complaint_says_why(text: str, reason: str) -> None:
    """Echoes, news, what is over, other services, one's own network, and figures of speech are no complaint."""
    row = of_claude(text)
    assert (row["kind"], row["reason"], row["symptom"]) == ("none", reason, None)


def test_a_namesake_is_no_mention() -> None:
    """Jean-Claude being down yields no row at all."""
    assert judged(a_post("Jean-Claude is down with the flu"), a_post("nothing here is down")) == []


def test_each_service_gets_what_is_said_of_it() -> None:
    """One post yields a row per service: a complaint for the failing one, "other service" for the other."""
    found = {row["service"]: row for row in judged(a_post("Opus 4.6 gives 529, but gpt-5 answers"))}
    assert (found["claude"]["kind"], found["claude"]["model"]) == ("outage", "opus 4.6")
    assert (found["openai"]["kind"], found["openai"]["reason"], found["openai"]["model"]) == (
        "none",
        "other service",
        "gpt 5",
    )
    both = judged(a_post("claude and chatgpt are both down"))
    assert {row["service"]: row["kind"] for row in both} == {"claude": "outage", "openai": "outage"}


def test_another_service_named_in_a_place_takes_the_complaint() -> None:
    """Of OpenAI failing, said in r/ClaudeAI, OpenAI gets the complaint and Claude a mention by place."""
    found = {row["service"]: row for row in judged(a_post("ChatGPT is down", "r/ClaudeAI"))}
    assert (found["openai"]["kind"], found["openai"]["by"]) == ("outage", "alias")
    assert (found["claude"]["kind"], found["claude"]["by"], found["claude"]["reason"]) == (
        "none",
        "place",
        "other service",
    )


def test_the_place_is_read_with_the_text() -> None:
    """The same words are a complaint in the service's place and nobody's elsewhere."""
    row = of_claude("Is it down for anyone else?", "r/claudeai")
    assert (row["kind"], row["by"]) == ("outage", "place")
    assert judged(a_post("Is it down for anyone else?", "r/gardening")) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[Bug] API Error: 500 internal server error", "outage"),
        ("[BUG] 529 on all models", "outage"),
        ("Login fails with a timeout after the browser step", "outage"),
        ("[BUG] panel hangs when pasting a big file", "none"),
        ("[BUG] crash on start, not working after the upgrade", "none"),
        ("[FEATURE] tell me on 529 overloaded", "none"),
        ("MCP server: connection error", "none"),
        ("Anyone else? the scroll bar is broken", "none"),
    ],
)
def test_an_issue_needs_a_sign_from_the_service(text: str, kind: str) -> None:
    """In an issue tracker a client's bug is no outage; an error that only the service can give is."""
    assert of_claude(text, "anthropics/claude-code", "issue")["kind"] == kind


def test_weak_words_count_only_where_others_are_asked() -> None:
    """To have issues is no complaint; to ask others whether they have them is one."""
    assert of_claude("Found two issues in the docs", "r/ClaudeAI")["kind"] == "none"
    assert of_claude("Anyone else having issues?", "r/ClaudeAI")["kind"] == "outage"


def test_accounts_and_places_that_repeat_never_complain() -> None:
    """Whatever a bot, or a place of bots, writes is an echo."""
    assert of_claude("claude is down", author_key=BOT)["reason"] == "echo"
    assert of_claude("claude is down", author_key=BOT + 1)["kind"] == "outage"
    assert of_claude("claude is down", "R/outagealerts")["reason"] == "echo"


@pytest.mark.parametrize(
    ("text", "surface", "model"),
    [
        ("Claude Code in VS Code: 529", "claude_code", None),
        ("claude.ai is down", "claude.ai", None),
        ("the claude ios app is down", "mobile", None),
        ("claude-opus-4-6 is down, 529", None, "opus 4.6"),
        ("Sonnet 4.5挂了", None, "sonnet 4.5"),
        ("Claude is down", None, None),
    ],
)
def test_surface_and_model_are_read_from_the_text(text: str, surface: str | None, model: str | None) -> None:
    """The part of the service and the model are those that the text names; nothing is guessed."""
    row = of_claude(text, "r/ClaudeAI")
    assert (row["surface"], row["model"], row["kind"]) == (surface, model, "outage")


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mclaude\x1b[0m is down", "\u202eclaude\u202c is down", "claude\x00 is down",
        "claude is down\U0001f525" + "x" * 100_000,
        "<b>claude</b> is down", "claude is down\u0301\u0302\u0303",
    ],
)  # fmt: skip
def test_hostile_text_is_judged_like_any_other(text: str) -> None:
    """Terminal codes, direction marks, NUL, and 100 kB of filler once stored, do not hide a plain complaint."""
    assert of_claude(plain(text))["kind"] == "outage"


def test_a_post_without_text_is_judged() -> None:
    """A text that is gone leaves the mention by place, and no complaint."""
    (row,) = judged(a_post(None, "r/ClaudeAI"))
    assert (row["kind"], row["reason"]) == ("none", "other")


def test_an_empty_batch_gives_an_empty_one_of_the_same_shape() -> None:
    """The shape of the answer does not depend on the posts."""
    found = complaints.judge(pa.RecordBatch.from_pylist([], schema=POSTS), RULES)
    assert (len(found), found.schema) == (0, complaints.JUDGED)


WORDS = st.sampled_from(
    [
        "claude",
        "ChatGPT",
        "opus 4.6",
        "is down",
        "529",
        "rate limit",
        "dumber",
        "yesterday",
        "my wifi",
        "anyone else",
        "?",
        "挂了",
        "не работает",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=8).map(" ".join))
SOME_POSTS = st.lists(
    st.builds(
        a_post, TEXTS, st.sampled_from(["", "r/ClaudeAI", "r/OpenAI", "anthropics/claude-code"]),
        st.sampled_from(["post", "issue"]), st.sampled_from([None, BOT, 1]),
    ),
    max_size=8,
)  # fmt: skip


@given(SOME_POSTS)
def test_a_batch_is_judged_as_its_posts_are_one_by_one(posts: list[dict[str, Any]]) -> None:
    """Neighbours change no judgement, whatever the text, and every judgement keeps to the words of the tables."""
    rows = judged(*posts)
    assert rows == [row for post in posts for row in judged(post)]
    for row in rows:
        assert (row["kind"] == "none") == (row["reason"] in REASONS)
        assert (row["kind"] == "outage") == (row["symptom"] in phrases.SYMPTOMS)


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_capitals_change_no_judgement(text: str) -> None:
    """Shouting is judged like talking."""
    assert judged(a_post(text.upper(), "r/ClaudeAI")) == judged(a_post(text.lower(), "r/ClaudeAI"))
