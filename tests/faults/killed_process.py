"""Run tasks, each in a process of its own that ends at a chosen database command, as if it were killed there.

`KilledProcesses` runs it as `python -m tests.faults.killed_process <address>`. It makes the app before it forks, with
a client that has not connected and has no threads yet; a child serves one request or runs one job.
"""

import json
import os
import signal
import subprocess
import sys
import traceback

from bson import ObjectId
from pymongo import monitoring

from booking_api import create_app
from booking_api.bookings import live_bookings
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner
from booking_api.storage.client import connect

from ..apps import SETTINGS
from ..fakes import Outgoing
from ..pids import CALM_SECONDS
from ..processes import CHECKOUT, stop_with_parent

BEFORE, AFTER = "before", "after"
DIED, REFUSED, FAILED = 255, 254, 253  # exit statuses; any other is the number of commands of a task that was done
AT_ONCE = 4
TASK_SECONDS = 120
BATCH = 2  # of the bookings of a cancelled event, so that few bookings make several batches


class KillSwitch(monitoring.CommandListener):
    """Ends the process before or after its n-th command."""

    def __init__(self):
        self.count = 0
        self.at: tuple[int, str] | None = None

    def started(self, _event):
        """A command is about to be sent."""
        self.count += 1
        self._end_at(BEFORE)

    def succeeded(self, _event):
        """A command was answered."""
        self._end_at(AFTER)

    def failed(self, _event):
        """A command was reswitchd, or its answer did not come."""
        self._end_at(AFTER)

    def _end_at(self, moment):
        if self.at == (self.count, moment):
            os._exit(DIED)


class KilledProcesses:
    """The parent's end: runs tasks, a few at a time."""

    def __init__(self, address):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.killed_process", address],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=stop_with_parent,  # noqa: PLW1509 (it calls the kernel and nothing else)
        )

    def run(self, tasks):
        """Do each task in a process of its own; their exit statuses.

        A task is `{"request": {...}}`, the options of a test client's `open`, or `{"job": id}`, and `at`: the number
        of a command and a moment, or None.
        """
        self._process.stdin.write(json.dumps(tasks) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait(CALM_SECONDS)
        self._process.stdout.close()


def main(address):
    """Read lists of tasks, a line each, and answer each with a line."""
    switch = KillSwitch()
    monitoring.register(switch)
    live_bookings.BATCH = BATCH
    app = create_app(SETTINGS, database=connect(f"{address}&connect=false", seconds=CALM_SECONDS), sender=Outgoing())
    for line in sys.stdin:
        print(json.dumps(_do_all(app, switch, json.loads(line))), flush=True)


def _do_all(app, switch, tasks):
    running, statuses = {}, [None] * len(tasks)

    def reap():
        pid, status = os.wait()
        statuses[running.pop(pid)] = os.waitstatus_to_exitcode(status)

    for number, task in enumerate(tasks):
        if len(running) == AT_ONCE:
            reap()
        pid = os.fork()
        if pid == 0:
            signal.alarm(TASK_SECONDS)
            os._exit(_do(app, switch, task))
        running[pid] = number
    while running:
        reap()
    return statuses


def _do(app, switch, task):
    switch.at = task.get("at") and tuple(task["at"])
    try:
        if "job" in task:
            job = task["job"]  # a text where an event has one such job at most
            services_of(app)[JobRunner].run([ObjectId(job) if ObjectId.is_valid(job) else job])
        elif (answer := app.test_client().open(**task["request"])).status_code >= 400:
            print(answer.status_code, answer.text, file=sys.stderr)
            return REFUSED
    except BaseException:
        traceback.print_exc()
        return FAILED
    return switch.count


if __name__ == "__main__":
    main(sys.argv[1])
