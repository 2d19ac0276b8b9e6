//! The legal representative acts for the enterprise that stands; persons see who looked at their data.

use crate::bed::{House, nation, shard};
use cases::CaseCommand;
use cases::model::CaseKey;
use codes::IdType;
use identity::model::{Card, Document};
use identity::queries::{self, MandateRow, ReadRow};
use kernel::{Actor, PartyKey};
use registers::Enterprise;
use registers::enterprise::{EnterpriseCommand, EnterpriseKey};

/// The numbers of the cards `chen` and `li` of the sample.
const CHEN: &str = "440113199003074516";
const LI: &str = "440305199211180322";

const ESTABLISHED: &str = "
  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}
  - {at: \"2026-02-12 15:30\", by: organ, task: reg, do: [Accept, Grant]}";

fn person(house: &House, number: &str) -> PartyKey {
    let document = Document::person(IdType::ResidentId, number).expect("sound");
    house.identity.keys().of(&document)
}

async fn held(house: &House, agent: &PartyKey) -> Vec<MandateRow> {
    let reader = &*house.bed.platform().reader;
    let now = module::Stage::now(&house.bed);
    let rows = queries::mandates_held(reader, agent).await.expect("read");
    rows.into_iter().filter(|row| row.holds(now)).collect()
}

async fn code(house: &House, case: &CaseKey) -> String {
    house.case(case).await.established.expect("it stands").0
}

#[tokio::test]
async fn who_represents_an_enterprise_acts_for_it_from_the_day_it_stands() {
    let house = House::new([]).await;
    let (chen, li) = (person(&house, CHEN), person(&house, LI));
    let case = house.play("", ESTABLISHED).await;
    let uscc = code(&house, &case).await;
    let company = house.identity.keys().of(&Document::organisation(&uscc).expect("sound"));
    let mandates = held(&house, &chen).await;
    let [mandate] = mandates.as_slice() else { panic!("{mandates:?}") };
    assert_eq!((&mandate.principal, mandate.by_register), (&company, true));
    assert!(mandate.scope.covers("28/food"), "in everything");
    let name = house.identity.name(house.bed.platform(), &company).await.expect("read");
    assert_eq!(name.as_deref(), Some("广州青禾餐饮管理有限公司"));
    assert!(held(&house, &li).await.is_empty(), "a shareholder represents nobody");
    let text: String =
        house.events(&nation()).await.iter().map(|e| e.body.text().to_owned()).collect();
    assert!(!text.contains("陈思远") && !text.contains(CHEN), "no event holds a personal value");
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn what_a_form_says_takes_the_place_of_no_card_that_stands() {
    let house = House::new([]).await;
    let document = Document::person(IdType::ResidentId, CHEN).expect("sound");
    let card = Card { mobile: Some("13900000000".to_owned()), ..Card::new("陈思远", &document) };
    let commands = kernel::Atomic::new(nation());
    let registered = house.identity.register_party(commands, &document, card.clone()).await;
    let (commands, chen) = registered.expect("sealed");
    module::Stage::submit(&house.bed, Actor::system("sign-up"), commands).await.expect("taken");
    house.play("", ESTABLISHED).await;
    let stands = house.identity.card(house.bed.platform(), &chen).await.expect("read");
    assert_eq!(stands, Some(card));
    assert_eq!(held(&house, &chen).await.len(), 1);
    house.nothing_is_dead().await;
}

#[tokio::test]
async fn another_representative_in_the_register_takes_the_mandate_over_at_once() {
    let house = House::new([]).await;
    let (chen, li) = (person(&house, CHEN), person(&house, LI));
    let case = house.play("", ESTABLISHED).await;
    let uscc = code(&house, &case).await;
    let company = house.identity.keys().of(&Document::organisation(&uscc).expect("sound"));
    let entered = house.events(&shard()).await.into_iter().find(|e| &*e.kind == "enterprise");
    let change = EnterpriseCommand::NameRepresentative {
        enterprise: company,
        representative: li.clone(),
        origin: entered.expect("entered").origin(),
    };
    for _again in 0..2 {
        let by = Actor::system("register");
        house.submit::<Enterprise>(by, shard(), &EnterpriseKey(uscc.clone()), &change).await;
    }
    assert!(held(&house, &chen).await.is_empty(), "whoever was before is none any more");
    assert_eq!(held(&house, &li).await.len(), 1);
    house.nothing_is_dead().await;
}

async fn reads(house: &House, party: &PartyKey) -> Vec<ReadRow> {
    queries::reads(&*house.bed.platform().reader, party, None, 100).await.expect("read")
}

#[tokio::test]
async fn each_look_of_an_officer_stands_in_the_record_of_the_person() {
    let house = House::new([]).await;
    let (chen, li) = (person(&house, CHEN), person(&house, LI));
    let case = house.play("", "\n  - {at: \"2026-02-12 15:20\", by: applicant, do: Submit}").await;
    let look = CaseCommand::ReadPersons {
        task: "tax".to_owned(),
        cards: vec!["chen".to_owned(), "li".to_owned()],
        purpose: "办理税务信息确认".to_owned(),
    };
    house.officer("440115-tax", &case, &look).await;
    let rows = reads(&house, &chen).await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(row.organ.as_ref().map(kernel::OrganKey::as_str), Some("440115-tax"));
    assert_eq!((row.thing.as_str(), row.service.as_deref()), (case.0.as_str(), Some("28/tax")));
    assert_eq!((row.purpose.as_str(), row.denied), ("办理税务信息确认", false));
    assert!(row.fields.iter().any(|field| field == "id_number"), "{row:?}");
    assert!(!row.fields.iter().any(|field| field == "home_address"), "tax does not ask for it");
    let of_li = reads(&house, &li).await;
    assert!(of_li[0].fields.len() < row.fields.len(), "a shareholder alone: {of_li:?}");
    let denied = CaseCommand::NoteDenied {
        task: "fund".to_owned(),
        path: "legal_representative.home_address".to_owned(),
    };
    house.officer("440115-housing_fund", &case, &denied).await;
    let rows = reads(&house, &chen).await;
    let (newest, fields) = (&rows[0], vec!["home_address".to_owned()]);
    assert_eq!((rows.len(), newest.denied, &newest.fields), (2, true, &fields));
    assert_eq!(reads(&house, &li).await.len(), 1, "the refused look was at somebody else");
    house.bed.settle().await;
    assert_eq!(reads(&house, &chen).await.len(), 2, "each once");
    house.nothing_is_dead().await;
}

/// What a holder's list of looks says.
async fn looks_at(house: &House, party: &PartyKey) -> Vec<ReadRow> {
    let reader = &*house.bed.platform().reader;
    queries::reads(reader, party, None, 50).await.expect("read")
}

#[tokio::test]
async fn s08_a_holder_sees_within_a_second_who_looked_at_the_register_and_by_which_law() {
    use registers::inspection::{Inspection, InspectionCommand, Look};
    let house = House::new([]).await;
    let (chen, li) = (person(&house, CHEN), person(&house, LI));
    let record = registers::RecordKey::new("real_estate", "440305001002GB00012F00010003");
    let look = |purpose: &str| Look {
        view: "by_law".to_owned(),
        purpose: purpose.to_owned(),
        law: "不动产登记暂行条例第二十七条".to_owned(),
        fields: vec!["holders".to_owned()],
        holders: vec![chen.clone(), li.clone()],
        ..Look::default()
    };
    let at = module::Stage::now(&house.bed);
    let heir = Actor::Party { party: li.clone(), login: "li".to_owned(), mandate: None };
    let stranger =
        Actor::Party { party: PartyKey::new("stranger"), login: "x".to_owned(), mandate: None };
    let seen = InspectionCommand::Inspect(look("继承"));
    let refused = InspectionCommand::Refuse(look("打听"));
    house.submit::<Inspection>(heir, shard(), &record, &seen).await;
    house.submit::<Inspection>(stranger, shard(), &record, &refused).await;
    let told: Vec<(String, bool, Option<String>)> = looks_at(&house, &chen)
        .await
        .into_iter()
        .map(|row| (row.purpose, row.denied, row.law))
        .collect();
    let law = Some("不动产登记暂行条例第二十七条".to_owned());
    assert_eq!(told, [("打听".to_owned(), true, law.clone()), ("继承".to_owned(), false, law)]);
    let rows = looks_at(&house, &li).await;
    assert_eq!(rows.len(), 1, "who looks at what it holds itself is told nothing of it");
    assert!(rows[0].at.us() - at.us() < 1_000_000, "within a second");
    assert_eq!((rows[0].kind.as_str(), rows[0].thing.as_str()), ("record", record.0.as_str()));
    house.nothing_is_dead().await;
}
