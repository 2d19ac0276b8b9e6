//! What the exchange works with: partners, contracts, keys, files, the clock, its own address.

use crate::contract::Contracts;
use crate::error::SetupError;
use crate::model::{Kept, MessageKey};
use crate::partner::Partners;
use blobs::{Vault, VaultError};
use kernel::Shard;
use module::Clock;
use reqwest::Url;
use seals::Keys;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What the exchange is given at the start; the carrier and the module share it.
#[derive(Clone)]
pub struct Outside {
    /// The partners.
    pub partners: Partners,
    /// The contracts.
    pub contracts: Arc<Contracts>,
    /// Our keys; those for exchange sign.
    pub keys: Arc<dyn Keys>,
    /// Keeps bodies, sealed where they tell of persons.
    pub vault: Vault,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The address at which partners reach this installation, such as `https://lianban.example`, without a path. A
    /// message that was signed for another address is refused.
    pub address: Address,
    /// The shard of all messages.
    pub home: Shard,
    /// How long a partner may take to answer one message; [`ANSWER_WAIT_MAX`](crate::limits::ANSWER_WAIT_MAX) is sound.
    pub answer_wait: Duration,
    /// Roots that are trusted for partners beside the public ones, as PEM: a government's own authority.
    pub roots_pem: Vec<Vec<u8>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("address", &self.address)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// Our own address as partners sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(crate) scheme: String,
    pub(crate) authority: String,
}

impl Address {
    /// An address from its text.
    ///
    /// # Errors
    /// [`SetupError::Address`]: it is not of HTTP, or has a path.
    pub fn parse(text: &str) -> Result<Self, SetupError> {
        let wrong = || SetupError::Address { address: text.to_owned() };
        let url: Url = text.parse().map_err(|_shape| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(wrong());
        }
        Ok(Self { scheme: url.scheme().to_owned(), authority: authority(&url) })
    }
}

/// Host and, if not the default, port.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Outside {
    /// Keeps a body, sealed where a message of this kind may tell of persons.
    pub(crate) async fn keep(
        &self,
        key: &MessageKey,
        kind: &str,
        body: &[u8],
    ) -> Result<Kept, VaultError> {
        let name = self.contracts.closes(kind).then(|| format!("message/{key}"));
        self.vault.keep(name.as_deref(), body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (text, authority) in [
            ("https://lianban.example", Some("lianban.example")),
            ("https://lianban.example:443/", Some("lianban.example")),
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("https://lianban.example/path", None),
            ("ftp://lianban.example", None),
            ("lianban", None),
        ] {
            let found = Address::parse(text).ok().map(|address| address.authority);
            assert_eq!(found.as_deref(), authority, "{text}");
        }
    }
}
