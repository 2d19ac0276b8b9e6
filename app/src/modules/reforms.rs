//! The modules of single reforms: what each needs, out of what the installation has.

use super::{Parts, Plugged};
use anyhow::{Context as _, Result, anyhow};
use calendar::Calendar;
use catalogue::Catalogue;
use codes::{Date, Division, IdType};
use credit_repair_module::CreditRepair;
use credit_repair_module::law::PartyOf;
use documents::Issuer;
use guarantee_module::{GuaranteeLaw, GuaranteeModule};
use identity::Identity;
use identity::model::Document;
use kernel::{OrganKey, PartyKey};
use module::{Clock, Module};
use penalty_module::{Parties, PenaltyLaw, PenaltyModule};
use property_module::{Asked, Offices, PropertyModule};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The role of whoever registers real estate, in the directory of organs.
const REGISTRY: &str = "real_estate";

/// The modules of reforms 10, 21, 25 and 30, and what has to hear of a holiday notice.
pub(super) fn all(parts: &Parts) -> Result<Plugged> {
    let law = PenaltyLaw::new(&parts.rules, parts.law.calendar())
        .map_err(|table| anyhow!("reform 21 has no table `{table}`"))?;
    let (law, of_credit) = (Arc::new(law), credit(parts)?);
    let (credit_rules, penalty_law) = (Arc::clone(of_credit.rules()), Arc::clone(&law));
    let customs = penalty(parts, law);
    let of_guarantees = guarantee(parts)?;
    let guarantee_law = Arc::clone(&of_guarantees.law);
    let modules: Vec<Box<dyn Module>> = vec![
        Box::new(property(parts)?),
        Box::new(PenaltyModule::new(Arc::clone(&customs))),
        Box::new(of_credit),
        Box::new(GuaranteeModule::new(of_guarantees)),
    ];
    let hears: Vec<Hears> = vec![
        Box::new(move |calendar| credit_rules.replace_calendar(calendar.clone())),
        Box::new(move |calendar| penalty_law.replace_calendar(calendar.clone())),
        Box::new(move |calendar| guarantee_law.replace_calendar(calendar.clone())),
    ];
    Ok(Plugged { modules, hears, customs })
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
        asked: Asked {
            tax: takers(parts, "deed_tax.asked").into_iter().next(),
            housing: takers(parts, "house_deal.asked").into_iter().next(),
        },
    };
    let module = PropertyModule::new(law, outside, Arc::clone(&parts.clock));
    Ok(match &parts.face {
        Some(face) => module.with_face(Arc::clone(face)),
        None => module,
    })
}

fn registry(catalogue: &Catalogue, place: Division, today: Date) -> Option<Issuer> {
    let office = catalogue.organ_for(REGISTRY, place, today).ok()?;
    let name = office.label.zh;
    Some(Issuer { organ: office.key, word: name.clone(), name, place: office.place.to_string() })
}

/// The partners that take messages of a kind, by key.
fn takers(parts: &Parts, kind: &str) -> BTreeSet<String> {
    let partners = parts.exchange.iter().flat_map(|outside| outside.partners.iter());
    partners.filter(|one| one.takes.contains(kind)).map(|one| one.key.clone()).collect()
}

/// Reform 21: customs, whom a document means, and who is told of a decision.
fn penalty(parts: &Parts, law: Arc<PenaltyLaw>) -> Arc<penalty_module::Tools> {
    Arc::new(penalty_module::Tools {
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
        publicity: takers(parts, "penalty.published"),
        notary: takers(parts, "preservation.requested").into_iter().next(),
        portal: parts.delivery.portal.clone(),
        secret: parts.delivery.secret,
    })
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
    let partners = parts.exchange.as_ref().map(|outside| &outside.partners);
    let outside = credit_repair_module::Outside {
        party_of,
        vault: parts.vault.clone(),
        reader: Arc::clone(&parts.delivery.reader),
        mirrors: Arc::clone(&parts.mirrors),
        registers: partners.map(credit_repair_module::registers).unwrap_or_default(),
    };
    CreditRepair::new(&parts.rules, parts.law.calendar(), outside)
        .map_err(|fault| anyhow!("reform 30: {fault}"))
}

/// Reform 25: the tables of guarantees, which organ answers for a customs office, and the line to guarantors.
fn guarantee(parts: &Parts) -> Result<Arc<guarantee_module::Tools>> {
    let identity = parts.identity.clone();
    let party_of: PartyOf = Arc::new(move |uscc| match Document::organisation(uscc) {
        Ok(document) => party(identity.as_deref(), &document),
        Err(_no_code) => PartyKey::new(uscc),
    });
    let law = GuaranteeLaw::new(&parts.rules, parts.law.calendar(), party_of)
        .map_err(|table| anyhow!("reform 25 has no table `{table}`"))?;
    let law = Arc::new(law);
    let (catalogue, clock) = (Arc::clone(&parts.catalogue), Arc::clone(&parts.clock));
    let known = Arc::clone(&law);
    let offices = Arc::new(move |code: &str| {
        let today = clock.now().date();
        let office = known.offices(today).into_iter().find(|office| office.code == code)?;
        let organ = catalogue.organ_for("customs", office.division.parse().ok()?, today).ok()?;
        Some(Issuer {
            organ: organ.key,
            word: office.label.zh,
            name: organ.label.zh,
            place: organ.place.to_string(),
        })
    });
    Ok(Arc::new(guarantee_module::Tools {
        law,
        reader: Arc::clone(&parts.delivery.reader),
        line: parts.line.clone(),
        offices,
        entropy: Arc::clone(&parts.entropy),
        tax_system: takers(parts, "guarantee.difference_due").into_iter().next(),
        portal: parts.delivery.portal.trim_end_matches('/').to_owned(),
    }))
}
