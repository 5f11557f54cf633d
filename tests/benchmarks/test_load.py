"""What the benchmark sends, and what it makes of wrk's words."""

from benchmarks import load
from benchmarks.load import Call, Result


def test_what_wrk_says_is_sorted_into_successes_refusals_failures_and_drops():
    said = (
        '{"microseconds": 2000000, "p50": 1500, "p99": 9000, "dropped": 4, "statuses": {"201": 10, "409": 2, "503": 3}}'
    )
    result = load.parse(said, expected=201, generator_seconds=0.5)
    assert result == Result(5, 1.5, 9, refused=2, failed=3, dropped=4, succeeded=10, generator=0.25)
    assert result.errors == 9


def test_a_call_is_a_whole_http_request():
    text = Call("POST", "/bookings", "abc", {"quantity": 1}).text("127.0.0.1:80")
    head, _, body = text.partition("\r\n\r\n")
    assert body == '{"quantity": 1}'
    assert head.splitlines() == [
        "POST /bookings HTTP/1.1",
        "Host: 127.0.0.1:80",
        "Authorization: Bearer abc",
        "Content-Type: application/json",
        "Content-Length: 15",
    ]
