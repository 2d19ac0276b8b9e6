//! The export licence as customs uses it (出口许可证核扣核销): deducted by declarations, settled by clearance, in any order.
//!
//! ```text
//!  Issue ─► issued ─► Deduct ─► in use ─► Clear ─► … ─► exhausted
//!             │          └─► Cancel: quantity and use come back
//!             ├─► Expire        the day is over; what was declared in time still counts
//!             └─► Replace · HandBack · Revoke
//! ```

use crate::error::LeaseError;
use codes::{Date, HsCode, Label, Moment};
use export_licence::{ExportLicenceNo, Validity};
use kernel::{Aggregate, Context, Deadline, OrganKey, PartyKey};
use lease_export::IssuanceMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The key of a licence: its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenceNo(pub ExportLicenceNo);

impl fmt::Display for LicenceNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is licensed (许可内容).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The exporter's code.
    pub uscc: String,
    /// The exporter's name.
    pub exporter_name: String,
    /// The exporter as a party.
    pub party: PartyKey,
    /// The licence organ.
    pub organ: OrganKey,
    /// Its place.
    pub place: String,
    /// The commodity code.
    pub hs_code: HsCode,
    /// Brand and model.
    pub goods: String,
    /// The trade mode.
    pub trade_mode: String,
    /// Where the goods go, alpha-3.
    pub export_destination: String,
    /// The customs office, where the licence is tied to one (一关一证).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customs_office_code: Option<String>,
    /// How it is issued.
    pub mode: IssuanceMode,
    /// How often it may be used.
    pub uses_max: u32,
    /// How many vehicles.
    pub quantity: u32,
    /// When it is valid.
    pub validity: Validity,
    /// The licence that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<LicenceNo>,
}

/// What a declaration says (报关单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its number, 18 digits.
    pub declaration_no: String,
    /// The exporter's code.
    pub uscc: String,
    /// The commodity code.
    pub hs_code: HsCode,
    /// The trade mode.
    pub trade_mode: String,
    /// The customs office.
    pub customs_office_code: String,
    /// How many vehicles.
    pub quantity: u32,
    /// The day of declaration.
    pub declared_on: Date,
}

/// How a use stands (核销状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseState {
    /// Deducted (已核扣).
    Reserved,
    /// Cleared (已核销).
    Settled,
    /// Withdrawn (已撤销).
    Void,
}

/// A use of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Its number.
    pub use_no: u32,
    /// What was declared.
    pub declaration: Declaration,
    /// How it stands.
    pub state: UseState,
}

/// What overtook its deduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// The goods were released.
    Cleared {
        /// How many.
        quantity: u32,
        /// When.
        on: Date,
    },
    /// The declaration was withdrawn.
    Cancelled,
}

/// Why a licence is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Another takes its place (换证).
    Replaced {
        /// Which.
        by: LicenceNo,
    },
    /// The exporter hands it back (退证).
    HandedBack,
    /// Revoked or annulled (撤销、注销).
    Revoked {
        /// Law and article.
        ground: String,
    },
}

/// What may be asked of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LicenceCommand {
    /// Issue (发证).
    Issue(Box<Grant>),
    /// A declaration deducts (申报核扣).
    Deduct(Box<Declaration>),
    /// The goods are released (放行核销).
    Clear {
        /// The declaration.
        declaration_no: String,
        /// How many.
        quantity: u32,
        /// When.
        on: Date,
    },
    /// The declaration is withdrawn (撤单退关).
    Cancel {
        /// The declaration.
        declaration_no: String,
    },
    /// The day of validity is over; a timer.
    Expire,
    /// Close.
    Close(Closing),
}

/// What happened to a licence; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LicenceEvent {
    /// Issued.
    Issued(Box<Grant>),
    /// Deducted.
    UseReserved {
        /// The number of the use.
        use_no: u32,
        /// What was declared.
        declaration: Box<Declaration>,
    },
    /// Cleared.
    UseSettled {
        /// The number of the use.
        use_no: u32,
        /// The declaration.
        declaration_no: String,
        /// How many.
        quantity: u32,
        /// When.
        on: Date,
    },
    /// Withdrawn.
    UseVoided {
        /// The number of the use.
        use_no: u32,
        /// The declaration.
        declaration_no: String,
        /// How many came back.
        quantity: u32,
    },
    /// A message that overtook its deduction is kept.
    EarlyKept {
        /// The declaration.
        declaration_no: String,
        /// What it said.
        early: Early,
    },
    /// Nothing can be declared on it any more.
    Exhausted {
        /// What is left and cannot be used.
        unused: u32,
    },
    /// Its validity is over.
    Expired {
        /// What is left.
        unused: u32,
    },
    /// Closed.
    Closed {
        /// Why.
        closing: Closing,
        /// What is left.
        left: u32,
        /// The uses that are left.
        uses_left: u32,
        /// When.
        at: Moment,
    },
}

/// The licence (出口许可证).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportLicence {
    /// What is licensed; none before it is issued.
    pub grant: Option<Box<Grant>>,
    /// The uses by declaration.
    pub uses: BTreeMap<String, Use>,
    /// What overtook its deduction, by declaration.
    pub early: BTreeMap<String, Early>,
    /// Whether nothing can be declared any more.
    pub exhausted: bool,
    /// Whether the day is over.
    pub expired: bool,
    /// When and why it was closed.
    pub closed: Option<(Moment, Closing)>,
}

impl ExportLicence {
    fn granted(&self) -> Result<&Grant, LeaseError> {
        self.grant.as_deref().ok_or(LeaseError::Unknown { what: "licence" })
    }

    fn sum(&self, holds: impl Fn(UseState) -> bool) -> u32 {
        let of = self.uses.values().filter(|one| holds(one.state));
        of.fold(0_u32, |sum, one| sum.saturating_add(one.declaration.quantity))
    }

    fn count(&self, holds: impl Fn(UseState) -> bool) -> usize {
        self.uses.values().filter(|one| holds(one.state)).count()
    }

    /// What is not deducted.
    #[must_use]
    pub fn left(&self) -> u32 {
        let granted = self.grant.as_ref().map_or(0, |grant| grant.quantity);
        granted.saturating_sub(self.sum(|state| state != UseState::Void))
    }

    /// The uses that are left.
    #[must_use]
    pub fn uses_left(&self) -> u32 {
        let max = self.grant.as_ref().map_or(0, |grant| grant.uses_max);
        let used = self.count(|state| state != UseState::Void);
        max.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }

    /// How it stands, for people (证书状态).
    #[must_use]
    pub fn label(&self) -> Label {
        let left = self.left();
        match (&self.closed, &self.grant) {
            (Some((_, Closing::Replaced { by })), _) => {
                Label::new(format!("已换证为{by}"), format!("replaced by {by}"))
            }
            (Some((_, Closing::HandedBack)), _) => Label::new("已退证", "handed back"),
            (Some((_, Closing::Revoked { .. })), _) => Label::new("已撤销", "revoked"),
            (None, None) => Label::new("未发证", "not issued"),
            _ if self.exhausted && left > 0 => Label::new(
                format!("用完，剩余{left}辆需重新申领"),
                format!("used up; apply anew for the {left} that are left"),
            ),
            _ if self.exhausted => Label::new("用完", "used up"),
            _ if self.expired => Label::new("过期", "expired"),
            _ if self.uses.is_empty() => Label::new("已发证", "issued"),
            _ => Label::new("使用中", "in use"),
        }
    }

    fn issue(&self, grant: Box<Grant>) -> Result<Vec<LicenceEvent>, LeaseError> {
        if let Some(issued) = &self.grant {
            return if *issued == grant {
                Ok(Vec::new())
            } else {
                Err(LeaseError::IdReused { id: "licence".to_owned() })
            };
        }
        let field = |key| Err(LeaseError::Field { key, why: "NOT_POSITIVE" });
        if grant.quantity == 0 {
            return field("quantity");
        }
        if grant.uses_max == 0 {
            return field("uses_max");
        }
        Ok(vec![LicenceEvent::Issued(grant)])
    }

    fn deduct(&self, declaration: Box<Declaration>) -> Result<Vec<LicenceEvent>, LeaseError> {
        let grant = self.granted()?;
        let no = declaration.declaration_no.clone();
        if let Some(known) = self.uses.get(&no) {
            // The same message again is the first answer.
            return if known.declaration == *declaration {
                Ok(Vec::new())
            } else {
                Err(LeaseError::IdReused { id: no })
            };
        }
        if let Some((since, _)) = self.closed {
            return Err(LeaseError::Closed { since });
        }
        // The day of declaration counts, not the day on which the message comes.
        if declaration.declared_on < grant.validity.from {
            return Err(LeaseError::NotYetValid { from: grant.validity.from });
        }
        if declaration.declared_on > grant.validity.to {
            return Err(LeaseError::Expired { since: grant.validity.to });
        }
        matches(grant, &declaration)?;
        let use_no = u32::try_from(self.uses.len()).unwrap_or(u32::MAX).saturating_add(1);
        let early = self.early.get(&no).copied();
        let quantity = declaration.quantity;
        if let Some(Early::Cleared { quantity: cleared, .. }) = early
            && cleared != quantity
        {
            return Err(mismatch("quantity", &cleared, &quantity));
        }
        let mut events = vec![LicenceEvent::UseReserved { use_no, declaration }];
        match early {
            None => {}
            Some(Early::Cleared { on, .. }) => {
                events.push(LicenceEvent::UseSettled { use_no, declaration_no: no, quantity, on });
            }
            Some(Early::Cancelled) => {
                events.push(LicenceEvent::UseVoided { use_no, declaration_no: no, quantity });
            }
        }
        Ok(self.then_exhausted(events))
    }

    fn clear(
        &self,
        declaration_no: String,
        quantity: u32,
        on: Date,
    ) -> Result<Vec<LicenceEvent>, LeaseError> {
        self.granted()?;
        let Some(known) = self.uses.get(&declaration_no) else {
            return match self.early.get(&declaration_no) {
                None => {
                    let early = Early::Cleared { quantity, on };
                    Ok(vec![LicenceEvent::EarlyKept { declaration_no, early }])
                }
                Some(Early::Cleared { quantity: before, .. }) if *before == quantity => {
                    Ok(Vec::new())
                }
                Some(Early::Cleared { quantity: before, .. }) => {
                    Err(mismatch("quantity", before, &quantity))
                }
                Some(Early::Cancelled) => Err(LeaseError::Withdrawn),
            };
        };
        if known.declaration.quantity != quantity {
            return Err(mismatch("quantity", &known.declaration.quantity, &quantity));
        }
        match known.state {
            UseState::Settled => Ok(Vec::new()),
            UseState::Void => Err(LeaseError::Withdrawn),
            UseState::Reserved => {
                let use_no = known.use_no;
                let settled = LicenceEvent::UseSettled { use_no, declaration_no, quantity, on };
                Ok(self.then_exhausted(vec![settled]))
            }
        }
    }

    fn cancel(&self, declaration_no: String) -> Result<Vec<LicenceEvent>, LeaseError> {
        self.granted()?;
        match (self.uses.get(&declaration_no), self.early.get(&declaration_no)) {
            (Some(Use { state: UseState::Settled, .. }), _)
            | (None, Some(Early::Cleared { .. })) => Err(LeaseError::Released),
            (Some(Use { state: UseState::Void, .. }), _) | (None, Some(Early::Cancelled)) => {
                Ok(Vec::new())
            }
            (Some(Use { use_no, declaration, .. }), _) => Ok(vec![LicenceEvent::UseVoided {
                use_no: *use_no,
                quantity: declaration.quantity,
                declaration_no,
            }]),
            (None, None) => {
                let early = Early::Cancelled;
                Ok(vec![LicenceEvent::EarlyKept { declaration_no, early }])
            }
        }
    }

    /// Adds that nothing can be declared any more, where that follows from the events.
    fn then_exhausted(&self, mut events: Vec<LicenceEvent>) -> Vec<LicenceEvent> {
        let mut after = self.clone();
        events.iter().for_each(|event| after.evolve(event));
        let open = after.count(|state| state == UseState::Reserved);
        let unused = after.left();
        if !after.exhausted && open == 0 && (unused == 0 || after.uses_left() == 0) {
            events.push(LicenceEvent::Exhausted { unused });
        }
        events
    }

    fn close(&self, closing: Closing, now: Moment) -> Result<Vec<LicenceEvent>, LeaseError> {
        let grant = self.granted()?;
        match &self.closed {
            Some((_, before)) if *before == closing => return Ok(Vec::new()),
            Some((since, _)) => return Err(LeaseError::Closed { since: *since }),
            None => {}
        }
        let replaced = matches!(closing, Closing::Replaced { .. });
        if replaced && (self.expired || now.date() > grant.validity.to) {
            return Err(LeaseError::Expired { since: grant.validity.to });
        }
        let open = self.count(|state| state == UseState::Reserved);
        if replaced && open > 0 {
            return Err(LeaseError::StillOpen { open });
        }
        let (left, uses_left) = (self.left(), self.uses_left());
        Ok(vec![LicenceEvent::Closed { closing, left, uses_left, at: now }])
    }
}

fn mismatch(key: &'static str, licensed: &impl ToString, declared: &impl ToString) -> LeaseError {
    LeaseError::Mismatch { key, licensed: licensed.to_string(), declared: declared.to_string() }
}

/// Whether what is declared is what is licensed.
fn matches(grant: &Grant, declaration: &Declaration) -> Result<(), LeaseError> {
    let no = &declaration.declaration_no;
    if no.len() != 18 || !no.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(LeaseError::Field { key: "declaration_no", why: "SHAPE" });
    }
    if declaration.quantity == 0 {
        return Err(LeaseError::Field { key: "quantity", why: "NOT_POSITIVE" });
    }
    if grant.uscc != declaration.uscc {
        return Err(mismatch("uscc", &grant.uscc, &declaration.uscc));
    }
    if grant.hs_code != declaration.hs_code {
        return Err(mismatch("hs_code", &grant.hs_code, &declaration.hs_code));
    }
    if grant.trade_mode != declaration.trade_mode {
        return Err(mismatch("trade_mode", &grant.trade_mode, &declaration.trade_mode));
    }
    match &grant.customs_office_code {
        Some(office) if *office != declaration.customs_office_code => {
            Err(mismatch("customs_office_code", office, &declaration.customs_office_code))
        }
        _ => Ok(()),
    }
}

impl Aggregate for ExportLicence {
    const KIND: &'static str = "export_licence";
    type Key = LicenceNo;
    type Command = LicenceCommand;
    type Event = LicenceEvent;
    type Error = LeaseError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: LicenceCommand,
    ) -> Result<Vec<LicenceEvent>, LeaseError> {
        match command {
            LicenceCommand::Issue(grant) => self.issue(grant),
            LicenceCommand::Deduct(declaration) => self.deduct(declaration),
            LicenceCommand::Clear { declaration_no, quantity, on } => {
                self.clear(declaration_no, quantity, on)
            }
            LicenceCommand::Cancel { declaration_no } => self.cancel(declaration_no),
            LicenceCommand::Expire => {
                let grant = self.granted()?;
                if self.expired || cx.now < Moment::end_of(grant.validity.to) {
                    return Ok(Vec::new());
                }
                Ok(vec![LicenceEvent::Expired { unused: self.left() }])
            }
            LicenceCommand::Close(closing) => self.close(closing, cx.now),
        }
    }

    fn evolve(&mut self, event: &LicenceEvent) {
        match event {
            LicenceEvent::Issued(grant) => self.grant = Some(grant.clone()),
            LicenceEvent::UseReserved { use_no, declaration } => {
                self.early.remove(&declaration.declaration_no);
                let one = Use {
                    use_no: *use_no,
                    declaration: (**declaration).clone(),
                    state: UseState::Reserved,
                };
                self.uses.insert(declaration.declaration_no.clone(), one);
            }
            LicenceEvent::UseSettled { declaration_no, .. } => {
                self.mark(declaration_no, UseState::Settled);
            }
            LicenceEvent::UseVoided { declaration_no, .. } => {
                self.mark(declaration_no, UseState::Void);
                self.exhausted = false;
            }
            LicenceEvent::EarlyKept { declaration_no, early } => {
                self.early.insert(declaration_no.clone(), *early);
            }
            LicenceEvent::Exhausted { .. } => self.exhausted = true,
            LicenceEvent::Expired { .. } => self.expired = true,
            LicenceEvent::Closed { closing, at, .. } => {
                self.closed = Some((*at, closing.clone()));
            }
        }
    }

    fn deadlines(&self) -> Vec<Deadline<LicenceCommand>> {
        let Some(grant) = self.grant.as_deref().filter(|_| !self.expired) else {
            return Vec::new();
        };
        vec![Deadline {
            name: "expire".to_owned(),
            at: Moment::end_of(grant.validity.to),
            command: LicenceCommand::Expire,
        }]
    }
}

impl ExportLicence {
    fn mark(&mut self, declaration_no: &str, state: UseState) {
        if let Some(one) = self.uses.get_mut(declaration_no) {
            one.state = state;
        }
    }
}
