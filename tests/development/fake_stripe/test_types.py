"""The fake's answers are what Stripe's own library says that they are: each field known, none missing, of its type."""

import json
import types
import typing

import pytest
import stripe

CARDS = ["pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_fake_processing", "pm_card_authenticationRequired"]


def annotations_of(cls):
    """The fields of a class of the library."""
    fields = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, stripe.StripeObject) and base is not stripe.StripeObject:
            fields |= base.__annotations__
    return {name: kind for name, kind in fields.items() if typing.get_origin(kind) is not typing.ClassVar}


def faults_in(value, kind, path):
    """What is wrong with a value of an annotated type."""
    if isinstance(kind, typing.ForwardRef):
        kind = getattr(stripe, kind.__forward_arg__, None)
    if kind is None:  # an alias inside the library, of what the fake never shows
        return [f"{path}: {value!r} is none of that"]
    if kind is typing.Any or isinstance(kind, typing.TypeVar):
        return []
    if typing.get_origin(kind) is not None:
        return faults_in_generic(value, kind, path)
    if issubclass(kind, stripe.StripeObject) and "Untyped" not in kind.__name__:
        return list(faults_of(value, kind, path))
    wanted = dict if issubclass(kind, stripe.StripeObject) else kind
    fits = isinstance(value, wanted) and not (kind is int and isinstance(value, bool))
    return [] if fits else [f"{path}: {value!r} is no {wanted.__name__}"]


def faults_in_generic(value, kind, path):
    """What is wrong with a value of a type that is made of others."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        found = [faults_in(value, one, path) for one in inner]
        return [] if [] in found else max(found, key=len)
    if origin is typing.Literal:
        return [] if value in inner else [f"{path}: {value!r} is none of {inner}"]
    wanted = list if origin is list else dict
    if not isinstance(value, wanted):
        return [f"{path}: {value!r} is no {wanted.__name__}"]
    if origin is not list:
        return []
    return [fault for number, one in enumerate(value) for fault in faults_in(one, inner[0], f"{path}[{number}]")]


def optional(kind):
    """Whether a field may be null, and so may be missing."""
    return type(None) in typing.get_args(kind)


def faults_of(document, cls, path="$"):
    """What is wrong with a document of a class of the library."""
    if not isinstance(document, dict):
        yield f"{path}: {document!r} is no {cls.__name__}"
        return
    fields = annotations_of(cls)
    for name in document.keys() - fields.keys():
        yield f"{path}.{name}: {cls.__name__} has no such field"
    for name, kind in fields.items():
        if name in document:
            yield from faults_in(document[name], kind, f"{path}.{name}")
        elif not optional(kind):
            yield f"{path}.{name}: missing"


def test_the_check_finds_what_is_wrong():
    event = {"object": "event", "id": 7, "created": True, "livemode": False, "data": {}, "type": "nothing", "more": 1}
    found = {fault.partition(":")[0] for fault in faults_of(event, stripe.Event)}
    assert found == {"$.id", "$.created", "$.data.object", "$.type", "$.more", "$.pending_webhooks"}


@pytest.mark.parametrize("card", CARDS)
def test_a_payment_intent_is_as_the_library_has_it_in_every_state(fake, made, card):
    fake.pay(made["id"], card)
    for document in (made, fake.intents.fetch(made["id"])):
        assert list(faults_of(json.loads(json.dumps(document)), stripe.PaymentIntent)) == []


def test_a_cancelled_payment_intent_too(fake, made):
    cancelled = fake.intents.cancel(made["id"], {"cancellation_reason": "abandoned"})
    assert list(faults_of(cancelled, stripe.PaymentIntent)) == []


def test_a_refund_is_as_the_library_has_it(fake, made, call):
    fake.pay(made["id"], "pm_card_pendingRefund")
    fields = {"payment_intent": made["id"], "amount": 100, "expand[]": "payment_intent", "metadata[refund_id]": "r1"}
    refund = call("POST", "/v1/refunds", **fields).json()
    assert list(faults_of(refund, stripe.Refund)) == []
    assert list(faults_of(fake.refunds.finish(refund["id"], succeeded=False), stripe.Refund)) == []
    page = call("GET", "/v1/refunds", payment_intent=made["id"]).json()
    assert page.keys() == {"object", "data", "has_more", "url"}
    assert [list(faults_of(one, stripe.Refund)) for one in page["data"]] == [[]]


def test_every_event_is_as_the_library_has_it_and_so_is_what_it_is_about(fake, made):
    classes = {"payment_intent": stripe.PaymentIntent, "refund": stripe.Refund}
    for card in ("pm_card_visa_chargeDeclined", "pm_card_fake_processing"):
        fake.pay(made["id"], card)
    fake.intents.finish(made["id"], succeeded=True)
    refund = fake.refunds.create({"payment_intent": made["id"]})
    fake.refunds.finish(refund["id"], succeeded=False)
    events = fake.events.all()
    assert [event["type"] for event in events] == [
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    ]
    for event in events:
        subject = event["data"]["object"]
        assert list(faults_of(event, stripe.Event)) == []
        assert list(faults_of(subject, classes[subject["object"]])) == []


@pytest.mark.parametrize(
    ("method", "path", "fields", "status"),
    [
        ("POST", "/confirm", {"payment_method": "pm_card_visa_chargeDeclined"}, 402),
        ("POST", "/confirm", {}, 400),
        ("POST", "/confirm", {"payment_method": "pm_nowhere"}, 400),
        ("POST", "/cancel", {"cancellation_reason": "none"}, 400),
        ("GET", "x", {}, 404),
        ("POST", "/nowhere", {}, 404),
    ],
)
def test_every_error_is_as_the_library_has_it(made, call, method, path, fields, status):
    answer = call(method, f"/v1/payment_intents/{made['id']}{path}", **fields)
    assert answer.status_code == status
    assert list(faults_of(answer.json()["error"], stripe.ErrorObject)) == []
