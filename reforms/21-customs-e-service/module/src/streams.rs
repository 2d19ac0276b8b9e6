//! Which streams concern a party, what open cases still need, and the functions that samples call.

use crate::decide::Penalty;
use crate::error::PenaltyError;
use crate::law::PenaltyLaw;
use crate::queries;
use codes::{Date, Label};
use kernel::{Aggregate as _, Json, PartyKey, Waiting};
use module::{Called, Concern, Concerns, Refusal, Registry, Retains};
use penalty::{Kind, PartyKind, Sanction, Standing, late_fine, package_no};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use tables::{Query, ReadError, Reader};

/// The cases of a party.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnCases;

/// The most cases of one party that are looked at.
const CASES_MAX: u32 = 500;

impl Concerns for OwnCases {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        Box::pin(async move {
            let query = Query::new("SELECT no, shard FROM penalty_cases WHERE 1 = 1")
                .and("party", party.as_str())
                .text(&format!("ORDER BY no LIMIT {CASES_MAX}"));
            reader
                .rows(query)
                .await?
                .iter()
                .map(|row| {
                    Ok(Concern {
                        shard: kernel::Shard::new(row.get::<String>("shard")?),
                        kind: Penalty::KIND.to_owned(),
                        key: row.get("no")?,
                    })
                })
                .collect()
        })
    }
}

/// A case keeps what it knows of its party until it is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenCases;

impl Retains for OpenCases {
    fn needs<'a>(
        &'a self,
        reader: &'a dyn Reader,
        key: &'a str,
    ) -> Waiting<'a, Result<Option<Label>, ReadError>> {
        Box::pin(async move {
            let Some(no) = key.strip_prefix("penalty/") else { return Ok(None) };
            let case = queries::case(reader, no).await?;
            let open = case.is_some_and(|case| case.closed.is_none());
            Ok(open
                .then(|| Label::new("处罚案件尚未结案。", "The penalty case is not closed yet.")))
        })
    }
}

/// The figures of the reform, for the samples of its folder.
pub(crate) fn calls(registry: &mut Registry, law: &Arc<PenaltyLaw>) {
    let own = Arc::clone(law);
    registry.call("penalty.due", move |with| due(&own, with));
    let own = Arc::clone(law);
    registry.call("penalty.late_fine", move |with| late(&own, with));
    let own = Arc::clone(law);
    registry.call("penalty.on_the_spot", move |with| on_the_spot(&own, with));
    registry.call("penalty.heavier", heavier);
    registry.call("penalty.package_no", package);
}

fn arguments<T: DeserializeOwned>(with: &Json) -> Result<T, String> {
    serde_json::from_value(with.clone()).map_err(|error| format!("arguments: {error}"))
}

fn refused(error: &PenaltyError) -> Called {
    Ok(Err(Refusal::of(error)))
}

/// When a term ends that a cause of a day starts.
fn due(law: &PenaltyLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        clock: Kind,
        from: Date,
    }
    let of: Of = arguments(with)?;
    match law.run(of.clock, of.from) {
        Ok(run) => Ok(Ok(json!({
            "on": run.on.to_string(), "at": run.at, "term": run.term, "provisional": run.provisional,
            "source": run.source,
        }))),
        Err(error) => refused(&error),
    }
}

/// What is owed beside a fine.
fn late(law: &PenaltyLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        fine_fen: i64,
        due: Date,
        paid: Date,
        #[serde(default)]
        standing: Vec<Standing>,
    }
    let of: Of = arguments(with)?;
    let rate = match law.late_rate(of.due) {
        Ok(rate) => rate,
        Err(error) => return refused(&error),
    };
    let owed = late_fine(of.fine_fen, of.due, of.paid, &of.standing, rate);
    serde_json::to_value(owed).map(Ok).map_err(|error| error.to_string())
}

/// Whether a penalty may be decided on the spot.
fn on_the_spot(law: &PenaltyLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        party: PartyKind,
        sanction: Sanction,
        on: Date,
    }
    let of: Of = arguments(with)?;
    match law.spot_limits(of.on) {
        Ok(limits) => {
            let row = limits.allows(of.party, &of.sanction);
            Ok(Ok(json!({"allowed": row.is_some(), "source": row.map(|row| row.source.clone())})))
        }
        Err(error) => refused(&error),
    }
}

/// In which respect one penalty is heavier than another.
fn heavier(with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Of {
        notified: Sanction,
        decided: Sanction,
    }
    let of: Of = arguments(with)?;
    Ok(Ok(json!({"part": of.decided.heavier_than(&of.notified)})))
}

/// The number of the package of a proof.
fn package(with: &Json) -> Called {
    let proof: String = arguments(with)?;
    Ok(Ok(json!({"package": package_no(&proof)})))
}
