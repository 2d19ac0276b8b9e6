//! What a template takes of the values: the canonical input of a document, and its digest.

use crate::capitals::wan_yuan;
use crate::{
    Column, Datum, Declared, DocumentError, Kind, QrLevel, Template, Values, chinese_capitals,
    grouped_yuan, qr_svg,
};
use codes::{Date, Moment};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// The digest of a document's text (文书摘要), SHA-256: what a signature binds to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextDigest([u8; 32]);

impl TextDigest {
    /// The bytes of the digest.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for TextDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TextDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextDigest({self})")
    }
}

/// A text that is no digest of 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a digest of 64 hexadecimal digits")]
pub struct NotADigest(String);

impl FromStr for TextDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let wrong = || NotADigest(text.to_owned());
        let mut digits = text.chars().map(|c| c.to_digit(16));
        let mut bytes = [0_u8; 32];
        for byte in &mut bytes {
            let high = digits.next().flatten().ok_or_else(wrong)?;
            let low = digits.next().flatten().ok_or_else(wrong)?;
            *byte = u8::try_from(high * 16 + low).map_err(|_range| wrong())?;
        }
        if digits.next().is_some() { Err(wrong()) } else { Ok(Self(bytes)) }
    }
}

impl Serialize for TextDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TextDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The values that a template took, checked: all of them declared, every required one there, each of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    values: Values,
    digest: TextDigest,
}

impl Taken {
    /// The values taken.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The digest of the document's text.
    #[must_use]
    pub fn digest(&self) -> TextDigest {
        self.digest
    }

    /// The values as a driver prints them, under their keys: texts and whole numbers as they stand, dates as
    /// `{iso, zh, en, year, month, day}`, instants as `{iso, zh, en}`, money as `{fen, yuan, wan, capitals}`, QR
    /// codes as `{text, svg}`, rows as arrays; what was not given is `null`.
    ///
    /// # Errors
    /// `DOC-0008` where the text of a QR code is too long.
    pub fn faces(&self, template: &Template) -> Result<Map<String, Json>, DocumentError> {
        template
            .values()
            .iter()
            .map(|(key, declared)| {
                let face = match (self.values.get(key), &declared.kind) {
                    (None, _) => Json::Null,
                    (Some(Datum::Rows(rows)), Kind::Rows { columns }) => rows
                        .iter()
                        .map(|row| {
                            columns
                                .iter()
                                .map(|(name, column)| {
                                    let face = row.get(name).map_or(Ok(Json::Null), |datum| {
                                        face(datum, &column.kind)
                                    })?;
                                    Ok((name.clone(), face))
                                })
                                .collect::<Result<Map<_, _>, DocumentError>>()
                                .map(Json::Object)
                        })
                        .collect::<Result<Json, DocumentError>>()?,
                    (Some(datum), kind) => face(datum, kind)?,
                };
                Ok((key.clone(), face))
            })
            .collect()
    }
}

impl Template {
    /// Takes the declared values and leaves all others, in rows as well.
    ///
    /// # Errors
    /// `DOC-0004` names every required value that is missing, `DOC-0005` the first value of a wrong kind.
    pub fn take(&self, values: &Values) -> Result<Taken, DocumentError> {
        let mut missing = Vec::new();
        let mut taken = Values::new();
        for (key, declared) in self.values() {
            match values.get(key) {
                Some(datum) => taken.put(key, self.fit(key, declared, datum, &mut missing)?),
                None if declared.optional => {}
                None => missing.push(key.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(DocumentError::Incomplete {
                template: self.id().to_owned(),
                keys: missing,
            });
        }
        let digest = self.digest_of(&taken)?;
        Ok(Taken { values: taken, digest })
    }

    /// The digest that people sign: over the template's words and the values that it takes, in canonical JSON.
    ///
    /// The values stand as RFC 8785 writes them (sorted keys, no space), which is what `serde_json` gives here, since
    /// keys are ASCII in a sorted map and there are no floats.
    fn digest_of(&self, taken: &Values) -> Result<TextDigest, DocumentError> {
        let canonical = serde_json::to_vec(taken).map_err(|fault| DocumentError::Unreadable {
            template: self.id().to_owned(),
            line: None,
            why: fault.to_string(),
        })?;
        Ok(TextDigest::of(&[b"lianban document 1", self.digest().bytes(), &canonical]))
    }

    fn fit(
        &self,
        key: &str,
        declared: &Declared,
        datum: &Datum,
        missing: &mut Vec<String>,
    ) -> Result<Datum, DocumentError> {
        match (&declared.kind, datum) {
            (Kind::Rows { columns }, Datum::Rows(rows)) => rows
                .iter()
                .enumerate()
                .map(|(index, row)| self.fit_row(&format!("{key}[{index}]"), columns, row, missing))
                .collect::<Result<Vec<_>, _>>()
                .map(Datum::Rows),
            (kind, datum) if kind.holds(datum) => Ok(datum.clone()),
            (kind, _) => Err(self.wrong_kind(key, kind)),
        }
    }

    fn fit_row(
        &self,
        path: &str,
        columns: &std::collections::BTreeMap<String, Column>,
        row: &Values,
        missing: &mut Vec<String>,
    ) -> Result<Values, DocumentError> {
        let mut taken = Values::new();
        for (name, column) in columns {
            match row.get(name) {
                Some(datum) if column.kind.holds(datum) => taken.put(name, datum.clone()),
                Some(_) => return Err(self.wrong_kind(&format!("{path}.{name}"), &column.kind)),
                None if column.optional => {}
                None => missing.push(format!("{path}.{name}")),
            }
        }
        Ok(taken)
    }

    fn wrong_kind(&self, key: &str, kind: &Kind) -> DocumentError {
        DocumentError::WrongKind {
            template: self.id().to_owned(),
            key: key.to_owned(),
            expected: kind.name(),
        }
    }
}

fn face(datum: &Datum, kind: &Kind) -> Result<Json, DocumentError> {
    Ok(match datum {
        Datum::Text(text) if *kind == Kind::Qr => {
            json!({"text": text, "svg": qr_svg(text, QrLevel::Quartile)?})
        }
        Datum::Text(text) => json!(text),
        Datum::Texts(texts) => json!(texts),
        Datum::Date(date) => date_face(*date),
        Datum::Moment(moment) => moment_face(*moment),
        Datum::MoneyFen(fen) => json!({
            "fen": fen,
            "yuan": grouped_yuan(*fen),
            "wan": wan_yuan(*fen),
            "capitals": chinese_capitals(*fen),
        }),
        Datum::Integer(number) => json!(number),
        Datum::Decimal(number) => json!(number.to_string()),
        Datum::Flag(flag) => json!(flag),
        Datum::Rows(_) => Json::Null,
    })
}

fn date_face(date: Date) -> Json {
    let (year, month, day) = (date.year(), date.month(), date.day());
    json!({
        "iso": date.to_string(),
        "zh": format!("{year}年{month}月{day}日"),
        "en": format!("{day} {} {year}", english_month(month)),
        "year": year, "month": month, "day": day,
    })
}

fn moment_face(moment: Moment) -> Json {
    let wall = moment.wall();
    let (date, clock) = (wall.date(), format!("{:02}:{:02}", wall.hour(), wall.minute()));
    json!({
        "iso": moment.to_string(),
        "zh": format!("{}年{}月{}日{clock}", date.year(), date.month(), date.day()),
        "en": format!("{clock} on {} {} {}", date.day(), english_month(date.month()), date.year()),
    })
}

fn english_month(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month)
        .ok()
        .and_then(|m| NAMES.get(m.saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}
