//! Outside work of delivery: make a document, send a mail.

use crate::decide::{Notice, NoticeCommand};
use crate::mailer::{Attachment, Mail, MailError, Mailer};
use crate::model::{
    AddressOfService, Channel, Content, Document, Filling, Kept, NoticeKey, address_in,
};
use crate::queries::{self, NoticeRow};
use crate::texter::{TextError, TextMessage, Texter};
use blobs::Vault;
use documents::{Datum, Templates, Typesetter, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard, derive_id};
use module::{Clock, TimeStamps};
use seals::certificate::SealHolder;
use seals::{KeyId, Keys, pdf};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// What delivery needs from outside.
#[derive(Clone)]
pub struct Outside {
    /// Sets documents in type.
    pub typesetter: Arc<dyn Typesetter>,
    /// The templates of the installation.
    pub templates: Arc<Templates>,
    /// Carries e-mail.
    pub mailer: Arc<dyn Mailer>,
    /// Keeps documents, sealed where they tell of persons.
    pub vault: Vault,
    /// Reads delivery's tables.
    pub reader: Arc<dyn Reader>,
    /// Under which address the portal is reached, such as `https://portal.example`.
    pub portal: String,
    /// What tokens of public pages follow from, so that nobody guesses one.
    pub secret: [u8; 32],
    /// Puts the seal of the organ on what it serves; none where documents go out without one.
    pub sealer: Option<Sealer>,
}

/// What a seal needs: the keys of the installation, and the time at which it is put.
#[derive(Clone)]
pub struct Sealer {
    /// The keys; one for seals and a root among them.
    pub keys: Arc<dyn Keys>,
    /// Tells when it is sealed.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("portal", &self.portal).finish_non_exhaustive()
    }
}

impl Outside {
    /// The token of a notice's public page: 128 bits that follow from the secret alone.
    #[must_use]
    pub fn token(&self, notice: &NoticeKey) -> String {
        let bits = derive_id(&[b"delivery.token", &self.secret, notice.0.as_bytes()]);
        data_encoding::BASE32_NOPAD.encode(&bits)
    }

    fn check_address(&self, token: &str) -> String {
        format!("{}/delivery/check/{token}", self.portal.trim_end_matches('/'))
    }
}

/// Makes the document of a notice and finds where its party may be served.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeDocument {
    /// The notice.
    pub notice: NoticeKey,
    /// Its shard.
    pub shard: Shard,
}

impl Errand for MakeDocument {
    const KIND: &'static str = "delivery.make_document";
    type Tools = (Arc<Outside>, Option<Arc<dyn TimeStamps>>);

    async fn run(
        &self,
        _id: ErrandId,
        (outside, stamps): Self::Tools,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let row = row(&outside, &self.notice).await?;
        let token = outside.token(&self.notice);
        let document = match &row.content {
            Content::Document { document, .. } => document.clone(),
            Content::Template { template, filling, .. } => {
                make(&outside, stamps.as_deref(), &row, (template, filling), &token).await?
            }
        };
        let address = address_of(&outside, &row).await.map_err(ErrandError::later)?;
        answer(&self.shard, &self.notice, &NoticeCommand::Prepare { document, token, address })
    }
}

/// Where the party may be served: upon the confirmation with which the notice was issued, else by what it said for all.
async fn address_of(
    outside: &Outside,
    row: &NoticeRow,
) -> Result<AddressOfService, tables::ReadError> {
    let reader = &*outside.reader;
    match crate::confirmation::queries::relied(reader, &row.notice).await? {
        Some((confirmed, postal)) => {
            Ok(AddressOfService { confirmed, postal: Some(postal), ..AddressOfService::default() })
        }
        None => queries::address(reader, &row.party).await,
    }
}

async fn make(
    outside: &Outside,
    stamps: Option<&dyn TimeStamps>,
    row: &NoticeRow,
    (template, filling): (&str, &Filling),
    token: &str,
) -> Result<Document, ErrandError> {
    let template = outside.templates.get(template).map_err(ErrandError::never)?;
    let (values, key) = match filling {
        Filling::Plain(values) => (values.clone(), None),
        Filling::Kept(kept) => {
            let json = outside.vault.read(kept).await?;
            (serde_json::from_slice::<Values>(&json).map_err(ErrandError::never)?, kept.key.clone())
        }
    };
    let values = template.over(
        values,
        [
            ("organ_name", Datum::Text(row.issuer.name.clone())),
            ("number", Datum::Text(row.number.clone())),
            ("issued_on", Datum::Date(row.issued_on)),
            ("qr", Datum::Text(outside.check_address(token))),
        ],
    );
    let made = template.made(&*outside.typesetter, &values).map_err(ErrandError::never)?;
    let address = outside.check_address(token);
    let (bytes, seal) = sealed(outside, stamps, row, made.pdf, &address).await?;
    let pdf = outside.vault.keep(key.as_deref(), &bytes).await?;
    let sha256 = Some(seals::Digest::sha256(&bytes));
    Ok(Document { pdf, digest: made.digest, edition: made.edition, sha256, seal })
}

/// The document under the seal of the organ that issues it (电子签章), where the installation has seals; stamped where an
/// authority answers.
async fn sealed(
    outside: &Outside,
    stamps: Option<&dyn TimeStamps>,
    row: &NoticeRow,
    pdf: Vec<u8>,
    address: &str,
) -> Result<(Vec<u8>, Option<KeyId>), ErrandError> {
    let Some(sealer) = &outside.sealer else { return Ok((pdf, None)) };
    let (issuer, keys) = (&row.issuer, &*sealer.keys);
    let holder = SealHolder { name: issuer.name.clone(), organ: issuer.organ.as_str().to_owned() };
    let reason = format!("{} {}", row.title.zh, row.number);
    let note = pdf::Note { by: &issuer.name, reason: &reason, address };
    let sealing = pdf::Sealing { holder: &holder, at: sealer.clock.now(), note };
    let mut token = None;
    if let Some(stamps) = stamps
        && let Some(imprint) = sealing.imprint(&pdf, keys).map_err(ErrandError::never)?
    {
        token = stamps.stamp(*imprint.bytes()).await;
    }
    sealing.put(pdf, keys, token).map_err(ErrandError::never)
}

/// Mails a notice with its document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendMail {
    /// The notice.
    pub notice: NoticeKey,
    /// Its shard.
    pub shard: Shard,
    /// Which attempt.
    pub attempt: u32,
    /// The address, sealed.
    pub to: Kept,
    /// What returned mail calls the attempt; the errand's own id where an older event has none.
    #[serde(default)]
    pub reference: String,
}

impl Errand for SendMail {
    const KIND: &'static str = "delivery.send_mail";
    type Tools = Arc<Outside>;

    async fn run(&self, id: ErrandId, outside: Arc<Outside>) -> Result<Vec<Reaction>, ErrandError> {
        let row = row(&outside, &self.notice).await?;
        let document = row
            .document
            .as_ref()
            .ok_or_else(|| ErrandError::never("the notice has no document"))?;
        let pdf = outside.vault.read(&document.pdf).await?;
        let to = address(&outside, &self.to).await?;
        let name = format!("{}.pdf", row.number.replace(['/', '\\', '〔', '〕'], "-"));
        let mail = Mail {
            id: if self.reference.is_empty() { id.to_string() } else { self.reference.clone() },
            to,
            subject: format!("{}《{}》{}", row.issuer.name, row.title.zh, row.number),
            text: text(&outside, &row),
            attachment: Some(Attachment { name, pdf }),
        };
        let command = match outside.mailer.send(mail).await {
            Ok(taken) => NoticeCommand::RecordSent {
                attempt: self.attempt,
                message_id: taken.message_id,
                answer: taken.answer.chars().take(200).collect(),
            },
            Err(MailError::Never(reason)) => NoticeCommand::RecordBounce {
                channel: Channel::Email,
                attempt: Some(self.attempt),
                reason: reason.chars().take(200).collect(),
            },
            Err(MailError::Soft(reason)) => NoticeCommand::RecordSoftFail {
                attempt: self.attempt,
                reason: reason.chars().take(200).collect(),
            },
            Err(MailError::Later(reason)) => return Err(ErrandError::Later(reason)),
        };
        answer(&self.shard, &self.notice, &command)
    }
}

/// Sends a text message that leads to a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendText {
    /// The notice.
    pub notice: NoticeKey,
    /// Its shard.
    pub shard: Shard,
    /// Which attempt.
    pub attempt: u32,
    /// The number, sealed.
    pub to: Kept,
    /// What reports call the attempt.
    pub reference: String,
    /// Whether it only reminds.
    pub reminder: bool,
}

impl Errand for SendText {
    const KIND: &'static str = "delivery.send_text";
    type Tools = (Arc<Outside>, Arc<dyn Texter>);

    async fn run(
        &self,
        _id: ErrandId,
        (outside, texter): Self::Tools,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let row = row(&outside, &self.notice).await?;
        let message = TextMessage {
            reference: self.reference.clone(),
            to: address(&outside, &self.to).await?,
            text: text_message(&outside, &row, self.reminder),
        };
        let attempt = self.attempt;
        let short = |reason: String| reason.chars().take(200).collect::<String>();
        let command = match texter.send(message).await {
            Ok(taken) => NoticeCommand::RecordSubmitted {
                attempt,
                gateway_id: taken.gateway_id,
                answer: short(taken.answer),
            },
            Err(TextError::Never(reason)) => NoticeCommand::RecordBounce {
                channel: Channel::Sms,
                attempt: Some(attempt),
                reason: short(reason),
            },
            Err(TextError::Soft(reason)) => {
                NoticeCommand::RecordSoftFail { attempt, reason: short(reason) }
            }
            Err(TextError::Later(reason)) => return Err(ErrandError::Later(reason)),
        };
        answer(&self.shard, &self.notice, &command)
    }
}

/// The text of a message; it names no person and nothing of the document but its title.
fn text_message(outside: &Outside, row: &NoticeRow, reminder: bool) -> String {
    let (organ, title) = (&row.issuer.name, &row.title.zh);
    let link = format!("{}/delivery/notices/{}", outside.portal.trim_end_matches('/'), row.notice);
    if reminder {
        format!(
            "【联办】提醒：{organ}的《{title}》已按您确认的地址送达，请查看 {link} 。本短信仅为提醒，不是送达。"
        )
    } else {
        format!(
            "【联办】{organ}按您确认的手机号送达《{title}》，请查看 {link} 。本短信到达之时即为送达。"
        )
    }
}

/// An address, as it lies sealed.
async fn address(outside: &Outside, kept: &Kept) -> Result<String, ErrandError> {
    let content = outside.vault.read(kept).await?;
    address_in(&content).ok_or_else(|| ErrandError::never("the address is no text"))
}

/// No gateway is configured: a text message gives way to the next channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTexter;

impl Texter for NoTexter {
    fn send(
        &self,
        _message: TextMessage,
    ) -> kernel::Waiting<'_, Result<crate::texter::TextTaken, TextError>> {
        let why = "no gateway for text messages is configured".to_owned();
        Box::pin(std::future::ready(Err(TextError::Never(why))))
    }
}

/// The text of the mail, in both languages; it names no person.
fn text(outside: &Outside, row: &NoticeRow) -> String {
    let portal = outside.portal.trim_end_matches('/');
    let (organ, title, number, key) = (&row.issuer.name, &row.title, &row.number, &row.notice);
    format!(
        "您好：\r\n\r\n{organ}依法向您送达《{}》（{number}），正本见附件。您已同意以电子邮件方式接收文书，\
         本邮件到达您的邮箱之日即为送达之日。您也可以登录平台查看：{portal}/delivery/notices/{key}\r\n\
         如您不是受送达人，请勿打开附件，并请删除本邮件。\r\n\r\n\
         Dear party,\r\n\r\n{organ} serves upon you the attached document: {} ({number}). You consented to service by \
         e-mail; the day on which this message reaches your mailbox is the day of service. You can also read it on the \
         portal: {portal}/delivery/notices/{key}\r\n\
         If it is not meant for you, please do not open the attachment and delete this message.\r\n",
        title.zh, title.en,
    )
}

async fn row(outside: &Outside, key: &NoticeKey) -> Result<NoticeRow, ErrandError> {
    // The row may lag behind the event by a moment.
    let row = queries::notice(&*outside.reader, key).await.map_err(ErrandError::later)?;
    row.ok_or_else(|| ErrandError::later("the notice is not in the tables yet"))
}

fn answer(
    shard: &Shard,
    notice: &NoticeKey,
    command: &NoticeCommand,
) -> Result<Vec<Reaction>, ErrandError> {
    let commands =
        Atomic::new(shard.clone()).then::<Notice>(notice, command).map_err(ErrandError::never)?;
    Ok(vec![Reaction::Commands(commands)])
}
