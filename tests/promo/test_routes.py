"""Promo codes of an event: made, listed, changed and deleted by who runs it."""

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.promo import rules
from booking_api.promo.store import CodeStore

from ..asserting import assert_problem
from .codes import add_code, priced_event, seat


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


@pytest.fixture
def codes(gala):
    """The path of its codes."""
    return f"/events/{gala['id']}/codes"


@pytest.fixture(autouse=True)
def _indexes(app):
    store = services_of(app)[CodeStore]
    store.collection.create_indexes(store.INDEXES)


def test_a_code_is_made_and_read_with_all_that_it_is_for(organizer, gala, codes):
    fields = {"max_tickets": 7, "max_bookings": 3, "max_per_customer": 2, "ticket_type_ids": [seat(gala)]}
    window = {"valid_from": "2030-01-01T00:00:00Z", "valid_until": "2031-01-01T00:00:00Z"}
    answer = organizer.post(codes, {"code": " Früh-10 ", "kind": "amount", "value": 500} | fields | window)
    assert answer.status_code == 201
    made = answer.json
    assert made["code"] == "Früh-10"
    assert made.items() >= ({"kind": "amount", "value": 500, "enabled": True} | fields | window).items()
    assert (made["used_tickets"], made["used_bookings"], made["event_id"]) == (0, 0, gala["id"])
    assert answer.headers["Location"] == f"/api/v1{codes}/{made['id']}"
    read = organizer.get(f"{codes}/{made['id']}")
    assert (read.json, read.headers["ETag"]) == (made, answer.headers["ETag"])


def test_what_is_left_out_is_without_a_limit(organizer, gala):
    made = add_code(organizer, gala, kind="unlock", value=None)
    names = ("value", "max_tickets", "max_bookings", "max_per_customer", "ticket_type_ids", "valid_from", "valid_until")
    assert [made[name] for name in names] == [None] * 7


def test_a_code_that_unlocks_may_say_that_it_takes_nothing_off(organizer, gala):
    assert add_code(organizer, gala, kind="unlock", value=0)["value"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("code", each) for each in ("", "  ", "x" * 65, "two words", "a\u200db", 7, None)),
        *(("kind", each) for each in ("percentage", None, 1)),
        *(("value", each) for each in (0, 101, -1, 1.5, "10", True, None, 2**63)),
        *(("max_tickets", each) for each in (0, -1, 1_000_001, "7", 2**63)),
        *(("max_bookings", each) for each in (0, 1.0)),
        *(("max_per_customer", each) for each in (0, [])),
        *(
            ("ticket_type_ids", each)
            for each in ([], "x", ["x"], [None], [str(ObjectId())] * 2, [str(ObjectId())] * 51)
        ),
        ("valid_from", "2030-01-01T00:00:00"),
        ("valid_until", "soon"),
        ("enabled", "true"),
        ("used_tickets", 0),
        ("id", "ab" * 12),
    ],
)
def test_what_is_no_code_is_refused_by_its_field(organizer, codes, field, value):
    fine = {"code": "SAVE", "kind": "percent", "value": 10}
    problem = assert_problem(organizer.post(codes, fine | {field: value}), 422, "validation_failed")
    assert [name.split(".")[0] for name in problem["errors"]] == [field]


@pytest.mark.parametrize("kind", ["amount", "set_price"])
def test_amounts_go_up_to_the_highest_price_and_down_to_nothing(organizer, gala, kind):
    assert add_code(organizer, gala, "A", kind, 0)["value"] == 0
    assert add_code(organizer, gala, "B", kind, 1_000_000_000)["value"] == 1_000_000_000


def test_a_code_alike_is_taken_in_its_event_and_free_in_another(organizer, gala, codes):
    add_code(organizer, gala, "Straße")
    problem = assert_problem(organizer.post(codes, {"code": "STRASSE", "kind": "unlock"}), 409, "code_taken")
    assert problem["taken"] == "STRASSE"
    assert "index" not in problem
    add_code(organizer, priced_event(organizer), "STRASSE")


def test_an_event_has_so_many_codes_and_no_more(organizer, gala, codes, monkeypatch):
    monkeypatch.setattr(rules, "MOST_CODES", 2)
    add_code(organizer, gala, "A")
    two = {"codes": [{"code": each, "kind": "unlock"} for each in "BC"]}
    assert_problem(organizer.post(f"{codes}/bulk", two), 409, "too_many_codes")
    add_code(organizer, gala, "B")
    assert_problem(organizer.post(codes, {"code": "C", "kind": "unlock"}), 409, "too_many_codes")


def test_codes_are_listed_page_by_page_by_time_and_by_code(organizer, gala, codes, clock):
    for code in ("beta", "Alpha", "gamma", "ALPINE"):
        clock.advance(seconds=1)
        add_code(organizer, gala, code)

    def listed(**query):
        query, found, cursor = {"limit": 3, **query}, [], None
        while True:
            page = organizer.get(codes, query_string=query | ({"cursor": cursor} if cursor else {})).json
            found += [each["code"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    assert listed() == ["ALPINE", "gamma", "Alpha", "beta"]
    assert listed(sort="created_at") == ["beta", "Alpha", "gamma", "ALPINE"]
    assert listed(sort="code") == ["Alpha", "ALPINE", "beta", "gamma"]
    assert listed(sort="-code", q="aLp") == ["ALPINE", "Alpha"]
    assert listed(q=".*") == []
    assert listed(q="") == listed()


def test_a_code_is_changed_field_by_field_and_a_null_ends_a_limit(organizer, gala, codes):
    made = add_code(organizer, gala, max_tickets=5, max_per_customer=2)
    path = f"{codes}/{made['id']}"
    changed = organizer.patch(path, {"max_tickets": None, "kind": "set_price", "value": 0, "code": "Free"})
    assert changed.status_code == 200
    assert changed.json["updated_at"] >= made["updated_at"]
    same = made | {"max_tickets": None, "kind": "set_price", "value": 0, "code": "Free"}
    assert changed.json == same | {"updated_at": changed.json["updated_at"]}
    assert organizer.get(path).json == changed.json


def test_a_change_is_refused_if_it_does_not_suit_the_rest_of_the_code(organizer, gala, codes):
    add_code(organizer, gala, "TAKEN")
    path = f"{codes}/{add_code(organizer, gala, valid_from='2030-06-01T00:00:00Z')['id']}"
    for changes, field in (
        ({"kind": "unlock"}, "value"),
        ({"value": None}, "value"),
        ({"value": 101}, "value"),
        ({"valid_until": "2030-06-01T00:00:00Z"}, "valid_until"),
        ({"ticket_type_ids": [str(ObjectId())]}, "ticket_type_ids.0"),
    ):
        assert list(assert_problem(organizer.patch(path, changes), 422, "validation_failed")["errors"]) == [field]
    assert_problem(organizer.patch(path, {"code": "taken"}), 409, "code_taken")
    assert organizer.patch(path, {"code": "save"}).json["code"] == "save"  # its own in another spelling


def test_an_edit_of_a_stale_version_is_refused(organizer, gala, codes):
    path = f"{codes}/{add_code(organizer, gala)['id']}"
    tag = organizer.get(path).headers["ETag"]
    assert organizer.patch(path, {"value": 20}, headers={"If-Match": tag}).status_code == 200
    assert_problem(organizer.patch(path, {"value": 30}, headers={"If-Match": tag}), 412, "precondition_failed")
    assert organizer.get(path).json["value"] == 20
    assert organizer.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_deleted_code_is_gone_and_its_name_is_free(organizer, gala, codes):
    path = f"{codes}/{add_code(organizer, gala)['id']}"
    assert organizer.delete(path).status_code == 204
    for answer in (organizer.get(path), organizer.delete(path), organizer.patch(path, {"value": 5})):
        assert_problem(answer, 404, "code_not_found")
    add_code(organizer, gala)


def test_a_code_is_found_in_its_own_event_alone(organizer, gala):
    made = add_code(organizer, gala)
    path = f"/events/{priced_event(organizer)['id']}/codes/{made['id']}"
    for answer in (organizer.get(path), organizer.delete(path), organizer.patch(path, {"value": 5})):
        assert_problem(answer, 404, "code_not_found")


def test_the_codes_of_a_deleted_event_are_deleted(app, organizer, gala):
    add_code(organizer, gala)
    other = add_code(organizer, priced_event(organizer))
    assert organizer.delete(f"/events/{gala['id']}").status_code == 204
    assert [str(each["_id"]) for each in services_of(app)[CodeStore].collection.find()] == [other["id"]]
