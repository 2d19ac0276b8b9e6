//! A balance over time (余额走势): steps, what is free below and what is reserved above it.

use super::model::Unit;
use super::queries::Standing;
use codes::{Lang, Moment};
use maud::{Markup, Render, html};
use portal::{moment_tag, pick};

/// Steps drawn at most: a longer history is thinned to the last step of each stretch.
const STEPS_MAX: usize = 240;
/// The height of the drawing, and of the part above the steps.
const HEIGHT: i64 = 180;
const TOP: i64 = 24;
/// Dates on the axis.
const TICKS: i64 = 4;

/// An amount as people read it: `1,234.56`.
#[must_use]
pub fn quantity(amount: i64, unit: &Unit) -> String {
    let scale = usize::from(unit.scale);
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    let mut grouped = String::with_capacity(whole.len() + whole.len() / 3 + part.len() + 2);
    if amount < 0 {
        grouped.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !part.is_empty() {
        grouped.push('.');
        grouped.push_str(part);
    }
    grouped
}

/// The chart of an account.
#[derive(Clone, Debug)]
pub struct BalanceChart {
    /// The language of the page.
    pub lang: Lang,
    /// What it shows.
    pub caption: String,
    /// What the account counts.
    pub unit: Unit,
    /// How it stood, in order.
    pub steps: Vec<Standing>,
    /// The end of the axis.
    pub now: Moment,
}

impl BalanceChart {
    fn first(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.at.us())
    }

    /// Where an instant lies, in hundredths of a per cent.
    fn at(&self, us: i64) -> i64 {
        let whole = i128::from(self.now.us().saturating_sub(self.first()).max(1));
        let part = i128::from(us.saturating_sub(self.first())).clamp(0, whole);
        i64::try_from(part * 10_000 / whole).unwrap_or(0)
    }

    fn percent(hundredths: i64) -> String {
        format!("{}.{:02}%", hundredths / 100, hundredths % 100)
    }

    /// The steps that are drawn: of those in one stretch the last.
    fn thinned(&self) -> Vec<&Standing> {
        let mut kept: Vec<&Standing> = Vec::new();
        let stretch = 10_000 / i64::try_from(STEPS_MAX).unwrap_or(1);
        for step in &self.steps {
            let same = kept.last().is_some_and(|last| {
                self.at(last.at.us()) / stretch == self.at(step.at.us()) / stretch
            });
            if same && self.steps.len() > STEPS_MAX {
                kept.pop();
            }
            kept.push(step);
        }
        kept
    }

    /// The least and the largest that the axis must show.
    fn range(&self) -> (i128, i128) {
        let posted = || self.steps.iter().map(|step| i128::from(step.posted));
        let low = posted().min().unwrap_or(0).min(0);
        let high = posted().max().unwrap_or(0).max(0);
        (low, if high > low { high } else { low + 1 })
    }

    fn y(&self, amount: i128) -> i64 {
        let (low, high) = self.range();
        let up = (amount.clamp(low, high) - low) * i128::from(HEIGHT - TOP) / (high - low);
        HEIGHT - i64::try_from(up).unwrap_or(0)
    }

    fn bar(&self, (from, to): (i64, i64), (low, high): (i128, i128), class: &str) -> Markup {
        let (top, bottom) = (self.y(high), self.y(low));
        html! {
            @if bottom > top {
                rect class=(class) x=(Self::percent(from)) width=(Self::percent((to - from).max(8)))
                    y=(top) height=(bottom - top) {}
            }
        }
    }

    fn drawing(&self) -> Markup {
        let (lang, steps) = (self.lang, self.thinned());
        let (low, high) = self.range();
        let told = |amount: i128| quantity(i64::try_from(amount).unwrap_or(i64::MAX), &self.unit);
        let days = (self.now.us() - self.first()).max(1) / TICKS;
        html! {
            svg.gantt width="100%" height=(HEIGHT + 20) role="img"
                aria-label={ (self.caption) (pick(lang, "，详见下方表格", "; the table below says the same")) } {
                @for n in 0..TICKS {
                    @let at = Moment::from_us(self.first() + n * days);
                    line.tick x1=(Self::percent(n * 10_000 / TICKS)) x2=(Self::percent(n * 10_000 / TICKS)) y1=(TOP) y2=(HEIGHT) {}
                    text.tick x=(Self::percent(n * 10_000 / TICKS)) y=(HEIGHT + 15) dx="2" { (at.date()) }
                }
                @for (n, step) in steps.iter().enumerate() {
                    @let until = steps.get(n + 1).map_or(self.now.us(), |next| next.at.us());
                    @let span = (self.at(step.at.us()), self.at(until));
                    @let (posted, reserved) = (i128::from(step.posted), i128::from(step.reserved));
                    (self.bar(span, ((posted - reserved).min(0), (posted - reserved).max(0)), "span done"))
                    (self.bar(span, (posted - reserved, posted), "span waiting"))
                }
                line.lane x1="0" x2="100%" y1=(self.y(0)) y2=(self.y(0)) {}
                text.tick x="0" y="14" { (told(high)) }
                @if low < 0 { text.tick x="0" y=(HEIGHT - 4) { (told(low)) } }
            }
        }
    }

    fn table(&self) -> Markup {
        let lang = self.lang;
        let heads = [
            pick(lang, "时间", "When"),
            pick(lang, "余额", "Balance"),
            pick(lang, "已核扣", "Reserved"),
        ];
        html! {
            table {
                caption { (self.caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for step in self.thinned().into_iter().rev() {
                        tr {
                            td data-label=(heads[0]) { (moment_tag(lang, step.at)) }
                            td data-label=(heads[1]) { (quantity(step.posted, &self.unit)) }
                            td data-label=(heads[2]) { (quantity(step.reserved, &self.unit)) }
                        }
                    }
                }
            }
        }
    }
}

impl Render for BalanceChart {
    fn render(&self) -> Markup {
        let lang = self.lang;
        let words = [
            ("span done", pick(lang, "可用", "free")),
            ("span waiting", pick(lang, "已核扣未核销", "reserved")),
        ];
        html! {
            section.timeline aria-label=(self.caption) {
                (self.drawing())
                ul.legend aria-hidden="true" {
                    @for (class, word) in words {
                        li { svg width="24" height="14" { rect class=(class) x="1" y="1" width="22" height="12" rx="3" {} } " " (word) }
                    }
                }
                details {
                    summary { (pick(lang, "以表格查看", "Show as a table")) }
                    div.scroll tabindex="0" role="group" aria-label=(self.caption) { (self.table()) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_their_decimals_and_groups() {
        for (amount, scale, expected) in [
            (386_420_550, 2, "3,864,205.50"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (2_507_998_684, 5, "25,079.98684"),
            (1_250_000, 0, "1,250,000"),
            (0, 0, "0"),
            (i64::MIN, 0, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(quantity(amount, &Unit::new("X", scale)), expected);
        }
    }

    fn chart(steps: &[(i64, i64, i64)], now: i64) -> BalanceChart {
        let step = |(at, posted, reserved): &(i64, i64, i64)| Standing {
            at: Moment::from_us(*at),
            posted: *posted,
            reserved: *reserved,
            ..Standing::default()
        };
        BalanceChart {
            lang: Lang::Zh,
            caption: "额度".to_owned(),
            unit: Unit::FEN,
            steps: steps.iter().map(step).collect(),
            now: Moment::from_us(now),
        }
    }

    #[test]
    fn steps_fill_the_axis_and_stand_on_zero() {
        let chart = chart(&[(0, 1_000, 0), (50, 1_000, 400), (75, 600, 0)], 100);
        assert_eq!((chart.at(0), chart.at(50), chart.at(100)), (0, 5_000, 10_000));
        assert_eq!((chart.y(0), chart.y(1_000)), (HEIGHT, TOP));
        let drawn = chart.render().into_string();
        assert_eq!(drawn.matches("span waiting\" x=\"50.00%\"").count(), 1, "{drawn}");
        assert_eq!(drawn.matches("<rect class=\"span done\" x=\"").count(), 4, "{drawn}");
    }

    #[test]
    fn a_long_history_is_thinned_to_the_last_of_each_stretch() {
        let many: Vec<_> = (0..10_000).map(|n| (n, n, 0)).collect();
        let chart = chart(&many, 9_999);
        let kept = chart.thinned();
        assert!(kept.len() <= STEPS_MAX + 5, "{}", kept.len());
        assert_eq!(kept.last().map(|step| step.posted), Some(9_999));
    }
}
