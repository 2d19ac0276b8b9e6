//! Erasing personal data (个人信息删除) while history stays provable: one officer orders it, another confirms it, then the
//! key under which the data lies sealed is destroyed.
//!
//! ```text
//!  Order ──► Ordered ──► Confirm (another officer) ──► Confirmed ──► (errand) key destroyed ──► Erased
//!                └─────► Withdraw ──► Withdrawn
//! ```
//! **Invariant:** nobody erases alone (双人), and nothing that a module says must still be kept.
//! **Invariant:** events name the key and the ground, never what was sealed; every proof over earlier events still verifies.
//!
//! # Source
//! 个人信息保护法 art 47: what is erased at whose asking; art 19: no longer than necessary.

mod errand;
mod error;
mod http;
mod pages;
mod table;

pub use errand::Erase;
pub use error::ErasureError;
pub(crate) use http::router;
pub use table::ERASURES;

use blobs::Vault;
use codes::Label;
use kernel::{Actor, Aggregate, Context, Policy, Reaction, Recorded, Shard, Unreadable};
use module::Registry;
use serde::{Deserialize, Serialize};

/// Brings everything that erasing needs.
pub(crate) fn register(registry: &mut Registry, vault: Vault, home: Shard) {
    registry.aggregate::<Erasure>(std::sync::Arc::new(()));
    registry.projection(table::Erasures);
    registry.policy(EraseOnConfirmed);
    registry.errand::<Erase>(vault);
    registry.router("evidence", router(home));
    registry.access("evidence.erasures", include_str!("erasure/access.cedar"));
}

/// The name of a key of the vault, such as `case/440115-260212-000001-7`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErasureKey(pub String);

impl std::fmt::Display for ErasureKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// On what ground data is erased (个人信息保护法 47, items 1 to 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The purpose is reached, cannot be reached, or no longer needs the data.
    PurposeReached,
    /// The service has ended, or the term of keeping is over.
    TermOver,
    /// The person has withdrawn the consent.
    ConsentWithdrawn,
    /// The data was handled against law or agreement.
    Unlawful,
    /// Another case that law or regulation names.
    OtherLaw,
}

impl Cause {
    /// All of them, in the order of the article.
    pub const ALL: [Self; 5] = [
        Self::PurposeReached,
        Self::TermOver,
        Self::ConsentWithdrawn,
        Self::Unlawful,
        Self::OtherLaw,
    ];

    /// Its word in forms and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PurposeReached => "purpose_reached",
            Self::TermOver => "term_over",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::Unlawful => "unlawful",
            Self::OtherLaw => "other_law",
        }
    }

    /// The cause of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }

    /// What the article says, in short.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::PurposeReached => Label::new(
                "处理目的已实现、无法实现或者不再必要（第一项）",
                "The purpose is reached, cannot be reached or needs the data no more (item 1)",
            ),
            Self::TermOver => Label::new(
                "停止提供服务，或者保存期限已届满（第二项）",
                "The service has ended or the term of keeping is over (item 2)",
            ),
            Self::ConsentWithdrawn => Label::new(
                "个人撤回同意（第三项）",
                "The person has withdrawn the consent (item 3)",
            ),
            Self::Unlawful => Label::new(
                "处理违反法律、行政法规或者约定（第四项）",
                "The data was handled against law or agreement (item 4)",
            ),
            Self::OtherLaw => Label::new(
                "法律、行政法规规定的其他情形（第五项）",
                "Another case that law or regulation names (item 5)",
            ),
        }
    }
}

/// How far an erasure has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nobody ordered it, or the order was withdrawn.
    #[default]
    None,
    /// Ordered, and not confirmed yet.
    Ordered {
        /// The login of the officer who ordered it.
        by: String,
    },
    /// Confirmed; the key is about to be destroyed.
    Confirmed,
    /// The key is destroyed.
    Erased,
}

impl Progress {
    /// Its word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ordered { .. } => "ordered",
            Self::Confirmed => "confirmed",
            Self::Erased => "erased",
        }
    }
}

/// What may be asked of an erasure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ErasureCommand {
    /// Order it.
    Order {
        /// On what ground.
        cause: Cause,
    },
    /// Take the order back.
    Withdraw,
    /// Confirm it, as another officer than the one who ordered it.
    Confirm,
    /// The key is destroyed: what the errand answers.
    Done,
}

/// What happened to an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErasureEvent {
    /// Ordered.
    Ordered {
        /// On what ground.
        cause: Cause,
        /// The login of the officer.
        by: String,
    },
    /// The order was taken back.
    Withdrawn,
    /// Confirmed.
    Confirmed {
        /// The login of the officer.
        by: String,
    },
    /// The key is destroyed, and with it everything that was sealed under it.
    Erased,
}

/// The erasure of what is sealed under one key.
#[derive(Debug, Default)]
pub struct Erasure {
    progress: Progress,
}

impl Aggregate for Erasure {
    const KIND: &'static str = "erasure";
    type Key = ErasureKey;
    type Command = ErasureCommand;
    type Event = ErasureEvent;
    type Error = ErasureError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: ErasureCommand,
    ) -> Result<Vec<ErasureEvent>, ErasureError> {
        let wrong = || Err(ErasureError::WrongState(self.progress.word()));
        match (command, &self.progress) {
            (ErasureCommand::Order { cause }, Progress::None) => {
                Ok(vec![ErasureEvent::Ordered { cause, by: officer(cx)? }])
            }
            (ErasureCommand::Withdraw, Progress::Ordered { .. }) => {
                officer(cx)?;
                Ok(vec![ErasureEvent::Withdrawn])
            }
            (ErasureCommand::Confirm, Progress::Ordered { by }) => {
                let confirmer = officer(cx)?;
                if confirmer == *by {
                    return Err(ErasureError::SamePerson);
                }
                Ok(vec![ErasureEvent::Confirmed { by: confirmer }])
            }
            (ErasureCommand::Done, Progress::Confirmed) => Ok(vec![ErasureEvent::Erased]),
            (ErasureCommand::Done, Progress::Erased) => Ok(Vec::new()),
            _ => wrong(),
        }
    }

    fn evolve(&mut self, event: &ErasureEvent) {
        self.progress = match event {
            ErasureEvent::Ordered { by, .. } => Progress::Ordered { by: by.clone() },
            ErasureEvent::Withdrawn => Progress::None,
            ErasureEvent::Confirmed { .. } => Progress::Confirmed,
            ErasureEvent::Erased => Progress::Erased,
        };
    }
}

fn officer(cx: &Context) -> Result<String, ErasureError> {
    match &cx.actor {
        Actor::Officer { login, .. } => Ok(login.clone()),
        _ => Err(ErasureError::NotAnOfficer),
    }
}

/// Confirmed, so the key is destroyed.
#[derive(Clone, Copy, Debug)]
struct EraseOnConfirmed;

impl Policy for EraseOnConfirmed {
    fn name(&self) -> &'static str {
        "evidence.erase_on_confirmed"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["erasure.Confirmed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let key = ErasureKey(event.key.to_string());
        Ok(vec![event.sends(&Erase { key, shard: event.shard.clone() })?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::OrganKey;
    use kernel::spec::given;

    fn by(login: &str) -> Actor {
        let organ = OrganKey::new("440100-coordinator");
        Actor::Officer { organ, login: login.to_owned(), role: "auditor".to_owned() }
    }

    #[test]
    fn one_orders_and_another_confirms() {
        let order = ErasureCommand::Order { cause: Cause::TermOver };
        let mut erasure = given::<Erasure>(&(), []).by(by("anna"));
        erasure.when(order.clone()).unwrap();
        assert_eq!(erasure.when(ErasureCommand::Confirm), Err(ErasureError::SamePerson));
        assert_eq!(erasure.when(ErasureCommand::Done), Err(ErasureError::WrongState("ordered")));
        let mut erasure = erasure.by(Actor::Public);
        assert_eq!(erasure.when(ErasureCommand::Confirm), Err(ErasureError::NotAnOfficer));
        let mut erasure = erasure.by(by("bella"));
        assert_eq!(
            erasure.when(ErasureCommand::Confirm),
            Ok(vec![ErasureEvent::Confirmed { by: "bella".to_owned() }])
        );
        assert_eq!(
            erasure.when(ErasureCommand::Withdraw),
            Err(ErasureError::WrongState("confirmed"))
        );
        assert_eq!(erasure.when(ErasureCommand::Done), Ok(vec![ErasureEvent::Erased]));
        assert_eq!(erasure.when(ErasureCommand::Done), Ok(Vec::new()), "the errand ran again");
        assert_eq!(erasure.when(order), Err(ErasureError::WrongState("erased")));
    }

    #[test]
    fn an_order_that_was_taken_back_can_be_given_anew() {
        let order = ErasureCommand::Order { cause: Cause::Unlawful };
        let mut erasure = given::<Erasure>(&(), []).by(by("anna"));
        erasure.when(order.clone()).unwrap();
        assert_eq!(erasure.when(ErasureCommand::Withdraw), Ok(vec![ErasureEvent::Withdrawn]));
        assert!(erasure.when(order).is_ok());
    }
}
