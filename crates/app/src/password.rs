//! Passwords: argon2id at rest; a verified one is remembered for a while, because partners send
//! theirs with every call.

mod failures;

use crate::chance::secret_bytes;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use failures::Failures;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use vestnik_model::{id::PartnerId, time::Timestamp};

/// How long a verified password is remembered after it was used.
const REMEMBERED: Duration = Duration::from_secs(600);
/// How many are.
const REMEMBERED_MAX: u64 = 10_000;

type Digest = [u8; 32];

/// Verifies passwords.
pub struct Passwords {
    /// Its key only lives in this process: what is remembered is of no use to who copies it.
    mac: Hmac<Sha256>,
    verified: moka::sync::Cache<(PartnerId, Digest), ()>,
    /// Argon2 takes tens of milliseconds and 19 MiB on purpose: few at once.
    slots: tokio::sync::Semaphore,
    /// Who tried wrong ones. It is only looked at where a password is not remembered.
    failures: Mutex<Failures>,
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the partner's password.
    Right,
    /// It is not.
    Wrong,
    /// Too many wrong ones came from this address: this one was not looked at.
    TooMany,
}

/// Checks under way at once.
const SLOTS: usize = 4;

impl Passwords {
    /// An empty memory.
    ///
    /// # Errors
    /// If there is no randomness to be had.
    pub fn new() -> Result<Self, getrandom::Error> {
        // As long as it is used: else a partner's own forgotten program, which tries an old password from
        // the same address, could hold up the right one each time that has to be checked anew.
        let verified =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_MAX).time_to_idle(REMEMBERED);
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        let key: [u8; 32] = secret_bytes()?;
        block[..key.len()].copy_from_slice(&key);
        Ok(Self {
            mac: Hmac::new(&block),
            verified: verified.build(),
            slots: tokio::sync::Semaphore::new(SLOTS),
            failures: Mutex::default(),
        })
    }

    /// Whether this is the partner's password. Whoever guesses is held up, by partner and address:
    /// a password that was verified already is asked before that, and another address is another
    /// matter.
    pub async fn verify(
        &self,
        partner: PartnerId,
        hash: &str,
        password: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Verdict {
        let digest = self.digest(hash, password);
        if self.verified.contains_key(&(partner, digest)) {
            return Verdict::Right;
        }
        if self.failures().is_blocked(partner, from, now) {
            return Verdict::TooMany;
        }
        let Ok(_slot) = self.slots.acquire().await else { return Verdict::Wrong };
        if self.verified.contains_key(&(partner, digest)) {
            return Verdict::Right;
        }
        // Those that waited here for their turn may have become too many meanwhile.
        if self.failures().is_blocked(partner, from, now) {
            return Verdict::TooMany;
        }
        let (hash, password) = (hash.to_owned(), password.to_owned());
        let fits = tokio::task::spawn_blocking(move || is_password(&hash, &password));
        if fits.await.unwrap_or(false) {
            self.verified.insert((partner, digest), ());
            return Verdict::Right;
        }
        self.failures().note(partner, from, now);
        Verdict::Wrong
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bound to the stored hash too: a changed password is forgotten at once.
    fn digest(&self, hash: &str, password: &str) -> Digest {
        let mut mac = self.mac.clone();
        mac.update(hash.as_bytes());
        mac.update(&[0]);
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn is_password(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

/// Hashes a password for keeping.
///
/// # Errors
/// If there is no randomness to be had.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// A hash of a long random key: plain SHA-256 is enough for those.
#[must_use]
pub fn key_hash(key: &str) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::time::Millis;

    const PARTNER: PartnerId = PartnerId(1);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn guessing_is_held_up_and_disturbs_nobody_else() {
        let (passwords, hash) = (Passwords::new().unwrap(), hash("right").unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (here, there) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let ask = |password, from, now| {
            runtime.block_on(passwords.verify(PARTNER, &hash, password, from, now))
        };
        for _ in 0..failures::RATE.burst {
            assert_eq!(ask("guess", here, NOW), Verdict::Wrong);
        }
        assert_eq!(ask("right", here, NOW), Verdict::TooMany, "not even looked at");
        assert_eq!(ask("right", there, NOW), Verdict::Right, "from elsewhere it is");
        assert_eq!(ask("right", here, NOW), Verdict::Right, "and then it is known");
        assert_eq!(ask("guess", here, NOW), Verdict::TooMany);
        let later = NOW + failures::RATE.every;
        assert_eq!(ask("guess", here, later), Verdict::Wrong, "one more after a pause");
        assert_eq!(ask("guess", here, later + Millis(1)), Verdict::TooMany);
    }
}
