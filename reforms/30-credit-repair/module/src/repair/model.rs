//! What repair speaks of: stages, conditions that fail, what events tell those who read them alone.

use codes::{Date, Label};
use credit_repair::{
    Cond, Entry, EntryId, Fact, Kind, ListKind, Need, OwnerId, Penalty, Revocation, Standing,
};
use documents::Issuer;
use kernel::{Json, PartyKey};
use registers::listings::{ListEntry, ListingKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(crate) use blobs::Kept;

/// The key of a repair: the entity's unified code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepairKey(pub String);

impl fmt::Display for RepairKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an entry stands on its way out (修复阶段).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No way is open yet.
    #[default]
    NotEligible,
    /// Repair may be asked for.
    Eligible,
    /// It was asked for.
    Applied,
    /// The application was not accepted.
    NotAccepted,
    /// Accepted; conditions are verified.
    Accepted,
    /// Before the public.
    Announcing,
    /// The announcement is over.
    Announced,
    /// Granted; the entry is being removed.
    Removing,
    /// Off the list by repair.
    Repaired,
    /// Refused.
    Refused,
    /// Taken back by the entity.
    Withdrawn,
    /// A further case: the period starts again.
    Relapsed,
    /// Repair was rescinded: on the list again.
    Rescinded,
    /// Off the list without repair: its term was over, or it was set aside.
    Ended,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::NotEligible,
        Self::Eligible,
        Self::Applied,
        Self::NotAccepted,
        Self::Accepted,
        Self::Announcing,
        Self::Announced,
        Self::Removing,
        Self::Repaired,
        Self::Refused,
        Self::Withdrawn,
        Self::Relapsed,
        Self::Rescinded,
        Self::Ended,
    ];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotEligible => "not_eligible",
            Self::Eligible => "eligible",
            Self::Applied => "applied",
            Self::NotAccepted => "not_accepted",
            Self::Accepted => "accepted",
            Self::Announcing => "announcing",
            Self::Announced => "announced",
            Self::Removing => "removing",
            Self::Repaired => "repaired",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Relapsed => "relapsed",
            Self::Rescinded => "rescinded",
            Self::Ended => "ended",
        }
    }

    /// The stage of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::NotEligible => Label::new("尚未满足修复条件", "not eligible yet"),
            Self::Eligible => Label::new("可以申请修复", "may apply"),
            Self::Applied => Label::new("已申请，待受理", "applied"),
            Self::NotAccepted => Label::new("不予受理", "not accepted"),
            Self::Accepted => Label::new("已受理，核实中", "accepted, being verified"),
            Self::Announcing => Label::new("公告中", "announced to the public"),
            Self::Announced => Label::new("公告期满，待决定", "announcement over, to be decided"),
            Self::Removing => Label::new("准予修复，移出中", "granted, being removed"),
            Self::Repaired => Label::new("已修复移出", "repaired and removed"),
            Self::Refused => Label::new("不予修复", "refused"),
            Self::Withdrawn => Label::new("已撤回申请", "taken back"),
            Self::Relapsed => {
                Label::new("再次发生相关情形，重新计算", "a further case, counted again")
            }
            Self::Rescinded => Label::new("修复已撤销，恢复公示", "repair rescinded, listed again"),
            Self::Ended => Label::new("期满或者撤销，已移出", "off the list"),
        }
    }

    /// Whether an application is on its way.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(
            self,
            Self::Applied | Self::Accepted | Self::Announcing | Self::Announced | Self::Removing
        )
    }
}

/// A fact that a register or an officer tells (核实事项).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Duties are done.
    DutiesDone,
    /// The violation is corrected.
    Corrected,
    /// Harm is removed.
    HarmRemoved,
}

impl Known {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DutiesDone, Self::Corrected, Self::HarmRemoved];

    /// The condition that it answers.
    #[must_use]
    pub const fn need(self) -> Need {
        match self {
            Self::DutiesDone => Need::DutiesDone,
            Self::Corrected => Need::Corrected,
            Self::HarmRemoved => Need::HarmRemoved,
        }
    }

    /// Where it stands in an entry.
    pub(crate) fn in_entry(self, entry: &mut Entry) -> &mut Fact {
        match self {
            Self::DutiesDone => &mut entry.duties_done,
            Self::Corrected => &mut entry.corrected,
            Self::HarmRemoved => &mut entry.harm_removed,
        }
    }

    /// The fact that answers a condition.
    #[must_use]
    pub fn of(need: Need) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.need() == need)
    }
}

/// A paper that was handed in because no register answers (证明材料).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofRef {
    /// Which condition it shows.
    pub need: Need,
    /// The file, sealed.
    pub kept: Kept,
}

/// What a register is asked (核查事项).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The register, by its key among partners.
    pub register: String,
    /// What: a condition, or the word of a warning.
    pub need: String,
}

/// What a register says (回告).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it knows.
    pub fact: Fact,
    /// Its own number of what it rests on, such as that of a receipt (票据号).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// The pledge (守信承诺书), as it is shown and signed.
pub const PLEDGE: &str = "守信承诺书：本单位自愿申请信用修复，承诺所提交的材料和陈述真实、准确、完整，已履行法定义务、纠正违法行为、消除不良影响；今后严格遵守法律法规，依法诚信经营，接受监督检查和社会监督。提交虚假材料或者违反承诺的，愿意承担撤销信用修复、恢复公示和限制措施等法律后果。";

/// The digest of the pledge, which says to what somebody agreed.
#[must_use]
pub fn pledge_digest() -> String {
    seals::Digest::sha256(PLEDGE.as_bytes()).hex()
}

/// What events tell those who read them alone: whom, which entry, who decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The unified code.
    pub uscc: String,
    /// The name.
    pub name: String,
    /// The party.
    pub party: PartyKey,
    /// The list.
    pub list: ListKind,
    /// The cause of listing.
    pub cause: String,
    /// The number of the decision to list.
    pub decision_no: String,
    /// Its day.
    pub listed_on: Date,
    /// Who decides.
    pub issuer: Issuer,
}

/// A condition that stands in the way, and from when it no longer will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Which.
    pub need: Need,
    /// The first day on which it holds; none where no day is foreseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Failing {
    /// The conditions that stand in the way.
    #[must_use]
    pub fn of(conditions: &[Cond]) -> Vec<Self> {
        conditions
            .iter()
            .filter_map(|cond| match cond.state {
                Standing::Unmet { until } => Some(Self { need: cond.id, until }),
                Standing::Never => Some(Self { need: cond.id, until: None }),
                Standing::Met | Standing::Unknown => None,
            })
            .collect()
    }
}

/// What letters say of conditions that fail: which, and from when repair may be asked for.
#[must_use]
pub fn told(failing: &[Failing]) -> Label {
    let names = |zh: bool| -> Vec<String> {
        let label = |one: &Failing| one.need.label();
        failing.iter().map(|one| if zh { label(one).zh } else { label(one).en }).collect()
    };
    let (zh, en) = (names(true).join("；"), names(false).join("; "));
    let days: Option<Vec<Date>> = failing.iter().map(|one| one.until).collect();
    match days.and_then(|days| days.into_iter().max()) {
        Some(day) => Label::new(
            format!("不符合条件：{zh}。自{day}起可申请。"),
            format!("Not met: {en}. You may apply from {day}."),
        ),
        None => Label::new(
            format!("不符合条件：{zh}。条件具备后可以再次申请；期满将自动移出，无需申请。"),
            format!(
                "Not met: {en}. You may apply again once it is met; at the end of the term the entry ends by itself."
            ),
        ),
    }
}

/// An application on its way (申请).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Its number among those of the entity.
    pub no: u32,
    /// Under which version.
    pub version: String,
    /// What is asked for.
    pub kind: Kind,
    /// The day of application.
    pub applied_on: Date,
    /// Whether the conditions were verified.
    pub verified: bool,
    /// Whether it was announced.
    pub announced: bool,
    /// Objections that wait for an answer.
    pub open: BTreeSet<u32>,
    /// Whether an objection was right.
    pub upheld: bool,
}

/// An entry that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// As the engine computes with it.
    pub entry: Entry,
    /// Whom and what it is about.
    pub about: About,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it was told that repair may be asked for.
    pub found: bool,
    /// Whether the end of its term was ordered.
    pub ending: bool,
    /// The application, the latest.
    pub procedure: Option<Procedure>,
    /// When each register was asked last.
    pub asked: BTreeMap<Question, Date>,
    /// What each register said last, and when.
    pub told: BTreeMap<Question, (Answer, Date)>,
    /// Who said how a fact stands.
    pub sources: BTreeMap<Known, String>,
}

impl Watched {
    /// Whether the answer to a question may still change: nobody has shown that it is done.
    pub(crate) fn is_open(&self, question: &Question) -> bool {
        let mut entry = self.entry.clone();
        match Need::of(&question.need).and_then(Known::of) {
            Some(known) => !matches!(known.in_entry(&mut entry), Fact::Since(_)),
            None => {
                !matches!(self.told.get(question), Some((answer, _)) if answer.fact != Fact::Unknown)
            }
        }
    }

    /// What registers say of a fact, taken together: one that says "not yet" is enough; who does not know counts for nothing.
    pub(crate) fn by_registers(&self, known: Known) -> Option<(Fact, String)> {
        let word = known.need().word();
        let told = self.told.iter().filter(|(question, _)| question.need == word);
        let mut all: Option<(Fact, String)> = None;
        for (question, (answer, _on)) in told {
            let said =
                || format!("{} {}", question.register, answer.reference).trim_end().to_owned();
            all = match (all, answer.fact) {
                (before, Fact::Unknown) => before,
                (Some((Fact::NotYet, by)), _) => Some((Fact::NotYet, by)),
                (_, Fact::NotYet) => Some((Fact::NotYet, said())),
                (Some((Fact::Since(first), by)), Fact::Since(day)) if first >= day => {
                    Some((Fact::Since(first), by))
                }
                (_, Fact::Since(day)) => Some((Fact::Since(day), said())),
            };
        }
        all
    }
}

/// The repair of one entity (信用修复).
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// Its entries, by listing.
    pub entries: BTreeMap<ListingKey, Watched>,
    /// The restrictions under which it stands.
    pub measures: BTreeSet<credit_repair::Measure>,
    /// The next day on which something changes by itself.
    pub due: Option<Date>,
    /// How many applications there were.
    pub applications: u32,
    /// How many certificates there were.
    pub proofs: u32,
    /// Whether the latest certificate still holds.
    pub proven: bool,
}

impl Repair {
    /// All entries as the engine wants them.
    #[must_use]
    pub fn history(&self) -> Vec<Entry> {
        self.entries.values().map(|watched| watched.entry.clone()).collect()
    }

    /// The listing of an entry's number.
    #[must_use]
    pub fn listing_of(&self, id: EntryId) -> Option<&ListingKey> {
        self.entries.iter().find(|(_, watched)| watched.entry.id == id).map(|(key, _)| key)
    }
}

/// A cause of listing as people read it: `83-5-1` is 第83号令第五条第一项; anything else stands as it is.
#[must_use]
pub fn cause_label(cause: &str) -> Label {
    let Ok(read) = cause.parse::<credit_repair::Cause>() else { return Label::new(cause, cause) };
    let (mut zh, mut en) = (
        format!("第{}号令第{}条", read.order, numeral(read.article)),
        format!("order {}, article {}", read.order, read.article),
    );
    if read.item > 0 {
        zh.push_str(&format!("第{}项", numeral(read.item)));
        en.push_str(&format!(", item {}", read.item));
    }
    Label::new(format!("{zh}（{cause}）"), format!("{en} ({cause})"))
}

/// A number below a hundred as articles are numbered: 五, 十四, 二十.
fn numeral(n: u8) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or_default();
    match n {
        0 | 100.. => n.to_string(),
        1..=9 => digit(n).to_owned(),
        10..=19 => format!("十{}", digit(n % 10)),
        20..=99 => format!("{}十{}", digit(n / 10), digit(n % 10)),
    }
}

/// The engine's entry of what a register says; lists that are none of credit have none.
#[must_use]
pub fn entry_of(listed: &ListEntry, id: u64) -> Option<Entry> {
    let list = ListKind::of(&listed.list)?;
    let cause = listed.cause.parse().unwrap_or_default();
    let mut entry = Entry::new(id, 0, list, cause, listed.listed_on);
    entry.owner = OwnerId(0);
    entry.province = listed.place.chars().take(2).collect::<String>().parse().unwrap_or(0);
    entry.published_on = listed.published_on;
    entry.restriction_until = listed.restriction_until;
    let fact = |name: &str| listed.facts.get(name).cloned().unwrap_or_default();
    entry.grade = serde_json::from_value(fact("grade")).ok();
    entry.heavier = fact("heavier").as_bool().unwrap_or_default();
    entry.occurred_on = serde_json::from_value(fact("occurred_on")).ok();
    entry.penalty = serde_json::from_value::<Penalty>(fact("penalty")).ok().map(Box::new);
    entry.revocation = serde_json::from_value::<Revocation>(fact("revocation")).ok();
    entry.duties_done = known(&fact("duties_done"));
    entry.corrected = known(&fact("corrected"));
    entry.harm_removed = known(&fact("harm_removed"));
    Some(entry)
}

/// A day, `not_yet`, or nothing.
fn known(value: &Json) -> Fact {
    match value.as_str() {
        Some("not_yet") => Fact::NotYet,
        Some(day) => day.parse().map_or(Fact::Unknown, Fact::Since),
        None => Fact::Unknown,
    }
}
