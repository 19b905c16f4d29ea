//! Which addresses may be talked to.
//!
//! A name is never judged, only the addresses it resolves to, and the connection is made to exactly
//! the addresses that were judged: a name that changes its answer in between gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The rule for one kind of call.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    networks: Vec<IpNet>,
}

impl Guard {
    /// The public Internet and these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { networks }
    }

    /// Whether an address may be talked to.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        is_public(canonical) || self.networks.iter().any(|network| network.contains(&canonical))
    }
}

/// Whether an address belongs to the public Internet, however it is dressed.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || matches!(
            address.octets(),
            [0 | 240..=255, ..] // this network; reserved and broadcast
                | [100, 64..=127, ..] // shared by carriers (RFC 6598)
                | [192, 0, 0, _] // protocol assignments (RFC 6890)
                | [192, 88, 99, _] // 6to4 relays (RFC 7526)
                | [198, 18 | 19, ..] // benchmarks (RFC 2544)
        );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Mapped IPv4 (RFC 4291).
        [0, 0, 0, 0, 0, 0xffff, high, low] => is_public_v4(embedded(high, low)),
        // NAT64 (RFC 6052). Its local-use sibling 64:ff9b:1::/48 falls to the last arm.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Protocol assignments, Teredo among them (RFC 2928, 4380), and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect("an address"))
    }

    #[test]
    fn inner_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn outer_addresses_are_public() {
        for text in [
            "8.8.8.8",
            "46.101.109.139",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2a02:6b8::1",
            "2606:4700:4700::1111",
        ] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn a_configured_network_is_allowed_however_it_is_dressed() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().expect("a network")]);
        let allows = |text: &str| guard.allows(text.parse().expect("an address"));
        assert!(allows("10.1.2.3"));
        assert!(allows("::ffff:10.1.2.3"));
        assert!(!allows("10.2.0.1"));
        assert!(!allows("127.0.0.1"));
    }
}
