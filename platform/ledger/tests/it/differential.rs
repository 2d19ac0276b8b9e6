//! The book against the auditor: the same commands, the same answers, the same figures.

use codes::Moment;
use kernel::{Actor, Aggregate as _, CommandId, Context};
use ledger::audit::Auditor;
use ledger::audit::compare::{audit, audit_refusal};
use ledger::audit::random::{Random, accounts};
use ledger::book::{After, queries::Standing};
use ledger::{
    AccountName, Basis, Book, BookCommand, BookError, BookEvent, Opening, Rules, Terms, Unit,
};
use std::collections::BTreeMap;

/// Pseudo-random numbers (`SplitMix64`) of one seed.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

struct Run {
    book: Book,
    /// The same book, folded from the text of its events.
    reread: Book,
    auditor: Auditor,
    random: Random,
    chance: Chance,
    now: Moment,
    commands: u64,
    answers: BTreeMap<String, u64>,
    /// How each account stood after the last event that changed it.
    stood: BTreeMap<String, (i64, i64)>,
}

const START: Moment = Moment::from_us(1_770_858_000_000_000);

impl Run {
    fn new(seed: u64) -> Self {
        let mut run = Self {
            book: Book::default(),
            reread: Book::default(),
            auditor: Auditor::default(),
            random: Random::of(&seed.to_string()),
            chance: Chance(seed),
            now: START,
            commands: 0,
            answers: BTreeMap::new(),
            stood: BTreeMap::new(),
        };
        let opening = Opening { accounts: accounts(), ..Opening::default() };
        run.step(BookCommand::Open(Box::new(opening))).unwrap();
        run
    }

    fn step(&mut self, command: BookCommand) -> Result<(), String> {
        self.commands += 1;
        let cx = Context {
            now: self.now,
            actor: Actor::system("test"),
            command: CommandId::derive(&[&self.commands.to_be_bytes()]),
            cause: None,
        };
        let posting = match &command {
            BookCommand::Post(posting) => Some((**posting).clone()),
            _ => None,
        };
        match self.book.decide(&Rules::default(), &cx, command) {
            Ok(events) => {
                for event in &events {
                    self.fold(event)?;
                }
                audit(&mut self.auditor, self.now, &events, posting.as_ref())
            }
            Err(why) => {
                self.count(&why);
                let Some(posting) = posting else { return Ok(()) };
                audit_refusal(&mut self.auditor, self.now, &posting, &why)
            }
        }
    }

    fn count(&mut self, why: &BookError) {
        use codes::Coded as _;
        *self.answers.entry(why.reason().to_owned()).or_default() += 1;
    }

    fn fold(&mut self, event: &BookEvent) -> Result<(), String> {
        if let BookEvent::Posted(posted) = event {
            for (_, why) in &posted.refused {
                self.count(why);
            }
        }
        self.statement(event)?;
        let text = serde_json::to_string(event).map_err(|error| error.to_string())?;
        let reread: BookEvent = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        assert_eq!(reread, *event, "{text}");
        self.book.evolve(event);
        self.reread.evolve(&reread);
        Ok(())
    }

    /// The lines of a statement lead from how an account stood to how it stands.
    fn statement(&mut self, event: &BookEvent) -> Result<(), String> {
        for After(name, posted, reserved, uses) in ledger::audit::compare::after(event) {
            let after = Standing {
                posted: *posted,
                reserved: *reserved,
                uses: *uses,
                ..Standing::default()
            };
            let lines = ledger::book::lines_of(event, name, &after);
            let before = self.stood.insert(name.to_string(), (*posted, *reserved));
            let moved = lines
                .iter()
                .fold((0, 0), |(p, r), line| (p + line.posted_by, r + line.reserved_by));
            let before = before.unwrap_or_default();
            if (before.0 + moved.0, before.1 + moved.1) != (*posted, *reserved) {
                return Err(format!(
                    "{name}: {before:?} and {lines:?} give not {posted}, {reserved}: {event:?}"
                ));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> BookCommand {
        let chance = &mut self.chance;
        self.now = self.now.plus_us(i64::try_from(chance.below(2_000_000)).unwrap());
        let key = chance.below(3).to_string();
        match chance.below(60) {
            0 => BookCommand::Freeze {
                key,
                accounts: vec!["limit".into()],
                basis: Basis::new("风险"),
            },
            1 | 2 => BookCommand::Unfreeze { key, basis: Basis::new("解除") },
            3 => BookCommand::SetFloor {
                account: AccountName::from("credit"),
                floor: Some(-i64::try_from(chance.below(1_000)).unwrap()),
                basis: Basis::new("授信"),
            },
            4 => BookCommand::Sweep { upto: self.now },
            _ => {
                let terms = if chance.below(4) == 0 { Terms::Together } else { Terms::Each };
                let mut draw = |bound| chance.below(bound);
                let posting = self.random.posting(self.now, terms, 8, &mut draw);
                BookCommand::post(posting)
            }
        }
    }

    fn compare(&self) {
        for account in self.book.accounts() {
            let figures = &account.figures;
            let name = account.spec.name.as_str();
            let said = self.auditor.figures(name).unwrap();
            let found = (i128::from(figures.posted), i128::from(figures.reserved), figures.uses);
            assert_eq!(said, found, "{name}");
            assert_eq!(self.reread.account(name).unwrap().figures, *figures, "{name} read again");
        }
        assert_eq!(self.book.sum(&Unit::FEN), 0);
        let mut holds: Vec<_> = self.book.reservations().collect();
        let mut again: Vec<_> = self.reread.reservations().collect();
        holds.sort_by_key(|(id, _)| *id);
        again.sort_by_key(|(id, _)| *id);
        assert_eq!(holds, again);
    }
}

fn run(seed: u64, commands: u64) -> BTreeMap<String, u64> {
    let mut run = Run::new(seed);
    for n in 0..commands {
        let command = run.command();
        let asked = format!("{command:?}");
        if let Err(why) = run.step(command) {
            panic!("seed {seed}, command {n}: {why}\n{asked}");
        }
        if n % 50 == 0 {
            run.compare();
        }
    }
    run.compare();
    run.answers
}

#[test]
fn book_and_auditor_give_the_same_answers() {
    let mut answers: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..60 {
        for (reason, times) in run(seed, 120) {
            *answers.entry(reason).or_default() += times;
        }
    }
    for reason in [
        "ID_REUSED",
        "CHAIN_REFUSED",
        "ENTRY_FIELD",
        "UNIT_DIFFERS",
        "RESERVATION_UNKNOWN",
        "CLOSED",
        "STILL_WAITING",
        "SETTLED_ELSEWHERE",
        "FROZEN",
        "EXPIRED",
        "USES_EXHAUSTED",
        "QUOTA_INSUFFICIENT",
    ] {
        assert!(answers.contains_key(reason), "{reason} was never met: {answers:?}");
    }
}
