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
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use vestnik_app::caller::network;
use vestnik_engine::allowance::{Allowance, Rate};
use vestnik_model::time::{Millis, Timestamp};

/// A thousand calls at once, then twenty a second.
const RATE: Rate = Rate { burst: 1_000, every: Millis(50) };
/// Addresses that are remembered; beyond, strangers share one allowance.
const ADDRESSES_MAX: usize = 20_000;
/// What addresses have left.
#[derive(Debug, Default)]
pub(crate) struct Allowances(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_address: HashMap<IpAddr, Allowance>,
    strangers: Allowance,
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
            known.by_address.retain(|_, allowance| allowance.whole_at() > now);
            if known.by_address.len() >= ADDRESSES_MAX {
                return known.strangers.take(now, RATE);
            }
        }
        known.by_address.entry(address).or_default().take(now, RATE)
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
        (0..=RATE.burst).take_while(|_| allowances.take(address(from), now).is_ok()).count() as i64
    }

    #[test]
    fn a_burst_goes_through_and_the_rest_comes_later() {
        let allowances = Allowances::default();
        assert_eq!(through(&allowances, "192.0.2.1", NOW), RATE.burst);
        assert_eq!(allowances.take(address("192.0.2.1"), NOW), Err(RATE.every));
        assert!(allowances.take(address("192.0.2.2"), NOW).is_ok(), "others are not in the way");
        assert_eq!(through(&allowances, "2001:db8::1", NOW), RATE.burst);
        assert!(allowances.take(address("2001:db8::2"), NOW).is_err(), "a network is one caller");
        assert_eq!(through(&allowances, "192.0.2.1", NOW + Millis(RATE.every.0 * 3)), 3);
        let rested = NOW + Millis(RATE.every.0 * (RATE.burst + 3));
        assert_eq!(through(&allowances, "192.0.2.1", rested), RATE.burst, "no more is saved up");
    }

    #[test]
    fn the_memory_is_bounded_and_strangers_share_what_is_left() {
        let allowances = Allowances::default();
        for n in 0..u32::try_from(ADDRESSES_MAX).unwrap() {
            allowances.take(IpAddr::from(n.to_be_bytes()), NOW).unwrap();
        }
        assert_eq!(through(&allowances, "192.0.2.1", NOW), RATE.burst);
        assert!(allowances.take(address("192.0.2.2"), NOW).is_err(), "they share one");
        let size = |of: &Allowances| of.0.lock().unwrap().by_address.len();
        assert_eq!(size(&allowances), ADDRESSES_MAX);
        allowances.take(address("192.0.2.3"), NOW + Millis::seconds(1)).unwrap();
        assert_eq!(size(&allowances), 1, "whoever has all of it back is forgotten");
    }
}
