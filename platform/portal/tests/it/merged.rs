//! The pages of a merged form: what they show, and what comes back from them.

use std::collections::BTreeMap;

use codes::{Date, Label, Lang, Moment};
use elements::{Dictionary, PageCard, Value};
use forms::{Answers, MergedForm, Provenance, ServiceForm, Spot, Stage, merge, validate};
use portal::{Action, MergedPage, Posted, Typed, Why, change_rows, divisions, read_answers};

const REG: &str = r#"
service: reg
fields:
  - "enterprise_name* registered_capital* business_term* business_scope* name_pledge* address_division* business_address"
  - "legal_representative.{name* id_type* id_number* nationality* position* id_expiry}"
  - "shareholder[].{name* id_type* id_number* subscribed_amount* contribution_date*} seal[].{kind* count*}"
"#;

const ANSWERS: &str = r#"{
  "plain": {"registered_capital": 500000000, "business_term": {"years": 20}, "business_scope": [], "name_pledge": true,
            "address_division": "440115", "business_address": {"division": "440115", "detail": "港前大道南 162 号 <801>"}},
  "cards": {"p1": {"name": "陈思远", "id_type": "resident_id", "id_number": "440113199003074516", "id_expiry": "长期"},
            "p2": {"name": "李\"若\"彤", "id_type": "resident_id", "id_number": "440305199211180322"}},
  "roles": {"legal_representative": {"card": "p1", "position": "董事"},
            "shareholder": [{"card": "p1", "subscribed_amount": 300000000, "contribution_date": "2031-02-12"},
                            {"card": "p2", "subscribed_amount": 200000000}]},
  "rows": {"seal": [{"count": 1}]}
}"#;

struct Fixture {
    dictionary: Dictionary,
    form: MergedForm,
    service: ServiceForm,
    answers: Answers,
}

fn fixture() -> Fixture {
    let dictionary = Dictionary::builtin().unwrap();
    let service = ServiceForm::parse(&dictionary, "reg.yaml", REG).unwrap();
    let form = merge(&dictionary, &[&service]).unwrap();
    let mut answers: Answers = serde_json::from_str(ANSWERS).unwrap();
    let scope =
        dictionary.list("scope_item").unwrap().entries.keys().take(2).cloned().collect::<Vec<_>>();
    answers.plain.insert(
        "business_scope".parse().unwrap(),
        Value::List(scope.into_iter().map(Value::Text).collect()),
    );
    let kind = dictionary.list("seal_kind").unwrap().entries.keys().next().unwrap().clone();
    answers.set(&"row.seal.0.kind".parse().unwrap(), Some(Value::Text(kind)));
    Fixture { dictionary, form, service, answers }
}

fn render(
    fixture: &Fixture,
    answers: &Answers,
    typed: &Typed,
    sources: &BTreeMap<Spot, Provenance>,
) -> String {
    let errors =
        validate(answers, &fixture.dictionary, &[&fixture.service], Stage::Complete).errors;
    let page = MergedPage {
        lang: Lang::Zh,
        dictionary: &fixture.dictionary,
        form: &fixture.form,
        answers,
        errors: &errors,
        told: &[],
        typed,
        sources,
        why: &|_| Why { articles: vec!["登记条例第八条".to_owned()], ..Why::default() },
        service: &|id| id.to_string(),
        divisions_at: "/api/v1/divisions",
    };
    page.cards().map(|card| page.card(card).into_string()).collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split_once('"')?.0))
}

/// The pairs that a browser would post of a page, whichever button is pressed.
fn submit(html: &str) -> Posted {
    let mut pairs = Vec::new();
    let mut select = None::<String>;
    for (at, _) in html.match_indices('<') {
        let tag = html[at + 1..].split_once('>').map_or("", |(tag, _)| tag);
        let name = attribute(tag, "name");
        let value = attribute(tag, "value").unwrap_or_default();
        match (tag.split(' ').next().unwrap_or_default(), name) {
            ("select", name) => select = name,
            ("/select", _) => select = None,
            ("option", _) if tag.ends_with(" selected") => {
                pairs.extend(select.clone().map(|name| (name, value)));
            }
            ("textarea", Some(name)) => {
                let text = html[at..]
                    .split_once('>')
                    .and_then(|(_, rest)| rest.split_once('<'))
                    .map_or("", |(text, _)| text);
                pairs.push((name, unescaped(text)));
            }
            ("input", Some(name)) => {
                let boxed = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
                if !boxed || tag.contains(" checked") {
                    pairs.push((name, value));
                }
            }
            _ => {}
        }
    }
    Posted { pairs, files: Vec::new() }
}

#[test]
fn a_page_posted_back_as_it_is_changes_nothing() {
    let fixture = fixture();
    let html = render(&fixture, &fixture.answers, &Typed::default(), &BTreeMap::new());
    let posted = submit(&html);
    assert!(posted.pairs.len() > 25, "{:?}", posted.pairs);
    let reading = read_answers(&fixture.dictionary, &fixture.answers, &posted);
    assert_eq!(reading.errors, []);
    assert_eq!(reading.changes, []);
    let from_nothing = read_answers(&fixture.dictionary, &Answers::default(), &posted);
    assert_eq!(from_nothing.answers, fixture.answers, "the page alone holds every answer");
}

#[test]
fn what_cannot_be_read_is_shown_again_as_typed_and_changes_nothing() {
    let fixture = fixture();
    let mut posted =
        submit(&render(&fixture, &fixture.answers, &Typed::default(), &BTreeMap::new()));
    for (name, value) in &mut posted.pairs {
        match name.as_str() {
            "plain.registered_capital" => "五百万<".clone_into(value),
            "plain.business_term:years" => "二十年".clone_into(value),
            _ => {}
        }
    }
    let reading = read_answers(&fixture.dictionary, &fixture.answers, &posted);
    assert_eq!(reading.changes, []);
    assert_eq!(reading.errors.len(), 2, "{:?}", reading.errors);
    let html = render(&fixture, &reading.answers, &reading.typed, &BTreeMap::new());
    assert!(html.contains("value=\"五百万&lt;\"") && html.contains("value=\"二十年\""));
}

#[test]
fn a_box_that_is_cleared_is_no_answer_any_more() {
    let fixture = fixture();
    let mut posted =
        submit(&render(&fixture, &fixture.answers, &Typed::default(), &BTreeMap::new()));
    posted.pairs.retain(|(name, value)| name != "plain.name_pledge" || value.is_empty());
    let reading = read_answers(&fixture.dictionary, &fixture.answers, &posted);
    let spots: Vec<String> = reading.changes.iter().map(|change| change.spot.to_string()).collect();
    assert_eq!(spots, ["plain.name_pledge"]);
    assert_eq!(reading.changes[0].after, None);
}

#[test]
fn what_is_chosen_from_a_search_takes_the_place_of_what_was_chosen_before() {
    let fixture = fixture();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let name = "plain.address_division";
    let posted =
        Posted { pairs: vec![pair(name, "440115"), pair(name, "440305")], files: Vec::new() };
    let reading = read_answers(&fixture.dictionary, &fixture.answers, &posted);
    assert_eq!(reading.answers.get(&name.parse().unwrap()), Some(Value::from("440305")));
    assert_eq!(reading.errors, []);
}

#[test]
fn an_input_that_was_not_on_the_page_stays_as_it_is() {
    let fixture = fixture();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let posted = Posted {
        pairs: vec![
            pair("plain.registered_capital", "600万"),
            pair("role.shareholder", "p1"),
            pair("role.legal_representative", "<script>"),
            pair("plain.no_such_element", "x"),
            pair("nonsense", "x"),
            pair("_q:plain.address_division", " 南沙 "),
        ],
        files: Vec::new(),
    };
    let reading = read_answers(&fixture.dictionary, &fixture.answers, &posted);
    let spots: Vec<String> = reading.changes.iter().map(|change| change.spot.to_string()).collect();
    assert_eq!(spots, ["plain.registered_capital"]);
    assert_eq!(reading.changes[0].after, Some(Value::Int(600_000_000)));
    let wrong: Vec<(String, &str)> = reading
        .errors
        .iter()
        .map(|error| (error.spot.to_string(), codes::Coded::reason(error)))
        .collect();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    let html = render(&fixture, &reading.answers, &reading.typed, &BTreeMap::new());
    assert!(html.contains("value=\"南沙\"") && html.contains("广东省广州市南沙区"));
}

#[test]
fn rows_and_cards_are_added_and_removed_by_buttons() {
    let fixture = fixture();
    let mut answers = fixture.answers.clone();
    let mut press =
        |text: &str| change_rows(&fixture.dictionary, &mut answers, &Action::parse(text).unwrap());
    assert!(press("add_row:shareholder") && press("add_row:seal") && press("add_card"));
    assert!(!press("save") && !press("add_row:no_such_role") && !press("remove_row:shareholder"));
    assert!(press("remove_row:shareholder:0") && press("remove_row:shareholder:99"));
    assert!(press("remove_card:p1"));
    assert_eq!(answers.holders("shareholder").len(), 2);
    assert_eq!(answers.rows_of("seal").len(), 2);
    assert_eq!(answers.cards.keys().map(|card| card.as_str()).collect::<Vec<_>>(), ["p2", "p3"]);
    assert_eq!(
        answers.holders("legal_representative")[0].card,
        None,
        "nobody points to a card that is gone"
    );
    let html = render(&fixture, &answers, &Typed::default(), &BTreeMap::new());
    assert!(
        html.contains("value=\"remove_row:shareholder:1\"") && html.contains("data-card=\"p3\"")
    );
}

#[test]
fn a_resident_is_not_asked_what_the_identity_number_tells() {
    let fixture = fixture();
    let html = render(&fixture, &fixture.answers, &Typed::default(), &BTreeMap::new());
    assert!(!html.contains("card.p1.nationality"));
    let mut answers = fixture.answers.clone();
    answers.set(&"card.p1.id_type".parse().unwrap(), Some(Value::from("passport")));
    let html = render(&fixture, &answers, &Typed::default(), &BTreeMap::new());
    assert!(html.contains("name=\"card.p1.nationality\""));
}

#[test]
fn a_card_tells_which_roles_use_it_and_what_each_asks_more() {
    let reg = "service: reg\nfields:\n  - \"legal_representative.{name* id_type* id_number* home_address*}\"\n  - \"shareholder[].{name* id_type* id_number*}\"\n";
    let mut fixture = fixture();
    fixture.service = ServiceForm::parse(&fixture.dictionary, "reg.yaml", reg).unwrap();
    fixture.form = merge(&fixture.dictionary, &[&fixture.service]).unwrap();
    let none = (Typed::default(), BTreeMap::new());
    let home = fixture.dictionary.person("home_address").unwrap().label.zh.clone();
    let card = |answers: &Answers| {
        let page = render(&fixture, answers, &none.0, &none.1);
        page.split("data-card=").nth(1).unwrap().to_owned()
    };
    let mut answers = fixture.answers.clone();
    answers.set(&"role.legal_representative".parse().unwrap(), None);
    let before = card(&answers);
    assert!(before.contains("这张卡用于：股东。"), "{before}");
    assert!(before.contains("要求填写的角色：股东") && !before.contains(&home), "{before}");
    let after = card(&fixture.answers);
    assert!(after.contains("法定代表人") && after.contains("还差 1 项"), "{after}");
    assert!(after.contains(&format!("还需填写：</b>{home}")), "{after}");
    assert!(after.contains("要求填写的角色：法定代表人</p>"), "{after}");
    assert!(after.contains("各个角色都要求填写"), "the name is: {after}");
    let page = render(&fixture, &answers, &none.0, &none.1);
    assert!(
        page.contains(&format!("人员卡上还需有：{home}")),
        "the role says so before it is given"
    );
}

#[test]
fn fields_say_why_where_from_and_what_is_wrong() {
    let fixture = fixture();
    let spot: Spot = "plain.registered_capital".parse().unwrap();
    let source = Provenance {
        register: Label::new("企业登记", "the enterprise register"),
        since: Some(Date::constant(2026, 2, 12)),
        read_at: Moment::from_us(0),
    };
    let html = render(&fixture, &Answers::default(), &Typed::default(), &[(spot, source)].into());
    assert!(html.contains("登记条例第八条"));
    assert!(html.contains("来自企业登记，自 2026年2月12日（周四）"));
    assert!(
        html.contains("class=\"field failed\"")
            && html.contains("id=\"f-plain-registered_capital-error\"")
    );
    assert!(
        html.contains("<output id=\"f-plain-enterprise_name\""),
        "what is derived is never typed"
    );
}

#[test]
fn every_error_leads_to_something_on_the_page() {
    let fixture = fixture();
    let none = Answers::default();
    let html = render(&fixture, &none, &Typed::default(), &BTreeMap::new());
    let errors = validate(&none, &fixture.dictionary, &[&fixture.service], Stage::Complete).errors;
    assert!(errors.len() > 5);
    for error in errors {
        let id = portal::field_id(&error.spot.to_string());
        assert!(html.contains(&format!("id=\"{id}\"")), "{}", error.spot);
    }
}

#[test]
fn divisions_are_found_by_code_and_by_name() {
    assert_eq!(divisions("南沙区")[0].code, "440115");
    assert_eq!(divisions("440115")[0].label, "广东省广州市南沙区");
    assert!(
        divisions("广东").len() <= 20
            && divisions(" ").is_empty()
            && divisions("无此地").is_empty()
    );
}

#[test]
fn the_cards_of_the_page_are_those_that_have_fields() {
    let fixture = fixture();
    let errors =
        validate(&Answers::default(), &fixture.dictionary, &[&fixture.service], Stage::Complete)
            .errors;
    let (typed, sources) = (Typed::default(), BTreeMap::new());
    let page = MergedPage {
        lang: Lang::En,
        dictionary: &fixture.dictionary,
        form: &fixture.form,
        answers: &fixture.answers,
        errors: &errors,
        told: &[],
        typed: &typed,
        sources: &sources,
        why: &|_| Why::default(),
        service: &|id| id.to_string(),
        divisions_at: "/d",
    };
    let cards: Vec<PageCard> = page.cards().collect();
    assert!(cards.contains(&PageCard::People) && !cards.contains(&PageCard::Staff), "{cards:?}");
    let counted: usize = PageCard::ALL.into_iter().map(|card| page.errors_on(card)).sum();
    assert_eq!(counted, errors.len(), "every error belongs to one card");
    let everywhere = page.errors_everywhere(|card| format!("/form/{}", card.key())).into_string();
    assert_eq!(everywhere.matches("<li>").count(), errors.len());
    assert!(everywhere.contains("href=\"/form/people#f-role-legal_representative\""));
    let people = page.error_summary(PageCard::People).into_string();
    assert_eq!(people.matches("<li>").count(), page.errors_on(PageCard::People));
}
