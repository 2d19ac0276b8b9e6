//! Lawful refusals of the ledger.

use crate::bills::BillState;
use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// Why the ledger says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The key has a bill already, with other content.
    #[error("the bill is there already, with other content")]
    Taken,
    /// There is no such bill.
    #[error("there is no such bill")]
    Unknown,
    /// The act does not fit the state the bill is in.
    #[error("the bill is {}", .state.word())]
    WrongState {
        /// The state it is in.
        state: BillState,
    },
    /// A line or a total that cannot be.
    #[error("`{key}` does not hold")]
    Field {
        /// Which part.
        key: &'static str,
    },
    /// Another amount was paid than is owed.
    #[error("{found_fen} fen were paid where {owed_fen} are owed")]
    AmountDiffers {
        /// What is owed.
        owed_fen: i64,
        /// What was paid.
        found_fen: i64,
    },
    /// A report of money that its gateway did not sign.
    #[error("the report is not the gateway's")]
    Forged,
    /// There is no such gateway.
    #[error("there is no gateway `{0}`")]
    GatewayUnknown(String),
    /// What a gateway reports cannot be read.
    #[error("the report cannot be read")]
    Unreadable,
    /// The act asked for is none.
    #[error("`{0}` is nothing that can be done to a bill")]
    NoSuchAct(String),
    /// Who asks acts for no party.
    #[error("bills are listed for a party")]
    NotAParty,
}

impl Coded for LedgerError {
    fn code(&self) -> Code {
        Code::new("LDG", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        match self {
            Self::WrongState { state } => {
                let state = state.label();
                Label::new(
                    format!("该账单当前状态为“{}”，不能这样办理。", state.zh),
                    format!("The bill is in the state `{}`; this cannot be done now.", state.en),
                )
            }
            own => {
                let (_, _, zh, en) = own.face();
                Label::new(zh, en)
            }
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown | Self::GatewayUnknown(_) => 404,
            Self::Taken | Self::WrongState { .. } | Self::AmountDiffers { .. } => 409,
            Self::Forged => 401,
            Self::NotAParty => 403,
            Self::Field { .. } | Self::Unreadable | Self::NoSuchAct(_) => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::WrongState { state } => json!({"state": state}),
            Self::Field { key } => json!({"key": key}),
            Self::AmountDiffers { owed_fen, found_fen } => {
                json!({"owed_fen": owed_fen, "found_fen": found_fen})
            }
            _ => return None,
        };
        Some(fields.to_string())
    }
}

impl LedgerError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Taken => (
                1,
                "TAKEN",
                "该账单已经开出，内容与本次不同。",
                "This bill was issued already, with other content.",
            ),
            Self::Unknown => (2, "NOT_FOUND", "没有这张账单。", "There is no such bill."),
            Self::WrongState { .. } => (3, "WRONG_STATE", "", ""),
            Self::Field { .. } => (
                4,
                "FIELD",
                "账单的项目、金额或者事由不完整，请核对。",
                "A line, an amount or a reason of the bill does not hold; check it.",
            ),
            Self::AmountDiffers { .. } => (
                5,
                "AMOUNT_DIFFERS",
                "支付的金额与应缴金额不一致。",
                "What was paid is not what is owed.",
            ),
            Self::Forged => (
                6,
                "SIGNATURE_INVALID",
                "缴费回告的签名不是支付平台的，未予采信。",
                "The payment gateway did not sign this report; it is not believed.",
            ),
            Self::GatewayUnknown(_) => {
                (7, "GATEWAY_UNKNOWN", "没有这个支付平台。", "There is no such payment gateway.")
            }
            Self::Unreadable => (
                8,
                "MALFORMED",
                "缴费回告的内容无法识别。",
                "The report of the payment cannot be read.",
            ),
            Self::NoSuchAct(_) => (
                9,
                "NO_SUCH_ACT",
                "没有这种办理方式，请从页面上选择。",
                "There is no such act. Choose one on the page.",
            ),
            Self::NotAParty => (
                10,
                "NOT_ENTITLED",
                "“我的账单”只向企业和个人开放。",
                "`My bills` is for enterprises and persons.",
            ),
        }
    }
}
