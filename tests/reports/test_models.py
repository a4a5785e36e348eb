"""What a model is called, and who names it."""

import pytest

from ingest import watchlist
from ingest.errors import ConfigError
from reports import models


@pytest.mark.parametrize(
    ("text", "read"),
    [("opus", "opus"), ("Opus 4.6", "opus 4.6"), ("opus-4.6", "opus 4.6"), ("claude-opus-4-6", "opus 4.6"),
     ("Claude Sonnet 4.5", "sonnet 4.5"), ("haiku4", "haiku 4")],
)  # fmt: skip
def test_a_model_is_read_as_people_write_it(text: str, read: str) -> None:
    """Family and number, however they are put together."""
    assert str(models.read(text, watchlist.load().services["claude"])) == read


@pytest.mark.parametrize("text", ["gpt 5", "", "opus\x1b[31m", "4.6", "claude"])
def test_what_is_no_model_of_the_service_is_named(text: str) -> None:
    """Another vendor's model, nothing, or a terminal's sequence: refused with the families that are known."""
    with pytest.raises(ConfigError, match="haiku, opus, sonnet") as refused:
        models.read(text, watchlist.load().services["claude"])
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "people", "page"),
    [("opus", True, True), ("opus 4.6", True, True), ("opus 4.7", False, True), ("sonnet", False, False)],
)
def test_a_number_is_meant_by_itself_alone(asked: str, people: bool, page: bool) -> None:
    """A family is meant by each of its numbers; the page's titles are read for families."""
    named = models.compare(
        models.read(asked, watchlist.load().services["claude"]), ("opus 4.6", "haiku 4.5"), [("opus",), ("opus",)]
    )
    assert (named.people, named.page, named.named_by_page) == (people, page, ("opus",))


def test_nobody_naming_a_model_is_not_a_no() -> None:
    """Where no model is named at all, whether this one is meant is not known."""
    named = models.compare(models.Model("opus"), (), [()])
    assert (named.people, named.page) == (None, None)
