"""Which IP addresses are public, that is on the internet and neither in our network nor in our provider's. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# https://www.iana.org/assignments/iana-ipv4-special-registry, in full: what `is_global` knows depends on the Python.
SPECIAL_IPV4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by customers of a provider; some keep their metadata there
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, and is what a machine in Azure asks about itself
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
# All that is assigned to be reached by anybody is in here. Loopback, link-local, unique local, mapped and compatible
# IPv4 (::ffff:0:0/96, ::/96), local NAT64 (64:ff9b:1::/48) and multicast are not.
GLOBAL_UNICAST = IPv6Network("2000::/3")
SPECIAL_IPV6 = [
    ip_network(text)
    for text in (
        "2001::/23",  # Teredo (2001::/32), which has an IPv4 address in it, benchmarks and other protocols
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which has an IPv4 address in it
        "3fff::/20",  # documentation
    )
]
NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 writes the IPv4 address in the last 32 bits (RFC 6052)


def is_public(address: str) -> bool:
    """Whether an address is public; what is no address is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed in NAT64 and parsed.scope_id is None:
        parsed = IPv4Address(parsed.packed[-4:])
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not any(parsed in network for network in SPECIAL_IPV4)
    is_plain = parsed.scope_id is None and parsed in GLOBAL_UNICAST
    return is_plain and parsed.is_global and not any(parsed in network for network in SPECIAL_IPV6)
