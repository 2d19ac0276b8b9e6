//! Sends the code that proves an address.

use super::{AddressKind, ConfirmationKey, ConfirmationRules};
use crate::errand::Outside;
use crate::mailer::{Mail, MailError};
use crate::model::{Kept, address_in};
use crate::texter::{TextError, TextMessage, Texter};
use kernel::{Errand, ErrandError, ErrandId, Reaction};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What sending a code needs.
#[derive(Clone)]
pub struct CodeTools {
    pub(crate) outside: Arc<Outside>,
    pub(crate) texter: Arc<dyn Texter>,
    pub(crate) rules: Arc<ConfirmationRules>,
}

impl fmt::Debug for CodeTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeTools").finish_non_exhaustive()
    }
}

/// Sends a code to an address (发送验证码). The code follows from a secret, so that no event, errand or table holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendCode {
    /// The confirmation.
    pub confirmation: ConfirmationKey,
    /// The address.
    pub no: u32,
    /// Which code.
    pub round: u32,
    /// The kind of address.
    pub kind: AddressKind,
    /// The address, sealed.
    pub to: Kept,
}

impl Errand for SendCode {
    const KIND: &'static str = "delivery.send_code";
    type Tools = CodeTools;

    async fn run(&self, id: ErrandId, tools: CodeTools) -> Result<Vec<Reaction>, ErrandError> {
        let content = tools.outside.vault.read(&self.to).await?;
        let to =
            address_in(&content).ok_or_else(|| ErrandError::never("the address is no text"))?;
        let code = tools.rules.code(&self.confirmation, self.no, self.round);
        let minutes = tools.rules.code_minutes;
        let zh = format!(
            "【联办】验证码 {code}，{minutes}分钟内有效，用于确认电子送达地址。文书送达到该地址即产生法律效力，请勿告知他人。"
        );
        // A number or mailbox that does not exist shows itself: no code arrives, and the party corrects what it typed.
        match self.kind {
            AddressKind::Mobile => {
                let message = TextMessage { reference: id.to_string(), to, text: zh };
                match tools.texter.send(message).await {
                    Ok(_) | Err(TextError::Never(_) | TextError::Soft(_)) => Ok(Vec::new()),
                    Err(TextError::Later(why)) => Err(ErrandError::Later(why)),
                }
            }
            AddressKind::Email => {
                let en = format!(
                    "Code {code}, good for {minutes} minutes, to confirm an address of service. Tell it to nobody."
                );
                let mail = Mail {
                    id: id.to_string(),
                    to,
                    subject: "电子送达地址确认验证码".to_owned(),
                    text: format!("{zh}\r\n\r\n{en}\r\n"),
                    attachment: None,
                };
                match tools.outside.mailer.send(mail).await {
                    Ok(_) | Err(MailError::Never(_) | MailError::Soft(_)) => Ok(Vec::new()),
                    Err(MailError::Later(why)) => Err(ErrandError::Later(why)),
                }
            }
            // An officer sends these by hand and sees the code on her page.
            AddressKind::Account | AddressKind::Fax | AddressKind::Wechat | AddressKind::Alipay => {
                Ok(Vec::new())
            }
        }
    }
}
