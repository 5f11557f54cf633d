"""What the benchmark makes of what it measured."""

from unittest.mock import ANY
from xml.etree import ElementTree

import pytest

from benchmarks import plot, report
from benchmarks.books import Books, Ledger
from benchmarks.load import Result
from benchmarks.report import Measurement
from benchmarks.roster import ROSTER


def make_result(rate: float, **other) -> Result:
    """A round with nothing wrong."""
    sound = {"p50": 1.0, "p99": 2.0, "refused": 0, "failed": 0, "dropped": 0, "succeeded": 0, "generator": 0.1}
    return Result(rate, **(sound | other))


def make_rounds(*rounds: dict[str, Result], **other) -> list[Measurement]:
    """Measurements of one scenario, each round a server's result by its name."""
    return [
        Measurement(number, server, "bookings", 32, result, **other)
        for number, each in enumerate(rounds)
        for server, result in each.items()
    ]


def last_row(table: str) -> str:
    """The only row of figures."""
    return table.splitlines()[-1]


def test_rates_are_medians_and_the_lead_is_a_median_of_ratios_to_the_best_rival():
    [group] = report.summarize(
        make_rounds(
            {"ours": make_result(400), "express": make_result(100), "fastapi": make_result(50)},
            {"ours": make_result(100), "express": make_result(10), "fastapi": make_result(20)},
            {"ours": make_result(900), "express": make_result(100), "fastapi": make_result(300)},
        )
    )
    assert [(name, line.rate.median) for name, line in group.lines.items()] == [
        ("ours", 400),
        ("express", 100),
        ("fastapi", 50),
    ]
    assert group.leads["the best rival"].rate == 4  # of 4, 5 and 3


def test_right_ways_and_the_quick_way_are_compared_apart_and_the_floor_never():
    [group] = report.summarize(
        make_rounds(
            {
                "ours": make_result(400),
                "express": make_result(100),
                "fastapi": make_result(80),
                "fastapi-quick": make_result(500),
                "floor": make_result(4000),
            }
        )
    )
    leads = {side: lead.rate for side, lead in group.leads.items()}
    assert leads == {"the best rival": 0.8, "the right ways": 4, "the quick way": 0.8}


def test_the_best_p99_is_the_lowest_of_those_that_answered_whoever_answered_most():
    [group] = report.summarize(
        make_rounds(
            {
                "ours": make_result(10, p99=30),
                "express": make_result(5, p99=60),
                "fastapi": make_result(9, p99=90),
                "fastapi-quick": make_result(0, p99=0, dropped=1),
            }
        )
    )
    assert group.leads["the best rival"].p99 == 0.5


def test_cpu_is_compared_with_the_rival_that_uses_least():
    [group] = report.summarize(
        make_rounds(
            {"ours": make_result(1, cpu=1.0), "express": make_result(9, cpu=4), "fastapi": make_result(1, cpu=2)}
        )
    )
    assert group.leads["the best rival"].cpu == 0.5


def test_a_table_has_a_row_for_each_group_and_tells_of_errors():
    groups = report.summarize(
        make_rounds({"ours": make_result(1234.5, p99=120), "express": make_result(7.25, failed=2, dropped=1)})
    )
    assert last_row(report.rates(groups)) == "| bookings | 32 | 1,234 | 7.2, 3 errors | **170.3×** | **170.3×** |"
    assert last_row(report.latencies(groups)) == "| bookings | 32 | 1.0 / 120 | 1.0 / 2.0 | **60.0×** | **60.0×** |"


def test_a_range_stands_beside_the_medians_of_rate_and_cpu():
    rounds = ({"ours": make_result(rate, cpu=cpu)} for rate, cpu in ((300, 0.5), (100, 0.25), (250, 4.0)))
    groups = report.summarize(make_rounds(*rounds))
    assert last_row(report.rates(groups)) == "| bookings | 32 | 250 (100–300) |"
    assert last_row(report.processor(groups)) == "| bookings | 32 | 0.50 (0.25–4.00) |"


def test_cpu_of_a_login_is_shown_with_what_is_above_bcrypt_alone():
    groups = report.summarize(make_rounds({"ours": make_result(5, cpu=202.5)}, bcrypt=200.0))
    assert last_row(report.processor(groups)) == "| bookings | 32 | 202.5; 2.50 above bcrypt |"


def test_cpu_that_the_system_does_not_tell_is_called_unknown():
    groups = report.summarize(make_rounds({"ours": make_result(5), "express": make_result(5)}))
    assert last_row(report.processor(groups)) == "| bookings | 32 | unknown | unknown |"


def test_a_server_that_answered_nothing_in_time_is_not_reported_as_quick():
    groups = report.summarize(make_rounds({"ours": make_result(0, p50=0, p99=0), "express": make_result(0, dropped=4)}))
    assert last_row(report.rates(groups)).endswith("| no answer in time | no answer in time, 4 errors |")
    assert last_row(report.latencies(groups)).endswith("| no answer in time | no answer in time |")


def test_without_rivals_there_is_no_lead():
    [group] = report.summarize(make_rounds({"ours": make_result(5)}))
    assert {lead.rate for lead in group.leads.values()} == {None}


def test_a_server_that_a_scenario_is_not_for_has_an_empty_cell_in_its_row():
    other = Measurement(0, "floor", "a route", 32, make_result(9))
    groups = report.summarize([*make_rounds({"ours": make_result(5)}), other])
    assert [line.split(" | ")[2:] for line in report.rates(groups).splitlines()[2:]] == [["5.0", " |"], ["", "9.0 |"]]


def test_the_books_have_a_row_for_each_server_that_sold_with_what_its_kills_lost():
    quick, unsold = Ledger(), Ledger()
    quick.note(Books(bookings=1200, wrong=0, oversold=0), answered=1201)
    quick.note_kill(Books(bookings=200, wrong=1, oversold=0, lost=18), absent=0)
    quick.note_kill(Books(bookings=300, wrong=1, oversold=0, lost=3), absent=2)
    rows = report.audits({"fastapi-quick": quick, "floor": unsold}).splitlines()
    assert rows[2:] == [
        "| FastAPI, the quick way | 1,200 | 0 | 0 | 1 "
        "| lost 21 tickets and 2 bookings that were answered, killed 2 times |"
    ]


def test_the_plot_draws_every_bar_to_scale_even_of_a_rival_that_answered_nothing():
    groups = report.summarize(
        make_rounds({"ours": make_result(400), "express": make_result(100), "fastapi": make_result(0)})
    )
    assert widths_of(plot.draw(groups)) == [pytest.approx(4 * widths_of(plot.draw(groups))[1]), ANY, 1.0]


def test_the_plot_has_a_colour_for_every_server():
    groups = report.summarize(make_rounds({name: make_result(10) for name in ROSTER}))
    assert len(widths_of(plot.draw(groups))) == len(ROSTER)


def widths_of(svg: str) -> list[float]:
    """The bars of a plot."""
    root = ElementTree.fromstring(svg)
    bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("x") == str(plot.LEFT)]
    return [float(bar.get("width")) for bar in bars if bar.get("height") == str(plot.BAR - 2)]
