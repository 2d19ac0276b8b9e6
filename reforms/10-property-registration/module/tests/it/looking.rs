//! Looking up: what one holds, what one applied for, the desk, inquiries with proof.

use crate::bed::{Bed, LI, UNIT, WANG, mortgage, officer, party, person, unit};
use kernel::{Actor, Atomic};
use module::Stage as _;
use property::Kind;
use property_module::inquiry::{Interest, Question};
use property_module::{Inquiry, InquiryCommand, InquiryKey, RegistrationCommand, book};

#[tokio::test]
async fn a_holder_sees_its_own_property_and_nobody_else_does() {
    let bed = Bed::new().await;
    bed.certified().await;
    bed.record(&mortgage(&[])).await.expect("mortgaged");
    let page = bed.get(&person(WANG), "/property/mine").await.text();
    for part in
        ["科技路12号3栋1001", "有抵押", "粤(2021)深圳市不动产权第0000001号", "/property/figures/"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let other = bed.get(&person(LI), "/property/mine").await.text();
    assert!(!other.contains("科技路12号3栋1001"), "{other}");
    let signed_out = bed.get(&Actor::Public, "/property/mine").await;
    assert_eq!(signed_out.status, 401);
    let json = bed.get(&person(WANG), "/api/v1/property/mine").await.json();
    assert_eq!(json["units"][0]["real_estate_unit_no"], UNIT);
}

#[tokio::test]
async fn progress_tells_steps_days_and_fee() {
    let bed = Bed::at("2020-09-21 09:00").await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.act(&officer("zhou"), "r1", &RegistrationCommand::Accept).await.expect("accepted");
    let page = bed.get(&person(LI), "/property/registrations/r1").await.text();
    for part in
        ["审核中（第3环节，剩余5个工作日）", "契税核验", "80.00", "2020年9月27日", "/ledger/bills/"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    let json = bed.get(&person(LI), "/api/v1/property/registrations/r1").await.json();
    assert_eq!(json["promise_on"], "2020-09-27");
    assert_eq!(bed.get(&person(LI), "/property/registrations/nothing").await.status, 404);
    let list = bed.get(&person(LI), "/property/registrations").await.text();
    assert!(list.contains("/property/registrations/r1"), "{list}");
}

#[tokio::test]
async fn the_desk_shows_form_book_figure_and_restrictions_and_decides() {
    let bed = Bed::new().await;
    bed.entered().await;
    bed.record(&mortgage(&[])).await.expect("mortgaged");
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    let zhou = officer("zhou");
    let list = bed.get(&zhou, "/property/desk").await.text();
    assert!(list.contains("/property/desk/r1"), "{list}");
    let form = [("_action", "accept")];
    assert_eq!(bed.post(&zhou, "/property/desk/r1", &form).await.status, 303);
    let page = bed.get(&zhou, "/property/desk/r1").await.text();
    for part in [
        "登簿前的登记簿",
        "科技路12号3栋1001",
        "抵押",
        "/property/figures/",
        "契税核验",
        "请核对是否影响本次登记",
        "不予登记",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for task in ["identity", "restriction", "tax", "deal"] {
        let verb = format!("finish:{task}");
        let form = [("_action", verb.as_str()), ("note", "经核对无误")];
        assert_eq!(bed.post(&zhou, "/property/desk/r1", &form).await.status, 303, "{task}");
    }
    let form = [("_action", "examine"), ("opinion", "同意登簿")];
    assert_eq!(bed.post(&zhou, "/property/desk/r1", &form).await.status, 303);
    let unpaid = bed.post(&zhou, "/property/desk/r1", &[("_action", "enter")]).await;
    assert_eq!(unpaid.status, 422, "{}", unpaid.text());
    assert_eq!(bed.progress("r1").await, "待缴费");
    bed.pay("r1", "T1").await;
    assert_eq!(bed.post(&zhou, "/property/desk/r1", &[("_action", "enter")]).await.status, 303);
    assert_eq!(bed.progress("r1").await, "待领证");
}

#[tokio::test]
async fn a_court_order_is_entered_at_once_and_released() {
    let bed = Bed::new().await;
    bed.entered().await;
    let path = format!("/property/units/{UNIT}/restrictions");
    let seize = [
        ("_action", "seize"),
        ("court", "南山区人民法院"),
        ("document_no", "（2021）粤0305执12号"),
    ];
    assert_eq!(bed.post(&officer("zhou"), &path, &seize).await.status, 303);
    let missing = [("_action", "seize"), ("court", "南山区人民法院")];
    assert_eq!(bed.post(&officer("zhou"), &path, &missing).await.status, 422);
    let now = bed.platform().clock.now();
    let snapshot = book::now(&*bed.platform().reader, unit(), now).await.unwrap().unwrap();
    assert_eq!(snapshot.restrictions().count(), 1);
    bed.wind("2021-03-01 12:00").await;
    let release = [("_action", "release"), ("restriction", "1"), ("document_no", "解除通知")];
    assert_eq!(bed.post(&officer("zhou"), &path, &release).await.status, 303);
    let now = bed.platform().clock.now();
    let snapshot = book::now(&*bed.platform().reader, unit(), now).await.unwrap().unwrap();
    assert_eq!(snapshot.restrictions().count(), 0);
}

fn question(interest: Interest, proof: Option<&str>, purpose: &str) -> InquiryCommand {
    InquiryCommand::Ask(Box::new(Question {
        unit: unit(),
        office: crate::bed::office(),
        interest,
        purpose: purpose.to_owned(),
        proof: proof.map(str::to_owned),
    }))
}

#[tokio::test]
async fn s08_a_stranger_learns_nothing_an_heir_is_answered_and_the_holder_sees_it() {
    let bed = Bed::new().await;
    bed.entered().await;
    let ask = |by: &'static str, command: InquiryCommand| {
        let key = InquiryKey(format!("q-{by}"));
        (
            person(by),
            Atomic::new(crate::bed::shard()).then::<Inquiry>(&key, &command).expect("json"),
        )
    };
    let (stranger, group) = ask("stranger", question(Interest::Interested, None, "想知道"));
    assert_eq!(bed.submit(&stranger, group).await, Err("NOT_ENTITLED".to_owned()));
    let (heir, group) = ask("heir", question(Interest::Heir, Some("ab"), ""));
    assert_eq!(bed.submit(&heir, group).await, Err("PURPOSE_MISSING".to_owned()));
    let (heir, group) = ask("heir", question(Interest::Heir, Some("ab"), "办理继承"));
    bed.submit(&heir, group).await.expect("asked");

    let waiting = bed.get(&heir, "/property/inquiries/q-heir").await.text();
    assert!(waiting.contains("核查中") && !waiting.contains(WANG), "{waiting}");
    let form = [("_action", "grant")];
    assert_eq!(bed.post(&officer("zhou"), "/property/inquiries/q-heir", &form).await.status, 303);
    let page = bed.get(&heir, "/property/inquiries/q-heir").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.text();
    for part in [WANG, "科技路12号3栋1001", "继承人 · heir · 2021年3月1日", "办理继承"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let record = book::record_of(unit());
    let looks = registers::inspection::looks(&*bed.platform().reader, &record, 10).await.unwrap();
    assert_eq!((looks.len(), looks[0].purpose.as_str()), (1, "办理继承"));
    assert_eq!(looks[0].party, Some(party("heir")));

    bed.wind("2021-03-05 09:00").await;
    let late = bed.get(&heir, "/property/inquiries/q-heir").await.text();
    assert!(!late.contains(WANG), "three days are over: {late}");
}

#[tokio::test]
async fn the_form_of_an_application_is_taken_and_read() {
    let bed = Bed::new().await;
    bed.entered().await;
    let number = "440305199003074518";
    let page = bed.get(&officer("zhou"), &format!("/property/apply?unit={UNIT}")).await.text();
    assert!(page.contains("科技路12号3栋1001"), "the window sees where it is: {page}");
    let valid: String = {
        let body = number.get(..17).unwrap_or_default();
        let check = codes::check::mod_11_2(body).map(String::from).unwrap_or_default();
        format!("{body}{check}")
    };
    let form = [
        ("kind", "transfer"),
        ("real_estate_unit_no", "440305-001-002-GB-00012-F-00010003"),
        ("document_no", "买卖合同2021-018号"),
        ("purpose", "housing"),
        ("circumstance", "ordinary"),
        ("value", "5,000,000.00"),
        ("certificates", "2"),
        ("name_0", LI),
        ("type_0", "resident_id"),
        ("number_0", valid.as_str()),
    ];
    let reply = bed.post(&officer("zhou"), "/property/apply", &form).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let key = reply.header("location").rsplit('/').next().unwrap_or_default().to_owned();
    assert!(key.starts_with("BDC-440305-20210301-"), "{key}");
    let row = bed.row(&key).await;
    assert_eq!(row.application.value_fen, 500_000_000);
    assert_eq!(row.application.applicants[0], party(WANG));
    let again = bed.post(&officer("zhou"), "/property/apply", &form).await;
    assert_eq!(again.header("location"), reply.header("location"), "sent twice, applied once");
    let wrong = [
        ("kind", "transfer"),
        ("real_estate_unit_no", "440305001002GQ00012F00010003"),
        ("document_no", "x"),
        ("purpose", "housing"),
    ];
    let reply = bed.post(&officer("zhou"), "/property/apply", &wrong).await;
    assert_eq!(reply.status, 422);
    assert!(crate::bed::resident(&valid).number().starts_with("440305"));
}

#[tokio::test]
async fn what_is_missing_is_uploaded_opened_at_the_desk_and_each_look_is_recorded() {
    let bed = Bed::new().await;
    bed.entered().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    let zhou = officer("zhou");
    for form in [
        vec![("_action", "accept")],
        vec![("_action", "supplement"), ("what", "买卖合同"), ("why", "缺第三页")],
    ] {
        assert_eq!(bed.post(&zhou, "/property/desk/r1", &form).await.status, 303);
    }
    let page = bed.get(&person(LI), "/property/registrations/r1").await.text();
    assert!(page.contains("缺第三页") && page.contains("name=\"papers\""), "{page}");
    let supply = [("_action", "supply")];
    let odd = bed
        .post_file(&person(LI), "/property/registrations/r1", &supply, ("papers", "MZ program"))
        .await;
    assert_eq!(odd.status, 422, "no paper: {}", odd.text());
    let given = bed
        .post_file(&person(LI), "/property/registrations/r1", &supply, ("papers", "%PDF-1.7 三"))
        .await;
    assert_eq!(given.status, 303, "{}", given.text());
    assert!(bed.row("r1").await.asked.is_none(), "supplied in the same group");
    let page = bed.get(&zhou, "/property/desk/r1").await.text();
    assert!(page.contains("/property/registrations/r1/papers/0"), "{page}");
    let paper = bed.get(&zhou, "/property/registrations/r1/papers/0").await;
    assert_eq!((paper.status.as_u16(), paper.text().as_str()), (200, "%PDF-1.7 三"));
    assert_eq!(paper.header("content-type"), "application/pdf");
    assert_eq!(bed.get(&zhou, "/property/registrations/r1/papers/1").await.status, 404);
    // The desk and the paper: two looks, each with its purpose, in the holder's own log.
    let record = book::record_of(unit());
    let looks = registers::inspection::looks(&*bed.platform().reader, &record, 10).await;
    let looks = looks.expect("read");
    assert_eq!(looks.len(), 2, "{looks:?}");
    assert!(looks.iter().all(|look| look.purpose == "登记审核 r1" && look.view == "officer"));
    for event in bed.bed.events(&crate::bed::shard(), 0).await.expect("events") {
        assert!(!event.body.text().contains("f.pdf"), "{} names the file", event.name());
    }
}
