//! What registrations need from outside: the register's rows, the vault, files, chance, who people and offices are.

use crate::error::PropertyError;
use blobs::{Blobs, Entropy, Vault};
use codes::Division;
use documents::Issuer;
use identity::model::PartyKeys;
use registers::RecordKey;
use registers::record::{HolderCard, Sealed};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// The office that registers at a place (不动产登记机构); `app` answers from the directory of organs.
pub type Offices = Arc<dyn Fn(Division) -> Option<Issuer> + Send + Sync>;

/// Whom registrations ask over the exchange, by their keys there; an organ that is no partner is asked by the officer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The tax authority, for the deed tax (契税).
    pub tax: Option<String>,
    /// The housing authority, for the house transaction (房屋交易).
    pub housing: Option<String>,
}

/// What registrations need from outside.
#[derive(Clone)]
pub struct Outside {
    /// Reads tables.
    pub reader: Arc<dyn Reader>,
    /// Keeps what tells of persons.
    pub vault: Vault,
    /// Keeps figures and papers.
    pub blobs: Arc<dyn Blobs>,
    /// Gives salts.
    pub entropy: Arc<dyn Entropy>,
    /// What keys of parties follow from; none where nobody signs in.
    pub keys: Option<PartyKeys>,
    /// Who registers where.
    pub offices: Offices,
    /// Whom registrations ask over the exchange.
    pub asked: Asked,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

impl Outside {
    /// What a form bears, so that it acts once however often it is sent; empty where chance does not answer.
    #[must_use]
    pub fn page_id(&self) -> String {
        let mut bytes = [0; 16];
        match self.entropy.fill(&mut bytes) {
            Ok(()) => seals::hex(&bytes),
            Err(_chance) => String::new(),
        }
    }

    /// Seals the card of somebody who is to stand in a record.
    ///
    /// # Errors
    /// The vault or chance fails: `R10-0022`.
    pub async fn seal(
        &self,
        record: &RecordKey,
        party: &kernel::PartyKey,
        card: &HolderCard,
    ) -> Result<Sealed, PropertyError> {
        let down = || PropertyError::PartnerDown { organ: "vault" };
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt).map_err(|_chance| down())?;
        let key = HolderCard::vault_key(record, party);
        Sealed::seal(&self.vault, &key, seals::Salt::new(salt), card).await.map_err(|_fault| down())
    }
}
