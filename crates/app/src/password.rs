//! Passwords: argon2id at rest; a verified one is remembered for a while, because partners send
//! theirs with every call.

use crate::chance::secret_bytes;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;
use vestnik_model::id::PartnerId;

/// How long a verified password is remembered.
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
}

/// Checks under way at once.
const SLOTS: usize = 4;

impl Passwords {
    /// An empty memory.
    ///
    /// # Errors
    /// If there is no randomness to be had.
    pub fn new() -> Result<Self, getrandom::Error> {
        let verified =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED);
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        let key: [u8; 32] = secret_bytes()?;
        block[..key.len()].copy_from_slice(&key);
        Ok(Self {
            mac: Hmac::new(&block),
            verified: verified.build(),
            slots: tokio::sync::Semaphore::new(SLOTS),
        })
    }

    /// Whether this is the partner's password.
    pub async fn verify(&self, partner: PartnerId, hash: &str, password: &str) -> bool {
        let digest = self.digest(hash, password);
        if self.verified.contains_key(&(partner, digest)) {
            return true;
        }
        let Ok(_slot) = self.slots.acquire().await else { return false };
        if self.verified.contains_key(&(partner, digest)) {
            return true;
        }
        let (hash, password) = (hash.to_owned(), password.to_owned());
        let fits = tokio::task::spawn_blocking(move || is_password(&hash, &password));
        let fits = fits.await.unwrap_or(false);
        if fits {
            self.verified.insert((partner, digest), ());
        }
        fits
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
