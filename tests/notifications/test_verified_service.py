"""The service with a real mail server and nothing else set: who wants to sell or book verifies an email first."""

import re

import pytest

from ..mail_server import MailServer
from ..pids import eventually
from ..processes import Service

pytestmark = pytest.mark.server

EVENT = {"title": "Jazz night", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 10}
LINK = re.compile(r"https://shop\.example\.com/verify-email\?token=([\w-]+)")


def verify(server, caller, email):
    """Wait for the mail to this address, and send the token from its link."""

    def mails():
        return [received.mail for received in server.received if received.recipients == [email]]

    eventually(mails, "the verification has arrived")
    (mail,) = mails()
    text = mail.get_body(("plain",)).get_content()
    assert caller.user["name"] not in text and "Person" not in mail["To"]
    assert caller.post("/auth/verify-email", json={"token": LINK.search(text)[1]}).status_code == 204


def test_with_smtp_selling_and_booking_take_a_verified_email(var_dir):
    with MailServer() as server:
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "EMAIL_FROM": "tickets@example.com"}
        with Service(var_dir, workers=2, FRONTEND_URL="https://shop.example.com/", **mail) as service:
            organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
            assert organizer.post("/events", json=EVENT).json()["code"] == "email_unverified"
            verify(server, organizer, organizer.user["email"])
            created = organizer.post("/events", json=EVENT)
            assert created.status_code == 201
            order = {"event_id": created.json()["id"], "quantity": 2}
            assert customer.post("/bookings", json=order).json()["code"] == "email_unverified"
            verify(server, customer, customer.user["email"])
            assert customer.post("/bookings", json=order).status_code == 201
            eventually(lambda: len(server.received) == 3, "the confirmation has arrived")
            assert server.received[-1].mail["Subject"] == "Your tickets for Jazz night"
