//! Commands that come again, too late or in another order, over HTTP: one effect, a code, nothing else.

use super::house::{Browser, House, hidden};
use crate::bench::script::{Script, Until};
use kernel::CommandId;
use serde_json::{Value, json};

const NOW: &str = "2026-02-12T02:00:00Z";

fn id(name: &str) -> String {
    CommandId::derive(&[b"replays", name.as_bytes()]).to_string()
}

/// Sends a command of a program.
async fn sends(
    browser: &Browser<'_>,
    no: &str,
    name: &str,
    version: u64,
    command: Value,
) -> super::house::Reply {
    let body = json!({"id": id(name), "expected_version": version, "command": command});
    browser.send_json(&format!("/api/v1/cases/{no}/commands"), &body).await
}

async fn version(browser: &Browser<'_>, no: &str) -> u64 {
    browser.get(&format!("/api/v1/cases/{no}")).await.json()["version"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_again_too_late_or_out_of_order_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), None, NOW).await.with_people().await;
    let chen = (house.party("440113199003074516"), "chen".to_owned());
    let script = Script::new(&house.assembly, house.now().date(), 8, true).unwrap();
    let no = script.work_until(&house, 0, chen, Until::Submitted).await.unwrap().0;
    let tax = house.signed_in("tax").await;
    let accept = json!({"Accept": {"task": "tax"}});
    let grant = json!({"Grant": {"task": "tax", "given": {}}});
    let received = version(&tax, &no).await;

    let before = house.heads().await;
    let early = sends(&tax, &no, "grant before accept", received, grant.clone()).await;
    assert_eq!(early.refusal("a grant before the acceptance"), "WRONG_TASK_STATE", "{early:?}");
    let stale = sends(&tax, &no, "stale", received - 1, accept.clone()).await;
    assert_eq!(stale.refusal("an old version"), "STALE_VERSION");
    let future = sends(&tax, &no, "future", received + 1_000, accept.clone()).await;
    assert_eq!(future.refusal("a version that is not there yet"), "STALE_VERSION");
    assert_eq!(house.heads().await, before, "nothing has happened");

    let first = sends(&tax, &no, "accept", received, accept.clone()).await;
    assert_eq!(
        (first.status.as_u16(), &first.json()["repeated"]),
        (200, &json!(false)),
        "{first:?}"
    );
    let after = house.heads().await;
    for _time in 0..3 {
        let again = sends(&tax, &no, "accept", received, accept.clone()).await;
        assert_eq!(again.json()["repeated"], true, "{again:?}");
        assert_eq!(again.json()["events"], first.json()["events"]);
    }
    let reused = sends(&tax, &no, "accept", received, grant.clone()).await;
    assert_eq!(reused.refusal("the id of another command"), "ID_REUSED");
    let now = version(&tax, &no).await;
    let twice = sends(&tax, &no, "accept again", now, accept.clone()).await;
    assert_eq!(twice.refusal("a second acceptance"), "WRONG_TASK_STATE");
    assert_eq!(house.heads().await, after, "nothing has happened twice");
    let granted = sends(&tax, &no, "grant", now, grant.clone()).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_posted_again_or_too_late_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), None, NOW).await.with_people().await;
    let chen = (house.party("440113199003074516"), "chen".to_owned());
    let script = Script::new(&house.assembly, house.now().date(), 9, true).unwrap();
    let no = script.work_until(&house, 0, chen, Until::Saved).await.unwrap().0;
    let browser = house.signed_in("chen").await;
    let path = format!("/cases/{no}/form/name");
    let page = browser.get(&path).await.text;
    let (command, seen) = (hidden(&page, "_command_id"), hidden(&page, "_expected_version"));
    let save = async |command: &str, name: &str| {
        let pairs = [
            ("_command_id", command),
            ("_expected_version", seen.as_str()),
            ("plain.trade_name", name),
            ("_action", "save"),
        ];
        browser.post(&path, &pairs).await
    };
    assert!(save(&command, "青苗").await.status.is_redirection());
    let after = house.heads().await;
    assert!(save(&command, "青苗").await.status.is_redirection(), "the first answer again");
    assert_eq!(save(&command, "青松").await.refusal("the id of another save"), "ID_REUSED");
    let old = id("an old page");
    assert_eq!(save(&old, "青松").await.refusal("a page from before"), "STALE_VERSION");
    for (what, wrong) in [("no id", ""), ("no id at all", "xyz"), ("a script", "<script>")] {
        assert_eq!(save(wrong, "青松").await.refusal(what), "COMMAND_ID", "{what}");
    }
    assert_eq!(house.heads().await, after, "nothing has happened twice");
    house.engine().stop().await;
}
