//! Prefill: what registers know already, with where it comes from and since when.

use crate::answers::{Answers, CardId};
use crate::spot::Spot;
use codes::{Coded, Date, Label, Moment};
use elements::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

/// A value that somebody else knows (预填值), correctable by the person who fills in the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefill {
    /// Where it goes.
    pub spot: Spot,
    /// The value.
    pub value: Value,
    /// From where and since when.
    pub provenance: Provenance,
}

/// From where a prefilled value comes, and since when it stands there (来源).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The register, as the page calls it.
    pub register: Label,
    /// Since when the register has it; `None` if it does not say.
    pub since: Option<Date>,
    /// When it was read.
    pub read_at: Moment,
}

/// For whom a form is filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The existing enterprise, by its 统一社会信用代码.
    pub uscc: Option<String>,
    /// The person who signed in, and the card that stands for it.
    pub signed_in: Option<(CardId, BTreeMap<String, Value>)>,
    /// The answers so far, such as an address to look up.
    pub answers: Answers,
    /// When it is asked.
    pub now: Moment,
}

/// What a filler has under way.
pub type Filling<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<Prefill>, Box<dyn Coded>>> + Send + 'a>>;

/// Somebody who knows answers already: a register, an exchange partner, a reform's module.
pub trait Filler: Send + Sync + 'static {
    /// The name of the filler in configuration and logs.
    fn name(&self) -> &'static str;

    /// What it knows of a form; a filler that knows nothing gives an empty list, and one that is down an error, which
    /// never keeps a form from being filled in by hand.
    fn fill<'a>(&'a self, ask: &'a Ask) -> Filling<'a>;
}

/// Puts prefilled values where nothing stands yet, and tells which ones it took.
///
/// The first filler wins; what a person has typed is never overwritten.
pub fn prefill(answers: &mut Answers, offered: Vec<Prefill>) -> BTreeMap<Spot, Provenance> {
    let mut taken = BTreeMap::new();
    for offer in offered {
        if answers.get(&offer.spot).is_none() && !matches!(offer.spot, Spot::Group(_)) {
            answers.set(&offer.spot, Some(offer.value));
            taken.insert(offer.spot, offer.provenance);
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefill_never_overwrites_what_was_typed() {
        let mut answers: Answers =
            serde_json::from_str(r#"{"plain":{"postcode":"511458"}}"#).unwrap();
        let offer = |spot: &str, value: &str, register: &str| Prefill {
            spot: spot.parse().unwrap(),
            value: Value::from(value),
            provenance: Provenance {
                register: Label::new(register, register),
                since: Some(Date::constant(2026, 2, 1)),
                read_at: Moment::from_us(0),
            },
        };
        let taken = prefill(
            &mut answers,
            vec![
                offer("plain.postcode", "510000", "address base"),
                offer("plain.premises_owner", "广州南沙资产", "address base"),
                offer("plain.premises_owner", "somebody else", "second"),
            ],
        );
        let spots: Vec<(String, &str)> = taken
            .iter()
            .map(|(spot, from)| (spot.to_string(), from.register.zh.as_str()))
            .collect();
        assert_eq!(spots, [("plain.premises_owner".to_owned(), "address base")]);
        assert_eq!(answers.get(&"plain.postcode".parse().unwrap()), Some(Value::from("511458")));
    }
}
