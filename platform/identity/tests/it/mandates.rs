//! Mandates, the legal representative's among them, and who looked at my data.

use crate::browser::{Browser, PASSWORD, Site, site};
use axum::http::StatusCode;
use identity::event::Look;
use identity::model::{Card, Document, MandateKey, PartyKeys, Role, Scope};
use identity::{Identity, queries};
use kernel::{Actor, EventId, OrganKey, Origin, PartyKey, Shard};
use module::{Stage as _, Subject};

const CHEN: &str = "440113199903074511";
const LIN: &str = "440106198811020024";
const USCC: &str = "91440115MAD2K7Q49J";

fn agent_of(party: &PartyKey, mandate: &str) -> Actor {
    Actor::Party { party: party.clone(), login: "lin".into(), mandate: Some(mandate.into()) }
}

/// A company whose legal representative is `representative` from now on.
async fn established(site: &Site, representative: &PartyKey, seq: u64) -> PartyKey {
    let document = Document::organisation(USCC).unwrap();
    let commands = kernel::Atomic::new(Shard::new("000000"));
    let card = Card::new("青禾餐饮有限公司", &document);
    let (commands, company) =
        site.identity.register_party(commands, &document, card).await.unwrap();
    site.bed.submit(Actor::system("linkage"), commands).await.unwrap();
    let event = EventId { shard: Shard::new("440100"), seq };
    let origin = Origin { kind: "enterprise".into(), key: USCC.into(), event };
    let follow =
        Identity::follow_register(site.identity.home(), &company, representative, origin).unwrap();
    site.bed.submit(Actor::system("linkage"), follow).await.unwrap();
    company
}

#[tokio::test]
async fn a_mandate_is_given_used_and_taken_back() {
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    site.person("lin", "林晓彤", LIN).await;
    let (mut principal, mut agent) = (Browser::default(), Browser::default());
    principal.sign_in(&site, "chen", PASSWORD).await;
    agent.sign_in(&site, "lin", PASSWORD).await;
    let fields = [
        ("id_type", "resident_id"),
        ("id_number", LIN),
        ("services", "28/food"),
        ("until", "2026-03-31"),
    ];
    let page = "/identity/mandates";
    let answer = principal.post(&site, page, page, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert!(principal.get(&site, page).await.text.contains("林晓彤"));
    let given = queries::mandates_given(&*site.platform.reader, &chen).await.unwrap();
    let key = given.first().unwrap().mandate.clone();

    let acting = format!("agent:{key}");
    let roles = "/identity/acting";
    let answer = agent.post(&site, roles, roles, &[("acting", &acting)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let shown = agent.get(&site, roles).await;
    assert!(shown.text.contains("代理 陈思远"), "{}", shown.text);
    // The layer told the gate what the mandate covers.
    assert!(site.identity.mandates().scope(key.as_str()).unwrap().covers("28/food"));

    principal.post(&site, page, "/identity/mandates/end", &[("mandate", key.as_str())]).await;
    let shown = agent.get(&site, roles).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(!shown.text.contains("代理 陈思远"), "the role is gone with the next request");
    assert_eq!(site.identity.mandates().scope(key.as_str()), None);
}

#[tokio::test]
async fn a_mandate_for_a_ticked_service_is_for_no_other() {
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    site.person("lin", "林晓彤", LIN).await;
    let mut principal = Browser::default();
    principal.sign_in(&site, "chen", PASSWORD).await;
    let page = "/identity/mandates";
    let shown = principal.get(&site, page).await.text;
    assert!(shown.contains("食品经营许可") && !shown.contains("用逗号分开"), "{shown}");
    // As a browser posts it: a box that is not ticked comes as an empty text.
    let ticked = [
        ("id_type", "resident_id"),
        ("id_number", LIN),
        ("services", ""),
        ("services", "28/food"),
        ("whole", ""),
    ];
    let answer = principal.post(&site, page, page, &ticked).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let given = queries::mandates_given(&*site.platform.reader, &chen).await.unwrap();
    assert_eq!(given[0].scope, Scope::Services(vec!["28/food".to_owned()]));
    let shown = principal.get(&site, page).await.text;
    assert!(!shown.contains(">28/food<"), "the service is named: {shown}");
    let whole = [ticked[0], ticked[1], ticked[2], ("whole", ""), ("whole", "true")];
    principal.post(&site, page, page, &whole).await;
    let given = queries::mandates_given(&*site.platform.reader, &chen).await.unwrap();
    assert!(given.iter().any(|row| row.scope == Scope::All));
}

#[tokio::test]
async fn a_stranger_ends_no_mandate() {
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    let company = established(&site, &chen, 1).await;
    site.person("lin", "林晓彤", LIN).await;
    let key = MandateKey::of_legal_representative(&company);
    let page = "/identity/mandates";
    let before = site.events().await;
    for login in ["lin", "chen"] {
        let mut browser = Browser::default();
        browser.sign_in(&site, login, PASSWORD).await;
        let answer =
            browser.post(&site, page, "/identity/mandates/end", &[("mandate", key.as_str())]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{login}");
    }
    let row = queries::mandate(&*site.platform.reader, &key).await.unwrap().unwrap();
    assert!(row.holds(site.bed.now()));
    assert_eq!(
        site.events().await,
        before + 4,
        "two sign-ins, each a login's and a session's event"
    );
}

#[tokio::test]
async fn the_legal_representatives_mandate_follows_the_register_at_that_instant() {
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    let lin = site.person("lin", "林晓彤", LIN).await;
    let company = established(&site, &chen, 1).await;
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let key = MandateKey::of_legal_representative(&company);
    let acting = format!("agent:{key}");
    let roles = "/identity/acting";
    let answer = browser.post(&site, roles, roles, &[("acting", &acting)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(browser.get(&site, roles).await.text.contains("代理 青禾餐饮有限公司"));
    established(&site, &lin, 2).await;
    let shown = browser.get(&site, roles).await;
    assert!(!shown.text.contains("青禾餐饮有限公司"), "{}", shown.text);
    let row = queries::mandate(&*site.platform.reader, &key).await.unwrap().unwrap();
    assert_eq!(row.agent, lin);
}

#[tokio::test]
async fn the_same_company_is_the_same_party_under_any_road() {
    let keys = PartyKeys::new([7; 32]);
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    let company = established(&site, &chen, 1).await;
    assert_eq!(company, keys.of(&Document::organisation(" 91440115mad2k7q49j ").unwrap()));
}

#[tokio::test]
async fn a_person_sees_who_looked_at_her_data_and_nobody_else_does() {
    let site = site().await;
    let chen = site.person("chen", "陈思远", CHEN).await;
    site.officer("limin", Role::Reviewer).await;
    let officer = Actor::Officer {
        organ: OrganKey::new("440115-market"),
        login: "limin".into(),
        role: "reviewer".into(),
    };
    let look = |key: &str| Look {
        kind: "case".into(),
        key: key.into(),
        service: Some("28/food".into()),
        purpose: "review".into(),
        fields: vec!["name".into(), "health_cert_no".into()],
        law: None,
    };
    for (key, denied) in [("28-000001", false), ("28-000002", true)] {
        site.identity
            .record_look(&site.platform, &officer, &chen, look(key), denied)
            .await
            .unwrap();
    }
    let mut browser = Browser::default();
    browser.sign_in(&site, "chen", PASSWORD).await;
    let page = browser.get(&site, "/identity/reads").await;
    let told = ["28-000001", "28-000002", "已拒绝", "审查人员", "李敏", "健康证明编号"];
    for text in told.into_iter().chain(["个人信息保护法》第十三条"]) {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let record = Look {
        kind: "record".into(),
        key: "real_estate/440305001002GB00012F00010003".into(),
        service: None,
        purpose: "协助执行".into(),
        fields: vec!["holders".into(), "restrictions".into()],
        law: Some("不动产登记暂行条例第二十七条".into()),
    };
    let partner = Actor::Partner { partner: "court-440300".into() };
    site.identity.record_look(&site.platform, &partner, &chen, record, false).await.unwrap();
    for (filter, seen, hidden) in [
        ("kind=record", "不动产登记暂行条例第二十七条", "28-000001"),
        ("kind=case", "28-000001", "协助执行"),
        ("refused=1", "28-000002", "28-000001"),
        ("from=2026-02-12&to=2026-02-12", "28-000001", "没有符合条件的查看"),
        ("from=2027-01-01", "没有符合条件的查看", "28-000001"),
    ] {
        let page = browser.get(&site, &format!("/identity/reads?{filter}")).await;
        assert!(page.text.contains(seen), "{filter} {seen}: {}", page.text);
        assert!(!page.text.contains(hidden), "{filter} {hidden}: {}", page.text);
    }
    let list = browser.get(&site, "/identity/reads.csv?kind=record").await;
    let lines: Vec<&str> = list.text.lines().collect();
    let [head, look] = lines.as_slice() else { panic!("{}", list.text) };
    assert!(head.contains("目的") && head.contains("依据"), "{head}");
    assert!(look.contains("court-440300") && look.contains("协助执行"), "{look}");
    let mut other = Browser::default();
    other.sign_in(&site, "limin", PASSWORD).await;
    for page in ["/identity/reads", "/identity/reads.csv"] {
        assert_eq!(other.get(&site, page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    let reads = Subject { parties: vec![chen.to_string()], ..Subject::new("Reads", chen.as_str()) };
    site.identity.mandates().know("m", Some(&Scope::All));
    let agent = agent_of(&chen, "m");
    assert!(site.platform.gate.judge(&agent, "identity.see_reads", &reads).is_err());
}
