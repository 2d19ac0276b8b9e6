//! Lists: columns that sort, filters that are links, pages by key, CSV.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use codes::Lang;
use maud::{Markup, Render, html};

use crate::format::number;
use crate::lang::pick;

/// Which way a column is sorted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Smallest first.
    Rising,
    /// Largest first.
    Falling,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    numeric: bool,
    sort: Option<String>,
    sorted: Option<Sort>,
}

impl Column {
    /// A column of text.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), numeric: false, sort: None, sorted: None }
    }

    /// A column of numbers: set right, tabular figures.
    #[must_use]
    pub const fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }

    /// The address that sorts by this column, and how it is sorted now.
    #[must_use]
    pub fn sort(mut self, href: impl Into<String>, sorted: Option<Sort>) -> Self {
        self.sort = Some(href.into());
        self.sorted = sorted;
        self
    }
}

/// A cell of a table.
pub type Cell = Markup;

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The cells, one a column.
    pub cells: Vec<Cell>,
    /// The page of the row: the first cell becomes a link, Enter opens it.
    pub href: Option<String>,
    /// Acts on the row: key, text, address.
    pub acts: Vec<(char, String, String)>,
    /// The class of the whole row, such as that of a late case.
    pub late: bool,
    /// A box by which the row is chosen for an act on several: name, value, what is read out.
    pub pick: Option<(String, String, String)>,
}

impl Row {
    /// A row without a page of its own.
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// The page of the row.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// An act on the row with its key and the address of the page that asks before it acts.
    #[must_use]
    pub fn act(mut self, key: char, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.acts.push((key, label.into(), href.into()));
        self
    }

    /// A box by which the row is chosen for an act on several: name and value as posted, and what is read out.
    #[must_use]
    pub fn pick(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        self.pick = Some((name.into(), value.into(), label.into()));
        self
    }

    /// Marks the row as late.
    #[must_use]
    pub const fn late(mut self, late: bool) -> Self {
        self.late = late;
        self
    }
}

/// A filter as a link that can be bookmarked.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The text.
    pub label: String,
    /// The address of the list so filtered.
    pub href: String,
    /// How many rows it leaves.
    pub count: Option<u64>,
    /// Whether it holds now.
    pub active: bool,
}

/// The way through a long list: by key, never by number.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// The address of the first page, where this is not it.
    pub first: Option<String>,
    /// The address of the next page, if there is one.
    pub next: Option<String>,
}

/// A list (列表) with its tools.
#[derive(Clone, Debug)]
pub struct Table {
    lang: Lang,
    caption: String,
    captioned: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    filters: Vec<Filter>,
    csv: Option<String>,
    pager: Pager,
    live_filter: bool,
    keys: bool,
    empty: Option<Markup>,
}

impl Table {
    /// A table with a caption, which is read out before it. It is not seen: the heading above says the same to the eye.
    pub fn new(
        lang: Lang,
        caption: impl Into<String>,
        columns: Vec<Column>,
        rows: Vec<Row>,
    ) -> Self {
        Self {
            lang,
            caption: caption.into(),
            captioned: false,
            columns,
            rows,
            filters: Vec::new(),
            csv: None,
            pager: Pager::default(),
            live_filter: false,
            keys: false,
            empty: None,
        }
    }

    /// Shows the caption as well, where no heading stands above the table.
    #[must_use]
    pub const fn captioned(mut self) -> Self {
        self.captioned = true;
        self
    }

    /// Filters as links.
    #[must_use]
    pub fn filters(mut self, filters: Vec<Filter>) -> Self {
        self.filters = filters;
        self
    }

    /// Where the whole list is had as CSV.
    #[must_use]
    pub fn csv(mut self, href: impl Into<String>) -> Self {
        self.csv = Some(href.into());
        self
    }

    /// The way to the other pages.
    #[must_use]
    pub fn pager(mut self, pager: Pager) -> Self {
        self.pager = pager;
        self
    }

    /// A box that narrows the rows shown while one types, where scripts run.
    #[must_use]
    pub const fn live_filter(mut self) -> Self {
        self.live_filter = true;
        self
    }

    /// A worklist: j and k move, Enter opens, the keys of the acts act, where scripts run.
    #[must_use]
    pub const fn keys(mut self) -> Self {
        self.keys = true;
        self
    }

    /// What stands there when no row does.
    #[must_use]
    pub fn empty(mut self, empty: Markup) -> Self {
        self.empty = Some(empty);
        self
    }

    fn head(&self) -> Markup {
        let acts = self.rows.iter().any(|row| !row.acts.is_empty());
        html! {
            thead role="rowgroup" {
                tr role="row" {
                    @for column in &self.columns { (head_cell(column)) }
                    @if acts { th.row-acts scope="col" role="columnheader" { (pick(self.lang, "操作", "Act")) } }
                }
            }
        }
    }

    fn row(&self, row: &Row) -> Markup {
        html! {
            tr.late[row.late] role="row" data-row[self.keys] {
                @for (i, (cell, column)) in row.cells.iter().zip(&self.columns).enumerate() {
                    td.num[column.numeric] role="cell" data-label=(column.label) {
                        @match (&row.pick, &row.href) {
                            (Some(pick), href) if i == 0 => span.picked { (box_of(pick)) (opened(href.as_deref(), cell)) },
                            (_, Some(href)) if i == 0 => (opened(Some(href), cell)),
                            _ => (cell),
                        }
                    }
                }
                @if !row.acts.is_empty() {
                    td.row-acts role="cell" data-label=(pick(self.lang, "操作", "Act")) {
                        @for (key, label, href) in &row.acts {
                            a href=(href) data-key=(key) aria-keyshortcuts=(key) { (label) } " "
                        }
                    }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let lang = self.lang;
        let rows = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        let pages = self.pager.first.is_some() || self.pager.next.is_some();
        // Few rows that are all there are counted by the eye.
        if !pages && self.csv.is_none() && !self.live_filter {
            return html! {};
        }
        html! {
            div.under {
                p.quiet data-shown { (pick(lang, "本页 ", "Rows on this page: ")) (number(rows)) (pick(lang, " 条", "")) }
                @if pages {
                    nav aria-label=(pick(lang, "翻页", "Pages")) {
                        @if let Some(first) = &self.pager.first { a href=(first) { (pick(lang, "回到首页", "First page")) } " " }
                        @if let Some(next) = &self.pager.next { a href=(next) rel="next" { (pick(lang, "下一页 →", "Next page →")) } }
                    }
                }
                @if let Some(csv) = &self.csv { a href=(csv) download { (pick(lang, "导出 CSV", "Export CSV")) } }
            }
        }
    }
}

/// The box by which a row is chosen.
fn box_of((name, value, label): &(String, String, String)) -> Markup {
    html! { input.pick type="checkbox" name=(name) value=(value) aria-label=(label); }
}

/// The first cell of a row: a link where the row has a page.
fn opened(href: Option<&str>, cell: &Cell) -> Markup {
    match href {
        Some(href) => html! { a href=(href) data-open { (cell) } },
        None => cell.clone(),
    }
}

fn head_cell(column: &Column) -> Markup {
    let (order, arrow) = match column.sorted {
        Some(Sort::Rising) => (Some("ascending"), " ↑"),
        Some(Sort::Falling) => (Some("descending"), " ↓"),
        None => (None, ""),
    };
    html! {
        th.num[column.numeric] scope="col" role="columnheader" aria-sort=[order] {
            @match &column.sort {
                Some(href) => a href=(href) { (column.label) span aria-hidden="true" { (arrow) } },
                None => (column.label),
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        let lang = self.lang;
        html! {
            section.list data-worklist[self.keys] data-live[self.live_filter] aria-label=(self.caption) {
                @if !self.filters.is_empty() { (filters(lang, &self.filters)) }
                @match (&self.empty, self.rows.is_empty()) {
                    (Some(empty), true) => (empty),
                    _ => {
                        div.scroll tabindex="0" role="group" aria-label=(self.caption) {
                            // On a phone rows become cards (display: block), which would cost the table its meaning without roles.
                            table role="table" {
                                caption.away[!self.captioned] { (self.caption) }
                                (self.head())
                                tbody role="rowgroup" { @for row in &self.rows { (self.row(row)) } }
                            }
                        }
                        (self.foot())
                    }
                }
            }
        }
    }
}

fn filters(lang: Lang, filters: &[Filter]) -> Markup {
    html! {
        nav.filters aria-label=(pick(lang, "筛选", "Filter")) {
            ul {
                @for filter in filters {
                    li {
                        a href=(filter.href) aria-current=[filter.active.then_some("true")] {
                            (filter.label)
                            @if let Some(count) = filter.count { " " span.count { (count) } }
                        }
                    }
                }
            }
        }
    }
}

/// Rows as CSV (RFC 4180) with a byte order mark, so that spreadsheets read the Chinese.
///
/// A cell that a spreadsheet would run as a formula is led by an apostrophe.
#[must_use]
pub fn csv<'a, R, C>(head: &[&str], rows: R) -> String
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = &'a str>,
{
    let mut text = String::from('\u{feff}');
    csv_line(&mut text, head.iter().copied());
    for row in rows {
        csv_line(&mut text, row);
    }
    text
}

fn csv_line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        let formula =
            cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
        if formula || cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            if formula {
                text.push('\'');
            }
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

/// A CSV text as a download. The name must be plain ASCII.
#[must_use]
pub fn csv_response(name: &str, text: String) -> Response {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    (
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)],
        text,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_what_it_must_and_disarms_formulas() {
        let text =
            csv(&["编号", "名称"], [["1", "a,b"], ["-5", "=1+1"], ["\"", "x\ny"], ["@cmd", "好"]]);
        assert_eq!(
            text,
            "\u{feff}编号,名称\r\n1,\"a,b\"\r\n-5,\"'=1+1\"\r\n\"\"\"\",\"x\ny\"\r\n\"'@cmd\",好\r\n"
        );
    }
}
