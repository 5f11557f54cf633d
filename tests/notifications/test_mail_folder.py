"""Mails as files, in development: whole, private, and the newest thousand."""

import email
import email.policy
import itertools
import re
import stat
from dataclasses import replace
from types import SimpleNamespace

import pytest

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications import mail_folder
from booking_api.notifications.email import ConsoleSender
from booking_api.notifications.mail_folder import MailFolder
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.senders import make_sender

from ..api import Api
from ..apps import SETTINGS, mongomock_app, run_jobs
from ..builders import book, make_event, sign_up
from .test_composed_mail import message

SECONDS = 20


@pytest.fixture
def folder(tmp_path):
    """A folder for mails that does not exist yet."""
    return MailFolder(tmp_path / "var" / "mails", Mailbox("", "bookings@localhost"))


def files(tmp_path):
    return sorted((tmp_path / "var" / "mails").iterdir())


def test_a_password_is_reset_with_what_the_file_says(tmp_path, clock, folder, capsys):
    app = mongomock_app(clock, ConsoleSender(folder=folder))
    ada = sign_up(app, "customer", name="Ada, B.")
    somebody = Api(app.test_client())
    assert somebody.post("/auth/password-reset", {"email": ada.user["email"]}).status_code == 202
    run_jobs(app)
    assert folder.wait(SECONDS)
    last = email.message_from_bytes(files(tmp_path)[-1].read_bytes(), policy=email.policy.default)
    assert [to.addr_spec for to in last["To"].addresses] == [ada.user["email"]]
    token = max(re.findall(r"[\w-]+", last.get_body(["plain"]).get_content()), key=len)
    answer = somebody.post("/auth/password-reset/confirm", {"token": token, "new_password": "another good one"})
    assert answer.status_code == 204
    assert f"Password reset email sent to {ada.user['email']}\n" in capsys.readouterr().out


def test_files_are_for_this_user_alone(tmp_path, folder):
    folder.keep(message())
    assert folder.wait(SECONDS)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.suffix == ".eml"


def test_the_newest_are_kept(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(mail_folder, "MOST_FILES", 3)
    for number in range(5):
        folder.keep(message(subject=f"Number {number}"))
        assert folder.wait(SECONDS)
    subjects = [email.message_from_bytes(file.read_bytes())["Subject"] for file in files(tmp_path)]
    assert subjects == ["Number 2", "Number 3", "Number 4"]


def test_of_a_rush_the_newest_thousand_wait(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(MailFolder, "_write_all", lambda self: None)
    for number in range(1500):
        folder.keep(message(subject=str(number)))
    assert [waiting.subject for waiting in folder._waiting] == [str(number) for number in range(500, 1500)]


def test_the_more_wait_the_less_of_a_core_is_used(folder, monkeypatch):
    rests = []
    monkeypatch.setattr(MailFolder, "_write", lambda self, message: None)
    monkeypatch.setattr(
        mail_folder, "time", SimpleNamespace(thread_time=itertools.count().__next__, sleep=rests.append)
    )
    folder._waiting.extend([message()] * 1000)
    folder._write_all()
    assert (rests[0], rests[500], rests[-1]) == (108, 58, 9)


def test_a_folder_of_no_use_loses_no_line_and_no_confirmation(tmp_path, clock, capsys):
    (tmp_path / "mails").write_text("no folder")
    folder = MailFolder(tmp_path / "mails", Mailbox("", "bookings@localhost"))
    app = mongomock_app(clock, ConsoleSender(folder=folder))
    ada = sign_up(app, "customer")
    booking = book(ada, make_event(sign_up(app, "organizer")))
    run_jobs(app)
    assert folder.wait(SECONDS)
    assert f"Booking confirmation email sent to {ada.user['email']}\n" in capsys.readouterr().out
    confirmation = ada.get(f"/bookings/{booking['id']}").json["confirmation"]
    assert confirmation == {"status": "printed", "sent_at": "2030-01-01T12:00:00Z"}
    assert services_of(app)[Outbox].collection.count_documents({"state": "failed"}) == 0


@pytest.mark.parametrize(("uri", "keeps"), [(None, True), ("mongodb://db.example.com", False)])
def test_mails_are_kept_in_development_only(tmp_path, uri, keeps):
    sender = make_sender(replace(SETTINGS, var_dir=tmp_path / "var", mongodb_uri=uri))
    with sender.session() as send:
        send(message())
    if keeps:
        assert sender._folder.wait(SECONDS)
    assert (tmp_path / "var").exists() is keeps
