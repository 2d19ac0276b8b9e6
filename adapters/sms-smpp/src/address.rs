//! The address of a gateway as an operator writes it.

use percent_encoding::percent_decode_str;
use std::str::FromStr;

/// A gateway by its address: `smpp://user@host:2775?from=10690000`. The password never stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAddress {
    /// Its host.
    pub host: String,
    /// Its port; 2775 where none is written.
    pub port: u16,
    /// As whom we bind (`system_id`).
    pub user: String,
    /// From which number or word messages come.
    pub from: String,
}

/// An address of a gateway that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not of this form.
    #[error("a gateway is written `smpp://user@host:2775?from=10690000`")]
    Shape,
    /// A password stands in it.
    #[error("the password of a gateway does not belong in its address, but in a file")]
    Password,
    /// What stands after the host is no port.
    #[error("`{0}` is no port")]
    Port(String),
}

impl FromStr for GatewayAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = text.strip_prefix("smpp://").ok_or(AddressError::Shape)?;
        let (place, from) = rest.split_once("?from=").ok_or(AddressError::Shape)?;
        let (user, place) = place.rsplit_once('@').ok_or(AddressError::Shape)?;
        if user.contains(':') {
            return Err(AddressError::Password);
        }
        let plain =
            |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
        let user = plain(user).map_err(|_text| AddressError::Shape)?;
        let from = plain(from).map_err(|_text| AddressError::Shape)?;
        let (host, port) = match place.trim_end_matches('/').rsplit_once(':') {
            Some((host, port)) => {
                let number = port.parse().ok().filter(|port| *port > 0);
                (host, number.ok_or_else(|| AddressError::Port(port.to_owned()))?)
            }
            None => (place.trim_end_matches('/'), 2775),
        };
        // The protocol bounds both: 15 characters of a user, 20 of an address.
        let fits =
            !host.is_empty() && (1..=15).contains(&user.len()) && (1..=20).contains(&from.len());
        if fits {
            Ok(Self { host: host.to_owned(), port, user, from })
        } else {
            Err(AddressError::Shape)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_as_whom_and_from_what() {
        let address = |host: &str, port, user: &str, from: &str| GatewayAddress {
            host: host.into(),
            port,
            user: user.into(),
            from: from.into(),
        };
        for (text, expected) in [
            (
                "smpp://gov@sms.example:2776?from=10690000",
                Ok(address("sms.example", 2776, "gov", "10690000")),
            ),
            (
                "smpp://gov@sms.example?from=LIANBAN",
                Ok(address("sms.example", 2775, "gov", "LIANBAN")),
            ),
            ("smpp://g%40v@sms.example/?from=1", Ok(address("sms.example", 2775, "g@v", "1"))),
            ("smpp://gov:secret@sms.example?from=1", Err(AddressError::Password)),
            ("smpp://gov@sms.example:0?from=1", Err(AddressError::Port("0".into()))),
            ("smpp://gov@sms.example", Err(AddressError::Shape)),
            ("smpp://sms.example?from=1", Err(AddressError::Shape)),
            ("http://gov@sms.example?from=1", Err(AddressError::Shape)),
            ("smpp://a-user-that-is-too-long@x?from=1", Err(AddressError::Shape)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
