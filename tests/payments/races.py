"""Several things at the same moment, each in a thread of its own."""

import threading


def together(count, *acts):
    """Do these so many times each, all at once; return what they return."""
    results, barrier = [], threading.Barrier(count * len(acts))

    def run(act):
        barrier.wait(10)
        results.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == len(threads)
    return results
