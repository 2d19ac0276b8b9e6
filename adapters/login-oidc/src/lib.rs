//! Sign-in by OpenID Connect: authorisation code with PKCE, id token checked, person read at userinfo.
//!
//! **Invariant:** nobody is signed in by an answer whose state, nonce, issuer, audience, signature or time does not hold,
//! or whose userinfo is of another subject.
//! **Invariant:** it draws no random value: state, nonce and verifier come from `identity`.
//! **Invariant:** redirects are not followed when it talks to the provider, and every request has a limit in time.
//!
//! It keeps no tokens: once the person is known they are dropped. Start with [`OidcLogin`].

mod flow;

pub use flow::OidcLogin;

use codes::Label;
use std::time::Duration;

/// How to reach an identity provider, and how to read what it says.
#[derive(Clone)]
pub struct OidcSettings {
    /// Its issuer address, exactly as it names itself.
    pub issuer: String,
    /// The id under which it knows us.
    pub client_id: String,
    /// Our secret with it; none for a public client.
    pub client_secret: Option<String>,
    /// Its name on the sign-in page.
    pub name: Label,
    /// The scopes beside `openid` that bring name and document.
    pub scopes: Vec<String>,
    /// Which claims say what.
    pub claims: ClaimNames,
    /// The values of `acr` that mean that the face was compared with the document; any other means a confirmed name.
    pub face_acr: Vec<String>,
    /// The limit of every request to the provider.
    pub timeout: Duration,
}

impl std::fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcSettings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl OidcSettings {
    /// The settings of a provider that uses the plain names of claims.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: Option<String>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret,
            name: Label::new("统一身份认证登录", "Sign in with the identity provider"),
            scopes: ["profile", "phone", "identity"].map(str::to_owned).to_vec(),
            claims: ClaimNames::default(),
            face_acr: vec!["face".to_owned()],
            timeout: Duration::from_secs(10),
        }
    }
}

/// The names of the claims of userinfo that tell who a person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The name as on the document.
    pub name: String,
    /// The kind of the document.
    pub id_type: String,
    /// The number of the document.
    pub id_number: String,
    /// The mobile number.
    pub mobile: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            name: "name".to_owned(),
            id_type: "id_type".to_owned(),
            id_number: "id_number".to_owned(),
            mobile: "phone_number".to_owned(),
        }
    }
}
