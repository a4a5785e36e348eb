"""That no exception of Reddit's client is left untranslated, and none of ours is taken for one."""

from collections.abc import Iterator

import prawcore
import pytest
import requests
from loopback.reddit import CLIENT_SECRET, TOKEN
from praw.exceptions import PRAWException, RedditAPIException
from prawcore.exceptions import OAuthException, PrawcoreException, RequestException, ResponseException

from ingest.errors import SourceError
from ingest.sources import Target, reddit

NEW = Target("r/ClaudeAI/new", "claude")
SECRETS = f"{CLIENT_SECRET} {TOKEN} https://invented:p4ssw0rd@reddit.example"


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Name a class and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from below(child)


CLASSES = sorted(
    {kind for root in (PrawcoreException, PRAWException, requests.RequestException) for kind in below(root)},
    key=lambda kind: (kind.__module__, kind.__name__),
)


def made(kind: type[Exception]) -> Exception:
    """Make an exception of a class, as its client would, with secrets wherever it holds text."""
    response = requests.Response()
    response.status_code = 429 if kind is prawcore.TooManyRequests else 500
    response.headers["location"] = "/subreddits/search"
    response._content = b'{"message": "invented"}'
    if kind is OAuthException:
        return OAuthException(response, SECRETS, SECRETS)
    if kind is RequestException:
        return RequestException(ValueError(SECRETS), (SECRETS,), {"headers": {"Authorization": SECRETS}})
    if issubclass(kind, ResponseException):
        return kind(response)
    if kind is RedditAPIException:
        return RedditAPIException([SECRETS, SECRETS, SECRETS])
    if kind is requests.JSONDecodeError:
        return requests.JSONDecodeError(SECRETS, SECRETS, 0)
    error = kind.__new__(kind)
    error.args = (SECRETS,)
    return error


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_class_is_translated_without_its_text(kind: type[Exception]) -> None:
    """Each exception class of praw, prawcore and requests has a meaning: one line, what, where, remedy, no secret."""
    meaning = reddit.translate(made(kind), NEW)
    assert isinstance(meaning, SourceError)
    assert type(meaning) is not SourceError
    line = str(meaning)
    assert line.startswith("reddit r/ClaudeAI/new: ")
    assert "; " in line
    assert "\n" not in line
    assert not any(secret in line for secret in (*SECRETS.split(), "p4ssw0rd"))


def test_the_walk_sees_the_classes() -> None:
    """The three trees were really walked."""
    assert {"TooManyRequests", "ReadTimeout", "RedditAPIException", "JSONDecodeError"} <= {k.__name__ for k in CLASSES}
    assert len(CLASSES) > 45


@pytest.mark.parametrize(
    "defect", [KeyError(401), ValueError("ours"), TypeError("ours"), ZeroDivisionError()], ids=repr
)
def test_a_defect_of_ours_is_not_translated(defect: Exception) -> None:
    """The classes that prawcore lets slip are ours too: only what was raised inside the client is its own."""
    with pytest.raises(type(defect)) as raised:
        raise defect
    assert reddit.translate(raised.value, NEW) is None
