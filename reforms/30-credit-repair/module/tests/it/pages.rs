//! What people see and do.

use crate::bed::{Bed, USCC, at, entry, key, officer, party};
use credit_repair_module::queries;
use credit_repair_module::repair::Stage;
use kernel::Actor;
use serde_json::json;

/// A whole file of the kind.
const PDF: &[u8] =
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n30\n%%EOF\n";

/// Listed on 20 September 2021, duties done, harm not answered by any register; a year later.
async fn eligible() -> Bed {
    let bed = Bed::at("2021-09-20").await;
    let mut listed = entry(USCC, "2021-09-20");
    listed.facts.insert("duties_done".to_owned(), json!("2021-10-01"));
    bed.list("L1", listed).await;
    bed.wind(at("2022-09-22")).await;
    bed
}

async fn version(bed: &Bed) -> u64 {
    let row = queries::subject(&*bed.bed.platform().reader, USCC).await.expect("read");
    row.expect("there").version
}

#[tokio::test]
async fn an_entity_sees_its_time_and_applies_with_one_button() {
    let bed = eligible().await;
    let home = bed.get(&party(), "/credit").await;
    assert_eq!(home.header("location"), format!("/credit/entities/{USCC}"));
    let page = bed.get(&party(), &format!("/credit/entities/{USCC}")).await.text();
    for told in [
        "<svg",
        "可以申请修复",
        "2022年9月21日",
        "我已阅读并签署守信承诺书",
        "本单位自愿申请信用修复",
        "由1条在列记录支持",
        "无需通过任何中介",
        "proof_harm_removed",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("style=\""), "no inline style");
    let form = format!(
        "_expected_version={}&pledge=&pledge=1&reason=%E5%B7%B2%E6%94%B9%E6%AD%A3&_action=apply",
        version(&bed).await
    );
    let sent = bed.post(&party(), "/credit/entries/L1", &form).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    // Sent twice, it acts once.
    bed.post(&party(), "/credit/entries/L1", &form).await;
    assert_eq!(bed.count("repair.Applied").await, 1);
    let row = queries::entry(&*bed.bed.platform().reader, &key("L1"))
        .await
        .expect("read")
        .expect("there");
    assert_eq!(row.stage, Stage::Applied);
    let unsigned = format!("_expected_version={}&_action=withdraw", version(&bed).await);
    assert_eq!(bed.post(&party(), "/credit/entries/L1", &unsigned).await.status.as_u16(), 303);
}

#[tokio::test]
async fn an_officer_works_the_queue_and_a_supervisor_sees_what_is_late() {
    let bed = eligible().await;
    let act = async |actor: Actor, form: &str| {
        let form = format!("_expected_version={}&{form}", version(&bed).await);
        let reply = bed.post(&actor, "/credit/entries/L1", &form).await;
        assert_eq!(reply.status.as_u16(), 303, "{form}: {}", reply.text());
    };
    act(party(), "pledge=1&_action=apply").await;
    let queue = bed.get(&officer("reviewer"), "/credit/queue").await.text();
    assert!(
        queue.contains("广州示例商贸有限公司") && queue.contains("/credit/entries/L1"),
        "{queue}"
    );
    let page = bed.get(&officer("reviewer"), "/credit/entries/L1").await.text();
    assert!(page.contains("待核实") && page.contains("✓ 已具备"), "{page}");
    act(officer("reviewer"), "_action=accept").await;
    act(
        officer("reviewer"),
        "found_harm_removed=since&since_harm_removed=2022-01-05&_action=verify",
    )
    .await;
    // The term to decide passes: it stands on the board of whoever oversees.
    bed.wind(at("2022-10-25")).await;
    let board = bed.get(&officer("supervisor"), "/credit/oversight").await.text();
    for told in ["逾期未办", "广州示例商贸有限公司", "<svg", "代办线索", "已确认"]
    {
        assert!(board.contains(told), "{told}: {board}");
    }
    act(officer("head"), "ground=%E6%9D%A1%E4%BB%B6%E5%85%B7%E5%A4%87&_action=grant").await;
    let json = bed.get(&party(), &format!("/api/v1/credit/entities/{USCC}")).await.json();
    assert_eq!(json["entries"][0]["stage"], "repaired");
    assert_eq!(json["measures"], json!([]));
    // A certificate, and what anybody may check.
    let form = format!("_expected_version={}&_action=prove", version(&bed).await);
    let proven = bed.post(&party(), &format!("/credit/entities/{USCC}/prove"), &form).await;
    assert_eq!(proven.status.as_u16(), 303, "{}", proven.text());
    assert_eq!(bed.count("licence.Signed").await, 1);
    let page = bed.get(&party(), &format!("/credit/entities/{USCC}")).await.text();
    assert!(page.contains("查看信用修复证明"), "{page}");
}

#[tokio::test]
async fn anybody_may_check_and_sees_nothing_of_what_ended() {
    let bed = eligible().await;
    let asked = |uscc: &str| format!("/credit/verify?uscc={uscc}");
    let listed = bed.get(&Actor::Public, &asked(USCC)).await.text();
    assert!(listed.contains("有在列记录") && listed.contains("严重违法失信名单"), "{listed}");
    let clean = bed.get(&Actor::Public, &asked("91440300MA5DB0307X")).await.text();
    let wrong = bed.get(&Actor::Public, &asked("1234")).await.text();
    assert!(wrong.contains("不是有效的统一社会信用代码"), "{wrong}");
    assert!(clean.contains("没有在列记录") || clean.contains("不是有效"), "{clean}");
    bed.wind(at("2024-09-21")).await;
    let ended = bed.get(&Actor::Public, &asked(USCC)).await.text();
    assert!(ended.contains("没有在列记录") && !ended.contains("2021"), "{ended}");
    let json =
        bed.get(&Actor::Public, &format!("/api/v1/credit/entities/{USCC}/verify")).await.json();
    assert_eq!(json["listed"], false);
    for closed in ["/credit/queue", "/credit/oversight", "/credit/entries/L1"] {
        assert_eq!(bed.get(&Actor::Public, closed).await.status.as_u16(), 401, "{closed}");
    }
    let start = bed.get(&Actor::Public, "/credit").await.text();
    assert!(start.contains("不收取任何费用"), "{start}");
}

#[tokio::test]
async fn a_supervisor_sees_where_entries_stand_and_who_applies_for_many() {
    let bed = Bed::at("2021-09-20").await;
    let codes = ["91440106MA59C0309X", "91440300MA5DB0307X", "91440115MAD2K7Q49J"];
    for (n, (uscc, place)) in codes.into_iter().zip(["440106", "440300", "440106"]).enumerate() {
        let mut listed = entry(uscc, "2021-09-20");
        listed.place = place.to_owned();
        for fact in ["duties_done", "harm_removed"] {
            listed.facts.insert(fact.to_owned(), json!("2021-10-01"));
        }
        bed.list(&format!("M{n}"), listed).await;
    }
    bed.wind(at("2022-09-22")).await;
    for (n, uscc) in codes.into_iter().enumerate() {
        let agent = Actor::Party {
            party: kernel::PartyKey::new(uscc),
            login: "go-between".to_owned(),
            mandate: Some(format!("mandate-{n}")),
        };
        let row = queries::subject(&*bed.bed.platform().reader, uscc).await.expect("read");
        let version = row.expect("there").version;
        let form = format!("_expected_version={version}&pledge=1&_action=apply");
        let sent = bed.post(&agent, &format!("/credit/entries/M{n}"), &form).await;
        assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    }
    bed.wind(at("2022-09-30")).await;
    let board = bed.get(&officer("supervisor"), "/credit/oversight").await.text();
    for told in
        ["go-between", "place=4401#entries", "place=4403#entries", "▲2", "▲1", "广州", "深圳"]
    {
        assert!(board.contains(told), "{told}: {board}");
    }
    assert!(!board.contains("style=\""), "no inline style");
    let of_place = bed.get(&officer("supervisor"), "/credit/oversight?place=4403").await.text();
    assert!(of_place.contains("深圳市") && of_place.contains("/credit/entries/M1"), "{of_place}");
    let csv = bed.get(&officer("supervisor"), "/credit/oversight.csv?place=4403").await.text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains(codes[1]) && csv.contains("严重违法失信名单"), "{csv}");
    let all = bed.get(&officer("supervisor"), "/credit/oversight.csv?place=%27").await.text();
    assert_eq!(all.lines().count(), 4, "what is no code of a place is no filter: {all}");
    let queue = bed.get(&officer("reviewer"), "/credit/queue.csv").await.text();
    assert_eq!(queue.lines().count(), 4, "each once, late or not: {queue}");
    bed.departments
        .dead
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .insert("finance".to_owned());
    bed.list("M9", entry("91440101MA5ANPQL4U", "2022-09-30")).await;
    let open = bed.get(&officer("supervisor"), "/credit/restrictions.csv").await.text();
    assert!(open.contains("finance") && open.contains("credit.restriction_imposed"), "{open}");
    assert_eq!(open.lines().count(), 2, "{open}");
}

#[tokio::test]
async fn what_was_handed_in_is_read_by_whoever_decides_and_by_the_entity() {
    let bed = eligible().await;
    // A file that is none of those that are taken is refused before anything is recorded.
    let sent = bed.upload(version(&bed).await, b"MZ\x90").await;
    assert_eq!(sent.status.as_u16(), 422, "{}", sent.text());
    assert_eq!(bed.count("repair.Applied").await, 0);
    let sent = bed.upload(version(&bed).await, PDF).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    let page = bed.get(&officer("reviewer"), "/credit/entries/L1").await.text();
    for told in ["已补缴", "/credit/entries/L1/papers/0", "第44号令第五条第一项"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for actor in [officer("reviewer"), party()] {
        let file = bed.get(&actor, "/credit/entries/L1/papers/0").await;
        assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/pdf"));
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(bed.get(&actor, "/credit/entries/L1/papers/7").await.status.as_u16(), 404);
    }
    // Who oversees sees that there is a paper, and not what it says.
    bed.bed.gate().forbid(Some(&officer("supervisor")), "credit.decide");
    let closed = bed.get(&officer("supervisor"), "/credit/entries/L1/papers/0").await;
    assert_eq!(closed.status.as_u16(), 403);
    let public = bed.get(&Actor::Public, "/credit/entries/L1/papers/0").await;
    assert_eq!(public.status.as_u16(), 401);
}
