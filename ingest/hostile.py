"""Post text is hostile input: what is taken out of it before it is stored or shown."""

import re

MAX_TEXT = 40_000
"""Characters of a text that are kept. Reddit's own limit for a post; a longer one cannot be a complaint."""

# C0 and C1 controls but for tab and newline, the bidirectional overrides that make a line read backwards, lone
# surrogates that no database stores, and the byte order mark.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_ANSI = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\-_])")
_HANDLE = re.compile(r"(?<![\w.])(?:@|/?u/)[\w.-]{2,}|\bdid:[a-z]+:[\w.:%-]+")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four full-width

_AUTHOR = re.compile(
    r"""(['"](?:\w*author\w*|login|user\w*|handle|screen_name|display_?name|did)['"]: ?)(['"]).*?\2""", re.IGNORECASE
)


def plain(text: str) -> str:
    """Take terminal sequences and control characters out of a text, and cut it to `MAX_TEXT`."""
    text = text[:MAX_TEXT]
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("", _ANSI.sub("", text))


def one_line(text: str, limit: int = 200) -> str:
    """Make a text fit one line of a terminal, a log or a table: plain, spaces folded, cut with an ellipsis."""
    text = " ".join(plain(text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def masked(text: str, limit: int = 200) -> str:
    """Make a rejected payload's beginning safe to keep: one line, no handles, no author's name.

    Masked before it is cut: a name that the cut leaves without its closing quote would not be seen.
    """
    return one_line(_HANDLE.sub("@…", _AUTHOR.sub(r"\1'…'", plain(text))), limit)


def defused(text: str) -> str:
    """Make a cell that a spreadsheet would take for a formula a text; one that begins with a tab or a return too.

    >>> defused("=HYPERLINK(1)"), defused("-1 day"), defused("down")
    ("'=HYPERLINK(1)", "'-1 day", 'down')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
