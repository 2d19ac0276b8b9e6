//! What the pages of a case need: the case folded from its stream, its answers opened and sealed, commands through the gate.
//!
//! A page that repeats a command must build it as it was built the first time, or the engine takes it for another one under
//! the same id. Whoever builds a command from the case therefore asks for the case as the page saw it, by [`Loaded::as_of`].

use crate::command::CaseCommand;
use crate::error::{CaseError, DeskError};
use crate::law::{Definition, Law};
use crate::model::{Case, CaseKey, Hex, Plan};
use crate::series::{CaseSeries, SeriesCommand, SeriesEvent, SeriesKey};
use blobs::{BlobId, Entropy, KeyName, Vault};
use catalogue::Catalogue;
use codes::{CaseNo, Date, Division};
use documents::Typesetter;
use forms::Answers;
use kernel::{Actor, Aggregate, Atomic, CommandId, PartyKey, Recorded, Shard, Waiting};
use module::{Clearance, Platform, Receipt, Subject, clear};
use portal::{Failure, Posted, RateLimit};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What can be applied for now, and under which bundle a case of each reform opens.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The catalogue in force.
    pub catalogue: Arc<Catalogue>,
    /// The digest of the bundle in force, by reform.
    pub bundles: BTreeMap<u8, Hex>,
}

/// Knows the person card of whoever is signed in; `app` asks `identity` for it.
pub trait SignedInCard: Send + Sync + 'static {
    /// The attributes of the card as far as they are known: `name`, `id_type`, `id_number`, `nationality`, `mobile`.
    fn card<'a>(
        &'a self,
        platform: &'a Platform,
        actor: &'a Actor,
    ) -> Waiting<'a, Result<Option<BTreeMap<String, String>>, Failure>>;
}

/// Knows nobody's card: an installation without real-name sign-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCards;

impl SignedInCard for NoCards {
    fn card<'a>(
        &'a self,
        _platform: &'a Platform,
        _actor: &'a Actor,
    ) -> Waiting<'a, Result<Option<BTreeMap<String, String>>, Failure>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// So many wrong secrets of receipts are taken in so many seconds from one address.
const GUESSES: (u32, i64) = (10, 600);

/// The signs of the secrets of receipts: digits and letters that nobody takes for one another.
const SECRET_SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The signs of a secret: 60 bits.
const SECRET_CHARS: usize = 12;

/// The tools that a desk is made of.
pub struct Tools {
    /// The law in force.
    pub law: Arc<Law>,
    /// What can be applied for.
    pub offer: Offer,
    /// Where answers lie sealed.
    pub vault: Vault,
    /// Sets the documents that are signed.
    pub typesetter: Arc<dyn Typesetter>,
    /// Makes ids of commands and secrets of invitations.
    pub entropy: Arc<dyn Entropy>,
    /// Knows who is signed in.
    pub cards: Arc<dyn SignedInCard>,
    /// The address of the site as browsers see it, without a slash at the end: the head of links that are sent to others.
    pub portal: String,
    /// What the secrets of receipts follow from; nobody outside knows it.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").field("offer", &self.offer.bundles).finish_non_exhaustive()
    }
}

/// Everything that case pages need (办件工作台).
pub struct Desk {
    /// The law in force.
    pub law: Arc<Law>,
    /// Where answers lie sealed.
    pub vault: Vault,
    /// Sets the documents that are signed.
    pub typesetter: Arc<dyn Typesetter>,
    /// Knows who is signed in.
    pub cards: Arc<dyn SignedInCard>,
    /// The address of the site as browsers see it: the head of links that are sent to others.
    pub portal: String,
    /// Slows down whoever guesses the secrets of receipts.
    pub(crate) guesses: RateLimit,
    secret: [u8; 32],
    entropy: Arc<dyn Entropy>,
    offer: RwLock<Arc<Offer>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// A case as a page has it before it (办件全貌).
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The case, folded from its events.
    pub case: Case,
    /// The version of its stream.
    pub version: u64,
    /// Its shard.
    pub shard: Shard,
    /// Its events in order.
    pub events: Vec<Recorded>,
}

/// Who asks for what, under which id, having seen which version.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The action that the gate judges, such as `case.fill`.
    pub action: &'static str,
    /// The task that it is done to; the case itself if none.
    pub task: Option<&'a str>,
    /// The command's id.
    pub id: CommandId,
    /// The version that the sender has seen; none where acts of several people do not collide, such as signing.
    pub expected: Option<u64>,
}

/// The shard of the cases of a division: its prefecture, for one writer there keeps names unique (E12).
#[must_use]
pub fn shard_of(division: Division) -> Shard {
    let home = division.prefecture().or_else(|| division.province()).unwrap_or(division);
    Shard::new(home.to_string())
}

/// The key under which the answers of a case lie sealed.
#[must_use]
pub fn key_of(no: &CaseKey) -> KeyName {
    KeyName::new(no.vault_key())
}

/// A failure of the platform's own making: something that cannot be written as JSON.
fn unwritable(error: &serde_json::Error) -> Failure {
    DeskError::Unwritable(error.to_string()).into()
}

impl Desk {
    /// A desk of tools.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        let Tools { law, offer, vault, typesetter, entropy, cards, portal, secret } = tools;
        Self {
            law,
            vault,
            typesetter,
            cards,
            portal: portal.trim_end_matches('/').to_owned(),
            guesses: RateLimit::new(GUESSES.0, GUESSES.1),
            secret,
            entropy,
            offer: RwLock::new(Arc::new(offer)),
        }
    }

    /// What can be applied for now.
    #[must_use]
    pub fn offer(&self) -> Arc<Offer> {
        Arc::clone(&self.offer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A changed catalogue or bundle takes the place of the old one; open cases keep the bundle under which they began.
    pub fn replace_offer(&self, offer: Offer) {
        *self.offer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(offer);
    }

    /// The case of a number as people type it.
    ///
    /// # Errors
    /// `NO_SUCH_CASE`, `NO_SUCH_CASE` too for a number whose check digits are wrong, and those of the journal.
    pub async fn load(&self, platform: &Platform, no: &str) -> Result<Loaded, Failure> {
        let no: CaseNo = no.parse().map_err(|_typed| Failure::from(CaseError::NoSuchCase))?;
        let shard = shard_of(no.division());
        let events = platform.history.stream(&shard, Case::KIND, &no.to_string(), 0).await?;
        let loaded = Loaded::fold(shard, events)?;
        let plan = loaded.case.plan.as_ref().ok_or(CaseError::NoSuchCase)?;
        // The case may have begun under a bundle that is no longer in force.
        self.law.recall(&plan.bundle).await?;
        Ok(loaded)
    }

    /// The answers on record; empty before the first save.
    ///
    /// # Errors
    /// Those of the vault: the data was erased, or the stores fail.
    pub async fn answers(&self, loaded: &Loaded) -> Result<Answers, Failure> {
        if loaded.case.sealed.is_empty() {
            return Ok(Answers::default());
        }
        let id = BlobId(loaded.case.sealed.clone());
        let content = self.vault.open(&key_of(&loaded.case.no), &id).await?;
        serde_json::from_slice(&content).map_err(|error| unwritable(&error))
    }

    /// Seals answers under the key of their case, with the salt of their digests; the same answers are the same blob.
    ///
    /// # Errors
    /// Those of the vault.
    pub async fn seal(&self, no: &CaseKey, answers: &mut Answers) -> Result<String, Failure> {
        let salted = |secret: &[u8; 32]| {
            let (short, _) = secret.split_at(secret.len() / 2);
            answers.salt = Some(short.iter().map(|byte| format!("{byte:02x}")).collect());
            serde_json::to_vec(answers).map_err(|error| unwritable(&error))
        };
        Ok(self.vault.seal_made(&key_of(no), "answers.salt", salted).await?.0)
    }

    /// The definition under which a case was opened.
    ///
    /// # Errors
    /// `DEFINITION_MISSING`.
    pub fn definition(&self, plan: &Plan) -> Result<Arc<Definition>, Failure> {
        self.law
            .definition(&plan.bundle)
            .ok_or_else(|| CaseError::DefinitionMissing(plan.bundle.clone()).into())
    }

    /// Bytes that nobody can foresee, as hexadecimal digits.
    ///
    /// # Errors
    /// The source of randomness fails.
    pub fn secret(&self) -> Result<String, Failure> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(CommandId::from_bytes(bytes).to_string())
    }

    /// The secret that the receipt of a case bears (查询码): with the number it shows where the case stands, to anybody.
    ///
    /// It follows from the number, so that it is never stored and a receipt printed again bears the same.
    #[must_use]
    pub fn receipt_secret(&self, no: &CaseKey) -> String {
        let mut text = self.secret.to_vec();
        text.extend_from_slice(b"case.receipt\n");
        text.extend_from_slice(no.0.as_bytes());
        let digest = seals::Digest::sha256(&text);
        let sign = |byte: &u8| SECRET_SIGNS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        digest.bytes().iter().take(SECRET_CHARS).map(|byte| char::from(sign(byte))).collect()
    }

    /// A fresh id of a command, for a page's stamp.
    ///
    /// # Errors
    /// The source of randomness fails.
    pub fn fresh_id(&self) -> Result<CommandId, Failure> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(CommandId::from_bytes(bytes))
    }

    /// Sends a command to a case through the gate.
    ///
    /// # Errors
    /// The gate's or the case's refusal.
    pub async fn submit(
        &self,
        platform: &Platform,
        ask: Ask<'_>,
        loaded: &Loaded,
        command: &CaseCommand,
    ) -> Result<Receipt, Failure> {
        let by = loaded.permit(platform, ask.actor, ask.action, ask.task)?;
        let group = Atomic::new(loaded.shard.clone());
        let group = match ask.expected {
            Some(version) => group.then_at::<Case>(&loaded.case.no, version, command),
            None => group.then::<Case>(&loaded.case.no, command),
        };
        let group = group.map_err(|error| unwritable(&error))?;
        platform.commands.submit(by, ask.id, group).await.map_err(Failure::from)
    }

    /// Opens a case: allots its number, then opens it under that number. A number left over is no harm.
    ///
    /// # Errors
    /// The gate's refusal, `SERIES_EXHAUSTED`, and those of the case.
    pub async fn open(
        &self,
        platform: &Platform,
        actor: &Actor,
        id: CommandId,
        applicant: &PartyKey,
        plan: Plan,
    ) -> Result<CaseKey, Failure> {
        let wrong = |_code| Failure::from(DeskError::PlaceUnknown(plan.place.clone()));
        let division: Division = plan.place.parse().map_err(wrong)?;
        let on = Subject {
            parties: vec![applicant.to_string()],
            place: plan.place.clone(),
            ..Subject::new("Case", "new")
        };
        let by = clear(&*platform.gate, actor, "case.open", &on)?;
        let today = platform.clock.now().date();
        let no = self.allot(platform, by.clone(), id, division, today).await?;
        let command = CaseCommand::Open {
            no: no.clone(),
            applicant: applicant.clone(),
            plan: Box::new(plan),
        };
        let group = Atomic::new(shard_of(division))
            .then_at::<Case>(&no, 0, &command)
            .map_err(|error| unwritable(&error))?;
        platform.commands.submit(by, id, group).await?;
        Ok(no)
    }

    async fn allot(
        &self,
        platform: &Platform,
        by: Clearance,
        id: CommandId,
        division: Division,
        today: Date,
    ) -> Result<CaseKey, Failure> {
        let key = SeriesKey::of(division, today);
        let group = Atomic::new(shard_of(division))
            .then::<CaseSeries>(&key, &SeriesCommand::Allot)
            .map_err(|error| unwritable(&error))?;
        // The same opening sent again asks for the same number again.
        let id = CommandId::derive(&[b"case.number", id.bytes(), key.0.as_bytes()]);
        let receipt = platform.commands.submit(by, id, group).await?;
        let allotted = receipt.events.first().map(Recorded::read::<SeriesEvent>);
        let Some(Ok(SeriesEvent::Allotted { serial })) = allotted else {
            return Err(DeskError::Unwritable("no number was allotted".to_owned()).into());
        };
        Ok(CaseKey(CaseNo::new(division, today, serial)?.to_string()))
    }
}

impl Loaded {
    /// The case that events add up to.
    ///
    /// # Errors
    /// An event cannot be read.
    pub fn fold(shard: Shard, events: Vec<Recorded>) -> Result<Self, Failure> {
        let mut case = Case::default();
        for event in &events {
            let event = event.read().map_err(|error| DeskError::Unreadable(error.to_string()))?;
            case.evolve(&event);
        }
        let version = events.last().map_or(0, |event| event.version);
        Ok(Self { case, version, shard, events })
    }

    /// The case as it stood at a version: what a page of that version was made from.
    ///
    /// # Errors
    /// An event cannot be read.
    pub fn as_of(&self, version: Option<u64>) -> Result<Self, Failure> {
        match version {
            Some(version) if version < self.version => {
                let seen = self.events.iter().filter(|event| event.version <= version);
                Self::fold(self.shard.clone(), seen.cloned().collect())
            }
            _ => Ok(self.clone()),
        }
    }

    /// What the case set out with.
    ///
    /// # Errors
    /// `NO_SUCH_CASE` before it was opened.
    pub fn plan(&self) -> Result<Arc<Plan>, Failure> {
        self.case.plan.clone().ok_or_else(|| CaseError::NoSuchCase.into())
    }

    /// The case as the gate sees it.
    #[must_use]
    pub fn thing(&self) -> Subject {
        Subject {
            parties: self.case.applicant.iter().map(ToString::to_string).collect(),
            place: self.place(),
            ..Subject::new("Case", self.case.no.to_string())
        }
    }

    /// A task as the gate sees it: it lies with its organ.
    ///
    /// # Errors
    /// `NO_SUCH_TASK`.
    pub fn task_thing(&self, task: &str) -> Result<Subject, Failure> {
        let plan = self.plan()?;
        let row = plan.task(task).ok_or_else(|| CaseError::NoSuchTask(task.to_owned()))?;
        Ok(Subject {
            organ: Some(row.organ.clone()),
            parties: self.case.applicant.iter().map(ToString::to_string).collect(),
            place: plan.place.clone(),
            ..Subject::new("Task", format!("{}/{task}", self.case.no))
        })
    }

    fn place(&self) -> String {
        self.case.plan.as_ref().map(|plan| plan.place.clone()).unwrap_or_default()
    }

    /// Asks the gate whether somebody may do something to the case, or to one of its tasks.
    ///
    /// # Errors
    /// The gate's refusal.
    pub fn permit(
        &self,
        platform: &Platform,
        actor: &Actor,
        action: &'static str,
        task: Option<&str>,
    ) -> Result<Clearance, Failure> {
        let on = match task {
            Some(task) => self.task_thing(task)?,
            None => self.thing(),
        };
        Ok(clear(&*platform.gate, actor, action, &on)?)
    }
}

/// The stamp that a form carried: the id of its command, and the version it was made from.
///
/// # Errors
/// `COMMAND_ID` if the form carries no id.
pub fn stamped(posted: &Posted) -> Result<(CommandId, Option<u64>), Failure> {
    let id = posted.command_id().and_then(|text| text.parse().ok());
    Ok((id.ok_or(DeskError::CommandId)?, posted.expected_version()))
}
