//! Personal values on their way into the vault and out of it.

use crate::record::model::{RecordKey, Sealed};
use blobs::{Kept, Vault, VaultError};
use elements::Value;
use kernel::PartyKey;
use seals::{Commitment, Salt, SealError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and document of a holder, or of whoever has a restriction (权利人信息).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderCard {
    /// The name as printed on the document.
    pub name: String,
    /// The kind of the document.
    pub id_type: String,
    /// Its number.
    pub id_number: String,
}

/// The facts of a section that the definition calls personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedFacts(pub BTreeMap<String, Value>);

/// What lies in the vault: a value with the salt of its commitment.
#[derive(Serialize, Deserialize)]
struct Lying<T> {
    salt: Salt,
    value: T,
}

/// Personal values that cannot be sealed or had.
#[derive(Debug, thiserror::Error)]
pub enum SealFault {
    /// The vault says no.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The value has no canonical JSON.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What lies there is not what it should be.
    #[error("what lies there cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

impl HolderCard {
    /// The vault's key under which a party's card in a record lies, so that it can be erased for each person alone.
    #[must_use]
    pub fn vault_key(record: &RecordKey, party: &PartyKey) -> String {
        format!("record/{record}/{party}")
    }
}

impl SealedFacts {
    /// The vault's key under which the personal facts of a record lie.
    #[must_use]
    pub fn vault_key(record: &RecordKey) -> String {
        format!("record/{record}")
    }
}

impl Sealed {
    /// Seals a value under a key of the vault; `salt` comes from the caller's source of randomness.
    ///
    /// # Errors
    /// The vault does not take it.
    pub async fn seal<T: Serialize + Sync>(
        vault: &Vault,
        key: &str,
        salt: Salt,
        value: &T,
    ) -> Result<Self, SealFault> {
        let commitment = Commitment::to(&salt, value)?;
        let bytes = serde_json::to_vec(&Lying { salt, value })?;
        let kept: Kept = vault.keep(Some(key), &bytes).await?;
        Ok(Self { kept, commitment })
    }

    /// Opens a value, and holds it against the commitment.
    ///
    /// # Errors
    /// It was erased, cannot be had, or is not what was committed to.
    pub async fn open<T: Serialize + DeserializeOwned>(
        &self,
        vault: &Vault,
    ) -> Result<T, SealFault> {
        let bytes = vault.read(&self.kept).await?;
        let lying: Lying<T> = serde_json::from_slice(&bytes)?;
        if !self.commitment.opens(&lying.salt, &lying.value) {
            let id = self.kept.blob.clone();
            return Err(VaultError::NotOfThisKey { id }.into());
        }
        Ok(lying.value)
    }
}
