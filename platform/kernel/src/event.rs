//! What happened, as the journal keeps it.

use crate::{Actor, Aggregate, Atomic, CommandId, Errand, EventId, Moment, Reaction, Shard};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// JSON text of a command or an event: an externally tagged enum, `{"Granted":{…}}` or `"Withdrawn"`.
///
/// It is written once and read where needed; nobody parses it on the way. A body that was made in this process may keep
/// the value from which it was written, so that those who hear of an event a moment later need not parse it either.
///
/// **Invariant:** a kept value is what reading the text gives. Builds with debug assertions check it at every body.
#[derive(Clone)]
pub struct Body {
    text: Arc<str>,
    value: Option<Arc<dyn Any + Send + Sync>>,
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Body {}

impl Body {
    /// The JSON text of a value.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::from_text)
    }

    /// The JSON text of a value, which is kept for [`Body::shared`].
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn keeping<T>(value: Arc<T>) -> Result<Self, serde_json::Error>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let written = Self::of(&*value)?;
        debug_assert_eq!(
            written.read::<T>().and_then(|again| Self::of(&again)).ok().as_ref(),
            Some(&written),
            "a value is not what its own text says"
        );
        Ok(Self { value: Some(value), ..written })
    }

    /// A body from JSON text that a journal or a partner handed over.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), value: None }
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name of the variant: the first string in the text.
    #[must_use]
    pub fn name(&self) -> &str {
        let mut parts = self.text.split('"');
        parts.next();
        parts.next().unwrap_or_default()
    }

    /// The value that stands in the text.
    ///
    /// # Errors
    /// The text does not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }

    /// The value that stands in the text: the one that was kept, or one that is read.
    ///
    /// # Errors
    /// The text does not fit the type.
    pub fn shared<T>(&self) -> Result<Arc<T>, serde_json::Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        match self.value.clone().map(Arc::downcast::<T>) {
            Some(Ok(kept)) => Ok(kept),
            _ => self.read().map(Arc::new),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::value::RawValue::from_string(self.text.to_string())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)
            .map_err(de::Error::custom)?;
        Ok(Self::from_text(raw.get()))
    }
}

/// An event as it stands in the journal (事件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its shard.
    pub shard: Shard,
    /// Its position in the shard, from 1 without a gap.
    pub seq: u64,
    /// The kind of the aggregate, [`crate::Aggregate::KIND`].
    pub kind: Arc<str>,
    /// The key of the aggregate.
    pub key: Arc<str>,
    /// Its position in the stream of the aggregate, from 1 without a gap.
    pub version: u64,
    /// The schema version of the event's type; older ones are read through upcasters.
    pub schema: u16,
    /// When it was decided.
    pub at: Moment,
    /// Who acted.
    pub actor: Arc<Actor>,
    /// The command that it answers.
    pub command: CommandId,
    /// The event that led to the command, where a policy or a timer sent it.
    pub cause: Option<EventId>,
    /// The event itself.
    pub body: Body,
}

impl Recorded {
    /// Where it stands.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId { shard: self.shard.clone(), seq: self.seq }
    }

    /// The name of the event's variant, such as `Granted`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.body.name()
    }

    /// The typed event.
    ///
    /// # Errors
    /// The body does not fit the type: the journal is corrupt or an upcaster is missing.
    pub fn read<E: DeserializeOwned>(&self) -> Result<E, Unreadable> {
        self.body.read().map_err(|source| self.unreadable(source))
    }

    /// The typed event, without parsing it again where it was decided in this process a moment ago.
    ///
    /// # Errors
    /// As [`Recorded::read`].
    pub fn shared<E>(&self) -> Result<Arc<E>, Unreadable>
    where
        E: DeserializeOwned + Send + Sync + 'static,
    {
        self.body.shared().map_err(|source| self.unreadable(source))
    }

    /// The fault of whoever cannot read this event, or cannot write what follows from it.
    #[must_use]
    pub fn unreadable(&self, source: serde_json::Error) -> Unreadable {
        Unreadable { event: self.id(), kind: self.kind.to_string(), source }
    }

    /// A command of this event's own shard, as what follows from it.
    ///
    /// # Errors
    /// The command cannot be written as JSON.
    pub fn leads_to<A: Aggregate>(
        &self,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<Reaction, Unreadable> {
        Atomic::new(self.shard.clone())
            .then::<A>(key, command)
            .map(Reaction::Commands)
            .map_err(|source| self.unreadable(source))
    }

    /// An errand, as what follows from this event.
    ///
    /// # Errors
    /// The errand cannot be written as JSON.
    pub fn sends<E: Errand>(&self, errand: &E) -> Result<Reaction, Unreadable> {
        Reaction::errand(errand).map_err(|source| self.unreadable(source))
    }

    /// What this event is the origin of.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { kind: self.kind.to_string(), key: self.key.to_string(), event: self.id() }
    }
}

/// An event that its reader cannot decode.
#[derive(Debug, thiserror::Error)]
#[error("event {event} of kind `{kind}` cannot be read")]
pub struct Unreadable {
    /// Which event.
    pub event: EventId,
    /// Its aggregate's kind.
    pub kind: String,
    /// What the decoder says.
    #[source]
    pub source: serde_json::Error,
}

/// Where something comes from (来源), opaque to whoever holds it: a licence's case, a notice's licence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The aggregate kind.
    pub kind: String,
    /// The aggregate's key.
    pub key: String,
    /// The event.
    pub event: EventId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_value_is_shared_and_any_other_is_read() {
        let kept = Arc::new(vec![1_u8, 2]);
        let body = Body::keeping(Arc::clone(&kept)).unwrap();
        assert!(Arc::ptr_eq(&body.shared::<Vec<u8>>().unwrap(), &kept));
        assert_eq!(*body.shared::<Vec<u16>>().unwrap(), [1, 2]);
        let told = Body::from_text(body.text());
        assert_eq!(told, body);
        assert_eq!(told.shared::<Vec<u8>>().unwrap(), kept);
        assert!(told.shared::<String>().is_err());
    }

    #[test]
    fn a_body_knows_its_variant() {
        #[derive(Serialize)]
        enum Sample {
            Withdrawn,
            Granted { licence: u8 },
        }
        assert_eq!(Body::of(&Sample::Withdrawn).unwrap().name(), "Withdrawn");
        assert_eq!(Body::of(&Sample::Granted { licence: 1 }).unwrap().name(), "Granted");
    }
}
