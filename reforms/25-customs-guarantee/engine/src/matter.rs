//! Matters that a guarantee may serve (担保事项), as dated rows.

use crate::Refusal;
use calendar::{Calendar, CalendarError, Due, Term, due};
use codes::{Date, Label};
use serde::{Deserialize, Serialize};

/// A matter that a guarantee may serve (担保事项).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Matter {
    /// Summary taxation (汇总征税).
    T1,
    /// Tax within its term (纳税期限担保).
    T2,
    /// Elements of the tax are open (征税要素担保).
    T3,
    /// Temporary entry and exit (暂时进出境).
    K1,
    /// Processing trade and bonded goods (加工贸易、保税).
    K2,
    /// Repair, processing abroad (修理、出境加工).
    K3,
    /// Lease import (租赁进口).
    K4,
    /// Storage outside supervised places, transit by road (监管区外存放、转关公路运输).
    K5,
    /// Provisional anti-dumping and countervailing measures (临时反倾销、反补贴).
    K6,
    /// Exemption being decided (减免税手续办理中).
    K7,
}

/// What a matter guards against (担保类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterClass {
    /// Tax that is owed (税款类).
    Tax,
    /// A duty that is not of money (风险类).
    Risk,
}

impl Matter {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::T1,
        Self::T2,
        Self::T3,
        Self::K1,
        Self::K2,
        Self::K3,
        Self::K4,
        Self::K5,
        Self::K6,
        Self::K7,
    ];

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
            Self::K1 => "K1",
            Self::K2 => "K2",
            Self::K3 => "K3",
            Self::K4 => "K4",
            Self::K5 => "K5",
            Self::K6 => "K6",
            Self::K7 => "K7",
        }
    }

    /// The matter of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matter| matter.code() == code)
    }

    /// What it guards against.
    #[must_use]
    pub const fn class(self) -> MatterClass {
        match self {
            Self::T1 | Self::T2 | Self::T3 => MatterClass::Tax,
            _ => MatterClass::Risk,
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::T1 => Label::new("汇总征税", "summary taxation"),
            Self::T2 => Label::new("纳税期限担保", "tax within its term"),
            Self::T3 => Label::new("征税要素担保", "open tax elements"),
            Self::K1 => Label::new("暂时进出境", "temporary entry and exit"),
            Self::K2 => Label::new("加工贸易、保税", "processing trade, bonded goods"),
            Self::K3 => Label::new("修理、出境加工", "repair, processing abroad"),
            Self::K4 => Label::new("租赁进口", "lease import"),
            Self::K5 => Label::new("监管区外存放、公路转关", "storage outside, road transit"),
            Self::K6 => Label::new("临时反倾销、反补贴", "provisional trade measures"),
            Self::K7 => Label::new("减免税手续办理中", "exemption being decided"),
        }
    }
}

/// How the tax of a declaration is settled (缴纳方式).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Each declaration by itself (逐票).
    #[default]
    Each,
    /// All of a month together (汇总).
    Monthly,
}

impl Settlement {
    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Monthly => "monthly",
        }
    }
}

/// From what the due day of a matter follows (应履行日).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueRule {
    /// From the day on which the declaration was completed.
    Fixed(Term),
    /// The declaration names it, not later than this after completion unless a longer one was approved.
    Within(Term),
    /// The matter itself names it: end of the book, day of the rent, ruling.
    Given,
}

/// What the amount rests on (金额依据).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The tax that was declared.
    Declared,
    /// The tax at the highest candidate rate, less what is paid.
    Highest,
    /// A sum that customs fix for the matter.
    Fixed,
}

impl Basis {
    /// The basis of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "declared" => Some(Self::Declared),
            "highest" => Some(Self::Highest),
            "fixed" => Some(Self::Fixed),
            _ => None,
        }
    }
}

/// The tax of a declaration, in fen, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// As it was declared.
    pub declared_fen: i64,
    /// At the highest candidate rate.
    pub highest_fen: i64,
    /// Paid already.
    pub paid_fen: i64,
}

/// One row of the table of matters, as it stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which matter.
    pub matter: Matter,
    /// How its tax is settled.
    pub settlement: Settlement,
    /// Whether one text may cover it (一保多用开关).
    pub open: bool,
    /// When it is due.
    pub due: DueRule,
    /// What its amount rests on.
    pub basis: Basis,
    /// The article.
    pub source: String,
}

impl Row {
    /// The day on which the duty is due.
    ///
    /// `given` is the day that the declaration names, `approved` whether customs approved a longer one.
    ///
    /// # Errors
    /// [`Refusal::DueMissing`], [`Refusal::DueTooLate`], [`Refusal::Calendar`]
    pub fn due_date(
        &self,
        completed: Date,
        given: Option<Date>,
        approved: bool,
        calendar: &Calendar,
    ) -> Result<Due, Refusal> {
        let after = |term: &Term| due(term, completed, calendar).map_err(|e| out_of_calendar(&e));
        let named = |day: Option<Date>| {
            let day = day.ok_or(Refusal::DueMissing { matter: self.matter })?;
            let standing = Term::Days { n: 0, end: calendar::End::Standing };
            due(&standing, day, calendar).map_err(|e| out_of_calendar(&e))
        };
        match &self.due {
            DueRule::Fixed(term) => after(term),
            DueRule::Given => named(given),
            DueRule::Within(term) => {
                let (latest, named) = (after(term)?, named(given)?);
                if named.date > latest.date && !approved {
                    return Err(Refusal::DueTooLate { latest: latest.date });
                }
                Ok(named)
            }
        }
    }

    /// The most that may be held for a declaration (担保额不得超过最高应纳税额); none where customs fix the sum.
    ///
    /// # Source
    /// 海关事务担保条例 art. 14.
    #[must_use]
    pub fn amount_max(&self, tax: &Tax) -> Option<i64> {
        match self.basis {
            Basis::Declared => Some(tax.declared_fen),
            Basis::Highest => Some(tax.highest_fen.saturating_sub(tax.paid_fen).max(0)),
            Basis::Fixed => None,
        }
    }

    /// Refuses an amount that is nothing, or more than the tax can be.
    ///
    /// # Errors
    /// [`Refusal::AmountAboveTax`]
    pub fn amount(&self, amount_fen: i64, tax: &Tax) -> Result<(), Refusal> {
        let limit_fen = self.amount_max(tax).unwrap_or(i64::MAX);
        if amount_fen <= 0 || amount_fen > limit_fen {
            return Err(Refusal::AmountAboveTax { limit_fen });
        }
        Ok(())
    }
}

fn out_of_calendar(error: &CalendarError) -> Refusal {
    Refusal::Calendar { why: error.to_string() }
}

/// The table of matters as it stands on a day (事项表).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters(pub Vec<Row>);

impl Matters {
    /// The row of a matter.
    ///
    /// # Errors
    /// [`Refusal::MatterNotCovered`]: no text may cover it today.
    pub fn row(&self, matter: Matter, settlement: Settlement) -> Result<&Row, Refusal> {
        self.0
            .iter()
            .find(|row| row.matter == matter && row.settlement == settlement && row.open)
            .ok_or(Refusal::MatterNotCovered { matter })
    }
}
