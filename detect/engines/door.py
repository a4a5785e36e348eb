"""`python -m detect read`: what a lake says, read by an engine of one's choice."""

import time
from datetime import datetime
from pathlib import Path

import click
import msgspec

from detect.engines import Engine, reading, series
from detect.new_posts import prepare_reader
from detect.reading import fitting, kernel
from ingest.authors import FILE_NAME, open_keys
from ingest.errors import ConfigError, LakeError
from ingest.lake import manifest
from ingest.lake.address import Address, open_address
from ingest.lake.manifest import Manifest
from ingest.saying import count
from ingest.settings import Settings

PREFILTER = {"duckdb": "sql", "spark": "kernel"}
"""Who passes over what names nobody, where that is not said: Java's expressions try every alternative at every letter,
DuckDB's and Arrow's do not."""

RESULT = "result.json"
"""Written last: a folder without it holds a run that did not end."""


class Asked(msgspec.Struct, frozen=True):
    """What a reading is to be: as the options say."""

    engine: str
    lake: str
    out: str | None
    since: datetime | None
    until: datetime | None
    prefilter: str | None
    remote: str | None
    workers: int
    memory: str
    fits: bool


class Result(msgspec.Struct, frozen=True):
    """What a reading came to, as it is printed."""

    engine: str
    days: int
    posts: int
    judgements: int
    counts: int
    digest: str
    series: int | None
    series_digest: str | None
    seconds: float


def read_lake(asked: Asked, settings: Settings, folder: Path) -> Result:
    """Read a lake. `folder` holds the key of the authors and the classifier: that of the database.

    Raises LakeError where the lake cannot be read, ConfigError where the engine or the key is not there.
    """
    address = open_address(asked.lake)
    held = manifest.require(address)
    days = [day for day in held.days if _within(day, asked)]
    if not any(day.parts for day in days):
        raise LakeError(f"{asked.lake} has no posts in that time; its days are in {address.of(manifest.NAME)}")
    packed = _packed(held, address, settings, folder)
    places = manifest.check(address, days)
    out = None if asked.out is None else open_address(asked.out)
    if out is not None:
        out.remove(RESULT)
    began = time.monotonic()
    engine = _open(asked, address)
    try:
        engine.read("posts", places)
        read = reading.read(
            engine,
            settings.watchlist,
            packed,
            asked.prefilter or PREFILTER[asked.engine],
            None if out is None else str(out),
        )
        fitted = series.fit(engine, held.coverage, settings.watchlist) if asked.fits else None
        if fitted is not None and out is not None:
            engine.write("fitted", out.of("fitted"))
    finally:
        engine.close()
    result = Result(
        asked.engine, len({day.day for day in days}), sum(day.rows for day in days), read.judged.rows,
        read.counted.rows,
        read.digest, None if fitted is None else len(fitted),
        None if fitted is None else series.digest(fitted),
        round(time.monotonic() - began, 1),
    )  # fmt: skip
    if out is not None:
        out.write(RESULT, msgspec.json.format(msgspec.json.encode(result), indent=1))
    return result


def tell(result: Result) -> str:
    """Say it in words."""
    said = (
        f"{count(result.posts, 'post')} of {count(result.days, 'day')}, {count(result.judgements, 'judgement')}, "
        f"{count(result.counts, 'count')}; "
        f"digest {result.digest} ({result.engine}, {result.seconds:.1f} s)"
    )
    return said if result.series is None else f"{said}\n{result.series:,} series fitted; digest {result.series_digest}"


def _within(day: manifest.Day, asked: Asked) -> bool:
    after = asked.since is None or day.day >= asked.since.date()
    return after and (asked.until is None or day.day < asked.until.date())


def _packed(held: Manifest, address: Address, settings: Settings, folder: Path) -> bytes:
    if not (folder / FILE_NAME).exists():
        raise ConfigError(
            f"{folder / FILE_NAME} is missing: the lake's authors were hashed with it; name the database beside which "
            "it lies with --db"
        )
    keys = open_keys(folder)
    manifest.refuse_others(held, address, held.kind, keys.fingerprint)
    click.echo("preparing the reader", err=True)
    return kernel.pack(settings.watchlist, prepare_reader(settings.watchlist, keys, fitting.load_or_fit(folder)))


def _open(asked: Asked, address: Address) -> Engine:
    if asked.engine == "spark":
        from detect.engines.spark import Spark

        return Spark(asked.remote)
    from detect.engines.duck import Duck

    return Duck(address.filesystem, workers=asked.workers, memory=asked.memory)
