//! Time-stamps over checkpoints, and what they show of the times of events.

use super::{Doubt, Flaw, Trust};
use crate::report::Verdict;
use crate::stamp::{Trusted, TsTime, ts_certificates, ts_verify_by};
use codes::{Label, Moment};
use seals::Digest;
use seals::x509::{Certificate, RevocationList};

/// How much earlier than an event its stamp may be: clocks differ.
pub(super) const EARLY_S_MAX: i64 = 5;
/// How much later than an event its stamp may be and still show when the event was.
const LATE_S_MAX: i64 = 120;

/// A stamp that holds, and whether its root is one that the reader named.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) time: TsTime,
    pub(super) is_trusted: bool,
}

/// Checks one stamp over the text of a checkpoint, with the certificates and lists that the file brings.
pub(super) fn stamp(
    tsr: &[u8],
    text: &str,
    brought: &[Certificate],
    lists: &[RevocationList],
    trust: &Trust,
) -> Result<Held, Flaw> {
    over(tsr, *Digest::sha256(text.as_bytes()).bytes(), brought, lists, trust)
}

/// Checks one stamp over a digest.
pub(super) fn over(
    tsr: &[u8],
    digest: [u8; 32],
    brought: &[Certificate],
    lists: &[RevocationList],
    trust: &Trust,
) -> Result<Held, Flaw> {
    let is_trusted = !trust.roots.is_empty();
    let own: Vec<Certificate>;
    let roots = if is_trusted {
        trust.roots.as_slice()
    } else {
        // Nobody named a root: those that the file brings and that sign themselves, for what it is worth.
        own = brought
            .iter()
            .chain(&ts_certificates(tsr))
            .filter(|one| one.subject() == one.issuer() && one.is_signed_by(one).is_ok())
            .cloned()
            .collect();
        own.as_slice()
    };
    let by = Trusted { roots, between: brought, revocations: lists, now: trust.now };
    let time = ts_verify_by(tsr, &digest, &by).map_err(Flaw::Stamp)?;
    Ok(Held { time, is_trusted })
}

/// What a stamp says, for people.
pub(super) fn detail(time: &TsTime) -> Label {
    let at = time.at;
    Label::new(
        format!("时间戳 {at}，签发者 {}，编号 {}", time.authority, time.serial),
        format!("stamped at {at} by {}, serial {}", time.authority, time.serial),
    )
}

/// How the claim of a stamp stands.
pub(super) fn verdict(held: &Result<Held, Flaw>) -> Verdict {
    match held {
        Err(flaw) => Verdict::Fail(flaw.clone()),
        Ok(held) if held.is_trusted => Verdict::Pass,
        Ok(held) => {
            let root = held.time.path.last().map(Certificate::subject).unwrap_or_default();
            Verdict::Unknown(Doubt::RootNotCompared { root })
        }
    }
}

/// What the stamps over the first checkpoint that holds an event show of its time.
///
/// ```text
///        −5 s        at                      +120 s
///   ──────|──────────|──────────────────────────|──────────►  stamp
///   event untrue     time shown                 shown only that it was there by then
/// ```
pub(super) fn time(event: u64, at: Moment, held: &[&Held]) -> Verdict {
    let after_s = |held: &&&Held| held.time.at.us().saturating_sub(at.us()).div_euclid(1_000_000);
    let Some(first) = held.iter().min_by_key(|held| held.time.at) else {
        return Verdict::Unknown(Doubt::NotStamped { event });
    };
    let seconds = after_s(&first);
    if seconds < -EARLY_S_MAX {
        return Verdict::Fail(Flaw::StampBeforeEvent { event, by_s: -seconds });
    }
    if seconds > LATE_S_MAX {
        return Verdict::Fail(Flaw::StampLate { event, by_s: seconds });
    }
    verdict(&Ok((*first).clone()))
}
