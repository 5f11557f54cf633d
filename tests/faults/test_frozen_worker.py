"""A worker that freezes with the turn on an event, or with a transaction open, holds others up only for a moment."""

import os
import signal
import zlib
from pathlib import Path

from pymongo.uri_parser import parse_uri

from booking_api.bookings.sales import SHARED
from booking_api.storage.advisory_locks import SLOTS, folder_of

from ..pids import eventually, freeze
from ..processes import SECRET, Service
from .customers import Customers
from .database_checks import assert_exact

WORKERS = 3


def holders(service):
    """The processes that have the turn on the shared lane, by the kernel's list of locks."""
    slot = zlib.crc32(SHARED.encode()) % SLOTS
    uri = service.settings["MONGODB_URI"]
    path = folder_of(SECRET, uri, parse_uri(uri)["database"]) / f"{slot}.t"
    if not path.exists():
        return []
    inode = str(path.stat().st_ino)
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [int(words[4]) for words in locks if words[1] == "FLOCK" and words[5].split(":")[2] == inode]


def freeze_the_one_with_the_turn(service):
    """Freeze a worker while it has the turn; its process id, or None if it had passed the turn on just before."""
    for pid in set(holders(service)) & set(service.worker_pids()):
        freeze(pid)
        if pid in holders(service):
            return pid
        os.kill(pid, signal.SIGCONT)
    return None


def test_sales_of_a_hot_event_go_on_while_the_worker_with_its_turn_is_frozen(uri, var_dir, large):
    with (
        Service(var_dir, workers=WORKERS, MONGODB_URI=uri, REQUEST_SECONDS=2) as service,
        Customers(service, count=12, events=1, tickets=100_000, timeout=3) as customers,
    ):
        eventually(lambda: len(service.worker_pids()) == WORKERS, "all workers run")
        customers.start()
        for _ in range(2 * large):
            eventually(lambda before=customers.done: customers.done >= before + 20, "tickets are sold")
            frozen = eventually(lambda: freeze_the_one_with_the_turn(service), "one is frozen", pause=0)
            try:
                eventually(lambda before=customers.done: customers.done >= before + 40, "the others sell")
                assert frozen in service.worker_pids()
            finally:
                os.kill(frozen, signal.SIGCONT)
        eventually(lambda before=customers.done: customers.done >= before + 20, "all sell again")
        customers.finish()
        database = service.database()
        assert_exact(database, customers.acknowledged)
        database.client.close()
