"""What must hold of money after any fault: what the fake has received and given back is what the service says."""

from collections import Counter, defaultdict

from .database_checks import audit

ENDED = ("cancelled", "expired")


def refunds_at(fake, intent_id):
    """The refunds of an intent that have given something back, or will."""
    listed = fake.refunds.list({"payment_intent": intent_id, "limit": "100"})["data"]
    return [refund for refund in listed if refund["status"] not in ("failed", "canceled")]


def money_faults(database, fake):
    """What differs between the service and the fake, intent by intent: a list of sentences."""
    faults, received = [], defaultdict(Counter)
    payments = {str(row["_id"]): row for row in database["payments"].find({"mode": "stripe"})}
    refunds = defaultdict(list)
    for row in database["refunds"].find({"mode": "stripe"}):
        refunds[row["payment_id"]].append(row)
    intents = fake.intents.all()
    for payment_id, count in Counter(intent["metadata"]["payment_id"] for intent in intents).items():
        if count != 1 or payment_id not in payments:
            faults.append(f"payment {payment_id} is {count} times at the fake")
    for intent in intents:
        payment = payments.get(intent["metadata"]["payment_id"])
        if payment is None:
            continue
        there, here = refunds_at(fake, intent["id"]), refunds[payment["_id"]]
        name = f"payment {payment['_id']}"
        if (intent["status"] == "succeeded") != (payment["status"] == "succeeded"):
            faults.append(f"{name} is {payment['status']} here and {intent['status']} there")
        if intent["status"] == "succeeded" and payment["amount"] != intent["amount_received"]:
            faults.append(f"{name} is {payment['amount']} here and {intent['amount_received']} there")
        if sorted(each["amount"] for each in there) != sorted(each["amount"] for each in here):
            faults.append(
                f"{name} has refunds of {[r['amount'] for r in here]}, and {[r['amount'] for r in there]} there"
            )
        if len({each["metadata"].get("refund_id") for each in there}) != len(there):
            faults.append(f"{name}: a refund was made twice there")
        received[payment["booking_id"]] += Counter(
            paid=intent["amount_received"], refunded=sum(each["amount"] for each in there)
        )
    for booking in database["bookings"].find({"payment.mode": "stripe"}):
        money = booking["payment"]
        got = received[booking["_id"]]
        if (money["paid"], money["refunded"]) != (got["paid"], got["refunded"]) or money["owed"]:
            faults.append(f"booking {booking['_id']} says {money}, and the fake {dict(got)}")
        kept = money["paid"] - money["refunded"] - money["retained"]
        if kept != (booking["amount"] if booking["status"] == "confirmed" else 0):
            faults.append(f"booking {booking['_id']} is {booking['status']} for {booking['amount']} and has {kept}")
    return faults


def assert_clean(shop, *, seconds=None):
    """Let everything come to its end; then the audits and the comparison with the fake find nothing."""
    shop.settle(*([seconds] if seconds else []))
    assert money_faults(shop.database, shop.fake) == []
    open_at_fake = [each["id"] for each in shop.fake.intents.all() if each["status"] not in ("succeeded", "canceled")]
    wanted = [row["provider_id"] for row in shop.database["payments"].find({"open": True})]
    assert sorted(open_at_fake) == sorted(wanted)
    assert audit(shop.database) == []
