"""The weekly report: what happened in one ISO week, as plain data, and the pages that say it.

`load` reads a week; `files.write` makes the HTML, the Markdown with its pictures, and the JSON of it.
"""

from reports.week.loading import load, load_card
from reports.week.records import VERSION, Card, Week

__all__ = ["VERSION", "Card", "Week", "load", "load_card"]
