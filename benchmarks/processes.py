"""CPU time of all processes of a server, from /proc: a machine shared with others spoils it less than a rate."""

import os
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
    seconds = 0.0
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                process = parse((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                continue
            if process.session == session:
                seconds += process.seconds
    return seconds
