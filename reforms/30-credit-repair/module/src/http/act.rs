//! What people do on the pages of credit repair.

use super::{Ours, entry_seen, of_entity};
use crate::queries::{self, EntryRow};
use crate::repair::{Known, ProofRef, Repair, RepairCommand, RepairError, RepairKey};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use blobs::Accept;
use codes::Date;
use credit_repair::Need;
use kernel::{Actor, Atomic, CommandId, Shard};
use module::{Clearance, Platform, Subject, Who, clear};
use portal::{Failure, Path, Posted, RequestError};
use std::collections::BTreeMap;

/// Papers that are taken: PDF, PNG or JPEG up to 10 MiB.
const PAPER: Accept = Accept { bytes_max: 10 << 20, ..Accept::MATERIAL };

pub(crate) async fn act(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(listing): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let asks = verb == "ask" && matches!(actor, Actor::Party { .. });
    let own = asks || matches!(verb.as_str(), "apply" | "withdraw");
    let action = if own { "credit.apply" } else { "credit.decide" };
    let (row, by) = entry_seen(&platform, &actor, action, listing).await?;
    let command = command(&ours, &row, &verb, &posted).await?;
    let version = posted.expected_version();
    submit(&platform, by, &row.shard, &row.about.uscc, version, &command).await?;
    let back = if own {
        format!("/credit/entities/{}", row.about.uscc)
    } else {
        format!("/credit/entries/{}", row.listing)
    };
    Ok(Redirect::to(&back).into_response())
}

async fn command(
    ours: &Ours,
    row: &EntryRow,
    verb: &str,
    posted: &Posted,
) -> Result<RepairCommand, Failure> {
    let listing = row.listing.clone();
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    Ok(match verb {
        "apply" => applied(ours, row, posted).await?,
        "withdraw" => RepairCommand::Withdraw { listing },
        "ask" => RepairCommand::Ask { listing },
        "accept" => RepairCommand::Accept { listing },
        "not_accept" => {
            let failing = posted.ticked("failing").into_iter().filter_map(Need::of).collect();
            RepairCommand::NotAccept { listing, failing }
        }
        "verify" => RepairCommand::Verify {
            listing,
            findings: findings(posted),
            site_check: !posted.ticked("site_check").is_empty(),
        },
        "announce" => RepairCommand::Announce { listing, corrected: text("corrected") },
        "grant" => RepairCommand::Decide { listing, grant: true, ground: text("ground") },
        "refuse" => RepairCommand::Decide { listing, grant: false, ground: text("ground") },
        "rescind" => RepairCommand::Rescind { listing, ground: text("ground") },
        _ => return Err(RepairError::WrongStage { stage: row.stage }.into()),
    })
}

/// What was found of each fact that no register told: since a day, or not yet.
fn findings(posted: &Posted) -> BTreeMap<Known, Option<Date>> {
    Known::ALL
        .into_iter()
        .filter_map(|known| {
            let word = known.need().word();
            match posted.filled(&format!("found_{word}"))? {
                "since" => {
                    let day = posted.filled(&format!("since_{word}"))?.parse().ok()?;
                    Some((known, Some(day)))
                }
                "not_yet" => Some((known, None)),
                _ => None,
            }
        })
        .collect()
}

/// Reason and papers are sealed under the entity's own key before anything is recorded.
async fn applied(ours: &Ours, row: &EntryRow, posted: &Posted) -> Result<RepairCommand, Failure> {
    let key = format!("credit/{}", row.about.uscc);
    let reason = match posted.filled("reason") {
        Some(reason) if reason.chars().count() > 500 => {
            return Err(RepairError::TextMissing { key: "reason" }.into());
        }
        Some(reason) => Some(ours.vault.keep(Some(&key), reason.as_bytes()).await?),
        None => None,
    };
    let mut proofs = Vec::new();
    for file in &posted.files {
        let Some(need) = file.field.strip_prefix("proof_").and_then(Need::of) else { continue };
        PAPER.check(&file.bytes)?;
        let kept = ours.vault.keep(Some(&key), &file.bytes).await?;
        proofs.push(ProofRef { need, kept });
    }
    let pledge = !posted.ticked("pledge").is_empty();
    Ok(RepairCommand::Apply { listing: row.listing.clone(), pledge, reason, proofs })
}

pub(crate) async fn prove(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(uscc): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Some(subject) = queries::subject(&*platform.reader, &uscc).await? else {
        clear(&*platform.gate, &actor, "credit.apply", &Subject::new("Credit", uscc.as_str()))?;
        return Err(RepairError::EntryUnknown.into());
    };
    let by = clear(&*platform.gate, &actor, "credit.apply", &of_entity(&subject))?;
    let version = posted.expected_version();
    submit(&platform, by, &subject.shard, &uscc, version, &RepairCommand::Prove).await?;
    Ok(Redirect::to(&format!("/credit/entities/{uscc}")).into_response())
}

/// The id follows from the entity, the version the page showed and the act: a form sent twice acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    shard: &Shard,
    uscc: &str,
    version: Option<u64>,
    command: &RepairCommand,
) -> Result<(), Failure> {
    let key = RepairKey(uscc.to_owned());
    let commands = Atomic::new(shard.clone());
    let commands = match version {
        Some(version) => commands.then_at::<Repair>(&key, version, command),
        None => commands.then::<Repair>(&key, command),
    };
    let commands = commands.map_err(|_unwritable| RequestError::Fault)?;
    let told = serde_json::to_vec(command).map_err(|_unwritable| RequestError::Fault)?;
    let version = version.unwrap_or_default().to_be_bytes();
    let at = if version == [0; 8] { platform.clock.now().us().to_be_bytes() } else { version };
    let id = CommandId::derive(&[b"credit", uscc.as_bytes(), &at, &told]);
    let answer = platform.commands.submit(by, id, commands).await;
    answer.map(|_receipt| ()).map_err(Failure::from)
}
