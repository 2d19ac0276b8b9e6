//! The act of reserving a name (名称自主申报): judged by the law, then compared and kept by one command (E12).
//!
//! A name that is refused comes back on its card, at its field and at the head of the page, with everything as it was typed.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use cases::desk::stamped;
use cases::{Desk, Named, Naming, Visit, save_name};
use kernel::{Atomic, CommandId};
use module::{Platform, Who};
use portal::{Failure, Path, Posted};
use registers::claim::ClaimCommand;
use registers::{Claim, check_trade_name, claim_key};
use std::sync::Arc;

pub(crate) fn router(desk: Arc<Desk>) -> Router<Platform> {
    Router::new().route("/cases/{no}/name", post(reserve)).layer(Extension(desk))
}

/// Saves the card of the name, reserves the name that it gives, and goes back to the card.
async fn reserve(
    State(platform): State<Platform>,
    visit: Visit,
    who: Who,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let naming = match save_name(&visit, &no, &posted).await? {
        Named::Saved(naming) => naming,
        Named::Wrong(page) => return Ok(page),
    };
    match claim(&platform, &who, &naming, &posted).await {
        Ok(()) => Ok(Redirect::to(&naming.address()).into_response()),
        Err(failure) => naming.refused(&visit, &failure),
    }
}

/// Asks the registers for the name.
async fn claim(
    platform: &Platform,
    Who(actor): &Who,
    naming: &Naming,
    posted: &Posted,
) -> Result<(), Failure> {
    let loaded = naming.loaded();
    let by = loaded.permit(platform, actor, "case.fill", None)?;
    let trade_name = naming.part("trade_name");
    check_trade_name(trade_name)?;
    let plan = loaded.plan()?;
    let organ = plan.tasks.iter().find(|task| task.automatic).map(|task| task.organ.to_string());
    let command = ClaimCommand::Reserve {
        holder: loaded.case.no.to_string(),
        name: naming.title(),
        industry: naming.part("name_industry").to_owned(),
        prior: !plan.prior.is_empty(),
        exempt: Vec::new(),
    };
    let key = claim_key(&organ.unwrap_or_default(), trade_name);
    let commands = Atomic::new(loaded.shard.clone())
        .then::<Claim>(&key, &command)
        .map_err(|error| Failure::from(cases::DeskError::Unwritable(error.to_string())))?;
    // The form's own id is that of the save before it.
    let (id, _seen) = stamped(posted)?;
    let id = CommandId::derive(&[b"linkage.name", id.bytes(), key.0.as_bytes()]);
    platform.commands.submit(by, id, commands).await?;
    Ok(())
}
