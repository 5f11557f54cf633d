"""CPU of the processes of a server, as /proc has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.processes import Process, cpu_seconds, parse
from tests.pids import eventually

BURN = """
import os, subprocess, sys, time
if len(sys.argv) == 1:
    ended = subprocess.run([sys.executable, __file__, "and leave"], check=True)
    staying = subprocess.Popen([sys.executable, __file__, "and stay"], stdin=subprocess.PIPE)
    sys.stdin.read()
    staying.communicate()
else:
    while time.process_time() < 0.4:
        pass
    print("burnt", flush=True)
    if sys.argv[1] == "and stay":
        sys.stdin.read()
"""


def test_seconds_are_own_and_of_ended_children_whatever_the_name(monkeypatch):
    monkeypatch.setattr(processes.os, "sysconf", lambda _name: 100)
    stat = "42 (a) 7 ) name) S 1 2 77 0 -1 4194560 1 2 3 4 100 20 3 50 20 0 9 0 1 2 3"
    assert parse(stat) == Process(session=77, seconds=1.73)


def test_without_proc_the_cpu_of_a_server_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert cpu_seconds(1) is None


@pytest.mark.server
def test_the_cpu_of_a_session_is_that_of_workers_that_run_and_that_ended(tmp_path):
    if not Path("/proc/self/stat").exists():
        pytest.skip("This system has no /proc.")
    script = tmp_path / "burn.py"
    script.write_text(BURN)
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        assert [server.stdout.readline() for _ in range(2)] == ["burnt\n"] * 2
        eventually(lambda: cpu_seconds(server.pid) >= 0.78, "both children are counted")
        assert cpu_seconds(server.pid) < 5  # nothing of this process, nor of its neighbours
        server.stdin.close()
        server.wait(20)
    assert cpu_seconds(server.pid) == 0
