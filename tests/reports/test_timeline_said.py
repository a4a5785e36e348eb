"""What a person reads: in the terminal, and in Markdown."""

import io
import re
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console

from ingest.database import connect
from ingest.sources.sample import LABEL
from reports.markdown import as_markdown, escaped
from reports.terminal import LISTED, as_terminal
from reports.timeline import Timeline


def said(timeline: Timeline, width: int = 160, zone: Any = UTC) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(as_terminal(timeline, width, zone))
    return captured.get()


def closing(text: str) -> str:
    return " ".join(text[text.index("\nFelt") :].split())


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
def test_every_width_shows_all_that_matters(judged: Any, width: int) -> None:
    """From 80 columns to 200 no line is too long and nothing important is lost: only the layout changes."""
    judged.typical()
    judged.looked()
    judged.episode(1300, lag=200.0, verdict="acknowledged", service="openai")
    text = said(judged.load(), width)
    assert max(map(cell_len, text.splitlines())) <= width
    for expected in (
        "15 Apr", "01:00", "01:09", "05:44", "4h44m", "31 vs 0.4", "01:17", "+17 min", "early", "errors",
        "claude.ai, api, opus 4.6", "reddit, github", "−5 min", "not yet", "unacknowledged", "+3.3 h", "openai",
        "02:24+1d", "Errors on file uploads", "Login is down", "minor",
    ):  # fmt: skip
        assert expected in text, expected


def test_details_stand_below_where_there_is_no_room_beside(judged: Any) -> None:
    """At 80 columns an outage takes two lines, at 160 one."""
    judged.typical()
    [narrow] = [line for line in said(judged.load(), 80).splitlines() if "+17 min" in line]
    [wide] = [line for line in said(judged.load(), 160).splitlines() if "+17 min" in line and "early" in line]
    assert "claude.ai" not in narrow
    assert "claude.ai" in wide


def test_past_midnight_a_verdict_stays_on_its_line(judged: Any) -> None:
    """At 80 columns, where alarm, end and page are the next day's, the peak goes below, not the verdict."""
    judged.run(as_of=48 * 60)
    judged.episode(1435, lag=165.0, service="openai")
    judged.episode(1300)
    text = said(judged.load(), 80)
    [silent] = [line for line in text.splitlines() if line.startswith("claude ")]
    [late] = [line for line in text.splitlines() if line.startswith("openai ")]
    assert silent.rstrip().endswith("unacknowledged")
    assert late.count("+1d") == 3
    assert late.rstrip().endswith("early")
    assert text.count("peak 31 vs 0.4") == 2


def test_the_end_says_what_it_comes_to(judged: Any) -> None:
    """The last lines: how many, how long, how late the page was and how often first, and whether anybody looked."""
    judged.typical()
    judged.looked(share=0.5)
    text = closing(said(judged.load()))
    assert "3 outages, 9.6 hours in all, the longest 4h44m (15 Apr); of 1 nobody saw the end." in text
    assert "once later than the onset, once earlier (−5 min), median lag +6 min, once silent." in text
    assert "4 incidents on the page: 2 felt, 1 not felt, 1 not to be judged." in text
    assert "reddit 50 % of the time from 2026-04-15 00:00 to 2026-04-16 00:00; 50 % of it could be judged." in text
    assert "match if they overlap within 160 min" in text
    assert "as of 2026-04-16 00:00 UTC, promising at most 1 false alarm in 4 weeks" in text
    assert said(judged.load()).rindex("Felt") > said(judged.load()).rindex("Login is down")


def test_where_nobody_looked_since_nothing_is_said_to_go_on(judged: Any) -> None:
    """An outage without an end on which everybody stopped looking is neither over nor running: its end was not seen."""
    judged.run()
    judged.looked(hours=20)
    judged.episode(900, ended_at=None)
    text = said(judged.load(), 160)
    assert "unseen since 20:00" in text
    assert "not yet" not in text
    assert "1 outage, 5.0 hours in all; of 1 nobody saw the end." in closing(text)


def test_each_service_is_summed_by_itself(judged: Any) -> None:
    """Outages of two services are never added to one figure."""
    judged.typical()
    judged.episode(60, lag=-30.0, service="openai")
    text = closing(said(judged.load()))
    assert "claude: 3 outages" in text
    assert "openai: 1 outage, 4.7 hours in all." in text
    assert "openai: never later than the onset, once earlier (−30 min), median lag −30 min." in text


def test_services_of_which_the_same_is_to_be_said_are_named_together(judged: Any) -> None:
    """Coverage is said once for services that share it, and apart for one that differs."""
    judged.run()
    for service, share in (("claude", 1.0), ("gemini", 1.0), ("openai", 0.5)):
        judged.looked(service=service, share=share)
    text = closing(said(judged.load()))
    assert "claude, gemini: reddit 100 % of the time" in text
    assert "openai: reddit 50 % of the time" in text


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (2, "your zone is UTC+2: add 2 h."),
        (-7, "your zone is UTC−7: subtract 7 h."),
        (5.5, "your zone is UTC+5:30: add 5:30 h."),
        (0, "Times are UTC."),
    ],
)
def test_the_readers_zone_is_explained_once(judged: Any, hours: float, expected: str) -> None:
    """Times stay UTC; where the reader's zone is another, one sentence says what to add."""
    judged.typical()
    text = closing(said(judged.load(), zone=timezone(timedelta(hours=hours))))
    assert text.count("Times are UTC") == 1
    assert expected in text


def test_silence_where_nobody_looked_is_not_calm(judged: Any) -> None:
    """Nothing found where nothing was looked at says so, and does not say that all was well."""
    judged.run()
    assert "nobody looked in this span: that nothing was found says nothing" in closing(said(judged.load()))
    judged.looked(share=0.0)
    assert "nobody looked in this span" in closing(said(judged.load()))
    assert "Nothing found: no outage, and no official incident." in said(judged.load())


def test_a_long_record_is_counted_and_its_severe_part_listed(judged: Any) -> None:
    """A whole archive that nobody could judge does not bury the outages: the severe are listed, the rest counted."""
    judged.run()
    judged.episode(60)
    for number in range(LISTED + 1):
        impact = "critical" if number == 7 else "minor"
        judged.incident(f"i{number}", number, verdict="unknown", impact=impact, name=f"Number {number}.")
    text = said(judged.load())
    assert "Number 7." in text
    assert "Number 8." not in text
    assert f"{LISTED} other ones are not listed" in text
    assert f"{LISTED + 1} not to be judged" in text


def test_an_unusual_reason_is_shown_and_the_usual_one_is_not(judged: Any) -> None:
    """What makes one incident different stands beside it; what is true of all is not repeated."""
    judged.run()
    for number in range(3):
        judged.incident(f"i{number}", 60 + number, verdict="unfelt")
    judged.incident("s", 70, name="Access is suspended")
    judged.insert(
        "incident_verdicts", service="claude", incident_id="s", verdict="unfelt", reason="announced by the operator"
    )
    text = said(judged.load())
    assert "Access is suspended (announced by the operator)" in text
    assert "nobody complained" not in text


def test_the_sample_is_labelled_where_the_eye_lands(judged: Any) -> None:
    """On the sample, the terminal's last line and the document's first say what is synthetic."""
    judged.typical()
    with connect(judged.path) as connection:
        connection.execute("UPDATE about SET value = 'sample' WHERE name = 'kind'")
    label = " ".join(LABEL.split())
    assert closing(said(judged.load())).endswith(f"Sample {label}")
    assert f"> **{escaped(label)}**" in as_markdown(judged.load()).split("\n- **Felt")[0]


HOSTILE = (
    "a|b",
    "<script>alert(1)</script>",
    "[click](https://evil.example)",
    "![x](//evil.example/p.png)",
    "https://evil.example/x and www.evil.example",
    "`code` *bold* __under__ ~~gone~~ $x$",
    "back\\|slash \\",
    "&lt;b&gt; <https://evil.example>",
    "# 1. - + > heading",
)


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_stay_words_in_markdown(judged: Any, title: str) -> None:
    """Whatever a title holds, one cell holds just those characters: no markup, link or cell begins in it."""
    judged.run()
    judged.incident("x", 60, verdict="unfelt", name=title)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(as_markdown(judged.load()))
    cells = [token.children or [] for token in tokens if token.type == "inline" and token.level == 4]
    assert len(cells) == 8
    assert {child.type for child in cells[-1]} == {"text"}
    assert "".join(child.content for child in cells[-1]) == title


def test_github_finds_no_link_and_nobody_to_notify() -> None:
    """What GitHub would turn into a link, a mention or an issue by itself is broken up."""
    text = escaped("see https://evil.example, WWW.evil.example, @someone, a@b.example and #12")
    assert not re.search(r"(?i)https?://|www\.\w|@\w|#\d", text)


def test_markdown_says_what_the_terminal_says(judged: Any) -> None:
    """The document has the outages, the incidents and the closing lines, and begins with what it comes to."""
    judged.typical()
    text = as_markdown(judged.load())
    assert "| 15 Apr | 01:00 | 01:09 | 05:44 | 4h44m | 31 vs 0.4 | 01:17 | +17 min | early | errors |" in text
    assert "| 15 Apr | 13:20 | minor | Errors on file uploads |" in text
    assert text.index("**Page:** once later than the onset, once earlier (−5 min)") < text.index("| Day")
    assert "Times are UTC." in text
    judged.run(as_of=1500)
    empty = as_markdown(judged.load(service="gemini"))
    assert "Nothing found for gemini: no outage, and no official incident." in empty
