//! Filings of guarantors (担保备案): what was offered, the decision, and the number that follows.

use crate::error::GuaranteeError;
use crate::law::{Clock, GuaranteeLaw};
use crate::model::{About, FilingNo, GuaranteeNo, Offered, SeriesKey};
use codes::{Date, Label};
use documents::Issuer;
use guarantee::Kind;
use kernel::{Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a filing stands (备案阶段).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filed {
    /// Nothing came.
    #[default]
    None,
    /// It came and is checked.
    Received,
    /// Filed.
    Accepted,
    /// Not accepted, with reasons.
    Refused,
}

impl Filed {
    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    /// The stage of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::None, Self::Received, Self::Accepted, Self::Refused]
            .into_iter()
            .find(|stage| stage.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::None => Label::new("无", "none"),
            Self::Received => Label::new("待审核", "to be decided"),
            Self::Accepted => Label::new("已备案", "filed"),
            Self::Refused => Label::new("不予接受", "not accepted"),
        }
    }
}

/// What may be asked of a filing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilingCommand {
    /// A guarantor's message came.
    Receive {
        /// The message.
        message: String,
        /// What is offered.
        offered: Box<Offered>,
        /// The guarantor's name.
        guarantor_name: String,
        /// The guarantor as a party.
        guarantor_party: PartyKey,
        /// Who decides.
        issuer: Issuer,
        /// Whether the enterprise is on the list of the dishonest that day.
        #[serde(default)]
        dishonest: bool,
    },
    /// Customs file it (准予备案).
    Accept {
        /// What opens the page that its QR code names, 128 bits.
        token: String,
    },
    /// Customs do not (不予接受).
    Refuse {
        /// Why.
        reason: String,
    },
}

/// What happened to a filing; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilingEvent {
    /// It came.
    Received {
        /// The message.
        message: String,
        /// What is offered.
        offered: Box<Offered>,
        /// The guarantor's name.
        guarantor_name: String,
        /// The guarantor as a party.
        guarantor_party: PartyKey,
        /// Who decides.
        issuer: Issuer,
        /// The last day to decide.
        decide_by: Date,
    },
    /// Filed: a number is to be allotted.
    Accepted {
        /// What is offered.
        offered: Box<Offered>,
        /// The guarantor's name.
        guarantor_name: String,
        /// The guarantor as a party.
        guarantor_party: PartyKey,
        /// Who decided.
        issuer: Issuer,
        /// What opens the page that its QR code names.
        token: String,
        /// On which day.
        on: Date,
    },
    /// Not accepted.
    Refused {
        /// What was offered.
        offered: Box<Offered>,
        /// The guarantor's name.
        guarantor_name: String,
        /// The guarantor as a party.
        guarantor_party: PartyKey,
        /// Who decided.
        issuer: Issuer,
        /// Why.
        reason: Label,
        /// On which day.
        on: Date,
    },
}

/// A filing (备案申请).
#[derive(Clone, Debug, Default)]
pub struct Filing {
    /// How it stands.
    pub stage: Filed,
    /// What came.
    came: Option<Box<Came>>,
}

#[derive(Clone, Debug)]
struct Came {
    offered: Box<Offered>,
    guarantor_name: String,
    guarantor_party: PartyKey,
    issuer: Issuer,
}

impl Filing {
    fn came(&self) -> Result<&Came, GuaranteeError> {
        self.came.as_deref().ok_or(GuaranteeError::Unknown { what: "filing" })
    }

    fn open(&self) -> Result<&Came, GuaranteeError> {
        match self.stage {
            Filed::Received => self.came(),
            Filed::None => Err(GuaranteeError::Unknown { what: "filing" }),
            stage => Err(GuaranteeError::WrongStage { state: stage.word() }),
        }
    }

    fn refused(came: &Came, reason: Label, on: Date) -> FilingEvent {
        FilingEvent::Refused {
            offered: came.offered.clone(),
            guarantor_name: came.guarantor_name.clone(),
            guarantor_party: came.guarantor_party.clone(),
            issuer: came.issuer.clone(),
            reason,
            on,
        }
    }
}

/// What is wrong with an offer by itself, in the order in which it is told.
fn flaw(offered: &Offered, today: Date, dishonest: bool) -> Option<Label> {
    let home = &offered.home_office;
    let flaws = [
        (
            dishonest && offered.kind != Kind::Deposit,
            "失信企业只能提供保证金担保",
            "a dishonest enterprise gives cash deposits only",
        ),
        (offered.limit_fen <= 0, "担保额度应大于零", "the limit must be above nothing"),
        (
            offered.valid_from > offered.valid_to || offered.valid_to < today,
            "担保期间无效",
            "the period is none",
        ),
        (!offered.joint_liability, "担保人未承担连带责任", "the guarantor is not jointly liable"),
        (
            !offered.beneficiaries.serves(home),
            "受益海关未包括企业所在地海关",
            "the customs of the seat are no beneficiary",
        ),
        (offered.covers.0.is_empty(), "未列明适用事项", "no matter is named"),
    ];
    flaws.into_iter().find(|(holds, ..)| *holds).map(|(_, zh, en)| Label::new(zh, en))
}

impl Aggregate for Filing {
    const KIND: &'static str = "guarantee_filing";
    type Key = FilingNo;
    type Command = FilingCommand;
    type Event = FilingEvent;
    type Error = GuaranteeError;
    type World = GuaranteeLaw;

    fn decide(
        &self,
        law: &GuaranteeLaw,
        cx: &Context,
        command: FilingCommand,
    ) -> Result<Vec<FilingEvent>, GuaranteeError> {
        let on = cx.now.date();
        match command {
            FilingCommand::Receive {
                message,
                offered,
                guarantor_name,
                guarantor_party,
                issuer,
                dishonest,
            } => {
                if let Some(came) = &self.came {
                    return if came.offered == offered {
                        Ok(Vec::new())
                    } else {
                        Err(GuaranteeError::IdReused { id: offered.text_no.clone() })
                    };
                }
                let decide_by = law.due(Clock::File, cx.now)?.date;
                let flaw = flaw(&offered, on, dishonest);
                let came = Came {
                    offered: offered.clone(),
                    guarantor_name: guarantor_name.clone(),
                    guarantor_party: guarantor_party.clone(),
                    issuer: issuer.clone(),
                };
                let mut events = vec![FilingEvent::Received {
                    message,
                    offered,
                    guarantor_name,
                    guarantor_party,
                    issuer,
                    decide_by,
                }];
                events.extend(flaw.map(|reason| Self::refused(&came, reason, on)));
                Ok(events)
            }
            FilingCommand::Accept { token } => {
                if self.stage == Filed::Accepted {
                    return Ok(Vec::new());
                }
                let came = self.open()?;
                if token.chars().count() < 26 {
                    return Err(GuaranteeError::Field { key: "token", why: "too_short" });
                }
                Ok(vec![FilingEvent::Accepted {
                    offered: came.offered.clone(),
                    guarantor_name: came.guarantor_name.clone(),
                    guarantor_party: came.guarantor_party.clone(),
                    issuer: came.issuer.clone(),
                    token,
                    on,
                }])
            }
            FilingCommand::Refuse { reason } => {
                let came = self.open()?;
                if reason.trim().is_empty() {
                    return Err(GuaranteeError::Field { key: "reason", why: "missing" });
                }
                Ok(vec![Self::refused(came, Label::new(reason.clone(), reason), on)])
            }
        }
    }

    fn evolve(&mut self, event: &FilingEvent) {
        match event {
            FilingEvent::Received { offered, guarantor_name, guarantor_party, issuer, .. } => {
                self.stage = Filed::Received;
                self.came = Some(Box::new(Came {
                    offered: offered.clone(),
                    guarantor_name: guarantor_name.clone(),
                    guarantor_party: guarantor_party.clone(),
                    issuer: issuer.clone(),
                }));
            }
            FilingEvent::Accepted { .. } => self.stage = Filed::Accepted,
            FilingEvent::Refused { .. } => self.stage = Filed::Refused,
        }
    }
}

/// What may be asked of the numbers of an office and year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesCommand {
    /// The next number, for a filing (编号).
    Allot {
        /// For which.
        filing: FilingNo,
        /// What was offered.
        offered: Box<Offered>,
        /// The guarantor's name.
        guarantor_name: String,
        /// The guarantor as a party.
        guarantor_party: PartyKey,
        /// Who decided.
        issuer: Issuer,
        /// What opens the page that its QR code names.
        token: String,
    },
}

/// What happened to the numbers; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesEvent {
    /// Allotted.
    Allotted {
        /// For which filing.
        filing: FilingNo,
        /// The serial.
        serial: u32,
        /// About the text that has it.
        about: Box<About>,
        /// What was offered.
        offered: Box<Offered>,
        /// What opens the page that its QR code names.
        token: String,
    },
}

/// The numbers of an office and year (备案编号簿): no gap, none twice.
#[derive(Clone, Debug, Default)]
pub struct Series {
    last: u32,
    of: BTreeMap<FilingNo, u32>,
}

impl Aggregate for Series {
    const KIND: &'static str = "guarantee_series";
    type Key = SeriesKey;
    type Command = SeriesCommand;
    type Event = SeriesEvent;
    type Error = GuaranteeError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: SeriesCommand,
    ) -> Result<Vec<SeriesEvent>, GuaranteeError> {
        let SeriesCommand::Allot {
            filing,
            offered,
            guarantor_name,
            guarantor_party,
            issuer,
            token,
        } = command;
        if self.of.contains_key(&filing) {
            return Ok(Vec::new());
        }
        let serial = self.last.saturating_add(1);
        let series = series_of(&offered.home_office, cx.now.date());
        let about = Box::new(About {
            no: GuaranteeNo(format!("{series}-{serial:07}")),
            enterprise: offered.enterprise.clone(),
            guarantor: offered.guarantor.clone(),
            guarantor_name,
            guarantor_party,
            home_office: offered.home_office.clone(),
            issuer,
        });
        Ok(vec![SeriesEvent::Allotted { filing, serial, about, offered, token }])
    }

    fn evolve(&mut self, event: &SeriesEvent) {
        let SeriesEvent::Allotted { filing, serial, .. } = event;
        self.last = *serial;
        self.of.insert(filing.clone(), *serial);
    }
}

/// The numbers to which a filing of a day belongs: office and two digits of the year.
#[must_use]
pub fn series_of(office: &str, on: Date) -> SeriesKey {
    SeriesKey(format!("{office}-{:02}", on.year().rem_euclid(100)))
}
