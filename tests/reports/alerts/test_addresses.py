"""Addresses are secrets: what is of no use is refused by its place in the list, and nothing of it is repeated."""

import sys
from typing import Any

import pytest

from ingest import settings
from ingest.errors import ConfigError
from reports.alerts import addresses

SECRET = "hunter2hunter2"


def read(urls: str) -> list[addresses.Address]:
    return addresses.read(settings.load({"ICD_ALERT_URLS": urls}))


@pytest.mark.parametrize(
    ("url", "via"),
    [
        ("https://example.org/hook?key=x", "webhook"),
        ("http://127.0.0.1:8000/hook", "webhook"),
        ("http://[::1]:8000/", "webhook"),
        ("http://localhost/", "webhook"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "slack"),
        ("https://discord.com/api/webhooks/123456789/invented-webhook-token", "discord"),
        ("slack://T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX/", "slack"),
        ("mailtos://me:secret@example.org?to=you@example.org", "mailtos"),
        ("json://127.0.0.1:8000/", "json"),
    ],
)
def test_what_can_be_told(url: str, via: str) -> None:
    """A webhook, and whatever the library knows, by its own address or by the one that the service gives out."""
    assert [one.via for one in read(url)] == [via]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (SECRET, "has no scheme"),
        (f"xoxb:{SECRET}", "has no scheme"),
        (f"https:/{SECRET}", "names no host"),
        (f"http://example.org/{SECRET}", "is not encrypted; write https://"),
        (f"http://127.0.0.1.example.org/{SECRET}", "is not encrypted"),
        (f"https://[{SECRET}/", "is no address"),
        (f"https://example.org:99999999/{SECRET}", "is no address"),
        (f"ftp://example.org/{SECRET}", "is none that can be sent to"),
        (f"file:///etc/{SECRET}", "is none that can be sent to"),
        (f"slack://{SECRET}", "is none that can be sent to"),
        (f"json://example.org/{SECRET}", "is not encrypted; write jsons://"),
        (f"mailto://me:{SECRET}@example.org", "is not encrypted; write mailtos://"),
        (f"jsons://example.org/{SECRET}?verify=no", "turns encryption or its check off"),
        (f"mailtos://me:{SECRET}@example.org?mode=insecure", "turns encryption or its check off"),
    ],
)
def test_what_is_of_no_use_is_refused_by_its_place(url: str, why: str, capfd: Any) -> None:
    """The line says which and why, and neither it nor anything printed holds a part of the address."""
    with pytest.raises(ConfigError) as refused:
        read(f"https://example.org/fine {url}")

    assert f"ICD_ALERT_URLS, address 2 {why}" in str(refused.value)
    said = "".join(capfd.readouterr()) + str(refused.value)
    assert SECRET not in said
    assert "example.org" not in said


def test_an_address_given_twice_is_refused() -> None:
    """It would be told everything twice."""
    with pytest.raises(ConfigError, match="twice"):
        read("https://example.org/a https://example.org/a")


def test_without_the_library_a_webhook_works_and_slack_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named where it is needed, and needed nowhere else."""
    monkeypatch.setitem(sys.modules, "apprise", None)

    assert [one.via for one in read("https://example.org/a")] == ["webhook"]
    with pytest.raises(ConfigError, match="address 1: slack needs the library apprise; install it"):
        read(f"slack://{SECRET}/a/b")


def test_an_address_is_spoken_of_and_not_shown() -> None:
    """Wherever it is printed, a traceback included, it is a number and a scheme."""
    [one] = read(f"https://me:{SECRET}@example.org/")
    assert {str(one), repr(one), f"{[one]}"} == {"address 1 (webhook)", "[address 1 (webhook)]"}


def test_no_address_is_no_error() -> None:
    """Whether nobody is to be told is for the verb to judge."""
    assert addresses.read(settings.load({})) == []
