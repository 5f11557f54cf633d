"""What a worker uses, and which version it is, as `/metrics` says it."""

import platform
import time
from contextlib import ExitStack

from booking_api.about import INFO

from .scrapes import scrape


def test_the_process_says_what_it_uses_and_which_version_it_is(client):
    before = scrape(client)
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass
    after = scrape(client)
    assert after("process_cpu_seconds_total", worker="0") >= before("process_cpu_seconds_total", worker="0") + 0.05
    assert 10_000_000 < after("process_resident_memory_bytes", worker="0") < 10_000_000_000
    # Other tests' files may be closed meanwhile: so many of ours that it does not matter.
    ours = 10 + int(after("process_open_fds", worker="0"))
    with ExitStack() as opened:
        for _ in range(ours):
            opened.enter_context(open(__file__))
        assert scrape(client)("process_open_fds", worker="0") >= ours
    assert after("process_max_fds", worker="0") >= after("process_open_fds", worker="0") > 3
    assert abs(after("process_start_time_seconds", worker="0") - time.time()) < 600
    assert after("booking_build_info", version=INFO.version, python=platform.python_version()) == 1
