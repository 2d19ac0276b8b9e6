//! A gate that answers from a table.

use kernel::Actor;
use module::{Denied, Gate, Resource};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A rule about an action: whose, and whether it is allowed.
#[derive(Clone, Debug)]
struct Rule {
    /// Whom it concerns; nobody in particular means everybody.
    actor: Option<Actor>,
    /// Which action; `*` means every action.
    action: String,
    allowed: bool,
}

/// A gate that allows everything but what a test forbids; the last rule that fits decides.
#[derive(Debug, Default)]
pub struct TableGate {
    rules: Mutex<Vec<Rule>>,
}

impl TableGate {
    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rule(&self, actor: Option<&Actor>, action: &str, allowed: bool) {
        self.rules().push(Rule { actor: actor.cloned(), action: action.to_owned(), allowed });
    }

    /// Forbids an action (`*`: every action) to an actor, or to everybody.
    pub fn forbid(&self, actor: Option<&Actor>, action: &str) {
        self.rule(actor, action, false);
    }

    /// Allows an action (`*`: every action) to an actor, or to everybody, whatever was forbidden before.
    pub fn allow(&self, actor: Option<&Actor>, action: &str) {
        self.rule(actor, action, true);
    }
}

impl Gate for TableGate {
    fn judge(&self, actor: &Actor, action: &'static str, on: &dyn Resource) -> Result<(), Denied> {
        let rules = self.rules();
        let fits = |rule: &&Rule| {
            (rule.action == "*" || rule.action == action)
                && rule.actor.as_ref().is_none_or(|a| a == actor)
        };
        if rules.iter().rev().find(fits).is_none_or(|rule| rule.allowed) {
            return Ok(());
        }
        if *actor == Actor::Public {
            return Err(Denied::SignedOut);
        }
        let (kind, id) = on.entity();
        Err(Denied::NotEntitled { action, kind, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module::Subject;

    #[test]
    fn the_last_rule_that_fits_decides() {
        let gate = TableGate::default();
        let (clerk, thing) = (Actor::system("clerk"), Subject::new("Case", "1"));
        let judge = |actor: &Actor, action| gate.judge(actor, action, &thing);
        assert_eq!(judge(&clerk, "case.open"), Ok(()));
        gate.forbid(None, "case.open");
        let id = "1".to_owned();
        assert_eq!(
            judge(&clerk, "case.open"),
            Err(Denied::NotEntitled { action: "case.open", kind: "Case", id })
        );
        assert_eq!(judge(&Actor::Public, "case.open"), Err(Denied::SignedOut));
        assert_eq!(judge(&clerk, "case.read"), Ok(()));
        gate.allow(Some(&clerk), "*");
        assert_eq!(judge(&clerk, "case.open"), Ok(()));
        assert_eq!(judge(&Actor::Public, "case.open"), Err(Denied::SignedOut));
    }
}
