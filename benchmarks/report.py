"""What was measured, as medians over the rounds with their range, and how many times the best rivals it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .books import Ledger
from .load import Result
from .roster import ROSTER, Kind

OURS = "ours"
RIVALS = (Kind.RIGHT, Kind.QUICK)
# Whom this service is held against: the best of all rivals, and of each kind alone.
SIDES = {"the best rival": RIVALS, "the right ways": (Kind.RIGHT,), "the quick way": (Kind.QUICK,)}


@dataclass(frozen=True)
class Measurement:
    """One server in one round of one scenario (its title) with so many connections; `bcrypt` as in a `Round`."""

    round: int
    server: str
    scenario: str
    connections: int
    result: Result
    bcrypt: float | None = None


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Spread | None":
        """None if there are none."""
        known = [value for value in values if value is not None]
        return cls(median(known), min(known), max(known)) if known else None

    def text(self, number: Callable[[float], str]) -> str:
        """The median, and the range if there is one."""
        least, most = number(self.least), number(self.most)
        return number(self.median) if least == most else f"{number(self.median)} ({least}–{most})"


@dataclass(frozen=True)
class Line:
    """One server over all rounds; latencies are medians of the rounds, errors their sum, `cpu` in ms a request.

    `extra` is what of its CPU is above bcrypt's own, in a scenario with bcrypt.
    """

    server: str
    rate: Spread
    p50: float
    p99: float
    cpu: Spread | None
    errors: int
    extra: Spread | None = None


@dataclass(frozen=True)
class Lead:
    """Ours over the best rival of a side: medians of the rounds' ratios, for a slow machine is slow for a whole round.

    The best rival of a round is the one with the most answers a second for `rate`, the lowest p99 among those that
    answered for `p99`, and the least CPU for `cpu`. None is what cannot be compared.
    """

    rate: float | None
    p99: float | None
    cpu: float | None


@dataclass(frozen=True)
class Group:
    """The servers in one scenario with so many connections, and our lead over each side."""

    scenario: str
    connections: int
    lines: Mapping[str, Line]
    leads: Mapping[str, Lead]


def summarize(measurements: Sequence[Measurement]) -> list[Group]:
    """The groups, and the servers in them, in the order in which they were first measured."""
    groups = []
    for scenario, connections in dict.fromkeys((each.scenario, each.connections) for each in measurements):
        here = [each for each in measurements if (each.scenario, each.connections) == (scenario, connections)]
        servers = dict.fromkeys(each.server for each in here)
        lines = {server: _line(server, [each for each in here if each.server == server]) for server in servers}
        rounds: dict[int, dict[str, Result]] = {}
        for each in here:
            rounds.setdefault(each.round, {})[each.server] = each.result
        leads = {side: _lead(list(rounds.values()), kinds) for side, kinds in SIDES.items()}
        groups.append(Group(scenario, connections, lines, leads))
    return groups


def _line(server: str, rounds: Sequence[Measurement]) -> Line:
    results = [each.result for each in rounds]
    extra = (each.result.cpu - each.bcrypt for each in rounds if each.bcrypt and each.result.cpu is not None)
    return Line(
        server,
        rate=Spread.of(result.rate for result in results),
        p50=median(result.p50 for result in results),
        p99=median(result.p99 for result in results),
        cpu=Spread.of(result.cpu for result in results),
        errors=sum(result.errors for result in results),
        extra=Spread.of(extra),
    )


def _lead(rounds: Sequence[Mapping[str, Result]], kinds: Sequence[Kind]) -> Lead:
    rates, p99s, cpus = [], [], []
    for results in rounds:
        ours = results.get(OURS)
        rivals = [result for name, result in results.items() if ROSTER[name].kind in kinds and result.rate]
        if ours and rivals:
            rates.append(ours.rate / max(each.rate for each in rivals))
            if ours.rate:
                p99s.append(ours.p99 / min(each.p99 for each in rivals))
            known = [each.cpu for each in rivals if each.cpu]
            if ours.cpu and known:
                cpus.append(ours.cpu / min(known))
    return Lead(*(median(each) if each else None for each in (rates, p99s, cpus)))


def rates(groups: Sequence[Group]) -> str:
    """Answers a second as a table in Markdown; above 1 this service is ahead."""

    def cell(line: Line) -> str:
        errors = f", {line.errors:,} errors" if line.errors else ""
        return (line.rate.text(number) if line.rate.median else "no answer in time") + errors

    return _table("answers a second", groups, cell, lambda lead: lead.rate)


def latencies(groups: Sequence[Group]) -> str:
    """p50 and p99 of the same; below 1 this service is ahead."""

    def cell(line: Line) -> str:
        return f"{number(line.p50)} / {number(line.p99)}" if line.rate.median else "no answer in time"

    return _table("p50 / p99 in ms (ratios of p99)", groups, cell, lambda lead: lead.p99)


def processor(groups: Sequence[Group]) -> str:
    """CPU of the same; below 1 this service is ahead."""

    def cell(line: Line) -> str:
        if line.cpu is None:
            return "unknown"
        extra = f"; {line.extra.text(fine)} above bcrypt" if line.extra else ""
        return line.cpu.text(fine) + extra

    return _table("CPU ms a request", groups, cell, lambda lead: lead.cpu)


def _table(
    title: str, groups: Sequence[Group], cell: Callable[[Line], str], ratio: Callable[[Lead], float | None]
) -> str:
    """A row for each group, with a cell for each server and a ratio for each side that somebody stands on."""
    servers = list(dict.fromkeys(server for group in groups for server in group.lines))
    sides = [side for side in SIDES if any(ratio(group.leads[side]) is not None for group in groups)]
    rows = [[title, "connections", *(ROSTER[server].title for server in servers), *(f"to {side}" for side in sides)]]
    rows.append(["---"] + ["--:"] * (len(rows[0]) - 1))
    for group in groups:
        cells = [cell(group.lines[server]) if server in group.lines else "" for server in servers]
        ratios = [ratio(group.leads[side]) for side in sides]
        rows.append(
            [
                *(group.scenario, str(group.connections), *cells),
                *("" if each is None else f"**{fine(each)}×**" for each in ratios),
            ]
        )
    return _markdown(rows)


def audits(books: Mapping[str, Ledger]) -> str:
    """The books as a table, a row for each server that sold."""
    rows = [["the books", "bookings", "events wrong", "oversold", "answered but lost", "killed in a rush"]]
    rows.append(["---"] + ["--:"] * 4 + ["---"])
    for server, each in books.items():
        if each:
            counts = (f"{each[name]:,}" for name in ("bookings", "wrong", "oversold", "absent"))
            rows.append([ROSTER[server].title, *counts, each.of_kills if each["kills"] else ""])
    return _markdown(rows) if len(rows) > 2 else ""


def _markdown(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def number(value: float) -> str:
    """Three digits are more than a measurement is good for; 7.2 needs its second one."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def fine(value: float) -> str:
    """Of milliseconds and ratios about 1 the second decimal counts; of larger ones it does not."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
