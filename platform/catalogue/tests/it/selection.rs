//! From plain words to services and the one list.

use crate::data::{catalogue, licence_one_window};
use catalogue::definition::ServiceKey;
use catalogue::{SampleCount, reforms_json};
use codes::Coded as _;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn plain_words_find_activities() {
    let reform = licence_one_window();
    let found = |query: &str| -> Vec<String> {
        reform.search_activities(query).into_iter().map(|a| a.industry.clone()).collect()
    };
    assert_eq!(found("奶茶店"), ["H6210"]);
    assert_eq!(found("我要开咖啡馆"), ["H6210"]);
    assert_eq!(found("hotel"), ["H6110"]);
    assert_eq!(found("F52"), ["F5229", "F5243", "F5292", "F5251"]);
    assert_eq!(found("书店").first().map(String::as_str), Some("F5243"), "the exact word first");
    assert_eq!(found("书店 网上"), ["F5292"], "every word has to fit");
    assert!(found("航天器").is_empty());
    assert_eq!(found("  ").len(), reform.activities.len());
}

#[test]
fn activities_open_what_they_need() {
    let catalogue = catalogue();
    let setup = ServiceKey::new(28, "setup");
    let chosen = catalogue.select(&setup, &["H6210", "H6110", "F5243"], &[]).unwrap();
    let ids: Vec<&str> = chosen.services.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(
        ids,
        ["name", "reg", "bo", "seal", "tax", "soc", "med", "fund", "bank", "food", "hyg"]
    );
    assert_eq!(chosen.not_yet, [ServiceKey::new(1, "pub")]);
    assert_eq!(chosen.elsewhere.len(), 2);
    assert_eq!(chosen.preset["food_format"], "2");
    assert_eq!(chosen.notes.len(), 1);
    let prior = catalogue.select(&setup, &["F5128"], &[]).unwrap();
    assert_eq!(prior.prior[0].zh, "烟草专卖批发企业许可");
}

#[test]
fn only_what_a_package_offers_can_be_added() {
    let catalogue = catalogue();
    let setup = ServiceKey::new(28, "setup");
    let added = catalogue.select(&setup, &[], &[ServiceKey::new(28, "hyg")]).unwrap();
    assert_eq!(added.services.len(), 10);
    for (add_on, activity, reason) in [
        (Some(ServiceKey::new(28, "reg")), None, "NOT_AN_ADD_ON"),
        (Some(ServiceKey::new(29, "cancel")), None, "NOT_AN_ADD_ON"),
        (None, Some("X0000"), "ACTIVITY_UNKNOWN"),
    ] {
        let error = catalogue.select(&setup, activity.as_slice(), add_on.as_slice()).unwrap_err();
        assert_eq!(error.reason(), reason);
    }
    let missing = catalogue.select(&ServiceKey::new(28, "closing"), &[], &[]).unwrap_err();
    assert_eq!((missing.reason(), missing.status()), ("PACKAGE_UNKNOWN", 404));
}

#[test]
fn s17_the_one_list_has_four_documents_and_one_upload() {
    let catalogue = catalogue();
    let setup = ServiceKey::new(28, "setup");
    let chosen = catalogue.select(&setup, &[], &[]).unwrap();
    let list = catalogue.one_list(&setup, &chosen.services).unwrap();
    assert_eq!(list.signed.len(), 4);
    assert_eq!(list.uploads.len(), 1);
    assert!(list.uploads[0].unless_confirmed, "0 where the address base confirms the right");
    assert_eq!(list.services, 9);
    let later = catalogue.one_list(&setup, &[ServiceKey::new(28, "food")]).unwrap();
    assert!(later.signed.is_empty(), "nothing is signed where no enterprise is set up");
}

#[test]
fn a_reform_runs_only_if_all_its_samples_pass() {
    let catalogue = catalogue();
    let clauses: BTreeSet<String> = ["C1", "C4", "S3"].map(String::from).into();
    for (passed, total, running) in [(3, 3, true), (2, 3, false), (0, 0, false)] {
        let count = SampleCount { passed, total, clauses: clauses.clone() };
        let rows = reforms_json(&catalogue, &BTreeMap::from([(28, count)]));
        assert_eq!(rows.len(), 37);
        let row = &rows[27];
        assert_eq!((row.number, row.slug.as_str()), (28, "licence-one-window"));
        assert_eq!((row.running, row.services), (running, 11));
        assert_eq!((row.clauses_shown, row.clauses_total), (2, 5), "S3 is no clause");
        let silent = &rows[0];
        assert!(!silent.running);
        assert_eq!((silent.services, silent.clauses_total, silent.samples_total), (0, 0, 0));
    }
}
