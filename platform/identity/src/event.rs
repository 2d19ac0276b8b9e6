//! What happens to parties, logins, sessions, mandates and the record of looks: wire format, frozen.

use crate::model::{Acting, Assurance, Grant, LoginKey, PartyKind, Post};
use blobs::BlobId;
use codes::Moment;
use kernel::{Origin, PartyKey};
use seals::Commitment;
use serde::{Deserialize, Serialize};

/// What happens to a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyEvent {
    /// It is known from now on.
    Registered {
        /// Person or organisation.
        kind: PartyKind,
        /// Its sealed card.
        sealed: BlobId,
        /// The commitment to the card.
        commitment: Commitment,
    },
    /// Its card has changed.
    Corrected {
        /// The new sealed card.
        sealed: BlobId,
        /// The commitment to it.
        commitment: Commitment,
    },
    /// A login is its own.
    LoginTied {
        /// The login.
        login: LoginKey,
        /// How sure it is that the login's holder is the party.
        assurance: Assurance,
    },
}

/// How a login proves who is at the keyboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// By a password, whose argon2id hash lies sealed.
    Password {
        /// The sealed hash.
        secret: BlobId,
    },
    /// By an identity provider.
    Federated {
        /// The provider.
        issuer: String,
    },
}

/// What happens to a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginEvent {
    /// It exists.
    Registered {
        /// How it proves who is there.
        proof: Proof,
    },
    /// It has another password.
    PasswordChanged {
        /// The sealed hash.
        secret: BlobId,
    },
    /// The person signed in.
    SignedIn {
        /// How sure that is.
        assurance: Assurance,
    },
    /// Somebody tried with a wrong password.
    SignInFailed {
        /// How many times in a row.
        failures: u32,
    },
    /// It takes no password for a while.
    Locked {
        /// Until when.
        until: Moment,
    },
    /// It takes passwords again.
    Unlocked,
    /// It is the login of this party.
    PartyAttached {
        /// The party.
        party: PartyKey,
    },
    /// Its holder has a post.
    OfficerAttached {
        /// The post.
        post: Post,
        /// The name of the officer, which is public.
        name: String,
    },
    /// Its holder has left a post.
    OfficerDetached {
        /// The post.
        post: Post,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person signed out.
    SignedOut,
    /// Nothing happened for too long, or it has lasted its longest.
    Expired,
    /// The password was changed elsewhere.
    PasswordChanged,
    /// The person signed in anew in the same browser.
    Replaced,
}

/// What happens to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEvent {
    /// It began.
    Opened {
        /// Whose.
        login: LoginKey,
        /// As whom the person acts; none while she has not chosen.
        acting: Option<Acting>,
        /// How sure it is who is there.
        assurance: Assurance,
        /// When it ends if nothing happens.
        until: Moment,
        /// When it ends whatever happens.
        latest: Moment,
    },
    /// The person acts as another.
    Switched {
        /// As whom.
        acting: Acting,
    },
    /// It goes on.
    Extended {
        /// Until when if nothing happens.
        until: Moment,
    },
    /// It is over.
    Ended {
        /// Why.
        cause: SessionEnd,
    },
}

/// On what a mandate rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    /// The principal gave it.
    Given,
    /// The register names the agent as legal representative.
    Register {
        /// The entry.
        origin: Origin,
    },
}

/// Why a mandate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateEnd {
    /// The principal took it back.
    Revoked,
    /// The agent laid it down.
    LaidDown,
    /// Its last day is over.
    Expired,
    /// The register names another legal representative.
    Replaced,
    /// The enterprise is no more.
    Terminated,
}

/// What happens to a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MandateEvent {
    /// It holds from now on.
    Given {
        /// Who acts for whom, in what, how long.
        grant: Grant,
        /// On what it rests.
        ground: Ground,
    },
    /// It holds no more.
    Ended {
        /// Why.
        cause: MandateEnd,
    },
}

/// A look at a person's data (查阅).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// At what: kind of the thing, such as `case`.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// The service it was for, where it was for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// For what purpose: the slug of a task or of an act.
    pub purpose: String,
    /// Which elements, by key; never their values.
    pub fields: Vec<String>,
    /// By which law, where it is another than that of the kind of thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
}

/// What happens to the record of looks at one person's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadsEvent {
    /// Somebody looked; the event's actor says who.
    PersonRead(Look),
    /// Somebody was refused a look; the event's actor says who.
    ReadDenied(Look),
}
