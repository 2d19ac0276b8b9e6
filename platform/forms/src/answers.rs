//! Answers to a merged form as they are stored: plain elements, person cards, roles that point to cards, rows.

use crate::spot::Spot;
use elements::{Key, Value};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Values by the key of their attribute.
pub type Attributes = BTreeMap<Key, Value>;

/// The id of a person card (人员卡) within one set of answers, such as `p1`: letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(String);

/// A text that is no id of a card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a card: up to 32 letters, digits and `_`")]
pub struct NotACardId(pub String);

impl CardId {
    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CardId {
    type Err = NotACardId;

    fn from_str(text: &str) -> Result<Self, NotACardId> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotACardId(text.to_owned())) }
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for CardId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for CardId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CardId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One holder of a role: a pointer to a card, and the attributes that belong to the role and not to the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    /// The person; `None` while nobody has been chosen.
    pub card: Option<CardId>,
    /// The attributes of the role.
    pub attributes: Attributes,
}

/// Who holds a role: one person, or rows of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holders {
    /// The holder of a role that only one may hold.
    One(Pointer),
    /// The holders of a role that repeats, in order.
    Many(Vec<Pointer>),
}

impl Holders {
    /// The holders in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Pointer] {
        match self {
            Self::One(pointer) => std::slice::from_ref(pointer),
            Self::Many(all) => all,
        }
    }
}

/// The answers to a merged form (合并表单的填报内容), canonical.
///
/// Shape: `{plain: {trade_name: 青禾}, cards: {p1: {name: 陈思远}}, roles: {legal_representative: {card: p1}, shareholder:
/// [{card: p1, subscribed_amount: 300000000}]}, rows: {seal: [{kind: 法定名称章}]}}`. Empty parts are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Elements of the enterprise itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub plain: Attributes,
    /// Person cards: each person is typed once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cards: BTreeMap<CardId, Attributes>,
    /// Roles, pointing to cards.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Key, Holders>,
    /// Rows that are no persons.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<Key, Vec<Attributes>>,
    /// What goes into every digest of the answers, so that nobody can try values against it; it lies sealed with them and
    /// vanishes with their key (个人信息保护法 47).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// One difference between two sets of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub spot: Spot,
    /// The value before; `None` if there was none.
    pub before: Option<Value>,
    /// The value after; `None` if there is none any more.
    pub after: Option<Value>,
}

impl Answers {
    /// The holders of a role, in order; empty if nobody holds it.
    #[must_use]
    pub fn holders(&self, role: &str) -> &[Pointer] {
        self.roles.get(role).map_or(&[], Holders::as_slice)
    }

    /// The rows of a kind, in order.
    #[must_use]
    pub fn rows_of(&self, kind: &str) -> &[Attributes] {
        self.rows.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The card a pointer points to.
    #[must_use]
    pub fn card_of(&self, pointer: &Pointer) -> Option<&Attributes> {
        pointer.card.as_ref().and_then(|id| self.cards.get(id))
    }

    /// The roles that a card holds.
    #[must_use]
    pub fn roles_of(&self, card: &CardId) -> BTreeSet<&Key> {
        let holds = |holders: &Holders| {
            holders.as_slice().iter().any(|pointer| pointer.card.as_ref() == Some(card))
        };
        self.roles.iter().filter(|(_, holders)| holds(holders)).map(|(role, _)| role).collect()
    }

    /// The value at a spot; of a selector the id of the card.
    #[must_use]
    pub fn get(&self, spot: &Spot) -> Option<Value> {
        match spot {
            Spot::Plain(key) => self.plain.get(key).cloned(),
            Spot::Card(card, key) => self.cards.get(card)?.get(key).cloned(),
            Spot::Role(role, row) => {
                let pointer = self.holders(role.as_str()).get(row.unwrap_or(0))?;
                pointer.card.as_ref().map(|card| Value::from(card.as_str()))
            }
            Spot::RoleAttribute(role, row, key) => {
                self.holders(role.as_str()).get(row.unwrap_or(0))?.attributes.get(key).cloned()
            }
            Spot::Row(kind, row, key) => self.rows.get(kind)?.get(*row)?.get(key).cloned(),
            Spot::Group(_) => None,
        }
    }

    /// Puts or removes the value at a spot; rows up to it are made, and empty parts are left out.
    ///
    /// A selector takes the id of a card; a value that is no such id removes the pointer.
    pub fn set(&mut self, spot: &Spot, value: Option<Value>) {
        match spot {
            Spot::Plain(key) => put(&mut self.plain, key, value),
            Spot::Card(card, key) => {
                let attributes = self.cards.entry(card.clone()).or_default();
                put(attributes, key, value);
            }
            Spot::Role(role, row) => {
                let card =
                    value.as_ref().and_then(Value::as_text).and_then(|text| text.parse().ok());
                if let Some(pointer) = self.pointer(role, *row) {
                    pointer.card = card;
                }
            }
            Spot::RoleAttribute(role, row, key) => {
                if let Some(pointer) = self.pointer(role, *row) {
                    put(&mut pointer.attributes, key, value);
                }
            }
            Spot::Row(kind, row, key) => {
                let rows = self.rows.entry(kind.clone()).or_default();
                if rows.len() <= *row {
                    rows.resize(*row + 1, Attributes::new());
                }
                if let Some(attributes) = rows.get_mut(*row) {
                    put(attributes, key, value);
                }
            }
            Spot::Group(key) => {
                self.roles.remove(key);
                self.rows.remove(key);
            }
        }
    }

    fn pointer(&mut self, role: &Key, row: Option<usize>) -> Option<&mut Pointer> {
        match row {
            None => {
                let holders = self
                    .roles
                    .entry(role.clone())
                    .or_insert_with(|| Holders::One(Pointer::default()));
                match holders {
                    Holders::One(pointer) => Some(pointer),
                    Holders::Many(all) => all.first_mut(),
                }
            }
            Some(row) => {
                let holders =
                    self.roles.entry(role.clone()).or_insert_with(|| Holders::Many(Vec::new()));
                match holders {
                    Holders::One(pointer) => Some(pointer),
                    Holders::Many(all) => {
                        if all.len() <= row {
                            all.resize(row + 1, Pointer::default());
                        }
                        all.get_mut(row)
                    }
                }
            }
        }
    }

    /// Every value with its spot, in the order of spots.
    #[must_use]
    pub fn spots(&self) -> BTreeMap<Spot, Value> {
        let mut all = BTreeMap::new();
        for (key, value) in &self.plain {
            all.insert(Spot::Plain(key.clone()), value.clone());
        }
        for (card, attributes) in &self.cards {
            for (key, value) in attributes {
                all.insert(Spot::Card(card.clone(), key.clone()), value.clone());
            }
        }
        for (role, holders) in &self.roles {
            for (at, pointer) in holders.as_slice().iter().enumerate() {
                let row = matches!(holders, Holders::Many(_)).then_some(at);
                if let Some(card) = &pointer.card {
                    all.insert(Spot::Role(role.clone(), row), Value::from(card.as_str()));
                }
                for (key, value) in &pointer.attributes {
                    all.insert(Spot::RoleAttribute(role.clone(), row, key.clone()), value.clone());
                }
            }
        }
        for (kind, rows) in &self.rows {
            for (at, attributes) in rows.iter().enumerate() {
                for (key, value) in attributes {
                    all.insert(Spot::Row(kind.clone(), at, key.clone()), value.clone());
                }
            }
        }
        all
    }

    /// What differs in later answers, in the order of spots.
    #[must_use]
    pub fn diff(&self, later: &Self) -> Vec<Change> {
        let (before, mut after) = (self.spots(), later.spots());
        let mut changes = Vec::new();
        for (spot, old) in before {
            let new = after.remove(&spot);
            if new.as_ref() != Some(&old) {
                changes.push(Change { spot, before: Some(old), after: new });
            }
        }
        changes.extend(after.into_iter().map(|(spot, new)| Change {
            spot,
            before: None,
            after: Some(new),
        }));
        changes.sort_by(|a, b| a.spot.cmp(&b.spot));
        changes
    }

    /// Applies changes, then drops what they left empty: rows at the end of a list, cards, lists.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            self.set(&change.spot, change.after.clone());
        }
        self.tidy();
    }

    /// Drops empty rows at the end of lists, empty lists and empty cards that nobody points to.
    pub fn tidy(&mut self) {
        let is_empty = |pointer: &Pointer| pointer.card.is_none() && pointer.attributes.is_empty();
        for holders in self.roles.values_mut() {
            if let Holders::Many(all) = holders {
                while all.last().is_some_and(is_empty) {
                    all.pop();
                }
            }
        }
        self.roles.retain(|_, holders| holders.as_slice().iter().any(|pointer| !is_empty(pointer)));
        for rows in self.rows.values_mut() {
            while rows.last().is_some_and(BTreeMap::is_empty) {
                rows.pop();
            }
        }
        self.rows.retain(|_, rows| !rows.is_empty());
        let held: BTreeSet<CardId> = self
            .roles
            .values()
            .flat_map(Holders::as_slice)
            .filter_map(|pointer| pointer.card.clone())
            .collect();
        self.cards.retain(|id, attributes| !attributes.is_empty() || held.contains(id));
    }
}

fn put(attributes: &mut Attributes, key: &Key, value: Option<Value>) {
    match value {
        Some(value) => {
            attributes.insert(key.clone(), value);
        }
        None => {
            attributes.remove(key);
        }
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(card) = &self.card {
            map.serialize_entry("card", card)?;
        }
        for (key, value) in &self.attributes {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Holders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(pointer) => pointer.serialize(serializer),
            Self::Many(all) => all.serialize(serializer),
        }
    }
}

/// Reads `{card: p1, position: 董事}`.
struct PointerReader;

impl<'de> de::Visitor<'de> for PointerReader {
    type Value = Pointer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pointer to a card with the attributes of the role")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Pointer, A::Error> {
        let mut pointer = Pointer::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "card" {
                if pointer.card.is_some() {
                    return Err(de::Error::duplicate_field("card"));
                }
                pointer.card = Some(map.next_value()?);
                continue;
            }
            let key: Key = key.parse().map_err(de::Error::custom)?;
            if pointer.attributes.contains_key(&key) {
                return Err(de::Error::custom(format!("`{key}` stands twice")));
            }
            pointer.attributes.insert(key, map.next_value()?);
        }
        Ok(pointer)
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PointerReader)
    }
}

/// Reads one pointer, or a list of them.
struct HoldersReader;

impl<'de> de::Visitor<'de> for HoldersReader {
    type Value = Holders;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one holder, or a list of holders")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Holders, A::Error> {
        de::Visitor::visit_map(PointerReader, map).map(Holders::One)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Holders, A::Error> {
        let mut all = Vec::new();
        while let Some(pointer) = seq.next_element()? {
            all.push(pointer);
        }
        Ok(Holders::Many(all))
    }
}

impl<'de> Deserialize<'de> for Holders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HoldersReader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = r#"{"plain":{"trade_name":"青禾"},"cards":{"p1":{"name":"陈思远"}},"roles":{"legal_representative":{"card":"p1","position":"董事"},"shareholder":[{"card":"p1","subscribed_amount":300000000}]},"rows":{"seal":[{"count":1,"kind":"法定名称章"}]}}"#;

    fn stored() -> Answers {
        serde_json::from_str(STORED).unwrap()
    }

    #[test]
    fn answers_survive_storage() {
        assert_eq!(serde_json::to_string(&stored()).unwrap(), STORED);
        for bad in [
            r#"{"plane":{}}"#,
            r#"{"cards":{"p 1":{}}}"#,
            r#"{"plain":{"a.b":1}}"#,
            r#"{"roles":{"agent":"p1"}}"#,
            r#"{"roles":{"agent":{"card":"p1","card":"p2"}}}"#,
        ] {
            assert!(serde_json::from_str::<Answers>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_diff_applied_gives_the_later_answers() {
        let before = stored();
        let mut after = before.clone();
        let spot = |text: &str| text.parse::<Spot>().unwrap();
        after.set(&spot("plain.trade_name"), Some("青苗".into()));
        after.set(&spot("card.p2.name"), Some("李若彤".into()));
        after.set(&spot("role.shareholder.1"), Some("p2".into()));
        after.set(&spot("role.shareholder.1.subscribed_amount"), Some(Value::Int(200_000_000)));
        after.set(&spot("row.seal.0.count"), None);
        let changes = before.diff(&after);
        let spots: Vec<String> = changes.iter().map(|change| change.spot.to_string()).collect();
        assert_eq!(
            spots,
            [
                "plain.trade_name",
                "card.p2.name",
                "role.shareholder.1",
                "role.shareholder.1.subscribed_amount",
                "row.seal.0.count"
            ]
        );
        let mut again = before.clone();
        again.apply(&changes);
        assert_eq!(again, after);
        let mut back = after.clone();
        back.apply(&after.diff(&before));
        assert_eq!(back, before);
    }

    #[test]
    fn a_card_knows_its_roles() {
        let answers = stored();
        let roles = answers.roles_of(&"p1".parse().unwrap());
        assert_eq!(
            roles.into_iter().map(Key::as_str).collect::<Vec<_>>(),
            ["legal_representative", "shareholder"]
        );
    }
}
