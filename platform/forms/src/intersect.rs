//! Rules form a lattice: what two rules accept together, and why it may be nothing.

use elements::{Pattern, Rule};
use regex_automata::dfa::Automaton;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, util::start};
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most states of a product of automata that are looked at.
pub const PRODUCT_STATES_MAX: usize = 10_000;

/// What two rules accept together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intersection {
    /// The rule that accepts exactly what both accept.
    Rule(Rule),
    /// They accept nothing together.
    Empty {
        /// Why, in words.
        why: String,
    },
}

/// Two patterns whose product has too many states to be searched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the product of {} has more than {PRODUCT_STATES_MAX} states", patterns.join(" and "))]
pub struct TooLarge {
    /// The patterns.
    pub patterns: Vec<String>,
}

/// What two rules accept together: code sets, ranges, decimals, lengths in characters and in GB 18030 bytes, patterns.
///
/// Emptiness is exact for codes, ranges, decimals, item counts, and for patterns together with lengths in characters; of
/// GB 18030 it is only known that every character takes at least one byte.
///
/// # Errors
/// [`TooLarge`] if patterns cannot be compared within [`PRODUCT_STATES_MAX`] states.
pub fn intersect(a: &Rule, b: &Rule) -> Result<Intersection, TooLarge> {
    let mut rule = Rule {
        codes: both(a.codes.as_ref(), b.codes.as_ref(), |x, y| {
            x.intersection(y).cloned().collect()
        }),
        min: both(a.min.as_ref(), b.min.as_ref(), |x, y| *x.max(y)),
        max: both(a.max.as_ref(), b.max.as_ref(), |x, y| *x.min(y)),
        scale: both(a.scale.as_ref(), b.scale.as_ref(), |x, y| *x.min(y)),
        from: both(a.from.as_ref(), b.from.as_ref(), |x, y| *x.max(y)),
        until: both(a.until.as_ref(), b.until.as_ref(), |x, y| *x.min(y)),
        min_chars: both(a.min_chars.as_ref(), b.min_chars.as_ref(), |x, y| *x.max(y)),
        max_chars: both(a.max_chars.as_ref(), b.max_chars.as_ref(), |x, y| *x.min(y)),
        max_gb18030: both(a.max_gb18030.as_ref(), b.max_gb18030.as_ref(), |x, y| *x.min(y)),
        min_items: both(a.min_items.as_ref(), b.min_items.as_ref(), |x, y| *x.max(y)),
        max_items: both(a.max_items.as_ref(), b.max_items.as_ref(), |x, y| *x.min(y)),
        patterns: a.patterns.clone(),
    };
    for pattern in &b.patterns {
        if !rule.patterns.contains(pattern) {
            rule.patterns.push(pattern.clone());
        }
    }
    rule.patterns.sort_by(|x, y| x.text().cmp(y.text()));
    // What one side says already cannot be made empty by the other saying nothing more.
    if rule == *a || rule == *b {
        return Ok(Intersection::Rule(rule));
    }
    Ok(match emptiness(&rule)? {
        Some(why) => Intersection::Empty { why },
        None => Intersection::Rule(rule),
    })
}

fn both<T: Clone>(a: Option<&T>, b: Option<&T>, join: impl Fn(&T, &T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    }
}

/// Why a rule accepts nothing; `None` if it accepts something.
fn emptiness(rule: &Rule) -> Result<Option<String>, TooLarge> {
    Ok(match set_emptiness(rule).or_else(|| range_emptiness(rule)) {
        Some(why) => Some(why),
        None => pattern_emptiness(rule)?,
    })
}

fn set_emptiness(rule: &Rule) -> Option<String> {
    let codes = rule.codes.as_ref()?;
    if codes.is_empty() {
        return Some("no code is accepted by all".to_owned());
    }
    let most = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    let min = rule.min_items.filter(|min| *min > most)?;
    Some(format!("at least {min} codes are wanted, and only {most} are accepted by all"))
}

fn range_emptiness(rule: &Rule) -> Option<String> {
    if let (Some(min), Some(max)) = (rule.min, rule.max) {
        let least = min
            .round_dp_with_strategy(rule.scale.unwrap_or(28), RoundingStrategy::ToPositiveInfinity);
        if least > max {
            return Some(nothing_between(min, max, rule.scale));
        }
    }
    if let (Some(from), Some(until)) = (rule.from, rule.until)
        && from > until
    {
        return Some(format!("no day is on or after {from} and on or before {until}"));
    }
    let least = rule.min_chars.unwrap_or(0);
    if let Some(max) = rule.max_chars.filter(|max| least > *max) {
        return Some(format!("at least {least} characters are wanted, and at most {max}"));
    }
    if let Some(max) = rule.max_gb18030.filter(|max| least > *max) {
        return Some(format!(
            "{least} characters take at least {least} bytes in GB 18030, and at most {max} are taken"
        ));
    }
    match (rule.min_items, rule.max_items) {
        (Some(min), Some(max)) if min > max => {
            Some(format!("at least {min} members are wanted, and at most {max}"))
        }
        _ => None,
    }
}

fn nothing_between(min: Decimal, max: Decimal, scale: Option<u32>) -> String {
    match scale {
        Some(scale) if min <= max => {
            format!("no number with {scale} decimals lies between {min} and {max}")
        }
        _ => format!("no number is at least {min} and at most {max}"),
    }
}

fn pattern_emptiness(rule: &Rule) -> Result<Option<String>, TooLarge> {
    if rule.patterns.is_empty() {
        return Ok(None);
    }
    let Some(shortest) = witness(&rule.patterns)? else {
        return Ok(Some(disjoint(&rule.patterns)?));
    };
    let (min, max) = (rule.min_chars.unwrap_or(0), rule.max_chars.unwrap_or(u32::MAX));
    let chars = u32::try_from(shortest.chars().count()).unwrap_or(u32::MAX);
    if (min..=max).contains(&chars) {
        return Ok(None);
    }
    // The shortest text in bytes misses the lengths: ask the automata together with an automaton of lengths.
    let upper = rule.max_chars.map_or_else(String::new, |max| max.to_string());
    let together = |fault: String| TooLarge {
        patterns: rule
            .patterns
            .iter()
            .map(|pattern| pattern.text().to_owned())
            .chain([fault])
            .collect(),
    };
    let lengths = Pattern::new(&format!("(?s:.){{{min},{upper}}}"))
        .map_err(|error| together(error.pattern))?;
    let mut all = rule.patterns.clone();
    all.push(lengths);
    Ok(witness(&all)?.is_none().then(|| {
        let limit = rule.max_chars.map_or_else(|| "no upper limit".to_owned(), |max| format!("at most {max}"));
        format!("no text of at least {min} characters, {limit}, fits the pattern; the shortest is `{shortest}`")
    }))
}

/// Says of patterns that nothing fits all what fits each of them.
fn disjoint(patterns: &[Pattern]) -> Result<String, TooLarge> {
    let mut examples = Vec::new();
    for pattern in patterns {
        examples.push(match witness(std::slice::from_ref(pattern))? {
            Some(text) => format!("`{}` takes `{text}`", pattern.text()),
            None => format!("`{}` takes nothing", pattern.text()),
        });
    }
    Ok(format!("{}, and no text fits all", examples.join(", ")))
}

/// The shortest text, in bytes, that fits all patterns; `None` if there is none.
///
/// Walks the product of the automata breadth first, over one byte of each class that no automaton tells apart.
///
/// # Errors
/// [`TooLarge`] beyond [`PRODUCT_STATES_MAX`] states.
pub fn witness(patterns: &[Pattern]) -> Result<Option<String>, TooLarge> {
    let too_large = || TooLarge {
        patterns: patterns.iter().map(|pattern| pattern.text().to_owned()).collect(),
    };
    let automata: Vec<_> = patterns.iter().map(Pattern::automaton).collect();
    let config = start::Config::new().anchored(Anchored::Yes);
    let mut first = Vec::with_capacity(automata.len());
    for dfa in &automata {
        first.push(dfa.start_state(&config).map_err(|_quit| too_large())?);
    }
    let bytes = representatives(patterns);
    // Each state with the state and byte that led to it; the first has none.
    let mut seen: BTreeSet<Vec<StateID>> = BTreeSet::from([first.clone()]);
    let mut trail: BTreeMap<usize, (usize, u8)> = BTreeMap::new();
    let mut queue = VecDeque::from([(0_usize, first)]);
    while let Some((at, states)) = queue.pop_front() {
        let pairs = || automata.iter().zip(&states);
        if pairs().all(|(dfa, state)| dfa.is_match_state(dfa.next_eoi_state(*state))) {
            return Ok(Some(spelled(&trail, at)));
        }
        for byte in &bytes {
            let next: Vec<StateID> =
                pairs().map(|(dfa, state)| dfa.next_state(*state, *byte)).collect();
            let lost = automata
                .iter()
                .zip(&next)
                .any(|(dfa, state)| dfa.is_dead_state(*state) || dfa.is_quit_state(*state));
            if lost || seen.contains(&next) {
                continue;
            }
            let index = seen.len();
            if index >= PRODUCT_STATES_MAX {
                return Err(too_large());
            }
            seen.insert(next.clone());
            trail.insert(index, (at, *byte));
            queue.push_back((index, next));
        }
    }
    Ok(None)
}

/// One byte of every class of bytes that no automaton tells apart, digits and letters first so that examples are readable.
fn representatives(patterns: &[Pattern]) -> Vec<u8> {
    let readable = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').chain(*b" -_.@");
    let mut known = BTreeSet::new();
    readable
        .chain(0..=u8::MAX)
        .filter(|byte| {
            let classes: Vec<u8> = patterns
                .iter()
                .map(|pattern| pattern.automaton().byte_classes().get(*byte))
                .collect();
            known.insert(classes)
        })
        .collect()
}

fn spelled(trail: &BTreeMap<usize, (usize, u8)>, mut at: usize) -> String {
    let mut bytes = Vec::new();
    while let Some((before, byte)) = trail.get(&at) {
        bytes.push(*byte);
        at = *before;
    }
    bytes.reverse();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    /// What two rules accept together, as JSON, or why it is nothing; whichever comes first.
    fn check(a: &str, b: &str) -> String {
        let one_way = |a: &str, b: &str| match intersect(&rule(a), &rule(b)).unwrap() {
            Intersection::Rule(both) => serde_json::to_string(&both).unwrap(),
            Intersection::Empty { why } => why,
        };
        assert_eq!(one_way(a, b), one_way(b, a), "the order of {a} and {b} matters");
        one_way(a, b)
    }

    #[test]
    fn the_narrower_part_wins() {
        for (a, b, want) in [
            ("{}", "{}", "{}"),
            (r#"{"codes":["a","b"]}"#, r#"{"codes":["b","c"]}"#, r#"{"codes":["b"]}"#),
            (r#"{"min":"5","max":"12"}"#, r#"{"min":"8"}"#, r#"{"min":"8","max":"12"}"#),
            (r#"{"scale":2}"#, r#"{"scale":1}"#, r#"{"scale":1}"#),
            (
                r#"{"max_chars":100}"#,
                r#"{"max_chars":120,"max_gb18030":128}"#,
                r#"{"max_chars":100,"max_gb18030":128}"#,
            ),
            (
                r#"{"from":"2026-01-01"}"#,
                r#"{"until":"2026-01-01"}"#,
                r#"{"from":"2026-01-01","until":"2026-01-01"}"#,
            ),
            (r#"{"min_items":1}"#, r#"{"max_items":3}"#, r#"{"min_items":1,"max_items":3}"#),
            (
                r#"{"re":"^\\+?\\d{8,15}$"}"#,
                r#"{"re":"^1[3-9]\\d{9}$"}"#,
                r#"{"re":["^1[3-9]\\d{9}$","^\\+?\\d{8,15}$"]}"#,
            ),
            (
                r#"{"re":"^\\d{3,9}$"}"#,
                r#"{"min_chars":9}"#,
                r#"{"min_chars":9,"re":"^\\d{3,9}$"}"#,
            ),
        ] {
            assert_eq!(check(a, b), want, "{a} {b}");
        }
    }

    #[test]
    fn emptiness_says_why() {
        for (a, b, why) in [
            (r#"{"codes":["a"]}"#, r#"{"codes":["b"]}"#, "no code is accepted by all"),
            (r#"{"min":"5"}"#, r#"{"max":"4"}"#, "no number is at least 5 and at most 4"),
            (
                r#"{"min":"0.1","max":"0.9"}"#,
                r#"{"scale":0}"#,
                "no number with 0 decimals lies between 0.1 and 0.9",
            ),
            (
                r#"{"from":"2026-01-02"}"#,
                r#"{"until":"2026-01-01"}"#,
                "no day is on or after 2026-01-02 and on or before 2026-01-01",
            ),
            (
                r#"{"min_chars":9}"#,
                r#"{"max_chars":8}"#,
                "at least 9 characters are wanted, and at most 8",
            ),
            (
                r#"{"min_chars":9}"#,
                r#"{"max_gb18030":8}"#,
                "9 characters take at least 9 bytes in GB 18030, and at most 8 are taken",
            ),
            (
                r#"{"min_items":2}"#,
                r#"{"codes":["a"]}"#,
                "at least 2 codes are wanted, and only 1 are accepted by all",
            ),
            (
                r#"{"re":"^\\d{6}$"}"#,
                r#"{"re":"^\\d{5}$"}"#,
                r"`^\d{5}$` takes `00000`, `^\d{6}$` takes `000000`, and no text fits all",
            ),
            (
                r#"{"re":"^[HM]\\d{8}$"}"#,
                r#"{"re":"^\\d{8}$"}"#,
                r"`^[HM]\d{8}$` takes `H00000000`, `^\d{8}$` takes `00000000`, and no text fits all",
            ),
            (
                r#"{"re":"^\\d{6}$"}"#,
                r#"{"max_chars":5}"#,
                "no text of at least 0 characters, at most 5, fits the pattern; the shortest is `000000`",
            ),
            (
                r#"{"re":"^[青禾]{2}$"}"#,
                r#"{"min_chars":3}"#,
                "no text of at least 3 characters, no upper limit, fits the pattern; the shortest is `禾禾`",
            ),
        ] {
            assert_eq!(check(a, b), why, "{a} {b}");
        }
    }

    #[test]
    fn a_witness_fits_all_patterns() {
        let patterns: Vec<Pattern> = [r"^1[3-9]\d{9}$", r"^\+?\d{8,15}$", r"^.*7$"]
            .map(|text| Pattern::new(text).unwrap())
            .into();
        let text = witness(&patterns).unwrap().unwrap();
        assert!(patterns.iter().all(|pattern| pattern.matches(&text)), "{text}");
        assert_eq!(text.len(), 11);
    }

    #[test]
    fn a_product_that_is_too_large_is_refused() {
        // Lengths that are multiples of 101 and of 103: the first common one is 10,403.
        let twins = ["^(?:a{101})+$", "^(?:a{103})+$"].map(|text| Pattern::new(text).unwrap());
        assert!(matches!(witness(&twins), Err(TooLarge { .. })));
    }
}
