//! What happens to a penalty case; the wire format, frozen.

use crate::model::{
    Certificate, Consent, Draft, Ending, Filing, Filling, PaperId, Redress, RedressResult, Service,
    ServiceNotice, Sort, Way,
};
use blobs::Kept;
use calendar::Term;
use codes::{Date, Moment};
use documents::Issuer;
use kernel::PartyKey;
use penalty::{LateFine, Run, Sanction};
use seals::Commitment;
use serde::{Deserialize, Serialize};

/// What happens to a penalty case (处罚案件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PenaltyEvent {
    /// It was filed (立案).
    Filed {
        /// As what.
        filing: Box<Filing>,
        /// By when it must be decided.
        decide_by: Run,
        /// The ground on which it might be decided on the spot; none where it cannot be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_the_spot: Option<String>,
    },
    /// An officer shows the party the code of the address form (发起地址采集).
    CaptureStarted {
        /// The filing, for who acts on it.
        filing: Box<Filing>,
        /// Which attempt, from 1.
        round: u32,
        /// Why it is not decided on the spot although it might be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_on_the_spot: Option<String>,
    },
    /// The consent to electronic service stands otherwise now.
    ConsentTurned {
        /// How.
        consent: Consent,
    },
    /// The party changed its addresses: later documents go there, what is on its way stays with the old ones.
    AddressChanged {
        /// Which form it signed.
        form_no: u32,
    },
    /// The inquiry is complete (调查终结).
    InquiryClosed,
    /// A paper was drafted, or drafted anew (拟稿).
    Drafted {
        /// Which.
        paper: PaperId,
        /// What it says.
        draft: Box<Draft>,
        /// The login of the officer who drafted it.
        by: String,
    },
    /// A second officer stands for the draft (办案人员会签).
    Cosigned {
        /// Which.
        paper: PaperId,
        /// The login of the officer.
        by: String,
    },
    /// A reviewer approved the draft (法制审核通过).
    Reviewed {
        /// Which.
        paper: PaperId,
        /// The login of the reviewer.
        by: String,
    },
    /// A reviewer sent the draft back (退回).
    Returned {
        /// Which.
        paper: PaperId,
        /// Why.
        why: String,
    },
    /// The head decided (作出处罚决定).
    Decided {
        /// By which paper.
        paper: PaperId,
        /// What.
        sanction: Sanction,
        /// By when it must be served on a party that is absent.
        serve_by: Run,
    },
    /// A paper is in force and goes out (发出).
    Issued {
        /// Which.
        paper: PaperId,
        /// Its sort.
        sort: Sort,
        /// With what it is filled.
        filling: Filling,
        /// Who issues.
        issuer: Issuer,
        /// Upon whom.
        party: PartyKey,
        /// How it goes out.
        way: Way,
        /// The key of the address confirmation upon which it goes out electronically.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmation: Option<String>,
        /// The token of its public page.
        token: String,
        /// When.
        at: Moment,
    },
    /// It was served; what runs from then on stands here (送达).
    Served {
        /// Which.
        paper: PaperId,
        /// How and when.
        service: Service,
        /// The terms that run from it.
        clocks: Vec<Run>,
        /// Which record of its service this is, from 1: another day takes the place of the one before.
        round: u32,
    },
    /// What looked like service was none.
    ServiceUndone {
        /// Which.
        paper: PaperId,
    },
    /// A decision was made before the time to defend was over, as is known by now: it must be taken back.
    FoundPremature {
        /// Which.
        paper: PaperId,
        /// Until when the party could defend itself.
        until: Moment,
    },
    /// The party states and defends (陈述、申辩).
    DefenceStated {
        /// What it says, sealed.
        statement: Kept,
        /// The salted commitment to what it says.
        commitment: Commitment,
        /// The demand to which it answers; none where it answers the notice of the penalty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<PaperId>,
    },
    /// The party gave up its right expressly (放弃).
    DefenceWaived {
        /// To state and defend.
        defence: bool,
        /// To be heard.
        hearing: bool,
    },
    /// The party asks for a hearing (申请听证).
    HearingAsked,
    /// The hearing was held.
    HearingHeld {
        /// When.
        on: Date,
    },
    /// The time to defend is over.
    DefenceClosed {
        /// When it was over.
        at: Moment,
    },
    /// The party wants a document on paper too; the day of service stays.
    PaperAsked {
        /// Which.
        paper: PaperId,
    },
    /// The paper was sent.
    PaperSent {
        /// Which.
        paper: PaperId,
        /// The carrier's number of the item.
        tracking_no: String,
    },
    /// A decision was made public (公开).
    Published {
        /// Which.
        paper: PaperId,
        /// Its number.
        number: String,
        /// To whom it was told.
        to: Vec<String>,
    },
    /// A decision was taken back (撤销).
    Annulled {
        /// Which.
        paper: PaperId,
        /// By which paper.
        by: PaperId,
        /// By when copies that were made public must be gone; none where it was not made public.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdraw_by: Option<Run>,
    },
    /// A recipient took what was made public back (撤回公开).
    CopyWithdrawn {
        /// Of which decision.
        paper: PaperId,
        /// Who.
        recipient: String,
    },
    /// Copies should be gone and are not.
    WithdrawalOverdue {
        /// Of which decision.
        paper: PaperId,
    },
    /// Money came (缴款).
    Paid {
        /// How much.
        amount_fen: i64,
        /// When.
        on: Date,
        /// The treasury's number of it.
        reference: String,
        /// The late fine as it stood on that day.
        late: LateFine,
        /// What is still owed.
        left_fen: i64,
    },
    /// The last day of payment is over.
    PaymentOverdue,
    /// The party was urged to perform (催告).
    Urged {
        /// By when.
        until: Run,
    },
    /// Review or suit was filed: the late fine stands still.
    RedressFiled {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
        /// Whether its term was over already.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// It ended.
    RedressEnded {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
        /// With what.
        result: RedressResult,
    },
    /// The head extended the term to decide (延长).
    Extended {
        /// By when it must be decided now.
        decide_by: Run,
        /// Why.
        why: String,
    },
    /// The term to decide is over, and nothing was decided.
    DecisionOverdue,
    /// The proof of electronic service stands (电子送达凭证).
    Proven {
        /// Of which paper.
        paper: PaperId,
        /// Its number, `ES-…`.
        number: String,
    },
    /// A notary was asked to preserve a package (申请保全证据公证).
    PreservationAsked {
        /// Of which paper.
        paper: PaperId,
        /// The number of the package, `EP-…`.
        package: String,
        /// The package's root hash.
        root: String,
        /// The package itself, sealed: what the notary certifies is kept as it was.
        kept: Kept,
    },
    /// The notary certified it.
    Preserved {
        /// The package.
        package: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// The terms of review and suit are over, and none is open.
    RedressOver {
        /// The key of the address confirmation, where nothing more can follow and it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<String>,
    },
    /// A paper that cannot be served otherwise is announced (公告送达).
    ServiceAnnounced {
        /// Which.
        paper: PaperId,
        /// Its sort.
        sort: Sort,
        /// The key of the announcement.
        announcement: String,
        /// What it tells.
        notice: ServiceNotice,
        /// Who announces.
        issuer: Issuer,
        /// The matter.
        cause: String,
        /// After which time it counts as served.
        term: Term,
        /// By which article.
        source: String,
    },
    /// The case is closed (结案).
    Closed {
        /// How.
        ending: Ending,
        /// The key of the address confirmation, where nothing more can follow and it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<String>,
    },
}
