"""gunicorn's threaded worker, which also leaves in time when connections are idle."""

import time

from gunicorn.workers.gthread import ThreadWorker

IDLE_GRACE_SECONDS = 1.0


class Worker(ThreadWorker):
    """A stopping gthread worker waits for idle keep-alive connections until `graceful_timeout`; this one does not.

    Requests in progress still have all of `graceful_timeout`. An idle connection has a moment, for a request that
    may be on its way.
    """

    def murder_keepalived(self) -> None:
        """Close connections that have been idle for too long: when stopping, for `IDLE_GRACE_SECONDS`."""
        if not self.alive:
            latest = time.monotonic() + IDLE_GRACE_SECONDS
            for connection in (*self.keepalived_conns, *self.pending_conns):
                connection.timeout = min(connection.timeout, latest)
        super().murder_keepalived()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, when stopping not past the moment that idle connections are to be closed."""
        super().wait_for_and_dispatch_events(timeout if self.alive else min(timeout, IDLE_GRACE_SECONDS / 4))
