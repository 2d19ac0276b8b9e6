//! Books on a whole platform in memory: carries, slices across shards, 64 at once, pages, as-of.

use crate::tables::{account, id};
use codes::{Label, Moment};
use kernel::{Actor, Atomic, EventId, OrganKey, PartyKey, Shard};
use ledger::book::{Arrival, carried, post, queries};
use ledger::{
    AccountSpec, Act, Basis, Book, BookCommand, BookKey, Entry, LedgerModule, Opening, Outside,
    Place, Posting, SliceTerms, TransferId, Unit,
};
use module::{Stage as _, SubmitError};
use std::sync::Arc;
use testbed::{Setup, Testbed};

fn here() -> Shard {
    Shard::new("440100")
}

fn there() -> Shard {
    Shard::new("440300")
}

fn key(name: &str) -> BookKey {
    BookKey::new("test", name)
}

fn owner() -> Actor {
    Actor::Party { party: PartyKey::new("p1"), login: "chen".to_owned(), mandate: None }
}

struct Bed(Arc<Testbed>);

impl Bed {
    async fn new() -> Self {
        let module = LedgerModule::new(Outside { gateway: None });
        Self(Arc::new(Setup::new(vec![Box::new(module)]).start().await.expect("starts")))
    }

    async fn submit(&self, group: Atomic) -> Result<(), SubmitError> {
        self.0.submit(Actor::system("test"), group).await.map(|_receipt| ())
    }

    async fn open(&self, shard: &Shard, name: &str, accounts: Vec<AccountSpec>) {
        let opening = Opening {
            title: Some(Label::new("测试额度", "Test quota")),
            owners: vec![PartyKey::new("p1")],
            organ: Some(OrganKey::new("440100-customs")),
            place: "440100".to_owned(),
            accounts,
            ..Opening::default()
        };
        self.ask(shard, &key(name), &BookCommand::Open(Box::new(opening))).await.expect("opened");
    }

    async fn ask(
        &self,
        shard: &Shard,
        book: &BookKey,
        command: &BookCommand,
    ) -> Result<(), SubmitError> {
        let group = Atomic::new(shard.clone()).then::<Book>(book, command).expect("json");
        self.submit(group).await
    }

    async fn post(&self, name: &str, posting: Posting) -> Result<(), SubmitError> {
        self.submit(post(Atomic::new(here()), &key(name), posting).expect("json")).await
    }

    async fn stands(&self, book: &BookKey, account: &str) -> (i64, i64) {
        let reader = &*self.0.platform().reader;
        let row = queries::balance(reader, book, account).await.expect("read").expect("there");
        (row.standing.posted, row.standing.reserved)
    }

    async fn wind_s(&self, seconds: i64) {
        let to = self.0.platform().clock.now().plus_seconds(seconds);
        self.0.wind(to).await.expect("wound");
    }
}

fn basis() -> Basis {
    Basis::new("测试").of(&here(), "exposure", "E-1")
}

fn slug(answer: Result<(), SubmitError>) -> String {
    match answer {
        Ok(()) => "OK".to_owned(),
        Err(error) => error.refusal().reason,
    }
}

/// Two bonded books, of which the first holds 100 pieces, all reserved and shipped.
async fn shipped() -> Bed {
    let bed = Bed::new().await;
    let piece = || Unit::new("011", 0);
    let account = |name: &str| AccountSpec::new(name, piece(), name, name);
    for name in ["a", "b"] {
        let accounts = vec![account("outside").outside(), account("bond.1"), account("transit")];
        bed.open(&here(), name, accounts).await;
    }
    let posting = Posting::new(basis())
        .transfer(id("import"), "outside", "bond.1", 100)
        .reserve(id("move"), ("bond.1", "transit"), 100, None)
        .settle(id("ship"), id("move"));
    bed.post("a", posting).await.expect("shipped");
    bed
}

fn carry(name: &str, amount: i64, to: Place) -> Posting {
    let act = Act::Carry { of: Some(id("move")), from: "transit".into(), amount, to };
    Posting::new(basis()).entry(Entry::new(id(name), act))
}

fn place(account: &str) -> Place {
    Place { shard: None, book: key("b"), account: account.into(), unit: Unit::new("011", 0) }
}

#[tokio::test(flavor = "multi_thread")]
async fn s19_what_is_received_arrives_in_the_same_batch_and_the_rest_stays_in_transit() {
    let bed = shipped().await;
    let group = carried(Atomic::new(here()), &key("a"), carry("receive", 95, place("bond.1")));
    let receipt = bed.0.submit(Actor::system("test"), group.expect("json")).await.expect("carried");
    assert_eq!(bed.stands(&key("a"), "transit").await, (5, 0));
    assert_eq!(bed.stands(&key("b"), "bond.1").await, (95, 0));
    assert_eq!(bed.stands(&key("a"), "away.011.0").await, (95, 0));
    assert_eq!(bed.stands(&key("b"), "away.011.0").await, (-95, 0));
    // Both halves stand in one batch of the journal.
    let journal = bed.0.journal();
    let last = receipt.events.last().expect("an event").seq;
    let heads = journal.heads(&here(), last - 1, 1).await.expect("heads");
    assert_eq!(heads[0].seq, last + 1, "the arrival follows in the same batch");
    let of_move = bed.0.platform().history.stream(&here(), "book", "test:b", 1).await;
    let arrival = of_move.expect("read").pop().expect("an arrival");
    assert_eq!((arrival.name(), &*arrival.actor), ("Arrived", &Actor::system("ledger.carry")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_refused_whole_where_the_other_book_cannot_place_what_comes() {
    let bed = shipped().await;
    for (at, to, reason) in [
        ("1", place("bond.2"), "ACCOUNT_UNKNOWN"),
        ("2", Place { unit: Unit::new("035", 5), ..place("bond.1") }, "UNIT_DIFFERS"),
        ("3", Place { book: key("c"), ..place("bond.1") }, "BOOK_UNKNOWN"),
    ] {
        let group = carried(Atomic::new(here()), &key("a"), carry(at, 95, to)).expect("json");
        assert_eq!(slug(bed.submit(group).await), reason);
    }
    let greedy = carried(Atomic::new(here()), &key("a"), carry("4", 101, place("bond.1")));
    assert_eq!(slug(bed.submit(greedy.expect("json")).await), "QUOTA_INSUFFICIENT");
    assert_eq!(bed.stands(&key("a"), "transit").await, (100, 0));
    // Without the question before it, what cannot be placed lies in `unplaced`: it is not lost.
    bed.post("a", carry("5", 95, place("bond.2"))).await.expect("carried");
    assert_eq!(bed.stands(&key("b"), "unplaced.011.0").await, (95, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_half_of_a_carry_can_be_made_by_anybody_else() {
    let bed = shipped().await;
    let arrival = Arrival {
        id: id("forged"),
        from: key("a"),
        to: "bond.1".into(),
        amount: 95,
        unit: Unit::new("011", 0),
        basis: basis(),
    };
    let command = BookCommand::Arrive { arrivals: vec![arrival] };
    assert_eq!(slug(bed.ask(&here(), &key("b"), &command).await), "LEDGER_ONLY");
    let forger = Actor::system("ledger.carry");
    let group = Atomic::new(here()).then::<Book>(&key("b"), &command).expect("json");
    let answer = bed.0.submit(forger, group).await.map(|_receipt| ());
    assert_eq!(
        slug(answer),
        "LEDGER_ONLY",
        "the name alone is not enough: an event must be its cause"
    );
    assert_eq!(bed.stands(&key("b"), "bond.1").await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_another_shard_arrives_there_once() {
    let bed = shipped().await;
    let account = |name: &str| AccountSpec::new(name, Unit::new("011", 0), name, name);
    bed.open(&there(), "far", vec![account("outside").outside(), account("bond.1")]).await;
    let to = Place { shard: Some(there()), book: key("far"), ..place("bond.1") };
    bed.post("a", carry("receive", 95, to)).await.expect("carried");
    bed.wind_s(1).await;
    assert_eq!(bed.stands(&key("far"), "bond.1").await, (95, 0));
    assert_eq!(bed.stands(&key("far"), "away.011.0").await, (-95, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn s25_of_sixty_four_holds_at_once_fifty_succeed() {
    let bed = Bed::new().await;
    let accounts = vec![account("guarantor").outside(), account("limit"), account("used")];
    bed.open(&here(), "hot", accounts).await;
    let file = Posting::new(basis()).transfer(id("file"), "guarantor", "limit", 1_000_000_000);
    bed.post("hot", file).await.expect("filed");
    let bed = Arc::new(bed);
    let mut all = tokio::task::JoinSet::new();
    for n in 0..64 {
        let bed = Arc::clone(&bed);
        all.spawn(async move {
            let hold = TransferId::derive(&["hold", &n.to_string()]);
            let posting = Posting::new(basis()).reserve(hold, ("limit", "used"), 20_000_000, None);
            bed.post("hot", posting).await
        });
    }
    let answers = all.join_all().await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 14);
    for error in refused {
        let refusal = error.refusal();
        assert_eq!(refusal.reason, "QUOTA_INSUFFICIENT");
        assert_eq!(refusal.fields.to_string(), r#"{"available":0}"#);
    }
    assert_eq!(bed.stands(&key("hot"), "limit").await, (1_000_000_000, 1_000_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_works_in_its_shard_and_comes_home_when_its_lease_is_over() {
    let bed = Bed::new().await;
    let accounts = vec![account("guarantor").outside(), account("limit"), account("used")];
    bed.open(&here(), "text", accounts).await;
    let file = Posting::new(basis()).transfer(id("file"), "guarantor", "limit", 1_000);
    bed.post("text", file).await.expect("filed");
    let terms = SliceTerms {
        account: "limit".into(),
        with: vec![account("used")],
        step: 100,
        lease_us: 600_000_000,
        low_percent: 80,
    };
    let (home, shard, to) = (key("text"), here(), there());
    let lend = BookCommand::Lend { home, shard, to, amount: 300, terms: Box::new(terms) };
    bed.ask(&here(), &key("text"), &lend).await.expect("lent");
    bed.wind_s(1).await;
    let slice = key("text").slice(&there());
    assert_eq!(bed.stands(&slice, "limit").await, (300, 0));
    let posting = Posting::new(basis()).reserve(id("d1"), ("limit", "used"), 100, None);
    let group = post(Atomic::new(there()), &slice, posting).expect("json");
    bed.submit(group).await.expect("held");
    // Used in its first lease it is renewed once, and unused in its second it ends.
    bed.wind_s(3_600).await;
    assert_eq!(bed.stands(&slice, "limit").await, (100, 100));
    assert_eq!(bed.stands(&key("text"), "limit").await, (900, 0));
    assert_eq!(bed.stands(&key("text"), "lent.440300").await, (100, 0));
}

/// A limit of 10,000.00 of which 2,000.00 are held at ten, settled at eleven, restored at twelve o'clock.
async fn lived() -> Bed {
    let bed = Bed::new().await;
    let accounts = vec![account("guarantor").outside(), account("limit"), account("used")];
    bed.open(&here(), "life", accounts).await;
    let file = Posting::new(basis()).transfer(id("file"), "guarantor", "limit", 1_000_000);
    bed.post("life", file).await.expect("filed");
    for posting in [
        Posting::new(basis()).reserve(id("h"), ("limit", "used"), 200_000, None),
        Posting::new(basis()).settle(id("u"), id("h")),
        Posting::new(Basis::new("税款入库").on(codes::Date::constant(2026, 2, 12)))
            .restore(id("r"), id("h")),
    ] {
        bed.wind_s(3_600).await;
        bed.post("life", posting).await.expect("posted");
    }
    bed
}

#[tokio::test(flavor = "multi_thread")]
async fn every_past_instant_has_its_balance_and_the_statement_runs_from_one_to_the_next() {
    let bed = lived().await;
    let (reader, now) = (&*bed.0.platform().reader, bed.0.platform().clock.now());
    let hours_ago = |hours: i64| now.plus_seconds(-hours * 3_600);
    for (at, expected) in [
        (hours_ago(3).plus_us(-1), None),
        (hours_ago(3), Some((1_000_000, 0))),
        (hours_ago(2), Some((1_000_000, 200_000))),
        (hours_ago(1).plus_us(-1), Some((1_000_000, 200_000))),
        (hours_ago(1), Some((800_000, 0))),
        (now, Some((1_000_000, 0))),
    ] {
        let stood = queries::as_of(reader, &key("life"), "limit", at).await.expect("read");
        assert_eq!(stood.map(|stood| (stood.posted, stood.reserved)), expected, "{at}");
    }
    let lines = queries::statement(reader, &key("life"), "limit", None, 50).await.expect("read");
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (line.what.label().0, line.posted_by, line.reserved_by, line.posted, line.reserved)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("返还", 200_000, 0, 1_000_000, 0),
            ("核销", -200_000, -200_000, 800_000, 0),
            ("核扣", 0, 200_000, 1_000_000, 200_000),
            ("划转", 1_000_000, 0, 1_000_000, 0),
        ]
    );
    assert_eq!(lines[0].basis.reason, "税款入库");
    assert_eq!(lines[1].basis.pointer().as_deref(), Some("exposure/E-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_json_and_csv_tell_the_same_to_those_who_may_see_it() {
    let bed = lived().await;
    let get = async |path: &str| bed.0.request(&owner(), "GET", path, None).await;
    let list = get("/ledger/books").await;
    assert!(list.text().contains("测试额度"), "{}", list.text());
    let page = get("/ledger/books/test:life").await;
    assert!(page.text().contains("10,000.00"), "{}", page.text());
    let page = get("/ledger/books/test:life/limit").await;
    assert_eq!(page.status, 200);
    for part in ["<svg", "核扣", "返还", "+2,000.00", "税款入库", "exposure/E-1"] {
        assert!(page.text().contains(part), "{part}");
    }
    let now = bed.0.platform().clock.now();
    let asked = now.plus_seconds(-3_600).to_string().replace('+', "%2B");
    let json = get(&format!("/api/v1/ledger/books/test:life/limit?as_of={asked}")).await.json();
    assert_eq!((&json["posted"], &json["reserved"]), (&800_000.into(), &0.into()), "{json}");
    let json = get("/api/v1/ledger/books/test:life").await.json();
    let limit =
        json["accounts"].as_array().expect("accounts").iter().find(|a| a["account"] == "limit");
    assert_eq!(limit.expect("limit")["available"], 1_000_000);
    let json = get("/api/v1/ledger/books/test:life/limit/statement").await.json();
    assert_eq!(json["lines"].as_array().map(Vec::len), Some(4));
    let csv = get("/ledger/books/test:life/limit/statement.csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.text().lines().count(), 5, "{}", csv.text());
    let bad = get("/api/v1/ledger/books/test:life/limit?as_of=yesterday").await;
    assert_eq!(bad.status, 422);
    let unknown = get("/ledger/books/test:nothing").await;
    assert_eq!(unknown.status, 404);
    bed.0.gate().forbid(Some(&owner()), "ledger.see_book");
    assert_eq!(get("/ledger/books/test:life").await.status, 403);
    assert_eq!(
        get("/ledger/books/test:nothing").await.status,
        403,
        "nor is one told what there is"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_lapses_by_itself_and_says_whose_it_was() {
    let bed = Bed::new().await;
    let accounts = vec![account("guarantor").outside(), account("limit"), account("used")];
    bed.open(&here(), "text", accounts).await;
    let until = bed.0.platform().clock.now().plus_seconds(86_400);
    let posting = Posting::new(basis()).transfer(id("file"), "guarantor", "limit", 1_000).reserve(
        id("h"),
        ("limit", "used"),
        400,
        Some(until),
    );
    bed.post("text", posting).await.expect("held");
    bed.wind_s(86_399).await;
    assert_eq!(bed.stands(&key("text"), "limit").await, (1_000, 400));
    bed.wind_s(2).await;
    assert_eq!(bed.stands(&key("text"), "limit").await, (1_000, 0));
    let stream = bed.0.platform().history.stream(&here(), "book", "test:text", 2).await;
    let last = stream.expect("read").pop().expect("lapsed");
    assert_eq!(last.name(), "Lapsed");
    assert!(last.body.text().contains(r#""exposure/E-1"]"#), "{}", last.body.text());
    let origin = EventId { shard: here(), seq: 0 };
    assert_eq!(basis().origin.expect("an origin").event, origin);
    assert!(Moment::default() < until);
}
