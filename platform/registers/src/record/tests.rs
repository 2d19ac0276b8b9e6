//! What a record decides: the rules of restrictions, the races at midnight, corrections, what was known when.

mod model;

use super::*;
use crate::Facts;
use calendar::Calendar;
use codes::{Coded as _, Date, Moment};
use elements::{Share, Value};
use kernel::spec::{self, Given};
use kernel::{Aggregate as _, OrganKey, PartyKey};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const UNIT: &str = "440305001002GB00012F00010003";

fn facts() -> Facts {
    Facts::new(Calendar::embedded())
}

fn at(year: i16, month: i8, day: i8) -> Moment {
    Moment::from_wall(Date::constant(year, month, day).at(9, 0, 0, 0))
}

fn midnight(year: i16, month: i8, day: i8) -> Moment {
    Moment::start_of(Date::constant(year, month, day))
}

fn act(kind: &str) -> Act {
    Act { kind: kind.to_owned(), document_no: "合同1号".to_owned(), ..Act::default() }
}

fn unit() -> (SectionId, Statement) {
    let facts = BTreeMap::from([("use_code".to_owned(), Value::from("住宅"))]);
    (SectionId::new("unit"), Statement { facts, ..Statement::default() })
}

fn owned_by(party: &str) -> (SectionId, Statement) {
    let holder = Holder { party: PartyKey::new(party), share: None, card: None };
    let said = Statement { holders: vec![holder], ..Statement::default() };
    (SectionId::new("ownership"), said)
}

fn enter(from: Option<Moment>) -> RecordCommand {
    RecordCommand::Enter(Box::new(Enter {
        record: RecordKey::new("real_estate", UNIT),
        act: act("first"),
        statements: BTreeMap::from([unit(), owned_by("wang")]),
        from,
        place: "440305".to_owned(),
        organ: Some(OrganKey::new("440305-real_estate")),
        predecessors: Vec::new(),
    }))
}

fn transfer(to: &str) -> RecordCommand {
    transfer_with(to, [])
}

fn transfer_with<const N: usize>(to: &str, consents: [u32; N]) -> RecordCommand {
    let consents = consents.map(RestrictionNo).into();
    let act = Act { consents, ..act("transfer") };
    let statements = BTreeMap::from([owned_by(to)]);
    RecordCommand::Amend(Box::new(Amend { act, statements, from: None }))
}

fn order(kind: &str, document_no: &str) -> Restrict {
    let side = Side { name: "某机关".to_owned(), ..Side::default() };
    Restrict {
        kind: kind.to_owned(),
        side,
        document_no: document_no.to_owned(),
        ..Restrict::default()
    }
}

fn restrict(kind: &str, document_no: &str) -> RecordCommand {
    RecordCommand::Restrict(Box::new(order(kind, document_no)))
}

fn release(no: u32) -> RecordCommand {
    RecordCommand::Release(Box::new(Release {
        restriction: RestrictionNo(no),
        document_no: "解1号".to_owned(),
        origin: None,
    }))
}

fn renew(no: u32, until: Option<Date>) -> RecordCommand {
    RecordCommand::Renew(Box::new(Renew {
        restriction: RestrictionNo(no),
        document_no: "续1号".to_owned(),
        until,
        origin: None,
    }))
}

fn opened(facts: &Facts, when: Moment) -> Given<'_, Record> {
    let mut record = spec::given::<Record>(facts, []).at(when);
    record.when(enter(None)).unwrap();
    record
}

fn fields(error: &RecordError) -> serde_json::Value {
    serde_json::from_str(&error.fields().unwrap()).unwrap()
}

fn reason(result: Result<Vec<RecordEvent>, RecordError>) -> &'static str {
    result.map_or_else(|error| error.reason(), |_| "done")
}

/// The phases of restrictions at an instant, by number.
fn phases(record: &Record, at: Moment) -> Vec<(u32, Phase)> {
    record.standing_at(at).map(|(_, held)| (held.restriction.no.0, held.phase)).collect()
}

#[test]
fn the_embedded_definition_has_neither_gap_nor_overlap() {
    let known = Definitions::builtin();
    let register = known.get("real_estate").unwrap();
    let [blocks, terms] = register.tables();
    assert_eq!(blocks.check().iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    assert!(terms.rows().count() >= 6);
    assert_eq!(register.grouped(UNIT), "440305-001-002-GB-00012-F-00010003");
}

#[test]
fn s04_the_next_seizure_binds_from_the_instant_at_which_the_first_runs_out() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 1, 4));
    let mut first = order("seizure", "（2021）粤03执1号");
    first.until = Some(Date::constant(2024, 2, 29));
    record = record.at(at(2021, 3, 1));
    record.when(RecordCommand::Restrict(Box::new(first))).unwrap();
    record = record.at(at(2021, 5, 1));
    let entered = record.when(restrict("seizure", "（2021）粤03执2号")).unwrap();
    assert!(
        matches!(&entered[..], [RecordEvent::RestrictionEntered { phase: Phase::Waiting, restriction, until: None, .. }] if restriction.rank == 2),
        "{entered:?}"
    );
    assert_eq!(phases(&record.state, at(2024, 1, 1)), [(1, Phase::InForce), (2, Phase::Waiting)]);
    assert_eq!(record.wind(Moment::from_us(midnight(2024, 3, 1).us() - 1)).unwrap(), []);
    // The server was off: the timer fires two days late and says what was so since midnight.
    record = record.at(at(2024, 3, 3));
    let events = record.when(RecordCommand::Tick).unwrap();
    let [
        RecordEvent::RestrictionLapsed { restriction: RestrictionNo(1), at: lapsed, .. },
        RecordEvent::RestrictionPromoted {
            restriction: RestrictionNo(2), at: since, until, ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*lapsed, *since), (midnight(2024, 3, 1), midnight(2024, 3, 1)));
    assert_eq!(*until, Some(Date::constant(2027, 2, 28)));
    assert_eq!(phases(&record.state, at(2024, 2, 29)), [(1, Phase::InForce), (2, Phase::Waiting)]);
    assert_eq!(phases(&record.state, midnight(2024, 3, 1)), [(2, Phase::InForce)]);
    assert_eq!(phases(&record.state, midnight(2027, 3, 1)), []);
    assert_eq!(record.when(RecordCommand::Tick).unwrap(), [], "once");
}

#[test]
fn s04_a_renewal_before_the_end_keeps_the_rank_and_one_after_it_comes_too_late() {
    let facts = facts();
    for (day, expected) in
        [(Date::constant(2024, 2, 20), "done"), (Date::constant(2024, 3, 1), "EXPIRED")]
    {
        let mut record = opened(&facts, at(2021, 1, 4)).at(at(2021, 3, 1));
        record.when(restrict("seizure", "A")).unwrap();
        record = record.at(at(2021, 5, 1));
        record.when(restrict("seizure", "B")).unwrap();
        record = record.at(Moment::start_of(day));
        let answer = record.when(renew(1, None));
        if expected == "done" {
            let [RecordEvent::RestrictionRenewed { until, .. }] = &answer.clone().unwrap()[..]
            else {
                panic!("{answer:?}")
            };
            assert_eq!(*until, Date::constant(2027, 2, 19), "counted from the renewal");
            record.wind(at(2024, 6, 1)).unwrap();
            assert_eq!(
                phases(&record.state, at(2024, 6, 1)),
                [(1, Phase::InForce), (2, Phase::Waiting)]
            );
        }
        assert_eq!(reason(answer), expected, "{day}");
    }
}

#[test]
fn a_seizure_lasts_no_longer_than_the_law_of_its_day_allows() {
    let facts = facts();
    let table = [
        // 法释〔2004〕15号 art. 29 until the interpretation of 2015-02-04, three years since.
        (at(2014, 6, 3), Date::constant(2016, 6, 2)),
        (at(2015, 2, 4), Date::constant(2018, 2, 3)),
        (at(2021, 3, 1), Date::constant(2024, 2, 29)),
    ];
    for (when, latest) in table {
        let ordered = |until| {
            let mut wanted = order("seizure", "A");
            wanted.until = until;
            RecordCommand::Restrict(Box::new(wanted))
        };
        let mut record = opened(&facts, when);
        let longer = record.when(ordered(Some(latest.tomorrow().unwrap()))).unwrap_err();
        assert_eq!((longer.code().number, longer.reason()), (22, "TERM_TOO_LONG"));
        assert_eq!(fields(&longer), json!({"latest": latest}));
        let entered = record.when(ordered(None)).unwrap();
        let [RecordEvent::RestrictionEntered { until, .. }] = &entered[..] else {
            panic!("{entered:?}")
        };
        assert_eq!(*until, Some(latest));
        let next = record.when(renew(1, Some(latest))).unwrap_err();
        assert_eq!(next.reason(), "FIELD", "a renewal that ends no later is none");
    }
}

#[test]
fn s05_an_objection_stays_if_an_action_is_recorded_by_midnight() {
    let facts = facts();
    let last = Moment::from_us(midnight(2021, 6, 17).us() - 1);
    let sue = || RecordCommand::RecordAction {
        restriction: RestrictionNo(1),
        document_no: "（2021）粤0305民初1号".to_owned(),
    };
    for (when, expected) in
        [(at(2021, 6, 16), "done"), (last, "done"), (midnight(2021, 6, 17), "EXPIRED")]
    {
        let mut record = opened(&facts, at(2021, 1, 4)).at(at(2021, 6, 1));
        record.when(restrict("objection", "异1号")).unwrap();
        record = record.at(when);
        assert_eq!(reason(record.when(sue())), expected, "{when}");
        let wound = record.wind(at(2022, 1, 1)).unwrap();
        let lapsed = RecordEvent::RestrictionLapsed {
            restriction: RestrictionNo(1),
            kind: "objection".to_owned(),
            at: midnight(2021, 6, 17),
        };
        if expected == "done" {
            assert_eq!(wound, []);
            assert_eq!(phases(&record.state, at(2022, 1, 1)), [(1, Phase::InForce)]);
            assert_eq!(record.when(sue()), Ok(Vec::new()), "told again it is nothing new");
        } else {
            assert_eq!(wound, [lapsed]);
            assert_eq!(phases(&record.state, last), [(1, Phase::InForce)]);
            assert_eq!(phases(&record.state, midnight(2021, 6, 17)), []);
        }
    }
}

#[test]
fn a_pre_notice_runs_out_ninety_days_after_the_final_registration_can_be_applied_for() {
    let facts = facts();
    let from = |on| RecordCommand::Registrable { restriction: RestrictionNo(1), on };
    let apply = RecordCommand::RecordAction {
        restriction: RestrictionNo(1),
        document_no: "440305-210701-000001-11".to_owned(),
    };
    // Three months by 物权法 20 where the day lies before the Civil Code, 90 days since.
    let table = [
        (Date::constant(2020, 7, 1), Date::constant(2020, 10, 9)),
        (Date::constant(2021, 7, 1), Date::constant(2021, 9, 29)),
    ];
    for (on, last) in table {
        let mut record = opened(&facts, at(2020, 1, 6));
        record.when(restrict("pre_notice", "预1号")).unwrap();
        assert!(record.state.deadlines().is_empty(), "no time runs yet");
        record = record.at(Moment::start_of(on));
        let timed = record.when(from(on)).unwrap();
        assert!(
            matches!(&timed[..], [RecordEvent::RestrictionTimed { until: Some(day), .. }] if *day == last),
            "{timed:?}"
        );
        assert_eq!(record.when(from(on)), Ok(Vec::new()));
        let ended = record.wind(Moment::end_of(last)).unwrap();
        assert!(matches!(&ended[..], [RecordEvent::RestrictionLapsed { .. }]), "{ended:?}");
        assert_eq!(reason(record.when(apply.clone())), "EXPIRED");
    }
    let mut record = opened(&facts, at(2021, 7, 1));
    record.when(restrict("pre_notice", "预1号")).unwrap();
    record.when(from(Date::constant(2021, 7, 1))).unwrap();
    record.when(apply).unwrap();
    assert_eq!(record.wind(at(2023, 1, 1)).unwrap(), []);
    assert_eq!(reason(record.when(from(Date::constant(2021, 7, 1)))), "NO_TIME_RUNS");
    // LAW: 民法典 221: without the consent of whom the pre-notice protects nothing is disposed of.
    assert_eq!(reason(record.when(transfer("li"))), "CONSENT_MISSING");
    assert_eq!(reason(record.when(transfer_with("li", [1]))), "done");
}

#[test]
fn a_day_that_lies_too_far_back_ends_a_pre_notice_at_once() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 7, 1));
    record.when(restrict("pre_notice", "预1号")).unwrap();
    record = record.at(at(2022, 7, 1));
    // The ninetieth day, 31 October, is a Sunday and rolls.
    let on = Date::constant(2021, 8, 2);
    let events =
        record.when(RecordCommand::Registrable { restriction: RestrictionNo(1), on }).unwrap();
    assert!(
        matches!(&events[..], [RecordEvent::RestrictionTimed { .. }, RecordEvent::RestrictionLapsed { at, .. }] if *at == midnight(2021, 11, 2)),
        "{events:?}"
    );
}

#[test]
fn s11_the_order_of_the_journal_decides_between_a_transfer_and_a_seizure() {
    let facts = facts();
    let ordered = || {
        let mut wanted = order("seizure", "（2021）粤03执1号");
        wanted.against = Some(PartyKey::new("wang"));
        RecordCommand::Restrict(Box::new(wanted))
    };
    let mut seized_first = opened(&facts, at(2021, 3, 1));
    seized_first.when(ordered()).unwrap();
    let refused = seized_first.when(transfer("li")).unwrap_err();
    assert_eq!((refused.reason(), refused.status()), ("RESTRICTED", 423));
    assert_eq!(fields(&refused), json!({"kind":"seizure","restriction":1}));

    let mut sold_first = opened(&facts, at(2021, 3, 1));
    sold_first = sold_first.at(at(2021, 3, 2));
    sold_first.when(transfer("li")).unwrap();
    let entered = sold_first.when(ordered()).unwrap();
    let [RecordEvent::RestrictionEntered { restriction, holders, .. }] = &entered[..] else {
        panic!("{entered:?}")
    };
    assert_eq!(restriction.notes, [Note::AfterTransfer]);
    assert_eq!(*holders, [PartyKey::new("li")]);
    assert_eq!(reason(sold_first.when(transfer("zhao"))), "RESTRICTED");

    let mut another = order("seizure", "（2021）粤03执3号");
    another.against = Some(PartyKey::new("nobody"));
    let entered = sold_first.when(RecordCommand::Restrict(Box::new(another))).unwrap();
    assert!(
        matches!(&entered[..], [RecordEvent::RestrictionEntered { restriction, .. }] if restriction.notes == [Note::NotTheHolder])
    );
}

#[test]
fn a_transfer_at_the_very_instant_finds_what_ended_and_what_took_its_place() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 1, 4)).at(at(2021, 3, 1));
    record.when(restrict("seizure", "A")).unwrap();
    record = record.at(midnight(2024, 3, 1));
    // No timer has fired: the transfer itself finds the seizure gone, and says so first.
    let events = record.when(transfer("li")).unwrap();
    assert!(
        matches!(&events[..], [RecordEvent::RestrictionLapsed { .. }, RecordEvent::Amended { .. }]),
        "{events:?}"
    );
    let mut record = opened(&facts, at(2021, 1, 4)).at(at(2021, 3, 1));
    record.when(restrict("seizure", "A")).unwrap();
    record.when(restrict("seizure", "B")).unwrap();
    record = record.at(midnight(2024, 3, 1));
    let refused = record.when(transfer("li")).unwrap_err();
    assert!(matches!(refused, RecordError::Restricted { restriction: RestrictionNo(2), .. }));
}

#[test]
fn s12_a_mortgage_stops_a_transfer_by_agreement_or_by_the_older_law() {
    let facts = facts();
    // (when it was entered, whether no transfer was agreed, whether the mortgagee consents, what comes of it)
    let table = [
        (at(2021, 3, 1), false, false, "done"),
        (at(2021, 3, 1), true, false, "CONSENT_MISSING"),
        (at(2021, 3, 1), true, true, "done"),
        (at(2020, 3, 2), false, false, "CONSENT_MISSING"),
        (at(2020, 3, 2), false, true, "done"),
    ];
    for (when, agreed, consents, expected) in table {
        let mut record = opened(&facts, when);
        let mut mortgage = order("mortgage", "抵1号");
        mortgage.amount_fen = Some(100_000_000);
        if agreed {
            mortgage.flags = BTreeSet::from(["no_transfer".to_owned()]);
        }
        record.when(RecordCommand::Restrict(Box::new(mortgage))).unwrap();
        record = record.at(at(2022, 3, 1));
        let command = if consents { transfer_with("li", [1]) } else { transfer("li") };
        assert_eq!(reason(record.when(command)), expected, "{when} {agreed} {consents}");
    }
}

#[test]
fn every_kind_stops_what_its_row_says() {
    let facts = facts();
    let table = [
        ("seizure", "mortgage", "RESTRICTED"),
        ("seizure", "seizure", "done"),
        ("seizure", "objection", "done"),
        ("disposal_limit", "transfer", "RESTRICTED"),
        ("expropriation_freeze", "transfer", "RESTRICTED"),
        ("objection", "transfer", "CONSENT_MISSING"),
        ("objection", "mortgage", "CONSENT_MISSING"),
        ("pre_notice", "mortgage", "CONSENT_MISSING"),
        ("residence_right", "transfer", "done"),
        ("easement", "transfer", "done"),
        ("lease", "transfer", "done"),
        ("mortgage", "mortgage", "done"),
    ];
    for (stands, then, expected) in table {
        let mut record = opened(&facts, at(2022, 3, 1));
        record.when(restrict(stands, "1号")).unwrap();
        let command = if then == "transfer" { transfer("li") } else { restrict(then, "2号") };
        assert_eq!(reason(record.when(command)), expected, "{stands} then {then}");
    }
}

#[test]
fn an_early_release_promotes_the_next_and_a_released_one_cannot_be_prolonged() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 3, 1));
    for document in ["A", "B", "C"] {
        record.when(restrict("seizure", document)).unwrap();
    }
    // The one in the middle goes first: the last moves up.
    record = record.at(at(2021, 4, 1));
    assert_eq!(record.when(release(2)).unwrap().len(), 1, "who waits frees nobody");
    record = record.at(at(2021, 5, 6));
    let events = record.when(release(1)).unwrap();
    assert!(
        matches!(&events[..], [RecordEvent::RestrictionReleased { .. }, RecordEvent::RestrictionPromoted { restriction: RestrictionNo(3), until: Some(until), .. }] if *until == Date::constant(2024, 5, 5)),
        "{events:?}"
    );
    assert_eq!(phases(&record.state, at(2021, 4, 30)), [(1, Phase::InForce), (3, Phase::Waiting)]);
    assert_eq!(phases(&record.state, at(2021, 5, 6)), [(3, Phase::InForce)]);
    assert_eq!(reason(record.when(renew(1, None))), "EXPIRED");
    assert_eq!(reason(record.when(release(9))), "RESTRICTION_UNKNOWN");
}

#[test]
fn what_was_entered_in_error_is_struck_out_for_all_time_but_not_forgotten() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 3, 1));
    record.when(restrict("seizure", "A")).unwrap();
    record.when(restrict("seizure", "B")).unwrap();
    record = record.at(at(2021, 3, 5));
    let annul = RecordCommand::Annul {
        restriction: RestrictionNo(1),
        reason: "应记载于另一单元".to_owned(),
        origin: None,
    };
    let events = record.when(annul).unwrap();
    assert!(
        matches!(&events[..], [RecordEvent::RestrictionAnnulled { change, .. }, RecordEvent::RestrictionPromoted { .. }] if change.void == [3]),
        "{events:?}"
    );
    assert_eq!(phases(&record.state, at(2021, 3, 2)), [(2, Phase::Waiting)]);
    assert_eq!(phases(&record.state, at(2021, 3, 5)), [(2, Phase::InForce)]);
}

#[test]
fn rights_arise_by_entry_so_nothing_is_entered_for_another_time() {
    let facts = facts();
    let mut record = spec::given::<Record>(&facts, []).at(at(2021, 3, 1));
    assert_eq!(reason(record.when(enter(Some(at(2020, 1, 1))))), "TIME");
    assert_eq!(reason(record.when(transfer("li"))), "RECORD_UNKNOWN");
    assert_eq!(reason(record.when(enter(None))), "done");
    assert_eq!(reason(record.when(enter(None))), "ALREADY_ENTERED");
}

#[test]
fn what_does_not_fit_the_definition_is_named() {
    let facts = facts();
    let with = |id: &str, said: Statement| {
        let RecordCommand::Enter(mut command) = enter(None) else { panic!() };
        command.statements = BTreeMap::from([(SectionId::new(id), said)]);
        RecordCommand::Enter(command)
    };
    let fact = |key: &str| Statement {
        facts: BTreeMap::from([(key.to_owned(), Value::Int(1))]),
        ..Statement::default()
    };
    let (_, owned) = owned_by("wang");
    let table = [
        (with("garage", fact("area")), json!({"key":"garage","why":"UNKNOWN"})),
        (with("unit", fact("colour")), json!({"key":"colour","why":"UNKNOWN"})),
        (with("unit", owned), json!({"key":"holders","why":"UNWANTED"})),
        (with("ownership", fact("price")), json!({"key":"holders","why":"MISSING"})),
    ];
    for (command, told) in table {
        let mut record = spec::given::<Record>(&facts, []).at(at(2021, 3, 1));
        let error = record.when(command).unwrap_err();
        assert_eq!((error.reason(), fields(&error)), ("FIELD", told));
    }
    let mut record = opened(&facts, at(2021, 3, 1));
    for (kind, key) in [("barter", "barter"), ("split!", "split!")] {
        let error = record.when(restrict(kind, "1号")).unwrap_err();
        assert_eq!(fields(&error), json!({"key": key, "why": "UNKNOWN"}));
    }
}

#[test]
fn holders_by_shares_hold_the_whole() {
    let facts = facts();
    let said = |shares: [(u64, u64); 3]| {
        let holders = ["a", "b", "c"].into_iter().zip(shares).map(|(party, (num, den))| Holder {
            party: PartyKey::new(party),
            share: Some(Share::new(num, den).unwrap()),
            card: None,
        });
        let said = Statement {
            form: Some(OwnershipForm::ByShare),
            holders: holders.collect(),
            ..Statement::default()
        };
        let statements = BTreeMap::from([(SectionId::new("ownership"), said)]);
        RecordCommand::Amend(Box::new(Amend { act: act("transfer"), statements, from: None }))
    };
    let mut record = opened(&facts, at(2021, 3, 1));
    let error = record.when(said([(1, 3), (1, 3), (1, 4)])).unwrap_err();
    assert_eq!(fields(&error), json!({"diff":"1/12","sum":"11/12"}));
    assert_eq!(reason(record.when(said([(1, 3), (1, 3), (1, 3)]))), "done");
}

#[test]
fn a_record_that_was_split_says_into_what_and_carries_its_mortgage_over() {
    let facts = facts();
    let mut record = opened(&facts, at(2021, 3, 1));
    record.when(restrict("mortgage", "抵1号")).unwrap();
    record = record.at(at(2021, 6, 1));
    let successors = vec![RecordKey::new("real_estate", "440305001002GB00012F00010004")];
    let retire = |consents: BTreeSet<RestrictionNo>| {
        RecordCommand::Retire(Box::new(Retire {
            act: Act { consents, ..act("split") },
            cause: Retirement::Split,
            successors: successors.clone(),
        }))
    };
    assert_eq!(reason(record.when(retire(BTreeSet::new()))), "CONSENT_MISSING");
    let events = record.when(retire([RestrictionNo(1)].into())).unwrap();
    let [RecordEvent::Retired { carried, former, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((carried.len(), former.len()), (1, 1));
    assert_eq!(reason(record.when(transfer("li"))), "CLOSED");
    assert!(record.state.holders_at(at(2021, 6, 1)).is_empty());
    assert_eq!(record.state.holders_at(at(2021, 5, 31)), [PartyKey::new("wang")]);
    assert!(record.state.deadlines().is_empty());
}

/// A register whose entries may lie in the past, to try amendments and corrections of any time.
pub(super) fn backdated() -> Facts {
    let dictionary = elements::Dictionary::builtin().unwrap();
    let text = include_str!("../../data/real_estate/register.yaml")
        .replace("by_entry: true", "by_entry: false");
    let register = Register::read(
        &dictionary,
        "try",
        [
            &text,
            include_str!("../../data/real_estate/blocks.yaml"),
            include_str!("../../data/real_estate/terms.yaml"),
        ],
    )
    .unwrap();
    let facts = facts();
    facts.define(register);
    facts
}
