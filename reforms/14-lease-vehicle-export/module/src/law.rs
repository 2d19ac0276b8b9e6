//! The law as the folder's tables have it (规则表): what needs a licence, how long, how often; leases, limits, receipts.

use crate::error::LeaseError;
use calendar::{Calendar, Term};
use codes::Date;
use elements::{Bp, Ppm, Value};
use export_licence::ValidityRow;
use lease_export::{
    Bucket, DeferredRow, Evidence, IssuanceMode, LeaseRows, Limit, LimitRow, NeedRow,
    OperatingDoubt, ProposeRows, RefundRow, TermRow, Tolerance,
};
use rules::{Decision, Facts, Ground, Hit, Table};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The tables of the folder, by id.
pub const TABLES: [&str; 7] = [
    "export_need",
    "export_validity",
    "export_uses",
    "lease_mode",
    "lessor_limit",
    "lease_figure",
    "lease_clock",
];

/// What licences and leases are decided by. Read-only for decisions; the operator's acts replace the calendar.
pub struct LeaseLaw {
    tables: Vec<Arc<Table>>,
    calendar: RwLock<Calendar>,
}

impl fmt::Debug for LeaseLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseLaw").finish_non_exhaustive()
    }
}

impl LeaseLaw {
    /// The law of the folder's tables; others among them are passed over.
    ///
    /// # Errors
    /// The id of a table that is not there.
    pub fn new(tables: &[Arc<Table>], calendar: Calendar) -> Result<Self, &'static str> {
        let find =
            |id: &'static str| tables.iter().find(|table| table.id == id).map(Arc::clone).ok_or(id);
        let tables = TABLES.into_iter().map(find).collect::<Result<_, _>>()?;
        Ok(Self { tables, calendar: RwLock::new(calendar) })
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A holiday notice arrived; days that are recorded stay as they are.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = calendar;
    }

    /// What needs a licence, for declarations of a day.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn need(&self, on: Date) -> Result<Vec<NeedRow>, LeaseError> {
        self.rows("export_need", on, |hit| {
            let evidence = |name: &str| -> Option<BTreeSet<Evidence>> {
                words(text(hit, name)?).iter().map(|word| Evidence::of(word)).collect()
            };
            let supervision = text(hit, "supervision")?;
            Some(NeedRow {
                id: hit.row.clone(),
                codes: words(text(hit, "codes")?),
                trade_modes: words(text(hit, "modes")?),
                from: None,
                until: None,
                licence: text(hit, "licence")? == "yes",
                supervision: (supervision != "none").then(|| supervision.to_owned()),
                evidence: evidence("evidence")?,
                foreign: evidence("foreign")?,
                source: source(hit),
            })
        })
    }

    /// How long a licence issued on a day is valid.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn validity(&self, on: Date) -> Result<ValidityRow, LeaseError> {
        let rows = self.rows("export_validity", on, |hit| {
            let row = serde_json::json!({
                "term": text(hit, "term")?, "next_year_from": text(hit, "next_year_from")?, "source": source(hit),
            });
            serde_json::from_value::<ValidityRow>(row).ok()
        })?;
        rows.into_iter().next().ok_or(LeaseError::RuleGap { table: "export_validity", on })
    }

    /// How often a licence of a mode may be used.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn uses(&self, mode: IssuanceMode, on: Date) -> Result<u32, LeaseError> {
        let rows = self.rows("export_uses", on, |hit| {
            Some((IssuanceMode::of(text(hit, "mode")?)?, number(hit, "uses")?))
        })?;
        rows.into_iter()
            .find(|(of, _)| *of == mode)
            .and_then(|(_, uses)| u32::try_from(uses).ok())
            .ok_or(LeaseError::RuleGap { table: "export_uses", on })
    }

    /// What a proposal rests on.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn propose(&self, on: Date) -> Result<ProposeRows, LeaseError> {
        let multi_uses_max = self.uses(IssuanceMode::Multi, on)?;
        Ok(ProposeRows { validity: self.validity(on)?, multi_uses_max })
    }

    /// What a lease has to be.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn lease(&self, on: Date) -> Result<LeaseRows, LeaseError> {
        let terms = self.rows("lease_mode", on, |hit| {
            Some(TermRow {
                trade_mode: text(hit, "trade_mode")?.to_owned(),
                months_min: u32::try_from(number(hit, "months_min")?).ok()?,
                months_max: u32::try_from(number(hit, "months_max")?).ok()?,
                source: source(hit),
            })
        })?;
        let (residual, source) = self.figure("residual_over_bp", on)?;
        let doubt = Some(OperatingDoubt { residual_over: Bp(residual), source });
        Ok(LeaseRows { terms, doubt })
    }

    /// The limits of lessors.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn limits(&self, on: Date) -> Result<Vec<LimitRow>, LeaseError> {
        self.rows("lessor_limit", on, |hit| {
            Some(LimitRow {
                limit: Limit::of(text(hit, "limit")?)?,
                ratio: Bp(number(hit, "ratio_bp")?),
                source: source(hit),
            })
        })
    }

    /// What an exported lease has to be for its tax to come back.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn refund(&self, on: Date) -> Result<RefundRow, LeaseError> {
        let (months, source) = self.figure("refund_months_min", on)?;
        let months_min = u32::try_from(months)
            .map_err(|_range| LeaseError::RuleGap { table: "lease_figure", on })?;
        Ok(RefundRow { months_min, source })
    }

    /// What may be missing of a receipt for the bank's charges.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn tolerance(&self, on: Date) -> Result<Tolerance, LeaseError> {
        let (share, _) = self.figure("tolerance_ppm", on)?;
        let (amount_minor_max, _) = self.figure("tolerance_minor", on)?;
        Ok(Tolerance { share: Ppm(share), amount_minor_max })
    }

    /// The steps of ageing.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn buckets(&self, on: Date) -> Result<Vec<Bucket>, LeaseError> {
        ["watch", "substandard", "doubtful"]
            .into_iter()
            .map(|word| {
                let (days, _) = self.figure(&format!("{word}_days"), on)?;
                let days_min = u32::try_from(days)
                    .map_err(|_range| LeaseError::RuleGap { table: "lease_figure", on })?;
                Ok(Bucket { word: word.to_owned(), days_min })
            })
            .collect()
    }

    /// What is reported of deferred receipts.
    ///
    /// # Errors
    /// [`LeaseError::RuleGap`]
    pub fn deferred(&self, on: Date) -> Result<DeferredRow, LeaseError> {
        let rows = self.rows("lease_clock", on, |hit| {
            let term: Term = text(hit, "term")?.parse().ok()?;
            Some((text(hit, "clock")?.to_owned(), term, source(hit)))
        })?;
        let find = |clock: &str| {
            let found = rows.iter().find(|(of, _, _)| of == clock);
            found.cloned().ok_or(LeaseError::RuleGap { table: "lease_clock", on })
        };
        let ((_, within, source), (_, report, _)) =
            (find("deferred_within")?, find("deferred_report")?);
        Ok(DeferredRow { within, report, source })
    }

    fn figure(&self, figure: &str, on: Date) -> Result<(i64, String), LeaseError> {
        let rows = self.rows("lease_figure", on, |hit| {
            Some((text(hit, "figure")?.to_owned(), number(hit, "value")?, source(hit)))
        })?;
        rows.into_iter()
            .find(|(of, _, _)| of == figure)
            .map(|(_, value, source)| (value, source))
            .ok_or(LeaseError::RuleGap { table: "lease_figure", on })
    }

    /// The rows of a table that are in force on a day, in their order.
    fn rows<T>(
        &self,
        id: &'static str,
        on: Date,
        read: impl Fn(&Hit) -> Option<T>,
    ) -> Result<Vec<T>, LeaseError> {
        let gap = || LeaseError::RuleGap { table: id, on };
        let table = self.tables.iter().find(|table| table.id == id).ok_or_else(gap)?;
        match rules::decide(table, &Facts::new(), on, None) {
            Ok(Decision::Decided(hits)) if !hits.is_empty() => {
                hits.iter().map(read).collect::<Option<Vec<T>>>().ok_or_else(gap)
            }
            Ok(_) | Err(_) => Err(gap()),
        }
    }
}

/// Words between blanks; `any` and `none` are no words.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| !matches!(*word, "any" | "none"))
        .map(str::to_owned)
        .collect()
}

fn text<'a>(hit: &'a Hit, name: &str) -> Option<&'a str> {
    hit.outputs.get(name).and_then(Value::as_text)
}

fn number(hit: &Hit, name: &str) -> Option<i64> {
    hit.outputs.get(name).and_then(Value::as_int)
}

fn source(hit: &Hit) -> String {
    match &hit.explanation.ground {
        Ground::Source(source) => source.clone(),
        Ground::Default => "平台默认".to_owned(),
    }
}
