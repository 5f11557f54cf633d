"""Whatever a caller puts into a cursor, a key, a time, an id or a condition is read or refused, never a failure."""

import base64
import string
from datetime import UTC, datetime
from urllib.parse import quote

import bson
import bson.json_util
import pytest
from bson import ObjectId
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from booking_api.errors import ValidationFailed
from booking_api.http.fields import FIRST_TIME, LAST_TIME, Id, QueryInteger, Text, Timestamp
from booking_api.http.pagination import answer, position
from booking_api.storage.sort import Page, Position, Sort

from ..api import Api
from ..builders import event_fields, make_event

modest = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DATE = Sort("date")
TITLE = Sort("title", descending=True)
milliseconds = st.datetimes(
    FIRST_TIME.replace(tzinfo=None), LAST_TIME.replace(tzinfo=None), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
ids = st.binary(min_size=12, max_size=12).map(ObjectId)
latin = st.characters(codec="latin-1", exclude_characters="\r\n\x00")
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary(), ids, milliseconds
)
names = st.text(max_size=8).filter(lambda name: "\x00" not in name)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.sampled_from(["$ref", "$id", "$db"]), inner),
    max_leaves=6,
)


def encode(raw):
    """Bytes as a cursor carries them."""
    return base64.urlsafe_b64encode(raw).decode()


def read_or_refused(cursor, order=DATE):
    """Where a cursor points; None if it is refused."""
    try:
        return position(cursor, order)
    except ValidationFailed:
        return None


@modest
@given(st.sampled_from([DATE, TITLE]), milliseconds | st.text(max_size=300) | ids, ids)
def test_a_cursor_that_was_handed_out_points_to_where_it_was(order, value, last):
    page = answer(Page([], Position(value, last)), order)
    assert position(page["next_cursor"], order) == Position(value, last)


@modest
@given(st.text(max_size=300))
def test_any_text_is_no_cursor(text):
    assert text == "" or read_or_refused(text) is None


@settings(modest, max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_cursor(raw):
    assert read_or_refused(encode(raw)) is None


@settings(modest, max_examples=150)
@given(st.sampled_from(["date", "title", "$where"]) | values, st.booleans() | values, values, values)
def test_a_forged_cursor_points_to_a_plain_value_or_is_refused(field, descending, value, last):
    found = read_or_refused(encode(bson.encode({"f": field, "d": descending, "v": value, "i": last})))
    assert found is None or (isinstance(found.value, datetime | str | ObjectId) and isinstance(found.id, ObjectId))


@settings(modest, max_examples=150)
@given(st.data())
def test_a_damaged_cursor_points_somewhere_or_is_refused(data):
    raw = bytearray(bson.encode({"f": "date", "d": False, "v": datetime(2031, 1, 1, tzinfo=UTC), "i": ObjectId()}))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = read_or_refused(encode(bytes(raw)))
    assert found is None or isinstance(found.value, datetime | str | ObjectId)


@modest
@given(st.datetimes(), st.integers(-86_000, 86_000))
@example(datetime.min, 86_000)
@example(datetime.max, -86_000)
def test_a_time_is_read_to_the_millisecond_or_refused(moment, offset):
    sign, minutes = "-" if offset < 0 else "+", abs(offset) // 60
    given_text = f"{moment.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}"
    try:
        read = Timestamp().deserialize(given_text)
    except ValidationError:
        return
    assert FIRST_TIME <= read <= LAST_TIME
    assert bson.decode(bson.encode({"t": read}))["t"] == read.replace(tzinfo=None)
    assert Timestamp().deserialize(Timestamp().serialize("t", {"t": read})) == read


@settings(modest, max_examples=200)
@given(
    st.text(alphabet="0123456789-+:.TtZz ١０", max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")
)
def test_what_looks_like_a_time_is_read_or_refused(text):
    try:
        assert FIRST_TIME <= Timestamp().deserialize(text) <= LAST_TIME
    except ValidationError as refusal:
        assert refusal.messages


@modest
@given(st.text(max_size=30) | st.text(string.hexdigits, min_size=22, max_size=26) | st.integers() | st.none())
def test_an_id_is_24_lower_case_digits_and_nothing_else(value):
    try:
        assert str(Id(required=True).deserialize(value)) == value
    except ValidationError:
        assert not (isinstance(value, str) and len(value) == 24 and set(value) <= set("0123456789abcdef"))


@modest
@given(st.text(max_size=30) | st.integers().map(str))
def test_a_number_of_a_query_fits_into_64_bits_or_is_refused(text):
    try:
        assert abs(QueryInteger().deserialize(text)) < 2**63
    except ValidationError as refusal:
        assert refusal.messages


@modest
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_text_within_its_bounds_can_be_kept_and_printed_on_one_line(text):
    try:
        read = Text(least=1, most=20).deserialize(text)
    except ValidationError:
        return
    assert len(text) >= 1 and len(read) <= 20
    assert bson.decode(bson.encode({"t": read})) == {"t": read}
    assert not set(read) & {"\n", "\r", "\x00", "\x1b", "\x85"}


@modest
@given(st.text(latin, max_size=300))
def test_any_idempotency_key_is_taken_or_refused(as_role, key):
    organizer = as_role("organizer")
    for first in (True, False):
        answered = organizer.post("/events", event_fields(), headers={"Idempotency-Key": key})
        stripped = key.strip()
        usable = 1 <= len(stripped) <= 255 and all("!" <= character <= "~" for character in stripped)
        assert answered.status_code == (201 if usable else 422), answered.json
        assert ("Idempotent-Replayed" in answered.headers) is (usable and not first)


conditions = st.text(latin, max_size=100) | st.text('W/"*, 0123456789abcdef.', max_size=60)


@pytest.fixture
def organizer(as_role):
    """Somebody with an event."""
    made = as_role("organizer")
    made.event = make_event(made)
    return made


@settings(modest, max_examples=150)
@given(conditions)
@example("*")
@example('"1.' + "9" * 5000 + '"')
@example('"99999999999999999999.0123456789abcdef"')
@example('W/"')
@example('","')
def test_any_condition_is_met_or_not(organizer, condition):
    path = f"/events/{organizer.event['id']}"
    for name, outcomes in (("If-Match", {200, 412}), ("If-None-Match", {200})):
        assert organizer.patch(path, {"venue": "x"}, headers={name: condition}).status_code in outcomes
    assert organizer.get(path, headers={"If-None-Match": condition}).status_code in (200, 304)


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10), st.lists)


def unsigned(header, payload):
    """A token as anybody can make one."""
    parts = (part if isinstance(part, bytes) else bson.json_util.dumps(part).encode() for part in (header, payload))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "AA"])


@settings(modest, max_examples=50)
@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jku", "x5u"]), json_values), json_values)
@example({"alg": "HS256", "kid": ["x"]}, {})
@example(b"[" * 5000, {})
@example(b'{"alg": "HS256", "x": ' + b"[" * 2900 + b"]" * 2900 + b"}", {})
@example({"alg": "HS256"}, b'{"x": ' + b"[" * 2900 + b"]" * 2900 + b"}")
@example({"alg": "HS256"}, b'{"exp": ' + b"9" * 5000 + b"}")
@example(b'{"alg": "HS256", "kid": "\\ud800"}', b'{"sub": "\\ud800"}')
def test_a_token_of_any_content_is_refused(app, header, payload):
    for path in ("/users/me", f"/events/{'0' * 24}"):
        assert Api(app.test_client(), unsigned(header, payload)).get(path).status_code == 401


@modest
@given(st.text(latin, max_size=60) | st.text(latin, max_size=40).map(lambda text: f"Bearer {text}"))
def test_any_authorization_is_refused_where_a_token_is_needed(app, value):
    answered = app.test_client().get("/api/v1/users/me", headers={"Authorization": value})
    assert answered.status_code == 401
    assert answered.headers["WWW-Authenticate"] == "Bearer"


@modest
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_path_and_query_is_answered(client, text):
    query = {"q": text, "cursor": text}
    for path in (f"/api/v1/events/{quote(text)}", "/api/v1/events"):
        assert client.client.get(path, query_string=query).status_code in (200, 404, 405, 308, 422)
