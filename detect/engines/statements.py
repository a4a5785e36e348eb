"""Every SQL text that engines run, in what DuckDB, Spark and Sail mean the same by. Pure.

The common subset: SELECT, WHERE, GROUP BY, CASE, count, sum, coalesce, `regexp_like` without escapes (DuckDB gets it
as a macro). Not used, since they differ: casts of fractions to integers, order (NULLs), concat, division, lower, dates,
and sums without a cast. Times are integers; every text is tested on each engine.
"""

from detect.reading.prefilter import Prefilter

_JUDGED = "post_key, platform, place, author_key, counted_at, form, lang, text"

ALL_POSTS = f"SELECT {_JUDGED} FROM posts WHERE text IS NOT NULL"  # noqa: S608  (a constant)

JUDGED_HERE = "SELECT * FROM judged_here"

COMPLAINTS = (
    "SELECT service, platform, kind, surface, language, bucket, counted_us, post_key, person, fingerprint "
    "FROM judged WHERE kind <> 'none'"
)

COUNTED = (
    "SELECT service, platform, kind, bucket, "
    "count(DISTINCT CASE WHEN repeats THEN NULL ELSE person END) AS people, "
    "count(DISTINCT CASE WHEN repeats THEN person ELSE NULL END) AS repeated "
    "FROM marked GROUP BY service, platform, kind, bucket"
)

SERIES = (
    "SELECT service, platform, coalesce(surface, '') AS surface, coalesce(language, '') AS language, bucket, "
    "count(DISTINCT person) AS people FROM marked WHERE kind = 'outage' AND NOT repeats "
    "GROUP BY service, platform, coalesce(surface, ''), coalesce(language, ''), bucket"
)


def passing(prefilter: Prefilter) -> str:
    """Select the posts that may speak of a service."""
    named = f"regexp_like(text, '{prefilter.names}') OR regexp_like(place, '{prefilter.places}')"
    return f"{ALL_POSTS} AND ({named})"


def totals(of: str) -> str:
    """Add up what `Digesting` made of the batches of a table."""
    sums = ", ".join(
        f"coalesce(cast(sum({name}) AS bigint), 0) AS {name}"
        for name in ("hashed", "part_0", "part_1", "part_2", "part_3")
    )
    return f"SELECT {sums} FROM {of}"  # noqa: S608  (names of our own)
