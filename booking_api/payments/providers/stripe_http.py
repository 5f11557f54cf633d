"""How Stripe is called: over `requests`, each call bounded in time and size."""

import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any

import requests
import stripe

from ...storage.deadline import seconds_left

CALL_SECONDS = 5.0  # to connect, and for each wait for bytes; a call takes twice that at the most
MOST_ANSWER_BYTES = 1_000_000
MOST_CONNECTIONS = 16  # kept open; threads beyond them make their own
RETRIES = 1  # for a connection that Stripe had closed meanwhile; whoever wants more asks again
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class BoundedClient(stripe.HTTPClient):
    """A client that ends at the deadline of the request, follows no redirects and keeps no cookies."""

    name = "requests"

    def __init__(self, api_url: str | None = None, call_seconds: float = CALL_SECONDS):
        super().__init__()
        self._call_seconds = call_seconds
        self._direct = api_url is not None and api_url.startswith(LOOPBACK)  # no proxy stands before a fake
        self._session: requests.Session | None = None
        self._making = Lock()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Return body, status and headers. Raises `stripe.APIConnectionError`."""
        end = time.monotonic() + min(2 * self._call_seconds, seconds_left())
        patience = min(self._call_seconds, end - time.monotonic())
        if patience <= 0:
            raise _failed("no time left", again=False)
        try:
            with self._connected().request(
                method,
                url,
                headers=dict(headers or {}),
                data=post_data,
                timeout=patience,
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._content(response, end), response.status_code, response.headers
        except (requests.RequestException, OSError) as error:
            again = isinstance(error, requests.ConnectionError) and not isinstance(
                error, requests.exceptions.SSLError | requests.Timeout
            )
            raise _failed(type(error).__name__, again=again) from None

    def close(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            self._session.close()

    def _content(self, response: requests.Response, end: float) -> bytes:
        content = b""
        while part := response.raw.read1(MOST_ANSWER_BYTES, decode_content=True):
            content += part
            if len(content) > MOST_ANSWER_BYTES:
                raise requests.RequestException("too large")
            if time.monotonic() > end:
                raise requests.Timeout("too slow")
        return content

    def _connected(self) -> requests.Session:
        with self._making:
            if self._session is None:
                session = requests.Session()
                session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=MOST_CONNECTIONS))
                session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=MOST_CONNECTIONS))
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                session.auth = _unchanged  # otherwise a .netrc of this machine could replace the key
                session.trust_env = not self._direct
                self._session = session
            return self._session

    def _should_retry(self, response: Any, api_connection_error: Any, num_retries: int, most: int | None) -> bool:
        """Whether the library may wait and ask again: only while there is time for both."""
        wanted = super()._should_retry(response, api_connection_error, num_retries, most)
        return wanted and seconds_left() > 2 * self.INITIAL_DELAY


def _failed(reason: str, *, again: bool) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(reason, should_retry=again)  # type: ignore[no-untyped-call]


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
