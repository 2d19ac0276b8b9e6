//! An address confirmation: filled in by the party, signed, relied upon, changed, withdrawn.

use super::{
    AddressKind, AddressProof, Capture, ConfirmationCommand, ConfirmationEvent, ConfirmationKey,
    ConfirmedAddress, PartyAct, STATEMENT, Signature, Standing, TakenIn, Validity,
};
use crate::DeliveryError;
use crate::decide::text;
use crate::model::{Kept, NoticeKey};
use codes::{Date, Moment};
use kernel::{Actor, Aggregate, Context, Deadline, derive_id};
use seals::{Commitment, Digest};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most addresses of one confirmation.
const ADDRESSES_MAX: usize = 8;
/// Codes that one address may be sent, so that nobody pays for a flood.
const ROUNDS_MAX: u32 = 5;

/// What confirmations are decided by; the figures are defaults of reform 21 and may be set otherwise.
#[derive(Clone)]
pub struct ConfirmationRules {
    /// What tokens and codes follow from, so that nobody guesses one.
    pub secret: [u8; 32],
    /// Minutes in which a code comes back.
    pub code_minutes: u16,
    /// Tries that a code has.
    pub code_tries: u32,
    /// Seconds that the explanation lies open at the least.
    pub read_seconds: u32,
    /// Hours that the link is good.
    pub link_hours: u16,
}

impl ConfirmationRules {
    /// The defaults under a secret.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self { secret, code_minutes: 10, code_tries: 5, read_seconds: 15, link_hours: 2 }
    }

    /// The token of the party's link: 128 bits that follow from the secret alone; `form_no` is that of the form it fills in.
    #[must_use]
    pub fn token(&self, key: &ConfirmationKey, form_no: u32) -> String {
        let bits = derive_id(&[
            b"delivery.capture",
            &self.secret,
            key.0.as_bytes(),
            &form_no.to_be_bytes(),
        ]);
        data_encoding::BASE32_NOPAD.encode(&bits)
    }

    /// The code that goes to an address: six digits that follow from the secret.
    #[must_use]
    pub fn code(&self, key: &ConfirmationKey, no: u32, round: u32) -> String {
        let place = [no.to_be_bytes(), round.to_be_bytes()].concat();
        let bits = derive_id(&[b"delivery.code", &self.secret, key.0.as_bytes(), &place]);
        format!("{:06}", u128::from_be_bytes(bits) % 1_000_000)
    }
}

impl Default for ConfirmationRules {
    fn default() -> Self {
        Self::new([0; 32])
    }
}

impl fmt::Debug for ConfirmationRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfirmationRules")
            .field("code_minutes", &self.code_minutes)
            .field("read_seconds", &self.read_seconds)
            .finish_non_exhaustive()
    }
}

/// An address in the form.
#[derive(Clone, Debug)]
struct Draft {
    kind: AddressKind,
    value: Kept,
    commitment: Commitment,
    priority: u8,
    round: u32,
    until: Moment,
    left: u32,
    verified: Option<Moment>,
}

/// What the party has filled in so far.
#[derive(Clone, Debug, Default)]
struct Form {
    addresses: BTreeMap<u32, Draft>,
    scopes: BTreeSet<String>,
    reading: Option<Moment>,
    read: Option<TakenIn>,
    postal: Option<(Kept, Commitment)>,
    identified: bool,
}

/// What was signed.
#[derive(Clone, Debug)]
struct InForce {
    form_no: u32,
    addresses: Vec<ConfirmedAddress>,
    scopes: BTreeSet<String>,
    postal: Kept,
    until: Option<Date>,
}

/// An address confirmation (电子送达地址确认书).
#[derive(Debug, Default)]
pub struct Confirmation {
    capture: Option<Box<Capture>>,
    /// Until when the link is good; none where no form is open.
    open_until: Option<Moment>,
    form_no: u32,
    last_no: u32,
    form: Form,
    current: Option<InForce>,
    standing: Standing,
    since: Option<Moment>,
}

impl Aggregate for Confirmation {
    const KIND: &'static str = "address-confirmation";
    type Key = ConfirmationKey;
    type Command = ConfirmationCommand;
    type Event = ConfirmationEvent;
    type Error = DeliveryError;
    type World = ConfirmationRules;

    fn decide(
        &self,
        rules: &ConfirmationRules,
        cx: &Context,
        command: ConfirmationCommand,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if let ConfirmationCommand::Start(capture) = command {
            return self.start(rules, cx, capture);
        }
        let Some(capture) = &self.capture else {
            // LAW: 行政处罚法 (2021) art. 61(2): without the party's own confirmation nothing is served electronically.
            return Err(match command {
                ConfirmationCommand::Rely { .. } => DeliveryError::ConsentMissing { since: None },
                _ => DeliveryError::ConfirmationUnknown,
            });
        };
        match command {
            ConfirmationCommand::Start(_) => Err(DeliveryError::ConfirmationTaken),
            ConfirmationCommand::Party { token, act } => {
                let by = Hand { rules, cx, capture, own: self.own(rules, cx, capture, token)? };
                self.party(&by, act)
            }
            ConfirmationCommand::CheckIdentity { document } => self.identify(cx, &document),
            ConfirmationCommand::RecordRefusal { reason } => self.refuse(cx.now, &reason),
            ConfirmationCommand::Rely { notice, scope } => self.rely(cx.now, notice, scope),
            ConfirmationCommand::End { reason } => {
                let reason = text("reason", &reason)?;
                let ended = self.standing == Standing::Ended;
                let event = ConfirmationEvent::Ended { at: cx.now, reason };
                Ok(if ended { Vec::new() } else { vec![event] })
            }
            ConfirmationCommand::Lapse => {
                let over = self.open_until.is_some_and(|until| until <= cx.now);
                Ok(over.then_some(ConfirmationEvent::Lapsed { at: cx.now }).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &ConfirmationEvent) {
        self.apply(event);
    }

    fn deadlines(&self) -> Vec<Deadline<ConfirmationCommand>> {
        let lapse = |at| Deadline {
            name: format!("link-{}", self.form_no),
            at,
            command: ConfirmationCommand::Lapse,
        };
        self.open_until.map(lapse).into_iter().collect()
    }
}

/// Whose hand it is, and with what it is judged.
struct Hand<'a> {
    rules: &'a ConfirmationRules,
    cx: &'a Context,
    capture: &'a Capture,
    /// Signed in, or by the token alone.
    own: Own,
}

/// How the party is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    SignedIn,
    Token,
}

impl Confirmation {
    fn start(
        &self,
        rules: &ConfirmationRules,
        cx: &Context,
        capture: Box<Capture>,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        // Who said no, or let the link run out, may be asked again.
        let again = matches!(self.standing, Standing::Lapsed | Standing::Refused);
        if self.capture.is_some() && !again {
            return Err(DeliveryError::ConfirmationTaken);
        }
        if capture.scopes.is_empty() {
            return Err(DeliveryError::Unfinished { items: vec!["scopes"] });
        }
        let until = cx.now.plus_seconds(i64::from(rules.link_hours) * 3600);
        Ok(vec![ConfirmationEvent::Started { capture, until }])
    }

    /// The party itself, or whoever holds the link that was shown to it at the counter. Nobody else: not an officer either.
    fn own(
        &self,
        rules: &ConfirmationRules,
        cx: &Context,
        capture: &Capture,
        token: Option<String>,
    ) -> Result<Own, DeliveryError> {
        match (&cx.actor, token) {
            (Actor::Party { party, .. }, None) if *party == capture.party => Ok(Own::SignedIn),
            (Actor::Party { .. } | Actor::Public, Some(token)) => {
                let expected = rules.token(&capture.key, self.form_no);
                let known = seals::same(token.as_bytes(), expected.as_bytes());
                let good = self.open_until.is_some_and(|until| cx.now < until);
                match (known, good) {
                    (true, true) => Ok(Own::Token),
                    (true, false) => Err(DeliveryError::LinkOver),
                    (false, _) => Err(DeliveryError::NotTheRecipient),
                }
            }
            _ => Err(DeliveryError::NotTheRecipient),
        }
    }

    fn party(&self, by: &Hand<'_>, act: PartyAct) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let now = by.cx.now;
        match act {
            PartyAct::Withdraw => return self.withdraw(now),
            PartyAct::Change => return self.change(by),
            _ if self.open_until.is_none_or(|until| until <= now) => {
                return Err(DeliveryError::LinkOver);
            }
            _ => {}
        }
        match act {
            PartyAct::Open => Ok(vec![ConfirmationEvent::Opened { at: now }]),
            PartyAct::Propose { kind, value, commitment, priority } => {
                self.propose(by, kind, value, commitment, priority)
            }
            PartyAct::AskCode { no } => self.ask_code(by, no),
            PartyAct::Echo { no, code } => self.echo(by, no, &code),
            PartyAct::Drop { no } => {
                self.draft(no)?;
                Ok(vec![ConfirmationEvent::Dropped { no }])
            }
            PartyAct::Choose { scope } => self.choose(by.capture, scope),
            PartyAct::Unchoose { scope } => {
                let chosen = self.form.scopes.contains(&scope);
                let event = ConfirmationEvent::ScopeUnchosen { scope };
                Ok(chosen.then_some(event).into_iter().collect())
            }
            PartyAct::BeginReading => Ok(vec![ConfirmationEvent::ReadingBegun {
                at: now,
                statement: STATEMENT.to_owned(),
            }]),
            PartyAct::FinishReading { heard_seconds } => self.finish_reading(by, heard_seconds),
            PartyAct::Postal { value, commitment } => {
                Ok(vec![ConfirmationEvent::PostalGiven { value, commitment }])
            }
            PartyAct::Sign { scopes, signature, form } => self.sign(by, &scopes, signature, form),
            PartyAct::Refuse { reason } => self.refuse(now, &reason),
            PartyAct::Change | PartyAct::Withdraw => Ok(Vec::new()),
        }
    }

    fn draft(&self, no: u32) -> Result<&Draft, DeliveryError> {
        self.form.addresses.get(&no).ok_or(DeliveryError::AddressUnknown { no })
    }

    fn propose(
        &self,
        by: &Hand<'_>,
        kind: AddressKind,
        value: Kept,
        commitment: Commitment,
        priority: u8,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if self.form.addresses.len() >= ADDRESSES_MAX {
            return Err(DeliveryError::TextMissing { key: "addresses" });
        }
        let (no, now) = (self.last_no + 1, by.cx.now);
        let mut events = vec![ConfirmationEvent::Proposed {
            no,
            kind,
            value: value.clone(),
            commitment,
            priority,
        }];
        let proof = match (kind, by.own, self.form.identified) {
            (AddressKind::Account, Own::SignedIn, _) => Some(AddressProof::SignedIn),
            (AddressKind::Account, Own::Token, true) => Some(AddressProof::Identified),
            (AddressKind::Account, Own::Token, false) => {
                return Err(DeliveryError::IdentityUnchecked);
            }
            _ => None,
        };
        events.push(match proof {
            Some(proof) => ConfirmationEvent::Verified { no, at: now, proof },
            None => code_ordered(by, no, 1, (kind, value)),
        });
        Ok(events)
    }

    fn ask_code(&self, by: &Hand<'_>, no: u32) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let draft = self.draft(no)?;
        if draft.verified.is_some() {
            return Ok(Vec::new());
        }
        if draft.round >= ROUNDS_MAX {
            return Err(DeliveryError::CodeSpent { no });
        }
        let to = (draft.kind, draft.value.clone());
        Ok(vec![code_ordered(by, no, draft.round + 1, to)])
    }

    /// A wrong code is an event, so that tries are counted; the caller tells the party by it.
    fn echo(
        &self,
        by: &Hand<'_>,
        no: u32,
        code: &str,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let draft = self.draft(no)?;
        if draft.verified.is_some() {
            return Ok(Vec::new());
        }
        if by.cx.now > draft.until {
            return Err(DeliveryError::CodeExpired { no, since: draft.until });
        }
        if draft.left == 0 {
            return Err(DeliveryError::CodeSpent { no });
        }
        let expected = by.rules.code(&by.capture.key, no, draft.round);
        if !seals::same(code.trim().as_bytes(), expected.as_bytes()) {
            return Ok(vec![ConfirmationEvent::CodeMistyped { no, left: draft.left - 1 }]);
        }
        let proof = AddressProof::Echoed { round: draft.round };
        Ok(vec![ConfirmationEvent::Verified { no, at: by.cx.now, proof }])
    }

    fn choose(
        &self,
        capture: &Capture,
        scope: String,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if !capture.scopes.iter().any(|offered| offered.key == scope) {
            return Err(DeliveryError::ScopeNotChosen { scope: Some(scope) });
        }
        let fresh = !self.form.scopes.contains(&scope);
        Ok(fresh.then_some(ConfirmationEvent::ScopeChosen { scope }).into_iter().collect())
    }

    fn finish_reading(
        &self,
        by: &Hand<'_>,
        heard_seconds: Option<u32>,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let now = by.cx.now;
        let begun = self
            .form
            .reading
            .ok_or(DeliveryError::Unread { seconds_left: by.rules.read_seconds })?;
        // The clock of the platform decides, never that of the phone.
        let lay_open = u32::try_from((now.us() - begun.us()) / 1_000_000).unwrap_or(0);
        // Audio that is over sooner than one reads was not heard.
        let wanted = heard_seconds.unwrap_or_default().max(by.rules.read_seconds);
        if lay_open < wanted {
            return Err(DeliveryError::Unread { seconds_left: wanted - lay_open });
        }
        let how = match heard_seconds {
            Some(seconds) => TakenIn::Heard { seconds },
            None => TakenIn::Read { seconds: lay_open },
        };
        Ok(vec![ConfirmationEvent::ConsequenceRead { at: now, how }])
    }

    fn identify(
        &self,
        cx: &Context,
        document: &str,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if !matches!(cx.actor, Actor::Officer { .. }) {
            return Err(DeliveryError::NotTheRecipient);
        }
        if self.open_until.is_none() {
            return Err(DeliveryError::LinkOver);
        }
        let document = text("document", document)?;
        let event = ConfirmationEvent::IdentityChecked { document, at: cx.now };
        Ok((!self.form.identified).then_some(event).into_iter().collect())
    }

    /// What is missing before it can be signed, by the keys of the form.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let form = &self.form;
        [
            ("addresses", form.addresses.values().any(|draft| draft.verified.is_some())),
            ("scopes", !form.scopes.is_empty()),
            ("consequence", form.read.is_some()),
            ("postal_address", form.postal.is_some()),
        ]
        .into_iter()
        .filter_map(|(item, there)| (!there).then_some(item))
        .collect()
    }

    fn sign(
        &self,
        by: &Hand<'_>,
        scopes: &BTreeSet<String>,
        signature: Signature,
        form: Digest,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        // LAW: consent is the party's own act: a scope in the form that no tick of the party put there is no consent.
        if let Some(scope) = scopes.iter().find(|scope| !self.form.scopes.contains(*scope)) {
            return Err(DeliveryError::ScopeNotChosen { scope: Some(scope.clone()) });
        }
        if scopes.is_empty() {
            return Err(DeliveryError::ScopeNotChosen { scope: None });
        }
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(DeliveryError::Unfinished { items: missing });
        }
        if scopes != &self.form.scopes || self.form_digest() != Some(form) {
            return Err(DeliveryError::FormChanged);
        }
        if matches!(signature, Signature::Drawn { .. }) && !self.form.identified {
            return Err(DeliveryError::IdentityUnchecked);
        }
        let valid_until = match by.capture.validity {
            Validity::Matter => None,
            Validity::Until(day) => Some(day),
        };
        Ok(vec![ConfirmationEvent::Signed {
            form_no: self.form_no,
            form,
            signature,
            at: by.cx.now,
            valid_until,
        }])
    }

    /// The digest of the form as it stands (确认书摘要): SHA-256 of its canonical JSON, of commitments and never of values.
    #[must_use]
    pub fn form_digest(&self) -> Option<Digest> {
        let capture = self.capture.as_ref()?;
        let addresses: Vec<_> = self
            .verified()
            .map(|(no, draft)| {
                json!({"no": no, "kind": draft.kind, "commitment": draft.commitment, "priority": draft.priority})
            })
            .collect();
        let form = json!({
            "confirmation": capture.key, "form": self.form_no, "party": capture.party,
            "organ": capture.issuer.organ, "addresses": addresses, "scopes": self.form.scopes,
            "statement": STATEMENT, "read": self.form.read,
            "postal_address": self.form.postal.as_ref().map(|(_, commitment)| commitment),
            "validity": capture.validity,
        });
        seals::canonical_value(&form).ok().map(|bytes| Digest::sha256(&bytes))
    }

    fn verified(&self) -> impl Iterator<Item = (u32, &Draft)> {
        let good = self.form.addresses.iter().filter(|(_, draft)| draft.verified.is_some());
        good.map(|(no, draft)| (*no, draft))
    }

    fn refuse(&self, now: Moment, reason: &str) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if self.open_until.is_none() {
            return Err(DeliveryError::LinkOver);
        }
        let reason: String = reason.trim().chars().take(200).collect();
        Ok(vec![ConfirmationEvent::Refused { reason, at: now }])
    }

    fn change(&self, by: &Hand<'_>) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        if self.standing != Standing::InForce {
            return Err(DeliveryError::ConsentMissing { since: self.since });
        }
        let now = by.cx.now;
        if self.open_until.is_some_and(|until| now < until) {
            return Ok(Vec::new());
        }
        let until = now.plus_seconds(i64::from(by.rules.link_hours) * 3600);
        Ok(vec![ConfirmationEvent::ChangeBegun { at: now, until }])
    }

    fn withdraw(&self, now: Moment) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let in_force = self.standing == Standing::InForce;
        let event = ConfirmationEvent::Withdrawn { at: now };
        Ok(in_force.then_some(event).into_iter().collect())
    }

    fn rely(
        &self,
        now: Moment,
        notice: NoticeKey,
        scope: String,
    ) -> Result<Vec<ConfirmationEvent>, DeliveryError> {
        let missing = || DeliveryError::ConsentMissing { since: self.since };
        let current = self.current.as_ref().filter(|_| self.standing == Standing::InForce);
        let current = current.ok_or_else(missing)?;
        if current.until.is_some_and(|until| until < now.date()) || !current.scopes.contains(&scope)
        {
            return Err(missing());
        }
        Ok(vec![ConfirmationEvent::Relied {
            notice,
            scope,
            form_no: current.form_no,
            addresses: current.addresses.clone(),
            postal: current.postal.clone(),
            at: now,
        }])
    }

    fn apply(&mut self, event: &ConfirmationEvent) {
        match event {
            ConfirmationEvent::Started { capture, until } => {
                self.capture = Some(capture.clone());
                self.begin(*until);
                self.standing = Standing::Capturing;
                self.since = None;
            }
            ConfirmationEvent::Proposed { no, kind, value, commitment, priority } => {
                self.last_no = *no;
                let draft = Draft {
                    kind: *kind,
                    value: value.clone(),
                    commitment: *commitment,
                    priority: *priority,
                    round: 0,
                    until: Moment::default(),
                    left: 0,
                    verified: None,
                };
                self.form.addresses.insert(*no, draft);
            }
            ConfirmationEvent::CodeOrdered { no, round, until, tries, .. } => {
                if let Some(draft) = self.form.addresses.get_mut(no) {
                    (draft.round, draft.until, draft.left) = (*round, *until, *tries);
                }
            }
            ConfirmationEvent::CodeMistyped { no, left } => {
                if let Some(draft) = self.form.addresses.get_mut(no) {
                    draft.left = *left;
                }
            }
            ConfirmationEvent::Verified { no, at, .. } => {
                if let Some(draft) = self.form.addresses.get_mut(no) {
                    draft.verified = Some(*at);
                }
            }
            ConfirmationEvent::Dropped { no } => {
                self.form.addresses.remove(no);
            }
            ConfirmationEvent::ScopeChosen { scope } => {
                self.form.scopes.insert(scope.clone());
            }
            ConfirmationEvent::ScopeUnchosen { scope } => {
                self.form.scopes.remove(scope);
            }
            ConfirmationEvent::ReadingBegun { at, .. } => self.form.reading = Some(*at),
            ConfirmationEvent::ConsequenceRead { how, .. } => self.form.read = Some(*how),
            ConfirmationEvent::PostalGiven { value, commitment } => {
                self.form.postal = Some((value.clone(), *commitment));
            }
            ConfirmationEvent::IdentityChecked { .. } => self.form.identified = true,
            ConfirmationEvent::Signed { valid_until, at, .. } => self.signed(*at, *valid_until),
            ConfirmationEvent::ChangeBegun { until, .. } => self.begin(*until),
            ConfirmationEvent::Refused { at, .. } => self.closed(Standing::Refused, *at),
            ConfirmationEvent::Lapsed { at } => self.closed(Standing::Lapsed, *at),
            ConfirmationEvent::Withdrawn { at } => self.end(Standing::Withdrawn, *at),
            ConfirmationEvent::Ended { at, .. } => self.end(Standing::Ended, *at),
            ConfirmationEvent::Opened { .. } | ConfirmationEvent::Relied { .. } => {}
        }
    }

    fn begin(&mut self, until: Moment) {
        self.form_no += 1;
        self.form = Form::default();
        self.open_until = Some(until);
    }

    fn signed(&mut self, at: Moment, until: Option<Date>) {
        let mut addresses: Vec<(u8, ConfirmedAddress)> = self
            .verified()
            .map(|(no, draft)| {
                let address = ConfirmedAddress {
                    no,
                    kind: draft.kind,
                    value: draft.value.clone(),
                    commitment: draft.commitment,
                    confirmed_at: draft.verified.unwrap_or(at),
                };
                (draft.priority, address)
            })
            .collect();
        addresses.sort_by_key(|(priority, address)| (*priority, address.no));
        let Some((postal, _)) = self.form.postal.clone() else { return };
        self.current = Some(InForce {
            form_no: self.form_no,
            addresses: addresses.into_iter().map(|(_, address)| address).collect(),
            scopes: std::mem::take(&mut self.form.scopes),
            postal,
            until,
        });
        self.standing = Standing::InForce;
        self.since = Some(at);
        self.open_until = None;
    }

    /// A form that came to nothing; what was signed before it holds on.
    fn closed(&mut self, standing: Standing, at: Moment) {
        self.open_until = None;
        if self.current.is_none() || self.standing != Standing::InForce {
            self.standing = standing;
            self.since = Some(at);
        }
    }

    fn end(&mut self, standing: Standing, at: Moment) {
        self.open_until = None;
        self.standing = standing;
        self.since = Some(at);
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }
}

fn code_ordered(
    by: &Hand<'_>,
    no: u32,
    round: u32,
    (kind, value): (AddressKind, Kept),
) -> ConfirmationEvent {
    let at = by.cx.now;
    let until = at.plus_seconds(i64::from(by.rules.code_minutes) * 60);
    let tries = by.rules.code_tries;
    ConfirmationEvent::CodeOrdered { no, round, kind, value, at, until, tries }
}

/// An address in the form, as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct AddressShown {
    pub(crate) no: u32,
    pub(crate) kind: AddressKind,
    pub(crate) value: Kept,
    pub(crate) round: u32,
    pub(crate) verified: Option<Moment>,
}

impl Confirmation {
    /// The capture that was started.
    #[must_use]
    pub fn capture(&self) -> Option<&Capture> {
        self.capture.as_deref()
    }

    /// Which form is or was filled in, from 1.
    #[must_use]
    pub fn form_no(&self) -> u32 {
        self.form_no
    }

    /// Until when the form that is open may be filled in.
    #[must_use]
    pub fn open_until(&self) -> Option<Moment> {
        self.open_until
    }

    /// The sorts of documents that were signed for, where it is in force.
    #[must_use]
    pub fn scopes_in_force(&self) -> Option<&BTreeSet<String>> {
        self.current.as_ref().filter(|_| self.standing == Standing::InForce).map(|one| &one.scopes)
    }

    pub(crate) fn addresses_shown(&self) -> Vec<AddressShown> {
        let mut shown: Vec<(u8, AddressShown)> = self
            .form
            .addresses
            .iter()
            .map(|(no, draft)| {
                let (kind, value, round) = (draft.kind, draft.value.clone(), draft.round);
                (
                    draft.priority,
                    AddressShown { no: *no, kind, value, round, verified: draft.verified },
                )
            })
            .collect();
        shown.sort_by_key(|(priority, address)| (*priority, address.no));
        shown.into_iter().map(|(_, address)| address).collect()
    }

    pub(crate) fn addresses_in_force(&self) -> &[ConfirmedAddress] {
        self.current.as_ref().map_or(&[], |current| current.addresses.as_slice())
    }

    pub(crate) fn chosen(&self) -> &BTreeSet<String> {
        &self.form.scopes
    }

    pub(crate) fn reading(&self) -> (bool, bool) {
        (self.form.reading.is_some(), self.form.read.is_some())
    }

    pub(crate) fn postal(&self) -> Option<&Kept> {
        self.form.postal.as_ref().map(|(kept, _)| kept)
    }

    pub(crate) fn identified(&self) -> bool {
        self.form.identified
    }
}
