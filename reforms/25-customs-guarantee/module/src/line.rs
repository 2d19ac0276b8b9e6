//! The line to guarantors (财关库银横向联网): signed XML messages, each answered by a signed acknowledgement.
//!
//! ```text
//!  <Message><Head><MsgId/><Kind/><Sender/><Receiver/><At/></Head><Body>…</Body><Sign>detached JWS over Head and Body</Sign></Message>
//!  guarantor ─► we   FILE CHANGE WITHDRAW CLAIM_REFUSED   ◄─ ACK or NACK with a reason
//!  we ─► guarantor   FILED NOT_FILED CHANGED NOT_CHANGED WITHDRAWN DEDUCT RETURN CLAIM   ◄─ ACK or NACK
//! ```
//!
//! The exact layouts of 2018年第70号 are not public; the elements follow its list of messages (assumed).

use crate::error::GuaranteeError;
use crate::model::{Enterprise, GuarantorCode, Offered};
use crate::xml::Element;
use codes::{Date, Moment};
use guarantee::{Change, Kind, Scope};
use kernel::Waiting;
use module::Clock;
use reqwest::Url;
use seals::{Algorithm, Keys, PublicKeySet, Purpose, jws};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a signed message is.
pub const MESSAGE: &str = "guarantee-message";
/// What a signed answer is.
pub const ANSWER: &str = "guarantee-answer";
/// Our name on the line.
pub const CUSTOMS: &str = "CUSTOMS";
/// The largest message.
pub const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// How far a guarantor's clock may be from ours, in microseconds.
const SKEW_US_MAX: u64 = 3 * 24 * 3_600 * 1_000_000;
/// How long a guarantor may take to answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);

/// A message as it is read: who, what, about what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id: the same again is the same message.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Who sends it.
    pub sender: String,
    /// For whom.
    pub receiver: String,
    /// When it was made.
    pub at: Moment,
    /// What it says.
    pub body: Element,
}

fn refused(why: &'static str) -> GuaranteeError {
    GuaranteeError::Message { why }
}

impl Message {
    /// Head and body as they are signed.
    fn signed_part(&self) -> String {
        let head = Element::of(
            "Head",
            vec![
                Element::text("MsgId", self.id.as_str()),
                Element::text("Kind", self.kind.as_str()),
                Element::text("Sender", self.sender.as_str()),
                Element::text("Receiver", self.receiver.as_str()),
                Element::text("At", self.at.to_string()),
            ],
        );
        format!("{}{}", head.write(), self.body.write())
    }

    /// The document, signed.
    ///
    /// # Errors
    /// There is no key to sign with.
    pub fn write(
        &self,
        keys: &dyn Keys,
        as_what: &str,
        now: Moment,
    ) -> Result<String, seals::SignError> {
        let part = self.signed_part();
        let key = keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now)?;
        let sign = jws::detached(keys, &key, now, as_what, part.as_bytes())?;
        let sign = Element::text("Sign", sign).write();
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Message>{part}{sign}</Message>"))
    }

    /// Reads a document that one of these keys signed, not long ago.
    ///
    /// # Errors
    /// [`GuaranteeError::Message`]
    pub fn read(
        text: &str,
        trusted: impl FnOnce(&str) -> Option<PublicKeySet>,
        as_what: &str,
        now: Moment,
    ) -> Result<Self, GuaranteeError> {
        let root = Element::read(text).map_err(|_shape| refused("xml"))?;
        let head = root.child("Head").ok_or(refused("head"))?;
        let body = root.child("Body").ok_or(refused("body"))?.clone();
        let field = |name: &str| head.get(name).map(str::to_owned).ok_or(refused("head"));
        let message = Self {
            id: field("MsgId")?,
            kind: field("Kind")?,
            sender: field("Sender")?,
            receiver: field("Receiver")?,
            at: field("At")?.parse().map_err(|_shape| refused("time"))?,
            body,
        };
        let plain = |id: &str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if root.name != "Message" || !plain(&message.id) || !plain(&message.sender) {
            return Err(refused("head"));
        }
        // What was signed stands in the document byte for byte.
        let signed = message.signed_part();
        if !text.contains(&signed) {
            return Err(refused("spelling"));
        }
        let keys = trusted(&message.sender).ok_or(refused("sender"))?;
        let sign = root.get("Sign").ok_or(refused("signature"))?;
        let read = jws::read(sign).map_err(|_shape| refused("signature"))?;
        read.verify_trusted(&keys, as_what, signed.as_bytes())
            .map_err(|_forged| refused("signature"))?;
        let stated = read.stated().unwrap_or_default();
        if stated.us().abs_diff(now.us()) > SKEW_US_MAX {
            return Err(refused("time"));
        }
        Ok(message)
    }

    fn said(&self, name: &'static str) -> Result<&str, GuaranteeError> {
        self.body.get(name).filter(|text| !text.is_empty()).ok_or(refused(name))
    }

    fn day(&self, name: &'static str) -> Result<Date, GuaranteeError> {
        self.said(name)?.parse().map_err(|_shape| refused(name))
    }

    fn fen(&self, name: &'static str) -> Result<i64, GuaranteeError> {
        fen(self.said(name)?).ok_or(refused(name))
    }

    fn scope(&self, name: &'static str) -> Option<Scope> {
        let codes = self.body.all(name);
        if codes.is_empty() { None } else { Some(Scope::of(codes)) }
    }

    /// What a FILE message offers.
    ///
    /// # Errors
    /// [`GuaranteeError::Message`] with the element that is missing or wrong.
    pub fn offered(
        &self,
        party_of: impl Fn(&str) -> kernel::PartyKey,
    ) -> Result<Offered, GuaranteeError> {
        let uscc = self.said("Uscc")?;
        uscc.parse::<codes::Uscc>().map_err(|_check| refused("Uscc"))?;
        Ok(Offered {
            guarantor: GuarantorCode::new(self.sender.as_str()),
            text_no: self.said("TextNo")?.to_owned(),
            enterprise: Enterprise {
                uscc: uscc.to_owned(),
                customs_reg_no: self.said("CustomsRegNo")?.to_owned(),
                name: self.said("EnterpriseName")?.to_owned(),
                party: party_of(uscc),
            },
            kind: Kind::of(self.said("GuaranteeKind")?).ok_or(refused("GuaranteeKind"))?,
            beneficiaries: self.scope("Beneficiary").ok_or(refused("Beneficiary"))?,
            covers: self.scope("Covers").ok_or(refused("Covers"))?,
            covers_late_fee: self.said("CoversLateFee")? == "1",
            limit_fen: self.fen("Limit")?,
            valid_from: self.day("ValidFrom")?,
            valid_to: self.day("ValidTo")?,
            claims_to: match self.body.get("ClaimsTo") {
                Some(_) => Some(self.day("ClaimsTo")?),
                None => None,
            },
            joint_liability: self.said("JointLiability")? == "1",
            home_office: self.said("HomeOffice")?.to_owned(),
        })
    }

    /// What a CHANGE message asks for, and of which text.
    ///
    /// # Errors
    /// [`GuaranteeError::Message`]
    pub fn change(&self) -> Result<(String, Change), GuaranteeError> {
        let optional = |name: &'static str| self.body.get(name).is_some();
        let change = Change {
            limit_fen: if optional("Limit") { Some(self.fen("Limit")?) } else { None },
            valid_to: if optional("ValidTo") { Some(self.day("ValidTo")?) } else { None },
            beneficiaries: self.scope("Beneficiary"),
        };
        Ok((self.said("GuaranteeNo")?.to_owned(), change))
    }

    /// A text of the body, which must be there.
    ///
    /// # Errors
    /// [`GuaranteeError::Message`]
    pub fn text(&self, name: &'static str) -> Result<String, GuaranteeError> {
        self.said(name).map(str::to_owned)
    }
}

/// Yuan with two places as fen.
#[must_use]
pub fn fen(yuan: &str) -> Option<i64> {
    let (whole, cents) = yuan.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(cents) || cents.len() != 2 {
        return None;
    }
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents.parse().ok()?)
}

/// Fen as yuan with two places, without groups.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// What a guarantor answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took the message (ACK).
    Taken,
    /// It refused it for good (NACK).
    Refused {
        /// Why.
        why: String,
    },
}

/// A message did not arrive, or nobody knows whether it did: it is sent again under the same id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guarantor gave no answer that counts: {0}")]
pub struct Unanswered(pub String);

/// Carries messages to guarantors.
pub trait Line: Send + Sync + 'static {
    /// Whether there is a line to a guarantor.
    fn reaches(&self, guarantor: &str) -> bool;
    /// The keys of a guarantor.
    fn keys_of(&self, guarantor: &str) -> Option<PublicKeySet>;
    /// Sends a message and waits for its answer; the same id again is the same message.
    fn send(
        &self,
        guarantor: &str,
        id: String,
        kind: &'static str,
        body: Element,
    ) -> Waiting<'_, Result<Answer, Unanswered>>;
    /// Signs our answer to a guarantor's message.
    ///
    /// # Errors
    /// There is no key to sign with.
    fn answer(
        &self,
        to: &Message,
        outcome: Result<(), String>,
        now: Moment,
    ) -> Result<String, seals::SignError>;
}

/// A guarantor's end of the line; `app` reads it from its settings.
#[derive(Clone, Debug)]
pub struct End {
    /// Where it takes messages.
    pub address: String,
    /// With which keys it signs.
    pub keys: PublicKeySet,
}

/// The line over HTTPS.
pub struct HttpLine {
    ends: BTreeMap<String, (Url, PublicKeySet)>,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl fmt::Debug for HttpLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpLine").field("ends", &self.ends.keys()).finish_non_exhaustive()
    }
}

impl HttpLine {
    /// The line to these guarantors, by their codes; nothing is sent yet.
    ///
    /// # Errors
    /// An address is none.
    pub fn new(
        ends: impl IntoIterator<Item = (String, End)>,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Unanswered> {
        let wrong = |error: &dyn fmt::Display| Unanswered(error.to_string());
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT_MAX)
            .build()
            .map_err(|error| wrong(&error))?;
        let mut known = BTreeMap::new();
        for (code, end) in ends {
            let url = Url::parse(&end.address).map_err(|error| wrong(&error))?;
            known.insert(code, (url, end.keys));
        }
        Ok(Self { ends: known, keys, clock, client })
    }

    async fn carried(
        &self,
        guarantor: String,
        id: String,
        kind: &'static str,
        body: Element,
    ) -> Result<Answer, Unanswered> {
        let down = |why: &dyn fmt::Display| Unanswered(why.to_string());
        let (url, trusted) = self.ends.get(&guarantor).ok_or_else(|| down(&"no line"))?;
        let now = self.clock.now();
        let message = Message {
            id: id.clone(),
            kind: kind.to_owned(),
            sender: CUSTOMS.to_owned(),
            receiver: guarantor.clone(),
            at: now,
            body,
        };
        let text = message.write(&*self.keys, MESSAGE, now).map_err(|error| down(&error))?;
        let request = self.client.post(url.clone()).header("content-type", "application/xml");
        let response = request.body(text).send().await.map_err(|error| down(&error))?;
        if !response.status().is_success() {
            return Err(down(&format!("status {}", response.status().as_u16())));
        }
        let bytes = response.bytes().await.map_err(|error| down(&error))?;
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(down(&"the answer is too large"));
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| down(&error))?;
        let trusted = |sender: &str| (sender == guarantor).then(|| trusted.clone());
        let answer = Message::read(text, trusted, ANSWER, now).map_err(|error| down(&error))?;
        // An answer to another message says nothing of this one.
        if answer.body.get("ReplyTo") != Some(id.as_str()) {
            return Err(down(&"it answers another message"));
        }
        match answer.kind.as_str() {
            "ACK" => Ok(Answer::Taken),
            "NACK" => {
                let why = answer.body.get("Reason").unwrap_or_default().to_owned();
                Ok(Answer::Refused { why })
            }
            _ => Err(down(&"neither ACK nor NACK")),
        }
    }
}

impl Line for HttpLine {
    fn reaches(&self, guarantor: &str) -> bool {
        self.ends.contains_key(guarantor)
    }

    fn keys_of(&self, guarantor: &str) -> Option<PublicKeySet> {
        self.ends.get(guarantor).map(|(_, keys)| keys.clone())
    }

    fn send(
        &self,
        guarantor: &str,
        id: String,
        kind: &'static str,
        body: Element,
    ) -> Waiting<'_, Result<Answer, Unanswered>> {
        Box::pin(self.carried(guarantor.to_owned(), id, kind, body))
    }

    fn answer(
        &self,
        to: &Message,
        outcome: Result<(), String>,
        now: Moment,
    ) -> Result<String, seals::SignError> {
        let mut body = vec![Element::text("ReplyTo", to.id.as_str())];
        let kind = match outcome {
            Ok(()) => "ACK",
            Err(why) => {
                body.push(Element::text("Reason", why));
                "NACK"
            }
        };
        let answer = Message {
            id: format!("{}.a", to.id),
            kind: kind.to_owned(),
            sender: CUSTOMS.to_owned(),
            receiver: to.sender.clone(),
            at: now,
            body: Element::of("Body", body),
        };
        answer.write(&*self.keys, ANSWER, now)
    }
}
