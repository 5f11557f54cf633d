"""Security and cache headers for every answer."""

from flask import Request, Response

from ..config import Settings

# Swagger UI sets styles on elements and carries its images in its style sheet; scripts come only from this service.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
STANDARD = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))


class Hardening:
    """Adds the headers; what requests with a token, or to paths that start with `never_cached`, get is not cached."""

    def __init__(self, settings: Settings, never_cached: str):
        self._never_cached = never_cached
        self._varies = bool(settings.cors_origins)

    def harden(self, request: Request, response: Response) -> None:
        """Add the headers to an answer."""
        headers = response.headers
        headers.extend(STANDARD)
        if response.mimetype == "text/html" and "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = PAGE_POLICY
        if "HTTP_AUTHORIZATION" in request.environ or request.path.startswith(self._never_cached):
            headers["Cache-Control"] = "no-store"
        if request.scheme == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if self._varies:
            response.vary.add("Origin")  # on answers to no or another site too, or a cache would pass those on
