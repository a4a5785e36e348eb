"""One round of alerts: read what is to be told, send it, note what was taken.

The database is closed while anything is sent. A message is noted after it was taken: should the program end between
the two, the next round sends it again under the same message_id. An address that does not take its message holds up no
other, and is tried again by the next round.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from ingest.authors import AuthorKeys, open_keys
from ingest.database import connect, migrate
from ingest.door import PARTLY
from ingest.errors import ConfigError, DatabaseError
from ingest.saying import count
from ingest.settings import Settings
from ingest.watchlist import Watchlist
from reports.alerts import addresses, message, store, surfaces
from reports.alerts.addresses import Address
from reports.alerts.message import Message
from reports.alerts.sending import NotSent, send
from reports.alerts.transitions import Course, due, message_id
from reports.alone import alone

PATIENCE = timedelta(minutes=2)
"""How long to wait for whoever writes the database."""

_NOBODY = f"{addresses.KEY} is not set, so there is nobody to tell; .env.example says how to name addresses"


class Outcome(msgspec.Struct, frozen=True):
    """What came of the messages to one address: those taken, in order, and why the next one was not."""

    address: Address
    taken: tuple[Message, ...]
    left: tuple[Message, ...] = ()
    failure: str | None = None


def alert_all(settings: Settings, database: Path, *, as_json: bool = False) -> int:
    """Tell every address what it does not know yet. Returns the exit code.

    Raises ConfigError for addresses of no use, DatabaseError where nothing was judged, or nothing could be noted.
    """
    to, only = addresses.read(settings), surfaces.read(settings)
    if not to:
        raise ConfigError(_NOBODY)
    _require(database)
    keys = open_keys(database.parent)
    with alone(database, "alert"):
        with connect(database, patience=PATIENCE) as connection:
            migrate(connection, "reports")  # before anything is sent: what cannot be noted is not to be said
            known = store.load(connection, datetime.now(UTC))
        outcomes = []
        for outcome in _sent([(one, news(known, _key(keys, one), settings.watchlist, only)) for one in to], settings):
            if outcome.taken:
                with connect(database, patience=PATIENCE) as connection:
                    store.save(connection, _key(keys, outcome.address), outcome.taken, datetime.now(UTC))
            _tell(outcome, as_json=as_json)
            outcomes.append(outcome)
    return _summary(outcomes, _unsaid(known), surfaces.said(only), as_json=as_json)


def rehearse(settings: Settings, database: Path, *, as_json: bool = False) -> int:
    """Print what would be sent to whom, and send nothing. Returns the exit code."""
    to, only = addresses.read(settings), surfaces.read(settings)
    _require(database)
    with connect(database, read_only=True, patience=PATIENCE) as connection:
        known = store.load(connection, datetime.now(UTC))
    if not to:
        click.echo(_NOBODY, err=True)
    keys = open_keys(database.parent)
    planned = {str(one): news(known, _key(keys, one), settings.watchlist, only) for one in to}
    planned = planned or {"nobody yet": news(known, "", settings.watchlist, only)}
    for name, messages in planned.items():
        for one in messages:
            click.echo(_object(one, to=name) if as_json else f"to {name}: {one.text}")
    if not as_json:
        click.echo("nothing was sent" if any(planned.values()) else _nothing(_unsaid(known), surfaces.said(only)))
    return 0


def try_all(settings: Settings, *, as_json: bool = False) -> int:
    """Send every address a test, and note nothing. Returns the exit code."""
    to = addresses.read(settings)
    if not to:
        raise ConfigError(_NOBODY)
    outcomes = []
    for outcome in _sent([(one, [message.test(datetime.now(UTC))]) for one in to], settings):
        _tell(outcome, as_json=as_json)
        outcomes.append(outcome)
    return _summary(outcomes, (), "", as_json=as_json)


def news(
    known: store.Known, address: str, watchlist: Watchlist, only: frozenset[surfaces.Part] | None = None
) -> list[Message]:
    """Write what an address is to be told now, the oldest episode first; `only` of these parts. Pure.

    What was told is told to its end, whatever people name by then.
    """
    told = known.told.get(address, {})
    found = []
    for felt in known.felt:
        service = watchlist.services.get(felt.service)
        sent = told[felt.episode_id].sent if felt.episode_id in told else ()
        course = Course(
            felt.alarm_at, felt.ended_at, felt.severity, page_spoke=felt.first_published_at is not None,
            sure=felt.answer in ("down", "probably"), refuted=felt.mark == "wrong",
        )  # fmt: skip
        wanted = service and felt.service in known.fresh and (sent or surfaces.concerns(felt, only))
        next_one = due(course, sent, known.now) if wanted else None
        if service and next_one:
            named = message_id(felt.episode_id, next_one, sent)
            found.append(message.compose(felt, next_one, named, service, as_of=known.as_of, label=known.label))
    here = {felt.episode_id for felt in known.felt}
    for episode_id, one in told.items():
        service = watchlist.services.get(one.service)
        if service and one.service in known.fresh and episode_id not in here and due(None, one.sent, known.now):
            named = message_id(episode_id, "withdrawn", one.sent)
            found.append(
                message.withdrawn(episode_id, service, one.onset_at, named, as_of=known.as_of, label=known.label)
            )
    return found


def _sent(planned: Sequence[tuple[Address, list[Message]]], settings: Settings) -> Iterator[Outcome]:
    """Send, an address a thread, so that a slow one holds up no other; each as it is done."""
    waiting = [(address, messages) for address, messages in planned if messages]
    if not waiting:
        return
    with ThreadPoolExecutor(max_workers=min(len(waiting), 16)) as pool:
        for done in as_completed([pool.submit(_send_to, *each, settings) for each in waiting]):
            yield done.result()


def _send_to(address: Address, messages: list[Message], settings: Settings) -> Outcome:
    """Send one address its messages in order, up to the first that it does not take."""
    for number, one in enumerate(messages):
        try:
            send(address, one, settings)
        except NotSent as error:
            return Outcome(address, tuple(messages[:number]), tuple(messages[number:]), str(error))
    return Outcome(address, tuple(messages))


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    for one in outcome.taken:
        click.echo(
            _object(one, to=str(outcome.address), sent=True) if as_json else f"sent to {outcome.address}: {one.text}"
        )
    for one in outcome.left if as_json else ():
        click.echo(_object(one, to=str(outcome.address), sent=False, error=outcome.failure))
    if outcome.failure and not as_json:
        left = "the message waits" if len(outcome.left) == 1 else f"{len(outcome.left):,} messages wait"
        click.echo(f"{outcome.address}: {outcome.failure}; {left} for the next round", err=True)


def _summary(outcomes: Sequence[Outcome], unsaid: Sequence[str], only: str, *, as_json: bool) -> int:
    taken = sum(len(outcome.taken) for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.failure]
    if not as_json:
        click.echo(f"{count(taken, 'message')} sent" if outcomes else _nothing(unsaid, only))
    if failed and len(failed) == len(outcomes) and not taken:
        click.echo("error: no address took its message; the next round tries again", err=True)
        return 1
    return PARTLY if failed else 0


def _unsaid(known: store.Known) -> list[str]:
    """Name the services of which something may be to say, and nothing is said because what is known is too old."""
    return sorted({felt.service for felt in known.felt if felt.ended_at is None} - known.fresh)


def _nothing(unsaid: Sequence[str], only: str) -> str:
    if unsaid:
        return f"nothing sent: {', '.join(unsaid)} was judged too long ago to speak of now; make ingest detect"
    return f"nothing to send: no outage{only} began, grew or ended since the last message"


def _object(one: Message, **beside: object) -> str:
    return msgspec.json.encode({**beside, "message": one}).decode()


def _key(keys: AuthorKeys, address: Address) -> str:
    return keys.hidden("alert", address.url)


def _require(database: Path) -> None:
    if not database.exists():
        raise DatabaseError(f"{database} does not exist; fill it first: make ingest, or python -m ingest load FILE")
