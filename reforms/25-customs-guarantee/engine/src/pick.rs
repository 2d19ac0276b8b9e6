//! Which text serves a declaration that names none (担保匹配, R2).

use crate::{Asked, Refusal, Text};

/// A text with what is free of it.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The text.
    pub text: &'a Text,
    /// What is free, in fen.
    pub available_fen: i64,
}

/// A text that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its number.
    pub no: String,
    /// Why.
    pub why: Refusal,
}

/// The text that serves: the one with the least that suffices, then the earliest end, then the lowest number.
///
/// Only texts that admit the matter are looked at. A declaration uses one text, so that two that would do together are none.
///
/// # Errors
/// Every text with the reason for which it was passed over; empty where there is none at all.
pub fn pick<'a>(offers: &[Offer<'a>], asked: &Asked) -> Result<&'a Text, Vec<Passed>> {
    let mut passed = Vec::new();
    let mut best: Option<&Offer<'a>> = None;
    for offer in offers {
        let fits = offer.text.admits(asked).and_then(|()| {
            let available_fen = offer.available_fen;
            if available_fen < asked.amount_fen {
                return Err(Refusal::Insufficient { available_fen });
            }
            Ok(())
        });
        if let Err(why) = fits {
            passed.push(Passed { no: offer.text.no.clone(), why });
            continue;
        }
        let rank =
            |offer: &Offer<'a>| (offer.available_fen, offer.text.valid_to, offer.text.no.as_str());
        if best.is_none_or(|held| rank(offer) < rank(held)) {
            best = Some(offer);
        }
    }
    best.map(|offer| offer.text).ok_or(passed)
}
