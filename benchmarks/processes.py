"""CPU time and memory of all processes of a server, from /proc: a busy machine spoils them less than a rate."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """What /proc/<pid>/stat says: its session, and seconds of CPU, its own and those of children that it waited for."""

    session: int
    seconds: float


def parse(stat: str) -> Process:
    """The text of a `stat` file; the name in it is in brackets, and may have spaces and brackets of its own."""
    fields = stat.rpartition(")")[2].split()  # from the third on, as proc(5) counts
    ticks = sum(int(each) for each in fields[11:15])  # utime, stime, cutime, cstime
    return Process(session=int(fields[3]), seconds=ticks / os.sysconf("SC_CLK_TCK"))


def cpu_seconds(session: int) -> float | None:
    """User and system time of all processes of a session so far; None on a system without such a /proc.

    A server is started in a session of its own, in which its workers stay. What a worker that has ended used is
    counted with the process that waited for it.
    """
    if not (PROC / "self" / "stat").exists():
        return None
    return sum(process.seconds for process in _processes(session).values())


def resident(session: int) -> dict[int, int]:
    """Bytes of memory that each process of a session has, by its id; those that it shares with others too."""
    found = {}
    for pid in _processes(session):
        with suppress(FileNotFoundError, ProcessLookupError):
            found[pid] = int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return found


def _processes(session: int) -> dict[int, Process]:
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                process = parse((folder / "stat").read_text())
                if process.session == session:
                    found[int(folder.name)] = process
    return found
