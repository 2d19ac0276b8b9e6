//! What the officers of every organ do with a case.

use crate::browser::Browser;
use serde_json::json;

/// The logins of the organs concerned, and the tasks that each decides.
pub(crate) const ORGANS: [(&str, &[&str]); 8] = [
    ("market", &["reg", "bo"]),
    ("police", &["seal"]),
    ("tax", &["tax"]),
    ("social", &["soc"]),
    ("medical", &["med"]),
    ("fund", &["fund"]),
    ("bank", &["bank"]),
    ("food", &["food"]),
];

/// Opens a task from the worklist, accepts it and grants it.
pub(crate) async fn accepts_and_grants(office: &Browser, no: &str, task: &str) {
    let at = format!("/work/{no}/{task}");
    office.comes_to_say("/work", "青禾").await;
    office.click(&format!("a[data-open][href='{at}']")).await;
    office.press("accept").await;
    assert_eq!(office.path().await, at, "{}", office.text().await);
    grants(office, &at).await;
}

/// Grants an accepted task: at once, or after the page that asks what the outcome gives.
pub(crate) async fn grants(office: &Browser, at: &str) {
    if office.has("button[name=_action][value=grant]").await {
        office.press("grant").await;
    } else {
        office.click(&format!("a[href='{at}/act/grant']")).await;
        office.types("[name=account_number]", "4402120104005819633").await;
        office.press("grant").await;
    }
    assert_eq!(office.path().await, at, "{}", office.text().await);
    let open = "return document.querySelectorAll('[data-decide] button').length";
    assert_eq!(office.run(open, vec![]).await, json!(0), "{}", office.text().await);
    office.says("准予").await;
}

/// Every organ does its part.
pub(crate) async fn all_grant(office: &Browser, no: &str) {
    for (login, tasks) in ORGANS {
        office.signs_in(login).await;
        for task in tasks {
            accepts_and_grants(office, no, task).await;
        }
        office.signs_out().await;
    }
}
