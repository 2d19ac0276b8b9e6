//! What a propagation decides, without a runtime.

use super::*;
use codes::Date;
use kernel::spec;

fn rules() -> PropagationRules {
    PropagationRules::new(Calendar::embedded())
}

fn at(day: i8, hour: i8) -> Moment {
    Moment::from_wall(Date::constant(2026, 2, day).at(hour, 0, 0, 0))
}

fn lifted() -> Box<Telling> {
    Box::new(Telling::new("credit.restriction_lifted", "解除限制", "办法第六条"))
}

fn tell(to: &[&str]) -> PropagationCommand {
    let to = to.iter().map(|&key| key.to_owned()).collect();
    PropagationCommand::Tell { telling: lifted(), to }
}

fn confirm(round: u32, recipient: &str) -> PropagationCommand {
    PropagationCommand::Confirm { round, recipient: recipient.to_owned() }
}

fn fail(recipient: &str, attempt: u32, for_good: bool) -> PropagationCommand {
    let recipient = recipient.to_owned();
    PropagationCommand::Fail { round: 1, recipient, attempt, why: "503".to_owned(), for_good }
}

#[test]
fn a_further_round_reaches_everybody_who_was_told_before() {
    let rules = rules();
    let mut given = spec::given::<Propagation>(&rules, []).at(at(2, 9));
    assert_eq!(given.when(tell(&[])), Err(PropagationError::NobodyToTell));
    given.when(tell(&["a", "b"])).unwrap();
    assert_eq!(given.when(tell(&["a"])), Ok(vec![]), "the same again");
    let more = given.when(tell(&["a", "c"])).unwrap();
    assert!(
        matches!(&more[..], [PropagationEvent::Told { round: 2, to, .. }] if to.len() == 3),
        "{more:?}"
    );
    assert_eq!(given.when(confirm(1, "a")), Ok(vec![]), "a receipt of the round before");
    let over = Box::new(Telling::new("credit.listed", "x", "y"));
    let undone =
        given.when(PropagationCommand::Tell { telling: over, to: BTreeSet::new() }).unwrap();
    assert!(matches!(&undone[..], [PropagationEvent::Told { round: 3, to, .. }] if to.len() == 3));
}

#[test]
fn pauses_grow_and_after_three_working_days_a_supervisor_hears_of_it() {
    let rules = rules();
    // Monday, 2 February 2026.
    let mut given = spec::given::<Propagation>(&rules, []).at(at(2, 9));
    given.when(tell(&["a", "dead"])).unwrap();
    given.when(confirm(1, "a")).unwrap();
    given.when(fail("dead", 1, false)).unwrap();
    let tried = given.wind(at(2, 10)).unwrap();
    assert!(matches!(tried[..], [PropagationEvent::Tried { attempt: 2, .. }]), "{tried:?}");
    assert_eq!(given.when(fail("dead", 1, false)), Ok(vec![]), "an answer that comes late");
    let escalated = given.wind(at(6, 9)).unwrap();
    let told = PropagationEvent::Escalated { round: 1, recipients: vec!["dead".to_owned()] };
    assert_eq!(escalated, [told], "Thursday, 24:00");
    // It is tried once a day from here on, and one receipt ends it.
    let failed = given.when(fail("dead", 2, false)).unwrap();
    let PropagationEvent::Failed { again_at, .. } = &failed[0] else { panic!("{failed:?}") };
    assert_eq!(*again_at, Some(at(7, 9)));
    assert_eq!(given.when(confirm(1, "dead")).unwrap().len(), 1);
    assert_eq!(given.when(confirm(1, "dead")), Ok(vec![]), "once");
    assert!(given.state.deadlines().is_empty());
}

#[test]
fn what_can_never_arrive_is_escalated_at_once_and_a_supervisor_ends_it() {
    let rules = rules();
    let mut given = spec::given::<Propagation>(&rules, []).at(at(2, 9));
    assert_eq!(given.when(confirm(1, "a")), Err(PropagationError::NothingTold));
    given.when(tell(&["a", "b"])).unwrap();
    let events = given.when(fail("a", 1, true)).unwrap();
    assert_eq!(events.len(), 2, "{events:?}");
    let again = PropagationCommand::SendAgain { recipient: "a".to_owned() };
    assert!(matches!(given.when(again).unwrap()[..], [PropagationEvent::Tried { attempt: 2, .. }]));
    let settle =
        |how: &str| PropagationCommand::Settle { recipient: "a".to_owned(), how: how.to_owned() };
    assert_eq!(given.when(settle(" ")), Err(PropagationError::TextMissing { key: "how" }));
    assert_eq!(given.when(settle("电话告知并收到回函")).unwrap().len(), 1);
    let stranger = PropagationCommand::SendAgain { recipient: "z".to_owned() };
    let unknown = PropagationError::NoRecipient { recipient: "z".to_owned() };
    assert_eq!(given.when(stranger), Err(unknown));
}

#[test]
fn pauses_double_up_to_four_hours() {
    assert_eq!([1, 2, 3, 8, 9, 40].map(pause_s), [60, 120, 240, 7680, 14_400, 14_400]);
}

#[test]
fn a_recipient_that_lost_what_it_confirmed_is_told_again_under_the_present_round_alone() {
    let rules = rules();
    let mut given = spec::given::<Propagation>(&rules, []).at(at(2, 9));
    let reopen = |round: u32, recipient: &str| PropagationCommand::Reopen {
        round,
        recipient: recipient.to_owned(),
        why: "对账时未见此条".to_owned(),
    };
    given.when(tell(&["a", "b"])).unwrap();
    assert_eq!(given.when(reopen(1, "a")), Ok(vec![]), "it has not confirmed yet");
    given.when(confirm(1, "a")).unwrap();
    assert_eq!(given.when(reopen(2, "a")), Ok(vec![]), "another round");
    let again = given.when(reopen(1, "a")).unwrap();
    assert!(
        matches!(
            &again[..],
            [
                PropagationEvent::Reopened { .. },
                PropagationEvent::Tried { round: 1, attempt: 2, .. }
            ]
        ),
        "{again:?}"
    );
    assert_eq!(given.when(reopen(1, "a")), Ok(vec![]), "it is on its way already");
    assert_eq!(given.when(confirm(1, "a")).unwrap().len(), 1);
    assert!(matches!(given.when(reopen(1, "nobody")), Err(PropagationError::NoRecipient { .. })));
}
