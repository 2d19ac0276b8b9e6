//! A platform with bills, a payment gateway that is a real server, and the one served to the other.

use axum::Router;
use codes::{Label, Moment};
use kernel::{Actor, Atomic, EventId, OrganKey, Origin, PartyKey, Shard};
use ledger::bills::gateway::Account;
use ledger::bills::queries::{self, BillRow};
use ledger::{
    Bill, BillCommand, BillKey, BillLine, BillOrder, LedgerModule, Outside, PaymentGateway,
};
use module::{Clock, SubmitError};
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose};
use standins::cashier::Cashier;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testbed::{Setup, Testbed};
use tokio::net::TcpListener;

pub(crate) fn shard() -> Shard {
    Shard::new("440300")
}

struct SharedClock(Arc<AtomicI64>);

impl Clock for SharedClock {
    fn now(&self) -> Moment {
        Moment::from_us(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bed {
    pub(crate) bed: Arc<Testbed>,
    pub(crate) cashier: Cashier,
    clock: Arc<AtomicI64>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&clock);
        let cashier = Cashier::new(
            [3; 32],
            Moment::default(),
            Arc::new(move || Moment::from_us(now.load(Ordering::SeqCst))),
        )
        .expect("a cashier");
        let (gateway_at, portal_at) = (listener().await, listener().await);
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::default(), &[9; 32])
            .expect("a key");
        cashier.connect(&keys.public_set().expect("public"), address(&gateway_at));
        let account = Account {
            key: "feishui".to_owned(),
            merchant: "440300".to_owned(),
            base: address(&gateway_at),
            trusted: cashier.keys(),
            portal: address(&portal_at),
        };
        let gateway = PaymentGateway::new(account, keys, Arc::new(SharedClock(clock.clone())));
        let outside = Outside { gateway: Some(Arc::new(gateway.expect("a gateway"))) };
        let bed = Setup::new(vec![Box::new(LedgerModule::new(outside))]).start().await;
        let bed = Arc::new(bed.expect("starts"));
        tokio::spawn(cashier.clone().serve(gateway_at));
        let portal = Arc::clone(&bed);
        let portal = Router::new().fallback(move |request| {
            let portal = Arc::clone(&portal);
            async move {
                let reply = portal.send(request).await;
                (reply.status, reply.headers, reply.body)
            }
        });
        tokio::spawn(async move { axum::serve(portal_at, portal).await });
        let this = Self { bed, cashier, clock };
        this.follow();
        this
    }

    fn follow(&self) {
        self.clock.store(self.bed.platform().clock.now().us(), Ordering::SeqCst);
    }

    pub(crate) async fn wind_s(&self, seconds: i64) {
        use module::Stage as _;
        let to = self.bed.platform().clock.now().plus_us(seconds * 1_000_000);
        self.clock.store(to.us(), Ordering::SeqCst);
        self.bed.wind(to).await.expect("wound");
    }

    pub(crate) async fn act(&self, command: BillCommand) -> Result<(), SubmitError> {
        let commands = Atomic::new(shard()).then::<Bill>(&key(), &command).expect("json");
        use module::Stage as _;
        self.bed.submit(Actor::system("test"), commands).await.map(|_receipt| ())
    }

    pub(crate) async fn row(&self) -> BillRow {
        let reader = &self.bed.platform().reader;
        queries::bill(&**reader, &key()).await.expect("read").expect("a bill")
    }

    /// The names of the bill's events, in order.
    pub(crate) async fn turns(&self) -> Vec<String> {
        let reader = &self.bed.platform().reader;
        let turns = queries::turns(&**reader, &key()).await.expect("read");
        turns.into_iter().map(|turn| turn.what).collect()
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).await.expect("a port")
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}

pub(crate) fn key() -> BillKey {
    BillKey("registration/r1".to_owned())
}

pub(crate) fn line(label: &str, count: u32, each_fen: i64) -> BillLine {
    BillLine {
        label: Label::new(label, label),
        count,
        each_fen,
        amount_fen: each_fen * i64::from(count),
        rule: "registration_fee/housing".to_owned(),
        basis: "发改价格规〔2016〕2559号第一条".to_owned(),
    }
}

pub(crate) fn order() -> BillOrder {
    BillOrder {
        origin: Origin {
            kind: "registration".to_owned(),
            key: "r1".to_owned(),
            event: EventId { shard: shard(), seq: 1 },
        },
        organ: OrganKey::new("440300-registry"),
        organ_name: "深圳市不动产登记中心".to_owned(),
        place: "440305".to_owned(),
        payer: PartyKey::new("p1"),
        title: Label::new("不动产登记费", "Registration fee"),
        lines: vec![line("住宅类登记费", 1, 8000), line("证书工本费", 1, 1000)],
        free_by: None,
    }
}

pub(crate) fn issue() -> BillCommand {
    BillCommand::Issue { key: key(), order: Box::new(order()) }
}

pub(crate) fn payer() -> Actor {
    Actor::Party { party: PartyKey::new("p1"), login: "chen".to_owned(), mandate: None }
}
