//! The portal's own failures: what is wrong with a request before any capability sees it.

use codes::{Code, Coded, Label, Reason};

/// A request that cannot be read, or an address without a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The body is no JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The JSON has another shape than asked for.
    #[error("the body has the wrong shape: {0}")]
    BodyShape(String),
    /// The content type is not the one asked for.
    #[error("the content type should be `{0}`")]
    ContentType(&'static str),
    /// A parameter of the query is missing or wrong.
    #[error("the query cannot be read: {0}")]
    Query(String),
    /// A form cannot be read.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// The body is larger than the page takes.
    #[error("the body is too large")]
    TooLarge,
    /// No page and no resource has this address.
    #[error("nothing is at this address")]
    NotFound,
    /// The address is known, the method is not.
    #[error("the method does not fit the address")]
    Method,
    /// The service cannot answer now.
    #[error("the service cannot answer now")]
    Unavailable,
    /// A fault of the service, logged where it was handled.
    #[error("the service failed")]
    Fault,
    /// A request that is refused for a cause of the transport alone.
    #[error("the request was refused with status {0}")]
    Refused(u16),
}

impl RequestError {
    /// The failure that stands for a bare HTTP status.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            404 => Self::NotFound,
            405 => Self::Method,
            413 => Self::TooLarge,
            408 | 502..=504 => Self::Unavailable,
            400..=499 => Self::Refused(status),
            _ => Self::Fault,
        }
    }

    fn detail(&self) -> Option<&str> {
        match self {
            Self::NotJson(text) | Self::BodyShape(text) | Self::Query(text) | Self::Form(text) => {
                Some(text)
            }
            Self::ContentType(text) => Some(text),
            _ => None,
        }
    }
}

impl Coded for RequestError {
    fn code(&self) -> Code {
        Code::new(
            "PTL",
            match self {
                Self::NotJson(_) => 1,
                Self::BodyShape(_) => 2,
                Self::ContentType(_) => 3,
                Self::Query(_) => 4,
                Self::Form(_) => 5,
                Self::TooLarge => 6,
                Self::NotFound => 7,
                Self::Method => 8,
                Self::Unavailable => 9,
                Self::Fault => 10,
                Self::Refused(_) => 11,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NotJson(_) => "NOT_JSON",
            Self::BodyShape(_) => "BODY_SHAPE",
            Self::ContentType(_) => "CONTENT_TYPE",
            Self::Query(_) => "QUERY",
            Self::Form(_) => "FORM",
            Self::TooLarge => "TOO_LARGE",
            Self::NotFound => "NOT_FOUND",
            Self::Method => "METHOD_NOT_ALLOWED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Fault => "FAULT",
            Self::Refused(_) => "REQUEST_REFUSED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NotJson(_) => Label::new(
                "请求内容不是有效的 JSON。请检查后重新发送。",
                "The body is not valid JSON. Please check it and send it again.",
            ),
            Self::BodyShape(_) => Label::new(
                "请求内容缺项或类型不符。请对照接口说明改正后重新发送。",
                "A part of the body is missing or of the wrong type. Please correct it by the API description and send it again.",
            ),
            Self::ContentType(_) => Label::new(
                "请求的内容类型不符。请按提示的类型发送。",
                "The content type does not fit. Please send the type named here.",
            ),
            Self::Query(_) => Label::new(
                "网址中的查询条件无法识别。请返回上一页重新选择。",
                "The conditions in the address cannot be read. Please go back and choose again.",
            ),
            Self::Form(_) => Label::new(
                "提交的内容无法识别。请返回上一页重新提交，已保存的内容不会丢失。",
                "What was sent cannot be read. Please go back and send it again; what was saved is not lost.",
            ),
            Self::TooLarge => Label::new(
                "内容超过大小上限。请压缩文件或分次上传。",
                "This is larger than we can take. Please make the file smaller or send it in parts.",
            ),
            Self::NotFound => Label::new(
                "没有找到这个页面。请检查网址，或从首页重新进入。",
                "We cannot find this page. Please check the address, or start from the home page.",
            ),
            Self::Method => Label::new(
                "这个网址不支持这种操作。请从页面上的按钮进入。",
                "This address does not do that. Please use the buttons of the page.",
            ),
            Self::Unavailable => Label::new(
                "服务暂时没有响应。请稍后再试，已提交的内容不会重复办理。",
                "The service does not answer at the moment. Please try again later; nothing you sent is done twice.",
            ),
            Self::Fault => Label::new(
                "系统出现故障，已记录。请稍后再试，已提交的内容不会重复办理。",
                "Something failed on our side and was recorded. Please try again later; nothing you sent is done twice.",
            ),
            Self::Refused(_) => Label::new(
                "请求未被接受。请返回上一页重试。",
                "The request was not accepted. Please go back and try again.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NotJson(_) => 400,
            Self::BodyShape(_) | Self::Query(_) | Self::Form(_) => 422,
            Self::ContentType(_) => 415,
            Self::TooLarge => 413,
            Self::NotFound => 404,
            Self::Method => 405,
            Self::Unavailable => 503,
            Self::Fault => 500,
            Self::Refused(status) => *status,
        }
    }

    fn fields(&self) -> Option<String> {
        self.detail().map(|why| serde_json::json!({ "why": why }).to_string())
    }
}
