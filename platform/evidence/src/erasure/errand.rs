//! Outside work: the key is destroyed.

use super::{Erasure, ErasureCommand, ErasureKey};
use blobs::{KeyName, Vault};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard};
use serde::{Deserialize, Serialize};

/// Destroys a key of the vault; doing it again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Erase {
    /// The key.
    pub key: ErasureKey,
    /// The shard of the erasure.
    pub shard: Shard,
}

impl Errand for Erase {
    const KIND: &'static str = "evidence.erase";
    type Tools = Vault;

    async fn run(&self, _id: ErrandId, vault: Vault) -> Result<Vec<Reaction>, ErrandError> {
        vault.erase(&KeyName::new(&self.key.0)).await.map_err(ErrandError::from)?;
        let done = Atomic::new(self.shard.clone())
            .then::<Erasure>(&self.key, &ErasureCommand::Done)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(done)])
    }
}
