"""What goes out is dumped as marshmallow would dump it: for all kinds of fields, and for all that the service shows."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from booking_api.http.dumping import Prepared
from booking_api.http.fields import Choice, Id, Representation, Timestamp, Whole

from ..apps import run_jobs
from ..builders import book, hold, make_event

TYPES = [{"name": "Seat", "price": 1000, "total": 5}, {"name": "Stand", "price": 500, "total": 5}]


class Doubled(fields.Integer):
    """A field that reads its value in a way of its own."""

    def serialize(self, attr, obj, accessor=None, **_kwargs):
        """Return twice the number."""
        return 2 * (obj.get("number") or 0)


class Shouted(fields.String):
    """A field that writes its value in a way of its own, even None."""

    def _serialize(self, value, attr, obj, **_kwargs):
        return str(value).upper()


class Part(Representation):
    """A part of a whole."""

    id = Id(attribute="_id")
    name = fields.String()


class Everything(Representation):
    """Each kind of field once."""

    text = fields.String()
    number = fields.Integer()
    digits = fields.Integer(as_string=True)
    whole = Whole(0, 10)
    flag = fields.Boolean()
    choice = Choice("Word", ["one", "two"])
    moment = Timestamp()
    raw = fields.Raw()
    renamed = fields.String(attribute="original", data_key="other")
    deep = fields.String(attribute="part.name")
    defaulted = fields.String(dump_default="as usual")
    secret = fields.String(load_only=True)
    doubled = Doubled()
    shouted = Shouted()
    part = fields.Nested(Part)
    short = fields.Nested(Part, only=("name",))
    prepared = Prepared(Part)
    parts = fields.Nested(Part, many=True)
    listed = fields.List(fields.Nested(Part))
    words = fields.List(fields.String())
    items = fields.List(fields.Integer())  # as a method of every dict is called


ASCII = st.binary(max_size=3).filter(bytes.isascii)
TEXTS = st.one_of(st.none(), st.text(max_size=5), st.integers(), st.booleans(), ASCII)
NUMBERS = st.one_of(st.none(), st.integers(), st.booleans(), st.floats(-9, 9), st.just("7"))
PARTS = st.fixed_dictionaries({"_id": st.builds(ObjectId), "name": TEXTS}, optional={"more": st.text()})
DOCUMENTS = st.fixed_dictionaries(
    {"items": st.lists(NUMBERS.filter(lambda number: number is not None), max_size=2)},
    optional={
        **dict.fromkeys(("text", "choice", "defaulted", "secret", "shouted", "original"), TEXTS),
        **dict.fromkeys(("number", "digits", "whole", "doubled"), NUMBERS),
        "flag": st.one_of(st.none(), st.booleans()),
        "moment": st.one_of(st.none(), st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC))),
        "raw": st.one_of(st.none(), st.integers(), st.text(max_size=3)),
        **dict.fromkeys(("part", "short", "prepared"), st.one_of(st.none(), PARTS)),
        **dict.fromkeys(("parts", "listed"), st.one_of(st.none(), st.lists(PARTS, max_size=2))),
        "words": st.one_of(st.none(), st.lists(TEXTS, max_size=3)),
    },
)


def by_marshmallow(schema, document, many=None):
    """What marshmallow itself makes of a document."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Representation, "dump", Schema.dump)
        return schema.dump(document, many=many)


def exactly(value):
    """The value with its types and the order of its members, which do not count where Python compares."""
    return repr(value)


@given(DOCUMENTS)
def test_every_kind_of_field_is_dumped_as_marshmallow_does_it(document):
    schema = Everything()
    assert exactly(schema.dump(document)) == exactly(by_marshmallow(schema, document))


@given(st.lists(DOCUMENTS, max_size=2))
def test_many_are_dumped_as_marshmallow_does_it(documents):
    for schema, many in ((Everything(many=True), None), (Everything(), True)):
        assert exactly(schema.dump(documents, many=many)) == exactly(by_marshmallow(schema, documents, many))


def test_what_is_no_dict_is_left_to_marshmallow():
    class Named:
        """Something with a name."""

        _id, name = ObjectId(), "Ada"

    assert Part().dump(Named())["name"] == "Ada"


def test_all_that_the_service_shows_is_dumped_as_marshmallow_does_it(app, as_role, monkeypatch):
    dumped, dump = set(), Representation.dump

    def both(schema, document, *, many=None):
        result = dump(schema, document, many=many)
        if not comparing:
            comparing.append(schema)
            assert exactly(result) == exactly(by_marshmallow(schema, document, many))
            comparing.clear()
            dumped.add(type(schema).__name__)
        return result

    comparing = []
    monkeypatch.setattr(Representation, "dump", both)
    organizer, customer = as_role("organizer"), as_role("customer")
    plain = make_event(organizer, end_date="2031-06-01T23:00:00Z", tags=["a", "b"], venue="Hall")
    typed = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    seat = {"items": [{"ticket_type_id": typed["ticket_types"][0]["id"], "quantity": 2}]}
    given_up, held = book(customer, plain), hold(customer, plain)
    assert customer.post("/bookings", {"event_id": typed["id"], **seat}).status_code == 201
    customer.post(f"/bookings/{given_up['id']}/cancel")
    customer.post(f"/bookings/{held['id']}/confirm")
    run_jobs(app)
    customer.get(f"/bookings/{held['id']}")
    organizer.patch(f"/events/{plain['id']}", {"title": "Renamed"})
    organizer.post(f"/events/{typed['id']}/cancel")
    for caller, path in (
        (customer, "/bookings"),
        (customer, "/events"),
        (customer, "/users/me"),
        (organizer, "/users/me/events"),
        (organizer, f"/events/{plain['id']}/bookings"),
        (organizer, f"/events/{typed['id']}"),
    ):
        assert caller.get(path).status_code == 200
    assert {"BookingRead", "EventRead"} <= dumped
