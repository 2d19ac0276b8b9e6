//! The dictionary of data elements: plain elements, the person card, roles, rows that are no persons, code lists.

use crate::element::{Authority, Element, PageCard, Sensitivity, Source};
use crate::error::DictionaryError;
use crate::key::{Key, Path};
use crate::kind::{Format, Kind};
use crate::list::CodeList;
use crate::rule::Rule;
use crate::yaml::from_yaml;
use codes::{Label, Lang};
use indexmap::IndexMap;
use serde::Deserialize;
use std::sync::{Arc, LazyLock};

/// A role (角色): a pointer to a person card, with attributes that belong to the role and not to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The key, such as `legal_representative`.
    pub key: Key,
    /// What it is called.
    pub label: Label,
    /// Whether many may hold it (`shareholder[]`).
    pub many: bool,
    /// The card of the page it belongs to.
    pub card: PageCard,
    /// What helps to choose the person.
    pub help: Option<Label>,
    /// The attributes of the role.
    pub attributes: IndexMap<Key, Arc<Element>>,
}

/// A kind of repeating row that is no person (行), such as `seal[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKind {
    /// The key, such as `seal`.
    pub key: Key,
    /// What it is called.
    pub label: Label,
    /// The card of the page it belongs to.
    pub card: PageCard,
    /// Its columns.
    pub attributes: IndexMap<Key, Arc<Element>>,
}

/// The dictionary of data elements (数据元字典).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    lists: IndexMap<Key, Arc<CodeList>>,
    elements: IndexMap<Key, Arc<Element>>,
    person: IndexMap<Key, Arc<Element>>,
    roles: IndexMap<Key, Role>,
    rows: IndexMap<Key, RowKind>,
}

/// What a path names.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'a> {
    /// An element of the enterprise itself.
    Plain(&'a Arc<Element>),
    /// An attribute of the card of the person who holds a role.
    Person(&'a Role, &'a Arc<Element>),
    /// An attribute of the role itself.
    Role(&'a Role, &'a Arc<Element>),
    /// A column of a row that is no person.
    Row(&'a RowKind, &'a Arc<Element>),
}

impl<'a> Resolved<'a> {
    /// The element behind the path.
    #[must_use]
    pub fn element(self) -> &'a Arc<Element> {
        match self {
            Self::Plain(element)
            | Self::Person(_, element)
            | Self::Role(_, element)
            | Self::Row(_, element) => element,
        }
    }
}

/// The dictionary as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    lists: IndexMap<Key, CodeList>,
    #[serde(default)]
    elements: IndexMap<Key, Entry>,
    #[serde(default)]
    person: IndexMap<Key, Entry>,
    #[serde(default)]
    roles: IndexMap<Key, RoleEntry>,
    #[serde(default)]
    rows: IndexMap<Key, RowEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
    #[serde(rename = "type")]
    kind: Kind,
    card: Option<PageCard>,
    unit: Option<Label>,
    #[serde(default)]
    rule: Rule,
    #[serde(default)]
    format: Format,
    sensitivity: Option<Sensitivity>,
    authority: Option<Authority>,
    #[serde(default)]
    source: Source,
    help: Option<Label>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    zh: String,
    en: String,
    #[serde(default)]
    many: bool,
    card: PageCard,
    help: Option<Label>,
    #[serde(default)]
    attributes: IndexMap<Key, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowEntry {
    zh: String,
    en: String,
    card: PageCard,
    attributes: IndexMap<Key, Entry>,
}

impl Dictionary {
    /// The shared dictionary that comes with the platform.
    ///
    /// # Errors
    /// [`DictionaryError`] if the built-in file is faulty, which a test of this crate rules out.
    pub fn builtin() -> Result<Self, DictionaryError> {
        static BUILTIN: LazyLock<Result<Dictionary, DictionaryError>> = LazyLock::new(|| {
            Dictionary { lists: standard_lists(), ..Dictionary::default() }
                .extended("platform/elements/elements.yaml", include_str!("../elements.yaml"))
        });
        BUILTIN.clone()
    }

    /// The dictionary with the elements of one more file; a key may be defined once only.
    ///
    /// # Errors
    /// [`DictionaryError`] naming the file and the key.
    pub fn extended(mut self, file: &str, text: &str) -> Result<Self, DictionaryError> {
        let read: File = from_yaml(file, text)?;
        for (key, list) in read.lists {
            complete(file, key.as_str(), &list.label)?;
            for (code, label) in &list.entries {
                complete(file, &format!("{key} {code}"), label)?;
            }
            define(file, &mut self.lists, key, Arc::new(list))?;
        }
        for (key, entry) in read.elements {
            let element =
                self.element_of(file, &key, &key.to_string(), entry, PageCard::Permits)?;
            define(file, &mut self.elements, key, element)?;
        }
        for (key, entry) in read.person {
            let path = format!("person.{key}");
            let mut element = self.element_of(file, &key, &path, entry, PageCard::People)?;
            Arc::make_mut(&mut element).sensitivity = Sensitivity::Personal;
            define(file, &mut self.person, key, element)?;
        }
        for (key, role) in read.roles {
            let label = Label::new(role.zh, role.en);
            complete(file, key.as_str(), &label)?;
            let attributes =
                self.attributes(file, &key, role.attributes, role.card, Sensitivity::Personal)?;
            if let Some(twice) =
                attributes.keys().find(|attribute| self.person.contains_key(*attribute))
            {
                return Err(DictionaryError::Defined {
                    file: file.to_owned(),
                    key: format!("{key}.{twice}"),
                });
            }
            let role = Role {
                key: key.clone(),
                label,
                many: role.many,
                card: role.card,
                help: role.help,
                attributes,
            };
            define(file, &mut self.roles, key, role)?;
        }
        for (key, row) in read.rows {
            let label = Label::new(row.zh, row.en);
            complete(file, key.as_str(), &label)?;
            let attributes =
                self.attributes(file, &key, row.attributes, row.card, Sensitivity::Enterprise)?;
            let row = RowKind { key: key.clone(), label, card: row.card, attributes };
            define(file, &mut self.rows, key, row)?;
        }
        if let Some(key) = self.roles.keys().find(|key| self.rows.contains_key(*key)) {
            return Err(DictionaryError::Defined { file: file.to_owned(), key: key.to_string() });
        }
        Ok(self)
    }

    fn attributes(
        &self,
        file: &str,
        subject: &Key,
        entries: IndexMap<Key, Entry>,
        card: PageCard,
        sensitivity: Sensitivity,
    ) -> Result<IndexMap<Key, Arc<Element>>, DictionaryError> {
        let mut attributes = IndexMap::new();
        for (key, mut entry) in entries {
            entry.sensitivity = entry.sensitivity.or(Some(sensitivity));
            let element = self.element_of(file, &key, &format!("{subject}.{key}"), entry, card)?;
            attributes.insert(key, element);
        }
        Ok(attributes)
    }

    fn element_of(
        &self,
        file: &str,
        key: &Key,
        path: &str,
        entry: Entry,
        card: PageCard,
    ) -> Result<Arc<Element>, DictionaryError> {
        let label = Label::new(entry.zh, entry.en);
        complete(file, path, &label)?;
        for text in entry.help.iter().chain(&entry.unit) {
            complete(file, path, text)?;
        }
        let list = match entry.kind.list() {
            None => None,
            Some(name) => Some(Arc::clone(self.lists.get(name).ok_or_else(|| {
                DictionaryError::ListUnknown {
                    file: file.to_owned(),
                    key: path.to_owned(),
                    list: name.to_string(),
                }
            })?)),
        };
        let mut rule = entry.rule;
        let unfit = |why: String| DictionaryError::RuleUnfit {
            file: file.to_owned(),
            key: path.to_owned(),
            why,
        };
        rule.fits(&entry.kind, list.as_deref()).map_err(unfit)?;
        match entry.kind {
            Kind::Text { max } => {
                rule.max_chars = Some(rule.max_chars.map_or(max, |own| own.min(max)));
            }
            // LAW: amounts and counts are not negative unless the entry says so.
            Kind::Money | Kind::Number { .. } => {
                rule.min = rule.min.or(Some(rust_decimal::Decimal::ZERO));
            }
            _ => {}
        }
        Ok(Arc::new(Element {
            key: key.clone(),
            label,
            kind: entry.kind,
            unit: entry.unit,
            rule,
            format: entry.format,
            sensitivity: entry.sensitivity.unwrap_or_default(),
            authority: entry.authority,
            source: entry.source,
            help: entry.help,
            card: entry.card.unwrap_or(card),
            list,
        }))
    }

    /// A plain element by its key.
    #[must_use]
    pub fn element(&self, key: &str) -> Option<&Arc<Element>> {
        self.elements.get(key)
    }

    /// All plain elements, in the order of the dictionary.
    pub fn elements(&self) -> impl Iterator<Item = &Arc<Element>> {
        self.elements.values()
    }

    /// An attribute of the person card (人员卡).
    #[must_use]
    pub fn person(&self, key: &str) -> Option<&Arc<Element>> {
        self.person.get(key)
    }

    /// All attributes of the person card, in the order of the card.
    pub fn person_attributes(&self) -> impl Iterator<Item = &Arc<Element>> {
        self.person.values()
    }

    /// A role by its key.
    #[must_use]
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.get(key)
    }

    /// All roles.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// A kind of row by its key.
    #[must_use]
    pub fn row(&self, key: &str) -> Option<&RowKind> {
        self.rows.get(key)
    }

    /// All kinds of rows.
    pub fn rows(&self) -> impl Iterator<Item = &RowKind> {
        self.rows.values()
    }

    /// A code list by its key.
    #[must_use]
    pub fn list(&self, key: &str) -> Option<&Arc<CodeList>> {
        self.lists.get(key)
    }

    /// All code lists.
    pub fn lists(&self) -> impl Iterator<Item = (&Key, &Arc<CodeList>)> {
        self.lists.iter()
    }

    /// What a path names; `None` if the dictionary lacks it, or says one where the path says many.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> Option<Resolved<'_>> {
        let attribute = path.attribute.as_str();
        let Some(subject) = &path.subject else {
            return self.element(attribute).map(Resolved::Plain);
        };
        if let Some(role) = self.role(subject.key.as_str()).filter(|role| role.many == subject.many)
        {
            return match self.person(attribute) {
                Some(element) => Some(Resolved::Person(role, element)),
                None => role.attributes.get(attribute).map(|element| Resolved::Role(role, element)),
            };
        }
        let row = self.row(subject.key.as_str()).filter(|_| subject.many)?;
        row.attributes.get(attribute).map(|element| Resolved::Row(row, element))
    }
}

/// The lists that `codes` knows already: countries, and kinds of identity documents.
fn standard_lists() -> IndexMap<Key, Arc<CodeList>> {
    let countries = codes::Country::all().map(|country| {
        (country.to_string(), Label::new(country.name(Lang::Zh), country.name(Lang::En)))
    });
    let documents =
        codes::IdType::ALL.into_iter().map(|kind| (kind.key().to_owned(), kind.label()));
    let lists = [
        (
            "country",
            Label::new("国家（地区）", "Country or area"),
            "ISO 3166-1, GB/T 2659",
            countries.collect(),
        ),
        (
            "id_type",
            Label::new("证件类型", "Identity document"),
            "市监总局令52号 art. 16",
            documents.collect(),
        ),
    ];
    lists
        .into_iter()
        .filter_map(|(key, label, source, entries)| {
            // INVARIANT: both keys are well formed, so that nothing is left out.
            let key = key.parse().ok()?;
            Some((key, Arc::new(CodeList { label, source: source.to_owned(), entries })))
        })
        .collect()
}

fn define<T>(
    file: &str,
    into: &mut IndexMap<Key, T>,
    key: Key,
    value: T,
) -> Result<(), DictionaryError> {
    if into.contains_key(&key) {
        return Err(DictionaryError::Defined { file: file.to_owned(), key: key.to_string() });
    }
    into.insert(key, value);
    Ok(())
}

fn complete(file: &str, key: &str, label: &Label) -> Result<(), DictionaryError> {
    let missing =
        |lang| DictionaryError::LabelMissing { file: file.to_owned(), key: key.to_owned(), lang };
    match (label.zh.trim().is_empty(), label.en.trim().is_empty()) {
        (true, _) => Err(missing("zh-CN")),
        (_, true) => Err(missing("en")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_dictionary_is_whole() {
        let dictionary = Dictionary::builtin().unwrap();
        assert_eq!(dictionary.person_attributes().count(), 11);
        assert_eq!(dictionary.roles().count(), 20);
        let many: Vec<&str> =
            dictionary.roles().filter(|role| role.many).map(|role| role.key.as_str()).collect();
        assert_eq!(
            many,
            [
                "shareholder",
                "officer",
                "beneficial_owner",
                "employee",
                "food_manager",
                "food_worker"
            ]
        );
        assert!(dictionary.list("country").unwrap().contains("CHN"));
        for text in [
            "agent.mobile",
            "shareholder[].ratio",
            "seal[].kind",
            "food_worker[].occupation",
            "phone",
        ] {
            assert!(dictionary.resolve(&text.parse().unwrap()).is_some(), "{text}");
        }
        for text in ["agent.ratio", "shareholder.ratio", "agent[].name", "seal.kind", "mobile"] {
            assert!(dictionary.resolve(&text.parse().unwrap()).is_none(), "{text}");
        }
    }

    #[test]
    fn every_list_is_drawn_from() {
        let dictionary = Dictionary::builtin().unwrap();
        let roles = dictionary.roles().flat_map(|role| role.attributes.values());
        let rows = dictionary.rows().flat_map(|row| row.attributes.values());
        let all =
            dictionary.elements().chain(dictionary.person_attributes()).chain(roles).chain(rows);
        let used: std::collections::BTreeSet<&str> =
            all.filter_map(|element| element.kind.list().map(Key::as_str)).collect();
        let defined = dictionary.lists().map(|(key, _)| key.as_str());
        assert_eq!(defined.collect::<std::collections::BTreeSet<_>>(), used);
    }

    #[test]
    fn a_faulty_file_is_refused_with_its_place() {
        let refuse =
            |text: &str| Dictionary::builtin().unwrap().extended("own.yaml", text).unwrap_err();
        let fault = refuse("elements:\n  new_one: {zh: 新, en: new, type: Q}\n");
        assert!(
            matches!(&fault, DictionaryError::Yaml(at) if at.line == 2 && at.column > 0),
            "{fault}"
        );
        assert!(fault.to_string().starts_with("own.yaml:2:"), "{fault}");
        for (text, want) in [
            ("elements: {uscc: {zh: 一, en: one, type: B}}", "own.yaml: `uscc` is defined already"),
            (
                "elements: {x: {zh: 一, en: one, type: C nowhere}}",
                "own.yaml: `x` draws from the list `nowhere`, which nobody defines",
            ),
            ("elements: {x: {zh: 一, en: '', type: B}}", "own.yaml: `x` lacks a label in en"),
            (
                "elements: {x: {zh: 一, en: one, type: B, rule: {min: 3}}}",
                "own.yaml: the rule of `x` does not fit: `min` says nothing about the type `B`",
            ),
            (
                "elements: {x: {zh: 一, en: one, type: C sex, rule: {codes: ['7']}}}",
                "own.yaml: the rule of `x` does not fit: the code `7` is not in its list",
            ),
            (
                "roles: {broker: {zh: 一, en: one, card: people, attributes: {name: {zh: 一, en: one, type: T 9}}}}",
                "own.yaml: `broker.name` is defined already",
            ),
        ] {
            assert_eq!(refuse(text).to_string(), want);
        }
    }
}
