//! Others over a real exchange: tax, housing and a court are peers of their own on loopback, with keys of their own.

use crate::bed::{Bed, LI, UNIT, WANG, Wanted, officer, seizure, unit};
use codes::{Label, Moment};
use exchange::{Partner, Partners};
use module::{Clock as _, Stage as _};
use property::{Kind, TaskState};
use property_module::{Asked, RegistrationCommand, book, queries};
use registers::record::{Note, Phase};
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose};
use serde_json::{Value, json};
use standins::peer::{Peer, Reply, Script, When};
use std::sync::Arc;
use testbed::LateClock;
use tokio::net::TcpListener;

/// A platform whose tax and housing authorities and whose court are at the other end of real sockets.
struct Line {
    bed: Arc<Bed>,
    tax: Peer,
    housing: Peer,
    court: Peer,
}

const COURT: &str = "深圳市南山区人民法院";
const FIRST: &str = "（2021）粤0305执12号";

async fn end(
    key: &str,
    seed: u8,
    clock: &Arc<LateClock>,
    (sends, takes): (&str, &str),
) -> (Peer, Partner) {
    let (listener, now) =
        (TcpListener::bind("127.0.0.1:0").await.expect("a port"), Arc::clone(clock));
    let peer = Peer::new([seed; 32], Moment::from_us(0), Arc::new(move || now.now()));
    let peer = peer.expect("a peer");
    let partner = Partner {
        key: key.to_owned(),
        label: Label::new(key, key),
        endpoint: format!("http://{}/messages", listener.local_addr().expect("an address")),
        keys: peer.keys(),
        sends: [sends.to_owned()].into(),
        takes: [takes.to_owned()].into(),
        per_minute: 600,
    };
    tokio::spawn(peer.clone().serve(listener));
    (peer, partner)
}

impl Line {
    async fn new() -> Self {
        let clock = Arc::new(LateClock::default());
        let (tax, a) = end("tax", 21, &clock, ("deed_tax.answered", "deed_tax.asked")).await;
        let (housing, b) =
            end("housing", 22, &clock, ("house_deal.answered", "house_deal.asked")).await;
        let (court, c) = end("court", 23, &clock, ("seizure.ordered", "seizure.entered")).await;
        let ours = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", ours.local_addr().expect("an address"));
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::from_us(0), &[20; 32])
            .expect("a key");
        for peer in [&tax, &housing, &court] {
            let endpoint = format!("{address}/api/v1/exchange/messages");
            peer.connect(&keys.public_set().expect("keys"), endpoint);
        }
        let asked = Asked { tax: Some("tax".to_owned()), housing: Some("housing".to_owned()) };
        let partners = Partners::new([a, b, c]).expect("sound");
        let wanted = Wanted { asked, line: Some((partners, keys, address)), ..Wanted::default() };
        let bed = Arc::new(Bed::with("2021-03-01 09:00", wanted).await);
        clock.follow(bed.platform());
        tokio::spawn(serve(Arc::clone(&bed), ours));
        Self { bed, tax, housing, court }
    }

    /// How a task stands, and what is noted of it.
    async fn task(&self, name: &str) -> (TaskState, String) {
        let row = self.bed.row("r1").await;
        let tasks = queries::tasks(&*self.bed.platform().reader, &row.registration).await;
        let found = tasks.expect("read").into_iter().find(|task| task.name == name);
        found.map(|task| (task.state, task.note)).expect("a task")
    }

    async fn sold(&self) {
        let sale = self.bed.application(Kind::Transfer, &[LI]).await;
        self.bed.apply("r1", sale).await;
        let accept = RegistrationCommand::Accept;
        self.bed.act(&officer("zhou"), "r1", &accept).await.expect("accepted");
        self.bed.bed.settle().await;
    }

    /// The court sends an order; what the office answered, or why it did not enter it.
    async fn ordered(&self, id: &str, order: Value) -> Value {
        let mut body = json!({
            "kind": "seizure.ordered", "purpose": "协助执行", "basis": "民事诉讼法第二百五十一条",
            "court": COURT, "unit": UNIT,
        });
        let members = body.as_object_mut().expect("an object");
        members.extend(order.as_object().expect("an object").clone());
        let taken = self.court.send(id, &body).await.expect("an answer");
        assert!(taken.status == 200 && taken.signed, "{taken:?}");
        self.bed.bed.settle().await;
        self.court.got().pop().map(|got| got.body).expect("the court is answered")
    }

    async fn seizures(&self) -> Vec<(String, Phase, Vec<Note>)> {
        let now = self.bed.platform().clock.now();
        let reader = &*self.bed.platform().reader;
        let snapshot = book::now(reader, unit(), now).await.expect("read").expect("there");
        let held = snapshot.restrictions().map(|(_, held)| held);
        held.map(|held| {
            let one = &held.restriction;
            (one.document_no.clone(), held.phase, one.notes.clone())
        })
        .collect()
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

/// An authority that answers at once, in its receipt.
fn answers(kind: &'static str, more: Value) -> Script {
    Arc::new(move |asked| {
        let mut body = json!({
            "kind": kind, "purpose": "回告核验结果", "basis": "不动产登记暂行条例第二十四条",
            "case": asked["case"], "task": asked["task"], "unit": asked["unit"],
        });
        let members = body.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        vec![Reply { body, when: When::InReceipt }]
    })
}

#[tokio::test]
async fn deed_tax_and_house_transaction_are_had_by_sharing_and_asked_of_nobody() {
    let line = Line::new().await;
    line.bed.entered().await;
    let paid = json!({"settled": true, "number": "契2021-0012345", "on": "2021-02-26"});
    line.tax.act(answers("deed_tax.answered", paid));
    let missing = json!({"settled": false, "reason": "合同没有网签备案"});
    line.housing.act(answers("house_deal.answered", missing));
    line.sold().await;
    let asked = line.tax.got().pop().expect("the tax authority is asked");
    assert_eq!(asked.body["document_no"], "买卖合同2021-018号");
    assert_eq!((&asked.body["case"], &asked.body["unit"]), (&json!("r1"), &json!(UNIT)));
    assert!(!asked.body.to_string().contains(WANG), "it is not told who sells");
    let (state, note) = line.task("tax").await;
    assert_eq!(
        (state, note.as_str()),
        (TaskState::Done, "契税完税凭证契2021-0012345（2021-02-26）")
    );
    let (state, note) = line.task("deal").await;
    assert_eq!((state, note.as_str()), (TaskState::Open, "合同没有网签备案"), "an officer decides");
    // Filed meanwhile, it says so by a message of its own.
    let filed = json!({
        "kind": "house_deal.answered", "purpose": "回告核验结果", "basis": "不动产登记暂行条例第二十四条",
        "case": "r1", "task": "deal", "unit": UNIT, "settled": true, "number": "深房备2021-9", "on": "2021-03-01",
    });
    let taken = line.housing.send("deal-2", &filed).await.expect("an answer");
    assert_eq!(taken.status, 200, "{}", taken.body);
    line.bed.bed.settle().await;
    assert_eq!(line.task("deal").await.0, TaskState::Done);
}

#[tokio::test]
async fn what_another_partner_says_of_the_tax_counts_for_nothing() {
    let line = Line::new().await;
    line.bed.entered().await;
    line.sold().await;
    let forged = json!({
        "kind": "deed_tax.answered", "purpose": "回告核验结果", "basis": "不动产登记暂行条例第二十四条",
        "case": "r1", "task": "tax", "unit": UNIT, "settled": true, "number": "契1", "on": "2021-03-01",
    });
    let refused = line.housing.send("tax-1", &forged).await.expect("an answer");
    assert_eq!(refused.body["reason"], "KIND_NOT_AGREED", "{}", refused.body);
    let stale = json!({"settled": false, "reason": "没有申报记录"});
    let mut late = forged;
    late.as_object_mut().expect("an object").remove("number");
    late.as_object_mut().expect("an object").remove("on");
    late.as_object_mut().expect("an object").extend(stale.as_object().expect("object").clone());
    late["case"] = json!("r9");
    let taken = line.tax.send("tax-2", &late).await.expect("an answer");
    assert_eq!(taken.status, 200, "{}", taken.body);
    line.bed.bed.settle().await;
    assert_eq!(
        line.task("tax").await,
        (TaskState::Open, String::new()),
        "nothing of it was about r1"
    );
}

#[tokio::test]
async fn s04_a_courts_order_enters_at_once_the_next_waits_and_each_is_told_how_it_stands() {
    let line = Line::new().await;
    line.bed.entered().await;
    let seize = json!({"act": "seize", "order": FIRST, "until": "2024-02-29"});
    let first = line.ordered("o-1", seize.clone()).await;
    assert_eq!((&first["kind"], &first["state"]), (&json!("seizure.entered"), &json!("in_force")));
    assert_eq!((&first["restriction"], &first["until"]), (&json!(1), &json!("2024-02-29")));
    let second =
        line.ordered("o-2", json!({"act": "seize", "order": "（2021）粤0305执99号"})).await;
    assert_eq!((&second["state"], second.get("until")), (&json!("waiting"), None));
    // The same message again has no second effect; the same order in another message is told that it stands.
    let again = line.ordered("o-1", seize.clone()).await;
    assert_eq!(again["order"], "（2021）粤0305执99号", "nothing new was said");
    let twice = line.ordered("o-3", seize).await;
    assert_eq!(
        (&twice["kind"], &twice["problem"]["reason"]),
        (&json!("message.refused"), &json!("TAKEN"))
    );
    line.bed.wind("2024-02-20 10:00").await;
    let renew = json!({"act": "renew", "order": "（2021）粤0305执12号之二", "earlier": FIRST, "until": "2026-02-20"});
    let renewed = line.ordered("o-4", renew).await;
    assert_eq!((&renewed["state"], &renewed["until"]), (&json!("in_force"), &json!("2026-02-20")));
    let release = json!({"act": "release", "order": "（2021）粤0305执12号之三", "earlier": FIRST});
    let released = line.ordered("o-5", release).await;
    assert_eq!(released["state"], "released");
    let left = line.seizures().await;
    assert_eq!(left, [("（2021）粤0305执99号".to_owned(), Phase::InForce, Vec::new())]);
}

#[tokio::test]
async fn an_order_that_cannot_be_entered_is_answered_with_its_reason() {
    let line = Line::new().await;
    line.bed.entered().await;
    line.bed.record(&seizure("（2020）粤03民初1号")).await.expect("another court's, by paper");
    for (id, order, reason) in [
        (
            "x-1",
            json!({"act": "seize", "order": FIRST, "unit": "440305001002GB00012F00010009"}),
            "UNIT_UNKNOWN",
        ),
        (
            "x-2",
            json!({"act": "release", "order": "之一", "earlier": "（2019）粤0305执7号"}),
            "ORDER_UNKNOWN",
        ),
        ("x-3", json!({"act": "seize", "order": FIRST, "until": "2024-03-02"}), "FIELD"),
        ("x-4", json!({"act": "seize", "order": FIRST, "until": "2021-02-28"}), "FIELD"),
        (
            "x-5",
            json!({"act": "renew", "order": "之一", "earlier": "（2020）粤03民初1号", "until": "2021-06-01"}),
            "FIELD",
        ),
    ] {
        let answer = line.ordered(id, order).await;
        assert_eq!(answer["kind"], "message.refused", "{id}: {answer}");
        assert_eq!(
            (&answer["message"], &answer["problem"]["reason"]),
            (&json!(id), &json!(reason))
        );
    }
    assert_eq!(line.seizures().await.len(), 1, "nothing was entered");
    let broken = json!({
        "kind": "seizure.ordered", "purpose": "协助执行", "basis": "民事诉讼法", "court": COURT,
        "unit": UNIT, "act": "release", "order": "之一",
    });
    let refused = line.court.send("x-6", &broken).await.expect("an answer");
    assert_eq!(refused.body["reason"], "CONTRACT_BROKEN", "an end names what it ends");
}

#[tokio::test]
async fn s11_an_order_against_somebody_who_no_longer_holds_binds_with_a_note_and_names_nobody() {
    let line = Line::new().await;
    line.bed.entered().await;
    let number = "440113199003074516";
    let against = json!({"id_type": "resident_id", "id_number": number});
    let told =
        line.ordered("o-1", json!({"act": "seize", "order": FIRST, "against": against})).await;
    assert_eq!(told["state"], "in_force");
    let entered = line.seizures().await;
    assert_eq!(entered[0].2, [Note::NotTheHolder], "nobody of that document ever held");
    for shard in [crate::bed::shard(), kernel::Shard::new("440000")] {
        for event in line.bed.bed.events(&shard, 0).await.expect("events") {
            assert!(
                !event.body.text().contains(number),
                "{} names whom it goes against",
                event.name()
            );
        }
    }
}
