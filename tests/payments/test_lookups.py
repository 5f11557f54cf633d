"""What somebody reads again and again is looked up at the provider only now and then."""

from booking_api.payments import lookups
from booking_api.payments.lookups import Lookups


def test_the_same_is_looked_up_every_five_seconds_at_most():
    times = [0.0]
    seen = Lookups(lambda: times[0])
    assert (seen.allows("a"), seen.allows("a"), seen.allows("b")) == (True, False, True)
    times[0] = 4.9
    assert not seen.allows("a")
    times[0] = 5.0
    assert seen.allows("a")


def test_only_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(lookups, "MOST", 2)
    seen = Lookups(lambda: 0.0)
    assert [seen.allows(each) for each in "abc"] == [True] * 3
    assert (seen.allows("c"), seen.allows("b"), seen.allows("a")) == (False, False, True)
