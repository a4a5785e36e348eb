"""The loopback Bluesky answers as the lexicons and the recorded one do, where the source looks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from atproto import Client, models
from atproto.exceptions import BadRequestError, UnauthorizedError
from loopback.bluesky import APP_PASSWORD, CREATE, GET_POSTS, HANDLE, LIMITS, REFRESH, SEARCH, Bluesky, view
from loopback.http import Server, serve

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
SINCE, UNTIL = "2026-04-14T00:00:00.000Z", "2026-04-15T12:00:00.000Z"


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve 250 posts, one a minute."""
    with serve(Bluesky([view(n, NOON - timedelta(minutes=n)) for n in range(1, 251)])) as running:
        yield running


@contextmanager
def signed_in(url: str, password: str | None = APP_PASSWORD) -> Iterator[Client]:
    """Sign in, as the client does without us; without a password, do not."""
    made = Client(url)
    try:
        if password:
            made.login(HANDLE, password, fetch_bsky_profile=False)
        yield made
    finally:
        made.request.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Sign in at the server."""
    with signed_in(server.url) as made:
        yield made


def query(client: Client, **more: Any) -> dict[str, Any]:
    """Search, raw."""
    params = models.AppBskyFeedSearchPosts.Params(q='"claude down"', since=SINCE, until=UNTIL, **more)
    answer: dict[str, Any] = client.invoke_query(SEARCH, params=params, output_encoding="application/json").content
    return answer


def lexicon(data: Path, name: str) -> dict[str, Any]:
    """Read a lexicon's definitions."""
    found: dict[str, Any] = json.loads((data / f"protocol/bluesky/lexicons/{name}.json").read_text())["defs"]
    return found


TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "ref": dict, "unknown": dict,
         "union": dict}  # fmt: skip


def keeps(value: dict[str, Any], schema: dict[str, Any]) -> None:
    """Hold an object against a lexicon's: everything required is there, everything there is known and of its type."""
    assert set(schema["required"]) <= set(value)
    for name, part in value.items():
        assert name in schema["properties"], name
        assert isinstance(part, TYPES[schema["properties"][name]["type"]]), name


def test_an_answer_keeps_to_the_lexicons(client: Client, shared_data: Path) -> None:
    """Answer, view and author have what the lexicons require, and nothing that they do not know (lexicons)."""
    answer = query(client, limit=100)
    keeps(answer, lexicon(shared_data, SEARCH)["main"]["output"]["schema"])
    for post in answer["posts"]:
        keeps(post, lexicon(shared_data, "app.bsky.feed.defs")["postView"])
        keeps(post["author"], lexicon(shared_data, "app.bsky.actor.defs")["profileViewBasic"])
        keeps(post["record"] | {"$type": ""}, with_type(lexicon(shared_data, "app.bsky.feed.post")["main"]["record"]))


def with_type(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what every record has."""
    return schema | {"properties": schema["properties"] | {"$type": {"type": "string"}}}


@pytest.mark.parametrize("name", [CREATE, REFRESH])
def test_a_session_keeps_to_its_lexicon(name: str, server: Server, shared_data: Path) -> None:
    """Signing in and renewing answer what their lexicons require (lexicons)."""
    said = httpx.post(f"{server.url}/xrpc/{CREATE}", json={"identifier": HANDLE, "password": APP_PASSWORD}).json()
    if name == REFRESH:
        bearer = {"Authorization": f"Bearer {said['refreshJwt']}"}
        said = httpx.post(f"{server.url}/xrpc/{REFRESH}", headers=bearer).json()
    keeps(said, lexicon(shared_data, name)["main"]["output"]["schema"])


def test_an_answer_has_the_recorded_shape(client: Client, shared_data: Path) -> None:
    """Every key of ours stands in the recorded answer with the same type, and so do the headers (recorded)."""
    recorded = yaml.safe_load((shared_data / "protocol/bluesky/recorded/bskyr_vcr_searchPosts.yml").read_text())
    response = recorded["http_interactions"][0]["response"]
    theirs, ours = json.loads(response["body"]["string"]), query(client)
    assert set(ours) == set(theirs) == {"posts", "cursor"}
    assert ours["cursor"] == theirs["cursor"] == "25"
    for part in ("author", "record", "viewer"):
        known = {key: type(value) for post in theirs["posts"] for key, value in post[part].items()}
        assert {key: type(value) for key, value in ours["posts"][0][part].items()}.items() <= known.items()
    known = {key: type(value) for post in theirs["posts"] for key, value in post.items()}
    assert {key: type(value) for key, value in ours["posts"][0].items()}.items() <= known.items()
    assert set(LIMITS) <= set(response["headers"])
    assert len(ours["posts"][0]["indexedAt"]) == len(theirs["posts"][0]["indexedAt"])


def test_the_clients_own_models_read_it(client: Client) -> None:
    """What the server sends is good enough for the strictest reader there is: the client with its models."""
    params = models.AppBskyFeedSearchPosts.Params(q='"claude down"', since=SINCE, until=UNTIL, limit=100)
    answer = client.app.bsky.feed.search_posts(params)
    assert (len(answer.posts), answer.cursor) == (100, "100")
    assert client.com.atproto.server.get_session().handle == HANDLE
    uri = answer.posts[0].uri
    assert [
        post.uri for post in client.app.bsky.feed.get_posts(models.AppBskyFeedGetPosts.Params(uris=[uri])).posts
    ] == [uri]
    assert GET_POSTS in models.ids.AppBskyFeedGetPosts


def test_pages_end_without_a_cursor(client: Client) -> None:
    """The cursor is an offset, missing on the page that is not full; `since` is inclusive, `until` is not (B1)."""
    assert [len(query(client, limit=100, cursor=at)["posts"]) for at in (None, "100", "200")] == [100, 100, 50]
    assert "cursor" not in query(client, limit=100, cursor="200")
    params = models.AppBskyFeedSearchPosts.Params(
        q='"claude down"', since="2026-04-15T11:57:59.000Z", until="2026-04-15T11:58:59.000Z"
    )
    found = client.invoke_query(SEARCH, params=params, output_encoding="application/json").content
    assert [post["record"]["createdAt"] for post in found["posts"]] == ["2026-04-15T11:57:59.000Z"]


def test_no_page_lies_below_the_ceiling() -> None:
    """Offset and size together may not pass it, and the last page that does not has no cursor (B1)."""
    with (
        serve(Bluesky([view(n, NOON - timedelta(minutes=n)) for n in range(1, 300)], ceiling=200)) as running,
        signed_in(running.url) as client,
    ):
        assert "cursor" not in query(client, limit=100, cursor="100")
        with pytest.raises(BadRequestError, match="paginate so deep"):
            query(client, limit=100, cursor="150")


def test_only_a_live_session_may_search(server: Server) -> None:
    """Without a token 401, with an old one 400 ExpiredToken, with a wrong password 401 (B2, B3)."""
    with signed_in(server.url, None) as client, pytest.raises(UnauthorizedError):
        query(client)
    with pytest.raises(UnauthorizedError), signed_in(server.url, "wrong"):
        pass
