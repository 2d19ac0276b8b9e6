//! The certificate (信用修复证明): a signed paper that says one thing, that no live entry exists today.

use crate::repair::{Repair, RepairEvent};
use documents::Values;
use kernel::{Aggregate as _, Origin, Policy, Reaction, Recorded, Unreadable};
use licences::{Ending, Filling, Ground, Licence, LicenceCommand, LicenceKey, NumberFrom, Order};
use std::collections::BTreeMap;

/// The template, which is the licence's kind.
pub(crate) const TEMPLATE: &str = "repair_certificate";

/// The key of a certificate.
#[must_use]
pub fn proof_key(uscc: &str, n: u32) -> LicenceKey {
    LicenceKey(format!("credit-proof-{uscc}-{n}"))
}

/// Proven, so a certificate is issued; no longer so, so it ends: its QR code then says that it holds no more.
#[derive(Clone, Copy, Debug, Default)]
pub struct CertifyProof;

impl Policy for CertifyProof {
    fn name(&self) -> &'static str {
        "credit.certify"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.Proven", "repair.ProofVoid"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (key, command) = match event.read()? {
            RepairEvent::Proven { n, uscc, name, party, issuer, on } => {
                let values = Values::new()
                    .text("enterprise_name", name)
                    .text("uscc", uscc.as_str())
                    .date("as_of", on);
                let order = Order {
                    origin: Origin {
                        kind: Repair::KIND.to_owned(),
                        key: event.key.to_string(),
                        event: event.id(),
                    },
                    issuer,
                    holder: party,
                    template: TEMPLATE.to_owned(),
                    filling: Filling::Plain(values),
                    number: NumberFrom::Series(BTreeMap::new()),
                    valid_from: on,
                    valid_to: None,
                    hidden: Vec::new(),
                    replaces: None,
                };
                (proof_key(&uscc, n), LicenceCommand::Issue(Box::new(order)))
            }
            RepairEvent::ProofVoid { n, .. } => {
                let ground = Ground {
                    reason: "证明出具后情况发生变化，或者已换发新的证明".to_owned(),
                    article: "信用修复证明仅说明出具之时没有在列记录".to_owned(),
                };
                let by = Ending::StruckOff;
                (proof_key(&event.key, n), LicenceCommand::Revoke { by, ground })
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![event.leads_to::<Licence>(&key, &command)?])
    }
}
