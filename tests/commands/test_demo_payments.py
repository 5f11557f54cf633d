"""The event of the demo that takes money by hand: its codes, its hidden type, and what was paid."""

from booking_api.bookings import payment
from booking_api.bookings.store import BookingStore
from booking_api.development import demo_payments
from booking_api.development.demo_payments import EVENT, ORGANIZER
from booking_api.development.demo_world import World
from booking_api.http.services import services_of
from booking_api.payments.money_audit import PaymentAudit
from booking_api.payments.refund_service import RefundService
from booking_api.promo.audit import PromoAudit

from .test_demo import run, world

COLLECTIONS = ("events", "bookings", "payments", "refunds", "promo_codes")


def bookings(app):
    """The bookings of the event: status, cost, and what is shown of their money."""
    found = services_of(app)[BookingStore].collection.find({"event_id": World.id_of(EVENT)}).sort("created_at")
    return [(row["status"], row["amount"], payment.shown(row)) for row in found]


def stored(app):
    """All documents that it is made of."""
    database = services_of(app)[BookingStore].collection.database
    return {name: list(database[name].find()) for name in COLLECTIONS}


def money(status, paid, refunded=0):
    """What is shown of the money of a booking that owes nothing."""
    return {"status": status, "paid": paid, "refunded": refunded, "owed": 0, "retained": 0}


def test_one_booking_is_paid_one_waits_and_one_was_refunded_in_part(real_app):
    status, printed = run(real_app)
    assert status == 0, printed
    assert bookings(real_app) == [
        ("confirmed", 7680, money("paid", 7680)),
        ("held", 5998, money("due", 0)),
        ("confirmed", 4200, money("partially_refunded", 5700, 1500)),
    ]
    audits = (services_of(real_app)[audit] for audit in (PaymentAudit, PromoAudit))
    assert [fault for audit in audits for found in audit.check() for fault in found] == []


def test_its_codes_are_printed_and_say_what_they_do(real_app):
    _, printed = run(real_app)
    assert "CHAMBER-20 Chamber music  20 % off\n" in printed
    assert "FRIENDS    Chamber music  shows and sells hidden ticket types\n" in printed
    used = {row["code"]: row["used_tickets"] for row in stored(real_app)["promo_codes"]}
    assert (used["CHAMBER-20"], used["FRIENDS"]) == (2, 3)
    shown = {kind["name"]: kind.get("hidden", False) for kind in world(real_app)[0][EVENT]["ticket_types"]}
    assert shown == {"Stalls": False, "Balcony": False, "Friends": True}


def test_a_second_run_pays_and_refunds_nothing_again(real_app):
    run(real_app)
    before = stored(real_app)
    assert run(real_app)[0] == 0
    assert stored(real_app) == before


def test_what_a_run_was_cut_short_of_is_made_by_the_next(real_app, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo_payments.Payments, "_pay", lambda *_args: 1 / 0)
        run(real_app)
    assert [status for status, _, _ in bookings(real_app)] == ["held"]
    assert run(real_app)[0] == 0
    assert [status for status, _, _ in bookings(real_app)] == ["confirmed", "held", "confirmed"]


def test_what_the_organizer_did_since_stays(real_app):
    run(real_app)
    booking_id = World.id_of(f"grace@demo.example {EVENT}")
    asked = {"amount": 80, "ticket_ids": None, "reason": None}
    ids = (World.id_of(EVENT), booking_id, World.id_of(ORGANIZER))
    services_of(real_app)[RefundService].refund(*ids, asked, World.id_of("another refund"))
    before = stored(real_app)
    assert run(real_app)[0] == 0
    assert stored(real_app) == before
