"""X's two vocabularies: which one is asked in, and that the same comes of either.

The servers on loopback are held to X's own OpenAPI files, 2.166 and 2.167; payloads are shaped by hand.
"""

from typing import Any

import pytest
from loopback.x import SEARCH, changed, environment, instead, invalid, post
from loopback.x_contract import COUNTS, FILES, contract_of
from loopback.x_world import COMPLAINTS, KEYS, MINUTE, NOON, SAMPLE, VERSIONS, World, opened

from ingest.records import Post
from ingest.settings import load
from ingest.sources import Reading, x
from ingest.sources.x.wire import VOCABULARIES

LONG = "It has been failing for an hour now. " * 20
POSTS: list[dict[str, Any]] = [
    post(NOON - 5 * MINUTE, 1),
    post(NOON - 4 * MINUTE, 2, references=[("replied_to", "123")], conversation_id="120"),
    post(NOON - 3 * MINUTE, 3, references=[("quoted", "124")]),
    post(NOON - 2 * MINUTE, 4, text=LONG, note=LONG, lang="und"),
    post(NOON - 1 * MINUTE, 5, text="same author", author_id=post(NOON - 5 * MINUTE, 1)["author_id"]),
]


def saved(world: World, *columns: str) -> list[tuple[Any, ...]]:
    """Read columns of what was saved, oldest first."""
    return world.ask(f"SELECT {', '.join(columns)} FROM posts ORDER BY claimed_at")  # noqa: S608  (names of ours)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_long_post_is_read_whole(version: str) -> None:
    """The text beyond 280 characters stands in note_tweet or note_post; it is what is saved."""
    with opened(version, POSTS) as world:
        world.pull()
        assert saved(world, "text")[3] == (LONG.strip(),)


@pytest.mark.parametrize("version", VERSIONS)
def test_forms_are_told_apart(version: str) -> None:
    """Reply and quote by their references; without any a reply is known by its conversation, a quote is a post."""
    with opened(version, POSTS) as world:
        world.pull()
        quote = ("quote", "124") if version == "2.166" else ("post", None)
        reply = ("reply", "123") if version == "2.166" else ("reply", None)
        assert saved(world, "form", "parent_id")[:3] == [("post", None), reply, quote]
        assert saved(world, "lang")[3] == (None,)


def test_people_are_told_apart_where_x_tells_them() -> None:
    """The old vocabulary gives the author's number: five posts of four people, keyed, never the number itself."""
    with opened("2.166", POSTS) as world:
        world.pull()
        keys = [key for (key,) in saved(world, "author_key")]
        assert keys[0] == keys[4] == KEYS.of("x", POSTS[0]["author_id"])
        assert len(set(keys)) == 4
        rows = str(world.ask("SELECT * FROM posts"))
        assert POSTS[0]["author_id"] not in rows


def test_an_author_that_would_be_billed_is_not_asked_for() -> None:
    """In 2.167 an author is an expansion, billed as a user: posts come without one, not at three times the price."""
    with opened("2.167", POSTS) as world:
        world.pull()
        assert [key for (key,) in saved(world, "author_key")] == [None] * 5
        assert set(world.sent("expansions")) == {None}
        assert world.spent() == 0.025


def test_an_author_that_is_given_anyway_is_taken() -> None:
    """Where post.fields takes the author too, as was seen in 2026, nobody is lost."""
    with opened("2.167", POSTS, accepts_more=True) as world:
        world.pull()
        assert len({key for (key,) in saved(world, "author_key")}) == 4
        assert saved(world, "form")[2] == ("quote",)


def test_the_vocabulary_is_found_once_a_run() -> None:
    """On 2.167 the first page takes three requests, the refused ones free; the second page and the next target one."""
    with opened("2.167", [post(NOON - MINUTE * number / 2, number) for number in range(2, 150)]) as world:
        client = world.client()
        world.pull(client=client)
        wanted = [{"post.fields", "tweet.fields"} & one.query.keys() for one in world.server.requests]
        assert wanted == [{"tweet.fields"}, {"post.fields"}, {"post.fields"}, {"post.fields"}]
        assert world.spent() == world.bill()
        world.server.requests.clear()
        world.now = NOON + 5 * MINUTE
        world.pull(client=client)
        assert len(world.server.requests) == 1


def test_the_old_vocabulary_is_asked_first_and_alone() -> None:
    """Where tweet.fields is understood there is one request."""
    with opened("2.166", POSTS) as world:
        world.pull()
        assert [one.query["tweet.fields"] for one in world.server.requests] == [VOCABULARIES[0][1]]


def test_a_refusal_of_every_vocabulary_ends() -> None:
    """A 400 in those words for whatever is asked is said after three requests, and costs nothing."""
    refusal = invalid("post.fields", "The query parameter [post.fields] is not one of [query]")
    with opened("2.166", POSTS) as world:
        world.site.trouble(SEARCH, instead(refusal), forever=True)
        outcome = world.pull()
        assert "did not accept the query (The query parameter [post.fields] is not one of [query])" in str(
            outcome.error
        )
        assert (len(world.server.requests), world.spent()) == (len(VOCABULARIES), 0.0)


def test_another_refusal_is_not_taken_for_it() -> None:
    """A 400 about something else is asked once."""
    with opened("2.166", POSTS) as world:
        world.site.trouble(SEARCH, instead(invalid("sort_order", "The `sort_order` value is not one of [recency]")))
        assert "sort_order" in str(world.pull().error)
        assert len(world.server.requests) == 1


@pytest.mark.parametrize("asked", VERSIONS)
def test_an_answer_in_the_other_vocabulary_is_read(asked: str) -> None:
    """X has answered in its old names whatever it was asked in: every renamed field is read by either name."""
    pairs = (("tweet", "post"), ("post", "tweet"))
    old, new = pairs[VERSIONS.index(asked)]

    def renamed(payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "data": [{name.replace(old, new): told for name, told in one.items()} for one in payload["data"]],
            "meta": {name.replace(old, new): told for name, told in payload["meta"].items()},
        }

    with opened(asked, POSTS) as world:
        world.site.trouble(SEARCH, *([None, None] if asked == "2.167" else []), changed(renamed))
        world.site.trouble(COUNTS, changed(renamed))
        assert world.pull().new == 5
        assert saved(world, "text")[3] == (LONG.strip(),)
        assert world.pull(COMPLAINTS).new == 180


@pytest.mark.parametrize("version", VERSIONS)
def test_the_loopback_server_keeps_the_contract(version: str, shared_data: Any) -> None:
    """X's own files refuse what this server does: fields of the other version, nine results, a made-up name."""
    contract = contract_of(version)
    assert contract is not None
    assert (shared_data / "protocol" / "x" / FILES[version]).exists()
    good = {"query": "claude", "max_results": "10", "start_time": "2026-04-15T00:00:00Z"}
    word, other = ("tweet", "post") if version == "2.166" else ("post", "tweet")
    assert contract.faults_of_request(SEARCH, good | {f"{word}.fields": "id,text,created_at"}) == []
    for bad in (
        {"max_results": "9"},
        {f"{other}.fields": "id"},
        {f"{word}.fields": f"id,note_{other}"},
        {"since": "1"},
    ):
        assert contract.faults_of_request(SEARCH, good | bad), bad
    assert contract.faults_of_request(SEARCH, {"max_results": "10"})
    right = {"start": "2026-04-15T00:00:00Z", "end": "2026-04-15T00:01:00Z", f"{word}_count": 1}
    assert contract.faults_of_answer(COUNTS, {"data": [right]}) == []
    assert contract.faults_of_answer(COUNTS, {"data": [right | {f"{word}_count": "1"}]})
    assert contract.faults_of_answer(SEARCH, {"data": [{"id": "1", "text": "a", f"note_{other}": {"text": "a"}}]})


@pytest.mark.parametrize("version", VERSIONS)
def test_every_query_of_the_watchlist_fits(version: str) -> None:
    """All nine targets of the default watchlist are asked, and X's contract and the 512 characters hold."""
    with opened(version) as world:
        for target in x.targets(load(environment(world.server.url))):
            assert world.pull(target).error is None, target.name


def test_the_two_vocabularies_name_the_same_post() -> None:
    """One post, sent in either vocabulary, is the same fact but for what the newer one does not tell."""
    read = Reading(SAMPLE, NOON, KEYS)
    common = {"id": "42", "text": "short", "created_at": "2026-04-15T11:00:00.000Z", "author_id": "7"}
    told = {"referenced": [{"type": "quoted", "id": "9"}], "note": {"text": "the whole of it"}}
    facts = [
        x.parse({"post": common | {f"referenced_{word}s": told["referenced"], f"note_{word}": told["note"]}}, read)
        for word in ("tweet", "post")
    ]
    assert facts[0] == facts[1]
    assert isinstance(facts[0], Post)
    assert (facts[0].form, facts[0].text) == ("quote", "the whole of it")
