//! Outside work: the document is set in type, the statement signed, both stored.

use crate::decide::{Licence, LicenceCommand};
use crate::model::{Document, Filling, LicenceKey};
use crate::queries::{self, LicenceRow};
use crate::statement::{Statement, public_lines};
use blobs::{Blobs, Vault};
use documents::{Datum, Template, Templates, Typesetter, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard, derive_id};
use module::Clock;
use seals::{Algorithm, Digest, Keys};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// What licences need from outside.
#[derive(Clone)]
pub struct Outside {
    /// Sets documents in type.
    pub typesetter: Arc<dyn Typesetter>,
    /// The templates of the installation.
    pub templates: Arc<Templates>,
    /// Keeps documents and statements.
    pub blobs: Arc<dyn Blobs>,
    /// Keeps what tells of persons.
    pub vault: Vault,
    /// Reads the licences' tables.
    pub reader: Arc<dyn Reader>,
    /// Signs.
    pub keys: Arc<dyn Keys>,
    /// With which scheme: ES256, or SM2 with SM3 where configured.
    pub algorithm: Algorithm,
    /// Tells when it is signed.
    pub clock: Arc<dyn Clock>,
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
    /// The token of a licence's public page: 128 bits that follow from the secret alone, in base32.
    #[must_use]
    pub fn token(&self, licence: &LicenceKey) -> String {
        seals::base32(&derive_id(&[b"licences.token", &self.secret, licence.0.as_bytes()]))
    }

    /// The address that the QR code bears.
    #[must_use]
    pub fn check_address(&self, token: &str) -> String {
        format!("{}/v/{token}", self.portal.trim_end_matches('/'))
    }
}

/// Signs a licence: at least once; only the first answer counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    /// The licence.
    pub licence: LicenceKey,
    /// Its shard.
    pub shard: Shard,
}

impl Errand for Sign {
    const KIND: &'static str = "licences.sign";
    type Tools = Arc<Outside>;

    async fn run(
        &self,
        _id: ErrandId,
        outside: Arc<Outside>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        // The row may lag behind the event by a moment.
        let row =
            queries::licence(&*outside.reader, &self.licence).await.map_err(ErrandError::later)?;
        let row = row
            .filter(|row| !row.number.is_empty())
            .ok_or_else(|| ErrandError::later("the licence is not in the tables yet"))?;
        let (document, token) = make(&outside, &row).await?;
        let command = LicenceCommand::Signed { document: Box::new(document), token };
        let commands = Atomic::new(self.shard.clone())
            .then::<Licence>(&self.licence, &command)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

async fn make(outside: &Outside, row: &LicenceRow) -> Result<(Document, String), ErrandError> {
    let template = outside.templates.get(&row.order.template).map_err(ErrandError::never)?;
    let (values, key) = match &row.order.filling {
        Filling::Plain(values) => (values.clone(), None),
        Filling::Kept(kept) => {
            let json = outside.vault.read(kept).await?;
            (serde_json::from_slice::<Values>(&json).map_err(ErrandError::never)?, kept.key.clone())
        }
    };
    let token = outside.token(&row.licence);
    let values = filled(template, values, row, &outside.check_address(&token));
    let made = template.made(&*outside.typesetter, &values).map_err(ErrandError::never)?;
    let pdf_digest = Digest::sha256(&made.pdf);
    let statement = Statement {
        licence: row.licence.clone(),
        kind: row.order.template.clone(),
        title: row.title.clone(),
        number: row.number.clone(),
        issuer: row.order.issuer.clone(),
        issued_on: row.issued_on,
        valid_from: row.order.valid_from,
        valid_to: row.order.valid_to,
        lines: public_lines(template, &values, &row.order.hidden),
        token: token.clone(),
        text_digest: made.digest,
        pdf_digest,
    };
    let now = outside.clock.now();
    let (signed, signer) =
        statement.sign(&*outside.keys, outside.algorithm, now).map_err(|error| match error {
            // A key can be made or taken into use, a device comes back.
            seals::SignError::Key(error) => ErrandError::later(error),
            seals::SignError::Seal(error) => ErrandError::never(error),
        })?;
    let pdf = outside.vault.keep(key.as_deref(), &made.pdf).await?;
    let signed = outside.blobs.put(signed.into_bytes()).await?;
    let document = Document {
        pdf,
        sha256: pdf_digest,
        digest: made.digest,
        edition: made.edition,
        statement: signed,
        key: signer.id,
    };
    Ok((document, token))
}

/// What licences alone know stands over whatever the order brought along.
fn filled(template: &Template, values: Values, row: &LicenceRow, address: &str) -> Values {
    let valid_to = row.order.valid_to.map(|to| ("valid_to", Datum::Date(to)));
    let own = [
        ("licence_no", Datum::Text(row.number.clone())),
        ("number", Datum::Text(row.number.clone())),
        ("organ_name", Datum::Text(row.order.issuer.name.clone())),
        ("issued_on", Datum::Date(row.issued_on)),
        ("valid_from", Datum::Date(row.order.valid_from)),
        ("qr", Datum::Text(address.to_owned())),
    ];
    template.over(values, own.into_iter().chain(valid_to))
}
