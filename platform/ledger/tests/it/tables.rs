//! Books as tables: one entry a line, and what comes of it.
//!
//! A line is `what id …` and the outcome: `account balance/reserved` of what is to be looked at, or the slug of the refusal with
//! its fields. Amounts are plain numbers; `at n` winds the clock to the n-th second.

use codes::{Coded as _, Moment};
use kernel::{Actor, Aggregate as _, CommandId, Context};
use ledger::book::{ENTRIES_MAX, queries::Standing};
use ledger::{
    AccountSpec, Act, Asked, Basis, Book, BookCommand, BookError, BookEvent, Entry, Opening,
    Posting, Queue, Rest, RiskRule, Rules, Terms, TransferId, Unit, Verdict,
};

const START: Moment = Moment::from_us(1_770_858_000_000_000);

pub(crate) struct Bench {
    pub(crate) book: Book,
    rules: Rules,
    now: Moment,
    commands: u64,
    pub(crate) events: Vec<BookEvent>,
}

impl Bench {
    pub(crate) fn of(accounts: Vec<AccountSpec>) -> Self {
        Self::with(accounts, Rules::default(), &[])
    }

    fn with(accounts: Vec<AccountSpec>, rules: Rules, asked: &[&str]) -> Self {
        let mut bench =
            Self { book: Book::default(), rules, now: START, commands: 0, events: Vec::new() };
        let rules = asked.iter().map(ToString::to_string).collect();
        let opening = Opening { accounts, rules, ..Opening::default() };
        bench.ask(BookCommand::Open(Box::new(opening))).unwrap();
        bench
    }

    pub(crate) fn at(&mut self, seconds: i64) {
        self.now = START.plus_seconds(seconds);
    }

    pub(crate) fn ask(&mut self, command: BookCommand) -> Result<Vec<BookEvent>, BookError> {
        self.commands += 1;
        let cx = Context {
            now: self.now,
            actor: Actor::system("test"),
            command: CommandId::derive(&[&self.commands.to_be_bytes()]),
            cause: None,
        };
        let events = self.book.decide(&self.rules, &cx, command)?;
        for event in &events {
            self.book.evolve(event);
        }
        self.events.extend(events.iter().cloned());
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Result<(), BookError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["at", seconds] => {
                self.at(seconds.parse().unwrap());
                Ok(())
            }
            ["freeze", key, account] => {
                let accounts = vec![(*account).into()];
                let basis = Basis::new("风险");
                self.ask(BookCommand::Freeze { key: (*key).to_owned(), accounts, basis }).map(drop)
            }
            ["unfreeze", key] => {
                let basis = Basis::new("解除");
                self.ask(BookCommand::Unfreeze { key: (*key).to_owned(), basis }).map(drop)
            }
            ["floor", account, floor] => {
                let (account, floor) = ((*account).into(), Some(floor.parse().unwrap()));
                let basis = Basis::new("授信");
                self.ask(BookCommand::SetFloor { account, floor, basis }).map(drop)
            }
            ["close"] => self.ask(BookCommand::Close { basis: Basis::new("结清") }).map(drop),
            words => {
                let posting = Posting::new(Basis::new("test")).entry(entry(words));
                self.ask(BookCommand::post(posting)).map(drop)
            }
        }
    }

    /// Runs a table; lines without an outcome must hold.
    pub(crate) fn run(&mut self, table: &str) {
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (asked, outcome) = line.split_once("→").unwrap_or((line, ""));
            let outcome = outcome.trim();
            match self.line(asked) {
                Ok(()) => self.stands(line, outcome),
                Err(why) => assert_eq!(told(&why), outcome, "{line}"),
            }
        }
    }

    fn stands(&self, line: &str, outcome: &str) {
        for part in outcome.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (account, stands) = part.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            let figures = self.book.account(account).unwrap_or_else(|| panic!("{line}")).figures;
            let found = if stands.contains('/') {
                format!("{}/{}", figures.posted, figures.reserved)
            } else {
                self.book.available(account).unwrap().to_string()
            };
            assert_eq!(found, stands, "{line}");
        }
    }
}

fn told(why: &BookError) -> String {
    let shown = match why {
        BookError::Insufficient { available } => format!(" {available}"),
        BookError::UsesExhausted { max } => format!(" {max}"),
        BookError::StillBound { bound } => format!(" {bound}"),
        BookError::Field(name) => format!(" {name}"),
        BookError::NoAccount(name) => format!(" {name}"),
        _ => String::new(),
    };
    format!("{}{shown}", why.reason())
}

pub(crate) fn id(word: &str) -> TransferId {
    TransferId::derive(&["test", word])
}

fn entry(words: &[&str]) -> Entry {
    let option = |key: &str| {
        words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned)
    };
    let second =
        |key: &str| option(key).map(|seconds| START.plus_seconds(seconds.parse().unwrap()));
    let plain: Vec<&str> = words.iter().copied().filter(|word| !word.contains('=')).collect();
    let number = |at: usize| plain.get(at).and_then(|word| word.parse::<i64>().ok());
    let pair = || {
        let (from, to) = plain[2].split_once('>').unwrap();
        (from.into(), to.into())
    };
    let of = || id(plain[2]);
    let act = match plain[0] {
        "transfer" => {
            let (from, to) = pair();
            Act::Transfer { from, to, amount: number(3).unwrap() }
        }
        "reserve" => {
            let (from, to) = pair();
            let (until, wait) = (second("until"), second("wait"));
            Act::Reserve { from, to, amount: number(3).unwrap(), until, wait }
        }
        "adjust" => Act::Adjust { of: of(), amount: number(3).unwrap() },
        "accept" => Act::Accept { of: of() },
        "settle" => Act::Settle {
            of: of(),
            amount: number(3),
            from: option("from").map(|name| name.as_str().into()),
            rest: match option("rest").as_deref() {
                Some("final") => Rest::Final,
                Some("released") => Rest::Released,
                _ => Rest::Open,
            },
        },
        "release" => Act::Release { of: of(), amount: number(3) },
        "restore" => Act::Restore { of: of(), amount: number(3) },
        "shift" => Act::Shift { of: of(), to: plain[3].into() },
        other => panic!("{other}"),
    };
    let entry = Entry::new(id(plain[1]), act);
    if option("early").is_some() { entry.early() } else { entry }
}

pub(crate) fn account(name: &str) -> AccountSpec {
    AccountSpec::new(name, Unit::FEN, name, name)
}

fn guarantee() -> Bench {
    let accounts =
        vec![account("guarantor").outside(), account("limit"), account("used"), account("claimed")];
    Bench::of(accounts)
}

#[test]
fn s25_holds_uses_adjustments_and_restores_of_one_guarantee() {
    guarantee().run(
        "transfer file guarantor>limit 1000000000 → limit 1000000000
         reserve h1 limit>used 386420550          → limit 613579450
         reserve h2 limit>used 215000000          → limit 398579450
         reserve h3 limit>used 120000000          → limit 278579450
         reserve h4 limit>used 300000000          → QUOTA_INSUFFICIENT 278579450
         settle u1 h1                             → limit 278579450, used 386420550/0
         restore r1 h1                            → limit 665000000, used 0/0
         adjust a2 h2 198531044                   → limit 681468956
         adjust a3 h3 900000000                   → QUOTA_INSUFFICIENT 681468956
         adjust a4 h3 801468956                   → limit 0
         adjust a5 h3 120000000                   → limit 681468956
         transfer cut limit>guarantor 700000000   → QUOTA_INSUFFICIENT 681468956
         settle u2 h2
         adjust a6 h2 200000000                   → limit 680000000, used 200000000/0
         adjust a7 h2 150000000                   → limit 730000000, used 150000000/0
         shift c2 h2 claimed                      → used 0/0, claimed 150000000/0
         restore b2 h2 50000000                   → claimed 100000000/0, limit 780000000
         release x3 h3                            → limit 900000000, limit 900000000/0",
    );
}

#[test]
fn s25_a_hold_lapses_at_its_instant_and_not_after_acceptance() {
    guarantee().run(
        "transfer file guarantor>limit 1000
         reserve h1 limit>used 100 until=10
         reserve h2 limit>used 100 until=10
         reserve h3 limit>used 100 until=10
         reserve late limit>used 1 until=0  → EXPIRED
         at 9
         accept a2 h2
         settle u3 h3                       → limit 900/200
         at 10
         settle u1 h1                       → CLOSED
         reserve h4 limit>used 1            → limit 900/101, used 100/0
         settle u2 h2                       → used 200/0",
    );
}

#[test]
fn s25_the_timer_lets_lapse_what_is_due_and_asks_for_the_next() {
    let mut bench = guarantee();
    bench.run(
        "transfer file guarantor>limit 1000
         reserve h1 limit>used 100 until=10
         reserve h2 limit>used 200 until=20",
    );
    let due = |bench: &Bench| bench.book.deadlines().into_iter().next();
    let first = due(&bench).unwrap();
    assert_eq!((first.name.as_str(), first.at), ("sweep", START.plus_seconds(10)));
    bench.at(10);
    let events = bench.ask(first.command).unwrap();
    assert!(matches!(events.as_slice(), [BookEvent::Lapsed(came)] if came.lines.len() == 1));
    assert_eq!(due(&bench).unwrap().at, START.plus_seconds(20));
    bench.run("release r2 h2 → limit 1000/0");
    assert!(due(&bench).is_none());
}

#[test]
fn s25_the_same_id_is_one_hold_and_another_amount_is_refused() {
    let mut bench = guarantee();
    bench.run(
        "transfer file guarantor>limit 1000
         reserve h1 limit>used 100 → limit 900
         reserve h1 limit>used 100 → limit 900
         reserve h1 limit>used 101 → ID_REUSED
         settle h1 h1              → ID_REUSED
         release v1 h1             → limit 1000
         release v1 h1             → limit 1000
         release v2 h1             → CLOSED
         reserve h1 limit>used 100 → limit 1000",
    );
    for _ in 0..10_000 {
        bench.commands += 1;
        let name = format!("race{}", bench.commands);
        bench
            .run(&format!("reserve {name} limit>used 1000\nrelease x{name} {name} → limit 1000/0"));
    }
}

#[test]
fn s14_uses_count_beside_the_quantity_and_a_voided_one_returns() {
    let licence = |uses| {
        Bench::of(vec![
            account("issuer").outside(),
            account("granted").uses(uses),
            account("settled"),
        ])
    };
    let mut multi = licence(12);
    multi.run("transfer issue issuer>granted 60");
    for use_no in 1..=11 {
        multi.run(&format!(
            "reserve d{use_no} granted>settled 4\nsettle s{use_no} d{use_no} rest=final"
        ));
    }
    multi.run(
        "reserve d12 granted>settled 4 → granted 12
         reserve d13 granted>settled 4 → USES_EXHAUSTED 12
         release v12 d12               → granted 16
         reserve d14 granted>settled 8 → granted 8",
    );
    licence(12).run(
        "transfer issue issuer>granted 35
         reserve d1 granted>settled 12
         settle s1 d1
         reserve d2 granted>settled 10
         settle s2 d2
         reserve d3 granted>settled 8
         settle s3 d3
         reserve d4 granted>settled 6 → QUOTA_INSUFFICIENT 5
         reserve d5 granted>settled 5 → granted 0
         settle s5 d5                 → settled 35/0",
    );
    licence(1).run(
        "transfer issue issuer>granted 20
         reserve d1 granted>settled 15
         settle s1 d1                 → granted 5
         reserve d2 granted>settled 5 → USES_EXHAUSTED 1",
    );
}

#[test]
fn s14_a_clearance_before_its_deduction_is_kept_and_counts_once() {
    let mut bench = Bench::of(vec![
        account("issuer").outside(),
        account("granted").uses(12),
        account("settled"),
    ]);
    bench.run(
        "transfer issue issuer>granted 35
         settle clear d1                      → RESERVATION_UNKNOWN
         settle clear d1 early=1              → granted 35/0
         settle clear d1 early=1              → granted 35/0
         reserve d1 granted>settled 3         → granted 32/0, settled 3/0
         settle clear d1 early=1              → settled 3/0
         release cancel d1 early=1            → CLOSED
         release cancel2 d2 early=1
         reserve d2 granted>settled 5         → granted 32/0
         reserve d2 granted>settled 5         → granted 32/0",
    );
    assert_eq!(bench.book.account("granted").unwrap().figures.uses, 1, "a voided use returned");
}

#[test]
fn s34_those_who_wait_are_served_in_order_and_may_be_passed() {
    let quota = |queue| {
        Bench::of(vec![
            account("range").outside(),
            account("quota").queue(queue),
            account("issued"),
        ])
    };
    let begin = "transfer year range>quota 1000
         reserve old quota>issued 200
         reserve other quota>issued 700 → quota 100
         reserve r1 quota>issued 200 wait=5 → quota 100
         ";
    let mut passing = quota(Queue::Passing);
    passing.run(begin);
    passing.run(
        "reserve r0 quota>issued 150 wait=3
         settle s1 r1                   → STILL_WAITING
         reserve r2 quota>issued 100 wait=6 → quota 0
         release x old                  → quota 50
         release y r2                   → quota 150
         reserve r3 quota>issued 150    → quota 0",
    );
    assert_eq!(passing.book.queue("quota"), [id("r1")], "r0 was accepted earlier and served");
    passing.run("release z other → quota 500\nsettle s2 r1 → issued 200/0");
    assert!(passing.book.queue("quota").is_empty());

    let mut strict = quota(Queue::Strict);
    strict.run(begin);
    strict.run(
        "reserve r2 quota>issued 100        → QUOTA_INSUFFICIENT 0
         reserve r2 quota>issued 100 wait=6 → quota 100
         reserve r3 quota>issued 70 wait=4  → quota 30
         release y r3                       → quota 100
         release x old                      → quota 0",
    );
    assert!(strict.book.queue("quota").is_empty(), "300 were free for both, in their order");
}

#[test]
fn s20_a_reservation_released_in_another_year_is_borne_and_restored_there() {
    let year = |name: &str| account(name);
    Bench::of(vec![account("state").outside(), year("y2025"), year("y2026"), account("bought")])
        .run(
            "transfer a state>y2025 2600
         transfer b state>y2026 2600
         reserve o1 y2025>bought 1000          → y2025 1600
         settle l1 o1 from=y2026               → y2025 2600/0, y2026 1600/0, bought 1000/0
         restore r1 o1                         → y2025 2600/0, y2026 2600/0, bought 0/0
         reserve o2 y2025>bought 2000
         settle l2 o2 500                      → y2025 2100/1500
         settle l3 o2 from=y2026               → SETTLED_ELSEWHERE
         settle l4 o2 500 rest=released        → y2025 1600/0, bought 1000/0
         settle l5 o2                          → CLOSED",
        );
}

#[test]
fn s19_of_a_hundred_pieces_thirty_three_threes_are_reserved() {
    let mut bench =
        Bench::of(vec![account("outside").outside(), account("bond.1"), account("transit")]);
    bench.run("transfer in outside>bond.1 100");
    let mut refused = 0;
    for n in 0..40 {
        match bench
            .line(&format!("reserve t{n} bond.1>transit 3 until={}", if n < 2 { 60 } else { 999 }))
        {
            Ok(()) => {}
            Err(BookError::Insufficient { available: 1 }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 7);
    bench.run(
        "at 60
         reserve again1 bond.1>transit 3 → bond.1 4
         reserve again2 bond.1>transit 3 → bond.1 1
         reserve again3 bond.1>transit 3 → QUOTA_INSUFFICIENT 1",
    );
}

#[test]
fn credit_may_be_drawn_down_to_its_floor_and_cut_only_where_it_is_free() {
    Bench::of(vec![account("outside").outside(), account("line").credit(500), account("spent")])
        .run(
            "reserve h1 line>spent 300   → line 200
         settle s1 h1                → line 200, line -300/0
         transfer t1 line>spent 201  → QUOTA_INSUFFICIENT 200
         floor line -299             → QUOTA_INSUFFICIENT 200
         floor line -300             → line 0
         floor line 1                → ENTRY_FIELD floor
         floor line -1000            → line 700
         transfer pay outside>line 300 → line 1000, line 0/0",
        );
}

#[test]
fn a_frozen_account_reserves_nothing_new_and_lets_go_what_it_holds() {
    guarantee().run(
        "transfer file guarantor>limit 1000
         reserve h1 limit>used 100
         reserve h2 limit>used 100
         freeze red limit
         freeze overdue limit
         freeze red limit
         freeze red used              → ID_REUSED
         reserve h3 limit>used 1      → FROZEN
         transfer out limit>guarantor 1 → FROZEN
         adjust a1 h1 101             → FROZEN
         adjust a2 h1 99              → limit 801
         settle u1 h1                 → used 99/0
         restore r1 h1                → limit 1000/100
         release v2 h2                → limit 1000/0
         unfreeze red
         reserve h4 limit>used 1      → FROZEN
         unfreeze overdue
         unfreeze overdue
         reserve h4 limit>used 1      → limit 999",
    );
}

#[test]
fn a_book_closes_once_nothing_is_bound() {
    guarantee().run(
        "transfer file guarantor>limit 1000
         reserve h1 limit>used 100
         settle u1 h1
         reserve h2 limit>used 100
         close                       → STILL_BOUND 100
         release v2 h2
         close
         close
         reserve h3 limit>used 1     → BOOK_CLOSED
         restore r1 h1               → limit 1000, used 0/0",
    );
}

/// Each line breaks two rules; the first of them is told.
#[test]
fn of_two_reasons_the_first_in_order_is_told() {
    struct Never;
    impl RiskRule for Never {
        fn judge(&self, asked: &Asked<'_>) -> Verdict {
            match asked.account.name.as_str() {
                "risky" => Verdict::Refuse { why: "风险过高".to_owned() },
                _ => Verdict::Pass,
            }
        }
    }
    let later = START.plus_seconds(100);
    let accounts = vec![
        account("outside").outside(),
        account("limit"),
        account("used"),
        AccountSpec::new("kilograms", Unit::new("035", 5), "千克", "Kilograms"),
        account("icy").valid(Some(later), None),
        account("young").valid(Some(later), Some(later.plus_seconds(1))).uses(0),
        account("past").valid(None, Some(START)).uses(0),
        account("spent").uses(0),
        account("risky"),
    ];
    let mut bench = Bench::with(accounts, Rules::default().with("never", Never), &["never"]);
    bench.run(
        "transfer t1 outside>limit 100
         transfer t2 outside>risky 10
         reserve h1 limit>used 10
         reserve gone limit>used 5
         release x gone
         freeze cold icy
         reserve t1 limit>nowhere -5     → ID_REUSED
         reserve n1 nowhere>nowhere -5   → ENTRY_FIELD amount
         reserve n2 nowhere>nowhere 5    → ENTRY_FIELD to
         reserve n3 nowhere>kilograms 5  → ACCOUNT_UNKNOWN nowhere
         reserve n4 icy>kilograms 5      → UNIT_DIFFERS
         settle n5 nothing 0             → ENTRY_FIELD amount
         settle n6 nothing 5             → RESERVATION_UNKNOWN
         settle n7 gone 999              → CLOSED
         settle n8 h1 999 from=nowhere   → QUOTA_INSUFFICIENT 10
         settle n9 h1 5 from=nowhere     → ACCOUNT_UNKNOWN nowhere
         adjust n10 h1 0                 → ENTRY_FIELD amount
         reserve n11 icy>used 5          → FROZEN
         reserve n12 young>used 5        → NOT_YET_VALID
         reserve n13 past>used 5         → EXPIRED
         reserve n14 spent>used 5        → USES_EXHAUSTED 0
         reserve n15 risky>used 11       → QUOTA_INSUFFICIENT 10
         reserve n16 risky>used 10       → RISK_REFUSED
         adjust n17 h1 999               → QUOTA_INSUFFICIENT 90
         restore n18 h1 5                → QUOTA_INSUFFICIENT 0
         shift n19 h1 limit              → QUOTA_INSUFFICIENT 0
         shift n20 h1 used               → ENTRY_FIELD to",
    );
}

#[test]
fn sums_that_cannot_be_counted_are_refused() {
    let most = i64::MAX;
    Bench::of(vec![account("outside").outside(), account("other").outside(), account("limit")])
        .run(&format!(
            "transfer t1 outside>limit {most} → limit {most}
             transfer t2 other>limit 1        → AMOUNT_OVERFLOW
             transfer t3 outside>other 2      → AMOUNT_OVERFLOW
             reserve h1 limit>other {most}    → limit 0"
        ));
}

#[test]
fn a_chain_stands_or_falls_and_each_of_a_posting_has_its_answer() {
    let mut bench = guarantee();
    bench.run("transfer file guarantor>limit 100");
    let line = |text: &str| entry(&text.split_whitespace().collect::<Vec<_>>());
    let posting = Posting {
        basis: Basis::new("test"),
        terms: Terms::Each,
        entries: vec![
            line("reserve a limit>used 40"),
            line("reserve b limit>used 40").linked(),
            line("settle c b").linked(),
            line("reserve d limit>used 40"),
            line("reserve e limit>used 60"),
            line("reserve a limit>used 40"),
            line("reserve a limit>used 41"),
        ],
    };
    let events = bench.ask(BookCommand::post(posting.clone())).unwrap();
    let [BookEvent::Posted(posted)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(posted.lines.len(), 2, "a and e");
    let short = BookError::Insufficient { available: 20 };
    let refused =
        [(1, BookError::Chain), (2, BookError::Chain), (3, short), (6, BookError::IdReused)];
    assert_eq!(posted.refused, refused);
    assert_eq!(
        posted.after.len(),
        1,
        "what a refused chain touched is not told: {:?}",
        posted.after
    );
    bench.stands("", "limit 100/100");
    let together = Posting { terms: Terms::Together, ..posting };
    assert_eq!(
        bench.ask(BookCommand::post(together)),
        Err(BookError::Insufficient { available: 0 })
    );
    let none = Posting::new(Basis::default());
    assert!(matches!(bench.ask(BookCommand::post(none)), Err(BookError::Field(_))));
    let many = vec![line("reserve z limit>used 1"); ENTRIES_MAX + 1];
    let many = Posting { entries: many, ..Posting::default() };
    assert!(matches!(bench.ask(BookCommand::post(many)), Err(BookError::Field(_))));
}

#[test]
fn an_opening_is_checked_and_comes_again_harmlessly() {
    let mut bench = guarantee();
    let opening = bench.book.opening().unwrap().clone();
    assert_eq!(bench.ask(BookCommand::Open(Box::new(opening.clone()))), Ok(vec![]));
    let other = Opening { place: "440100".to_owned(), ..opening };
    assert_eq!(bench.ask(BookCommand::Open(Box::new(other))), Err(BookError::Taken));
    for wrong in [
        vec![],
        vec![account("Limit")],
        vec![account("away.cny.2")],
        vec![account("lent.440300")],
        vec![account("a"), account("a")],
        vec![AccountSpec { floor: Some(1), ..account("a") }],
        vec![AccountSpec { unit: Unit::new("¥", 2), ..account("a") }],
    ] {
        let opening = Opening { accounts: wrong.clone(), ..Opening::default() };
        let mut fresh = Bench {
            book: Book::default(),
            rules: Rules::default(),
            now: START,
            commands: 0,
            events: Vec::new(),
        };
        let answer = fresh.ask(BookCommand::Open(Box::new(opening)));
        assert!(matches!(answer, Err(BookError::Field(_))), "{wrong:?}: {answer:?}");
        assert_eq!(fresh.line("transfer t a>b 1"), Err(BookError::NoBook));
    }
    let standing = Standing::default();
    assert!(ledger::book::lines_of(&bench.events[0], &"limit".into(), &standing).is_empty());
}
