"""How a count is said, in every room."""


def count(number: int, one: str, many: str | None = None) -> str:
    """Say a number with its noun: `1 outage`, `3 outages`.

    >>> count(1, "episode"), count(1_200, "person", "people")
    ('1 episode', '1,200 people')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
