//! The course of a case on a whole platform: from the counter to what a court verifies.

use crate::bed::{Bed, EMAIL, MOBILE, NAME, USCC};
use crate::steps::{NO, at, day, officer, party};
use delivery::{AddressKind, Notice, NoticeCommand, NoticeKey, When};
use evidence::{Overall, Report, Trust, Verdict};
use kernel::{Actor, Atomic};
use penalty_module::queries;
use seals::Keys as _;

pub(crate) const CASE: &str = "/penalty/cases/HG-5100-2024-0137";

pub(crate) async fn filed(bed: &Bed, on: &str) {
    let reply = bed
        .post(
            &officer("a"),
            "/penalty/cases/new",
            &[
                ("no", NO),
                ("word", "广关"),
                ("cause", "进口货物申报不实"),
                ("on", on),
                ("name", NAME),
                ("id_kind", "uscc"),
                ("id_number", USCC),
                ("legal_representative", "陈思远"),
                ("address", "广州市南沙区海滨路171号"),
            ],
        )
        .await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
}

pub(crate) async fn act(bed: &Bed, login: &str, action: &str, form: &[(&str, &str)]) {
    let mut all = vec![("_action", action)];
    all.extend(form);
    let reply = bed.post(&officer(login), CASE, &all).await;
    assert_eq!(reply.status.as_u16(), 303, "{action}: {}", reply.text());
}

pub(crate) async fn refused(bed: &Bed, login: &str, action: &str, form: &[(&str, &str)]) -> String {
    let mut all = vec![("_action", action)];
    all.extend(form);
    let reply = bed.post(&officer(login), CASE, &all).await;
    assert!(reply.status.as_u16() >= 400, "{action} was done");
    reply.json()["reason"].as_str().unwrap_or_default().to_owned()
}

const GROUNDS: [(&str, &str); 6] = [
    ("facts", "申报数量120台，实际进口168台。"),
    ("evidence", "报关单\n查验记录单"),
    ("reasons", "影响海关监管秩序"),
    ("articles", "《中华人民共和国海关法》第八十六条第三项"),
    ("penalty", "科处罚款人民币48000.00元。"),
    ("fine", "48000"),
];

pub(crate) async fn drafted(bed: &Bed, sort: &str, more: &[(&str, &str)]) {
    let mut form =
        if ["annulment", "demand"].contains(&sort) { Vec::new() } else { GROUNDS.to_vec() };
    form.extend(more);
    let reply = bed.post(&officer("a"), &format!("{CASE}/new-{sort}/draft"), &form).await;
    assert_eq!(reply.status.as_u16(), 303, "{sort}: {}", reply.text());
    for (login, act_of) in [("b", "cosign"), ("r", "review")] {
        act(bed, login, &format!("{act_of}:{sort}-1"), &[]).await;
    }
}

pub(crate) const DECISION: [(&str, &str); 3] = [
    ("performance", "十五日内缴纳。"),
    ("review_organ", "海关总署"),
    ("court", "广州铁路运输中级法院"),
];

/// A case whose party confirmed its account and its mail for everything but hearings, up to a notice that is served.
pub(crate) async fn notified() -> Bed {
    let bed = Bed::at("2024-09-10T09:00:00").await;
    notified_on(&bed).await;
    bed
}

/// The same, on a platform that a test has put together.
pub(crate) async fn notified_on(bed: &Bed) {
    filed(bed, "2024-09-10").await;
    act(bed, "a", "capture", &[]).await;
    let addresses = [(AddressKind::Email, EMAIL), (AddressKind::Mobile, MOBILE)];
    bed.confirm(&addresses, &["notice", "decision", "other"]).await;
    act(bed, "a", "close_inquiry", &[]).await;
    bed.wind("2024-09-13T16:40:00").await;
    drafted(bed, "notice", &[]).await;
    bed.wind("2024-09-13T23:58:41").await;
    act(bed, "a", "issue:notice-1", &[("way", "electronic")]).await;
}

pub(crate) fn key(paper: &str) -> NoticeKey {
    NoticeKey(format!("penalty.{NO}.{paper}"))
}

#[tokio::test]
async fn c1_to_c5_a_case_from_the_counter_to_the_package() {
    let bed = notified().await;
    let reader = &*bed.platform().reader;
    let papers = queries::papers(reader, NO).await.expect("read");
    let notice = &papers[0];
    assert_eq!(notice.served_on, Some(day("2024-09-13")));
    assert_eq!(notice.channel.as_deref(), Some("email"));
    assert_eq!(notice.clocks[0].on, day("2024-09-23"));
    let row = delivery::queries::notice(reader, &key("notice-1")).await.expect("read");
    let row = row.expect("there");
    assert_eq!(row.number, "广关缉告字〔2024〕1号");
    assert_eq!(bed.postman.given.lock().expect("whole").len(), 2, "the code, and the notice");

    // What the party signed is a paper too, and covers most of each address.
    let confirmation = bed.get(&officer("a"), &format!("{CASE}/confirmation.pdf")).await;
    assert_eq!(confirmation.status.as_u16(), 200, "{}", confirmation.text());
    assert_eq!(confirmation.header("content-type"), "application/pdf");
    let text = confirmation.text();
    assert!(text.contains("c***@qinghe.example") && !text.contains(EMAIL), "{text}");
    assert!(text.contains("HG-5100-2024-0137-DZ1") && text.contains("行政处罚决定书"));

    // The party reads its letter, and cannot be decided upon yet.
    bed.wind("2024-09-19T10:00:00").await;
    let letter = bed.get(&party("qinghe"), &format!("/penalty/letters/{NO}/notice-1")).await.text();
    assert!(
        letter.contains("已送达") && letter.contains("还剩 3 个工作日可陈述、申辩"),
        "{letter}"
    );
    for button in ["陈述申辩", "申请听证", "要纸质"] {
        assert!(letter.contains(button), "{button}");
    }
    assert_eq!(bed.get(&Actor::Public, "/penalty/letters").await.status.as_u16(), 401);
    drafted(&bed, "decision", &DECISION).await;
    bed.wind("2024-09-23T17:00:00").await;
    assert_eq!(refused(&bed, "h", "decide:decision-1", &[]).await, "CLOCK_RUNNING");
    bed.wind("2024-09-24T10:00:00").await;
    act(&bed, "h", "decide:decision-1", &[]).await;
    let papers = queries::papers(reader, NO).await.expect("read");
    let decision = papers.iter().find(|row| row.paper.0 == "decision-1").expect("there");
    let due: Vec<String> = decision.clocks.iter().map(|run| run.on.to_string()).collect();
    assert_eq!(due, ["2024-10-09", "2024-11-25", "2025-03-24"]);

    // Each service has its proof, and the package under the same serial verifies.
    assert_eq!(notice_proof(&bed, "notice-1").await, "ES-20240913-1");
    assert_eq!(notice_proof(&bed, "decision-1").await, "ES-20240924-1");
    let package = bed.get(&officer("a"), &format!("{CASE}/decision-1/package.zip")).await;
    assert_eq!(package.status.as_u16(), 200, "{}", package.text());
    assert!(package.header("content-disposition").contains("EP-20240924-1.zip"));
    let root = penalty_module::package::root_of(&package.body).expect("a package");
    assert_eq!(root.len(), 64);
    let report = verified(&bed, &package.body);
    assert_ne!(report.overall(), Overall::SomeFail, "{report:?}");
    let holds = |what: &str| {
        let of = report.claims.iter().filter(|claim| claim.id.starts_with(what));
        of.filter(|claim| claim.verdict == Verdict::Pass).count()
    };
    assert!(holds("inclusion:") > 20, "{report:?}");
    let mut forged = package.body.clone();
    let at = forged.len() / 2;
    forged[at] ^= 1;
    assert_eq!(verified(&bed, &forged).overall(), Overall::SomeFail, "a flipped bit is found");

    // No event holds a value of the party.
    for event in bed.events().await {
        for value in [NAME, USCC, EMAIL, "13800138000", "陈思远", "海滨路"] {
            assert!(!event.body.text().contains(value), "{} holds {value}", event.name());
        }
    }
}

async fn notice_proof(bed: &Bed, paper: &str) -> String {
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    let row = papers.into_iter().find(|row| row.paper.0 == paper).expect("there");
    row.proof.unwrap_or_default()
}

fn verified(bed: &Bed, package: &[u8]) -> Report {
    let mut trust = Trust::nobody(bed.now());
    trust.keys = Some(bed.keys.public_set().expect("keys"));
    evidence::verify::verify_package(package, &trust)
}

#[tokio::test]
async fn s08_a_mail_that_comes_back_gives_way_to_the_text_message() {
    let bed = notified().await;
    let served = |row: &queries::PaperRow| (row.channel.clone(), row.served_at);
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    assert_eq!(served(&papers[0]).0.as_deref(), Some("email"));
    bed.wind("2024-09-14T04:00:00").await;
    let bounce = NoticeCommand::RecordBounce {
        channel: delivery::Channel::Email,
        attempt: Some(1),
        reason: "550 5.1.1 no such user".to_owned(),
    };
    notice(&bed, Actor::system("mail"), bounce).await;
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    assert_eq!(papers[0].served_on, None, "a returned mail is no service");
    let turns = bed.turns().await;
    assert!(turns.contains(&"ServiceUndone".to_owned()), "{turns:?}");
    bed.wind("2024-09-14T04:05:00").await;
    let report = delivery::TextReport {
        reference: None,
        gateway_id: format!("g{}", bed.gateway.0.lock().expect("whole").len()),
        standing: delivery::ReportStanding::of("DELIVRD"),
        status: "DELIVRD".to_owned(),
        at: bed.now(),
        raw: b"id:g1 stat:DELIVRD".to_vec(),
    };
    use delivery::ReportSink as _;
    bed.intake().report(report).await.expect("taken");
    bed.bed.settle().await;
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    assert_eq!(
        served(&papers[0]),
        (Some("sms".to_owned()), Some(at("2024-09-14T04:05:00"))),
        "the gateway's report is"
    );
}

async fn notice(bed: &Bed, actor: Actor, command: NoticeCommand) {
    let commands =
        Atomic::new(crate::bed::shard()).then::<Notice>(&key("notice-1"), &command).expect("json");
    let id = bed.bed.next_id();
    bed.bed.submit_as(actor, id, commands).await.expect("done");
}

#[tokio::test]
async fn s09_a_proven_arrival_makes_the_decision_premature_and_it_is_withdrawn_everywhere() {
    let bed = notified().await;
    drafted(&bed, "decision", &DECISION).await;
    bed.wind("2024-09-24T10:00:00").await;
    act(&bed, "h", "decide:decision-1", &[]).await;
    act(&bed, "h", "publish:decision-1", &[("number", "广关缉罚字〔2024〕1号")]).await;
    let evidence =
        bed.vault.keep(None, b"Received: 2024-09-14 00:03:00 +0800").await.expect("kept");
    let arrived = Some(When::from(at("2024-09-14T00:03:00")));
    let proof = NoticeCommand::CounterProve { rung: 1, arrived, evidence };
    notice(&bed, officer("a"), proof).await;
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    assert_eq!(papers[0].served_on, Some(day("2024-09-14")));
    assert_eq!(papers[0].clocks[0].on, day("2024-09-24"));
    let case = queries::case(&*bed.platform().reader, NO).await.expect("read").expect("there");
    assert_eq!(case.must_annul.map(|paper| paper.0).as_deref(), Some("decision-1"));
    let page = bed.get(&officer("a"), CASE).await.text();
    assert!(page.contains("该处罚决定应当撤销"), "the officer is told");
    assert_eq!(refused(&bed, "a", "close", &[("ending", "performed")]).await, "MUST_BE_ANNULLED");
    // The proof of service of the notice is replaced by one that tells the proven day.
    assert_eq!(notice_proof(&bed, "notice-1").await, "ES-20240924-2");

    let texts = [
        ("reasons", "期限届满前作出"),
        ("articles", "《中华人民共和国行政处罚法》第四十五条"),
        ("consequences", "已缴罚款退还"),
    ];
    drafted(&bed, "annulment", &texts).await;
    bed.wind("2024-09-26T09:00:00").await;
    act(&bed, "h", "annul:annulment-1", &[]).await;
    let turns = bed.turns().await;
    for turn in ["FoundPremature", "Annulled", "CopyWithdrawn"] {
        assert!(turns.contains(&turn.to_owned()), "{turn} in {turns:?}");
    }
    let decision = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    let decision = decision.iter().find(|row| row.paper.0 == "decision-1").expect("there");
    let public =
        bed.get(&Actor::Public, &format!("/penalty/check/{}", decision.token)).await.text();
    assert!(public.contains("已撤销"), "{public}");
    assert!(!public.contains(NAME) && !public.contains("120台"), "never content");
    act(&bed, "a", "close", &[("ending", "annulled")]).await;
    let turns: Vec<String> = bed.turns().await;
    // Nothing can follow any more, so the consent ends with the case.
    assert_eq!(turns[turns.len() - 2..], ["Closed", "ConsentTurned"]);
}

#[tokio::test]
async fn s11_what_the_party_did_not_tick_goes_out_on_paper() {
    let bed = notified().await;
    bed.wind("2024-09-19T10:00:00").await;
    let letter = format!("/penalty/letters/{NO}/notice-1");
    let asked = bed.post(&party("qinghe"), &letter, &[("_action", "hearing")]).await;
    assert_eq!(asked.status.as_u16(), 303, "{}", asked.text());
    let hearing = [
        ("hearing_on", "2024-10-16"),
        ("hearing_time", "上午9时30分"),
        ("hearing_place", "听证室"),
        ("host", "李文"),
    ];
    let reply = bed.post(&officer("a"), &format!("{CASE}/new-hearing/draft"), &hearing).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    act(&bed, "b", "cosign:hearing-1", &[]).await;
    assert_eq!(refused(&bed, "a", "issue:hearing-1", &[]).await, "DISTINCT_PERSONS");
    act(&bed, "r", "review:hearing-1", &[]).await;
    assert_eq!(refused(&bed, "a", "issue:hearing-1", &[]).await, "CONSENT_MISSING");
    act(&bed, "a", "issue:hearing-1", &[("way", "paper")]).await;
    let row = delivery::queries::notice(&*bed.platform().reader, &key("hearing-1")).await;
    assert_eq!(row.expect("read").expect("there").state, delivery::State::PaperWanted);
}

#[tokio::test]
async fn a_party_that_says_no_is_served_on_paper_and_the_counter_tells_it() {
    let bed = Bed::at("2024-09-10T09:00:00").await;
    filed(&bed, "2024-09-10").await;
    act(&bed, "a", "capture", &[]).await;
    let counter = bed.get(&officer("a"), &format!("{CASE}/counter")).await;
    assert_eq!(counter.header("refresh"), "4");
    assert!(counter.text().contains("/delivery/capture/penalty."), "the code and its address");
    let refuse =
        delivery::ConfirmationCommand::RecordRefusal { reason: "不会用手机".to_owned() };
    let commands = Atomic::new(crate::bed::shard())
        .then::<delivery::Confirmation>(&crate::bed::confirmation(), &refuse)
        .expect("json");
    let id = bed.bed.next_id();
    bed.bed.submit_as(officer("a"), id, commands).await.expect("recorded");
    let counter = bed.get(&officer("a"), &format!("{CASE}/counter")).await;
    assert!(counter.header("refresh").is_empty());
    assert!(counter.text().contains("当事人不同意"));
    // She changes her mind: the form is shown again, under a key of its own.
    act(&bed, "a", "capture", &[]).await;
    let case = queries::case(&*bed.platform().reader, NO).await.expect("read").expect("there");
    assert_eq!(case.consent, penalty_module::model::Consent::Asked);
}

#[tokio::test]
async fn the_file_one_holds_is_compared_and_nothing_of_it_is_kept() {
    let bed = notified().await;
    let row = delivery::queries::notice(&*bed.platform().reader, &key("notice-1")).await;
    let document = row.expect("read").expect("there").document.expect("made");
    let pdf = bed.vault.read(&document.pdf).await.expect("read");
    let hash = seals::Digest::sha256(&pdf).hex();
    let papers = queries::papers(&*bed.platform().reader, NO).await.expect("read");
    let page = format!("/penalty/check/{}", papers[0].token);
    let shown = bed.get(&Actor::Public, &page).await;
    assert_eq!(shown.status.as_u16(), 200);
    assert!(shown.text().contains("广关缉告字〔2024〕1号") && shown.text().contains("有效"));
    let same = bed.post(&Actor::Public, &page, &[("sha256", &hash)]).await.text();
    assert!(same.contains("一致") && !same.contains("不一致"), "{same}");
    let other = bed.post(&Actor::Public, &page, &[("sha256", &"0".repeat(64))]).await.text();
    assert!(other.contains("不一致"));
    let nothing = bed.get(&Actor::Public, "/penalty/check/AAAA").await;
    assert_eq!(nothing.status.as_u16(), 200, "never not found");
    assert!(nothing.text().contains("没有查到"));
}

#[tokio::test]
async fn tables_made_anew_are_the_same() {
    let bed = notified().await;
    let rows = |rows: Vec<queries::PaperRow>| format!("{rows:?}");
    let before = rows(queries::papers(&*bed.platform().reader, NO).await.expect("read"));
    let case = |row: Option<queries::CaseRow>| format!("{row:?}");
    let case_before = case(queries::case(&*bed.platform().reader, NO).await.expect("read"));
    let again = bed.bed.restart_without_tables().await.expect("starts");
    let reader = &*again.platform().reader;
    assert_eq!(rows(queries::papers(reader, NO).await.expect("read")), before);
    assert_eq!(case(queries::case(reader, NO).await.expect("read")), case_before);
}

#[tokio::test]
async fn operators_see_channels_and_logs() {
    let bed = notified().await;
    let page = bed.get(&officer("a"), "/penalty/operation").await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.text());
    let text = page.text();
    assert!(text.contains("电子邮件") && text.contains("portal.example/evidence/log"), "{text}");
}

#[test]
fn what_is_exchanged_keeps_the_contracts_of_the_reform() {
    let contracts = exchange::Contracts::builtin().expect("sound");
    let contracts = penalty_module::CONTRACTS
        .iter()
        .try_fold(contracts, |all, text| all.with(text))
        .expect("four more");
    let agreed = ["preservation.requested".to_owned(), "preservation.certified".to_owned()].into();
    let mut body = serde_json::json!({
        "kind": "preservation.certified", "purpose": "出具公证书", "basis": "公证法第三十二条", "case": NO,
        "package": "EP-20240913-1", "root": "ab".repeat(32),
        "certificate": {"number": "（2024）粤广南方第010137号", "office": "南方公证处", "on": "2024-09-14"},
    });
    assert!(contracts.read("notary", &agreed, &body).is_ok());
    body["root"] = "short".into();
    assert!(contracts.read("notary", &agreed, &body).is_err());
}
