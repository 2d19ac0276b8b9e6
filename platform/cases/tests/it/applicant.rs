//! The pages of the applicant and of the signers, through real requests and without scripts.

use crate::fixture::{answers, definition, founder, plan_with, reviewer};
use crate::house::{House, PDF, SIGNERS, hidden, spot, stamp, stranger, typed};
use cases::CaseCommand;
use cases::model::{CaseState, SupplementItem};
use elements::Value;
use forms::{Answers, Slot};
use kernel::Actor;

const WRONG: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn opening_puts_the_place_and_the_activity_into_the_form() {
    let house = House::open().await;
    let pairs = [("package", "28/setup"), ("place", "440115"), ("activity", "H6210")];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let reply = house.post(&founder(), "/cases/new", &pairs).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let no = reply.header("location").strip_prefix("/cases/").unwrap().to_owned();
    assert!(no.starts_with("440115-260212-000001-"), "{no}");
    let answers = house.answers(&no).await;
    let plain = |key: &str| answers.plain.get(key).and_then(Value::as_text).map(str::to_owned);
    assert_eq!(plain("address_division").as_deref(), Some("440115"));
    assert_eq!(plain("industry_code").as_deref(), Some("H6210"));
    let case = house.case(&no).await;
    assert!(case.tasks.contains_key("food"), "restaurants need the food licence");
    let list = house.page(&founder(), "/cases").await;
    assert!(list.contains(&no) && list.contains("草稿"), "{list}");
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains("继续：") && page.contains("名称与类型"), "{page}");
}

#[tokio::test]
async fn the_same_opening_sent_twice_is_one_case() {
    let house = House::open().await;
    let first = house.opened(&founder(), &[]).await;
    let again = house.opened(&founder(), &[]).await;
    assert_eq!(first, again);
    let list = house.page(&founder(), "/cases").await;
    assert_eq!(list.matches(&format!("data-copy=\"{first}\"")).count(), 1, "{list}");
}

#[tokio::test]
async fn what_is_not_offered_opens_no_case() {
    let house = House::open().await;
    let table = [
        (("28/none", "440115", None), 404, "PACKAGE_UNKNOWN"),
        (("setup", "440115", None), 422, "NOT_OFFERED"),
        (("28/setup", "999999", None), 422, "PLACE_UNKNOWN"),
        (("28/setup", "", None), 422, "PLACE_UNKNOWN"),
        (("28/setup", "440115", Some("28/none")), 422, "NOT_OFFERED"),
        (("28/setup", "440115", Some(WRONG)), 422, "NOT_OFFERED"),
    ];
    for ((package, place, service), status, reason) in table {
        let mut pairs = vec![
            ("package".to_owned(), package.to_owned()),
            ("place".to_owned(), place.to_owned()),
        ];
        pairs.extend(service.map(|service| ("service".to_owned(), service.to_owned())));
        let reply = house.post(&founder(), "/cases/new", &pairs).await;
        assert_eq!((reply.status.as_u16(), reason), (status, reason), "{}", reply.text());
        assert_eq!(reply.json()["reason"], reason, "{}", reply.text());
    }
    assert!(house.page(&founder(), "/cases").await.contains("还没有办件"));
}

#[tokio::test]
async fn a_founder_fills_in_invites_and_hands_in_without_scripts() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let saved = house.answers(&no).await;
    let salt = saved.salt.clone();
    assert_eq!(saved, Answers { salt, ..answers(&[]) }, "what was typed is what is kept");
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains("广州青禾餐饮管理有限公司") && !page.contains("需要改正"), "{page}");
    house.signed(&founder(), &no).await;
    let reply = house.hand_in(&founder(), &no).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let case = house.case(&no).await;
    assert!(matches!(case.state, CaseState::Submitted | CaseState::Running), "{:?}", case.state);
    for path in
        [format!("/cases/{no}"), format!("/cases/{no}?lang=en"), format!("/cases/{no}/check")]
    {
        let page = house.page(&founder(), &path).await;
        assert!(!page.contains(" style=") && !page.contains(" onclick="), "{path}");
    }
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    for part in
        ["各单位办理进度", "申请已提交", "谁看过个人信息", "id=\"task-reg\"", "id=\"task-bank\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let pdf = house.get(&founder(), &format!("/cases/{no}/documents/articles")).await;
    assert_eq!((pdf.status.as_u16(), pdf.header("content-type")), (200, "application/pdf"));
}

/// An event holds digests for ever (个人信息保护法 47): without the salt, which is destroyed with the key of the case, what
/// was answered cannot be tried against them.
#[tokio::test]
async fn digests_in_events_are_salted_with_a_secret_of_the_case() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    house.signed(&founder(), &no).await;
    house.hand_in(&founder(), &no).await;
    let (saved, case) = (house.answers(&no).await, house.case(&no).await);
    assert_eq!(saved.salt.as_ref().map(String::len), Some(32));
    let (plan, definition) = (case.plan.clone().unwrap(), definition());
    let bare = Answers { salt: None, ..saved.clone() };
    assert_ne!(definition.digest(&bare), case.answers);
    assert_eq!(definition.digest(&saved), case.answers);
    let today = house.bed.platform().clock.now().date();
    let (with, without) =
        (definition.examine(&plan, &saved, today), definition.examine(&plan, &bare, today));
    assert_eq!(with.inputs, case.inputs);
    assert!(!case.inputs.is_empty());
    assert!(case.inputs.iter().all(|(task, digest)| without.inputs.get(task) != Some(digest)));
    let faces = definition.faces(&plan, &bare);
    assert!(case.documents.iter().all(|(name, document)| faces[name].sha256 != document.sha256));
    house.desk.vault.erase(&cases::desk::key_of(&case.no)).await.unwrap();
    assert!(house.desk.seal(&case.no, &mut bare.clone()).await.is_err(), "the salt is gone");
}

#[tokio::test]
async fn rows_and_persons_come_and_go_by_buttons() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let path = format!("/cases/{no}/form/people");
    let page = house.page(&founder(), &path).await;
    let reply = house.submit(&founder(), &page, &path, &[("_action", "add_card")]).await;
    let page = reply.text();
    assert!(page.contains("card.p1.name"), "{page}");
    let name = [("card.p1.name", "陈思远"), ("_action", "add_row:shareholder")];
    let page = house.submit(&founder(), &page, &path, &name).await.text();
    assert!(page.contains("role.shareholder.0") && page.contains("value=\"陈思远\""), "{page}");
    let both = [("card.p1.name", "陈思远"), ("role.shareholder.0", "p1"), ("_action", "save")];
    let reply = house.submit(&founder(), &page, &path, &both).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(house.answers(&no).await.holders("shareholder").len(), 1);
    let page = house.page(&founder(), &path).await;
    let reply =
        house.submit(&founder(), &page, &path, &[("_action", "remove_row:shareholder:0")]).await;
    assert_eq!(reply.status, 200);
    let left = house.answers(&no).await;
    assert!(left.holders("shareholder").is_empty() && left.cards.contains_key("p1"));
    let page = house.page(&founder(), &path).await;
    house.submit(&founder(), &page, &path, &[("_action", "remove_card:p1")]).await;
    assert!(house.answers(&no).await.cards.is_empty());
}

#[tokio::test]
async fn the_person_who_signs_in_is_offered_with_where_it_comes_from() {
    let house = House::knowing_chen().await;
    let no = house.opened(&founder(), &[]).await;
    let page = house.page(&founder(), &format!("/cases/{no}/form/people")).await;
    assert!(
        page.contains("value=\"440113199003074516\"") && page.contains("您的实名登录"),
        "{page}"
    );
    assert!(house.answers(&no).await.cards.is_empty(), "nothing is kept before it is saved");
}

#[tokio::test]
async fn a_changed_mobile_loses_no_signature_and_a_changed_amount_three_documents() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    house.signed(&founder(), &no).await;
    let path = format!("/cases/{no}/form/people");
    let save = async |name: &str, value: &str| {
        let page = house.page(&founder(), &path).await;
        let reply =
            house.submit(&founder(), &page, &path, &[(name, value), ("_action", "save")]).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
    };
    save("card.li.mobile", "13926401993").await;
    let missing = |case: &cases::Case| -> Vec<String> {
        let open = case.documents.iter().filter(|(_, document)| document.missing().count() > 0);
        open.map(|(name, _)| name.clone()).collect()
    };
    assert!(missing(&house.case(&no).await).is_empty());
    save("role.shareholder.1.subscribed_amount", "1,900,000.00").await;
    let void = missing(&house.case(&no).await);
    assert_eq!(void.len(), 3, "{void:?}");
    assert!(!void.contains(&"mandate".to_owned()), "{void:?}");
    let reply = house.hand_in(&founder(), &no).await;
    assert_eq!(reply.status, 422);
    let text = reply.text();
    assert!(
        text.contains("李若彤尚未签署《公司章程》") || text.contains("李若彤尚未签署《章程》"),
        "{text}"
    );
    assert_eq!(house.case(&no).await.state, CaseState::Signing);
}

#[tokio::test]
async fn an_empty_form_is_told_card_by_card_and_a_missing_file_by_its_name() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    for (lang, whole, file) in [
        ("zh", "人员：还有", "住所证明：请上传该材料"),
        ("en", "People: ", "proof of the premises: Please upload this material"),
    ] {
        let page = house.page(&founder(), &format!("/cases/{no}/check?lang={lang}")).await;
        let told = page.split("class=\"errors\"").nth(1).unwrap().split("</div>").next().unwrap();
        assert!(told.contains(&format!("href=\"/cases/{no}/form/people\">{whole}")), "{told}");
        assert!(told.contains(file), "{told}");
        assert!(told.matches("<li>").count() < 30, "a long list is no help: {told}");
    }
}

#[tokio::test]
async fn a_contribution_after_five_years_is_told_before_signing() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let path = format!("/cases/{no}/form/money");
    let save = async |day: &str| {
        let page = house.page(&founder(), &path).await;
        let name = "role.shareholder.1.contribution_date";
        house.submit(&founder(), &page, &path, &[(name, day), ("_action", "save")]).await
    };
    assert_eq!(save("2031-02-13").await.status, 303);
    let check = house.page(&founder(), &format!("/cases/{no}/check")).await;
    assert!(check.contains("公司法第四十七条") && !check.contains("下一步：签署"), "{check}");
    assert_eq!(save("2031-02-12").await.status, 303);
    let check = house.page(&founder(), &format!("/cases/{no}/check")).await;
    assert!(!check.contains("公司法第四十七条") && check.contains("下一步：签署"), "{check}");
}

#[tokio::test]
async fn the_one_list_names_the_form_four_documents_and_one_upload() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let check = house.page(&founder(), &format!("/cases/{no}/check")).await;
    let list = check.split("one-list").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(list.matches("<li>").count(), 6, "{list}");
    assert_eq!(list.matches("系统生成，在线签署").count(), 4, "{list}");
    assert_eq!(list.matches("上传 1 份").count(), 1, "{list}");
    assert!(list.contains("供 9 项业务共用"), "{list}");
    assert!(check.contains("<dd>296</dd>") && check.contains("<dd>107</dd>"), "{check}");
    let note = CaseCommand::NoteConfirmed {
        slot: "premises_proof".to_owned(),
        by: "address base".to_owned(),
    };
    house.command(Actor::system("linkage"), &no, note).await;
    let check = house.page(&founder(), &format!("/cases/{no}/check")).await;
    assert!(!check.contains("上传 1 份"), "the address base confirms the right");
}

#[tokio::test]
async fn a_signer_sees_only_what_he_signs_after_proving_who_he_is() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let link = house.invited(&founder(), &no, "li").await;
    let page = house.page(&Actor::Public, &link).await;
    assert!(
        !page.contains("青禾") && !page.contains("李若彤"),
        "nothing is told before the proof: {page}"
    );
    let (_, name, number) = SIGNERS[1];
    let identify = async |name: &str, number: &str| {
        let proof = [("_signer_name", name), ("_signer_number", number), ("_action", "identify")];
        house.submit(&Actor::Public, &page, &link, &proof).await
    };
    for wrong in [("陈思远", number), (name, "440113199003074516"), ("", ""), (name, "")] {
        let reply = identify(wrong.0, wrong.1).await;
        assert_eq!(reply.status, 403, "{wrong:?}");
        assert!(!reply.text().contains("青禾"), "{wrong:?}");
    }
    let folded = identify(" 李若彤 ", "４４０３０５１９９２１１１８０３２２").await;
    assert_eq!(folded.status, 200, "{}", folded.text());
    let text = folded.text();
    assert!(text.contains("青禾") && !text.contains("13822001990"), "no mobile of anybody: {text}");
    assert_eq!(identify("王五", "1").await.status, 403);
    let locked = identify(name, number).await;
    assert_eq!(locked.status, 429, "five mistakes lock the link: {}", locked.text());
    assert_eq!(locked.json()["reason"], "INVITATION_LOCKED");
    let newer = house.invited(&founder(), &no, "li").await;
    assert_eq!(house.get(&Actor::Public, &link).await.status, 404, "a newer link voids the older");
    assert_eq!(house.signs(&newer, name, number).await.status, 200);
    let unknown = house.get(&Actor::Public, "/cases/sign/0123").await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["reason"]),
        (404, &"INVITATION_UNKNOWN".into())
    );
}

#[tokio::test]
async fn a_founder_who_signs_himself_signs_on_the_board() {
    let house = House::knowing_chen().await;
    let no = house.filled(&founder(), &[]).await;
    house.invited(&founder(), &no, "li").await;
    let path = format!("/cases/{no}/signing");
    let page = house.page(&founder(), &path).await;
    let part = page.split("id=\"signer-chen\"").nth(1).unwrap();
    let mut pairs = stamp(part);
    for name in ["application", "appointment", "articles", "mandate"] {
        let key = format!("_shown:{name}");
        if part.contains(&format!("name=\"{key}\"")) {
            pairs.push((key.clone(), hidden(part, &key)));
        }
    }
    pairs.push(("_action".to_owned(), "sign".to_owned()));
    let reply = house.post(&founder(), &path, &pairs).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let case = house.case(&no).await;
    assert!(
        case.documents
            .values()
            .all(|d| !d.signers.contains("chen") || d.signed.contains_key("chen"))
    );
    let other = house.post(&stranger(), &path, &pairs).await;
    assert_eq!(other.status, 403, "nobody signs with another's card: {}", other.text());
}

#[tokio::test]
async fn a_supplement_opens_only_what_the_notice_names() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &["food"]).await;
    let items = vec![SupplementItem {
        what: "equipment[].count".to_owned(),
        why: "冰箱数量与面积不符".to_owned(),
    }];
    let ask = CaseCommand::AskSupplement { task: "food".to_owned(), items };
    house.command(reviewer("food"), &no, ask).await;
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains("请您补正") && page.contains("冰箱数量与面积不符"), "{page}");
    let path = format!("/cases/{no}/supplement/food");
    let page = house.page(&founder(), &path).await;
    assert!(page.contains("row.equipment.0.count") && !page.contains("plain.trade_name"), "{page}");
    let before = house.answers(&no).await;
    let outside =
        [("row.equipment.0.count", "3"), ("plain.trade_name", "青苗"), ("_action", "answer")];
    let reply = house.submit(&founder(), &page, &path, &outside).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["reason"]),
        (422, &"SUPPLEMENT_OUTSIDE".into())
    );
    let wrong = [("row.equipment.0.count", "many"), ("_action", "answer")];
    assert_eq!(house.submit(&founder(), &page, &path, &wrong).await.status, 422);
    let remove = [("row.equipment.0.count", "3"), ("_action", "remove_row:equipment:1")];
    let reply = house.submit(&founder(), &page, &path, &remove).await;
    assert_eq!(reply.status, 422, "the notice opens counts, no rows");
    assert_eq!(house.answers(&no).await, before);
    let right = [("row.equipment.0.count", "3"), ("_action", "answer")];
    let fresh = house.page(&founder(), &path).await;
    let reply = house.submit(&founder(), &fresh, &path, &right).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let now = house.answers(&no).await;
    assert_eq!(now.get(&spot("row.equipment.0.count")), Some(Value::Int(3)));
    let closed = house.get(&founder(), &path).await;
    assert_eq!(closed.json()["reason"], "NOTHING_WANTED");
}

#[tokio::test]
async fn a_supplement_of_a_whole_group_lets_rows_come_and_go() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &["food"]).await;
    let why = "设备清单与平面图不符".to_owned();
    let items = vec![SupplementItem { what: "equipment[]".to_owned(), why }];
    let ask = CaseCommand::AskSupplement { task: "food".to_owned(), items };
    house.command(reviewer("food"), &no, ask).await;
    let path = format!("/cases/{no}/supplement/food");
    let page = house.page(&founder(), &path).await;
    let before = house.answers(&no).await;
    let rows = before.rows_of("equipment").to_vec();
    let remove = [("_rows:equipment", "6"), ("_action", "remove_row:equipment:5")];
    let page = house.submit(&founder(), &page, &path, &remove).await.text();
    assert_eq!(hidden(&page, "_rows:equipment"), "5");
    assert_eq!(house.answers(&no).await, before, "nothing is sent before the button that sends");
    let send = [("_rows:equipment", "5"), ("_action", "answer")];
    let reply = house.submit(&founder(), &page, &path, &send).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(house.answers(&no).await.rows_of("equipment"), &rows[..5]);
}

#[tokio::test]
async fn a_save_sent_again_is_the_first_answer_and_another_from_an_old_page_is_stale() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let path = format!("/cases/{no}/form/name");
    let page = house.page(&founder(), &path).await;
    let typed = [("plain.trade_name", "青禾"), ("_action", "save")];
    let first = house.submit(&founder(), &page, &path, &typed).await;
    let version = house.loaded(&no).await.version;
    let again = house.submit(&founder(), &page, &path, &typed).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (303, 303), "{}", again.text());
    assert_eq!(house.loaded(&no).await.version, version, "nothing happened twice");
    let other = [
        ("plain.trade_name", "青苗"),
        ("_action", "save"),
        ("_command_id", "00000000000000000000000000000001"),
    ];
    let mut pairs: Vec<_> =
        stamp(&page).into_iter().filter(|(key, _)| key != "_command_id").collect();
    pairs.extend(other.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let stale = house.post(&founder(), &path, &pairs).await;
    assert_eq!((stale.status.as_u16(), &stale.json()["reason"]), (409, &"STALE_VERSION".into()));
    let reused = house
        .submit(&founder(), &page, &path, &[("plain.trade_name", "青苗"), ("_action", "save")])
        .await;
    assert_eq!((reused.status.as_u16(), &reused.json()["reason"]), (409, &"ID_REUSED".into()));
    let bare =
        house.post(&founder(), &path, &[("plain.trade_name".to_owned(), "青苗".to_owned())]).await;
    assert_eq!((bare.status.as_u16(), &bare.json()["reason"]), (422, &"COMMAND_ID".into()));
    let kept = house.answers(&no).await;
    assert_eq!(kept.get(&spot("plain.trade_name")), Some(Value::from("青禾")));
}

#[tokio::test]
async fn scripts_save_while_one_types_and_hear_what_was_refused() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let path = format!("/cases/{no}/form/name");
    let page = house.page(&founder(), &path).await;
    let both =
        [("plain.trade_name", "青禾"), ("plain.industry_code", "X9"), ("_action", "autosave")];
    let reply = house.submit(&founder(), &page, &path, &both).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["version"], house.loaded(&no).await.version);
    assert_eq!(reply.json()["refused"][0]["what"], "plain.industry_code");
    let kept = house.answers(&no).await;
    assert_eq!(kept.get(&spot("plain.trade_name")), Some(Value::from("青禾")));
    assert_eq!(kept.get(&spot("plain.industry_code")), None);
}

/// Every input of the merged form, by its name on the page, with a text that its element cannot take.
fn wrong_inputs() -> Vec<(String, Vec<String>)> {
    let form = definition().merged(&plan_with(&["food", "hyg"])).unwrap();
    let long = "长".repeat(2_001);
    let mut all = Vec::new();
    for field in &form.fields {
        let (name, element) = match (&field.slot, &field.element) {
            (Slot::Plain(key), Some(element)) => (format!("plain.{key}"), element),
            (Slot::Person(key), Some(element)) => (format!("card.p1.{key}"), element),
            (Slot::RoleAttribute(subject, key), Some(element)) if subject.many => {
                (format!("role.{}.0.{key}", subject.key), element)
            }
            (Slot::RoleAttribute(subject, key), Some(element)) => {
                (format!("role.{}.{key}", subject.key), element)
            }
            (Slot::RowAttribute(subject, key), Some(element)) => {
                (format!("row.{}.0.{key}", subject.key), element)
            }
            (Slot::Selector(subject), _) => {
                let row = if subject.many { ".0" } else { "" };
                all.push((
                    format!("role.{}{row}", subject.key),
                    vec![WRONG.to_owned(), "nobody".to_owned()],
                ));
                continue;
            }
            _ => continue,
        };
        let mut texts = vec![long.clone(), "a\u{0}b".to_owned()];
        if !matches!(element.kind, elements::Kind::Text { .. }) || element.is_never_typed() {
            texts.push(WRONG.to_owned());
        }
        if matches!(element.kind, elements::Kind::Composite(elements::Shape::Address)) {
            // An address is typed in parts.
            all.push((format!("{name}:detail"), vec![long.clone()]));
            continue;
        }
        if matches!(element.kind, elements::Kind::Composite(elements::Shape::Term)) {
            all.push((
                format!("{name}:years"),
                vec![WRONG.to_owned(), "-1".to_owned(), "1.5".to_owned()],
            ));
            continue;
        }
        all.push((name, texts));
    }
    all
}

#[tokio::test]
async fn every_field_refuses_what_it_cannot_take_and_nothing_changes() {
    let house = House::open().await;
    let no = house.opened(&founder(), &["food", "hyg"]).await;
    let path = format!("/cases/{no}/form/people");
    let before = house.loaded(&no).await.version;
    let page = house.page(&founder(), &path).await;
    let inputs = wrong_inputs();
    assert!(inputs.len() > 130, "{}", inputs.len());
    for (name, texts) in inputs {
        for text in texts {
            let mut pairs = vec![
                ("_command_id".to_owned(), house.bed.next_id().to_string()),
                ("_expected_version".to_owned(), hidden(&page, "_expected_version")),
                (name.clone(), text.clone()),
                ("_action".to_owned(), "autosave".to_owned()),
            ];
            let shown: String = text.chars().take(20).collect();
            let reply = house.post(&founder(), &path, &pairs).await;
            assert_eq!(reply.status, 422, "{name} {shown}: {}", reply.text());
            let told = reply.json();
            assert_eq!(told["reason"], "VALUES", "{name} {shown}");
            assert!(
                told["fields"]["items"][0]["code"].as_str().is_some_and(|c| c.len() == 8),
                "{told}"
            );
            assert!(!told["titles"]["en"].as_str().unwrap().is_empty());
            if text == WRONG {
                pairs.pop();
                let reply = house.post(&founder(), &path, &pairs).await;
                assert_eq!(reply.status, 422, "{name} {shown}");
                assert!(!reply.text().contains(WRONG), "{name}: a script stands on the page");
            }
        }
    }
    assert_eq!(house.loaded(&no).await.version, before, "nothing has happened");
}

#[tokio::test]
async fn a_script_in_a_text_is_text() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let path = format!("/cases/{no}/form/place");
    let page = house.page(&founder(), &path).await;
    let reply = house
        .submit(&founder(), &page, &path, &[("plain.premises_owner", WRONG), ("_action", "save")])
        .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    for path in [path, format!("/cases/{no}/check")] {
        let page = house.page(&founder(), &path).await;
        assert!(page.contains("&lt;script&gt;") && !page.contains(WRONG), "{path}");
    }
}

#[tokio::test]
async fn uploads_are_judged_by_their_bytes() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let path = format!("/cases/{no}/materials");
    let at = format!("{path}/premises_proof");
    let send = async |name: &str, bytes: &[u8]| {
        let page = house.page(&founder(), &path).await;
        house.upload(&founder(), &at, &stamp(&page), ("premises_proof", name, bytes)).await
    };
    let mut large = b"%PDF-1.7\n".to_vec();
    large.resize((20 << 20) + 1, b' ');
    for (name, bytes, status) in [
        ("lease.pdf", b"".as_slice(), 422),
        ("lease.pdf", b"<html><script>alert(1)</script></html>".as_slice(), 422),
        ("lease.exe", b"MZ\x90\x00".as_slice(), 422),
        ("lease.pdf", large.as_slice(), 413),
    ] {
        let reply = send(name, bytes).await;
        assert_eq!(reply.status, status, "{name} {} {}", bytes.len(), reply.text());
    }
    assert!(house.case(&no).await.materials.is_empty(), "nothing was kept");
    assert_eq!(send("x.bin", PDF).await.status, 303, "the name does not matter");
    let file = house.get(&founder(), &at).await;
    assert_eq!((file.header("content-type"), file.body.as_slice()), ("application/pdf", PDF));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let page = house.page(&founder(), &path).await;
    let reply = house
        .upload(&founder(), &format!("{path}/other"), &stamp(&page), ("other", "a.pdf", PDF))
        .await;
    assert_eq!((reply.status.as_u16(), &reply.json()["reason"]), (404, &"SLOT_UNKNOWN".into()));
}

#[tokio::test]
async fn answers_lie_sealed_and_no_event_holds_a_value() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    let loaded = house.loaded(&no).await;
    for event in &loaded.events {
        for value in ["440113199003074516", "13822001990", "进港大道8号"] {
            assert!(!event.body.text().contains(value), "{}", event.name());
        }
    }
    let blob = blobs::BlobId(loaded.case.sealed.clone());
    let stored = house.bed.platform().blobs.get(&blob).await.unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains("440113199003074516"));
}

#[tokio::test]
async fn nobody_else_sees_or_touches_a_case() {
    let house = House::open().await;
    let no = house.filled(&founder(), &[]).await;
    house.bed.gate().forbid(Some(&stranger()), "*");
    house.bed.gate().forbid(Some(&Actor::Public), "*");
    let version = house.loaded(&no).await.version;
    let page = house.page(&founder(), &format!("/cases/{no}/form/name")).await;
    let pages = [
        "",
        "/withdraw",
        "/tasks/reg/drop",
        "/tasks/reg/object",
        "/form/name",
        "/materials",
        "/materials/premises_proof",
        "/check",
        "/signing",
        "/supplement/reg",
        "/documents/articles",
        "/divisions?q=x",
    ];
    let acts = [
        "/withdraw",
        "/tasks/reg/drop",
        "/tasks/reg/object",
        "/form/name",
        "/materials/premises_proof",
        "/signing",
        "/supplement/reg",
    ];
    for (who, status, reason) in
        [(stranger(), 403, "NOT_ENTITLED"), (Actor::Public, 401, "SIGNED_OUT")]
    {
        for path in pages {
            let reply = house.get(&who, &format!("/cases/{no}{path}")).await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["reason"]),
                (status, &reason.into()),
                "{path}"
            );
        }
        for path in acts {
            let typed = [
                ("reason", "x"),
                ("text", "x"),
                ("_action", "submit"),
                ("plain.trade_name", "青苗"),
            ];
            let reply = house.submit(&who, &page, &format!("/cases/{no}{path}"), &typed).await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["reason"]),
                (status, &reason.into()),
                "{path}"
            );
        }
    }
    let public = house.get(&Actor::Public, "/cases").await;
    assert_eq!(public.status, 401);
    assert_eq!(house.loaded(&no).await.version, version);
}

#[tokio::test]
async fn a_wrong_number_is_no_case() {
    let house = House::open().await;
    let no = house.opened(&founder(), &[]).await;
    let swapped = no.replace("000001", "000010");
    for path in
        [format!("/cases/{swapped}"), "/cases/x".to_owned(), format!("/cases/{no}/form/none")]
    {
        assert_eq!(house.get(&founder(), &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn withdrawing_asks_once_and_says_what_is_lost() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &[]).await;
    let path = format!("/cases/{no}/withdraw");
    let page = house.page(&founder(), &path).await;
    assert!(page.contains("名称不再为您保留") && page.contains("90 日内"), "{page}");
    let reply = house.submit(&founder(), &page, &path, &[("_action", "withdraw")]).await;
    assert_eq!(reply.json()["reason"], "REASON_MISSING");
    let reply = house
        .submit(&founder(), &page, &path, &[("reason", "不开了"), ("_action", "withdraw")])
        .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let case = house.case(&no).await;
    assert!(case.state.over(), "{:?}", case.state);
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains("已撤回") || page.contains("已终止"), "{page}");
}

#[tokio::test]
async fn a_party_drops_one_task_and_objects_to_another() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &["food"]).await;
    let path = format!("/cases/{no}/tasks/food/drop");
    let page = house.page(&founder(), &path).await;
    assert_eq!(house.submit(&founder(), &page, &path, &[("_action", "drop")]).await.status, 303);
    assert!(house.case(&no).await.lost("food"));
    let path = format!("/cases/{no}/tasks/bank/object");
    let page = house.page(&founder(), &path).await;
    let empty =
        house.submit(&founder(), &page, &path, &[("text", ""), ("_action", "object")]).await;
    assert_eq!(empty.status, 422);
    let text = "同一材料要求提供两次".to_owned();
    let reply =
        house.submit(&founder(), &page, &path, &[("text", &text), ("_action", "object")]).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert!(house.page(&founder(), &format!("/cases/{no}")).await.contains(&text));
}

#[test]
fn what_a_person_types_reads_back_as_the_sample() {
    let sample = answers(&["food"]);
    let posted = portal::Posted { pairs: typed(&sample), files: Vec::new() };
    let reading = portal::read_answers(&definition().dictionary, &Answers::default(), &posted);
    assert_eq!((reading.errors, reading.answers), (Vec::new(), sample));
}
