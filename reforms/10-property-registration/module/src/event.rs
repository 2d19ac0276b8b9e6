//! What happens to registrations and to reports of fakes: wire format, frozen.

use crate::model::{
    Application, Circumstance, Fee, Ground, Lines, NoticeTerms, NoticeText, NoticeTurn, Paper,
    RegistrationKey, Stop, Task, Wanted,
};
use codes::{Date, UnitNo};
use kernel::PartyKey;
use property::Kind;
use serde::{Deserialize, Serialize};

/// What happens to a registration (登记办件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationEvent {
    /// It was applied for.
    Applied {
        /// Its number.
        key: RegistrationKey,
        /// What is applied for.
        application: Box<Application>,
        /// The day of receipt.
        on: Date,
        /// Who confirmed with it.
        confirmed: Vec<PartyKey>,
    },
    /// A further applicant confirmed.
    Confirmed {
        /// Who.
        party: PartyKey,
    },
    /// It was accepted (受理).
    Accepted {
        /// The day from which terms run.
        on: Date,
        /// Whether because nobody refused on the spot (条例 17).
        by_silence: bool,
        /// When it is due.
        lines: Lines,
        /// The tasks, in the order in which people read them.
        tasks: Vec<Task>,
        /// What is owed.
        fee: Fee,
        /// What was applied for, for who listens.
        of: Box<Of>,
        /// The value above which a second officer enters it; none if one is enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second_above_fen: Option<i64>,
    },
    /// A task is done.
    TaskDone {
        /// Which.
        task: String,
        /// What was found.
        note: String,
    },
    /// Something stands in the way of a task; the officer decides.
    TaskNoted {
        /// Which.
        task: String,
        /// What was found.
        note: String,
    },
    /// Everything that is missing was asked for (补正): the clock stands from the next day on.
    SupplementAsked {
        /// Everything.
        items: Vec<Wanted>,
        /// When.
        on: Date,
        /// What was applied for, for who listens.
        of: Box<Of>,
    },
    /// It was supplied; the clock goes on.
    SupplementGiven {
        /// When.
        on: Date,
        /// The days that do not count; none where it was supplied on the day it was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop: Option<Stop>,
        /// When it is due now.
        lines: Lines,
    },
    /// It is announced (公告): those days do not count.
    Announced {
        /// The days.
        stop: Stop,
        /// When it is due now.
        lines: Lines,
        /// Which announcement; the days of the same one take the place of those told before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announcement: Option<String>,
    },
    /// Its fee is settled: paid, waived, or nothing is owed.
    FeeSettled {
        /// How, by the bill's state.
        state: String,
    },
    /// An officer examined it and finds that it may be entered (审核通过).
    Examined {
        /// The officer's login.
        by: String,
        /// The opinion.
        opinion: String,
    },
    /// It was entered in the book (登簿), in one batch with the book itself.
    Entered {
        /// When.
        on: Date,
        /// Who entered it.
        by: String,
        /// What was applied for, for who listens.
        of: Box<Of>,
    },
    /// A certificate of it is signed.
    CertificateIssued {
        /// The licence.
        licence: String,
        /// Its number.
        number: String,
        /// The token of its code.
        token: String,
        /// The unit.
        unit: UnitNo,
    },
    /// The holder has the certificate (领证): it is over.
    Collected,
    /// It was withdrawn before its entry (条例 15).
    Withdrawn {
        /// Why.
        reason: String,
        /// The announcement that runs and ends with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announcement: Option<String>,
    },
    /// It was refused (条例 22).
    Refused {
        /// Why.
        ground: Ground,
        /// When.
        on: Date,
        /// What was applied for, for who listens.
        of: Box<Of>,
        /// The announcement that runs and ends with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announcement: Option<String>,
    },
    /// Further papers were handed in (补充材料).
    PapersAdded {
        /// Which.
        papers: Vec<Paper>,
    },
    /// A public notice of it was ordered (发布公告).
    NoticeOrdered {
        /// Its key among announcements.
        announcement: String,
        /// What the law says of it.
        terms: NoticeTerms,
        /// What it tells.
        text: NoticeText,
        /// What was applied for, for who listens.
        of: Box<Of>,
    },
    /// Something became of the public notice.
    NoticeTurned {
        /// What.
        turn: NoticeTurn,
    },
}

/// What a registration is about, as far as those who listen to it ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The type.
    pub kind: Kind,
    /// The unit.
    pub unit: UnitNo,
    /// Further units that secure the same loan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_units: Vec<UnitNo>,
    /// The office.
    pub office: documents::Issuer,
    /// Who applied.
    pub applicants: Vec<PartyKey>,
    /// How many certificates are wanted.
    pub certificates: u32,
    /// The circumstance that the fee and the notice ask.
    #[serde(default, skip_serializing_if = "Circumstance::is_ordinary")]
    pub circumstance: Circumstance,
}

/// What happens to a day of reports on codes (扫码异常日志).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanEvent {
    /// A code was scanned that this office never issued (非本机构签发).
    Forged {
        /// SHA-256 of the code, in hexadecimal digits: the code itself may be somebody's text.
        sha256: String,
    },
    /// Somebody says that a certificate is a fake (举报).
    Reported {
        /// The code.
        token: String,
        /// In which words.
        text: String,
    },
}
