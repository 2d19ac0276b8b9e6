//! The engine's functions as samples call them: figures of the law beside the law.

use crate::law::GuaranteeLaw;
use calendar::Term;
use codes::Date;
use guarantee::{
    Asked, Balance, Entry, Kind, Matter, Offer, Scope, Series, Settlement, State, Text,
    claim_until, late_fee, pick, risk,
};
use kernel::Json;
use module::{Called, Refusal, Registry};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Brings them.
pub(crate) fn bring(registry: &mut Registry, law: &Arc<GuaranteeLaw>) {
    registry.call("guarantee.balance", balanced);
    registry.call("guarantee.pick", picked);
    let ours = Arc::clone(law);
    registry.call("guarantee.due_date", move |with| due(&ours, with));
    let ours = Arc::clone(law);
    registry.call("guarantee.late_fee", move |with| fee(&ours, with));
    let ours = Arc::clone(law);
    registry.call("guarantee.claim_until", move |with| claimable(&ours, with));
    let ours = Arc::clone(law);
    registry.call("guarantee.risk", move |with| level(&ours, with));
}

fn read<T: serde::de::DeserializeOwned>(with: &Json) -> Result<T, String> {
    serde_json::from_value(with.clone()).map_err(|error| error.to_string())
}

/// How the quota stands after each movement, or the refusal of the last.
fn balanced(with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        limit_fen: i64,
        moves: Vec<Entry>,
    }
    let With { limit_fen, moves } = read(with)?;
    let mut balance = Balance { limit_fen, ..Balance::default() };
    for entry in moves {
        match balance.after(entry) {
            Ok(next) => balance = next,
            Err(refusal) => return Ok(Err(Refusal::of(&refusal))),
        }
    }
    Ok(Ok(json!({
        "free_fen": balance.available_fen(), "held_fen": balance.held_fen, "used_fen": balance.used_fen,
        "claimed_fen": balance.claimed_fen,
    })))
}

/// Which of texts serves.
fn picked(with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct One {
        no: String,
        free_fen: i64,
        valid_to: Date,
        #[serde(default)]
        places: Vec<String>,
        #[serde(default)]
        covers: Vec<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        texts: Vec<One>,
        matter: Matter,
        place: String,
        due: Date,
        amount_fen: i64,
    }
    let With { texts, matter, place, due, amount_fen } = read(with)?;
    let scope = |codes: &[String]| {
        if codes.is_empty() { Scope::all() } else { Scope::of(codes.iter().map(String::as_str)) }
    };
    let known: Vec<(Text, i64)> = texts
        .iter()
        .map(|one| {
            let text = Text {
                no: one.no.clone(),
                kind: Kind::Letter,
                beneficiaries: scope(&one.places),
                covers: scope(&one.covers),
                covers_late_fee: false,
                limit_fen: one.free_fen,
                valid_from: one.valid_to,
                valid_to: one.valid_to,
                claims_to: None,
                state: State::Active,
                freezes: BTreeMap::new(),
            };
            (text, one.free_fen)
        })
        .collect();
    let offers: Vec<Offer<'_>> = known
        .iter()
        .map(|(text, available_fen)| Offer { text, available_fen: *available_fen })
        .collect();
    Ok(match pick(&offers, &Asked { matter, place, due, amount_fen }) {
        Ok(text) => Ok(json!(text.no)),
        Err(passed) => {
            let told =
                passed.into_iter().map(|one| (one.no, codes::Coded::reason(&one.why).to_owned()));
            Err(Refusal::of(&crate::GuaranteeError::NoneFits { passed: told.collect() }))
        }
    })
}

fn due(law: &GuaranteeLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        matter: Matter,
        #[serde(default)]
        settlement: Settlement,
        completed: Date,
        #[serde(default)]
        given: Option<Date>,
    }
    let With { matter, settlement, completed, given } = read(with)?;
    let found = law.matters(completed).and_then(|matters| {
        let row = matters.row(matter, settlement)?;
        Ok(row.due_date(completed, given, false, &law.calendar())?)
    });
    Ok(match found {
        Ok(due) => Ok(json!({"on": due.date, "provisional": due.provisional})),
        Err(error) => Err(Refusal::of(&error)),
    })
}

fn fee(law: &GuaranteeLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        tax_fen: i64,
        due: Date,
        paid: Date,
    }
    let With { tax_fen, due, paid } = read(with)?;
    Ok(match law.switches(due) {
        Ok(switches) => Ok(json!(late_fee(tax_fen, due, paid, switches.late_fee_bp))),
        Err(error) => Err(Refusal::of(&error)),
    })
}

fn claimable(law: &GuaranteeLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        valid_to: Date,
        #[serde(default)]
        claims_to: Option<Date>,
    }
    let With { valid_to, claims_to } = read(with)?;
    let term: Term = match law.term(crate::law::Clock::Claim, valid_to) {
        Ok(term) => term,
        Err(error) => return Ok(Err(Refusal::of(&error))),
    };
    Ok(match claim_until(valid_to, claims_to, &term, &law.calendar()) {
        Ok(day) => Ok(json!(day)),
        Err(refusal) => Err(Refusal::of(&refusal)),
    })
}

fn level(law: &GuaranteeLaw, with: &Json) -> Called {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct With {
        on: Option<Date>,
        limit_fen: i64,
        committed_fen: i64,
        uncovered_fen: i64,
        days_fen: Vec<i64>,
        today_fen: i64,
        new_goods: bool,
        ends: Option<Date>,
        last_due: Option<Date>,
        overdue: bool,
        guarantor_barred: bool,
    }
    let with: With = read(with)?;
    let on = with.on.unwrap_or(Date::constant(2026, 1, 5));
    let series = Series {
        limit_fen: with.limit_fen,
        committed_fen: with.committed_fen,
        uncovered_fen: with.uncovered_fen,
        days_fen: with.days_fen,
        today_fen: with.today_fen,
        new_goods: with.new_goods,
        ends: with.ends,
        last_due: with.last_due,
        overdue: with.overdue,
        guarantor_barred: with.guarantor_barred,
    };
    Ok(match law.thresholds(on) {
        Ok((limits, _)) => {
            let (level, reasons) = risk(&series, &limits);
            Ok(json!({"level": level, "reasons": reasons}))
        }
        Err(error) => Err(Refusal::of(&error)),
    })
}
