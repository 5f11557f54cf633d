"""A notice to many bookers on the real server: in batches, over crashes, and to nobody twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.jobs.runner import JobRunner
from booking_api.notifications import service as notifications

from ..apps import run_jobs
from ..pids import eventually
from .conftest import BATCH, GUESTS
from .power_cuts import PowerCut, go_on


def change(guests):
    organizer, event, _emails = guests
    assert organizer.patch(f"/events/{event['id']}", {"title": "Blues night"}).status_code == 200


def told(outgoing):
    return Counter(message.to for message in outgoing.messages if message.template == "event_changed")


def test_every_booker_is_told_once_in_batches(real_app, guests, outgoing, monkeypatch):
    batches = []
    record = Outbox.record

    def count(self, unit, fact, payloads, **options):
        if fact == notifications.NOTICE_OWED:
            batches.append(len(payloads))
        record(self, unit, fact, payloads, **options)

    monkeypatch.setattr(Outbox, "record", count)
    change(guests)
    run_jobs(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)
    assert max(batches) <= BATCH and len(batches) > GUESTS // BATCH


@pytest.mark.parametrize("batches_before", [0, 1, 2])
def test_a_fan_out_cut_short_within_a_batch_is_resumed_and_repeats_to_nobody(
    real_app, guests, outgoing, monkeypatch, batches_before
):
    record, seen = Outbox.record, []

    def cut(self, unit, fact, payloads, **options):
        record(self, unit, fact, payloads, **options)
        seen.append(fact)
        if seen.count(notifications.NOTICE_OWED) == batches_before + 1:
            raise PowerCut

    change(guests)
    monkeypatch.setattr(Outbox, "record", cut)
    with pytest.raises(PowerCut):
        run_jobs(real_app)
    monkeypatch.setattr(Outbox, "record", record)
    go_on(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


@pytest.mark.parametrize("jobs_before", range(4))
def test_a_fan_out_cut_short_after_its_commit_is_resumed_and_repeats_to_nobody(
    real_app, guests, outgoing, monkeypatch, jobs_before
):
    complete, fan_outs = Outbox.complete, []

    def cut(self, jobs):
        fan_outs.extend(job for job in jobs if job["kind"] == notifications.FAN_OUT)
        if len(fan_outs) > jobs_before:
            raise PowerCut
        complete(self, jobs)

    change(guests)
    monkeypatch.setattr(Outbox, "complete", cut)
    with pytest.raises(PowerCut):
        run_jobs(real_app)
    monkeypatch.setattr(Outbox, "complete", complete)
    go_on(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_one_fan_out_run_by_many_at_once_tells_each_booker_once(real_app, guests, outbox, outgoing):
    change(guests)
    (announce,) = outbox.collection.find({"kind": notifications.ANNOUNCE_CHANGE, "state": "pending"})
    services_of(real_app)[JobRunner].run([announce["_id"]])
    (fan_out,) = outbox.collection.find({"kind": notifications.FAN_OUT, "state": "pending"})
    copies = [fan_out | {"_id": ObjectId()} for _ in range(5)]
    outbox.collection.insert_many(copies)
    jobs = services_of(real_app)[JobRunner]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda row: jobs.run([row["_id"]]), [fan_out, *copies]))
    go_on(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_one_change_announced_by_many_at_once_is_one_notice(real_app, guests, outbox, outgoing):
    change(guests)
    (announce,) = outbox.collection.find({"kind": notifications.ANNOUNCE_CHANGE, "state": "pending"})
    copies = [announce | {"_id": ObjectId()} for _ in range(5)]
    outbox.collection.insert_many(copies)
    jobs = services_of(real_app)[JobRunner]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda row: jobs.run([row["_id"]]), [announce, *copies]))
    go_on(real_app)
    assert told(outgoing) == dict.fromkeys(guests[2], 1)


def test_a_running_service_tells_every_booker_at_once(real_app, guests, rare_sweeps, outgoing):
    services_of(real_app)[JobRunner].start()
    change(guests)
    eventually(lambda: len(outgoing.messages) >= GUESTS, "every booker is told")
    assert told(outgoing) == dict.fromkeys(guests[2], 1)
