//! Pages of books: what there is, what is free of it, how it went, and the statement.

use super::chart::{BalanceChart, quantity};
use super::model::Unit;
use super::queries::{AccountRow, BookRow, FreezeRow, Standing};
use super::statement::StatementRow;
use codes::{Lang, Moment};
use maud::{Markup, html};
use portal::{
    Column, Fact, Field, Frame, Notice, Page, Pager, Row, Table, Tone, empty, facts, moment_tag,
};

/// Books that one may see.
pub(super) fn list(frame: &Frame, rows: &[BookRow]) -> Markup {
    let title = frame.t("额度簿", "Quota books");
    let columns = vec![
        Column::new(frame.t("额度簿", "Book")),
        Column::new(frame.t("编号", "Number")),
        Column::new(frame.t("开立时间", "Opened")),
        Column::new(frame.t("状态", "State")),
    ];
    let line = |row: &BookRow| {
        let state = match row.closed_at {
            Some(_) => frame.t("已结清", "closed"),
            None => frame.t("使用中", "in use"),
        };
        Row::new(vec![
            html! { (name(frame.lang, row)) },
            html! { code { (row.book) } },
            moment_tag(frame.lang, row.opened_at),
            html! { (state) },
        ])
        .href(format!("/ledger/books/{}", row.book))
    };
    let nothing = empty(
        frame.t("没有额度簿", "No books"),
        frame.t(
            "担保额度、保税账册、许可数量等开立后会在这里出现。",
            "Guarantees, bonded books and licence quantities appear here once they are opened.",
        ),
        None,
    );
    let table = Table::new(frame.lang, title, columns, rows.iter().map(line).collect());
    Page::new(title).render(frame, &html! { h1 { (title) } (table.empty(nothing)) })
}

fn name(lang: Lang, row: &BookRow) -> String {
    row.title.as_ref().map_or_else(|| row.book.to_string(), |title| title.get(lang).to_owned())
}

/// One book: its accounts as they stand.
pub(super) fn book(
    frame: &Frame,
    row: &BookRow,
    accounts: &[AccountRow],
    freezes: &[FreezeRow],
) -> Markup {
    let (lang, title) = (frame.lang, name(frame.lang, row));
    let columns = vec![
        Column::new(frame.t("账户", "Account")),
        Column::new(frame.t("余额", "Balance")).numeric(),
        Column::new(frame.t("已核扣", "Reserved")).numeric(),
        Column::new(frame.t("可用", "Free")).numeric(),
        Column::new(frame.t("次数", "Uses")).numeric(),
    ];
    // What the ledger keeps for itself is shown once something lies there.
    let shown = accounts.iter().filter(|account| {
        let own =
            ["away.", "unplaced."].iter().any(|own| account.account.as_str().starts_with(own));
        !own || account.standing.posted != 0
    });
    let line = |account: &AccountRow| {
        let uses = account.uses_max.map(|max| format!("{} / {max}", account.standing.uses));
        Row::new(vec![
            html! { (account.label.get(lang)) },
            html! { (quantity(account.standing.posted, &account.unit)) },
            html! { (quantity(account.standing.reserved, &account.unit)) },
            html! { (free(account.available, &account.unit)) },
            html! { (uses.unwrap_or_default()) },
        ])
        .href(format!("/ledger/books/{}/{}", row.book, account.account))
    };
    let table = Table::new(lang, frame.t("账户", "Accounts"), columns, shown.map(line).collect());
    let body = html! {
        h1 { (title) }
        @for freeze in freezes { (frozen(frame, freeze)) }
        (facts(lang, &[
            Fact::new(frame.t("编号", "Number"), html! { code { (row.book) } }),
            Fact::new(frame.t("开立时间", "Opened"), moment_tag(lang, row.opened_at)),
        ]))
        (table)
    };
    Page::new(title).crumb(frame.t("额度簿", "Quota books"), "/ledger/books").render(frame, &body)
}

fn free(available: Option<i64>, unit: &Unit) -> String {
    available.map_or_else(|| "—".to_owned(), |available| quantity(available, unit))
}

fn frozen(frame: &Frame, freeze: &FreezeRow) -> Markup {
    let body = html! { p { (freeze.why) " · " (moment_tag(frame.lang, freeze.since)) } };
    let title = frame.t("额度已冻结，不接受新的占用", "Frozen: nothing new is reserved");
    html! { (Notice::new(Tone::Time, title, body)) }
}

/// What the page of an account shows.
pub(super) struct Shown<'a> {
    pub(super) book: &'a BookRow,
    pub(super) account: &'a AccountRow,
    pub(super) steps: Vec<Standing>,
    pub(super) lines: &'a [StatementRow],
    pub(super) now: Moment,
    /// The instant that was asked about and how it stood then.
    pub(super) as_of: Option<(Moment, Standing)>,
    /// The version before which the next lines lie.
    pub(super) next: Option<u64>,
}

/// One account: how it went, and its statement.
pub(super) fn account(frame: &Frame, shown: Shown<'_>) -> Markup {
    let (lang, account) = (frame.lang, shown.account);
    let title = account.label.get(lang).to_owned();
    let address = format!("/ledger/books/{}/{}", shown.book.book, account.account);
    let chart = BalanceChart {
        lang,
        caption: frame.t("余额走势", "Balance over time").to_owned(),
        unit: account.unit.clone(),
        steps: shown.steps,
        now: shown.now,
    };
    let body = html! {
        h1 { (title) }
        (facts(lang, &stands(frame, account)))
        @if !chart.steps.is_empty() { (chart) }
        h2 { (frame.t("查询某一时刻", "At an instant")) }
        (asked(frame, account, shown.as_of.as_ref()))
        form method="get" action=(address) {
            (Field::text(lang, "as_of", frame.t("时刻", "Instant"))
                .hint(frame.t("例如 2026-02-12T09:00:00+08:00", "such as 2026-02-12T09:00:00+08:00")))
            button.button.second type="submit" { (frame.t("查询", "Look")) }
        }
        h2 { (frame.t("对账单", "Statement")) }
        (statement(frame, &account.unit, shown.lines, &address, shown.next))
    };
    let book_address = format!("/ledger/books/{}", shown.book.book);
    Page::new(title)
        .crumb(frame.t("额度簿", "Quota books"), "/ledger/books")
        .crumb(name(lang, shown.book), book_address)
        .render(frame, &body)
}

fn stands(frame: &Frame, account: &AccountRow) -> Vec<Fact> {
    let standing = &account.standing;
    let amount = |amount: i64| html! { (quantity(amount, &account.unit)) " " (account.unit.code) };
    let mut known = vec![
        Fact::new(frame.t("余额", "Balance"), amount(standing.posted)),
        Fact::new(frame.t("已核扣", "Reserved"), amount(standing.reserved)),
    ];
    if let Some(available) = account.available {
        known.push(Fact::new(frame.t("可用", "Free"), amount(available)));
    }
    if let Some(max) = account.uses_max {
        known.push(Fact::new(frame.t("次数", "Uses"), html! { (standing.uses) " / " (max) }));
    }
    known
}

fn asked(frame: &Frame, account: &AccountRow, as_of: Option<&(Moment, Standing)>) -> Markup {
    let Some((at, standing)) = as_of else { return html! {} };
    html! {
        p { (moment_tag(frame.lang, *at)) "：" (frame.t("余额", "balance")) " "
            strong { (quantity(standing.posted, &account.unit)) } "，"
            (frame.t("已核扣", "reserved")) " " strong { (quantity(standing.reserved, &account.unit)) } }
    }
}

fn statement(
    frame: &Frame,
    unit: &Unit,
    lines: &[StatementRow],
    address: &str,
    next: Option<u64>,
) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("时间", "When")),
        Column::new(frame.t("事项", "What")),
        Column::new(frame.t("余额变动", "Balance by")).numeric(),
        Column::new(frame.t("核扣变动", "Reserved by")).numeric(),
        Column::new(frame.t("余额", "Balance")).numeric(),
        Column::new(frame.t("已核扣", "Reserved")).numeric(),
        Column::new(frame.t("依据", "Basis")),
    ];
    let line = |row: &StatementRow| {
        let (zh, en) = row.what.label();
        Row::new(vec![
            moment_tag(lang, row.at),
            html! { (frame.t(zh, en)) },
            html! { (signed(row.posted_by, unit)) },
            html! { (signed(row.reserved_by, unit)) },
            html! { (quantity(row.posted, unit)) },
            html! { (quantity(row.reserved, unit)) },
            html! { (row.basis.reason) @if let Some(of) = row.basis.pointer() { " " code { (of) } } },
        ])
    };
    let pager =
        Pager { first: None, next: next.map(|version| format!("{address}?before={version}")) };
    let rows = lines.iter().map(line).collect();
    let table = Table::new(lang, frame.t("对账单", "Statement"), columns, rows)
        .csv(format!("{address}/statement.csv"))
        .pager(pager)
        .empty(empty(frame.t("没有记录", "Nothing yet"), "", None));
    html! { (table) }
}

fn signed(by: i64, unit: &Unit) -> String {
    match by {
        0 => String::new(),
        by if by > 0 => format!("+{}", quantity(by, unit)),
        by => quantity(by, unit),
    }
}
