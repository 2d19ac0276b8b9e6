//! The operator's page over real routes, the real gate and the real writer.

use super::*;
use crate::assemble::{Assembly, Setup, assemble_with, quiet};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use codes::Code;
use engine::Order;
use engine::letter::{Letter, LetterCommand, Post, Why};
use kernel::{Actor, Address, Atomic, CommandId, OrganKey, Reaction};
use module::{Refusal, SystemClock};
use serde_json::json;
use tower::ServiceExt as _;

struct House {
    assembly: Assembly,
    _home: tempfile::TempDir,
}

const SHARD: &str = "440100";

impl House {
    async fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        let setup = Setup::new(home.path().join("data"), None);
        let assembly = assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap();
        Self { assembly, _home: home }
    }

    fn engine(&self) -> &Engine {
        &self.assembly.engine
    }

    /// A message to a partner that lies dead.
    async fn buries(&self, n: u8, why: Why) -> ErrandId {
        let id = ErrandId::from_bytes([n; 16]);
        let reaction =
            Reaction::Message { to: Address::Partner("tax".into()), body: json!({"case": "1"}) };
        let letter = Letter {
            from: "linkage.tell_organs".to_owned(),
            cause: None,
            reaction: Some(reaction),
            timer: None,
        };
        let bury = LetterCommand::Bury { letter: Some(Box::new(letter)), why };
        let commands = Atomic::new(Shard::new(SHARD)).then::<Post>(&id, &bury).unwrap();
        let order = Order {
            id: CommandId::from_bytes([n; 16]),
            actor: Actor::system("test"),
            cause: None,
            commands,
        };
        self.engine().order(order).await.unwrap();
        id
    }

    async fn asks(&self, actor: &Actor, request: Request<Body>) -> (StatusCode, String, String) {
        let operation = Operation {
            beside: Beside::default(),
            engine: self.engine().clone(),
            catalogue: Arc::clone(&self.assembly.bundles.catalogue),
            several: false,
        };
        let router = router(operation)
            .with_state(self.assembly.platform.clone())
            .layer(axum::Extension(Who(actor.clone())));
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get(header::LOCATION);
        let to = to.map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = axum::body::to_bytes(response.into_body(), 4 << 20).await.unwrap();
        (status, to, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn gets(&self, actor: &Actor, path: &str) -> (StatusCode, String) {
        let (status, _to, body) =
            self.asks(actor, Request::get(path).body(Body::empty()).unwrap()).await;
        (status, body)
    }

    async fn posts(&self, actor: &Actor, form: &str) -> (StatusCode, String) {
        let request = Request::post("/operation/dead-letters")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let (status, to, body) = self.asks(actor, request).await;
        (status, if to.is_empty() { body } else { to })
    }

    async fn lie_dead(&self) -> usize {
        self.engine().dead_letters(100).await.unwrap().len()
    }
}

fn officer(role: &str) -> Actor {
    Actor::Officer {
        organ: OrganKey::new("440115-coordinator"),
        login: role.to_owned(),
        role: role.to_owned(),
    }
}

fn form(act: &str, id: ErrandId) -> String {
    format!("shard={SHARD}&letter={id}&_action={act}")
}

#[tokio::test]
async fn a_quiet_installation_says_that_all_is_well() {
    let house = House::open().await;
    let (status, page) = house.gets(&officer("operator"), "/operation?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("All is well"), "{page}");
    assert!(page.contains("No dead letters") && page.contains("lianban projections rebuild"));
    let (_, page) = house.gets(&officer("operator"), "/operation?lang=zh").await;
    assert!(page.contains("一切正常") && !page.contains("CREATE TABLE"), "{page}");
}

#[tokio::test]
async fn a_dead_letter_is_told_in_plain_words_and_sent_again_once() {
    let house = House::open().await;
    let why = Why::Failed("given up after 12 attempts: connection refused".to_owned());
    let id = house.buries(1, why).await;
    let operator = officer("operator");
    let (_, page) = house.gets(&operator, "/operation?lang=en").await;
    assert!(page.contains("Dead letters that wait for you: 1"), "{page}");
    assert!(page.contains("did not take it in 12 attempts") && page.contains("Messages to tax"));
    assert!(page.contains("connection refused"), "the system's own words are there too");

    let sent = house.posts(&operator, &form("resend", id)).await;
    assert_eq!(sent.0, StatusCode::SEE_OTHER);
    assert!(sent.1.contains("done=resend&letters=1"), "{}", sent.1);
    assert_eq!(house.lie_dead().await, 0);
    let waiting = house.engine().outbox(10).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    // A second click finds nothing to do, and does nothing.
    let again = house.posts(&operator, &form("resend", id)).await;
    assert!(again.1.contains("done=resend&letters=0&left=0"), "{}", again.1);
    assert_eq!(house.engine().outbox(10).await.unwrap().len(), 1);
    // The journal keeps who did it.
    let history = &house.assembly.platform.history;
    let events = history.stream(&Shard::new(SHARD), "outbox", &id.to_string(), 0).await.unwrap();
    let resent: Vec<_> = events.iter().filter(|event| event.name() == "Resent").collect();
    assert_eq!(resent.len(), 1);
    assert_eq!(*resent[0].actor, operator);
}

#[tokio::test]
async fn all_letters_of_one_cause_are_sent_again_and_no_other() {
    let house = House::open().await;
    let down = || Why::Failed("given up after 12 attempts: no route to host".to_owned());
    let one = house.buries(1, down()).await;
    house.buries(2, down()).await;
    house.buries(3, down()).await;
    let other = house.buries(4, Why::Failed("there is no partner `tax`".to_owned())).await;
    let batch = format!("{}&all=yes", form("resend", one));
    let (_, to) = house.posts(&officer("operator"), &batch).await;
    assert!(to.contains("letters=3&left=0"), "{to}");
    let left = house.engine().dead_letters(10).await.unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [other]);
    let (_, page) = house.gets(&officer("operator"), &to).await;
    assert!(page.contains("已重发3封"), "{page}");
}

#[tokio::test]
async fn all_letters_of_one_cause_are_put_away_after_one_question() {
    let house = House::open().await;
    let gone = || Why::Failed("there is no partner `tax`".to_owned());
    let one = house.buries(1, gone()).await;
    house.buries(2, gone()).await;
    let other = house.buries(3, Why::Failed("the letter is empty".to_owned())).await;
    let question = format!("/operation/dead-letters/{SHARD}/{one}?all=yes&lang=en");
    let (status, page) = house.gets(&officer("operator"), &question).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Put these 2 dead letters away?"), "{page}");
    let all = format!("{}&all=yes", form("dismiss", one));
    let (_, to) = house.posts(&officer("operator"), &all).await;
    assert!(to.contains("done=dismiss&letters=2&left=0"), "{to}");
    let left = house.engine().dead_letters(10).await.unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [other]);
    assert!(house.engine().outbox(10).await.unwrap().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_language_of_the_page() {
    let house = House::open().await;
    let refusal = Refusal {
        code: Code::new("CASE", 1).to_string(),
        reason: "CLOSED".to_owned(),
        label: Label::new("本件已办结。", "The case is closed."),
        status: 409,
        fields: serde_json::Value::Null,
    };
    let id = house.buries(1, Why::Refused(Box::new(refusal))).await;
    let (_, page) = house.gets(&officer("operator"), "/operation?lang=zh").await;
    assert!(page.contains("业务规则不允许这一步：本件已办结。"), "{page}");

    let path = format!("/operation/dead-letters/{SHARD}/{id}");
    let (status, page) = house.gets(&officer("operator"), &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("归档这封死信？") && page.contains("本件已办结"), "{page}");
    let (_, to) = house.posts(&officer("operator"), &form("dismiss", id)).await;
    assert!(to.contains("done=dismiss&letters=1"), "{to}");
    let (_, to) = house.posts(&officer("operator"), &form("dismiss", id)).await;
    assert!(to.contains("done=dismiss&letters=0"), "{to}");
    assert_eq!((house.lie_dead().await, house.engine().outbox(10).await.unwrap().len()), (0, 0));
}

#[tokio::test]
async fn figures_and_readiness_follow_what_happens() {
    let house = House::open().await;
    house.buries(1, Why::Failed("there is no partner `tax`".to_owned())).await;
    let metered = metrics::Metered {
        beside: Beside::default(),
        platform: house.assembly.platform.clone(),
        engine: house.engine().clone(),
        several: false,
        log: house.assembly.log.clone(),
    };
    let request = || Request::get("/metrics").body(Body::empty()).unwrap();
    let response = metrics::router(metered).oneshot(request()).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    for line in [
        "lianban_dead_letters 1",
        "lianban_alarms{kind=\"grave\"} 1",
        "lianban_events_total{shard=\"440100\"} 1",
        "lianban_shard_open{shard=\"440100\"} 1",
        "lianban_commands_total{shard=\"440100\"} 1",
        "lianban_evidence_leaves{shard=\"440100\"} 1",
        "lianban_evidence_lag{shard=\"440100\"} 0",
        "lianban_evidence_alarms 0",
        "lianban_rows_behind{shard=\"440100\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(text.lines().all(|line| line.starts_with('#')
        || names.iter().any(|name| line.starts_with(name.split(' ').next().unwrap()))));

    assert_eq!(house.gets(&Actor::Public, "/ready").await, (StatusCode::OK, "ready\n".to_owned()));
    let (status, _) = house.gets(&Actor::Public, "/metrics").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "figures are not on the address of the site");
    house.engine().stop().await;
    let (status, told) = house.gets(&Actor::Public, "/ready").await;
    assert_eq!((status, told.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "a shard has stopped\n"));
}

#[tokio::test]
async fn nobody_else_looks_and_only_the_operator_acts() {
    let house = House::open().await;
    let id = house.buries(1, Why::Failed("there is no partner `tax`".to_owned())).await;
    let party =
        Actor::Party { party: kernel::PartyKey::new("p"), login: "p".to_owned(), mandate: None };
    let (mut lookers, mut actors) = (Vec::new(), Vec::new());
    let officers = identity::model::Role::ALL.map(|role| officer(role.key()));
    for actor in officers.into_iter().chain([Actor::Public, party]) {
        for path in ["/operation", "/operation/dead-letters.csv"] {
            let (status, body) = house.gets(&actor, path).await;
            let name = actor.login().unwrap_or("public").to_owned();
            match status {
                StatusCode::OK => lookers.push(format!("{name} {path}")),
                StatusCode::UNAUTHORIZED => assert_eq!(actor, Actor::Public),
                StatusCode::FORBIDDEN => {
                    assert!(body.contains("IDN-0002") && !body.contains(&id.to_string()), "{body}");
                }
                other => panic!("{actor:?} {path}: {other}"),
            }
        }
        if actor != officer("operator") {
            for act in ["resend", "dismiss"] {
                let (status, body) = house.posts(&actor, &form(act, id)).await;
                assert!(matches!(status.as_u16(), 401 | 403), "{actor:?} {act}: {status} {body}");
            }
        } else {
            actors.push(actor);
        }
    }
    let both = [
        "auditor /operation",
        "auditor /operation/dead-letters.csv",
        "operator /operation",
        "operator /operation/dead-letters.csv",
    ];
    assert_eq!(lookers, both);
    assert_eq!(house.lie_dead().await, 1, "nothing was changed");
    let (_, page) = house.gets(&officer("auditor"), "/operation").await;
    assert!(!page.contains("value=\"resend\""), "an auditor is shown no button");
}

#[tokio::test]
async fn forms_that_are_none_are_refused_and_change_nothing() {
    let house = House::open().await;
    let id = house.buries(1, Why::Failed("there is no partner `tax`".to_owned())).await;
    for form in [
        "",
        "shard=440100&letter=xyz&_action=resend",
        &format!("shard=440100&letter={id}"),
        &format!("shard=440100&letter={id}&_action=burn"),
    ] {
        let (status, body) = house.posts(&officer("operator"), form).await;
        assert!(status.is_client_error(), "{form}: {status} {body}");
    }
    let elsewhere = format!("shard=440300&letter={id}&_action=dismiss");
    let (_, to) = house.posts(&officer("operator"), &elsewhere).await;
    assert!(to.contains("letters=0"), "{to}");
    let (status, _) = house.gets(&officer("operator"), "/operation/dead-letters/440100/xyz").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(house.lie_dead().await, 1);
    let (_, csv) = house.gets(&officer("operator"), "/operation/dead-letters.csv").await;
    assert!(csv.contains(&id.to_string()) && csv.lines().count() == 2, "{csv}");
}
