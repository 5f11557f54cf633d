"""What tests of payments say often."""

import json

PRICED = {"ticket_types": [{"name": "Seat", "price": 2500, "total": 5}], "total_tickets": 5, "currency": "EUR"}


def order(customer, event, quantity=2, **fields):
    """Book tickets, which are held until they are paid."""
    made = customer.post(
        "/bookings", {"event_id": event["id"], **({"quantity": quantity} if quantity else {}), **fields}
    )
    assert (made.status_code, made.json["status"]) == (201, "held"), made.json
    return made.json


def pay(customer, booking):
    """Begin to pay, or go on."""
    return customer.post(f"/bookings/{booking['id']}/payments")


def seen(customer, booking):
    """The status of a booking, and that of its money."""
    shown = customer.get(f"/bookings/{booking['id']}").json
    return shown["status"], shown["payment"]["status"]


def money(customer, booking):
    """What was paid of a booking, is owed of that, and retained."""
    shown = customer.get(f"/bookings/{booking['id']}").json["payment"]
    return shown["paid"], shown["owed"], shown["retained"]


def told(api, event):
    """The types of the changes in the feed of an event."""
    return [each["type"] for each in api.get(f"/events/{event['id']}/changes").json["items"]]


def message(app, payment_id, number=1, signature="signed", **fields):
    """Send a message of the provider's about a payment."""
    body = {"id": f"evt_{number}", "intent_id": f"pi_{payment_id}", "payment_id": payment_id} | fields
    headers = {"Stripe-Signature": signature}
    return app.test_client().post("/api/v1/payments/stripe/webhook", data=json.dumps(body), headers=headers)
