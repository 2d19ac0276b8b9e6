//! Identity at work: sealing and opening cards, hashing, signing in, provisioning. Pages and the sign-in layer call it.

use crate::decide::login::{LockRules, Login, LoginCommand};
use crate::decide::mandate::{Mandate, MandateCommand};
use crate::decide::party::{Party, PartyCommand};
use crate::decide::reads::{Reads, ReadsCommand};
use crate::decide::session::{Session, SessionCommand, SessionRules};
use crate::error::{IdentityError, SignInError};
use crate::event::{Look, Proof, SessionEnd};
use crate::federated::{Claims, Federated};
use crate::gate::{Mandates, Organs};
use crate::model::{
    Acting, Assurance, Card, Document, LoginKey, MandateKey, PartyKeys, Post, SealedCard,
    SessionKey,
};
use crate::password::{PasswordHash, PasswordPolicy, RateLimit};
use crate::queries;
use blobs::{BlobId, Entropy, KeyName, Vault};
use codes::{Label, Moment};
use kernel::{Actor, Atomic, CommandId, Origin, PartyKey, Shard};
use module::{Clearance, Platform, Receipt, Subject, SubmitError, clear};
use portal::{Failure, RequestError};
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
        f.debug_struct("Outside").field("federated", &self.federated.is_some()).finish_non_exhaustive()
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

/// Twenty tries in five minutes from one address.
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

    /// Submits commands under a fresh id.
    pub(crate) async fn submit(
        &self,
        platform: &Platform,
        by: Clearance,
        commands: Atomic,
    ) -> Result<Receipt, Failure> {
        let id = CommandId::from_bytes(self.random()?);
        platform.commands.submit(by, id, commands).await.map_err(|error| told(&error))
    }

    // --- cards ---------------------------------------------------------------------------------------------------

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
    pub async fn card(&self, platform: &Platform, party: &PartyKey) -> Result<Option<Card>, Failure> {
        let Some(sealed) = queries::sealed_card(&*platform.reader, party).await? else {
            return Ok(None);
        };
        let content = self.outside.vault.open(&Self::card_key(party), &sealed).await?;
        let sealed: SealedCard = serde_json::from_slice(&content).map_err(fault)?;
        Ok(Some(sealed.card))
    }

    /// The name of a party, for its own eyes and its agents'.
    ///
    /// # Errors
    /// The stores fail.
    pub async fn name(&self, platform: &Platform, party: &PartyKey) -> Result<Option<String>, Failure> {
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

    /// Adds the commands that make a party known, to a group of the home shard; its key follows from the document.
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

    /// Records that somebody looked at a party's data, or (`denied`) was refused a look. The clearance says who.
    ///
    /// # Errors
    /// The command was not taken; whoever wanted to show the data then does not.
    pub async fn record_look(
        &self,
        platform: &Platform,
        by: Clearance,
        party: &PartyKey,
        look: Look,
        denied: bool,
    ) -> Result<(), Failure> {
        let record = if denied { ReadsCommand::Deny(look) } else { ReadsCommand::Record(look) };
        let commands = self.atomic().then::<Reads>(party, &record).map_err(fault)?;
        self.submit(platform, by, commands).await.map(|_receipt| ())
    }

    // --- passwords -----------------------------------------------------------------------------------------------

    fn secret_key(login: &LoginKey) -> KeyName {
        KeyName::new(format!("login/{login}"))
    }

    /// Hashes a password off the async threads and seals the hash.
    pub(crate) async fn seal_password(
        &self,
        login: &LoginKey,
        password: &str,
    ) -> Result<BlobId, Failure> {
        self.settings.passwords.check(login, password)?;
        let (salt, cost) = (self.random()?, self.settings.passwords.cost);
        let password = password.to_owned();
        let hash = self.blocking(move || PasswordHash::new(&password, salt, cost)).await?;
        let content = serde_json::to_vec(&hash.map_err(fault)?).map_err(fault)?;
        Ok(self.outside.vault.seal(&Self::secret_key(login), &content).await?)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let _turn = self.hashing.acquire().await.map_err(fault)?;
        tokio::task::spawn_blocking(work).await.map_err(fault)
    }

    /// Whether the password is the login's; it costs the same where there is no such login.
    pub(crate) async fn verify(
        &self,
        login: &LoginKey,
        secret: Option<&BlobId>,
        password: &str,
    ) -> Result<bool, Failure> {
        let password = password.to_owned();
        let cost = self.settings.passwords.cost;
        if password.chars().count() > self.settings.passwords.most {
            return Ok(false);
        }
        let Some(secret) = secret else {
            self.blocking(move || PasswordHash::verify_nothing(&password, cost)).await?;
            return Ok(false);
        };
        let content = self.outside.vault.open(&Self::secret_key(login), secret).await?;
        let hash: PasswordHash = serde_json::from_slice(&content).map_err(fault)?;
        self.blocking(move || hash.verify(&password)).await
    }

    // --- signing in ----------------------------------------------------------------------------------------------

    /// Signs in by name and password. `old` is the session that the browser had, which ends: a token never outlives a
    /// sign-in.
    ///
    /// # Errors
    /// `SIGN_IN_REFUSED`, `LOGIN_LOCKED`, `TOO_MANY_TRIES`.
    pub async fn sign_in(
        &self,
        platform: &Platform,
        typed: (&str, &str),
        place: &str,
        old: Option<&SessionKey>,
    ) -> Result<NewSession, Failure> {
        let now = platform.clock.now();
        self.tries.take(place, now)?;
        let (name, password) = typed;
        let key = LoginKey::of_name(name).ok_or(SignInError::Wrong);
        let row = match &key {
            Ok(key) => queries::login(&*platform.reader, key).await?,
            Err(_) => None,
        };
        let key = key.unwrap_or_else(|_wrong| LoginKey::new(""));
        let locked = row.as_ref().and_then(|row| row.locked_until).filter(|until| now < *until);
        if let Some(until) = locked {
            return Err(IdentityError::Locked { until }.into());
        }
        let secret = row.as_ref().and_then(|row| row.secret.as_ref());
        let right = self.verify(&key, secret, password).await?;
        let Some(row) = row else { return Err(SignInError::Wrong.into()) };
        let by = self.may_sign_in(platform, &key)?;
        if !right {
            let fail = self.atomic().then::<Login>(&key, &LoginCommand::FailSignIn).map_err(fault)?;
            if row.secret.is_some() {
                self.submit(platform, by, fail).await?;
            }
            return Err(SignInError::Wrong.into());
        }
        let acting = self.first_acting(platform, &key, row.party.as_ref()).await?;
        let sign_in = LoginCommand::SignIn { assurance: Assurance::Password };
        let commands = self.atomic().then::<Login>(&key, &sign_in).map_err(fault)?;
        self.open(platform, by, commands, (key, acting, Assurance::Password), old).await
    }

    pub(crate) fn may_sign_in(
        &self,
        platform: &Platform,
        login: &LoginKey,
    ) -> Result<Clearance, Failure> {
        let on = login_subject(login);
        Ok(clear(&*platform.gate, &Actor::Public, "identity.sign_in", &on)?)
    }

    /// Adds the new session to commands, and the end of the old one, and submits all as one.
    pub(crate) async fn open(
        &self,
        platform: &Platform,
        by: Clearance,
        commands: Atomic,
        (login, acting, assurance): (LoginKey, Option<Acting>, Assurance),
        old: Option<&SessionKey>,
    ) -> Result<NewSession, Failure> {
        let token = self.secret()?;
        let open = SessionCommand::Open { login, acting: acting.clone(), assurance };
        let mut commands =
            commands.then::<Session>(&session_key(&token), &open).map_err(fault)?;
        if let Some(old) = old {
            let end = SessionCommand::End { cause: SessionEnd::Replaced };
            commands = commands.then::<Session>(old, &end).map_err(fault)?;
        }
        self.submit(platform, by, commands).await?;
        Ok(NewSession { token, acting })
    }

    /// Signs in whom the identity provider sent back: the person becomes a party if she was none, the login exists from
    /// now on.
    ///
    /// # Errors
    /// `PROVIDER_REFUSED` where the document fails its check.
    pub async fn sign_in_federated(
        &self,
        platform: &Platform,
        claims: Claims,
        old: Option<&SessionKey>,
    ) -> Result<NewSession, Failure> {
        let kind = codes::IdType::ALL.into_iter().find(|kind| kind.key() == claims.id_type);
        let refused = |why: String| Failure::from(SignInError::ProviderRefused(why));
        let kind = kind.ok_or_else(|| refused(format!("document type `{}`", claims.id_type)))?;
        let document = Document::person(kind, &claims.id_number)
            .map_err(|error| refused(error.to_string()))?;
        let login = self.outside.keys.federated_login(&claims.issuer, &claims.subject);
        let by = self.may_sign_in(platform, &login)?;
        let card = Card { mobile: claims.mobile, ..Card::new(claims.name, &document) };
        let (commands, party) = self.register_party(self.atomic(), &document, card).await?;
        let assurance = claims.assurance;
        let tie = PartyCommand::TieLogin { login: login.clone(), assurance };
        let ensure = LoginCommand::Ensure { proof: Proof::Federated { issuer: claims.issuer } };
        let attach = LoginCommand::AttachParty { party: party.clone() };
        let commands = commands
            .then::<Party>(&party, &tie)
            .and_then(|c| c.then::<Login>(&login, &ensure))
            .and_then(|c| c.then::<Login>(&login, &attach))
            .and_then(|c| c.then::<Login>(&login, &LoginCommand::SignIn { assurance }))
            .map_err(fault)?;
        let acting = self.first_acting(platform, &login, Some(&party)).await?;
        self.open(platform, by, commands, (login, acting, assurance), old).await
    }

    /// Makes a login with all that belongs to it; made again, nothing changes.
    ///
    /// # Errors
    /// The password does not fit the policy, or the commands were not taken.
    pub async fn provision(
        &self,
        platform: &Platform,
        by: Clearance,
        wanted: Provision,
    ) -> Result<Option<PartyKey>, Failure> {
        let Provision { login, password, person, posts } = wanted;
        let mut commands = self.atomic();
        if queries::login(&*platform.reader, &login).await?.is_none() {
            let secret = self.seal_password(&login, &password).await?;
            let ensure = LoginCommand::Ensure { proof: Proof::Password { secret } };
            commands = commands.then::<Login>(&login, &ensure).map_err(fault)?;
        }
        let mut known = None;
        if let Some((document, card)) = person {
            let (more, party) = self.register_party(commands, &document, card).await?;
            commands = Self::tie(more, &party, &login, Assurance::RealName).map_err(fault)?;
            known = Some(party);
        }
        for (post, name) in posts {
            let attach = LoginCommand::AttachOfficer { post, name };
            commands = commands.then::<Login>(&login, &attach).map_err(fault)?;
        }
        if !commands.commands.is_empty() {
            self.submit(platform, by, commands).await?;
        }
        Ok(known)
    }

    pub(crate) fn tie(
        commands: Atomic,
        party: &PartyKey,
        login: &LoginKey,
        assurance: Assurance,
    ) -> Result<Atomic, serde_json::Error> {
        commands
            .then::<Party>(party, &PartyCommand::TieLogin { login: login.clone(), assurance })?
            .then::<Login>(login, &LoginCommand::AttachParty { party: party.clone() })
    }

    // --- roles ---------------------------------------------------------------------------------------------------

    /// As whom a login may act now: for its own party, under mandates that hold, in its posts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn choices(
        &self,
        platform: &Platform,
        login: &LoginKey,
        party: Option<&PartyKey>,
    ) -> Result<Vec<Acting>, Failure> {
        let now = platform.clock.now();
        let mut choices = Vec::new();
        if let Some(party) = party {
            choices.push(Acting::Party(party.clone()));
            for mandate in queries::mandates_held(&*platform.reader, party).await? {
                if mandate.holds(now) {
                    choices.push(Acting::Agent { party: mandate.principal, mandate: mandate.mandate });
                }
            }
        }
        let posts = queries::posts(&*platform.reader, login).await?;
        choices.extend(posts.into_iter().map(|row| Acting::Officer(row.post)));
        Ok(choices)
    }

    /// As whom a session begins: the only choice, or the person herself if she is no officer.
    pub(crate) async fn first_acting(
        &self,
        platform: &Platform,
        login: &LoginKey,
        party: Option<&PartyKey>,
    ) -> Result<Option<Acting>, Failure> {
        let choices = self.choices(platform, login, party).await?;
        let officer = choices.iter().any(|choice| matches!(choice, Acting::Officer(_)));
        if choices.len() == 1 || !officer { Ok(choices.into_iter().next()) } else { Ok(None) }
    }

    /// Whether a login holds a role at an instant; for an agent the gate learns the scope of the mandate.
    pub(crate) async fn holds(
        &self,
        platform: &Platform,
        login: &LoginKey,
        acting: &Acting,
        now: Moment,
    ) -> Result<bool, Failure> {
        match acting {
            Acting::Officer(post) => {
                let posts = queries::posts(&*platform.reader, login).await?;
                Ok(posts.iter().any(|row| row.post == *post))
            }
            Acting::Party(party) => {
                let row = queries::login(&*platform.reader, login).await?;
                Ok(row.is_some_and(|row| row.party.as_ref() == Some(party)))
            }
            Acting::Agent { party, mandate } => {
                let own = queries::login(&*platform.reader, login).await?.and_then(|row| row.party);
                let row = queries::mandate(&*platform.reader, mandate).await?;
                let held = row.filter(|row| {
                    row.holds(now) && row.principal == *party && Some(&row.agent) == own.as_ref()
                });
                self.mandates.know(mandate.as_str(), held.as_ref().map(|row| &row.scope));
                Ok(held.is_some())
            }
        }
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

/// A refusal of the platform as a failure.
pub(crate) fn told(error: &SubmitError) -> Failure {
    let refusal = error.refusal();
    Failure::told(refusal.code, refusal.reason, refusal.label, refusal.status, refusal.fields)
}

/// A fault of our own, logged here, told as such.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn fault(error: impl std::fmt::Display) -> Failure {
    tracing::error!(%error, "identity failed");
    RequestError::Fault.into()
}
