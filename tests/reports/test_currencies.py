"""Money in what organizers take away: whole minor units, however many digits the currency has."""

import pytest

from ..builders import make_event
from .test_routes import lines_of


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_files_and_numbers_have_what_was_asked_for_in_minor_units(organizer, customer, currency):
    types = [{"name": f"Row {row}", "price": 4500 + row, "total": 2} for row in range(50)]
    event = make_event(organizer, currency=currency, ticket_types=types, total_tickets=100, max_per_booking=50)
    organizer.post(f"/events/{event['id']}/codes", {"code": "HALF", "kind": "percent", "value": 50})
    items = [{"ticket_type_id": each["id"], "quantity": 1} for each in event["ticket_types"]]
    order = {"event_id": event["id"], "items": items, "code": "half"}
    quote = customer.post(f"/events/{event['id']}/quote", order).json
    booking = customer.post("/bookings", order).json
    paid = [4500 + row - (4501 + row) // 2 for row in range(50)]
    assert (quote["amount"], booking["amount"], booking["currency"]) == (sum(paid), sum(paid), currency)
    for name in ("attendees.csv", "attendees.xlsx"):
        lines = lines_of(organizer.get(f"/events/{event['id']}/{name}"))
        assert [(line["price"], line["currency"]) for line in lines] == [(str(price), currency) for price in paid]
    stats = organizer.get(f"/events/{event['id']}/stats").json
    assert [each["revenue"] for each in stats["by_ticket_type"]] == paid
    assert (stats["revenue"], stats["by_day"][0]["revenue"], stats["refunded"]) == (sum(paid), sum(paid), 0)
