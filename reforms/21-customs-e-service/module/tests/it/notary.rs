//! The notary over a real exchange: an office of its own at the other end of a socket, with keys of its own, that certifies what it
//! was asked to preserve; and what happens where it certifies something else.

use crate::bed::Bed;
use crate::steps::{NO, officer};
use crate::whole::{CASE, notified_on};
use codes::{Label, Moment};
use exchange::{Partner, Partners};
use module::{Clock as _, Stage as _};
use penalty_module::queries;
use seals::Keys as _;
use serde_json::{Value, json};
use standins::peer::{Peer, Reply, Script, When};
use std::sync::Arc;
use testbed::LateClock;
use tokio::net::TcpListener;

/// A case whose notice is served and proven, and a notary office that is reached over a socket.
struct Line {
    bed: Arc<Bed>,
    notary: Peer,
}

/// What a notary answers: it certifies the very root that it was asked for, or what `alter` makes of it.
fn certifies(alter: fn(&str) -> String) -> Script {
    Arc::new(move |asked| {
        if asked["kind"] != "preservation.requested" {
            return Vec::new();
        }
        let root = alter(asked["root"].as_str().unwrap_or_default());
        let body = json!({
            "kind": "preservation.certified", "purpose": "出具保全证据公证书", "basis": "公证法第三十条",
            "case": asked["case"], "package": asked["package"], "root": root,
            "certificate": {"number": "（2024）粤广南方第010137号", "office": "广东省广州市南方公证处", "on": "2024-09-16"},
        });
        // The notary looks at the package first, and answers by a message of its own.
        vec![Reply { body, when: When::AfterSeconds(3_600) }]
    })
}

impl Line {
    async fn new(script: Script) -> Self {
        let clock = Arc::new(LateClock::default());
        let now = Arc::clone(&clock);
        let theirs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let ours = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", ours.local_addr().expect("an address"));
        let notary = Peer::new([31; 32], Moment::from_us(0), Arc::new(move || now.now()));
        let notary = notary.expect("a peer");
        let partner = Partner {
            key: "notary".to_owned(),
            label: Label::new("南方公证处", "Notary office"),
            endpoint: format!("http://{}/messages", theirs.local_addr().expect("an address")),
            keys: notary.keys(),
            sends: ["preservation.certified".to_owned()].into(),
            takes: ["preservation.requested".to_owned()].into(),
            per_minute: 600,
        };
        let partners = Partners::new([partner]).expect("sound");
        notary.act(script);
        tokio::spawn(notary.clone().serve(theirs));
        let bed = Bed::with("2024-09-10T09:00:00", Some((partners, address.clone()))).await;
        clock.follow(bed.platform());
        let endpoint = format!("{address}/api/v1/exchange/messages");
        notary.connect(&bed.keys.public_set().expect("keys"), endpoint);
        let bed = Arc::new(bed);
        tokio::spawn(serve(Arc::clone(&bed), ours));
        notified_on(&bed).await;
        Self { bed, notary }
    }

    /// An officer asks the notary to preserve the package of the notice.
    async fn ask(&self) {
        let path = format!("{CASE}/notice-1/package");
        let reply = self.bed.post(&officer("a"), &path, &[("_action", "ask_notary")]).await;
        assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
        self.bed.bed.settle().await;
    }

    async fn answer(&self) {
        let later = self.bed.now().plus_seconds(3_700);
        self.bed.bed.wind(later).await.expect("wound");
        assert_eq!(self.notary.tick().await, 1, "its answer is taken, with a signed receipt");
        self.bed.bed.settle().await;
    }

    async fn root(&self) -> Option<String> {
        let papers = queries::papers(&*self.bed.platform().reader, NO).await.expect("read");
        papers.into_iter().find(|row| row.paper.0 == "notice-1").and_then(|row| row.root)
    }
}

async fn serve(bed: Arc<Bed>, listener: TcpListener) -> std::io::Result<()> {
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let bed = Arc::clone(&bed);
        async move {
            let reply = bed.bed.send(request).await;
            (reply.status, reply.headers, reply.body)
        }
    });
    axum::serve(listener, router).await
}

#[tokio::test]
async fn a_notary_that_is_another_node_certifies_the_very_package_that_is_kept() {
    let line = Line::new(certifies(str::to_owned)).await;
    line.ask().await;
    let asked: Vec<Value> = line.notary.got().into_iter().map(|got| got.body).collect();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    let root = line.root().await.expect("asked for");
    assert_eq!((&asked["root"], &asked["package"]), (&json!(root), &json!("EP-20240913-1")));
    for secret in [crate::bed::NAME, crate::bed::USCC, crate::bed::EMAIL] {
        assert!(!asked.to_string().contains(secret), "the notary is told a hash and no name");
    }
    line.answer().await;
    let turns = line.bed.turns().await;
    assert_eq!(turns.last().map(String::as_str), Some("Preserved"), "{turns:?}");
    let page = line.bed.get(&officer("a"), CASE).await.text();
    assert!(page.contains("（2024）粤广南方第010137号") && page.contains("南方公证处"), "{page}");
    // What was certified is what anybody gets from now on, byte for byte.
    for to in ["2024-09-20T09:00:00", "2024-09-27T09:00:00"] {
        line.bed.wind(to).await;
        let package = line.bed.get(&officer("a"), &format!("{CASE}/notice-1/package.zip")).await;
        assert_eq!(penalty_module::package::root_of(&package.body), Some(root.clone()));
    }
    // Who certified is proven by the notary's own signature over the message, kept with it.
    let events = line.bed.events().await;
    let said = events.iter().find(|event| event.body.text().contains("preservation.certified"));
    let proof = said.expect("the message").body.text();
    let key = line.notary.keys().records()[0].id.to_string();
    assert!(proof.contains(&key), "{proof}");
}

#[tokio::test]
async fn a_certificate_over_another_root_says_nothing_and_the_notary_is_told() {
    let line = Line::new(certifies(|root| root.chars().rev().collect())).await;
    line.ask().await;
    line.answer().await;
    let turns = line.bed.turns().await;
    assert!(!turns.contains(&"Preserved".to_owned()), "{turns:?}");
    let told = line.notary.got().pop().expect("it is told").body;
    assert_eq!(told["kind"], "message.refused", "{told}");
    assert_eq!(told["problem"]["code"], "R21-0023");
    assert!(line.bed.get(&officer("a"), CASE).await.text().contains("再次申请保全证据公证"));
}
