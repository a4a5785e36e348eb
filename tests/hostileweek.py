"""A weekly report with the worst texts in every field that somebody else could have written."""

import re

import msgspec

from reports.week.records import Week

HOSTILE = (
    "</title></style></script><script>document.title='owned'</script>",
    '"><img src=http://evil.invalid/x onerror=alert(1)>',
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "[click](javascript:alert(1)) ![x](http://evil.invalid/y) | `code` <b>",
    "\x1b]0;owned\x07\x1b[31m\u202egnirts\x00",
    "'); DROP TABLE episodes; --",
)


def hostile(week: Week, texts: tuple[str, ...]) -> Week:
    """Put a hostile text into every text field of a report, but for those that are addresses or names of weeks."""
    choose = iter(texts * 1000)

    def poison(value: object) -> object:
        match value:
            case str() if re.fullmatch(r"\d{4}-W\d\d|https?://.*", value):
                return value
            case str():
                return f"{value}{next(choose)}"
            case tuple():
                return tuple(map(poison, value))
            case dict():
                return {poison(name): poison(text) for name, text in value.items()}
            case msgspec.Struct():
                kept = ("service", "what", "definition")
                return msgspec.structs.replace(
                    value,
                    **{name: poison(getattr(value, name)) for name in value.__struct_fields__ if name not in kept},
                )
            case _:
                return value

    poisoned = poison(week)
    assert isinstance(poisoned, Week)
    return msgspec.structs.replace(poisoned, label=texts[0])
