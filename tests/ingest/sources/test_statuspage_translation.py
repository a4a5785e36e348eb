"""Every exception of the client means something, and no exception of ours is dressed as the page's."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ingest.errors import ConfigError, SourceError
from ingest.settings import load
from ingest.sources import Target, googlestatus, incidentio, officialpage, statuspage


@pytest.mark.parametrize("agent", ["наблюдатель", "invented\nX-Injected: yes"])
def test_a_user_agent_that_no_header_can_hold_is_a_setting_to_mend(agent: str) -> None:
    """It is said before anything is sent, and names the key."""
    with pytest.raises(ConfigError, match="ICD_USER_AGENT"):
        officialpage.connect(load({"ICD_USER_AGENT": agent}))


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    """Name a class and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


CLIENT_ERRORS = [*subclasses(httpx.HTTPError), httpx.InvalidURL, *subclasses(httpx.StreamError)]


@pytest.mark.parametrize("kind", CLIENT_ERRORS, ids=lambda kind: kind.__name__)
def test_every_exception_of_the_client_is_translated(kind: type[BaseException]) -> None:
    """No exception of httpx is left untranslated or uncaught, and none of the messages spans two lines."""
    error = kind.__new__(kind)
    Exception.__init__(error, "it broke at http://me:s3cret@127.0.0.1/\nhere")
    if isinstance(error, httpx.HTTPStatusError):
        error.response = httpx.Response(500, request=httpx.Request("GET", "http://me:s3cret@127.0.0.1/"))

    said = officialpage.translate(error, Target("claude/page", "claude"))  # type: ignore[arg-type]

    assert isinstance(error, officialpage.UNREADABLE)
    assert isinstance(said, SourceError)
    assert "s3cret" not in str(said)
    assert "\n" not in str(said)


@pytest.mark.parametrize("source", [statuspage, incidentio, googlestatus])
@pytest.mark.parametrize("ours", [AssertionError("ours"), KeyError("ours"), TypeError("ours"), ValueError("ours")])
def test_our_own_defect_is_not_the_page_s(source: Any, ours: Exception) -> None:
    """An exception that no answer of the page can cause is not dressed as one."""
    assert source.translate(ours, Target("claude/page", "claude")) is None
