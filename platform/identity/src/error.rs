//! What identity answers instead of doing it.

use codes::{Code, Coded, Label, Moment, Reason};

/// A lawful "no" of an aggregate of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The name of a login is in use.
    #[error("the login name is taken")]
    LoginTaken,
    /// No such login, party, session or mandate.
    #[error("nothing is known under this key")]
    Unknown,
    /// The login takes no password for a while.
    #[error("the login is locked until {until}")]
    Locked {
        /// Until when.
        until: Moment,
    },
    /// The login proves itself by an identity provider and has no password.
    #[error("the login has no password")]
    NoPassword,
    /// The session is over.
    #[error("the session has ended")]
    SessionEnded,
    /// A mandate names the same party twice, no service, or a day that is over.
    #[error("the mandate cannot be given: {}", why.slug())]
    MandateShape {
        /// What is wrong.
        why: MandateWhy,
    },
    /// The party has a login already, and the new one knows the person only by what was typed.
    #[error("the party has a login already")]
    PartyTaken,
    /// Only the principal or the agent may end this mandate, and not the register's.
    #[error("the mandate is not theirs to end")]
    MandateForeign,
}

/// What is wrong with a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateWhy {
    /// Principal and agent are one.
    Self_,
    /// It names no service.
    NoService,
    /// Its last day is over.
    Past,
    /// The key is in use.
    Taken,
}

impl MandateWhy {
    const fn slug(self) -> &'static str {
        match self {
            Self::Self_ => "SELF",
            Self::NoService => "NO_SERVICE",
            Self::Past => "PAST",
            Self::Taken => "TAKEN",
        }
    }

    fn label(self) -> Label {
        match self {
            Self::Self_ => Label::new(
                "不能委托本人。请填写另一位受托人。",
                "You cannot give a mandate to yourself. Name another person.",
            ),
            Self::NoService => Label::new(
                "请至少写明一个委托办理的事项。",
                "Name at least one service the mandate is for.",
            ),
            Self::Past => Label::new(
                "委托期限已经过去。请填写今天或者以后的日期。",
                "The last day of the mandate is over. Give today or a later day.",
            ),
            Self::Taken => Label::new(
                "这份委托已经存在。请刷新页面查看。",
                "This mandate exists already. Reload the page to see it.",
            ),
        }
    }
}

impl Coded for IdentityError {
    fn code(&self) -> Code {
        let number = match self {
            Self::LoginTaken => 3,
            Self::Unknown => 4,
            Self::Locked { .. } => 5,
            Self::NoPassword => 6,
            Self::SessionEnded => 7,
            Self::MandateShape { .. } => 8,
            Self::MandateForeign => 9,
            Self::PartyTaken => 20,
        };
        Code::new("IDN", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::LoginTaken | Self::PartyTaken => "TAKEN",
            Self::Unknown => "NOT_KNOWN",
            Self::Locked { .. } => "LOGIN_LOCKED",
            Self::NoPassword => "NO_PASSWORD",
            Self::SessionEnded => "SESSION_ENDED",
            Self::MandateShape { .. } => "FIELD",
            Self::MandateForeign => "MANDATE_FOREIGN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::LoginTaken => Label::new(
                "这个登录名已被使用，请换一个。",
                "This login name is taken. Please choose another.",
            ),
            Self::Unknown => Label::new(
                "没有找到这条登记，请核对后重试。",
                "Nothing is known under this. Please check it and try again.",
            ),
            Self::Locked { until } => Label::new(
                format!("密码多次输入错误，登录已暂停。请在 {} 以后再试。", wall(*until)),
                format!(
                    "The password was wrong too many times. Try again after {} (Beijing time).",
                    wall(*until)
                ),
            ),
            Self::NoPassword => Label::new(
                "此登录账号通过统一身份认证登录，没有单独的密码。",
                "This login signs in through the identity provider and has no password of its own.",
            ),
            Self::SessionEnded => Label::new(
                "登录已过期。请重新登录，已保存的内容不会丢失。",
                "Your session has ended. Please sign in again; nothing you saved is lost.",
            ),
            Self::MandateShape { why } => why.label(),
            Self::PartyTaken => Label::new(
                "这个证件号码已经注册过登录账号。请用原来的登录账号登录，或者通过统一身份认证登录。",
                "This document already has a login. Sign in with that one, or through the identity provider.",
            ),
            Self::MandateForeign => Label::new(
                "只有委托人或者受托人可以终止这份委托；法定代表人的代表权随登记变更而变更。",
                "Only the principal or the agent may end this mandate; that of a legal representative follows the register.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::LoginTaken | Self::PartyTaken => 409,
            Self::Unknown => 404,
            Self::Locked { .. } => 423,
            Self::NoPassword | Self::MandateShape { .. } => 422,
            Self::SessionEnded => 401,
            Self::MandateForeign => 403,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::LoginTaken => Some(r#"{"kind":"login"}"#.to_owned()),
            Self::PartyTaken => Some(r#"{"kind":"party"}"#.to_owned()),
            Self::Locked { until } => Some(format!(r#"{{"until":"{until}"}}"#)),
            Self::MandateShape { why } => {
                Some(format!(r#"{{"key":"mandate","why":"{}"}}"#, why.slug()))
            }
            Self::Unknown | Self::NoPassword | Self::SessionEnded | Self::MandateForeign => None,
        }
    }
}

/// A refusal of sign-in, sign-up or the protection of forms, before any aggregate is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Name or password is wrong; which of them is not told.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many tries from one place.
    #[error("too many tries, wait until {until}")]
    TooManyTries {
        /// Until when.
        until: Moment,
    },
    /// The name is not one a login can have.
    #[error("the login name has the wrong shape")]
    NameShape,
    /// The password is too short, too long, or is the name.
    #[error("the password does not fit the policy")]
    PasswordShape {
        /// The least characters.
        least: usize,
        /// The most characters.
        most: usize,
    },
    /// The two passwords differ.
    #[error("the passwords differ")]
    PasswordsDiffer,
    /// The person does not hold the role, or the mandate is over.
    #[error("the role is not held")]
    RoleNotHeld,
    /// The request did not come from a page of this site.
    #[error("the request did not come from a page of this site")]
    Forged,
    /// The identity provider does not answer.
    #[error("the identity provider does not answer: {0}")]
    ProviderDown(String),
    /// The identity provider's answer does not hold.
    #[error("the identity provider's answer was refused: {0}")]
    ProviderRefused(String),
    /// The name is empty.
    #[error("the person's name is missing")]
    PersonName,
}

impl Coded for SignInError {
    fn code(&self) -> Code {
        let number = match self {
            Self::Wrong => 10,
            Self::TooManyTries { .. } => 11,
            Self::NameShape => 12,
            Self::PasswordShape { .. } => 13,
            Self::PasswordsDiffer => 14,
            Self::RoleNotHeld => 15,
            Self::Forged => 16,
            Self::ProviderDown(_) => 17,
            Self::ProviderRefused(_) => 18,
            Self::PersonName => 19,
        };
        Code::new("IDN", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Wrong => "SIGN_IN_REFUSED",
            Self::TooManyTries { .. } => "TOO_MANY_TRIES",
            Self::NameShape | Self::PasswordShape { .. } | Self::PersonName => "FIELD",
            Self::PasswordsDiffer => "PASSWORDS_DIFFER",
            Self::RoleNotHeld => "ROLE_NOT_HELD",
            Self::Forged => "FORGED_REQUEST",
            Self::ProviderDown(_) => "PARTNER_DOWN",
            Self::ProviderRefused(_) => "PROVIDER_REFUSED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Wrong => Label::new(
                "登录名或者密码不正确，请重新输入。",
                "The login name or the password is wrong. Please try again.",
            ),
            Self::TooManyTries { until } => Label::new(
                format!("尝试次数过多，请在 {} 以后再试。", wall(*until)),
                format!("Too many tries. Please try again after {} (Beijing time).", wall(*until)),
            ),
            Self::NameShape => Label::new(
                "登录名应为 3 至 40 个小写字母、数字或者“.”“_”“-”，以字母或者数字开头。",
                "A login name has 3 to 40 lower-case letters, digits or `.` `_` `-`, and begins with a letter or a digit.",
            ),
            Self::PasswordShape { least, most } => Label::new(
                format!(
                    "密码应为 {least} 至 {most} 个字符，且不能与登录名相同或者只用一个字符。几个不相干的词最好记。"
                ),
                format!(
                    "A password has {least} to {most} characters, is not the login name and not one character repeated. A few unrelated words are easiest to remember."
                ),
            ),
            Self::PasswordsDiffer => Label::new(
                "两次输入的密码不一致，请重新输入。",
                "The two passwords differ. Please type them again.",
            ),
            Self::RoleNotHeld => Label::new(
                "您目前没有这个办事身份。请重新选择。",
                "You do not hold this role now. Please choose again.",
            ),
            Self::Forged => Label::new(
                "页面打开得太久、登录有变化，或者请求不是从本站页面发出的，所以什么也没有改动。请返回刚才的页面，刷新后重新提交；已保存的内容不会丢失。",
                "The page was open for too long, the sign-in changed, or the request came from elsewhere, so nothing was changed. Go back to the page, reload it and send it again; what was saved is not lost.",
            ),
            Self::ProviderDown(_) => Label::new(
                "统一身份认证暂时没有响应。请稍后再试，或者用登录名和密码登录。",
                "The identity provider does not answer. Try again later, or sign in with name and password.",
            ),
            Self::ProviderRefused(_) => Label::new(
                "统一身份认证没有完成。请重新登录。",
                "The sign-in with the identity provider was not completed. Please start again.",
            ),
            Self::PersonName => Label::new(
                "请填写姓名，与身份证件一致。",
                "Give the name as it is on the identity document.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Wrong | Self::ProviderRefused(_) => 401,
            Self::TooManyTries { .. } => 429,
            Self::NameShape
            | Self::PasswordShape { .. }
            | Self::PasswordsDiffer
            | Self::PersonName => 422,
            Self::RoleNotHeld | Self::Forged => 403,
            Self::ProviderDown(_) => 503,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::TooManyTries { until } => Some(format!(r#"{{"until":"{until}"}}"#)),
            Self::NameShape => Some(r#"{"key":"login","why":"SHAPE"}"#.to_owned()),
            Self::PasswordShape { least, most } => {
                Some(format!(r#"{{"key":"password","least":{least},"most":{most}}}"#))
            }
            Self::ProviderDown(_) => Some(r#"{"organ":"identity_provider"}"#.to_owned()),
            Self::PersonName => Some(r#"{"key":"name","why":"MISSING"}"#.to_owned()),
            Self::Wrong
            | Self::PasswordsDiffer
            | Self::RoleNotHeld
            | Self::Forged
            | Self::ProviderRefused(_) => None,
        }
    }
}

/// Beijing time to the minute, as people read it.
pub(crate) fn wall(at: Moment) -> String {
    let wall = at.wall();
    format!("{} {:02}:{:02}", wall.date(), wall.hour(), wall.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_number_of_its_own_and_a_page() {
        let (until, why) = (Moment::default(), MandateWhy::Past);
        let all: Vec<Box<dyn Coded>> = vec![
            Box::new(IdentityError::LoginTaken),
            Box::new(IdentityError::Unknown),
            Box::new(IdentityError::Locked { until }),
            Box::new(IdentityError::NoPassword),
            Box::new(IdentityError::SessionEnded),
            Box::new(IdentityError::MandateShape { why }),
            Box::new(IdentityError::MandateForeign),
            Box::new(SignInError::Wrong),
            Box::new(SignInError::TooManyTries { until }),
            Box::new(SignInError::NameShape),
            Box::new(SignInError::PasswordShape { least: 12, most: 128 }),
            Box::new(SignInError::PasswordsDiffer),
            Box::new(SignInError::RoleNotHeld),
            Box::new(SignInError::Forged),
            Box::new(SignInError::ProviderDown(String::new())),
            Box::new(SignInError::ProviderRefused(String::new())),
            Box::new(SignInError::PersonName),
            Box::new(IdentityError::PartyTaken),
        ];
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        for (n, error) in (3..).zip(&all) {
            let code = error.code().to_string();
            assert_eq!(code, format!("IDN-{n:04}"));
            let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap();
            assert!(page.starts_with(&format!("# {code} {}", error.reason())), "{code}");
            assert!(!error.label().zh.is_empty() && error.label().en.is_ascii(), "{code}");
            if let Some(fields) = error.fields() {
                assert!(serde_json::from_str::<serde_json::Value>(&fields).unwrap().is_object());
            }
        }
    }
}
