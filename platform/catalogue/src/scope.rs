//! Where a reform applies, and since when (推广范围).

use codes::{Date, Division, Label};
use serde::Deserialize;

/// A scope with its members over time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Its name as printed, in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// What is tested: the place of registration, of the site, of the exporter.
    pub tests: Label,
    /// Its members.
    pub members: Vec<Member>,
}

/// A place that belongs to a scope for a time; both days are inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The division, with all that lies in it.
    #[serde(deserialize_with = "division")]
    pub place: Division,
    /// The first day; since ever if absent.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last day; without end if absent.
    #[serde(default)]
    pub until: Option<Date>,
    /// The founding document.
    pub source: String,
    /// Whether the document does not print the day or the member.
    #[serde(default)]
    pub assumed: bool,
    /// The name of a special area, in Chinese.
    #[serde(default)]
    pub zh: Option<String>,
    /// The name of a special area, in English.
    #[serde(default)]
    pub en: Option<String>,
}

fn division<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Division, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl Member {
    /// Whether it belongs to the scope on a day.
    #[must_use]
    pub fn holds_on(&self, on: Date) -> bool {
        self.from.is_none_or(|from| from <= on) && self.until.is_none_or(|until| on <= until)
    }

    /// The name of its special area, or of its division.
    #[must_use]
    pub fn label(&self, names: &crate::PlaceNames) -> Label {
        match (&self.zh, &self.en) {
            (Some(zh), Some(en)) => Label::new(zh, en),
            _ => names.label(self.place),
        }
    }

    fn covers(&self, place: Division) -> bool {
        // The nation's tables bind the mainland; Hong Kong, Macao and Taiwan have their own law.
        place.is_within(self.place) && place.is_mainland()
    }
}

impl Scope {
    /// Its name in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.zh, &self.en)
    }

    /// The members on a day.
    pub fn members_on(&self, on: Date) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.holds_on(on))
    }

    /// Whether a place lies in the scope as a whole.
    #[must_use]
    pub fn covers(&self, place: Division, on: Date) -> bool {
        self.members_on(on).any(|member| member.covers(place))
    }

    /// Whether a place lies in the scope or holds a member of it, such as the city that has a zone.
    #[must_use]
    pub fn touches(&self, place: Division, on: Date) -> bool {
        self.members_on(on).any(|member| member.covers(place) || member.place.is_within(place))
    }
}
