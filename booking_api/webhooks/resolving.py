"""Ask DNS for the addresses of a host, for a limited time and with a limited number of threads."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

Resolver = Callable[[str, int], list[str]]  # host and port; raises `OSError` if there is no answer

MOST_LOOKUPS = 16  # at once in a process
LOOKUP_SECONDS = 5.0


def system_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them; raises `OSError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # not a name that can be asked for
        raise OSError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class LimitedResolver:
    """A resolver that gives up after `seconds`.

    Nothing interrupts a lookup of the system, so each has a thread of its own, which ends with it. A lookup that was
    given up still counts as one of the `most` at once. While all of them are such, others are refused without a wait.
    """

    def __init__(self, resolve: Resolver = system_addresses, most: int = MOST_LOOKUPS, seconds: float = LOOKUP_SECONDS):
        self._resolve, self._most, self._seconds = resolve, most, seconds
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._given_up: set[Future[list[str]]] = set()

    def __call__(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; raises `OSError`."""
        until = time.monotonic() + self._seconds
        if not self._free.acquire(timeout=0 if len(self._given_up) >= self._most else self._seconds):
            raise TimeoutError("Too many lookups have no answer yet.")
        lookup: Future[list[str]] = Future()
        try:
            # A daemon: a lookup that hangs does not keep the process from ending.
            threading.Thread(target=self._look_up, args=(lookup, host, port), name="lookup", daemon=True).start()
        except BaseException:
            self._free.release()
            raise
        try:
            return lookup.result(max(0, until - time.monotonic()))
        except TimeoutError:
            with self._lock:
                if not lookup.done():
                    self._given_up.add(lookup)
            raise

    def _look_up(self, lookup: "Future[list[str]]", host: str, port: int) -> None:
        try:
            lookup.set_result(self._resolve(host, port))
        except BaseException as error:
            lookup.set_exception(error)
        finally:
            with self._lock:
                self._given_up.discard(lookup)
            self._free.release()


resolve = LimitedResolver()  # of this process; it has no thread until it is asked
