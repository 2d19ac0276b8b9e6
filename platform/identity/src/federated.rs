//! Sign-in by an identity provider, behind a trait that adapters implement.

use crate::model::Assurance;
use kernel::Waiting;
use serde::{Deserialize, Serialize};

/// What the browser holds while the person is at the identity provider.
///
/// All of it is drawn by identity from its source of randomness, so that adapters draw nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Comes back with the answer, and must be the same.
    pub state: String,
    /// Stands in the id token, and must be the same.
    pub nonce: String,
    /// The PKCE verifier (RFC 7636), 43 characters.
    pub verifier: String,
    /// Where the person wanted to go.
    pub next: String,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("next", &self.next).finish_non_exhaustive()
    }
}

/// What the identity provider says of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The provider.
    pub issuer: String,
    /// Her name at the provider: stable, and meaningless elsewhere.
    pub subject: String,
    /// Her name as on the document.
    pub name: String,
    /// The kind of her document, such as `resident_id`.
    pub id_type: String,
    /// Its number.
    pub id_number: String,
    /// Her mobile number, where the provider tells it.
    pub mobile: Option<String>,
    /// How sure the provider is.
    pub assurance: Assurance,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claims").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Why the identity provider led to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FederatedError {
    /// It does not answer, or not in time.
    #[error("the identity provider does not answer: {0}")]
    Down(String),
    /// Its answer does not hold: another state or nonce, a wrong signature, an old token, a refusal.
    #[error("the identity provider's answer does not hold: {0}")]
    Refused(String),
}

/// Signs people in at an identity provider (统一身份认证): authorisation code with PKCE.
///
/// ```text
///   browser ── start ──► provider ── code, state ──► finish ──► claims
/// ```
pub trait Federated: Send + Sync + 'static {
    /// The name of the provider on the sign-in page, Chinese and English.
    fn name(&self) -> codes::Label;

    /// The address at the provider to which the browser is sent; the answer comes back to `redirect`.
    fn start<'a>(
        &'a self,
        redirect: &'a str,
        held: &'a Held,
    ) -> Waiting<'a, Result<String, FederatedError>>;

    /// What the provider says of the person, for the code that it sent back.
    fn finish<'a>(
        &'a self,
        redirect: &'a str,
        held: &'a Held,
        code: &'a str,
        state: &'a str,
    ) -> Waiting<'a, Result<Claims, FederatedError>>;
}
