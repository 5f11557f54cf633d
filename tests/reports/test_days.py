"""Since when clocks were how far ahead of UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_api.reports.days import offsets

HOUR = timedelta(hours=1)


def at(text):
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_clocks_of_berlin_change_twice_a_year():
    assert offsets("Europe/Berlin", at("2026-01-01T05:07:09"), at("2026-12-31")) == [
        (at("2026-01-01T05:07:09"), HOUR),
        (at("2026-03-29T01:00"), 2 * HOUR),
        (at("2026-10-25T01:00"), HOUR),
    ]


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("UTC", 0 * HOUR),
        ("Asia/Kolkata", 5.5 * HOUR),
        ("Asia/Kathmandu", 5.75 * HOUR),
        ("Pacific/Marquesas", -9.5 * HOUR),
    ],
)
def test_most_zones_have_one_offset(zone, offset):
    assert offsets(zone, at("2026-01-01"), at("2028-01-01")) == [(at("2026-01-01"), offset)]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc", "A" * 500, "Europe"])
def test_a_zone_that_nobody_knows_counts_as_utc(zone):
    assert offsets(zone, at("2026-01-01"), at("2026-02-01")) == [(at("2026-01-01"), timedelta())]


def test_a_very_old_event_costs_ten_years_of_days():
    (first, _), *_ = offsets("UTC", at("1970-01-01"), at("2026-01-01"))
    assert first.year == 2015


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns", "Pacific/Apia"])
def test_they_say_of_every_quarter_of_an_hour_what_the_zone_says(zone):
    begin = at("2011-06-01T00:10:20")
    found = offsets(zone, begin, begin + timedelta(days=600))
    for quarter in range(600 * 96):
        moment = begin + quarter * timedelta(minutes=15)
        told = [offset for since, offset in found if since <= moment][-1]
        assert told == moment.astimezone(ZoneInfo(zone)).utcoffset(), moment
