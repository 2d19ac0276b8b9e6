//! Who may do what: the question, and the proof that it was asked.

use codes::{Code, Coded, Label, Reason};
use kernel::{Actor, OrganKey};

/// What an action is done to (资源): implemented by each capability for its own things.
pub trait Resource: Send + Sync {
    /// The entity's type and id in policies, such as `("Case", "440115-…")`.
    fn entity(&self) -> (&'static str, String);
    /// The organ that it belongs to, where one does.
    fn organ(&self) -> Option<OrganKey>;
    /// The division (GB/T 2260, six digits) in which it lies; empty for the nation.
    fn place(&self) -> String;
    /// The parties to whom it belongs: applicant, signer, holder.
    fn parties(&self) -> Vec<String> {
        Vec::new()
    }
    /// Further facts for policies, as names and texts.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// A thing described by its parts, for capabilities that need no type of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The entity's type.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its organ.
    pub organ: Option<OrganKey>,
    /// Its division.
    pub place: String,
    /// Its parties.
    pub parties: Vec<String>,
    /// Further facts.
    pub facts: Vec<(&'static str, String)>,
}

impl Subject {
    /// A thing of a kind, belonging to nobody yet.
    pub fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), ..Self::default() }
    }
}

impl Resource for Subject {
    fn entity(&self) -> (&'static str, String) {
        (self.kind, self.id.clone())
    }
    fn organ(&self) -> Option<OrganKey> {
        self.organ.clone()
    }
    fn place(&self) -> String {
        self.place.clone()
    }
    fn parties(&self) -> Vec<String> {
        self.parties.clone()
    }
    fn facts(&self) -> Vec<(&'static str, String)> {
        self.facts.clone()
    }
}

/// Judges who may do what (门禁). `identity` implements it with Cedar, `testbed` with a table.
pub trait Gate: Send + Sync + 'static {
    /// Whether the actor may do the action on the thing.
    ///
    /// # Errors
    /// [`Denied`], with the reason that the person is told.
    fn judge(&self, actor: &Actor, action: &'static str, on: &dyn Resource) -> Result<(), Denied>;
}

/// Proof that a gate let an actor do an action. Nothing else makes one but [`clear`] and [`Clearance::system`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    actor: Actor,
    action: &'static str,
}

impl Clearance {
    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What was cleared.
    #[must_use]
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// The platform's own acts: timers, policies, answers of errands, demo data. tidy allows it in `engine`, `app`
    /// and `testbed` alone.
    pub fn system(name: impl Into<String>) -> Self {
        Self { actor: Actor::system(name), action: "system" }
    }
}

/// Asks the gate.
///
/// # Errors
/// [`Denied`] if the gate says no.
pub fn clear(
    gate: &dyn Gate,
    actor: &Actor,
    action: &'static str,
    on: &dyn Resource,
) -> Result<Clearance, Denied> {
    gate.judge(actor, action, on)?;
    Ok(Clearance { actor: actor.clone(), action })
}

/// The gate said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// No policy lets this actor do this.
    #[error("action `{action}` is not allowed on {kind} `{id}`")]
    NotEntitled {
        /// The action.
        action: &'static str,
        /// The entity's type.
        kind: &'static str,
        /// The entity's id.
        id: String,
    },
}

impl Coded for Denied {
    fn code(&self) -> Code {
        match self {
            Self::SignedOut => Code::new("IDN", 1),
            Self::NotEntitled { .. } => Code::new("IDN", 2),
        }
    }
    fn reason(&self) -> Reason {
        match self {
            Self::SignedOut => "SIGNED_OUT",
            Self::NotEntitled { .. } => "NOT_ENTITLED",
        }
    }
    fn label(&self) -> Label {
        match self {
            Self::SignedOut => Label::new("请先登录，再办理此事。", "Please sign in first."),
            Self::NotEntitled { .. } => Label::new(
                "您无权办理此事。如确需办理，请联系本单位管理员或办件的申请人。",
                "You are not entitled to do this. If you need to, ask your organ's administrator or the applicant of the case.",
            ),
        }
    }
    fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::NotEntitled { .. } => 403,
        }
    }
}
