//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::{d, declaration, grant, licence};
use crate::leases::{credit, registration};
use codes::Moment;
use lease_export::{Allocation, Deferred, IssuanceMode, Match, schedule};
use lease_export_module::licence::{Closing, Early};
use lease_export_module::{LeaseEvent, LicenceEvent};
use serde::Serialize;
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("../events.json");

fn at() -> Moment {
    Moment::from_wall(d("2026-03-21").at(10, 0, 0, 0))
}

fn licences() -> Vec<LicenceEvent> {
    let declaration_no = || declaration(1, 12).declaration_no;
    let mut tied = grant(IssuanceMode::Multi, 35);
    tied.customs_office_code = Some("5165".to_owned());
    tied.replaces = Some(licence(1));
    let early = |early| LicenceEvent::EarlyKept { declaration_no: declaration_no(), early };
    let closed = |closing| LicenceEvent::Closed { closing, left: 23, uses_left: 11, at: at() };
    vec![
        LicenceEvent::Issued(Box::new(tied)),
        LicenceEvent::UseReserved { use_no: 1, declaration: Box::new(declaration(1, 12)) },
        LicenceEvent::UseSettled {
            use_no: 1,
            declaration_no: declaration_no(),
            quantity: 12,
            on: d("2026-03-21"),
        },
        LicenceEvent::UseVoided { use_no: 1, declaration_no: declaration_no(), quantity: 12 },
        early(Early::Cleared { quantity: 12, on: d("2026-03-21") }),
        early(Early::Cancelled),
        LicenceEvent::Exhausted { unused: 5 },
        LicenceEvent::Expired { unused: 5 },
        closed(Closing::Replaced { by: licence(2) }),
        closed(Closing::HandedBack),
        closed(Closing::Revoked { ground: "行政许可法第六十九条".to_owned() }),
    ]
}

fn leases() -> Vec<LeaseEvent> {
    let mut rows = schedule(&registration().terms).expect("a schedule");
    rows.truncate(1);
    let deferred = Deferred {
        within_last_on: d("2026-06-18"),
        rents_within: 2,
        principal_minor: 1_142_204_973,
        report_due_on: d("2026-04-20"),
        provisional: false,
    };
    let paid = Match { no: 1, interest_minor: 1, principal_minor: 2, charges_minor: 3 };
    vec![
        LeaseEvent::Registered {
            registration: Box::new(registration()),
            rows,
            deferred: Some(deferred),
        },
        LeaseEvent::Received {
            credit: Box::new(credit("ABOC-77", 3).into()),
            allocation: Allocation { matches: vec![paid], left_minor: 0 },
        },
        LeaseEvent::RentDue { no: 2, due: d("2026-05-20"), open_minor: 15_470_750 },
    ]
}

fn written<T: Serialize>(events: &[T]) -> Vec<Value> {
    events.iter().map(|event| serde_json::to_value(event).expect("json")).collect()
}

#[test]
fn what_was_once_written_is_written_so_still() {
    let now = json!({"export_licence": written(&licences()), "lease": written(&leases())});
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    assert_eq!(now, golden, "{}", serde_json::to_string_pretty(&now).expect("json"));
}

#[test]
fn what_was_once_written_is_still_read() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let read: Vec<LicenceEvent> =
        serde_json::from_value(golden["export_licence"].clone()).expect("events of licences");
    assert_eq!(read, licences());
    let read: Vec<LeaseEvent> =
        serde_json::from_value(golden["lease"].clone()).expect("events of leases");
    assert_eq!(read, leases());
}
