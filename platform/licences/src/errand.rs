//! Signing (签发): the canonical JSON of a licence, its signature, its PDF.

use crate::decide::{Licence, LicenceCommand};
use crate::model::{LicenceKey, Order, Sealed, SignedPaper};
use blobs::{KeyName, Vault, VaultError};
use documents::{Datum, Kind, Template, Typesetter, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Moment, Reaction, Shard, derive_id};
use seals::{Algorithm, Digest, Keys, Purpose, jws};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The templates by bundle and id, as signing finds them; bundles add theirs.
#[derive(Debug, Default)]
pub struct TemplateShelf(RwLock<BTreeMap<(String, String), Arc<Template>>>);

impl TemplateShelf {
    /// Puts a template of a bundle on the shelf.
    pub fn put(&self, bundle: &str, template: Arc<Template>) {
        let key = (bundle.to_owned(), template.id().to_owned());
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, template);
    }

    /// A template of a bundle.
    #[must_use]
    pub fn get(&self, bundle: &str, id: &str) -> Option<Arc<Template>> {
        let key = (bundle.to_owned(), id.to_owned());
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }
}

/// What signing needs from outside.
#[derive(Clone)]
pub struct Signing {
    /// Keys of the organs.
    pub keys: Arc<dyn Keys>,
    /// The algorithm by configuration: ES256, or SM2 with SM3.
    pub algorithm: Algorithm,
    /// Sets documents in type.
    pub typesetter: Arc<dyn Typesetter>,
    /// The templates.
    pub templates: Arc<TemplateShelf>,
    /// Seals what tells of persons.
    pub vault: Vault,
    /// Under which address the portal is reached.
    pub portal: String,
    /// What tokens of public pages follow from, so that nobody guesses one.
    pub secret: [u8; 32],
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("portal", &self.portal).finish_non_exhaustive()
    }
}

/// The purpose of keys that sign licences.
#[must_use]
pub fn licence_purpose() -> Option<Purpose> {
    Purpose::new("licences")
}

impl Signing {
    /// The token of a licence's public page: 128 bits that follow from the secret alone.
    #[must_use]
    pub fn token(&self, licence: &LicenceKey) -> String {
        let bits = derive_id(&[b"licences.token", &self.secret, licence.0.as_bytes()]);
        seals::base32(&bits)
    }

    /// The address of the public page.
    #[must_use]
    pub fn address(&self, token: &str) -> String {
        format!("{}/v/{token}", self.portal.trim_end_matches('/'))
    }
}

/// Signs a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignLicence {
    /// The licence.
    pub licence: LicenceKey,
    /// Its shard.
    pub shard: Shard,
    /// Its number.
    pub number: String,
    /// The order.
    pub order: Box<Order>,
    /// The instant of the numbering; the signature bears it, so that doing it again gives the same bytes.
    pub at: Moment,
}

/// What is signed (证照数据): everything that the paper says, by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The organ that issues.
    pub iss: String,
    /// Its name.
    pub issuer: codes::Label,
    /// The kind of licence.
    pub kind: String,
    /// What it is called.
    pub title: codes::Label,
    /// The number.
    pub number: String,
    /// The name of the enterprise.
    pub subject: String,
    /// The first day of validity.
    pub valid_from: codes::Date,
    /// The last day of validity.
    pub valid_to: Option<codes::Date>,
    /// When it was signed.
    pub signed_at: Moment,
    /// Where its present state is told.
    pub status: String,
    /// What the paper says, by key of the template.
    pub says: Values,
}

impl Errand for SignLicence {
    const KIND: &'static str = "licences.sign";
    type Tools = Arc<Signing>;

    async fn run(
        &self,
        _id: ErrandId,
        signing: Arc<Signing>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let order = &*self.order;
        let template = signing
            .templates
            .get(&order.bundle, &order.kind)
            .ok_or_else(|| never(format!("no template `{}`", order.kind)))?;
        let token = signing.token(&self.licence);
        let values = self.values(&signing, &template, &token).await?;
        let taken = template.take(&values).map_err(never)?;
        let claims = self.claims(&signing, &token, taken.values().clone());
        let payload = seals::canonical_json(&claims).map_err(never)?;
        let purpose = licence_purpose().ok_or_else(|| never("no purpose"))?;
        let key = signing.keys.current(&purpose, signing.algorithm, self.at).map_err(later)?;
        let signed =
            jws::attached(&*signing.keys, &key, self.at, "licence+jws", &payload).map_err(later)?;
        let pdf = signing.typesetter.typeset(&template, &values).map_err(never)?;
        let name = format!("licence/{}", self.licence);
        let paper = SignedPaper {
            jws: seal(&signing, &name, signed.as_bytes()).await?,
            pdf: seal(&signing, &name, &pdf).await?,
            digest: Digest::sha256(&payload).hex(),
            key_id: key.id.to_string(),
            token,
        };
        let commands = Atomic::new(self.shard.clone())
            .then::<Licence>(&self.licence, &LicenceCommand::RecordSigned(Box::new(paper)))
            .map_err(never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl SignLicence {
    async fn values(
        &self,
        signing: &Signing,
        template: &Template,
        token: &str,
    ) -> Result<Values, ErrandError> {
        let sealed = &self.order.values;
        let json =
            signing.vault.open(&KeyName::new(&sealed.key), &sealed.blob).await.map_err(vault)?;
        let mut values: Values = serde_json::from_slice(&json).map_err(never)?;
        for name in ["licence_no", "number"] {
            if template.values().contains_key(name) {
                values.put(name, Datum::Text(self.number.clone()));
            }
        }
        let has_qr = template.values().get("qr").is_some_and(|declared| declared.kind == Kind::Qr);
        if has_qr {
            values.put("qr", Datum::Text(signing.address(token)));
        }
        Ok(values)
    }

    fn claims(&self, signing: &Signing, token: &str, says: Values) -> Claims {
        let order = &*self.order;
        Claims {
            iss: order.organ.to_string(),
            issuer: order.organ_label.clone(),
            kind: order.kind.clone(),
            title: order.title.clone(),
            number: self.number.clone(),
            subject: order.subject.clone(),
            valid_from: order.valid_from,
            valid_to: order.valid_to,
            signed_at: self.at,
            status: signing.address(token),
            says,
        }
    }
}

async fn seal(signing: &Signing, name: &str, bytes: &[u8]) -> Result<Sealed, ErrandError> {
    let blob = signing.vault.seal(&KeyName::new(name), bytes).await.map_err(vault)?;
    Ok(Sealed { blob, key: name.to_owned() })
}

fn later(why: impl fmt::Display) -> ErrandError {
    ErrandError::Later(why.to_string())
}

fn never(why: impl fmt::Display) -> ErrandError {
    ErrandError::Never(why.to_string())
}

/// What was erased or is damaged stays so; a store that is down comes back.
fn vault(error: VaultError) -> ErrandError {
    match error {
        VaultError::Blob(blobs::BlobError::Store(why)) => ErrandError::Later(why),
        other => ErrandError::Never(other.to_string()),
    }
}
