//! Public notices: a lost certificate, a correction of the office's own accord; objections; what the days do to the clock.

use crate::bed::{Bed, WANG, officer, person, shard};
use codes::Date;
use delivery::announcement::queries::{AnnouncementRow, announcement};
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementKey, Objection, Objector, Stand,
};
use kernel::{Actor, Atomic};
use property::{Kind, TaskState};
use property_module::model::{Circumstance, State, task};
use property_module::{RegistrationCommand, queries};

const KEY: &str = "property.r1.1";

impl Bed {
    /// A certificate that was lost, applied for anew, examined and paid.
    async fn lost(&self) -> String {
        let token = self.certified().await;
        let mut reissue = self.application(Kind::Reissue, &[]).await;
        reissue.circumstance = Circumstance::Lost;
        self.apply("r1", reissue).await;
        self.ready("r1").await;
        token
    }

    async fn published(&self) -> AnnouncementRow {
        let form = [("_action", "announce")];
        let reply = self.post(&officer("zhou"), "/property/desk/r1", &form).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        self.notice(KEY).await
    }

    async fn notice(&self, key: &str) -> AnnouncementRow {
        let key = AnnouncementKey(key.to_owned());
        announcement(&*self.platform().reader, &key).await.expect("read").expect("published")
    }

    async fn of_notice(&self, command: AnnouncementCommand) {
        let key = AnnouncementKey(KEY.to_owned());
        let group = Atomic::new(shard()).then::<Announcement>(&key, &command).expect("json");
        self.submit(&officer("zhou"), group).await.expect("done");
    }

    async fn object(&self, facts: &str) {
        let facts_kept = self.vault.keep(None, facts.as_bytes()).await.expect("kept");
        let by =
            Objector::Named { kept: self.vault.keep(None, b"Li 13800138000").await.expect("kept") };
        let facts_chars = u32::try_from(facts.chars().count()).expect("short");
        let objection = Objection { by, facts: facts_kept, facts_chars, evidence: Vec::new() };
        self.of_notice(AnnouncementCommand::Object(Box::new(objection))).await;
    }

    /// How the notice stands among the tasks, and what is noted of it.
    async fn task(&self) -> (TaskState, String) {
        let row = self.row("r1").await;
        let tasks = queries::tasks(&*self.platform().reader, &row.registration).await;
        let found = tasks.expect("read").into_iter().find(|one| one.name == task::NOTICE);
        let found = found.expect("the law wants a notice");
        (found.state, found.note)
    }
}

#[tokio::test]
async fn a_lost_certificate_is_announced_declared_void_and_its_successor_has_a_code_of_its_own() {
    let bed = Bed::new().await;
    let lost = bed.lost().await;
    assert_eq!(bed.enter("wu", "r1").await, Err("INCOMPLETE".to_owned()), "not announced yet");
    let promised = bed.row("r1").await.promise_on;
    let notice = bed.published().await;
    assert_eq!(notice.posting.sort_key, "lost_certificate");
    // Fifteen working days from 1 March 2021, which is not counted: the 22nd.
    assert_eq!((notice.from, notice.to), (Date::constant(2021, 3, 1), Date::constant(2021, 3, 22)));
    let board = bed.get(&Actor::Public, "/delivery/board?sort=lost_certificate").await.text();
    assert!(board.contains("粤(2021)深圳市不动产权第0000001号"), "{board}");
    let page = bed.get(&Actor::Public, &format!("/delivery/announcements/{KEY}")).await.text();
    for part in ["王**", "声明上述证书作废", "440305-001-002-GB-00012-F-00010003", "第二十二条"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    for hidden in [WANG, "12号3栋"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
    // The days of the notice do not count.
    let moved = bed.row("r1").await.promise_on;
    assert_eq!(
        (promised, moved),
        (Some(Date::constant(2021, 3, 8)), Some(Date::constant(2021, 3, 29)))
    );
    let progress = bed.get(&person(WANG), "/property/registrations/r1").await.text();
    assert!(progress.contains(&format!("/delivery/announcements/{KEY}")), "{progress}");
    bed.wind("2021-03-22 23:59").await;
    assert_eq!(bed.enter("wu", "r1").await, Err("INCOMPLETE".to_owned()), "the last day runs");
    bed.wind("2021-03-23 09:00").await;
    assert_eq!(bed.task().await, (TaskState::Done, "公告期满，无成立的异议".to_owned()));
    bed.enter("wu", "r1").await.expect("issued again");
    let page = bed.get(&Actor::Public, &format!("/v/{lost}")).await.text();
    assert!(page.contains("已注销") && page.contains("声明作废"), "{page}");
    assert!(page.contains("2021年3月23日"), "with its date: {page}");
    let tokens = bed.tokens().await;
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn since_2024_a_lost_certificate_is_issued_again_once_its_notice_stands() {
    let bed = Bed::at("2024-06-03 09:00").await;
    bed.lost().await;
    assert_eq!(bed.enter("wu", "r1").await, Err("INCOMPLETE".to_owned()));
    bed.published().await;
    assert_eq!(bed.task().await.0, TaskState::Done);
    bed.enter("wu", "r1").await.expect("at once");
    assert_eq!(bed.notice(KEY).await.stand, Stand::Running, "the notice runs on");
}

#[tokio::test]
async fn an_objection_holds_up_the_notice_and_one_that_is_right_stops_the_entry() {
    for upheld in [false, true] {
        let bed = Bed::new().await;
        bed.lost().await;
        bed.published().await;
        bed.wind("2021-03-22 10:00").await;
        bed.object("证书没有遗失，在我这里作借款担保。").await;
        assert_eq!(bed.task().await.1, "收到第1号异议，公告期满前须答复");
        bed.wind("2021-03-24 10:00").await;
        assert_eq!(bed.notice(KEY).await.stand, Stand::Running, "an open objection holds it up");
        let reason = "经核实".to_owned();
        bed.of_notice(AnnouncementCommand::Answer { no: 1, upheld, reason }).await;
        bed.wind("2021-03-25 10:00").await;
        assert_eq!(bed.notice(KEY).await.stand, Stand::Ended);
        let (state, note) = bed.task().await;
        if upheld {
            assert_eq!((state, note.as_str()), (TaskState::Open, "公告期满，异议成立"));
            assert_eq!(bed.enter("wu", "r1").await, Err("INCOMPLETE".to_owned()));
        } else {
            assert_eq!(state, TaskState::Done);
            bed.enter("wu", "r1").await.expect("entered");
        }
    }
}

#[tokio::test]
async fn a_correction_of_the_offices_own_accord_is_announced_and_an_ordinary_one_is_not() {
    let bed = Bed::new().await;
    bed.entered().await;
    for (key, circumstance, announced) in
        [("r1", Circumstance::OfficeError, true), ("r2", Circumstance::Ordinary, false)]
    {
        let mut correction = bed.application(Kind::Reissue, &[]).await;
        (correction.kind, correction.circumstance) = (Kind::Correct, circumstance);
        bed.apply(key, correction).await;
        bed.act(&officer("zhou"), key, &RegistrationCommand::Accept).await.expect("accepted");
        let row = bed.row(key).await;
        let tasks = queries::tasks(&*bed.platform().reader, &row.registration).await.expect("read");
        assert_eq!(tasks.iter().any(|one| one.name == task::NOTICE), announced, "{key}");
        let form = [("_action", "announce")];
        let reply = bed.post(&officer("zhou"), &format!("/property/desk/{key}"), &form).await;
        assert_eq!(reply.status, if announced { 303 } else { 409 }, "{}", reply.text());
    }
    let notice = bed.notice(KEY).await;
    assert_eq!(notice.posting.sort_key, "correction");
    assert!(notice.text.zh.contains("第八十一条"), "{}", notice.text.zh);
}

#[tokio::test]
async fn a_registration_that_is_withdrawn_takes_its_notice_with_it() {
    let bed = Bed::new().await;
    bed.lost().await;
    bed.published().await;
    let reason = "证书找到了".to_owned();
    let withdraw = RegistrationCommand::Withdraw { reason };
    bed.act(&person(WANG), "r1", &withdraw).await.expect("withdrawn");
    let notice = bed.notice(KEY).await;
    assert_eq!(notice.stand, Stand::Stopped);
    assert_eq!(notice.why.as_deref(), Some("申请人撤回登记申请"));
    assert_eq!(bed.row("r1").await.state, State::Withdrawn);
}

#[tokio::test]
async fn a_notice_that_was_taken_back_is_published_anew() {
    let bed = Bed::new().await;
    bed.lost().await;
    bed.published().await;
    bed.wind("2021-03-03 10:00").await;
    let reason = "证号有误".to_owned();
    bed.of_notice(AnnouncementCommand::Withdraw { reason }).await;
    assert_eq!(bed.task().await.1, "公告已撤回，须重新公告");
    let form = [("_action", "announce")];
    let reply = bed.post(&officer("zhou"), "/property/desk/r1", &form).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(bed.notice("property.r1.2").await.stand, Stand::Running);
}
