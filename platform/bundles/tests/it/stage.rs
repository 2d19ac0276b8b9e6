//! A whole platform for each sample: cases, registers, licences, delivery and what ties them together.

use blobs::{BlobError, Blobs, KeyName, MemoryBlobs, MemoryVaultKeys, Vault};
use bundles::Bundles;
use bundles::samples::{Set, Theatre};
use calendar::{Calendar, Notice};
use cases::Law;
use cases::desk::{Desk, NoCards, Offer, Tools};
use delivery::{Mail, MailError, Mailer, Patience, Taken};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use engine::Courier;
use forms::Crosswalks;
use kernel::{Address, ErrandError, ErrandId, Json, Moment, Reaction, Shard, Waiting};
use module::{Clock, Module, Stage};
use registers::Facts;
use seals::{Algorithm, MemoryKeys, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use tables::{Query, ReadError, Reader, Row};
use testbed::{Setup, Testbed};

/// Where the portal of the samples would be reached.
const PORTAL: &str = "https://portal.example";

/// The system that publishes registrations.
const PUBLICITY: &str = "publicity";

/// Prints values as they are: whether they fit the template is judged, only the type is not set.
pub(crate) struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).unwrap()).into_bytes())
    }
}

/// A reader that is there before the tables are.
#[derive(Default)]
struct LateReader(OnceLock<Arc<dyn Reader>>);

impl Reader for LateReader {
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        match self.0.get() {
            Some(reader) => reader.rows(query),
            None => Box::pin(ready(Err(ReadError::Store("not open yet".to_owned())))),
        }
    }
}

/// The clock of the platform, for tools that are made before it.
#[derive(Default)]
struct LateClock(OnceLock<Arc<dyn Clock>>);

impl Clock for LateClock {
    fn now(&self) -> Moment {
        self.0.get().map_or(Moment::default(), |clock| clock.now())
    }
}

/// Every partner takes what it is sent.
struct Partners;

impl Courier for Partners {
    fn deliver(
        &self,
        _id: ErrandId,
        _to: Address,
        _body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(ready(Ok(Vec::new())))
    }
}

/// The party's mail server takes every message.
struct Postman;

impl Mailer for Postman {
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        let message_id = format!("<{}@lianban.example>", mail.id);
        Box::pin(ready(Ok(Taken { message_id, answer: "250 2.0.0 Ok".to_owned() })))
    }
}

/// Sets up a platform in memory for each sample.
pub(crate) struct Stages {
    bundles: Bundles,
    typesetter: Arc<dyn Typesetter>,
}

impl Stages {
    pub(crate) fn new(bundles: Bundles, typesetter: Arc<dyn Typesetter>) -> Self {
        Self { bundles, typesetter }
    }

    fn law(&self) -> (Arc<Law>, Offer) {
        let maps = Arc::new(Crosswalks::builtin().unwrap());
        let law = Law::new(Calendar::embedded());
        let mut digests = BTreeMap::new();
        for bundle in &self.bundles.all {
            if let Some(definition) = self.bundles.definition(bundle.number, &maps) {
                digests.insert(bundle.number, definition.digest.clone());
                law.add(definition);
            }
        }
        let offer = Offer { catalogue: Arc::clone(&self.bundles.catalogue), bundles: digests };
        (Arc::new(law), offer)
    }

    fn templates(&self) -> Arc<Templates> {
        let mut all = Templates::new();
        for template in self.bundles.all.iter().flat_map(|bundle| bundle.templates.iter()) {
            all.add(template.clone()).unwrap();
        }
        Arc::new(all)
    }

    fn facts(&self) -> Arc<Facts> {
        let facts = Facts::new(Calendar::embedded());
        if let Some(table) = self.bundles.names_table() {
            facts.names_by(Arc::clone(table));
        }
        Arc::new(facts)
    }

    async fn built(&self, at: Moment) -> Result<Platform, String> {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let entropy = Arc::new(entropy);
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), entropy.clone());
        let keys = keys();
        let (law, offer) = self.law();
        let facts = self.facts();
        let (reader, clock) = (Arc::new(LateReader::default()), Arc::new(LateClock::default()));
        let (templates, numbers) = (self.templates(), Arc::new(Numbers::platform().unwrap()));
        let desk = Arc::new(Desk::new(Tools {
            law: Arc::clone(&law),
            offer,
            vault: vault.clone(),
            typesetter: Arc::clone(&self.typesetter),
            entropy,
            cards: Arc::new(NoCards),
            portal: PORTAL.to_owned(),
            secret: [7; 32],
        }));
        let licences = licences::Outside {
            typesetter: Arc::clone(&self.typesetter),
            templates: Arc::clone(&templates),
            blobs: Arc::clone(&blobs),
            vault: vault.clone(),
            reader: reader.clone(),
            keys,
            algorithm: Algorithm::Es256,
            clock: clock.clone(),
            portal: PORTAL.to_owned(),
            secret: [7; 32],
        };
        let delivery = delivery::Outside {
            typesetter: Arc::clone(&self.typesetter),
            templates,
            mailer: Arc::new(Postman),
            vault: vault.clone(),
            reader: reader.clone(),
            portal: PORTAL.to_owned(),
            secret: [7; 32],
        };
        let late = linkage::Late::default();
        let composer = linkage::Composer {
            law: Arc::clone(&law),
            vault: vault.clone(),
            desk: desk.clone(),
            identity: None,
            platform: late.clone(),
        };
        let nation = Shard::new("000000");
        let modules: Vec<Box<dyn Module>> = vec![
            Box::new(registers::Registers { facts: Arc::clone(&facts) }),
            Box::new(licences::LicencesModule::new(licences, Arc::clone(&numbers))),
            Box::new(delivery::DeliveryModule::new(delivery, numbers, Patience::default(), nation)),
            Box::new(cases::Cases { desk }),
            Box::new(linkage::Linkage { composer: Arc::new(composer), partners: Some(partners()) }),
        ];
        let setup = Setup::new(modules).at(at).blobs(blobs).courier(Partners);
        let bed = setup.start().await.map_err(|error| error.to_string())?;
        assert!(reader.0.set(Arc::clone(&bed.platform().reader)).is_ok());
        assert!(clock.0.set(Arc::clone(&bed.platform().clock)).is_ok());
        late.started(bed.platform());
        Ok(Platform { bed, vault, law, facts })
    }
}

/// A key that signs licences.
fn keys() -> Arc<MemoryKeys> {
    let keys = Arc::new(MemoryKeys::new());
    keys.generate(Purpose::LICENCES, Algorithm::Es256, Moment::default(), &[1; 32]).unwrap();
    keys
}

/// The organs at the place of the samples, and the publicity system, as partners.
fn partners() -> BTreeSet<String> {
    let roles =
        ["police", "tax", "social-insurance", "medical-insurance", "housing-fund", "bank", "food"];
    let organs = roles.iter().map(|role| format!("440115-{role}"));
    organs.chain([PUBLICITY.to_owned()]).collect()
}

impl Theatre for Stages {
    fn open(&self, at: Moment) -> Waiting<'_, Result<Box<dyn Set>, String>> {
        Box::pin(async move { Ok(Box::new(self.built(at).await?) as Box<dyn Set>) })
    }
}

struct Platform {
    bed: Testbed,
    vault: Vault,
    law: Arc<Law>,
    facts: Arc<Facts>,
}

impl Set for Platform {
    fn stage(&self) -> &dyn Stage {
        &self.bed
    }

    fn seal<'a>(&'a self, key: &'a str, content: &'a [u8]) -> Waiting<'a, Result<String, String>> {
        Box::pin(async move {
            let sealed = self.vault.seal(&KeyName::new(key), content).await;
            sealed.map(|id| id.0).map_err(|error| error.to_string())
        })
    }

    fn proclaim(&self, notice: Notice) -> Result<(), String> {
        let calendar =
            self.law.calendar().with_notice(notice).map_err(|error| error.to_string())?;
        self.facts.replace_calendar(calendar.clone());
        self.law.replace_calendar(calendar);
        Ok(())
    }
}
