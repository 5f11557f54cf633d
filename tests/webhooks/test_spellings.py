"""However a URL is written: no spelling of a private host gets through, and what cannot be read is refused."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from booking_api.webhooks.targets import TargetRefused

from .resolvers import targets

LITERALS = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "0x7f.0.0.1", "0x7f000001"),
    *("017700000001", "127.0.0.1.", "127.1.", "0x.0x.0x.0x", "1.2.3.4.5", "256.0.0.1", "0", "0x", "127.0.0.0x1"),
    *("127.0.0.08", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[2606:4700::1%25eth0]", "[fd00::1]", "[v1.a]"),
    *("[127.0.0.1]", "[]", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "１２７．１", "0ｘ7f.1", "127.0.0.%31"),
    *("%31%32%37.0.0.1", "127%2e0.0.1", "a.127", "example.com.0x7f", "169.254.169.254", "[fd00:ec2::254]"),
    *("8.8.8.010", "134744072", "08.8.8.8"),
]
NAMES = [
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "printer.local", "metadata.google.internal"),
    *("wiki.corp", "nas.home.arpa", "router.lan", "intranet", "kubernetes.default.svc.cluster.local", "receiver"),
]


@pytest.mark.parametrize("host", [*LITERALS, *NAMES])
def test_no_spelling_of_a_private_host_is_accepted_even_if_it_resolves(host):
    with pytest.raises(TargetRefused):
        targets().check(f"https://{host}/")


UNREADABLE_HOSTS = [
    *("", ".", "..", ".a.com", "a..com", "a.com..", "-a.com", "a-.com", "a b.com", "a%20b.com", "a,b.com", "a:b.com"),
    *("[::1", "::1", "[::1]a", "a[::1]", "*.a.com", "a.com:", "a.com:x", "a.com:-1", "a.com:+443", "a.com:４４３"),
    *("a.com:443:443", "a.com:000443", "a.com:0", "a.com:65536", "a.com:99999", "user@a.com", "user:password@a.com"),
    *("a.com:443@b.com", "@a.com", "a.com\\@b.com", "a.com\\.b.com", f"{'a' * 64}.com", ".".join(["a" * 60] * 5)),
    *("é" * 300 + ".com", "xn--é.com", "℀.com", "a／b.com", "a＠b.com", "a\u200d.com", "a\u00ad.com", "a\u2028.com"),
    *("a\x00.com", "a\n.com", "a\t.com", "a\ud800.com"),
]


@pytest.mark.parametrize("host", UNREADABLE_HOSTS)
def test_a_host_that_cannot_be_read_is_refused(host):
    for allow_private in (False, True):
        with pytest.raises(TargetRefused):
            targets(allow_private=allow_private).check(f"https://{host}/")


UNREADABLE_URLS = [
    *("", "https", "https:", "https:/a.com", "https:a.com", "//a.com/", "a.com", "/a", " https://a.com/"),
    *("https://a.com/ ", "https://a.com/a b", "https://a.com/\r\nHost: b.com", "https://a.com/\x7f"),
    *("https://a.com/\\b", "https://a.com/#x", "https://a.com#", "https://a.com/\u00a0", "https://a.com/\ud800"),
    *("ftp://a.com/", "file:///etc/passwd", "gopher://a.com/", "javascript:alert(1)", "unix:///run/x"),
    *("https+unix://a.com/", "data:text/html,x", f"https://a.com/{'a' * 2000}"),
]


@pytest.mark.parametrize("url", UNREADABLE_URLS)
def test_what_is_no_url_of_a_web_server_is_refused(url):
    for allow_private in (False, True):
        with pytest.raises(TargetRefused) as refusal:
            targets(allow_private=allow_private).check(url)
        assert refusal.value.members["errors"] == {"url": [str(refusal.value)]}


PARTS = st.sampled_from(["{:d}", "0{:o}", "0x{:x}", "0X{:X}", "00{:d}", "0x0{:x}"])
DOTS = st.sampled_from(".。．｡")
DIGITS = st.sampled_from([str.maketrans("", ""), str.maketrans("0123456789", "０１２３４５６７８９"),
                          str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")])  # fmt: skip
SPECIAL = [
    *("127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "0.0.0.0/8"),
]
INSIDE = st.sampled_from(SPECIAL).flatmap(lambda network: st.ip_addresses(network=network))


@given(address=INSIDE, forms=st.lists(PARTS, min_size=4, max_size=4), dot=DOTS, digits=DIGITS, parts=st.integers(1, 4))
def test_no_way_to_write_a_private_ipv4_address_gets_through(address, forms, dot, digits, parts):
    numbers = [*address.packed[: parts - 1], int.from_bytes(address.packed[parts - 1 :])]
    written = dot.join(form.format(number) for form, number in zip(forms, numbers, strict=False)).translate(digits)
    with pytest.raises(TargetRefused):
        targets().check(f"https://{written}/")


@given(
    address=INSIDE,
    prefix=st.sampled_from(["::", "::ffff:", "::ffff:0:", "64:ff9b::", "64:ff9b:1::", "2001::", "fe80::"]),
)
@example(ipaddress.ip_address("127.0.0.1"), "::ffff:")
def test_no_ipv6_address_with_a_private_ipv4_address_in_it_gets_through(address, prefix):
    full = ipaddress.ip_address(f"{prefix}{address}")
    for written in (f"{prefix}{address}", str(full), full.exploded, full.exploded.upper()):
        with pytest.raises(TargetRefused):
            targets().check(f"https://[{written}]/")


@given(url=st.text(max_size=40) | st.text(max_size=30).map("https://{}".format))
def test_no_text_does_anything_but_be_refused_or_accepted(url):
    for allow_private in (False, True):
        try:
            checked = targets(allow_private=allow_private).check(url)
        except TargetRefused:
            continue
        assert checked.url == url
        assert (checked.host + checked.path).isascii()
