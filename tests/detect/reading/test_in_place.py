"""What stands in a service's own place and says nothing of it is no complaint of it. Texts here are invented."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from detect.reading import complaints, corpus
from detect.reading.complaints import Loose

CALM = (
    "what a sunny afternoon", "good evening everybody", "cheers!", "so true", "lol no", "12", "🎈",
    "ok then",
    "who made this", "my tulips are out", "the soup was too salty", "we won in overtime!!", "see you at the market",
    "[removed by reddit]", "this aged well", "any tips for a first marathon?", "is there a plan for schools?",
    "which one is cheaper",
    "please let us rename chats", "I drew a fox with it", "fixed in the newest build, thank you",
    "print(sum(range(9)))",
    "The mayor opened the harbour bath on Sunday, and half the town jumped in with its clothes on.",
    "My uncle reads the weather aloud every morning, and it has rained every time he was sure that it wouldn't.",
    "slow down, it's a school street", "sit down and eat", "there's an error in the third verse", "page 500, finally",
    "the elevator is broken, stairs it is", "no power in our street, the stars are lovely",
    "schönen Abend noch", "wer kocht heute", "bonne soirée à vous", "quel beau jardin", "qué rico el café",
    "nos vemos el lunes", "que saudade da praia", "bora jogar bola", "che fame", "ci vediamo al mare", "fijne avond",
    "lekker gefietst vandaag", "pada śnieg", "smacznego", "доброго вечора", "яке гарне місто", "какой красивый закат",
    "пора спать", "iyi akşamlar", "çayım hazır", "مساء النور", "القهوة جاهزة", "शुभ संध्या", "चाय पियोगे?", "sore semua",
    "lapar nih", "chiều nay đi bơi", "đói quá", "お腹すいた", "夕焼けがきれい", "배고프다", "노을이 예쁘네",
    "晚饭吃什么", "夕阳真美", "晚餐吃什麼", "夕陽好美",
)  # fmt: skip

FAILING = (
    "down here too", "yep dead for me", "500s for us as well", "I can't sign in either", "same, it won't load",
    "also getting errors on every message", "not responding here", "bei mir auch tot", "chez moi aussi ça plante",
    "aquí tampoco carga", "aqui também caiu", "anche qui non va", "hier ligt het ook plat", "u mnie też nie działa",
    "у меня тоже лежит", "у мене теж не працює", "bende de çöktü", "عندي أيضا لا يعمل", "मेरा भी नहीं चल रहा",
    "di aku juga mati", "bên mình cũng sập", "こっちも落ちてる", "저도 안 돼요", "我这边也挂了", "我這邊也掛了",
)  # fmt: skip

ANYONE_ELSE = (
    "anyone else planting tomatoes today?", "is anyone else sunburnt today", "does anyone else whistle while coding",
    "anyone else queueing for the museum right now?", "is it just me or are the pigeons louder again",
)  # fmt: skip

BESIDE = (
    "vimeo is down again, claude is drawing me a storyboard instead", "Big outage at Equinix today. Claude is fine.",
    "gitea is down, lucky me that claude works", "if claude goes down while my parents watch I'm doomed",
    "HTTP 508 is a lovely status code",
)  # fmt: skip

ITS_OWN = (
    "anyone else getting 502s today?", "is anyone else locked out right now", "is it just me or is it gone again?",
    "equinix is down and takes claude with it", "gitea works, claude only answers with errors",
)  # fmt: skip
"""As near to the two above as a complaint can be."""

MOST = {"under 60": (0.02, 0.03), "60 to 199": (0.01, 0.03), "200 and more": (0.003, 0.03)}
"""Share of real texts about anything that may be called an outage, and quality, by length."""


def at_home(reader: complaints.Reader, texts: tuple[str, ...], place: str, form: str) -> list[dict[str, Any]]:
    """Judge texts as if they stood in a subreddit."""
    rows = complaints.judge(complaints.as_batch([Loose(text, "reddit", place, form) for text in texts]), reader)
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def kinds_of_claude(reader: complaints.Reader, texts: tuple[str, ...]) -> Counter[str]:
    """Count what comments in r/ClaudeAI are called, as far as Claude goes."""
    rows = at_home(reader, texts, "r/ClaudeAI", "comment")
    return Counter(row["kind"] for row in rows if row["service"] == "claude")


def test_these_texts_are_not_in_the_corpus() -> None:
    """None of them was learned by heart."""
    written = CALM + FAILING + ANYONE_ELSE + BESIDE + ITS_OWN

    assert not {text.text.casefold() for text in corpus.load()}.intersection(map(str.casefold, written))


@pytest.mark.parametrize("form", ["comment", "post"])
@pytest.mark.parametrize("place", ["r/ClaudeAI", "r/ChatGPT", "r/Bard"])
def test_small_talk_is_no_complaint(reader: complaints.Reader, place: str, form: str) -> None:
    """Of short texts in all languages hardly any is called anything."""
    kinds = Counter(row["kind"] for row in at_home(reader, CALM, place, form))

    assert kinds.total() == len(CALM)
    assert kinds["outage"] <= 2
    assert kinds["limit"] + kinds["quality"] <= 2


def test_a_short_complaint_is_one(reader: complaints.Reader) -> None:
    """As short as the small talk, in as many languages: four in five are found."""
    kinds = Counter(row["kind"] for row in at_home(reader, FAILING, "r/ClaudeAI", "comment"))

    assert kinds["outage"] >= 0.8 * len(FAILING)


def test_asking_around_is_no_complaint(reader: complaints.Reader) -> None:
    """Who asks after company, in the words of those who ask whether it is down for others too, complains of nothing."""
    assert kinds_of_claude(reader, ANYONE_ELSE) == Counter(none=len(ANYONE_ELSE))


def test_what_fails_beside_claude_is_mostly_no_complaint(reader: complaints.Reader) -> None:
    """Another service's outage, or one only imagined, is called Claude's at most twice in five."""
    assert kinds_of_claude(reader, BESIDE)["none"] >= 3


def test_what_is_close_to_them_stays_an_outage(reader: complaints.Reader) -> None:
    """In the same words, of Claude itself: an outage, four times in five or more."""
    assert kinds_of_claude(reader, ITS_OWN)["outage"] >= 4


@pytest.mark.parametrize("text", ["same", "same here", "me too", "+1"])
def test_assent_alone_is_undecided(reader: complaints.Reader, text: str) -> None:
    """Without its thread it may be about anything: not called an outage, and not sure of the contrary either."""
    (row,) = at_home(reader, (text,), "r/ClaudeAI", "comment")

    assert row["kind"] != "outage"
    assert row["probability"] > 0.05
    (said,) = at_home(reader, ("same here, down",), "r/ClaudeAI", "comment")
    assert said["kind"] == "outage"


def test_real_texts_about_anything_stay_so(reader: complaints.Reader, shared_data: Path) -> None:
    """Of 3,000 real texts of each length, as comments in r/ClaudeAI, next to none is called an outage or quality."""
    texts: list[str] = []
    for name in ("bluesky_posts", "tweets_xlmt_8lang", "tweets_crisislex"):
        lines = gzip.decompress((shared_data / f"posts/{name}.jsonl.gz").read_bytes()).splitlines()
        texts += [json.loads(line).get("text") or "" for line in lines]
    random.Random(4).shuffle(texts)
    spans = {"under 60": (5, 60), "60 to 199": (60, 200), "200 and more": (200, 2000)}
    for length, (least, end) in spans.items():
        some = tuple([text for text in texts if least <= len(text) < end][:3000])
        kinds = Counter(row["kind"] for row in at_home(reader, some, "r/ClaudeAI", "comment"))
        outage, quality = MOST[length]
        assert kinds["outage"] / len(some) <= outage, length
        assert kinds["quality"] / len(some) <= quality, length
