//! Changes of licences reach whoever asked (证照状态传播): suspension, replacement and revocation, each with a signed receipt.
//!
//! ```text
//!  message.Received (licence.ask) ─► (errand) watch ─► licence.Watched ─┐
//!  licence.Suspended · Resumed · Revoked · Replaced ────────────────────┴─► propagation.Tell, one a partner
//! ```

use crate::late::Late;
use exchange::{
    Message, MessageEvent, MessageKey, PROBLEM, Propagation, PropagationCommand, PropagationKey,
    Telling,
};
use kernel::{
    Address, Atomic, Errand, ErrandError, ErrandId, Policy, Reaction, Recorded, Unreadable,
};
use licences::{Licence, LicenceCommand, LicenceError, LicenceEvent, State, Watch, queries};
use module::Registry;
use portal::Failure;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The message by which a partner asks how a licence stands.
pub(crate) const ASK: &str = "licence.ask";

/// The message that tells it.
const STATE: &str = "licence.state";

/// Why it may be told.
///
/// # Source
/// 国务院关于在线政务服务的若干规定 (国务院令第716号) art. 10: electronic licences are shared and recognised among organs.
const BASIS: &str = "国务院关于在线政务服务的若干规定第十条";

/// What this file adds to the platform.
pub fn register(registry: &mut Registry, platform: &Late) {
    registry.policy(WatchOnAsk);
    registry.policy(TellWatchers);
    registry.errand::<AskLicence>(platform.clone());
}

/// A partner asks how a licence stands: it is told, and told of every change from then on.
#[derive(Clone, Copy, Debug, Default)]
pub struct WatchOnAsk;

impl Policy for WatchOnAsk {
    fn name(&self) -> &'static str {
        "linkage.watch_on_ask"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let Message { partner, kind, basis, facts, .. } = *message;
        let token = facts.get("token").and_then(|token| token.as_str());
        let Some(token) = token.filter(|_| kind == ASK) else { return Ok(Vec::new()) };
        let message = MessageKey(event.key.to_string()).id().to_owned();
        let token = token.to_ascii_lowercase();
        Ok(vec![event.sends(&AskLicence { partner, message, basis, token })?])
    }
}

/// Finds the licence that a partner asks for; one that is not known is told it as a problem (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskLicence {
    /// The partner.
    pub partner: String,
    /// The id of its message.
    pub message: String,
    /// The legal basis that its message names.
    pub basis: String,
    /// The token of the licence's public page, which the partner has from the paper or its holder.
    pub token: String,
}

impl Errand for AskLicence {
    const KIND: &'static str = "linkage.ask_licence";
    type Tools = Late;

    async fn run(&self, _id: ErrandId, platform: Late) -> Result<Vec<Reaction>, ErrandError> {
        let platform = platform.get()?;
        let row =
            queries::by_token(&*platform.reader, &self.token).await.map_err(ErrandError::later)?;
        let Some(row) = row else {
            let failure = Failure::from(LicenceError::Unknown);
            let body = json!({
                "kind": PROBLEM, "purpose": "告知报文未予采纳的原因", "basis": self.basis,
                "message": self.message, "problem": failure.to_json(codes::Lang::Zh),
            });
            return Ok(vec![Reaction::Message {
                to: Address::Partner(self.partner.clone()),
                body,
            }]);
        };
        let command = LicenceCommand::Watch { partner: self.partner.clone() };
        let commands = Atomic::new(row.shard)
            .then::<Licence>(&row.licence, &command)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

/// Every change of a licence is told to each partner that asked, one propagation a partner: nobody learns who else asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct TellWatchers;

impl Policy for TellWatchers {
    fn name(&self) -> &'static str {
        "linkage.tell_watchers"
    }
    fn listens(&self) -> &'static [&'static str] {
        &[
            "licence.Watched",
            "licence.Suspended",
            "licence.Resumed",
            "licence.Revoked",
            "licence.Replaced",
        ]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (state, ending, watch) = match event.read()? {
            LicenceEvent::Watched { state, watch, .. } => (state, None, Some(watch)),
            LicenceEvent::Suspended { watch, .. } => (State::Suspended, None, watch),
            LicenceEvent::Resumed { watch, .. } => (State::Valid, None, watch),
            LicenceEvent::Revoked { by, watch, .. } => (State::Ended, Some(by), watch),
            LicenceEvent::Replaced { watch, .. } => (State::Replaced, None, watch),
            LicenceEvent::Issued { .. }
            | LicenceEvent::Numbered { .. }
            | LicenceEvent::Signed { .. }
            | LicenceEvent::Expired => return Ok(Vec::new()),
        };
        let Some(watch) = watch else { return Ok(Vec::new()) };
        let mut telling = telling(event, &watch, state);
        if let Some(ending) = ending {
            telling = telling.with("ending", ending.word());
        }
        watch
            .by
            .iter()
            .map(|partner| {
                let about = PropagationKey(format!("licence:{}:{partner}", watch.token));
                let telling = Box::new(telling.clone());
                let to = [partner.clone()].into();
                event.leads_to::<Propagation>(&about, &PropagationCommand::Tell { telling, to })
            })
            .collect()
    }
}

fn telling(event: &Recorded, watch: &Watch, state: State) -> Telling {
    Telling::new(STATE, "告知证照状态", BASIS)
        .with("token", watch.token.as_str())
        .with("number", watch.number.as_str())
        .with("licence_kind", watch.kind.as_str())
        .with("organ", watch.organ.as_str())
        .with("state", state.word())
        .with("since", event.at.to_string())
}
