//! Signed papers reach the party's inbox, a closed case is summed up, and what came back is served again.

use crate::bed::{House, applicant, shard};
use cases::CaseEvent as E;
use cases::model::CaseState;
use codes::Date;
use delivery::model::PostedItem;
use delivery::queries::{self, NoticeRow};
use delivery::{Channel, Content, Notice, NoticeCommand, NoticeKey, Receiver, State};
use kernel::Actor;

/// Every organ decides, and the whole is done by 16:05.
const ALL: &str = "
  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}
  - {at: \"2026-02-12 15:30\", by: organ, tasks: [reg, bo, seal, tax, soc, med, fund], do: [Accept, Grant]}
  - {at: \"2026-02-12 16:00\", by: bank, task: bank, do: Accept}
  - {at: \"2026-02-12 16:05\", by: bank, task: bank, do: Grant, with: {given: {account_number: \"44050158863500000123\"}}}";

async fn inbox(house: &House) -> Vec<NoticeRow> {
    let reader = &*house.bed.platform().reader;
    queries::inbox(reader, &applicant(), None, 100).await.expect("read")
}

async fn with_title(house: &House, title: &str) -> Vec<NoticeRow> {
    inbox(house).await.into_iter().filter(|row| row.title.zh == title).collect()
}

#[tokio::test]
async fn a_signed_licence_lies_in_the_inbox_with_its_document() {
    let house = House::new([]).await;
    house.play("", ALL).await;
    let rows = with_title(&house, "营业执照").await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let Content::Document { number, document, .. } = &row.content else { panic!("{row:?}") };
    let reader = &*house.bed.platform().reader;
    let holder = licences::queries::of_holder(reader, &applicant(), None, 100).await;
    let holder = holder.expect("read");
    let licence = holder.iter().find(|row| row.title.zh == "营业执照").expect("issued");
    assert_eq!((&licence.number, &row.number), (number, number));
    let signed = licence.document.as_ref().expect("signed");
    assert_eq!(document.digest, signed.digest, "it is the very paper that was signed");
    assert_eq!(document.pdf.blob, signed.pdf.blob);
    assert_eq!(row.state, State::Served, "with consent, arrival is service");
    assert!(house.paper(&document.pdf).await.contains("广州青禾餐饮管理有限公司"));
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn a_case_that_is_closed_is_summed_up_signed_and_served() {
    let house = House::new([]).await;
    let case = house.play("", ALL).await;
    assert_eq!(house.case(&case).await.state, CaseState::Closed);
    let rows = with_title(&house, "办结汇总单").await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(row.state, State::Served);
    assert!(row.number.contains("办结〔2026〕1号"), "{}", row.number);
    assert_eq!(row.issuer.organ.as_str(), "440115-coordinator");
    let Content::Document { document, .. } = &row.content else { panic!("{row:?}") };
    let paper = house.paper(&document.pdf).await;
    let events = house.told(&case).await;
    let issued = events.iter().find_map(|(_, event)| match event {
        E::LicenceIssued { task, number, .. } if task == "reg" => Some(number.clone()),
        _ => None,
    });
    for said in [
        case.0.as_str(),
        "设立登记",
        issued.as_deref().expect("a licence"),
        "广州市公安局南沙分局",
        "准予",
        "向税务机关报告银行账号",
        "税收征收管理法实施细则第十七条",
        "\"saved_fields\":{\"integer\":189}",
    ] {
        assert!(paper.contains(said), "`{said}` in {paper}");
    }
    assert!(!paper.contains("不予"), "{paper}");
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn anybody_can_check_the_summary_and_sees_nothing_of_what_was_granted() {
    let house = House::new([]).await;
    let case = house.play("", ALL).await;
    let reader = &*house.bed.platform().reader;
    let all = licences::queries::of_origin(reader, "case", &case.0).await.expect("read");
    let summary = all.iter().find(|row| row.title.zh == "办结汇总单").expect("signed");
    let token = summary.token.as_deref().expect("signed");
    let page = format!("/api/v1/licences/v/{token}");
    let text = house.bed.request(&Actor::Public, "GET", &page, None).await.text();
    assert!(text.contains(&case.0) && text.contains("\"valid\""), "{text}");
    assert!(!text.contains("设立登记") && !text.contains("青禾"), "{text}");
    let of = linkage::NoticeOf::read(&summary.licence.0).expect("linkage's own key");
    assert_eq!((of.purpose, of.task.as_str()), (linkage::Purpose::Summary, ""));
}

#[tokio::test]
async fn a_case_whose_tasks_all_fail_ends_without_a_summary() {
    let house = House::new([]).await;
    let case = house
        .play(
            "",
            "
  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}
  - {at: \"2026-02-12 15:30\", by: market, task: reg, do: Accept}
  - {at: \"2026-02-12 15:40\", by: applicant, do: Withdraw, with: {reason: 改变计划}}",
        )
        .await;
    assert_eq!(house.case(&case).await.state, CaseState::Withdrawn);
    assert!(with_title(&house, "办结汇总单").await.is_empty());
}

async fn notice(house: &House, key: &NoticeKey, command: NoticeCommand) {
    let officer = Actor::system("officer");
    house.submit::<Notice>(officer, shard(), key, &command).await;
}

#[tokio::test]
async fn a_notice_that_came_back_is_told_its_case_and_served_again() {
    let house = House::new([]).await;
    let case = house
        .play(
            ", consent: false",
            "
  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}
  - {at: \"2026-02-12 15:30\", by: organ, tasks: [reg, tax], do: [Accept, Grant]}
  - {at: \"2026-02-16 16:00\"}",
        )
        .await;
    let rows = queries::of_origin(&*house.bed.platform().reader, "case", &case.0).await;
    let rows = rows.expect("read");
    let row = rows.iter().find(|row| row.notice.0.contains(":tax:outcome:")).expect("a notice");
    assert_eq!(row.state, State::PaperWanted, "unread for three days, and no mail");
    let key = row.notice.clone();
    let item = |tracking: &str| PostedItem {
        carrier: "中国邮政速递".to_owned(),
        tracking_no: tracking.to_owned(),
        posted_on: Date::constant(2026, 2, 16),
    };
    let on = Date::constant(2026, 2, 16);
    let receipt =
        || NoticeCommand::RecordReceipt { channel: Channel::Post, on, by: Receiver::Household };
    notice(&house, &key, NoticeCommand::RecordPost { item: item("E1") }).await;
    notice(&house, &key, receipt()).await;
    assert!(house.task(&case, "tax").await.delivered);
    let reason = "收件人已迁移，退回".to_owned();
    let bounce = NoticeCommand::RecordBounce { channel: Channel::Post, attempt: None, reason };
    notice(&house, &key, bounce).await;
    assert!(!house.task(&case, "tax").await.delivered, "E14: it has no served notice any more");
    let undone = house.told(&case).await.into_iter().find_map(|(_, event)| match event {
        E::ServiceUndone { task, reason, is_outcome, .. } => Some((task, reason, is_outcome)),
        _ => None,
    });
    assert_eq!(undone, Some(("tax".to_owned(), "收件人已迁移，退回".to_owned(), true)));
    let again = queries::notice(&*house.bed.platform().reader, &key).await.expect("read");
    assert_eq!(again.expect("there").state, State::PaperWanted, "the next channel, paper, is open");
    notice(&house, &key, NoticeCommand::RecordPost { item: item("E2") }).await;
    notice(&house, &key, receipt()).await;
    assert!(house.task(&case, "tax").await.delivered);
    house.nothing_is_dead().await;
}
