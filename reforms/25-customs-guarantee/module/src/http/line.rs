//! Where guarantors' messages come in (财关库银横向联网): signed XML, answered by a signed ACK or NACK.

use super::Ours;
use crate::errand::{Tools, withdrawal};
use crate::error::GuaranteeError;
use crate::exposure::{Exposure, ExposureCommand};
use crate::filing::{Filing, FilingCommand};
use crate::guarantee::{Guarantee, GuaranteeCommand};
use crate::importer::Grade;
use crate::line::{MESSAGE, MESSAGE_BYTES_MAX, Message};
use crate::model::{ExposureNo, FilingNo};
use crate::queries::{self, TextRow};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use codes::{Coded, Label};
use kernel::{Actor, Atomic, CommandId, Shard};
use module::{Platform, Subject, clear};
use portal::{Failure, RequestError};

/// Takes a message. The signature is the permission: a message that it does not cover is answered by nobody's name.
pub(super) async fn receive(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    body: Bytes,
) -> Result<Response, Failure> {
    // Where nobody is on the line, nobody's signature counts.
    let Some(line) = &tools.line else {
        return Err(GuaranteeError::Message { why: "sender" }.into());
    };
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(RequestError::TooLarge.into());
    }
    let now = platform.clock.now();
    let text =
        std::str::from_utf8(&body).map_err(|_bytes| GuaranteeError::Message { why: "encoding" })?;
    let message = Message::read(text, |sender| line.keys_of(sender), MESSAGE, now)?;
    let outcome = taken(&platform, &tools, &message).await;
    let answer = line
        .answer(&message, outcome.map_err(|label| label.zh), now)
        .map_err(|_unsigned| RequestError::Fault)?;
    Ok(([(CONTENT_TYPE, "application/xml; charset=utf-8")], answer).into_response())
}

/// What became of a message: nothing to say, or why not.
async fn taken(platform: &Platform, tools: &Tools, message: &Message) -> Result<(), Label> {
    let told = |error: GuaranteeError| error.label();
    let (shard, group) = match message.kind.as_str() {
        "FILE" => file(platform, tools, message).await?,
        "CHANGE" => {
            let (no, change) = message.change().map_err(told)?;
            let row = own(platform, &no, message).await?;
            let command = GuaranteeCommand::AskChange { message: message.id.clone(), change };
            let group = Atomic::new(row.shard.clone());
            let group =
                group.then::<Guarantee>(&row.about.no, &command).map_err(|_fault| broken())?;
            (row.shard, group)
        }
        "WITHDRAW" => {
            let no = message.text("GuaranteeNo").map_err(told)?;
            let reason = message.text("Reason").map_err(told)?;
            let row = own(platform, &no, message).await?;
            let balance =
                queries::balance(&*platform.reader, &no).await.map_err(|_fault| broken())?;
            row.decided().may_withdraw(&balance).map_err(|refusal| refusal.label())?;
            let group = withdrawal(&row.shard, &row, &reason).map_err(|_fault| broken())?;
            (row.shard, group)
        }
        "CLAIM_REFUSED" => {
            let exposure = message.text("Exposure").map_err(told)?;
            let why = message.text("Reason").map_err(told)?;
            let found = queries::exposure_of(&*platform.reader, &exposure).await;
            let row = found.map_err(|_fault| broken())?;
            let row = row.filter(|row| {
                let about = row.request.about.as_deref();
                about.is_some_and(|about| about.guarantor.as_str() == message.sender)
            });
            let row = row.ok_or_else(|| told(GuaranteeError::Unknown { what: "exposure" }))?;
            let group = Atomic::new(row.shard.clone());
            let command = ExposureCommand::NoteRefusal { why };
            let key = ExposureNo::new(exposure);
            let group = group.then::<Exposure>(&key, &command).map_err(|_fault| broken())?;
            (row.shard, group)
        }
        _ => return Err(told(GuaranteeError::Message { why: "kind" })),
    };
    let actor = Actor::Partner { partner: message.sender.clone() };
    let on = Subject::new("GuaranteeMessage", message.id.as_str());
    let by = clear(&*platform.gate, &actor, "guarantee.message", &on)
        .map_err(|denied| denied.label())?;
    // The id follows from the message: the same again is the same act with the same answer.
    let parts: [&[u8]; 4] = [
        b"guarantee.line",
        message.sender.as_bytes(),
        message.id.as_bytes(),
        shard.as_str().as_bytes(),
    ];
    let id = CommandId::derive(&parts);
    let answer = platform.commands.submit(by, id, group).await;
    answer.map(drop).map_err(|refused| refused.refusal().label)
}

fn broken() -> Label {
    Label::new("系统暂不能处理，请稍后重发。", "This cannot be handled now; send it again later.")
}

/// A text of whoever sent the message.
async fn own(platform: &Platform, no: &str, message: &Message) -> Result<TextRow, Label> {
    let row = queries::text_of(&*platform.reader, no).await.map_err(|_fault| broken())?;
    let row = row.filter(|row| row.about.guarantor.as_str() == message.sender);
    row.ok_or_else(|| GuaranteeError::Unknown { what: "guarantee" }.label())
}

async fn file(
    platform: &Platform,
    tools: &Tools,
    message: &Message,
) -> Result<(Shard, Atomic), Label> {
    let told = |error: GuaranteeError| error.label();
    let reader = &*platform.reader;
    let offered = message.offered(|uscc| tools.law.party_of(uscc)).map_err(told)?;
    let guarantor =
        queries::guarantor_of(reader, &message.sender).await.map_err(|_fault| broken())?;
    let guarantor = guarantor.ok_or_else(|| told(GuaranteeError::GuarantorUnknown))?;
    if let Some(why) = guarantor.barred {
        return Err(told(GuaranteeError::GuarantorBarred { why }));
    }
    let issuer = (tools.offices)(&offered.home_office)
        .ok_or_else(|| told(GuaranteeError::Field { key: "home_office", why: "unknown" }))?;
    let importer = queries::importer_of(reader, &offered.enterprise.uscc).await;
    let importer = importer.map_err(|_fault| broken())?;
    let filing = FilingNo::new(format!("{}-{}", message.sender, offered.text_no));
    let command = FilingCommand::Receive {
        message: message.id.clone(),
        offered: Box::new(offered),
        guarantor_name: guarantor.name,
        guarantor_party: guarantor.party,
        issuer,
        dishonest: importer.is_some_and(|row| row.grade == Grade::Dishonest),
    };
    let group = Atomic::new(guarantor.shard.clone());
    let group = group.then::<Filing>(&filing, &command).map_err(|_fault| broken())?;
    Ok((guarantor.shard, group))
}
