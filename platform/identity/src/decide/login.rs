//! The login: registered, used, locked after too many wrong passwords, tied to a party and to posts.

use crate::error::IdentityError;
use crate::event::{LoginEvent, Proof};
use crate::model::{Assurance, LoginKey, Post};
use blobs::BlobId;
use codes::Moment;
use kernel::{Aggregate, Context, Deadline, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person signs in with (登录账号).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    pub(crate) proof: Option<Proof>,
    pub(crate) failures: u32,
    pub(crate) locked_until: Option<Moment>,
    pub(crate) party: Option<PartyKey>,
    pub(crate) posts: BTreeSet<Post>,
}

/// When a login locks, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockRules {
    /// The wrong passwords in a row after which it locks.
    pub failures_max: u32,
    /// For how many seconds it stays locked.
    pub lock_seconds: i64,
}

impl Default for LockRules {
    /// Five tries, a quarter of an hour: GB/T 22239-2019 8.1.4.1 asks for a limit and leaves the figures open.
    fn default() -> Self {
        Self { failures_max: 5, lock_seconds: 15 * 60 }
    }
}

/// What may be asked of a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginCommand {
    /// Make it.
    Register {
        /// How it proves who is there.
        proof: Proof,
    },
    /// Make it if it is not there yet: the people of an identity provider arrive unannounced.
    Ensure {
        /// How it proves who is there.
        proof: Proof,
    },
    /// Give it another password.
    ChangePassword {
        /// The sealed hash.
        secret: BlobId,
    },
    /// Record that a proof held.
    SignIn {
        /// How sure that is.
        assurance: Assurance,
    },
    /// Record that a password was wrong.
    FailSignIn,
    /// Take passwords again: the lock's own deadline, or an operator.
    Unlock,
    /// Tie it to a party.
    AttachParty {
        /// The party.
        party: PartyKey,
    },
    /// Give its holder a post.
    AttachOfficer {
        /// The post.
        post: Post,
        /// The name of the officer.
        name: String,
    },
    /// Take a post from its holder.
    DetachOfficer {
        /// The post.
        post: Post,
    },
}

impl Login {
    fn fail(&self, rules: LockRules, now: Moment) -> Vec<LoginEvent> {
        let failures = self.failures.saturating_add(1);
        let mut events = vec![LoginEvent::SignInFailed { failures }];
        if failures >= rules.failures_max {
            events.push(LoginEvent::Locked { until: now.plus_seconds(rules.lock_seconds) });
        }
        events
    }

    fn change(&self, command: LoginCommand) -> Result<Vec<LoginEvent>, IdentityError> {
        Ok(match command {
            LoginCommand::ChangePassword { secret } => match self.proof {
                Some(Proof::Password { .. }) => vec![LoginEvent::PasswordChanged { secret }],
                _ => return Err(IdentityError::NoPassword),
            },
            LoginCommand::AttachParty { party } if self.party.as_ref() == Some(&party) => {
                Vec::new()
            }
            LoginCommand::AttachParty { party } => vec![LoginEvent::PartyAttached { party }],
            LoginCommand::AttachOfficer { post, .. } if self.posts.contains(&post) => Vec::new(),
            LoginCommand::AttachOfficer { post, name } => {
                vec![LoginEvent::OfficerAttached { post, name }]
            }
            LoginCommand::DetachOfficer { post } if self.posts.contains(&post) => {
                vec![LoginEvent::OfficerDetached { post }]
            }
            LoginCommand::Unlock if self.locked_until.is_some() => vec![LoginEvent::Unlocked],
            _ => Vec::new(),
        })
    }
}

impl Aggregate for Login {
    const KIND: &'static str = "login";
    type Key = LoginKey;
    type Command = LoginCommand;
    type Event = LoginEvent;
    type Error = IdentityError;
    type World = LockRules;

    fn decide(
        &self,
        rules: &LockRules,
        cx: &Context,
        command: LoginCommand,
    ) -> Result<Vec<LoginEvent>, IdentityError> {
        match (&self.proof, command) {
            (None, LoginCommand::Register { proof } | LoginCommand::Ensure { proof }) => {
                Ok(vec![LoginEvent::Registered { proof }])
            }
            (None, _) => Err(IdentityError::Unknown),
            (Some(_), LoginCommand::Register { .. }) => Err(IdentityError::LoginTaken),
            (Some(_), LoginCommand::Ensure { .. }) => Ok(Vec::new()),
            (Some(_), LoginCommand::SignIn { .. } | LoginCommand::FailSignIn)
                if self.locked_until.is_some_and(|until| cx.now < until) =>
            {
                Err(IdentityError::Locked { until: self.locked_until.unwrap_or_default() })
            }
            (Some(_), LoginCommand::SignIn { assurance }) => {
                Ok(vec![LoginEvent::SignedIn { assurance }])
            }
            (Some(_), LoginCommand::FailSignIn) => Ok(self.fail(*rules, cx.now)),
            (Some(_), command) => self.change(command),
        }
    }

    fn evolve(&mut self, event: &LoginEvent) {
        crate::evolve::login(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<LoginCommand>> {
        self.locked_until
            .map(|at| Deadline { name: "unlock".to_owned(), at, command: LoginCommand::Unlock })
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{OrganKey, spec};

    fn proof() -> Proof {
        Proof::Password { secret: BlobId("aa".into()) }
    }

    fn at(second: i64) -> Moment {
        Moment::default().plus_seconds(second)
    }

    const RULES: LockRules = LockRules { failures_max: 3, lock_seconds: 60 };

    #[test]
    fn a_name_is_given_once_and_ensuring_it_twice_changes_nothing() {
        let mut login = spec::given::<Login>(&RULES, []);
        assert_eq!(
            login.when(LoginCommand::SignIn { assurance: Assurance::Password }),
            Err(IdentityError::Unknown)
        );
        login.when(LoginCommand::Register { proof: proof() }).unwrap();
        assert_eq!(
            login.when(LoginCommand::Register { proof: proof() }),
            Err(IdentityError::LoginTaken)
        );
        assert_eq!(login.when(LoginCommand::Ensure { proof: proof() }), Ok(vec![]));
    }

    #[test]
    fn the_third_wrong_password_locks_and_time_unlocks() {
        let past = [LoginEvent::Registered { proof: proof() }];
        let mut login = spec::given::<Login>(&RULES, past).at(at(0));
        for failures in 1..=2 {
            assert_eq!(
                login.when(LoginCommand::FailSignIn),
                Ok(vec![LoginEvent::SignInFailed { failures }])
            );
        }
        assert_eq!(
            login.when(LoginCommand::FailSignIn).unwrap().last(),
            Some(&LoginEvent::Locked { until: at(60) })
        );
        let right = LoginCommand::SignIn { assurance: Assurance::Password };
        assert_eq!(login.when(right.clone()), Err(IdentityError::Locked { until: at(60) }));
        assert_eq!(
            login.when(LoginCommand::FailSignIn),
            Err(IdentityError::Locked { until: at(60) })
        );
        assert_eq!(login.wind(at(60)), Ok(vec![LoginEvent::Unlocked]));
        assert_eq!(login.state.failures, 0);
        assert!(login.when(right).is_ok());
    }

    #[test]
    fn a_right_password_forgets_the_wrong_ones() {
        let past =
            [LoginEvent::Registered { proof: proof() }, LoginEvent::SignInFailed { failures: 2 }];
        let mut login = spec::given::<Login>(&RULES, past);
        login.when(LoginCommand::SignIn { assurance: Assurance::Password }).unwrap();
        assert_eq!(
            login.when(LoginCommand::FailSignIn),
            Ok(vec![LoginEvent::SignInFailed { failures: 1 }])
        );
    }

    #[test]
    fn posts_come_and_go_once() {
        let post = Post { organ: OrganKey::new("440115-market"), role: crate::model::Role::Head };
        let mut login = spec::given::<Login>(&RULES, [LoginEvent::Registered { proof: proof() }]);
        let attach = LoginCommand::AttachOfficer { post: post.clone(), name: "李敏".into() };
        assert_eq!(login.when(attach.clone()).unwrap().len(), 1);
        assert_eq!(login.when(attach), Ok(vec![]));
        let detach = LoginCommand::DetachOfficer { post };
        assert_eq!(login.when(detach.clone()).unwrap().len(), 1);
        assert_eq!(login.when(detach), Ok(vec![]));
    }

    #[test]
    fn who_signs_in_elsewhere_has_no_password_to_change() {
        let past =
            [LoginEvent::Registered { proof: Proof::Federated { issuer: "https://id".into() } }];
        let mut login = spec::given::<Login>(&RULES, past);
        assert_eq!(
            login.when(LoginCommand::ChangePassword { secret: BlobId("bb".into()) }),
            Err(IdentityError::NoPassword)
        );
    }
}
