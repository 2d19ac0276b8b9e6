//! How one service wants an element that is asked in the finest form any service needs.

use crate::crosswalks::Crosswalks;
use crate::error::Problem;
use codes::Date;
use elements::{Element, FOREVER, Fen, Format, Key, Kind, LONG_TERM, Shape, Term, Value};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

/// A projection (投影) of an element to what one service takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// As it stands.
    #[default]
    AsIs,
    /// Through a crosswalk, such as types of enterprise to the tax administration's three digits.
    Map(Key),
    /// The section of an industry: its letter (门类).
    Section,
    /// Money in another unit.
    Money {
        /// The unit.
        unit: MoneyUnit,
        /// The decimals that the service takes.
        decimals: u32,
        /// What to do where they do not suffice.
        #[serde(default)]
        lossy: Lossy,
    },
    /// A number rounded half up to so many decimals, marked as for display only where that loses anything.
    Round(u32),
    /// A term as its first and last day.
    Dates,
    /// 长期 as 9999-12-31.
    FarDate,
    /// A wage clipped to the limits of a base, with the real wage beside it.
    Base(Key),
    /// A month as six digits.
    MonthDigits,
}

/// The unit in which a service takes money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// Yuan (元).
    Yuan,
    /// Ten thousands of yuan (万元).
    Wan,
}

/// What happens to money that does not fit the decimals of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lossy {
    /// It is refused at entry with `MONEY_PRECISION`.
    #[default]
    Refuse,
    /// It is rounded half up for display, and the exact value travels beside it.
    Display,
}

/// A value as a service takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shaped<'a> {
    /// What the service shows and files.
    pub shown: Value,
    /// The exact value, where `shown` is not it.
    pub exact: Option<&'a Value>,
    /// Whether `shown` may be displayed only and never computed with.
    pub display_only: bool,
}

impl<'a> Shaped<'a> {
    fn exactly(shown: Value) -> Self {
        Self { shown, exact: None, display_only: false }
    }

    fn rounded(shown: Value, lossy: bool, exact: &'a Value) -> Self {
        Self { shown, exact: lossy.then_some(exact), display_only: lossy }
    }
}

impl Projection {
    /// Whether it speaks of an element's type.
    ///
    /// # Errors
    /// The reason in words.
    pub(crate) fn fits(&self, element: &Element) -> Result<(), String> {
        let fits = match self {
            Self::AsIs => true,
            Self::Map(_) => matches!(element.kind, Kind::Code(_) | Kind::Text { .. }),
            Self::Section => element.format == Format::Industry,
            Self::Money { .. } | Self::Base(_) => element.kind == Kind::Money,
            Self::Round(decimals) => {
                matches!(element.kind, Kind::Number { scale, .. } if scale > *decimals)
            }
            Self::Dates => element.kind == Kind::Composite(Shape::Term),
            Self::FarDate => element.kind == (Kind::Date { open: true }),
            Self::MonthDigits => element.kind == Kind::Month,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("the projection does not fit the type `{}`", element.kind))
        }
    }

    /// What money breaks of the decimals that the service takes.
    pub(crate) fn precision_problem(&self, value: &Value) -> Option<Problem> {
        let Self::Money { unit, decimals, lossy: Lossy::Refuse } = self else { return None };
        let number = in_unit(value.as_fen()?, *unit);
        let fits = number.normalize().scale() <= *decimals;
        (!fits).then_some(Problem::MoneyPrecision { unit: *unit, decimals: *decimals })
    }

    /// The value as the service takes it; `None` if it is taken as it stands.
    ///
    /// `since` is the day of establishment, where it is known: terms run from it.
    pub(crate) fn shape<'a>(
        &self,
        value: &'a Value,
        since: Option<Date>,
        maps: &Crosswalks,
    ) -> Result<Option<Shaped<'a>>, Problem> {
        let mistyped = || Problem::Unprojectable;
        match self {
            Self::AsIs => Ok(None),
            Self::Map(map) => {
                let code = value.as_text().ok_or_else(mistyped)?;
                let to = maps.map(map, code).ok_or_else(|| Problem::CrosswalkGap {
                    map: map.clone(),
                    code: code.to_owned(),
                })?;
                Ok(Some(Shaped::exactly(Value::from(to))))
            }
            Self::Section => {
                let letter =
                    value.as_text().and_then(|text| text.chars().next()).ok_or_else(mistyped)?;
                Ok(Some(Shaped::exactly(Value::Text(letter.to_string()))))
            }
            Self::Money { unit, decimals, .. } => {
                if let Some(problem) = self.precision_problem(value) {
                    return Err(problem);
                }
                let exact = in_unit(value.as_fen().ok_or_else(mistyped)?, *unit);
                let (shown, lossy) = rounded(exact, *decimals);
                Ok(Some(Shaped::rounded(shown, lossy, value)))
            }
            Self::Round(decimals) => {
                let (shown, lossy) = rounded(value.as_decimal().ok_or_else(mistyped)?, *decimals);
                Ok(Some(Shaped::rounded(shown, lossy, value)))
            }
            Self::Dates => dates(value, since).map(Some),
            Self::FarDate if value.as_text() == Some(LONG_TERM) => {
                Ok(Some(Shaped::exactly(Value::from(FOREVER))))
            }
            Self::FarDate => Ok(None),
            Self::Base(base) => {
                let wage = value.as_fen().ok_or_else(mistyped)?;
                let clipped = maps.base(base, wage).ok_or_else(|| Problem::CrosswalkGap {
                    map: base.clone(),
                    code: wage.to_string(),
                })?;
                Ok(Some(Shaped {
                    shown: Value::from(clipped),
                    exact: Some(value),
                    display_only: false,
                }))
            }
            Self::MonthDigits => {
                let month = value.as_text().ok_or_else(mistyped)?;
                Ok(Some(Shaped::exactly(Value::Text(month.replace('-', "")))))
            }
        }
    }
}

fn in_unit(fen: Fen, unit: MoneyUnit) -> Decimal {
    match unit {
        MoneyUnit::Yuan => fen.yuan(),
        MoneyUnit::Wan => fen.wan(),
    }
}

/// A number with exactly so many decimals, rounded half up, and whether that lost anything.
fn rounded(exact: Decimal, decimals: u32) -> (Value, bool) {
    let mut shown = exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    let lossy = shown != exact;
    shown.rescale(decimals);
    (Value::Text(shown.to_string()), lossy)
}

/// First and last day of a term; before the establishment only what does not depend on it: 长期 ends 9999-12-31.
fn dates<'a>(value: &Value, since: Option<Date>) -> Result<Shaped<'a>, Problem> {
    let term = Term::from_value(value).ok_or(Problem::Unprojectable)?;
    let mut parts = std::collections::BTreeMap::new();
    if let Some(from) = since {
        parts.insert("from".to_owned(), Value::from(from));
    }
    let to = match (term, since) {
        (Term::Long, _) => Some(FOREVER),
        (Term::Years(_), Some(from)) => Some(term.last_day(from).ok_or(Problem::Unprojectable)?),
        (Term::Years(years), None) => {
            parts.insert("years".to_owned(), Value::Int(years.into()));
            None
        }
    };
    if let Some(to) = to {
        parts.insert("to".to_owned(), Value::from(to));
    }
    Ok(Shaped::exactly(Value::Map(parts)))
}
