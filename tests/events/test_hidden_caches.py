"""No cache shows what is hidden: tags, kept bodies and headers of an event with hidden ticket types."""

import pytest

from booking_api.http.kept_bodies import KeptBodies
from booking_api.http.services import services_of

from ..builders import make_event
from .hidden_types import DEAR, OPEN, PRESS, VIP, edit_types, names, unlock_all, with_types

CODE = {"code": "friends"}


@pytest.fixture
def made(organizer):
    """An event with hidden types, as its organizer sees it."""
    return with_types(organizer, OPEN, VIP, PRESS)


@pytest.fixture
def path(made):
    """Where it is."""
    return f"/events/{made['id']}"


@pytest.fixture
def kept(app):
    """The bodies that the app keeps."""
    return services_of(app)[KeptBodies]._kept


def headers(response):
    """What caches go by."""
    return response.headers.get("Vary"), response.headers.get("Cache-Control")


def test_each_view_of_an_event_has_a_tag_of_its_own(app, client, organizer, made, path):
    unlock_all(app, "VIP")
    public, own, unlocked = client.get(path), organizer.get(path), client.get(path, query_string=CODE)
    assert len({response.headers["ETag"] for response in (public, own, unlocked)}) == 3
    for response in (own, unlocked):
        again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, names(again.json)) == (200, ["Open"])
    assert client.get(path, headers={"If-None-Match": public.headers["ETag"]}).status_code == 304
    assert organizer.get(path, headers={"If-None-Match": public.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("description", [{}, {"Accept": "application/ld+json"}])
def test_only_what_everybody_sees_is_kept(app, client, organizer, customer, made, path, kept, description):
    unlock_all(app, "VIP")
    organizer.call("PUT", f"{path}/staff", {"email": customer.user["email"], "role": "scanner"})
    for api, query in ((organizer, {}), (customer, {}), (client, CODE)):
        assert "VIP" in api.get(path, query_string=query, headers=description).text
    assert not kept
    assert all("VIP" not in client.get(path, headers=description).text for _ in range(2))
    assert not any(b"VIP" in body for _tag, body in kept.values())
    assert "VIP" in organizer.get(path, headers=description).text


def test_caches_are_told_that_the_answer_depends_on_who_asks(app, client, organizer, made, path):
    unlock_all(app, "VIP")
    assert headers(client.get(path)) == ("Accept, Authorization", None)
    assert headers(organizer.get(path)) == ("Accept, Authorization", "no-store")
    assert headers(client.get(path, query_string=CODE)) == ("Accept, Authorization", "private, no-store")
    linked = {"Accept": "application/ld+json"}
    assert headers(client.get(path, headers=linked)) == ("Accept, Authorization", None)
    assert headers(organizer.get(path, headers=linked)) == ("Accept, Authorization", "no-store")


def test_an_answer_for_a_code_is_never_kept_even_if_nothing_is_hidden(app, client, organizer, kept):
    unlock_all(app)
    path = f"/events/{with_types(organizer, OPEN)['id']}"
    assert headers(client.get(path, query_string=CODE)) == ("Accept, Authorization", "private, no-store")
    assert not kept


def test_an_event_without_hidden_types_is_the_same_for_all(client, organizer, kept):
    for event in (make_event(organizer), with_types(organizer, OPEN, DEAR)):
        path = f"/events/{event['id']}"
        public, own = client.get(path), organizer.get(path)
        assert (public.data, public.headers["ETag"]) == (own.data, own.headers["ETag"])
        assert headers(public) == ("Accept", None) and own.headers["Vary"] == "Accept"
    assert len(kept) == 2


def test_the_tag_of_a_write_is_that_with_which_its_organizer_reads_it(organizer, made, path):
    written = organizer.patch(path, {"venue": "Attic"})
    read = organizer.get(path)
    assert (written.headers["ETag"], written.data) == (read.headers["ETag"], read.data)


def test_hiding_a_type_takes_it_from_the_next_answer(client, organizer, path, made):
    event = edit_types(organizer, made, {}, {"hidden": False}, {})
    assert names(client.get(path).json) == names(client.get("/events").json["items"][0]) == ["Open", "VIP"]
    edit_types(organizer, event, {}, {"hidden": True}, {})
    assert names(client.get(path).json) == names(client.get("/events").json["items"][0]) == ["Open"]
