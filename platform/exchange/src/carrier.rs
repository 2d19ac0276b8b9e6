//! The carrier: brings messages to partners and holds their signed receipts.

use crate::decide::{Exchanged, MessageCommand};
use crate::error::SetupError;
use crate::limits::{ANSWER_BYTES_MAX, ANSWERS_MAX};
use crate::model::{Answer, MessageKey, Proof, Receipt, is_message_id};
use crate::outside::{Outside, authority};
use crate::partner::{Partner, in_use};
use crate::wire::{Answered, Asked, ID_FIELD};
use codes::{Coded as _, Moment};
use kernel::{Address, Atomic, ErrandError, ErrandId, Json, Reaction};
use reqwest::Url;
use seals::Digest;
use std::fmt;
use std::sync::Arc;

/// Brings messages to partners (信使). The engine carries each letter at least once, always under the same id, and the
/// partner takes it once.
///
/// ```text
///  deliver(id) ──► signed POST ──► signed receipt ──► Sent, Receipted; each answer in it ──► Received
///     ▲                 │
///     └── later ◄───────┴── no answer, 5xx, 429, or an answer that the partner did not sign
/// ```
#[derive(Clone)]
pub struct Carrier {
    outside: Arc<Outside>,
    client: reqwest::Client,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").field("outside", &self.outside).finish_non_exhaustive()
    }
}

impl Carrier {
    /// A carrier to these partners; nothing is sent yet.
    ///
    /// # Errors
    /// [`SetupError::Client`]: a root certificate cannot be read.
    pub fn new(outside: Arc<Outside>) -> Result<Self, SetupError> {
        // An address that moves is a fault of set-up: a signature names the address, so a redirect could only mislead.
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(outside.answer_wait);
        for pem in &outside.roots_pem {
            let root = reqwest::Certificate::from_pem(pem).map_err(SetupError::Client)?;
            client = client.add_root_certificate(root);
        }
        let client = client.build().map_err(SetupError::Client)?;
        Ok(Self { outside, client })
    }

    /// Delivers a message; what came of it returns as reactions: the record of it, and the answers that came along.
    ///
    /// # Errors
    /// [`ErrandError::Later`] when the partner gave no answer that it signed, or asks for patience; [`ErrandError::Never`]
    /// when it refused, or the message is none that was agreed.
    pub async fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let Address::Partner(key) = to else {
            return Err(ErrandError::never("only partners are reached by messages"));
        };
        let (partner, url) = self
            .outside
            .partners
            .endpoint(&key)
            .ok_or_else(|| ErrandError::never(format!("there is no partner `{key}`")))?;
        let contracts = &self.outside.contracts;
        let message = contracts.read(&key, &partner.takes, &body).map_err(|broken| {
            ErrandError::never(format!("{broken}: {}", broken.fields().unwrap_or_default()))
        })?;
        let bytes = seals::canonical_value(&body).map_err(ErrandError::never)?;
        let sha256 = Digest::sha256(&bytes).hex();

        let now = self.outside.clock.now();
        let asked = request(url, id, bytes);
        let asked =
            asked.sign(Arc::clone(&self.outside.keys), now).await.map_err(ErrandError::later)?;
        let answered = self.post(url.clone(), &asked).await?;
        let proof = self.authentic(partner, &asked, &answered)?;
        let receipt = read_receipt(&answered, id, &sha256)?;
        let (mut taken, faults) = self.answers(partner, id, &receipt, &proof).await?;
        let record = MessageCommand::RecordSent {
            message: Box::new(message),
            sha256,
            received_at: receipt.received_at,
            answers: u32::try_from(taken.len()).unwrap_or(u32::MAX),
            faults,
            proof,
        };
        taken.insert(0, self.command(&MessageKey::sent(id), &record)?);
        Ok(taken)
    }

    async fn post(&self, url: Url, asked: &Asked) -> Result<Answered, ErrandError> {
        let mut request = self.client.post(url).body(asked.body.clone());
        for (name, value) in &asked.headers {
            request = request.header(name, value);
        }
        let mut response =
            request.send().await.map_err(|error| ErrandError::later(chain(&error)))?;
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| ErrandError::later(chain(&error)))?
        {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(ErrandError::later(format!(
                    "the answer is larger than {ANSWER_BYTES_MAX} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        Ok(Answered { status: response.status().as_u16(), headers, body })
    }

    /// Whether the partner itself gave this answer to this request. What stands between us and the partner (a proxy, a
    /// captive page) cannot sign, so it can delay a message and never end it.
    fn authentic(
        &self,
        partner: &Partner,
        asked: &Asked,
        answered: &Answered,
    ) -> Result<Proof, ErrandError> {
        let record = |id: &seals::KeyId| partner.keys.find(id);
        let now = self.outside.clock.now();
        let verified = answered
            .verify(asked, now, |id| record(id).map(|record| record.key.clone()))
            .map_err(|fault| {
                ErrandError::later(format!(
                    "the answer {} is not the partner's: {fault}",
                    answered.status
                ))
            })?;
        if !record(&verified.key).is_some_and(|record| in_use(record, verified.created)) {
            return Err(ErrandError::later(format!("key `{}` was not in use", verified.key)));
        }
        Ok(answered.proof(&verified.key))
    }

    /// What follows from the answers in a receipt, and what is wrong with those that are not taken.
    async fn answers(
        &self,
        partner: &Partner,
        id: ErrandId,
        receipt: &Receipt,
        proof: &Proof,
    ) -> Result<(Vec<Reaction>, Vec<String>), ErrandError> {
        let (mut taken, mut faults) = (Vec::new(), Vec::new());
        for answer in receipt.answers.iter().take(ANSWERS_MAX) {
            match self.answer(partner, id, answer, proof).await? {
                Ok(reaction) => taken.push(reaction),
                Err(fault) => faults.push(fault),
            }
        }
        if receipt.answers.len() > ANSWERS_MAX {
            faults.push(format!("{} answers came, {ANSWERS_MAX} are read", receipt.answers.len()));
        }
        Ok((taken, faults))
    }

    /// An answer inside a receipt is a message like any other. One that breaks its contract is noted and left: the
    /// receipt stands all the same.
    async fn answer(
        &self,
        partner: &Partner,
        id: ErrandId,
        answer: &Answer,
        proof: &Proof,
    ) -> Result<Result<Reaction, String>, ErrandError> {
        if !is_message_id(&answer.id) {
            return Ok(Err("an answer has no id".to_owned()));
        }
        let message = match self.outside.contracts.read(&partner.key, &partner.sends, &answer.body)
        {
            Ok(message) => message,
            Err(broken) => {
                let fields = broken.fields().unwrap_or_default();
                return Ok(Err(format!("{}: {broken}: {fields}", answer.id)));
            }
        };
        let bytes = match seals::canonical_value(&answer.body) {
            Ok(bytes) => bytes,
            Err(fault) => return Ok(Err(format!("{}: {fault}", answer.id))),
        };
        let key = MessageKey::received(&partner.key, &answer.id);
        let body =
            self.outside.keep(&key, &message.kind, &bytes).await.map_err(ErrandError::later)?;
        let command = MessageCommand::Receive {
            message: Box::new(message),
            in_reply_to: Some(id.to_string()),
            body,
            sha256: Digest::sha256(&bytes).hex(),
            proof: proof.clone(),
        };
        Ok(Ok(self.command(&key, &command)?))
    }

    fn command(&self, key: &MessageKey, command: &MessageCommand) -> Result<Reaction, ErrandError> {
        Atomic::new(self.outside.home.clone())
            .then::<Exchanged>(key, command)
            .map(Reaction::Commands)
            .map_err(ErrandError::never)
    }
}

fn request(url: &Url, id: ErrandId, body: Vec<u8>) -> Asked {
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Asked {
        method: "POST".to_owned(),
        scheme: url.scheme().to_owned(),
        authority: authority(url),
        target,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (ID_FIELD.to_owned(), format!("\"{id}\"")),
        ],
        body,
    }
}

/// What the partner's own answer means.
fn read_receipt(answered: &Answered, id: ErrandId, sha256: &str) -> Result<Receipt, ErrandError> {
    let status = answered.status;
    if !(200..300).contains(&status) {
        let problem: Json = serde_json::from_slice(&answered.body).unwrap_or_default();
        let told = |name: &str| problem.get(name).and_then(Json::as_str).unwrap_or_default();
        let why = format!("the partner answers {status} {} {}", told("code"), told("reason"));
        return Err(match status {
            408 | 425 | 429 | 500.. => ErrandError::later(why),
            _ => ErrandError::never(why),
        });
    }
    let receipt: Receipt = serde_json::from_slice(&answered.body)
        .map_err(|shape| ErrandError::later(format!("the receipt cannot be read: {shape}")))?;
    if receipt.message != id.to_string() || receipt.sha256 != sha256 {
        return Err(ErrandError::never("the partner signed a receipt for another message"));
    }
    Ok(receipt)
}

/// What went wrong on the way, with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

/// When a message was taken, for receipts of our own.
pub(crate) fn receipt(id: &str, sha256: String, received_at: Moment) -> Receipt {
    Receipt { message: id.to_owned(), sha256, received_at, answers: Vec::new() }
}
