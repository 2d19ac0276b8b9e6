//! What pages and the sign-in layer ask of the tables.

use crate::model::{Acting, Assurance, LoginKey, MandateKey, Post, Role, Scope, SessionKey};
use blobs::BlobId;
use codes::{Date, Moment};
use kernel::{OrganKey, PartyKey, Shard, Waiting};
use module::{Concern, Concerns};
use tables::{Query, ReadError, Reader, Row};

/// A login as sign-in needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// The login.
    pub login: LoginKey,
    /// Its sealed hash, where it has a password.
    pub secret: Option<BlobId>,
    /// Its party.
    pub party: Option<PartyKey>,
    /// Until when it takes no password.
    pub locked_until: Option<Moment>,
}

/// The login of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn login(reader: &dyn Reader, login: &LoginKey) -> Result<Option<LoginRow>, ReadError> {
    let query = Query::new(
        "SELECT login, secret, party, locked_until FROM identity_logins WHERE login = $1",
    )
    .arg(login.as_str());
    reader.rows(query).await?.first().map(login_row).transpose()
}

fn login_row(row: &Row) -> Result<LoginRow, ReadError> {
    Ok(LoginRow {
        login: LoginKey::new(row.get::<String>("login")?),
        secret: row.get::<Option<String>>("secret")?.map(BlobId),
        party: row.get::<Option<String>>("party")?.map(PartyKey::new),
        locked_until: row.get("locked_until")?,
    })
}

/// A post with the name of who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRow {
    /// The post.
    pub post: Post,
    /// The name of the officer.
    pub name: String,
}

/// The posts that a login holds.
///
/// # Errors
/// The store cannot be read.
pub async fn posts(reader: &dyn Reader, login: &LoginKey) -> Result<Vec<PostRow>, ReadError> {
    let query = Query::new(
        "SELECT organ, role, name FROM identity_posts WHERE login = $1 ORDER BY organ, role",
    )
    .arg(login.as_str());
    let rows = reader.rows(query).await?;
    let mut posts = Vec::with_capacity(rows.len());
    for row in rows {
        // A role that this version does not know gives no rights.
        let Some(role) = Role::of_key(&row.get::<String>("role")?) else { continue };
        let organ = OrganKey::new(row.get::<String>("organ")?);
        posts.push(PostRow { post: Post { organ, role }, name: row.get("name")? });
    }
    Ok(posts)
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose.
    pub login: LoginKey,
    /// As whom the person acts.
    pub acting: Option<Acting>,
    /// How sure it is who is there.
    pub assurance: Assurance,
    /// When it ends if nothing happens.
    pub until: Moment,
    /// When it ends whatever happens.
    pub latest: Moment,
}

/// The session of a key, if it goes on.
///
/// # Errors
/// The store cannot be read.
pub async fn session(
    reader: &dyn Reader,
    session: &SessionKey,
) -> Result<Option<SessionRow>, ReadError> {
    let query = Query::new(
        "SELECT login, acting, assurance, until_at, latest_at FROM identity_sessions WHERE session = $1",
    )
    .arg(session.as_str());
    let rows = reader.rows(query).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let acting: Option<String> = row.get("acting")?;
    Ok(Some(SessionRow {
        login: LoginKey::new(row.get::<String>("login")?),
        acting: acting.map(|text| serde_json::from_str(&text)).transpose()?,
        assurance: serde_json::from_str(&row.get::<String>("assurance")?)?,
        until: row.get("until_at")?,
        latest: row.get("latest_at")?,
    }))
}

/// The sessions of a login.
///
/// # Errors
/// The store cannot be read.
pub async fn sessions_of(
    reader: &dyn Reader,
    login: &LoginKey,
) -> Result<Vec<SessionKey>, ReadError> {
    let query =
        Query::new("SELECT session FROM identity_sessions WHERE login = $1 ORDER BY session")
            .arg(login.as_str());
    let rows = reader.rows(query).await?;
    rows.iter().map(|row| Ok(SessionKey::new(row.get::<String>("session")?))).collect()
}

/// The sealed card of a party.
///
/// # Errors
/// The store cannot be read.
pub async fn sealed_card(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Option<BlobId>, ReadError> {
    let query =
        Query::new("SELECT sealed FROM identity_parties WHERE party = $1").arg(party.as_str());
    let rows = reader.rows(query).await?;
    rows.first().map(|row| Ok(BlobId(row.get("sealed")?))).transpose()
}

/// A mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateRow {
    /// Its key.
    pub mandate: MandateKey,
    /// For whom.
    pub principal: PartyKey,
    /// Who acts.
    pub agent: PartyKey,
    /// In which services.
    pub scope: Scope,
    /// The last day.
    pub until: Option<Date>,
    /// Whether it follows the register.
    pub by_register: bool,
    /// Since when.
    pub given_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
}

impl MandateRow {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.ended_at.is_none() && self.until.is_none_or(|day| now < Moment::end_of(day))
    }
}

const MANDATE: &str = "SELECT mandate, principal, agent, scope, until_day, ground, given_at, ended_at FROM identity_mandates";

fn mandate_row(row: &Row) -> Result<MandateRow, ReadError> {
    let scope: String = row.get("scope")?;
    Ok(MandateRow {
        mandate: MandateKey::new(row.get::<String>("mandate")?),
        principal: PartyKey::new(row.get::<String>("principal")?),
        agent: PartyKey::new(row.get::<String>("agent")?),
        scope: Scope::of_text(&scope).unwrap_or(Scope::Services(Vec::new())),
        until: row.get("until_day")?,
        by_register: row.get::<String>("ground")? == "register",
        given_at: row.get("given_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// A mandate by its key.
///
/// # Errors
/// The store cannot be read.
pub async fn mandate(
    reader: &dyn Reader,
    mandate: &MandateKey,
) -> Result<Option<MandateRow>, ReadError> {
    let query = Query::new(format!("{MANDATE} WHERE mandate = $1")).arg(mandate.as_str());
    reader.rows(query).await?.first().map(mandate_row).transpose()
}

/// The mandates that a party holds as agent, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn mandates_held(
    reader: &dyn Reader,
    agent: &PartyKey,
) -> Result<Vec<MandateRow>, ReadError> {
    mandates(reader, "agent", agent).await
}

/// The mandates that a party has given, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn mandates_given(
    reader: &dyn Reader,
    principal: &PartyKey,
) -> Result<Vec<MandateRow>, ReadError> {
    mandates(reader, "principal", principal).await
}

async fn mandates(
    reader: &dyn Reader,
    side: &'static str,
    party: &PartyKey,
) -> Result<Vec<MandateRow>, ReadError> {
    let query = Query::new(format!(
        "{MANDATE} WHERE {side} = $1 ORDER BY given_at DESC, mandate LIMIT 200"
    ))
    .arg(party.as_str());
    reader.rows(query).await?.iter().map(mandate_row).collect()
}

/// A look at a person's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// Its place in the list.
    pub seq: u64,
    /// When.
    pub at: Moment,
    /// The organ of who looked.
    pub organ: Option<OrganKey>,
    /// The role in which.
    pub role: Option<Role>,
    /// The name of the officer who looked.
    pub name: Option<String>,
    /// At what: the kind of the thing.
    pub kind: String,
    /// Its key.
    pub thing: String,
    /// The service it was for.
    pub service: Option<String>,
    /// For what purpose.
    pub purpose: String,
    /// Which elements.
    pub fields: Vec<String>,
    /// Whether it was refused.
    pub denied: bool,
    /// By which law, where it is another than that of the kind of thing.
    pub law: Option<String>,
    /// The partner that looked, where it was one.
    pub partner: Option<String>,
}

/// Which looks are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadFilter {
    /// At things of this kind.
    pub kind: Option<String>,
    /// Those that were refused.
    pub refused: bool,
    /// From this instant on.
    pub from: Option<Moment>,
    /// Until before this one.
    pub to: Option<Moment>,
}

/// A page of looks at a party's data, newest first, before a place in the list.
///
/// # Errors
/// The store cannot be read.
pub async fn reads(
    reader: &dyn Reader,
    party: &PartyKey,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<ReadRow>, ReadError> {
    reads_like(reader, party, &ReadFilter::default(), before, limit).await
}

/// As [`reads`], those that a filter wants.
///
/// # Errors
/// The store cannot be read.
pub async fn reads_like(
    reader: &dyn Reader,
    party: &PartyKey,
    filter: &ReadFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<ReadRow>, ReadError> {
    let mut query = Query::new(
        "SELECT r.seq, r.at, r.organ, r.role, r.kind, r.thing, r.service, r.purpose, r.fields, r.denied, r.law, r.partner, \
         (SELECT MIN(p.name) FROM identity_posts p WHERE p.login = r.login) AS name \
         FROM identity_reads r WHERE r.party = $1",
    )
    .arg(party.as_str());
    if let Some(kind) = &filter.kind {
        query = query.and("r.kind", kind.as_str());
    }
    if filter.refused {
        query = query.and("r.denied", true);
    }
    if let Some(from) = filter.from {
        query = query.and_that("r.at >=", from);
    }
    if let Some(to) = filter.to {
        query = query.and_that("r.at <", to);
    }
    if let Some(before) = before {
        query = query.and_that("r.seq <", before);
    }
    let rows = reader.rows(query.text(&format!("ORDER BY r.seq DESC LIMIT {limit}"))).await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &Row) -> Result<ReadRow, ReadError> {
    let fields: String = row.get("fields")?;
    Ok(ReadRow {
        seq: row.get("seq")?,
        at: row.get("at")?,
        organ: row.get::<Option<String>>("organ")?.map(OrganKey::new),
        role: row.get::<Option<String>>("role")?.and_then(|key| Role::of_key(&key)),
        name: row.get("name")?,
        kind: row.get("kind")?,
        thing: row.get("thing")?,
        service: row.get("service")?,
        purpose: row.get("purpose")?,
        fields: fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect(),
        denied: row.get("denied")?,
        law: row.get("law")?,
        partner: row.get("partner")?,
    })
}

/// What identity knows of a party, as the log of evidence asks for it: its own stream, the looks at its data, its logins, the
/// mandates that it gave or holds. Sessions are no evidence of anything that was decided.
#[derive(Clone, Debug)]
pub(crate) struct StreamsOfParty {
    /// The shard of all of them.
    pub(crate) home: Shard,
}

impl Concerns for StreamsOfParty {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        Box::pin(async move {
            let stream = |kind: &str, key: String| Concern {
                shard: self.home.clone(),
                kind: kind.to_owned(),
                key,
            };
            let mut all =
                vec![stream("party", party.to_string()), stream("reads", party.to_string())];
            for (kind, sql) in [
                ("login", "SELECT login AS stream FROM identity_logins WHERE party = $1"),
                ("mandate", "SELECT mandate AS stream FROM identity_mandates WHERE principal = $1"),
                ("mandate", "SELECT mandate AS stream FROM identity_mandates WHERE agent = $1"),
            ] {
                let rows = reader.rows(Query::new(sql).arg(party.as_str())).await?;
                for row in &rows {
                    all.push(stream(kind, row.get("stream")?));
                }
            }
            Ok(all)
        })
    }
}
