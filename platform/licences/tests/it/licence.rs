//! How a licence comes to be, lives and ends.

use crate::bed::{Bed, MOBILE, NAME, USCC, holder, numbers, officer, order, templates};
use codes::{Date, Moment};
use kernel::spec;
use licences::{
    Ending, Filling, Ground, Licence, LicenceCommand, LicenceEvent, LicenceKey, NumberFrom, Rules,
    State, Statement,
};
use module::SubmitError;
use seals::Algorithm;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

fn ground() -> Ground {
    Ground {
        reason: "以欺骗手段取得".to_owned(), article: "行政许可法第六十九条".to_owned()
    }
}

fn reason(error: &SubmitError) -> String {
    error.refusal().reason
}

#[tokio::test]
async fn a_business_licence_bears_the_unified_code_and_is_signed() {
    for algorithm in [Algorithm::Es256, Algorithm::Sm2Sm3] {
        let bed = Bed::with(algorithm).await;
        let row = bed.business("l1", None).await;
        assert_eq!((row.state, row.number.as_str()), (State::Valid, USCC));
        assert_eq!(bed.turns("l1").await, ["Issued", "Signed"]);
        let (statement, key) =
            Statement::verify(&bed.statement("l1").await, &bed.trusted()).expect("it holds");
        assert_eq!(key.key.algorithm(), algorithm);
        assert_eq!(statement.number, USCC);
        assert_eq!(Some(statement.token), row.token);
    }
}

#[tokio::test]
async fn the_paper_is_bound_by_its_digest_and_lies_sealed() {
    let bed = Bed::new().await;
    let document = bed.business("l1", None).await.document.expect("signed");
    let key = blobs::KeyName::new(document.pdf.key.as_deref().expect("sealed"));
    let pdf = bed.vault.open(&key, &document.pdf.blob).await.expect("opens");
    assert_eq!(seals::Digest::sha256(&pdf), document.sha256);
    let text = String::from_utf8(pdf.to_vec()).expect("text");
    let token = bed.row("l1").await.token.expect("there");
    assert_eq!(token.len(), 26, "128 bits in base32");
    for printed in [NAME, USCC, MOBILE, &format!("https://portal.example/v/{token}")] {
        assert!(text.contains(printed), "{printed} in {text}");
    }
}

#[tokio::test]
async fn a_food_licence_takes_the_next_serial_with_its_check_digit() {
    let bed = Bed::new().await;
    let mut numbers = Vec::new();
    for key in ["l1", "l2", "l3"] {
        numbers.push(bed.food(key).await.number);
    }
    assert_eq!(bed.turns("l1").await, ["Issued", "Numbered", "Signed"]);
    for (serial, number) in (1_u32..).zip(&numbers) {
        let stem = format!("JY2440115{serial:06}");
        assert!(number.starts_with(&stem), "{number}");
        number.parse::<codes::FoodLicenceNo>().expect("the check digit holds");
    }
}

#[tokio::test]
async fn a_refused_order_takes_no_serial() {
    let bed = Bed::new().await;
    bed.food("l1").await;
    let mut impossible = order("food_licence", bed.filling().await);
    impossible.valid_to = Some(Date::constant(2026, 2, 11));
    assert_eq!(reason(&bed.issue("l2", impossible).await.expect_err("no")), "TERM_IMPOSSIBLE");
    let mut no_format = order("food_licence", bed.filling().await);
    no_format.number = NumberFrom::Series(BTreeMap::new());
    assert_eq!(reason(&bed.issue("l2", no_format).await.expect_err("no")), "NEED_FACT");
    let unknown = order("fishing_licence", bed.filling().await);
    assert_eq!(reason(&bed.issue("l2", unknown).await.expect_err("no")), "TEMPLATE_UNKNOWN");
    assert!(bed.food("l3").await.number.starts_with("JY2440115000002"), "no gap");
}

#[tokio::test]
async fn the_same_order_twice_is_one_licence_and_another_is_refused() {
    let bed = Bed::new().await;
    let first = bed.food("l1").await;
    let mut same = order("food_licence", bed.filling().await);
    same.valid_to = Some(Date::constant(2031, 2, 11));
    assert_eq!(bed.issue("l1", same.clone()).await.expect("nothing to do"), Vec::<String>::new());
    same.valid_to = None;
    assert_eq!(reason(&bed.issue("l1", same).await.expect_err("taken")), "TAKEN");
    assert_eq!(bed.row("l1").await.number, first.number);
}

#[tokio::test]
async fn a_second_answer_of_the_signing_errand_changes_nothing() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let mut document = row.document.clone().expect("signed");
    document.edition = "another".to_owned();
    let again = LicenceCommand::Signed { document: Box::new(document), token: "other".to_owned() };
    assert_eq!(bed.act("l1", again).await.expect("nothing to do"), Vec::<String>::new());
    assert_eq!(bed.row("l1").await.document, row.document);
}

#[tokio::test]
async fn what_cannot_be_set_in_type_stays_unsigned_and_is_seen() {
    let bed = Bed::new().await;
    bed.typesetter_fails.store(true, Ordering::SeqCst);
    let row = bed.business("l1", None).await;
    assert_eq!((row.state, row.document), (State::Preparing, None));
    let page = bed.get(&holder(), "/licences/l1").await.text();
    assert!(page.contains("证照正在签章"), "{page}");
    let pdf = bed.get(&holder(), "/licences/l1/document.pdf").await;
    assert_eq!((pdf.status.as_u16(), pdf.json()["reason"].as_str()), (409, Some("NOT_SIGNED")));
}

#[tokio::test]
async fn a_new_version_ends_the_old_one_in_the_same_batch() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    bed.business("l2", Some("l1")).await;
    let old = bed.row("l1").await;
    assert_eq!(old.state, State::Replaced);
    assert_eq!(old.replaced_by, Some(LicenceKey("l2".to_owned())));
    assert_eq!(bed.row("l2").await.state, State::Valid);
}

#[tokio::test]
async fn a_licence_expires_at_the_end_of_its_last_day() {
    let bed = Bed::new().await;
    bed.food("l1").await;
    let end = Moment::end_of(Date::constant(2031, 2, 11));
    bed.wind(end.plus_us(-1)).await;
    assert_eq!(bed.row("l1").await.state, State::Valid);
    bed.wind(end).await;
    let row = bed.row("l1").await;
    assert_eq!((row.state, row.since), (State::Expired, end));
}

#[tokio::test]
async fn tables_made_anew_are_the_same() {
    let bed = Bed::new().await;
    bed.food("l1").await;
    bed.business("l2", None).await;
    bed.business("l3", Some("l2")).await;
    bed.act("l1", LicenceCommand::Suspend { ground: ground() }).await.expect("suspended");
    let rows = |row: &licences::queries::LicenceRow| format!("{row:?}");
    let mut before = Vec::new();
    for key in ["l1", "l2", "l3"] {
        before.push(rows(&bed.row(key).await));
    }
    let again = bed.bed.restart_without_tables().await.expect("starts");
    for (key, before) in ["l1", "l2", "l3"].into_iter().zip(before) {
        let key = LicenceKey(key.to_owned());
        let row = licences::queries::licence(&*again.platform().reader, &key).await;
        assert_eq!(rows(&row.expect("read").expect("there")), before);
    }
}

fn rules() -> Rules {
    Rules { templates: templates(), numbers: numbers() }
}

/// A licence that is signed and in force.
fn past(valid_to: Option<Date>) -> Vec<LicenceEvent> {
    let mut ordered = order("business_licence", Filling::Plain(documents::Values::new()));
    ordered.number = NumberFrom::Given(USCC.to_owned());
    ordered.valid_to = valid_to;
    crate::goldens::licence()
        .into_iter()
        .filter_map(|event| match event {
            LicenceEvent::Issued { title, on, numbering: None, .. } => Some(LicenceEvent::Issued {
                order: Box::new(ordered.clone()),
                title,
                on,
                numbering: None,
            }),
            LicenceEvent::Signed { .. } => Some(event),
            _ => None,
        })
        .collect()
}

#[test]
fn each_act_fits_some_states_and_no_others() {
    let (suspend, resume, end) = (
        LicenceCommand::Suspend { ground: ground() },
        LicenceCommand::Resume { ground: ground() },
        LicenceCommand::Revoke { by: Ending::Annulled, ground: ground() },
    );
    let replace = LicenceCommand::Replace { by: LicenceKey("l2".to_owned()) };
    for (before, now, fits) in [
        (vec![], &suspend, true),
        (vec![], &resume, false),
        (vec![], &end, true),
        (vec![], &replace, true),
        (vec![&suspend], &suspend, false),
        (vec![&suspend], &resume, true),
        (vec![&suspend], &end, true),
        (vec![&suspend, &resume], &suspend, true),
        (vec![&end], &suspend, false),
        (vec![&end], &resume, false),
        (vec![&end], &end, false),
        (vec![&replace], &suspend, false),
        (vec![&replace], &end, true),
    ] {
        let rules = rules();
        let mut licence = spec::given::<Licence>(&rules, past(None));
        for command in &before {
            licence.when((*command).clone()).expect("it fits");
        }
        assert_eq!(licence.when(now.clone()).is_ok(), fits, "{now:?} after {before:?}");
    }
}

#[test]
fn an_act_without_facts_or_article_is_refused() {
    let rules = rules();
    let mut licence = spec::given::<Licence>(&rules, past(None));
    for (reason, article) in
        [("", "条"), ("  ", "条"), ("事", ""), (&"长".repeat(501) as &str, "条")]
    {
        let ground = Ground { reason: reason.to_owned(), article: article.to_owned() };
        assert!(licence.when(LicenceCommand::Suspend { ground: ground.clone() }).is_err());
        assert!(licence.when(LicenceCommand::Revoke { by: Ending::Revoked, ground }).is_err());
    }
}

#[test]
fn a_suspended_licence_still_expires_and_an_ended_one_does_not() {
    let rules = rules();
    let last = Date::constant(2026, 3, 1);
    let end = LicenceCommand::Revoke { by: Ending::StruckOff, ground: ground() };
    for (act, expires) in [(LicenceCommand::Suspend { ground: ground() }, true), (end, false)] {
        let mut licence = spec::given::<Licence>(&rules, past(Some(last)));
        licence.when(act).expect("it fits");
        let events = licence.wind(Moment::end_of(last)).expect("fires");
        assert_eq!(events == [LicenceEvent::Expired], expires);
    }
}

#[test]
fn nothing_can_be_done_to_a_licence_that_is_not() {
    let rules = rules();
    let mut none = spec::given::<Licence>(&rules, []);
    for command in [
        LicenceCommand::Number { number: "1".to_owned() },
        LicenceCommand::Suspend { ground: ground() },
        LicenceCommand::Revoke { by: Ending::Revoked, ground: ground() },
        LicenceCommand::Replace { by: LicenceKey("l2".to_owned()) },
    ] {
        assert!(none.when(command).is_err());
    }
}

#[tokio::test]
async fn a_look_of_an_officer_is_recorded_once_an_hour_and_a_holders_is_not() {
    let bed = Bed::new().await;
    bed.stall("l1").await;
    let market = officer("440115-market", "reviewer");
    for path in ["/licences/l1", "/licences/l1", "/api/v1/licences/l1"] {
        for actor in [&holder(), &market] {
            assert_eq!(bed.get(actor, path).await.status, 200, "{path}");
        }
    }
    assert_eq!(bed.get(&market, "/licences/l1/document.pdf").await.status, 200);
    let shown: Vec<_> = bed.events("licence-looks", "l1").await;
    let shown: Vec<_> = shown.iter().map(|event| event["Looked"]["shown"][0].clone()).collect();
    assert_eq!(shown, ["record", "paper"], "the page and the paper, each once");
    assert_eq!(bed.row("l1").await.version, bed.events("licence", "l1").await.len() as u64);
}
