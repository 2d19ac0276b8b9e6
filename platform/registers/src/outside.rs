//! What registers need from outside: the vault, type, the address of the portal, chance.

use crate::extract::ExtractKey;
use blobs::{Entropy, Vault};
use documents::{Issuer, Numbers, Templates, Typesetter};
use kernel::{OrganKey, derive_id};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// Who an organ is, as its papers bear it; `app` answers from the directory.
pub trait Organs: Send + Sync + 'static {
    /// The organ that issues papers; none where it is unknown.
    fn issuer(&self, organ: &OrganKey) -> Option<Issuer>;
}

/// What registers need from outside.
#[derive(Clone)]
pub struct Outside {
    /// Sets extracts in type.
    pub typesetter: Arc<dyn Typesetter>,
    /// The templates of the installation; without one of its own an extract takes the built-in one.
    pub templates: Arc<Templates>,
    /// The table of number series.
    pub numbers: Arc<Numbers>,
    /// Keeps what tells of persons.
    pub vault: Vault,
    /// Gives salts.
    pub entropy: Arc<dyn Entropy>,
    /// Reads the registers' tables.
    pub reader: Arc<dyn Reader>,
    /// Who organs are.
    pub organs: Arc<dyn Organs>,
    /// Under which address the portal is reached, such as `https://portal.example`.
    pub portal: String,
    /// What tokens of public pages follow from, so that nobody guesses one.
    pub secret: [u8; 32],
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("portal", &self.portal).finish_non_exhaustive()
    }
}

impl Outside {
    /// The token of an extract's public page: 128 bits that follow from the secret alone, in base32.
    #[must_use]
    pub fn token(&self, extract: &ExtractKey) -> String {
        seals::base32(&derive_id(&[b"registers.extract", &self.secret, extract.0.as_bytes()]))
    }

    /// The address that the code of an extract bears.
    #[must_use]
    pub fn check_address(&self, token: &str) -> String {
        format!("{}/registers/check/{token}", self.portal.trim_end_matches('/'))
    }

    /// A fresh salt.
    ///
    /// # Errors
    /// Chance does not answer.
    pub fn salt(&self) -> Result<seals::Salt, blobs::BlobError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(seals::Salt::new(bytes))
    }
}
