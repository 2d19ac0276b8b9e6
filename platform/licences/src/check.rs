//! Checking a licence (核验): by its token, or by a signed copy that somebody holds.

use crate::errand::Outside;
use crate::model::{LicenceKey, State};
use crate::queries::{self, LicenceRow, Turn};
use crate::statement::{Statement, trusted};
use codes::{Label, Moment};
use seals::SealError;
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
    let signed = stored_statement(outside, &row).await;
    match signed {
        Ok((statement, key)) => judged(reader, &row, statement, key, now, stored_words()).await,
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
    let verified = trusted(&*outside.keys)
        .map_err(|_store| SealError::KeyNotTrusted { key: String::new() })
        .and_then(|keys| Statement::verify(copy, &keys));
    let (statement, key) = match verified {
        Ok(verified) => verified,
        Err(fault) => return altered(reader, copy, &fault, now).await,
    };
    let row = queries::licence(reader, &statement.licence).await?;
    let Some(row) = row else {
        let mut found = Found::new(Verdict::Unknown, now);
        found.checked.push(Label::new(
            "签名有效，但本平台没有这份证照的记录。",
            "The signature holds, but this platform has no record of the licence.",
        ));
        return Ok(found);
    };
    judged(reader, &row, statement, key.id.to_string(), now, copy_words()).await
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
    let claimed = seals::jws::read(copy)
        .ok()
        .and_then(|jws| serde_json::from_slice::<serde_json::Value>(jws.payload()?).ok());
    let key = claimed.as_ref().and_then(|claimed| claimed.get("licence")?.as_str());
    if let Some(key) = key
        && let Some(row) = queries::licence(reader, &LicenceKey(key.to_owned())).await?
        // Who holds no copy of the token learns none.
        && claimed.as_ref().and_then(|claimed| claimed.get("token")?.as_str()) == row.token.as_deref()
    {
        found.original = row.token;
    }
    Ok(found)
}

async fn judged(
    reader: &dyn Reader,
    row: &LicenceRow,
    statement: Statement,
    key: String,
    now: Moment,
    checked: Vec<Label>,
) -> Result<Found, ReadError> {
    // The timer that ends a licence may be a moment late; the calendar decides.
    let over = row.order.valid_to.is_some_and(|last| now >= Moment::end_of(last));
    let running = matches!(row.state, State::Valid | State::Suspended);
    let state = if over && running { State::Expired } else { row.state };
    let mut found = Found::new(Verdict::of(state), now);
    let turns = queries::turns(reader, &row.licence).await?;
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
    found.key = Some(key);
    Ok(found)
}

/// The statement that lies in the store, its signature checked again.
async fn stored_statement(
    outside: &Outside,
    row: &LicenceRow,
) -> Result<(Statement, String), SealError> {
    let lost = || SealError::JwsMalformed { why: "it cannot be read from the store" };
    let document = row.document.as_ref().ok_or_else(lost)?;
    let bytes = outside.blobs.get(&document.statement).await.map_err(|_store| lost())?;
    let text = String::from_utf8(bytes).map_err(|_text| lost())?;
    let keys = trusted(&*outside.keys).map_err(|_store| lost())?;
    let (statement, key) = Statement::verify(&text, &keys)?;
    if statement.licence != row.licence || statement.number != row.number {
        return Err(SealError::SignatureInvalid);
    }
    Ok((statement, key.id.to_string()))
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
