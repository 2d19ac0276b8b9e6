//! What licences and notices share (证照与文书): who issues them, with what they are filled, how they are numbered and made.

use crate::{
    Datum, DocumentError, Facts, Kind, NumberError, Numbers, Template, TextDigest, Typesetter,
    Values,
};
use codes::Date;
use kernel::OrganKey;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The organ that issues a paper (发文、发证机关).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// Its key in the directory.
    pub organ: OrganKey,
    /// Its full name, as printed.
    pub name: String,
    /// Its word in numbers (机关代字), such as 穗南市监.
    pub word: String,
    /// Its division, six digits of GB/T 2260.
    pub place: String,
}

impl Issuer {
    /// What it gives to the numbers of its papers.
    #[must_use]
    pub fn facts(&self, on: Date) -> Facts {
        Facts::on(on).with("organ", &self.word).with("division", &self.place)
    }
}

/// With what a template is filled; `K` points to values that are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filling<K> {
    /// Values that tell of no person.
    Plain(Values),
    /// Values as JSON, sealed under the key of their case.
    Kept(K),
}

/// The key of a counter of numbers, such as `acceptance/穗南市监/2026` ([`crate::Series::counter`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookKey(pub String);

impl fmt::Display for BookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a paper gets its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbering {
    /// The counter.
    pub book: BookKey,
    /// The series.
    pub series: String,
    /// The facts.
    pub facts: Facts,
}

impl Numbering {
    /// The book in which a paper of a series is numbered.
    ///
    /// # Errors
    /// The series is unknown, or a number of it cannot be written from these facts: that is told before a serial is taken.
    pub fn of(numbers: &Numbers, series: &str, facts: Facts) -> Result<Self, NumberError> {
        let known = numbers.series(series)?;
        known.write(&facts, 1)?;
        Ok(Self { book: BookKey(known.counter(&facts)?), series: series.to_owned(), facts })
    }

    /// The number under a serial of its book.
    ///
    /// # Errors
    /// The series is unknown by now, or its serials are used up.
    pub fn write(&self, numbers: &Numbers, serial: u64) -> Result<String, NumberError> {
        numbers.series(&self.series)?.write(&self.facts, serial)
    }
}

/// A paper that is set in type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The digest of its text.
    pub digest: TextDigest,
    /// What set its type ([`Typesetter::edition`]).
    pub edition: String,
}

impl Template {
    /// The values with what the maker alone knows laid over whatever was brought along, as far as the template declares it
    /// and as that kind.
    #[must_use]
    pub fn over<'k>(
        &self,
        mut values: Values,
        own: impl IntoIterator<Item = (&'k str, Datum)>,
    ) -> Values {
        for (name, datum) in own {
            let kind = self.values().get(name).map(|declared| &declared.kind);
            let fits = match &datum {
                Datum::Date(_) => kind == Some(&Kind::Date),
                // The address of the page that checks it, and what checks it without network, are printed as codes and
                // never as lines of text.
                _ if matches!(name, "qr" | "qr_offline" | "qr_signed") => kind == Some(&Kind::Qr),
                _ => kind == Some(&Kind::Text),
            };
            if fits {
                values.put(name, datum);
            }
        }
        values
    }

    /// Sets a paper in type.
    ///
    /// # Errors
    /// Those of [`Template::take`] and [`Typesetter::typeset`].
    pub fn made(
        &self,
        typesetter: &dyn Typesetter,
        values: &Values,
    ) -> Result<Made, DocumentError> {
        let digest = self.take(values)?.digest();
        let pdf = typesetter.typeset(self, values)?;
        Ok(Made { pdf, digest, edition: typesetter.edition().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 2, 12);

    fn issuer() -> Issuer {
        Issuer {
            organ: OrganKey::new("440115-market"),
            name: "广州市南沙区市场监督管理局".to_owned(),
            word: "穗南市监".to_owned(),
            place: "440115".to_owned(),
        }
    }

    #[test]
    fn a_paper_is_numbered_in_the_book_of_its_organ_and_year() {
        let numbers = Numbers::platform().unwrap();
        let numbering = Numbering::of(&numbers, "acceptance", issuer().facts(DAY)).unwrap();
        assert_eq!(numbering.book.0, "acceptance/穗南市监/2026");
        let number = numbering.write(&numbers, 7).unwrap();
        assert!(number.starts_with("穗南市监") && number.ends_with("〔2026〕7号"), "{number}");
        assert!(Numbering::of(&numbers, "no-such-series", issuer().facts(DAY)).is_err());
        let food = Numbering::of(&numbers, "food_licence", issuer().facts(DAY));
        assert!(food.is_err(), "the digit of the format is missing, told before a serial is taken");
    }

    #[test]
    fn what_the_maker_knows_stands_over_what_was_brought_along() {
        let yaml = "
id: acceptance
title: {zh: 受理通知书, en: Notice of acceptance}
class: notice
source: a.typ
values:
  number: {is: text, zh: 文号, en: Number}
  issued_on: {is: date, zh: 日期, en: Date}
  valid_to: {is: text, zh: 有效期, en: Term}
  qr: {is: qr, zh: 核验码, en: Code}
";
        let template = Template::read(yaml, |_| Some(String::new())).unwrap();
        let brought = Values::new().text("number", "forged").text("valid_to", "长期");
        let text = |text: &str| Datum::Text(text.to_owned());
        let values = template.over(
            brought,
            [
                ("number", text("1号")),
                ("issued_on", Datum::Date(DAY)),
                ("valid_to", Datum::Date(DAY)),
                ("organ_name", text("not declared")),
                ("qr", text("https://portal.example/v/x")),
            ],
        );
        assert_eq!(values.get("number"), Some(&text("1号")));
        assert_eq!(values.get("issued_on"), Some(&Datum::Date(DAY)));
        assert_eq!(values.get("valid_to"), Some(&text("长期")), "a text is no date");
        assert_eq!(values.get("organ_name"), None);
        assert_eq!(values.get("qr"), Some(&text("https://portal.example/v/x")));
        let as_text = yaml.replace("is: qr", "is: text");
        let template = Template::read(&as_text, |_| Some(String::new())).unwrap();
        let values = template.over(Values::new(), [("qr", text("https://portal.example/v/x"))]);
        assert!(values.is_empty(), "an address is no line of text");
    }
}
