"""What the benchmark makes of what it measured."""

from xml.etree import ElementTree

import pytest

from benchmarks import load, plot, report
from benchmarks.load import Call, Result
from benchmarks.report import Measurement


def make_result(rate: float, **other) -> Result:
    """A round with nothing wrong."""
    sound = {"p50": 1.0, "p99": 2.0, "refused": 0, "failed": 0, "dropped": 0, "succeeded": 0, "generator": 0.1}
    return Result(rate, **(sound | other))


def make_rounds(*rounds: dict[str, Result]) -> list[Measurement]:
    """Measurements of one scenario, each round a server's result by its name."""
    return [
        Measurement(number, server, "bookings", 32, result)
        for number, each in enumerate(rounds)
        for server, result in each.items()
    ]


def test_rates_are_medians_and_the_lead_is_a_median_of_ratios_to_the_best_rival():
    [group] = report.summarize(
        make_rounds(
            {"ours": make_result(400), "express": make_result(100), "fastapi": make_result(50)},
            {"ours": make_result(100), "express": make_result(10), "fastapi": make_result(20)},
            {"ours": make_result(900), "express": make_result(100), "fastapi": make_result(300)},
        )
    )
    ours, express, fastapi = group.lines
    assert [line.rate for line in group.lines] == [400, 100, 50]
    assert ours.lead == 4  # of 4, 5 and 3
    assert express.lead is None
    assert fastapi.lead is None


def test_the_table_has_a_row_for_each_group_and_tells_of_errors():
    groups = report.summarize(
        make_rounds({"ours": make_result(1234.5, p99=120), "express": make_result(7.25, failed=2, dropped=1)})
    )
    assert report.table(groups).splitlines()[-1] == (
        "| bookings | 32 | 1,234 (1.0 / 120) | 7.2 (1.0 / 2.0, 3 errors) | **170.3×** |"
    )


def test_a_server_that_answered_nothing_in_time_is_not_reported_as_quick():
    groups = report.summarize(make_rounds({"ours": make_result(0, p50=0, p99=0), "express": make_result(0, dropped=4)}))
    assert report.table(groups).endswith("| no answer in time | no answer in time, 4 errors |  |")


def test_without_rivals_there_is_no_lead():
    groups = report.summarize(make_rounds({"ours": make_result(5)}))
    assert groups[0].lines[0].lead is None
    assert report.table(groups).endswith("|  |")


def test_the_plot_draws_every_bar_to_scale_even_of_a_rival_that_answered_nothing():
    groups = report.summarize(
        make_rounds({"ours": make_result(400), "express": make_result(100), "fastapi": make_result(0)})
    )
    root = ElementTree.fromstring(plot.draw(groups))
    bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("x") == str(plot.LEFT)]
    widths = [float(bar.get("width")) for bar in bars if bar.get("height") == str(plot.BAR - 2)]
    assert widths[0] == pytest.approx(4 * widths[1])
    assert len(widths) == 3


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
