"""What operators do to accounts: find, ban, and lift a ban."""

import threading

import pytest

from booking_api import create_app
from booking_api.accounts.service import AccountService
from booking_api.accounts.sessions import SessionService, SessionStore
from booking_api.accounts.store import UserStore
from booking_api.clock import now
from booking_api.http.services import services_of

from ..accounts.sessions import NEW_PASSWORD, assert_over, log_in, new_account, read, refresh, reset_password
from ..api import Api
from ..apps import SETTINGS, run_jobs
from ..asserting import assert_problem
from ..builders import PASSWORD, book, make_event
from ..pids import eventually

WITHIN_SECONDS = 5


def run(app, *args, typed=None):
    """Run a command: its exit status and what it printed."""
    with app.app_context():  # `flask --app wsgi` pushes it
        result = app.test_cli_runner().invoke(args=args, input=typed)
    return result.exit_code, result.output


def ban(app, email, *options):
    """Ban an account."""
    status, printed = run(app, "ban-account", email, "--yes", *options)
    assert status == 0, printed
    return printed


def try_login(app, email, password=PASSWORD):
    """Try to log in."""
    return Api(app.test_client()).post("/auth/login", {"email": email, "password": password})


def test_an_account_is_found_by_its_email_in_any_case_and_by_its_id(app, as_role):
    olga = as_role("organizer", name="Olga\u202e", email="Olga@example.com")
    status, printed = run(app, "find-account", "oLGA@EXAMPLE.com")
    assert status == 0
    assert printed == run(app, "find-account", olga.user["id"])[1]
    assert printed.splitlines() == [
        f"id:        {olga.user['id']}",
        r"name:      Olga\u202e",
        "email:     Olga@example.com",
        "verified:  yes",
        "role:      organizer",
        "created:   2030-01-01T12:00:00Z",
        "banned:    no",
        "sessions:  1 open",
    ]


def test_what_is_shown_of_an_account_has_no_secret(app, as_role):
    as_role("customer", email="ada@example.com")
    stored = services_of(app)[UserStore].collection.find_one()
    printed = run(app, "find-account", "ada@example.com")[1]
    assert stored["password_hash"].decode() not in printed and "$2b$" not in printed


@pytest.mark.parametrize("command", ["find-account", "ban-account", "unban-account"])
@pytest.mark.parametrize("who", ["nobody@example.com", "0" * 24, "not an id", "\x1b[2J"])
def test_an_account_that_is_not_there_is_one_sentence_and_an_error(app, command, who):
    status, printed = run(app, command, who)
    assert status == 1
    assert printed.startswith("Error: No account has the email or id ") and len(printed.splitlines()) == 1
    assert printed.strip().isprintable()


def test_who_is_banned_cannot_log_in_and_hears_why_only_with_the_right_password(app):
    email = new_account(app)
    ban(app, email)
    answer = try_login(app, email)
    assert_problem(answer, 403, "account_banned")
    wrong, unknown = try_login(app, email, "wrong horse battery"), try_login(app, "nobody@example.com")
    assert_problem(wrong, 401, "invalid_credentials")
    assert wrong.json == unknown.json


def test_the_sessions_of_who_is_banned_end(app):
    email = new_account(app)
    sessions = [log_in(app, email) for _ in range(3)]
    other = log_in(app, new_account(app))
    assert "3 sessions end within 5 seconds" in ban(app, email, "--reason", "Spam")
    for session in sessions:
        assert_over(app, session)
    assert read(app, other).status_code == 200
    printed = run(app, "find-account", email)[1]
    assert "banned:    since 2030-01-01T12:00:00Z (Spam)\n" in printed
    assert "sessions:  0 open\n" in printed


def test_another_worker_ends_them_within_five_seconds(real_app, database, outgoing):
    other = create_app(SETTINGS, database=database, sender=outgoing, clock=now)
    email = new_account(real_app)
    session = log_in(other, email)
    assert read(other, session).status_code == 200
    ban(real_app, email)
    assert_problem(refresh(other, session), 401, "session_ended")
    eventually(lambda: read(other, session).status_code == 401, "the token is refused", seconds=WITHIN_SECONDS)


def test_a_new_password_is_no_way_in(app):
    email = new_account(app)
    ban(app, email)
    assert reset_password(app, email).status_code == 204
    assert_problem(try_login(app, email, NEW_PASSWORD), 403, "account_banned")


def test_a_login_at_the_moment_of_the_ban_leaves_no_session(app, monkeypatch):
    email = new_account(app)
    start = SessionService.start

    def banned_meanwhile(self, user_id):
        user = services_of(app)[UserStore].find(user_id)
        services_of(app)[UserStore].ban(user["_id"], user["created_at"], None)
        return start(self, user_id)

    monkeypatch.setattr(SessionService, "start", banned_meanwhile)
    assert_problem(try_login(app, email), 403, "account_banned")
    assert all(session["ended_at"] for session in services_of(app)[SessionStore].collection.find())


def test_no_session_outlives_a_ban_however_many_log_in_meanwhile(real_app):
    email = new_account(real_app)
    accounts, opened = services_of(real_app)[AccountService], []
    banned = threading.Event()

    def log_in_again():
        while not banned.is_set():
            answer = try_login(real_app, email)
            opened.append(answer.status_code)

    people = [threading.Thread(target=log_in_again) for _ in range(4)]
    for person in people:
        person.start()
    eventually(lambda: opened.count(200) >= 8, "some have logged in")
    ban(real_app, email)
    assert try_login(real_app, email).status_code == 403
    banned.set()
    for person in people:
        person.join()
    assert accounts.find_id(email)
    assert services_of(real_app)[SessionStore].collection.count_documents({"ended_at": None}) == 0


def test_what_a_banned_account_has_stays(app, as_role):
    organizer, customer = as_role("organizer", email="olga@example.com"), as_role("customer", email="carl@example.com")
    event = make_event(organizer)
    booking = book(customer, event)
    assert "Bookings and events of the account stay" in ban(app, "olga@example.com")
    ban(app, "carl@example.com")
    run_jobs(app)
    shown = as_role("customer").get(f"/events/{event['id']}")
    assert (shown.status_code, shown.json["available_tickets"]) == (200, 9)
    assert booking["status"] == "confirmed"


def test_a_second_ban_keeps_the_first_and_says_so(app, clock):
    email = new_account(app)
    ban(app, email, "--reason", "First")
    clock.advance(days=1)
    assert "was banned already" in ban(app, email, "--reason", "Second")
    assert "banned:    since 2030-01-01T12:00:00Z (First)\n" in run(app, "find-account", email)[1]


def test_a_lifted_ban_lets_its_owner_in_again(app):
    email = new_account(app)
    session = log_in(app, email)
    assert "was not banned" in run(app, "unban-account", email)[1]
    ban(app, email, "--reason", "Spam")
    status, printed = run(app, "unban-account", email)
    assert status == 0 and "can log in again" in printed
    assert try_login(app, email).status_code == 200
    assert_over(app, session)
    assert "banned:    no\n" in run(app, "find-account", email)[1]


def test_a_ban_is_asked_about_unless_told_not_to(app):
    email = new_account(app)
    status, printed = run(app, "ban-account", email, typed="n\n")
    assert status == 1
    assert email in printed
    assert run(app, "ban-account", email, typed="")[0] == 1
    assert try_login(app, email).status_code == 200
    assert run(app, "ban-account", email, typed="y\n")[0] == 0
    assert try_login(app, email).status_code == 403


def test_a_reason_of_no_use_is_refused_as_usage(app):
    status, printed = run(app, "ban-account", new_account(app), "--yes", "--reason", "x" * 1001)
    assert status == 2
    assert "at most 1000 characters" in printed
