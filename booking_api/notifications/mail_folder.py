"""A folder that keeps mails as files, so that in development they can be read although they reach nobody."""

import contextlib
import itertools
import logging
import os
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from ..jobs.outbox import PermanentFailure
from ..private_files import open_private, private_folder
from .mailboxes import Mailbox
from .message import Message
from .mime import compose

logger = logging.getLogger(__name__)

MOST_FILES = 1000
# After each file the thread rests for `REST` times as long as it took, and once more for each `REST_MORE` that wait. So
# the mails of somebody who tries the service out are soon there, and in a rush they take a hundredth of a core.
REST, REST_MORE = 9, 10


class MailFolder:
    """Writes messages to files `<time>-<process>-<number>.eml` for this user alone, and keeps the newest 1,000.

    A thread writes them, and rests after each. Of what waits, too, only the newest 1,000 are kept. A message that
    cannot be written is logged, and nothing else depends on it.
    """

    def __init__(self, path: Path, sender: Mailbox):
        self._path = path
        self._sender = sender
        self._waiting: deque[Message] = deque(maxlen=MOST_FILES)
        self._changed = threading.Condition()
        self._writing = False
        self._numbers = itertools.count(1)

    def keep(self, message: Message) -> None:
        """Write the message soon."""
        with self._changed:
            self._waiting.append(message)
            if not self._writing:
                self._writing = True
                threading.Thread(target=self._write_all, name="mail-folder", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is written, up to `seconds`; return True if it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._writing, seconds)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._writing = False
                    self._changed.notify_all()
                    return
                message = self._waiting.popleft()
            began = time.thread_time()
            try:
                self._write(message)
            except (OSError, PermanentFailure) as error:
                logger.warning("A mail could not be kept in %s: %s", self._path, error)
            time.sleep((time.thread_time() - began) * (REST + len(self._waiting) // REST_MORE))

    def _write(self, message: Message) -> None:
        content = compose(message, self._sender).as_bytes()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with private_folder(self._path) as folder:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}-{next(self._numbers)}.eml"
            with open(open_private(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, folder), "wb") as file:
                file.write(content)
            kept = sorted(found for found in os.listdir(folder) if found.endswith(".eml"))
            for oldest in kept[:-MOST_FILES]:
                with contextlib.suppress(FileNotFoundError):  # another process may have removed it
                    os.unlink(oldest, dir_fd=folder)
