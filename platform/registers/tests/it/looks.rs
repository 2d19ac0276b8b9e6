//! What each asker sees, that every look is recorded before it is given, and what an extract says.

use crate::bed::{House, at, officer, party, release, restrict, shard, unit};
use codes::Moment;
use kernel::{Actor, PartyKey};
use module::Stage as _;
use registers::inspection::{self, InspectionEvent};
use registers::record::{Shown, ShownRestriction};
use registers::{Ask, extract};

async fn furnished() -> House {
    let house = House::at(at(2021, 1, 4)).await;
    house.enter(&[("wang", "王小明"), ("li", "李丽")]).await;
    house.done(&restrict("mortgage", "抵1号", Some(100_000_000))).await;
    house.done(&restrict("seizure", "（2021）粤03执1号", None)).await;
    house
}

fn now(house: &House) -> Moment {
    house.bed.now()
}

async fn seen(house: &House, actor: &Actor, class: &str) -> Shown {
    let (valid, known) = (now(house), now(house));
    let ask = Ask { record: &unit(), class, purpose: "测试", valid, known };
    house.desk.show(house.bed.platform(), actor, &ask).await.expect("shown").shown
}

#[tokio::test]
async fn rule_1_the_table_of_views_decides_who_sees_what() {
    let house = furnished().await;
    let public = seen(&house, &Actor::Public, "public").await;
    let told: Vec<(&str, bool)> =
        public.presence.iter().map(|(kind, _, stands)| (kind.as_str(), *stands)).collect();
    assert_eq!(
        told,
        [
            ("seizure", true),
            ("mortgage", true),
            ("pre_notice", false),
            ("objection", false),
            ("residence_right", false)
        ]
    );
    assert_eq!(public.restrictions, [], "whether, never how much or by whom");
    let text = format!("{public:?}");
    for hidden in ["100000000", "粤03执1号", "小明", "44030519900101", "15号", "1203", "抵1号"]
    {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert!(text.contains("王**") && text.contains("深圳市南山区科苑路****"), "{text}");

    let holder = seen(&house, &party("wang"), "holder").await;
    let text = format!("{holder:?}");
    assert!(text.contains("440305199001010000"), "her own number");
    assert!(!text.contains("440305199001010001"), "not that of a co-holder");
    assert!(text.contains("李丽") && text.contains("100000000") && text.contains("15号"), "{text}");

    let interested = seen(&house, &party("buyer"), "interested").await;
    let text = format!("{interested:?}");
    assert_eq!(interested.sections.iter().map(|section| section.count).max(), Some(2), "shared");
    assert!(!text.contains("王小明") && !text.contains("100000000"), "{text}");
    let kinds =
        |all: &[ShownRestriction]| all.iter().map(|one| one.kind.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&interested.restrictions), ["mortgage", "seizure"]);
    let of_contract = seen(&house, &party("buyer"), "interested_party").await;
    let text = format!("{of_contract:?}");
    assert!(text.contains("王小明") && !text.contains("44030519900101"), "{text}");

    let officer = seen(&house, &officer(), "officer").await;
    let text = format!("{officer:?}");
    assert!(text.contains("440305199001010001") && text.contains("粤03执1号"), "{text}");
}

#[tokio::test]
async fn s03_a_released_seizure_is_gone_with_the_next_look() {
    let house = furnished().await;
    let seized =
        |shown: &Shown| shown.presence.iter().any(|(kind, _, on)| kind == "seizure" && *on);
    assert!(seized(&seen(&house, &Actor::Public, "public").await));
    house.done(&release(2)).await;
    assert!(!seized(&seen(&house, &Actor::Public, "public").await));
}

#[tokio::test]
async fn a_look_is_recorded_before_it_is_given_and_a_refused_one_too() {
    let house = furnished().await;
    let path = format!("/registers/{}", unit());
    let ask = house.bed.request(&officer(), "GET", &path, None).await;
    assert!(ask.text().contains("查询目的"), "an officer says for what: {}", ask.text());
    let page = format!("{path}?purpose=%E5%AE%A1%E6%A0%B8");
    let shown = house.bed.request(&officer(), "GET", &page, None).await;
    for text in ["王小明", "李丽", "粤03执1号", "1,000,000.00", "审核", "登记审计", "查封"]
    {
        let there = shown.text().contains(text);
        assert_eq!(there, text != "登记审计", "{text}: {}", shown.text());
    }
    house.bed.gate().forbid(Some(&party("stranger")), "register.see_record");
    let refused = house.bed.request(&party("stranger"), "GET", &path, None).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(!refused.text().contains("王"), "{}", refused.text());
    let rows = inspection::looks(&*house.bed.platform().reader, &unit(), 10).await.expect("read");
    let told: Vec<(&str, bool)> =
        rows.iter().map(|row| (row.purpose.as_str(), row.refused)).collect();
    assert_eq!(told, [("", true), ("审核", false)]);
    let events = house.bed.events(&shard(), 0).await.expect("read");
    let looks = events.iter().filter(|event| &*event.kind == "inspection");
    let holders: Vec<Vec<PartyKey>> = looks
        .map(|event| match event.read().expect("an event") {
            InspectionEvent::Inspected(look) | InspectionEvent::InspectionRefused(look) => {
                look.holders
            }
        })
        .collect();
    assert_eq!(holders, vec![vec![PartyKey::new("li"), PartyKey::new("wang")]; 2]);
    let text: String = events.iter().map(|event| event.body.text()).collect();
    assert!(!text.contains("王小明") && !text.contains("44030519900101"), "events hold no person");
}

#[tokio::test]
async fn a_look_that_cannot_be_recorded_is_not_given() {
    let house = furnished().await;
    let (valid, known) = (now(&house), now(&house));
    let ask = Ask { record: &unit(), class: "officer", purpose: " ", valid, known };
    let refused = house.desk.show(house.bed.platform(), &officer(), &ask).await;
    assert_eq!(refused.expect_err("no purpose").reason, "PURPOSE_MISSING");
}

#[tokio::test]
async fn a_page_shows_another_instant_and_what_differs() {
    let house = furnished().await;
    house.wind(at(2021, 6, 1)).await;
    house.done(&release(2)).await;
    let transfer = house.transfer(&[("zhao", "赵六")]).await;
    house.done(&transfer).await;
    let path = format!("/registers/{}?purpose=x", unit());
    let before = format!("{path}&valid=2021-02-01");
    let page = house.bed.request(&officer(), "GET", &before, None).await;
    assert!(page.text().contains("王小明") && !page.text().contains("赵六"), "{}", page.text());
    let compared = format!("{path}&other_valid=2021-02-01");
    let page = house.bed.request(&officer(), "GET", &compared, None).await.text();
    assert!(
        page.contains("对比结果") && page.contains("<del>") && page.contains("<ins>"),
        "{page}"
    );
    assert!(page.contains("svg class=\"gantt\""), "{page}");
    for told in ["<del>王小明、李丽</del>", "<ins>赵六</ins>", "3,000,000.00元", "<del>文号"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    let unknown = format!("{path}&valid=2019-01-01&known=2019-01-01");
    let page = house.bed.request(&officer(), "GET", &unknown, None).await.text();
    assert!(page.contains("当时尚无记载"), "{page}");
    let bad = house.bed.request(&officer(), "GET", &format!("{path}&valid=gestern"), None).await;
    assert_eq!(bad.status, 422);
    let none = "/registers/real_estate/440305001002GB00012F00019999?purpose=x";
    assert_eq!(house.bed.request(&officer(), "GET", none, None).await.status, 404);
    let stranger = party("stranger");
    house.bed.gate().forbid(Some(&stranger), "*");
    for path in [none, "/registers/nothing/x", "/registers/extracts/x", "/registers/alerts"] {
        let refused = house.bed.request(&stranger, "GET", path, None).await;
        assert_eq!(refused.status, 403, "who may not look is not told whether it is there: {path}");
    }
    let json = format!("/api/v1/registers/records/{}?purpose=x", unit());
    let told = house.bed.request(&officer(), "GET", &json, None).await.json();
    assert_eq!(told["presence"]["mortgage"], true);
    assert_eq!(told["presence"]["seizure"], false);
}

#[tokio::test]
async fn an_extract_says_what_was_asked_why_and_of_which_instant() {
    let house = furnished().await;
    let (valid, known) = (now(&house), now(&house));
    let ask = Ask { record: &unit(), class: "holder", purpose: "办理贷款", valid, known };
    let id = house.bed.next_id();
    let platform = house.bed.platform();
    let wang = party("wang");
    let key = house.desk.extract(platform, &wang, &ask, ("王小明", id)).await.expect("ordered");
    let again = house.desk.extract(platform, &wang, &ask, ("王小明", id)).await;
    assert_eq!(again.expect("the first answer again"), key);
    house.bed.settle().await;
    let row = extract::extract(&*platform.reader, &key).await.expect("read").expect("an extract");
    assert_eq!(row.number, "CX-440305-20210104-000001");
    let paper = row.paper.clone().expect("made");
    let pdf = house.desk.outside.vault.read(&paper.pdf).await.expect("kept");
    let text = String::from_utf8(pdf).expect("text");
    for told in [
        "办理贷款",
        "不动产登记簿",
        "440305-001-002-GB-00012-F-00010003",
        "王小明 2021年1月4日",
        "抵1号 1,000,000.00元",
        "查封",
        "科苑路15号",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let page = format!("/registers/extracts/{key}");
    let shown = house.bed.request(&wang, "GET", &page, None).await.text();
    assert!(shown.contains(&row.number), "{shown}");
    let pdf = house.bed.request(&wang, "GET", &format!("{page}/document.pdf"), None).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
    let token = row.token.expect("a token");
    let check = format!("/registers/check/{token}");
    let public = house.bed.request(&Actor::Public, "GET", &check, None).await.text();
    assert!(public.contains("本机构出具") && public.contains(&row.number), "{public}");
    for hidden in ["王", "抵押", "科苑路", "办理贷款"] {
        assert!(!public.contains(hidden), "{hidden}: {public}");
    }
    let forged = house.bed.request(&Actor::Public, "GET", "/registers/check/AAAA", None).await;
    assert_eq!((forged.status.as_u16(), forged.text().contains("非本机构出具")), (200, true));
    let events = house.bed.events(&shard(), 0).await.expect("read");
    let text: String = events.iter().map(|event| event.body.text()).collect();
    assert!(!text.contains("王小明"), "the result lies sealed");
}
