//! A fact told to thirty departments over real connections, and undone at every one of them (reform 30, S11).

use crate::bed::peer;
use blobs::{BlobError, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::Label;
use exchange::propagation::{Standing, queries, wire_id};
use exchange::{
    Address, Carrier, Contracts, ExchangeModule, Outside, Partner, Partners, Propagation,
    PropagationCommand, PropagationKey, PropagationModule, PropagationRules, Telling,
};
use kernel::{Actor, Atomic, Moment, Shard};
use module::{Module, Stage};
use seals::{Algorithm, Keys, MemoryKeys, Purpose};
use standins::{Fault, Switches, peer::Peer};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use testbed::{HandClock, Setup, Testbed};
use tokio::net::TcpListener;

const DEPARTMENTS: u8 = 30;
const LIFTED: &str = "credit.restriction_lifted";

/// Thirty departments and a platform.
struct Country {
    bed: Testbed,
    peers: Vec<Peer>,
    clock: Arc<HandClock>,
}

fn shard() -> Shard {
    Shard::new("440100")
}

fn about() -> PropagationKey {
    PropagationKey("credit:91440106MA59C0309X:procurement".to_owned())
}

/// Monday, 17 August 2020, 09:00 in Beijing.
fn start() -> Moment {
    "2020-08-17T01:00:00Z".parse().expect("an instant")
}

fn key(n: u8) -> String {
    format!("department-{n:02}")
}

fn imposed() -> Telling {
    Telling::new("credit.restriction_imposed", "实施联合惩戒", "严重违法失信名单管理办法")
        .with("uscc", "91440106MA59C0309X")
        .with("measure", "procurement")
        .with("on", "2020-08-17")
        .with("listings", vec!["91440106MA59C0309X:serious:1"])
}

fn lifted() -> Telling {
    Telling::new(LIFTED, "解除联合惩戒", "信用修复管理办法")
        .with("uscc", "91440106MA59C0309X")
        .with("measure", "procurement")
        .with("on", "2020-08-17")
}

impl Country {
    async fn new() -> Self {
        let clock = Arc::new(HandClock::at(start()));
        let keys = Arc::new(MemoryKeys::new());
        let since = Moment::from_us(0);
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[1; 32]).expect("a key");
        let trusted = keys.public_set().expect("keys");
        let (mut peers, mut partners) = (Vec::new(), Vec::new());
        for n in 0..DEPARTMENTS {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let peer = peer(&clock, 100 + n);
            peer.connect(&trusted, "http://127.0.0.1:9/none");
            partners.push(Partner {
                key: key(n),
                label: Label::new("部门", "Department"),
                endpoint: format!("http://{}/messages", listener.local_addr().expect("bound")),
                keys: peer.keys(),
                sends: BTreeSet::new(),
                takes: [LIFTED, "credit.restriction_imposed"].map(str::to_owned).into(),
                per_minute: 600,
            });
            tokio::spawn(peer.clone().serve(listener));
            peers.push(peer);
        }
        let blobs: Arc<MemoryBlobs> = Arc::new(MemoryBlobs::new());
        let entropy = |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(5);
            Ok(())
        };
        let vault_keys = Arc::new(MemoryVaultKeys::new());
        let vault = Vault::new(Arc::clone(&blobs) as _, vault_keys, Arc::new(entropy));
        let outside = Arc::new(Outside {
            partners: Partners::new(partners).expect("sound"),
            contracts: Arc::new(Contracts::builtin().expect("sound")),
            keys,
            vault,
            clock: Arc::clone(&clock) as _,
            address: Address::parse("http://127.0.0.1:9").expect("sound"),
            home: Shard::new("000000"),
            answer_wait: Duration::from_secs(5),
            roots_pem: Vec::new(),
        });
        let carrier = Carrier::new(Arc::clone(&outside)).expect("a client");
        let rules = Arc::new(PropagationRules::new(Calendar::embedded()));
        let modules: Vec<Box<dyn Module>> = vec![
            Box::new(ExchangeModule::new(outside)),
            Box::new(PropagationModule::new(rules, Arc::new(carrier))),
        ];
        let bed = Setup::new(modules).at(start()).blobs(blobs).start().await.expect("a platform");
        Self { bed, peers, clock }
    }

    async fn tell(&self, telling: Telling, to: impl IntoIterator<Item = String>) {
        let to = to.into_iter().collect();
        let command = PropagationCommand::Tell { telling: Box::new(telling), to };
        let commands = Atomic::new(shard()).then::<Propagation>(&about(), &command);
        let actor = Actor::system("test");
        self.bed.submit(actor, commands.expect("json")).await.expect("taken");
    }

    async fn wind(&self, to: Moment) {
        self.clock.set(to);
        self.bed.wind(to).await.expect("wound");
    }

    /// How many recipients stand so.
    async fn standing(&self, standing: Standing) -> usize {
        let reader = &*self.bed.platform().reader;
        let rows = queries::recipients(reader, &about()).await.expect("rows");
        rows.iter().filter(|row| row.standing == standing).count()
    }

    /// How many messages of a kind a department took.
    fn took(&self, n: u8, kind: &str) -> usize {
        let got = self.peers[usize::from(n)].got();
        got.iter().filter(|got| got.body["kind"] == kind).count()
    }
}

#[tokio::test]
async fn s11_each_of_thirty_departments_hears_once_that_the_restriction_is_lifted() {
    let country = Country::new().await;
    country.tell(imposed(), (0..DEPARTMENTS).map(key)).await;
    assert_eq!(country.standing(Standing::Confirmed).await, 30);

    // Two are dead; two lose the answer on the way; the undoing names nobody and reaches all.
    let down = Switches { down: true, ..Switches::default() };
    for n in [3, 17] {
        country.peers[n].switch(down);
    }
    for n in [5, 6] {
        country.peers[n].upcoming([Fault::Lose]);
    }
    country.tell(lifted(), []).await;
    assert_eq!(country.standing(Standing::Confirmed).await, 26);
    country.wind(start().plus_seconds(60)).await;
    assert_eq!(country.standing(Standing::Confirmed).await, 28, "within sixty seconds");

    // Three working days with growing pauses, then the supervisor hears of the two.
    let escalated_at = "2020-08-20T16:00:00Z".parse::<Moment>().expect("Thursday, 24:00");
    country.wind(escalated_at.plus_seconds(-1)).await;
    assert_eq!(country.standing(Standing::Pending).await, 2);
    let tried = country.peers[3].requests();
    assert!((10..=30).contains(&tried), "pauses grow: {tried}");
    country.wind(escalated_at).await;
    assert_eq!(country.standing(Standing::Escalated).await, 2);

    // One comes back and is told within a day, once.
    country.peers[3].switch(Switches::default());
    country.wind(escalated_at.plus_seconds(25 * 3600)).await;
    assert_eq!(country.standing(Standing::Confirmed).await, 29);
    country.wind(escalated_at.plus_seconds(20 * 86_400)).await;
    for n in 0..DEPARTMENTS {
        let expected = usize::from(n != 17);
        assert_eq!(country.took(n, LIFTED), expected, "{}", key(n));
    }
    assert_eq!(country.standing(Standing::Escalated).await, 1);
}

#[tokio::test]
async fn s11_a_crash_between_sending_and_recording_doubles_nothing() {
    let mut country = Country::new().await;
    country.tell(imposed(), (0..4).map(key)).await;
    country.peers[2].upcoming([Fault::Lose]);
    country.tell(lifted(), []).await;
    country.bed = country.bed.restart_without_tables().await.expect("a platform");
    assert_eq!(country.standing(Standing::Pending).await, 1, "the timer outlives the crash");
    country.wind(start().plus_seconds(600)).await;
    assert_eq!(country.standing(Standing::Confirmed).await, 4);
    for n in 0..4 {
        assert_eq!(country.took(n, LIFTED), 1, "{}", key(n));
    }
    assert_eq!(
        country.peers[2].got()[1].id,
        wire_id(&about(), 2, &key(2)).to_string(),
        "the id follows from what, which round, and to whom"
    );
}

#[tokio::test]
async fn a_supervisor_sends_again_or_says_how_it_was_told_otherwise() {
    let country = Country::new().await;
    for n in [0, 1] {
        country.peers[n].switch(Switches { down: true, ..Switches::default() });
    }
    country.tell(imposed(), (0..3).map(key)).await;
    let organ = kernel::OrganKey::new("440000-market");
    let supervisor = Actor::Officer { organ, login: "s".to_owned(), role: "supervisor".to_owned() };
    let listed = country.bed.request(&supervisor, "GET", "/propagation", None).await;
    assert!(listed.text().contains("department-00"), "{}", listed.text());
    country.peers[0].switch(Switches::default());
    let page = format!("/propagation/{}", about());
    for form in [
        "recipient=department-00&_action=send_again",
        "recipient=department-01&how=%E7%94%B5%E8%AF%9D&_action=settle",
    ] {
        let mut request = axum::http::Request::new(axum::body::Body::from(form));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = page.parse().expect("an address");
        let kind = axum::http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(supervisor.clone()));
        let reply = country.bed.send(request).await;
        assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    }
    assert_eq!(country.standing(Standing::Confirmed).await, 2);
    assert_eq!(country.standing(Standing::Settled).await, 1);
    let shown = country.bed.request(&supervisor, "GET", &page, None).await;
    assert!(shown.text().contains("已另行告知"), "{}", shown.text());
}
