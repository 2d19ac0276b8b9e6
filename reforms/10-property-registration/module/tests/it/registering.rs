//! From application to the book: joint, checked, paid, entered together, certified.

use crate::bed::{Bed, LI, WANG, at, mortgage, officer, party, person, release, seizure, unit};
use kernel::{Actor, spec};
use property::{Kind, Purpose, TaskState};
use property_module::book;
use property_module::event::Of;
use property_module::model::{Circumstance, Due, Fee, Ground, Lines, State, Task, Wanted};
use property_module::{
    Application, PropertyError, Registration, RegistrationCommand, RegistrationEvent,
    RegistrationKey,
};
use registers::RecordCommand;

#[tokio::test]
async fn a_sale_goes_from_application_to_the_buyers_certificate() {
    let bed = Bed::new().await;
    let old = bed.certified().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.ready("r1").await;
    assert_eq!(bed.progress("r1").await, "审核中（第7环节，剩余3个工作日）");
    bed.enter("wu", "r1").await.expect("entered");
    assert_eq!(bed.progress("r1").await, "待领证");
    let now = bed.platform().clock.now();
    let snapshot = book::now(&*bed.platform().reader, unit(), now).await.unwrap().unwrap();
    assert_eq!(book::holders(&snapshot), [party(LI)]);
    let tokens = bed.tokens().await;
    let told = bed.get(&Actor::Public, &format!("/v/{old}")).await.text();
    assert!(told.contains("已换发"), "{told}");
    let new = bed.get(&Actor::Public, &format!("/v/{}", tokens[1])).await.text();
    assert!(new.contains("有效") && new.contains("粤(2021)深圳市不动产权第0000002号"), "{new}");
    bed.act(&person(LI), "r1", &RegistrationCommand::Collect).await.expect("collected");
    assert_eq!(bed.progress("r1").await, "已办结");
    assert_eq!(bed.row("r1").await.state, State::Closed);
}

#[tokio::test]
async fn both_sides_of_a_sale_have_to_confirm() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    let key = RegistrationKey("r1".to_owned());
    let apply = RegistrationCommand::Apply { key, application: Box::new(sale) };
    assert_eq!(bed.act(&person("stranger"), "r1", &apply).await, Err("NOT_ENTITLED".to_owned()));
    bed.act(&person(WANG), "r1", &apply).await.expect("applied");
    let accept = RegistrationCommand::Accept;
    assert_eq!(
        bed.act(&officer("zhou"), "r1", &accept).await,
        Err("SIGNATURES_MISSING".to_owned())
    );
    let confirm = RegistrationCommand::Confirm { party: party(LI) };
    bed.act(&person(LI), "r1", &confirm).await.expect("confirmed");
    bed.act(&officer("zhou"), "r1", &accept).await.expect("accepted");
}

#[tokio::test]
async fn nobody_refused_on_the_spot_so_it_counts_as_accepted_that_day() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.wind("2021-03-02 08:00").await;
    let row = bed.row("r1").await;
    assert_eq!(row.state, State::Running);
    assert_eq!(row.accepted_on.map(|on| on.to_string()).as_deref(), Some("2021-03-01"));
}

#[tokio::test]
async fn s06_a_supplement_stops_the_clock_from_the_next_day_to_the_answer() {
    let bed = Bed::at("2020-09-21 09:00").await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.act(&officer("zhou"), "r1", &RegistrationCommand::Accept).await.expect("accepted");
    let lines = |row: &property_module::queries::RegistrationRow| {
        [row.promise_on, row.statutory_on].map(|on| on.map(|on| on.to_string()).unwrap_or_default())
    };
    assert_eq!(lines(&bed.row("r1").await), ["2020-09-27", "2020-11-06"]);
    bed.wind("2020-09-23 10:00").await;
    let item = Wanted { what: "买卖合同".to_owned(), why: "缺第三页的签名".to_owned() };
    let ask = RegistrationCommand::AskSupplement { items: vec![item] };
    bed.act(&officer("zhou"), "r1", &ask).await.expect("asked");
    assert_eq!(bed.act(&officer("zhou"), "r1", &ask).await, Err("WRONG_STATE".to_owned()));
    assert_eq!(bed.progress("r1").await, "待补正");
    bed.wind("2020-09-25 10:00").await;
    bed.act(&person(LI), "r1", &RegistrationCommand::GiveSupplement).await.expect("given");
    let told = |template: &str, name| (template.to_owned(), party(name));
    assert_eq!(
        bed.notices("r1").await,
        [
            told("property_acceptance", WANG),
            told("property_acceptance", LI),
            told("property_supplement", WANG),
            told("property_supplement", LI),
        ]
    );
    assert_eq!(lines(&bed.row("r1").await)[0], "2020-09-29");
}

#[tokio::test]
async fn s10_a_payment_after_withdrawal_goes_back_and_a_payment_moves_the_case_on_once() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.act(&officer("zhou"), "r1", &RegistrationCommand::Accept).await.expect("accepted");
    let withdraw = RegistrationCommand::Withdraw { reason: "不卖了".to_owned() };
    bed.act(&person(WANG), "r1", &withdraw).await.expect("withdrawn");
    bed.pay("r1", "T1").await;
    let bill = property_module::policy::bill_of("r1");
    let reader = &bed.platform().reader;
    let turns = ledger::bills::queries::turns(&**reader, &bill).await.unwrap();
    let told: Vec<&str> = turns.iter().map(|turn| turn.what.as_str()).collect();
    assert_eq!(told, ["Issued", "Voided", "PaidLate", "RefundOrdered"]);
    assert_eq!(bed.progress("r1").await, "已退回");

    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r2", sale).await;
    bed.act(&officer("zhou"), "r2", &RegistrationCommand::Accept).await.expect("accepted");
    bed.pay("r2", "T2").await;
    bed.pay("r2", "T2").await;
    let stream = bed.platform().history.stream(&crate::bed::shard(), "registration", "r2", 0).await;
    let settled = stream.unwrap().iter().filter(|event| event.name() == "FeeSettled").count();
    assert_eq!(settled, 1);
}

#[tokio::test]
async fn s11_a_seizure_before_the_transfer_refuses_it_and_neither_is_entered() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.ready("r1").await;
    bed.record(&seizure("（2021）粤0305执12号")).await.expect("seized");
    assert_eq!(bed.enter("wu", "r1").await, Err("RESTRICTED".to_owned()));
    assert_eq!(bed.row("r1").await.state, State::Running, "nothing of it happened");
    let now = bed.platform().clock.now();
    let snapshot = book::now(&*bed.platform().reader, unit(), now).await.unwrap().unwrap();
    assert_eq!(book::holders(&snapshot), [party(WANG)]);
    bed.record(&release(1)).await.expect("released");
    bed.enter("wu", "r1").await.expect("entered");
}

#[tokio::test]
async fn s11_a_seizure_after_the_transfer_binds_the_new_holder_with_a_note() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.ready("r1").await;
    bed.enter("wu", "r1").await.expect("entered");
    bed.wind("2021-03-01 11:00").await;
    let RecordCommand::Restrict(mut order) = seizure("（2021）粤0305执12号") else { panic!() };
    order.against = Some(party(WANG));
    bed.record(&RecordCommand::Restrict(order)).await.expect("seized");
    let now = bed.platform().clock.now();
    let snapshot = book::now(&*bed.platform().reader, unit(), now).await.unwrap().unwrap();
    let (_, held) = snapshot.restrictions().next().unwrap();
    assert_eq!(held.restriction.notes, [registers::record::Note::AfterTransfer]);
}

#[tokio::test]
async fn s12_an_agreement_against_transfer_needs_the_mortgagees_consent() {
    for (flags, told) in
        [(&[] as &[&str], Ok(())), (&["no_transfer"], Err("CONSENT_MISSING".to_owned()))]
    {
        let bed = Bed::new().await;
        bed.entered().await;
        bed.record(&mortgage(flags)).await.expect("mortgaged");
        let sale = bed.application(Kind::Transfer, &[LI]).await;
        bed.apply("r1", sale).await;
        bed.ready("r1").await;
        assert_eq!(bed.enter("wu", "r1").await, told, "{flags:?}");
        if told.is_err() {
            // The desk writes the consent that the officer has before her into the entry.
            let reply = bed
                .post(
                    &officer("wu"),
                    "/property/desk/r1",
                    &[("_action", "enter"), ("consent", "1")],
                )
                .await;
            assert_eq!(reply.status, 303, "{}", reply.text());
            assert_eq!(bed.row("r1").await.state, State::Entered);
        }
    }
}

#[tokio::test]
async fn a_mortgage_gives_a_proof_and_restricts_the_unit() {
    let bed = Bed::new().await;
    bed.entered().await;
    let loan = bed.application(Kind::Mortgage, &[]).await;
    bed.apply("r1", loan).await;
    bed.ready("r1").await;
    bed.enter("wu", "r1").await.expect("entered");
    let token = bed.tokens().await.pop().unwrap();
    let page = bed.get(&Actor::Public, &format!("/v/{token}")).await.text();
    assert!(page.contains("粤(2021)深圳市不动产证明第0000001号"), "{page}");
    assert!(page.contains("有抵押"), "{page}");
}

/// A registration that stands accepted with nothing but the entry open, as its events tell.
fn examined(second_above_fen: Option<i64>, application: Application) -> Vec<RegistrationEvent> {
    let task = |name: &str, state| Task { name: name.to_owned(), state, note: String::new() };
    let due = |term: &str| Due {
        term: term.parse().expect("a term"),
        on: codes::Date::constant(2021, 3, 8),
    };
    let of = Of {
        kind: application.kind,
        unit: application.unit,
        more_units: Vec::new(),
        office: application.office.clone(),
        applicants: application.applicants.clone(),
        certificates: 1,
        circumstance: Circumstance::Ordinary,
    };
    vec![
        RegistrationEvent::Applied {
            key: RegistrationKey("r1".to_owned()),
            confirmed: application.applicants.clone(),
            application: Box::new(application),
            on: codes::Date::constant(2021, 3, 1),
        },
        RegistrationEvent::Accepted {
            on: codes::Date::constant(2021, 3, 1),
            by_silence: false,
            lines: Lines { promise: due("5wd"), statutory: due("30wd") },
            tasks: vec![task("examine", TaskState::Open), task("enter", TaskState::Waiting)],
            fee: Fee::default(),
            of: Box::new(of),
            second_above_fen,
        },
        RegistrationEvent::Examined { by: "zhou".to_owned(), opinion: "同意登簿".to_owned() },
    ]
}

#[tokio::test]
async fn above_a_value_another_officer_enters_what_one_examined() {
    let bed = Bed::new().await;
    bed.entered().await;
    // Worth five million yuan.
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    let facts = std::sync::Arc::new(registers::Facts::new(calendar::Calendar::embedded()));
    let law = crate::bed::law(&facts);
    let table = [
        (None, "zhou", true),
        (Some(500_000_000), "zhou", true),
        (Some(499_999_999), "zhou", false),
        (Some(499_999_999), "wu", true),
    ];
    for (above, by, enters) in table {
        let mut one =
            spec::given::<Registration>(&law, examined(above, sale.clone())).by(officer(by));
        let entered = one.when(RegistrationCommand::EnterBook);
        assert_eq!(entered.is_ok(), enters, "{above:?} {by}: {entered:?}");
        if let Err(refused) = entered {
            assert_eq!(refused, PropertyError::DistinctPersons);
        }
    }
}

#[tokio::test]
async fn s02_fees_are_those_of_the_table() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    let facts = std::sync::Arc::new(registers::Facts::new(calendar::Calendar::embedded()));
    let law = crate::bed::law(&facts);
    let on = codes::Date::constant(2021, 3, 1);
    let other: codes::UnitNo = "440305001002GB00013F00010001".parse().unwrap();
    let next: codes::UnitNo = "440305001002GB00012F00010004".parse().unwrap();
    let with = |change: &dyn Fn(&mut Application)| {
        let mut application = sale.clone();
        change(&mut application);
        law.fee(&application, on).unwrap().total_fen
    };
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Application), i64);
    let cases: [Case<'_>; 8] = [
        ("a flat to two holders, two certificates", &|a| a.certificates = 2, 9000),
        (
            "a factory of a micro enterprise",
            &|a| (a.purpose, a.micro) = (Purpose::NonHousing, true),
            0,
        ),
        ("an office of an ordinary company", &|a| a.purpose = Purpose::NonHousing, 55_000),
        (
            "a change of name on it, two certificates",
            &|a| {
                (a.kind, a.purpose, a.certificates) = (Kind::Change, Purpose::NonHousing, 2);
                a.circumstance = Circumstance::NameChange;
            },
            28_500,
        ),
        (
            "one loan on units of one parcel",
            &|a| {
                (a.kind, a.purpose, a.certificates) = (Kind::Mortgage, Purpose::NonHousing, 0);
                a.more_units = vec![next];
            },
            55_000,
        ),
        (
            "one loan on two parcels",
            &|a| {
                (a.kind, a.purpose, a.certificates) = (Kind::Mortgage, Purpose::NonHousing, 0);
                a.more_units = vec![other];
            },
            110_000,
        ),
        ("cancellation", &|a| (a.kind, a.certificates) = (Kind::Cancel, 0), 0),
        ("a parking space with its own certificate", &|a| a.purpose = Purpose::OwnGarage, 8000),
    ];
    for (what, change, fen) in cases {
        assert_eq!(with(change), fen, "{what}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_case_of_the_law_and_owes_nothing() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    let ground = Ground {
        refusal: property::Refusal::Disputed,
        reason: "继承纠纷正在审理".to_owned(),
    };
    bed.act(&officer("zhou"), "r1", &RegistrationCommand::Refuse { ground })
        .await
        .expect("refused");
    let row = bed.row("r1").await;
    assert_eq!(row.state, State::Refused);
    assert_eq!(row.reason.as_deref(), Some("存在尚未解决的权属争议：继承纠纷正在审理"));
    let accept = RegistrationCommand::Accept;
    assert_eq!(bed.act(&officer("zhou"), "r1", &accept).await, Err("WRONG_STATE".to_owned()));
}

#[tokio::test]
async fn what_is_not_checked_is_not_entered() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.act(&officer("zhou"), "r1", &RegistrationCommand::Accept).await.expect("accepted");
    let examine = RegistrationCommand::Examine { opinion: "同意".to_owned() };
    assert_eq!(bed.act(&officer("zhou"), "r1", &examine).await, Err("INCOMPLETE".to_owned()));
    assert_eq!(bed.enter("wu", "r1").await, Err("INCOMPLETE".to_owned()));
    let alerts = registers::watch::alerts(&*bed.platform().reader, &party(WANG), 10).await.unwrap();
    assert!(alerts.iter().any(|alert| alert.what == "applied" && alert.kind == "transfer"));
    assert!(at("2021-03-01 09:00") <= alerts[0].at);
}
