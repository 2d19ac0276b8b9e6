//! The list of modules: what runs is what is read here.

mod reforms;

pub(crate) use reforms::Hears;

use anyhow::Result;
use blobs::{Entropy, Vault};
use cases::{Desk, Law};
use catalogue::Catalogue;
use documents::Numbers;
use identity::Identity;
use kernel::{Address, ErrandError, ErrandId, Json, Reaction, Shard, Waiting};
use module::{Clock, Module, TimeStamps};
use seals::{Algorithm, Purpose};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What modules are made of.
pub(crate) struct Parts {
    /// The catalogue in force.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The law in force.
    pub(crate) law: Arc<Law>,
    /// The facts that registers decide by.
    pub(crate) facts: Arc<registers::Facts>,
    /// The decision tables of all folders.
    pub(crate) rules: Vec<Arc<rules::Table>>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Gives salts.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Takes money; none where nothing can be paid on line.
    pub(crate) gateway: Option<Arc<dyn ledger::Gateway>>,
    /// Compares faces; none where the window does.
    pub(crate) face: Option<Arc<dyn property_module::face::Face>>,
    /// Publish what registers of credit say, by their own protocols.
    pub(crate) mirrors: Arc<credit_repair_module::mirror::Mirrors>,
    /// Stamps the seals of papers; none where no authority is asked.
    pub(crate) stamps: Option<Arc<dyn TimeStamps>>,
    /// The line to guarantors; none where none is on it.
    pub(crate) line: Option<Arc<dyn guarantee_module::line::Line>>,
    /// The log and its stamps; none where no evidence is kept.
    pub(crate) evidence: Option<penalty_module::Evidence>,
    /// Who organs are, for what registers give out.
    pub(crate) organs: Arc<dyn registers::Organs>,
    /// The desk of cases.
    pub(crate) desk: Arc<Desk>,
    /// People and their logins; none where nobody signs in.
    pub(crate) identity: Option<Arc<Identity>>,
    /// What the exchange works with; none where there are no partners.
    pub(crate) exchange: Option<Arc<exchange::Outside>>,
    /// The table of numbers.
    pub(crate) numbers: Arc<Numbers>,
    /// The vault.
    pub(crate) vault: Vault,
    /// What delivery needs from outside.
    pub(crate) delivery: delivery::Outside,
    /// Sends text messages.
    pub(crate) texter: Arc<dyn delivery::Texter>,
    /// What licences need from outside.
    pub(crate) licences: licences::Outside,
    /// The shard of what belongs to no place.
    pub(crate) nation: Shard,
    /// The platform, for errands, once it has started.
    pub(crate) platform: linkage::Late,
}

/// Modules, what has to hear of a holiday notice, and what customs works with, for its message files.
pub(crate) struct Plugged {
    pub(crate) modules: Vec<Box<dyn Module>>,
    pub(crate) hears: Vec<Hears>,
    pub(crate) customs: Arc<penalty_module::Tools>,
}

/// All modules of the installation, and what has to hear of a holiday notice.
///
/// # Errors
/// A folder of a reform lacks a table without which its module decides nothing.
pub(crate) fn all(parts: Parts) -> Result<Plugged> {
    let Plugged { modules: of_reforms, mut hears, customs } = reforms::all(&parts)?;
    let composer = linkage::Composer {
        law: Arc::clone(&parts.law),
        vault: parts.vault,
        desk: Arc::clone(&parts.desk),
        identity: parts.identity.clone(),
        platform: parts.platform,
    };
    let partners = parts.exchange.as_ref().map(|outside| {
        outside.partners.iter().map(|partner| partner.key.clone()).collect::<BTreeSet<_>>()
    });
    let registers = Arc::new(registers::Outside {
        typesetter: Arc::clone(&parts.delivery.typesetter),
        templates: Arc::clone(&parts.delivery.templates),
        numbers: Arc::clone(&parts.numbers),
        vault: parts.delivery.vault.clone(),
        entropy: Arc::clone(&parts.entropy),
        reader: Arc::clone(&parts.delivery.reader),
        organs: parts.organs,
        portal: parts.delivery.portal.clone(),
        secret: parts.delivery.secret,
    });
    let mut delivery = delivery::DeliveryModule::new(
        parts.delivery,
        Arc::clone(&parts.numbers),
        delivery::Patience::default(),
        parts.nation,
    )
    .texter(parts.texter)
    .stamping(parts.stamps.clone())
    .calendar(parts.law.calendar());
    // Partners check lists of announcements with the keys by which they check messages.
    if parts.exchange.is_some() {
        let keys = Arc::clone(&parts.licences.keys);
        delivery = delivery.signing(keys, Purpose::EXCHANGE, Algorithm::Ed25519);
    }
    let licences = licences::LicencesModule::new(parts.licences, Arc::clone(&parts.numbers));
    let licences = licences.stamping(parts.stamps);
    let mut modules: Vec<Box<dyn Module>> = vec![
        Box::new(catalogue::CatalogueModule { catalogue: parts.catalogue }),
        Box::new(registers::Registers { facts: parts.facts, outside: Some(registers) }),
        Box::new(licences),
        Box::new(delivery),
        Box::new(cases::Cases { desk: parts.desk }),
        Box::new(linkage::Linkage { composer: Arc::new(composer), partners }),
    ];
    modules.push(Box::new(ledger::LedgerModule::new(ledger::Outside { gateway: parts.gateway })));
    modules.extend(of_reforms);
    let told = Arc::new(exchange::PropagationRules::new(parts.law.calendar()));
    let post: Arc<dyn exchange::Post> = match &parts.exchange {
        Some(outside) => Arc::new(exchange::Carrier::new(Arc::clone(outside))?),
        None => Arc::new(Everybody),
    };
    let post = Arc::new(credit_repair_module::mirror::Relay::new(parts.mirrors, post));
    modules.push(Box::new(exchange::PropagationModule::new(Arc::clone(&told), post)));
    hears.push(Box::new(move |calendar| told.replace_calendar(calendar.clone())));
    if let Some(outside) = parts.exchange {
        modules.push(Box::new(exchange::ExchangeModule::new(outside)));
    }
    if let Some(identity) = parts.identity {
        modules.push(Box::new(identity::IdentityModule::new(identity)));
    }
    Ok(Plugged { modules, hears, customs })
}

/// Recipients where there are no partners, as in samples: everybody takes what it is told.
struct Everybody;

impl exchange::Post for Everybody {
    fn deliver(
        &self,
        _id: ErrandId,
        _to: Address,
        _body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
