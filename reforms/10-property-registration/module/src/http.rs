//! Routes of real-estate registration: what is shared by those of people, of officers and of everybody.

pub(crate) mod inquiries;
pub(crate) mod office;
pub(crate) mod people;
pub(crate) mod public;

use crate::book;
use crate::errand::Tools;
use crate::error::PropertyError;
use crate::model::RegistrationKey;
use crate::queries::{self, RegistrationRow};
use axum::{Extension, Router};
use kernel::{Actor, Atomic, CommandId, PartyKey, Shard, derive_id};
use module::{Clearance, Denied, Platform, Subject, clear};
use portal::{Failure, RequestError};
use registers::Inspection;
use registers::inspection::{InspectionCommand, Look};
use serde::Serialize;
use std::sync::Arc;

pub(crate) type Ours = Extension<Arc<Tools>>;

pub(crate) fn router(tools: Arc<Tools>) -> Router<Platform> {
    Router::new()
        .merge(public::router())
        .merge(people::router())
        .merge(inquiries::router())
        .merge(office::router())
        .layer(Extension(tools))
}

/// The party that somebody acts for.
pub(crate) fn party_of(actor: &Actor) -> Result<&PartyKey, Failure> {
    match actor {
        Actor::Party { party, .. } => Ok(party),
        Actor::Public => Err(Denied::SignedOut.into()),
        Actor::System { .. } | Actor::Officer { .. } | Actor::Partner { .. } => {
            Err(PropertyError::NotEntitled.into())
        }
    }
}

/// A registration as the gate sees it.
pub(crate) fn subject(row: &RegistrationRow) -> Subject {
    let application = &row.application;
    Subject {
        organ: Some(application.office.organ.clone()),
        place: application.office.place.clone(),
        parties: application.applicants.iter().map(ToString::to_string).collect(),
        facts: vec![
            ("state", row.state.word().to_owned()),
            ("kind", application.kind.word().to_owned()),
        ],
        ..Subject::new("Registration", row.registration.0.as_str())
    }
}

/// Reports on codes as the gate sees them: those of the office that registers where the officer's organ is.
pub(crate) fn reports_of(tools: &Tools, actor: &Actor) -> Subject {
    let place = actor.organ().and_then(|organ| organ.as_str().split_once('-')?.0.parse().ok());
    let office = place.and_then(|place| (tools.outside.offices)(place));
    let organ = office.map(|office| office.organ);
    Subject { organ, ..Subject::new("PropertyScan", "list") }
}

/// A registration that somebody may do something with; who may not learns no more than who is not signed in.
pub(crate) async fn seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    key: String,
) -> Result<(RegistrationRow, Clearance), Failure> {
    let row = queries::registration(&*platform.reader, &RegistrationKey(key)).await?;
    let Some(row) = row else {
        clear(&*platform.gate, actor, action, &Subject::new("Registration", "unknown"))?;
        return Err(PropertyError::Unknown.into());
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    Ok((row, by))
}

/// Who opens the desk or a paper sees what is of the unit and of its holders: a look, recorded before anything is shown.
pub(crate) async fn looked(
    platform: &Platform,
    by: Clearance,
    row: &RegistrationRow,
    shown: &[&str],
) -> Result<(), Failure> {
    let now = platform.clock.now();
    let unit = row.application.unit;
    let record = book::record_of(unit);
    let home = registers::record::queries::record(&*platform.reader, &record).await?;
    let snapshot = book::now(&*platform.reader, unit, now).await?;
    let (Some(home), Some(snapshot)) = (home, snapshot) else { return Ok(()) };
    let look = Look {
        view: "officer".to_owned(),
        purpose: format!("登记审核 {}", row.registration),
        law: "不动产登记暂行条例第六条、第二十六条".to_owned(),
        fields: shown.iter().map(|field| (*field).to_owned()).collect(),
        holders: book::holders(&snapshot),
        valid: None,
        extract: None,
    };
    let group =
        Atomic::new(home.shard).then::<Inspection>(&record, &InspectionCommand::Inspect(look));
    let (at, what) = (now.us().to_be_bytes(), shown.join(" "));
    let seed = [row.registration.0.as_bytes(), b"look", what.as_bytes(), &at];
    submit(platform, by, group.map_err(fault)?, &seed).await
}

/// The shard of a place: its prefecture.
pub(crate) fn shard_of(division: codes::Division) -> Shard {
    let prefecture = division.prefecture().or_else(|| division.province()).unwrap_or(division);
    Shard::new(prefecture.to_string())
}

/// Submits a group under an id that follows from what it asks and from what the page showed: sent twice, it acts once.
pub(crate) async fn submit(
    platform: &Platform,
    by: Clearance,
    commands: Atomic,
    seed: &[&[u8]],
) -> Result<(), Failure> {
    let parts: Vec<&[u8]> =
        std::iter::once(b"property".as_slice()).chain(seed.iter().copied()).collect();
    let id = CommandId::from_bytes(derive_id(&parts));
    platform.commands.submit(by, id, commands).await.map(|_receipt| ()).map_err(Failure::from)
}

pub(crate) fn fault(_error: impl std::fmt::Display) -> Failure {
    RequestError::Fault.into()
}

/// What a command's id follows from.
pub(crate) fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(fault)
}
