"""The charts: unknown is hatched and never zero, every text is a text, and the table says all that is drawn."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import charts
from reports.charts import Cell, Column, Curve, Figure, Lane, Late, Mark, Point, Span
from reports.charts.scales import time_ticks, value_ticks

START = datetime(2026, 4, 15, 14, tzinfo=UTC)
STEP = timedelta(minutes=5)
HOSTILE = "</text><script>alert(1)</script>\x1b[31m\u202e&\"'<!--"
SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    """Read a picture of ours."""
    return ET.fromstring(svg)  # noqa: S314  (made here)


def points(*people: int | None) -> list[Point]:
    """Invent steps; None is one that nobody looked at."""
    return [
        Point(START + number * STEP, count, None if count is None else 0.5, 0.0 if count is None else 1.0)
        for number, count in enumerate(people)
    ]


def every() -> list[Figure]:
    """Draw one of each, with the worst text in every place that takes one."""
    told = points(0, 3, None, 9, 1)
    return [
        charts.over_time(
            "one", HOSTILE, told, STEP, marks=[Mark(START, HOSTILE), Mark(START + STEP, HOSTILE, "page")],
            felt=[Span(START, START + STEP)], peak=Mark(START + STEP, HOSTILE),
            lanes=[Lane(HOSTILE, (Span(START, START + STEP),), (START,))],
        ),
        charts.small_multiples("two", HOSTILE, {HOSTILE: told, "other": told}, STEP),
        charts.hours_of_week("three", HOSTILE, [Cell(5, 2.0, 0.1, 4.0), Cell(6, None, None, 0.0)], frozenset({13, 14})),
        charts.columns("four", HOSTILE, [Column(HOSTILE, HOSTILE, 2.0, 1.0), Column("b", "c", None, 0.0)], HOSTILE),
        charts.lags("five", HOSTILE, [Late(HOSTILE, 9.0, -4.0), Late("b", 9.0, None, HOSTILE)]),
        charts.curves("six", HOSTILE, [Curve(HOSTILE, ((0.0, 1.0), (2.0, 3.0)), dots=True)], HOSTILE, HOSTILE),
    ]  # fmt: skip


@pytest.mark.parametrize("figure", every(), ids=lambda figure: figure.name)
def test_whatever_is_in_a_text_it_is_a_text(figure: Figure) -> None:
    """Both widths are well-formed SVG of known elements, without a script, a handler, a link or a control character."""
    known = {"svg", "rect", "line", "path", "circle", "text", "g", "defs", "pattern"}
    for svg in (figure.svg, figure.narrow):
        root = parsed(svg)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= known
        assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)
        assert "\x1b" not in svg
        assert "\u202e" not in svg


@pytest.mark.parametrize("figure", every(), ids=lambda figure: figure.name)
def test_a_picture_says_in_words_what_it_shows(figure: Figure) -> None:
    """Each is an image with a name, and has a table with as many cells in each row as columns."""
    root = parsed(figure.svg)
    assert root.get("role") == "img"
    assert len(root.get("aria-label") or "") > 20
    assert figure.table.rows
    assert {len(row) for row in figure.table.rows} == {len(figure.table.columns)}


def test_the_same_figure_is_the_same_bytes() -> None:
    """Drawn twice, every figure is equal: a committed picture changes only with its data."""
    assert every() == every()


def test_nobody_looked_is_hatched_and_never_zero() -> None:
    """A step without coverage has no bar, is hatched and reads as a dash; a true zero reads as 0 and is not."""
    seen = charts.over_time("seen", "Seen", points(0, 3), STEP)
    blind = charts.over_time("blind", "Blind", points(0, None), STEP)

    assert 'class="hatched"' not in seen.svg
    assert 'class="hatched"' in blind.svg
    assert [row[1] for row in blind.table.rows] == ["0", "–"]
    assert "nobody looked for 5m" in blind.says


def test_every_mark_stands_at_its_instant() -> None:
    """A mark half-way along the axis lies at half its width, in both widths; one outside the axis is not drawn."""
    told = points(1, 1, 1, 1)
    middle, outside = Mark(START + 2 * STEP, "here", "us"), Mark(START - STEP, "not here")
    figure = charts.over_time("marks", "Marks", told, STEP, marks=[middle, outside])

    for svg in (figure.svg, figure.narrow):
        [group] = [
            group
            for group in parsed(svg).iter(f"{SVG}g")
            if any(text.text == "here" for text in group.iter(f"{SVG}text"))
        ]
        assert group.get("data-x") == "0.50000"
    assert "not here" not in figure.svg


def test_a_chart_of_nothing_is_refused() -> None:
    """Without points there is no axis: a ValueError says so."""
    with pytest.raises(ValueError, match="at least one point"):
        charts.over_time("none", "None", [], STEP)
    with pytest.raises(ValueError, match="need a series"):
        charts.small_multiples("none", "None", {}, STEP)


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_ticks_of_values_reach_the_highest(highest: int, most: int) -> None:
    """Ticks begin at zero, rise by one step, cover the highest value, and are few."""
    ticks = value_ticks(highest, most)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert len(ticks) <= most + 2
    assert len({round(b - a, 6) for a, b in pairwise(ticks)}) == 1


@given(st.integers(0, 10**6), st.integers(5, 10**6), st.integers(2, 10))
def test_ticks_of_time_lie_on_the_axis(begin: int, minutes: int, most: int) -> None:
    """Ticks lie between the ends, a step apart, and are few, for five minutes as for two years."""
    first = START + timedelta(minutes=begin)
    ticks, step = time_ticks(first, first + timedelta(minutes=minutes), most)
    assert len(ticks) <= most + 1
    assert all(first <= at <= first + timedelta(minutes=minutes) for at in ticks)
    assert all(later - at == step for at, later in pairwise(ticks))
