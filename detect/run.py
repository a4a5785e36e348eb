"""One run: load facts, judge, find the episodes, match them with the official record, save. The only order there is."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from detect import baseline, complaints, corpus, corroborate, counts, episodes, fitting, store, vocabulary
from ingest.authors import AuthorKeys
from ingest.coverage import union
from ingest.records import Window, hashed_key
from ingest.store import transaction
from ingest.watchlist import Watchlist

VERSION = "3"
"""Raised with every change of the rules that the vocabulary and the watchlist do not show: then all is judged anew."""

KINDS = ("outage", "limit", "quality")


class Ran(msgspec.Struct, frozen=True):
    """What a run came to; `unchanged` where everything it goes by is what it was, and so is the judgement."""

    as_of: datetime
    judged: int
    episodes: int
    unchanged: bool = False


class Judged(msgspec.Struct, frozen=True):
    """One service, judged: its buckets, alarms and episodes, and the time in which an alarm could have been raised."""

    buckets: pd.DataFrame
    alarms: pd.DataFrame
    episodes: tuple[store.Described, ...]
    judged: tuple[Window, ...]


def run(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, keys: AuthorKeys, *, as_of: datetime, ran_at: datetime,
    false_alarms_per_4_weeks: float, folder: Path, on_progress: Callable[[str], None] = lambda said: None,
) -> Ran:  # fmt: skip
    """Judge everything known by `as_of`, and save it in place of what was held. `folder` keeps the classifier."""
    rules = _rules_hash(watchlist, keys)
    judged = _judge_new_posts(connection, watchlist, keys, rules, folder, on_progress)
    last = store.last_pull_id(connection)
    inputs = hashed_key(str(rules), str(last), as_of.isoformat(), str(false_alarms_per_4_weeks))
    if store.last_inputs(connection) == inputs:
        return Ran(as_of, judged, 0, unchanged=True)
    said = store.load_complaints(connection, as_of)
    coverage = store.load_coverage(connection, watchlist, as_of)
    services = {}
    for name in watchlist.services:
        on_progress(f"finding episodes of {name}")
        if span := counts.covered_span(coverage.get(name, {}), as_of):
            mine = said[said["service"] == name]
            services[name] = judge_service(name, mine, coverage[name], span, false_alarms_per_4_weeks)
    found = [described for service in services.values() for described in service.episodes]
    incidents = store.load_incidents(connection, as_of)
    rule = corroborate.Rule()
    matches = corroborate.match([described.episode for described in found], incidents, rule, as_of)
    pages = store.load_page_coverage(connection, as_of)
    by_id = {(incident.service, incident.incident_id): incident for incident in incidents}
    verdicts = {}
    for described in found:
        episode = described.episode
        met = [by_id[m.service, m.incident_id] for m in matches if m.episode_id == episode.episode_id]
        verdicts[episode.episode_id] = corroborate.judge_episode(
            episode, met, pages.get(episode.service, []), rule, as_of
        )
    matched = {(m.service, m.incident_id) for m in matches}
    incident_verdicts = [
        corroborate.judge_incident(
            incident, services[incident.service].judged if incident.service in services else (), as_of,
            matched=(incident.service, incident.incident_id) in matched,
        )
        for incident in incidents
    ]  # fmt: skip
    store.save_opinions(
        connection,
        {"as_of": as_of, "ran_at": ran_at, "promise": false_alarms_per_4_weeks, "rule": str(rule), "inputs": inputs},
        _stacked(service.buckets for service in services.values()),
        _stacked(service.alarms for service in services.values()),
        found, verdicts, matches, incident_verdicts,
    )  # fmt: skip
    return Ran(as_of, judged, len(found))


def judge_service(
    service: str, said: pd.DataFrame, coverage: dict[str, list[counts.TargetCoverage]], span: Window, promise: float
) -> Judged:
    """Judge one service: count, expect, find. `said` are its complaints of every kind."""
    buckets = counts.grid(span)
    streams, stored = {}, []
    for platform, targets in coverage.items():
        share = counts.coverage_by_bucket(targets, buckets)
        here = said[said["platform"] == platform]
        for kind in KINDS:
            counted = counts.bucket_counts(here[here["kind"] == kind], share)
            if kind == "outage":
                counted = streams[platform] = baseline.expect(counted)
            stored.append(counted.assign(service=service, platform=platform, kind=kind))
    found = episodes.find(service, streams, promise)
    outage = said[said["kind"] == "outage"]
    return Judged(
        buckets=_stacked(stored),
        alarms=_named(found.alarms.assign(service=service)),
        episodes=tuple(describe(episode, outage, span.end) for episode in found.episodes),
        judged=tuple(judged_time(found.alarms)),
    )


def describe(episode: episodes.Episode, said: pd.DataFrame, until: datetime) -> store.Described:
    """Say what an episode's complaints name, most people first, and when the last one that raised it had arrived."""
    ended_at = episode.ended_at or until
    during = said[(said["counted_at"] >= episode.onset_at) & (said["counted_at"] < ended_at)]
    raised_by = during[during["counted_at"] < episode.alarm_at]["seen_at"]
    available_at = None
    if len(raised_by) and not raised_by.isna().any():
        available_at = max(raised_by.max().to_pydatetime(), episode.alarm_at)
    return store.Described(
        episode,
        available_at,
        symptoms=_named_by(during["symptom"], 3),
        surfaces=_named_by(during["surface"], 4),
        models=_named_by(during["model"], 3),
    )


def _named_by(column: pd.Series, most: int) -> tuple[str, ...]:
    """List what at least two people, or a tenth of those who name any, name; most often first."""
    named = Counter(column.dropna())
    enough = max(2.0, 0.1 * sum(named.values()))
    return tuple(
        sorted((name for name, n in named.items() if n >= enough), key=lambda name: (-named[name], name))[:most]
    )


def judged_time(alarms: pd.DataFrame) -> list[Window]:
    """Join the buckets in which an alarm was true or false, not NA."""
    known = alarms["alarm"].notna().to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[False, known, False].astype(np.int8)))
    index = pd.DatetimeIndex(alarms.index)
    return union(
        Window(index[start].to_pydatetime(), index[end - 1].to_pydatetime() + counts.BUCKET)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _judge_new_posts(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, keys: AuthorKeys, rules: int, folder: Path,
    on_progress: Callable[[str], None],
) -> int:  # fmt: skip
    """Judge the posts that came since the last run, or all of them where the rules are others now."""
    last = store.last_pull_id(connection)
    done = store.judged_up_to(connection, rules)
    if done >= last:
        return 0
    echo = frozenset(
        keys.of(platform, handle) for platform, handles in watchlist.echo.authors.items() for handle in handles
    )
    on_progress("preparing the reader")
    prepared = complaints.prepare(watchlist, echo, fitting.load_or_fit(folder))
    judged = 0
    with transaction(connection):
        store.forget_other_rules(connection, rules)
        for batch in store.load_posts(connection, done):
            store.save_judgements(connection, _with_post(batch, complaints.judge(batch, prepared)))
            judged += len(batch)
            on_progress(f"judging posts: {judged:,}")
        store.save_judged_up_to(connection, rules, last)
    return judged


def _with_post(posts: pa.RecordBatch, judged: pa.RecordBatch) -> pa.Table:
    """Add to each judgement what the series need of its post: platform, times, and a one-way token of the person."""
    authors = posts.column("author_key").to_pylist()
    keys = posts.column("post_key").to_pylist()
    people = [
        hashed_key("post", str(key)) if author is None else hashed_key("person", str(author))
        for key, author in zip(keys, authors, strict=True)
    ]
    where = {key: number for number, key in enumerate(keys)}
    rows = pa.array([where[key] for key in judged.column("post_key").to_pylist()], pa.int64())
    table = pa.Table.from_batches([judged])
    for name in ("platform", "counted_at", "seen_at"):
        table = table.append_column(name, posts.column(name).take(rows))
    return table.append_column("person", pa.array(people, pa.int64()).take(rows))


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    listed = [frame if "bucket_start" in frame.columns else _named(frame) for frame in frames]
    return pd.concat(listed, ignore_index=True) if listed else pd.DataFrame()


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename_axis("bucket_start").reset_index()


def _rules_hash(watchlist: Watchlist, keys: AuthorKeys) -> int:
    said = msgspec.json.encode(vocabulary.load()).decode()
    return hashed_key(VERSION, msgspec.json.encode(watchlist).decode(), keys.fingerprint, said, corpus.digest())
