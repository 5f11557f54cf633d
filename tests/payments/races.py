"""Several things at the same moment, each in a thread of its own."""

import threading

from ..pids import CALM_SECONDS


def together(count, *acts):
    """Do these so many times each, all at once; return what they return."""
    results, barrier = [], threading.Barrier(count * len(acts))

    def run(act):
        barrier.wait(CALM_SECONDS)
        results.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * CALM_SECONDS)
    assert len(results) == len(threads)
    return results
