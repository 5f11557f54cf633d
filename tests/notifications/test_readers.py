"""Each mail is in the language of who reads it."""

import pytest

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..builders import book, make_event


def test_mail_is_in_the_language_of_its_reader_and_not_of_its_causer(app, as_role, outgoing):
    ada, bob, olga = as_role("customer"), as_role("customer"), as_role("organizer")
    ada.patch("/users/me", {"locale": "de"})
    event = make_event(olga)
    for guest in (ada, bob):
        book(guest, event)
    olga.post(f"/events/{event['id']}/cancel")
    run_jobs(app)
    subjects = {message.to: message.subject for message in outgoing.messages if message.template == "event_cancelled"}
    assert subjects == {ada.user["email"]: "Abgesagt: Jazz night", bob.user["email"]: "Cancelled: Jazz night"}
    lines = {message.line for message in outgoing.messages if message.to == ada.user["email"]}
    assert f"Event update notification sent to {ada.user['email']}" in lines


@pytest.mark.parametrize("stored", [{"$unset": {"locale": ""}}, {"$set": {"locale": "xx"}}])
def test_mail_to_an_account_without_a_known_language_is_in_english(app, ada, organizer, outgoing, stored):
    services_of(app)[UserStore].collection.update_many({}, stored)
    book(ada, make_event(organizer))
    run_jobs(app)
    assert outgoing.messages[-1].subject == "Your tickets for Jazz night"


@pytest.mark.parametrize("kind", ["password_reset", "email_verification"])
def test_a_mail_to_somebody_who_may_not_know_us_is_in_their_language(app, as_role, outgoing, kind):
    bea = as_role("customer", name="Béa")  # a token may have the letters of "Bea"
    assert bea.patch("/users/me", {"locale": "de"}).status_code == 200
    bea.post("/auth/password-reset", {"email": bea.user["email"]})
    bea.post("/users/me/email", {"email": "bea2@example.com", "password": "correct horse battery"})
    run_jobs(app)
    (mail,) = [message for message in outgoing.messages if message.template == kind]
    assert mail.locale == "de"
    assert mail.text.startswith("Guten Tag,\n") and "Béa" not in mail.text
