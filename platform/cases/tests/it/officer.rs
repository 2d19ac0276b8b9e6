//! Officers and coordinators at work: pages, projection, looks, decisions, the board, commands of programs.

use crate::fixture::{at, day, founder, officer_of, reviewer};
use crate::house::{House, hidden, stranger};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cases::model::TaskState;
use cases::queries::work::{self, Days, View, Wanted};
use cases::{CaseEvent, Cases};
use identity::{CedarGate, Mandates};
use kernel::{Actor, OrganKey};
use module::{Module as _, Platform, Registry, Stage as _, Who};
use serde_json::{Value, json};
use std::sync::Arc;
use testbed::Reply;
use tower::ServiceExt as _;

async fn handed_in() -> (House, String) {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &["food"]).await;
    (house, no)
}

async fn names(house: &House, no: &str) -> Vec<String> {
    house.loaded(no).await.events.iter().map(|event| event.name().to_owned()).collect()
}

async fn read(house: &House, no: &str) -> Vec<CaseEvent> {
    house.loaded(no).await.events.iter().map(|event| event.read().unwrap()).collect()
}

/// Presses a button of the bar or of an act's page.
async fn act(
    house: &House,
    who: &Actor,
    no: &str,
    task: &str,
    act: &str,
    typed: &[(&str, &str)],
) -> Reply {
    let page = house.page(who, &format!("/work/{no}/{task}/act/{act}")).await;
    let mut all = vec![("_action", act)];
    all.extend(typed);
    let pairs: Vec<(String, String)> =
        [("_command_id", "_command_id"), ("_expected_version", "_expected_version")]
            .map(|(key, name)| (key.to_owned(), hidden(&page, name)))
            .into_iter()
            .chain(all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect();
    house.post(who, &format!("/work/{no}/{task}/act"), &pairs).await
}

#[tokio::test]
async fn a_worklist_shows_what_waits_for_the_organ_and_nothing_else() {
    let (house, no) = handed_in().await;
    let page = house.page(&reviewer("food"), "/work").await;
    assert!(page.contains(&format!("/work/{no}/food\" data-open")), "{page}");
    assert!(page.contains("广州青禾餐饮管理有限公司") && page.contains("待受理"));
    assert!(
        page.contains("data-worklist") && page.contains("data-key=\"a\""),
        "keys find their places"
    );
    assert!(!page.contains("/tax"), "another organ's task");
    let market = house.page(&reviewer("reg"), "/work?service=28/bo").await;
    assert!(
        market.contains(&format!("/work/{no}/bo\""))
            && !market.contains(&format!("/work/{no}/reg\""))
    );
    let none = house.page(&reviewer("food"), "/work?view=overdue").await;
    assert!(none.contains("没有待办"), "{none}");
}

#[tokio::test]
async fn drafts_are_no_officers_business() {
    let house = House::open().await;
    let no = house.filled(&founder(), &["food"]).await;
    let who = reviewer("food");
    for path in [format!("/work/{no}/food"), format!("/api/v1/cases/{no}/tasks/food/payload")] {
        let reply = house.get(&who, &path).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["reason"].as_str()),
            (404, Some("NO_SUCH_CASE")),
            "{path}"
        );
    }
    assert!(!house.page(&who, "/work").await.contains(&no));
}

#[tokio::test]
async fn a_list_goes_on_by_key_and_is_exported_whole() {
    let (house, no) = handed_in().await;
    let reader = &*house.bed.platform().reader;
    let wanted = Wanted {
        organ: "440115-market".to_owned(),
        view: View::All,
        service: None,
        place: Some("440115".to_owned()),
        pressing: None,
    };
    let today = day("2026-02-12");
    let all = work::worklist(reader, &wanted, today, None, 10).await.unwrap();
    let tasks: Vec<&str> = all.iter().map(|row| row.task.as_str()).collect();
    assert_eq!(tasks, ["reg", "bo"], "both of one case, the registration due today first");
    let first = work::worklist(reader, &wanted, today, None, 1).await.unwrap();
    let rest = work::worklist(reader, &wanted, today, Some(&first[0].key), 10).await.unwrap();
    assert_eq!([first, rest].concat(), all);
    let csv = house.get(&reviewer("reg"), "/work/list.csv").await;
    assert_eq!(csv.status, 200);
    let text = csv.text();
    assert_eq!(text.lines().filter(|line| line.starts_with(&no)).count(), 2, "{text}");
}

#[tokio::test]
async fn supplements_stops_and_overruns_are_marked_and_filtered() {
    let (house, no) = handed_in().await;
    let reader = &*house.bed.platform().reader;
    let count = async |view| {
        let wanted = Wanted {
            organ: "440115-food".to_owned(),
            view,
            service: None,
            place: None,
            pressing: None,
        };
        let today = module::Stage::now(&house.bed).date();
        work::worklist(reader, &wanted, today, None, 10).await.unwrap().len()
    };
    let who = reviewer("food");
    let reply = act(
        &house,
        &who,
        &no,
        "food",
        "supplement",
        &[("item", ""), ("item", "seats"), ("why", "与图纸不符")],
    )
    .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!((count(View::Supplement).await, count(View::New).await), (1, 0));
    assert!(house.page(&who, "/work").await.contains("待申请人补正"));
    let counts = work::counts(reader, "440115-food", day("2026-02-12")).await.unwrap();
    assert_eq!((counts.all, counts.supplement, counts.new), (1, 1, 0));

    let seal = reviewer("seal");
    assert_eq!(act(&house, &seal, &no, "seal", "accept", &[]).await.status, 303);
    house.bed.wind(at("2026-02-25 10:00")).await.unwrap();
    let page = house.page(&seal, "/work?view=overdue").await;
    assert!(page.contains("超法定期限"), "{page}");
    let stopped = house.page(&seal, "/work?view=stopped").await;
    assert!(stopped.contains("没有待办"));
}

#[tokio::test]
async fn persons_are_shown_after_the_look_is_recorded() {
    let (house, no) = handed_in().await;
    let (who, path) = (reviewer("fund"), format!("/work/{no}/fund"));
    let page = house.page(&who, &path).await;
    assert!(page.contains("进港大道8号1208房"), "the enterprise is in sight");
    assert!(!page.contains("440113199003074516") && !page.contains("陈思远"), "persons are not");
    let form = page.split("/persons\"").nth(1).unwrap();
    let blank =
        house.submit(&who, form, &format!("{path}/persons"), &[("_action", "persons")]).await;
    assert_eq!(blank.json()["reason"], "REASON_MISSING");
    let typed = [("purpose", "受理审查"), ("_action", "persons")];
    let reply = house.submit(&who, form, &format!("{path}/persons"), &typed).await;
    let text = reply.text();
    assert_eq!(reply.status, 200, "{text}");
    assert!(text.contains("这次查看已记录") && text.contains("440113199003074516"));
    let again = house.submit(&who, form, &format!("{path}/persons"), &typed).await;
    assert_eq!(again.status, 200);
    let looks: Vec<CaseEvent> = read(&house, &no)
        .await
        .into_iter()
        .filter(|e| matches!(e, CaseEvent::PersonRead { .. }))
        .collect();
    let [CaseEvent::PersonRead { task, cards, purpose }] = looks.as_slice() else {
        panic!("{looks:?}")
    };
    assert_eq!((task.as_str(), purpose.as_str()), ("fund", "受理审查"));
    assert_eq!(cards, &["chen", "wang", "zhao", "zhou"], "no shareholder 李");
    let closed = house.page(&who, &path).await;
    assert!(!closed.contains("440113199003074516"), "each opening is a look of its own");
}

/// S14.
#[tokio::test]
async fn a_fund_officer_who_asks_for_shareholders_is_refused_and_recorded() {
    let (house, no) = handed_in().await;
    let who = reviewer("fund");
    let path = format!("/work/{no}/fund/field?path=shareholder%5B%5D.name");
    let reply = house.get(&who, &path).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["reason"].as_str()),
        (403, Some("FIELD_OUTSIDE"))
    );
    let denied =
        CaseEvent::ReadDenied { task: "fund".to_owned(), path: "shareholder[].name".to_owned() };
    assert!(read(&house, &no).await.contains(&denied));
    let payload = house.get(&who, &format!("/api/v1/cases/{no}/tasks/fund/payload")).await.json();
    assert_eq!(payload["paths"].as_array().unwrap().len(), 34);
    assert!(
        !payload.to_string().contains("shareholder") && !payload.to_string().contains("李若彤")
    );
    let looks = names(&house, &no).await.iter().filter(|name| *name == "PersonRead").count();
    assert_eq!(looks, 1, "the payload bears persons, so it is a look");
    let plain = house.get(&who, &format!("/work/{no}/fund/field?path=pay_day")).await;
    assert_eq!(plain.json(), json!({ "path": "pay_day", "values": [10] }));
    let person = house.get(&who, &format!("/work/{no}/fund/field?path=fund_handler.name")).await;
    assert_eq!(person.json()["reason"], "REASON_MISSING", "a look at a person has a purpose");
}

#[tokio::test]
async fn a_file_that_the_service_does_not_use_is_refused() {
    let (house, no) = handed_in().await;
    let slot = "materials/premises_proof";
    let reply = house.get(&reviewer("reg"), &format!("/work/{no}/reg/{slot}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let reply = house.get(&reviewer("soc"), &format!("/work/{no}/soc/{slot}")).await;
    assert_eq!(reply.status, 403);
    assert!(names(&house, &no).await.contains(&"ReadDenied".to_owned()));
}

#[tokio::test]
async fn every_decision_is_made_from_its_page() {
    let (house, no) = handed_in().await;
    let food = reviewer("food");
    assert_eq!(act(&house, &food, &no, "food", "visit", &[("on", "2026-02-13")]).await.status, 303);
    let findings = [("findings", "与申请一致"), ("passed", "yes")];
    assert_eq!(act(&house, &food, &no, "food", "findings", &findings).await.status, 303);
    let stop = [("cause", "检测"), ("from", "2026-02-25"), ("to", "2026-02-28")];
    assert_eq!(act(&house, &food, &no, "food", "stop", &stop).await.status, 303);
    let case = house.case(&no).await;
    assert_eq!(case.tasks["food"].due.unwrap().on, day("2026-03-10"));
    let page = house.page(&food, &format!("/work/{no}/food")).await;
    assert!(page.contains("检测") && page.contains("期限是怎么算的"), "the clock tells why");

    let bank = reviewer("bank");
    assert_eq!(act(&house, &bank, &no, "bank", "accept", &[]).await.status, 303);
    let bare = act(&house, &bank, &no, "bank", "grant", &[]).await;
    assert_eq!(bare.status, 422, "{}", bare.text());
    let given = [("account_number", "44001618001050000123")];
    assert_eq!(act(&house, &bank, &no, "bank", "grant", &given).await.status, 303);
    assert_eq!(house.case(&no).await.tasks["bank"].state, TaskState::ReadyToIssue);

    let tax = reviewer("tax");
    let page = house.page(&tax, &format!("/work/{no}/tax/act/refuse-acceptance")).await;
    assert!(page.contains("向上一级税务机关申请行政复议"), "the remedy of the row is in sight");
    let bare = act(&house, &tax, &no, "tax", "refuse-acceptance", &[("reason", "材料虚假")]).await;
    assert_eq!(bare.status, 422);
    assert!(bare.text().contains("材料虚假"), "what was typed is still there");
    let whole = [("reason", "材料虚假"), ("article", "税收征收管理法第十五条")];
    assert_eq!(act(&house, &tax, &no, "tax", "refuse-acceptance", &whole).await.status, 303);
    assert_eq!(house.case(&no).await.tasks["tax"].state, TaskState::Refused);
}

#[tokio::test]
async fn organs_work_side_by_side_and_only_their_own_task_makes_them_stale() {
    let (house, no) = handed_in().await;
    let (food, tax) = (reviewer("food"), reviewer("tax"));
    let page = house.page(&food, &format!("/work/{no}/food")).await;
    let form = page.split("/act\"").nth(1).unwrap().to_owned();
    assert_eq!(act(&house, &tax, &no, "tax", "accept", &[]).await.status, 303);
    let path = format!("/work/{no}/food/act");
    let reply = house.submit(&food, &form, &path, &[("_action", "accept")]).await;
    assert_eq!(reply.status, 303, "another organ's act is none of hers: {}", reply.text());
    let before = names(&house, &no).await;
    let again = house.submit(&food, &form, &path, &[("_action", "accept")]).await;
    assert_eq!(again.status, 303, "the same form again gives the first answer");
    assert_eq!(names(&house, &no).await, before);
    let stale: Vec<(String, String)> = [
        ("_command_id", "00112233445566778899aabbccddeeff".to_owned()),
        ("_expected_version", hidden(&form, "_expected_version")),
        ("_action", "refuse".to_owned()),
        ("reason", "不符".to_owned()),
        ("article", "第一条".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let reply = house.post(&food, &path, &stale).await;
    assert_eq!(reply.status, 409, "somebody accepted meanwhile");
    assert_eq!(names(&house, &no).await, before);
}

#[tokio::test]
async fn what_changed_since_the_last_act_is_told() {
    let (house, no) = handed_in().await;
    let who = reviewer("food");
    let path = format!("/work/{no}/food");
    assert!(!house.page(&who, &path).await.contains("处变化"));
    let remind =
        cases::CaseCommand::Remind { task: "food".to_owned(), text: "请今天办结".to_owned() };
    house.command(officer_of("market", "coordinator"), &no, remind).await;
    let page = house.page(&who, &path).await;
    assert!(page.contains("自您上次办理有 1 处变化") && page.contains("请今天办结"), "{page}");
    assert!(!house.page(&reviewer("tax"), &format!("/work/{no}/tax")).await.contains("处变化"));
}

#[tokio::test]
async fn money_that_a_service_takes_in_tens_of_thousands_is_shown_with_its_unit() {
    let (house, no) = handed_in().await;
    for (lang, shown) in [("zh", ">500万元<"), ("en", ">500 × 10,000 yuan<")] {
        let page = house.page(&reviewer("reg"), &format!("/work/{no}/reg?lang={lang}")).await;
        assert!(page.contains(shown) && !page.contains("500.000000"), "{page}");
    }
}

#[tokio::test]
async fn several_organs_are_reminded_by_one_form_and_once() {
    let (house, no) = handed_in().await;
    let who = officer_of("market", "coordinator");
    let list = house.page(&who, "/board/organs/440115-food?place=440115").await;
    let boxes = format!("type=\"checkbox\" name=\"task\" value=\"{no} food\"");
    assert!(list.contains(&boxes) && list.contains("action=\"/board/remind\""), "{list}");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let chosen = [pair("task", &format!("{no} food")), pair("task", &format!("{no} seal"))];
    let mut pairs = chosen.to_vec();
    pairs.push(pair("_action", "ask"));
    let page = house.post(&who, "/board/remind", &pairs).await.text();
    for part in ["食品经营许可", "印章刻制备案", "发出催办"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let id = pair("_command_id", &hidden(&page, "_command_id"));
    let empty = [chosen.to_vec(), vec![pair("_action", "send"), id.clone()]].concat();
    let page = house.post(&who, "/board/remind", &empty).await.text();
    assert!(page.contains("href=\"#f-text\"") && page.contains("请写明催办的内容"), "{page}");
    let sent = [empty, vec![pair("text", "请按期办结")]].concat();
    for _click in 0..2 {
        let page = house.post(&who, "/board/remind", &sent).await.text();
        assert!(page.contains("已催办 2 个环节"), "{page}");
    }
    let reminded = names(&house, &no).await.iter().filter(|name| *name == "Reminded").count();
    assert_eq!(reminded, 2, "each task once, however often it is sent");
    let none = house.post(&who, "/board/remind", &[pair("_action", "ask")]).await.text();
    assert!(none.contains("还没有选择环节"), "{none}");
}

#[tokio::test]
async fn the_board_counts_organs_by_days_left_and_leads_to_the_cases() {
    let (house, no) = handed_in().await;
    let who = officer_of("market", "coordinator");
    assert_eq!(act(&house, &reviewer("seal"), &no, "seal", "accept", &[]).await.status, 303);
    let reader = &*house.bed.platform().reader;
    let days = Days { today: day("2026-02-12"), close: day("2026-02-13"), near: day("2026-02-26") };
    let loads = work::loads(reader, "440000", days).await.unwrap();
    let of = |organ: &str| loads.iter().find(|load| load.organ == organ).unwrap();
    assert_eq!(of("440115-police").close, 1, "promised for the 13th");
    assert_eq!(
        (of("440115-market").close, of("440115-market").near),
        (1, 1),
        "reg today, bo in five days"
    );
    assert!(of("440115-police").label.zh.contains('公'), "{:?}", of("440115-police").label);
    assert_eq!(work::loads(reader, "450000", days).await.unwrap(), []);
    let page = house.page(&who, "/board").await;
    assert!(page.contains("/board/organs/440115-police?place=440115&amp;days=close"), "{page}");
    assert!(page.contains("class=\"multiples\"") && page.contains("排队时间"), "{page}");
    let list = house.page(&who, "/board/organs/440115-police?place=440115&days=close").await;
    assert!(list.contains(&format!("/board/cases/{no}\"")), "{list}");
    let other = house.page(&who, "/board/organs/440115-police?place=440115&days=far").await;
    assert!(!other.contains(&no));
    let case = house.page(&who, &format!("/board/cases/{no}")).await;
    assert!(!case.contains("陈思远") && !case.contains("进港大道"), "clocks, no content");
    let path = format!("/board/cases/{no}/tasks/seal/remind");
    let form = house.page(&who, &path).await;
    let pairs = [
        ("_command_id".to_owned(), hidden(&form, "_command_id")),
        ("text".to_owned(), "请尽快办理".to_owned()),
    ];
    assert_eq!(house.post(&who, &path, &pairs).await.status, 303);
    let path = format!("/board/cases/{no}/extend");
    let form = house.page(&who, &path).await;
    let pairs = [
        ("_command_id".to_owned(), hidden(&form, "_command_id")),
        ("reason".to_owned(), "案情复杂".to_owned()),
    ];
    assert_eq!(house.post(&who, &path, &pairs).await.status, 303);
    let case = house.case(&no).await;
    assert_eq!(case.joint.unwrap().on, day("2026-05-18"));
    assert!(names(&house, &no).await.contains(&"Reminded".to_owned()));
}

#[tokio::test]
async fn a_search_finds_what_the_organ_has_a_task_in() {
    let (house, no) = handed_in().await;
    for (who, text, found) in [
        (reviewer("food"), "青禾", true),
        (reviewer("food"), no.as_str(), true),
        (reviewer("food"), "%25", false),
        (officer_of("health", "reviewer"), "青禾", false),
    ] {
        let page = house
            .page(
                &who,
                &format!(
                    "/work/search?q={}",
                    text.replace('青', "%E9%9D%92").replace('禾', "%E7%A6%BE")
                ),
            )
            .await;
        assert_eq!(page.contains(&format!("/work/{no}\"")), found, "{who:?} {text}");
    }
}

// --- programs -----------------------------------------------------------------------------------------------------

fn sent(id: &str, expected: u64, command: &Value) -> Value {
    json!({ "id": id, "expected_version": expected, "command": command })
}

const ID: [&str; 4] = [
    "000102030405060708090a0b0c0d0e0f",
    "100102030405060708090a0b0c0d0e0f",
    "200102030405060708090a0b0c0d0e0f",
    "300102030405060708090a0b0c0d0e0f",
];

#[tokio::test]
async fn a_command_of_a_program_is_taken_once_and_stale_ones_are_not() {
    let (house, no) = handed_in().await;
    let (who, path) = (reviewer("food"), format!("/api/v1/cases/{no}/commands"));
    let version = house.loaded(&no).await.version;
    let accept = sent(ID[0], version, &json!({ "Accept": { "task": "food" } }));
    let first = house.bed.request(&who, "POST", &path, Some(&accept)).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.json()["events"][0]["event"], "Accepted");
    let again = house.bed.request(&who, "POST", &path, Some(&accept)).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(again.json()["events"], first.json()["events"]);
    let grant = json!({ "Grant": { "task": "food" } });
    let stale = house.bed.request(&who, "POST", &path, Some(&sent(ID[1], version, &grant))).await;
    assert_eq!(
        (stale.status.as_u16(), stale.json()["reason"].as_str()),
        (409, Some("STALE_VERSION"))
    );
    let other = house.bed.request(&who, "POST", &path, Some(&sent(ID[0], version, &grant))).await;
    assert_eq!(other.json()["reason"], "ID_REUSED");
    assert_eq!(house.case(&no).await.tasks["food"].state, TaskState::Working);
}

#[tokio::test]
async fn the_platforms_own_commands_are_refused() {
    let (house, no) = handed_in().await;
    let path = format!("/api/v1/cases/{no}/commands");
    let version = house.loaded(&no).await.version;
    for command in [
        json!({ "Establish": { "uscc": "91440115MAD2K7Q49J" } }),
        json!({ "NoteIssued": { "task": "food", "licence": "l", "number": "n" } }),
        json!({ "AcceptBySilence": { "task": "food" } }),
        json!({ "Overrun": { "task": "food", "line": "promise" } }),
        json!("Recompute"),
        json!({ "Sign": { "document": "articles", "sha256": "", "signer": "chen" } }),
    ] {
        for who in [reviewer("food"), founder()] {
            let body = sent(ID[2], version, &command);
            let reply = house.bed.request(&who, "POST", &path, Some(&body)).await;
            assert_eq!(reply.json()["reason"], "COMMAND_INTERNAL", "{command}");
            assert_eq!(
                (reply.status.as_u16(), reply.header("content-type")),
                (403, "application/problem+json")
            );
        }
    }
    for (body, status) in [
        (json!({ "id": ID[3], "command": { "Accept": { "task": "food" } } }), 422),
        (sent("xyz", version, &json!({ "Accept": { "task": "food" } })), 422),
        (sent(ID[3], version, &json!({ "Accept": {} })), 422),
        (sent(ID[3], version, &json!({ "Accept": { "task": 7 } })), 422),
        (sent(ID[3], version, &json!([])), 422),
    ] {
        let reply = house.bed.request(&reviewer("food"), "POST", &path, Some(&body)).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", reply.text());
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    assert_eq!(house.loaded(&no).await.version, version, "nothing happened");
}

#[tokio::test]
async fn a_program_fills_in_what_the_page_would_take_and_nothing_else() {
    let house = House::open().await;
    let no = house.filled(&founder(), &["food"]).await;
    let path = format!("/api/v1/cases/{no}/commands");
    let mut answers = house.answers(&no).await;
    let save = |answers: &forms::Answers| json!({ "SaveAnswers": { "answers": answers } });
    let version = house.loaded(&no).await.version;
    answers.set(&"plain.seats".parse().unwrap(), Some(72.into()));
    let body = sent(ID[0], version, &save(&answers));
    let reply = house.bed.request(&founder(), "POST", &path, Some(&body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(house.answers(&no).await, answers);
    let again = house.bed.request(&founder(), "POST", &path, Some(&body)).await;
    assert_eq!(again.json()["repeated"], true, "{}", again.text());
    let version = house.loaded(&no).await.version;
    for (spot, value) in
        [("plain.uscc", "91440115MAD2K7Q49J"), ("plain.seats", "many"), ("plain.postcode", "51145")]
    {
        let mut wrong = answers.clone();
        wrong.set(&spot.parse().unwrap(), Some(value.into()));
        let body = sent(ID[1], version, &save(&wrong));
        let reply = house.bed.request(&founder(), "POST", &path, Some(&body)).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["reason"].as_str()),
            (422, Some("VALUES")),
            "{spot}"
        );
    }
    assert_eq!(house.loaded(&no).await.version, version);
}

#[tokio::test]
async fn everybody_sees_as_much_of_a_case_as_the_law_lets_him() {
    let (house, no) = handed_in().await;
    let door = Door::of(&house);
    let path = format!("/api/v1/cases/{no}");
    let seen = async |who: &Actor| door.send(who, "GET", &path, None).await.json();
    let party = seen(&founder()).await;
    assert!(party["documents"].is_object() && party["answers_sha256"].is_string());
    let officer = seen(&reviewer("food")).await;
    assert!(officer["documents"].is_null());
    let task = |seen: &Value, name: &str| {
        seen["tasks"].as_array().unwrap().iter().find(|task| task["task"] == name).unwrap().clone()
    };
    assert_eq!(task(&officer, "food")["received_on"], "2026-02-12");
    assert!(task(&officer, "tax")["received_on"].is_null(), "of others the state alone");
    assert_eq!(task(&officer, "tax")["state"], "ready");
    let coordinator = seen(&officer_of("market", "coordinator")).await;
    assert_eq!(task(&coordinator, "tax")["received_on"], "2026-02-12");
    assert!(coordinator["documents"].is_null());
    for (who, n) in [
        (founder(), 1),
        (stranger(), 0),
        (reviewer("food"), 1),
        (officer_of("health", "reviewer"), 0),
        (officer_of("market", "supervisor"), 1),
    ] {
        let list = door.send(&who, "GET", "/api/v1/cases", None).await.json();
        assert_eq!(list["cases"].as_array().map(Vec::len), Some(n), "{who:?}: {list}");
    }
}

// --- the walk: every route, every kind of actor -------------------------------------------------------------------

/// The routes of cases behind the gate that production has.
struct Door(Router);

impl Door {
    fn of(house: &House) -> Self {
        let mut registry = Registry::default();
        Cases { desk: Arc::clone(&house.desk) }.register(&mut registry);
        let organs =
            |organ: &OrganKey| organ.as_str().split_once('-').map(|(place, _)| place.to_owned());
        let gate = CedarGate::new(&registry, Arc::new(organs), Arc::new(Mandates::default()));
        let gate = Arc::new(gate.expect("the policies hold together"));
        let platform = Platform { gate, ..house.bed.platform().clone() };
        let routers = registry.routers.into_iter().map(|(_, router)| router);
        Self(routers.fold(Router::new(), Router::merge).with_state(platform))
    }

    async fn send(
        &self,
        who: &Actor,
        method: &str,
        path: &str,
        body: Option<&(&str, String)>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((kind, _)) = body {
            request = request.header("content-type", *kind);
        }
        let content = body.map_or_else(Body::empty, |(_, text)| Body::from(text.clone()));
        let mut request = request.body(content).unwrap();
        request.extensions_mut().insert(Who(who.clone()));
        let (head, body) = self.0.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
        Reply { status: head.status, headers: head.headers, body }
    }
}

fn foreign(role_of_organ: &str, role: &str) -> Actor {
    Actor::Officer {
        organ: OrganKey::new(format!("440106-{role_of_organ}")),
        login: "x".to_owned(),
        role: role.to_owned(),
    }
}

/// Every route of officers, coordinators and programs: method, path, body, who may.
#[expect(clippy::type_complexity, reason = "a table of the test, read once")]
fn routes(
    no: &str,
    version: u64,
) -> Vec<(&'static str, String, Option<(&'static str, String)>, Entitled)> {
    use Entitled::{Board, Head, Listed, Officer, Sighted};
    let form = |text: &str| {
        let stamp = format!("_command_id={}&_expected_version={version}&", ID[0]);
        Some(("application/x-www-form-urlencoded", format!("{stamp}{text}")))
    };
    let command =
        |command: &Value| Some(("application/json", sent(ID[1], version, command).to_string()));
    vec![
        ("GET", "/work".to_owned(), None, Listed),
        ("GET", "/work/list.csv".to_owned(), None, Listed),
        ("GET", "/work/search?q=x".to_owned(), None, Listed),
        ("GET", format!("/work/{no}"), None, Officer),
        ("GET", format!("/work/{no}/food"), None, Officer),
        ("POST", format!("/work/{no}/food/persons"), form("purpose=x"), Officer),
        ("GET", format!("/work/{no}/food/field?path=seats"), None, Officer),
        ("GET", format!("/work/{no}/food/materials/premises_proof"), None, Officer),
        ("GET", format!("/work/{no}/food/act/accept"), None, Officer),
        ("GET", format!("/work/{no}/food/act/extend"), None, Head),
        ("POST", format!("/work/{no}/food/act"), form("_action=accept"), Officer),
        ("GET", "/board".to_owned(), None, Board),
        ("GET", "/board?place=440115".to_owned(), None, Board),
        ("GET", "/board/board.csv?place=440115".to_owned(), None, Board),
        ("GET", "/board/organs/440115-food?place=440115".to_owned(), None, Board),
        ("POST", "/board/remind".to_owned(), form(&format!("task={no}+food&_action=ask")), Board),
        ("GET", format!("/board/cases/{no}"), None, Board),
        ("GET", format!("/board/cases/{no}/extend"), None, Board),
        ("POST", format!("/board/cases/{no}/extend"), form("reason=x"), Board),
        ("GET", format!("/board/cases/{no}/tasks/food/remind"), None, Board),
        ("POST", format!("/board/cases/{no}/tasks/food/remind"), form("text=x"), Board),
        ("POST", format!("/board/cases/{no}/tasks/food/escalate"), form("text=x"), Board),
        ("GET", "/api/v1/cases".to_owned(), None, Entitled::Anybody),
        ("GET", format!("/api/v1/cases/{no}"), None, Sighted),
        ("GET", format!("/api/v1/cases/{no}/tasks/food/payload"), None, Officer),
        (
            "POST",
            format!("/api/v1/cases/{no}/commands"),
            command(&json!({ "Accept": { "task": "food" } })),
            Officer,
        ),
        (
            "POST",
            format!("/api/v1/cases/{no}/commands"),
            command(&json!({ "ExtendDeadline": { "task": "food", "reason": "x" } })),
            Head,
        ),
        (
            "POST",
            format!("/api/v1/cases/{no}/commands"),
            command(&json!({ "ExtendDeadline": { "task": null, "reason": "x" } })),
            Board,
        ),
        (
            "POST",
            format!("/api/v1/cases/{no}/commands"),
            command(&json!({ "Withdraw": { "reason": "x" } })),
            Entitled::Party,
        ),
    ]
}

/// Who passes a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entitled {
    /// Whoever is signed in; what he finds is his own.
    Anybody,
    /// Working officers of any organ: each has a list of her own.
    Listed,
    /// Working officers of the task's organ.
    Officer,
    /// The head of the task's organ.
    Head,
    /// Coordinators of the place.
    Board,
    /// The party, officers with a task, coordinators of the place.
    Sighted,
    /// The party.
    Party,
}

#[tokio::test]
async fn every_route_refuses_who_is_not_entitled_and_changes_nothing() {
    let (house, no) = handed_in().await;
    let door = Door::of(&house);
    let loaded = house.loaded(&no).await;
    // Who is refused, on which routes, with which status.
    let outsiders: [(Actor, u16, &[Entitled]); 8] = {
        use Entitled::{Anybody, Board, Head, Listed, Officer, Party, Sighted};
        [
            (Actor::Public, 401, &[Anybody, Listed, Officer, Head, Board, Sighted, Party]),
            (stranger(), 403, &[Listed, Officer, Head, Board, Sighted, Party]),
            (founder(), 403, &[Listed, Officer, Head, Board]),
            (officer_of("health", "reviewer"), 403, &[Officer, Head, Board, Sighted, Party]),
            (foreign("food", "head"), 403, &[Officer, Head, Board, Sighted, Party]),
            (foreign("market", "coordinator"), 403, &[Listed, Officer, Head, Sighted, Party]),
            (reviewer("food"), 403, &[Head, Board, Party]),
            (officer_of("market", "coordinator"), 403, &[Listed, Officer, Head, Party]),
        ]
    };
    for (who, status, refused) in outsiders {
        for (method, path, body, entitled) in routes(&no, loaded.version) {
            if !refused.contains(&entitled) {
                continue;
            }
            let reply = door.send(&who, method, &path, body.as_ref()).await;
            assert_eq!(reply.status.as_u16(), status, "{who:?} {method} {path}: {}", reply.text());
            assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
            let problem = reply.json();
            assert!(problem["titles"]["zh"].is_string() && problem["titles"]["en"].is_string());
        }
    }
    let far = door
        .send(&foreign("market", "coordinator"), "GET", &format!("/board/cases/{no}"), None)
        .await;
    assert_eq!(far.status, 403, "a foreign jurisdiction");
    let far =
        door.send(&foreign("market", "coordinator"), "GET", "/board?place=440115", None).await;
    assert_eq!(far.status, 403, "a foreign jurisdiction");
    assert_eq!(house.loaded(&no).await.version, loaded.version, "nothing happened");
}

#[tokio::test]
async fn every_route_lets_in_who_is_entitled() {
    for (who, entitled) in [
        (reviewer("food"), Entitled::Listed),
        (reviewer("food"), Entitled::Officer),
        (officer_of("food", "head"), Entitled::Head),
        (officer_of("market", "coordinator"), Entitled::Board),
        (officer_of("market", "coordinator"), Entitled::Sighted),
        (reviewer("food"), Entitled::Sighted),
        (founder(), Entitled::Sighted),
        (founder(), Entitled::Anybody),
    ] {
        let (house, no) = handed_in().await;
        let door = Door::of(&house);
        let accepted = [Entitled::Head, Entitled::Board].contains(&entitled);
        if accepted {
            let command = cases::CaseCommand::Accept { task: "food".to_owned() };
            house.command(reviewer("food"), &no, command).await;
        }
        for (method, path, body, needed) in routes(&no, house.loaded(&no).await.version) {
            // The case moves on under the walk: what comes late may find it changed, never closed.
            if needed == entitled {
                let reply = door.send(&who, method, &path, body.as_ref()).await;
                let status = reply.status.as_u16();
                assert!(
                    matches!(status, 200 | 303 | 409)
                        || (status == 403 && path.contains("materials")),
                    "{who:?} {method} {path}: {}",
                    reply.text()
                );
            }
        }
    }
}
