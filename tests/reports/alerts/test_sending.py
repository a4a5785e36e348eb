"""On the wire: what a webhook gets, and what becomes of a message that is not taken."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from loopback.http import Request, Response, serve
from loopback.smtp import receiving

from ingest import settings
from reports.alerts import addresses, message
from reports.alerts.message import Message
from reports.alerts.sending import NotSent, send

NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
SECRET = "hunter2hunter2"


def sent_to(url: str, one: Message, timeout: str = "5") -> None:
    chosen = settings.load({"ICD_ALERT_URLS": url, "ICD_TIMEOUT_SECONDS": timeout})
    [address] = addresses.read(chosen)
    send(address, one, chosen)


def answering(response: Response) -> Callable[[Request], Response]:
    return lambda request: response


def test_a_webhook_gets_one_json_object() -> None:
    """By POST, with the message's fields, its id in a header too, and the sign-in that the address holds."""
    one = message.test(NOW)
    with serve(answering(Response(204))) as server:
        sent_to(server.url.replace("//", f"//me:{SECRET}@") + "/hook?room=1", one)

    [request] = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/hook", {"room": "1"})
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == one.message_id
    assert request.headers["authorization"].startswith("Basic ")
    told = json.loads(request.body)
    assert (told["version"], told["transition"], told["message_id"]) == (1, "test", "test/20260415T120000Z")
    assert set(told) == set(Message.__struct_fields__)


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (Response(500, b"<script>"), "status 500"),
        (Response(404), "status 404"),
        (Response(410, b"\x1b[31m"), "status 410"),
        (Response(302, headers={"Location": "/elsewhere"}), "sends us elsewhere (status 302)"),
        (Response(308, headers={"Location": "/elsewhere"}), "sends us elsewhere (status 308)"),
    ],
)
def test_what_is_not_taken_is_said_in_our_words(response: Response, why: str) -> None:
    """Nothing of the answer, and nothing of the address, is in the reason; nobody is followed anywhere."""
    with serve(answering(response)) as server:
        with pytest.raises(NotSent) as failed:
            sent_to(f"{server.url}/{SECRET}", message.test(NOW))
        assert why in str(failed.value)
        assert SECRET not in str(failed.value)
        assert [request.path for request in server.requests] == [f"/{SECRET}"]


def test_an_answer_that_drips_is_taken_at_its_status() -> None:
    """The body of an answer is nobody's business here: however long it takes, we are gone."""
    with serve(answering(Response(200, b"x" * 1000, drip=1.0))) as server:
        sent_to(server.url, message.test(NOW), timeout="3")


def test_an_address_that_says_nothing_is_given_up() -> None:
    """Within the time that the settings give."""
    waiting = threading.Event()

    def never(request: Request) -> Response:
        waiting.wait(5)
        return Response()

    with serve(never) as server:
        with pytest.raises(NotSent, match=r"did not answer within 0.3 s"):
            sent_to(server.url, message.test(NOW), timeout="0.3")
        waiting.set()


def test_an_address_where_nobody_is() -> None:
    """A closed port is a message not sent, without the address in the reason."""
    with pytest.raises(NotSent, match=r"could not be reached \(ConnectError\)"):
        sent_to(f"http://127.0.0.1:9/{SECRET}", message.test(NOW))


def test_the_library_sends_headline_and_details() -> None:
    """By its own kind of webhook, as it does to the services it knows."""
    one = message.test(NOW)
    with serve(answering(Response(200))) as server:
        sent_to(server.url.replace("http", "json"), one)

    [request] = server.requests
    told = json.loads(request.body)
    assert (told["title"], told["message"]) == (one.headline, one.details)


@pytest.mark.parametrize("response", [Response(500), Response(302, headers={"Location": "/elsewhere"})])
def test_what_the_library_could_not_send_is_not_sent(response: Response, capfd: pytest.CaptureFixture[str]) -> None:
    """It follows nobody either, and what it logs of an address goes nowhere."""
    with serve(answering(response)) as server:
        with pytest.raises(NotSent, match="was not taken"):
            sent_to(f"{server.url.replace('http', 'json')}/{SECRET}", message.test(NOW))
        assert [request.path for request in server.requests] == [f"/{SECRET}"]
    assert capfd.readouterr() == ("", "")


def test_an_e_mail_has_the_headline_for_its_subject() -> None:
    """By the library, to a mail server of this machine: one message, with the rest of the line as its text."""
    one = message.test(NOW)
    with receiving() as (port, received):
        sent_to(f"mailto://127.0.0.1:{port}?from=me@example.org&to=you@example.org&mode=insecure", one)

    [mail] = received
    assert (mail["Subject"], mail["To"]) == (one.headline, "you@example.org")
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert one.message_id in body.get_content()
