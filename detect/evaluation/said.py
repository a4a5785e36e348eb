"""What an evaluation of posts says, as Markdown. Pure."""

from collections.abc import Mapping
from typing import Any

from detect.evaluation.tables import of_calls, table, within


def of_posts(found: Mapping[str, Any], about: str) -> str:
    """Write every figure of `detect.evaluation.posts.evaluate`, the answer first."""
    parts = [
        f"# Outage complaints about {found['service']}, in {about}",
        "Called: we count the text. Real: its label says so. Intervals are of 95 %: Wilson's, for F1 the bootstrap's.",
        of_calls("by", {"all": found["overall"], "not_github": found["by_platform"]["not_github"]}),
        "The same texts by naive rules, as a yardstick:",
        of_calls("rule", found["baselines"]),
        *(of_calls(name.removeprefix("by_"), found[name]) for name in ("by_platform", "by_language", "by_surface")),
        "By the label's kind; the second column is how we read it:",
        _by_kind(found),
        "Other complaints that are called an outage:",
        table(("kind", "texts", "called"), [(kind, one["n"], _share(one)) for kind, one in found["mistaken"].items()]),
        "Another service's outage, as a question of its own:",
        of_calls("question", {"outage of another service": found["elsewhere"]}),
        *_parts(found),
        "Calibration: what the probability of an outage claims, and what came true.",
        _calibration(found["calibration"]),
        "What was held for what:",
        table(
            ("labelled", "should be", "held for", "texts"),
            [(one["labelled"], one["expected"], one["held"], one["n"]) for one in found["confusion"]],
        ),
    ]
    return "\n\n".join(parts)


def _by_kind(found: Mapping[str, Any]) -> str:
    return table(
        ("labelled", "read as", "texts", "called", "share called"),
        [
            (kind, found["mapping"][kind], one["n"], one["called"], one["called"] / one["n"])
            for kind, one in found["by_kind"].items()
        ],
    )


def _parts(found: Mapping[str, Any]) -> list[str]:
    said = []
    for name in ("symptom", "surface"):
        rows = []
        for which, title in (("of_all", "all real complaints"), ("of_called", "those we count")):
            one = found[name][which]
            each = ", ".join(f"{label} {figures['f1']:.2f}" for label, figures in one["by_label"].items())
            rows.append((title, one["n"], within(one["value"], one["interval"]), each or "too few of any"))
        said += [f"The {name} told of real complaints: mean F1 over those that occur ten times or more.",
                 table(("of", "texts", "macro F1", "each"), rows)]  # fmt: skip
    return said


def _calibration(found: Mapping[str, Any]) -> str:
    rows = [
        (f"{one['from']:.2f} to {one['to']:.2f}", one["n"], one["claimed"], within(one["came_true"], one["interval"]))
        for one in found["reliability"]
    ]
    brier = (
        f"Brier {found['brier']}, of the base rate alone {found['brier_of_the_base_rate']}; {found['n']} texts weighed."
    )
    return table(("claimed between", "texts", "claimed", "came true"), rows) + f"\n\n{brier}"


def _share(one: Mapping[str, Any]) -> str:
    return within(one["value"], one["interval"])
