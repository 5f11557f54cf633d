"""A test without the marker `server` cannot start a process, however it tries."""

import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

from .started_processes import GUARD

FORK = multiprocessing.get_context("fork")
NOTHING = [sys.executable, "-c", ""]


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run(NOTHING, check=True),
        lambda: FORK.Process(target=int).start(),
        lambda: os.posix_spawn(NOTHING[0], NOTHING, {}),
        lambda: os.system("true"),
    ],
    ids=["subprocess", "fork", "spawn", "shell"],
)
def test_an_unmarked_test_is_refused_a_process(start):
    with pytest.raises(pytest.fail.Exception, match="marker `server`"):
        start()
    assert len(GUARD.started) == 1
    GUARD.started.clear()


def test_a_process_started_in_a_thread_is_noted():
    def start():
        with pytest.raises(pytest.fail.Exception):
            subprocess.Popen(NOTHING)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(GUARD.started) == 1
    GUARD.started.clear()


@pytest.mark.server
def test_a_marked_test_may_start_a_process():
    assert subprocess.run(NOTHING, check=True).returncode == 0
