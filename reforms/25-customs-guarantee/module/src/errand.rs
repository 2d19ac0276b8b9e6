//! Outside work: rounds of the watch over the tables, messages to guarantors, what customs and the treasury tell.

use crate::exposure::{Exposure, ExposureCommand, ExposureEvent, RestoreCause, Stand};
use crate::filing::FilingEvent;
use crate::guarantee::{Guarantee, GuaranteeCommand, GuaranteeEvent};
use crate::guarantor::{Guarantor, GuarantorCommand};
use crate::importer::{Grade, Importer, ImporterCommand};
use crate::law::GuaranteeLaw;
use crate::letters::{self, StatementLine};
use crate::line::{Answer, Line, yuan};
use crate::model::{Enterprise, ExposureNo, GuaranteeNo, ImporterKey};
use crate::queries::{self, By, ExposureRow, ImporterRow, TextRow};
use crate::quota;
use crate::xml::Element;
use codes::{Date, Moment};
use delivery::{Notice, NoticeKey};
use guarantee::{Series, State, risk};
use kernel::{
    Atomic, Errand, ErrandError, ErrandId, Json, Origin, Reaction, Recorded, Shard, Unreadable,
};
use ledger::book::{StatementRow, queries as book};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// What errands and routes of guarantees need from outside.
#[derive(Clone)]
pub struct Tools {
    /// The law.
    pub law: Arc<GuaranteeLaw>,
    /// The tables.
    pub reader: Arc<dyn Reader>,
    /// The line to guarantors; none where they file on pages alone.
    pub line: Option<Arc<dyn Line>>,
    /// Who answers for a customs office, as it signs.
    pub offices: Offices,
    /// Gives the tokens of QR codes.
    pub entropy: Arc<dyn blobs::Entropy>,
    /// The tax system by its key in the exchange.
    pub tax_system: Option<String>,
    /// Where people reach us, without a slash at the end.
    pub portal: String,
}

/// The organ that answers for a customs office of four digits.
pub type Offices = Arc<dyn Fn(&str) -> Option<documents::Issuer> + Send + Sync>;

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools").field("law", &self.law).finish_non_exhaustive()
    }
}

/// Enterprises of one round.
const ENTERPRISES_MAX: u32 = 10_000;
/// Uses of an enterprise that are looked at.
const USES_MAX: u32 = 5_000;
/// Days of the mean.
const DAYS: i64 = 60;

/// A round of the watch (风险监测、对账).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Round {
    /// The office.
    pub office: String,
    /// Its shard.
    pub shard: Shard,
    /// Of which instant.
    pub at: Moment,
    /// Whether a day ended with it.
    pub day_ended: bool,
    /// The event that asked for it.
    pub origin: Origin,
}

impl Errand for Round {
    const KIND: &'static str = "guarantee.round";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let reader = &*tools.reader;
        let by = By::Office(self.office.clone());
        let texts = queries::texts_by(reader, &by, ENTERPRISES_MAX).await;
        let mut of: BTreeMap<String, Vec<TextRow>> = BTreeMap::new();
        for row in texts.map_err(ErrandError::later)? {
            of.entry(row.about.enterprise.uscc.clone()).or_default().push(row);
        }
        let barred: Vec<String> = queries::guarantors(reader)
            .await
            .map_err(ErrandError::later)?
            .into_iter()
            .filter(|row| row.barred.is_some())
            .map(|row| row.code)
            .collect();
        let mut reactions = Vec::new();
        for (uscc, texts) in &of {
            let uses = queries::bound(reader, &By::Uscc(uscc.clone()), USES_MAX).await;
            let uses = uses.map_err(ErrandError::later)?;
            let row = queries::importer_of(reader, uscc).await.map_err(ErrandError::later)?;
            if let Some(row) = row {
                reactions.extend(self.assess(&tools, &row, texts, &uses, &barred).await?);
            }
            reactions.extend(self.redate(&uses)?);
            if self.day_ended {
                for text in texts {
                    reactions.extend(self.statement(&tools, text).await?);
                }
            }
        }
        reactions.extend(self.free(reader).await?);
        Ok(reactions)
    }
}

impl Round {
    async fn assess(
        &self,
        tools: &Tools,
        row: &ImporterRow,
        texts: &[TextRow],
        uses: &[ExposureRow],
        barred: &[String],
    ) -> Result<Option<Reaction>, ErrandError> {
        let today = self.at.date();
        let (limits, soon_days) = tools.law.thresholds(today).map_err(ErrandError::never)?;
        let live: Vec<&TextRow> = texts.iter().filter(|text| text.state == State::Active).collect();
        let from = plus_days(today, -DAYS);
        let days = queries::days(&*tools.reader, &row.uscc, from).await;
        let days = days.map_err(ErrandError::later)?;
        let soon = plus_days(today, soon_days);
        let sum = |uses: &mut dyn Iterator<Item = &ExposureRow>| {
            uses.fold(0_i64, |sum, row| sum.saturating_add(row.amount_fen))
        };
        let bound = |row: &&ExposureRow| row.stand != Stand::Claimed;
        let uncovered =
            |row: &&ExposureRow| bound(row) && row.due_on <= soon && row.ordered_on.is_none();
        let series = Series {
            limit_fen: live.iter().fold(0, |sum, text| text.text.limit_fen.saturating_add(sum)),
            committed_fen: sum(&mut uses.iter().filter(bound)),
            uncovered_fen: sum(&mut uses.iter().filter(uncovered)),
            days_fen: filled(&days, today),
            today_fen: days.iter().find(|(day, _)| *day == today).map_or(0, |(_, fen)| *fen),
            new_goods: row.new_goods_on == Some(today),
            ends: live.iter().map(|text| text.text.valid_to).min(),
            last_due: uses.iter().map(|row| row.due_on).max(),
            overdue: row.overdue > 0,
            guarantor_barred: live
                .iter()
                .any(|text| barred.iter().any(|code| code == text.about.guarantor.as_str())),
        };
        let (level, reasons) = risk(&series, &limits);
        if level == row.level && reasons == row.reasons {
            return Ok(None);
        }
        let texts = live.iter().map(|text| text.about.no.clone()).collect();
        let command = ImporterCommand::Assess { level, reasons, texts };
        let key = ImporterKey::new(row.uscc.as_str());
        let group = Atomic::new(self.shard.clone()).then::<Importer>(&key, &command);
        Ok(Some(Reaction::Commands(group.map_err(ErrandError::never)?)))
    }

    /// Days that no notice settled when they were computed are computed again.
    fn redate(&self, uses: &[ExposureRow]) -> Result<Vec<Reaction>, ErrandError> {
        uses.iter()
            .filter(|row| row.provisional)
            .map(|row| {
                let key = ExposureNo::new(row.exposure.as_str());
                let group = Atomic::new(row.shard.clone())
                    .then::<Exposure>(&key, &ExposureCommand::Redate)
                    .map_err(ErrandError::never)?;
                Ok(Reaction::Commands(group))
            })
            .collect()
    }

    /// What moved a quota on the day that ended, with the balance after each movement.
    async fn statement(
        &self,
        tools: &Tools,
        text: &TextRow,
    ) -> Result<Option<Reaction>, ErrandError> {
        let day = plus_days(self.at.date(), -1);
        let key = quota::book_of(&text.about.no);
        let lines = book::statement(&*tools.reader, &key, quota::LIMIT, None, USES_MAX).await;
        let mut lines: Vec<StatementRow> = lines
            .map_err(ErrandError::later)?
            .into_iter()
            .filter(|line| line.at.date() == day)
            .collect();
        if lines.is_empty() {
            return Ok(None);
        }
        lines.reverse();
        let told: Vec<StatementLine> = lines.iter().map(line_of).collect();
        let balance = queries::balance(&*tools.reader, text.about.no.as_str()).await;
        let limit_fen = balance.map_err(ErrandError::later)?.limit_fen;
        let free_fen = told.last().map_or(0, |line| line.free_fen);
        let letter = letters::statement(&text.about, day, &told, free_fen, limit_fen);
        let notice = NoticeKey(format!("guarantee-statement-{}-{day}", text.about.no));
        let group = Atomic::new(self.shard.clone())
            .then::<Notice>(&notice, &letter.order(self.origin.clone()))
            .map_err(ErrandError::never)?;
        Ok(Some(Reaction::Commands(group)))
    }

    /// Guarantors stand no more for texts that are over and of which nothing is used.
    async fn free(&self, reader: &dyn Reader) -> Result<Vec<Reaction>, ErrandError> {
        let mut reactions = Vec::new();
        let over = queries::unfreed(reader, &self.office).await.map_err(ErrandError::later)?;
        for text in over {
            let no = &text.about.no;
            let balance = queries::balance(reader, no.as_str()).await;
            if balance.map_err(ErrandError::later)?.committed_fen() > 0 {
                continue;
            }
            let free = GuarantorCommand::Free { no: no.clone() };
            let group = Atomic::new(text.shard.clone())
                .then::<Guarantor>(&text.about.guarantor, &free)
                .map_err(ErrandError::never)?;
            reactions.push(Reaction::Commands(group));
        }
        Ok(reactions)
    }
}

/// A line of the ledger as a statement tells it.
pub(crate) fn line_of(row: &StatementRow) -> StatementLine {
    StatementLine {
        at: wall(row.at),
        what: if row.basis.reason.is_empty() {
            row.what.label().0.to_owned()
        } else {
            row.basis.reason.clone()
        },
        by_fen: row.posted_by.saturating_sub(row.reserved_by),
        free_fen: row.posted.saturating_sub(row.reserved),
    }
}

/// The time of day in Beijing.
fn wall(at: Moment) -> String {
    let time = at.wall().time();
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// A sum a day from the first day on which anything was held to yesterday, days without any as nothing.
fn filled(days: &[(Date, i64)], today: Date) -> Vec<i64> {
    let Some((first, _)) = days.first() else { return Vec::new() };
    let known: BTreeMap<Date, i64> = days.iter().copied().collect();
    let mut sums = Vec::new();
    let mut day = *first;
    while day < today {
        sums.push(known.get(&day).copied().unwrap_or_default());
        let next = plus_days(day, 1);
        if next == day {
            break;
        }
        day = next;
    }
    sums
}

/// So many days later; the same day at the end of the calendar.
pub(crate) fn plus_days(day: Date, n: i64) -> Date {
    let noon = Moment::start_of(day).plus_seconds(n.saturating_mul(86_400).saturating_add(43_200));
    noon.date()
}

/// What a guarantor is told (报文).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Its text is filed.
    Filed {
        /// The guarantor.
        guarantor: String,
        /// Its number.
        no: String,
        /// Under which number it was offered.
        filing: String,
    },
    /// Its text is not filed.
    NotFiled {
        /// The guarantor.
        guarantor: String,
        /// Under which number it was offered.
        text_no: String,
        /// Why.
        why: String,
    },
    /// A change is made.
    Changed {
        /// The guarantor.
        guarantor: String,
        /// Its message.
        message: String,
        /// Which version it is now.
        version: u32,
    },
    /// A change is not made.
    NotChanged {
        /// Its message.
        message: String,
        /// Why.
        why: String,
    },
    /// Its text is taken back.
    Withdrawn {
        /// The guarantor.
        guarantor: String,
    },
    /// Quota is taken (核扣).
    Deduct {
        /// The guarantor.
        guarantor: String,
        /// Of which text.
        no: String,
        /// How much.
        amount_fen: i64,
    },
    /// Quota is given back (返还).
    Return {
        /// Of which text.
        no: String,
        /// How much.
        amount_fen: i64,
    },
    /// A claim (索偿).
    Claim {
        /// The guarantor.
        guarantor: String,
        /// Of which text.
        no: String,
        /// Tax.
        amount_fen: i64,
        /// Late fee.
        late_fee_fen: i64,
        /// Until when a claim could be made.
        until: Date,
    },
}

impl Told {
    /// What a guarantor is told of an event.
    ///
    /// # Errors
    /// The event cannot be read.
    pub fn of(event: &Recorded) -> Result<Option<Self>, Unreadable> {
        Ok(match &*event.kind {
            "guarantee_filing" => match event.read()? {
                FilingEvent::Refused { offered, reason, .. } => Some(Self::NotFiled {
                    guarantor: offered.guarantor.0,
                    text_no: offered.text_no,
                    why: reason.zh,
                }),
                _ => None,
            },
            "guarantee" => match event.read()? {
                GuaranteeEvent::Filed { about, filing, .. } => Some(Self::Filed {
                    guarantor: about.guarantor.0,
                    no: about.no.0,
                    filing: filing.0,
                }),
                GuaranteeEvent::Changed { about, message, version, .. } => {
                    Some(Self::Changed { guarantor: about.guarantor.0, message, version })
                }
                GuaranteeEvent::ChangeRefused { message, reason } => {
                    Some(Self::NotChanged { message, why: reason })
                }
                GuaranteeEvent::Withdrawn { about, .. } => {
                    Some(Self::Withdrawn { guarantor: about.guarantor.0 })
                }
                _ => None,
            },
            _ => match &*event.shared::<ExposureEvent>()? {
                ExposureEvent::Held { request, .. } => {
                    request.about.as_ref().map(|about| Self::Deduct {
                        guarantor: about.guarantor.0.clone(),
                        no: about.no.0.clone(),
                        amount_fen: request.amount_fen,
                    })
                }
                ExposureEvent::Voided { no, amount_fen, .. }
                | ExposureEvent::Restored { no, amount_fen, .. } => {
                    Some(Self::Return { no: no.0.clone(), amount_fen: *amount_fen })
                }
                ExposureEvent::Claimed { request, amount_fen, late_fee_fen, until, .. } => {
                    request.about.as_ref().map(|about| Self::Claim {
                        guarantor: about.guarantor.0.clone(),
                        no: about.no.0.clone(),
                        amount_fen: *amount_fen,
                        late_fee_fen: *late_fee_fen,
                        until: *until,
                    })
                }
                _ => None,
            },
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Filed { .. } => "FILED",
            Self::NotFiled { .. } => "NOT_FILED",
            Self::Changed { .. } => "CHANGED",
            Self::NotChanged { .. } => "NOT_CHANGED",
            Self::Withdrawn { .. } => "WITHDRAWN",
            Self::Deduct { .. } => "DEDUCT",
            Self::Return { .. } => "RETURN",
            Self::Claim { .. } => "CLAIM",
        }
    }

    fn body(&self, about: &str) -> Element {
        let text = |name: &str, value: &str| Element::text(name, value);
        let sum = |name: &str, fen: i64| Element::text(name, yuan(fen));
        let parts = match self {
            Self::Filed { no, filing, .. } => vec![text("Filing", filing), text("GuaranteeNo", no)],
            Self::NotFiled { text_no, why, .. } => {
                vec![text("TextNo", text_no), text("Reason", why)]
            }
            Self::Changed { message, version, .. } => vec![
                text("GuaranteeNo", about),
                text("ReplyTo", message),
                text("Version", &version.to_string()),
            ],
            Self::NotChanged { message, why } => {
                vec![text("GuaranteeNo", about), text("ReplyTo", message), text("Reason", why)]
            }
            Self::Withdrawn { .. } => vec![text("GuaranteeNo", about)],
            Self::Deduct { no, amount_fen, .. } | Self::Return { no, amount_fen } => {
                vec![text("GuaranteeNo", no), text("Exposure", about), sum("Amount", *amount_fen)]
            }
            Self::Claim { no, amount_fen, late_fee_fen, until, .. } => vec![
                text("GuaranteeNo", no),
                text("Exposure", about),
                sum("Tax", *amount_fen),
                sum("LateFee", *late_fee_fen),
                text("ClaimUntil", &until.to_string()),
            ],
        };
        Element::of("Body", parts)
    }

    /// Whom it is for, where the message does not say it: the guarantor of the text.
    async fn guarantor(
        &self,
        about: &str,
        reader: &dyn Reader,
    ) -> Result<Option<String>, ErrandError> {
        let no = match self {
            Self::Filed { guarantor, .. }
            | Self::NotFiled { guarantor, .. }
            | Self::Changed { guarantor, .. }
            | Self::Withdrawn { guarantor }
            | Self::Deduct { guarantor, .. }
            | Self::Claim { guarantor, .. } => return Ok(Some(guarantor.clone())),
            Self::NotChanged { .. } => about,
            Self::Return { no, .. } => no.as_str(),
        };
        let row = queries::text_of(reader, no).await.map_err(ErrandError::later)?;
        Ok(row.map(|row| row.about.guarantor.0))
    }
}

/// Tells a guarantor over its line; sent again under the same id until it is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TellGuarantor {
    /// The text, use or filing.
    pub about: String,
    /// Its shard.
    pub shard: Shard,
    /// What.
    pub told: Told,
}

impl Errand for TellGuarantor {
    const KIND: &'static str = "guarantee.tell_guarantor";
    type Tools = Arc<Tools>;

    async fn run(&self, id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let Some(line) = &tools.line else { return Ok(Vec::new()) };
        let Some(guarantor) = self.told.guarantor(&self.about, &*tools.reader).await? else {
            return Ok(Vec::new());
        };
        if !line.reaches(&guarantor) {
            return Ok(Vec::new());
        }
        let body = self.told.body(&self.about);
        let sent = line.send(&guarantor, id.to_string(), self.told.kind(), body).await;
        match sent.map_err(ErrandError::later)? {
            Answer::Taken => Ok(Vec::new()),
            // A claim that is refused bars the guarantor; any other refusal is for a person to look at.
            Answer::Refused { why } if matches!(self.told, Told::Claim { .. }) => {
                let key = ExposureNo::new(self.about.as_str());
                let group = Atomic::new(self.shard.clone())
                    .then::<Exposure>(&key, &ExposureCommand::NoteRefusal { why })
                    .map_err(ErrandError::never)?;
                Ok(vec![Reaction::Commands(group)])
            }
            Answer::Refused { why } => Err(ErrandError::never(format!("NACK: {why}"))),
        }
    }
}

/// What customs, the tax system and the treasury tell, brought to its use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hear {
    /// The kind of the message.
    pub kind: String,
    /// The declaration or enterprise.
    pub about: String,
    /// When it was received.
    pub at: Moment,
    /// What it says, as its contract has it.
    pub facts: Json,
}

/// A declaration moved.
pub const DECLARATION_MOVED: &str = "guarantee.declaration_moved";
/// The tax of a declaration is assessed anew.
pub const TAX_ASSESSED: &str = "guarantee.tax_assessed";
/// Money was received, or is on its way.
pub const MONEY_RECEIVED: &str = "guarantee.money_received";
/// The grade of an enterprise.
pub const GRADE_CHANGED: &str = "guarantee.grade_changed";

#[derive(Deserialize)]
struct Moved {
    act: String,
}

#[derive(Deserialize)]
struct Assessed {
    amount_fen: i64,
}

#[derive(Deserialize)]
struct Money {
    state: String,
    #[serde(default)]
    by: String,
    on: Date,
    #[serde(default)]
    amount_fen: Option<i64>,
    reference: String,
}

#[derive(Deserialize)]
struct Graded {
    name: String,
    customs_reg_no: String,
    grade: String,
    as_of: Date,
}

impl Errand for Hear {
    const KIND: &'static str = "guarantee.hear";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        if self.kind == GRADE_CHANGED {
            return self.grade(&tools).await;
        }
        let row = queries::exposure_of(&*tools.reader, &self.about).await;
        // A message may overtake the hold that it belongs to: it is tried again.
        let row = row
            .map_err(ErrandError::later)?
            .ok_or_else(|| ErrandError::later("there is no such use yet"))?;
        let command = match self.kind.as_str() {
            DECLARATION_MOVED => match self.read::<Moved>()?.act.as_str() {
                "accepted" => ExposureCommand::Accept,
                "released" => ExposureCommand::Use,
                _ => ExposureCommand::Void,
            },
            TAX_ASSESSED => return self.assessed(&tools, &row).await,
            _ => {
                let money: Money = self.read()?;
                match (money.state.as_str(), money.by.as_str()) {
                    ("ordered", _) => ExposureCommand::NoteOrder,
                    (_, "guarantor") => {
                        ExposureCommand::Recover { on: money.on, reference: money.reference }
                    }
                    _ => ExposureCommand::Restore {
                        cause: RestoreCause::Paid,
                        on: money.on,
                        amount_fen: money.amount_fen,
                        reference: money.reference,
                        told_at: Some(self.at),
                    },
                }
            }
        };
        let key = ExposureNo::new(self.about.as_str());
        let group = Atomic::new(row.shard).then::<Exposure>(&key, &command);
        Ok(vec![Reaction::Commands(group.map_err(ErrandError::never)?)])
    }
}

impl Hear {
    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, ErrandError> {
        serde_json::from_value(self.facts.clone()).map_err(ErrandError::never)
    }

    /// Another amount: less always fits; more stands in one group with the ledger, or the difference is asked for.
    async fn assessed(
        &self,
        tools: &Tools,
        row: &ExposureRow,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let amount_fen = self.read::<Assessed>()?.amount_fen;
        let key = ExposureNo::new(self.about.as_str());
        let no = &row.request.guarantee;
        let free = queries::balance(&*tools.reader, no.as_str()).await;
        let available_fen = free.map_err(ErrandError::later)?.available_fen();
        let more = amount_fen.saturating_sub(row.amount_fen);
        let command = if more > available_fen && row.request.about.is_some() {
            ExposureCommand::NoteShort { wanted_fen: amount_fen, available_fen }
        } else {
            ExposureCommand::Adjust { amount_fen }
        };
        let group = Atomic::new(row.shard.clone()).then::<Exposure>(&key, &command);
        Ok(vec![Reaction::Commands(group.map_err(ErrandError::never)?)])
    }

    async fn grade(&self, tools: &Tools) -> Result<Vec<Reaction>, ErrandError> {
        let told: Graded = self.read()?;
        // 严重失信 counts as dishonest.
        let grade = match told.grade.as_str() {
            "seriously_dishonest" => Grade::Dishonest,
            word => Grade::of(word).unwrap_or_default(),
        };
        let row = queries::importer_of(&*tools.reader, &self.about).await;
        let row = row.map_err(ErrandError::later)?;
        // Who never used a guarantee here is not watched here.
        let Some(row) = row else { return Ok(Vec::new()) };
        let enterprise = Box::new(Enterprise {
            uscc: self.about.clone(),
            customs_reg_no: told.customs_reg_no,
            name: told.name,
            party: tools.law.party_of(&self.about),
        });
        let command = ImporterCommand::NoteGrade { enterprise, grade, as_of: told.as_of };
        let group = Atomic::new(row.shard)
            .then::<Importer>(&ImporterKey::new(self.about.as_str()), &command);
        Ok(vec![Reaction::Commands(group.map_err(ErrandError::never)?)])
    }
}

/// What the withdrawal of a text needs to stand or fall with: its limit goes back whole.
///
/// # Errors
/// The commands cannot be written as JSON.
pub fn withdrawal(
    shard: &Shard,
    text: &TextRow,
    reason: &str,
) -> Result<Atomic, serde_json::Error> {
    let no: &GuaranteeNo = &text.about.no;
    let command = GuaranteeCommand::Withdraw { reason: reason.to_owned() };
    let event = GuaranteeEvent::Withdrawn {
        about: Box::new(text.about.clone()),
        reason: reason.to_owned(),
        limit_fen: text.text.limit_fen,
        on: Date::ZERO,
    };
    let group = Atomic::new(shard.clone()).then::<Guarantee>(no, &command)?;
    match quota::limit_entry(&event) {
        Some(posting) => ledger::book::post(group, &quota::book_of(no), posting),
        None => Ok(group),
    }
}
