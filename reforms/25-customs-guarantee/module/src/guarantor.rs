//! Guarantors (担保人): who is accepted, up to which total, and who is barred (R9, R7).

use crate::error::GuaranteeError;
use crate::model::{FilingNo, GuaranteeNo, GuarantorCode};
use codes::{Date, Label};
use kernel::{Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Of what sort a guarantor is (担保人类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A bank (银行).
    Bank,
    /// A finance house that is no bank (非银行金融机构).
    FinanceHouse,
    /// A group's finance company (企业集团财务公司), approved by the customs of its seat.
    GroupFinance,
    /// An insurer (保险公司).
    Insurer,
}

impl Sort {
    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Bank => Label::new("银行", "bank"),
            Self::FinanceHouse => Label::new("非银行金融机构", "finance house"),
            Self::GroupFinance => Label::new("企业集团财务公司", "group finance company"),
            Self::Insurer => Label::new("保险公司", "insurer"),
        }
    }
}

/// What may be asked of a guarantor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuarantorCommand {
    /// Customs take it on the list, or agree on another cap.
    Register {
        /// Its name.
        name: String,
        /// Its sort.
        sort: Sort,
        /// Its unified code.
        uscc: String,
        /// Its party.
        party: PartyKey,
        /// Up to which total its texts may stand, in fen (约定上限).
        cap_fen: i64,
    },
    /// A text of it is to be filed: it stands for more; in one group with the acceptance.
    Commit {
        /// For which filing.
        filing: FilingNo,
        /// How much, in fen.
        amount_fen: i64,
    },
    /// The filing has a number now.
    Name {
        /// Which filing.
        filing: FilingNo,
        /// Its number.
        no: GuaranteeNo,
    },
    /// It stands for another sum by a text.
    Resize {
        /// Which text.
        no: GuaranteeNo,
        /// How much now, in fen.
        amount_fen: i64,
    },
    /// A text is over and nothing of it is used.
    Free {
        /// Which.
        no: GuaranteeNo,
    },
    /// It refused a claim, or broke the agreement: no more of its texts (停止受理).
    Bar {
        /// Why.
        why: String,
    },
    /// It may file again.
    Unbar {
        /// Why.
        why: String,
    },
}

/// What happened to a guarantor; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuarantorEvent {
    /// On the list.
    Registered {
        /// Its name.
        name: String,
        /// Its sort.
        sort: Sort,
        /// Its unified code.
        uscc: String,
        /// Its party.
        party: PartyKey,
        /// Its cap.
        cap_fen: i64,
    },
    /// It stands for more.
    Committed {
        /// For which filing.
        filing: FilingNo,
        /// How much.
        amount_fen: i64,
        /// In all now.
        outstanding_fen: i64,
    },
    /// A filing has a number.
    Named {
        /// Which filing.
        filing: FilingNo,
        /// Its number.
        no: GuaranteeNo,
    },
    /// It stands for another sum.
    Resized {
        /// By which text.
        no: GuaranteeNo,
        /// How much now.
        amount_fen: i64,
        /// In all now.
        outstanding_fen: i64,
    },
    /// Barred.
    Barred {
        /// Why.
        why: String,
        /// Its texts.
        texts: Vec<GuaranteeNo>,
        /// On which day.
        on: Date,
    },
    /// No longer barred.
    Unbarred {
        /// Why.
        why: String,
        /// Its texts.
        texts: Vec<GuaranteeNo>,
        /// On which day.
        on: Date,
    },
}

/// A guarantor (担保人).
#[derive(Clone, Debug, Default)]
pub struct Guarantor {
    /// Its name; none before it is on the list.
    pub name: Option<String>,
    /// Its cap.
    pub cap_fen: i64,
    /// Why it is barred.
    pub barred: Option<String>,
    /// Filings that have no number yet.
    filings: BTreeMap<FilingNo, i64>,
    /// What it stands for, by text.
    texts: BTreeMap<GuaranteeNo, i64>,
    /// Filings that were counted.
    counted: BTreeSet<FilingNo>,
    registered: Option<Box<GuarantorCommand>>,
}

impl Guarantor {
    /// What it stands for in all.
    #[must_use]
    pub fn outstanding_fen(&self) -> i64 {
        self.filings.values().chain(self.texts.values()).fold(0, |sum, fen| fen.saturating_add(sum))
    }

    fn may_stand_for(&self, more_fen: i64) -> Result<i64, GuaranteeError> {
        if self.name.is_none() {
            return Err(GuaranteeError::GuarantorUnknown);
        }
        if let Some(why) = &self.barred {
            return Err(GuaranteeError::GuarantorBarred { why: why.clone() });
        }
        let outstanding_fen = self.outstanding_fen();
        let next = outstanding_fen.saturating_add(more_fen);
        if next > self.cap_fen {
            return Err(GuaranteeError::CapExceeded { cap_fen: self.cap_fen, outstanding_fen });
        }
        Ok(next)
    }
}

impl Aggregate for Guarantor {
    const KIND: &'static str = "guarantor";
    type Key = GuarantorCode;
    type Command = GuarantorCommand;
    type Event = GuarantorEvent;
    type Error = GuaranteeError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: GuarantorCommand,
    ) -> Result<Vec<GuarantorEvent>, GuaranteeError> {
        use GuarantorCommand as C;
        use GuarantorEvent as E;
        let on = cx.now.date();
        let texts = || self.texts.keys().cloned().collect();
        Ok(match command {
            command @ C::Register { .. } if self.registered.as_deref() == Some(&command) => {
                Vec::new()
            }
            C::Register { name, sort, uscc, party, cap_fen } => {
                if cap_fen <= 0 || name.trim().is_empty() {
                    return Err(GuaranteeError::Field { key: "cap_fen", why: "not_positive" });
                }
                vec![E::Registered { name, sort, uscc, party, cap_fen }]
            }
            C::Commit { filing, .. } if self.counted.contains(&filing) => Vec::new(),
            C::Commit { filing, amount_fen } => {
                let outstanding_fen = self.may_stand_for(amount_fen)?;
                vec![E::Committed { filing, amount_fen, outstanding_fen }]
            }
            C::Name { filing, no } if self.filings.contains_key(&filing) => {
                vec![E::Named { filing, no }]
            }
            C::Name { .. } => Vec::new(),
            C::Resize { no, amount_fen } => {
                let was = self.texts.get(&no).copied().unwrap_or_default();
                if amount_fen == was {
                    return Ok(Vec::new());
                }
                let more = amount_fen - was;
                let outstanding_fen = if more > 0 {
                    self.may_stand_for(more)?
                } else {
                    self.outstanding_fen().saturating_add(more)
                };
                vec![E::Resized { no, amount_fen, outstanding_fen }]
            }
            C::Free { no } => match self.texts.get(&no) {
                Some(fen) => {
                    let outstanding_fen = self.outstanding_fen() - fen;
                    vec![E::Resized { no, amount_fen: 0, outstanding_fen }]
                }
                None => Vec::new(),
            },
            C::Bar { why } if self.barred.is_none() => {
                if why.trim().is_empty() {
                    return Err(GuaranteeError::Field { key: "why", why: "missing" });
                }
                vec![E::Barred { why, texts: texts(), on }]
            }
            C::Unbar { why } if self.barred.is_some() => {
                vec![E::Unbarred { why, texts: texts(), on }]
            }
            C::Bar { .. } | C::Unbar { .. } => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &GuarantorEvent) {
        use GuarantorEvent as E;
        match event {
            E::Registered { name, sort, uscc, party, cap_fen } => {
                (self.name, self.cap_fen) = (Some(name.clone()), *cap_fen);
                self.registered = Some(Box::new(GuarantorCommand::Register {
                    name: name.clone(),
                    sort: *sort,
                    uscc: uscc.clone(),
                    party: party.clone(),
                    cap_fen: *cap_fen,
                }));
            }
            E::Committed { filing, amount_fen, .. } => {
                self.counted.insert(filing.clone());
                self.filings.insert(filing.clone(), *amount_fen);
            }
            E::Named { filing, no } => {
                if let Some(fen) = self.filings.remove(filing) {
                    self.texts.insert(no.clone(), fen);
                }
            }
            E::Resized { no, amount_fen: 0, .. } => {
                self.texts.remove(no);
            }
            E::Resized { no, amount_fen, .. } => {
                self.texts.insert(no.clone(), *amount_fen);
            }
            E::Barred { why, .. } => self.barred = Some(why.clone()),
            E::Unbarred { .. } => self.barred = None,
        }
    }
}
