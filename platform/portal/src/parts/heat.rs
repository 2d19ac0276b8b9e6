//! The heat map of organ by days left: a table with numbers, shapes and colour.

use codes::Lang;
use maud::{Markup, Render, html};

use crate::format::number;
use crate::lang::pick;

/// How pressing a column is; shape and words say it beside the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// Past its day.
    Overdue,
    /// Due today or tomorrow.
    Close,
    /// Within the week.
    Near,
    /// Time enough.
    Far,
    /// The clock stands for a lawful cause.
    Stopped,
}

impl Pressure {
    const fn class(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Close => "close",
            Self::Near => "near",
            Self::Far => "far",
            Self::Stopped => "stopped",
        }
    }

    const fn shape(self) -> &'static str {
        match self {
            Self::Overdue => "▲",
            Self::Close => "◆",
            Self::Near => "●",
            Self::Far => "○",
            Self::Stopped => "‖",
        }
    }
}

/// A column: how pressing, in words.
#[derive(Clone, Debug)]
pub struct HeatColumn {
    /// How pressing.
    pub pressure: Pressure,
    /// The words: 已超期, 今明两天.
    pub label: String,
}

/// A row: one organ with a number and an address for each column.
#[derive(Clone, Debug)]
pub struct HeatRow {
    /// The organ.
    pub label: String,
    /// Its page.
    pub href: Option<String>,
    /// How many, and where they are listed; one a column.
    pub cells: Vec<(u64, String)>,
}

/// The heat map (热力图): organ by days left.
#[derive(Clone, Debug)]
pub struct Heat {
    /// The language of the page.
    pub lang: Lang,
    /// What is counted, of what instant.
    pub caption: String,
    /// What the rows are: 单位.
    pub row_name: String,
    /// The columns.
    pub columns: Vec<HeatColumn>,
    /// The rows.
    pub rows: Vec<HeatRow>,
}

impl Heat {
    /// The weight of a cell against the fullest of its column, 0 to 4.
    fn level(&self, column: usize, n: u64) -> u64 {
        let most = self
            .rows
            .iter()
            .filter_map(|row| row.cells.get(column))
            .map(|(n, _)| *n)
            .max()
            .unwrap_or(0);
        if n == 0 || most == 0 { 0 } else { (n.saturating_mul(4)).div_ceil(most) }
    }

    fn row(&self, row: &HeatRow) -> Markup {
        let sum: u64 = row.cells.iter().map(|(n, _)| n).sum();
        html! {
            tr {
                th scope="row" { @match &row.href { Some(href) => a href=(href) { (row.label) }, None => (row.label) } }
                @for (i, ((n, href), column)) in row.cells.iter().zip(&self.columns).enumerate() {
                    td class={ (column.pressure.class()) " level-" (self.level(i, *n)) } data-label=(column.label) {
                        @if *n == 0 { span.none { "0" } }
                        @else { a href=(href) { span aria-hidden="true" { (column.pressure.shape()) } " " (count(*n)) } }
                    }
                }
                td.sum data-label=(pick(self.lang, "合计", "Total")) { (count(sum)) }
            }
        }
    }
}

fn count(n: u64) -> String {
    number(i64::try_from(n).unwrap_or(i64::MAX))
}

impl Render for Heat {
    fn render(&self) -> Markup {
        html! {
            div.scroll tabindex="0" role="group" aria-label=(self.caption) {
                table.heat {
                    caption { (self.caption) }
                    thead {
                        tr {
                            th scope="col" { (self.row_name) }
                            @for column in &self.columns {
                                th scope="col" { span aria-hidden="true" { (column.pressure.shape()) } " " (column.label) }
                            }
                            th scope="col" { (pick(self.lang, "合计", "Total")) }
                        }
                    }
                    tbody { @for row in &self.rows { (self.row(row)) } }
                }
            }
        }
    }
}
