"""Workers that are killed in the midst of a rush lose no booking and make none twice."""

import os
import random
import subprocess
import sys

from ..pids import eventually, kill
from ..processes import CHECKOUT, Service
from .customers import Customers
from .database_checks import assert_exact

BOOKINGS, KILLS, WORKERS = 300, 6, 3


def test_random_workers_killed_in_a_rush_lose_nothing_and_sell_nothing_twice(uri, var_dir, large):
    bookings, kills = BOOKINGS * large, KILLS * large
    with (
        Service(var_dir, workers=WORKERS, MONGODB_URI=uri, REQUEST_SECONDS=2) as service,
        Customers(service, count=12, tickets=bookings * 2) as customers,
    ):
        killed = set()
        customers.start(bookings)
        for number in range(kills):
            # The next kill comes when the sales have moved on, and all workers are there again.
            enough = bookings * (number + 0.5) / kills
            eventually(lambda enough=enough: customers.done >= enough, "the sales go on", pause=0.005)
            workers = eventually(lambda: len(service.worker_pids()) == WORKERS and service.worker_pids(), "all run")
            killed.add(pid := random.choice(workers))
            kill(pid)
        customers.wait()
        assert len(killed) == kills
        assert customers.failures["ConnectionError"] > 0
        database = service.database()
        assert_exact(database, customers.acknowledged)
        assert len(customers.acknowledged) == bookings
        database.client.close()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "audit"]
    told = service.settings | {"PATH": os.environ["PATH"]}
    audit = subprocess.run(
        command, cwd=CHECKOUT, env={name: str(value) for name, value in told.items()}, capture_output=True, check=False
    )
    assert (audit.returncode, audit.stdout.decode().splitlines()[-1:]) == (0, ["2 events audited, 0 faults."])
