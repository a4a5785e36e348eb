"""What a judgement's words mean, which bound a text was held against and why, and what would have to change. Pure."""

from detect.reading.complaints import LONG, LONG_OUTAGE_AT, Opened, threshold

MEANS = {
    "outage": "it fails now for its author, who is counted as one person complaining",
    "limit": "a quota or the rate of one's plan is used up: counted apart, and raises no alarm",
    "quality": "it works, and answers worse or slower: counted apart, and raises no alarm",
    "echo": "it repeats the official page, a bot or a status account, and is nobody's own complaint",
    "news": "it tells of an outage as news, and not of a failure of its author's own",
    "past": "it speaks of a failure that is over, or was before",
    "other service": "what fails in it is another service than this one",
    "client's own fault": "what fails is its author's own: network, key, code, machine or settings",
    "other": "it names the service, and does not say that it fails now for its author",
    "muted": "the watchlist mutes its author or its place",
}
"""What each kind means, and each reason why a text is of none."""

WANTS = {
    "echo": "it would have to be somebody's own words, not the page's, from an account that does not repeat it",
    "news": "it would have to say that it fails for its author too",
    "past": "it would have to say that it fails now",
    "other service": "it would have to say of this service that it fails",
    "client's own fault": "it would have to say that the service fails, for others too, and not one's own side",
    "other": "it would have to say more plainly that the service fails now, for its author",
    "muted": "the watchlist would have to leave it out of [mute]",
    "limit": "it would have to say that the service fails, and not only that a limit is reached",
    "quality": "it would have to say that the service fails, and not only that it got worse",
}
"""What a text would have to say to count as an outage, by the kind or reason that it has."""

_STANDS = {
    "home": "it stands in the service's own place, where what people write is mostly about the service",
    "answer": "it answers a post in the service's own place, and may be about anything that was said there",
    "elsewhere": "it stands in no place of the service, where most of what names it is about anything",
}


def why_from(one: Opened, *, weighed: bool) -> str:
    """Say why a text counts from its bound on, or why there is none; `weighed` where there is a classifier at all."""
    says = one.judgement.kind == "outage"
    if one.decided:
        return "no bound: what repeats the page never counts, whatever it says"
    if not weighed:
        return "no bound: without a classifier the phrases alone decide"
    if one.long and one.stands == "elsewhere":
        story = f"more than {LONG} bytes that stand in no place of the service are a story in which it is named"
        if says:
            return f"{story}: even where the phrases say outage the classifier must be all but certain"
        return f"no bound: {story}, and count only where the phrases say outage (then from {LONG_OUTAGE_AT:.2f} on)"
    return f"{_STANDS[one.stands]}; and the phrases {'say outage too' if says else 'do not say outage'}"


def to_change(
    one: Opened, kind: str, reason: str | None, probability: float | None, turns: tuple[str, str] | None
) -> str:
    """Say what would have to be otherwise for another judgement.

    `turns` is the part of the text without which its kind is another, the most telling one, and that kind.
    """
    without = ""
    if turns:
        part, then = turns
        without = f"without {part} it would count {'for nothing' if then == 'none' else f'as {then}'}"
    if kind == "outage":
        return without or "no single part carries it: more of it would have to be left out"
    wants = WANTS[kind if kind != "none" else reason or "other"]
    bound = threshold(one)
    if probability is not None and bound <= 1:
        wants += f", to a probability of {bound:.2f} from its {probability:.2f}"
    return f"{wants}; {without}" if without else wants
