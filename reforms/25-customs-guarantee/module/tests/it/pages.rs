//! What people see and do.

use crate::bed::{BANK_USCC, Bed, NAME, USCC, offered, officer, party};
use kernel::{Actor, PartyKey};

#[tokio::test]
async fn an_enterprise_sees_its_gauge_asks_what_if_and_holds_by_one_form() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", 1_000_000_000)).await;
    let home = bed.get(&party(), "/guarantee/mine").await;
    assert_eq!(home.header("location"), format!("/guarantee/enterprises/{USCC}"));
    let own = format!("/guarantee/enterprises/{USCC}");
    let asked = format!("{own}?amount=3,864,205.50&matter=T1&place=5165");
    let page = bed.get(&party(), &asked).await.text();
    for told in [NAME, "<svg", "可以使用", no.as_str(), "2026年3月17日", "节省"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("style=\""), "no inline style");
    let too_much = bed.get(&party(), &format!("{own}?amount=20000000&matter=T1&place=5165")).await;
    assert!(too_much.text().contains("一份报关单只能使用一份担保"), "{}", too_much.text());
    let form = "declaration_no=516520261000000001&matter=T1M&place=5165&amount=3%2C864%2C205.50&guarantee=&_action=hold";
    let declare = format!("{own}/declare");
    assert!(bed.get(&party(), &declare).await.text().contains("declaration_no"));
    let sent = bed.post(&party(), &declare, form).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    assert_eq!(sent.header("location"), "/guarantee/uses/516520261000000001");
    let again = bed.post(&party(), &declare, form).await;
    assert_eq!(again.status.as_u16(), 303, "{}", again.text());
    assert_eq!(bed.free(&no).await, 613_579_450, "sent twice, it is held once");
    let one = bed.get(&party(), "/guarantee/uses/516520261000000001").await.text();
    // Summary taxation of March is due on the fifth working day of April.
    assert!(one.contains("2026年4月8日") && one.contains("撤销核扣"), "{one}");
    let text = bed.get(&party(), &format!("/guarantee/texts/{no}")).await.text();
    assert!(text.contains("<polyline") && text.contains("对账单"), "{text}");
    let csv = bed.get(&party(), &format!("/guarantee/texts/{no}/statement.csv")).await.text();
    assert!(csv.contains("-3864205.50") && csv.contains("6135794.50"), "{csv}");
    let refused = bed.post(&party(), "/guarantee/uses/516520261000000001", "_action=use").await;
    assert_eq!(refused.status.as_u16(), 403, "a party releases nothing: {}", refused.text());
}

#[tokio::test]
async fn officers_work_the_desk_the_guarantor_its_portal_and_anybody_checks_the_code() {
    let bed = Bed::at("2026-03-02").await;
    let no = bed.filed(offered(USCC, "LG-1", 1_000_000_000)).await;
    bed.receive(offered(USCC, "LG-2", 500_000_000), false).await;
    bed.hold("516520261000000001", &bed.request(&no, 1_000_000_000).await).await.expect("held");
    let desk = bed.get(&officer("reviewer"), "/guarantee/desk").await.text();
    for told in ["LG-2", "516520261000000001", "示例银行", "T1 汇总征税"] {
        assert!(desk.contains(told), "{told}: {desk}");
    }
    let risk = bed.get(&officer("reviewer"), "/guarantee/risk").await.text();
    assert!(risk.contains(NAME), "{risk}");
    let board = bed.get(&officer("coordinator"), "/guarantee/board").await.text();
    assert!(board.contains("目标1") && board.contains("<svg"), "{board}");
    let login = "yin".to_owned();
    let bank = Actor::Party { party: PartyKey::new(BANK_USCC), login, mandate: None };
    let portal = bed.get(&bank, "/guarantee/mine").await.text();
    assert!(portal.contains(no.as_str()) && portal.contains("LG-2"), "{portal}");
    let token = bed.text(&no).await.token;
    let check = bed.get(&Actor::Public, &format!("/guarantee/check/{token}")).await.text();
    assert!(check.contains("额度已用完") && check.contains(no.as_str()), "{check}");
    assert!(!check.contains("10,000,000") && !check.contains(NAME), "no sums, no names: {check}");
    let none = bed.get(&Actor::Public, "/guarantee/check/NOBODY").await;
    assert_eq!(none.status.as_u16(), 200);
    assert!(none.text().contains("没有这份担保"));
    for closed in ["/guarantee/desk", "/guarantee/risk", "/guarantee/board", "/guarantee/mine"] {
        assert_eq!(bed.get(&Actor::Public, closed).await.status.as_u16(), 401, "{closed}");
    }
    let freeze = format!(
        "why=%E6%A0%B8%E6%9F%A5&_expected_version={}&_action=freeze",
        bed.text(&no).await.version
    );
    let path = format!("/guarantee/texts/{no}");
    let sent = bed.post(&officer("reviewer"), &path, &freeze).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    assert!(bed.get(&party(), &path).await.text().contains("已冻结"));
}
