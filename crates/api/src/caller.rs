//! Who calls: the address at the other end, or the one a trusted proxy names.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// The caller's address. `X-Forwarded-For` is read from its end, as far as trusted proxies wrote
/// it: the first address that is not one of them is the caller.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if trusted.is_empty() || !is_trusted(&peer) {
        return peer;
    }
    let mut hops: Vec<&str> = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        hops.extend(value.to_str().unwrap_or_default().split(','));
    }
    let mut caller = peer;
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        caller = address.to_canonical();
        if !is_trusted(&caller) {
            break;
        }
    }
    caller
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 1.2.3.4".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        assert_eq!(address(proxy, &headers, &[]), proxy);
        assert_eq!(address(proxy, &headers, &trusted).to_string(), "1.2.3.4");
        let stranger: IpAddr = "8.8.8.8".parse().unwrap();
        assert_eq!(address(stranger, &headers, &trusted), stranger);
    }
}
