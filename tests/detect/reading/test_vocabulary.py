"""The vocabulary: every phrase in its section, and each meaning one thing."""

import tomllib
from importlib.resources import files
from itertools import chain

import pytest

from detect.reading import mentions, phrases, vocabulary
from ingest import watchlist

PHRASES = phrases.prepare(watchlist.load(), frozenset()).phrases


@pytest.mark.parametrize("section", ["sure", "vague", "weak"])
def test_every_phrase_of_failure_is_listed_under_a_symptom(section: str) -> None:
    """A list whose name is no symptom would be judged and then not be found in the order of symptoms."""
    assert set(vocabulary.load()[section]) <= set(phrases.SYMPTOMS)


def test_no_phrase_is_empty_or_escapes_its_section() -> None:
    """Every phrase is found in itself: folding, word bounds, and figures of speech swallow none."""
    lost = [
        phrase
        for section, lists in vocabulary.load().items()
        for listed in lists.values()
        for phrase in listed
        if section != "not"
        and section not in {hit.section for hit in phrases.find_hits(mentions.folded(phrase), PHRASES)}
    ]
    assert lost == []


def test_a_phrase_means_one_thing_in_every_language() -> None:
    """All languages are searched together: where one is sure of a word, no other has it vague, or a limit."""
    meant: dict[str, set[str]] = {}
    for section, lists in vocabulary.load().items():
        if section in phrases.SAYING:
            for phrase in chain.from_iterable(lists.values()):
                meant.setdefault(mentions.folded(phrase), set()).add(section)
    assert {phrase: sections for phrase, sections in meant.items() if len(sections) > 1} == {}


def test_english_words_are_in_the_english_lists_alone() -> None:
    """Everybody writes "timeout": whose word it is, is said once, and no other language makes more of it."""
    lists = {
        file.name: tomllib.loads(file.read_text("utf-8"))
        for file in files("detect.reading.vocabulary").iterdir()
        if file.name.endswith(".toml")
    }
    english = {phrase for named in lists.pop("en.toml").values() for listed in named.values() for phrase in listed}
    others = {
        (name, section): listed
        for name, sections in lists.items()
        for section, named in sections.items()
        for listed in named.values()
        if section != "not"
    }
    assert {where: english & set(listed) for where, listed in others.items() if english & set(listed)} == {}
