//! What penalty cases speak of: filings, papers, service, remedies.

use blobs::Kept;
use codes::{Date, Label, Moment};
use documents::{Issuer, Values};
use kernel::PartyKey;
use penalty::{CustomsCaseNo, PartyKind, Sanction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// With what a paper is filled; values that tell of persons lie sealed under `penalty/<case>`.
pub type Filling = documents::Filling<Kept>;

/// The name of the vault's key of a case: erasing it makes every paper of the case unreadable, proofs still hold.
#[must_use]
pub fn vault_key(no: &CustomsCaseNo) -> String {
    format!("penalty/{no}")
}

/// A customs case as it is filed (立案).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Its number.
    pub no: CustomsCaseNo,
    /// The customs office that handles it.
    pub issuer: Issuer,
    /// Whom it concerns.
    pub party: PartyKey,
    /// What kind of party that is.
    pub party_kind: PartyKind,
    /// Name, documents and addresses of the party, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Kept>,
    /// What it is about (案由), without names.
    pub cause: String,
    /// The day of filing, from which the term to decide runs.
    pub on: Date,
    /// The penalty that is to be expected, where that is known: it says whether this could be decided on the spot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Sanction>,
}

/// What the vault keeps of a party (当事人情况).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, of an enterprise or a person.
    pub name: String,
    /// Unified code of an enterprise, or the number of a person's document.
    #[serde(default)]
    pub id_number: String,
    /// What kind of document that is, such as 统一社会信用代码.
    #[serde(default)]
    pub id_label: String,
    /// The legal representative of an enterprise.
    #[serde(default)]
    pub legal_representative: String,
    /// Where it is to be found.
    #[serde(default)]
    pub address: String,
}

/// A sort of legal document (法律文书种类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The notice of an intended penalty (行政处罚告知单).
    Notice,
    /// The notice of a hearing (听证通知书).
    Hearing,
    /// The penalty decision (行政处罚决定书).
    Decision,
    /// The decision that takes another back (撤销决定书).
    Annulment,
    /// The demand to perform a decision that is overdue (催告书).
    Demand,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Notice, Self::Hearing, Self::Decision, Self::Annulment, Self::Demand];

    /// The word in keys, rows and scopes of consent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Hearing => "hearing",
            Self::Decision => "decision",
            Self::Annulment => "annulment",
            Self::Demand => "demand",
        }
    }

    /// The sort of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }

    /// Its template.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self {
            Self::Notice => "penalty_notice",
            Self::Hearing => "penalty_hearing",
            Self::Decision => "penalty_decision",
            Self::Annulment => "penalty_annulment",
            Self::Demand => "penalty_demand",
        }
    }

    /// The scope of consent that it falls under (同意送达文书范围).
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Hearing => "hearing",
            Self::Decision => "decision",
            Self::Annulment | Self::Demand => "other",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Notice => Label::new("行政处罚告知单", "Notice of intended penalty"),
            Self::Hearing => Label::new("行政处罚听证通知书", "Notice of hearing"),
            Self::Decision => Label::new("行政处罚决定书", "Penalty decision"),
            Self::Annulment => Label::new("撤销行政处罚决定书", "Annulment of a penalty decision"),
            Self::Demand => Label::new("行政处罚履行催告书", "Demand to perform a penalty"),
        }
    }
}

/// The scopes of consent that a party is offered; none is chosen beforehand.
#[must_use]
pub fn scopes() -> [(&'static str, Label); 4] {
    [
        ("notice", Label::new("行政处罚告知单", "notice of intended penalty")),
        ("decision", Label::new("行政处罚决定书", "penalty decision")),
        ("hearing", Label::new("听证通知书", "notice of hearing")),
        ("other", Label::new("其他法律文书", "other legal documents")),
    ]
}

/// Which paper of a case: its sort and which of them, such as `decision-1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaperId(pub String);

impl PaperId {
    /// The id of the n-th paper of a sort, from 1.
    #[must_use]
    pub fn new(sort: Sort, n: usize) -> Self {
        Self(format!("{}-{n}", sort.word()))
    }
}

impl fmt::Display for PaperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key under which a paper is served, such as `penalty.HG-5100-2024-0137.decision-1`.
#[must_use]
pub fn notice_key(no: &str, paper: &PaperId) -> String {
    format!("penalty.{no}.{paper}")
}

/// The key of the public notice by which a paper is served, the n-th of that paper.
#[must_use]
pub fn announcement_key(no: &str, paper: &PaperId, n: u32) -> String {
    format!("{}.announcement{n}", notice_key(no, paper))
}

/// The case and the paper of a notice's key; none for a notice of something else.
#[must_use]
pub fn of_notice_key(key: &str) -> Option<(CustomsCaseNo, PaperId)> {
    let (no, paper) = key.strip_prefix("penalty.")?.split_once('.')?;
    let (sort, n) = paper.split_once('-')?;
    Sort::of(sort)?;
    n.parse::<u32>().ok()?;
    Some((no.parse().ok()?, PaperId(paper.to_owned())))
}

/// The key of an address confirmation of a case: which attempt it is stands at its end from the second on.
#[must_use]
pub fn confirmation_key(no: &str, round: u32) -> String {
    if round < 2 { format!("penalty.{no}") } else { format!("penalty.{no}.{round}") }
}

/// The case of a confirmation's key; none for a confirmation of something else.
#[must_use]
pub fn of_confirmation_key(key: &str) -> Option<CustomsCaseNo> {
    let rest = key.strip_prefix("penalty.")?;
    rest.split_once('.').map_or(rest, |(no, _round)| no).parse().ok()
}

/// The key of the proof of electronic service of a paper, by the record of service that it proves.
#[must_use]
pub fn proof_key(no: &str, paper: &PaperId, round: u32) -> String {
    format!("{}.proof{round}", notice_key(no, paper))
}

/// The case and the paper of a proof's key; none for a licence of something else.
#[must_use]
pub fn of_proof_key(key: &str) -> Option<(CustomsCaseNo, PaperId)> {
    let (notice, round) = key.rsplit_once('.')?;
    round.strip_prefix("proof").and_then(|digits| digits.parse::<u32>().ok())?;
    of_notice_key(notice)
}

/// What a draft of a paper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its sort.
    pub sort: Sort,
    /// With what its template is filled.
    pub filling: Filling,
    /// The penalty, intended or decided; a notice of hearing and an annulment have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanction: Option<Sanction>,
    /// The decision that an annulment takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annuls: Option<PaperId>,
    /// The day of the hearing of which a notice tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hearing_on: Option<Date>,
    /// The token of its public page, which the code on it bears.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
}

impl Draft {
    /// A draft that tells of nobody, for tests and samples.
    #[must_use]
    pub fn plain(sort: Sort, values: Values) -> Self {
        Self {
            sort,
            filling: Filling::Plain(values),
            sanction: None,
            annuls: None,
            hearing_on: None,
            token: String::new(),
        }
    }
}

/// What a public notice of service tells of a paper: whom it concerns and which it is (公告送达内容).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceNotice {
    /// The party: an enterprise by its name, a person by the first character.
    pub name: String,
    /// The paper's number.
    pub number: String,
    /// Why there is no other way (公告送达事由).
    pub why: String,
}

/// How a paper goes out (送达方式).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the addresses that the party confirmed, in its order; if they all fail, on paper.
    #[default]
    Electronic,
    /// On paper from the start.
    Paper,
}

/// That and when a paper was served, as delivery records it (送达).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The day.
    pub on: Date,
    /// The instant, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The word of the channel.
    pub channel: String,
    /// Whether it rests on what the party proved (当事人举证).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
}

/// How the consent of the party stands (电子送达同意).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody asked yet.
    #[default]
    Unasked,
    /// The party has the form before it.
    Asked,
    /// Signed, in force.
    InForce,
    /// The party said no.
    Refused,
    /// It is over: withdrawn, ended, or the link ran out.
    Over,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Unasked, Self::Asked, Self::InForce, Self::Refused, Self::Over];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Asked => "asked",
            Self::InForce => "in_force",
            Self::Refused => "refused",
            Self::Over => "over",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Unasked => Label::new("未采集", "Not asked yet"),
            Self::Asked => Label::new("采集中", "Being filled in"),
            Self::InForce => Label::new("已确认", "Confirmed"),
            Self::Refused => Label::new("当事人不同意", "Refused by the party"),
            Self::Over => Label::new("已失效", "No longer in force"),
        }
    }
}

/// A stage of a case (环节). Several are open at once where things run side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// 立案.
    Filed,
    /// 地址采集.
    Capture,
    /// 调查.
    Investigation,
    /// 法制审核.
    LegalReview,
    /// 告知.
    Notified,
    /// 陈述申辩.
    Defence,
    /// 听证.
    Hearing,
    /// 决定.
    Decided,
    /// 送达.
    Service,
    /// 履行.
    Performance,
    /// 加处罚款.
    Surcharge,
    /// 复议.
    Review,
    /// 诉讼.
    Suit,
    /// 撤销.
    Annulment,
    /// 结案.
    Closed,
}

impl Mark {
    /// All of them, in the order in which a case comes to them.
    pub const ALL: [Self; 15] = [
        Self::Filed,
        Self::Capture,
        Self::Investigation,
        Self::LegalReview,
        Self::Notified,
        Self::Defence,
        Self::Hearing,
        Self::Decided,
        Self::Service,
        Self::Performance,
        Self::Surcharge,
        Self::Review,
        Self::Suit,
        Self::Annulment,
        Self::Closed,
    ];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Capture => "capture",
            Self::Investigation => "investigation",
            Self::LegalReview => "legal_review",
            Self::Notified => "notified",
            Self::Defence => "defence",
            Self::Hearing => "hearing",
            Self::Decided => "decided",
            Self::Service => "service",
            Self::Performance => "performance",
            Self::Surcharge => "surcharge",
            Self::Review => "review",
            Self::Suit => "suit",
            Self::Annulment => "annulment",
            Self::Closed => "closed",
        }
    }

    /// The mark of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Filed => Label::new("立案", "filed"),
            Self::Capture => Label::new("地址采集", "addresses"),
            Self::Investigation => Label::new("调查", "inquiry"),
            Self::LegalReview => Label::new("法制审核", "legal review"),
            Self::Notified => Label::new("告知", "notified"),
            Self::Defence => Label::new("陈述申辩", "defence"),
            Self::Hearing => Label::new("听证", "hearing"),
            Self::Decided => Label::new("决定", "decided"),
            Self::Service => Label::new("送达", "service"),
            Self::Performance => Label::new("履行", "performance"),
            Self::Surcharge => Label::new("加处罚款", "late fine"),
            Self::Review => Label::new("行政复议", "review"),
            Self::Suit => Label::new("行政诉讼", "suit"),
            Self::Annulment => Label::new("撤销", "annulment"),
            Self::Closed => Label::new("结案", "closed"),
        }
    }
}

/// A way of redress (救济).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redress {
    /// Administrative review (行政复议).
    Review,
    /// A suit (行政诉讼).
    Suit,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedressResult {
    /// The decision stands (维持、驳回).
    Upheld,
    /// The decision must be taken back (撤销、确认违法).
    Struck,
    /// It was given up (撤回).
    Withdrawn,
}

/// A review or a suit that was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proceeding {
    /// Which way.
    pub redress: Redress,
    /// From when: the late fine stands still.
    pub from: Date,
    /// Until when.
    pub to: Option<Date>,
    /// What came of it.
    pub result: Option<RedressResult>,
}

/// A notary's certificate over a package (保全证据公证书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number.
    pub number: String,
    /// The notary office, as it calls itself.
    pub office: String,
    /// The day that it bears.
    pub on: Date,
}

/// How a case ends (结案方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The penalty was performed (执行完毕).
    Performed,
    /// No penalty (不予处罚), or the case was dropped (撤销案件).
    Dropped,
    /// The decision was taken back and none takes its place.
    Annulled,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Performed, Self::Dropped, Self::Annulled];

    /// The word in forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Performed => "performed",
            Self::Dropped => "dropped",
            Self::Annulled => "annulled",
        }
    }

    /// The ending of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Performed => Label::new("执行完毕", "performed"),
            Self::Dropped => Label::new("撤销案件或者不予处罚", "dropped"),
            Self::Annulled => Label::new("处罚决定已撤销", "decision annulled"),
        }
    }
}

/// The logins of the officers who stand for a paper, and of the reviewer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hands {
    /// The officers who handle the case (办案人员).
    pub officers: BTreeSet<String>,
    /// Who reviewed it (法制审核).
    pub reviewer: Option<String>,
}

impl Hands {
    /// Whether at least two officers and a third person stand for it.
    ///
    /// # Source
    /// 行政处罚法 (2021) art. 42 (two officers at least), art. 58 (reviewed by others before the decision).
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.officers.len() >= 2
            && self.reviewer.as_ref().is_some_and(|login| !self.officers.contains(login))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_case_and_paper_and_nothing_else_is_taken_for_one() {
        let (no, paper) = ("HG-5100-2024-0137", PaperId::new(Sort::Decision, 2));
        let notice = notice_key(no, &paper);
        assert_eq!(notice, "penalty.HG-5100-2024-0137.decision-2");
        let led = of_notice_key(&notice).map(|(no, paper)| (no.to_string(), paper));
        assert_eq!(led, Some((no.to_owned(), paper.clone())));
        assert_eq!(of_proof_key(&proof_key(no, &paper, 3)).map(|(_, paper)| paper), Some(paper));
        for round in [1, 2, 7] {
            let key = confirmation_key(no, round);
            assert_eq!(of_confirmation_key(&key).map(String::from).as_deref(), Some(no), "{key}");
        }
        for other in [
            "penalty.HG-5100-2024-0137",
            "penalty.HG-5100-2024-0137.2",
            "penalty.HG-5100-2024-0137.letter-1",
            "case.HG-5100-2024-0137.decision-1",
            "440115-260212-000001-33",
        ] {
            assert_eq!(of_notice_key(other), None, "{other}");
        }
        assert_eq!(of_proof_key("penalty.HG-5100-2024-0137.decision-2"), None);
    }

    #[test]
    fn words_lead_back() {
        for sort in Sort::ALL {
            assert_eq!(Sort::of(sort.word()), Some(sort));
            assert!(scopes().iter().any(|(scope, _)| *scope == sort.scope()));
        }
        for mark in Mark::ALL {
            assert_eq!(Mark::of(mark.word()), Some(mark));
        }
        for consent in Consent::ALL {
            assert_eq!(Consent::of(consent.word()), Some(consent));
        }
        for ending in Ending::ALL {
            assert_eq!(Ending::of(ending.word()), Some(ending));
        }
    }
}
