"""Asking for no more mails that a guest can do without, by the link in one of them."""

import email
import email.policy
import re

import pytest
from bson import ObjectId

from booking_api.config import Settings
from booking_api.errors import StartupError
from booking_api.http.services import services_of
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.mime import compose
from booking_api.notifications.store import UnsubscriptionStore
from booking_api.notifications.unsubscribing import Subscription, Unsubscribing

from ..apps import SETTINGS, mongomock_app, run_jobs
from ..asserting import assert_problem
from ..builders import book, make_event

PUBLIC = "https://tickets.example.com"
SECRET = SETTINGS.jwt_secret_key


@pytest.fixture
def app(clock, outgoing):
    """An app that knows where people reach it."""
    return mongomock_app(clock, outgoing, public_url=PUBLIC)


@pytest.fixture
def guests(app, organizer, as_role, outgoing):
    """An event, and two who have booked it and got their confirmation."""
    event = make_event(organizer, date="2030-01-03T12:00:00Z")
    people = [as_role("customer") for _ in range(2)]
    for person in people:
        book(person, event)
    run_jobs(app)
    assert [headers(sent)["List-Unsubscribe"] for sent in outgoing.messages] == [None, None]
    outgoing.messages.clear()
    return event, people


def headers(message):
    """The mail as its reader's program has it."""
    raw = compose(message, Mailbox("", "t@example.com")).as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def write(organizer, event):
    answer = organizer.post(f"/events/{event['id']}/messages", {"subject": "Come early", "body": "Please."})
    assert answer.status_code == 202


def link_of(message):
    """Where the header of a mail leads in this app."""
    (url,) = re.fullmatch("<(.*)>", headers(message)["List-Unsubscribe"]).groups()
    assert url.startswith(f"{PUBLIC}/unsubscribe/")
    return url.removeprefix(PUBLIC)


def test_one_click_ends_the_mails_that_one_can_do_without(app, organizer, guests, outgoing, client):
    event, (ada, bob) = guests
    write(organizer, event)
    run_jobs(app)
    to_ada = next(message for message in outgoing.messages if message.to == ada.user["email"])
    assert headers(to_ada)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        answer = client.client.post(link_of(to_ada), data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
    outgoing.messages.clear()
    write(organizer, event)
    run_jobs(app)
    assert [message.to for message in outgoing.messages] == [bob.user["email"]]


def test_reminders_end_too_and_changes_do_not(app, organizer, guests, outgoing, client, clock):
    event, _ = guests
    write(organizer, event)
    run_jobs(app)
    for message in outgoing.messages:
        client.client.post(link_of(message))
    outgoing.messages.clear()
    organizer.patch(f"/events/{event['id']}", {"venue": "Hall"})
    run_jobs(app)
    clock.advance(days=1, minutes=1)
    run_jobs(app)
    assert {message.line.split(" sent to ")[0] for message in outgoing.messages} == {"Event update notification"}
    assert len(outgoing.messages) == 2


def test_a_link_that_is_only_looked_at_changes_nothing(app, organizer, guests, outgoing, client):
    event, _ = guests
    write(organizer, event)
    run_jobs(app)
    page = client.client.get(link_of(outgoing.messages[0]))
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert services_of(app)[UnsubscriptionStore].collection.count_documents({}) == 0


@pytest.mark.parametrize("token", ["x", "A" * 54, "é", "A" * 200, "a=b", "...."])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_we_have_not_made_is_unknown(client, method, token):
    answer = client.client.open(f"/unsubscribe/{token}", method=method)
    assert_problem(answer, 404, "not_found")


def test_a_link_stays_good_when_the_secret_is_replaced(clock):
    about = Subscription(ObjectId(), ObjectId())
    old, new, other = (Unsubscribing(None, secrets, PUBLIC, clock) for secrets in (["a"], ["b", "a"], ["b"]))
    token = old.link(about).rpartition("/")[2]
    assert token.replace("-", "").replace("_", "").isalnum()
    assert old.read(token) == new.read(token) == about
    assert other.read(token) is None


def test_without_a_public_address_mails_have_no_link(clock):
    assert Unsubscribing(None, [SECRET], None, clock).link(Subscription(ObjectId(), ObjectId())) is None


@pytest.mark.parametrize("line_format", ["json", "text"])
def test_the_log_has_the_route_and_not_the_link(clock, outgoing, capsys, line_format):
    app = mongomock_app(clock, outgoing, log_level="INFO", log_format=line_format)
    app.test_client().get("/unsubscribe/something-secret")
    logged = capsys.readouterr().err
    assert "/unsubscribe/<secret:token>" in logged
    assert "404" in logged
    assert "something-secret" not in logged


MAIL = {"EMAIL_URL": "smtp://mail.example.com", "EMAIL_FROM": "t@example.com", "JWT_SECRET_KEY": SECRET}
DATABASE = {"MONGODB_URI": "mongodb://db.example.com"}


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:8000"),
        ({"HOST": "0.0.0.0"}, "http://127.0.0.1:8000"),
        ({"RENDER_EXTERNAL_URL": PUBLIC} | DATABASE, PUBLIC),
        ({"PUBLIC_URL": f"{PUBLIC}/", "RENDER_EXTERNAL_URL": "https://x.example.com"} | DATABASE, PUBLIC),
    ],
)
def test_the_public_address_is_a_setting(environ, url):
    assert Settings.from_environ(MAIL | environ).site == url


def test_the_public_address_is_needed_where_mail_is_sent():
    with pytest.raises(StartupError, match=r"^PUBLIC_URL must be set when EMAIL_URL is: .*\.$"):
        Settings.from_environ(MAIL | DATABASE)
    assert Settings.from_environ(MAIL | DATABASE | {"EMAIL_URL": ""}).site is None


def test_a_mail_says_where_to_unsubscribe_in_its_own_language(app, organizer, as_role, outgoing):
    event = make_event(organizer)
    carla = as_role("customer")
    carla.patch("/users/me", {"locale": "de"})
    book(carla, event)
    write(organizer, event)
    run_jobs(app)
    confirmation, message = outgoing.messages
    assert "unsubscribe" not in confirmation.text + confirmation.html
    for form in (message.text, message.html):
        assert PUBLIC + link_of(message) in form
        assert "Erinnerungen" in form


def test_the_page_speaks_the_language_of_who_reads_it(app, organizer, guests, outgoing, client):
    event, _ = guests
    write(organizer, event)
    run_jobs(app)
    link = link_of(outgoing.messages[0])
    for asked, words in (("de-AT,de;q=0.9", "Keine solchen Mails mehr"), ("fr", "No more of these mails")):
        page = client.client.get(link, headers={"Accept-Language": asked})
        assert f"<button>{words}</button>" in page.text
    assert '<html lang="de">' in client.client.get(link, headers={"Accept-Language": "de"}).text
