"""docs/PAYMENTS.md: its commands run as they stand there, and it explains what a frontend may hear."""

import json
import os
import re
import shutil
import subprocess

import pytest

from booking_api.bookings import payment
from booking_api.bookings.discounts import PROBLEMS
from booking_api.payments.schemas import PaymentAttempt

from ..builders import event_fields
from ..fake_stripe import KEY, started
from ..pids import eventually
from ..processes import CHECKOUT, PASSED_ON, Service

PAGE = (CHECKOUT / "docs" / "PAYMENTS.md").read_text()
SECONDS = 60
DECLINED = 22  # curl's exit status for an answer of 400 or more


def blocks(language):
    """The blocks of the page in a language."""
    return re.findall(rf"^```{language}$\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.server
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page pays with curl")
def test_the_commands_of_the_page_do_what_it_says(var_dir):
    service = Service(var_dir)
    with started(send=None, webhook_url=f"{service.url}/api/v1/payments/stripe/webhook") as fake:
        of_stripe = {"STRIPE_API_URL": fake.url, "STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": fake.webhook_secret}
        service.settings |= of_stripe
        with service:
            organizer, customer = service.sign_up("organizer"), service.sign_up("customer")
            environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
            environ |= {"API": service.url, "STRIPE": fake.url, "TOKEN": organizer.token, "CUSTOMER": customer.token}

            def run(block, status=0):
                script = f'curl() {{ command curl -sS --fail-with-body "$@"; }}\n{block}'
                done = subprocess.run(
                    ["bash", "-eu"], input=script, env=environ, capture_output=True, text=True,
                    timeout=SECONDS, check=False,
                )  # fmt: skip
                assert done.returncode == status, done.stdout + done.stderr
                return json.loads(done.stdout)

            def paid():
                return customer.get(f"/bookings/{environ['BOOKING']}").json()

            make, quote, order, attempt, decline, pay, read, refund, refunds, record, hand_back = blocks("bash")
            event = run(make)
            environ |= {"EVENT": event["id"], "TYPE": event["ticket_types"][0]["id"]}
            assert run(quote)["amount"] == 9000
            environ["BOOKING"] = run(order)["id"]
            secret = run(attempt)["client_secret"]
            environ |= {"SECRET": secret, "INTENT": secret.partition("_secret_")[0]}
            assert run(decline, DECLINED)["error"]["code"] == "card_declined"
            eventually(lambda: paid()["payment"]["status"] == "failed", "the decline is known")
            assert run(attempt)["client_secret"] == secret
            assert run(pay)["status"] == "succeeded"
            eventually(lambda: paid()["status"] == "confirmed", "the booking is confirmed")
            assert run(read)["payment"]["paid"] == 9000
            assert run(refund)["status"] == "pending"
            eventually(lambda: paid()["payment"]["refunded"] == 1000, "the money has gone back")
            assert [each["status"] for each in run(refunds)["items"]] == ["succeeded"]

            fields = event_fields(ticket_types=[{"name": "Stalls", "price": 4500, "total": 9}], payment="manual")
            by_hand = organizer.post("/events", json={k: v for k, v in fields.items() if k != "total_tickets"}).json()
            booked = customer.post("/bookings", json={"event_id": by_hand["id"], "quantity": 1}).json()
            environ |= {"EVENT": by_hand["id"], "BOOKING": booked["id"], "KEY": "statement-12"}
            assert run(record)["booking_status"] == "confirmed"
            assert run(hand_back)["amount"] == 4500


def test_the_shape_of_an_attempt_is_that_of_the_answer():
    _, attempt, booking = (json.loads(block) for block in blocks("json"))
    assert set(attempt) == set(PaymentAttempt().fields)
    assert booking["payment"].keys() == {"status", *payment.NOTHING}


def test_the_page_explains_each_status_and_each_problem_of_codes():
    assert [status for status in payment.STATUSES if not re.search(rf"^\| .*`{status}`", PAGE, re.MULTILINE)] == []
    assert [problem.code for problem in PROBLEMS if f"`{problem.code}`" not in PAGE] == []


def test_the_documentation_has_the_steps_of_a_frontend_that_takes_a_card(app):
    document = app.test_client().get("/openapi.json").json
    steps = re.findall(r"^[0-9]\. .*?`(GET|POST) (/api/v1/\S+)`", document["info"]["description"], re.MULTILINE)
    assert [method for method, _ in steps] == ["POST", "POST", "POST", "GET"]
    assert [path for method, path in steps if method.lower() not in document["paths"].get(path, {})] == []
    assert "client_secret" in str(document["paths"][steps[2][1]]["post"]["responses"]["201"])
    assert "fake-stripe" in app.cli.commands
    assert "`flask --app wsgi fake-stripe`" in document["info"]["description"]
