"""The weekly report as one HTML file: nothing is fetched, no script runs but ours, and all is there without one."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.charts import Figure
from reports.week import tables, words
from reports.week.figures import safe
from reports.week.records import Week
from reports.wording import lag, share, span


@cache
def environment() -> Environment:
    """Open the templates: every value is escaped, a value that is missing is an error."""
    found = Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_unbroken,
    )  # fmt: skip
    found.globals |= {
        "words": words, "tables": tables, "lag": lag, "share": share, "span": span, "picture": _picture, "safe": safe,
        "style": _ours("report.css"), "script": _ours("report.js"), "policy": policy(),
    }  # fmt: skip
    return found


def asset(name: str) -> str:
    """Read a file of ours that stands within the page."""
    return files("reports").joinpath("templates", name).read_text("utf-8")


def _ours(name: str) -> Markup:
    return Markup(asset(name))  # noqa: S704  (a file of this package)


def _unbroken(value: object) -> object:
    """Keep a number and its unit on one line."""
    if isinstance(value, str) and not isinstance(value, Markup):
        value = re.sub(r"(\d) (?=(min|h)\b|%)", "\\1\u00a0", value)
        return re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d+) ", "\\1\u00a0\\2\u00a0", value)
    return value


def policy() -> str:
    """Say what the page may do: nothing but its own style and its own script."""
    digest = base64.b64encode(hashlib.sha256(asset("report.js").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def render(week: Week, drawn: dict[str, Figure], stem: str) -> str:
    """Write the page."""
    cards = [card for card in week.cards if card.in_full]
    rest = [card for card in week.cards if not card.in_full]
    return _rendered("week.html.j2", week=week, drawn=drawn, cards=cards, rest=rest, stem=stem)


def render_index(**told: Any) -> str:
    """Write the page of all weeks."""
    return _rendered("index.html.j2", **told)


def _rendered(template: str, **told: Any) -> str:
    return environment().get_template(template).render(**told) + "\n"


def _picture(figure: Figure) -> Markup:
    """Set both widths of a figure; its SVG is escaped by the library that wrote it."""
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
        Markup(figure.svg),  # noqa: S704  (as above)
        Markup(figure.narrow),  # noqa: S704  (as above)
    )
