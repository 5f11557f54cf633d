"""Receive webhooks: WEBHOOK_SECRET=whsec_... python receiver.py 8080"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = deque(maxlen=10_000)  # in earnest: in your database, in the transaction that does what the message asks for


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers["Content-Length"] or 0), 1_000_000))
        message, sent_at = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "")
        signatures = self.headers.get("webhook-signature", "").split(" ")
        digest = hmac.digest(KEY, f"{message}.{sent_at}.".encode() + body, hashlib.sha256)
        expected = b"v1," + base64.b64encode(digest)
        is_signed = any(hmac.compare_digest(expected, signature.encode()) for signature in signatures)
        is_good = is_signed and abs(time.time() - int(sent_at)) <= 300
        if is_good and message not in seen:  # it may come twice
            change = json.loads(body)
            print(change["type"], change["event_id"], change["sequence"], flush=True)
            seen.append(message)
        self.send_response(204 if is_good else 400)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
