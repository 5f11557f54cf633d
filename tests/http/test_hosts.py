"""The host that a caller or a proxy names shapes nobody else's answer, and sends nobody elsewhere."""

import pytest

from ..apps import mongomock_app

HOST = "evil.example.com"


def type_of(answer):
    """The `type` of a problem document: a URL of the service, as the caller named it."""
    return answer.get_json(force=True)["type"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/api/v1//events", "/api/v1/events"),
        ("/api/v1//events?q=//a&sort=title", "/api/v1/events?q=//a&sort=title"),
        ("//docs//swagger.css", None),
        ("//evil.example.com", None),
        ("//evil.example.com//docs", None),
        ("/\\evil.example.com//docs", None),
    ],
)
@pytest.mark.parametrize("host", ["localhost", HOST, "a//evil.example.com", "a/\\evil.example.com"])
def test_a_redirect_stays_with_the_service(client, path, location, host):
    answer = client.client.get(path, headers={"Host": host})
    target = answer.headers.get("Location", "")
    assert "://" not in target
    assert not target.startswith(("//", "/\\"))
    if host == HOST and location:
        assert (answer.status_code, target) == (308, location)


@pytest.mark.parametrize(
    ("hops", "trusted", "seen"),
    [(0, False, "localhost"), (0, True, "localhost"), (1, False, "localhost"), (1, True, HOST)],
)
def test_a_forwarded_host_counts_only_where_a_setting_says_so(clock, outgoing, hops, trusted, seen):
    app = mongomock_app(clock, outgoing, trusted_proxy_hops=hops, trust_forwarded_host=trusted)
    answer = app.test_client().get("/nothing", headers={"X-Forwarded-Host": HOST})
    assert type_of(answer) == f"http://{seen}/problems/not_found"


def test_a_shared_answer_names_the_host_of_nobody(client):
    for path in ("/api/v1/events", "/api/v1/events?cursor=x", "/docs", "/openapi.json", "/problems", "/"):
        first = client.client.get(path, headers={"Host": HOST})
        assert first.status_code == 422 or HOST not in first.text
        assert HOST not in client.client.get(path).text
