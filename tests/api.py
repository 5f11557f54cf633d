"""A client of the API in the tests, that holds every answer against the OpenAPI document."""

from dataclasses import dataclass, field

from flask.testing import FlaskClient

from . import contract


@dataclass
class Api:
    """A client that speaks JSON under /api/v1, as one person or as nobody."""

    client: FlaskClient
    token: str | None = None
    user: dict = field(default_factory=dict)

    def call(self, method, path, body=None, **options):
        """Send a request, and hold the answer against the document; `headers` and `query_string` are passed on."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers, **options)
        contract.check(method, f"/api/v1{path}", answer.status_code, answer.headers, answer.data, body)
        return answer

    def seen(self, method, path, **options):
        """Send a request to what stands outside /api/v1, without a token, and hold the answer against the document."""
        answer = self.client.open(path, method=method, **options)
        contract.check(method, path, answer.status_code, answer.headers, answer.data)
        return answer

    def get(self, path, **options):
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        """POST."""
        return self.call("POST", path, body, **options)

    def patch(self, path, body, **options):
        """PATCH."""
        return self.call("PATCH", path, body, **options)

    def delete(self, path, **options):
        """DELETE."""
        return self.call("DELETE", path, **options)
