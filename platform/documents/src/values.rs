//! The values a document is filled with.

use codes::{Date, Moment};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One value of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// A text; code lists arrive as the text that is to be printed.
    Text(String),
    /// Several texts in the order in which they are printed.
    Texts(Vec<String>),
    /// A day.
    Date(Date),
    /// An instant; printed in China Standard Time.
    Moment(Moment),
    /// An amount of money in fen (分).
    MoneyFen(i64),
    /// A whole number.
    Integer(i64),
    /// A number with decimals, printed as it stands.
    Decimal(Decimal),
    /// Yes or no.
    Flag(bool),
    /// Rows, such as shareholders.
    Rows(Vec<Values>),
}

/// The values of one document by key (文书取值); more may be given than a template takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Datum>);

impl Values {
    /// No values yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Datum> {
        self.0.get(key)
    }

    /// Puts a value in place of what stood there.
    pub fn put(&mut self, key: impl Into<String>, datum: Datum) {
        self.0.insert(key.into(), datum);
    }

    /// The values with one more.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, datum: Datum) -> Self {
        self.put(key, datum);
        self
    }

    /// The values with a text.
    #[must_use]
    pub fn text(self, key: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(key, Datum::Text(text.into()))
    }

    /// The values with a list of texts.
    #[must_use]
    pub fn texts<T: Into<String>>(
        self,
        key: impl Into<String>,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        self.with(key, Datum::Texts(texts.into_iter().map(Into::into).collect()))
    }

    /// The values with a day.
    #[must_use]
    pub fn date(self, key: impl Into<String>, date: Date) -> Self {
        self.with(key, Datum::Date(date))
    }

    /// The values with an instant.
    #[must_use]
    pub fn moment(self, key: impl Into<String>, moment: Moment) -> Self {
        self.with(key, Datum::Moment(moment))
    }

    /// The values with an amount in fen.
    #[must_use]
    pub fn money_fen(self, key: impl Into<String>, fen: i64) -> Self {
        self.with(key, Datum::MoneyFen(fen))
    }

    /// The values with a whole number.
    #[must_use]
    pub fn integer(self, key: impl Into<String>, number: i64) -> Self {
        self.with(key, Datum::Integer(number))
    }

    /// The values with rows.
    #[must_use]
    pub fn rows(self, key: impl Into<String>, rows: Vec<Self>) -> Self {
        self.with(key, Datum::Rows(rows))
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Datum)> {
        self.0.iter().map(|(key, datum)| (key.as_str(), datum))
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Datum)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, Datum)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
