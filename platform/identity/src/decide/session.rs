//! The session: opened by a proof, kept alive by use, never beyond its longest.

use crate::error::IdentityError;
use crate::event::{SessionEnd, SessionEvent};
use crate::model::{Acting, Assurance, LoginKey, SessionKey};
use codes::Moment;
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};

/// A browser in which somebody is signed in (会话).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub(crate) login: Option<LoginKey>,
    pub(crate) acting: Option<Acting>,
    pub(crate) until: Moment,
    pub(crate) latest: Moment,
    pub(crate) ended: bool,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// The seconds without a request after which it ends.
    pub idle_seconds: i64,
    /// The seconds after which it ends whatever happens.
    pub longest_seconds: i64,
}

impl Default for SessionRules {
    /// Two hours without a request, twelve in all.
    fn default() -> Self {
        Self { idle_seconds: 2 * 3600, longest_seconds: 12 * 3600 }
    }
}

impl SessionRules {
    /// Whether a session that ends at `until` is worth extending at `now`: when half of its idle time is over, so that
    /// a busy session writes an event an hour and not an event a request.
    #[must_use]
    pub fn worth_extending(&self, now: Moment, until: Moment, latest: Moment) -> bool {
        until < latest && now.plus_seconds(self.idle_seconds / 2) >= until
    }
}

/// What may be asked of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionCommand {
    /// Begin.
    Open {
        /// Whose.
        login: LoginKey,
        /// As whom the person acts at first.
        acting: Option<Acting>,
        /// How sure it is who is there.
        assurance: Assurance,
    },
    /// Act as another from now on. Whether the person may was asked by the page, and is asked again on every request.
    Switch {
        /// As whom.
        acting: Acting,
    },
    /// Go on.
    Extend,
    /// End.
    End {
        /// Why.
        cause: SessionEnd,
    },
}

impl Aggregate for Session {
    const KIND: &'static str = "session";
    type Key = SessionKey;
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Error = IdentityError;
    type World = SessionRules;

    fn decide(
        &self,
        rules: &SessionRules,
        cx: &Context,
        command: SessionCommand,
    ) -> Result<Vec<SessionEvent>, IdentityError> {
        let begun = self.login.is_some();
        let over = self.ended || (begun && cx.now >= self.until);
        Ok(match command {
            SessionCommand::Open { .. } if begun => Vec::new(),
            SessionCommand::Open { login, acting, assurance } => vec![SessionEvent::Opened {
                login,
                acting,
                assurance,
                until: cx.now.plus_seconds(rules.idle_seconds.min(rules.longest_seconds)),
                latest: cx.now.plus_seconds(rules.longest_seconds),
            }],
            SessionCommand::End { .. } if self.ended => Vec::new(),
            _ if !begun => return Err(IdentityError::Unknown),
            SessionCommand::End { cause } => vec![SessionEvent::Ended { cause }],
            _ if over => return Err(IdentityError::SessionEnded),
            SessionCommand::Switch { acting } if self.acting.as_ref() == Some(&acting) => {
                Vec::new()
            }
            SessionCommand::Switch { acting } => vec![SessionEvent::Switched { acting }],
            SessionCommand::Extend => {
                let until = cx.now.plus_seconds(rules.idle_seconds).min(self.latest);
                if until > self.until { vec![SessionEvent::Extended { until }] } else { Vec::new() }
            }
        })
    }

    fn evolve(&mut self, event: &SessionEvent) {
        crate::evolve::session(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<SessionCommand>> {
        if self.ended || self.login.is_none() {
            return Vec::new();
        }
        let command = SessionCommand::End { cause: SessionEnd::Expired };
        vec![Deadline { name: "expire".to_owned(), at: self.until, command }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{PartyKey, spec};

    const RULES: SessionRules = SessionRules { idle_seconds: 100, longest_seconds: 250 };

    fn at(second: i64) -> Moment {
        Moment::default().plus_seconds(second)
    }

    fn open() -> SessionCommand {
        SessionCommand::Open {
            login: LoginKey::new("chen"),
            acting: Some(Acting::Party(PartyKey::new("p"))),
            assurance: Assurance::Password,
        }
    }

    #[test]
    fn use_extends_a_session_but_never_beyond_its_longest() {
        let mut session = spec::given::<Session>(&RULES, []).at(at(0));
        session.when(open()).unwrap();
        assert_eq!(session.state.until, at(100));
        let mut session = session.at(at(90));
        assert_eq!(
            session.when(SessionCommand::Extend),
            Ok(vec![SessionEvent::Extended { until: at(190) }])
        );
        let mut session = session.at(at(180));
        assert_eq!(
            session.when(SessionCommand::Extend),
            Ok(vec![SessionEvent::Extended { until: at(250) }])
        );
        assert_eq!(session.when(SessionCommand::Extend), Ok(vec![]));
        assert_eq!(
            session.wind(at(250)),
            Ok(vec![SessionEvent::Ended { cause: SessionEnd::Expired }])
        );
        assert_eq!(session.when(SessionCommand::Extend), Err(IdentityError::SessionEnded));
        assert!(session.state.deadlines().is_empty());
    }

    #[test]
    fn a_session_that_ran_out_takes_no_switch_even_before_its_timer_fires() {
        let mut session = spec::given::<Session>(&RULES, []).at(at(0));
        session.when(open()).unwrap();
        let mut session = session.at(at(100));
        let switch = SessionCommand::Switch { acting: Acting::Party(PartyKey::new("q")) };
        assert_eq!(session.when(switch), Err(IdentityError::SessionEnded));
    }

    #[test]
    fn ending_twice_and_switching_to_the_same_change_nothing() {
        let mut session = spec::given::<Session>(&RULES, []).at(at(0));
        session.when(open()).unwrap();
        let same = SessionCommand::Switch { acting: Acting::Party(PartyKey::new("p")) };
        assert_eq!(session.when(same), Ok(vec![]));
        let end = SessionCommand::End { cause: SessionEnd::SignedOut };
        assert_eq!(session.when(end.clone()).unwrap().len(), 1);
        assert_eq!(session.when(end), Ok(vec![]));
    }

    #[test]
    fn a_session_is_extended_once_its_idle_time_is_half_over() {
        assert!(!RULES.worth_extending(at(49), at(100), at(250)));
        assert!(RULES.worth_extending(at(50), at(100), at(250)));
        assert!(!RULES.worth_extending(at(240), at(250), at(250)));
    }
}
