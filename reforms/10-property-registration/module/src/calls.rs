//! Pure functions that samples call: so that figures of fees, terms and numbers stand beside the law that they follow from.

use crate::law::Law;
use crate::model::{Application, Circumstance, Due, Lines, Stop};
use codes::{Date, UnitNo};
use documents::Issuer;
use kernel::{Json, OrganKey, PartyKey};
use module::{Called, Refusal, Registry};
use property::{CertificateNo, Kind, Purpose};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry, law: &Arc<Law>) {
    let by = Arc::clone(law);
    registry.call("property.fee", move |with| fee(&by, with));
    let by = Arc::clone(law);
    registry.call("property.due", move |with| due(&by, with));
    registry.call("property.unit", unit);
    registry.call("property.certificate_no", certificate_no);
}

fn read<T: DeserializeOwned>(with: &Json) -> Result<T, String> {
    serde_json::from_value(with.clone()).map_err(|error| error.to_string())
}

fn refused(error: &impl codes::Coded) -> Called {
    Ok(Err(Refusal::of(error)))
}

/// What a registration costs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskFee {
    kind: Kind,
    #[serde(rename = "use")]
    purpose: Purpose,
    #[serde(default)]
    micro: bool,
    #[serde(default)]
    circumstance: Circumstance,
    units: Vec<UnitNo>,
    #[serde(default)]
    certificates: u32,
    on: Date,
}

fn fee(law: &Law, with: &Json) -> Called {
    let ask: AskFee = read(with)?;
    let (unit, more) = ask.units.split_first().ok_or("at least one unit")?;
    let application = Application {
        kind: ask.kind,
        unit: *unit,
        more_units: more.to_vec(),
        office: Issuer {
            organ: OrganKey::new("office"),
            name: String::new(),
            word: String::new(),
            place: unit.division().to_string(),
        },
        applicants: vec![PartyKey::new("p")],
        by_act: false,
        purpose: ask.purpose,
        micro: ask.micro,
        circumstance: ask.circumstance,
        certificates: ask.certificates,
        value_fen: 0,
        entry: None,
        papers: Vec::new(),
    };
    match law.fee(&application, ask.on) {
        Ok(fee) => {
            let rule = fee.lines.first().map(|line| line.rule.clone());
            Ok(Ok(json!({"fee_amount_fen": fee.total_fen, "rule": rule, "free_by": fee.free_by})))
        }
        Err(error) => refused(&error),
    }
}

/// When a registration is due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskDue {
    promise: String,
    statutory: String,
    accepted: Date,
    #[serde(default)]
    stops: Vec<Stop>,
}

fn due(law: &Law, with: &Json) -> Called {
    let ask: AskDue = read(with)?;
    let of = |term: &str| -> Result<Due, String> {
        let term = term.parse().map_err(|error| format!("{error}"))?;
        Ok(Due { term, on: ask.accepted })
    };
    let lines = Lines { promise: of(&ask.promise)?, statutory: of(&ask.statutory)? };
    match law.moved(&lines, ask.accepted, &ask.stops) {
        Ok(lines) => Ok(Ok(json!({"promise": lines.promise.on, "statutory": lines.statutory.on}))),
        Err(error) => refused(&error),
    }
}

/// A unit number in its parts.
fn unit(with: &Json) -> Called {
    #[derive(Deserialize)]
    struct Ask {
        text: String,
    }
    match read::<Ask>(with)?.text.parse::<UnitNo>() {
        Ok(unit) => Ok(Ok(json!({
            "grouped": unit.grouped(),
            "parcel_code": unit.parcel_code(),
            "feature": unit.feature(),
            "fixture": unit.fixture(),
        }))),
        Err(error) => refused(&error),
    }
}

/// The number of a certificate in its parts.
fn certificate_no(with: &Json) -> Called {
    #[derive(Deserialize)]
    struct Ask {
        text: String,
    }
    match read::<Ask>(with)?.text.parse::<CertificateNo>() {
        Ok(number) => Ok(Ok(json!({
            "written": number.to_string(),
            "year": number.year,
            "place": number.place,
            "paper": number.paper,
            "serial": number.serial,
        }))),
        Err(error) => refused(&error),
    }
}
