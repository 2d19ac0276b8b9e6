//! YAML with the place of every value, so that a fault points at what is wrong and not at the file.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// Line and column, from 1; zeros where they are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// A value of YAML where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) at: At,
    pub(crate) node: Node,
}

/// A value of YAML.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Map(Vec<(String, At, Located)>),
    Seq(Vec<Located>),
    Text(String),
    Other,
}

impl Located {
    /// Reads a text; none if it is no YAML, which the typed reader tells better.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_saphyr::from_str::<Spanned<Node>>(text).ok().map(Self::of)
    }

    fn of(spanned: Spanned<Node>) -> Self {
        let at = At { line: spanned.referenced.line(), column: spanned.referenced.column() };
        Self { at, node: spanned.value }
    }

    /// The member of a map, or the item of a list by its number.
    pub(crate) fn get(&self, step: &str) -> Option<&Self> {
        match &self.node {
            Node::Map(members) => {
                members.iter().find(|(key, _, _)| key == step).map(|(_, _, value)| value)
            }
            Node::Seq(items) => items.get(step.parse::<usize>().ok()?),
            Node::Text(_) | Node::Other => None,
        }
    }

    /// Where the value at a path stands, or the last one on the way that there is.
    pub(crate) fn at(&self, path: &[&str]) -> At {
        let mut here = self;
        let mut at = self.at;
        for step in path {
            if let Node::Map(members) = &here.node
                && let Some((_, key_at, _)) = members.iter().find(|(key, _, _)| key == step)
            {
                at = *key_at;
            }
            match here.get(step) {
                Some(next) => here = next,
                None => return at,
            }
            if !matches!(here.node, Node::Map(_)) {
                at = here.at;
            }
        }
        at
    }

    /// Visits every map with the place of its key.
    pub(crate) fn maps<'a>(&'a self, visit: &mut impl FnMut(At, &'a [(String, At, Self)])) {
        match &self.node {
            Node::Map(members) => {
                visit(self.at, members);
                for (_, _, value) in members {
                    value.maps(visit);
                }
            }
            Node::Seq(items) => items.iter().for_each(|item| item.maps(visit)),
            Node::Text(_) | Node::Other => {}
        }
    }

    /// Where a text stands: as a key anywhere, else inside a value.
    pub(crate) fn mentions(&self, wanted: &str) -> Option<At> {
        self.key(wanted).or_else(|| self.inside(wanted))
    }

    fn key(&self, wanted: &str) -> Option<At> {
        match &self.node {
            Node::Text(_) | Node::Other => None,
            Node::Seq(items) => items.iter().find_map(|item| item.key(wanted)),
            Node::Map(members) => {
                members.iter().find_map(
                    |(key, at, value)| {
                        if key == wanted { Some(*at) } else { value.key(wanted) }
                    },
                )
            }
        }
    }

    fn inside(&self, wanted: &str) -> Option<At> {
        match &self.node {
            Node::Text(text) => text.contains(wanted).then_some(self.at),
            Node::Other => None,
            Node::Seq(items) => items.iter().find_map(|item| item.inside(wanted)),
            Node::Map(members) => members.iter().find_map(|(_, _, value)| value.inside(wanted)),
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            Node::Map(_) | Node::Seq(_) | Node::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Spanned<Node>>()? {
            items.push(Located::of(item));
        }
        Ok(Node::Seq(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<Spanned<Node>>()? {
            let key = Located::of(key);
            let name = key.text().unwrap_or_default().to_owned();
            members.push((name, key.at, Located::of(map.next_value()?)));
        }
        Ok(Node::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_where_they_stand() {
        let text = "number: 28\nservices:\n  food:\n    needs: {start: [submit], issue: [reg]}\n    zh: 食品\n";
        let tree = Located::read(text).unwrap();
        for (path, line, column) in [
            (&["services", "food"][..], 3, 3),
            (&["services", "food", "needs", "issue", "0"], 4, 38),
            (&["services", "food", "zh"], 5, 9),
            (&["services", "food", "clock"], 3, 3),
        ] {
            assert_eq!(tree.at(path), At { line, column }, "{path:?}");
        }
        assert_eq!(tree.mentions("reg"), Some(At { line: 4, column: 38 }));
        assert!(Located::read("a: [").is_none());
    }
}
