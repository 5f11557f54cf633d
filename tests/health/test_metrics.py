"""The numbers of the service: what was counted, what is owed, and who may see them."""

import json
import os
import re

import pytest
from prometheus_client import mmap_dict
from pymongo.errors import ServerSelectionTimeoutError

from booking_api.health import metrics as health_metrics
from booking_api.http.services import services_of
from booking_api.jobs.administration import OutboxAdministration
from booking_api.jobs.outbox import PermanentFailure
from booking_api.observability import metrics

from ..api import Api
from ..apps import mongomock_app, run_jobs
from ..asserting import assert_problem
from ..builders import book, make_event
from ..fakes import NoTransactions
from ..processes import CHECKOUT
from .scrapes import numbers, scrape

TOKEN = "a token for the tests"


@pytest.fixture(autouse=True)
def fresh_numbers(monkeypatch):
    """Have MongoDB asked at each look."""
    monkeypatch.setattr(health_metrics, "KEEP_SECONDS", 0)


def test_a_request_is_counted_by_method_route_and_status_with_its_time(as_role, client):
    event = make_event(as_role("organizer"))
    labels = {"method": "GET", "route": "/api/v1/events/<objectid:event_id>"}
    before = scrape(client)
    client.get(f"/events/{event['id']}")
    client.get("/events/" + "0" * 24)
    after = scrape(client)
    for status in ("200", "404"):
        assert after("http_requests_total", status=status, **labels) == 1 + before(
            "http_requests_total", status=status, **labels
        )
    name = "http_request_duration_seconds"
    assert after(f"{name}_count", **labels) == 2 + before(f"{name}_count", **labels)
    assert after(f"{name}_bucket", le="+Inf", **labels) == after(f"{name}_count", **labels)
    assert after(f"{name}_sum", **labels) > before(f"{name}_sum", **labels)


def test_what_callers_make_up_makes_no_new_numbers(client):
    client.client.open("/made-up-path", method="MADEUP")
    scrape(client)  # which is counted from then on
    known = numbers(client.client.get("/metrics").text).keys()
    for number in range(20):
        client.client.open(f"/made-up-{number}", method=f"MADEUP{number}")
    text = client.client.get("/metrics").text
    assert numbers(text).keys() == known
    assert "made-up" not in text.lower()


def test_bookings_are_counted_by_what_became_of_them(as_role, client):
    event = make_event(as_role("organizer"), total_tickets=3)
    customer = as_role("customer")
    before = scrape(client)
    booking = book(customer, event)
    customer.post("/bookings", {"event_id": event["id"], "quantity": 1, "hold": True})
    assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 2}), 409, "sold_out")
    customer.post(f"/bookings/{booking['id']}/cancel")
    after = scrape(client)
    for action, outcome in (("book", "confirmed"), ("book", "held"), ("book", "sold_out"), ("cancel", "cancelled")):
        labels = {"action": action, "outcome": outcome}
        assert after("bookings_settled_total", **labels) == 1 + before("bookings_settled_total", **labels), labels
    assert after("group_commit_batch_size_sum") == 4 + before("group_commit_batch_size_sum")


def test_a_booking_of_which_nobody_knows_what_became_is_counted_as_such(app, as_role, client, monkeypatch):
    event = make_event(as_role("organizer"))
    customer = as_role("customer")
    labels = {"action": "book", "outcome": "unknown"}
    before = scrape(client)

    def away(*_args, **_options):
        raise ServerSelectionTimeoutError("away")

    monkeypatch.setattr(NoTransactions, "run", away)
    assert_problem(customer.post("/bookings", {"event_id": event["id"], "quantity": 1}), 503, "service_unavailable")
    assert scrape(client)("bookings_settled_total", **labels) == 1 + before("bookings_settled_total", **labels)


def test_jobs_are_counted_and_what_is_owed_is_asked_of_the_database(app, as_role, client, clock, outgoing, monkeypatch):
    kind = "notifications.confirm_booking"
    event = make_event(as_role("organizer"))
    customer = as_role("customer")
    before = scrape(client)
    book(customer, event)
    run_jobs(app)
    with monkeypatch.context() as patch:

        def refuse(_message):
            raise PermanentFailure("There is no such mailbox.")

        patch.setattr(outgoing, "send", refuse)
        book(customer, event)
        run_jobs(app)
    book(customer, event)
    clock.advance(seconds=100)
    after = scrape(client)
    assert after("job_attempts_total", kind=kind, outcome="done") == 1 + before(
        "job_attempts_total", kind=kind, outcome="done"
    )
    assert after("job_attempts_total", kind=kind, outcome="refused") == 1 + before(
        "job_attempts_total", kind=kind, outcome="refused"
    )
    assert after("outbox_jobs", state="pending", kind=kind) == 1
    assert after("outbox_jobs", state="failed", kind=kind) == 1
    assert after("outbox_oldest_due_seconds") == 90  # the first ten seconds are the fast path's
    assert after("mongodb_up") == 1


def test_looks_within_the_seconds_of_an_answer_cost_mongodb_one_question(app, client, monkeypatch):
    monkeypatch.setattr(health_metrics, "KEEP_SECONDS", 300)
    asked = []
    monkeypatch.setattr(services_of(app)[OutboxAdministration], "owed", lambda: asked.append(1) or [])
    for _ in range(3):
        assert scrape(client)("mongodb_up") == 1
    assert len(asked) == 1


def test_the_numbers_are_there_while_mongodb_is_away(app, client, monkeypatch):
    def away():
        raise ServerSelectionTimeoutError("localhost:27017: connection refused")

    monkeypatch.setattr(services_of(app)[OutboxAdministration], "owed", away)
    response = client.client.get("/metrics")
    found = numbers(response.text)
    assert response.status_code == 200
    assert found["mongodb_up", frozenset()] == 0
    assert not [name for name, _ in found if name.startswith("outbox")]
    assert [name for name, _ in found if name == "http_requests_total"]


def test_the_levels_of_the_driver_and_the_queues_are_read_from_them(real_app, as_real_role):
    client = as_real_role("customer")
    now = scrape(client)
    assert now("mongodb_connections", state="idle") + now("mongodb_connections", state="in_use") >= 1
    assert (now("group_commit_waiting_requests"), now("jobs_queued")) == (0, 0)


def test_a_level_that_cannot_be_read_is_not_a_number_and_the_others_are_read():
    gauge = metrics.level("test_readable", "For this test.")
    broken = metrics.level("test_unreadable", "For this test.")
    metrics.Sampler({broken: lambda: 1 / 0, gauge: lambda: 7}).sample()
    text = metrics.exposition().decode()
    assert "test_readable 7.0" in text
    assert "test_unreadable NaN" in text


def test_with_a_token_the_numbers_are_for_who_sends_it(clock, outgoing):
    made = mongomock_app(clock, outgoing, metrics_token=TOKEN)
    client = Api(made.test_client()).client
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "ü"}):
        response = client.get("/metrics", headers=headers)
        assert_problem(response, 401, "metrics_token_required")
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_file_that_a_worker_has_only_just_created_is_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(metrics, "SEVERAL_PROCESSES", True)
    mmap_dict.MmapedDict(str(tmp_path / "counter_1.db")).write_value(
        mmap_dict.mmap_key("seen", "seen", [], [], ""), 3, 0
    )
    (tmp_path / "counter_2.db").touch()  # as it is for ever if the worker is killed at this moment
    assert b"seen 3.0" in metrics.exposition()


def numbers_folder(path, mode=0o700):
    """A folder with numbers in it, old enough to be forsaken."""
    path.mkdir()
    path.chmod(mode)
    (path / "counter_1.db").touch()
    os.utime(path, (0, 0))
    return path


def held(path):
    """Hold a folder for a moment, as a service that starts."""
    os.close(metrics.hold_folder(path))


def test_a_folder_whose_holders_were_killed_is_removed_and_one_in_use_is_not(tmp_path):
    in_use = numbers_folder(tmp_path / "booking-metrics-0000000a")
    descriptor = metrics.hold_folder(in_use)
    mine, forsaken, new = (numbers_folder(tmp_path / f"booking-metrics-0000000{name}") for name in "bcd")
    os.utime(new)
    held(mine)
    os.close(descriptor)
    assert set(tmp_path.iterdir()) == {mine, in_use, new} and not forsaken.exists()


def test_what_we_have_not_made_ourselves_is_left_alone(tmp_path):
    mine = numbers_folder(tmp_path / "booking-metrics-0000000a")
    elsewhere = numbers_folder(tmp_path / "elsewhere")
    link = tmp_path / "booking-metrics-0000000b"
    link.symlink_to(elsewhere)
    open_to_others = numbers_folder(tmp_path / "booking-metrics-0000000c", 0o755)
    of_another_name = numbers_folder(tmp_path / "booking-metrics-archive-2031")
    held(mine)
    assert set(tmp_path.iterdir()) == {mine, elsewhere, link, open_to_others, of_another_name}
    assert all((folder / "counter_1.db").exists() for folder in (elsewhere, open_to_others, of_another_name))


def test_beside_a_folder_that_the_operator_has_named_nothing_is_removed(tmp_path):
    named = numbers_folder(tmp_path / "booking-metrics")
    neighbours = {numbers_folder(tmp_path / name) for name in ("booking-data", "booking-metrics-0000000a")}
    held(named)
    assert set(tmp_path.iterdir()) == {named, *neighbours}
    assert not metrics.is_made_by_us(named)
    assert not metrics.is_made_by_us(tmp_path / "nothing")


def test_the_dashboard_shows_numbers_that_there_are(as_role, client):
    customer, event = as_role("customer"), make_event(as_role("organizer"))
    book(customer, event)
    text = client.client.get("/metrics").text
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    dashboard = json.loads((CHECKOUT / "docs" / "grafana.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", re.sub(r"by \(.*?\)|\{.*?\}", "", target["expr"]))
        if name != "histogram_quantile"
    }
    assert len(asked) > 10
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in asked} <= families
