//! Code lists (代码表) with labels in both languages.

use crate::fold::comparable;
use codes::{Label, Lang};
use indexmap::IndexMap;
use serde::Deserialize;

/// A code list (代码表): the codes an element may take, in the order in which pages show them.
///
/// Where a standard numbers the entries its numbers are the codes (`1130`, `CHN`, `H6210`); elsewhere the official
/// Chinese term is the code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// What the list is called.
    pub label: Label,
    /// Where it comes from: the standard, law or notice; `(default)` where none prescribes it.
    pub source: String,
    /// The codes and their labels.
    pub entries: IndexMap<String, Label>,
}

impl CodeList {
    /// Whether a code stands in the list.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.entries.contains_key(code)
    }

    /// What a code is called in one language.
    #[must_use]
    pub fn name(&self, code: &str, lang: Lang) -> Option<&str> {
        self.entries.get(code).map(|label| label.get(lang))
    }

    /// The code that a person meant: by code or by label in either language, folded; `None` if none or two fit.
    #[must_use]
    pub fn find(&self, typed: &str) -> Option<&str> {
        let wanted = comparable(typed);
        if let Some((code, _)) = self.entries.iter().find(|(code, _)| comparable(code) == wanted) {
            return Some(code);
        }
        let named =
            |label: &Label| comparable(&label.zh) == wanted || comparable(&label.en) == wanted;
        let mut hits = self.entries.iter().filter(|(_, label)| named(label));
        match (hits.next(), hits.next()) {
            (Some((code, _)), None) => Some(code),
            _ => None,
        }
    }

    /// The entries whose code or label contains what is typed, for search fields; an empty text finds all.
    pub fn search<'a>(&'a self, typed: &str) -> impl Iterator<Item = (&'a str, &'a Label)> {
        let wanted = comparable(typed);
        self.entries
            .iter()
            .filter(move |(code, label)| {
                [code.as_str(), &label.zh, &label.en]
                    .iter()
                    .any(|text| comparable(text).contains(&wanted))
            })
            .map(|(code, label)| (code.as_str(), label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> CodeList {
        let entries = [("1", "男", "male"), ("2", "女", "female"), ("9", "未说明", "not stated")];
        CodeList {
            label: Label::new("性别", "Sex"),
            source: "GB/T 2261.1".to_owned(),
            entries: entries.map(|(code, zh, en)| (code.to_owned(), Label::new(zh, en))).into(),
        }
    }

    #[test]
    fn a_code_is_found_by_code_and_by_label() {
        let list = list();
        for (typed, want) in
            [("２", Some("2")), ("女", Some("2")), ("Female", Some("2")), ("x", None), ("", None)]
        {
            assert_eq!(list.find(typed), want, "{typed}");
        }
        assert_eq!(list.search("male").count(), 2);
        assert_eq!(list.name("1", Lang::En), Some("male"));
    }
}
