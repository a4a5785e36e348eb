"""Every source of the register, found by itself, keeps the contract of `ingest.sources.Source`."""

import inspect
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingest import settings, sources, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.errors import MissingKey, SourceError
from ingest.pull import pull_target
from ingest.records import Window
from ingest.sources import About, Estimate, Source, Target

NAMES = (*sources.LIVE, *sources.SAMPLE)
PLANTED = "planted-secret-0123456789"
SECRETS = (
    "ICD_REDDIT_CLIENT_ID", "ICD_REDDIT_CLIENT_SECRET", "ICD_BLUESKY_APP_PASSWORD", "ICD_X_BEARER_TOKEN",
    "ICD_GITHUB_TOKEN",
)  # fmt: skip
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
SPAN = Window(NOW - timedelta(days=3), NOW)
"""Longer than what any source leaves out for being too young."""
SERVICES = ("CLAUDE", "OPENAI", "GEMINI")


def configured(url: str) -> settings.Settings:
    """Everything set, every address the same one, every secret planted."""
    websocket = url.replace("http", "ws", 1)
    keys = dict.fromkeys(SECRETS, PLANTED) | {
        "ICD_BLUESKY_HANDLE": "invented.example.org", "ICD_BLUESKY_URL": url, "ICD_JETSTREAM_URLS": websocket,
        "ICD_REDDIT_URL": url, "ICD_REDDIT_OAUTH_URL": url, "ICD_X_URL": url, "ICD_GITHUB_URL": url,
        "ICD_HACKERNEWS_URL": url, "ICD_ARCTIC_SHIFT": "on", "ICD_ARCTIC_SHIFT_URL": url, "ICD_TIMEOUT_SECONDS": "1",
        "ICD_GEMINI_STATUS_WORKSPACE_URL": url,
    }  # fmt: skip
    keys |= {f"ICD_{name}_STATUS_URL": url for name in SERVICES}
    return settings.load(keys, Path("none"))


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody answers: bound, and never listened on."""
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_shape(name: str) -> None:
    """Its names and functions are there, with the parameters of the contract, and it says what a user should know."""
    source = sources.open_source(name)

    assert name == source.NAME
    assert source.PLATFORM
    assert isinstance(source.ABOUT, About)
    assert all(source.ABOUT.__getattribute__(field) for field in ("reach_said", "cost", "without"))
    assert inspect.getdoc(source)
    for function in ("connect", "targets", "estimate", "fetch", "parse", "translate"):
        wanted = [word for word in inspect.signature(getattr(Source, function)).parameters if word != "self"]
        assert list(inspect.signature(getattr(source, function)).parameters) == wanted, function


@pytest.mark.parametrize("name", NAMES)
def test_it_connects_without_a_request_or_names_the_key_it_lacks(name: str) -> None:
    """Without a key a source that needs one says which; one that needs none is made, and asks nothing."""
    source = sources.open_source(name)
    bare = settings.load({"ICD_LOOKBACK_HOURS": "1"}, Path("none"))

    if source.ABOUT.needs:
        with pytest.raises(MissingKey) as missing:
            source.connect(bare)
        assert any(key in str(missing.value) for key in source.ABOUT.needs)
    else:
        assert source.connect(bare) is not None


@pytest.mark.parametrize("name", NAMES)
def test_its_targets_have_names_of_their_own(name: str) -> None:
    """No two targets share a name, since the ledger keeps coverage by it; each service named is on the watchlist."""
    said = configured("http://127.0.0.1:1")
    targets = sources.open_source(name).targets(said)

    assert targets
    assert len({target.name for target in targets}) == len(targets)
    assert {target.service for target in targets} <= {None, *said.watchlist.services}


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_asking_would_take(name: str) -> None:
    """An estimate is made without asking; only X costs money, and it says how much."""
    source, said = sources.open_source(name), configured("http://127.0.0.1:1")
    estimates = [source.estimate(said, target, SPAN) for target in source.targets(said)]

    assert all(isinstance(estimate, Estimate) and estimate.requests >= 0 for estimate in estimates)
    assert (sum(estimate.usd for estimate in estimates) > 0) is (name == "x")


@pytest.mark.parametrize("name", sources.LIVE)
def test_where_nobody_answers_nothing_is_covered(name: str, nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A far end that refuses: one line with a remedy, a ledger row, a gap, and no secret in any."""
    # Reddit's client tries thrice, but at once: test_reddit_trouble has it pause between, 2 to 6 s in all.
    monkeypatch.setattr("prawcore.sessions.FiniteRetryStrategy.sleep", lambda self: None)
    source, said = sources.open_source(name), configured(nobody)
    target = source.targets(said)[0]
    keys = AuthorKeys(b"k" * 32)
    opened = partial(connect, Path("facts.duckdb"))
    with opened() as connection:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)

    outcome = pull_target(source, source.connect(said), target, SPAN, open_database=opened, keys=keys, now=lambda: NOW)

    assert isinstance(outcome.failure, SourceError)
    assert outcome.gaps_left == (SPAN,)
    assert "\n" not in str(outcome.failure)
    assert PLANTED not in repr(outcome)
    with opened() as connection:
        rows: list[Any] = connection.execute("SELECT error, covered_start FROM pulls").fetchall()
    assert rows
    assert all(covered is None for _, covered in rows)
    assert any(error for error, _ in rows)
    assert PLANTED.encode() not in Path("facts.duckdb").read_bytes()


@pytest.mark.parametrize("name", sources.LIVE)
def test_a_defect_of_ours_is_not_the_sources(name: str) -> None:
    """An exception that no client raised is not explained away."""
    assert sources.open_source(name).translate(ZeroDivisionError(), Target("t")) is None


def test_every_module_is_registered() -> None:
    """No source lies in the folder without being asked."""
    folder = Path(sources.__file__).parent
    found = {path.name.removesuffix(".py") for path in folder.iterdir() if path.name[0] not in "._"}
    modules = {name for name in found if hasattr(sources.open_source(name), "fetch")}

    assert modules == set(NAMES)


@pytest.mark.parametrize("name", sources.LIVE)
def test_the_readme_says_what_the_source_says(name: str) -> None:
    """What a source needs, costs, reaches and is good for stands in the README as the source has it."""
    about = sources.open_source(name).ABOUT
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    needs = ", ".join(f"`{key}`" for key in about.needs) or "nothing"

    assert f"| `{name}` | {needs} | {about.cost} | {about.reach_said} | {about.without} |" in readme
