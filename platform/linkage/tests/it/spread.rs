//! A partner that asked for a licence is told of each change of it, with receipts, over real connections.

use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use codes::{Date, Label};
use documents::{Datum, Numbers, Template, Templates, Typesetter, Values};
use engine::Courier;
use exchange::{
    Address, Carrier, Contracts, ExchangeModule, Outside, Partner, Partners, PropagationModule,
    PropagationRules,
};
use kernel::{
    Actor, Atomic, ErrandError, ErrandId, EventId, Json, Moment, OrganKey, Origin, PartyKey,
    Reaction, Shard, Waiting,
};
use licences::{
    Ending, Filling, Ground, Issuer, Licence, LicenceCommand, LicenceKey, LicencesModule,
    NumberFrom, Order,
};
use linkage::{Late, spread};
use module::{Module, Registry, Stage as _};
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose};
use serde_json::json;
use standins::Switches;
use standins::peer::Peer;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use testbed::{LateClock, LateReader, Setup, Testbed};
use tokio::net::TcpListener;

const TAX: &str = "440115-tax";

fn shard() -> Shard {
    Shard::new("440100")
}

struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, _: &Template, _: &Values) -> Result<Vec<u8>, documents::DocumentError> {
        Ok(b"%PDF".to_vec())
    }
}

/// Only what spreads changes; the rest of linkage needs cases.
struct Spread(Late);

impl Module for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn register(&self, registry: &mut Registry) {
        spread::register(registry, &self.0);
    }
}

const STALL: &str = "
id: stall_licence
title: {zh: 摊位登记证, en: Stall licence}
class: licence
source: a.typ
values:
  enterprise_name: {is: text, zh: 名称, en: Name}
  qr: {is: qr, zh: 核验码, en: Code}
";

struct ByCarrier(Carrier);

impl Courier for ByCarrier {
    fn deliver(
        &self,
        id: ErrandId,
        to: kernel::Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

async fn listening() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

async fn serve(place: Arc<Place>, listener: TcpListener) -> std::io::Result<()> {
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let place = Arc::clone(&place);
        async move {
            let reply = place.bed.send(request).await;
            (reply.status, reply.headers, reply.body)
        }
    });
    axum::serve(listener, router).await
}

fn exchange_of(
    partner: Partner,
    keys: &Arc<MemoryKeys>,
    vault: &Vault,
    clock: &Arc<LateClock>,
    address: &str,
) -> Arc<Outside> {
    Arc::new(Outside {
        partners: Partners::new(vec![partner]).expect("sound"),
        contracts: Arc::new(Contracts::builtin().expect("sound")),
        keys: Arc::clone(keys) as _,
        vault: vault.clone(),
        clock: Arc::clone(clock) as _,
        address: Address::parse(address).expect("sound"),
        home: Shard::new("000000"),
        answer_wait: Duration::from_secs(5),
        roots_pem: Vec::new(),
    })
}

/// A platform that issues licences and one partner.
struct Place {
    bed: Testbed,
    tax: Peer,
    late: Late,
}

impl Place {
    async fn new() -> Arc<Self> {
        let (reader, clock) = (Arc::new(LateReader::default()), Arc::new(LateClock::default()));
        let keys = Arc::new(MemoryKeys::new());
        let since = Moment::default();
        keys.generate(Purpose::LICENCES, Algorithm::Es256, since, &[1; 32]).expect("a key");
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[2; 32]).expect("a key");
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let entropy = |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(5);
            Ok(())
        };
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::new(entropy));
        let mut templates = Templates::new();
        templates
            .add(Template::read(STALL, |_| Some(String::new())).expect("sound"))
            .expect("once");
        let (ours, theirs) = (listening().await, listening().await);
        let now = Arc::clone(&clock);
        let tax = Peer::new([9; 32], since, Arc::new(move || module::Clock::now(&*now)));
        let tax = tax.expect("a peer");
        let address = format!("http://{}", ours.local_addr().expect("bound"));
        let endpoint = format!("{address}/api/v1/exchange/messages");
        tax.connect(&keys.public_set().expect("keys"), endpoint);
        let partner = Partner {
            key: TAX.to_owned(),
            label: Label::new("税务", "Tax"),
            endpoint: format!("http://{}/messages", theirs.local_addr().expect("bound")),
            keys: tax.keys(),
            sends: BTreeSet::from(["licence.ask".to_owned()]),
            takes: BTreeSet::from(["licence.state".to_owned()]),
            per_minute: 600,
        };
        let exchange = exchange_of(partner, &keys, &vault, &clock, &address);
        let licences = licences::Outside {
            typesetter: Arc::new(Printer),
            templates: Arc::new(templates),
            blobs: Arc::clone(&blobs),
            vault,
            reader: Arc::clone(&reader) as _,
            keys,
            algorithm: Algorithm::Es256,
            clock: Arc::clone(&clock) as _,
            portal: "https://portal.example".to_owned(),
            secret: [7; 32],
        };
        let carrier = Carrier::new(Arc::clone(&exchange)).expect("a client");
        let rules = Arc::new(PropagationRules::new(calendar::Calendar::embedded()));
        let numbers = Arc::new(Numbers::platform().expect("the table is sound"));
        let late = Late::default();
        let modules: Vec<Box<dyn Module>> = vec![
            Box::new(LicencesModule::new(licences, numbers)),
            Box::new(ExchangeModule::new(exchange)),
            Box::new(PropagationModule::new(rules, Arc::new(carrier.clone()))),
            Box::new(Spread(late.clone())),
        ];
        let setup = Setup::new(modules).blobs(blobs).courier(ByCarrier(carrier));
        let bed = setup.start().await.expect("a platform");
        reader.follow(bed.platform());
        clock.follow(bed.platform());
        late.started(bed.platform());
        tokio::spawn(tax.clone().serve(theirs));
        let place = Arc::new(Self { bed, tax, late });
        tokio::spawn(serve(Arc::clone(&place), ours));
        place
    }

    async fn act(&self, command: LicenceCommand) {
        let key = LicenceKey("l1".to_owned());
        let commands = Atomic::new(shard()).then::<Licence>(&key, &command).expect("json");
        self.bed.submit(Actor::system("test"), commands).await.expect("taken");
        self.bed.settle().await;
    }

    async fn issued(&self) -> String {
        let order = Order {
            origin: Origin {
                kind: "case".to_owned(),
                key: "440115-260212-000001-33".to_owned(),
                event: EventId { shard: shard(), seq: 1 },
            },
            issuer: Issuer {
                organ: OrganKey::new("440115-market"),
                name: "广州市南沙区市场监督管理局".to_owned(),
                word: "穗南市监".to_owned(),
                place: "440115".to_owned(),
            },
            holder: PartyKey::new("p1"),
            template: "stall_licence".to_owned(),
            filling: Filling::Plain(
                Values::new().with("enterprise_name", Datum::Text("青禾".to_owned())),
            ),
            number: NumberFrom::Given("TW-2026-1".to_owned()),
            valid_from: Date::constant(2026, 2, 12),
            valid_to: None,
            hidden: Vec::new(),
            replaces: None,
        };
        self.act(LicenceCommand::Issue(Box::new(order))).await;
        let reader = &*self.bed.platform().reader;
        let row = licences::queries::licence(reader, &LicenceKey("l1".to_owned())).await;
        row.expect("read").expect("there").token.expect("signed")
    }

    async fn ask(&self, id: &str, token: &str) {
        let body = json!({
            "kind": "licence.ask", "purpose": "核验证照",
            "basis": "国务院关于在线政务服务的若干规定第十条", "token": token,
        });
        self.tax.send(id, &body).await.expect("taken");
        self.bed.settle().await;
    }

    /// What the partner was told, by kind.
    fn told(&self, kind: &str) -> Vec<Json> {
        let got = self.tax.got();
        got.iter().filter(|got| got.body["kind"] == kind).map(|got| got.body.clone()).collect()
    }

    fn states(&self) -> Vec<String> {
        let word = |body: &Json| body["state"].as_str().unwrap_or_default().to_owned();
        self.told("licence.state").iter().map(word).collect()
    }
}

fn ground() -> Ground {
    Ground { reason: "停业整顿".to_owned(), article: "第一百二十六条".to_owned() }
}

#[tokio::test]
async fn who_asked_once_is_told_of_suspension_resumption_and_end_with_receipts() {
    let place = Place::new().await;
    let token = place.issued().await;
    place.act(LicenceCommand::Suspend { ground: ground() }).await;
    assert!(place.states().is_empty(), "nobody asked yet");
    place.ask("a-1", &token.to_uppercase()).await;
    assert_eq!(place.states(), ["suspended"], "as it stood when it was asked for");
    place.ask("a-2", &token).await;
    assert_eq!(place.states(), ["suspended"], "asking again tells nothing new");

    // The partner is away when it changes, and comes back.
    place.tax.switch(Switches { down: true, ..Switches::default() });
    place.act(LicenceCommand::Resume { ground: ground() }).await;
    assert_eq!(place.states(), ["suspended"]);
    place.tax.switch(Switches::default());
    let now = place.bed.platform().clock.now();
    place.bed.wind(now.plus_seconds(120)).await.expect("wound");
    assert_eq!(place.states(), ["suspended", "valid"]);

    let end = LicenceCommand::Revoke { by: Ending::Revoked, ground: ground() };
    place.act(end).await;
    let told = place.told("licence.state").pop().expect("told");
    assert_eq!((&told["state"], &told["ending"]), (&json!("ended"), &json!("revoked")));
    assert_eq!((&told["number"], &told["round"]), (&json!("TW-2026-1"), &json!(3)));
    assert!(!told.to_string().contains("停业整顿"), "the ground is not for everybody");
    let about = exchange::PropagationKey(format!("licence:{token}:{TAX}"));
    let reader = &*place.bed.platform().reader;
    let rows = exchange::propagation::queries::recipients(reader, &about).await.expect("rows");
    let standing: Vec<_> = rows.iter().map(|row| row.standing).collect();
    assert_eq!(standing, [exchange::propagation::Standing::Confirmed]);
    let _started = &place.late;
}

#[tokio::test]
async fn a_licence_that_nobody_knows_is_told_as_a_problem() {
    let place = Place::new().await;
    place.ask("a-1", "aaaaaaaaaaaaaaaaaaaaaaaaaa").await;
    assert!(place.states().is_empty());
    let problem = place.told("message.refused").pop().expect("a problem");
    assert_eq!(
        (&problem["message"], &problem["problem"]["reason"]),
        (&json!("a-1"), &json!("NOT_FOUND"))
    );
}
