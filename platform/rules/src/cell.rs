//! Cells and formulas: compiled expressions, vetted so that they can neither guess, nor look at a clock, nor fail.

use crate::point::{Point, Scalar, boundaries};
use crate::words::operators;
use codes::{Date, Label};
use rust_decimal::Decimal;
use zen_expression::compiler::{FetchFastTarget, Jump, Opcode};
use zen_expression::expression::{Standard, Unary};
use zen_expression::functions::{DateMethod, FunctionKind, InternalFunction, MethodKind};
use zen_expression::{Expression, Scope, Variable, compile_expression, compile_unary_expression};

/// The most that may be added to a date in one step.
const STEP_MAX: i64 = 10_000;

/// The units in which dates move. Years are written as months: the language has no 29 February five years on, while
/// months end on the month's last day where the day is missing, as 民法典 art. 202 has it.
const UNITS: [&str; 4] = ["day", "days", "month", "months"];

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not written as expressions are, or calls a function that is not there.
    #[error("{0}")]
    Syntax(String),
    /// It uses something that could guess, depend on a clock or on bytes, or lose exactness.
    #[error("{0} may not be used here")]
    Forbidden(String),
    /// It names something that it was not given.
    #[error("`{0}` is not known here")]
    NameUnknown(String),
    /// It asks for today's date.
    #[error("`d()` needs a date in quotes: a decision has no clock of its own")]
    NoDate,
    /// It divides by something that is not a number other than zero.
    #[error("only division by a number other than 0 is exact")]
    Division,
    /// It says something that has nothing to do with its input.
    #[error("the cell says nothing of its input")]
    Constant,
    /// It compares with a value of another type.
    #[error("{literal} is no value of {kind}")]
    Literal {
        /// The value.
        literal: String,
        /// What is asked for.
        kind: &'static str,
    },
    /// It gives a value of another type, or none at all.
    #[error("it does not give {0}")]
    Result(&'static str),
}

impl Unfit {
    /// Why, in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        let zh = match self {
            Self::Syntax(why) => format!("写法有误（{why}）"),
            Self::Forbidden(what) => format!("此处不能使用{what}"),
            Self::NameUnknown(name) => format!("此处不认识“{name}”"),
            Self::NoDate => "d()须写明日期，规则不看时钟".to_owned(),
            Self::Division => "只能除以非零的数字".to_owned(),
            Self::Constant => "条件与该输入项无关".to_owned(),
            Self::Literal { literal, .. } => format!("{literal}不是该输入项的取值"),
            Self::Result(_) => "结果的类型不符".to_owned(),
        };
        Label::new(zh, self.to_string())
    }
}

/// A value that an expression compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Number(Decimal),
    Text(String),
    Day(Date),
}

/// A condition on one input.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    program: Expression<Unary>,
    pub(crate) literals: Vec<Literal>,
}

impl Cell {
    /// Compiles a cell for an input of a type.
    pub(crate) fn compile(text: &str, scalar: &Scalar) -> Result<Self, Unfit> {
        let program = compile_unary_expression(&operators(text))
            .map_err(|error| Unfit::Syntax(error.to_string()))?;
        let code = program.bytecode();
        let literals = literals(code)?;
        let mut looks = false;
        for (i, op) in code.iter().enumerate() {
            looks |= fetched(op) == Some("$");
            vet_cell(op, before(code, i))?;
        }
        if !looks {
            return Err(Unfit::Constant);
        }
        for literal in &literals {
            fits(literal, scalar)?;
        }
        let cell = Self { program, literals };
        // Trying each boundary shows that no comparison fails for its type.
        for point in boundaries(scalar, &cell.literals) {
            cell.holds(&point)?;
        }
        Ok(cell)
    }

    /// Whether it holds of a value.
    pub(crate) fn holds(&self, point: &Point) -> Result<bool, Unfit> {
        let mut scope = Scope::new(Variable::Null);
        scope.set_local(Variable::dollar_key(), point.variable());
        let mut vm = zen_expression::vm::VM::new();
        self.program
            .evaluate_with_scope(&scope, &mut vm)
            .map_err(|_error| Unfit::Result("yes or no"))
    }
}

/// An expression over named facts.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    program: Expression<Standard>,
}

impl Formula {
    /// Compiles an expression over names; `lists` are those of them that hold several values.
    pub(crate) fn compile(text: &str, names: &[&str], lists: &[&str]) -> Result<Self, Unfit> {
        let program =
            compile_expression(text.trim()).map_err(|error| Unfit::Syntax(error.to_string()))?;
        let code = program.bytecode();
        literals(code)?;
        let branches = code.iter().any(|op| matches!(op, Opcode::Jump(Jump::Forward, _)));
        for (i, op) in code.iter().enumerate() {
            vet_formula(op, code.get(..i).unwrap_or_default(), names, lists)?;
            if matches!(op, Opcode::Divide | Opcode::Modulo) && branches {
                return Err(Unfit::Division);
            }
        }
        Ok(Self { program })
    }

    /// Its value.
    pub(crate) fn value(
        &self,
        scalar: &Scalar,
        names: &[(&str, Variable)],
    ) -> Result<Point, Unfit> {
        let mut scope = Scope::new(Variable::Null);
        for (name, variable) in names {
            scope.set_local(Variable::key(name), variable.clone());
        }
        let mut vm = zen_expression::vm::VM::new();
        let value = self.program.evaluate_with_scope(&scope, &mut vm).ok();
        value.and_then(|value| Point::of(scalar, &value)).ok_or_else(|| Unfit::Result(told(scalar)))
    }
}

fn before(code: &[Opcode], i: usize) -> Option<&Opcode> {
    code.get(i.checked_sub(1)?)
}

/// The name that an instruction looks up.
fn fetched(op: &Opcode) -> Option<&str> {
    match op {
        Opcode::FetchEnv(name) => Some(name),
        Opcode::FetchFast(path) => match path.as_slice() {
            [FetchFastTarget::Begin, FetchFastTarget::String(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The values that a program compares with; a date is one, and a length of a list is none.
fn literals(code: &[Opcode]) -> Result<Vec<Literal>, Unfit> {
    let mut all = Vec::new();
    for (i, op) in code.iter().enumerate() {
        let next = code.get(i + 1);
        match op {
            Opcode::PushNumber(_) if matches!(next, Some(Opcode::Array)) => {}
            Opcode::PushNumber(number) => {
                let negative = matches!(next, Some(Opcode::Negate));
                all.push(Literal::Number(if negative { -*number } else { *number }));
            }
            Opcode::PushString(text) if next.is_some_and(is_date) => {
                all.push(Literal::Day(text.parse().map_err(|_date| Unfit::NoDate)?));
            }
            Opcode::PushString(text) => all.push(Literal::Text(text.to_string())),
            _ => {}
        }
    }
    Ok(all)
}

fn is_date(op: &Opcode) -> bool {
    let date = FunctionKind::Internal(InternalFunction::Date);
    matches!(op, Opcode::CallFunction { kind, .. } if *kind == date)
}

/// Instructions that compare, and those that hold comparisons together.
fn compares(op: &Opcode) -> bool {
    match op {
        Opcode::PushBool(_)
        | Opcode::PushString(_)
        | Opcode::PushNumber(_)
        | Opcode::Pop
        | Opcode::Negate
        | Opcode::Not
        | Opcode::Equal
        | Opcode::In
        | Opcode::Compare(_)
        | Opcode::Array
        | Opcode::Interval { .. } => true,
        Opcode::Jump(jump, _) => !matches!(jump, Jump::IfNotNull),
        _ => false,
    }
}

fn vet_cell(op: &Opcode, before: Option<&Opcode>) -> Result<(), Unfit> {
    use InternalFunction as F;
    match op {
        op if compares(op) => Ok(()),
        op if fetched(op).is_some() => match fetched(op) {
            Some("$") => Ok(()),
            name => Err(Unfit::NameUnknown(name.unwrap_or_default().to_owned())),
        },
        Opcode::CallFunction { kind: FunctionKind::Internal(function), arg_count } => {
            match function {
                F::Bool | F::StartsWith | F::EndsWith | F::Contains => Ok(()),
                F::Date => dated(*arg_count, before),
                other => Err(Unfit::Forbidden(format!("`{other}`"))),
            }
        }
        other => Err(forbidden(other)),
    }
}

fn dated(arg_count: u32, before: Option<&Opcode>) -> Result<(), Unfit> {
    let literal = matches!(before, Some(Opcode::PushString(_)));
    if arg_count == 1 && literal { Ok(()) } else { Err(Unfit::NoDate) }
}

fn vet_formula(
    op: &Opcode,
    before: &[Opcode],
    names: &[&str],
    lists: &[&str],
) -> Result<(), Unfit> {
    use InternalFunction as F;
    let last = before.last();
    match op {
        op if compares(op) => Ok(()),
        op if fetched(op).is_some() => match fetched(op) {
            Some(name) if names.contains(&name) => Ok(()),
            name => Err(Unfit::NameUnknown(name.unwrap_or_default().to_owned())),
        },
        Opcode::Add | Opcode::Subtract | Opcode::Multiply => Ok(()),
        Opcode::Divide | Opcode::Modulo => match last {
            Some(Opcode::PushNumber(number)) if !number.is_zero() => Ok(()),
            _ => Err(Unfit::Division),
        },
        // The loops of `all`, `some`, `none`, `one`, `count`, `filter` and `map`.
        Opcode::Begin
        | Opcode::End
        | Opcode::Len
        | Opcode::IncrementIt
        | Opcode::IncrementCount
        | Opcode::GetCount
        | Opcode::GetLen
        | Opcode::Pointer(_) => Ok(()),
        Opcode::CallFunction { kind: FunctionKind::Internal(function), arg_count } => {
            match function {
                F::Bool | F::StartsWith | F::EndsWith | F::Contains => Ok(()),
                F::Abs | F::Sum | F::Min | F::Max => Ok(()),
                F::Floor | F::Ceil | F::Round | F::Trunc => Ok(()),
                F::Date => dated(*arg_count, last),
                // Texts are measured in bytes by this function: only lists have a length here.
                F::Len if last.and_then(fetched).is_some_and(|name| lists.contains(&name)) => {
                    Ok(())
                }
                other => Err(Unfit::Forbidden(format!("`{other}`"))),
            }
        }
        Opcode::CallMethod { kind: MethodKind::DateMethod(method), .. } => {
            vet_method(method, before)
        }
        other => Err(forbidden(other)),
    }
}

/// Dates move by written amounts, so that no fact can carry them out of the calendar.
fn vet_method(method: &DateMethod, before: &[Opcode]) -> Result<(), Unfit> {
    use DateMethod as D;
    match method {
        D::Add | D::Sub => match before {
            [.., Opcode::PushNumber(amount), Opcode::PushString(unit)]
                if amount.abs() <= Decimal::from(STEP_MAX)
                    && amount.fract().is_zero()
                    && UNITS.contains(&unit.as_ref()) =>
            {
                Ok(())
            }
            _ => Err(Unfit::Forbidden(format!("`{method}` but by a number of days or months"))),
        },
        D::IsSame | D::IsBefore | D::IsAfter | D::IsSameOrBefore | D::IsSameOrAfter => Ok(()),
        D::Year | D::Month | D::Day => Ok(()),
        other => Err(Unfit::Forbidden(format!("`{other}`"))),
    }
}

fn forbidden(op: &Opcode) -> Unfit {
    let what = match op {
        Opcode::CallFunction { kind, .. } => format!("`{kind}`"),
        Opcode::PushNull | Opcode::Jump(..) => "`null`".to_owned(),
        Opcode::Exponent => "`^`".to_owned(),
        other => format!("`{other}`"),
    };
    Unfit::Forbidden(what)
}

fn fits(literal: &Literal, scalar: &Scalar) -> Result<(), Unfit> {
    let fits = match (scalar, literal) {
        (Scalar::Number { .. }, Literal::Number(_))
        | (Scalar::Day, Literal::Day(_))
        | (Scalar::Text, Literal::Text(_)) => true,
        (Scalar::Code(codes), Literal::Text(code)) => codes.contains(code),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let literal = match literal {
        Literal::Number(number) => number.to_string(),
        Literal::Text(text) => format!("`{text}`"),
        Literal::Day(day) => day.to_string(),
    };
    Err(Unfit::Literal { literal, kind: told(scalar) })
}

/// What a type is called.
fn told(scalar: &Scalar) -> &'static str {
    match scalar {
        Scalar::Bool => "yes or no",
        Scalar::Number { .. } => "a number",
        Scalar::Day => "a date",
        Scalar::Code(_) => "a code of the list",
        Scalar::Text => "a text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Scalar {
        Scalar::Number { step: Decimal::new(1, 2), min: None, max: None }
    }

    fn codes() -> Scalar {
        Scalar::Code(["货币", "实物"].map(str::to_owned).into())
    }

    #[test]
    fn cells_hold_as_they_read() {
        let d = |text: &str| Point::Day(text.parse().unwrap());
        let n = |mantissa, scale| Point::Number(Decimal::new(mantissa, scale));
        let t = |text: &str| Point::Text(text.to_owned());
        for (cell, scalar, point, want) in [
            ("未超过 10000000", number(), n(1_000_000_000, 2), true),
            ("未超过 10000000", number(), n(1_000_000_001, 2), false),
            ("[1..50]", number(), n(50, 0), true),
            ("[1..50)", number(), n(50, 0), false),
            ("< 1 or > 50", number(), n(51, 0), true),
            ("< 1, > 50", number(), n(7, 0), false),
            ("> -3", number(), n(-3, 0), false),
            ("true", Scalar::Bool, Point::Bool(true), true),
            ("false", Scalar::Bool, Point::Bool(true), false),
            ("'货币'", codes(), t("货币"), true),
            ("'货币', '实物'", codes(), t("实物"), true),
            ("not in ['货币']", codes(), t("实物"), true),
            ("!= '货币'", codes(), t("货币"), false),
            (">= d('2024-07-01')", Scalar::Day, d("2024-07-01"), true),
            ("< d('2024-07-01')", Scalar::Day, d("2024-07-01"), false),
            ("startsWith($, '烟')", Scalar::Text, t("烟草制品"), true),
        ] {
            let cell = Cell::compile(cell, &scalar).unwrap_or_else(|why| panic!("{cell}: {why}"));
            assert_eq!(cell.holds(&point), Ok(want), "{point}");
        }
    }

    #[test]
    fn cells_that_guess_or_fail_are_refused() {
        for (cell, scalar) in [
            ("<= rand(10)", number()),
            ("<= d()", Scalar::Day),
            ("<= d('yesterday')", Scalar::Day),
            ("<= d($)", Scalar::Day),
            ("len($) > 2", Scalar::Text),
            ("$ / 0 > 3", number()),
            ("$ * 2 > 3", number()),
            ("> '货币'", number()),
            ("'劳务'", codes()),
            ("> true", Scalar::Bool),
            ("> other", number()),
            ("5 > 3", number()),
            ("nonsense(3)", number()),
            ("null", number()),
            ("> ", number()),
            ("", number()),
            ("matches($, '(a+)+$')", Scalar::Text),
            ("$.a > 3", number()),
        ] {
            assert!(Cell::compile(cell, &scalar).is_err(), "{cell}");
        }
    }

    #[test]
    fn formulas_give_exact_values() {
        let names = ["due", "day", "holders", "holder", "amounts"];
        let lists = ["holders", "amounts"];
        let day = |text: &str| Point::Day(text.parse().unwrap()).variable();
        let text = |text: &str| Variable::String(text.to_owned().into());
        let tenths = [1, 2].map(|tenth| Variable::Number(Decimal::new(tenth, 1))).to_vec();
        let facts = [
            ("due", day("2031-02-13")),
            ("day", day("2026-02-12")),
            ("holders", Variable::from_array(vec![text("陈"), text("李")])),
            ("holder", text("周")),
            ("amounts", Variable::from_array(tenths)),
        ];
        for (formula, scalar, want) in [
            ("due > day.add(60, 'months')", Scalar::Bool, Point::Bool(true)),
            ("day.add(60, 'months')", Scalar::Day, Point::Day("2031-02-12".parse().unwrap())),
            ("not (holder in holders)", Scalar::Bool, Point::Bool(true)),
            ("all(holders, # in ['陈', '李'])", Scalar::Bool, Point::Bool(true)),
            ("some(holders, # == '王')", Scalar::Bool, Point::Bool(false)),
            ("len(holders)", number(), Point::Number(2.into())),
            ("sum(amounts) == 0.3", Scalar::Bool, Point::Bool(true)),
            ("sum(amounts) / 3", number(), Point::Number(Decimal::new(1, 1))),
        ] {
            let made = Formula::compile(formula, &names, &lists)
                .unwrap_or_else(|why| panic!("{formula}: {why}"));
            assert_eq!(made.value(&scalar, &facts), Ok(want), "{formula}");
        }
    }

    #[test]
    fn formulas_that_guess_or_lose_exactness_are_refused() {
        for formula in [
            "len(name) > 2",
            "n / 0",
            "n / m",
            "n % 0",
            "n / (b ? 1 : 0)",
            "n ^ 0.5",
            "rand(10)",
            "d() > day",
            "d(day) > day",
            "day.isToday()",
            "day.add(5, 'y') > day",
            "day.add(0.5, 'months') > day",
            "day.add('5y') > day",
            "day.add(n, 'days') > day",
            "day.add(100000000000, 'days') > day",
            "other > 3",
            "n ?? 3",
            "string(n)",
            "name[0]",
        ] {
            let made = Formula::compile(formula, &["name", "n", "m", "b", "day"], &[]);
            assert!(made.is_err(), "{formula}");
        }
    }
}
