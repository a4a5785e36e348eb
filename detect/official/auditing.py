"""What the audit found, told: how much by which rule, and each finding with its ids. Reads only."""

from collections import Counter
from pathlib import Path

import duckdb
import msgspec

from detect.official import audit
from detect.official.audit import Finding
from ingest.database import connect, refuse_newer
from ingest.errors import DatabaseError
from ingest.hostile import one_line
from ingest.saying import count
from ingest.times import in_utc

LISTED = 5
"""Findings of one rule that are listed where no single rule is asked for: the latest."""


def load(connection: duckdb.DuckDBPyConnection, service: str | None, rule: str | None) -> list[Finding]:
    """Load the findings of the judgement in force. Raises DatabaseError where nothing was judged by this version."""
    known = "FROM duckdb_tables() WHERE table_name = 'audit'"
    if not connection.execute(known).fetchone() or not connection.execute("FROM runs LIMIT 1").fetchone():
        raise DatabaseError("nothing is judged yet by this version; run: make detect, or python -m detect --db FILE")
    refuse_newer(connection, "detect")
    rows = connection.execute(
        'SELECT "rule", service, incident_ids, episode_id, "at", says FROM audit '
        'WHERE service = coalesce($service, service) AND "rule" = coalesce($rule, "rule")',
        {"service": service, "rule": rule},
    ).fetchall()
    return [
        Finding(name, _clean(whose), tuple(map(_clean, ids)), episode and _clean(episode), in_utc(at), _clean(says))
        for name, whose, ids, episode, at, says in rows
    ]


def tell(database: Path, service: str | None, rule: str | None, *, as_json: bool) -> str:
    """Write the findings as lines, or as JSON; each rule with its text before what it found."""
    with connect(database, read_only=True) as connection:
        found = load(connection, service, rule)
    if as_json:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    counted = Counter(finding.rule for finding in found)
    texts = audit.rules()
    lines = [f"{count(len(found), 'finding')} by {len(counted)} of {len(texts)} rules"]
    for name, text in texts.items():
        if not counted[name] and rule is None:
            continue
        mine = [finding for finding in found if finding.rule == name]
        if mine or name == rule:
            lines += ["", f"{name} ({counted[name]:,}): {text}"]
        shown = mine if rule else mine[-LISTED:]
        if len(shown) < len(mine):
            lines.append(f"  the latest {LISTED}; all of them: python -m detect audit --rule {name}")
        lines += [f"  {_line(finding)}" for finding in shown]
    none = [name for name in texts if not counted[name]]
    if none and rule is None:
        lines += ["", f"nothing found by: {', '.join(none)}"]
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    who = " ".join((finding.service, *finding.incident_ids, *([finding.episode_id] if finding.episode_id else [])))
    return f"{finding.at:%Y-%m-%d %H:%M}  {who}  {finding.says}"


def _clean(text: str) -> str:
    return one_line(text, 400)
