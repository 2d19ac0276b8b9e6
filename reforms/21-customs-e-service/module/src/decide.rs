//! Commands of penalty cases, decided.
//!
//! ```text
//!  File ─► StartCapture ─► (party's phone: delivery's confirmation)
//!    └──► CloseInquiry ─► Draft, Cosign, Review ─► Issue(notice) ─► Served ─┬─ StateDefence │ WaiveDefence
//!                                                                          └─ AskHearing ─► Issue(hearing) ─► HoldHearing
//!         ─► Draft, Cosign, Review ─► Decide ─► Served ─► Pay │ PaymentDue, Issue(demand) │ FileRedress … EndRedress ─► Close
//!                                       └── found premature, struck ─► Annul ─► (a new decision)
//! ```

mod defence;
mod papers;
mod redress;

use crate::error::PenaltyError;
use crate::event::PenaltyEvent;
use crate::law::PenaltyLaw;
use crate::model::{
    Certificate, Consent, Draft, Ending, Filing, Hands, Mark, PaperId, Proceeding, Redress,
    RedressResult, Service, ServiceNotice, Sort, Way, confirmation_key,
};
use blobs::Kept;
use codes::{Date, Moment};
use kernel::{Actor, Aggregate, Context, Deadline};
use penalty::{CustomsCaseNo, Kind, Run, Sanction};
use seals::Commitment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest reason or statement in an event, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// What may be asked of a penalty case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PenaltyCommand {
    /// File it. The same filing again changes nothing.
    File(Box<Filing>),
    /// Show the party the code of the address form.
    StartCapture {
        /// Why this is not decided on the spot, where it might be.
        #[serde(default)]
        not_on_the_spot: Option<String>,
    },
    /// The consent stands otherwise; sent by a policy that hears the confirmation.
    Consent {
        /// How.
        consent: Consent,
        /// Which form was signed.
        #[serde(default)]
        form_no: Option<u32>,
    },
    /// The inquiry is complete.
    CloseInquiry,
    /// Draft a paper, or draft it anew while it is not issued.
    Draft(Box<Draft>),
    /// Stand for a draft as the second officer.
    Cosign {
        /// Which paper.
        paper: PaperId,
    },
    /// Approve a draft.
    Review {
        /// Which paper.
        paper: PaperId,
    },
    /// Send a draft back.
    Return {
        /// Which paper.
        paper: PaperId,
        /// Why.
        why: String,
    },
    /// Issue a notice of a penalty or of a hearing.
    Issue {
        /// Which paper.
        paper: PaperId,
        /// How it goes out.
        #[serde(default)]
        way: Way,
    },
    /// Decide by a paper; it goes out at once.
    Decide {
        /// Which paper.
        paper: PaperId,
        /// How it goes out.
        #[serde(default)]
        way: Way,
    },
    /// Take a decision back by a paper; it goes out at once.
    Annul {
        /// Which paper.
        paper: PaperId,
        /// How it goes out.
        #[serde(default)]
        way: Way,
    },
    /// A paper was served; sent by a policy that hears delivery. Another day of the same paper takes its place.
    Served {
        /// Which paper.
        paper: PaperId,
        /// How and when.
        service: Service,
    },
    /// What looked like service was none; sent by a policy that hears delivery.
    Unserved {
        /// Which paper.
        paper: PaperId,
    },
    /// State and defend.
    StateDefence {
        /// What the party says, sealed.
        statement: Kept,
        /// The salted commitment to it.
        commitment: Commitment,
        /// The demand to which it answers; none where it answers the notice of the penalty.
        #[serde(default)]
        answers: Option<PaperId>,
    },
    /// Give up expressly.
    WaiveDefence {
        /// To state and defend.
        #[serde(default)]
        defence: bool,
        /// To be heard.
        #[serde(default)]
        hearing: bool,
    },
    /// Ask for a hearing.
    AskHearing,
    /// The hearing was held.
    HoldHearing {
        /// When.
        on: Date,
    },
    /// The time to defend is over; sent by its own timer.
    CloseDefence,
    /// Ask for a document on paper too.
    AskPaper {
        /// Which.
        paper: PaperId,
    },
    /// The paper was sent.
    SendPaper {
        /// Which.
        paper: PaperId,
        /// The carrier's number.
        tracking_no: String,
    },
    /// Make a decision public.
    Publish {
        /// Which.
        paper: PaperId,
        /// Its number.
        number: String,
        /// To whom it is told.
        to: BTreeSet<String>,
    },
    /// A recipient took it back; sent by a policy that hears the propagation.
    CopyWithdrawn {
        /// Which.
        paper: PaperId,
        /// Who.
        recipient: String,
    },
    /// Copies should be gone; sent by its own timer.
    WithdrawalDue {
        /// Which.
        paper: PaperId,
    },
    /// Money came. The same reference again changes nothing.
    Pay {
        /// How much.
        amount_fen: i64,
        /// When.
        on: Date,
        /// The treasury's number of it.
        reference: String,
    },
    /// The last day of payment is over; sent by its own timer.
    PaymentDue,
    /// Announce a paper that cannot be served otherwise.
    AnnounceService {
        /// Which.
        paper: PaperId,
        /// What the public notice tells.
        notice: ServiceNotice,
    },
    /// Review or suit was filed.
    FileRedress {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
    },
    /// It ended.
    EndRedress {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
        /// With what.
        result: RedressResult,
    },
    /// The terms of redress are over; sent by its own timer.
    RedressDue,
    /// Extend the term to decide, once.
    Extend {
        /// Why.
        why: String,
    },
    /// The term to decide is over; sent by its own timer.
    DecisionDue,
    /// The proof of electronic service has its number; sent by a policy.
    Prove {
        /// Of which paper.
        paper: PaperId,
        /// Its number.
        number: String,
    },
    /// Ask a notary to preserve the package of a paper.
    AskPreservation {
        /// Which paper.
        paper: PaperId,
        /// The package's root hash.
        root: String,
        /// The package itself, sealed.
        kept: Kept,
    },
    /// The notary certified it.
    Preserve {
        /// The package.
        package: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// Close the case.
    Close {
        /// How.
        ending: Ending,
    },
}

/// A paper of a case.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// What it says.
    pub draft: Option<Draft>,
    /// Who stands for it.
    pub hands: Hands,
    /// When it was issued.
    pub issued: Option<Moment>,
    /// How it went out.
    pub way: Way,
    /// How and when it was served.
    pub served: Option<Service>,
    /// How often its service was recorded.
    pub rounds: u32,
    /// The terms that run from service.
    pub clocks: Vec<Run>,
    /// Until when the party could defend itself, where it was decided before.
    pub premature: Option<Moment>,
    /// By which paper it was taken back.
    pub annulled_by: Option<PaperId>,
    /// Whether it is wanted on paper and not sent yet.
    pub wanted_on_paper: bool,
    /// The number of the proof of electronic service.
    pub proof: Option<String>,
    /// The package that a notary was asked for.
    pub preservation: Option<Preservation>,
    /// The notary's certificate.
    pub certificate: Option<Certificate>,
    /// How often its service was announced.
    pub announced: u32,
    /// How often the party answered it.
    pub statements: u32,
}

impl Paper {
    /// Its sort.
    #[must_use]
    pub fn sort(&self) -> Option<Sort> {
        self.draft.as_ref().map(|draft| draft.sort)
    }

    /// The penalty that it names.
    #[must_use]
    pub fn sanction(&self) -> Option<&Sanction> {
        self.draft.as_ref().and_then(|draft| draft.sanction.as_ref())
    }

    /// The term of a kind that runs from its service.
    #[must_use]
    pub fn clock(&self, kind: Kind) -> Option<&Run> {
        self.clocks.iter().find(|run| run.kind == kind)
    }

    /// Whether it is issued and was not taken back.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.issued.is_some() && self.annulled_by.is_none()
    }
}

/// A package that a notary was asked to preserve.
#[derive(Clone, Debug)]
pub struct Preservation {
    /// Its number.
    pub package: String,
    /// Its root hash.
    pub root: String,
    /// The package itself, sealed.
    pub kept: Kept,
}

/// What was made public of a decision.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// To whom it was told.
    pub to: BTreeSet<String>,
    /// Who took it back since it was annulled.
    pub withdrawn: BTreeSet<String>,
    /// By when all must have.
    pub withdraw_by: Option<Run>,
    /// Whether that day passed in vain.
    pub overdue: bool,
}

impl Publication {
    /// Whether the decision was annulled and somebody still shows it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.withdraw_by.is_some() && !self.to.is_subset(&self.withdrawn)
    }
}

/// How far the defence has come, since the latest notice.
#[derive(Clone, Debug, Default)]
pub struct Defence {
    /// How often the party stated something.
    pub statements: u32,
    /// Whether it gave up stating and defending.
    pub waived: bool,
    /// Whether it gave up being heard.
    pub hearing_waived: bool,
    /// Whether its time is over.
    pub closed: bool,
    /// Whether it asked for a hearing.
    pub hearing_asked: bool,
    /// When the hearing was held.
    pub hearing_held: Option<Date>,
}

/// A customs penalty case (海关行政处罚案件).
#[derive(Clone, Debug, Default)]
pub struct Penalty {
    /// As what it was filed.
    pub filing: Option<Box<Filing>>,
    /// By when it must be decided.
    pub decide_by: Option<Run>,
    /// Whether that was extended.
    pub extended: bool,
    /// Whether that day passed in vain.
    pub decision_overdue: bool,
    /// On what ground it might be decided on the spot.
    pub on_the_spot: Option<String>,
    /// How often the address form was shown.
    pub captures: u32,
    /// How the consent stands.
    pub consent: Consent,
    /// Whether the inquiry is complete.
    pub inquiry_closed: bool,
    /// Its papers.
    pub papers: BTreeMap<PaperId, Paper>,
    /// The order in which papers came, the latest last.
    pub order: Vec<PaperId>,
    /// How far the defence has come.
    pub defence: Defence,
    /// What was made public.
    pub published: BTreeMap<PaperId, Publication>,
    /// What was paid, in fen.
    pub paid_fen: i64,
    /// The treasury's numbers of payments.
    pub references: BTreeSet<String>,
    /// Whether everything owed is paid.
    pub settled: bool,
    /// Whether the last day of payment passed in vain.
    pub overdue: bool,
    /// Until when the party was urged to perform.
    pub urged: Option<Run>,
    /// Reviews and suits.
    pub proceedings: Vec<Proceeding>,
    /// Whether the terms of redress are over.
    pub redress_over: bool,
    /// How it was closed.
    pub closed: Option<Ending>,
}

type Decided = Result<Vec<PenaltyEvent>, PenaltyError>;

impl Penalty {
    /// The filing, of a case that is there.
    pub(crate) fn filed(&self) -> Result<&Filing, PenaltyError> {
        self.filing.as_deref().ok_or(PenaltyError::Unknown)
    }

    /// The filing, of a case that is not closed.
    pub(crate) fn open(&self) -> Result<&Filing, PenaltyError> {
        let filing = self.filed()?;
        if self.closed.is_some() {
            Err(PenaltyError::WrongStage { why: "CLOSED" })
        } else {
            Ok(filing)
        }
    }

    /// The latest paper of a sort that fits.
    pub(crate) fn latest(
        &self,
        sort: Sort,
        fits: impl Fn(&Paper) -> bool,
    ) -> Option<(&PaperId, &Paper)> {
        let own = self.order.iter().rev().filter_map(|id| Some((id, self.papers.get(id)?)));
        own.into_iter().find(|(_, paper)| paper.sort() == Some(sort) && fits(paper))
    }

    /// The latest notice of a penalty that is issued.
    #[must_use]
    pub fn notice(&self) -> Option<(&PaperId, &Paper)> {
        self.latest(Sort::Notice, |paper| paper.issued.is_some())
    }

    /// The decision in force.
    #[must_use]
    pub fn decision(&self) -> Option<(&PaperId, &Paper)> {
        self.latest(Sort::Decision, Paper::stands)
    }

    /// The decision that has to be taken back, if there is one: it was premature, or a review or a court struck it.
    #[must_use]
    pub fn to_annul(&self) -> Option<&PaperId> {
        let (id, paper) = self.decision()?;
        let struck = self.proceedings.iter().any(|p| p.result == Some(RedressResult::Struck));
        (paper.premature.is_some() || struck).then_some(id)
    }

    /// The review or suit that is open.
    #[must_use]
    pub fn proceeding(&self) -> Option<&Proceeding> {
        self.proceedings.iter().find(|proceeding| proceeding.to.is_none())
    }

    /// Until when the party may still defend itself or ask to be heard; none where nothing runs any more.
    #[must_use]
    pub fn defence_until(&self) -> Option<(Kind, Moment)> {
        let (_, notice) = self.notice()?;
        let defence = notice.clock(Kind::Defence).filter(|_| !self.defence.waived);
        let hearing = notice
            .clock(Kind::HearingRequest)
            .filter(|_| !self.defence.hearing_waived && !self.defence.hearing_asked);
        defence.into_iter().chain(hearing).max_by_key(|run| run.at).map(|run| (run.kind, run.at))
    }

    /// What is open now, and what has been: true where it is open.
    #[must_use]
    pub fn marks(&self) -> BTreeMap<Mark, bool> {
        let mut marks = BTreeMap::new();
        if self.filing.is_none() {
            return marks;
        }
        let going = self.closed.is_none();
        let issued = |sort| self.latest(sort, |paper| paper.issued.is_some()).is_some();
        let under_way = self.papers.values().any(|paper| paper.stands() && paper.served.is_none());
        let drafts = self.papers.values().any(|paper| paper.issued.is_none());
        let notified = self.notice().is_some_and(|(_, notice)| notice.served.is_some());
        let decided = self.decision();
        let owes = decided.is_some_and(|(_, decision)| decision.served.is_some()) && !self.settled;
        let hearing = self.defence.hearing_asked;
        let (review, suit) = (Redress::Review, Redress::Suit);
        let filed = |way| self.proceedings.iter().any(|p| p.redress == way);
        let pending = |way| self.proceeding().is_some_and(|p| p.redress == way);
        let copies = self.published.values().any(Publication::is_open);
        let annulled = self.papers.values().any(|paper| paper.annulled_by.is_some());
        let all = [
            (Mark::Filed, true, false),
            (Mark::Capture, self.captures > 0, self.consent == Consent::Asked),
            (Mark::Investigation, true, !self.inquiry_closed),
            (Mark::LegalReview, !self.papers.is_empty(), drafts),
            (Mark::Notified, issued(Sort::Notice), issued(Sort::Notice) && !notified),
            (Mark::Defence, notified, notified && !self.defence.closed && decided.is_none()),
            (Mark::Hearing, hearing, hearing && self.defence.hearing_held.is_none()),
            (Mark::Decided, issued(Sort::Decision), false),
            (Mark::Service, self.papers.values().any(|p| p.issued.is_some()), under_way),
            (Mark::Performance, decided.is_some_and(|(_, d)| d.served.is_some()), owes),
            (Mark::Surcharge, self.overdue, self.overdue && owes && self.proceeding().is_none()),
            (Mark::Review, filed(review), pending(review)),
            (Mark::Suit, filed(suit), pending(suit)),
            (
                Mark::Annulment,
                annulled || self.to_annul().is_some(),
                copies || self.to_annul().is_some(),
            ),
            (Mark::Closed, !going, false),
        ];
        for (mark, there, open) in all {
            if there {
                marks.insert(mark, open && going);
            }
        }
        marks
    }

    fn file(&self, law: &PenaltyLaw, filing: Box<Filing>) -> Decided {
        if let Some(known) = &self.filing {
            return if *known == filing { Ok(Vec::new()) } else { Err(PenaltyError::Taken) };
        }
        if filing.cause.trim().is_empty() || filing.cause.chars().count() > TEXT_CHARS_MAX {
            return Err(PenaltyError::Field { key: "cause", why: "LENGTH" });
        }
        let decide_by = law.run(Kind::Decide, filing.on)?;
        let limits = law.spot_limits(filing.on)?;
        let on_the_spot = filing
            .expected
            .as_ref()
            .and_then(|expected| limits.allows(filing.party_kind, expected))
            .map(|limit| limit.source.clone());
        Ok(vec![PenaltyEvent::Filed { filing, decide_by, on_the_spot }])
    }

    fn start_capture(&self, cx: &Context, not_on_the_spot: Option<String>) -> Decided {
        let filing = self.open()?;
        officer(cx)?;
        if matches!(self.consent, Consent::InForce) {
            return Err(PenaltyError::WrongStage { why: "CONSENT_IN_FORCE" });
        }
        // LAW: the service is for cases that cannot be decided on the spot (通知 C1; 行政处罚法 art. 51).
        let not_on_the_spot = match (&self.on_the_spot, not_on_the_spot) {
            (None, _) => None,
            (Some(_), Some(why)) if !why.trim().is_empty() => Some(text("not_on_the_spot", why)?),
            (Some(ground), _) => return Err(PenaltyError::OnTheSpot { ground: ground.clone() }),
        };
        Ok(vec![PenaltyEvent::CaptureStarted {
            filing: Box::new(filing.clone()),
            round: self.captures.saturating_add(1),
            not_on_the_spot,
        }])
    }

    fn consent(&self, consent: Consent, form_no: Option<u32>) -> Decided {
        self.filed()?;
        match form_no {
            Some(form_no) if form_no > 1 && consent == Consent::InForce => {
                let mut events = vec![PenaltyEvent::AddressChanged { form_no }];
                if self.consent != consent {
                    events.push(PenaltyEvent::ConsentTurned { consent });
                }
                Ok(events)
            }
            _ if self.consent == consent => Ok(Vec::new()),
            _ => Ok(vec![PenaltyEvent::ConsentTurned { consent }]),
        }
    }

    fn extend(&self, law: &PenaltyLaw, why: String) -> Decided {
        self.open()?;
        let Some(run) = self.decide_by.as_ref().filter(|_| !self.extended) else {
            return Err(PenaltyError::WrongStage { why: "EXTENDED_ALREADY" });
        };
        let decide_by = law.extended(run, Kind::DecideExtension)?;
        Ok(vec![PenaltyEvent::Extended { decide_by, why: text("why", why)? }])
    }
}

/// The login of the officer who acts.
pub(crate) fn officer(cx: &Context) -> Result<&str, PenaltyError> {
    match &cx.actor {
        Actor::Officer { login, .. } => Ok(login),
        _ => Err(PenaltyError::NotAnOfficer),
    }
}

/// Whoever acts for the party is the party; the platform and officers record what it did on paper.
pub(crate) fn for_party(cx: &Context, filing: &Filing) -> Result<(), PenaltyError> {
    match &cx.actor {
        Actor::Party { party, .. } if *party != filing.party => Err(PenaltyError::NotTheParty),
        Actor::Public | Actor::Partner { .. } => Err(PenaltyError::NotTheParty),
        Actor::Party { .. } | Actor::Officer { .. } | Actor::System { .. } => Ok(()),
    }
}

/// A text that is there and not too long.
pub(crate) fn text(key: &'static str, text: String) -> Result<String, PenaltyError> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(PenaltyError::Field { key, why: "LENGTH" });
    }
    Ok(text)
}

impl Aggregate for Penalty {
    const KIND: &'static str = "penalty";
    type Key = CustomsCaseNo;
    type Command = PenaltyCommand;
    type Event = PenaltyEvent;
    type Error = PenaltyError;
    type World = PenaltyLaw;

    fn decide(&self, law: &PenaltyLaw, cx: &Context, command: PenaltyCommand) -> Decided {
        use PenaltyCommand as C;
        match command {
            C::File(filing) => self.file(law, filing),
            C::StartCapture { not_on_the_spot } => self.start_capture(cx, not_on_the_spot),
            C::Consent { consent, form_no } => self.consent(consent, form_no),
            C::CloseInquiry => {
                self.open()?;
                officer(cx)?;
                Ok(if self.inquiry_closed { vec![] } else { vec![PenaltyEvent::InquiryClosed] })
            }
            C::Draft(draft) => self.draft(cx, draft),
            C::Cosign { paper } => self.cosign(cx, paper),
            C::Review { paper } => self.review(cx, paper),
            C::Return { paper, why } => self.send_back(cx, paper, why),
            C::Issue { paper, way } => self.issue(law, cx, paper, way),
            C::Decide { paper, way } => self.decide_penalty(law, cx, paper, way),
            C::Annul { paper, way } => self.annul(law, cx, paper, way),
            C::Served { paper, service } => self.served(law, paper, service),
            C::Unserved { paper } => self.unserved(paper),
            C::AnnounceService { paper, notice } => self.announce_service(law, cx, paper, notice),
            C::Extend { why } => self.extend(law, why),
            C::DecisionDue => self.decision_due(),
            C::Prove { paper, number } => self.prove(paper, number),
            C::AskPreservation { paper, root, kept } => self.ask_preservation(paper, root, kept),
            C::Preserve { package, certificate } => self.preserve(package, certificate),
            C::StateDefence { .. }
            | C::WaiveDefence { .. }
            | C::AskHearing
            | C::HoldHearing { .. }
            | C::CloseDefence
            | C::AskPaper { .. }
            | C::SendPaper { .. } => self.decide_defence(law, cx, command),
            C::Publish { .. }
            | C::CopyWithdrawn { .. }
            | C::WithdrawalDue { .. }
            | C::Pay { .. }
            | C::PaymentDue
            | C::FileRedress { .. }
            | C::EndRedress { .. }
            | C::RedressDue
            | C::Close { .. } => self.decide_redress(law, cx, command),
        }
    }

    fn evolve(&mut self, event: &PenaltyEvent) {
        crate::evolve::penalty(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<PenaltyCommand>> {
        if self.closed.is_some() && self.redress_over {
            return Vec::new();
        }
        let named = |name: &str, at, command| Deadline { name: name.to_owned(), at, command };
        let decision = self.decision();
        let decide = self
            .decide_by
            .as_ref()
            .filter(|_| decision.is_none() && !self.decision_overdue && self.closed.is_none());
        let defence = self
            .notice()
            .and_then(|(_, notice)| notice.clocks.iter().map(|run| run.at).max())
            .filter(|_| !self.defence.closed && self.closed.is_none());
        let clock =
            |kind| decision.and_then(|(_, decision)| decision.clock(kind)).map(|run| run.at);
        let pay = clock(Kind::Pay).filter(|_| !self.settled && !self.overdue);
        let redress = clock(Kind::Review)
            .max(clock(Kind::Suit))
            .filter(|_| !self.redress_over && self.proceeding().is_none());
        let copies = self.published.iter().filter(|(_, copy)| copy.is_open() && !copy.overdue);
        let withdrawals = copies.filter_map(|(paper, copy)| {
            let at = copy.withdraw_by.as_ref()?.at;
            let command = PenaltyCommand::WithdrawalDue { paper: paper.clone() };
            Some(named(&format!("withdraw-{paper}"), at, command))
        });
        let single = [
            decide.map(|run| named("decide", run.at, PenaltyCommand::DecisionDue)),
            defence.map(|at| named("defence", at, PenaltyCommand::CloseDefence)),
            pay.map(|at| named("pay", at, PenaltyCommand::PaymentDue)),
            redress.map(|at| named("redress", at, PenaltyCommand::RedressDue)),
        ];
        single.into_iter().flatten().chain(withdrawals).collect()
    }
}

impl Penalty {
    fn decision_due(&self) -> Decided {
        let missed = self.filing.is_some()
            && self.closed.is_none()
            && !self.decision_overdue
            && self.decision().is_none();
        Ok(if missed { vec![PenaltyEvent::DecisionOverdue] } else { Vec::new() })
    }

    fn prove(&self, paper: PaperId, number: String) -> Decided {
        let known = self.paper(&paper)?;
        match &known.proof {
            Some(before) if *before == number => Ok(Vec::new()),
            // Where the day of service moved, a new proof takes the place of the old one.
            Some(_) | None => Ok(vec![PenaltyEvent::Proven { paper, number }]),
        }
    }

    fn ask_preservation(&self, paper: PaperId, root: String, kept: Kept) -> Decided {
        let known = self.paper(&paper)?;
        let package = known.proof.as_deref().and_then(penalty::package_no);
        let package = package.ok_or(PenaltyError::WrongStage { why: "NOT_PROVEN" })?;
        if known.preservation.as_ref().is_some_and(|asked| asked.root == root) {
            return Ok(Vec::new());
        }
        Ok(vec![PenaltyEvent::PreservationAsked { paper, package, root, kept }])
    }

    fn preserve(&self, package: String, certificate: Certificate) -> Decided {
        let asked =
            |paper: &&Paper| paper.preservation.as_ref().is_some_and(|p| p.package == package);
        let paper = self.papers.values().find(asked);
        let paper = paper.ok_or(PenaltyError::WrongStage { why: "NOT_ASKED" })?;
        match &paper.certificate {
            Some(before) if *before == certificate => Ok(Vec::new()),
            _ => Ok(vec![PenaltyEvent::Preserved { package, certificate }]),
        }
    }

    pub(crate) fn paper(&self, id: &PaperId) -> Result<&Paper, PenaltyError> {
        self.papers.get(id).ok_or_else(|| PenaltyError::NoSuchPaper(id.clone()))
    }

    /// The key of the address confirmation that was asked for last.
    #[must_use]
    pub fn confirmation(&self) -> Option<String> {
        let filing = self.filing.as_ref().filter(|_| self.captures > 0)?;
        Some(confirmation_key(filing.no.as_str(), self.captures))
    }
}
