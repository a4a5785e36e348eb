"""What pages published, loaded as it was known, and what is held of it, saved. Every incident here is invented."""

from datetime import datetime, timedelta

from scene import AS_OF, BEGIN, ONSET, Scene, every, own_words, scene

from detect.official import store as official_store
from ingest import store
from ingest.database import connect
from ingest.records import ComponentChange, Facts, Incident, IncidentUpdate, PageState, Pull, Window

__all__ = ["scene"]
FIRST = ONSET + timedelta(minutes=25)


def incident(seen_at: datetime, *updates: IncidentUpdate, name: str = "Errors", impact: str = "minor",
             incident_id: str = "invented", resolved_at: datetime | None = None) -> Incident:  # fmt: skip
    return Incident(
        "claude", incident_id, name, impact, "investigating", FIRST, FIRST, resolved_at, (), updates, seen_at
    )


def said(minutes: float, body: str = "We look into it.", status: str = "investigating") -> IncidentUpdate:
    at = FIRST + timedelta(minutes=minutes)
    changes = (ComponentChange("claude.ai", "operational", "major_outage"),)
    return IncidentUpdate(status, at, at, body, changes)


def publish(scene: Scene, *incidents: Incident, states: tuple[PageState, ...] = ()) -> None:
    """Save incidents and polls with a pull that vouches for the page all along."""
    window = Window(BEGIN, AS_OF)
    pull = Pull(
        source="file", platform="status", target="claude/page", service="claude", asked=window, covered=window,
        fetched=len(incidents), started_at=AS_OF, ended_at=AS_OF, brings="incidents",
    )  # fmt: skip
    with connect(scene.path) as connection:
        for each in incidents:
            store.save(connection, pull, Facts(incidents=(each,)))
        store.save(connection, pull, Facts(page_states=states))


def test_an_incident_is_loaded_as_it_was_known(scene: Scene) -> None:
    """A later title, a later message, a later incident are not known at an earlier time; the first sight is kept."""
    early, late = (
        incident(FIRST, said(0)),
        incident(FIRST + timedelta(hours=1), said(0), said(50), name="Errors on many", impact="major"),
    )
    other = incident(FIRST + timedelta(hours=1), said(55), incident_id="later")
    publish(scene, early, late, other)
    with connect(scene.path, read_only=True) as connection:
        then = official_store.load_published(connection, {}, FIRST + timedelta(minutes=30))
        now = official_store.load_published(connection, {}, AS_OF)

    assert [(each.name, each.impact, len(each.updates)) for each in then.incidents] == [("Errors", "minor", 1)]
    assert [(each.name, each.impact, len(each.updates)) for each in now.incidents] == [
        ("Errors on many", "major", 2), ("Errors", "minor", 1),
    ]  # fmt: skip
    assert then.revisions == ()
    assert [(each.name, each.revision) for each in now.revisions] == [("Errors", 1), ("Errors on many", 2)]
    assert now.first_seen["claude", "invented"] == FIRST


def test_an_incident_without_a_message_is_kept_for_the_audit(scene: Scene) -> None:
    """What the page listed without a word is no pair of anything, and is not dropped."""
    publish(scene, incident(FIRST))
    scene.judge()
    assert scene.ask("SELECT \"rule\" FROM audit WHERE list_contains(incident_ids, 'invented')") == [("no_messages",)]


def test_a_run_holds_everything_of_the_page(scene: Scene) -> None:
    """One run: the pair with its signed lags, the window, the times, the finding, chance, uptime, peers, phases."""
    scene.tell(every(40, map(own_words, range(90))), place="r/ClaudeCode")
    resolved = FIRST + timedelta(minutes=60)
    publish(
        scene,
        incident(FIRST, said(0), said(60, "It failed from 12:00 to 13:00 UTC.", "resolved"), resolved_at=resolved),
        states=(PageState("claude", FIRST - timedelta(minutes=5), "none", unresolved=0),),
    )
    scene.judge()

    [(episode, spoke, lag, declared)] = scene.ask(
        "SELECT episode_id, page_spoke_at, acknowledgement_lag_min, declared_start FROM matches"
    )
    assert spoke.isoformat() == FIRST.isoformat()
    [(onset,)] = scene.ask("SELECT onset_at FROM episodes")
    assert lag == round((FIRST - onset).total_seconds() / 60, 1)
    assert declared.isoformat() == ONSET.isoformat()
    assert scene.ask("SELECT verdict FROM incident_verdicts") == [("felt",)]
    assert scene.ask("SELECT verdict, declared_lag_min > 0 FROM episodes") == [("early", True)]
    [(start, end)] = scene.ask('SELECT "start", "end" FROM declared_windows')
    assert (end - start, start.isoformat()) == (timedelta(hours=1), ONSET.isoformat())
    assert scene.ask("SELECT nature, surfaces FROM incident_times") == [("outage", ["claude.ai"])]
    assert scene.ask('SELECT "rule" FROM audit WHERE episode_id IS NOT NULL') == [("green_page",)]
    assert scene.ask("SELECT lag, n FROM lag_spreads WHERE lag = 'acknowledgement'") == [("acknowledgement", 1)]
    assert scene.ask("SELECT episodes, matched FROM chances") == [(1, 1)]
    assert scene.ask("SELECT down_min FROM uptimes WHERE part = 'claude.ai' AND definition = 'major'") == [(60.0,)]
    assert scene.ask("SELECT incidents FROM peers WHERE service = 'claude'") == [(1,)]
    phases = scene.ask('SELECT people, symptom FROM phases ORDER BY "start"')
    assert sum(people for people, _ in phases) >= 60
    assert "down" in {symptom for _, symptom in phases}
    assert scene.judge().unchanged
    assert scene.ask("SELECT episode_id FROM matches") == [(episode,)]
