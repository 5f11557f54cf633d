"""What was measured, as medians over the rounds and as a table in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .load import Result

NAMES = {"ours": "this service", "express": "Express + Mongoose", "fastapi": "FastAPI + PyMongo"}


@dataclass(frozen=True)
class Measurement:
    """One server in one round of one scenario (its title) with so many connections."""

    round: int
    server: str
    scenario: str
    connections: int
    result: Result


@dataclass(frozen=True)
class Line:
    """One server over all rounds: medians, the sum of its errors, and its rate as a multiple of the best rival's.

    `lead` is the median of the rounds' ratios, for a machine that is slow is so for a whole round; it is None where
    there is nothing to compare with.
    """

    server: str
    rate: float
    p50: float
    p99: float
    errors: int
    lead: float | None


@dataclass(frozen=True)
class Group:
    """The servers in one scenario with so many connections."""

    scenario: str
    connections: int
    lines: tuple[Line, ...]


def summarize(measurements: Sequence[Measurement]) -> list[Group]:
    """The groups, and the servers in them, in the order in which they were first measured."""
    servers = list(dict.fromkeys(each.server for each in measurements))
    groups = []
    for scenario, connections in dict.fromkeys((each.scenario, each.connections) for each in measurements):
        rounds: dict[int, dict[str, Result]] = {}
        for each in measurements:
            if (each.scenario, each.connections) == (scenario, connections):
                rounds.setdefault(each.round, {})[each.server] = each.result
        lines = tuple(_line(server, list(rounds.values())) for server in servers)
        groups.append(Group(scenario, connections, lines))
    return groups


def _line(server: str, rounds: list[dict[str, Result]]) -> Line:
    results = [results[server] for results in rounds]
    ratios = []
    for each in rounds:
        best = max((result.rate for name, result in each.items() if name not in ("ours", server)), default=0)
        if server == "ours" and best > 0:
            ratios.append(each["ours"].rate / best)
    return Line(
        server,
        rate=median(result.rate for result in results),
        p50=median(result.p50 for result in results),
        p99=median(result.p99 for result in results),
        errors=sum(result.errors for result in results),
        lead=median(ratios) if ratios else None,
    )


def table(groups: Sequence[Group]) -> str:
    """The groups in Markdown: successes a second, p50 and p99 in ms, errors if there were any, and our lead."""
    names = [NAMES[line.server] for line in groups[0].lines]
    rows = [["a second (p50 / p99 in ms)", "connections", *names, "to the best rival"]]
    rows.append(["---"] + ["--:"] * (len(rows[0]) - 1))
    for group in groups:
        leads = [f"**{line.lead:.1f}×**" for line in group.lines if line.lead is not None]
        rows.append([group.scenario, str(group.connections), *map(_cell, group.lines), *(leads or [""])])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(line: Line) -> str:
    errors = f", {line.errors} errors" if line.errors else ""
    if not line.rate:
        return f"no answer in time{errors}"
    return f"{number(line.rate)} ({number(line.p50)} / {number(line.p99)}{errors})"


def number(value: float) -> str:
    """Three digits are more than a measurement is good for; 7.2 needs its second one."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
