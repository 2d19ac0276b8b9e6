//! The card of whoever is signed in, handed from identity to the forms of cases.

use cases::desk::SignedInCard;
use identity::Identity;
use identity::model::LoginKey;
use kernel::{Actor, Waiting};
use module::Platform;
use portal::Failure;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Asks identity.
pub(crate) struct Cards(pub(crate) Arc<Identity>);

impl SignedInCard for Cards {
    fn card<'a>(
        &'a self,
        platform: &'a Platform,
        actor: &'a Actor,
    ) -> Waiting<'a, Result<Option<BTreeMap<String, String>>, Failure>> {
        Box::pin(async move {
            let Actor::Party { login, .. } = actor else { return Ok(None) };
            let card = self.0.own_card(platform, &LoginKey::new(login.as_str())).await?;
            Ok(card.map(|card| card.elements()))
        })
    }
}
