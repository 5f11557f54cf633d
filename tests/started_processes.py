"""Fail a test that starts a process without the marker `server`: `pytest -m "not server"` promises to start none.

An audit hook hears of every fork and every program, by whichever module it is started. It cannot be removed, so it
looks at what the test that runs now may do.
"""

import sys

import pytest

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.spawn"}


class Guard:
    """Whether the test that runs now may start processes, and which it started although it may not."""

    def __init__(self):
        self.is_allowed = True
        self.started: list[str] = []

    def __call__(self, event, arguments):
        """Refuse to start a process where the test may not."""
        if event in STARTS and not self.is_allowed:
            self.started.append(f"{event} {arguments}")
            pytest.fail(f"A test without the marker `server` starts a process: {event} {arguments}")


GUARD = Guard()
sys.addaudithook(GUARD)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Allow processes to a test that is marked, in its fixtures too."""
    GUARD.is_allowed = item.get_closest_marker("server") is not None
    try:
        return (yield)
    finally:
        GUARD.is_allowed = True


@pytest.fixture(autouse=True)
def fail_where_a_process_was_started():
    """Fail the test also where the refusal was raised in a thread, or was caught."""
    GUARD.started.clear()
    yield
    assert GUARD.started == []
