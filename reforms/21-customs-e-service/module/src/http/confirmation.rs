//! The address confirmation as a paper (电子送达地址确认书): set in type on demand from what the party signed, addresses masked.

use super::loaded;
use crate::errand::{Tools, mask, wall};
use crate::error::PenaltyError;
use crate::model::scopes;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use blobs::Kept;
use codes::Moment;
use delivery::confirmation::{AddressKind, Confirmation, ConfirmationEvent, SealedValue};
use documents::Values;
use kernel::{Aggregate as _, Recorded};
use module::{Platform, Who};
use portal::{Failure, Path};
use seals::certificate::SealHolder;
use seals::{SignError, pdf};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The form that was signed last.
#[derive(Clone, Debug, Default)]
struct Signed {
    form_no: u32,
    form: String,
    at: Moment,
    scopes: BTreeSet<String>,
    addresses: BTreeMap<u32, Address>,
    postal: Option<Kept>,
}

/// An address of the form.
#[derive(Clone, Debug)]
struct Address {
    kind: AddressKind,
    value: Kept,
    priority: u8,
    verified: Option<Moment>,
}

/// Folds the stream of a confirmation to the form in force; none where nothing was signed.
fn in_force(stream: &[Recorded]) -> Option<Signed> {
    let (mut draft, mut signed) = (Signed::default(), None);
    for event in stream.iter().filter_map(|event| event.read::<ConfirmationEvent>().ok()) {
        match event {
            ConfirmationEvent::Started { .. } | ConfirmationEvent::ChangeBegun { .. } => {
                draft = Signed::default();
            }
            ConfirmationEvent::Proposed { no, kind, value, priority, .. } => {
                draft.addresses.insert(no, Address { kind, value, priority, verified: None });
            }
            ConfirmationEvent::Verified { no, at, .. } => {
                if let Some(address) = draft.addresses.get_mut(&no) {
                    address.verified = Some(at);
                }
            }
            ConfirmationEvent::Dropped { no } => {
                draft.addresses.remove(&no);
            }
            ConfirmationEvent::ScopeChosen { scope } => {
                draft.scopes.insert(scope);
            }
            ConfirmationEvent::ScopeUnchosen { scope } => {
                draft.scopes.remove(&scope);
            }
            ConfirmationEvent::PostalGiven { value, .. } => draft.postal = Some(value),
            ConfirmationEvent::Signed { form_no, form, at, .. } => {
                (draft.form_no, draft.form, draft.at) = (form_no, form.hex(), at);
                signed = Some(draft.clone());
            }
            _ => {}
        }
    }
    signed
}

/// The sorts of documents that the signed form names.
pub(super) fn scopes_in_force(stream: &[Recorded]) -> BTreeSet<String> {
    in_force(stream).map(|signed| signed.scopes).unwrap_or_default()
}

/// The paper, sealed where the installation has a seal.
pub(super) async fn paper(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.see", &no).await?;
    let missing = || PenaltyError::ConsentMissing { consent: loaded.case.consent };
    let key = loaded.case.confirmation().ok_or_else(missing)?;
    let stream = platform.history.stream(&loaded.row.shard, Confirmation::KIND, &key, 0).await;
    let signed = in_force(&stream?).ok_or_else(missing)?;
    let filing = loaded.case.filing.as_deref().ok_or(PenaltyError::Unknown)?;
    let name = tools.profile(filing.profile.as_ref()).await?.name;
    let number = format!("{no}-DZ{}", signed.form_no);
    let values = values(&tools, &signed)
        .await?
        .text("organ_name", &filing.issuer.name)
        .text("number", &number)
        .date("issued_on", signed.at.date())
        .text("case_no", &no)
        .text("to_name", if name.is_empty() { "当事人" } else { &name });
    let template = tools.templates.get("address_confirmation")?;
    let made = template.made(&*tools.typesetter, &values)?;
    let address = format!("{}{}", tools.portal.trim_end_matches('/'), "/evidence/verify");
    let note = pdf::Note { by: &filing.issuer.name, reason: &number, address: &address };
    let bytes = match &tools.evidence {
        Some(evidence) => {
            let holder = SealHolder {
                organ: filing.issuer.organ.to_string(),
                name: filing.issuer.name.clone(),
            };
            let keys = Arc::clone(evidence.packages.log.keys());
            let sealed = pdf::seal_for(made.pdf, &*keys, &holder, platform.clock.now(), note, None);
            sealed.map(|(bytes, _key)| bytes).map_err(unsealed)?
        }
        None => made.pdf,
    };
    Ok(portal::pdf("confirmation", &number, bytes))
}

fn unsealed(error: SignError) -> Failure {
    match error {
        SignError::Key(error) => error.into(),
        SignError::Seal(error) => error.into(),
    }
}

async fn values(tools: &Tools, signed: &Signed) -> Result<Values, Failure> {
    let mut verified: Vec<&Address> =
        signed.addresses.values().filter(|address| address.verified.is_some()).collect();
    verified.sort_by_key(|address| address.priority);
    let mut rows = Vec::new();
    for (no, address) in (1_u32..).zip(verified) {
        let value = match address.kind {
            AddressKind::Account => "本平台账号".to_owned(),
            _ => mask(&opened(tools, &address.value).await?),
        };
        rows.push(
            Values::new()
                .text("no", no.to_string())
                .text("kind", address.kind.label().zh)
                .text("value", value)
                .text("verified", address.verified.map(wall).unwrap_or_default()),
        );
    }
    let named = scopes();
    let chosen = named.iter().filter(|(scope, _)| signed.scopes.contains(*scope));
    let values = Values::new()
        .texts("scopes", chosen.map(|(_, label)| label.zh.clone()))
        .rows("addresses", rows)
        .text("form_digest", &signed.form)
        .text("signed_at", wall(signed.at));
    match &signed.postal {
        Some(postal) => Ok(values.text("postal", opened(tools, postal).await?)),
        None => Ok(values),
    }
}

async fn opened(tools: &Tools, kept: &Kept) -> Result<String, Failure> {
    let bytes = tools.vault.read(kept).await?;
    let sealed = serde_json::from_slice::<SealedValue>(&bytes);
    Ok(sealed.map(|sealed| sealed.value).unwrap_or_default())
}
