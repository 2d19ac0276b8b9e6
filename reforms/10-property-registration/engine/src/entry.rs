//! Who has to apply for an entry (共同申请、单方申请), and why one is refused (不予登记).

use crate::Kind;
use codes::Label;
use serde::{Deserialize, Serialize};

/// Who has to apply (共同申请、单方申请).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JointRule {
    /// Both sides together.
    Joint,
    /// One side alone, with the number of the case in article 14.
    Single(u8),
}

/// Who has to apply for a registration of a kind; `by_act` for inheritance, bequest, a judgment or an organ's decision.
///
/// LAW: 不动产登记暂行条例 14: sale, mortgage and the like by both; alone in seven cases.
#[must_use]
pub const fn who_applies(kind: Kind, by_act: bool) -> JointRule {
    match (kind, by_act) {
        (Kind::Transfer, true) => JointRule::Single(2),
        (Kind::Transfer | Kind::Mortgage | Kind::PreNotice, _) => JointRule::Joint,
        (Kind::First, _) => JointRule::Single(1),
        (Kind::Seizure, _) => JointRule::Single(3),
        (Kind::Change | Kind::Reissue, _) => JointRule::Single(4),
        (Kind::Cancel, _) => JointRule::Single(5),
        (Kind::Correct | Kind::Objection, _) => JointRule::Single(6),
    }
}

/// Why a registration is refused (不予登记的情形).
///
/// LAW: 不动产登记暂行条例 22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Against laws or administrative regulations.
    Unlawful,
    /// A dispute about ownership is not settled.
    Disputed,
    /// The term of use that is applied for is longer than the law allows.
    BeyondTerm,
    /// Another case in which law forbids it.
    Other,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unlawful, Self::Disputed, Self::BeyondTerm, Self::Other];

    /// The word in forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unlawful => "unlawful",
            Self::Disputed => "disputed",
            Self::BeyondTerm => "beyond_term",
            Self::Other => "other",
        }
    }

    /// The refusal of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.word() == word)
    }

    /// As the notice states it.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Unlawful => {
                ("违反法律、行政法规规定", "against laws or administrative regulations")
            }
            Self::Disputed => {
                ("存在尚未解决的权属争议", "a dispute about ownership is not settled")
            }
            Self::BeyondTerm => {
                ("申请登记的不动产权利超过规定期限", "the right applied for exceeds its legal term")
            }
            Self::Other => (
                "法律、行政法规规定不予登记的其他情形",
                "another case in which the law forbids registration",
            ),
        };
        Label::new(zh, en)
    }

    /// The article that a refusal names.
    #[must_use]
    pub const fn article(self) -> &'static str {
        match self {
            Self::Unlawful => "不动产登记暂行条例第二十二条第一项",
            Self::Disputed => "不动产登记暂行条例第二十二条第二项",
            Self::BeyondTerm => "不动产登记暂行条例第二十二条第三项",
            Self::Other => "不动产登记暂行条例第二十二条第四项",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sale_and_mortgage_are_applied_for_by_both() {
        assert_eq!(who_applies(Kind::Transfer, false), JointRule::Joint);
        assert_eq!(who_applies(Kind::Transfer, true), JointRule::Single(2));
        assert_eq!(who_applies(Kind::Mortgage, false), JointRule::Joint);
        assert_eq!(who_applies(Kind::Objection, false), JointRule::Single(6));
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::of(refusal.word()), Some(refusal));
        }
    }
}
