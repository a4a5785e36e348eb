"""Why a post counted: what is shown is what moved the judgement. Texts are invented."""

from detect.reading import complaints, corpus
from detect.reading.complaints import Loose
from detect.reading.explaining import explain, tell
from detect.reading.meanings import MEANS, WANTS


def test_it_says_what_is_judged(reader: complaints.Reader) -> None:
    """Kind, probability and parts are those that `judge` holds of the same post."""
    post = Loose("is claude down again?? 529 everywhere", "reddit", "r/ClaudeAI")

    (found,) = explain(post, reader)
    (row,) = complaints.judge(complaints.as_batch([post]), reader).to_pylist()

    held = {
        name: getattr(found, name) for name in ("service", "by", "kind", "reason", "probability", "symptom", "surface")
    }
    assert held == {name: row[name] for name in held}
    assert found.kind == "outage"
    assert found.counts_from is not None
    assert found.probability is not None
    assert found.probability >= found.counts_from


def test_what_moved_it_is_what_would_change_it(reader: complaints.Reader) -> None:
    """Each line's figure is the judgement of the text without that word, or of the post without its place."""
    post = Loose("no reply from it since noon, 529 everywhere", "reddit", "r/ClaudeAI")

    (found,) = explain(post, reader)

    by_part = {moved.without: moved for moved in found.moved}
    assert by_part["the place r/ClaudeAI"].probability is None
    without = Loose(post.text.replace("529", " "), "reddit", "r/ClaudeAI")
    (row,) = complaints.judge(complaints.as_batch([without]), reader).to_pylist()
    assert by_part["“529”"].probability == row["probability"] != found.probability


def test_each_service_spoken_of_is_explained(reader: complaints.Reader) -> None:
    """A text on two services has two answers, and the words of failure are the one's."""
    found = explain(Loose("ChatGPT is down, moving to Claude for now", "x"), reader)

    assert {one.service: one.kind for one in found} == {"openai": "outage", "claude": "none"}
    assert ("is down", "sure/down") in found[0].found


def test_it_says_what_the_reason_means_and_what_would_change_it(reader: complaints.Reader) -> None:
    """Kind and reason are explained, the bound is this text's own, with why, and so is what would have to change."""
    (home,) = explain(Loose("is claude down again?? 529 everywhere", "reddit", "r/ClaudeAI"), reader)
    (away,) = explain(Loose("claude wrote me a poem", "x"), reader)
    (story,) = explain(Loose("claude wrote me a poem " * 30, "x"), reader)

    assert (home.means, away.means) == (MEANS["outage"], MEANS["other"])
    assert "the service's own place" in home.counts_from_why
    assert "the phrases say outage too" in home.counts_from_why
    assert "no place of the service" in away.counts_from_why
    assert f"to a probability of {away.counts_from:.2f} from its {away.probability:.2f}" in away.to_change
    assert story.counts_from is None
    assert "more than 400 bytes" in story.counts_from_why
    for one in (home, away, story):
        said = tell(Loose("", "x"), [one])
        assert all(text in said for text in (one.means, one.counts_from_why, one.to_change))


def test_the_part_that_tips_it_is_the_one_that_was_tried(reader: complaints.Reader) -> None:
    """Where a text counts for one part of it alone, that is what would have to go; it is among what moved it."""
    (found,) = explain(Loose("no reply from it since noon, 529 everywhere", "reddit", "r/ClaudeAI"), reader)
    tips = [moved for moved in found.moved if moved.kind != found.kind]

    assert tips
    assert f"without {tips[0].without} it would count for nothing" in found.to_change


def test_every_reason_has_a_meaning_and_a_remedy() -> None:
    """No reason that the corpus or the rules give is without words."""
    reasons = {complaints.REASONS.get(text.reason, text.reason) for text in corpus.load() if text.reason}

    assert reasons | {"outage", "limit", "quality", "muted"} <= set(MEANS)
    assert reasons | {"limit", "quality", "muted"} <= set(WANTS)


def test_a_text_about_nothing_watched_says_so(reader: complaints.Reader) -> None:
    """No name and no place: one line, that names both."""
    post = Loose("nice weather", "x")

    assert explain(post, reader) == []
    assert tell(post, []) == "counts for nothing: it names no service that is watched, and no --place was given"


def test_hostile_text_is_shown_plain(reader: complaints.Reader) -> None:
    """Terminal sequences in a text never reach the terminal, whatever of it is shown."""
    post = Loose("claude is \x1b[31mdown\x1b[0m \x07now\u202e 529\x00", "x")

    said = tell(post, explain(post, reader))

    assert "down" in said
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(said)
