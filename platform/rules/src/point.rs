//! Single values that cells look at, their types, and the boundary values that tell all cells apart.

use crate::cell::Literal;
use codes::Date;
use elements::{FOREVER, Kind, LONG_TERM, Value};
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::fmt;
use zen_expression::{DateValue, Variable};

/// The type of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// Yes or no.
    Bool,
    /// A number, money in yuan.
    Number {
        /// The distance between two neighbours.
        step: Decimal,
        /// The least that an answer may be.
        min: Option<Decimal>,
        /// The greatest that an answer may be.
        max: Option<Decimal>,
    },
    /// A day.
    Day,
    /// One of these codes.
    Code(BTreeSet<String>),
    /// Any text.
    Text,
}

/// A value of an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    Bool(bool),
    Number(Decimal),
    Day(Date),
    Text(String),
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Number(number) => write!(f, "{}", number.normalize()),
            Self::Day(day) => write!(f, "{day}"),
            Self::Text(text) => write!(f, "'{text}'"),
        }
    }
}

impl Point {
    /// As the expression language sees it.
    pub(crate) fn variable(&self) -> Variable {
        match self {
            Self::Bool(yes) => Variable::Bool(*yes),
            Self::Number(number) => Variable::Number(*number),
            Self::Day(day) => day_variable(*day),
            Self::Text(text) => Variable::String(text.as_str().into()),
        }
    }

    /// What an expression gave; none if it is of another type.
    pub(crate) fn of(scalar: &Scalar, variable: &Variable) -> Option<Self> {
        match (scalar, variable) {
            (Scalar::Bool, Variable::Bool(yes)) => Some(Self::Bool(*yes)),
            (Scalar::Number { .. }, Variable::Number(number)) => Some(Self::Number(*number)),
            (Scalar::Day, day) if DateValue::is(day) => {
                let text = day.as_str()?;
                text.get(..10)?.parse().ok().map(Self::Day)
            }
            (Scalar::Code(codes), Variable::String(code)) => {
                codes.contains(code.as_str()).then(|| Self::Text(code.as_str().to_owned()))
            }
            (Scalar::Text, Variable::String(text)) => Some(Self::Text(text.as_str().to_owned())),
            _ => None,
        }
    }
}

fn day_variable(day: Date) -> Variable {
    // INVARIANT: a day prints as `YYYY-MM-DD`, which the expression language reads.
    DateValue::from_text(&day.to_string()).unwrap_or(Variable::Null)
}

/// A canonical value as expressions see it: money in yuan, 长期 as the last day there is; none if it is of another type.
pub(crate) fn variable(kind: &Kind, many: bool, value: &Value) -> Option<Variable> {
    if many {
        let all = value.as_list()?.iter().map(|one| variable(kind, false, one));
        return all.collect::<Option<Vec<_>>>().map(Variable::from_array);
    }
    match kind {
        Kind::Bool => value.as_bool().map(Variable::Bool),
        Kind::Money => value.as_fen().map(|fen| Variable::Number(fen.yuan())),
        Kind::Number { .. } => value.as_decimal().map(Variable::Number),
        Kind::Date { open } => match value.as_text() {
            Some(LONG_TERM) if *open => Some(day_variable(FOREVER)),
            _ => value.as_date().map(day_variable),
        },
        Kind::Code(_) | Kind::Text { .. } | Kind::Month | Kind::Time => {
            value.as_text().map(|text| Variable::String(text.into()))
        }
        Kind::Set(_) | Kind::List(_) => {
            let codes = value.as_list()?.iter();
            let codes = codes.map(|code| Some(Variable::String(code.as_text()?.into())));
            codes.collect::<Option<Vec<_>>>().map(Variable::from_array)
        }
        Kind::Composite(_) => None,
    }
}

/// A value by which an expression over facts of this kind is tried when a table is read.
pub(crate) fn example(kind: &Kind, many: bool, code: Option<&str>) -> Option<Variable> {
    let one = match kind {
        Kind::Bool => Variable::Bool(true),
        Kind::Money | Kind::Number { .. } => Variable::Number(Decimal::ONE),
        Kind::Date { .. } => day_variable(Date::constant(2024, 7, 1)),
        Kind::Code(_) | Kind::Text { .. } => Variable::String(code.unwrap_or("文").into()),
        Kind::Month => Variable::String("2024-07".into()),
        Kind::Time => Variable::String("2024-07-01T09:00".into()),
        Kind::Set(_) | Kind::List(_) => Variable::from_array(
            code.map(|code| Variable::String(code.into())).into_iter().collect(),
        ),
        Kind::Composite(_) => return None,
    };
    Some(if many { Variable::from_array(vec![one]) } else { one })
}

/// Values that tell all cells of an input apart: each boundary and its two neighbours, each code, yes and no.
///
/// Cells compare their input with literals and do nothing else, so that between two neighbouring boundaries no cell
/// changes its mind. Of texts that begin or end with a literal one example stands for all.
pub(crate) fn boundaries(scalar: &Scalar, literals: &[Literal]) -> Vec<Point> {
    let mut points = BTreeSet::new();
    match scalar {
        Scalar::Bool => points.extend([Point::Bool(false), Point::Bool(true)]),
        Scalar::Code(codes) => points.extend(codes.iter().cloned().map(Point::Text)),
        Scalar::Number { step, min, max } => {
            let inside = |number: &Decimal| {
                min.is_none_or(|min| *number >= min) && max.is_none_or(|max| *number <= max)
            };
            let mut all: Vec<Decimal> = min.iter().chain(max).copied().collect();
            for literal in literals {
                if let Literal::Number(number) = literal {
                    let near = [number.checked_sub(*step), number.checked_add(*step)];
                    all.extend(near.into_iter().flatten().chain([*number]));
                }
            }
            if all.is_empty() {
                all.push(Decimal::ZERO);
            }
            points.extend(all.into_iter().filter(inside).map(Point::Number));
        }
        Scalar::Day => {
            let mut all = Vec::new();
            for literal in literals {
                if let Literal::Day(day) = literal {
                    let near = [day.yesterday().ok(), day.tomorrow().ok()];
                    all.extend(near.into_iter().flatten().chain([*day]));
                }
            }
            if all.is_empty() {
                all.push(Date::constant(2024, 7, 1));
            }
            points.extend(all.into_iter().map(Point::Day));
        }
        Scalar::Text => {
            points.insert(Point::Text("其他".to_owned()));
            for literal in literals {
                if let Literal::Text(text) = literal {
                    for example in [text.clone(), format!("{text}其他"), format!("其他{text}")]
                    {
                        points.insert(Point::Text(example));
                    }
                }
            }
        }
    }
    points.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_has_two_neighbours_within_the_type() {
        let percent =
            Scalar::Number { step: Decimal::ONE, min: Some(Decimal::ZERO), max: Some(12.into()) };
        let points = boundaries(&percent, &[Literal::Number(12.into()), Literal::Number(0.into())]);
        let told: Vec<String> = points.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["0", "1", "11", "12"]);
    }

    #[test]
    fn money_is_compared_in_yuan_and_open_dates_end_late() {
        let yuan = variable(&Kind::Money, false, &Value::Int(1_000_000_001)).unwrap();
        assert_eq!(yuan, Variable::Number(Decimal::new(1_000_000_001, 2)));
        let open = variable(&Kind::Date { open: true }, false, &Value::from(LONG_TERM)).unwrap();
        assert_eq!(Point::of(&Scalar::Day, &open), Some(Point::Day(FOREVER)));
        assert!(variable(&Kind::Date { open: false }, false, &Value::from(LONG_TERM)).is_none());
        assert!(variable(&Kind::Bool, false, &Value::Int(1)).is_none());
    }
}
