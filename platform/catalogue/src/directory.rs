//! The directory of organs (单位名录): those printed in the tables, and those that execute services by rule.

use crate::place::{is_city, is_district, is_served};
use crate::programme::Row;
use crate::{CatalogueError, PlaceNames, ProgrammeError};
use codes::{Date, Division, Label};
use indexmap::IndexMap;
use kernel::OrganKey;
use serde::Deserialize;
use std::collections::BTreeSet;

/// How high a printed organ stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganLevel {
    /// An organ of the State Council, the Party or the courts.
    #[default]
    National,
    /// A department of the province.
    Province,
    /// An office in the province that answers to a national organ.
    Special,
}

/// An organ printed in a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintedOrgan {
    /// Its key.
    pub key: String,
    /// Its name as printed.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// How high it stands; of a table's own level if absent.
    #[serde(default)]
    pub level: Option<OrganLevel>,
    /// Other printed names (D14).
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The first day under this name.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last day under this name (D16).
    #[serde(default)]
    pub until: Option<Date>,
    /// The key of the organ that took its place.
    #[serde(default)]
    pub successor: Option<String>,
    /// False for organs that no table prints.
    #[serde(default = "yes")]
    pub printed: bool,
    /// Which national organs it answers to, by row (D13).
    #[serde(default)]
    pub counterparts: Vec<Counterpart>,
    /// Rows in which it has no national peer (D12).
    #[serde(default)]
    pub without_peer: Vec<u8>,
}

const fn yes() -> bool {
    true
}

impl PrintedOrgan {
    /// Its name in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.zh, &self.en)
    }

    fn is_called(&self, name: &str) -> bool {
        self.zh == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// A national organ that a provincial one answers to in some rows (对口部门).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterpart {
    /// The key of the national organ.
    pub organ: String,
    /// The rows, by national number.
    pub rows: Vec<u8>,
}

/// A role in which organs execute services.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What it is called, in Chinese.
    pub zh: String,
    /// What it is called, in English.
    pub en: String,
    /// Whether its names are invented samples of enterprises.
    #[serde(default)]
    pub sample: bool,
    /// How its organs are called, first that fits.
    names: Vec<NameRule>,
}

impl Role {
    /// What it is called in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.zh, &self.en)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct NameRule {
    #[serde(default)]
    when: Option<When>,
    #[serde(default)]
    within: Option<String>,
    #[serde(default)]
    from: Option<Date>,
    #[serde(default)]
    until: Option<Date>,
    zh: String,
    en: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    District,
    City,
}

impl NameRule {
    fn fits(&self, place: Division, on: Date) -> bool {
        let kind = match self.when {
            None => true,
            Some(When::District) => is_district(place),
            Some(When::City) => is_city(place),
        };
        let area = self
            .within
            .as_ref()
            .is_none_or(|area| area.parse().is_ok_and(|area| place.is_within(area)));
        let time =
            self.from.is_none_or(|from| from <= on) && self.until.is_none_or(|until| on <= until);
        kind && area && time
    }
}

/// An organ that executes services at a place (承办单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organ {
    /// Its key, such as `440115-market`.
    pub key: OrganKey,
    /// Its name on the day.
    pub label: Label,
    /// Its role.
    pub role: String,
    /// Its division.
    pub place: Division,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryFile {
    national: Vec<PrintedOrgan>,
    guangdong: Vec<PrintedOrgan>,
    roles: IndexMap<String, Role>,
}

/// The directory (单位名录).
#[derive(Clone, Debug)]
pub struct Directory {
    national: Vec<PrintedOrgan>,
    guangdong: Vec<PrintedOrgan>,
    roles: IndexMap<String, Role>,
    names: PlaceNames,
    links: Vec<(OrganTable, u8, String)>,
}

/// Which table prints an organ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganTable {
    /// The notice's.
    National,
    /// The letter's.
    Guangdong,
}

impl Directory {
    pub(crate) fn new(
        file: DirectoryFile,
        names: PlaceNames,
        rows: &[Row],
    ) -> Result<Self, ProgrammeError> {
        let mut directory = Self {
            national: file.national,
            guangdong: file.guangdong,
            roles: file.roles,
            names,
            links: Vec::new(),
        };
        for row in rows {
            let guangdong = row.gd.iter().flat_map(|gd| &gd.organs);
            let printed = row
                .organs
                .iter()
                .map(|name| (OrganTable::National, name))
                .chain(guangdong.map(|name| (OrganTable::Guangdong, name)));
            for (table, name) in printed {
                let organ = directory
                    .printed(table, name)
                    .ok_or_else(|| dangling(row.n, "organ", name, "is not in the directory"))?;
                let link = (table, row.n, organ.key.clone());
                directory.links.push(link);
            }
        }
        directory.judge_counterparts()?;
        Ok(directory)
    }

    /// Every link of a provincial organ to a row has either its counterpart in that row or the mark that it has none.
    fn judge_counterparts(&self) -> Result<(), ProgrammeError> {
        let stands =
            |table, n, key: &str| self.links.iter().any(|link| *link == (table, n, key.to_owned()));
        for organ in &self.guangdong {
            let mut told = BTreeSet::new();
            for counterpart in &organ.counterparts {
                for n in &counterpart.rows {
                    if !stands(OrganTable::National, *n, &counterpart.organ) {
                        return Err(dangling(
                            *n,
                            "counterpart",
                            &counterpart.organ,
                            "does not stand in that row",
                        ));
                    }
                    told.insert(*n);
                }
            }
            told.extend(&organ.without_peer);
            let printed: BTreeSet<u8> = self
                .links
                .iter()
                .filter(|(table, _, key)| *table == OrganTable::Guangdong && *key == organ.key)
                .map(|(_, n, _)| *n)
                .collect();
            if let Some(n) = told.symmetric_difference(&printed).next() {
                return Err(dangling(
                    *n,
                    "organ",
                    &organ.zh,
                    "has counterparts that do not fit its rows",
                ));
            }
        }
        Ok(())
    }

    /// The organs of a table, those only that it prints.
    pub fn organs(&self, table: OrganTable) -> impl Iterator<Item = &PrintedOrgan> {
        self.table(table).iter().filter(|organ| organ.printed)
    }

    fn table(&self, table: OrganTable) -> &[PrintedOrgan] {
        match table {
            OrganTable::National => &self.national,
            OrganTable::Guangdong => &self.guangdong,
        }
    }

    /// The organ that a table prints under a name or an alias.
    #[must_use]
    pub fn printed(&self, table: OrganTable, name: &str) -> Option<&PrintedOrgan> {
        self.table(table).iter().find(|organ| organ.is_called(name))
    }

    /// A printed organ by key.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&PrintedOrgan> {
        self.national.iter().chain(&self.guangdong).find(|organ| organ.key == key)
    }

    /// What an organ is called on a day: itself, or what took its place since.
    #[must_use]
    pub fn called_on<'a>(&'a self, organ: &'a PrintedOrgan, on: Date) -> &'a PrintedOrgan {
        let mut now = organ;
        while now.until.is_some_and(|until| until < on) {
            match now.successor.as_deref().and_then(|key| self.by_key(key)) {
                Some(next) => now = next,
                None => break,
            }
        }
        now
    }

    /// The rows in which a table prints an organ, by national number (单位视图).
    #[must_use]
    pub fn rows_of(&self, table: OrganTable, name: &str) -> Vec<u8> {
        let Some(organ) = self.printed(table, name) else { return Vec::new() };
        let of_organ = |(at, n, key): &(OrganTable, u8, String)| {
            (*at == table && *key == organ.key).then_some(*n)
        };
        self.links.iter().filter_map(of_organ).collect()
    }

    /// The national organ that a provincial one answers to in a row; none where it has no peer there (D12, D13).
    #[must_use]
    pub fn counterpart(&self, provincial: &str, row: u8) -> Option<&PrintedOrgan> {
        let organ = self.printed(OrganTable::Guangdong, provincial)?;
        let link = organ.counterparts.iter().find(|link| link.rows.contains(&row))?;
        self.by_key(&link.organ)
    }

    /// How many links between organs and rows a table has.
    #[must_use]
    pub fn links(&self, table: OrganTable) -> usize {
        self.links.iter().filter(|(at, _, _)| *at == table).count()
    }

    /// The names of places.
    #[must_use]
    pub fn places(&self) -> &PlaceNames {
        &self.names
    }

    /// The roles in which organs execute services.
    pub fn roles(&self) -> impl Iterator<Item = (&str, &Role)> {
        self.roles.iter().map(|(key, role)| (key.as_str(), role))
    }

    /// A role by key.
    #[must_use]
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.get(key)
    }

    /// The organ that has a role at a place on a day.
    ///
    /// # Errors
    /// `ORGAN_UNKNOWN` for an unknown role, or a place that is no division in force.
    pub fn organ_for(
        &self,
        role: &str,
        place: Division,
        on: Date,
    ) -> Result<Organ, CatalogueError> {
        let missing =
            || CatalogueError::NoOrgan { role: role.to_owned(), place: place.to_string() };
        let rule = self
            .roles
            .get(role)
            .filter(|_| is_served(place))
            .and_then(|role| role.names.iter().find(|rule| rule.fits(place, on)))
            .ok_or_else(missing)?;
        let words = self.names.words(place);
        let filled = |text: &str, pick: fn(&Label) -> &str| {
            text.replace("{place}", pick(&words.place))
                .replace("{city}", pick(&words.city))
                .replace("{county}", pick(&words.county))
                .replace("{short}", pick(&words.short))
        };
        Ok(Organ {
            key: OrganKey::new(format!("{place}-{role}")),
            label: Label::new(
                filled(&rule.zh, |label| &label.zh),
                filled(&rule.en, |label| &label.en),
            ),
            role: role.to_owned(),
            place,
        })
    }

    /// The organ behind a key such as `440115-market`.
    ///
    /// # Errors
    /// `ORGAN_UNKNOWN` if the key names none.
    pub fn organ(&self, key: &OrganKey, on: Date) -> Result<Organ, CatalogueError> {
        let missing = || CatalogueError::NoOrgan { role: key.to_string(), place: String::new() };
        let (place, role) = key.as_str().split_once('-').ok_or_else(missing)?;
        self.organ_for(role, place.parse().map_err(|_shape| missing())?, on)
    }
}

fn dangling(row: u8, what: &'static str, name: &str, why: &'static str) -> ProgrammeError {
    ProgrammeError::Dangling { row, what, name: name.to_owned(), why }
}
