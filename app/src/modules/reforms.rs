//! The modules of single reforms: what each needs, out of what the installation has.

use super::{Parts, Plugged};
use anyhow::{Context as _, Result, anyhow};
use calendar::Calendar;
use catalogue::Catalogue;
use codes::{Date, Division, IdType};
use credit_repair_module::CreditRepair;
use credit_repair_module::law::PartyOf;
use documents::Issuer;
use identity::Identity;
use identity::model::Document;
use kernel::{OrganKey, PartyKey};
use module::{Clock, Module};
use penalty_module::{Parties, PenaltyLaw, PenaltyModule};
use property_module::{Offices, PropertyModule};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The role of whoever registers real estate, in the directory of organs.
const REGISTRY: &str = "real_estate";

/// The modules of reforms 10, 21 and 30, and what has to hear of a holiday notice.
pub(super) fn all(parts: &Parts) -> Result<Plugged> {
    let law = PenaltyLaw::new(&parts.rules, parts.law.calendar())
        .map_err(|table| anyhow!("reform 21 has no table `{table}`"))?;
    let (law, of_credit) = (Arc::new(law), credit(parts)?);
    let (credit_rules, penalty_law) = (Arc::clone(of_credit.rules()), Arc::clone(&law));
    let modules: Vec<Box<dyn Module>> =
        vec![Box::new(property(parts)?), Box::new(penalty(parts, law)), Box::new(of_credit)];
    let hears: Vec<Hears> = vec![
        Box::new(move |calendar| credit_rules.replace_calendar(calendar.clone())),
        Box::new(move |calendar| penalty_law.replace_calendar(calendar.clone())),
    ];
    Ok(Plugged { modules, hears })
}

/// Somebody who counts days, and hears of a new calendar.
pub(crate) type Hears = Box<dyn Fn(&Calendar) + Send + Sync>;

/// Reform 10: the registry's law, and who registers where.
fn property(parts: &Parts) -> Result<PropertyModule> {
    let law = property_module::Law::new(Arc::clone(&parts.facts), &parts.rules)
        .context("reform 10 lacks one of its tables")?;
    let (catalogue, clock) = (Arc::clone(&parts.catalogue), Arc::clone(&parts.clock));
    let offices: Offices = Arc::new(move |place| registry(&catalogue, place, clock.now().date()));
    let outside = property_module::Outside {
        reader: Arc::clone(&parts.delivery.reader),
        vault: parts.vault.clone(),
        blobs: Arc::clone(&parts.licences.blobs),
        entropy: Arc::clone(&parts.entropy),
        keys: parts.identity.as_ref().map(|identity| identity.keys().clone()),
        offices,
    };
    Ok(PropertyModule::new(law, outside, Arc::clone(&parts.clock)))
}

fn registry(catalogue: &Catalogue, place: Division, today: Date) -> Option<Issuer> {
    let office = catalogue.organ_for(REGISTRY, place, today).ok()?;
    let name = office.label.zh;
    Some(Issuer { organ: office.key, word: name.clone(), name, place: office.place.to_string() })
}

/// Reform 21: customs, whom a document means, and who is told of a decision.
fn penalty(parts: &Parts, law: Arc<PenaltyLaw>) -> PenaltyModule {
    let partners = parts.exchange.as_ref().map(|outside| &outside.partners);
    let takes = |kind: &str| -> BTreeSet<String> {
        let known = partners.into_iter().flat_map(|partners| partners.iter());
        known
            .filter(|partner| partner.takes.contains(kind))
            .map(|partner| partner.key.clone())
            .collect()
    };
    PenaltyModule::new(Arc::new(penalty_module::Tools {
        law,
        vault: parts.vault.clone(),
        reader: Arc::clone(&parts.delivery.reader),
        typesetter: Arc::clone(&parts.delivery.typesetter),
        templates: Arc::clone(&parts.delivery.templates),
        evidence: parts.evidence.clone(),
        parties: Arc::new(Registered {
            identity: parts.identity.clone(),
            catalogue: Arc::clone(&parts.catalogue),
            clock: Arc::clone(&parts.clock),
        }),
        confirmations: delivery::ConfirmationRules::new(parts.delivery.secret),
        publicity: takes("penalty.published"),
        notary: takes("preservation.requested").into_iter().next(),
        portal: parts.delivery.portal.clone(),
        secret: parts.delivery.secret,
    }))
}

/// Whom a document means, and where an organ is.
struct Registered {
    identity: Option<Arc<Identity>>,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
}

impl Parties for Registered {
    fn of(&self, kind: &str, number: &str) -> Option<PartyKey> {
        let document = match kind {
            "uscc" => Document::organisation(number).ok()?,
            "resident_id" => Document::person(IdType::ResidentId, number).ok()?,
            "passport" => Document::person(IdType::Passport, number).ok()?,
            _ => return None,
        };
        Some(party(self.identity.as_deref(), &document))
    }

    fn place(&self, organ: &OrganKey) -> Option<String> {
        let found = self.catalogue.directory().organ(organ, self.clock.now().date()).ok()?;
        Some(found.place.to_string())
    }
}

/// The party of a document; where nobody signs in, the number itself, as samples name parties.
fn party(identity: Option<&Identity>, document: &Document) -> PartyKey {
    match identity {
        Some(identity) => identity.keys().of(document),
        None => PartyKey::new(document.number()),
    }
}

/// Reform 30: the tables of credit, and which party an enterprise is.
fn credit(parts: &Parts) -> Result<CreditRepair> {
    let identity = parts.identity.clone();
    let party_of: PartyOf = Arc::new(move |uscc| match Document::organisation(uscc) {
        Ok(document) => party(identity.as_deref(), &document),
        Err(_no_code) => PartyKey::new(uscc),
    });
    CreditRepair::new(&parts.rules, parts.law.calendar(), party_of, parts.vault.clone())
        .map_err(|fault| anyhow!("reform 30: {fault}"))
}
