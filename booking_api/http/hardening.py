"""Security and cache headers for every answer, and CORS for other sites."""

from flask import Flask, Response, request
from flask_cors import CORS

from ..config import Settings

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
METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
# Swagger UI sets styles on elements and carries its images in its style sheet; scripts come only from this service.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def register(app: Flask, settings: Settings, never_cached: str) -> None:
    """Harden the answers of `app`, and let the sites in `CORS_ORIGINS` read them.

    Answers to paths that start with `never_cached` are never cached, and neither are answers to requests with a token.
    """

    def harden(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if response.mimetype == "text/html" and "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = PAGE_POLICY
        if "Authorization" in request.headers or request.path.startswith(never_cached):
            response.headers["Cache-Control"] = "no-store"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if settings.cors_origins:
            response.vary.add("Origin")  # on answers to no or another site too, or a cache would pass those on
        return response

    app.after_request(harden)
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            allow_headers=SENT,
            expose_headers=EXPOSED,
            methods=METHODS,
            max_age=3600,
            vary_header=False,
        )
