//! The parts pages are built of.

mod bars;
mod basic;
mod heat;
mod steps;
mod table;
mod timeline;

pub use bars::{Bar, Bars};
pub use basic::{
    Button, Confirm, Notice, Tabs, Tone, bullets, card, days_left, decision_bar, details, empty,
    error_links, error_summary, inset, panel, print_button, stats, tag, verdict,
};
pub use heat::{Heat, HeatColumn, HeatRow, Pressure};
pub use steps::{Changes, Fact, Stage, StageState, Step, StepState, course, facts, history, steps};
pub use table::{Cell, Column, Filter, Pager, Row, Sort, Table, csv, csv_response};
pub use timeline::{Lane, Span, SpanState, Timeline};

/// A length in hundredths of a per cent as an SVG attribute: `1234` is `12.34%`.
fn percent(part: i64, whole: i64) -> String {
    let basis = if whole <= 0 { 0 } else { part.saturating_mul(10_000) / whole };
    format!("{}.{:02}%", basis / 100, basis % 100)
}
