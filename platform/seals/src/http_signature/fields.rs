//! The part of structured fields (RFC 8941) that signatures and digests use: dictionaries of items and inner lists.

use data_encoding::BASE64;
use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// A value without parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Integer(i64),
    Text(String),
    Token(String),
    Bytes(Vec<u8>),
    Boolean(bool),
}

/// Parameters in the order in which they stand.
pub(super) type Params = Vec<(String, Bare)>;

/// A value with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) bare: Bare,
    pub(super) params: Params,
}

/// What a key of a dictionary holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Item(Item),
    List(Vec<Item>, Params),
}

/// Reads a dictionary; a key that comes twice is refused, since signer and verifier could take different ones.
pub(super) fn dictionary(text: &str) -> Result<Vec<(String, Member)>, String> {
    let mut cursor = Cursor(text.trim().chars().peekable());
    let mut members: Vec<(String, Member)> = Vec::new();
    loop {
        let key = cursor.key()?;
        let member = if cursor.eat('=') {
            if cursor.eat('(') {
                let items = cursor.rest_of_list()?;
                Member::List(items, cursor.params()?)
            } else {
                Member::Item(cursor.item()?)
            }
        } else {
            Member::Item(Item { bare: Bare::Boolean(true), params: cursor.params()? })
        };
        if members.iter().any(|(known, _member)| *known == key) {
            return Err(format!("`{key}` comes twice"));
        }
        members.push((key, member));
        cursor.spaces();
        if cursor.0.peek().is_none() {
            return Ok(members);
        }
        cursor.expect(',')?;
        cursor.spaces();
    }
}

struct Cursor<'a>(Peekable<Chars<'a>>);

impl Cursor<'_> {
    fn eat(&mut self, wanted: char) -> bool {
        self.0.next_if_eq(&wanted).is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.eat(wanted) { Ok(()) } else { Err(format!("`{wanted}` is missing")) }
    }

    fn spaces(&mut self) {
        while self.0.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.0.next_if(|c| wanted(*c)) {
            taken.push(c);
        }
        taken
    }

    fn key(&mut self) -> Result<String, String> {
        let key = self.take(|c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*')
        });
        let begins = key.chars().next();
        if begins.is_some_and(|c| c.is_ascii_lowercase() || c == '*') {
            Ok(key)
        } else {
            Err("a key is missing".to_owned())
        }
    }

    fn rest_of_list(&mut self) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            self.spaces();
            if self.eat(')') {
                return Ok(items);
            }
            items.push(self.item()?);
            if !matches!(self.0.peek(), Some(' ' | ')')) {
                return Err("a list is not closed".to_owned());
            }
        }
    }

    fn item(&mut self) -> Result<Item, String> {
        Ok(Item { bare: self.bare()?, params: self.params()? })
    }

    fn params(&mut self) -> Result<Params, String> {
        let mut params = Params::new();
        while self.eat(';') {
            self.spaces();
            let key = self.key()?;
            let value = if self.eat('=') { self.bare()? } else { Bare::Boolean(true) };
            if params.iter().any(|(known, _value)| *known == key) {
                return Err(format!("parameter `{key}` comes twice"));
            }
            params.push((key, value));
        }
        Ok(params)
    }

    fn bare(&mut self) -> Result<Bare, String> {
        match self.0.peek().copied() {
            Some('"') => self.text(),
            Some(':') => self.bytes(),
            Some('?') => self.boolean(),
            Some(c) if c == '-' || c.is_ascii_digit() => self.integer(),
            Some(c) if c.is_ascii_alphabetic() || c == '*' => Ok(Bare::Token(
                self.take(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c)),
            )),
            _ => Err("a value is missing".to_owned()),
        }
    }

    fn text(&mut self) -> Result<Bare, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.0.next() {
                Some('"') => return Ok(Bare::Text(text)),
                Some('\\') => match self.0.next() {
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => return Err("a text escapes what needs no escape".to_owned()),
                },
                Some(c @ ' '..='~') => text.push(c),
                _ => return Err("a text is not closed or not ASCII".to_owned()),
            }
        }
    }

    fn bytes(&mut self) -> Result<Bare, String> {
        self.expect(':')?;
        let text = self.take(|c| c != ':');
        self.expect(':')?;
        let decoded = BASE64.decode(text.as_bytes());
        decoded.map(Bare::Bytes).map_err(|_shape| "bytes are not base64".to_owned())
    }

    fn boolean(&mut self) -> Result<Bare, String> {
        self.expect('?')?;
        match self.0.next() {
            Some('0') => Ok(Bare::Boolean(false)),
            Some('1') => Ok(Bare::Boolean(true)),
            _ => Err("a boolean is neither ?0 nor ?1".to_owned()),
        }
    }

    /// At most 15 digits; decimals do not occur in signatures.
    fn integer(&mut self) -> Result<Bare, String> {
        let sign = if self.eat('-') { "-" } else { "" };
        let digits = self.take(|c| c.is_ascii_digit());
        if digits.is_empty() || digits.len() > 15 || self.0.peek() == Some(&'.') {
            return Err("a number is no integer of 1 to 15 digits".to_owned());
        }
        let number = format!("{sign}{digits}").parse();
        number.map(Bare::Integer).map_err(|_digits| "a number is misshapen".to_owned())
    }
}

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => {
                write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
            Self::Token(token) => f.write_str(token),
            Self::Bytes(bytes) => write!(f, ":{}:", BASE64.encode(bytes)),
            Self::Boolean(true) => f.write_str("?1"),
            Self::Boolean(false) => f.write_str("?0"),
        }
    }
}

/// Parameters as they are written: `;a=1;b`.
pub(super) struct ShownParams<'a>(pub(super) &'a Params);

impl fmt::Display for ShownParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(key, value)| match value {
            Bare::Boolean(true) => write!(f, ";{key}"),
            other => write!(f, ";{key}={other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_read_and_write_back() {
        let text =
            r#"sig1=("@method" "date";req);created=1618884473;keyid="a\"b\\";x;y=?0;z=tok/en"#;
        let members = dictionary(text).unwrap();
        let [(label, Member::List(items, params))] = members.as_slice() else {
            panic!("one list expected");
        };
        assert_eq!(label, "sig1");
        assert_eq!(items[1].params, [("req".to_owned(), Bare::Boolean(true))]);
        assert_eq!(
            ShownParams(params).to_string(),
            r#";created=1618884473;keyid="a\"b\\";x;y=?0;z=tok/en"#
        );
        let two = dictionary("a=:AQI=: , b=-7").unwrap();
        assert_eq!(two[0].1, Member::Item(Item { bare: Bare::Bytes(vec![1, 2]), params: vec![] }));
        assert_eq!(two[1].1, Member::Item(Item { bare: Bare::Integer(-7), params: vec![] }));
    }

    #[test]
    fn misshapen_fields_are_refused() {
        for text in [
            "",
            "A=1",
            "a=",
            "a=1,",
            "a=1 b=2",
            "a=1,a=2",
            "a=(\"x\"",
            "a=(\"x\"\"y\")",
            "a=\"x",
            "a=\"x\\n\"",
            "a=\"中\"",
            "a=:AQ:",
            "a=:A*==:",
            "a=?2",
            "a=1.5",
            "a=1234567890123456",
            "a=1;b=1;b=2",
            "a=-",
        ] {
            assert!(dictionary(text).is_err(), "{text}");
        }
    }
}
