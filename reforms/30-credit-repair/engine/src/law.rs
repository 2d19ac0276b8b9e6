//! The law as rows (规则版本): what each version asks of each list, since when, where.

use crate::entry::{Cause, Entry, Grade, ListKind, Penalty, PenaltyKind};
use crate::period::Period;
use codes::{Date, Label};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked for (修复申请种类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 移出经营异常名录.
    LeaveAbnormal,
    /// 恢复个体工商户正常记载状态.
    RestoreHousehold,
    /// 提前移出严重违法失信名单.
    EarlySerious,
    /// 提前停止公示行政处罚信息.
    EarlyPenalty,
    /// 公告修复 (2020).
    Announced,
    /// 信用信息修复 (2026), one window.
    OneWindow,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::LeaveAbnormal,
        Self::RestoreHousehold,
        Self::EarlySerious,
        Self::EarlyPenalty,
        Self::Announced,
        Self::OneWindow,
    ];

    /// The word in rows and commands.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LeaveAbnormal => "leave_abnormal",
            Self::RestoreHousehold => "restore_household",
            Self::EarlySerious => "early_serious",
            Self::EarlyPenalty => "early_penalty",
            Self::Announced => "announced",
            Self::OneWindow => "one_window",
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
        match self {
            Self::LeaveAbnormal => Label::new("移出经营异常名录", "removal from the abnormal list"),
            Self::RestoreHousehold => Label::new(
                "恢复个体工商户正常记载状态",
                "restoring an individual household's record",
            ),
            Self::EarlySerious => Label::new(
                "提前移出严重违法失信名单",
                "early removal from the list of serious violators",
            ),
            Self::EarlyPenalty => {
                Label::new("提前停止公示行政处罚信息", "early end of a penalty's publication")
            }
            Self::Announced => Label::new("信用修复公告", "repair by announcement"),
            Self::OneWindow => Label::new("失信信息信用修复", "credit repair through one window"),
        }
    }
}

/// One condition of an application (修复条件).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The version knows this way for this list at all.
    Route,
    /// The period is over (满期).
    Elapsed,
    /// The cause of listing is one that may be repaired so.
    CauseAllows,
    /// The kind of penalty may be repaired at all.
    PenaltyAllows,
    /// No earlier repair was rescinded.
    NotRescinded,
    /// Duties are done (履行义务).
    DutiesDone,
    /// The violation is corrected, the cause cured (纠正).
    Corrected,
    /// Harm is removed (消除危害后果).
    HarmRemoved,
    /// No further case of the listed kinds (未再发生相关情形).
    NoFurtherCase,
    /// No heavier penalty since (未再受到较重行政处罚).
    NoHeavierPenalty,
    /// No further penalty of the same kind (未因同类违法行为再受处罚).
    NoSameKindPenalty,
    /// No restriction by law still runs.
    NoRunningRestriction,
    /// On neither list (未被列入名录、名单).
    OnNoList,
    /// The pledge is signed (守信承诺).
    Pledged,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Route,
        Self::Elapsed,
        Self::CauseAllows,
        Self::PenaltyAllows,
        Self::NotRescinded,
        Self::DutiesDone,
        Self::Corrected,
        Self::HarmRemoved,
        Self::NoFurtherCase,
        Self::NoHeavierPenalty,
        Self::NoSameKindPenalty,
        Self::NoRunningRestriction,
        Self::OnNoList,
        Self::Pledged,
    ];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Elapsed => "elapsed",
            Self::CauseAllows => "cause_allows",
            Self::PenaltyAllows => "penalty_allows",
            Self::NotRescinded => "not_rescinded",
            Self::DutiesDone => "duties_done",
            Self::Corrected => "corrected",
            Self::HarmRemoved => "harm_removed",
            Self::NoFurtherCase => "no_further_case",
            Self::NoHeavierPenalty => "no_heavier_penalty",
            Self::NoSameKindPenalty => "no_same_kind_penalty",
            Self::NoRunningRestriction => "no_running_restriction",
            Self::OnNoList => "on_no_list",
            Self::Pledged => "pledged",
        }
    }

    /// The condition of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.word() == word)
    }

    /// What it says to people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Route => ("现行规定有这种修复方式", "the rules in force know this way"),
            Self::Elapsed => {
                ("列入或者公示已满规定期限", "the period since listing or publication is over")
            }
            Self::CauseAllows => {
                ("列入情形允许申请移出", "the cause of listing allows an application")
            }
            Self::PenaltyAllows => {
                ("处罚种类允许提前停止公示", "the kind of penalty allows an early end")
            }
            Self::NotRescinded => ("未曾被撤销信用修复", "no earlier repair was rescinded"),
            Self::DutiesDone => ("已履行处罚决定或者规定的义务", "duties of the decision are done"),
            Self::Corrected => {
                ("已纠正违法行为、消除列入原因", "the violation is corrected, its cause cured")
            }
            Self::HarmRemoved => ("已消除危害后果和不良影响", "harm and bad influence are removed"),
            Self::NoFurtherCase => ("未再发生相关情形", "no further case of the listed kinds"),
            Self::NoHeavierPenalty => ("未再受到较重行政处罚", "no heavier penalty since"),
            Self::NoSameKindPenalty => {
                ("未因同类违法行为再受行政处罚", "no further penalty of the same kind")
            }
            Self::NoRunningRestriction => {
                ("没有仍在执行的法定限制措施", "no restriction by law still runs")
            }
            Self::OnNoList => (
                "未被列入经营异常名录、严重违法失信名单",
                "on neither the abnormal list nor the list of serious violators",
            ),
            Self::Pledged => ("已作出守信承诺", "the pledge is signed"),
        };
        Label::new(zh, en)
    }
}

/// How an entry ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automatic {
    /// After this full period.
    pub after: Period,
    /// Whether a further case starts the period again.
    #[serde(default)]
    pub clean: bool,
}

/// How repair is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// What is asked for.
    pub kind: Kind,
    /// After this full period; at once where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Period>,
    /// The conditions, beside the period.
    pub needs: Vec<Need>,
    /// The causes for which this way is open; all where there are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub causes: BTreeSet<Cause>,
    /// How many days it is announced before it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement_days: Option<u16>,
}

/// What a version says of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// The list.
    pub list: ListKind,
    /// The grade; any where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// The class of penalty; any where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<PenaltyClass>,
    /// How it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Automatic>,
    /// How repair is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Application>,
}

/// What a penalty is to the rules of publication (45号令 art. 13, 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyClass {
    /// A warning alone: not published at all.
    Warning,
    /// Criticism or a low fine alone: short publication.
    Light,
    /// Food, drugs, special equipment.
    Special,
    /// Any other.
    Ordinary,
    /// One that can never end early.
    Barred,
}

impl PenaltyClass {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Warning, Self::Light, Self::Special, Self::Ordinary, Self::Barred];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Light => "light",
            Self::Special => "special",
            Self::Ordinary => "ordinary",
            Self::Barred => "barred",
        }
    }

    /// The class of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// One version of the law at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its name, such as `v2021`.
    pub id: String,
    /// The first day on which it is in force.
    pub from: Date,
    /// What it says of each list; the first that fits counts.
    pub tracks: Vec<Track>,
    /// What each kind of penalty is by itself; those that are not named are ordinary.
    #[serde(default)]
    pub kinds: BTreeMap<PenaltyKind, PenaltyClass>,
    /// Up to which sum a fine is low, in fen.
    #[serde(default)]
    pub low_fine_fen_max: i64,
}

impl Version {
    /// What it says of the list that an entry is on.
    #[must_use]
    pub fn track(&self, entry: &Entry) -> Option<&Track> {
        let class = entry.penalty.as_deref().map(|penalty| self.class(penalty));
        self.tracks.iter().find(|track| {
            track.list == entry.list
                && (track.grade.is_none() || track.grade == entry.grade)
                && (track.class.is_none() || track.class == class)
        })
    }

    /// What a penalty is to this version: its gravest kind counts.
    #[must_use]
    pub fn class(&self, penalty: &Penalty) -> PenaltyClass {
        let of = |kind: &PenaltyKind| match self.kinds.get(kind) {
            // A fine is light where it is low.
            Some(PenaltyClass::Light)
                if *kind == PenaltyKind::Fine && penalty.fine_fen > self.low_fine_fen_max =>
            {
                PenaltyClass::Ordinary
            }
            Some(class) => *class,
            None => PenaltyClass::Ordinary,
        };
        match penalty.kinds.iter().map(of).max() {
            Some(PenaltyClass::Ordinary) if penalty.special_field => PenaltyClass::Special,
            Some(gravest) => gravest,
            None => PenaltyClass::Ordinary,
        }
    }
}

/// All versions, by place (国家规定，地方施行日期另定的从其规定).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    nation: Vec<Version>,
    places: BTreeMap<u8, Vec<Version>>,
}

impl Law {
    /// The law of the nation.
    #[must_use]
    pub fn new(versions: impl IntoIterator<Item = Version>) -> Self {
        Self { nation: sorted(versions), places: BTreeMap::new() }
    }

    /// The law of a province (two digits of GB/T 2260), whole.
    #[must_use]
    pub fn at(mut self, province: u8, versions: impl IntoIterator<Item = Version>) -> Self {
        self.places.insert(province, sorted(versions));
        self
    }

    /// The versions at a place, the oldest first.
    #[must_use]
    pub fn of(&self, province: u8) -> &[Version] {
        self.places.get(&province).unwrap_or(&self.nation)
    }

    /// The version in force at a place on a day.
    #[must_use]
    pub fn in_force(&self, province: u8, day: Date) -> Option<&Version> {
        self.of(province).iter().rev().find(|version| version.from <= day)
    }

    /// The version of a name at a place.
    #[must_use]
    pub fn named(&self, province: u8, id: &str) -> Option<&Version> {
        self.of(province).iter().find(|version| version.id == id)
    }
}

fn sorted(versions: impl IntoIterator<Item = Version>) -> Vec<Version> {
    let mut versions: Vec<Version> = versions.into_iter().collect();
    versions.sort_by_key(|version| version.from);
    versions
}
