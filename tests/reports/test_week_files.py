"""The weekly report's files: whole or not there, each says the same, and a later one says what changed."""

import re
import subprocess
import sys
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner
from hostileweek import HOSTILE, hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import watchlist
from ingest.database import connect
from ingest.errors import ConfigError, DatabaseBusy
from ingest.watchlist import Watchlist
from reports import week as weeks
from reports import weekdoor
from reports.__main__ import door
from reports.week import calendar, changes, feed, files
from reports.week.records import Week

if TYPE_CHECKING:
    from conftest import Judged

ATOM = "{http://www.w3.org/2005/Atom}"


def load(judged: "Judged", watched: Watchlist | None = None) -> Week:
    """Load the week of the 13th of April."""
    with connect(judged.path, read_only=True) as connection:
        return weeks.load(connection, watched or watchlist.load(), "claude", "2026-W16")


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_one_week_is_three_files_and_its_pictures(told: "Judged", tmp_path: Path) -> None:
    """HTML, Markdown and JSON; every picture that the Markdown shows is there; nothing else is left behind."""
    out = tmp_path / "out"
    written = files.write(load(told), out)
    assert [path.name for path in written] == [f"claude-2026-W16.{kind}" for kind in ("html", "md", "json")]
    shown = re.findall(r"\]\((claude-2026-W16/[^)]+\.svg)\)", written[1].read_text())
    assert len(shown) == len(set(shown)) == 9
    assert {str(path.relative_to(out)) for path in out.rglob("*.svg")} == set(shown)
    assert not list(out.rglob(".*"))


def test_written_again_it_is_the_same(told: "Judged", tmp_path: Path) -> None:
    """The same judgement gives the same bytes: no clock, no chance."""
    week, out = load(told), tmp_path / "out"
    files.write(week, out)
    first = {path.name: path.read_bytes() for path in out.rglob("*.*") if path.is_file()}
    files.write(week, out)
    assert first == {path.name: path.read_bytes() for path in out.rglob("*.*") if path.is_file()}


def test_the_page_is_one_file_that_fetches_nothing(told: "Judged", tmp_path: Path) -> None:
    """No picture, style, font or script from elsewhere; the one script is named by its hash in the policy."""
    page = files.write(load(told), tmp_path / "out")[0].read_text()
    found = Tags(page)
    assert found.tags.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "form", "audio", "video", "base"} & set(found.tags)
    assert {value for name, value in found.attributes if name == "src"} == set()
    [policy] = [value for name, value in found.attributes if name == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none'")
    assert "'unsafe-inline'" not in re.findall(r"script-src[^;]*", policy)[0]
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_everything_made_from_the_sample_says_so(told: "Judged", tmp_path: Path) -> None:
    """On the sample, page, Markdown, JSON, index and feed say what in them is synthetic."""
    week = msgspec.structs.replace(load(told), label="Sample data: invented.")
    out = tmp_path / "out"
    written = files.write(week, out)
    written.append(files.write_common(out, {"claude": feed.write("claude", "Claude", [], week.as_of, week.label)}))
    written.append(out / "claude.atom")
    assert all("Sample data: invented." in path.read_text() for path in written)


def test_a_later_judgement_says_what_it_changed(told: "Judged", tmp_path: Path) -> None:
    """A verdict that flips, a lag, an outage found and one gone are told, with when; what was told before stays."""
    out = tmp_path / "out"
    first = load(told)
    files.write(first, out)
    later = first.as_of + timedelta(days=1)
    spoke = first.cards[2].onset_at + timedelta(minutes=30)
    flipped = msgspec.structs.replace(
        first.cards[2], verdict="early", first_published_at=spoke, acknowledgement_lag_min=30.0
    )
    new = msgspec.structs.replace(first.cards[1], episode_id="claude-new")
    again = msgspec.structs.replace(first, as_of=later, cards=(first.cards[0], flipped, new))
    files.write(again, out)
    files.write(again, out)

    kept = changes.remember((out / "claude-2026-W16.json").read_bytes())
    assert kept is not None
    assert kept.first_as_of == first.as_of
    assert [(one.of, one.what, one.was, one.now) for one in kept.history] == [
        ("claude-3500", "verdict", "unacknowledged", "early"),
        ("claude-3500", "page − onset", "–", "+30 min"),
        ("claude-new", "outage", "", "found"),
        ("claude-2000", "outage", "found", "no outage any more"),
    ]
    assert "no outage any more" in (out / "claude-2026-W16.html").read_text()
    assert "no outage any more" in (out / "claude-2026-W16.md").read_text()


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"version": 99}', b"\xff\xfe", b'{"version": 1}'])
def test_an_earlier_report_that_cannot_be_read_is_written_anew(told: "Judged", tmp_path: Path, broken: bytes) -> None:
    """Half a file, another version, something else: nothing is said of changes, and the report is there."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "claude-2026-W16.json").write_bytes(broken)
    files.write(load(told), out)
    kept = changes.remember((out / "claude-2026-W16.json").read_bytes())
    assert kept is not None
    assert kept.history == ()


@pytest.mark.parametrize("where", ["file/out", "/proc/no-folder/out"])
def test_a_folder_that_cannot_be_written_to_is_one_line(told: "Judged", where: str) -> None:
    """A folder below a file, or where nobody may write, is refused with a remedy, and no half report is left."""
    Path("file").write_text("in the way")
    with pytest.raises(ConfigError, match="--out"):
        files.write(load(told), Path(where))


def test_a_full_disk_leaves_the_earlier_report(told: "Judged", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails half-way, the earlier page is still whole, and nothing unfinished lies beside it."""
    out = tmp_path / "out"
    page = files.write(load(told), out)[0]
    before = page.read_bytes()

    def full(_: Path, __: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigError, match="No space left"):
        files.write(load(told), out)
    assert page.read_bytes() == before
    assert not list(out.rglob(".*"))


def test_the_index_lists_every_week(told: "Judged", tmp_path: Path) -> None:
    """Weeks of every service, the newest first, each linked; a file that is no report is left out."""
    out, week = tmp_path / "out", load(told)
    for name in ("2026-W09", "2026-W53", "2026-W16"):
        files.write(msgspec.structs.replace(week, week=name, start=calendar.begin(name)), out)
    (out / "claude-2026-W20.json").write_text("{}")
    page = files.write_common(out, {}).read_text()
    assert re.findall(r'href="claude-(2026-W\d\d)\.html"', page) == ["2026-W53", "2026-W16", "2026-W09"]


def test_the_feed_is_atom(told: "Judged") -> None:
    """Every outage is an entry with an id that stays, a link to its week's page, and times in UTC."""
    with connect(told.path, read_only=True) as connection:
        written = feed.load(connection, "claude", "Claude & <Co>")
    root = ET.fromstring(written)  # noqa: S314  (made here)
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}title") == "Outages of Claude & <Co>"
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"tag:is-claude-down,2026:claude/claude-{onset}" for onset in (3500, 2000, 600)
    ]
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert link.get("href") == "claude-2026-W16.html"
        assert (entry.findtext(f"{ATOM}updated") or "").endswith("Z")


def test_the_door_writes_the_last_week_and_says_where(told: "Judged", tmp_path: Path) -> None:
    """`reports week` prints the answer, how much was looked at, and the paths; --all writes every complete week."""
    run = CliRunner().invoke(door, ["week", "--db", str(told.path), "--out", "out"])
    assert run.exit_code == 0, run.output
    assert "Claude was down 3 times" in run.output
    assert "out/claude-2026-W16.html" in run.output
    assert {path.name for path in Path("out").glob("*.*")} == {
        "claude-2026-W16.html", "claude-2026-W16.md", "claude-2026-W16.json", "index.html", "claude.atom",
    }  # fmt: skip
    run = CliRunner().invoke(door, ["week", "--db", str(told.path), "--all"])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "reports" / "index.html").exists()
    assert CliRunner().invoke(door, ["week", "--all", "--week", "2026-W16"]).exit_code == 2


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=6))
def test_whatever_stands_in_a_field_the_page_is_made_of_the_same(told: "Judged", texts: list[str]) -> None:
    """With any text in any field, the page has the tags, and Markdown the pictures and links, of a harmless one."""
    week = load(told)
    plain, poisoned = hostile(week, ("x",)), hostile(week, tuple(texts))
    out = Path("fuzzed")
    pages = []
    for week in (plain, poisoned):
        for old in out.glob("*.json"):
            old.unlink()
        pages.append([path.read_text() for path in files.write(week, out)])
    assert Tags(pages[0][0]).tags == Tags(pages[1][0]).tags
    for links in (r"!\[", r"(?<!\\)\]\("):
        assert len(re.findall(links, pages[0][1])) == len(re.findall(links, pages[1][1]))


def test_hostile_texts_are_texts(told: "Judged", tmp_path: Path) -> None:
    """Markup, template signs, links and terminal sequences in any field stand in the page as they are written."""
    page, document, _ = (path.read_text() for path in files.write(hostile(load(told), HOSTILE), tmp_path / "out"))
    found = Tags(page)
    assert found.tags.count("script") == 1
    assert "img" not in found.tags
    assert "document.title='owned'" in "".join(found.texts)
    assert "{{ 7 * 7 }}" in "".join(found.texts)
    assert not [value for name, value in found.attributes if name == "href" and "javascript:" in value]
    assert not re.findall(r"(?<!\\)\]\(javascript", document)
    assert not re.findall(r"(?<!\\)<script", document)


def test_a_busy_database_is_one_line(told: "Judged", monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file for writing, the report is refused with the reason; nothing is written."""
    path = told.path
    monkeypatch.setattr(weekdoor, "PATIENCE", timedelta())
    hold = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        run = CliRunner().invoke(door, ["week", "--db", str(path), "--out", "out"])
        holder.communicate()
    assert isinstance(run.exception, DatabaseBusy)
    assert not Path("out").exists()
