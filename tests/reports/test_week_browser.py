"""The page in a real browser: it fetches nothing, runs nothing of others, reads well for all, and can be driven."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import looking
from hostileweek import HOSTILE, hostile

from ingest import watchlist
from ingest.database import connect
from reports import week as weeks
from reports.week import files
from reports.week.records import Week

if TYPE_CHECKING:
    from conftest import Judged


@pytest.fixture
def week(told: "Judged") -> Week:
    """The week that is looked at."""
    with connect(told.path, read_only=True) as connection:
        return weeks.load(connection, watchlist.load(), "claude", "2026-W16")


@pytest.fixture
def page(week: Week, tmp_path: Path) -> Path:
    """Its page."""
    return files.write(week, tmp_path / "out")[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_in_silence(page: Path, scheme: str) -> None:
    """Nothing is requested but the file itself, and the console says nothing, by day and by night."""
    with looking(page, scheme=scheme) as looked:
        looked.page.mouse.wheel(0, 4000)
        looked.page.wait_for_timeout(100)
        assert (looked.requests, looked.said) == ([], [])


def test_hostile_texts_run_nothing(week: Week, tmp_path: Path) -> None:
    """With the worst texts in every field no script runs, nothing is fetched, and they are there to be read."""
    out = tmp_path / "out"
    page = files.write(hostile(week, HOSTILE), out)[0]
    for path in (page, files.write_common(out, {}), *sorted(out.rglob("*.svg"))[:2]):
        with looking(path) as looked:
            assert looked.page.title() != "owned"
            assert (looked.requests, looked.said) == ([], [])
            if path == page:
                assert "document.title='owned'" in looked.page.inner_text("main")


@pytest.mark.parametrize(("width", "scheme"), [(1000, "light"), (390, "dark")])
def test_axe_finds_nothing(page: Path, width: int, scheme: str) -> None:
    """axe-core finds no violation: names, contrast, order of headings, tables; wide and narrow, day and night."""
    core = pytest.importorskip("axe_playwright_python")
    script = (Path(core.__file__).parent / "axe.min.js").read_text()
    for path in (page, files.write_common(page.parent, {})):
        with looking(path, width=width, scheme=scheme) as looked:
            looked.page.evaluate(
                "for (const one of [...document.querySelectorAll('.card details')].slice(0, 2)) one.open = true"
            )
            # The page's policy runs no script but its own: axe comes in from outside of it.
            found = looked.page.evaluate(f"async () => {{ {script}\n return await axe.run(); }}")
            told = [(one["id"], one["impact"], one["nodes"][0]["html"][:200]) for one in found["violations"]]
            assert not told, json.dumps(told, indent=1)


def test_a_chart_is_read_with_pointer_and_keyboard(page: Path) -> None:
    """Pointing reads the bucket under the pointer; the slider moves by arrow keys, and is announced."""
    with looking(page) as looked:
        chart = looked.page.locator("#outage-claude-600")
        said = chart.locator("output")
        chart.scroll_into_view_if_needed()
        picture = chart.locator(".wide > svg").bounding_box()
        looked.page.mouse.move(picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2)
        first = said.inner_text()
        assert "People in 5\xa0min: 1" in first
        slider = chart.locator("input[type=range]")
        slider.focus()
        looked.page.keyboard.press("ArrowRight")
        assert said.inner_text() != first
        assert slider.get_attribute("aria-valuetext") == said.inner_text()
        assert looked.said == []


def test_a_chart_is_zoomed_and_back(page: Path) -> None:
    """Dragging zooms to what was dragged over, the window with it; the button, or Escape, shows all again."""
    with looking(page) as looked:
        chart = looked.page.locator("#outage-claude-600")
        chart.scroll_into_view_if_needed()
        window = chart.locator(".wide svg.window")
        whole = window.get_attribute("viewBox")
        box = chart.locator(".wide > svg").bounding_box()
        middle = box["y"] + box["height"] / 2
        looked.page.mouse.move(box["x"] + box["width"] * 0.3, middle)
        looked.page.mouse.down()
        looked.page.mouse.move(box["x"] + box["width"] * 0.6, middle)
        looked.page.mouse.up()
        assert window.get_attribute("viewBox") != whole
        assert chart.locator("g[data-x]:visible").count() < chart.locator(".wide g[data-x]").count()
        chart.locator("input[type=range]").focus()
        looked.page.keyboard.press("Escape")
        assert window.get_attribute("viewBox") == whole
        assert looked.said == []


def test_tab_reaches_everything_and_shows_where(page: Path) -> None:
    """Tab goes through sliders, buttons, summaries and links, and what has the focus shows an outline."""
    with looking(page) as looked:
        seen = set()
        for _ in range(25):
            looked.page.keyboard.press("Tab")
            where = looked.page.evaluate(
                "(() => { const one = document.activeElement, style = getComputedStyle(one);"
                " return [one.tagName, style.outlineStyle !== 'none']; })()"
            )
            assert where[1], where
            seen.add(where[0])
        assert {"INPUT", "BUTTON", "SUMMARY", "DIV"} <= seen


def test_a_phone_needs_no_sideways_scrolling(page: Path) -> None:
    """At 390 pixels the page is no wider than the screen, and the narrow pictures are shown."""
    with looking(page, width=390) as looked:
        assert looked.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert looked.page.locator(".narrow:visible").count() == looked.page.locator(".narrow").count() > 0


def test_without_scripts_nothing_is_missing(page: Path) -> None:
    """With scripts off every picture, word and table is there, and no empty control."""
    with looking(page, script=False) as looked:
        text = looked.page.inner_text("main")
        assert "Claude was down 3 times" in text
        assert looked.page.locator(".wide > svg").count() == 9
        assert looked.page.locator("input, button").count() == 0


def test_it_prints(page: Path, tmp_path: Path) -> None:
    """Printed, it has its pictures and no controls, on a handful of pages."""
    with looking(page) as looked:
        looked.page.emulate_media(media="print")
        assert looked.page.locator(".reader:visible").count() == 0
        assert looked.page.locator(".wide > svg:visible").count() == 9
        printed = tmp_path / "printed.pdf"
        looked.page.pdf(path=printed, format="A4")
        assert printed.read_bytes().count(b"/Type /Page\n") <= 12
