"""Fields hold the contract's conventions against careless and hostile values."""

import pytest
from bson import ObjectId
from marshmallow import ValidationError

from booking_api.http.fields import (
    Flag,
    Id,
    JsonFlag,
    QueryInteger,
    QueryTimestamp,
    Text,
    Timestamp,
    Whole,
)

from ..asserting import assert_problem
from ..builders import event_fields, make_event


def refuses(field, value):
    """Whether the field refuses this value, and says why."""
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(value)
    return bool(refusal.value.messages)


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("2031-06-01T20:00:00Z", "2031-06-01T20:00:00Z"),
        ("2031-06-01t20:00:00z", "2031-06-01T20:00:00Z"),
        ("2031-06-01T20:00:00+02:00", "2031-06-01T18:00:00Z"),
        ("2031-06-01T20:00:00-00:00", "2031-06-01T20:00:00Z"),
        ("2031-12-31T23:30:00-01:30", "2032-01-01T01:00:00Z"),
        ("2031-06-01T20:00:00.5Z", "2031-06-01T20:00:00.500Z"),
        ("2031-06-01T20:00:00.123456789Z", "2031-06-01T20:00:00.123Z"),
        ("2031-06-01T20:00:00.0004Z", "2031-06-01T20:00:00Z"),
        ("2032-02-29T00:00:00Z", "2032-02-29T00:00:00Z"),
        ("8999-12-31T00:00:00Z", "8999-12-31T00:00:00Z"),
    ],
)
def test_a_time_comes_out_in_utc(as_role, given, answered):
    assert make_event(as_role("organizer"), date=given)["date"] == answered


@pytest.mark.parametrize(
    "value",
    [
        "2031-06-01T20:00:00",
        "2031-06-01",
        "2031-06-01 20:00:00Z",
        "20310601T200000Z",
        "2031-06-01T20:00Z",
        "2031-06-01T20:00:00+02",
        "2031-06-01T20:00:00+99:99",
        "2031-02-30T20:00:00Z",
        "2031-13-01T20:00:00Z",
        "2031-06-01T25:00:00Z",
        "2031-06-01T20:00:00Z\n",
        "2031-06-01T20:00:00\x00Z",
        "２０３１-06-01T20:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "10000-01-01T00:00:00Z",
        "-2031-06-01T20:00:00Z",
        "now",
        "",
        1_938_110_400,
        1.5,
        True,
        None,
        ["2031-06-01T20:00:00Z"],
        {"$date": 0},
    ],
)
def test_what_is_no_time_with_an_offset_is_refused(as_role, value):
    response = as_role("organizer").post("/events", event_fields(date=value))
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {"date"}


@pytest.mark.parametrize("control", ["\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize("field", ["title", "description", "venue"])
def test_control_characters_are_refused(as_role, field, control):
    response = as_role("organizer").post("/events", event_fields(**{field: f"a{control}b"}))
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {field}


@pytest.mark.parametrize("field", ["title", "description", "venue", "timezone", "currency", "status"])
@pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, ["x"], 1, 1.5, True])
def test_what_is_no_string_is_no_text(as_role, field, value):
    response = as_role("organizer").post("/events", event_fields(**{field: value}))
    assert assert_problem(response, 422, "validation_failed")["errors"].keys() == {field}


@pytest.mark.parametrize("name", ["$where", "title.x", "", "__proto__", "_id", "\x00", "announced", "version"])
def test_a_field_of_any_unknown_name_is_refused(as_role, name):
    response = as_role("organizer").post("/events", event_fields(**{name: 1}))
    problem = assert_problem(response, 422, "validation_failed")
    assert list(problem["errors"].values()) == [["Unknown field."]]


@pytest.mark.parametrize(
    "text",
    ["$where", "a.b", "<script>alert(1)</script>", "{{7*7}}", "'; DROP", "🎷" * 200, "\u202eright to left", "%s %(x)s"],
)
def test_text_that_is_only_strange_comes_back_as_it_was(as_role, text):
    organizer = as_role("organizer")
    event = make_event(organizer, title=text, description=text)
    assert organizer.get(f"/events/{event['id']}").json | {"title": text, "description": text} == event


def test_text_loses_the_space_around_it_but_not_a_password_its_own():
    assert Text(most=10).deserialize("  a b ") == "a b"
    assert Text(most=10, strip=False).deserialize(" a ") == " a "
    assert Text(most=3).deserialize("  abc  ") == "abc"


def test_text_of_several_lines_must_be_allowed():
    assert Text(most=10, multiline=True).deserialize("a\n\tb") == "a\n\tb"
    assert refuses(Text(most=10), "a\nb")


@pytest.mark.parametrize("value", [0, -1, 1.5, 1.0, "1", "١", True, False, 10**20, 2**63, 11, None, [], {"$gt": 0}])
def test_what_is_no_whole_number_within_bounds_is_refused(value):
    assert refuses(Whole(1, 10, required=True), value)


def test_a_whole_number_may_be_either_bound():
    assert [Whole(1, 10).deserialize(value) for value in (1, 10)] == [1, 10]


@pytest.mark.parametrize("value", ["", "x", "1.0", "1e3", "١", " 7 ", "+7", "0x7", "9" * 19, "7\n"])
def test_a_number_in_a_query_is_ascii_digits(value):
    assert QueryInteger().deserialize("7") == 7
    assert QueryInteger().deserialize("-7") == -7
    assert refuses(QueryInteger(), value)


@pytest.mark.parametrize("value", ["", "0" * 23, "0" * 25, "A" * 24, "g" * 24, "٠" * 24, "0" * 24 + "\n", 0, None, {}])
def test_what_cannot_be_an_id_is_refused(value):
    assert refuses(Id(required=True), value)


def test_an_id_is_24_lower_case_hexadecimal_digits():
    given = "0123456789abcdef01234567"
    assert Id().deserialize(given) == ObjectId(given)
    assert Id().serialize("id", {"id": ObjectId(given)}) == given


def test_a_flag_of_a_query_is_true_or_false():
    assert Flag().deserialize("true") is True
    assert Flag().deserialize("false") is False


@pytest.mark.parametrize("value", ["yes", "1", "on", "True", "", " true", None, [], {}])
def test_what_is_neither_true_nor_false_is_no_flag(value):
    assert refuses(Flag(required=True), value)


def test_a_flag_of_a_body_is_true_or_false():
    assert JsonFlag().deserialize(True) is True
    assert JsonFlag().deserialize(False) is False


@pytest.mark.parametrize("value", ["true", "false", "", 1, 0, 1.0, None, [], {}])
def test_what_is_like_true_or_false_is_no_flag_of_a_body(value):
    assert refuses(JsonFlag(required=True), value)


def test_a_time_that_is_not_set_is_null():
    assert Timestamp().serialize("at", {"at": None}) is None


@pytest.mark.parametrize("value", ["2031-06-01T20:00:00 02:00", "2031-06-01t20:00:00.123 14:00"])
def test_a_time_in_a_query_that_lost_its_plus_is_told_how_to_write_it(value):
    with pytest.raises(ValidationError, match="%2B"):
        QueryTimestamp().deserialize(value)
    with pytest.raises(ValidationError) as refusal:
        Timestamp().deserialize(value)  # in a body a plus needs no escape
    assert "%2B" not in str(refusal.value)


@pytest.mark.parametrize("value", ["2031-06-01 20:00:00Z", " ", "2031-06-01T20:00:00 2:00", "tomorrow 02:00", "2031"])
def test_any_other_time_in_a_query_is_refused_as_everywhere(value):
    with pytest.raises(ValidationError, match="Must be an RFC 3339 time"):
        QueryTimestamp().deserialize(value)
    assert QueryTimestamp().deserialize("2031-06-01T20:00:00+02:00").hour == 18
