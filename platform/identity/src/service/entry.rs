//! Signing in: passwords verified, sessions opened, roles offered, logins provisioned.

use crate::decide::login::{Login, LoginCommand};
use crate::decide::party::{Party, PartyCommand};
use crate::decide::session::{Session, SessionCommand};
use crate::error::{IdentityError, SignInError};
use crate::event::{Proof, SessionEnd};
use crate::federated::Claims;
use crate::model::{Acting, Assurance, Card, Document, LoginKey, SessionKey};
use crate::password::PasswordHash;
use crate::queries;
use crate::service::{Identity, NewSession, Provision, fault, login_subject, session_key};
use blobs::{BlobId, KeyName};
use codes::Moment;
use kernel::{Actor, Atomic, PartyKey};
use module::{Clearance, Platform, clear};
use portal::Failure;

impl Identity {
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
        self.may_try(place, now)?;
        let answer = self.sign_in_now(platform, typed, old, now).await;
        if answer.is_err() {
            self.tries.count(place, now);
        }
        answer
    }

    async fn sign_in_now(
        &self,
        platform: &Platform,
        (name, password): (&str, &str),
        old: Option<&SessionKey>,
        now: Moment,
    ) -> Result<NewSession, Failure> {
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
            let fail =
                self.atomic().then::<Login>(&key, &LoginCommand::FailSignIn).map_err(fault)?;
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
        let mut commands = commands.then::<Session>(&session_key(&token), &open).map_err(fault)?;
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
        let (commands, party) = self.keep_party(platform, self.atomic(), &document, card).await?;
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
            let (more, party) = self.keep_party(platform, commands, &document, card).await?;
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

    /// Gives a login another password, whatever the old one was, and takes passwords again: for whoever runs the
    /// installation, where it was forgotten.
    ///
    /// # Errors
    /// The password does not fit the policy, there is no such login, or its people come by the identity provider.
    pub async fn give_password(
        &self,
        platform: &Platform,
        by: Clearance,
        login: &LoginKey,
        password: &str,
    ) -> Result<(), Failure> {
        let secret = self.seal_password(login, password).await?;
        let commands = self
            .atomic()
            .then::<Login>(login, &LoginCommand::ChangePassword { secret })
            .and_then(|commands| commands.then::<Login>(login, &LoginCommand::Unlock))
            .map_err(fault)?;
        self.submit(platform, by, commands).await.map(|_receipt| ())
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
                    choices
                        .push(Acting::Agent { party: mandate.principal, mandate: mandate.mandate });
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
