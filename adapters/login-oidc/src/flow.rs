//! The flow: send the browser away, take the code, check the id token, ask who it is.

use crate::OidcSettings;
use codes::Label;
use identity::model::Assurance;
use identity::{Claims, Federated, FederatedError, Held};
use kernel::Waiting;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreIdTokenClaims,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SubjectIdentifier, TokenResponse as _, UserInfoClaims, UserInfoError,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The client once the provider's metadata are known.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Every claim of userinfo, by name: which of them matter, the settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Told(BTreeMap<String, serde_json::Value>);

impl AdditionalClaims for Told {}

/// Signs people in at an OpenID Connect provider.
///
/// Its metadata and keys are read when first needed, and anew when an id token does not verify: a provider that has changed
/// its key is no stranger.
#[derive(Debug)]
pub struct OidcLogin {
    settings: OidcSettings,
    http: reqwest::Client,
    known: Mutex<Option<Arc<CoreProviderMetadata>>>,
}

fn refused(why: impl std::fmt::Display) -> FederatedError {
    FederatedError::Refused(why.to_string())
}

fn down(why: impl std::fmt::Display) -> FederatedError {
    FederatedError::Down(why.to_string())
}

impl OidcLogin {
    /// The sign-in at a provider; nothing is asked of it yet.
    ///
    /// # Errors
    /// No HTTP client can be made on this machine.
    pub fn new(settings: OidcSettings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // Followed redirects would let a provider send us to addresses inside our own network.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .build()?;
        Ok(Self { settings, http, known: Mutex::new(None) })
    }

    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, FederatedError> {
        let mut known = self.known.lock().await;
        if let Some(metadata) = &*known {
            return Ok(Arc::clone(metadata));
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(refused)?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let found = Arc::new(found.map_err(|error| match error {
            DiscoveryError::Request(_) | DiscoveryError::Response(..) => down(chain(&error)),
            _ => refused(chain(&error)),
        })?);
        *known = Some(Arc::clone(&found));
        Ok(found)
    }

    async fn client(&self, redirect: &str) -> Result<Client, FederatedError> {
        let metadata = self.metadata().await?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(refused)?;
        Ok(CoreClient::from_provider_metadata((*metadata).clone(), id, secret)
            .set_redirect_uri(redirect))
    }

    async fn address(&self, redirect: &str, held: &Held) -> Result<String, FederatedError> {
        let client = self.client(redirect).await?;
        let (state, nonce) = (held.state.clone(), held.nonce.clone());
        let verifier = PkceCodeVerifier::new(held.verifier.clone());
        let (address, _state, _nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.to_string())
    }

    async fn claims(
        &self,
        redirect: &str,
        held: &Held,
        code: &str,
        state: &str,
    ) -> Result<Claims, FederatedError> {
        if state != held.state {
            return Err(refused("the state is another"));
        }
        let client = self.client(redirect).await?;
        let tokens: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(refused)?
            .set_pkce_verifier(PkceCodeVerifier::new(held.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(_) => down(chain(&error)),
                _ => refused(chain(&error)),
            })?;
        let nonce = Nonce::new(held.nonce.clone());
        let believed = match believe(&client, &tokens, &nonce) {
            Ok(believed) => believed,
            // Perhaps the provider has a new key: ask once more, then take its word or leave it.
            Err(_) => {
                *self.known.lock().await = None;
                believe(&self.client(redirect).await?, &tokens, &nonce)?
            }
        };
        let subject = believed.subject().clone();
        let told = self.told(&client, tokens.access_token().clone(), subject.clone()).await?;
        self.person(&subject, believed.auth_context_ref().map(|acr| acr.as_str()), &told)
    }

    async fn told(
        &self,
        client: &Client,
        token: AccessToken,
        subject: SubjectIdentifier,
    ) -> Result<Told, FederatedError> {
        let claims: UserInfoClaims<Told, CoreGenderClaim> = client
            .user_info(token, Some(subject))
            .map_err(refused)?
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                UserInfoError::Request(_) => down(chain(&error)),
                _ => refused(chain(&error)),
            })?;
        // The library takes the claims that it knows out of the rest; both are read under one name each.
        let mut told = claims.additional_claims().clone();
        let standard = serde_json::to_value(claims.standard_claims()).map_err(refused)?;
        if let serde_json::Value::Object(standard) = standard {
            told.0.extend(standard);
        }
        Ok(told)
    }

    fn person(
        &self,
        subject: &SubjectIdentifier,
        acr: Option<&str>,
        told: &Told,
    ) -> Result<Claims, FederatedError> {
        let get = |name: &str| {
            let text = told.0.get(name).and_then(serde_json::Value::as_str).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let need = |name: &str| get(name).ok_or_else(|| refused(format!("no claim `{name}`")));
        let names = &self.settings.claims;
        let face = acr.is_some_and(|acr| self.settings.face_acr.iter().any(|known| known == acr));
        Ok(Claims {
            issuer: self.settings.issuer.clone(),
            subject: subject.as_str().to_owned(),
            name: need(&names.name)?,
            id_type: need(&names.id_type)?,
            id_number: need(&names.id_number)?,
            mobile: get(&names.mobile),
            assurance: if face { Assurance::Face } else { Assurance::RealName },
        })
    }
}

/// The claims of the id token, if everything about it holds.
fn believe(
    client: &Client,
    tokens: &CoreTokenResponse,
    nonce: &Nonce,
) -> Result<CoreIdTokenClaims, FederatedError> {
    let token = tokens.id_token().ok_or_else(|| refused("there is no id token"))?;
    let verifier = client.id_token_verifier().set_allowed_algs([
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    ]);
    let claims = token.claims(&verifier, nonce).map_err(|error| refused(chain(&error)))?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|error| refused(chain(&error)))?;
        let key = token.signing_key(&verifier).map_err(|error| refused(chain(&error)))?;
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| refused(chain(&error)))?;
        if found != *expected {
            return Err(refused("the access token is not the id token's"));
        }
    }
    Ok(claims.clone())
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl Federated for OidcLogin {
    fn name(&self) -> Label {
        self.settings.name.clone()
    }

    fn start<'a>(
        &'a self,
        redirect: &'a str,
        held: &'a Held,
    ) -> Waiting<'a, Result<String, FederatedError>> {
        Box::pin(self.address(redirect, held))
    }

    fn finish<'a>(
        &'a self,
        redirect: &'a str,
        held: &'a Held,
        code: &'a str,
        state: &'a str,
    ) -> Waiting<'a, Result<Claims, FederatedError>> {
        Box::pin(self.claims(redirect, held, code, state))
    }
}
