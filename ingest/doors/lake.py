"""`python -m ingest lake`: facts as Parquet, for engines that read more than one machine does."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ingest.door import database_option, progress
from ingest.saying import count

lake_option = click.option(
    "--lake", "place", required=True, metavar="PATH", help="A folder, or an address that fsspec knows (s3://...)."
)


@click.group("lake", context_settings={"help_option_names": ["-h", "--help"]})
def lake() -> None:
    """Write posts to a lake of Parquet files, by platform and day, and keep it in order.

    \b
    python -m ingest lake export --lake data/lake      write what is new or changed since the last time
    python -m ingest lake compact --lake data/lake     one file a day
    python -m ingest lake forget --lake data/lake --older-than 30d
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@lake.command("export")
@lake_option
@database_option
def export_verb(place: str, database: Path | None) -> None:
    """Make the lake's days what the database has of them; texts that are gone there are gone here afterwards."""
    from ingest import settings
    from ingest.lake import address
    from ingest.lake.export import export

    where = database or settings.load().database
    with progress() as shown:
        bar = shown.add_task("reading what is there", total=None)
        ran = export(
            where, address.open_address(place),
            lambda done, of, said: shown.update(bar, completed=done, total=of, description=said),
        )  # fmt: skip
    held, done = ran.manifest.days, f"{ran.written:,} written, {ran.added:,} added to, {ran.unchanged:,} unchanged"
    posts, days = count(ran.manifest.rows, "post"), count(len({one.day for one in held}), "day")
    click.echo(f"{posts} on {days} (each platform's days: {done}) -> {place}")
    for platform in dict.fromkeys(one.platform for one in held):
        mine = [one for one in held if one.platform == platform]
        span = f"{min(one.day for one in mine)} to {max(one.day for one in mine)}"
        posts, days = count(sum(one.rows for one in mine), "post"), count(len(mine), "day")
        click.echo(f"  {platform:<11} {posts}, {days}, {span}")
    if ran.left_out:
        click.echo(f"{count(ran.left_out, 'post')} left out: a claimed time that cannot be true never counts")


@lake.command("compact")
@lake_option
def compact_verb(place: str) -> None:
    """Write each day that lies in several files as one."""
    from ingest.lake import address, dropping, manifest

    where = address.open_address(place)
    held = manifest.require(where)
    after, days = dropping.compact(where, held)
    if days:
        manifest.save(where, held, after)
    click.echo(f"{count(days, 'day')} written as one file each; {count(len(after.paths), 'file')} -> {place}")


@lake.command("forget")
@lake_option
@database_option
@click.option("--older-than", metavar="AGE", help="Posts that came to us longer ago than this: 30d, 36h, 2w.")
@click.option("--platform", metavar="NAME", help="With --id or --author: where it was written.")
@click.option("--id", "post_id", metavar="ID", help="One post, by the platform's own id (Bluesky: its at:// address).")
@click.option("--author", metavar="NAME", help="All posts of one person, as `python -m ingest forget` takes it.")
def forget_verb(
    place: str, database: Path | None, older_than: str | None, platform: str | None, post_id: str | None,
    author: str | None,
) -> None:  # fmt: skip
    """Drop text and author of posts in the lake alone; their rows stay. The database has `python -m ingest forget`.

    Every export does the same for what is gone in the database. The key file of the authors is read beside the
    database.
    """
    from ingest import settings
    from ingest.authors import open_keys
    from ingest.doors.forgetting import parse_age
    from ingest.errors import WrongOption
    from ingest.lake import address, dropping, manifest
    from ingest.records import hashed_key

    age = parse_age(older_than) if older_than else None
    where = address.open_address(place)
    held = manifest.require(where)
    now = datetime.now(UTC)
    if age and not (platform or post_id or author):
        after, dropped = dropping.drop(where, held, None, held.days, now - age)
    elif platform and bool(post_id) != bool(author) and not older_than:
        keys = open_keys((database or settings.load().database).parent)
        manifest.refuse_others(held, where, held.kind, keys.fingerprint)
        if author:
            gone = dropping.of_author(platform, keys.of(platform, author), now)
        else:
            assert post_id  # noqa: S101  (seen to above)
            stored = keys.hidden(platform, post_id) if post_id.startswith("at://") else post_id
            gone = dropping.of_post(platform, hashed_key(platform, stored))
        after, dropped = dropping.drop(where, held, gone, dropping.days_of(held, [platform]))
    else:
        raise WrongOption("say what to forget: --older-than 30d, or --platform NAME with --id ID or with --author NAME")
    if dropped.days:
        manifest.save(where, held, after)
    click.echo(f"text and author dropped of {count(dropped.posts, 'post')} on {count(dropped.days, 'day')} -> {place}")
