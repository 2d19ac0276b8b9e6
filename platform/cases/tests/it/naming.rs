//! The card of the name: its button saves it first, and a refused name comes back at its field.

use crate::fixture::founder;
use crate::house::{House, TAKEN, hidden, spot, stamp};
use elements::Value;

/// The fields of a name beside the trade name.
const NAME: [&str; 4] =
    ["plain.name_pattern", "plain.name_division", "plain.name_industry", "plain.org_form"];

/// The name of the sample with another trade name.
fn typed(trade_name: &str) -> Vec<(String, String)> {
    let sample = crate::house::typed(&crate::fixture::answers(&[]));
    let mut pairs: Vec<(String, String)> = NAME
        .iter()
        .map(|name| sample.iter().find(|(key, _)| key == name).unwrap().clone())
        .collect();
    pairs.push(("plain.trade_name".to_owned(), trade_name.to_owned()));
    pairs
}

#[tokio::test]
async fn a_taken_name_comes_back_at_its_field_with_what_was_typed() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let page = house.page(&founder(), &format!("/cases/{no}/form/name")).await;
    assert!(page.contains(&format!("formaction=\"/cases/{no}/name\"")), "{page}");
    for (lang, day, title) in [
        ("zh", "2026年2月11日（周三）", "请改正："),
        ("en", "Wed 11 February 2026", "Please correct: "),
    ] {
        let mut pairs = stamp(&house.page(&founder(), &format!("/cases/{no}/form/name")).await);
        pairs.extend(typed(TAKEN.0));
        let path = format!("/cases/{no}/name?lang={lang}");
        let reply = house.post(&founder(), &path, &pairs).await;
        assert_eq!(reply.status, 409);
        let page = reply.text();
        let summary = page.split("class=\"errors\"").nth(1).unwrap().split("</ul>").next().unwrap();
        assert!(summary.contains("href=\"#f-plain-trade_name\"") && summary.contains(day));
        let field = page.split("id=\"f-plain-trade_name-error\"").nth(1).unwrap();
        assert!(field.split("</p>").next().unwrap().contains(day), "{field}");
        assert!(page.contains("value=\"青苗\"") && page.contains("value=\"餐饮管理\""), "{page}");
        assert!(page.contains(&format!("<title>{title}")));
        assert_ne!(hidden(&page, "_command_id"), pairs[0].1, "the next try is another command");
    }
    let kept = house.answers(&no).await;
    assert_eq!(
        kept.get(&spot("plain.trade_name")),
        Some(Value::from("青苗")),
        "what was typed is saved"
    );
}

#[tokio::test]
async fn a_free_name_is_saved_and_asked_for_by_one_button() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let mut pairs = stamp(&house.page(&founder(), &format!("/cases/{no}/form/name")).await);
    pairs.extend(typed("青禾"));
    let path = format!("/cases/{no}/name");
    for _click in 0..2 {
        let reply = house.post(&founder(), &path, &pairs).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(reply.header("location"), format!("/cases/{no}/form/name#name-check"));
    }
    assert_eq!(house.case(&no).await.title, "广州青禾餐饮管理有限公司");
    let page = house.page(&founder(), &format!("/cases/{no}/form/name")).await;
    let derived = "<output id=\"f-plain-enterprise_name\">广州青禾餐饮管理有限公司</output>";
    assert!(page.contains(derived), "what follows from the answers is shown: {page}");
}

#[tokio::test]
async fn a_name_with_a_part_missing_is_told_where_it_is_missing() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let mut pairs = stamp(&house.page(&founder(), &format!("/cases/{no}/form/name")).await);
    pairs.extend(typed("青禾").into_iter().filter(|(key, _)| key != "plain.name_industry"));
    let reply = house.post(&founder(), &format!("/cases/{no}/name"), &pairs).await;
    assert_eq!(reply.status, 422);
    let page = reply.text();
    assert!(
        page.contains("href=\"#f-plain-name_industry\"") && page.contains("再申报名称"),
        "{page}"
    );
    assert!(!page.contains("id=\"f-plain-trade_name-error\""), "{page}");
}
