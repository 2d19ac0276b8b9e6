//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use guarantee_module::exposure::ExposureEvent;
use guarantee_module::filing::{FilingEvent, SeriesEvent};
use guarantee_module::guarantee::GuaranteeEvent;
use guarantee_module::guarantor::GuarantorEvent;
use guarantee_module::importer::ImporterEvent;
use guarantee_module::watch::WatchEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

/// Each line is read and written again as it stands.
fn frozen<T: Serialize + DeserializeOwned>(kind: &str, variants: usize) {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let lines = golden[kind].as_array().expect("lines");
    let mut names: Vec<&str> = Vec::new();
    for line in lines {
        let read: T =
            serde_json::from_value(line.clone()).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(
            serde_json::to_value(&read).expect("json"),
            *line,
            "{kind} is written otherwise"
        );
        names.push(match line {
            Value::String(name) => name,
            Value::Object(members) => members.keys().next().expect("a variant"),
            other => panic!("{other}"),
        });
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), variants, "{kind}: {names:?}");
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen::<ExposureEvent>("exposure", 13);
    frozen::<FilingEvent>("guarantee_filing", 3);
    frozen::<SeriesEvent>("guarantee_series", 1);
    frozen::<GuaranteeEvent>("guarantee", 11);
    frozen::<GuarantorEvent>("guarantor", 6);
    frozen::<ImporterEvent>("importer", 7);
    frozen::<WatchEvent>("guarantee_watch", 2);
}
