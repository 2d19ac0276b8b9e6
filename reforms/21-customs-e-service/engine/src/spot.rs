//! What may be decided on the spot (当场处罚), so that this service is not needed for it.

use crate::Sanction;
use serde::{Deserialize, Serialize};

/// What kind of party it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A citizen (公民).
    #[default]
    Person,
    /// A legal person or other organisation (法人或者其他组织).
    Enterprise,
}

impl PartyKind {
    /// The word in rules and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Enterprise => "enterprise",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Person, Self::Enterprise].into_iter().find(|kind| kind.word() == word)
    }
}

/// One row of the limits (当场处罚限额).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotLimit {
    /// For whom.
    pub party: PartyKind,
    /// The highest fine, in fen.
    pub fine_fen_max: i64,
    /// Law and article.
    pub source: String,
}

/// The limits in force on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpotLimits(pub Vec<SpotLimit>);

impl SpotLimits {
    /// The row that lets a penalty be decided on the spot; none if it cannot be.
    ///
    /// # Source
    /// 行政处罚法 (2021) art. 51: a warning, or a fine up to the limit; whatever else is taken or suspended needs the
    /// ordinary procedure.
    #[must_use]
    pub fn allows(&self, party: PartyKind, sanction: &Sanction) -> Option<&SpotLimit> {
        let within = Sanction {
            warning: sanction.warning,
            fine_fen: sanction.fine_fen,
            ..Sanction::default()
        };
        if sanction.is_empty() || within != *sanction {
            return None;
        }
        self.0.iter().find(|row| row.party == party && sanction.fine_fen <= row.fine_fen_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_fines_and_warnings_are_decided_on_the_spot_and_nothing_else() {
        let row = |party, yuan: i64| SpotLimit {
            party,
            fine_fen_max: yuan * 100,
            source: "source".to_owned(),
        };
        let limits =
            SpotLimits(vec![row(PartyKind::Person, 200), row(PartyKind::Enterprise, 3_000)]);
        let fine = |yuan: i64| Sanction { fine_fen: yuan * 100, ..Sanction::default() };
        let warning = Sanction { warning: true, ..Sanction::default() };
        let goods = Sanction { confiscated: ["1".to_owned()].into_iter().collect(), ..fine(100) };
        for (party, sanction, expected) in [
            (PartyKind::Person, fine(200), true),
            (PartyKind::Person, fine(201), false),
            (PartyKind::Enterprise, fine(3_000), true),
            (PartyKind::Enterprise, fine(3_001), false),
            (PartyKind::Person, warning, true),
            (PartyKind::Enterprise, goods, false),
            (PartyKind::Person, fine(0), false),
        ] {
            assert_eq!(limits.allows(party, &sanction).is_some(), expected, "{sanction:?}");
        }
    }
}
