"""The door to opinions: `python -m detect`."""

from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

import click

from detect.evaluation.door import evaluate
from ingest.door import Group, Instant, database_option, run
from ingest.records import Form


class Detect(Group):
    """The verbs of this room."""

    default_verb = "run"


@click.group(cls=Detect, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Judge what was ingested: who complains, what is more than usual, and what the official page said to it.

    \b
    python -m detect                            judge everything known now
    python -m detect --as-of 2026-04-15T15:00   what was knowable then
    python -m detect audit                      what the official record says against itself
    python -m detect mark ID wrong --why "..."  say that an episode was no outage
    python -m detect read --lake data/lake      what a lake of posts says, here or on a cluster

    Without a verb: run. Exit codes: 0 judged, 1 it could not be done, 2 wrong options.
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@door.command("run")
@database_option
@click.option("--as-of", type=Instant(), help="Look at nothing later. Default: now; on the sample, its last instant.")
def run_verb(database: Path | None, as_of: datetime | None) -> None:
    """Judge the posts, find the episodes, match them with the official record; replaces what was held before."""
    from detect.judging import judge_all
    from ingest import settings

    chosen = settings.load()
    judge_all(chosen, database or chosen.database, as_of)


@door.command("loudest")
@database_option
@click.option("--service", metavar="NAME", help="Only this service of the watchlist. Default: all.")
@click.option("--since", type=Instant(), help="From when on. Default: a week before --until.")
@click.option("--until", type=Instant(), help="Up to when. Default: the last judgement's time.")
@click.option("--json", "wants_json", is_flag=True, help="A list of objects, for scripts.")
def loudest_verb(
    database: Path | None, service: str | None, since: datetime | None, until: datetime | None, wants_json: bool
) -> None:
    """List the accounts that complained most of an outage, by the key under which the watchlist can mute them.

    Nobody is named: a key is a one-way token. To count an account no more, put its key into the watchlist and judge
    again; delete it there to count it again.

    \b
    [mute]
    keys = [-1234567890123456789]
    """  # noqa: D301  (as above)
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until")
    from detect.loudest import tell
    from ingest import settings

    chosen = settings.load()
    if service is not None:
        chosen.watchlist.require(service)
    click.echo(tell(database or chosen.database, service, since, until, as_json=wants_json))


@door.command("explain")
@click.argument("text")
@click.option("--place", default="", metavar="NAME", help="Where it stands, as the watchlist has it: r/ClaudeAI.")
@click.option("--platform", metavar="NAME", help="Default: the one on which the watchlist has the place, else x.")
@click.option("--form", type=click.Choice(get_args(Form)), help="Default: issue on github, else post.")
@click.option("--lang", metavar="CODE", help="What its source would say of its language.")
@click.option("--json", "wants_json", is_flag=True, help="A list of objects, one a service.")
def explain_verb(
    text: str, place: str, platform: str | None, form: str | None, lang: str | None, *, wants_json: bool
) -> None:
    """Say what would be held of a text, and what moves that: the same text judged again without each of its parts.

    \b
    python -m detect explain "is claude down again?? 529 everywhere" --place r/ClaudeAI
    """  # noqa: D301  (as above)
    import msgspec

    from detect.reading.complaints import Loose
    from detect.reading.explaining import explain, tell
    from detect.reading.fitting import open_reader
    from ingest import settings

    chosen = settings.load()
    platform = platform or chosen.watchlist.platform_of(place) or "x"
    post = Loose(text, platform, place, form or ("issue" if platform == "github" else "post"), lang)
    found = explain(post, open_reader(chosen.watchlist, chosen.database.parent))
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if wants_json else tell(post, found))


@door.command("read")
@database_option
@click.option("--lake", required=True, metavar="PATH", help="A lake that `python -m ingest lake export` wrote.")
@click.option("--engine", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True)
@click.option("--out", metavar="DIR", help="Keep judgements and counts there, as Parquet; the workers write it too.")
@click.option("--since", type=Instant(), help="From this day on, UTC. Default: the lake's first.")
@click.option("--until", type=Instant(), help="Up to this day, which is left out. Default: the lake's last.")
@click.option("--fit", "fits", is_flag=True, help="Fit what is usual per service, platform, surface and language too.")
@click.option(
    "--prefilter", type=click.Choice(("sql", "kernel")),
    help="Who passes over what names nobody: its SQL (default of duckdb), or the kernel (of spark). Results are equal.",
)  # fmt: skip
@click.option("--remote", metavar="ADDRESS", help="The cluster: sc://HOST:15002. Default: SPARK_REMOTE.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes, with duckdb.")
@click.option("--memory", default="1GB", show_default=True, help="What DuckDB may take; the rest spills to disk.")
@click.option("--json", "wants_json", is_flag=True, help="One object.")
def read_verb(
    database: Path | None, lake: str, engine: str, out: str | None, since: datetime | None, until: datetime | None,
    prefilter: str | None, remote: str | None, workers: int, memory: str, *, fits: bool, wants_json: bool,
) -> None:  # fmt: skip
    """Judge and count a lake of posts, here or on a Spark cluster; the same lake gives the same digest on each.

    \b
    python -m ingest lake export --lake data/lake
    python -m detect read --lake data/lake
    python -m detect read --lake s3://bucket/lake --engine spark --remote sc://spark:15002 --out s3://bucket/read
    """  # noqa: D301  (as above)
    import msgspec

    from detect.engines.door import Asked, read_lake, tell
    from ingest import settings

    chosen = settings.load()
    asked = Asked(engine, lake, out, since, until, prefilter, remote, workers, memory, fits)
    result = read_lake(asked, chosen, (database or chosen.database).parent)
    click.echo(msgspec.json.encode(result).decode() if wants_json else tell(result))


@door.command("audit")
@database_option
@click.option("--service", metavar="NAME", help="Only this service's page. Default: all.")
@click.option("--rule", metavar="NAME", help="Only this rule, and all that it found. Default: all, the latest of each.")
@click.option("--json", "wants_json", is_flag=True, help="A list of objects, for scripts.")
def audit_verb(database: Path | None, service: str | None, rule: str | None, wants_json: bool) -> None:
    """Say what the official record says against itself: posted late, backdated, zones mixed up, impact played down.

    Every finding names its incidents and the rule that found it, and every rule its text. Times are UTC.

    \b
    python -m detect audit --rule zone_slip
    python -m detect audit --json | jq 'map(select(.rule == "retroactive")) | length'
    """  # noqa: D301  (as above)
    from detect.official import audit
    from detect.official.auditing import tell
    from ingest import settings

    if rule is not None and rule not in audit.rules():
        raise click.BadParameter(
            f"no rule is called {rule!r}; there are: {', '.join(audit.rules())}", param_hint="--rule"
        )
    chosen = settings.load()
    if service is not None:
        chosen.watchlist.require(service)
    click.echo(tell(database or chosen.database, service, rule, as_json=wants_json))


@door.command("mark")
@database_option
@click.argument("episode_id", required=False, metavar="[EPISODE]")
@click.argument("says", required=False, type=click.Choice(("right", "wrong")), metavar="[right|wrong]")
@click.option("--why", metavar="TEXT", help="The reason, in a few words; shown beside the episode.")
@click.option("--withdraw", is_flag=True, help="Take back what was said of this episode.")
@click.option("--list", "lists", is_flag=True, help="List what is marked.")
@click.option("--json", "wants_json", is_flag=True, help="With --list: a list of objects, for scripts.")
def mark_verb(
    database: Path | None, episode_id: str | None, says: Literal["right", "wrong"] | None, why: str | None,
    *, withdraw: bool, lists: bool, wants_json: bool,
) -> None:  # fmt: skip
    """Say that an episode was an outage (right) or none (wrong), and why.

    A mark is kept as a fact about a service and a span of time: it survives every new judgement, speaks of whichever
    episodes overlap it then, and of several the newest holds. It changes no judgement: the timeline notes it, and an
    episode marked wrong alerts nobody any more.

    \b
    python -m detect mark ID wrong --why "a joke that went round"
    python -m detect mark ID --withdraw
    python -m detect mark --list

    EPISODE is an id of python -m reports timeline --json.
    """  # noqa: D301  (as above)
    from datetime import UTC

    from detect import marking
    from ingest import settings

    if lists == bool(episode_id) or (wants_json and not lists):
        raise click.UsageError("name an episode, or list what is marked: --list [--json]")
    if withdraw and (says or why):
        raise click.UsageError("--withdraw goes with neither right, wrong nor --why")
    if episode_id and not withdraw and not (says and why):
        raise click.UsageError("say right or wrong, and --why TEXT; or --withdraw")
    where = database or settings.load().database
    if episode_id is None:
        click.echo(marking.told(where, as_json=wants_json))
    elif says is None:
        click.echo(marking.withdraw(where, episode_id, datetime.now(UTC)))
    else:
        click.echo(marking.mark(where, episode_id, says, why or "", datetime.now(UTC)))


door.add_command(evaluate)

if __name__ == "__main__":
    run(door)
