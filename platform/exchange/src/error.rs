//! Lawful refusals of the exchange, and what can be wrong with its setting up.

use codes::{Code, Coded, Label, Reason};
use serde::Serialize;
use serde_json::json;

/// A place in a message that its contract does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContractFault {
    /// Where: a JSON Pointer (RFC 6901), empty for the whole.
    pub at: String,
    /// The rule that does not hold, as a keyword of JSON Schema.
    pub rule: String,
}

/// Why the exchange says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// No partner holds the key of the signature.
    #[error("no partner holds key `{key}`, or it was not in use")]
    PartnerUnknown {
        /// The key that the signature names.
        key: String,
    },
    /// The id was used for another message.
    #[error("the id was used before for another message")]
    IdReused,
    /// There is no agreement with this partner on messages of this kind.
    #[error("messages of kind `{kind}` are not agreed with partner `{partner}`")]
    KindNotAgreed {
        /// The partner.
        partner: String,
        /// The kind.
        kind: String,
    },
    /// The message does not keep its contract.
    #[error("the message breaks its contract in {} places", .faults.len())]
    ContractBroken {
        /// Where.
        faults: Vec<ContractFault>,
    },
    /// The message is larger than we read.
    #[error("the message is larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The partner sends more than was agreed.
    #[error("partner `{partner}` sends more than {per_minute} messages a minute")]
    TooMany {
        /// The partner.
        partner: String,
        /// What was agreed.
        per_minute: u32,
        /// After how many seconds the next one is taken.
        retry_after_s: i64,
    },
    /// The idempotency key is missing or misshapen.
    #[error("the field `Idempotency-Key` is missing or misshapen")]
    IdMissing,
    /// There is no such message.
    #[error("there is no such message")]
    MessageUnknown,
}

impl ExchangeError {
    /// Number, slug, status, Chinese and English text.
    fn face(&self) -> (u16, Reason, u16, &'static str, &'static str) {
        match self {
            Self::PartnerUnknown { .. } => (
                1,
                "PARTNER_UNKNOWN",
                401,
                "签名所用密钥不属于任何已登记的对接系统，或签名时不在使用期内。请登记密钥后重新签名发送。",
                "No registered partner holds the key of the signature, or it was not in use then. Register the key, sign again and send.",
            ),
            Self::IdReused => (
                2,
                "ID_REUSED",
                409,
                "此报文编号已用于另一内容。请使用新的编号发送。",
                "This id was used for another message. Send under a new id.",
            ),
            Self::KindNotAgreed { .. } => (
                3,
                "KIND_NOT_AGREED",
                403,
                "双方未约定交换此类报文。请先与平台运行单位约定。",
                "Messages of this kind are not agreed between the two systems. Agree on them first.",
            ),
            Self::ContractBroken { .. } => (
                4,
                "CONTRACT_BROKEN",
                422,
                "报文内容不符合约定。请按所列位置改正后，用新的编号发送。",
                "The message does not keep its contract. Correct the places named and send under a new id.",
            ),
            Self::TooLarge { .. } => (
                5,
                "MESSAGE_TOO_LARGE",
                413,
                "报文过大。附件请以编号引用，不要放入报文。",
                "The message is too large. Refer to files, do not put them into it.",
            ),
            Self::TooMany { .. } => (
                6,
                "RATE_EXCEEDED",
                429,
                "发送过于频繁，超过双方约定。请在提示的时间后重发，编号不变。",
                "More messages came than was agreed. Send again after the time named, under the same id.",
            ),
            Self::IdMissing => (
                7,
                "MESSAGE_ID_MISSING",
                422,
                "报文缺少编号（Idempotency-Key），或编号格式不正确。",
                "The message has no id (Idempotency-Key), or one of the wrong form.",
            ),
            Self::MessageUnknown => (
                8,
                "MESSAGE_UNKNOWN",
                404,
                "没有找到这条报文。请从往来列表打开。",
                "There is no such message. Open it from the list.",
            ),
        }
    }
}

impl Coded for ExchangeError {
    fn code(&self) -> Code {
        Code::new("EXC", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::PartnerUnknown { key } => json!({"key": key}),
            Self::KindNotAgreed { partner, kind } => json!({"partner": partner, "kind": kind}),
            Self::ContractBroken { faults } => json!({"faults": faults}),
            Self::TooLarge { bytes_max } => json!({"bytes_max": bytes_max}),
            Self::TooMany { partner, per_minute, retry_after_s } => {
                json!({"partner": partner, "per_minute": per_minute, "retry_after_s": retry_after_s})
            }
            Self::IdReused | Self::IdMissing | Self::MessageUnknown => return None,
        };
        Some(fields.to_string())
    }
}

/// What is wrong with partners, contracts or the client, found at the start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A partner cannot be used as it is described.
    #[error("partner `{partner}` cannot be used: {why}")]
    Partner {
        /// The partner.
        partner: String,
        /// What is wrong, in English.
        why: String,
    },
    /// A contract cannot be used as it is written.
    #[error("contract `{contract}` cannot be used: {why}")]
    Contract {
        /// The contract, by its title where its kind is not known.
        contract: String,
        /// What is wrong, in English.
        why: String,
    },
    /// Our own address is none.
    #[error("`{address}` is no address at which partners could reach us")]
    Address {
        /// The address.
        address: String,
    },
    /// The client cannot be made.
    #[error("the client for partners cannot be made")]
    Client(#[source] reqwest::Error),
}

impl Coded for SetupError {
    fn code(&self) -> Code {
        Code::new("EXC", 9)
    }

    fn reason(&self) -> Reason {
        "EXCHANGE_SETUP"
    }

    fn label(&self) -> Label {
        Label::new(
            "数据交换的对接系统、报文约定或地址配置有误，请按提示改正后重新启动。",
            "Partners, contracts or the address of the exchange are set up wrongly. Correct what is named and start again.",
        )
    }

    fn status(&self) -> u16 {
        500
    }

    fn fields(&self) -> Option<String> {
        Some(json!({"why": self.to_string()}).to_string())
    }
}
