//! Series of numbers (文号、证照编号): the table of them, writing, reading back, and the counter a serial belongs to.

use crate::{NumberError, Part, Pattern};
use codes::{Date, Label};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table of all series that the platform writes (cross-cutting decisions §6).
const TABLE: &str = include_str!("../numbers.yaml");

/// When a counter begins again at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// With every year.
    Year,
    /// With every day.
    Day,
    /// Never.
    Never,
}

/// What a number is made of beside its serial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The day of issue.
    pub on: Date,
    /// Facts by name, such as `organ` (its word, 穗南市监), `division`, `office`, `format`.
    pub named: BTreeMap<String, String>,
}

impl Facts {
    /// Facts of a day.
    #[must_use]
    pub fn on(on: Date) -> Self {
        Self { on, named: BTreeMap::new() }
    }

    /// The facts with one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.named.insert(name.into(), value.into());
        self
    }
}

/// A series of numbers (编号系列): one kind of document, one pattern, counters by organ, place and year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its key, such as `food_licence`.
    pub id: String,
    /// The reforms whose documents it numbers.
    pub reforms: Vec<u8>,
    /// What it numbers.
    pub label: Label,
    /// The letters or the word that tell its numbers from all others; none for codes whose form a standard fixes.
    #[serde(default)]
    pub mark: Option<String>,
    /// How a number looks.
    pub pattern: Pattern,
    /// The facts that have counters of their own.
    #[serde(default)]
    pub per: Vec<String>,
    /// When a counter begins again.
    pub restart: Restart,
}

impl Series {
    /// The counter whose next serial a number of these facts takes, such as `food_licence/440115/2` or
    /// `acceptance/穗南市监/2026`.
    ///
    /// # Errors
    /// `DOC-0013` names a fact that is missing.
    pub fn counter(&self, facts: &Facts) -> Result<String, NumberError> {
        let mut key = self.id.clone();
        for name in &self.per {
            key.push('/');
            key.push_str(self.fact(facts, name)?);
        }
        match self.restart {
            Restart::Year => key.push_str(&format!("/{}", facts.on.year())),
            Restart::Day => key.push_str(&format!("/{}", facts.on)),
            Restart::Never => {}
        }
        Ok(key)
    }

    /// The number of a serial.
    ///
    /// # Errors
    /// `DOC-0013` where a fact is missing or too short, `DOC-0014` where the serial has more digits than the pattern.
    pub fn write(&self, facts: &Facts, serial: u64) -> Result<String, NumberError> {
        let mut out = String::new();
        for part in self.pattern.parts() {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Mark => out.push_str(self.mark.as_deref().unwrap_or_default()),
                Part::Year { digits: 4 } => out.push_str(&format!("{:04}", facts.on.year())),
                Part::Year { .. } => {
                    out.push_str(&format!("{:02}", facts.on.year().rem_euclid(100)));
                }
                Part::Day => out.push_str(&facts.on.to_string().replace('-', "")),
                Part::Serial { digits } => {
                    let text = format!("{serial:0width$}", width = digits.unwrap_or(1));
                    if digits.is_some_and(|digits| text.len() > digits) {
                        return Err(NumberError::SeriesFull { series: self.id.clone(), serial });
                    }
                    out.push_str(&text);
                }
                Part::Check(kind) => out.push_str(&kind.over(&out).unwrap_or_default()),
                Part::Fact { name, width } => {
                    let value = self.fact(facts, name)?;
                    match width {
                        None => out.push_str(value),
                        Some(width) => {
                            let cut: String = value.chars().take(*width).collect();
                            if cut.chars().count() < *width {
                                return Err(self.need(name));
                            }
                            out.push_str(&cut);
                        }
                    }
                }
            }
        }
        Ok(out)
    }

    /// Reads a number of this series back, brackets and width folded: its parts by name, among them `year`, `date`
    /// and `serial`.
    ///
    /// # Errors
    /// `DOC-0015` where it does not fit the pattern, `DOC-0016` where its check digits are wrong.
    pub fn read(&self, text: &str) -> Result<BTreeMap<String, String>, NumberError> {
        let folded = fold_number(text);
        let wrong = || NumberError::NotANumber { series: self.id.clone(), text: text.to_owned() };
        let mut parts = BTreeMap::new();
        let mut done = String::new();
        let mut rest = folded.as_str();
        let parts_of = self.pattern.parts();
        for (index, part) in parts_of.iter().enumerate() {
            let literal = match part {
                Part::Literal(literal) => Some(fold_number(literal)),
                Part::Mark => Some(fold_number(self.mark.as_deref().unwrap_or_default())),
                _ => None,
            };
            let piece = match (&literal, part.width()) {
                (Some(literal), _) => {
                    rest.strip_prefix(literal.as_str()).map(|_| literal.chars().count())
                }
                (None, Some(width)) => Some(width),
                (None, None) if matches!(part, Part::Serial { .. }) => {
                    Some(rest.chars().take_while(char::is_ascii_digit).count())
                }
                (None, None) => self.open_length(rest, parts_of.get(index + 1)),
            }
            .ok_or_else(wrong)?;
            let value: String = rest.chars().take(piece).collect();
            rest = rest.strip_prefix(value.as_str()).ok_or_else(wrong)?;
            if literal.is_none() {
                if value.is_empty() || value.chars().count() < piece {
                    return Err(wrong());
                }
                self.take_part(part, &value, &done, &mut parts, text)?;
            }
            done.push_str(&value);
        }
        if rest.is_empty() { Ok(parts) } else { Err(wrong()) }
    }

    fn take_part(
        &self,
        part: &Part,
        value: &str,
        before: &str,
        parts: &mut BTreeMap<String, String>,
        text: &str,
    ) -> Result<(), NumberError> {
        let digits = value.chars().all(|c| c.is_ascii_digit());
        let name = match part {
            Part::Check(kind) => {
                let expected = kind.over(before).unwrap_or_default();
                if value == expected {
                    return Ok(());
                }
                return Err(NumberError::CheckDigit {
                    series: self.id.clone(),
                    text: text.to_owned(),
                    expected,
                });
            }
            Part::Fact { name, .. } => name.as_str(),
            Part::Year { .. } if digits => "year",
            Part::Day if digits => "date",
            Part::Serial { digits: width }
                if digits && (width.is_some() || !value.starts_with('0')) =>
            {
                "serial"
            }
            _ => {
                return Err(NumberError::NotANumber {
                    series: self.id.clone(),
                    text: text.to_owned(),
                });
            }
        };
        parts.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// How far a fact of any length reaches: to the literal or the mark behind it, else to the end.
    fn open_length(&self, rest: &str, next: Option<&Part>) -> Option<usize> {
        let stop = match next {
            Some(Part::Literal(literal)) => fold_number(literal),
            Some(Part::Mark) => fold_number(self.mark.as_deref().unwrap_or_default()),
            Some(_) => return None,
            None => return Some(rest.chars().count()),
        };
        rest.split_once(stop.as_str()).map(|(before, _)| before.chars().count())
    }

    fn fact<'a>(&self, facts: &'a Facts, name: &str) -> Result<&'a str, NumberError> {
        facts
            .named
            .get(name)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| self.need(name))
    }

    fn need(&self, name: &str) -> NumberError {
        NumberError::NeedFact { series: self.id.clone(), key: name.to_owned() }
    }
}

/// A number as it is compared: letters and digits of half width, every bracket `(` or `)`, no spaces, capitals.
#[must_use]
pub fn fold_number(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '〔' | '（' | '[' | '［' | '【' => '(',
            '〕' | '）' | ']' | '］' | '】' => ')',
            '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            other => other,
        })
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The table of series (编号总表): no mark twice.
#[derive(Clone, Debug, Default)]
pub struct Numbers(BTreeMap<String, Series>);

impl Numbers {
    /// The platform's own table.
    ///
    /// # Errors
    /// `DOC-0011` or `DOC-0012`; a test keeps the table free of both.
    pub fn platform() -> Result<Self, NumberError> {
        Self::default().and(TABLE)
    }

    /// The table with the series of a YAML file added, such as a government's own.
    ///
    /// # Errors
    /// `DOC-0011` where it cannot be read, `DOC-0012` where an id or a mark is taken.
    pub fn and(mut self, yaml: &str) -> Result<Self, NumberError> {
        let rows: Vec<Series> = serde_saphyr::from_str(yaml)
            .map_err(|fault| NumberError::TableUnreadable { why: fault.to_string() })?;
        for series in rows {
            if let Some(by) = self.0.values().find(|other| collide(other, &series)) {
                return Err(NumberError::MarkTaken {
                    mark: series.mark.unwrap_or(series.id),
                    by: by.id.clone(),
                });
            }
            self.0.insert(series.id.clone(), series);
        }
        Ok(self)
    }

    /// The series of an id.
    ///
    /// # Errors
    /// `DOC-0017` where there is none.
    pub fn series(&self, id: &str) -> Result<&Series, NumberError> {
        self.0.get(id).ok_or_else(|| NumberError::SeriesUnknown { series: id.to_owned() })
    }

    /// The series that a number tells by its mark; a code without a mark is told by where it stands, not by its form.
    #[must_use]
    pub fn which(&self, text: &str) -> Option<&Series> {
        self.0.values().find(|series| series.mark.is_some() && series.read(text).is_ok())
    }

    /// All series in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Series> {
        self.0.values()
    }
}

fn collide(one: &Series, other: &Series) -> bool {
    let same_mark = match (&one.mark, &other.mark) {
        (Some(a), Some(b)) => fold_number(a) == fold_number(b),
        (None, None) => one.pattern == other.pattern,
        _ => false,
    };
    one.id == other.id || same_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        [
            ("organ", "穗南市监"),
            ("division", "440115"),
            ("province", "44"),
            ("office", "5100"),
            ("site", "0007"),
            ("airport", "CAN"),
            ("code", "GD"),
            ("format", "2"),
            ("occupation", "4070301"),
            ("case", "440115260000017"),
            ("waybill", "CDKT200000000166"),
            ("scope", "GD"),
            ("short", "粤"),
            ("city", "深圳市"),
            ("half", "1"),
            ("port", "510"),
            ("server", "1"),
            ("round", "2"),
            ("batch", "A0117"),
        ]
        .into_iter()
        .fold(Facts::on(Date::constant(2026, 2, 12)), |facts, (name, value)| {
            facts.with(name, value)
        })
    }

    #[test]
    fn every_series_of_the_platform_writes_a_number_and_reads_it_back_as_its_own() {
        let numbers = Numbers::platform().unwrap();
        assert!(numbers.iter().count() >= 50);
        for series in numbers.iter() {
            let number = series.write(&facts(), 7).unwrap();
            let parts = series.read(&number).unwrap();
            if number.contains('7') && parts.contains_key("serial") {
                assert_eq!(
                    parts.get("serial").map(|s| s.trim_start_matches('0')),
                    Some("7"),
                    "{number}"
                );
            }
            let marked = series.mark.as_ref().map(|_| series.id.as_str());
            assert_eq!(numbers.which(&number).map(|s| s.id.as_str()), marked, "{number}");
            assert!(series.counter(&facts()).unwrap().starts_with(&series.id));
            assert!(!series.label.zh.is_empty() && !series.label.en.is_empty());
        }
    }

    #[test]
    fn numbers_look_as_the_specs_print_them() {
        let numbers = Numbers::platform().unwrap();
        for (id, serial, number) in [
            ("food_licence", 218, "JY24401150002186"),
            ("seal_code", 17, "4401150000179"),
            ("acceptance", 12, "穗南市监许受〔2026〕12号"),
            ("export_licence", 31, "26-GD-000031"),
            ("used_vehicle_exporter", 3, "BA-440115-2026-0003"),
            ("netpub_filing", 21, "WF440115202600021"),
            ("customs_guarantee", 5, "5100-26-0000005"),
            ("price_finding", 9, "价认〔2026〕9号"),
            ("evidence_service", 4, "ES-20260212-4"),
        ] {
            assert_eq!(numbers.series(id).unwrap().write(&facts(), serial).unwrap(), number);
        }
    }

    #[test]
    fn brackets_and_width_are_folded_before_comparing() {
        let numbers = Numbers::platform().unwrap();
        let series = numbers.series("acceptance").unwrap();
        for text in [
            "穗南市监许受〔2026〕12号",
            "穗南市监许受[2026]12号",
            "穗南市监许受（２０２６）１２号",
            " 穗南市监许受【2026】12号",
        ] {
            assert_eq!(
                series.read(text).unwrap().get("serial").map(String::as_str),
                Some("12"),
                "{text}"
            );
        }
        // Leading zeros are not how an official number is written.
        assert!(matches!(
            series.read("穗南市监许受〔2026〕012号"),
            Err(NumberError::NotANumber { .. })
        ));
    }

    #[test]
    fn a_wrong_check_digit_is_named_with_the_right_one() {
        let numbers = Numbers::platform().unwrap();
        let refused = numbers.series("food_licence").unwrap().read("JY24401150002187");
        assert!(
            matches!(refused, Err(NumberError::CheckDigit { expected, .. }) if expected == "6")
        );
    }

    #[test]
    fn a_mark_cannot_be_taken_twice() {
        let yaml = "- {id: mine, reforms: [28], label: {zh: 甲, en: a}, mark: jy, pattern: '{mark}-{serial}', restart: never}";
        let refused = Numbers::platform().unwrap().and(yaml);
        assert!(
            matches!(refused, Err(NumberError::MarkTaken { mark, by }) if mark == "jy" && by == "food_licence")
        );
    }

    #[test]
    fn counters_are_kept_apart_by_organ_kind_and_year() {
        let numbers = Numbers::platform().unwrap();
        let series = numbers.series("acceptance").unwrap();
        assert_eq!(series.counter(&facts()).unwrap(), "acceptance/穗南市监/2026");
        assert_eq!(
            numbers.series("food_licence").unwrap().counter(&facts()).unwrap(),
            "food_licence/2/440115"
        );
        let bare = Facts::on(Date::constant(2026, 2, 12));
        assert!(
            matches!(series.counter(&bare), Err(NumberError::NeedFact { key, .. }) if key == "organ")
        );
    }

    #[test]
    fn a_full_series_says_so_and_never_wraps() {
        let numbers = Numbers::platform().unwrap();
        let series = numbers.series("food_licence").unwrap();
        assert!(series.write(&facts(), 999_999).is_ok());
        assert!(matches!(
            series.write(&facts(), 1_000_000),
            Err(NumberError::SeriesFull { serial: 1_000_000, .. })
        ));
    }
}
