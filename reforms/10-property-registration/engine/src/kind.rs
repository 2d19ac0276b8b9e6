//! What is registered, and what a unit is used for.

use codes::Label;
use serde::{Deserialize, Serialize};

/// The type of a registration (登记类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// First registration (首次登记).
    First,
    /// Transfer (转移登记).
    Transfer,
    /// Change of name, number, boundary or use (变更登记).
    Change,
    /// Mortgage (抵押权登记).
    Mortgage,
    /// Cancellation (注销登记).
    Cancel,
    /// Correction (更正登记).
    Correct,
    /// Objection (异议登记).
    Objection,
    /// Advance notice (预告登记).
    PreNotice,
    /// Seizure (查封登记).
    Seizure,
    /// Re-issue of a lost or damaged certificate (补证、换证).
    Reissue,
}

impl Kind {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 10] = [
        Self::First,
        Self::Transfer,
        Self::Change,
        Self::Mortgage,
        Self::Cancel,
        Self::Correct,
        Self::Objection,
        Self::PreNotice,
        Self::Seizure,
        Self::Reissue,
    ];

    /// The word in tables, forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Transfer => "transfer",
            Self::Change => "change",
            Self::Mortgage => "mortgage",
            Self::Cancel => "cancel",
            Self::Correct => "correct",
            Self::Objection => "objection",
            Self::PreNotice => "pre_notice",
            Self::Seizure => "seizure",
            Self::Reissue => "reissue",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::First => ("首次登记", "First registration"),
            Self::Transfer => ("转移登记", "Transfer"),
            Self::Change => ("变更登记", "Change"),
            Self::Mortgage => ("抵押权登记", "Mortgage"),
            Self::Cancel => ("注销登记", "Cancellation"),
            Self::Correct => ("更正登记", "Correction"),
            Self::Objection => ("异议登记", "Objection"),
            Self::PreNotice => ("预告登记", "Advance notice"),
            Self::Seizure => ("查封登记", "Seizure"),
            Self::Reissue => ("补换证书", "Re-issue of a certificate"),
        };
        Label::new(zh, en)
    }

    /// Whether a certificate of the right comes of it (不动产权证书).
    #[must_use]
    pub const fn gives_certificate(self) -> bool {
        matches!(self, Self::First | Self::Transfer | Self::Change | Self::Correct | Self::Reissue)
    }

    /// Whether a proof of registration comes of it (不动产登记证明).
    #[must_use]
    pub const fn gives_proof(self) -> bool {
        matches!(self, Self::Mortgage | Self::Objection | Self::PreNotice)
    }
}

/// What a unit is used for, as far as fees ask (收费用途).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Housing and its land (住宅).
    Housing,
    /// A garage, a parking space or a storage room with a certificate of its own.
    OwnGarage,
    /// A garage without a certificate of its own.
    BareGarage,
    /// Anything else (非住宅).
    NonHousing,
    /// A homestead with or without its house (宅基地).
    Homestead,
    /// Farmers' contracted land (农民承包地).
    Farmland,
    /// Public rental, affordable or resettlement housing (保障性住房).
    Affordable,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Housing,
        Self::OwnGarage,
        Self::BareGarage,
        Self::NonHousing,
        Self::Homestead,
        Self::Farmland,
        Self::Affordable,
    ];

    /// The word in tables and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Housing => "housing",
            Self::OwnGarage => "own_garage",
            Self::BareGarage => "bare_garage",
            Self::NonHousing => "non_housing",
            Self::Homestead => "homestead",
            Self::Farmland => "farmland",
            Self::Affordable => "affordable",
        }
    }

    /// The purpose of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Housing => ("住宅", "Housing"),
            Self::OwnGarage => {
                ("车库、车位、储藏室（单独办证）", "Garage, parking or storage, own certificate")
            }
            Self::BareGarage => ("车库（不单独办证）", "Garage without own certificate"),
            Self::NonHousing => ("非住宅", "Other than housing"),
            Self::Homestead => ("宅基地", "Homestead"),
            Self::Farmland => ("承包地", "Contracted farmland"),
            Self::Affordable => ("保障性住房", "Affordable housing"),
        };
        Label::new(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.word()), Some(kind));
            assert!(!(kind.gives_certificate() && kind.gives_proof()), "{kind:?} gives one paper");
        }
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::of(purpose.word()), Some(purpose));
        }
        assert_eq!(Kind::of("sale"), None);
    }
}
