"""Uses that a process of the version before has not given back are counted again."""

from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.promo.repair import UsesRepair

from .codes import add_code, all_faults, buy, priced_event, seat, uses


def test_what_the_version_before_has_cancelled_no_longer_counts(real_app, as_real_role, database):
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    gala = priced_event(organizer)
    code, other = add_code(organizer, gala, ticket_type_ids=[seat(gala)]), add_code(organizer, gala, "OTHER")
    kept, cancelled = buy(customer, gala, 2, 1), buy(customer, gala, 3)
    buy(customer, gala, 1, code="OTHER")
    assert customer.post(f"/bookings/{cancelled['id']}/cancel").status_code == 200
    # As it was before that, for a version that knows no codes
    database["promo_codes"].update_one({"_id": ObjectId(code["id"])}, {"$inc": {"used_tickets": 3, "used_bookings": 1}})
    assert len(all_faults(real_app)) == 1
    repair = services_of(real_app)[UsesRepair]
    assert [repair.repair(), repair.repair()] == [1, 0]
    assert (uses(organizer, gala, code), uses(organizer, gala, other)) == ((2, 1), (1, 1))
    assert all_faults(real_app) == []
    assert kept["status"] == "confirmed"
