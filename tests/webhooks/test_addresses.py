"""Which addresses are public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_api.webhooks.addresses import is_public
from booking_api.webhooks.targets import TargetRefused

from .resolvers import PUBLIC, targets

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1", "192.0.0.192"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", f"::{PUBLIC}", "::ffff:127.0.0.1", "::ffff:10.0.0.1", f"::ffff:{PUBLIC}"),
    *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8"),
    *("2002:7f00:1::", "2002:a00:1::1", "2002:5db8:d70e::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1"),
    *("2001:2::1", "2001:10::1", "2001:20::1", "3fff::1", "5f00::1", "100::1", "4000::1", "2606:4700::1%1"),
    *("", "localhost", "1.2.3", "0x7f.0.0.1", "127.1", "2130706433", "93.184.215.014"),
]


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "8.8.8.8", "223.255.255.255", "2606:4700::6810:84e5", "64:ff9b::8.8.8.8"]
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_any_other_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_has_a_private_address_among_others_is_refused(address):
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(TargetRefused, match=r"^The host has an address that is not public\.$"):
            targets(*found).check("https://hooks.example.com/")


@given(address=st.ip_addresses())
def test_what_is_public_is_global_to_python_too(address):
    assert not is_public(str(address)) or address.is_global or "64:ff9b::" in str(address)
