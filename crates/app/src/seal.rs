//! Secrets at rest: sealed with the installation's master key (XChaCha20-Poly1305).

use crate::chance::secret_bytes;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use vestnik_model::secret::Secret;

/// Bytes of a master key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The first byte of a sealed text: the version of its form.
const VERSION: u8 = 1;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    /// What other keys are derived from; the cipher's own is used for nothing else.
    root: [u8; KEY_BYTES],
}

/// A sealed text that can't be opened: another key, or damage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret can't be opened: the master key is another one, or the data is damaged")]
pub struct SealError;

impl Sealer {
    /// From the master key.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()), root: derive(key, "keys") }
    }

    /// A key of its own for a use, by the use's name: the same for ever.
    #[must_use]
    pub fn derive(&self, name: &str) -> [u8; KEY_BYTES] {
        derive(&self.root, name)
    }

    /// Seals a text.
    ///
    /// # Errors
    /// If there is no randomness to be had.
    pub fn seal(&self, text: &str) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE_BYTES] = secret_bytes().map_err(|_| SealError)?;
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), text.as_bytes()).map_err(|_| SealError)?;
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
        let opened = self.cipher.decrypt(&XNonce::from(nonce), body).map_err(|_| SealError)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| SealError)
    }
}

fn derive(key: &[u8; KEY_BYTES], name: &str) -> [u8; KEY_BYTES] {
    // A key of this length is always taken.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; KEY_BYTES], |mut mac| {
        mac.update(name.as_bytes());
        mac.finalize().into_bytes().into()
    })
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
