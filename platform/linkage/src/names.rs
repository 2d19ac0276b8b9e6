//! The act of reserving a name (名称自主申报): judged by the law, then compared and kept by one command (E12).

use crate::compose::Composer;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::post;
use axum::{Extension, Router};
use cases::desk::{refused, stamped};
use elements::Value;
use kernel::Atomic;
use module::{Platform, Who};
use portal::{Failure, Path, Posted};
use registers::claim::ClaimCommand;
use registers::{Claim, check_trade_name, claim_key};
use std::sync::Arc;

pub(crate) fn router(composer: Arc<Composer>) -> Router<Platform> {
    Router::new().route("/cases/{no}/name", post(reserve)).layer(Extension(composer))
}

/// Reserves the name that the answers on record give, and goes back to the case.
async fn reserve(
    State(platform): State<Platform>,
    Extension(composer): Extension<Arc<Composer>>,
    Who(actor): Who,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Redirect, Failure> {
    let desk = &composer.desk;
    let loaded = desk.load(&platform, &no).await?;
    let by = loaded.permit(&platform, &actor, "case.fill", None)?;
    let answers = desk.answers(&loaded).await?;
    let text =
        |key: &str| answers.plain.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let trade_name = text("trade_name");
    check_trade_name(&trade_name)?;
    let plan = loaded.case.plan.as_ref().ok_or(cases::CaseError::NoSuchCase)?;
    let organ = plan.tasks.iter().find(|task| task.automatic).map(|task| task.organ.to_string());
    let definition = desk.definition(plan)?;
    let command = ClaimCommand::Reserve {
        holder: loaded.case.no.to_string(),
        name: definition.title(&loaded.case, &answers),
        industry: text("name_industry"),
        prior: !plan.prior.is_empty(),
        exempt: Vec::new(),
    };
    let key = claim_key(&organ.unwrap_or_default(), &trade_name);
    let commands = Atomic::new(loaded.shard.clone())
        .then::<Claim>(&key, &command)
        .map_err(|error| Failure::from(cases::DeskError::Unwritable(error.to_string())))?;
    let (id, _seen) = stamped(&posted)?;
    platform.commands.submit(by, id, commands).await.map_err(|error| refused(&error))?;
    Ok(Redirect::to(&format!("/cases/{no}")))
}
