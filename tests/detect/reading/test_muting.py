"""What the watchlist mutes is stored, never counted, and comes back. Every post and handle here is invented."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scene import KEYS, ONSET, Scene, every, own_words, said, scene

from detect.reading import muting
from ingest import watchlist
from ingest.errors import ConfigError
from ingest.watchlist import Mute

__all__ = ["scene"]

ELSEWHERE = "r/ClaudeCode"


@pytest.fixture
def troubled(scene: Scene) -> Scene:
    """Twelve people complain in one place, eight in another, and one person ten times, once a bucket."""
    scene.tell(every(60, ["is claude down?"] * 12))
    there = [said(100 + n, ONSET + timedelta(minutes=n), "claude is down", place=ELSEWHERE) for n in range(8)]
    scene.tell(there, place=ELSEWHERE)
    scene.tell(every(300, [own_words(n) for n in range(10)], author="Loud_One", first=200))
    scene.judge()
    assert scene.counted() == 30
    return scene


def the_loud_ones(scene: Scene, column: str, table: str) -> int:
    [(key,)] = scene.ask(
        f"SELECT mode({column}) FROM {table} JOIN posts USING (post_key) "  # noqa: S608  (ours)
        "WHERE text LIKE 'Claude is down here%'"
        if table == "judgements"
        else f"SELECT mode({column}) FROM {table} WHERE text LIKE 'Claude is down here%'"  # noqa: S608  (ours)
    )
    return int(key)


def muted(scene: Scene) -> list[tuple[Any, ...]]:
    return scene.ask("SELECT kind, count(*) FROM judgements WHERE reason = 'muted' GROUP BY kind")


@pytest.mark.parametrize(
    ("by", "left"),
    [("author key", 20), ("person", 20), ("handle", 20), ("place", 22), ("another platform", 30)],
)
def test_what_is_muted_is_stored_and_not_counted_until_its_line_is_deleted(troubled: Scene, by: str, left: int) -> None:
    """By the key of `posts`, by that of `judgements`, by handle or by place: the counts go, and they come back."""
    before = troubled.ask("SELECT post_key, service, kind, fingerprint FROM judgements ORDER BY ALL")
    mutes = {
        "author key": lambda: Mute(keys=(the_loud_ones(troubled, "author_key", "posts"),)),
        "person": lambda: Mute(keys=(the_loud_ones(troubled, "person", "judgements"),)),
        "handle": lambda: Mute(authors={"reddit": ("loud_one",)}),
        "place": lambda: Mute(places={"reddit": ("R/claudecode",)}),
        "another platform": lambda: Mute(authors={"bluesky": ("Loud_One",)}, places={"github": (ELSEWHERE,)}),
    }

    troubled.judge(mutes[by]())

    assert troubled.counted() == left
    assert muted(troubled) == ([("none", 30 - left)] if left < 30 else [])
    assert len(troubled.ask("FROM judgements")) == len(before)

    troubled.judge()

    assert troubled.counted() == 30
    assert muted(troubled) == []
    assert troubled.ask("SELECT post_key, service, kind, fingerprint FROM judgements ORDER BY ALL") == before


def test_who_is_muted_is_nobodys_original(scene: Scene) -> None:
    """A text that only a muted account wrote before is counted for the first who says it unmuted."""
    scene.tell(every(60, [own_words(1)] * 2, author="Loud_One"))
    scene.tell(every(60, [own_words(1)] * 3, first=50))
    scene.judge()
    assert (scene.counted(), scene.counted("repeated")) == (1, 3)

    scene.judge(Mute(authors={"reddit": ("Loud_One",)}))

    assert (scene.counted(), scene.counted("repeated")) == (1, 2)


def test_nobody_is_muted_where_the_author_is_unknown() -> None:
    """A post without an author is muted by its place alone."""
    found = muting.prepare(Mute(keys=(7,), authors={"reddit": ("x",)}, places={"reddit": ("r/b",)}), KEYS.of)
    assert not found.mutes("reddit", "r/a", None)
    assert found.mutes("reddit", "r/B", None)
    assert found.mutes("bluesky", "", 7)
    assert found.mutes("reddit", "", KEYS.of("reddit", "X"))
    assert not found.mutes("bluesky", "", KEYS.of("bluesky", "x"))


SERVICE = '[claude]\ntitle = "Claude"\naliases = ["claude"]\n'


def loaded(tmp_path: Path, block: str) -> Mute:
    path = tmp_path / "mine.toml"
    path.write_text(f"{SERVICE}[mute]\n{block}\n", "utf-8")
    return watchlist.load(path).mute


def test_a_mute_block_is_read(tmp_path: Path) -> None:
    """Keys are whole numbers of 64 bits, handles and places stand by platform."""
    block = f'keys = [{-(2**63)}, 7]\nauthors = {{ reddit = ["x"], bluesky = ["did:plc:abc"], x = ["12"] }}\n'
    found = loaded(tmp_path, f'{block}places = {{ reddit = ["r/a"] }}')
    assert found == Mute(
        (-(2**63), 7), {"reddit": ("x",), "bluesky": ("did:plc:abc",), "x": ("12",)}, {"reddit": ("r/a",)}
    )


def test_an_absent_block_mutes_nobody(tmp_path: Path) -> None:
    """A watchlist from before it existed is read as before."""
    path = tmp_path / "mine.toml"
    path.write_text(SERVICE, "utf-8")
    assert watchlist.load(path).mute == Mute()
    assert watchlist.load().mute == Mute()


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ('keys = ["loud_one"]', "Expected `int`"),
        ("keys = [1.5]", "Expected `int`"),
        ("keys = 7", "Expected `array`"),
        ("handles = {}", "unknown field `handles`"),
        ('authors = ["loud_one"]', "Expected `object`"),
        ('authors = { reddit = "loud_one" }', "Expected `array`"),
        ('authors = { reddit = ["u/loud_one"] }', "'u/loud_one' is not written as the platform has it"),
        ('authors = { github = ["@loud"] }', "is not written as the platform has it"),
        ('authors = { reddit = [""] }', "is not written as the platform has it"),
        ('places = { reddit = ["/r/loud"] }', "is not written as the platform has it"),
        ('authors = { bluesky = ["loud.example.org"] }', "must be the account's DID"),
        ('authors = { x = ["loud_one"] }', "must be the account's number"),
    ],
)
def test_what_would_silently_mute_nobody_is_an_error_that_names_the_file(tmp_path: Path, block: str, says: str) -> None:
    """A wrong key, field or handle says in which file and block it stands, and what is wrong."""
    with pytest.raises(ConfigError) as told:
        loaded(tmp_path, block)
    assert "mine.toml: [mute]" in str(told.value)
    assert says in str(told.value)
