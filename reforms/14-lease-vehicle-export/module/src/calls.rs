//! The engine's functions as samples call them: figures of the law beside the law.

use crate::error::LeaseError;
use crate::law::LeaseLaw;
use codes::{Date, HsCode};
use elements::Fen;
use kernel::Json;
use lease_export::{
    Currency, Exposure, Goods, GoodsState, LeaseFacts, LeaseKind, LeaseTerms, LessorFacts, Lot,
    Need, Receipt, RefundFacts, RentPeriod, RentRow, Timing, TitleAtEnd, ageing, allocate,
    check_lease, collected, deferred, measure, need, propose, refund_tests, schedule, totals,
};
use module::{Called, Refusal, Registry};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Brings them.
pub(crate) fn bring(registry: &mut Registry, law: &Arc<LeaseLaw>) {
    type Of = fn(&LeaseLaw, &Json) -> Called;
    let calls: [(&'static str, Of); 9] = [
        ("lease_export.need", needed),
        ("lease_export.validity", valid),
        ("lease_export.propose", proposed),
        ("lease_export.check_lease", checked),
        ("lease_export.lessor", measured),
        ("lease_export.refund", refundable),
        ("lease_export.schedule", scheduled),
        ("lease_export.allocate", allocated),
        ("lease_export.deferred", reported),
    ];
    for (name, of) in calls {
        let law = Arc::clone(law);
        registry.call(name, move |with| of(&law, with));
    }
}

fn read<T: serde::de::DeserializeOwned>(with: &Json) -> Result<T, String> {
    serde_json::from_value(with.clone()).map_err(|error| error.to_string())
}

fn told<T>(found: Result<T, LeaseError>, tell: impl FnOnce(T) -> Json) -> Called {
    Ok(found.map(tell).map_err(|error| Refusal::of(&error)))
}

fn needed(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        hs_code: HsCode,
        trade_mode: String,
        declared: Date,
        #[serde(default)]
        used: bool,
        #[serde(default)]
        foreign: bool,
    }
    let With { hs_code, trade_mode, declared, used, foreign } = read(with)?;
    let state = if used { GoodsState::Used } else { GoodsState::New };
    let goods = Goods { hs_code, state, chinese_origin: !foreign, trade_mode };
    told(law.need(declared), |rows| match need(&rows, &goods, declared) {
        Need::Licence { row, evidence } => {
            json!({"licence": true, "row": row.id, "supervision": row.supervision, "evidence": evidence})
        }
        Need::None { row } => json!({"licence": false, "row": row.map(|row| &row.id)}),
        Need::UsedVehicle => json!({"licence": true, "reform": 15}),
    })
}

fn valid(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        issued: Date,
        #[serde(default)]
        next_year: bool,
    }
    let With { issued, next_year } = read(with)?;
    let row = match law.validity(issued) {
        Ok(row) => row,
        Err(error) => return Ok(Err(Refusal::of(&error))),
    };
    match row.of(issued, next_year) {
        Ok(validity) => Ok(Ok(json!(validity))),
        Err(export_licence::ValidityError::TooEarly { from }) => {
            Ok(Err(Refusal::of(&LeaseError::NotYetValid { from })))
        }
        Err(error) => Err(error.to_string()),
    }
}

fn proposed(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        issued: Date,
        lots: Vec<(Date, u32)>,
    }
    let With { issued, lots } = read(with)?;
    let lot = |(lot_no, (planned_on, quantity))| Lot { lot_no, planned_on, quantity };
    let lots: Vec<Lot> = (1..).zip(lots).map(lot).collect();
    let rows = match law.propose(issued) {
        Ok(rows) => rows,
        Err(error) => return Ok(Err(Refusal::of(&error))),
    };
    let proposal = propose(&lots, issued, &rows).map_err(|error| error.to_string())?;
    let one = |planned: &lease_export::Planned| {
        json!({
            "mode": planned.mode, "lots": planned.lots, "quantity": planned.quantity, "apply_from": planned.apply_from,
            "next_year": planned.next_year, "to": planned.validity.to, "reason": planned.reason().zh,
            "offers": planned.offers.len(),
        })
    };
    Ok(Ok(proposal.licences.iter().map(one).collect()))
}

fn checked(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        trade_mode: String,
        months: u32,
        on: Date,
        #[serde(default)]
        returns: bool,
        #[serde(default)]
        residual_fen: i64,
        #[serde(default)]
        price_fen: i64,
    }
    let with: With = read(with)?;
    let facts = LeaseFacts {
        trade_mode: with.trade_mode,
        kind: LeaseKind::Finance,
        term_months: with.months,
        title_at_end: if with.returns { TitleAtEnd::Return } else { TitleAtEnd::Buy },
        residual_minor: with.residual_fen,
        price_minor: with.price_fen,
    };
    told(law.lease(with.on), |rows| {
        let one = |found: &lease_export::Finding| json!({"key": found.key(), "error": found.is_error(), "zh": found.label().zh});
        check_lease(&facts, &rows).iter().map(one).collect()
    })
}

fn measured(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct One {
        lessee: String,
        #[serde(default)]
        group: Option<String>,
        #[serde(default)]
        related: bool,
        fen: Fen,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        on: Date,
        net_assets_fen: Fen,
        exposures: Vec<One>,
    }
    let With { on, net_assets_fen, exposures } = read(with)?;
    let one = |one: One| Exposure {
        lessee: one.lessee,
        group: one.group,
        related: one.related,
        amount: one.fen,
    };
    let facts = LessorFacts {
        net_assets: net_assets_fen,
        total_assets: None,
        lease_assets: None,
        risk_assets: None,
        exposures: exposures.into_iter().map(one).collect(),
    };
    told(law.limits(on), |rows| {
        measure(&rows, &facts)
            .iter()
            .map(|one| {
                json!({
                    "limit": one.row.limit, "of": one.of, "percent": one.percent().to_string(), "standing": one.standing,
                })
            })
            .collect()
    })
}

fn refundable(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        on: Date,
        months: u32,
        lessee_abroad: bool,
        exited: bool,
        fixed_assets: bool,
        under_supervision: bool,
    }
    let with: With = read(with)?;
    let facts = RefundFacts {
        term_months: with.months,
        lessee_abroad: with.lessee_abroad,
        exited: with.exited,
        fixed_assets: with.fixed_assets,
        under_supervision: with.under_supervision,
    };
    told(law.refund(with.on), |row| json!(refund_tests(&facts, &row)))
}

/// Terms as samples write them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    price_fen: i64,
    upfront_fen: i64,
    #[serde(default)]
    residual_fen: i64,
    annual_rate_bp: i64,
    months: u32,
    #[serde(default = "month")]
    period: RentPeriod,
    due_day: u8,
    start: Date,
}

const fn month() -> RentPeriod {
    RentPeriod::Month
}

impl Terms {
    fn terms(&self) -> LeaseTerms {
        LeaseTerms {
            currency: Currency::CNY,
            price_minor: self.price_fen,
            upfront_minor: self.upfront_fen,
            residual_minor: self.residual_fen,
            annual_rate: elements::Bp(self.annual_rate_bp).percent()
                / rust_decimal::Decimal::ONE_HUNDRED,
            term_months: self.months,
            period: self.period,
            due_day: self.due_day,
            start: self.start,
            timing: Timing::Arrears,
        }
    }

    fn rows(&self) -> Result<Vec<RentRow>, LeaseError> {
        Ok(schedule(&self.terms())?)
    }
}

fn row_of(row: &RentRow) -> Json {
    json!({
        "no": row.no, "due": row.due, "rent_fen": row.rent_minor, "interest_fen": row.interest_minor,
        "principal_fen": row.principal_minor, "balance_fen": row.balance_minor, "open_fen": row.open_minor(),
    })
}

fn scheduled(_law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        terms: Terms,
        rows: Vec<u32>,
    }
    let With { terms, rows: shown } = read(with)?;
    told(terms.rows(), |rows| {
        let sum = totals(&rows);
        let shown: Vec<Json> =
            rows.iter().filter(|row| shown.contains(&row.no)).map(row_of).collect();
        json!({
            "count": rows.len(), "rows": shown, "interest_fen": sum.interest_minor,
            "cash_fen": sum.rent_minor.saturating_add(terms.upfront_fen),
        })
    })
}

fn allocated(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        terms: Terms,
        receipts: Vec<(Date, i64)>,
        on: Date,
    }
    let With { terms, receipts, on } = read(with)?;
    let found = (|| {
        let mut rows = terms.rows()?;
        let mut matches = Vec::new();
        for (value_on, amount_minor) in receipts {
            let receipt = Receipt { value_on, amount_minor, currency: Currency::CNY };
            let tolerance = law.tolerance(value_on)?;
            let told = allocate(&mut rows, Currency::CNY, &receipt, tolerance)
                .map_err(|_currencies| LeaseError::OtherCurrency)?;
            matches.extend(told.matches);
        }
        let ages = ageing(&rows, on, &law.buckets(on)?);
        let ages: Vec<Json> = ages
            .iter()
            .filter(|age| !age.rents.is_empty())
            .map(|age| json!({"word": age.word, "rents": age.rents}))
            .collect();
        let sum = collected(&rows, on);
        let touched: Vec<Json> = rows
            .iter()
            .filter(|row| matches.iter().any(|one| one.no == row.no))
            .map(row_of)
            .collect();
        Ok(json!({
            "matches": matches, "rows": touched, "ages": ages, "due_fen": sum.due_minor, "received_fen": sum.received_minor,
        }))
    })();
    told(found, |found| found)
}

fn reported(law: &LeaseLaw, with: &Json) -> Called {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct With {
        terms: Terms,
        cleared: Date,
    }
    let With { terms, cleared } = read(with)?;
    let found = terms.rows().and_then(|rows| Ok((rows, law.deferred(cleared)?)));
    let (rows, row) = match found {
        Ok(found) => found,
        Err(error) => return Ok(Err(Refusal::of(&error))),
    };
    let financed = terms.price_fen - terms.upfront_fen;
    let told = deferred(&rows, financed, cleared, &row, &law.calendar());
    Ok(Ok(json!(told.map_err(|error| error.to_string())?)))
}
