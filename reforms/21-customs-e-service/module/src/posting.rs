//! Service by public notice (公告送达): ordered by the case, run by delivery's announcements, which serve the paper in the end.
//!
//! ```text
//!  penalty.ServiceAnnounced ─► announcement.Announce ─► (delivery) notice published ─► the days of the law ─► notice.Served
//! ```

use crate::event::PenaltyEvent as E;
use crate::model::notice_key;
use codes::Label;
use delivery::NoticeKey;
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementKey, OutageRule, Posting,
};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Ordered, so it is published.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostService;

impl Policy for PostService {
    fn name(&self) -> &'static str {
        "penalty.post_service"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.ServiceAnnounced"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::ServiceAnnounced { paper, sort, announcement, notice, issuer, cause, term, source } =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        let (title, name, number) = (sort.label(), &notice.name, &notice.number);
        let (case, office, why) = (&*event.key, &issuer.name, &notice.why);
        let days = crate::words::spoken(&term);
        let text = Label::new(
            format!(
                "{name}：\n你（单位）“{cause}”一案（案件编号{case}），我关制作了{}（{number}）。因{why}，现依法向你（单位）公告送达。\n请自本公告发布之日起{days}内到{office}领取，也可以登录本平台查阅；逾期不领取的，期满即视为送达，陈述申辩、缴款、复议和诉讼的期限自次日起算。\n依据：{source}。",
                title.zh
            ),
            format!(
                "{name}:\nin case {case} ({cause}) customs made the document {number} ({}). As no other way was left, it is served by this notice.\nFetch it at {office} or read it on this platform; when the days of the law are over it counts as served, and terms run from the day after.\nGround: {source}.",
                title.en
            ),
        );
        let fact = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let posting = Posting {
            origin: event.origin(),
            sort: Label::new("公告送达", "Service by public notice"),
            sort_key: "service".to_owned(),
            title: Label::new(
                format!("公告送达：{}（{number}）", title.zh),
                format!("Service by public notice: {} ({number})", title.en),
            ),
            text,
            facts: [fact("case_no", case), fact("document_no", number)].into(),
            term,
            source,
            // What is served is contested by defence, review and suit, not by objecting to its notice.
            objections: None,
            outages: Some(OutageRule::default()),
            serves: Some(NoticeKey(notice_key(case, &paper))),
            issuer,
        };
        let announce = AnnouncementCommand::Announce(Box::new(posting));
        Ok(vec![event.leads_to::<Announcement>(&AnnouncementKey(announcement), &announce)?])
    }
}
