"""Receivers of webhooks on this machine, which fail in every way that a test asks for."""

import random
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from .customers import make

RESET, DROP, HANG = "reset", "drop", "hang"
HANG_SECONDS = 600  # at most, should nobody end the receiver
FAILURES = (200, 200, 200, 500, RESET, DROP)


class Receiver:
    """A receiver on this machine, which does one of its `outcomes` at random to each message.

    It answers with a status, hangs up before the message is read (`DROP`) or after it was taken (`RESET`), or takes it
    and does not answer as long as the test lasts (`HANG`).
    """

    def __init__(self, outcomes=(200,)):
        self.received = defaultdict(list)  # for each change: the ids under which it came
        self.requests = 0
        self._let_go = threading.Event()
        receiver, mutex = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outcome = random.choice(outcomes)
                if outcome == DROP:
                    self.connection.close()
                    return
                message = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with mutex:
                    receiver.requests += 1
                    if outcome != 500:  # after a reset too: the sender cannot know that it was taken
                        key = message["event_id"], message["sequence"]
                        receiver.received[key].append((self.headers["webhook-id"], message["id"], message["type"]))
                if outcome == HANG:
                    receiver._let_go.wait(HANG_SECONDS)
                elif outcome != RESET:
                    self.send_response(outcome)
                    self.end_headers()

            def log_message(self, *_args):
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()


def make_webhook(organizer, url):
    """Have everything told to a URL."""
    make(organizer, "/webhooks", {"url": url, "types": ["*"]})
