//! Mandates given and held.

use crate::decide::mandate::{Mandate, MandateCommand};
use crate::error::IdentityError;
use crate::event::MandateEnd;
use crate::http::{Here, Ours, document, status_of};
use crate::model::{Acting, Grant, MandateKey, Scope};
use crate::pages;
use crate::queries;
use crate::service::{Identity, fault};
use crate::signin::{Signed, not_held, required};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use codes::{Date, Label};
use kernel::{CommandId, PartyKey};
use module::{Platform, Subject, clear};
use portal::{Failure, Frame, Posted};
use std::collections::BTreeMap;

/// The party that a session acts for, itself or under a mandate.
pub(crate) fn acting_party(signed: &Signed) -> Result<&PartyKey, Failure> {
    match &signed.acting {
        Some(Acting::Party(party) | Acting::Agent { party, .. }) => Ok(party),
        Some(Acting::Officer(_)) | None => Err(not_held()),
    }
}

fn mandate_subject(mandate: &MandateKey, parties: &[&PartyKey]) -> Subject {
    Subject {
        parties: parties.iter().map(ToString::to_string).collect(),
        ..Subject::new("Mandate", mandate.as_str())
    }
}

/// What the page of mandates shows.
#[derive(Debug, Default)]
pub(crate) struct Mandates {
    pub(crate) given: Vec<queries::MandateRow>,
    pub(crate) held: Vec<queries::MandateRow>,
    pub(crate) names: BTreeMap<PartyKey, String>,
    /// What a mandate can be given for, by id.
    pub(crate) services: Vec<(String, Label)>,
    pub(crate) now: codes::Moment,
}

async fn mandates(
    platform: &Platform,
    identity: &Identity,
    signed: &Signed,
) -> Result<Mandates, Failure> {
    let party = acting_party(signed)?;
    let on = mandate_subject(&MandateKey::new("all"), &[party]);
    clear(&*platform.gate, &signed.actor(), "identity.see_mandate", &on)?;
    let given = queries::mandates_given(&*platform.reader, party).await?;
    let held = match &signed.acting {
        Some(Acting::Party(own)) => queries::mandates_held(&*platform.reader, own).await?,
        _ => Vec::new(),
    };
    let mut names = BTreeMap::new();
    for row in given.iter().chain(&held) {
        for side in [&row.principal, &row.agent] {
            if !names.contains_key(side)
                && let Some(name) = identity.name(platform, side).await?
            {
                names.insert(side.clone(), name);
            }
        }
    }
    let services = identity.outside.organs.services();
    Ok(Mandates { given, held, names, services, now: platform.clock.now() })
}

pub(crate) async fn page(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let shown = mandates(&platform, &identity, signed).await?;
    Ok(pages::mandates(&frame, &shown, &Posted::default(), &Vec::new()).into_response())
}

pub(crate) async fn give(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    match given(&platform, &identity, signed, &posted).await {
        Ok(()) => Ok(Redirect::to("/identity/mandates").into_response()),
        Err((field, failure)) => {
            let status = status_of(&failure);
            let shown = mandates(&platform, &identity, signed).await?;
            let page = pages::mandates(&frame, &shown, &posted, &vec![(field, failure)]);
            Ok((status, page).into_response())
        }
    }
}

async fn given(
    platform: &Platform,
    identity: &Identity,
    signed: &Signed,
    posted: &Posted,
) -> Result<(), (&'static str, Failure)> {
    let at = |field| move |failure: Failure| (field, failure);
    let principal = acting_party(signed).map_err(at("id_number"))?.clone();
    let document = document(posted).map_err(at("id_number"))?;
    // A box that is not ticked is posted as an empty text, and must not turn a few services into all.
    let scope = if posted.ticked("whole").is_empty() {
        let named = posted.ticked("services").join(",");
        Scope::of_text(&named).unwrap_or(Scope::Services(Vec::new()))
    } else {
        Scope::All
    };
    let until = match posted.filled("until").map(str::parse::<Date>) {
        None => None,
        Some(Ok(day)) => Some(day),
        Some(Err(_)) => {
            let error = portal::RequestError::Form("until".to_owned());
            return Err(("until", error.into()));
        }
    };
    let agent = identity.keys().of(&document);
    let grant = Grant { principal: principal.clone(), agent, scope, until };
    let id = identity.id_of(posted).map_err(at("services"))?;
    // The same form sent again names the same mandate.
    let key = CommandId::derive(&[b"identity.mandate", id.bytes()]);
    let key = MandateKey::new(key.to_string());
    let on = mandate_subject(&key, &[&principal]);
    let by = clear(&*platform.gate, &signed.actor(), "identity.give_mandate", &on)
        .map_err(|denied| ("id_number", denied.into()))?;
    let commands = identity.atomic().then::<Mandate>(&key, &MandateCommand::Give(grant));
    let commands = commands.map_err(|error| ("services", fault(error)))?;
    let field = |failure: &Failure| match failure.fields.get("why").and_then(|why| why.as_str()) {
        Some("PAST") => "until",
        Some("NO_SERVICE") => "services",
        _ => "id_number",
    };
    let answer = identity.submit_as(platform, by, id, commands).await;
    answer.map(|_receipt| ()).map_err(|failure| (field(&failure), failure))
}

pub(crate) async fn end(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let party = acting_party(signed)?;
    let key = MandateKey::new(posted.get("mandate").unwrap_or_default());
    let row = queries::mandate(&*platform.reader, &key).await?;
    let row = row.ok_or(IdentityError::Unknown)?;
    let on = mandate_subject(&key, &[&row.principal, &row.agent]);
    let by = clear(&*platform.gate, &signed.actor(), "identity.end_mandate", &on)?;
    let cause = if row.principal == *party { MandateEnd::Revoked } else { MandateEnd::LaidDown };
    let commands =
        identity.atomic().then::<Mandate>(&key, &MandateCommand::End { cause }).map_err(fault)?;
    identity.submit_as(&platform, by, identity.id_of(&posted)?, commands).await?;
    Ok(Redirect::to("/identity/mandates").into_response())
}
