"""What goes wrong between GitHub and us, for the user. No foreign text is repeated: our token may stand in it."""

from ingest.errors import RateLimited, Refused, SourceError
from ingest.hostile import one_line
from ingest.sources import Target
from ingest.sources.webclient import Answer, BadStatus, meaning, resume_said

ADDRESS = "ICD_GITHUB_URL"
TOKEN = "ICD_GITHUB_TOKEN"  # noqa: S105  (the setting's name)

MORE = f"; a token in {TOKEN} allows 5,000 an hour"


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it was not raised by the client."""
    named = f"github {target.name}"
    if isinstance(error, BadStatus) and (found := _of_status(error.answer)):
        kind, what, remedy = found
        return kind(one_line(f"{named}: {what} (status {error.answer.status}); {remedy}", 300))
    return meaning(error, named, ADDRESS)


def _of_status(answer: Answer) -> tuple[type[SourceError], str, str] | None:
    if limited(answer):
        return RateLimited, "it asks us to slow down", resume_said(answer) + MORE
    match answer.status:
        case 301 | 302 | 307 | 308:
            return Refused, "the repository was renamed or moved", "write its new name on the watchlist"
        case 401:
            return Refused, "the token is not accepted", f"check {TOKEN}, or leave it out"
        case 403:
            return Refused, "it does not let us in", f"check {TOKEN} and ICD_USER_AGENT"
        case 404:
            return Refused, "there is no such repository (deleted, private or mistyped)", "check it on the watchlist"
        case 410:
            return Refused, "its issues are switched off", "take it off the watchlist"
        case 451:
            return Refused, "the repository is closed for legal reasons", "take it off the watchlist"
    return None


def limited(answer: Answer) -> bool:
    """Whether it is about the rate, whatever the status: 403 and 429 are documented, 422 was seen."""
    if answer.status not in (403, 422, 429):
        return False
    said = answer.used_up or "retry-after" in answer.headers or b"rate limit" in answer.body[:4_000].lower()
    return answer.status == 429 or said
