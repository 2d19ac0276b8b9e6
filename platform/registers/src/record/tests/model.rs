//! Random histories against the plainest model there is: what was said last of an instant is what is believed of it.

use super::*;
use kernel::{Actor, Body, CommandId, Context, Recorded, Shard};
use proptest::prelude::*;
use std::sync::Arc;

/// One step of a history: an act on the ownership over days.
#[derive(Clone, Debug)]
enum Step {
    /// From this day on somebody holds.
    Amend(u8, u8),
    /// Over these days somebody else held, or nobody.
    Correct(u8, Option<u8>, Option<u8>),
    /// A seizure comes.
    Seize,
    /// One of them goes.
    Release(u8),
    /// One of them is prolonged.
    Renew(u8),
    /// So many days pass.
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..60, 0_u8..5).prop_map(|(from, who)| Step::Amend(from, who)),
        (0_u8..60, prop::option::of(1_u8..30), prop::option::of(0_u8..5))
            .prop_map(|(from, long, who)| Step::Correct(from, long, who)),
        Just(Step::Seize),
        (1_u8..8).prop_map(Step::Release),
        (1_u8..8).prop_map(Step::Renew),
        (1_u16..500).prop_map(Step::Pass),
    ]
}

const DAY_US: i64 = 86_400_000_000;

fn start() -> Moment {
    midnight(2016, 1, 1)
}

fn day(n: u8) -> Moment {
    start().plus_us(i64::from(n) * DAY_US)
}

fn holder(who: u8) -> Statement {
    owned_by(&format!("p{who}")).1
}

/// What the plain model knows: for each day of sixty and the open end, who holds, said in order.
#[derive(Clone, Default)]
struct Plain {
    /// (recorded, from, to, who): later rows override earlier ones.
    said: Vec<(Moment, Moment, Option<Moment>, Option<String>)>,
}

impl Plain {
    fn who(&self, valid: Moment, known: Moment) -> Option<String> {
        let said = self.said.iter().rev().find(|(recorded, from, to, _)| {
            *recorded <= known && *from <= valid && to.is_none_or(|to| valid < to)
        });
        said.and_then(|(.., who)| who.clone())
    }
}

struct Played {
    events: Vec<Recorded>,
    state: Record,
    plain: Plain,
    instants: Vec<Moment>,
}

fn command(step: &Step) -> Option<RecordCommand> {
    let section = SectionId::new("ownership");
    Some(match step {
        Step::Amend(from, who) => RecordCommand::Amend(Box::new(Amend {
            act: act("change"),
            statements: BTreeMap::from([(section, holder(*who))]),
            from: Some(day(*from)),
        })),
        Step::Correct(from, long, who) => RecordCommand::Correct(Box::new(Correct {
            act: act("correction"),
            section,
            from: day(*from),
            to: long.map(|long| day(from + long)),
            statement: who.map(holder),
            reason: "误记".to_owned(),
            own_error: true,
        })),
        Step::Seize => restrict("seizure", "执1号"),
        Step::Release(no) => release(u32::from(*no)),
        Step::Renew(no) => renew(u32::from(*no), None),
        Step::Pass(_) => return None,
    })
}

fn play(facts: &Facts, steps: &[Step]) -> Played {
    let mut now = day(61);
    let mut played = Played {
        events: Vec::new(),
        state: Record::default(),
        plain: Plain::default(),
        instants: vec![now],
    };
    let first = enter(Some(start()));
    played.plain.said.push((now, start(), None, Some("wang".to_owned())));
    submit(facts, &mut played, now, first).unwrap();
    for step in steps {
        now = now.plus_us(1_000_000);
        if let Step::Pass(days) = step {
            now = now.plus_us(i64::from(*days) * DAY_US);
        }
        played.instants.push(now);
        let Some(command) = command(step) else { continue };
        if submit(facts, &mut played, now, command).is_ok() {
            let (from, to, who) = match step {
                Step::Amend(from, who) => (day(*from), None, Some(*who)),
                Step::Correct(from, long, who) => {
                    (day(*from), long.map(|long| day(from + long)), *who)
                }
                _ => continue,
            };
            played.plain.said.push((now, from, to, who.map(|who| format!("p{who}"))));
        }
    }
    submit(facts, &mut played, now, RecordCommand::Tick).unwrap();
    played
}

fn submit(
    facts: &Facts,
    played: &mut Played,
    now: Moment,
    command: RecordCommand,
) -> Result<(), RecordError> {
    let cx = Context {
        now,
        actor: Actor::system("model"),
        command: CommandId::derive(&[b"model"]),
        cause: None,
    };
    for event in played.state.decide(facts, &cx, command)? {
        played.state.evolve(&event);
        let seq = played.events.len() as u64 + 1;
        played.events.push(Recorded {
            shard: Shard::new("440300"),
            seq,
            kind: Arc::from("record"),
            key: Arc::from(format!("real_estate/{UNIT}")),
            version: seq,
            schema: 1,
            at: now,
            actor: Arc::new(Actor::system("model")),
            command: cx.command,
            cause: None,
            body: Body::of(&event).unwrap(),
        });
    }
    Ok(())
}

fn who(snapshot: &Snapshot) -> Option<String> {
    let mut held = snapshot.sections().filter(|(id, _)| id.kind() == "ownership");
    held.next().and_then(|(_, said)| said.holders.first().map(|one| one.party.to_string()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn as_of_says_what_was_said_last_of_that_instant(steps in prop::collection::vec(step(), 0..30)) {
        let facts = backdated();
        let played = play(&facts, &steps);
        for known in &played.instants {
            for n in (0..90_u8).step_by(7).chain([59, 60, 61]) {
                let snapshot = as_of(&played.events, day(n), *known).unwrap();
                prop_assert_eq!(who(&snapshot), played.plain.who(day(n), *known), "day {} known {}", n, known);
            }
        }
        // Folding the events of the journal gives the state that decided them.
        let folded = belief(&played.events, Moment::from_us(i64::MAX)).unwrap();
        prop_assert_eq!(&folded, &played.state);
    }

    #[test]
    fn of_seizures_the_first_in_time_binds_and_no_two_bind_at_once(steps in prop::collection::vec(step(), 0..40)) {
        let facts = backdated();
        let played = play(&facts, &steps);
        let state = &played.state;
        let segments: Vec<&Segment> = state.believed.values().filter(|segment| segment.standing().is_some()).collect();
        let instants = segments.iter().flat_map(|segment| [Some(segment.from), segment.to]).flatten();
        for instant in instants {
            let standing: Vec<_> = state.standing_at(instant).collect();
            let bound: Vec<_> = standing.iter().filter(|(_, held)| held.phase == Phase::InForce).collect();
            let ended_late = |no: &RestrictionNo| state.restrictions[no].is_some_and(|(_, at)| at <= instant);
            let alive: Vec<_> = standing.iter().filter(|(_, held)| !ended_late(&held.restriction.no)).collect();
            prop_assert!(bound.len() <= 1, "{} bind at {instant}", bound.len());
            if let (Some((_, first)), Some((_, binds))) = (alive.first(), bound.first()) {
                prop_assert!(first.restriction.no >= binds.restriction.no, "rank is kept");
            }
            if instant <= *played.instants.last().unwrap() && !alive.is_empty() {
                prop_assert_eq!(bound.len(), 1, "somebody binds while somebody waits, at {}", instant);
            }
        }
    }
}
