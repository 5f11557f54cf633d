"""How times are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from bson.tz_util import utc

from booking_api.clock import rfc3339


@pytest.mark.parametrize("zone", [UTC, utc, timezone(timedelta(0))])
def test_a_time_in_utc_is_written_alike_whoever_has_read_it(zone):
    assert rfc3339(datetime(2031, 6, 1, 20, 0, 0, 120_000, tzinfo=zone)) == "2031-06-01T20:00:00.120Z"
    assert rfc3339(datetime(2031, 6, 1, 20, tzinfo=zone)) == "2031-06-01T20:00:00Z"


def test_a_time_of_another_zone_is_written_in_utc():
    assert rfc3339(datetime(2031, 6, 1, 22, tzinfo=timezone(timedelta(hours=2)))) == "2031-06-01T20:00:00Z"
