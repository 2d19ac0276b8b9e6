//! Identifiers of what happens: shards, commands, events, errands, actors.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

macro_rules! text_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The key from its text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the key.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_key! {
    /// A part of the journal with one writer (分片): a division code of a city, a province, or `000000` for the nation.
    Shard
}
text_key! {
    /// An organ (单位) by its key in the directory, such as `440115-market`.
    OrganKey
}
text_key! {
    /// A party (当事人): a person or an enterprise, by its opaque key in `identity`.
    PartyKey
}

/// 128 bits as 32 hexadecimal digits.
macro_rules! id128 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id from its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes of the id.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The id that follows from parts; the same parts give the same id.
            #[must_use]
            pub fn derive(parts: &[&[u8]]) -> Self {
                Self(derive_id(parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_hex(text).map(Self).ok_or_else(|| NotAnId(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id128! {
    /// The id of a command; the same id twice gives the first answer and happens once.
    CommandId
}
id128! {
    /// The id of an errand: outside work done at least once under this id.
    ErrandId
}

/// A text that is no id of 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id of 32 hexadecimal digits")]
pub struct NotAnId(pub String);

/// 128 bits that follow from parts: SHA-256 over each part with its length before it, cut to 16 bytes.
#[must_use]
pub fn derive_id(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let full = hash.finalize();
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(full.iter()) {
        *to = *from;
    }
    id
}

fn parse_hex(text: &str) -> Option<[u8; 16]> {
    // UUID's hyphens are welcome: clients that make UUIDs need no other format.
    let mut digits = text.chars().filter(|c| *c != '-').map(|c| c.to_digit(16));
    let mut bytes = [0_u8; 16];
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

/// Where an event stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Its shard.
    pub shard: Shard,
    /// Its position in the shard, from 1 without a gap.
    pub seq: u64,
}

impl fmt::Display for EventId {
    /// `440100/17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shard, self.seq)
    }
}

impl FromStr for EventId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = || NotAnId(text.to_owned());
        let (shard, seq) = text.rsplit_once('/').ok_or_else(wrong)?;
        Ok(Self { shard: Shard::new(shard), seq: seq.parse().map_err(|_digits| wrong())? })
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Who acts (行为人).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The platform itself, by the name of the policy, timer or errand.
    System {
        /// The policy, timer or errand.
        name: String,
    },
    /// A party, itself or through an agent.
    Party {
        /// For whom.
        party: PartyKey,
        /// The login of the person at the keyboard.
        login: String,
        /// The mandate it is done under, where the person acts for another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mandate: Option<String>,
    },
    /// An officer of an organ.
    Officer {
        /// The organ.
        organ: OrganKey,
        /// The login of the officer.
        login: String,
        /// The role in which she acts, such as `reviewer`, `head`, `clerk`, `coordinator`.
        role: String,
    },
    /// A partner system, by its key id.
    Partner {
        /// The partner.
        partner: String,
    },
    /// Somebody who has not signed in.
    Public,
}

impl Actor {
    /// The platform acting under a name.
    pub fn system(name: impl Into<String>) -> Self {
        Self::System { name: name.into() }
    }

    /// The organ of an officer.
    #[must_use]
    pub fn organ(&self) -> Option<&OrganKey> {
        match self {
            Self::Officer { organ, .. } => Some(organ),
            Self::System { .. } | Self::Party { .. } | Self::Partner { .. } | Self::Public => None,
        }
    }

    /// The login of the person at the keyboard.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        match self {
            Self::Party { login, .. } | Self::Officer { login, .. } => Some(login),
            Self::System { .. } | Self::Partner { .. } | Self::Public => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_follow_from_their_parts() {
        let id = CommandId::derive(&[b"440100/17", b"linkage.issue", b"0"]);
        assert_eq!(id, CommandId::derive(&[b"440100/17", b"linkage.issue", b"0"]));
        assert_ne!(id, CommandId::derive(&[b"440100/1", b"7linkage.issue", b"0"]));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("0123".parse::<CommandId>().is_err());
        let event = EventId { shard: Shard::new("440100"), seq: 17 };
        assert_eq!(event.to_string().parse(), Ok(event));
    }
}
