//! What operators and auditors see, and others do not.

use crate::bed::{CASE, Line, decided};
use axum::http::StatusCode;
use kernel::{Actor, OrganKey};
use standins::organ;

fn operator() -> Actor {
    Actor::Officer {
        organ: OrganKey::new("440100-data"),
        login: "ops".to_owned(),
        role: "operator".to_owned(),
    }
}

async fn line() -> Line {
    let line = Line::new().await;
    line.peer.act(organ::opens_accounts(0));
    line.tell(CASE).await;
    line.peer.tick().await;
    line
}

#[tokio::test]
async fn an_operator_sees_the_traffic_by_partner_and_each_message_with_its_proof() {
    let line = line().await;
    let page = line.bed.request(&operator(), "GET", "/exchange", None).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for part in [
        "数据交换",
        "商业银行",
        "企业设立信息推送",
        "事项受理回告",
        "事项办结回告",
        CASE,
        "回告办理结果",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let english = line.bed.request(&operator(), "GET", "/exchange?lang=en", None).await.text();
    assert!(english.contains("Task decided") && english.contains("Bank"), "{english}");

    let sent = line.bed.request(&operator(), "GET", "/exchange?direction=sent", None).await.text();
    assert!(sent.contains("/exchange/messages/out:") && !sent.contains("/exchange/messages/in:"));
    let others = line.bed.request(&operator(), "GET", "/exchange?case=c9", None).await.text();
    assert!(others.contains("没有报文"));

    let id = &line.peer.got()[0].id;
    let path = format!("/exchange/messages/in:bank:{id}-1");
    let one = line.bed.request(&operator(), "GET", &path, None).await.text();
    let number = organ::account_number("91440115MAD2K7Q49J");
    let key = line.peer.keys().records()[0].id.to_string();
    for part in ["法律依据", "优化营商环境条例第十九条", &number, &key, "SHA-256"] {
        assert!(one.contains(part), "{part} in {one}");
    }
    let unknown = line.bed.request(&operator(), "GET", "/exchange/messages/in:x:y", None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_is_had_as_csv_and_by_the_api() {
    let line = line().await;
    let csv = line.bed.request(&operator(), "GET", "/exchange/messages.csv", None).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().count(), 4, "a head and three messages");
    let path = "/api/v1/exchange/messages?partner=bank&direction=received";
    let list = line.bed.request(&operator(), "GET", path, None).await.json();
    assert_eq!(list["messages"].as_array().map(Vec::len), Some(2));
    let key = list["messages"][0]["message"].as_str().expect("a key").to_owned();
    let path = format!("/api/v1/exchange/messages/{key}");
    let one = line.bed.request(&operator(), "GET", &path, None).await;
    assert_eq!(one.json(), list["messages"][0]);
}

#[tokio::test]
async fn a_long_list_goes_on_where_it_stopped() {
    let line = Line::new().await;
    for n in 0..51 {
        line.peer.send(&format!("t-{n}"), &decided(&format!("c{n}"))).await.expect("an answer");
    }
    let path = "/api/v1/exchange/messages";
    let first = line.bed.request(&operator(), "GET", path, None).await.json();
    assert_eq!(first["messages"].as_array().map(Vec::len), Some(50));
    let before = first["before"].as_str().expect("there is more").to_owned();
    let next = format!("{path}?before={before}");
    let last = line.bed.request(&operator(), "GET", &next, None).await.json();
    assert_eq!(
        (last["messages"].as_array().map(Vec::len), last["before"].is_null()),
        (Some(1), true)
    );
    let page = line.bed.request(&operator(), "GET", "/exchange", None).await.text();
    assert!(page.contains("下一页") && page.contains(&before));
}

#[tokio::test]
async fn others_see_nothing() {
    let line = line().await;
    line.bed.gate().forbid(None, "exchange.see");
    for path in [
        "/exchange",
        "/exchange/messages.csv",
        "/exchange/messages/in:bank:x",
        "/api/v1/exchange/messages",
        "/api/v1/exchange/messages/in:bank:x",
    ] {
        let nobody = line.bed.request(&Actor::Public, "GET", path, None).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
        let officer = line.bed.request(&operator(), "GET", path, None).await;
        assert_eq!(officer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn what_stands_in_an_address_comes_back_as_text() {
    let line = line().await;
    let path = "/exchange?case=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = line.bed.request(&operator(), "GET", path, None).await.text();
    assert!(!page.contains("<script>alert(1)"), "{page}");
}
