"""What of a text is quoted from the post it answers: lines that begin with a sign of quotation, as in mail. Pure.

Quoted words are not the author's, and so no complaint of theirs. But they say what is answered: of "> is claude down"
and then "same here" the one names the service, the other complains.
"""

import re

_QUOTED = re.compile(r"^[ \t]*(?:>|&gt;)[^\n]*$", re.MULTILINE)


def parted(text: str) -> tuple[str, str]:
    """Part a text into what is quoted, without the signs that say so, and what is its author's own."""
    if ">" not in text and "&gt;" not in text:
        return "", text
    quoted = [line.lstrip("> \t").replace("&gt;", "") for line in _QUOTED.findall(text)]
    return ("\n".join(quoted), _QUOTED.sub("", text)) if quoted else ("", text)
