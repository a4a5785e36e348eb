"""One run: load facts, judge, find the episodes, match them with the official record, save. The only order there is.

Posts are read once; what follows judges all time anew. A year of three services on six platforms each, surfaces and
all, takes half a minute of one core, three quarters of it the detector's pass (which by itself would take a day more in
a twentieth of a second). A state kept from the last run would have to be that of the same past, and the past changes: a
target's weight in the coverage grows with what it brings, late posts open buckets again for a week, and a surface that
is named often enough takes its share of the promise. So none is kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pandas as pd

from detect import describing, new_posts, standing_store, store
from detect.detector import counts, episodes, finding, floods, volumes
from detect.official import beside, corroborate, phases
from detect.official import store as official_store
from detect.reading import repeats
from ingest.authors import AuthorKeys
from ingest.coverage import union
from ingest.records import Window, hashed_key
from ingest.watchlist import Watchlist

KINDS = ("outage", "limit", "quality")

ENOUGH_MENTIONS = 50
"""Complaints of an outage that must have named a surface before it is judged by itself."""


class Ran(msgspec.Struct, frozen=True):
    """What a run came to; `unchanged` where everything it goes by is what it was, and so is the judgement."""

    as_of: datetime
    judged: int
    episodes: int
    unchanged: bool = False


class Surface(msgspec.Struct, frozen=True):
    """The people who name one surface, per platform; `since` is when enough of them had."""

    streams: dict[str, pd.DataFrame]
    since: datetime


class Counted(msgspec.Struct, frozen=True):
    """One service's people, counted over its span: outages per platform, its surfaces, and the rows to be kept."""

    span: Window
    streams: dict[str, pd.DataFrame]
    surfaces: dict[str, Surface]
    rows: list[pd.DataFrame]


class Judged(msgspec.Struct, frozen=True):
    """One service, judged: its buckets, alarms and episodes, and the time in which an alarm could have been raised."""

    buckets: pd.DataFrame
    alarms: pd.DataFrame
    episodes: tuple[store.Described, ...]
    surfaces: tuple[store.OfSurface, ...]
    judged: tuple[Window, ...]


def run(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, keys: AuthorKeys, *, as_of: datetime, ran_at: datetime,
    false_alarms_per_4_weeks: float, folder: Path, on_progress: Callable[[str], None] = lambda said: None,
) -> Ran:  # fmt: skip
    """Judge everything known by `as_of`, and save it in place of what was held. `folder` keeps the classifier."""
    rules = new_posts.rules_hash(watchlist, keys)
    judged = new_posts.judge_new_posts(connection, watchlist, keys, rules, folder, on_progress)
    last = store.last_pull_id(connection)
    rule = corroborate.Rule()
    inputs = hashed_key(str(rules), str(rule), str(last), as_of.isoformat(), str(false_alarms_per_4_weeks))
    if store.last_inputs(connection) == inputs and standing_store.stands(connection):
        return Ran(as_of, judged, 0, unchanged=True)
    said = store.load_complaints(connection, as_of)
    said = said.assign(repeats=repeats.mark(said))
    coverage = store.load_coverage(connection, watchlist, as_of)
    told = volumes.judge(
        store.load_volumes(connection, as_of), dict.fromkeys(watchlist.services, false_alarms_per_4_weeks)
    )
    on_progress("finding episodes")
    services = judge_services(
        said, {name: coverage[name] for name in watchlist.services if name in coverage}, as_of,
        false_alarms_per_4_weeks, told, store.load_known_episodes(connection, as_of),
    )  # fmt: skip
    found = [described for service in services.values() for described in service.episodes]
    felt = [corroborate.Felt(each.episode, each.available_at, each.surfaces, each.models) for each in found]
    on_progress("reading what the pages said")
    record = beside.judge(
        felt,
        official_store.load_published(connection, store.load_page_coverage(connection, as_of), as_of), watchlist,
        {name: service.judged for name, service in services.items()}, rule, as_of,
    )  # fmt: skip
    own = said[~said["repeats"]]
    went = [
        phase
        for name, service in services.items()
        for phase in phases.phases(
            [one for one in felt if one.episode.service == name], service.buckets, own[own["service"] == name], as_of
        )
    ]
    record = msgspec.structs.replace(record, phases=tuple(went))
    store.save_opinions(
        connection,
        {"as_of": as_of, "ran_at": ran_at, "promise": false_alarms_per_4_weeks, "rule": str(rule), "inputs": inputs},
        _stacked(service.buckets for service in services.values()),
        _stacked(service.alarms for service in services.values()),
        told.rows, [surface for service in services.values() for surface in service.surfaces],
        found, record,
    )  # fmt: skip
    standing_store.save(connection, watchlist, as_of)
    return Ran(as_of, judged, len(found))


def judge_services(
    said: pd.DataFrame, coverage: Mapping[str, dict[str, list[counts.TargetCoverage]]], as_of: datetime,
    promise: float, told: volumes.Judged, known: Sequence[episodes.Episode],
) -> dict[str, Judged]:  # fmt: skip
    """Judge the services: count, expect and find, all in one pass. `said` are the complaints of every kind.

    A service keeps the promise with all its platforms together; its surfaces, which are judged beside it, share
    another of the same size. `known` are the episodes told before, which keep their ids.
    """
    counted = {}
    for name, targets in coverage.items():
        if span := counts.covered_span(targets, as_of):
            counted[name] = count_service(said[said["service"] == name], targets, span)
    streams = {name: one.streams for name, one in counted.items()}
    promises = dict.fromkeys(streams, promise)
    for name, one in counted.items():
        for surface, mine in one.surfaces.items():
            streams[f"{name}/{surface}"] = mine.streams
            promises[f"{name}/{surface}"] = promise / len(one.surfaces)
    found = finding.find(streams, promises, until=as_of)
    kept = episodes.keep_ids([episode for name in counted for episode in found[name].episodes], known)
    together = episodes.together(kept)
    return {
        name: _judged(name, one, found, [episode for episode in kept if episode.service == name], said, told, together)
        for name, one in counted.items()
    }


def count_service(
    said: pd.DataFrame, coverage: Mapping[str, list[counts.TargetCoverage]], span: Window
) -> Counted:  # fmt: skip
    """Count one service's people of each kind per bucket and platform, and those who name one of its surfaces."""
    buckets = counts.grid(span)
    own, repeating = said[~said["repeats"]], said[said["repeats"]]
    named = own[own["kind"] == "outage"].groupby("surface")["counted_at"]
    often = named.apply(
        lambda times: times.nsmallest(ENOUGH_MENTIONS).max() if len(times) >= ENOUGH_MENTIONS else pd.NaT
    ).dropna()
    surfaces = {str(name): Surface({}, since.to_pydatetime()) for name, since in often.items()}
    streams, stored = {}, []
    for platform, targets in coverage.items():
        share, whole = counts.coverage_by_bucket(targets, buckets), counts.whole_minutes(targets, buckets)
        for kind in KINDS:
            mine, others = (each[(each["platform"] == platform) & (each["kind"] == kind)] for each in (own, repeating))
            people = counts.bucket_counts(mine, share, whole)
            repeated = counts.bucket_counts(others, share)["observed"]
            stored.append(
                people[["observed", "coverage"]].assign(repeated=repeated, platform=platform, kind=kind)
            )  # fmt: skip
            if kind == "outage":
                streams[platform] = people
                for name, surface in surfaces.items():
                    surface.streams[platform] = counts.bucket_counts(mine[mine["surface"] == name], share, whole)
    return Counted(span, streams, surfaces, stored)


def _judged(
    name: str, counted: Counted, found: Mapping[str, finding.Found], kept: Sequence[episodes.Episode],
    said: pd.DataFrame, told: volumes.Judged, together: Mapping[str, tuple[str, ...]],
) -> Judged:  # fmt: skip
    outage = said[(said["service"] == name) & (said["kind"] == "outage")]
    own = found[name]
    index = next(iter(counted.streams.values())).index
    expectations = {platform: stream[["expected", "dispersion"]] for platform, stream in own.streams.items()}
    buckets = [
        rows.join(expectations[rows["platform"].iloc[0]]) if rows["kind"].iloc[0] == "outage" else rows
        for rows in counted.rows
    ]
    alarms = own.alarms.loc[index]
    spans = [(episode.onset_at, episode.ended_at or counted.span.end) for episode in kept]
    return Judged(
        buckets=_stacked(rows.assign(service=name) for rows in buckets),
        alarms=_named(alarms.assign(service=name)),
        episodes=tuple(
            describing.describe(
                episode, outage, end, floods.measure(onset, end, outage, spans),
                together.get(episode.episode_id, ()), volumes.within(told.rows, name, onset, end),
            )
            for episode, (onset, end) in zip(kept, spans, strict=True)
        ),
        surfaces=tuple(
            # Before enough people had named the surface nobody could have told of it.
            store.OfSurface(
                name,
                surface,
                msgspec.structs.replace(episode, service=name, alarm_at=max(episode.alarm_at, one.since)),
            )
            for surface, one in counted.surfaces.items()
            for episode in found[f"{name}/{surface}"].episodes
            if episode.ended_at is None or episode.ended_at > one.since
        ),
        judged=tuple(judged_time(alarms)),
    )  # fmt: skip


def judged_time(alarms: pd.DataFrame) -> list[Window]:
    """Join the buckets in which an alarm was true or false, not NA."""
    known = alarms["alarm"].notna().to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[False, known, False].astype(np.int8)))
    index = pd.DatetimeIndex(alarms.index)
    return union(
        Window(index[start].to_pydatetime(), index[end - 1].to_pydatetime() + counts.BUCKET)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    listed = [frame if "bucket_start" in frame.columns else _named(frame) for frame in frames]
    return pd.concat(listed, ignore_index=True) if listed else pd.DataFrame()


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename_axis("bucket_start").reset_index()
