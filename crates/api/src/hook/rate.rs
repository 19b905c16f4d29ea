//! How often one address may call hooks. Generous: a booking system calls for all of its customers
//! from a few addresses, and often many bookings change at once. What is beyond is told to come later,
//! before its body is read.

use super::{Answer, json};
use crate::{Doors, caller};
use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderValue, Request, StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use vestnik_model::time::{Millis, Timestamp};

/// Calls that an address may make at once …
const BURST: i64 = 1_000;
/// … and how quickly it earns new ones: one in so many milliseconds, twenty a second.
const EARNED_EVERY: Millis = Millis(50);
/// Addresses that are remembered; beyond, strangers share one allowance.
const ADDRESSES_MAX: usize = 20_000;
/// Of an IPv6 address so many bits count: whoever has one has a whole network of them.
const NETWORK_BITS: u32 = 64;

/// What addresses have left.
#[derive(Debug, Default)]
pub(crate) struct Allowances(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_address: HashMap<IpAddr, Allowance>,
    strangers: Allowance,
}

/// An allowance, kept as the moment at which it will be whole again.
#[derive(Debug, Clone, Copy, Default)]
struct Allowance {
    whole_at: Timestamp,
}

impl Allowance {
    /// Takes one call off it; else says after which pause there is one.
    fn take(&mut self, now: Timestamp) -> Result<(), Millis> {
        let whole_at = self.whole_at.max(now) + EARNED_EVERY;
        let owed = whole_at - (now + Millis(EARNED_EVERY.0 * BURST));
        // A clock that was put back must not shut anybody out.
        if owed.0 > 0 && owed.0 <= EARNED_EVERY.0 * BURST {
            return Err(owed);
        }
        self.whole_at = if owed.0 > 0 { now + EARNED_EVERY } else { whole_at };
        Ok(())
    }
}

impl Allowances {
    /// Takes a call off an address's allowance.
    ///
    /// # Errors
    /// With the pause after which there is one again.
    fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), Millis> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if !known.by_address.contains_key(&address) && known.by_address.len() >= ADDRESSES_MAX {
            // What is whole again needs no memory.
            known.by_address.retain(|_, allowance| allowance.whole_at > now);
            if known.by_address.len() >= ADDRESSES_MAX {
                return known.strangers.take(now);
            }
        }
        known.by_address.entry(address).or_default().take(now)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let mask = u128::MAX << (Ipv6Addr::BITS - NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// Lets a call through, or tells it when to come again.
pub(super) async fn limit(
    State((doors, allowances)): State<(Arc<Doors>, Arc<Allowances>)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let trusted = &doors.settings.trusted_proxies;
    let address = caller::address(peer.ip(), request.headers(), trusted);
    match allowances.take(address, doors.hub.now()) {
        Ok(()) => next.run(request).await,
        Err(pause) => {
            metrics::counter!("vestnik_hook_calls_refused_total").increment(1);
            too_many(pause)
        }
    }
}

fn too_many(pause: Millis) -> Response {
    let seconds = pause.0.div_euclid(1_000) + 1;
    let words = format!("Too many calls from this address. Send it again in {seconds} s.");
    let answer = Answer::error("Error", words, String::new());
    let mut response = json(StatusCode::TOO_MANY_REQUESTS, &answer);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many calls get through at a moment.
    fn through(allowances: &Allowances, from: &str, now: Timestamp) -> i64 {
        (0..=BURST).take_while(|_| allowances.take(address(from), now).is_ok()).count() as i64
    }

    #[test]
    fn a_burst_goes_through_and_the_rest_comes_later() {
        let allowances = Allowances::default();
        assert_eq!(through(&allowances, "192.0.2.1", NOW), BURST);
        assert_eq!(allowances.take(address("192.0.2.1"), NOW), Err(EARNED_EVERY));
        assert!(allowances.take(address("192.0.2.2"), NOW).is_ok(), "others are not in the way");
        assert_eq!(through(&allowances, "192.0.2.1", NOW + Millis(EARNED_EVERY.0 * 3)), 3);
        let rested = NOW + Millis(EARNED_EVERY.0 * (BURST + 3));
        assert_eq!(through(&allowances, "192.0.2.1", rested), BURST, "no more is saved up");
    }

    #[test]
    fn a_network_is_one_caller_and_a_clock_put_back_shuts_nobody_out() {
        let allowances = Allowances::default();
        assert_eq!(through(&allowances, "2001:db8::1", NOW), BURST);
        assert!(allowances.take(address("2001:db8::2"), NOW).is_err());
        assert!(allowances.take(address("2001:db8:0:1::1"), NOW).is_ok());
        let before = NOW - Millis::hours(1);
        assert_eq!(through(&allowances, "2001:db8::1", before), BURST);
    }

    #[test]
    fn the_memory_is_bounded_and_strangers_share_what_is_left() {
        let allowances = Allowances::default();
        for n in 0..u32::try_from(ADDRESSES_MAX).unwrap() {
            allowances.take(IpAddr::from(n.to_be_bytes()), NOW).unwrap();
        }
        assert_eq!(through(&allowances, "192.0.2.1", NOW), BURST);
        assert!(allowances.take(address("192.0.2.2"), NOW).is_err(), "they share one");
        let size = |of: &Allowances| of.0.lock().unwrap().by_address.len();
        assert_eq!(size(&allowances), ADDRESSES_MAX);
        allowances.take(address("192.0.2.3"), NOW + Millis::seconds(1)).unwrap();
        assert_eq!(size(&allowances), 1, "whoever has all of it back is forgotten");
    }
}
