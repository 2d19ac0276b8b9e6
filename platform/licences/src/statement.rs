//! The statement that is signed (签名内容): what the public page may show, and the digests of the document.

use crate::model::{Issuer, LicenceKey};
use codes::{Date, Label, Lang};
use documents::{Datum, Kind, Template, TextDigest, Values, grouped_yuan};
use seals::{
    Algorithm, Digest, KeyError, KeyRecord, Keys, PublicKeySet, SealError, SignError, jws,
};
use serde::{Deserialize, Serialize};

/// What a JWS says it carries, so that no other signed text is taken for a licence.
pub const TYPE: &str = "lianban-licence";

/// One line of a licence that anybody may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The value's key in the template.
    pub key: String,
    /// What it is called on the paper.
    pub label: Label,
    /// The value as printed.
    pub value: Label,
}

/// What the organ signs.
///
/// It holds nothing that the template marks as personal and nothing that the order hides: a statement travels further
/// than the paper. The paper is bound by its digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The licence.
    pub licence: LicenceKey,
    /// The template, which is its kind.
    pub kind: String,
    /// What it is called.
    pub title: Label,
    /// Its number.
    pub number: String,
    /// Who issued it.
    pub issuer: Issuer,
    /// The day that it bears.
    pub issued_on: Date,
    /// The first day of its validity.
    pub valid_from: Date,
    /// The last day of its validity; none for 长期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// The lines that anybody may see, by key.
    pub lines: Vec<Line>,
    /// The token of its public page.
    pub token: String,
    /// The digest of the document's text.
    pub text_digest: TextDigest,
    /// SHA-256 of the PDF.
    pub pdf_digest: Digest,
}

impl Statement {
    /// Signs the statement: a compact JWS over its canonical JSON.
    ///
    /// # Errors
    /// No key is in use, or it cannot be reached.
    pub fn sign(
        &self,
        keys: &dyn Keys,
        algorithm: Algorithm,
        at: codes::Moment,
    ) -> Result<(String, KeyRecord), SignError> {
        let key = keys.current(&seals::Purpose::LICENCES, algorithm, at)?;
        let text = jws::attached(keys, &key, at, TYPE, &seals::canonical_json(self)?)?;
        Ok((text, key))
    }

    /// Reads a signed statement and checks it against the trusted keys.
    ///
    /// # Errors
    /// It is no JWS, of no trusted key, changed, or no statement.
    pub fn verify(text: &str, trusted: &PublicKeySet) -> Result<(Self, KeyRecord), SealError> {
        Self::verify_proven(text, trusted, None)
    }

    /// As [`Statement::verify`], for a text that was there at `proven` for certain, since the journal holds its digest.
    ///
    /// # Errors
    /// As [`Statement::verify`].
    pub fn verify_proven(
        text: &str,
        trusted: &PublicKeySet,
        proven: Option<codes::Moment>,
    ) -> Result<(Self, KeyRecord), SealError> {
        let signed = jws::read(text)?;
        let payload =
            signed.payload().ok_or(SealError::JwsMalformed { why: "its content is not inside" })?;
        let key = signed.verify_proven(trusted, TYPE, payload, proven)?.clone();
        if key.purpose != seals::Purpose::LICENCES {
            return Err(SealError::KeyNotTrusted { key: key.id.to_string() });
        }
        let statement = serde_json::from_slice(payload)
            .map_err(|_shape| SealError::JwsMalformed { why: "its content is no licence" })?;
        Ok((statement, key))
    }
}

/// The public keys of a store that sign licences and put seals on them, of all times.
///
/// # Errors
/// The store cannot be read.
pub fn trusted(keys: &dyn Keys) -> Result<PublicKeySet, KeyError> {
    let records = keys.records()?;
    Ok(PublicKeySet::new(
        records
            .into_iter()
            .filter(|key| [seals::Purpose::LICENCES, seals::Purpose::SEALS].contains(&key.purpose))
            .collect(),
    ))
}

/// The lines of a document that anybody may see: declared, not personal, not hidden by the order, not the QR code.
#[must_use]
pub fn public_lines(template: &Template, values: &Values, hidden: &[String]) -> Vec<Line> {
    template
        .values()
        .iter()
        .filter(|(key, declared)| {
            !declared.personal && declared.kind != Kind::Qr && !hidden.contains(key)
        })
        .filter_map(|(key, declared)| {
            let value = shown(&declared.kind, values.get(key)?)?;
            Some(Line { key: key.clone(), label: declared.label.clone(), value })
        })
        .collect()
}

fn shown(kind: &Kind, datum: &Datum) -> Option<Label> {
    let same = |text: String| Label::new(text.clone(), text);
    Some(match datum {
        Datum::Text(text) => same(text.clone()),
        Datum::Texts(texts) => Label::new(texts.join("；"), texts.join("; ")),
        Datum::Date(date) => {
            Label::new(portal::date(Lang::Zh, *date), portal::date(Lang::En, *date))
        }
        Datum::Moment(moment) => {
            Label::new(portal::moment(Lang::Zh, *moment), portal::moment(Lang::En, *moment))
        }
        Datum::MoneyFen(fen) => {
            let yuan = grouped_yuan(*fen);
            Label::new(format!("{yuan} 元"), format!("CNY {yuan}"))
        }
        Datum::Integer(number) => same(number.to_string()),
        Datum::Decimal(number) => same(number.to_string()),
        Datum::Flag(true) => Label::new("是", "yes"),
        Datum::Flag(false) => Label::new("否", "no"),
        Datum::Rows(rows) => {
            let Kind::Rows { columns } = kind else { return None };
            let line = |row: &Values, lang: Lang| {
                let cells = columns.iter().filter(|(_, column)| !column.personal);
                let cells = cells.filter_map(|(name, column)| shown(&column.kind, row.get(name)?));
                cells.map(|label| label.get(lang).to_owned()).collect::<Vec<_>>().join(" ")
            };
            let all = |lang: Lang, between: &str| {
                rows.iter().map(|row| line(row, lang)).collect::<Vec<_>>().join(between)
            };
            Label::new(all(Lang::Zh, "；"), all(Lang::En, "; "))
        }
    })
}
