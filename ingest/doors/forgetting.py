"""Forget texts and authors: by age, by post, or by person. What was judged of a post stays, as one person's count."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ingest import deletions
from ingest.authors import open_keys
from ingest.database import connect, migrate
from ingest.errors import DatabaseError, WrongOption
from ingest.hostile import one_line
from ingest.records import hashed_key
from ingest.saying import count

_AGE = re.compile(r"(\d{1,5})\s*([dhw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def forget(
    database: Path, *, older_than: str | None, platform: str | None, post_id: str | None, author: str | None
) -> int:
    """Drop what is asked for, and say of how many posts. Returns the exit code.

    Raises WrongOption where it is not clear what to forget, DatabaseError where there is no database.
    """
    age = parse_age(older_than) if older_than else None
    if not database.exists():
        raise DatabaseError(f"{database} does not exist; there is nothing to forget")
    if age and not (platform or post_id or author):
        with connect(database) as connection:
            migrate(connection, "ingest")
            dropped = deletions.forget_older_than(connection, datetime.now(UTC) - age)
            connection.execute("CHECKPOINT")
    elif platform and bool(post_id) != bool(author) and not older_than:
        dropped = _forget_one(database, platform, post_id, author)
    else:
        raise WrongOption("say what to forget: --older-than 30d, or --platform NAME with --id ID or with --author NAME")
    click.echo(f"text and author dropped of {count(dropped, 'post')}; what was judged stays")
    return 0 if dropped or older_than else 1


def _forget_one(database: Path, platform: str, post_id: str | None, author: str | None) -> int:
    keys = open_keys(database.parent)
    with connect(database) as connection:
        migrate(connection, "ingest")
        if author:
            dropped = deletions.forget_author(connection, platform, keys.of(platform, author))
        else:
            assert post_id  # noqa: S101  (the caller has seen to it)
            # An id that carries its author is stored as a hash.
            stored = keys.hidden(platform, post_id) if post_id.startswith("at://") else post_id
            dropped = deletions.forget_post(connection, hashed_key(platform, stored))
        connection.execute("CHECKPOINT")
    return dropped


def parse_age(text: str) -> timedelta:
    """Read an age such as 30d, 36h or 2w. Raises WrongOption for anything else.

    >>> parse_age("2w").days
    14
    """
    found = _AGE.fullmatch(text.strip().lower())
    if not found:
        raise WrongOption(f"--older-than {one_line(text, 40)!r} is not an age; write it as 30d, 36h or 2w")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])
