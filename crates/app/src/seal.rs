//! Secrets at rest: sealed with the installation's master key (XChaCha20-Poly1305).

use crate::chance::secret_bytes;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use vestnik_model::secret::Secret;

/// Bytes of a master key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The first byte of a sealed text: the version of its form.
const VERSION: u8 = 1;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

/// A sealed text that can't be opened: another key, or damage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret can't be opened: the master key is another one, or the data is damaged")]
pub struct SealError;

impl Sealer {
    /// From the master key.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals a text.
    ///
    /// # Errors
    /// If there is no randomness to be had.
    pub fn seal(&self, text: &str) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE_BYTES] = secret_bytes().map_err(|_| SealError)?;
        let sealed =
            self.0.encrypt(&XNonce::from(nonce), text.as_bytes()).map_err(|_| SealError)?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, sealed: &[u8]) -> Result<Secret, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError)?;
        if *version != VERSION {
            return Err(SealError);
        }
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError)?;
        let opened = self.0.decrypt(&XNonce::from(nonce), body).map_err(|_| SealError)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| SealError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_only() {
        let sealer = Sealer::new(&[7; KEY_BYTES]);
        let sealed = sealer.seal("тайна").unwrap();
        assert_eq!(sealer.open(&sealed).unwrap().reveal(), "тайна");
        assert!(Sealer::new(&[8; KEY_BYTES]).open(&sealed).is_err());
        assert!(!sealed.windows(4).any(|w| w == "тайн".as_bytes().get(..4).unwrap()));
        let mut damaged = sealed;
        damaged[30] ^= 1;
        assert!(sealer.open(&damaged).is_err());
        assert!(sealer.open(&[]).is_err());
    }
}
