"""Times as people read them: nobody mistakes the zone, the day or the end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_api.languages import times
from booking_api.languages.catalogue import language

ENGLISH, GERMAN = language("en"), language("de")
BEGIN = datetime(2031, 6, 1, 20, tzinfo=UTC)
VIENNA = "Europe/Vienna"
SPRING, AUTUMN = datetime(2030, 3, 31, tzinfo=UTC), datetime(2030, 10, 27, tzinfo=UTC)  # clocks change at 01:00 UTC


def local(*moment, zone=VIENNA, fold=0):
    """A time as the clocks in a zone show it."""
    return datetime(*moment, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def span(begin, end=None, zone=VIENNA, spoken=ENGLISH):
    """When something takes place, as a mail says it."""
    return times.span(spoken, begin, end, zone)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Sunday, 1 June 2031, 20:00 UTC"),
        ("Etc/UTC", "Sunday, 1 June 2031, 20:00 UTC (Etc/UTC)"),
        ("Europe/Vienna", "Sunday, 1 June 2031, 22:00 CEST (Europe/Vienna)"),
        ("Europe/London", "Sunday, 1 June 2031, 21:00 BST (Europe/London)"),
        ("America/New_York", "Sunday, 1 June 2031, 16:00 EDT (America/New_York)"),
        ("America/Sao_Paulo", "Sunday, 1 June 2031, 17:00 UTC-3 (America/Sao_Paulo)"),
        ("America/St_Johns", "Sunday, 1 June 2031, 17:30 NDT (America/St_Johns)"),
        ("Pacific/Marquesas", "Sunday, 1 June 2031, 10:30 UTC-9:30 (Pacific/Marquesas)"),
        ("Asia/Kathmandu", "Monday, 2 June 2031, 01:45 UTC+5:45 (Asia/Kathmandu)"),
        ("Asia/Kolkata", "Monday, 2 June 2031, 01:30 IST (Asia/Kolkata)"),
        ("Asia/Tokyo", "Monday, 2 June 2031, 05:00 JST (Asia/Tokyo)"),
        ("Australia/Lord_Howe", "Monday, 2 June 2031, 06:30 UTC+10:30 (Australia/Lord_Howe)"),
        ("Etc/GMT+5", "Sunday, 1 June 2031, 15:00 UTC-5 (Etc/GMT+5)"),
    ],
)
def test_a_time_stands_with_the_name_of_its_zone_or_else_its_offset(zone, words):
    assert span(BEGIN, zone=zone) == words


@pytest.mark.parametrize(
    ("month", "zone", "words"),
    [
        (1, VIENNA, "Wednesday, 1 January 2031, 21:00 CET (Europe/Vienna)"),
        (7, VIENNA, "Tuesday, 1 July 2031, 22:00 CEST (Europe/Vienna)"),
        (1, "Australia/Lord_Howe", "Thursday, 2 January 2031, 07:00 UTC+11 (Australia/Lord_Howe)"),
        (7, "Australia/Lord_Howe", "Wednesday, 2 July 2031, 06:30 UTC+10:30 (Australia/Lord_Howe)"),
    ],
)
def test_the_zone_is_the_one_of_that_moment(month, zone, words):
    assert span(datetime(2031, month, 1, 20, tzinfo=UTC), zone=zone) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"minutes": 1}, "Sunday, 1 June 2031, 18:00–18:01 CEST (Europe/Vienna)"),
        ({"seconds": 30}, "Sunday, 1 June 2031, 18:00–18:00:30 CEST (Europe/Vienna)"),
        ({"hours": 3}, "Sunday, 1 June 2031, 18:00–21:00 CEST (Europe/Vienna)"),
        ({"hours": 6}, "from Sunday, 1 June 2031, 18:00 to Monday, 2 June 2031, 00:00 CEST (Europe/Vienna)"),
        ({"hours": 8}, "from Sunday, 1 June 2031, 18:00 to Monday, 2 June 2031, 02:00 CEST (Europe/Vienna)"),
        ({"days": 10}, "from Sunday, 1 June 2031, 18:00 to Wednesday, 11 June 2031, 18:00 CEST (Europe/Vienna)"),
        ({"days": 1}, "from Sunday, 1 June 2031, 18:00 to Monday, 2 June 2031, 18:00 CEST (Europe/Vienna)"),
    ],
)
def test_an_end_has_its_day_where_it_is_another_one(length, words):
    begin = local(2031, 6, 1, 18)
    assert span(begin, begin + timedelta(**length)) == words


def test_the_day_of_an_end_is_that_of_the_events_zone():
    begin = datetime(2031, 6, 1, 22, tzinfo=UTC)
    end = begin + timedelta(hours=3)  # another day in UTC, the same one in Tokyo
    assert span(begin, end, "Asia/Tokyo") == "Monday, 2 June 2031, 07:00–10:00 JST (Asia/Tokyo)"


@pytest.mark.parametrize(
    ("night", "hours", "words"),
    [
        (SPRING, (0, 2), "Sunday, 31 March 2030, 01:00 CET – 04:00 CEST (Europe/Vienna)"),
        (SPRING, (0, 0.5), "Sunday, 31 March 2030, 01:00–01:30 CET (Europe/Vienna)"),
        (SPRING, (1, 2), "Sunday, 31 March 2030, 03:00–04:00 CEST (Europe/Vienna)"),
        (
            SPRING,
            (-3, 2),
            "from Saturday, 30 March 2030, 22:00 CET to Sunday, 31 March 2030, 04:00 CEST (Europe/Vienna)",
        ),
        (AUTUMN, (0.5, 1.5), "Sunday, 27 October 2030, 02:30 CEST – 02:30 CET (Europe/Vienna)"),
        (AUTUMN, (0, 0.5), "Sunday, 27 October 2030, 02:00–02:30 CEST (Europe/Vienna)"),
        (AUTUMN, (1, 1.5), "Sunday, 27 October 2030, 02:00–02:30 CET (Europe/Vienna)"),
    ],
)
def test_over_a_change_of_clocks_both_times_have_their_zone(night, hours, words):
    begin, end = (night + timedelta(hours=each) for each in hours)
    assert span(begin, end) == words


def test_half_an_hour_of_lord_howe_is_told_apart():
    zone = "Australia/Lord_Howe"
    begin, end = local(2030, 4, 7, 1, zone=zone), local(2030, 4, 7, 3, zone=zone)  # back by half an hour at 02:00
    assert end - begin == timedelta(hours=2.5)
    assert span(begin, end, zone) == "Sunday, 7 April 2030, 01:00 UTC+11 – 03:00 UTC+10:30 (Australia/Lord_Howe)"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (None, "Sonntag, 1. Juni 2031, 22:00 Uhr MESZ (Europe/Vienna)"),
        (BEGIN + timedelta(hours=1), "Sonntag, 1. Juni 2031, 22:00–23:00 Uhr MESZ (Europe/Vienna)"),
        (
            BEGIN + timedelta(hours=5),
            "von Sonntag, 1. Juni 2031, 22:00 Uhr bis Montag, 2. Juni 2031, 03:00 Uhr MESZ (Europe/Vienna)",
        ),
        (
            datetime(2031, 12, 1, 20, tzinfo=UTC),
            "von Sonntag, 1. Juni 2031, 22:00 Uhr MESZ bis Montag, 1. Dezember 2031, 21:00 Uhr MEZ (Europe/Vienna)",
        ),
    ],
)
def test_german_has_its_own_words_for_all_of_it(end, words):
    assert span(BEGIN, end, spoken=GERMAN) == words


def test_german_calls_a_zone_by_its_english_name_where_it_has_no_own():
    assert span(BEGIN, zone="Asia/Tokyo", spoken=GERMAN) == "Montag, 2. Juni 2031, 05:00 Uhr JST (Asia/Tokyo)"


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (local(2031, 6, 1, 0, 0), times.TODAY),
        (local(2031, 6, 1, 23, 44), times.TODAY),
        (local(2031, 5, 31, 23, 59), times.TOMORROW),
        (local(2031, 5, 31, 0, 0), times.TOMORROW),
        (local(2031, 5, 30, 23, 59), times.LATER),
        (local(2031, 6, 2, 0, 0), times.LATER),
    ],
)
def test_a_day_is_called_today_or_tomorrow_by_the_clocks_of_the_zone(now, day):
    assert times.day_of(local(2031, 6, 1, 23, 45), now, VIENNA) == day


def test_a_day_has_its_weekday_and_date():
    late = datetime(2031, 6, 1, 23, tzinfo=UTC)
    assert times.day(ENGLISH, late, "UTC") == "Sunday, 1 June"
    assert times.day(GERMAN, late, VIENNA) == "Montag, 2. Juni"
