"""Slugs and URLs: only what is surely one is taken, and it is kept as it is."""

import pytest
from marshmallow import ValidationError

from booking_api.http.fields import HttpsUrl, Slug


def refuses(field, value):
    """Whether the field refuses this value, and says why."""
    with pytest.raises(ValidationError) as refusal:
        field.deserialize(value)
    return bool(refusal.value.messages)


@pytest.mark.parametrize("value", ["jazz", "open-air", "a", "80s", "2031-06-01", "x" * 50])
def test_a_slug_is_letters_digits_and_single_hyphens(value):
    assert Slug(most=50).deserialize(value) == value


@pytest.mark.parametrize(
    "value", ["", "Jazz", "open air", "-a", "a-", "a--b", "a_b", "é", "٣", "a\n", "x" * 51, "a/b", 1, None, ["a"], {}]
)
def test_what_is_not_in_slug_form_is_refused(value):
    assert refuses(Slug(most=50, required=True), value)


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com",
        "https://example.com/",
        "HTTPS://Images.Example.com:8443/a/b%20c.jpg?w=100&h=1#top",
        "https://xn--bcher-kva.example/~ada/(1),2;3=@:!$'*+.png",
        "https://192.0.2.1/a",
        "https://a.b-c.d/?q",
        "https://example.com/" + "a" * 1980,
    ],
)
def test_a_url_is_kept_as_it_is(value):
    assert HttpsUrl(most=2000).deserialize(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "https://",
        "https:///a",
        "https:example.com",
        "http://example.com/a",
        "ftp://example.com/a",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//example.com/a",
        "/a.jpg",
        "example.com/a.jpg",
        "https://ada@example.com/",
        "https://ada:secret@example.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://-a.com/",
        "https://a..b/",
        "https://.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 127 + "com/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/a\n",
        "https://example.com/a\tb",
        "https://example.com/\x00",
        "https://example.com/ü",
        "https://bücher.example/",
        "https://example.com/%zz",
        "https://example.com/%2",
        "https://example.com/\\evil",
        "https://example.com\\@evil.example/",
        'https://example.com/"onload="',
        "https://example.com/<script>",
        "https://example.com/#a#b",
        " https://example.com/",
        "https://example.com/" + "a" * 1981,
        1,
        None,
        ["https://example.com/"],
    ],
)
def test_what_is_no_https_url_with_a_host_alone_is_refused(value):
    assert refuses(HttpsUrl(most=2000, required=True), value)
