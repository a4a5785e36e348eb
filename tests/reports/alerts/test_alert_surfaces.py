"""Told of one part alone: when people or the page name it, to the end, and of nothing else."""

from typing import Any

import pytest
from click.testing import CliRunner

from reports.__main__ import door


def only(world: Any, parts: str, *options: str) -> Any:
    """Run a round that tells of these parts alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ICD_ALERT_SURFACES", parts)
        return world.ask(*options)


def test_an_outage_of_another_part_is_not_told(world: Any) -> None:
    """People name claude.ai: who asked for the API hears nothing, and the line says of what nothing was to be told."""
    world.judged.episode(60, ended_at=None, surfaces=["claude.ai"])
    world.stands(75)

    assert "no outage of claude/api alone began" in only(world, "claude/api").stdout
    assert world.told == []
    assert "sent" in only(world, "claude/claude.ai").stdout
    assert world.told == ["claude-60/opened"]


def test_it_is_told_once_people_name_the_part_and_to_its_end(world: Any) -> None:
    """Nobody names the API at first, then some do, at the end none does: the end is told all the same."""
    world.judged.episode(60, ended_at=None, surfaces=[])
    world.stands(70)
    only(world, "api")
    assert world.told == []

    world.change(surfaces=["claude.ai", "api"])
    world.stands(80)
    only(world, "api")
    world.change(surfaces=["claude.ai"], ended_at=90)
    world.stands(100, "no sign")
    only(world, "api")

    assert world.told == ["claude-60/opened", "claude-60/ended"]


def test_an_incident_of_the_part_counts_too(world: Any) -> None:
    """The page's incident that matches is of the API, though people name nothing."""
    name = world.judged.episode(60, ended_at=None, surfaces=[])
    world.judged.incident("late", 65, met=name, verdict="felt", lasted=None)
    world.judged.incident_time("late", 65)
    world.stands(75)
    only(world, "claude/claude_code")
    assert world.told == []
    only(world, "claude/api")

    assert world.told == ["claude-60/opened"]


def test_another_services_part_of_the_same_name_is_another(world: Any) -> None:
    """openai/api is not claude/api; api alone is both."""
    world.judged.episode(60, ended_at=None, surfaces=["api"])
    world.stands(75)
    assert only(world, "openai/api").stdout.startswith("nothing to send: no outage of openai/api alone")
    only(world, "api")

    assert world.told == ["claude-60/opened"]


@pytest.mark.parametrize("name", ["pai", "claude/pai", "nobody/api", "claude"])
def test_a_part_that_there_is_not_is_named_with_those_there_are(world: Any, name: str) -> None:
    """A typo is refused before anything is sent: it must not silence the alerts."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    refused = only(world, name)

    assert refused.exit_code == 1
    assert f"ICD_ALERT_SURFACES: '{name}' is no part of a service watched; there are: claude/claude.ai" in str(
        refused.exception
    )
    assert world.told == []


def test_the_help_names_the_setting() -> None:
    """Who asks the verb how to hear of one part is told."""
    assert "ICD_ALERT_SURFACES=api" in CliRunner().invoke(door, ["alert", "--help"]).stdout
