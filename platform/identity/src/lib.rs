//! Who acts, for whom, and whether they may: parties, logins, sessions, mandates, the gate.
//!
//! **Invariant:** an event holds no personal value: cards and password hashes lie sealed in `blobs`, events point to them.
//! **Invariant:** the same document always gives the same party, because the party's key follows from it.
//! **Invariant:** what no policy permits is refused, and a policy that fails refuses too.
//! **Invariant:** nobody acts in a role or under a mandate that does not hold at that very request.
//! **Invariant:** no form is taken that this site did not hand to this browser.
//!
//! It does not ask other authorities (adapters do, behind [`Federated`]), keeps no directory of organs (the catalogue does,
//! behind [`Organs`]) and records no consents yet.
//!
//! Start with [`IdentityModule`], [`signin_layer`] and [`CedarGate`]; the rules that a lawyer reads are in `access.cedar`.

pub mod csrf;
pub mod decide;
mod error;
pub mod event;
mod evolve;
mod federated;
pub mod gate;
mod http;
pub mod model;
mod pages;
mod password;
pub mod projection;
pub mod queries;
mod service;
mod signin;

use module::{Module, Registry};
use std::sync::Arc;

pub use blobs::Entropy;
pub use error::{IdentityError, MandateWhy, SignInError};
pub use federated::{Claims, Federated, FederatedError, Held};
pub use gate::matrix::access_matrix;
pub use gate::{AccessError, AccessErrors, CedarGate, Mandates, Organs};
pub use password::{Cost, HashError, PasswordHash, PasswordPolicy};
pub use service::{DemoLogin, Identity, NewSession, Outside, Provision, Settings};
pub use signin::{Frames, PlainFrames, SignIn, Signed, signin_layer};

/// Identity as the platform sees it.
#[derive(Clone, Debug)]
pub struct IdentityModule {
    identity: Arc<Identity>,
}

impl IdentityModule {
    /// The module of an identity that is set up.
    #[must_use]
    pub const fn new(identity: Arc<Identity>) -> Self {
        Self { identity }
    }
}

impl Module for IdentityModule {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<decide::party::Party>(Arc::new(()));
        registry.aggregate::<decide::login::Login>(Arc::new(self.identity.settings.locks));
        registry.aggregate::<decide::session::Session>(Arc::new(self.identity.settings.sessions));
        registry.aggregate::<decide::mandate::Mandate>(Arc::new(()));
        registry.aggregate::<decide::reads::Reads>(Arc::new(()));
        registry.projection(projection::IdentityTables);
        let home = self.identity.settings.home.clone();
        registry.concern(queries::StreamsOfParty { home });
        registry.router("identity", http::router(Arc::clone(&self.identity)));
        registry.access("identity", gate::OWN);
    }
}
