"""Public lists are made once a second, whoever asks, and compressed for those who say so."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from booking_api.http import response_cache
from booking_api.http.response_cache import Answer, ResponseCache
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import make_event
from ..pids import CALM_SECONDS


class Second:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def second():
    """The time of the answers."""
    return Second()


@pytest.fixture
def answers(second):
    """Answers on that clock."""
    return ResponseCache(second)


@pytest.fixture
def guest(app, answers):
    """Nobody in particular, on an app with those answers."""
    services_of(app).add(answers, ResponseCache)
    return Api(app.test_client())


def counting(made):
    """Makes answers that say the how manyeth they are."""

    def make():
        made.append(1)
        return Answer(b"%d" % len(made), "text/plain")

    return make


def test_an_answer_is_given_only_in_the_second_in_which_it_was_made(answers, second):
    made = []
    for moment, expected in ((100.0, b"1"), (100.999, b"1"), (101.0, b"2"), (101.5, b"2"), (103.0, b"3")):
        second.now = moment
        assert answers.get(b"list", counting(made)).body == expected


def test_other_questions_have_other_answers(answers):
    made = []
    assert answers.get(b"one", counting(made)).body != answers.get(b"other", counting(made)).body


def test_all_who_ask_while_it_is_made_wait_for_the_one_answer(answers):
    made, all_asked, may_end = [], Barrier(8), Event()

    def make():
        may_end.wait(CALM_SECONDS)
        return counting(made)()

    def ask(_):
        all_asked.wait(CALM_SECONDS)
        return answers.get(b"list", make).body

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(7)]
        all_asked.wait(CALM_SECONDS)
        may_end.set()
        assert {answer.result() for answer in asked} == {b"1"}


def test_a_failure_is_heard_and_not_kept(answers):
    def fail():
        raise KeyError("away")

    with pytest.raises(KeyError):
        answers.get(b"list", fail)
    assert answers.get(b"list", counting([])).body == b"1"


@pytest.mark.parametrize(("bound", "most"), [("MOST_ANSWERS", 2), ("MOST_BYTES", 2)])
def test_what_is_kept_is_bounded_and_what_is_not_kept_is_answered(answers, second, monkeypatch, bound, most):
    monkeypatch.setattr(response_cache, bound, most)
    made = []
    for key in (b"a", b"b", b"c", b"c", b"a"):
        answers.get(key, counting(made))
    assert len(made) == 4  # the third was made twice
    second.now += 1
    for _ in range(2):
        answers.get(b"c", counting(made))
    assert len(made) == 5


def test_the_list_of_events_may_be_of_this_second_and_no_older(guest, as_role, second):
    organizer = as_role("organizer")
    make_event(organizer)
    assert len(guest.get("/events").json["items"]) == 1
    make_event(organizer)
    assert len(guest.get("/events").json["items"]) == 1
    assert len(guest.get("/events", query_string={"limit": 100}).json["items"]) == 2
    second.now += 1
    assert len(guest.get("/events").json["items"]) == 2


def test_a_refusal_is_no_answer_to_keep(guest, answers):
    for _ in range(2):
        assert_problem(guest.get("/events", query_string={"limit": 0}), 422, "validation_failed")
    assert not answers._answers


def test_an_event_read_by_its_id_is_never_of_an_earlier_moment(guest, as_role):
    organizer = as_role("organizer")
    event = make_event(organizer)
    for title in ("One", "Two"):
        organizer.patch(f"/events/{event['id']}", {"title": title})
        assert guest.get(f"/events/{event['id']}").json["title"] == title


@pytest.mark.parametrize("accepted", ["gzip", "br;q=1.0, gzip;q=0.8", "*"])
def test_a_list_is_compressed_for_those_who_ask(guest, as_role, accepted):
    make_event(as_role("organizer"), description="All night. " * 200)
    plain = guest.get("/events")
    for _ in range(2):
        packed = guest.get("/events", headers={"Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 3


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0"])
def test_a_list_is_sent_as_it_is_to_those_who_do_not_ask(guest, as_role, accepted):
    make_event(as_role("organizer"), description="All night. " * 200)
    assert "Content-Encoding" not in guest.get("/events", headers={"Accept-Encoding": accepted}).headers


def test_a_short_list_is_sent_as_it_is(guest):
    assert "Content-Encoding" not in guest.get("/events", headers={"Accept-Encoding": "gzip"}).headers
