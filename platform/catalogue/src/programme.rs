//! The two official tables (复制推广工作分工表) as data, asserted against each other when they are loaded.

use crate::directory::{Directory, DirectoryFile};
use crate::{PlaceNames, ProgrammeError, Scope};
use codes::{Division, Label};
use elements::from_yaml;
use indexmap::IndexMap;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many rows the national table has.
const ROWS: u8 = 37;

/// The national row that Guangdong leaves out.
const NOT_IN_GUANGDONG: u8 = 13;

/// A row of the tables (改革事项).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The national number, which is the reform's number everywhere.
    pub n: u8,
    /// The name of the reform's folder without number.
    pub slug: String,
    /// Its title as printed.
    pub zh: String,
    /// Its title in English.
    pub en: String,
    /// Its field.
    pub cat: String,
    /// The national organs, in the order printed.
    pub organs: Vec<String>,
    /// The national scope.
    pub scope: String,
    /// Guangdong's row, if there is one.
    pub gd: Option<GuangdongRow>,
}

impl Row {
    /// Its title in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.zh, &self.en)
    }
}

/// A row of Guangdong's table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuangdongRow {
    /// Its number there.
    pub n: u8,
    /// The organs of the province, in the order printed.
    pub organs: Vec<String>,
    /// The scope in the province.
    pub scope: String,
}

/// What a reform consists of (主要内容), word for word.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowText {
    /// The national wording, which is authoritative.
    pub text: String,
    /// Guangdong's wording.
    pub gd_text: Option<String>,
}

/// A difference between or inside the official texts (文本差异).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discrepancy {
    /// `D1` to `D16`.
    pub id: String,
    /// Where it stands.
    #[serde(rename = "where")]
    pub at: Label,
    /// The rows that it concerns; empty for the tables as wholes.
    #[serde(default)]
    pub rows: Vec<u8>,
    /// What was found.
    pub finding: Label,
    /// How it is read.
    pub handling: Label,
}

/// Reforms that share a register or a form (联系).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Their numbers.
    pub rows: Vec<u8>,
    /// What they share, in Chinese.
    pub zh: String,
    /// What they share, in English.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsFile {
    categories: IndexMap<String, Label>,
    reforms: Vec<Row>,
}

/// The programme (复制推广工作): both tables, their texts, scope, organs, discrepancies.
#[derive(Clone, Debug)]
pub struct Programme {
    rows: BTreeMap<u8, Row>,
    texts: BTreeMap<u8, RowText>,
    categories: IndexMap<String, Label>,
    scopes: IndexMap<String, Scope>,
    discrepancies: Vec<Discrepancy>,
    links: Vec<Link>,
    directory: Directory,
}

impl Programme {
    /// Reads the programme's files, which `file` finds by name below `programme/`.
    ///
    /// # Errors
    /// [`ProgrammeError`], first of all `PROGRAMME_MISMATCH` where the tables do not agree.
    pub fn read<'a>(file: impl Fn(&str) -> Option<&'a str>) -> Result<Self, ProgrammeError> {
        let text = |name: &'static str| file(name).ok_or(ProgrammeError::FileMissing(name));
        let RowsFile { categories, reforms } = yaml("reforms.yaml", text("reforms.yaml")?)?;
        let texts: BTreeMap<u8, RowText> = yaml("texts.yaml", text("texts.yaml")?)?;
        let section: IndexMap<String, Vec<String>> =
            yaml("section-one.yaml", text("section-one.yaml")?)?;
        let scopes = yaml("scopes.yaml", text("scopes.yaml")?)?;
        let discrepancies = yaml("discrepancies.yaml", text("discrepancies.yaml")?)?;
        let links = yaml("links.yaml", text("links.yaml")?)?;
        let organs: DirectoryFile = yaml("organs.yaml", text("organs.yaml")?)?;
        let names = place_names(text("place-names.yaml")?)?;
        agree(&reforms, &texts, &section)?;
        let directory = Directory::new(organs, names, &reforms)?;
        let programme = Self {
            rows: reforms.into_iter().map(|row| (row.n, row)).collect(),
            texts,
            categories,
            scopes,
            discrepancies,
            links,
            directory,
        };
        programme.resolves()?;
        Ok(programme)
    }

    /// A row by its national number.
    #[must_use]
    pub fn row(&self, n: u8) -> Option<&Row> {
        self.rows.get(&n)
    }

    /// The rows in order of number.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// The texts of a row.
    #[must_use]
    pub fn text(&self, n: u8) -> Option<&RowText> {
        self.texts.get(&n)
    }

    /// The fields, in the order of the notice.
    pub fn categories(&self) -> impl Iterator<Item = (&str, &Label)> {
        self.categories.iter().map(|(key, label)| (key.as_str(), label))
    }

    /// A scope by name.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<&Scope> {
        self.scopes.get(name)
    }

    /// All discrepancies, `D1` first.
    #[must_use]
    pub fn discrepancies(&self) -> &[Discrepancy] {
        &self.discrepancies
    }

    /// The discrepancies that concern a row.
    pub fn discrepancies_of(&self, n: u8) -> impl Iterator<Item = &Discrepancy> {
        self.discrepancies.iter().filter(move |found| found.rows.contains(&n))
    }

    /// The groups of reforms that a row belongs to.
    pub fn links_of(&self, n: u8) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.rows.contains(&n))
    }

    /// The directory of organs.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Every name that a row, a link or a discrepancy uses resolves.
    fn resolves(&self) -> Result<(), ProgrammeError> {
        for row in self.rows.values() {
            let dangling = |what, name: &str| ProgrammeError::Dangling {
                row: row.n,
                what,
                name: name.to_owned(),
                why: "is unknown",
            };
            if !self.categories.contains_key(&row.cat) {
                return Err(dangling("field", &row.cat));
            }
            for scope in [&row.scope].into_iter().chain(row.gd.as_ref().map(|gd| &gd.scope)) {
                if !self.scopes.contains_key(scope) {
                    return Err(dangling("scope", scope));
                }
            }
        }
        let named = self.links.iter().flat_map(|link| &link.rows);
        let found = self.discrepancies.iter().flat_map(|found| &found.rows);
        match named.chain(found).find(|n| !self.rows.contains_key(n)) {
            Some(n) => Err(ProgrammeError::Dangling {
                row: *n,
                what: "row",
                name: n.to_string(),
                why: "is unknown",
            }),
            None => Ok(()),
        }
    }
}

fn yaml<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, ProgrammeError> {
    Ok(from_yaml(&format!("00-programme/programme/{name}"), text)?)
}

fn place_names(text: &str) -> Result<PlaceNames, ProgrammeError> {
    let read: BTreeMap<String, String> = yaml("place-names.yaml", text)?;
    let mut names = BTreeMap::new();
    for (code, name) in read {
        let place: Division = code.parse().map_err(|_shape| ProgrammeError::Dangling {
            row: 0,
            what: "place",
            name: code.clone(),
            why: "is no division",
        })?;
        names.insert(place, name);
    }
    Ok(PlaceNames::new(names))
}

/// The national number of a row of Guangdong's table (D3).
#[must_use]
pub const fn national_number(guangdong: u8) -> Option<u8> {
    match guangdong {
        0 => None,
        1..NOT_IN_GUANGDONG => Some(guangdong),
        NOT_IN_GUANGDONG..ROWS => Some(guangdong + 1),
        _ => None,
    }
}

/// The number of a national row in Guangdong's table; none for 13 (D2).
#[must_use]
pub const fn guangdong_number(national: u8) -> Option<u8> {
    match national {
        0 | NOT_IN_GUANGDONG => None,
        1..NOT_IN_GUANGDONG => Some(national),
        14..=ROWS => Some(national - 1),
        _ => None,
    }
}

/// Rows, texts and section 一 of the notice name the same reforms, each once, with the same field and the right numbers.
fn agree(
    rows: &[Row],
    texts: &BTreeMap<u8, RowText>,
    section: &IndexMap<String, Vec<String>>,
) -> Result<(), ProgrammeError> {
    let (mut missing, mut extra) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for row in rows {
        if !seen.insert(row.n) || row.n == 0 || row.n > ROWS {
            extra.push(row.n.to_string());
        }
        let (expected, found) = (guangdong_number(row.n), row.gd.as_ref().map(|gd| gd.n));
        if expected != found {
            missing.extend(expected.map(|n| format!("gd {n}")));
            extra.extend(found.map(|n| format!("gd {n}")));
        }
    }
    missing.extend((1..=ROWS).filter(|n| !seen.contains(n)).map(|n| n.to_string()));
    missing.extend(seen.iter().filter(|n| !texts.contains_key(n)).map(|n| format!("text {n}")));
    extra.extend(texts.keys().filter(|n| !seen.contains(n)).map(|n| format!("text {n}")));
    // The notice sets inner quotation marks single, the table double.
    let table: BTreeSet<(&str, String)> =
        rows.iter().map(|row| (row.cat.as_str(), quotes(&row.zh))).collect();
    let listed: BTreeSet<(&str, String)> = section
        .iter()
        .flat_map(|(cat, names)| names.iter().map(move |name| (cat.as_str(), quotes(name))))
        .collect();
    missing.extend(listed.difference(&table).map(|(_, name)| name.clone()));
    extra.extend(table.difference(&listed).map(|(_, name)| name.clone()));
    if missing.is_empty() && extra.is_empty() {
        Ok(())
    } else {
        Err(ProgrammeError::Mismatch { missing, extra })
    }
}

fn quotes(name: &str) -> String {
    name.replace('‘', "“").replace('’', "”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_both_tables_map() {
        for (guangdong, national) in [(1, 1), (12, 12), (13, 14), (27, 28), (36, 37)] {
            assert_eq!(national_number(guangdong), Some(national));
            assert_eq!(guangdong_number(national), Some(guangdong));
        }
        assert_eq!(guangdong_number(13), None);
        for beyond in [0, 37, 255] {
            assert_eq!(national_number(beyond), None, "{beyond}");
        }
        assert_eq!(guangdong_number(38), None);
    }
}
