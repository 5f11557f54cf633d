"""CORS: which other sites may read the answers in a browser, and what of them (https://fetch.spec.whatwg.org)."""

from collections.abc import Sequence

from flask import Flask
from flask_cors import CORS

# Beside what a browser shows anyway: what a page decides by, and what it quotes when it reports something.
EXPOSED = [
    *("Allow", "Content-Disposition", "Date", "ETag", "Location", "Retry-After", "WWW-Authenticate"),
    *("Idempotent-Replayed", "RateLimit", "RateLimit-Policy", "X-Request-ID"),
]
# What the API reads, and what tracing libraries (W3C Trace Context and Baggage, Sentry) and fetch's `cache` add.
SENT = [
    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-ID"),
    *("Cache-Control", "baggage", "sentry-trace", "traceparent", "tracestate"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def register(app: Flask, origins: Sequence[str]) -> None:
    """Let the sites in `CORS_ORIGINS` read the answers of `app`; do nothing if there are none."""
    if origins:
        CORS(
            app,
            origins=list(origins),
            allow_headers=SENT,
            expose_headers=EXPOSED,
            methods=METHODS,
            max_age=3600,
            vary_header=False,
        )
