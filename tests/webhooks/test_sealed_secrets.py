"""Secrets at rest: opened by the server's secret alone, for their own webhook, and after the server's was changed."""

import mongomock
import pytest
from bson import ObjectId

from booking_api.webhooks.postman import Postman
from booking_api.webhooks.sealed_secrets import SecretLost, SecretSealer
from booking_api.webhooks.signing_keys import SigningKeys
from booking_api.webhooks.store import WebhookStore

from ..fakes import Receiving

WEBHOOK = ObjectId()
NEW, OLD = "n" * 32, "o" * 32


def test_a_secret_is_opened_with_the_secret_of_the_server():
    sealed = SecretSealer([OLD]).seal(WEBHOOK, "whsec_x")
    assert b"whsec" not in sealed
    assert SecretSealer([OLD]).open(WEBHOOK, sealed) == ("whsec_x", False)
    assert SecretSealer([OLD]).seal(WEBHOOK, "whsec_x") != sealed


def test_the_previous_secret_of_the_server_opens_it_too_and_says_so():
    assert SecretSealer([NEW, OLD]).open(WEBHOOK, SecretSealer([OLD]).seal(WEBHOOK, "whsec_x")) == ("whsec_x", True)


@pytest.mark.parametrize(("server", "webhook"), [(NEW, WEBHOOK), (OLD, ObjectId())])
def test_another_server_or_webhook_does_not_open_it(server, webhook):
    with pytest.raises(SecretLost):
        SecretSealer([server]).open(webhook, SecretSealer([OLD]).seal(WEBHOOK, "whsec_x"))


@pytest.fixture
def kept():
    """A webhook with a secret that was sealed under the old secret of the server, and where it is kept."""
    store = WebhookStore(mongomock.MongoClient(tz_aware=True)["booking"]["webhooks"])
    secret = {"sealed": SecretSealer([OLD]).seal(WEBHOOK, "whsec_x"), "expires_at": None}
    store.collection.insert_one({"_id": WEBHOOK, "secrets": [secret]})
    return store


def keys(store, clock, *server_secrets):
    """The keys as a server with these secrets has them."""
    return SigningKeys(Receiving(), SecretSealer(server_secrets), store, clock)


def test_secrets_are_sealed_again_when_the_servers_has_changed(kept, clock):
    assert keys(kept, clock, NEW, OLD).live(kept.find(WEBHOOK)) == ["whsec_x"]
    assert keys(kept, clock, NEW).live(kept.find(WEBHOOK)) == ["whsec_x"]  # the old one is no longer needed


def test_a_secret_that_nobody_can_read_signs_nothing_and_is_not_lost(kept, clock):
    before = kept.find(WEBHOOK)
    assert keys(kept, clock, NEW).live(before) == []
    assert keys(kept, clock, NEW).newest(before) is None
    assert kept.find(WEBHOOK) == before


def test_what_cannot_be_signed_is_not_sent_and_says_what_to_do(clock):
    receiving = Receiving()
    attempt, answer = Postman(receiving.receivers, clock).post("https://example.com/", [], {})
    assert receiving.posts == [] and not answer.accepted and not answer.timed_out
    assert attempt["status"] is None and "/secret" in attempt["error"]
