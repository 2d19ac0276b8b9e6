//! The board over its pages: what everybody sees, what anybody may say, what only the organ may do.

use crate::bed::{Bed, at, capture, clerk, public_key, stranger};
use axum::http::StatusCode;
use codes::Label;
use delivery::AnnouncementCommand;
use delivery::announcement::{Objections, OutageRule, Posting};
use kernel::Actor;
use module::Stage as _;

fn posting() -> Posting {
    let base = capture();
    Posting {
        origin: base.origin,
        issuer: base.issuer,
        sort: Label::new("信用修复公告", "Credit repair"),
        sort_key: "credit_repair".to_owned(),
        title: Label::new("关于某公司信用修复的公告", "A company asks for repair"),
        text: Label::new("某公司已改正。\n异议请于公告期内提出。", "It has corrected its fault."),
        facts: [("uscc".to_owned(), "91440106MA59C0309X".to_owned())].into(),
        term: "30d".parse().expect("a term"),
        source: "国函〔2020〕96号".to_owned(),
        objections: Some(Objections::default()),
        outages: Some(OutageRule::default()),
        serves: None,
    }
}

async fn announced() -> Bed {
    let bed = Bed::new().await;
    let announce = AnnouncementCommand::Announce(Box::new(posting()));
    bed.announce(clerk(), announce).await.expect("announced");
    bed.bed.gate().forbid(Some(&Actor::Public), "delivery.work_announcement");
    bed
}

const PAGE: &str = "/delivery/announcements/a1";

#[tokio::test]
async fn everybody_finds_an_announcement_by_sort_state_place_and_words_and_takes_it_home() {
    let bed = announced().await;
    for (path, there) in [
        ("/delivery/board", true),
        ("/delivery/board?sort=credit_repair&stand=running", true),
        ("/delivery/board?sort=service", false),
        ("/delivery/board?stand=withdrawn", false),
        ("/delivery/board?place=4401", true),
        ("/delivery/board?place=4403", false),
        ("/delivery/board?q=%E4%BF%A1%E7%94%A8", true),
        ("/delivery/board?q=%25", true),
        ("/delivery/board?q=%E7%94%B5%E6%A2%AF", false),
        ("/delivery/board.csv?sort=credit_repair", true),
        ("/delivery/board.csv?sort=service", false),
    ] {
        let reply = bed.page(&Actor::Public, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.text().contains("关于某公司信用修复的公告"), there, "{path}");
    }
    let csv = bed.page(&Actor::Public, "/delivery/board.csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let page = bed.page(&Actor::Public, PAGE).await.text();
    for part in ["某公司已改正。", "91440106MA59C0309X", "国函〔2020〕96号", "提出异议", "<svg"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("撤回理由"), "the public does not take it back");
    let english = bed.page(&Actor::Public, &format!("{PAGE}?lang=en")).await.text();
    assert!(english.contains("Last day") && english.contains("It has corrected its fault."));
    assert_eq!(
        bed.page(&Actor::Public, "/delivery/announcements/a9").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn programs_take_lists_that_bear_a_signature_over_every_byte() {
    let bed = announced().await;
    for path in ["/api/v1/delivery/announcements", "/api/v1/delivery/announcements/a1"] {
        let reply = bed.page(&Actor::Public, path).await;
        assert_eq!(reply.header("content-type"), "application/jose");
        let jws = seals::jws::read(&reply.text()).expect("a JWS");
        let payload = jws.verify(&public_key()).expect("signed").to_vec();
        let list: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        let one = list["announcements"].get(0).unwrap_or(&list["announcement"]);
        assert_eq!(
            (&one["state"], &one["to"]),
            (&"running".into(), &"2026-03-16".into()),
            "{path}"
        );
        let mut text = reply.text();
        text.replace_range(60..61, if text.as_bytes()[60] == b'A' { "B" } else { "A" });
        let altered = seals::jws::read(&text).is_ok_and(|jws| jws.verify(&public_key()).is_ok());
        assert!(!altered, "one changed character is noticed");
    }
}

#[tokio::test]
async fn anybody_objects_and_only_the_organ_reads_who_and_answers() {
    let bed = announced().await;
    let path = format!("{PAGE}/objections");
    let short = bed.form(&Actor::Public, &path, "facts=no&name=&contact=").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("可以核查的事实"), "{}", short.text());
    let facts = "facts=%E8%AF%A5%E5%85%AC%E5%8F%B8%E4%BB%8D%E6%9C%AA%E5%B1%A5%E8%A1%8C&name=%E8%B5%B5%E6%9F%90&contact=13900139000";
    let taken = bed.form(&Actor::Public, &path, facts).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
    let public = bed.page(&Actor::Public, PAGE).await.text();
    assert!(public.contains("待答复") && public.contains("实名"), "{public}");
    for hidden in ["赵某", "13900139000", "该公司仍未履行"] {
        assert!(!public.contains(hidden), "{hidden}");
    }
    bed.bed.gate().forbid(Some(&stranger()), "delivery.work_announcement");
    let answer =
        "_action=answer:1&upheld=no&answer=%E7%BB%8F%E6%A0%B8%E6%9F%A5%E4%B8%8D%E5%B1%9E%E5%AE%9E";
    assert_eq!(bed.form(&stranger(), PAGE, answer).await.status, StatusCode::FORBIDDEN);
    assert!(bed.page(&clerk(), PAGE).await.text().contains("该公司仍未履行"));
    assert_eq!(bed.form(&clerk(), PAGE, answer).await.status, StatusCode::SEE_OTHER);
    let public = bed.page(&Actor::Public, PAGE).await.text();
    assert!(public.contains("异议不成立") && public.contains("经核查不属实"), "{public}");
    for event in bed.bed.events(&crate::bed::shard(), 0).await.expect("readable") {
        assert!(
            !event.body.text().contains("13900139000") && !event.body.text().contains("仍未履行")
        );
    }
}

#[tokio::test]
async fn an_outage_moves_the_last_day_and_what_is_taken_back_stays_in_sight() {
    let bed = announced().await;
    bed.bed.wind(at(20, 12)).await.expect("wound");
    let outage =
        "_action=outage&from=2026-02-16T10%3A00&to=2026-02-18T12%3A00&cause=%E6%96%AD%E7%94%B5";
    assert_eq!(bed.form(&clerk(), PAGE, outage).await.status, StatusCode::SEE_OTHER);
    let page = bed.page(&Actor::Public, PAGE).await.text();
    assert!(page.contains("公示中断顺延") && page.contains("3000分钟，断电"), "{page}");
    assert!(page.contains("2026年3月17日"), "thirty-three days: {page}");
    let future = "_action=outage&from=2026-02-18T10%3A00&to=2026-03-18T12%3A00&cause=x";
    assert_eq!(bed.form(&clerk(), PAGE, future).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let withdraw = "_action=withdraw&reason=%E5%8F%91%E5%B8%83%E6%9C%89%E8%AF%AF";
    assert_eq!(bed.form(&clerk(), PAGE, withdraw).await.status, StatusCode::SEE_OTHER);
    for path in [PAGE, "/delivery/board"] {
        assert!(bed.page(&Actor::Public, path).await.text().contains("已撤回"), "{path}");
    }
    assert_eq!(bed.form(&clerk(), PAGE, withdraw).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_our_own_watch_finds_is_told_to_every_announcement_that_runs_once() {
    use delivery::announcement::{Finding, tell};
    let bed = announced().await;
    bed.bed.wind(at(14, 8)).await.expect("wound");
    // From before the publication: only what falls into its time is told.
    let outage = Finding::Outage { from: at(10, 0), to: at(13, 12) };
    let day = Finding::Day { day: crate::bed::day(13), asked: 288, answered: 144 };
    let before = Finding::Day { day: crate::bed::day(11), asked: 288, answered: 288 };
    for _ in 0..2 {
        for (finding, told) in [(outage, 1), (day, 1), (before, 0)] {
            assert_eq!(tell(bed.bed.platform(), finding).await.expect("told"), told, "{finding:?}");
        }
    }
    bed.bed.settle().await;
    let key = delivery::AnnouncementKey("a1".to_owned());
    let reader = &*bed.bed.platform().reader;
    let turns = delivery::announcement::queries::turns(reader, &key).await.expect("readable");
    let count = |what: &str| turns.iter().filter(|turn| turn.what == what).count();
    assert_eq!((count("OutageRecorded"), count("Checked")), (1, 1));
    let page = bed.page(&Actor::Public, PAGE).await.text();
    assert!(page.contains("访问288次，正常144次"), "{page}");
}
