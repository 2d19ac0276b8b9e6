//! Papers that the party does not fetch: the demand to perform, and service by public notice.

use crate::bed::{Bed, NAME};
use crate::steps::{NO, day, officer, party};
use crate::whole::{CASE, act, drafted, filed, key, refused};
use delivery::announcement::queries::board;
use kernel::Actor;
use penalty_module::queries;

/// A case whose party said nothing about addresses: its notice goes out on paper.
async fn on_paper() -> Bed {
    let bed = Bed::at("2024-06-03T09:00:00").await;
    filed(&bed, "2024-06-03").await;
    act(&bed, "a", "close_inquiry", &[]).await;
    drafted(&bed, "notice", &[]).await;
    act(&bed, "a", "issue:notice-1", &[("way", "paper")]).await;
    bed
}

async fn paper(bed: &Bed, id: &str) -> queries::PaperRow {
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    papers.into_iter().find(|row| row.paper.0 == id).expect("there")
}

#[tokio::test]
async fn s10_a_notice_that_finds_nobody_is_announced_and_counts_as_served_after_the_days_of_the_law()
 {
    let bed = on_paper().await;
    let row = delivery::queries::notice(&*bed.platform().reader, &key("notice-1")).await;
    assert_eq!(row.expect("read").expect("there").state, delivery::State::PaperWanted);
    assert_eq!(refused(&bed, "a", "announce:notice-1", &[]).await, "FIELD", "a reason is named");
    let page = bed.get(&officer("a"), CASE).await.text();
    assert!(page.contains("announce:notice-1") && page.contains("方可公告送达"), "{page}");
    act(&bed, "a", "announce:notice-1", &[("why", "邮寄退回，原址查无此单位")]).await;
    assert_eq!(refused(&bed, "a", "announce:notice-1", &[("why", "再次")]).await, "WRONG_STAGE");
    let rows = board(&*bed.platform().reader, &Default::default(), 10).await.expect("read");
    let [announced] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(announced.posting.sort_key, "service");
    let url = format!("/delivery/announcements/{}", announced.announcement);
    let page = bed.get(&Actor::Public, &url).await.text();
    for part in
        [NAME, "原址查无此单位", "期满即视为送达", "30日", "第九十五条", "广关缉告字〔2024〕1号"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("120台"), "the notice tells nothing of the content");
    bed.wind("2024-07-03T23:59:59").await;
    assert_eq!(paper(&bed, "notice-1").await.served_on, None, "the thirtieth day is not over");
    bed.wind("2024-07-04T00:00:00").await;
    let row = paper(&bed, "notice-1").await;
    assert_eq!(row.served_on, Some(day("2024-07-03")));
    assert_eq!(row.channel.as_deref(), Some("announcement"));
    // The defence runs from the day after; no proof of electronic service is made of it.
    assert_eq!(row.clocks[0].on, day("2024-07-10"));
    assert_eq!(row.proof, None);
}

#[tokio::test]
async fn a_demand_says_what_is_owed_runs_from_service_and_is_answered_by_the_party() {
    let bed = crate::whole::notified().await;
    drafted(&bed, "decision", &crate::whole::DECISION).await;
    bed.wind("2024-09-24T10:00:00").await;
    act(&bed, "h", "decide:decision-1", &[]).await;
    let wanted = [("performance", "到指定银行缴纳"), ("articles", "《行政强制法》第五十四条")];
    let early = bed.post(&officer("a"), &format!("{CASE}/new-demand/draft"), &wanted).await;
    assert_eq!(early.json()["reason"], "WRONG_STAGE", "nothing is overdue");
    bed.wind("2024-10-25T09:00:00").await;
    let page = bed.get(&officer("a"), CASE).await.text();
    assert!(page.contains("/new-demand/draft"), "{page}");
    let form = bed.get(&officer("a"), &format!("{CASE}/new-demand/draft")).await.text();
    assert!(form.contains("履行方式"), "{form}");
    drafted(&bed, "demand", &wanted).await;
    act(&bed, "a", "issue:demand-1", &[]).await;
    let row = paper(&bed, "demand-1").await;
    assert_eq!(row.served_on, Some(day("2024-10-25")));
    assert_eq!(row.clocks[0].on, day("2024-11-04"));
    let letter = format!("/penalty/letters/{NO}/demand-1");
    let document = delivery::queries::notice(&*bed.platform().reader, &key("demand-1")).await;
    let document = document.expect("read").expect("there");
    assert_eq!(document.number, "广关缉催字〔2024〕1号");
    let pdf = bed.vault.read(&document.document.expect("made").pdf).await.expect("read");
    let pdf = String::from_utf8_lossy(&pdf).into_owned();
    // 48,000 yuan, sixteen days late at 3 % a day.
    for part in
        ["4800000", "2304000", "7104000", "每日按罚款数额的3%", "10日", "广关缉罚字〔2024〕1号"]
    {
        assert!(pdf.contains(part), "{part} in {pdf}");
    }
    let page = bed.get(&party("qinghe"), &letter).await.text();
    assert!(page.contains("催告书") && page.contains("陈述申辩"), "{page}");
    assert!(!page.contains("放弃权利"), "against a demand nothing is given up");
    let said = [("_action", "defend"), ("statement", "已经部分缴纳，请核对。")];
    let reply = bed.post(&party("qinghe"), &letter, &said).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    let page = bed.get(&party("qinghe"), &letter).await.text();
    assert!(page.contains("您的陈述、申辩已经收到"), "{page}");
    let turns = bed.turns().await;
    assert!(turns.contains(&"Urged".to_owned()), "{turns:?}");
    bed.wind("2024-11-05T00:00:01").await;
    let late = bed.post(&party("qinghe"), &letter, &said).await;
    assert_eq!(late.json()["reason"], "EXPIRED", "{}", late.text());
}
