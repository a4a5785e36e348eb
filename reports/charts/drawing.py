"""SVG, written element by element: texts and attributes are escaped by the library that writes them.

Each element carries its light colours as attributes, so that the picture stands by itself, and the same as classes
(`fill-observed`, `stroke-page`), by which a page gives it others in the dark.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ingest.hostile import one_line

COLOURS = {
    "paper": "#ffffff", "ink": "#1f2328", "quiet": "#59636e", "grid": "#e3e6ea",
    "observed": "#0072b2", "expected": "#59636e", "felt": "#fbe9dd", "alarm": "#d55e00", "page": "#007a5a",
    "unseen": "#aab2bb", "limit": "#b45f9a", "quality": "#a36a00", "second": "#d55e00", "third": "#007a5a",
}  # fmt: skip
"""The light theme, after Okabe and Ito; greens and oranges a shade darker, so that they can be read on white."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SIZE = 11.5
"""Of texts, in the picture's own units."""

LETTER = 5.9
"""How wide a letter of that size is, nearly: what room a text needs."""


class Canvas:
    """A picture to draw on, `width` units wide; `height` grows as it is drawn."""

    def __init__(self, name: str, says: str, width: float) -> None:
        self.name, self.width, self.height = name, width, 0.0
        self.root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": one_line(says, 2000),
                "font-family": FONT, "font-size": str(SIZE),
            },
        )  # fmt: skip
        self._top = self.root
        self._paper = self.rect(0, 0, width, 0, "paper", class_="paper")

    @property
    def is_narrow(self) -> bool:
        """Whether it is drawn for a phone."""
        return self.width < 500

    def rect(self, x: float, y: float, width: float, height: float, fill: str, **more: str) -> ET.Element:
        """Draw a box in one of `COLOURS`."""
        return self._add(
            "rect", x=_number(x), y=_number(y), width=_number(max(width, 0)), height=_number(max(height, 0)),
            fill=COLOURS[fill], **_classed(f"fill-{fill}", more),
        )  # fmt: skip

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, **more: str) -> ET.Element:
        """Draw a straight line."""
        return self._add(
            "line", x1=_number(x1), y1=_number(y1), x2=_number(x2), y2=_number(y2),
            stroke=COLOURS[stroke], **_classed(f"stroke-{stroke}", more),
        )  # fmt: skip

    def path(self, d: str, *, fill: str | None = None, stroke: str | None = None, **more: str) -> ET.Element:
        """Draw a path: filled, or as a line."""
        classes = " ".join(f"{what}-{name}" for what, name in (("fill", fill), ("stroke", stroke)) if name)
        colours = {"fill": COLOURS[fill] if fill else "none"} | ({"stroke": COLOURS[stroke]} if stroke else {})
        return self._add("path", d=d, **colours, **_classed(classes, more))

    def dot(self, x: float, y: float, radius: float, fill: str, **more: str) -> ET.Element:
        """Draw a full circle."""
        more = {"stroke": COLOURS["paper"], "class_": "stroke-paper", **more}
        return self._add(
            "circle", cx=_number(x), cy=_number(y), r=_number(radius), fill=COLOURS[fill],
            **_classed(f"fill-{fill}", more),
        )  # fmt: skip

    def text(
        self, x: float, y: float, says: str, fill: str = "quiet", anchor: str = "start", **more: str
    ) -> ET.Element:
        """Write a text; whatever is in it, it is a text."""
        element = self._add(
            "text", x=_number(x), y=_number(y), fill=COLOURS[fill],
            **{"text-anchor": anchor, **_classed(f"fill-{fill}", more)},
        )  # fmt: skip
        element.text = one_line(says, 200)
        return element

    def hatched(self) -> str:
        """Define the pattern of what nobody looked at; give what `fill` takes for it."""
        found = f"{self.name}-unseen"
        if self._top.find("defs") is not None:
            return f"url(#{found})"
        pattern = ET.SubElement(
            ET.SubElement(self._top, "defs"), "pattern", id=found, width="6", height="6",
            patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
        )  # fmt: skip
        line = {"x1": "0", "y1": "0", "x2": "0", "y2": "6", "stroke-width": "2.4"}
        ET.SubElement(pattern, "line", {**line, "stroke": COLOURS["unseen"], "class": "stroke-unseen"})
        return f"url(#{found})"

    def inside(self, **attributes: str) -> "_Inside":
        """Draw, for the length of a `with` block, into a group."""
        return _Inside(self, attributes)

    def svg(self) -> str:
        """Write the picture."""
        width, height = _number(self.width), _number(self.height)
        self._paper.set("height", height)
        self.root.attrib.update({"viewBox": f"0 0 {width} {height}", "width": width, "height": height})
        return ET.tostring(self.root, encoding="unicode")

    def _add(self, tag: str, **attributes: str) -> ET.Element:
        return ET.SubElement(self.root, tag, attributes)


class _Inside:
    """A group that is drawn into."""

    def __init__(self, canvas: Canvas, attributes: dict[str, str]) -> None:
        self._canvas, self._attributes = canvas, attributes

    def __enter__(self) -> None:
        self._outside = self._canvas.root
        self._canvas.root = ET.SubElement(self._outside, "g", self._attributes)

    def __exit__(self, *_: object) -> None:
        self._canvas.root = self._outside


def room_for(text: str) -> float:
    """Say how wide a text is, nearly and rather too wide."""
    return len(text) * LETTER


def outline(points: Sequence[tuple[float, float]]) -> str:
    """Write a line through points as a path."""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points) if points else ""


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _classed(own: str, more: dict[str, str]) -> dict[str, str]:
    classes = " ".join(filter(None, (own, more.get("class_", ""))))
    return {name.replace("_", "-"): value for name, value in more.items() if name != "class_"} | {"class": classes}
