//! Outside work: the document is set in type, the statement signed, both stored.

use crate::code::{Code, PaperFacts, address_with_signature, masked};
use crate::credential;
use crate::decide::{Licence, LicenceCommand};
use crate::model::{Credential, Document, Filling, LicenceKey, StatusPlace};
use crate::queries::{self, LicenceRow};
use crate::sd_jwt::Disclosure;
use crate::statement::{Statement, public_lines};
use blobs::{Blobs, Vault};
use codes::Moment;
use documents::{Datum, Template, Templates, Typesetter, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard, derive_id};
use module::{Clock, TimeStamps};
use seals::certificate::SealHolder;
use seals::{Algorithm, Digest, KeyId, KeyRecord, Keys, SignError, pdf};
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
    /// Which of its shard it is, for its place in a status list; none for one that was ordered before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
}

impl Errand for Sign {
    const KIND: &'static str = "licences.sign";
    type Tools = SignTools;

    async fn run(
        &self,
        _id: ErrandId,
        SignTools { outside, stamps }: SignTools,
    ) -> Result<Vec<Reaction>, ErrandError> {
        // The row may lag behind the event by a moment.
        let row =
            queries::licence(&*outside.reader, &self.licence).await.map_err(ErrandError::later)?;
        let row = row
            .filter(|row| !row.number.is_empty())
            .ok_or_else(|| ErrandError::later("the licence is not in the tables yet"))?;
        let place = self.serial.map(|serial| StatusPlace::of(&outside.secret, &self.shard, serial));
        let (document, token) = make(&outside, stamps.as_deref(), &row, place).await?;
        let command = LicenceCommand::Signed { document: Box::new(document), token };
        let commands = Atomic::new(self.shard.clone())
            .then::<Licence>(&self.licence, &command)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

/// What signing needs.
#[derive(Clone)]
pub struct SignTools {
    pub(crate) outside: Arc<Outside>,
    pub(crate) stamps: Option<Arc<dyn TimeStamps>>,
}

impl fmt::Debug for SignTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignTools").field("outside", &self.outside).finish_non_exhaustive()
    }
}

async fn make(
    outside: &Outside,
    stamps: Option<&dyn TimeStamps>,
    row: &LicenceRow,
    place: Option<StatusPlace>,
) -> Result<(Document, String), ErrandError> {
    let template = outside.templates.get(&row.order.template).map_err(ErrandError::never)?;
    let (values, sealed_under) = match &row.order.filling {
        Filling::Plain(values) => (values.clone(), None),
        Filling::Kept(kept) => {
            let json = outside.vault.read(kept).await?;
            (serde_json::from_slice::<Values>(&json).map_err(ErrandError::never)?, kept.key.clone())
        }
    };
    let now = outside.clock.now();
    let key = outside
        .keys
        .current(&seals::Purpose::LICENCES, outside.algorithm, now)
        .map_err(|fault| unsigned(fault.into()))?;
    let token = outside.token(&row.licence);
    let address = outside.check_address(&token);
    let values = filled(template, values, row, &address);
    let code = code(outside, template, &values, row, &token, now)
        .sign(&*outside.keys, &key)
        .map_err(unsigned)?;
    let offline = code.clone().map(|code| ("qr_offline", Datum::Text(code)));
    let printed = printed(outside, (template, row), &values, (&key, now), &address)?;
    let values = template.over(values, offline.into_iter().chain(printed));

    let made = template.made(&*outside.typesetter, &values).map_err(ErrandError::never)?;
    let (paper, seal) = sealed(outside, stamps, row, (made.pdf, &address), now).await?;
    let pdf_digest = Digest::sha256(&paper);
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
    let (signed, signer) =
        statement.sign(&*outside.keys, outside.algorithm, now).map_err(unsigned)?;
    let credential = match place {
        Some(place) => {
            let claims = credential::claims(template, &values, row);
            let under = sealed_under.as_deref();
            Some(with_credential(outside, (row, place), (&key, now), claims, under).await?)
        }
        None => None,
    };
    let under = sealed_under.as_deref();
    let code = match code {
        Some(code) => Some(outside.vault.keep(under, code.as_bytes()).await?),
        None => None,
    };
    let document = Document {
        pdf: outside.vault.keep(under, &paper).await?,
        sha256: pdf_digest,
        digest: made.digest,
        edition: made.edition,
        statement: outside.blobs.put(signed.into_bytes()).await?,
        key: signer.id,
        seal,
        credential,
        code,
    };
    Ok((document, token))
}

/// A key can be made or taken into use, a device comes back; what has no form to be signed stays so.
fn unsigned(error: SignError) -> ErrandError {
    match error {
        SignError::Key(error) => ErrandError::later(error),
        SignError::Seal(error) => ErrandError::never(error),
    }
}

/// The PDF with the seal of its organ inside, stamped where an authority answers; as it was where the installation has no seal.
async fn sealed(
    outside: &Outside,
    stamps: Option<&dyn TimeStamps>,
    row: &LicenceRow,
    (paper, address): (Vec<u8>, &str),
    at: Moment,
) -> Result<(Vec<u8>, Option<KeyId>), ErrandError> {
    let issuer = &row.order.issuer;
    let holder = SealHolder { name: issuer.name.clone(), organ: issuer.organ.as_str().to_owned() };
    let reason = format!("{} {}", row.title.zh, row.number);
    let note = pdf::Note { by: &issuer.name, reason: &reason, address };
    let sealing = pdf::Sealing { holder: &holder, at, note };
    let mut token = None;
    if let Some(stamps) = stamps
        && let Some(imprint) = sealing.imprint(&paper, &*outside.keys).map_err(unsigned)?
    {
        token = stamps.stamp(*imprint.bytes()).await;
    }
    sealing.put(paper, &*outside.keys, token).map_err(unsigned)
}

/// The credential: its claims under fresh salts, which are sealed where the paper is.
async fn with_credential(
    outside: &Outside,
    (row, place): (&LicenceRow, StatusPlace),
    (key, now): (&KeyRecord, Moment),
    claims: Vec<(String, serde_json::Value)>,
    sealed_under: Option<&str>,
) -> Result<Credential, ErrandError> {
    let mut disclosures = Vec::with_capacity(claims.len());
    for (name, value) in claims {
        let mut salt = [0; 16];
        outside.vault.draw(&mut salt)?;
        disclosures.push(Disclosure::new(salt, &name, value));
    }
    let jwt =
        credential::sign(&*outside.keys, key, now, &outside.portal, (row, &place), &disclosures)
            .map_err(unsigned)?;
    let texts: Vec<&str> = disclosures.iter().map(Disclosure::text).collect();
    let texts = serde_json::to_vec(&texts).map_err(ErrandError::never)?;
    let (jwt, disclosures) = (
        outside.blobs.put(jwt.into_bytes()).await?,
        outside.vault.keep(sealed_under, &texts).await?,
    );
    Ok(Credential { jwt, disclosures, status: place })
}

/// What the offline code says.
fn code(
    outside: &Outside,
    template: &Template,
    values: &Values,
    row: &LicenceRow,
    token: &str,
    now: Moment,
) -> Code {
    Code {
        portal: outside.portal.trim_end_matches('/').to_owned(),
        token: token.to_owned(),
        number: row.number.clone(),
        kind: row.title.zh.clone(),
        holder: holder(template, values, &row.order.hidden),
        issued_at: Moment::from_us(now.us().div_euclid(1_000_000) * 1_000_000),
        valid_from: row.order.valid_from,
        valid_to: row.order.valid_to,
    }
}

/// Whom a paper names: an organisation whole, a person by the first character.
fn holder(template: &Template, values: &Values, hidden: &[String]) -> Option<String> {
    const ORGANISATIONS: [&str; 4] =
        ["enterprise_name", "operator_name", "unit_name", "organisation_name"];
    const PERSONS: [&str; 4] = ["holder", "holder_name", "name", "person_name"];
    let named = |keys: &[&str]| {
        keys.iter().find_map(|key| {
            let declared =
                template.values().get(*key).filter(|_| !hidden.iter().any(|it| it == key))?;
            match values.get(key)? {
                Datum::Text(text) => Some((text.clone(), declared.personal)),
                _ => None,
            }
        })
    };
    match named(&ORGANISATIONS) {
        Some((name, false)) => Some(name),
        Some((name, true)) => Some(masked(&name)),
        None => named(&PERSONS).map(|(name, _)| masked(&name)),
    }
}

/// The printed code of a register's certificate: its address with the bare signature over what the paper says (一证一码). None
/// where the template prints no such code.
fn printed(
    outside: &Outside,
    (template, row): (&Template, &LicenceRow),
    values: &Values,
    (key, now): (&KeyRecord, Moment),
    address: &str,
) -> Result<Option<(&'static str, Datum)>, ErrandError> {
    const SIGNED: &str = "qr_signed";
    let (Some(Datum::Text(unit)), Some(Datum::Integer(version))) =
        (values.get("unit_no"), values.get("book_version"))
    else {
        return Ok(None);
    };
    if !template.values().contains_key(SIGNED) {
        return Ok(None);
    }
    let facts = PaperFacts::new(&row.number, unit, row.issued_on, *version);
    let text = address_with_signature(&*outside.keys, key, now, address, &facts);
    Ok(Some((SIGNED, Datum::Text(text.map_err(unsigned)?))))
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
