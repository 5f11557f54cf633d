"""What bcrypt costs by itself, beside which a login is measured: its CPU varies with all else that a machine does."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import bcrypt

from .servers import CORES, PASSWORD

SECONDS = 0.5
LEAST = 3


def milliseconds(cost: int) -> float:
    """CPU milliseconds of one check of a password, the median of half a second in which all cores do only that."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost))

    def check(_thread: int) -> list[float]:
        times = []
        deadline = time.monotonic() + SECONDS
        while len(times) < LEAST or time.monotonic() < deadline:
            began = time.thread_time()
            bcrypt.checkpw(PASSWORD.encode(), hashed)
            times.append(time.thread_time() - began)
        return times

    with ThreadPoolExecutor(CORES) as pool:
        return 1000 * median(seconds for times in pool.map(check, range(CORES)) for seconds in times)
