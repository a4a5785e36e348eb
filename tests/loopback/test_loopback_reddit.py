"""The loopback Reddit answers as the recorded one does, where the source looks."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from loopback.http import serve
from loopback.reddit import BASIC, CLIENT_ID, CLIENT_SECRET, TOKEN, Reddit, comment, listing, status, submission
from loopback.reddit_recordings import Replay, exchanges

READ = {
    "t3": (
        "name",
        "id",
        "subreddit",
        "author",
        "created_utc",
        "title",
        "selftext",
        "permalink",
        "score",
        "num_comments",
    ),
    "t1": ("name", "id", "subreddit", "author", "created_utc", "body", "parent_id", "link_id", "score"),
}
BEARER = {"Authorization": f"bearer {TOKEN}"}


def recorded(data: Path, name: str) -> list[Any]:
    """Read a recording's exchanges."""
    return exchanges(data / "protocol/reddit" / f"{name}.json")


def types(child: dict[str, Any]) -> dict[str, str]:
    """Say of what type each field is that the source or a later one reads."""
    return {field: type(child["data"][field]).__name__ for field in READ[child["kind"]]}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("asyncpraw/TestSubredditListings.test_new", submission),
        ("asyncpraw/TestSubredditListings.test_comments", comment),
    ],
)
def test_a_listing_has_the_recorded_shape(name: str, make: Any, shared_data: Path) -> None:
    """The same keys around the children, `after` the last child's name, fields of the same types, the same headers."""
    _, exchange = recorded(shared_data, name)
    theirs = json.loads(exchange.response.body)
    children = [make(n, 1.776e9 - n) for n in range(1, 120)]
    where = exchange.path.strip("/").split("/")[-1]
    with serve(Reddit(**{where: children})) as server:
        answer = requests.get(f"{server.url}/r/ClaudeAI/{where}", {"limit": "100"}, headers=BEARER, timeout=5)
    ours = answer.json()
    assert set(ours) == set(theirs)
    assert set(theirs["data"]) <= set(ours["data"])
    assert theirs["data"]["after"] == theirs["data"]["children"][-1]["data"]["name"]
    assert ours["data"]["after"] == ours["data"]["children"][-1]["data"]["name"]
    assert len(ours["data"]["children"]) == len(theirs["data"]["children"]) == ours["data"]["dist"]
    assert {json.dumps(types(child)) for child in theirs["data"]["children"]} == {json.dumps(types(children[0]))}
    limits = {key.lower(): value for key, value in exchange.response.headers.items() if "ratelimit" in key.lower()}
    assert set(limits) == {key.lower() for key in answer.headers if "ratelimit" in key.lower()}
    for key, value in limits.items():
        assert ("." in value) is ("." in answer.headers[key]), key
    assert answer.headers["content-type"] == exchange.response.headers["Content-Type"]


def test_a_token_has_the_recorded_shape(shared_data: Path) -> None:
    """The same fields of the same types as the recorded token, for the right keys alone."""
    theirs = json.loads(recorded(shared_data, "asyncpraw/TestSubredditListings.test_new")[0].response.body)
    grant = {"grant_type": "client_credentials"}
    with serve(Reddit()) as server:
        url = f"{server.url}/api/v1/access_token"
        ours = requests.post(url, grant, auth=(CLIENT_ID, CLIENT_SECRET), timeout=5).json()
        wrong = requests.post(url, grant, auth=(CLIENT_ID, "wrong"), timeout=5)
    assert {key: type(value) for key, value in ours.items()} == {key: type(value) for key, value in theirs.items()}
    assert (wrong.status_code, wrong.json()) == (401, {"message": "Unauthorized", "error": 401})


def test_a_listing_ends_at_a_thousand() -> None:
    """Ten pages of a hundred whatever the limit asked, then no `after`; with a slash at the end or without."""
    site = Reddit(new=[submission(n, 1.776e9 - n) for n in range(1, 1500)])
    with serve(site) as server:
        names: list[str] = []
        after = None
        while after or not names:
            query = {"limit": "1024"} | ({"after": after} if after else {})
            data = requests.get(f"{server.url}/r/ClaudeAI/new/", query, headers=BEARER, timeout=5).json()["data"]
            names += [child["data"]["name"] for child in data["children"]]
            after = data["after"]
    assert len(names) == len(set(names)) == 1000
    assert len(server.requests) == 10


def test_without_a_token_it_is_shut(shared_data: Path) -> None:
    """A request without the token is 401 with a challenge, as recorded; an unknown subreddit leads to the search."""
    theirs = recorded(shared_data, "prawcore/TestSession.test_request__with_invalid_access_token__retry")[1].response
    with serve(Reddit(new=[])) as server:
        shut = requests.get(f"{server.url}/r/ClaudeAI/new", timeout=5)
        elsewhere = requests.get(f"{server.url}/r/nowhere/new", headers=BEARER, timeout=5, allow_redirects=False)
    assert (shut.status_code, shut.json()) == (theirs.status, json.loads(theirs.body))
    assert shut.headers["www-authenticate"] == theirs.headers["www-authenticate"]
    assert elsewhere.status_code == 302


def test_a_search_has_the_recorded_shape(shared_data: Path) -> None:
    """The wrapper's keys are a listing's, children are posts with the same fields of the same types, `q` chooses."""
    theirs = json.loads(recorded(shared_data, "asyncpraw/TestSubreddit.test_search")[1].response.body)
    site = Reddit()
    site.found["invented words"] = [submission(n, 1.776e9 - n) for n in range(1, 150)]
    with serve(site) as server:
        url = f"{server.url}/r/all/search/"
        ours = requests.get(url, {"q": "invented words", "limit": "100"}, headers=BEARER, timeout=5).json()
        nothing = requests.get(url, {"q": "others"}, headers=BEARER, timeout=5).json()
    assert set(theirs["data"]) - {"facets"} <= set(ours["data"])
    assert {json.dumps(types(child)) for child in theirs["data"]["children"]} == {
        json.dumps(types(site.found["invented words"][0]))
    }
    assert (len(ours["data"]["children"]), ours["data"]["after"]) == (100, "t3_000100")
    assert (nothing["data"]["children"], nothing["data"]["after"]) == ([], None)


def test_info_has_the_recorded_shape(shared_data: Path) -> None:
    """What is asked about comes in a listing in the order asked, what is not known is left out, and nothing says so."""
    token, *answers = recorded(shared_data, "praw/TestReddit.test_info")
    assert token.is_token
    for exchange in answers:
        theirs = json.loads(exchange.response.body)
        asked = exchange.query["id"].split(",")
        given = [child["data"]["name"] for child in theirs["data"]["children"]]
        assert given == [name for name in asked if name in given]
        site = Reddit()
        site.things = {name: {"kind": name[:2], "data": {"name": name}} for name in given}
        with serve(site) as server:
            url = f"{server.url}{exchange.path}"
            ours = requests.get(url, {"id": ",".join(asked)}, headers=BEARER, timeout=5).json()
        assert [child["data"]["name"] for child in ours["data"]["children"]] == given
        assert set(theirs["data"]) <= set(ours["data"])
        assert theirs["data"]["after"] is ours["data"]["after"] is None


def test_it_closes_where_it_is_told_to() -> None:
    """As a real server does: a client that asked for it must not send its next request into that connection."""
    with serve(Reddit()) as server, requests.Session() as session:
        told = session.get(server.url + "/r/x/new", headers={"Connection": "close"}, timeout=5)
        kept = session.get(server.url + "/r/x/new", timeout=5)
    assert (told.headers.get("connection"), kept.headers.get("connection")) == ("close", None)


def test_a_trouble_passes() -> None:
    """Troubles come one a request, in order, and then the right answer again, or the last of them for ever."""
    site = Reddit(new=[submission(1, 1.776e9)], comments=[])
    site.trouble("r/ClaudeAI/new", None, status(503))
    site.trouble("r/ClaudeAI/comments", status(429), forever=True)
    with serve(site) as server:
        codes = {
            where: [
                requests.get(f"{server.url}/r/ClaudeAI/{where}", headers=BEARER, timeout=5).status_code
                for _ in range(3)
            ]
            for where in ("new", "comments")
        }
    assert codes == {"new": [200, 503, 200], "comments": [429, 429, 429]}


def test_every_recording_can_be_replayed(shared_data: Path) -> None:
    """All 43 recordings: each request is answered with the recorded status and body, and nothing else is."""
    files = sorted((shared_data / "protocol/reddit").glob("*/*.json"))
    assert len(files) == 43
    replayed = 0
    for file in files:
        expected = exchanges(file)
        with serve(Replay(expected)) as server:
            for exchange in expected:
                answer = requests.request(
                    exchange.method, server.url + exchange.path, params=exchange.query, timeout=5, allow_redirects=False
                )
                assert (answer.status_code, answer.content) == (exchange.response.status, exchange.response.body)
                replayed += 1
            assert requests.get(server.url + "/never-recorded", timeout=5).status_code == 501
    assert replayed == 104


def test_the_shape_of_an_empty_listing(shared_data: Path) -> None:
    """An empty listing has the recorded keys: no child, no `after`."""
    theirs = json.loads(recorded(shared_data, "praw/TestListingGenerator.test_no_items")[1].response.body)
    ours = listing([], None)
    assert set(theirs["data"]) <= set(ours["data"])
    assert (ours["data"]["children"], ours["data"]["after"]) == (theirs["data"]["children"], theirs["data"]["after"])
    assert BASIC.startswith("Basic ")
