//! Outside work of delivery: make a document, send a mail.

use crate::decide::{Notice, NoticeCommand};
use crate::mailer::{Attachment, Mail, MailError, Mailer};
use crate::model::{Channel, Content, Document, Filling, Kept, NoticeKey};
use crate::queries::{self, NoticeRow};
use blobs::Vault;
use documents::{Datum, Templates, Typesetter, Values};
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard, derive_id};
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
    type Tools = Arc<Outside>;

    async fn run(
        &self,
        _id: ErrandId,
        outside: Arc<Outside>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let row = row(&outside, &self.notice).await?;
        let token = outside.token(&self.notice);
        let document = match &row.content {
            Content::Document { document, .. } => document.clone(),
            Content::Template { template, filling, .. } => {
                make(&outside, &row, template, filling, &token).await?
            }
        };
        let address =
            queries::address(&*outside.reader, &row.party).await.map_err(ErrandError::later)?;
        answer(&self.shard, &self.notice, &NoticeCommand::Prepare { document, token, address })
    }
}

async fn make(
    outside: &Outside,
    row: &NoticeRow,
    template: &str,
    filling: &Filling,
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
    let pdf = outside.vault.keep(key.as_deref(), &made.pdf).await?;
    Ok(Document { pdf, digest: made.digest, edition: made.edition })
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
        let to =
            String::from_utf8(outside.vault.read(&self.to).await?).map_err(ErrandError::never)?;
        let name = format!("{}.pdf", row.number.replace(['/', '\\', '〔', '〕'], "-"));
        let mail = Mail {
            id: id.to_string(),
            to,
            subject: format!("{}《{}》{}", row.issuer.name, row.title.zh, row.number),
            text: text(&outside, &row),
            attachment: Attachment { name, pdf },
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
            Err(MailError::Later(reason)) => return Err(ErrandError::Later(reason)),
        };
        answer(&self.shard, &self.notice, &command)
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
