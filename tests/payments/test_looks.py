"""What somebody reads again and again is looked up at the provider only now and then."""

from booking_api.payments import looks
from booking_api.payments.looks import Looks


def test_the_same_is_looked_up_every_five_seconds_at_most():
    times = [0.0]
    seen = Looks(lambda: times[0])
    assert (seen.may("a"), seen.may("a"), seen.may("b")) == (True, False, True)
    times[0] = 4.9
    assert not seen.may("a")
    times[0] = 5.0
    assert seen.may("a")


def test_only_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(looks, "MOST", 2)
    seen = Looks(lambda: 0.0)
    assert [seen.may(each) for each in "abc"] == [True] * 3
    assert (seen.may("c"), seen.may("b"), seen.may("a")) == (False, False, True)
