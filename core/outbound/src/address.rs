//! Which addresses a request may go to.
//!
//! From the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its updates). What
//! is not globally reachable is refused; private and loopback addresses only where policy allows them;
//! addresses that serve secrets of the machine (cloud metadata) and link-local ones never.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet.
    Public,
    /// A private network or this machine.
    Private,
    /// Nowhere a request of ours should go.
    Never,
}

/// Judges an address.
#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, d] = address.octets();
    match (a, b, c, d) {
        // The machine's own wire server in Azure: a public-looking address that hands out secrets.
        (168, 63, 129, 16) => Reach::Never,
        (10 | 127, ..) | (192, 168, ..) => Reach::Private,
        (172, 16..=31, ..) | (100, 64..=127, ..) => {
            // Alibaba's metadata lies in the range shared by carriers.
            if address == Ipv4Addr::new(100, 100, 100, 200) { Reach::Never } else { Reach::Private }
        }
        (0 | 224..=255, ..)
        | (169, 254, ..)
        | (192, 0, 0 | 2, _)
        | (192, 88, 99, _)
        | (198, 18 | 19, ..)
        | (198, 51, 100, _)
        | (203, 0, 113, _) => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let s = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Private;
    }
    match s {
        // Mapped IPv4, and IPv4 behind a translator (RFC 6052): what counts is the address inside.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            reach_v4(embedded(high, low))
        }
        // Metadata of clouds that lies in the private range: EC2's, Google's, Oracle's, Scaleway's.
        [0xfd00, 0x0ec2, ..]
        | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254]
        | [0xfd00, 0x00c1, 0, 0, 0, 0, 0xa9fe, 0xa9fe]
        | [0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042] => Reach::Never,
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Protocol assignments with Teredo, documentation, 6to4.
        [0x2001, 0x0000..=0x01ff, ..]
        | [0x2001, 0x0db8, ..]
        | [0x2002, ..]
        | [0x3fff, 0x0000..=0x0fff, ..] => Reach::Never,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

/// Whether a request may go there.
#[must_use]
pub fn allowed(address: IpAddr, private_hosts: bool) -> bool {
    match reach(address) {
        Reach::Public => true,
        Reach::Private => private_hosts,
        Reach::Never => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_range_is_judged() {
        let table = [
            (
                Reach::Public,
                "1.1.1.1 149.154.167.220 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.0.1.1 198.17.0.1 223.255.255.255",
            ),
            (
                Reach::Private,
                "10.0.0.1 127.0.0.1 127.255.0.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1",
            ),
            (
                Reach::Never,
                "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255",
            ),
            (
                Reach::Public,
                "2606:4700::1111 2a00:1450::1 2001:200::1 ::ffff:1.1.1.1 64:ff9b::101:101",
            ),
            (
                Reach::Private,
                "::1 fd12:3456::1 fc00::1 fd20:ce::253 fd00:c1::1 fd00:42::43 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1",
            ),
            (
                Reach::Never,
                ":: fe80::1 fec0::1 ff02::1 fd00:ec2::254 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42 ::ffff:100.100.100.200 2001::1 2001:db8::1 2002:7f00:1::1 64:ff9b:1::1 64:ff9b::a9fe:a9fe ::ffff:169.254.169.254 ::127.0.0.1 3fff::1 100::1 4000::1",
            ),
        ];
        for (expected, addresses) in table {
            for address in addresses.split(' ') {
                assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
            }
        }
    }
}
