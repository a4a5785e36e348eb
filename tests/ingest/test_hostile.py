"""What is taken out of hostile text."""

import pytest

from ingest.hostile import masked


@pytest.mark.parametrize("pad", [0, 150, 185])
@pytest.mark.parametrize("payload", [{"author": "invented_name"}, {"author_fullname": "t2_invented_name"}])
def test_a_reject_keeps_no_author(payload: dict[str, str], pad: int) -> None:
    """An author's name never stands in what is kept of a rejected payload, not even where the excerpt is cut."""
    assert "invented" not in masked("x" * pad + repr(payload))
    assert "invented" not in masked("x" * pad + str(payload).replace("'", '"'))
    assert "somebody" not in masked("x" * pad + " u/somebody and @somebody")
