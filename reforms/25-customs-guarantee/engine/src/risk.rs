//! The risk of an enterprise (担保风险): green, yellow, red, with the reasons (R8).

use codes::{Date, Label};
use serde::{Deserialize, Serialize};

/// How great the risk is (风险等级).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing is broken.
    #[default]
    Green,
    /// The enterprise is told.
    Yellow,
    /// Texts are frozen.
    Red,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Green, Self::Yellow, Self::Red];

    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Green => Label::new("正常", "normal"),
            Self::Yellow => Label::new("关注", "watch"),
            Self::Red => Label::new("高风险", "high"),
        }
    }
}

/// What is broken, with the figure that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskReason {
    /// So much of the limit is held or used, in ten-thousandths (额度使用率).
    Usage(i64),
    /// So much of what stands is due soon without an order to pay, in ten-thousandths.
    Uncovered(i64),
    /// Today's holds are so many hundredths of a deviation above the mean (核扣突增).
    Surge(i64),
    /// So many days lie between the last due day and the end.
    EndsSoon(i64),
    /// A duty is overdue (逾期未缴).
    Overdue,
    /// A surge in goods that were never declared before.
    NewGoods(i64),
    /// The guarantor is barred.
    GuarantorBarred,
}

impl RiskReason {
    /// What it says to people.
    #[must_use]
    pub fn label(self) -> Label {
        let percent = |bp: i64| format!("{}.{:02}%", bp / 100, (bp % 100).abs());
        let times =
            |hundredths: i64| format!("{}.{:02}", hundredths / 100, (hundredths % 100).abs());
        match self {
            Self::Usage(bp) => Label::new(
                format!("额度已使用{}", percent(bp)),
                format!("{} of the quota is in use", percent(bp)),
            ),
            Self::Uncovered(bp) => Label::new(
                format!("近期到期且未付款的占{}", percent(bp)),
                format!("{} is due soon without an order to pay", percent(bp)),
            ),
            Self::Surge(z) => Label::new(
                format!("当日核扣高出均值{}个标准差", times(z)),
                format!("today's holds are {} deviations above the mean", times(z)),
            ),
            Self::EndsSoon(days) => Label::new(
                format!("最后应缴日距担保到期仅{days}天"),
                format!("only {days} days between the last due day and the end"),
            ),
            Self::Overdue => Label::new("有逾期未缴税款", "tax is overdue"),
            Self::NewGoods(z) => Label::new(
                format!("首次申报的商品突增（{}个标准差）", times(z)),
                format!("a surge in new goods ({} deviations)", times(z)),
            ),
            Self::GuarantorBarred => Label::new("担保人已被停止受理", "the guarantor is barred"),
        }
    }
}

/// Where risk begins; a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Usage of the limit that is watched, in ten-thousandths.
    pub usage_bp: i64,
    /// Share due soon without payment above which it is watched, in ten-thousandths.
    pub uncovered_bp: i64,
    /// Deviations from which a surge is watched, in hundredths.
    pub surge: i64,
    /// Deviations from which a surge in new goods is red, in hundredths.
    pub surge_red: i64,
    /// Days that must lie between the last due day and the end.
    pub spare_days: i64,
    /// The weight of a new day in the mean, in hundredths.
    pub lambda: i64,
    /// The least deviation, in ten-thousandths of the mean: who imports the same every day may do a little more.
    pub deviation_min_bp: i64,
    /// How many days must have passed before a surge is seen.
    pub days_min: usize,
}

/// What is known of an enterprise at an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The limits of its texts, in fen.
    pub limit_fen: i64,
    /// What is held and used of them.
    pub committed_fen: i64,
    /// Of what stands, what is due soon without an order to pay.
    pub uncovered_fen: i64,
    /// The sums of holds of the days before today, the oldest first.
    pub days_fen: Vec<i64>,
    /// The sum of holds of today.
    pub today_fen: i64,
    /// Whether today's goods hold codes that it never declared before.
    pub new_goods: bool,
    /// The earliest end of texts in use.
    pub ends: Option<Date>,
    /// The last day on which something is due.
    pub last_due: Option<Date>,
    /// Whether something is overdue.
    pub overdue: bool,
    /// Whether a guarantor of its texts is barred.
    pub guarantor_barred: bool,
}

/// The level at this hour, with every reason; those of a higher level come first.
///
/// # Source
/// All thresholds are defaults of the platform, as rows of the reform's table.
#[must_use]
pub fn risk(series: &Series, limits: &Thresholds) -> (Level, Vec<RiskReason>) {
    let (mut red, mut yellow) = (Vec::new(), Vec::new());
    if series.overdue {
        red.push(RiskReason::Overdue);
    }
    if series.guarantor_barred {
        red.push(RiskReason::GuarantorBarred);
    }
    let z = surge(series, limits);
    if series.new_goods && z.is_some_and(|z| z >= limits.surge_red) {
        red.extend(z.map(RiskReason::NewGoods));
    } else if let Some(z) = z.filter(|z| *z >= limits.surge) {
        yellow.push(RiskReason::Surge(z));
    }
    let usage = share(series.committed_fen, series.limit_fen);
    if at_least(series.committed_fen, series.limit_fen, limits.usage_bp) {
        yellow.push(RiskReason::Usage(usage));
    }
    let committed = series.committed_fen;
    if committed > 0 && above(series.uncovered_fen, committed, limits.uncovered_bp) {
        yellow.push(RiskReason::Uncovered(share(series.uncovered_fen, committed)));
    }
    if let (Some(ends), Some(last)) = (series.ends, series.last_due) {
        let spare = ends.duration_since(last).as_hours() / 24;
        if spare < limits.spare_days {
            yellow.push(RiskReason::EndsSoon(spare));
        }
    }
    let level = match (red.is_empty(), yellow.is_empty()) {
        (false, _) => Level::Red,
        (true, false) => Level::Yellow,
        (true, true) => Level::Green,
    };
    red.extend(yellow);
    (level, red)
}

/// In ten-thousandths, rounded down.
fn share(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return if part > 0 { 10_000 } else { 0 };
    }
    i64::try_from(i128::from(part) * 10_000 / i128::from(whole)).unwrap_or(i64::MAX)
}

fn at_least(part: i64, whole: i64, bp: i64) -> bool {
    part > 0 && i128::from(part) * 10_000 >= i128::from(whole) * i128::from(bp)
}

fn above(part: i64, whole: i64, bp: i64) -> bool {
    i128::from(part) * 10_000 > i128::from(whole) * i128::from(bp)
}

/// Sums are weighted in thousandths of a fen, so that a mean of small sums keeps its fraction.
const FINE: i128 = 1_000;

/// How many hundredths of a deviation today lies above the mean of the days before; none while too few have passed.
fn surge(series: &Series, limits: &Thresholds) -> Option<i64> {
    let (first, rest) = series.days_fen.split_first()?;
    if series.days_fen.len() < limits.days_min {
        return None;
    }
    let weight = i128::from(limits.lambda.clamp(1, 100));
    let mut mean = i128::from(*first) * FINE;
    let mut variance = 0_i128;
    for day in rest {
        let off = i128::from(*day) * FINE - mean;
        // The usual recurrence: m' = m + λd, v' = (1 − λ)(v + λd²).
        variance = (100 - weight) * (variance + weight * off * off / 100) / 100;
        mean += weight * off / 100;
    }
    let least = mean * i128::from(limits.deviation_min_bp) / 10_000;
    let deviation = variance.max(0).isqrt().max(least).max(1);
    let above = i128::from(series.today_fen) * FINE - mean;
    Some(i64::try_from(above * 100 / deviation).unwrap_or(i64::MAX))
}
