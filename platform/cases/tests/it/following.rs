//! Following a case with its receipt, and what a list says while signatures are out.

use crate::fixture::founder;
use crate::house::{House, PORTAL, SIGNERS};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::Actor;
use module::Who;
use portal::Caller;
use testbed::Reply;

/// Looks for a case from an address, as anybody can.
async fn look(house: &House, from: &str, no: &str, secret: &str) -> Reply {
    let body = format!("no={no}&secret={}", secret.replace(' ', "+"));
    let mut request = Request::post("/follow")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(Who(Actor::Public));
    request.extensions_mut().insert(Caller(from.to_owned()));
    house.bed.send(request).await
}

/// The code on a receipt, as it is printed: in groups.
fn code_on(receipt: &str) -> String {
    let after = receipt.split("<dt>查询码<").nth(1).unwrap();
    after.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_holds_the_receipt_sees_how_far_the_case_is_and_nothing_of_whom_it_concerns() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &["food"]).await;
    let receipt = house.page(&founder(), &format!("/cases/{no}/receipt")).await;
    assert!(receipt.contains(&format!("{PORTAL}/follow")) && receipt.contains("<svg"), "{receipt}");
    let code = code_on(&receipt);
    assert_eq!(code.len(), 12, "{code}");
    let grouped = portal::Groups::Fours.cut(&code).join(" ").to_lowercase();
    for typed in [code.clone(), grouped] {
        let reply = look(&house, "a", &no, &typed).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("cache-control"), "private, no-store");
        let page = reply.text();
        for part in ["食品经营许可", "待受理", "2026年2月12日（周四）"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let secret = ["青禾", "陈思远", "440113199003074516", "13822001990", "进港大道"];
        for part in secret {
            assert!(!page.contains(part), "{part} is told to anybody: {page}");
        }
    }
    let english = house.page(&Actor::Public, "/follow?lang=en").await;
    assert!(english.contains("Follow a case by its receipt"), "{english}");
}

#[tokio::test]
async fn a_wrong_number_and_a_wrong_code_get_one_answer() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &[]).await;
    let receipt = house.page(&founder(), &format!("/cases/{no}/receipt")).await;
    let code = code_on(&receipt);
    let mut answers = Vec::new();
    for (typed, secret) in [
        (no.as_str(), "000000000000"),
        ("440115-260212-000009-99", code.as_str()),
        ("nonsense", code.as_str()),
        ("", ""),
    ] {
        let reply = look(&house, "a", typed, secret).await;
        let page = reply.text().replace(&format!("value=\"{typed}\""), "value=\"\"");
        answers.push((reply.status, page));
    }
    assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answers[0].1.contains("办件编号和查询码不匹配"), "{}", answers[0].1);
    for other in &answers[1..] {
        assert_eq!(other, &answers[0]);
    }
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down_and_nobody_else() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &[]).await;
    let receipt = house.page(&founder(), &format!("/cases/{no}/receipt")).await;
    let code = code_on(&receipt);
    for n in 0..10 {
        let reply = look(&house, "a", &no, &format!("{n:012}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let reply = look(&house, "a", &no, &code).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(reply.text().contains("次数过多"), "{}", reply.text());
    assert_eq!(look(&house, "b", &no, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_draft_has_no_receipt() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let reply = house.get(&founder(), &format!("/cases/{no}/receipt")).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, &*format!("/cases/{no}")));
}

#[tokio::test]
async fn list_and_case_say_that_signatures_are_out_until_all_have_signed() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let said = async || {
        let list = house.page(&founder(), "/cases").await;
        (list, house.page(&founder(), &format!("/cases/{no}")).await)
    };
    let (list, page) = said().await;
    assert!(list.contains("草稿") && page.contains("草稿"), "{list}");
    for (card, name, number) in SIGNERS {
        let link = house.invited(&founder(), &no, card).await;
        let (list, page) = said().await;
        assert!(list.contains("待签署") && !list.contains("草稿"), "{list}");
        assert!(page.contains("待签署"), "{page}");
        house.signs(&link, name, number).await;
    }
    assert!(said().await.1.contains("已签署，待提交"));
}

#[tokio::test]
async fn a_link_for_a_signer_bears_the_address_of_the_site_whatever_host_was_asked_for() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let path = format!("/cases/{no}/signing");
    let page = house.page(&founder(), &path).await;
    let part = page.split("id=\"signer-chen\"").nth(1).unwrap();
    let secret = crate::house::hidden(part, "_secret");
    let typed = [("_secret", secret.as_str()), ("_action", "invite:chen")];
    // The house sends every form with the header `Host: lianban.example`.
    let page = house.submit(&founder(), part, &path, &typed).await.text();
    assert!(page.contains(&format!("{PORTAL}/cases/sign/{secret}")), "{page}");
    assert!(!page.contains("lianban.example/cases/sign"), "{page}");
}

#[tokio::test]
async fn an_english_signer_reads_codes_in_english_beside_the_chinese_that_counts() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let (card, name, number) = SIGNERS[1];
    let link = house.invited(&founder(), &no, card).await;
    let reads = async |lang: &str| {
        let path = format!("{link}?lang={lang}");
        let page = house.page(&Actor::Public, &path).await;
        let proof = [("_signer_name", name), ("_signer_number", number), ("_action", "identify")];
        house.submit(&Actor::Public, &page, &path, &proof).await.text()
    };
    let (zh, en) = (reads("zh").await, reads("en").await);
    assert!(zh.contains("货币") && !zh.contains("class=\"beside\">(currency"), "{zh}");
    let money = "<span lang=\"zh-CN\">货币</span> <span class=\"beside\">(";
    assert!(en.contains(money), "{en}");
    assert!(en.contains("The Chinese text is the one that counts"), "{en}");
}
