//! Small multiples: the same small chart for each organ, on one scale.

use codes::Lang;
use maud::{Markup, Render, html};

use crate::format::number;
use crate::lang::pick;

use super::percent;

/// One bar: its name and its height.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The name of the class, such as 0–1 天.
    pub label: String,
    /// How many.
    pub n: i64,
    /// True for what lies past its time: marked by a shape too.
    pub late: bool,
}

/// Charts side by side (小多图): title, address, bars. One scale for all of them.
#[derive(Clone, Debug)]
pub struct Bars {
    /// The language of the page.
    pub lang: Lang,
    /// What is counted.
    pub caption: String,
    /// Title, address of its cases, bars in the same order everywhere.
    pub charts: Vec<(String, Option<String>, Vec<Bar>)>,
}

/// The height of the drawing and of its tallest bar.
const HEIGHT: i64 = 72;

impl Bars {
    fn chart(&self, title: &str, href: Option<&str>, bars: &[Bar], most: i64) -> Markup {
        let sum: i64 = bars.iter().map(|bar| bar.n).sum();
        let count = i64::try_from(bars.len()).unwrap_or(1).max(1);
        html! {
            figure {
                figcaption {
                    @match href { Some(href) => a href=(href) { (title) }, None => (title) }
                    " " span.quiet { (number(sum)) }
                }
                svg width="100%" height=(HEIGHT + 30) aria-hidden="true" focusable="false" {
                    @for (i, bar) in (0_i64..).zip(bars) {
                        @let tall = if most > 0 { bar.n.saturating_mul(HEIGHT) / most } else { 0 };
                        @let tall = if bar.n > 0 { tall.max(2) } else { 0 };
                        rect.late[bar.late] x=(percent(i * 10 + 1, count * 10)) y=(HEIGHT + 13 - tall) width=(percent(8, count * 10)) height=(tall) {}
                        @if bar.n > 0 {
                            text x=(percent(i * 10 + 5, count * 10)) y=(HEIGHT + 10 - tall) text-anchor="middle" { (bar.n) @if bar.late { "▲" } }
                        }
                    }
                    @for (i, bar) in (0_i64..).zip(bars) {
                        text x=(percent(i * 10 + 5, count * 10)) y=(HEIGHT + 26) text-anchor="middle" { (bar.label) }
                    }
                    line x1="0" x2="100%" y1=(HEIGHT + 13) y2=(HEIGHT + 13) {}
                }
            }
        }
    }
}

impl Render for Bars {
    fn render(&self) -> Markup {
        let most =
            self.charts.iter().flat_map(|(_, _, bars)| bars).map(|bar| bar.n).max().unwrap_or(0);
        let labels: Vec<&str> = self
            .charts
            .first()
            .map(|(_, _, bars)| bars.iter().map(|bar| bar.label.as_str()).collect())
            .unwrap_or_default();
        html! {
            section.multiples aria-label=(self.caption) {
                p.caption { (self.caption) }
                div.grid { @for (title, href, bars) in &self.charts { (self.chart(title, href.as_deref(), bars, most)) } }
                details {
                    summary { (pick(self.lang, "以表格查看", "Show as a table")) }
                    div.scroll tabindex="0" role="group" aria-label=(self.caption) {
                        table {
                            caption { (self.caption) }
                            thead { tr { th { span.away { (pick(self.lang, "名称", "Name")) } } @for label in labels { th.num scope="col" { (label) } } } }
                            tbody {
                                @for (title, _, bars) in &self.charts {
                                    tr { th scope="row" { (title) } @for bar in bars { td.num { (number(bar.n)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
