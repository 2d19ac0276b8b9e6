//! Checking a licence (核验): by its token, by a signed copy that somebody holds, or by whatever file somebody brings.

use crate::errand::Outside;
use crate::model::{LicenceKey, State};
use crate::queries::{self, LicenceRow, Turn};
use crate::statement::{Statement, trusted};
use crate::verify::Subject;
use blobs::BlobId;
use codes::{Label, Moment};
use seals::{KeyRecord, KeyState, SealError};
use serde::Serialize;
use tables::{ReadError, Reader};

/// The one big answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In force.
    Valid,
    /// Suspended.
    Suspended,
    /// Ended by an act.
    Ended,
    /// Another took its place.
    Replaced,
    /// Its term is over.
    Expired,
    /// The copy was changed, or was never signed here.
    Altered,
    /// Nothing is known under this token or number.
    Unknown,
}

impl Verdict {
    fn of(state: State) -> Self {
        match state {
            State::Preparing => Self::Unknown,
            State::Valid => Self::Valid,
            State::Suspended => Self::Suspended,
            State::Ended => Self::Ended,
            State::Replaced => Self::Replaced,
            State::Expired => Self::Expired,
        }
    }

    /// The answer in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Valid => State::Valid.label(),
            Self::Suspended => State::Suspended.label(),
            Self::Ended => State::Ended.label(),
            Self::Replaced => State::Replaced.label(),
            Self::Expired => State::Expired.label(),
            Self::Altered => Label::new("被更改", "Altered"),
            Self::Unknown => Label::new("查无此证", "No such licence"),
        }
    }
}

/// One version in the chain of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its number.
    pub number: String,
    /// The day that it bears.
    pub issued_on: codes::Date,
    /// Where it stands.
    pub state: State,
    /// The token of its page.
    pub token: Option<String>,
    /// Whether it is the one that was asked for.
    pub asked: bool,
}

/// One step of a licence's way, as anybody may know it: the ground is not for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// What happened.
    pub what: Label,
}

/// What a check found; it holds nothing that is not public.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The answer.
    pub verdict: Verdict,
    /// The answer in words.
    pub answer: Label,
    /// The instant for which it holds.
    pub as_of: Moment,
    /// Since when the licence stands so.
    pub since: Option<Moment>,
    /// By which act it ended, where it did.
    pub ending: Option<Label>,
    /// What was signed; none where nothing is known or the copy was changed.
    pub statement: Option<Statement>,
    /// How it was checked.
    pub checked: Vec<Label>,
    /// The versions it stands among, from the first to the latest; more than one only where it was replaced.
    pub versions: Vec<Version>,
    /// The original, where a changed copy names one.
    pub original: Option<String>,
    /// The key that signed, for whoever checks it again.
    pub key: Option<String>,
    /// How that key stood when it signed.
    pub key_state: Option<Label>,
    /// How the licence came to stand so, from the first step to the last.
    pub history: Vec<Step>,
}

impl Found {
    fn new(verdict: Verdict, as_of: Moment) -> Self {
        Self {
            verdict,
            answer: verdict.label(),
            as_of,
            since: None,
            ending: None,
            statement: None,
            checked: Vec::new(),
            versions: Vec::new(),
            original: None,
            key: None,
            key_state: None,
            history: Vec::new(),
        }
    }
}

/// Checks by token. An unknown one is told in words and is no failure.
///
/// # Errors
/// The tables cannot be read.
pub async fn by_token(
    outside: &Outside,
    reader: &dyn Reader,
    token: &str,
) -> Result<Found, ReadError> {
    let now = outside.clock.now();
    // The token of a QR code is read in either case, as base32 is.
    let row = queries::by_token(reader, &token.to_ascii_lowercase()).await?;
    let Some(row) = row else { return Ok(Found::new(Verdict::Unknown, now)) };
    let turns = queries::turns(reader, &row.licence).await?;
    let signed = stored_statement(outside, &row, signed_at(&turns)).await;
    match signed {
        Ok(signed) => judged(reader, (&row, &turns), signed, now, stored_words()).await,
        // What lies here is not what was signed here: nobody may rely on it, and an operator must know.
        Err(_fault) => {
            let mut found = Found::new(Verdict::Altered, now);
            found.checked.push(Label::new(
                "本平台保存的签名内容未通过验证，请联系签发单位核实。",
                "The signed content kept here does not verify. Ask the issuing organ.",
            ));
            Ok(found)
        }
    }
}

/// Checks a signed copy: first the signature, then how the licence stands now.
///
/// # Errors
/// The tables cannot be read.
pub async fn by_copy(
    outside: &Outside,
    reader: &dyn Reader,
    copy: &str,
) -> Result<Found, ReadError> {
    let now = outside.clock.now();
    let again = verified;
    let verified = match verified(outside, copy, None) {
        // The key may be in other hands by now: a copy counts if it is the very one that the journal knows from before.
        Err(fault @ SealError::KeyCompromised { .. }) => {
            let proven = proven(reader, copy).await?;
            proven.map_or(Err(fault), |proven| again(outside, copy, Some(proven)))
        }
        verified => verified,
    };
    let signed = match verified {
        Ok(verified) => verified,
        Err(fault) => return altered(reader, copy, &fault, now).await,
    };
    let row = queries::licence(reader, &signed.0.licence).await?;
    let Some(row) = row else {
        let mut found = Found::new(Verdict::Unknown, now);
        found.checked.push(Label::new(
            "签名有效，但本平台没有这份证照的记录。",
            "The signature holds, but this platform has no record of the licence.",
        ));
        return Ok(found);
    };
    let turns = queries::turns(reader, &row.licence).await?;
    judged(reader, (&row, &turns), signed, now, copy_words()).await
}

fn verified(
    outside: &Outside,
    copy: &str,
    proven: Option<Moment>,
) -> Result<(Statement, KeyRecord), SealError> {
    trusted(&*outside.keys)
        .map_err(|_store| SealError::KeyNotTrusted { key: String::new() })
        .and_then(|keys| Statement::verify_proven(copy, &keys, proven))
}

/// When this very copy was there for certain: the journal holds the digest of the statement of a licence.
async fn proven(reader: &dyn Reader, copy: &str) -> Result<Option<Moment>, ReadError> {
    let Some(row) = claimed(reader, copy).await? else { return Ok(None) };
    let own = row.document.as_ref().map(|document| &document.statement);
    if own != Some(&BlobId::of(copy.trim().as_bytes())) {
        return Ok(None);
    }
    Ok(signed_at(&queries::turns(reader, &row.licence).await?))
}

fn signed_at(turns: &[Turn]) -> Option<Moment> {
    turns.iter().find(|turn| turn.what == "Signed").map(|turn| turn.at)
}

/// The licence that a copy names, whether or not the copy holds.
async fn claimed(reader: &dyn Reader, copy: &str) -> Result<Option<LicenceRow>, ReadError> {
    let claimed = seals::jws::read(copy)
        .ok()
        .and_then(|jws| serde_json::from_slice::<serde_json::Value>(jws.payload()?).ok());
    let key = claimed.as_ref().and_then(|claimed| claimed.get("licence")?.as_str());
    let Some(key) = key else { return Ok(None) };
    let row = queries::licence(reader, &LicenceKey(key.to_owned())).await?;
    // Who holds no copy of the token learns none.
    let token = claimed.as_ref().and_then(|claimed| claimed.get("token")?.as_str());
    Ok(row.filter(|row| token == row.token.as_deref()))
}

async fn altered(
    reader: &dyn Reader,
    copy: &str,
    fault: &SealError,
    now: Moment,
) -> Result<Found, ReadError> {
    use codes::Coded as _;
    let mut found = Found::new(Verdict::Altered, now);
    found.checked.push(fault.label());
    // A changed copy may still name its original: the way there is shown, never the changed content.
    found.original = claimed(reader, copy).await?.and_then(|row| row.token);
    Ok(found)
}

async fn judged(
    reader: &dyn Reader,
    (row, turns): (&LicenceRow, &[Turn]),
    (statement, key): (Statement, KeyRecord),
    now: Moment,
    checked: Vec<Label>,
) -> Result<Found, ReadError> {
    // The timer that ends a licence may be a moment late; the calendar decides.
    let over = row.order.valid_to.is_some_and(|last| now >= Moment::end_of(last));
    let running = matches!(row.state, State::Valid | State::Suspended);
    let state = if over && running { State::Expired } else { row.state };
    let mut found = Found::new(Verdict::of(state), now);
    found.since = Some(match (state, row.order.valid_to) {
        (State::Expired, Some(last)) => Moment::end_of(last),
        _ => row.since,
    });
    found.ending =
        turns.iter().rev().find_map(|turn: &Turn| turn.ending).map(crate::model::Ending::label);
    let chain = queries::chain(reader, row).await?;
    if chain.len() > 1 {
        found.versions = chain
            .iter()
            .map(|version| Version {
                number: version.number.clone(),
                issued_on: version.issued_on,
                state: version.state,
                token: version.token.clone(),
                asked: version.licence == row.licence,
            })
            .collect();
    }
    found.statement = Some(statement);
    found.checked = checked;
    found.key_state = Some(key_state(&key));
    found.key = Some(key.id.to_string());
    found.history = turns.iter().filter_map(Step::of).collect();
    Ok(found)
}

/// How a key stood that made a signature which counts.
fn key_state(key: &KeyRecord) -> Label {
    let in_use = KeyState::InUse.label();
    let later = match (key.compromised_on, key.retired_on) {
        (Some(on), _) => Some((
            format!("；{on} 起视为泄露，存证证明签名在此之前"),
            format!("; compromised since {on}, and the journal proves that it signed before"),
        )),
        (None, Some(on)) => Some((format!("；已于 {on} 停用"), format!("; retired on {on}"))),
        (None, None) => None,
    };
    let (zh, en) = later.unwrap_or_default();
    Label::new(format!("{}{zh}", in_use.zh), format!("{}{en}", in_use.en))
}

impl Step {
    fn of(turn: &Turn) -> Option<Self> {
        // Ordering and numbering are of the office.
        let is_public = !matches!(turn.what.as_str(), "Issued" | "Numbered");
        let what = turn.ending.map_or_else(|| turn.label(), crate::model::Ending::label);
        is_public.then_some(Self { at: turn.at, what })
    }
}

/// How the licence stands that a thing speaks of, whatever became of the thing itself.
///
/// # Errors
/// The tables cannot be read.
pub async fn by_subject(
    outside: &Outside,
    reader: &dyn Reader,
    subject: &Subject,
) -> Result<Option<LicenceRow>, ReadError> {
    match subject {
        Subject::Licence(key) => queries::licence(reader, &LicenceKey(key.clone())).await,
        Subject::Token(token) => queries::by_token(reader, &token.to_ascii_lowercase()).await,
        Subject::Place(address, index) => {
            let own = crate::status::address(&outside.portal, "");
            match address.strip_prefix(&own) {
                Some(list) => queries::at_place(reader, list, *index).await,
                None => Ok(None),
            }
        }
    }
}

/// The statement that lies in the store, its signature checked again.
async fn stored_statement(
    outside: &Outside,
    row: &LicenceRow,
    proven: Option<Moment>,
) -> Result<(Statement, KeyRecord), SealError> {
    let lost = || SealError::JwsMalformed { why: "it cannot be read from the store" };
    let document = row.document.as_ref().ok_or_else(lost)?;
    let bytes = outside.blobs.get(&document.statement).await.map_err(|_store| lost())?;
    let text = String::from_utf8(bytes).map_err(|_text| lost())?;
    let keys = trusted(&*outside.keys).map_err(|_store| lost())?;
    let (statement, key) = Statement::verify_proven(&text, &keys, proven)?;
    if statement.licence != row.licence || statement.number != row.number {
        return Err(SealError::SignatureInvalid);
    }
    Ok((statement, key))
}

fn stored_words() -> Vec<Label> {
    vec![
        Label::new(
            "已用签发单位的公钥验证本平台所存内容的电子签名。",
            "The electronic signature of the content kept here was verified with the issuer's public key.",
        ),
        state_words(),
    ]
}

fn copy_words() -> Vec<Label> {
    vec![
        Label::new(
            "已用签发单位的公钥验证您提交的副本：内容未被更改。",
            "The copy that you sent was verified with the issuer's public key: it is unchanged.",
        ),
        state_words(),
    ]
}

fn state_words() -> Label {
    Label::new("已查询该证照当前的状态。", "The present state of the licence was looked up.")
}
