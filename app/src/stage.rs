//! The stage of `lianban reforms`: a whole platform in memory for each sample, on the very modules that serve.

use crate::modules;
use anyhow::Result;
use blobs::{BlobError, Blobs, KeyName, MemoryBlobs, MemoryVaultKeys, Vault};
use bundles::Bundles;
use bundles::samples::{Set, Theatre};
use calendar::Notice;
use cases::Law;
use cases::desk::{Desk, NoCards, Tools};
use delivery::{Mail, MailError, Mailer, Taken, TextError, TextMessage, TextTaken, Texter};
use documents::{Numbers, Typesetter};
use engine::Courier;
use kernel::{Address, ErrandError, ErrandId, Json, Moment, Reaction, Shard, Waiting};
use module::{Called, Stage};
use registers::Facts;
use seals::{Algorithm, MemoryKeys, Purpose};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use testbed::{LateClock, LateReader, Setup, Testbed};

/// Where the portal of the samples would be reached.
const PORTAL: &str = "https://portal.example";

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

/// The carrier takes every text message; whether it arrives, a sample has to say.
struct Carrier;

impl Texter for Carrier {
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>> {
        let gateway_id = message.reference;
        Box::pin(ready(Ok(TextTaken { gateway_id, answer: "0 ok".to_owned() })))
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

    #[expect(
        clippy::too_many_lines,
        reason = "the list of what is wired to what, to be read from top to bottom"
    )]
    async fn built(&self, at: Moment) -> Result<Platform> {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let entropy = Arc::new(entropy);
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), entropy.clone());
        let keys = Arc::new(MemoryKeys::new());
        keys.generate(Purpose::LICENCES, Algorithm::Es256, Moment::default(), &[1; 32])?;
        let (law, offer) = crate::assemble::law(&self.bundles)?;
        let facts = crate::assemble::facts(&law, &self.bundles);
        let (reader, clock) = (Arc::new(LateReader::default()), Arc::new(LateClock::default()));
        let templates = Arc::new(crate::assemble::templates(&self.bundles)?);
        let desk = Arc::new(Desk::new(Tools {
            law: Arc::clone(&law),
            offer,
            vault: vault.clone(),
            typesetter: Arc::clone(&self.typesetter),
            entropy: entropy.clone(),
            cards: Arc::new(NoCards),
            portal: PORTAL.to_owned(),
            secret: [7; 32],
        }));
        let late = linkage::Late::default();
        let parts = modules::Parts {
            catalogue: Arc::clone(&self.bundles.catalogue),
            law: Arc::clone(&law),
            facts: Arc::clone(&facts),
            rules: crate::assemble::rules(&self.bundles),
            clock: Arc::clone(&clock) as _,
            entropy: entropy.clone(),
            gateway: None,
            face: None,
            mirrors: Arc::default(),
            line: None,
            stamps: None,
            evidence: None,
            organs: Arc::new(crate::organs::Directory {
                catalogue: Arc::clone(&self.bundles.catalogue),
                clock: Arc::clone(&clock) as _,
            }),
            desk,
            identity: None,
            exchange: None,
            numbers: Arc::new(Numbers::platform()?),
            vault: vault.clone(),
            delivery: delivery::Outside {
                typesetter: Arc::clone(&self.typesetter),
                templates: Arc::clone(&templates),
                mailer: Arc::new(Postman),
                vault: vault.clone(),
                reader: reader.clone(),
                portal: PORTAL.to_owned(),
                secret: [7; 32],
                sealer: None,
            },
            licences: licences::Outside {
                typesetter: Arc::clone(&self.typesetter),
                templates,
                blobs: Arc::clone(&blobs),
                vault: vault.clone(),
                reader: reader.clone(),
                keys,
                algorithm: Algorithm::Es256,
                clock: clock.clone(),
                portal: PORTAL.to_owned(),
                secret: [7; 32],
            },
            texter: Arc::new(Carrier),
            nation: Shard::new("000000"),
            platform: late.clone(),
        };
        let modules::Plugged { modules, hears, .. } = modules::all(parts)?;
        let setup = Setup::new(modules).at(at).blobs(blobs).courier(Partners);
        let bed = setup.start().await?;
        reader.follow(bed.platform());
        clock.follow(bed.platform());
        late.started(bed.platform());
        Ok(Platform { bed, vault, law, facts, hears })
    }
}

impl Theatre for Stages {
    fn open(&self, at: Moment) -> Waiting<'_, Result<Box<dyn Set>, String>> {
        Box::pin(async move {
            let platform = self.built(at).await.map_err(|error| format!("{error:#}"))?;
            Ok(Box::new(platform) as Box<dyn Set>)
        })
    }
}

struct Platform {
    bed: Testbed,
    vault: Vault,
    law: Arc<Law>,
    facts: Arc<Facts>,
    hears: Vec<modules::Hears>,
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

    fn call(&self, name: &str, with: &Json) -> Option<Called> {
        self.bed.call(name, with)
    }

    fn proclaim(&self, notice: Notice) -> Result<(), String> {
        let calendar =
            self.law.calendar().with_notice(notice).map_err(|error| error.to_string())?;
        self.hears.iter().for_each(|hears| hears(&calendar));
        self.facts.replace_calendar(calendar.clone());
        self.law.replace_calendar(calendar);
        Ok(())
    }
}
