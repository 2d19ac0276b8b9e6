//! Identity at work: sealing and opening cards, hashing, signing in, provisioning. Pages and the sign-in layer call it.

mod entry;

use crate::decide::login::LockRules;
use crate::decide::mandate::{Mandate, MandateCommand};
use crate::decide::party::{Party, PartyCommand};
use crate::decide::reads::{Reads, ReadsCommand};
use crate::decide::session::SessionRules;
use crate::error::SignInError;
use crate::event::Look;
use crate::federated::Federated;
use crate::gate::{Mandates, Organs};
use crate::model::{
    Acting, Card, Document, LoginKey, MandateKey, PartyKeys, Post, SealedCard, SessionKey,
};
use crate::password::PasswordPolicy;
use crate::queries;
use blobs::{BlobId, Entropy, KeyName, Vault};
use codes::{Label, Moment};
use kernel::{Actor, Atomic, CommandId, Origin, PartyKey, Shard};
use module::{Clearance, Platform, Receipt, Subject, clear};
use portal::{Failure, Posted, RateLimit, RequestError};
use seals::{Commitment, Salt};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How identity is set up in an installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shard of parties, logins, sessions, mandates and looks.
    pub home: Shard,
    /// Whether the site is reached by https; cookies are then `Secure` and bear the `__Host-` prefix.
    pub secure: bool,
    /// The address of the site as browsers see it, without a slash at the end; identity providers send people back to it.
    pub public_url: String,
    /// Whether people may register a login themselves.
    pub self_registration: bool,
    /// Whether the client's address is read from `X-Forwarded-For`, which a proxy in front must then set.
    pub behind_proxy: bool,
    /// What a password must be.
    pub passwords: PasswordPolicy,
    /// When a login locks.
    pub locks: LockRules,
    /// How long sessions last.
    pub sessions: SessionRules,
    /// Logins that the sign-in page offers; only in a demonstration.
    pub demo: Vec<DemoLogin>,
}

impl Settings {
    /// The settings of a site at an address, with the default rules.
    #[must_use]
    pub fn new(home: Shard, public_url: impl Into<String>) -> Self {
        let public_url = public_url.into();
        Self {
            home,
            secure: public_url.starts_with("https://"),
            public_url,
            self_registration: true,
            behind_proxy: false,
            passwords: PasswordPolicy::default(),
            locks: LockRules::default(),
            sessions: SessionRules::default(),
            demo: Vec::new(),
        }
    }
}

/// A login that the sign-in page of a demonstration offers (演示账号).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLogin {
    /// Its name.
    pub login: LoginKey,
    /// Its password, which is no secret.
    pub password: String,
    /// Who it is.
    pub label: Label,
}

/// A login to be made by the platform itself: demo data, the first operator.
#[derive(Clone, Debug)]
pub struct Provision {
    /// Its name.
    pub login: LoginKey,
    /// Its password.
    pub password: String,
    /// The person, where the login is a party's.
    pub person: Option<(Document, Card)>,
    /// The posts, where it is an officer's, with her name.
    pub posts: Vec<(Post, String)>,
}

/// A session that has just begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The secret for the browser's cookie.
    pub token: String,
    /// As whom the person acts; none where she has to choose.
    pub acting: Option<Acting>,
}

/// What identity needs from outside.
#[derive(Clone)]
pub struct Outside {
    /// Makes party keys.
    pub keys: PartyKeys,
    /// Seals cards and hashes.
    pub vault: Vault,
    /// Draws tokens, salts and ids: the system's in production, a fixed one in tests.
    pub entropy: Arc<dyn Entropy>,
    /// Where organs are, and what they are called.
    pub organs: Arc<dyn Organs>,
    /// The identity provider, where there is one.
    pub federated: Option<Arc<dyn Federated>>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside")
            .field("federated", &self.federated.is_some())
            .finish_non_exhaustive()
    }
}

/// Identity at work (身份服务). One a process; pages, the sign-in layer, linkage and `app` share it.
pub struct Identity {
    pub(crate) settings: Settings,
    pub(crate) outside: Outside,
    pub(crate) mandates: Arc<Mandates>,
    pub(crate) tries: RateLimit,
    hashing: Semaphore,
    names: Mutex<BTreeMap<BlobId, String>>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("home", &self.settings.home).finish_non_exhaustive()
    }
}

/// Twenty tries that fail in five minutes from one address.
const TRIES: (u32, i64) = (20, 300);
/// Hashes computed at once: each takes memory and a core.
const HASHING: usize = 2;
/// Names of parties remembered, so that a page need not open a card to greet.
const NAMES_MAX: usize = 2_000;

impl Identity {
    /// Identity with its settings and its outside.
    #[must_use]
    pub fn new(settings: Settings, outside: Outside) -> Self {
        Self {
            settings,
            outside,
            mandates: Arc::default(),
            tries: RateLimit::new(TRIES.0, TRIES.1),
            hashing: Semaphore::new(HASHING),
            names: Mutex::default(),
        }
    }

    /// Makes party keys.
    #[must_use]
    pub fn keys(&self) -> &PartyKeys {
        &self.outside.keys
    }

    /// What the gate shall take to be true of mandates.
    #[must_use]
    pub fn mandates(&self) -> Arc<Mandates> {
        Arc::clone(&self.mandates)
    }

    /// The shard of identity's aggregates.
    #[must_use]
    pub fn home(&self) -> &Shard {
        &self.settings.home
    }

    /// Whether a place may try to sign in now.
    pub(crate) fn may_try(&self, place: &str, now: Moment) -> Result<(), SignInError> {
        self.tries.check(place, now).map_err(|until| SignInError::TooManyTries { until })
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        self.outside.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A secret of 256 random bits as text.
    pub(crate) fn secret(&self) -> Result<String, Failure> {
        Ok(seals::base64url(&self.random::<32>()?))
    }

    pub(crate) fn atomic(&self) -> Atomic {
        Atomic::new(self.settings.home.clone())
    }

    /// The id of the command that a form carries, so that the form sent twice acts once; a fresh one where it has none.
    pub(crate) fn id_of(&self, posted: &Posted) -> Result<CommandId, Failure> {
        match posted.command_id().and_then(|text| text.parse().ok()) {
            Some(id) => Ok(id),
            None => Ok(CommandId::from_bytes(self.random()?)),
        }
    }

    /// Submits commands under a fresh id.
    pub(crate) async fn submit(
        &self,
        platform: &Platform,
        by: Clearance,
        commands: Atomic,
    ) -> Result<Receipt, Failure> {
        let id = CommandId::from_bytes(self.random()?);
        self.submit_as(platform, by, id, commands).await
    }

    /// Submits commands under an id: done once, however often it is sent.
    pub(crate) async fn submit_as(
        &self,
        platform: &Platform,
        by: Clearance,
        id: CommandId,
        commands: Atomic,
    ) -> Result<Receipt, Failure> {
        platform.commands.submit(by, id, commands).await.map_err(Failure::from)
    }

    fn card_key(party: &PartyKey) -> KeyName {
        KeyName::new(format!("party/{party}"))
    }

    /// Seals a card under its party's key.
    ///
    /// # Errors
    /// The vault fails, or the party's data was erased.
    pub async fn seal_card(
        &self,
        party: &PartyKey,
        card: Card,
    ) -> Result<(BlobId, Commitment), Failure> {
        let sealed = SealedCard { salt: Salt::new(self.random()?), card };
        let commitment = sealed.commitment()?;
        let content = serde_json::to_vec(&sealed).map_err(fault)?;
        Ok((self.outside.vault.seal(&Self::card_key(party), &content).await?, commitment))
    }

    /// The card of a party. Whoever shows it to anyone but the party records the look: [`Identity::record_look`].
    ///
    /// # Errors
    /// The stores fail, or the party's data was erased.
    pub async fn card(
        &self,
        platform: &Platform,
        party: &PartyKey,
    ) -> Result<Option<Card>, Failure> {
        let Some(sealed) = queries::sealed_card(&*platform.reader, party).await? else {
            return Ok(None);
        };
        let content = self.outside.vault.open(&Self::card_key(party), &sealed).await?;
        let sealed: SealedCard = serde_json::from_slice(&content).map_err(fault)?;
        Ok(Some(sealed.card))
    }

    /// The card of the person at the keyboard, for her own forms: no look that has to be recorded.
    ///
    /// # Errors
    /// The stores fail, or the person's data was erased.
    pub async fn own_card(
        &self,
        platform: &Platform,
        login: &LoginKey,
    ) -> Result<Option<Card>, Failure> {
        match queries::login(&*platform.reader, login).await?.and_then(|row| row.party) {
            Some(party) => self.card(platform, &party).await,
            None => Ok(None),
        }
    }

    /// The name of a party, for its own eyes and its agents'.
    ///
    /// # Errors
    /// The stores fail.
    pub async fn name(
        &self,
        platform: &Platform,
        party: &PartyKey,
    ) -> Result<Option<String>, Failure> {
        let Some(sealed) = queries::sealed_card(&*platform.reader, party).await? else {
            return Ok(None);
        };
        if let Some(name) = self.names().get(&sealed) {
            return Ok(Some(name.clone()));
        }
        let name = self.card(platform, party).await?.map(|card| card.name);
        if let Some(name) = &name {
            let mut names = self.names();
            if names.len() >= NAMES_MAX {
                names.clear();
            }
            names.insert(sealed, name.clone());
        }
        Ok(name)
    }

    fn names(&self) -> std::sync::MutexGuard<'_, BTreeMap<BlobId, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the commands that make a party known, to a group of the home shard; its key follows from the document. Where
    /// the party is known already nothing happens, so errands of linkage may do it again.
    ///
    /// # Errors
    /// The vault fails.
    pub async fn register_party(
        &self,
        commands: Atomic,
        document: &Document,
        card: Card,
    ) -> Result<(Atomic, PartyKey), Failure> {
        let party = self.outside.keys.of(document);
        let (sealed, commitment) = self.seal_card(&party, card).await?;
        let register = PartyCommand::Register { kind: document.kind(), sealed, commitment };
        Ok((commands.then::<Party>(&party, &register).map_err(fault)?, party))
    }

    /// As [`Identity::register_party`], and where the party is known with another card, the new one takes its place; a
    /// card that says nothing of a mobile number leaves the known one.
    ///
    /// # Errors
    /// The stores fail, or the party's data was erased.
    pub async fn keep_party(
        &self,
        platform: &Platform,
        commands: Atomic,
        document: &Document,
        mut card: Card,
    ) -> Result<(Atomic, PartyKey), Failure> {
        let party = self.outside.keys.of(document);
        let Some(known) = self.card(platform, &party).await? else {
            return self.register_party(commands, document, card).await;
        };
        card.mobile = card.mobile.or_else(|| known.mobile.clone());
        if card == known {
            return Ok((commands, party));
        }
        let (sealed, commitment) = self.seal_card(&party, card).await?;
        let correct = PartyCommand::Correct { sealed, commitment };
        Ok((commands.then::<Party>(&party, &correct).map_err(fault)?, party))
    }

    /// The commands that make the legal representative's mandate follow the register: for linkage, on `Established` and on
    /// every change of the entry.
    ///
    /// # Errors
    /// The command cannot be written as JSON.
    pub fn follow_register(
        home: &Shard,
        enterprise: &PartyKey,
        representative: &PartyKey,
        origin: Origin,
    ) -> Result<Atomic, serde_json::Error> {
        let follow = MandateCommand::FollowRegister {
            enterprise: enterprise.clone(),
            representative: representative.clone(),
            origin,
        };
        let key = MandateKey::of_legal_representative(enterprise);
        Atomic::new(home.clone()).then::<Mandate>(&key, &follow)
    }

    /// Records that an actor looked at a party's data, or (`denied`) was refused a look.
    ///
    /// # Errors
    /// The command was not taken; whoever wanted to show the data then does not.
    pub async fn record_look(
        &self,
        platform: &Platform,
        actor: &Actor,
        party: &PartyKey,
        look: Look,
        denied: bool,
    ) -> Result<(), Failure> {
        let record = if denied { ReadsCommand::Deny(look) } else { ReadsCommand::Record(look) };
        let id = CommandId::from_bytes(self.random()?);
        self.record_look_once(platform, actor, party, &record, id).await
    }

    /// As [`Identity::record_look`], under an id: the same look told again under it is recorded once.
    ///
    /// # Errors
    /// The command was not taken.
    pub async fn record_look_once(
        &self,
        platform: &Platform,
        actor: &Actor,
        party: &PartyKey,
        record: &ReadsCommand,
        id: CommandId,
    ) -> Result<(), Failure> {
        let on = Subject::new("Reads", party.as_str());
        let by = clear(&*platform.gate, actor, "identity.record_look", &on)?;
        let commands = self.atomic().then::<Reads>(party, record).map_err(fault)?;
        let taken = platform.commands.submit(by, id, commands).await;
        taken.map(drop).map_err(Failure::from)
    }
}

/// The key of a session from its token.
#[must_use]
pub(crate) fn session_key(token: &str) -> SessionKey {
    SessionKey::new(seals::Digest::sha256(token.as_bytes()).hex())
}

/// A login as the gate sees it.
pub(crate) fn login_subject(login: &LoginKey) -> Subject {
    Subject { facts: vec![("login", login.to_string())], ..Subject::new("Login", login.as_str()) }
}

/// A fault of our own, logged here, told as such.
pub(crate) fn fault(error: impl std::fmt::Display) -> Failure {
    tracing::error!(%error, "identity failed");
    RequestError::Fault.into()
}
