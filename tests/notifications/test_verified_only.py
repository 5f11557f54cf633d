"""What goes out where verified emails are wanted: to an unverified address nothing but two kinds of mail."""

import pytest

from booking_api.accounts.store import UserStore
from booking_api.accounts.verification import EmailVerification
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications.booking_mails import CONFIRM
from booking_api.notifications.verified_only import AddressUnverified, VerifiedOnly

from ..accounts.verified_emails import ADA, log_in, mailed, signed_in, strict_app, token_in, verify
from ..api import Api
from ..apps import mongomock_app, run_jobs
from ..builders import book, make_event, sign_up
from .test_messages import KINDS, PERSON, written

UNVERIFIED = PERSON | {"verified_at": None}


@pytest.fixture
def verification(app):
    """The verified emails of the app, which are not wanted before a test says so."""
    return services_of(app)[EmailVerification]


@pytest.fixture
def app(clock, outgoing):
    """An app whose people registered while nobody asked for verified emails."""
    made = strict_app(clock, outgoing)
    services_of(made)[EmailVerification].required = False
    return made


def test_the_door_lets_out_what_an_address_may_get(outgoing):
    with VerifiedOnly(outgoing).session() as send:
        for kind in KINDS:
            send(written(kind))
        for kind in ("password_reset", "email_verification"):
            send(written(kind, UNVERIFIED))
        for kind in set(KINDS) - {"password_reset"}:
            with pytest.raises(AddressUnverified):
                send(written(kind, UNVERIFIED))
    assert len(outgoing.messages) == len(KINDS) + 2
    assert VerifiedOnly(outgoing).notes_each is outgoing.notes_each


@pytest.mark.parametrize("notes_each", [True, False])
def test_a_confirmation_that_is_not_sent_is_marked_as_failed(app, outgoing, verification, monkeypatch, notes_each):
    monkeypatch.setattr(outgoing, "notes_each", notes_each)
    event = make_event(sign_up(app, "organizer"))
    carl, dora = (sign_up(app, "customer") for _ in range(2))
    bookings = [book(carl, event), book(dora, event)]
    services_of(app)[UserStore].collection.update_one({"email": dora.user["email"]}, {"$unset": {"verified_at": 1}})
    assert [message.to for message in mailed(app, outgoing)] == [dora.user["email"]]
    told = [api.get(f"/bookings/{booking['id']}") for api, booking in zip((carl, dora), bookings, strict=True)]
    assert [answer.json["confirmation"]["status"] for answer in told] == ["failed", "sent"]
    jobs = services_of(app)[Outbox].collection.find({"kind": CONFIRM})
    assert [job["state"] for job in jobs] == ["done", "done"]


def test_notices_to_an_unverified_address_are_dropped_and_their_jobs_done(app, outgoing):
    organizer, carl = sign_up(app, "organizer"), sign_up(app, "customer", email=ADA)
    event = make_event(organizer)
    booking = book(carl, event)
    assert organizer.patch(f"/events/{event['id']}", {"venue": "Attic"}).status_code == 200
    assert carl.post(f"/bookings/{booking['id']}/cancel").status_code == 200
    assert organizer.post(f"/events/{event['id']}/messages", {"subject": "Hi", "body": "Well."}).status_code == 202
    assert mailed(app, outgoing) == []
    assert services_of(app)[Outbox].collection.count_documents({"state": "failed"}) == 0


def test_once_verified_an_address_gets_everything(app, verification, outgoing):
    organizer = sign_up(app, "organizer")
    verification.required = True
    sign_up(app, "customer", email=ADA)
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204
    verification.required = False
    event = make_event(organizer)
    booking = book(signed_in(app, log_in(app, ADA).json), event)
    assert [message.to for message in mailed(app, outgoing)] == [ADA]
    assert booking["status"] == "confirmed"


def test_without_the_setting_every_address_gets_everything(clock, outgoing):
    app = mongomock_app(clock, outgoing)
    carl = sign_up(app, "customer", email=ADA)
    book(carl, make_event(sign_up(app, "organizer")))
    run_jobs(app)
    assert outgoing.lines == [f"Booking confirmation email sent to {ADA}"]
    assert outgoing.messages[0].to_name == carl.user["name"]


@pytest.mark.parametrize(
    ("frontend", "link"),
    [
        ("https://shop.example.com", "https://shop.example.com/verify-email?token={}"),
        ("http://localhost:3000/en", "http://localhost:3000/en/verify-email?token={}"),
        (None, None),
    ],
)
def test_the_link_leads_to_the_frontend_of_the_settings(clock, outgoing, frontend, link):
    app = strict_app(clock, outgoing, frontend_url=frontend)
    sign_up(app, "customer", email=ADA)
    (message,) = mailed(app, outgoing)
    token = message.facts["token"]
    assert message.facts["link"] == (link and link.format(token))
    assert (link.format(token) if link else token) in message.text
    assert Api(app.test_client()).post("/auth/verify-email", {"token": token}).status_code == 204


def test_a_mail_that_fails_at_first_is_tried_again_with_another_token(clock, outgoing, monkeypatch):
    app = strict_app(clock, outgoing)
    sign_up(app, "customer", email=ADA)
    with monkeypatch.context() as patched:
        patched.setattr(outgoing, "send", lambda message: 1 / 0)
        run_jobs(app)
    clock.advance(hours=1)
    outbox = services_of(app)[Outbox]
    services_of(app)[JobRunner].run([row["_id"] for row in outbox.collection.find({"state": "pending"})])
    assert [message.to for message in outgoing.messages] == [ADA]
