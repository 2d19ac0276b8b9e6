//! A whole platform: penalty cases with real delivery, licences, propagation and log; gateway and mail server do as told.

use crate::steps::{NO, tables};
use blobs::{BlobError, Blobs, MemoryBlobs, MemoryVaultKeys, Vault};
use calendar::Calendar;
use codes::Moment;
use delivery::confirmation::SealedValue;
use delivery::{
    AddressKind, Confirmation, ConfirmationCommand, ConfirmationKey, ConfirmationRules,
    DeliveryModule, Intake, Kept, Mail, MailError, Mailer, PartyAct, Patience, Signature, Taken,
    TextError, TextMessage, TextTaken, Texter,
};
use documents::{DocumentError, Numbers, Template, Templates, Typesetter, Values};
use evidence::{EvidenceModule, Log, Packages, Settings, Witness, witness_purpose};
use exchange::{Post, PropagationModule, PropagationRules};
use journal::Journal;
use journal::memory::MemoryJournal;
use kernel::{
    Actor, Address, Atomic, ErrandError, ErrandId, Json, OrganKey, PartyKey, Reaction, Recorded,
    Shard, Waiting,
};
use licences::LicencesModule;
use module::{Platform, Stage as _};
use penalty_module::{Evidence, Parties, PenaltyLaw, PenaltyModule, Tools};
use seals::{Algorithm, Commitment, MemoryKeys, Purpose, Salt};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use testbed::{LateClock, LateReader, Reply, Setup, Testbed};

pub(crate) const SHARD: &str = "440100";
pub(crate) const SECRET: [u8; 32] = [7; 32];
pub(crate) const PORTAL: &str = "https://portal.example";
/// What the vault seals and no event may hold.
pub(crate) const NAME: &str = "广州青禾餐饮管理有限公司";
pub(crate) const USCC: &str = "91440115MAD2K7Q49J";
pub(crate) const EMAIL: &str = "chen@qinghe.example";
pub(crate) const MOBILE: &str = "+8613800138000";

pub(crate) fn shard() -> Shard {
    Shard::new(SHARD)
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../documents")
}

/// The templates of the folder.
pub(crate) fn templates() -> Templates {
    let mut templates = Templates::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".yaml") && !name.ends_with(".sample.yaml")
        })
        .collect();
    files.sort();
    for path in files {
        let yaml = std::fs::read_to_string(&path).expect("readable");
        let template =
            Template::read(&yaml, |name| std::fs::read_to_string(folder().join(name)).ok());
        templates.add(template.unwrap_or_else(|fault| panic!("{fault}"))).expect("once");
    }
    templates
}

/// Prints values as they are.
struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).expect("json")).into_bytes())
    }
}

/// Keeps what it is given and answers as told; when nothing is told, it takes everything.
#[derive(Default)]
pub(crate) struct Postman {
    pub(crate) given: Mutex<Vec<Mail>>,
    pub(crate) answers: Mutex<VecDeque<MailError>>,
}

impl Mailer for Postman {
    fn send(&self, mail: Mail) -> Waiting<'_, Result<Taken, MailError>> {
        let message_id = format!("<{}@lianban.example>", mail.id);
        self.given.lock().expect("whole").push(mail);
        let answer = self.answers.lock().expect("whole").pop_front();
        Box::pin(async move {
            answer.map_or_else(|| Ok(Taken { message_id, answer: "250 2.0.0 Ok".to_owned() }), Err)
        })
    }
}

/// A gateway that takes every text message.
#[derive(Default)]
pub(crate) struct Gateway(pub(crate) Mutex<Vec<TextMessage>>);

impl Texter for Gateway {
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>> {
        let mut given = self.0.lock().expect("whole");
        given.push(message);
        let gateway_id = format!("g{}", given.len());
        Box::pin(async move { Ok(TextTaken { gateway_id, answer: "0 ok".to_owned() }) })
    }
}

/// Every recipient of what is published confirms at once.
struct Publicity;

impl Post for Publicity {
    fn deliver(
        &self,
        _id: ErrandId,
        _to: Address,
        _body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// Carries messages by the exchange's own carrier.
struct ByCarrier(exchange::Carrier);

impl engine::Courier for ByCarrier {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(self.0.deliver(id, to, body))
    }
}

/// The party of the proof, and the office that handles its case.
struct Directory;

impl Parties for Directory {
    fn of(&self, kind: &str, number: &str) -> Option<PartyKey> {
        let sound = kind != "uscc" || number.parse::<codes::Uscc>().is_ok();
        sound.then(|| PartyKey::new("qinghe"))
    }

    fn place(&self, organ: &OrganKey) -> Option<String> {
        (organ.as_str() == "440100-customs").then(|| SHARD.to_owned())
    }
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) tools: Arc<Tools>,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) postman: Arc<Postman>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) vault: Vault,
}

fn keys_since(long_ago: Moment) -> Arc<MemoryKeys> {
    let keys = MemoryKeys::new();
    for (purpose, algorithm, seed) in [
        (Purpose::LICENCES, Algorithm::Es256, 1),
        (Purpose::LOG, Algorithm::Ed25519, 2),
        (Purpose::EXCHANGE, Algorithm::Ed25519, 3),
        (witness_purpose(), Algorithm::Ed25519, 4),
    ] {
        keys.generate(purpose, algorithm, long_ago, &[seed; 32]).expect("a key");
    }
    Arc::new(keys)
}

impl Bed {
    pub(crate) async fn at(begin: &str) -> Self {
        Self::with(begin, None).await
    }

    /// The same, with partners that are reached over real sockets, and the address at which they reach us.
    #[expect(clippy::too_many_lines, reason = "a platform is put together once, in one place")]
    pub(crate) async fn with(begin: &str, line: Option<(exchange::Partners, String)>) -> Self {
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let drawn = AtomicU8::new(0);
        let entropy = move |bytes: &mut [u8]| -> Result<(), BlobError> {
            bytes.fill(drawn.fetch_add(1, Ordering::SeqCst));
            Ok(())
        };
        let vault =
            Vault::new(Arc::clone(&blobs), Arc::new(MemoryVaultKeys::new()), Arc::new(entropy));
        let begin = crate::steps::at(begin);
        let keys = keys_since(begin.plus_seconds(-86_400));
        let (reader, clock) = (Arc::new(LateReader::default()), Arc::new(LateClock::default()));
        let (typesetter, templates) = (Arc::new(Printer), Arc::new(templates()));
        let numbers = Arc::new(Numbers::platform().expect("the table is sound"));
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
        let log = Log::new(
            Settings::in_memory("portal.example/evidence/log"),
            Arc::clone(&journal),
            keys.clone(),
            clock.clone(),
        );
        let law = PenaltyLaw::new(&tables(), Calendar::embedded()).expect("all tables");
        let tools = Arc::new(Tools {
            law: Arc::new(law),
            vault: vault.clone(),
            reader: reader.clone(),
            typesetter: typesetter.clone(),
            templates: templates.clone(),
            evidence: Some(Evidence { packages: Packages::of(log.clone()), stamper: None }),
            parties: Arc::new(Directory),
            confirmations: ConfirmationRules::new(SECRET),
            publicity: ["credit-china".to_owned()].into(),
            notary: Some("notary".to_owned()),
            portal: PORTAL.to_owned(),
            secret: SECRET,
        });
        let (postman, gateway) = (Arc::new(Postman::default()), Arc::new(Gateway::default()));
        let delivery = DeliveryModule::new(
            delivery::Outside {
                typesetter: typesetter.clone(),
                templates: templates.clone(),
                mailer: postman.clone(),
                vault: vault.clone(),
                reader: reader.clone(),
                portal: PORTAL.to_owned(),
                secret: SECRET,
                sealer: None,
            },
            Arc::clone(&numbers),
            Patience::default(),
            shard(),
        )
        .texter(gateway.clone());
        let licences = LicencesModule::new(
            licences::Outside {
                typesetter,
                templates,
                blobs: Arc::clone(&blobs),
                vault: vault.clone(),
                reader: reader.clone(),
                keys: keys.clone(),
                algorithm: Algorithm::Es256,
                clock: clock.clone(),
                portal: PORTAL.to_owned(),
                secret: SECRET,
            },
            numbers,
        );
        let rules = Arc::new(PropagationRules::new(Calendar::embedded()));
        let witness = Arc::new(Witness::new("witness.example", Vec::new(), log.clone(), None));
        let mut carrier = None;
        let mut modules: Vec<Box<dyn module::Module>> = vec![
            Box::new(delivery),
            Box::new(licences),
            Box::new(PropagationModule::new(rules, Arc::new(Publicity))),
            Box::new(EvidenceModule::new(log, witness)),
            Box::new(PenaltyModule::new(Arc::clone(&tools))),
        ];
        if let Some((partners, address)) = line {
            let contracts = exchange::Contracts::builtin().expect("sound");
            let own = penalty_module::CONTRACTS;
            let contracts = own.iter().try_fold(contracts, |all, text| all.with(text));
            let outside = Arc::new(exchange::Outside {
                partners,
                contracts: Arc::new(contracts.expect("sound")),
                keys: keys.clone(),
                vault: vault.clone(),
                clock: clock.clone(),
                address: exchange::Address::parse(&address).expect("sound"),
                home: shard(),
                answer_wait: std::time::Duration::from_secs(20),
                roots_pem: Vec::new(),
            });
            carrier = Some(exchange::Carrier::new(Arc::clone(&outside)).expect("a client"));
            modules.push(Box::new(exchange::ExchangeModule::new(outside)));
        }
        let setup = Setup::new(modules).at(begin).journal(journal).blobs(blobs);
        let setup = match carrier {
            Some(carrier) => setup.courier(ByCarrier(carrier)),
            None => setup,
        };
        let bed = setup.start().await.expect("it starts");
        reader.follow(bed.platform());
        clock.follow(bed.platform());
        Self { bed, tools, keys, postman, gateway, vault }
    }

    pub(crate) fn platform(&self) -> &Platform {
        self.bed.platform()
    }

    pub(crate) async fn wind(&self, to: &str) {
        self.bed.wind(crate::steps::at(to)).await.expect("wound");
    }

    pub(crate) fn now(&self) -> Moment {
        self.platform().clock.now()
    }

    async fn committed(&self, value: &str) -> (Kept, Commitment) {
        let salt = Salt::new([5; 16]);
        let commitment = Commitment::to(&salt, value).expect("canonical");
        let sealed = SealedValue { salt, value: value.to_owned() };
        let json = serde_json::to_vec(&sealed).expect("json");
        (self.vault.keep(Some(&format!("penalty/{NO}")), &json).await.expect("kept"), commitment)
    }

    async fn party_act(&self, act: PartyAct) {
        let command = ConfirmationCommand::Party { token: None, act };
        self.confirmation(crate::steps::party("qinghe"), command).await;
    }

    async fn confirmation(&self, actor: Actor, command: ConfirmationCommand) {
        let key = confirmation();
        let commands = Atomic::new(shard()).then::<Confirmation>(&key, &command).expect("json");
        let id = self.bed.next_id();
        self.bed.submit_as(actor, id, commands).await.expect("done");
    }

    /// The party fills in the form on its phone and signs it, with these addresses and sorts of documents.
    pub(crate) async fn confirm(&self, addresses: &[(AddressKind, &str)], scopes: &[&str]) {
        let rules = ConfirmationRules::new(SECRET);
        self.party_act(PartyAct::Open).await;
        for (no, (kind, value)) in (1_u32..).zip(addresses) {
            let (value, commitment) = self.committed(value).await;
            let priority = u8::try_from(no).expect("few");
            self.party_act(PartyAct::Propose { kind: *kind, value, commitment, priority }).await;
            if *kind != AddressKind::Account {
                let code = rules.code(&confirmation(), no, 1);
                self.party_act(PartyAct::Echo { no, code }).await;
            }
        }
        for scope in scopes {
            self.party_act(PartyAct::Choose { scope: (*scope).to_owned() }).await;
        }
        self.party_act(PartyAct::BeginReading).await;
        self.bed.wind(self.now().plus_seconds(20)).await.expect("wound");
        self.party_act(PartyAct::FinishReading { heard_seconds: None }).await;
        let (value, commitment) = self.committed("南沙区金沙路12号").await;
        self.party_act(PartyAct::Postal { value, commitment }).await;
        let check = ConfirmationCommand::CheckIdentity { document: "居民身份证".to_owned() };
        self.confirmation(crate::steps::officer("a"), check).await;
        let history = &*self.platform().history;
        let folded =
            delivery::confirmation::queries::folded(history, &shard(), &confirmation()).await;
        let form = folded.expect("folded").form_digest().expect("there");
        let (picture, _) = self.committed("ink").await;
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let signature = Signature::Drawn { picture };
        self.party_act(PartyAct::Sign { scopes, signature, form }).await;
    }

    pub(crate) fn intake(&self) -> Intake {
        Intake::new(self.platform().clone(), self.vault.clone())
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, form: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> = form
            .iter()
            .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
            .collect();
        let mut request = axum::http::Request::new(axum::body::Body::from(pairs.join("&")));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = path.parse().expect("a path");
        let kind = axum::http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        request.extensions_mut().insert(module::Who(actor.clone()));
        self.bed.send(request).await
    }

    /// Every event so far.
    pub(crate) async fn events(&self) -> Vec<Recorded> {
        self.bed.events(&shard(), 0).await.expect("readable")
    }

    /// The names of the events of the case.
    pub(crate) async fn turns(&self) -> Vec<String> {
        let all = self.events().await;
        let own = all.iter().filter(|event| &*event.kind == "penalty");
        own.map(|event| event.name().to_owned()).collect()
    }
}

pub(crate) fn confirmation() -> ConfirmationKey {
    ConfirmationKey(format!("penalty.{NO}"))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
