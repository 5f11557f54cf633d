"""Many codes at once: all or none, each error says of which."""

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.promo.schemas import PromoCodeCreate
from booking_api.promo.service import CodeService, ids_of
from booking_api.promo.store import CodeStore

from ..asserting import assert_problem
from .codes import add_code, priced_event


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


@pytest.fixture
def path(gala):
    """Where its codes are made together."""
    return f"/events/{gala['id']}/codes/bulk"


def code(text, **fields):
    """A code of a list."""
    return {"code": text, "kind": "percent", "value": 10} | fields


def test_a_thousand_codes_are_made_at_once_in_their_order(organizer, gala, path):
    made = organizer.post(path, {"codes": [code(f"GUEST-{number}") for number in range(1000)]})
    assert made.status_code == 201
    assert [each["code"] for each in made.json["items"]] == [f"GUEST-{number}" for number in range(1000)]
    listed = organizer.get(f"/events/{gala['id']}/codes", query_string={"sort": "created_at", "limit": 100}).json
    assert listed["items"] == made.json["items"][:100]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (code("two words"), "codes.1.code"),
        (code("B", value=101), "codes.1.value"),
        (code("B", kind="unlock"), "codes.1.value"),
        (code("B", ticket_type_ids=["ab" * 12]), "codes.1.ticket_type_ids.0"),
        (code("B", valid_from="2030-01-01T00:00:00Z", valid_until="2029-01-01T00:00:00Z"), "codes.1.valid_until"),
        ({"kind": "unlock"}, "codes.1.code"),
        (code("B", enable=True), "codes.1.enable"),
        ("B", "codes.1"),
    ],
)
def test_one_that_is_wrong_is_named_and_none_is_made(app, organizer, path, wrong, field):
    problem = assert_problem(organizer.post(path, {"codes": [code("A"), wrong]}), 422, "validation_failed")
    assert list(problem["errors"]) == [field]
    assert services_of(app)[CodeStore].collection.count_documents({}) == 0


def test_one_that_is_taken_is_named_and_none_is_made(app, organizer, gala, path):
    add_code(organizer, gala, "Save")
    problem = assert_problem(organizer.post(path, {"codes": [code("A"), code("B"), code("SAVE")]}), 409, "code_taken")
    assert (problem["index"], problem["taken"]) == (2, "SAVE")
    problem = assert_problem(organizer.post(path, {"codes": [code("A"), code("B"), code("a")]}), 409, "code_taken")
    assert (problem["index"], problem["taken"]) == (2, "a")
    assert services_of(app)[CodeStore].collection.count_documents({}) == 1


def test_a_list_has_from_one_to_a_thousand_codes(organizer, path):
    for codes in ([], [code(str(number)) for number in range(1001)], None, {}):
        assert_problem(organizer.post(path, {"codes": codes}), 422, "validation_failed")
    assert_problem(organizer.post(path, {}), 422, "validation_failed")


def test_the_same_key_makes_them_once(app, organizer, path):
    body, key = {"codes": [code("A"), code("B")]}, {"Idempotency-Key": "one"}
    first, again = (organizer.post(path, body, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert services_of(app)[CodeStore].collection.count_documents({}) == 2


def test_ids_of_a_list_are_the_same_again_in_its_order_and_of_no_other_request():
    one, other = ObjectId(), ObjectId()
    assert ids_of(one, 1000) == ids_of(one, 1000) == sorted(ids_of(one, 1000))
    assert not {*ids_of(one, 1000)} & {*ids_of(other, 1000)}
    assert one not in ids_of(one, 1000)


def test_an_attempt_whose_answer_was_lost_has_made_them(app, organizer, gala):
    service, request_id = services_of(app)[CodeService], ObjectId()
    event_id, owner = ObjectId(gala["id"]), ObjectId(organizer.user["id"])
    wanted = [PromoCodeCreate().load(code(text)) for text in "AB"]
    first, again = (service.create_all(event_id, owner, wanted, request_id) for _ in range(2))
    assert [each["_id"] for each in first] == [each["_id"] for each in again] == ids_of(request_id, 2)
    one, same = (service.create(event_id, owner, PromoCodeCreate().load(code("C")), ObjectId("c" * 24)) for _ in "12")
    assert one["_id"] == same["_id"]
    assert services_of(app)[CodeStore].collection.count_documents({}) == 3
