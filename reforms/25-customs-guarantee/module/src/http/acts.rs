//! What people do on the pages of guarantees: decide filings and changes, freeze, tell what happened to a use, claim.

use super::{Ours, filing_seen, hold::typed_fen, text_seen, use_seen};
use crate::errand::{Tools, withdrawal};
use crate::error::GuaranteeError;
use crate::exposure::{Exposure, ExposureCommand, RestoreCause};
use crate::filing::{Filing, FilingCommand};
use crate::guarantee::{Guarantee, GuaranteeCommand, claim_terms};
use crate::guarantor::{Guarantor, GuarantorCommand, Sort};
use crate::model::{ExposureNo, FilingNo, GuarantorCode};
use crate::queries::{self, ExposureRow, TextRow};
use crate::quota;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use codes::Date;
use kernel::{Aggregate, Atomic, CommandId, Shard};
use module::{Clearance, Platform, Who, clear};
use portal::{Failure, Path, Posted, RequestError};

/// A command id that follows from the thing, the version that the page showed and the act: a form sent twice acts once.
fn command_id(platform: &Platform, thing: &str, posted: &Posted, verb: &str) -> CommandId {
    let version = posted
        .expected_version()
        .map_or_else(|| platform.clock.now().us().to_be_bytes(), u64::to_be_bytes);
    let told = serde_json::to_vec(&posted.pairs).unwrap_or_default();
    CommandId::derive(&[b"guarantee", thing.as_bytes(), &version, verb.as_bytes(), &told])
}

fn fault(_unwritable: serde_json::Error) -> Failure {
    RequestError::Fault.into()
}

/// The first command holds only if the thing still stands as the page showed it.
fn first<A: Aggregate>(
    group: Atomic,
    key: &A::Key,
    posted: &Posted,
    command: &A::Command,
) -> Result<Atomic, Failure> {
    match posted.expected_version() {
        Some(version) => group.then_at::<A>(key, version, command).map_err(fault),
        None => group.then::<A>(key, command).map_err(fault),
    }
}

fn text_of(posted: &Posted, key: &'static str) -> Result<String, Failure> {
    let filled = posted.filled(key).map(str::to_owned);
    filled.ok_or_else(|| GuaranteeError::Field { key, why: "missing" }.into())
}

fn day_of(posted: &Posted, key: &'static str, today: Date) -> Result<Date, Failure> {
    match posted.filled(key) {
        Some(day) => {
            let wrong = |_shape| Failure::from(GuaranteeError::Field { key, why: "unreadable" });
            day.parse().map_err(wrong)
        }
        None => Ok(today),
    }
}

fn verb_of(posted: &Posted) -> (String, Option<String>) {
    let action = posted.action();
    action.map(|action| (action.verb, action.target)).unwrap_or_default()
}

async fn submit(
    platform: &Platform,
    by: Clearance,
    id: CommandId,
    group: Atomic,
    back: &str,
) -> Result<Response, Failure> {
    platform.commands.submit(by, id, group).await?;
    Ok(Redirect::to(back).into_response())
}

pub(super) async fn filing(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = filing_seen(&platform, &actor, "guarantee.decide", &key).await?;
    let (verb, _) = verb_of(&posted);
    let filing = FilingNo::new(key.as_str());
    let mut group = Atomic::new(row.shard.clone());
    match verb.as_str() {
        "accept" => {
            let accept = FilingCommand::Accept { token: token(&tools)? };
            group = first::<Filing>(group, &filing, &posted, &accept)?;
            // The cap is asked in the same group: above it nothing is filed (R9).
            let commit = GuarantorCommand::Commit {
                filing: filing.clone(),
                amount_fen: row.offered.limit_fen,
            };
            group = group.then::<Guarantor>(&row.offered.guarantor, &commit).map_err(fault)?;
        }
        "refuse" => {
            let reason = text_of(&posted, "reason")?;
            group = first::<Filing>(group, &filing, &posted, &FilingCommand::Refuse { reason })?;
        }
        _ => return Err(RequestError::NotFound.into()),
    }
    let id = command_id(&platform, &key, &posted, &verb);
    submit(&platform, by, id, group, "/guarantee/desk").await
}

/// 128 bits that nobody guesses.
fn token(tools: &Tools) -> Result<String, Failure> {
    let mut bytes = [0; 16];
    tools.entropy.fill(&mut bytes).map_err(|_drawn| RequestError::Fault)?;
    Ok(seals::base32(&bytes))
}

pub(super) async fn text(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = text_seen(&platform, &actor, "guarantee.decide", &no).await?;
    let (verb, target) = verb_of(&posted);
    let key = row.about.no.clone();
    let group = Atomic::new(row.shard.clone());
    let group = match (verb.as_str(), target) {
        ("freeze", _) => {
            let why = text_of(&posted, "why")?;
            let command = GuaranteeCommand::Freeze { by: "officer".to_owned(), why };
            first::<Guarantee>(group, &key, &posted, &command)?
        }
        ("unfreeze", target) => {
            let why = text_of(&posted, "why")?;
            let by = match target.as_deref() {
                Some("risk") => "risk",
                _ => "officer",
            };
            let command = GuaranteeCommand::Unfreeze { by: by.to_owned(), why };
            first::<Guarantee>(group, &key, &posted, &command)?
        }
        ("withdraw", _) => {
            withdrawal(&row.shard, &row, &text_of(&posted, "why")?).map_err(fault)?
        }
        ("change", Some(message)) => changed(&platform, &row, group, message).await?,
        ("refuse_change", Some(message)) => {
            let reason = text_of(&posted, "why")?;
            let command = GuaranteeCommand::RefuseChange { message, reason };
            first::<Guarantee>(group, &key, &posted, &command)?
        }
        _ => return Err(RequestError::NotFound.into()),
    };
    let id = command_id(&platform, &no, &posted, &verb);
    submit(&platform, by, id, group, &format!("/guarantee/texts/{no}")).await
}

/// A change stands or falls with the ledger and the guarantor's cap; what is committed is told where it is in the way.
pub(super) async fn changed(
    platform: &Platform,
    row: &TextRow,
    group: Atomic,
    message: String,
) -> Result<Atomic, Failure> {
    let no = &row.about.no;
    let changes = queries::changes(&*platform.reader, Some(no.as_str())).await?;
    let asked = changes.into_iter().find(|change| change.message == message);
    let asked = asked.ok_or(GuaranteeError::Unknown { what: "change" })?;
    let balance = queries::balance(&*platform.reader, no.as_str()).await?;
    row.decided()
        .may_change(&asked.change, balance.committed_fen())
        .map_err(GuaranteeError::from)?;
    let command = GuaranteeCommand::Change { message: message.clone() };
    let mut group = group.then::<Guarantee>(no, &command).map_err(fault)?;
    if let Some(limit_fen) = asked.change.limit_fen {
        let resize = GuarantorCommand::Resize { no: no.clone(), amount_fen: limit_fen };
        group = group.then::<Guarantor>(&row.about.guarantor, &resize).map_err(fault)?;
        let mut next = row.text.clone();
        next.change(&asked.change);
        let event = crate::guarantee::GuaranteeEvent::Changed {
            about: Box::new(row.about.clone()),
            message,
            version: 0,
            was_fen: row.text.limit_fen,
            text: Box::new(next),
            on: Date::ZERO,
        };
        if let Some(posting) = quota::limit_entry(&event) {
            group = ledger::book::post(group, &quota::book_of(no), posting).map_err(fault)?;
        }
    }
    Ok(group)
}

pub(super) async fn one_use(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(exposure): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (verb, _) = verb_of(&posted);
    // What a party does by itself is to take its declaration back; the rest officers tell or decide.
    let action = match verb.as_str() {
        "claim" | "recover" | "refused" => "guarantee.decide",
        _ => "guarantee.use",
    };
    let (row, by) = use_seen(&platform, &actor, action, &exposure).await?;
    let party = matches!(actor, kernel::Actor::Party { .. });
    if party && verb != "void" {
        return Err(GuaranteeError::PlatformOnly.into());
    }
    let today = platform.clock.now().date();
    let key = ExposureNo::new(exposure.as_str());
    let mut group = Atomic::new(row.shard.clone());
    let command = match verb.as_str() {
        "accept" => ExposureCommand::Accept,
        "use" => ExposureCommand::Use,
        "void" => ExposureCommand::Void,
        "order" => ExposureCommand::NoteOrder,
        "restore" => ExposureCommand::Restore {
            cause: RestoreCause::Paid,
            on: day_of(&posted, "on", today)?,
            amount_fen: posted.filled("amount").and_then(typed_fen),
            reference: text_of(&posted, "reference")?,
            told_at: None,
        },
        "close" => ExposureCommand::Restore {
            cause: RestoreCause::Closed,
            on: day_of(&posted, "on", today)?,
            amount_fen: None,
            reference: text_of(&posted, "reference")?,
            told_at: None,
        },
        "adjust" => return adjust(&platform, by, &row, &posted).await,
        "claim" => {
            let text = queries::text_of(&*platform.reader, row.request.guarantee.as_str()).await?;
            let text = text.ok_or(GuaranteeError::Unknown { what: "guarantee" })?;
            let terms = claim_terms(&text.text);
            let vouch = GuaranteeCommand::Vouch(terms);
            group = group.then::<Guarantee>(&text.about.no, &vouch).map_err(fault)?;
            ExposureCommand::Claim(terms)
        }
        "refused" => ExposureCommand::NoteRefusal { why: text_of(&posted, "why")? },
        "recover" => ExposureCommand::Recover {
            on: day_of(&posted, "on", today)?,
            reference: text_of(&posted, "reference")?,
        },
        _ => return Err(RequestError::NotFound.into()),
    };
    let group = first::<Exposure>(group, &key, &posted, &command)?;
    let id = command_id(&platform, &exposure, &posted, &verb);
    submit(&platform, by, id, group, &format!("/guarantee/uses/{exposure}")).await
}

/// Another amount: more stands or falls with what is free; where it falls the old amount stays and the difference is due.
async fn adjust(
    platform: &Platform,
    by: Clearance,
    row: &ExposureRow,
    posted: &Posted,
) -> Result<Response, Failure> {
    let wrong = GuaranteeError::Field { key: "amount", why: "unreadable" };
    let amount_fen = posted.filled("amount").and_then(typed_fen).ok_or(wrong)?;
    let key = ExposureNo::new(row.exposure.as_str());
    let no = row.request.guarantee.as_str();
    let free = queries::balance(&*platform.reader, no).await?.available_fen();
    let more = amount_fen.saturating_sub(row.amount_fen);
    let command = if more > free && row.request.about.is_some() {
        ExposureCommand::NoteShort { wanted_fen: amount_fen, available_fen: free }
    } else {
        ExposureCommand::Adjust { amount_fen }
    };
    let group = first::<Exposure>(Atomic::new(row.shard.clone()), &key, posted, &command)?;
    let id = command_id(platform, &row.exposure, posted, "adjust");
    submit(platform, by, id, group, &format!("/guarantee/uses/{}", row.exposure)).await
}

/// Customs keep the list of guarantors: taken on it, barred, no longer barred.
pub(super) async fn guarantors(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    posted: Posted,
) -> Result<Response, Failure> {
    let today = platform.clock.now().date();
    let on = super::of_desk(&tools, &actor, today)?;
    let by = clear(&*platform.gate, &actor, "guarantee.decide", &on)?;
    let code = text_of(&posted, "code")?;
    let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !plain || !(3..=12).contains(&code.len()) {
        return Err(GuaranteeError::Field { key: "code", why: "shape" }.into());
    }
    let row = queries::guarantor_of(&*platform.reader, &code).await?;
    let (verb, target) = verb_of(&posted);
    let command = match verb.as_str() {
        "register" => {
            let uscc = text_of(&posted, "uscc")?;
            let wrong = |key| GuaranteeError::Field { key, why: "unreadable" };
            uscc.parse::<codes::Uscc>().map_err(|_check| wrong("uscc"))?;
            let cap_fen = posted.filled("cap").and_then(typed_fen).ok_or(wrong("cap"))?;
            let sort = match target.as_deref() {
                Some("insurer") => Sort::Insurer,
                Some("group_finance") => Sort::GroupFinance,
                Some("finance_house") => Sort::FinanceHouse,
                _ => Sort::Bank,
            };
            let party = tools.law.party_of(&uscc);
            GuarantorCommand::Register {
                name: text_of(&posted, "name")?,
                sort,
                uscc,
                party,
                cap_fen,
            }
        }
        "bar" => GuarantorCommand::Bar { why: text_of(&posted, "why")? },
        "unbar" => GuarantorCommand::Unbar { why: text_of(&posted, "why")? },
        _ => return Err(RequestError::NotFound.into()),
    };
    let shard = home_of(&tools, &actor, today)?;
    // What another customs has on its list is not this one's to change.
    if row.is_some_and(|row| row.shard != shard) {
        return Err(GuaranteeError::IdReused { id: code }.into());
    }
    let group = Atomic::new(shard)
        .then::<Guarantor>(&GuarantorCode::new(code.as_str()), &command)
        .map_err(fault)?;
    let id = command_id(&platform, &code, &posted, &verb);
    submit(&platform, by, id, group, "/guarantee/desk").await
}

/// The shard of an officer's organ: that of the prefecture in which its customs office lies.
fn home_of(tools: &Tools, actor: &kernel::Actor, today: Date) -> Result<Shard, Failure> {
    let organ = actor.organ();
    let own =
        tools.law.offices(today).into_iter().filter_map(|office| (tools.offices)(&office.code));
    let mut own = own.filter(|issuer| Some(&issuer.organ) == organ);
    let issuer = own.next().ok_or(GuaranteeError::Unknown { what: "office" })?;
    Ok(shard_of(&issuer.place))
}

/// The shard of a place: its prefecture.
#[must_use]
pub(crate) fn shard_of(place: &str) -> Shard {
    let four: String = place.chars().take(4).collect();
    Shard::new(format!("{four}00"))
}
