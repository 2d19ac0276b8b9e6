//! Entries (列入记录): who was listed for what, and what is known of it since.

use codes::{Date, Label};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An entry, by a number that its caller gives.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EntryId(pub u64);

/// An entity, by a number that its caller gives: entries of one entity are each other's history.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct OwnerId(pub u64);

/// A list (名单种类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// The list of abnormal operation (经营异常名录).
    Abnormal,
    /// The mark on an individual household (个体工商户经营异常状态标记).
    AbnormalHousehold,
    /// The list of serious violators (严重违法失信名单).
    Serious,
    /// A penalty that is published (行政处罚信息公示).
    Penalty,
}

impl ListKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Abnormal, Self::AbnormalHousehold, Self::Serious, Self::Penalty];

    /// The word in rows and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Abnormal => "abnormal",
            Self::AbnormalHousehold => "abnormal_household",
            Self::Serious => "serious",
            Self::Penalty => "penalty",
        }
    }

    /// The list of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Abnormal => Label::new("经营异常名录", "list of abnormal operation"),
            Self::AbnormalHousehold => {
                Label::new("个体工商户经营异常状态", "mark on an individual household")
            }
            Self::Serious => Label::new("严重违法失信名单", "list of serious violators"),
            Self::Penalty => Label::new("行政处罚信息公示", "published penalty"),
        }
    }
}

/// How grave a breach of trust is (失信程度), from 2026 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 严重.
    Severe,
    /// 一般.
    General,
    /// 轻微.
    Slight,
}

impl Grade {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Severe, Self::General, Self::Slight];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Severe => "severe",
            Self::General => "general",
            Self::Slight => "slight",
        }
    }
}

/// Why somebody was listed (列入情形): order number of the rule, article, item; written `83-5-1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The order's number, such as 83 or 44.
    pub order: u16,
    /// The article.
    pub article: u8,
    /// The item; 0 where the article has none.
    pub item: u8,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.order, self.article, self.item)
    }
}

/// A text that is no cause such as `83-5-1`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cause of listing such as 83-5-1")]
pub struct CauseFault(pub String);

impl FromStr for Cause {
    type Err = CauseFault;

    fn from_str(text: &str) -> Result<Self, CauseFault> {
        let mut parts = text.split('-');
        let read = |parts: &mut std::str::Split<'_, char>| {
            let order = parts.next()?.parse().ok()?;
            let article = parts.next()?.parse().ok()?;
            let item = parts.next()?.parse().ok()?;
            parts.next().is_none().then_some(Self { order, article, item })
        };
        read(&mut parts).ok_or_else(|| CauseFault(text.to_owned()))
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A kind of penalty (行政处罚种类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyKind {
    /// 警告.
    Warning,
    /// 通报批评.
    Criticism,
    /// 罚款.
    Fine,
    /// 没收违法所得、没收非法财物.
    Confiscation,
    /// 责令停产停业.
    Suspension,
    /// 限制从业.
    CareerBar,
    /// 降低资质等级.
    Downgrade,
    /// 吊销许可证件.
    LicenceRevoked,
    /// 吊销营业执照.
    BusinessRevoked,
}

/// A penalty as it is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// Which kinds it joins.
    pub kinds: BTreeSet<PenaltyKind>,
    /// The fine, in fen; 0 where there is none.
    #[serde(default)]
    pub fine_fen: i64,
    /// Whether it is one of food, drugs or special equipment (食品、药品、特种设备).
    #[serde(default)]
    pub special_field: bool,
}

/// A revoked business licence, where the legal representative answers for it in person (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The day of revocation.
    pub on: Date,
    /// Whether the representative bears personal responsibility.
    pub personal: bool,
}

/// How an entry ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The first day without it.
    pub on: Date,
    /// Whether it was set aside (撤销): as if it had never been.
    pub set_aside: bool,
}

/// What is known of a fact that counts from a day on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Nobody has answered yet.
    #[default]
    Unknown,
    /// A register says: not yet.
    NotYet,
    /// So since this day.
    Since(Date),
}

/// An entry (列入记录), as the register and other registers tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which.
    pub id: EntryId,
    /// Whose.
    pub owner: OwnerId,
    /// The province, two digits of GB/T 2260: law may begin later there.
    pub province: u8,
    /// The list.
    pub list: ListKind,
    /// How grave, where the rule grades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Why.
    pub cause: Cause,
    /// The day of the decision to list.
    pub listed_on: Date,
    /// The day of publication; of a penalty, periods count from here.
    pub published_on: Date,
    /// The day on which it happened or was decided, where that is not the day of listing (R2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_on: Option<Date>,
    /// Until when a law restricts it in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction_until: Option<Date>,
    /// The penalty, where it is one or rests on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty: Option<Box<Penalty>>,
    /// Whether it is a heavier penalty (较重行政处罚).
    #[serde(default)]
    pub heavier: bool,
    /// Duties of the penalty or the listing are done (履行义务).
    #[serde(default)]
    pub duties_done: Fact,
    /// The violation is corrected, the cause of the listing cured (纠正违法、消除列入原因).
    #[serde(default)]
    pub corrected: Fact,
    /// Harm and bad influence are removed (消除危害后果和不良影响).
    #[serde(default)]
    pub harm_removed: Fact,
    /// The pledge was signed (守信承诺).
    #[serde(default)]
    pub pledged: Fact,
    /// A revocation that binds the representative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Revocation>,
    /// How it ended; live while there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<End>,
    /// Repair was rescinded (撤销修复): no application for the rest of the term.
    #[serde(default)]
    pub barred: bool,
}

impl Entry {
    /// A live entry that nothing else is known of.
    #[must_use]
    pub fn new(id: u64, owner: u64, list: ListKind, cause: Cause, listed_on: Date) -> Self {
        Self {
            id: EntryId(id),
            owner: OwnerId(owner),
            province: 0,
            list,
            grade: None,
            cause,
            listed_on,
            published_on: listed_on,
            occurred_on: None,
            restriction_until: None,
            penalty: None,
            heavier: false,
            duties_done: Fact::Unknown,
            corrected: Fact::Unknown,
            harm_removed: Fact::Unknown,
            pledged: Fact::Unknown,
            revocation: None,
            ended: None,
            barred: false,
        }
    }

    /// The day by which it counts as an event in the clean period of another (R2): the later of occurrence and decision.
    #[must_use]
    pub fn counts_on(&self) -> Date {
        self.occurred_on.map_or(self.listed_on, |on| on.max(self.listed_on))
    }

    /// The day from which it counts as if it had never been.
    #[must_use]
    pub fn set_aside_on(&self) -> Option<Date> {
        self.ended.filter(|end| end.set_aside).map(|end| end.on)
    }

    /// Whether it stands on a day.
    #[must_use]
    pub fn is_live(&self, day: Date) -> bool {
        self.listed_on <= day && self.ended.is_none_or(|end| day < end.on)
    }

    /// The day from which its periods count.
    #[must_use]
    pub fn starts_on(&self) -> Date {
        match self.list {
            ListKind::Penalty => self.published_on,
            ListKind::Abnormal | ListKind::AbnormalHousehold | ListKind::Serious => self.listed_on,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_order_article_and_item() {
        let cause: Cause = "83-5-1".parse().unwrap();
        assert_eq!(cause, Cause { order: 83, article: 5, item: 1 });
        assert_eq!(cause.to_string(), "83-5-1");
        for wrong in ["", "83", "83-5", "83-5-1-2", "a-b-c", "83-999-1"] {
            assert!(wrong.parse::<Cause>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_list_has_its_word() {
        for kind in ListKind::ALL {
            assert_eq!(ListKind::of(kind.word()), Some(kind));
        }
    }
}
