"""Renamings of organizers that race with each other and with the making of events, on the real server."""

import threading

import pytest
from bson import ObjectId

from booking_api.accounts.service import AccountService
from booking_api.accounts.store import UserStore
from booking_api.events import organizers
from booking_api.events.organizers import Organizers
from booking_api.events.store import EventStore
from booking_api.http.services import services_of

from ..apps import run_jobs
from ..builders import make_event
from ..pids import CALM_SECONDS


@pytest.fixture
def olga(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer", name="Olga")


@pytest.fixture
def rename(real_app, olga):
    """Renames her, as the API does."""
    return lambda name: services_of(real_app)[AccountService].update(ObjectId(olga.user["id"]), {"name": name})


@pytest.fixture
def renew(real_app, olga):
    """Gives her events her present name, as the job does; returns how many had another."""
    return lambda: services_of(real_app)[Organizers].renew(ObjectId(olga.user["id"]))


@pytest.fixture
def names(database):
    """The names that events keep."""
    return lambda: {event.get("organizer_name") for event in database["events"].find()}


@pytest.fixture
def at_first_copy(real_app, monkeypatch):
    """Does something before, or after, the first transaction from now on copies a name."""
    copier = services_of(real_app)[Organizers]._names
    copy, copied = copier.copy, []

    def choose(*, before=None, after=None):
        def hooked(*args):
            first = not copied
            copied.append(1)
            if first and before:
                before()
            name = copy(*args)
            if first and after:
                after()
            return name

        monkeypatch.setattr(copier, "copy", hooked)

    return choose


@pytest.fixture
def meanwhile(real_app, monkeypatch):
    """Starts a renaming in another thread, and goes on when it is over or has collided once; ends it after the test."""
    users, threads = services_of(real_app)[UserStore], []
    update, tries = users.update, threading.Semaphore(0)

    def counted(*args):
        tries.release()
        return update(*args)

    def start(work):
        def run():
            try:
                work()
            finally:
                tries.release()

        monkeypatch.setattr(users, "update", counted)
        threads.append(threading.Thread(target=run))
        threads[0].start()
        for _ in range(2):
            assert tries.acquire(timeout=CALM_SECONDS)

    yield start, lambda: threads[0].join(CALM_SECONDS)
    threads[0].join(CALM_SECONDS)


def test_an_event_made_while_its_organizer_is_renamed_has_the_new_name(
    real_app, olga, rename, names, at_first_copy, meanwhile
):
    start, finish = meanwhile
    at_first_copy(after=lambda: start(lambda: (rename("Grace"), run_jobs(real_app))))
    make_event(olga)
    finish()
    assert names() == {"Grace"}


def test_an_event_begun_before_a_renaming_and_stored_after_it_has_the_new_name(
    real_app, olga, rename, names, at_first_copy
):
    at_first_copy(before=lambda: (rename("Grace"), run_jobs(real_app)))
    assert make_event(olga)["organizer"]["name"] == "Grace"
    assert names() == {"Grace"}


@pytest.mark.parametrize("last", ["Hedy", "Olga"])  # the latter is the name that events have before any job
def test_the_last_of_two_renamings_holds_even_if_their_jobs_overlap(
    olga, rename, renew, names, at_first_copy, meanwhile, last
):
    for _ in range(3):
        make_event(olga)
    rename("Grace")
    start, finish = meanwhile
    at_first_copy(after=lambda: start(lambda: (rename(last), renew())))
    renew()
    finish()
    assert names() == {last}


def test_a_renaming_goes_in_batches_and_on_after_a_crash(database, real_app, olga, rename, renew, names, monkeypatch):
    monkeypatch.setattr(organizers, "FOUND", 4)
    monkeypatch.setattr(organizers, "BATCH", 2)
    for _ in range(7):
        make_event(olga)
    rename("Grace")
    store, sizes = services_of(real_app)[EventStore], []
    write = store.name_organizer

    def crash(ids, *args):
        sizes.append(len(ids))
        if len(sizes) == 2:
            raise KeyboardInterrupt
        return write(ids, *args)

    monkeypatch.setattr(store, "name_organizer", crash)
    with pytest.raises(KeyboardInterrupt):
        renew()
    assert names() == {"Grace", "Olga"}
    assert renew() == 5
    assert sizes == [2, 2, 2, 2, 1]
    assert {(event["organizer_name"], event["revision"]) for event in database["events"].find()} == {("Grace", 2)}


def test_many_renamings_of_one_account_owe_one_job(olga, rename, database):
    for number in range(3):
        rename(f"Olga {number}")
    assert database["outbox"].count_documents({"kind": organizers.RENAME}) == 1


def test_events_that_one_organizer_makes_at_the_same_time_are_all_made(database, olga):
    threads = [threading.Thread(target=make_event, args=[olga]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(CALM_SECONDS)
    assert database["events"].count_documents({"organizer_name": "Olga"}) == 6
