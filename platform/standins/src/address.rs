//! The base of standard addresses (标准地址库替身), by REST: whether an address is known, and whose premises it is.
//!
//! ```text
//! GET /v1/premises?division=440115&detail=金沙路12号&owner=…
//!   200 {"known": true, "confirmed": true, "postcode": "511458", "owner": "…"}
//! ```

use crate::switches::{Switches, bare, wait};
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Premises that the base knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premises {
    /// The division, six digits of GB/T 2260.
    pub division: String,
    /// The address within it.
    pub detail: String,
    /// The postcode.
    pub postcode: String,
    /// The owner; none where the base cannot say.
    pub owner: Option<String>,
}

/// What the base answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Whether the address is one.
    pub known: bool,
    /// Whether the right of the owner asked about is confirmed, so that no proof need be uploaded.
    pub confirmed: bool,
    /// The postcode, where the address is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// The owner, where the base knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// The base; every clone is the same.
#[derive(Clone)]
pub struct AddressBase {
    inner: Arc<Inner>,
}

struct Inner {
    premises: Vec<Premises>,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    switches: Switches,
    requests: u64,
}

impl fmt::Debug for AddressBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressBase")
            .field("premises", &self.inner.premises.len())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    division: String,
    detail: String,
    #[serde(default)]
    owner: String,
}

impl AddressBase {
    /// A base that knows these premises.
    #[must_use]
    pub fn new(premises: Vec<Premises>) -> Self {
        Self { inner: Arc::new(Inner { premises, state: Mutex::default() }) }
    }

    /// Makes it misbehave, or behave again; of the switches, `slow_ms`, `silent` and `down` mean something here.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// How many requests reached it.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new().route("/v1/premises", get(premises)).with_state(self.clone())
    }

    /// Serves its routes on a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn confirm(&self, asked: &Asked) -> Confirmation {
        let found = self
            .inner
            .premises
            .iter()
            .find(|one| one.division == asked.division && one.detail == asked.detail.trim());
        found.map_or_else(Confirmation::default, |one| Confirmation {
            known: true,
            confirmed: one.owner.as_deref().is_some_and(|owner| owner == asked.owner.trim()),
            postcode: Some(one.postcode.clone()),
            owner: one.owner.clone(),
        })
    }
}

async fn premises(State(base): State<AddressBase>, Query(asked): Query<Asked>) -> Response {
    let switches = {
        let mut state = base.state();
        state.requests += 1;
        state.switches
    };
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    Json(base.confirm(&asked)).into_response()
}
