//! The address of a mail server as an operator writes it.

use crate::Security;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::str::FromStr;

/// A mail server by its address (邮件服务器地址).
///
/// ```text
/// smtps://notice@mail.example:465          TLS from the first byte
/// smtp://notice@mail.example:587           TLS by STARTTLS, refused where the server does not offer it
/// smtp://127.0.0.1:25?tls=none             a relay that takes mail without TLS and without a login
/// ```
/// A port that is not written is that of the scheme: 465 or 587.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// Its host, which is also the name in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// As whom we sign in there; the password never stands in an address.
    pub user: Option<String>,
}

/// An address of a mail server that cannot be used. It never shows the address: a password may stand in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The scheme or the host is missing.
    #[error(
        "a mail server is written `smtps://user@host:465`, `smtp://user@host:587` or `smtp://host:25?tls=none`"
    )]
    Shape,
    /// A password stands in it.
    #[error("the password of a mail server does not belong in its address, but in a file")]
    Password,
    /// What stands after the host is no port.
    #[error("`{0}` is no port")]
    Port(String),
    /// A setting that is not known.
    #[error("`{0}` is no setting of a mail server; the only one is `tls=none`")]
    Setting(String),
    /// A login without TLS.
    #[error("a login is not sent to a mail server without TLS")]
    LoginInClear,
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (implicit, rest) = match text.split_once("://") {
            Some(("smtps", rest)) => (true, rest),
            Some(("smtp", rest)) => (false, rest),
            _ => return Err(AddressError::Shape),
        };
        let (rest, setting) = match rest.split_once('?') {
            Some((rest, setting)) => (rest, Some(setting)),
            None => (rest, None),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(login(user)?), place),
            None => (None, rest),
        };
        let (host, port) = host_and_port(place)?;
        let security = match (setting, implicit) {
            (None, true) => Security::Implicit,
            (None, false) => Security::StartTls,
            (Some("tls=none"), false) => Security::Plain,
            (Some(other), _) => return Err(AddressError::Setting(other.to_owned())),
        };
        if security == Security::Plain && user.is_some() {
            return Err(AddressError::LoginInClear);
        }
        let usual = if implicit { 465 } else { 587 };
        Ok(Self { host, port: port.unwrap_or(usual), security, user })
    }
}

fn login(text: &str) -> Result<String, AddressError> {
    if text.contains(':') {
        return Err(AddressError::Password);
    }
    let name = percent_decode_str(text).decode_utf8().map_err(|_text| AddressError::Shape)?;
    if name.is_empty() { Err(AddressError::Shape) } else { Ok(name.into_owned()) }
}

/// The host, without the brackets of an IPv6 address, and the port if one is written.
fn host_and_port(place: &str) -> Result<(String, Option<u16>), AddressError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed.split_once(']').ok_or(AddressError::Shape)?;
            let address: IpAddr = host.parse().map_err(|_not_one| AddressError::Shape)?;
            let port = match rest {
                "" => None,
                _ => Some(rest.strip_prefix(':').ok_or(AddressError::Shape)?),
            };
            (address.to_string(), port)
        }
        None => match place.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port)),
            None => (place.to_owned(), None),
        },
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if host.is_empty() || !host.chars().all(fits) {
        return Err(AddressError::Shape);
    }
    let port = port.map(|port| match port.parse() {
        Ok(0) | Err(_) => Err(AddressError::Port(port.to_owned())),
        Ok(port) => Ok(port),
    });
    Ok((host, port.transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, port: u16, security: Security, user: Option<&str>) -> ServerAddress {
        ServerAddress { host: host.to_owned(), port, security, user: user.map(str::to_owned) }
    }

    #[test]
    fn an_address_says_where_how_and_as_whom() {
        for (text, expected) in [
            (
                "smtps://notice@mail.example:465",
                address("mail.example", 465, Security::Implicit, Some("notice")),
            ),
            (
                "smtp://notice%40gov.example@mail.example",
                address("mail.example", 587, Security::StartTls, Some("notice@gov.example")),
            ),
            ("smtps://mail.example/", address("mail.example", 465, Security::Implicit, None)),
            ("smtp://127.0.0.1:25?tls=none", address("127.0.0.1", 25, Security::Plain, None)),
            ("smtp://[::1]:2525", address("::1", 2525, Security::StartTls, None)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_shows_no_password() {
        for (text, error) in [
            ("mail.example:25", AddressError::Shape),
            ("http://mail.example", AddressError::Shape),
            ("smtp://", AddressError::Shape),
            ("smtp://@mail.example", AddressError::Shape),
            ("smtp://mail example:25", AddressError::Shape),
            ("smtp://[::1", AddressError::Shape),
            ("smtp://[mail]:25", AddressError::Shape),
            ("smtps://notice:secret@mail.example", AddressError::Password),
            ("smtp://mail.example:0", AddressError::Port("0".to_owned())),
            ("smtp://mail.example:65536", AddressError::Port("65536".to_owned())),
            ("smtp://mail.example?tls=maybe", AddressError::Setting("tls=maybe".to_owned())),
            ("smtps://mail.example?tls=none", AddressError::Setting("tls=none".to_owned())),
            ("smtp://notice@mail.example:25?tls=none", AddressError::LoginInClear),
        ] {
            assert_eq!(text.parse::<ServerAddress>(), Err(error.clone()), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
