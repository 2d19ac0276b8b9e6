//! Puts the platform together: stores, law, modules, engine, gate, routes.

use crate::chores::Chores;
use crate::cli::Where;
use crate::operation::Beside;
use crate::organs::Directory;
use crate::outside::{SystemEntropy, secret};
use crate::services::Services;
use crate::stamps::{self, Stamping};
use crate::{
    board_watch, cards, certificates, evidence, login, mail, messages, modules, operation, shelf,
    site,
};
use anyhow::{Context as _, Result, anyhow};
use blobs::{Blobs, Vault};
use bundles::{Bundles, Files};
use calendar::Calendar;
use cases::Law;
use cases::desk::{Offer, Tools};
use documents::{Numbers, Templates, Typesetter};
use documents_typst::Typst;
use engine::{Courier, Engine, Ownership, Pace, Sizes, SoleOwner, Stores};
use forms::Crosswalks;
use identity::model::PartyKeys;
use identity::{CedarGate, DemoLogin, Identity, Settings};
use journal::Journal;
use kernel::{Address, ErrandError, ErrandId, Json, Reaction, Shard, Waiting};
use login_oidc::OidcSettings;
use mail_smtp::SmtpSettings;
use module::{Clock, Module as _, Platform, Registry};
use seals::{Algorithm, FolderKeys, Keys as _, Purpose};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tables::{Reader, Table, Tables};

/// The shard of what belongs to no place: parties, logins, addresses of service.
const NATION: &str = "000000";

/// How long a lease of a shard lasts where several processes share a database.
const LEASE: Duration = Duration::from_secs(10);

/// How an installation is set up.
#[derive(Clone)]
pub(crate) struct Setup {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// `postgres://…` for PostgreSQL; SQLite in the data folder if none.
    pub(crate) database: Option<String>,
    /// A folder of a government's own reforms.
    pub(crate) reforms: Option<PathBuf>,
    /// The address of the site as browsers see it.
    pub(crate) public_url: String,
    /// The mail server.
    pub(crate) mail: Option<SmtpSettings>,
    /// The gateway of text messages, and where mail comes back to.
    pub(crate) messages: messages::Messages,
    /// The identity provider.
    pub(crate) login: Option<OidcSettings>,
    /// Whether a proxy in front says where requests come from.
    pub(crate) behind_proxy: bool,
    /// Whether people may register a login themselves.
    pub(crate) sign_up: bool,
    /// A JSON file of partner systems.
    pub(crate) partners: Option<PathBuf>,
    /// A JSON file of agreements with witnesses.
    pub(crate) witnesses: Option<PathBuf>,
    /// A JSON file of time-stamp authorities.
    pub(crate) authorities: Option<PathBuf>,
    /// Services of others that are switched on.
    pub(crate) services: Services,
    /// Whether the log of evidence hears of events as they happen; a bench measures what that costs.
    pub(crate) proofs: bool,
    /// Logins that the sign-in page offers.
    pub(crate) demo: Vec<DemoLogin>,
}

impl Setup {
    /// An installation in a folder, or in a folder and a database, without anything outside.
    pub(crate) fn new(data: PathBuf, database: Option<String>) -> Self {
        Self {
            data,
            database,
            reforms: None,
            public_url: "http://localhost".to_owned(),
            mail: None,
            messages: messages::Messages::default(),
            login: None,
            behind_proxy: false,
            sign_up: true,
            partners: None,
            witnesses: None,
            authorities: None,
            services: Services::default(),
            proofs: true,
            demo: Vec::new(),
        }
    }

    /// The installation that a command is told of.
    pub(crate) fn at(place: &Where) -> Result<Self> {
        let database = place.database()?;
        Ok(Self { reforms: place.reforms.clone(), ..Self::new(place.data.clone(), database) })
    }
}

/// How an engine runs that decides commands and follows them with rows, but fires no timer and carries no letter: for
/// commands of an operator, which know neither mail server nor partners. Both happen when the server starts.
pub(crate) fn quiet() -> engine::Config {
    engine::Config {
        pace: Pace::ByHand,
        sizes: Sizes { timers: 0, letters: 0, at_once: 0, ..Sizes::default() },
    }
}

/// A platform that runs.
pub(crate) struct Assembly {
    /// The engine.
    pub(crate) engine: Engine,
    /// What modules work with.
    pub(crate) platform: Platform,
    /// All routes.
    pub(crate) router: axum::Router,
    /// People and their logins.
    pub(crate) identity: Arc<Identity>,
    /// What was loaded.
    pub(crate) bundles: Bundles,
    /// The desk of cases.
    pub(crate) desk: Arc<cases::Desk>,
    /// Every table of the read models.
    pub(crate) tables: Vec<&'static Table>,
    /// Everything that modules brought.
    pub(crate) registry: Registry,
    /// The log of evidence.
    pub(crate) log: ::evidence::Log,
    /// What runs beside the engine.
    pub(crate) beside: Beside,
    /// What customs works with, for its message files.
    pub(crate) customs: Arc<penalty_module::Tools>,
}

/// The folders of reforms: those built in, and a government's own laid over them.
pub(crate) fn files(reforms: Option<&std::path::Path>) -> Result<Files> {
    let files = Files::builtin();
    match reforms {
        None => Ok(files),
        Some(dir) => files.overlay(dir).with_context(|| format!("reading {}", dir.display())),
    }
}

/// Everything that was read from the folders of reforms.
pub(crate) fn load(reforms: Option<&std::path::Path>) -> Result<Bundles> {
    bundles::load(&files(reforms)?).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("the reforms cannot be loaded:\n{}", told.join("\n"))
    })
}

/// The law with the definitions of all bundles, and what can be applied for.
pub(crate) fn law(bundles: &Bundles) -> Result<(Arc<Law>, Offer)> {
    let maps = Arc::new(Crosswalks::builtin().map_err(|error| anyhow!("{error}"))?);
    let law = Law::new(Calendar::embedded());
    let mut digests = BTreeMap::new();
    for bundle in &bundles.all {
        if let Some(definition) = bundles.definition(bundle.number, &maps) {
            digests.insert(bundle.number, definition.digest.clone());
            law.add(definition);
        }
    }
    let offer = Offer { catalogue: Arc::clone(&bundles.catalogue), bundles: digests };
    Ok((Arc::new(law), offer))
}

/// What registers decide by: the calendar, and the table of how long a name is kept.
pub(crate) fn facts(law: &Law, bundles: &Bundles) -> Arc<registers::Facts> {
    let facts = registers::Facts::new(law.calendar());
    if let Some(table) = bundles.names_table() {
        facts.names_by(Arc::clone(table));
    }
    Arc::new(facts)
}

/// The decision tables of all folders.
pub(crate) fn rules(bundles: &Bundles) -> Vec<Arc<rules::Table>> {
    bundles.all.iter().flat_map(|bundle| bundle.rules.iter().cloned()).collect()
}

/// All templates of all bundles; no id stands twice.
pub(crate) fn templates(bundles: &Bundles) -> Result<Templates> {
    let mut all = Templates::new();
    for template in bundles.all.iter().flat_map(|bundle| bundle.templates.iter()) {
        all.add(template.clone()).map_err(|error| anyhow!("{error}"))?;
    }
    Ok(all)
}

/// A typesetter with the fonts that were embedded.
pub(crate) fn typesetter() -> Result<Arc<dyn Typesetter>> {
    let typst = Typst::new(crate::assets::fonts()).map_err(|error| {
        anyhow!("{error}. Run `cargo xtask web`, then build again: it brings the fonts")
    })?;
    Ok(Arc::new(typst))
}

/// The two stores and who owns which shard.
pub(crate) struct Kept {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) tables: Arc<dyn Tables>,
    pub(crate) ownership: Arc<dyn Ownership>,
}

/// Opens journal and tables.
pub(crate) async fn stores(setup: &Setup) -> Result<Kept> {
    std::fs::create_dir_all(&setup.data)
        .with_context(|| format!("making {}", setup.data.display()))?;
    match &setup.database {
        None => Ok(Kept {
            journal: Arc::new(journal_sqlite::SqliteJournal::open(&setup.data.join("journal"))?),
            tables: Arc::new(tables_sqlite::SqliteTables::open(&setup.data.join("tables.sqlite"))?),
            ownership: Arc::new(SoleOwner),
        }),
        Some(url) => {
            let journal = journal_postgres::PostgresJournal::connect(url).await?;
            let tables = tables_postgres::PostgresTables::connect(url).await?;
            let holder = kernel::CommandId::from_bytes(random()?).to_string();
            let leases = journal_postgres::PostgresLeases::new(journal.clone(), holder, LEASE);
            let patience = engine::lease::Patience::default();
            Ok(Kept {
                journal: Arc::new(journal),
                tables: Arc::new(tables),
                ownership: Arc::new(engine::lease::Leased::new(Arc::new(leases), patience)),
            })
        }
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

/// Hands messages of the engine to the exchange.
struct Carriage(exchange::Carrier);

impl Courier for Carriage {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

/// The contracts of the platform and of every reform.
pub(crate) fn contracts() -> Result<exchange::Contracts> {
    let all = exchange::Contracts::builtin()?;
    let of_reforms = penalty_module::CONTRACTS.iter().chain(&property_module::CONTRACTS);
    let mut of_reforms = of_reforms.chain(&guarantee_module::CONTRACTS);
    Ok(of_reforms.try_fold(all, |all, text| all.with(text))?)
}

/// The partners that a file names; none without a file.
fn partners(setup: &Setup) -> Result<exchange::Partners> {
    let Some(file) = &setup.partners else { return Ok(exchange::Partners::default()) };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let list: Vec<exchange::Partner> =
        serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    Ok(exchange::Partners::new(list)?)
}

/// Starts the platform on its stores.
pub(crate) async fn assemble(setup: &Setup, clock: Arc<dyn Clock>) -> Result<Assembly> {
    assemble_with(setup, clock, engine::Config::default()).await
}

/// Starts the platform on its stores, with an engine that runs otherwise than usual.
pub(crate) async fn assemble_with(
    setup: &Setup,
    clock: Arc<dyn Clock>,
    config: engine::Config,
) -> Result<Assembly> {
    assemble_on(setup, stores(setup).await?, clock, config).await
}

/// Starts the platform on stores that are open already.
#[expect(
    clippy::too_many_lines,
    reason = "the list of what is wired to what, to be read from top to bottom"
)]
pub(crate) async fn assemble_on(
    setup: &Setup,
    kept: Kept,
    clock: Arc<dyn Clock>,
    config: engine::Config,
) -> Result<Assembly> {
    let bundles = load(setup.reforms.as_deref())?;
    let blobs: Arc<dyn Blobs> =
        Arc::new(blobs_folder::FolderBlobs::open(setup.data.join("blobs"))?);
    let vault_keys = blobs_folder::FolderVaultKeys::open(setup.data.join("keys/vault"))?;
    let vault = Vault::new(Arc::clone(&blobs), Arc::new(vault_keys), Arc::new(SystemEntropy));
    let keys = Arc::new(FolderKeys::open(setup.data.join("keys/signing"))?);
    keys.ensure(&Purpose::LICENCES, Algorithm::Es256, clock.now(), &random()?)?;
    keys.ensure(&Purpose::EXCHANGE, Algorithm::Ed25519, clock.now(), &random()?)?;
    // The scheme of the key that was taken into use last: `lianban keys rotate licences --algorithm SM2-SM3` chooses it.
    let licences_scheme = keys
        .newest(&Purpose::LICENCES, clock.now())?
        .map_or(Algorithm::Es256, |key| key.key.algorithm());
    for purpose in [Purpose::ROOT, Purpose::SEALS] {
        keys.ensure(&purpose, Algorithm::Es256, clock.now(), &random()?)?;
    }
    let serves = config.pace == Pace::RealTime;
    let timed = (Arc::clone(&clock), serves);
    let mut proofs = evidence::open(setup, Arc::clone(&kept.journal), keys.clone(), timed).await?;
    let authorities = setup.authorities.as_deref();
    let stamping = Stamping::open(&setup.data, authorities, &proofs.log, &clock).await?;
    proofs.hears.extend(stamping.iter().map(|stamping| Arc::clone(&stamping.stamps) as _));
    let reader: Arc<dyn Reader> = Arc::clone(&kept.tables) as Arc<dyn Reader>;
    let (law, offer) = law(&bundles)?;
    shelf::fill(&bundles, &blobs, &law).await?;
    let organs = Arc::new(Directory {
        catalogue: Arc::clone(&bundles.catalogue),
        clock: Arc::clone(&clock),
    });
    let mut settings = Settings::new(Shard::new(NATION), setup.public_url.clone());
    settings.demo.clone_from(&setup.demo);
    settings.behind_proxy = setup.behind_proxy;
    settings.self_registration = setup.sign_up;
    let outside = identity::Outside {
        keys: PartyKeys::new(secret(&setup.data.join("keys/party.secret"))?),
        vault: vault.clone(),
        entropy: Arc::new(SystemEntropy),
        organs: Arc::clone(&organs) as Arc<dyn identity::Organs>,
        federated: login::federated(setup.login.as_ref())?,
    };
    let identity = Arc::new(Identity::new(settings, outside));
    let typesetter = typesetter()?;
    let templates = Arc::new(templates(&bundles)?);
    let token_secret = secret(&setup.data.join("keys/token.secret"))?;
    let numbers = Arc::new(Numbers::platform()?);
    let desk = Arc::new(cases::Desk::new(Tools {
        law: Arc::clone(&law),
        offer,
        vault: vault.clone(),
        typesetter: Arc::clone(&typesetter),
        entropy: Arc::new(SystemEntropy),
        cards: Arc::new(cards::Cards(Arc::clone(&identity))),
        portal: setup.public_url.clone(),
        secret: token_secret,
    }));
    let exchange = Arc::new(exchange::Outside {
        partners: partners(setup)?,
        contracts: Arc::new(contracts()?),
        keys: keys.clone(),
        vault: vault.clone(),
        clock: Arc::clone(&clock),
        address: exchange::Address::parse(&setup.public_url)?,
        home: Shard::new(NATION),
        answer_wait: exchange::limits::ANSWER_WAIT_MAX,
        roots_pem: Vec::new(),
    });
    let carrier = exchange::Carrier::new(Arc::clone(&exchange))?;
    let late = linkage::Late::default();
    let erasable = vault.clone();
    let (texter, link) = messages::texter(setup.messages.gateway.as_ref(), &clock)?;
    let intake_vault = vault.clone();
    let our_keys = keys.clone() as Arc<dyn seals::Keys>;
    let mirrors = setup.services.mirrors(&our_keys, &clock, Shard::new(NATION))?;
    let parts = modules::Parts {
        catalogue: Arc::clone(&bundles.catalogue),
        law: Arc::clone(&law),
        facts: facts(&law, &bundles),
        rules: rules(&bundles),
        clock: Arc::clone(&clock),
        entropy: Arc::new(SystemEntropy),
        gateway: setup.services.gateway(&setup.public_url, &our_keys, &clock)?,
        face: setup.services.face(&our_keys, &clock)?,
        mirrors: Arc::clone(&mirrors),
        line: setup.services.line(&our_keys, &clock)?,
        stamps: stamping.as_ref().map(|stamping| Arc::clone(&stamping.stamper) as _),
        evidence: setup.proofs.then(|| penalty_module::Evidence {
            packages: stamps::packages(&proofs, stamping.as_ref(), &setup.public_url),
            stamper: stamping.as_ref().map(|stamping| Arc::clone(&stamping.stamper)),
        }),
        organs: Arc::clone(&organs) as Arc<dyn registers::Organs>,
        desk: Arc::clone(&desk),
        identity: Some(Arc::clone(&identity)),
        exchange: Some(Arc::clone(&exchange)),
        numbers,
        vault: vault.clone(),
        delivery: delivery::Outside {
            typesetter: Arc::clone(&typesetter),
            templates: Arc::clone(&templates),
            mailer: mail::mailer(setup.mail.as_ref(), setup.messages.returns.as_ref())?,
            vault: vault.clone(),
            reader: Arc::clone(&reader),
            portal: setup.public_url.clone(),
            secret: token_secret,
            sealer: Some(delivery::Sealer { keys: keys.clone(), clock: Arc::clone(&clock) }),
        },
        licences: licences::Outside {
            typesetter,
            templates,
            blobs: Arc::clone(&blobs),
            vault,
            reader: Arc::clone(&reader),
            keys,
            algorithm: licences_scheme,
            clock: Arc::clone(&clock),
            portal: setup.public_url.clone(),
            secret: token_secret,
        },
        texter,
        nation: Shard::new(NATION),
        platform: late.clone(),
    };
    let mut registry = Registry::default();
    let modules::Plugged { modules, customs, .. } = modules::all(parts)?;
    for module in modules {
        module.register(&mut registry);
    }
    ::evidence::EvidenceModule::new(proofs.log.clone(), Arc::clone(&proofs.witness))
        .packing(stamps::packages(&proofs, stamping.as_ref(), &setup.public_url))
        .erasing(erasable, Shard::new(NATION))
        .register(&mut registry);
    registry.access("operation", operation::ACCESS);
    let gate = CedarGate::new(&registry, organs, identity.mandates())?;
    let stores = Stores {
        ownership: kept.ownership,
        courier: Arc::new(Carriage(carrier)),
        follower: match setup.proofs {
            true => Arc::new(proofs.log.clone()),
            false => Arc::new(module::NoFollower),
        },
        ..Stores::new(kept.journal, kept.tables, Arc::clone(&clock))
    };
    let engine = Engine::start(config, &registry, stores).await?;
    if serves && setup.proofs {
        let _kept_until_the_log_goes = proofs.log.keep(Arc::new(proofs.hears));
        if let Some(stamping) = &stamping {
            stamping.start();
        }
    }
    let proven = ::evidence::Proven::new(Arc::new(engine.clone()), proofs.log.clone());
    let platform = Platform {
        commands: Arc::new(proven),
        reader,
        history: Arc::new(engine.clone()),
        gate: Arc::new(gate),
        blobs,
        clock,
        panels: registry.panels.clone().into(),
        fillers: registry.fillers.clone().into(),
        concerns: registry.concerns.clone().into(),
        exhibits: registry.exhibits.clone().into(),
        retains: registry.retains.clone().into(),
    };
    late.started(&platform);
    let chores = Chores::default();
    if serves {
        messages::take_in(&setup.messages, link, &platform, intake_vault).await?;
        if setup.messages.watch_board {
            board_watch::start(&setup.public_url, &setup.data, platform.clone())?;
        }
        certificates::start(platform.clone(), chores.clone());
        mirrors.follow(&platform).await.map_err(|refused| anyhow!("{:?}", refused.refusal()))?;
    }
    let beside = Beside { chores, stamper: stamping.map(|stamping| stamping.stamper) };
    let operation = operation::Operation {
        engine: engine.clone(),
        beside: beside.clone(),
        catalogue: Arc::clone(&bundles.catalogue),
        several: setup.database.is_some(),
    };
    registry.router("operation", operation::router(operation));
    let site = site::Site {
        platform: platform.clone(),
        identity: Arc::clone(&identity),
        catalogue: Arc::clone(&bundles.catalogue),
        is_demo: !setup.demo.is_empty(),
    };
    let router = site::router(&site, registry.routers.clone());
    let tables = registry.projections.iter().flat_map(|projection| projection.tables()).collect();
    let log = proofs.log;
    Ok(Assembly {
        engine,
        platform,
        router,
        identity,
        bundles,
        desk,
        tables,
        registry,
        log,
        beside,
        customs,
    })
}
