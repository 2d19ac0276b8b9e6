//! The officers' desk (海关工作台): filings, changes, uses by matter and place, element guarantees near their term; the map of risk.

use super::{level_tag, matter_name, uses_table};
use crate::filing::Filed;
use crate::law::GuaranteeLaw;
use crate::letters::{listed, matter_name as named};
use crate::queries::{ChangeRow, ExposureRow, FilingRow, GuarantorRow, ImporterRow, TextRow};
use codes::{Date, Moment};
use guarantee::{Level, Matter, RiskReason};
use maud::{Markup, html};
use portal::{
    Button, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Groups, Heat, HeatColumn,
    HeatRow, Page, Pressure, Row, Table, Tone, code, date_tag, empty, facts, inset, moment_tag,
    money, tag,
};
use std::collections::BTreeMap;

/// Within how many days an element guarantee is near its term.
const NEAR_DAYS: i64 = 30;

/// What the desk is made of.
pub(crate) struct Desk {
    pub(crate) filings: Vec<FilingRow>,
    pub(crate) changes: Vec<ChangeRow>,
    pub(crate) uses: Vec<ExposureRow>,
    pub(crate) guarantors: Vec<GuarantorRow>,
    pub(crate) today: Date,
}

/// The page.
pub(crate) fn desk(frame: &Frame, page: &Desk, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let title = frame.t("担保工作台", "Desk of guarantees");
    let near: Vec<ExposureRow> = page
        .uses
        .iter()
        .filter(|row| row.request.matter == Matter::T3)
        .filter(|row| row.due_on.duration_since(page.today).as_hours() / 24 <= NEAR_DAYS)
        .cloned()
        .collect();
    let body = html! {
        h1 { (title) }
        p { a href="/guarantee/risk" { (frame.t("风险热力图", "Map of risk")) } }
        h2 { (frame.t("待办备案", "Filings")) }
        (filings(frame, &page.filings, page.today))
        @if !page.changes.is_empty() {
            h2 { (frame.t("待办变更", "Changes")) }
            ul.links { @for change in &page.changes {
                li { a href={ "/guarantee/texts/" (change.no) } { (change.no) " · " (change.message) } " " (frame.t("最迟", "by")) " " (date_tag(lang, change.decide_by)) }
            } }
        }
        h2 { (frame.t("占用：事项与地点", "Uses by matter and place")) }
        (by_place(frame, law, page))
        h2 { (frame.t("征税要素担保即将到期", "Element guarantees near their term")) }
        (uses_table(frame, law, (frame.t("临近期限的占用", "Uses near their term"), &near), page.today))
        h2 { (frame.t("全部占用", "All uses")) }
        (uses_table(frame, law, (frame.t("全部占用", "All uses"), &page.uses), page.today))
        h2 { (frame.t("担保人", "Guarantors")) }
        (guarantors(frame, &page.guarantors))
    };
    Page::new(title).wide().render(frame, &body)
}

fn filings(frame: &Frame, rows: &[FilingRow], today: Date) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("文本号", "Text")),
        Column::new(frame.t("企业", "Enterprise")),
        Column::new(frame.t("担保人", "Guarantor")),
        Column::new(frame.t("额度", "Limit")).numeric(),
        Column::new(frame.t("最迟决定日", "Decide by")),
        Column::new(frame.t("状态", "State")),
    ];
    let body = rows
        .iter()
        .map(|row| {
            let tone = match row.stage {
                Filed::Received => Tone::Active,
                Filed::Accepted => Tone::Good,
                Filed::Refused => Tone::Loss,
                Filed::None => Tone::Plain,
            };
            Row::new(vec![
                html! { (row.offered.text_no) },
                html! { (row.offered.enterprise.name) },
                html! { (row.guarantor_name) },
                money(lang, row.offered.limit_fen),
                date_tag(lang, row.decide_by),
                tag(tone, row.stage.label().get(lang)),
            ])
            .href(format!("/guarantee/filings/{}", row.filing))
            .late(row.stage == Filed::Received && row.decide_by < today)
        })
        .collect();
    let none = empty(
        frame.t("没有备案申请", "No filing"),
        frame.t(
            "担保人通过财关库银报送担保文本后显示在这里。",
            "Texts that guarantors send over their line stand here.",
        ),
        None,
    );
    html! { (Table::new(lang, frame.t("备案", "Filings"), columns, body).empty(none).keys()) }
}

fn by_place(frame: &Frame, law: &GuaranteeLaw, page: &Desk) -> Markup {
    let lang = frame.lang;
    let mut sums: BTreeMap<(Matter, &str), (u64, i64)> = BTreeMap::new();
    for row in &page.uses {
        let sum = sums.entry((row.request.matter, row.request.place.as_str())).or_default();
        sum.0 += 1;
        sum.1 = sum.1.saturating_add(row.amount_fen);
    }
    let columns = vec![
        Column::new(frame.t("事项", "Matter")),
        Column::new(frame.t("申报地", "Place")),
        Column::new(frame.t("笔数", "Uses")).numeric(),
        Column::new(frame.t("金额", "Amount")).numeric(),
    ];
    let rows = sums
        .iter()
        .map(|((matter, place), (n, fen))| {
            Row::new(vec![
                html! { (matter_name(lang, *matter)) },
                html! { (law.office_name(place, page.today).get(lang)) },
                html! { (n) },
                money(lang, *fen),
            ])
        })
        .collect();
    let none = empty(
        frame.t("没有占用", "No uses"),
        frame.t(
            "额度被核扣后按事项和申报地汇总。",
            "What is held is summed up by matter and place.",
        ),
        None,
    );
    html! { (Table::new(lang, frame.t("占用", "Uses"), columns, rows).empty(none)) }
}

fn guarantors(frame: &Frame, rows: &[GuarantorRow]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("担保人", "Guarantor")),
        Column::new(frame.t("类别", "Sort")),
        Column::new(frame.t("担保余额", "Outstanding")).numeric(),
        Column::new(frame.t("约定上限", "Cap")).numeric(),
        Column::new(frame.t("状态", "State")),
    ];
    let body = rows
        .iter()
        .map(|row| {
            let state = match &row.barred {
                Some(why) => html! { (tag(Tone::Loss, frame.t("停止受理", "barred"))) " " span.quiet { (why) } },
                None => tag(Tone::Good, frame.t("可受理", "accepted")),
            };
            Row::new(vec![
                html! { (row.code) " " (row.name) },
                html! { @let label = row.sort.label(); (label.get(lang)) },
                money(lang, row.outstanding_fen),
                money(lang, row.cap_fen),
                state,
            ])
        })
        .collect();
    let none = empty(
        frame.t("没有担保人", "No guarantors"),
        frame.t("登记后可以报送担保文本。", "Once registered they send texts."),
        None,
    );
    let text = |max| Control::Text { max: Some(max), autocomplete: None, inputmode: None };
    let form = html! {
        form method="post" action="/guarantee/guarantors" {
            (Field::new(lang, "code", frame.t("担保人代码", "Code"), text(12)).required(true))
            (Field::new(lang, "name", frame.t("名称", "Name"), text(80)))
            (Field::new(lang, "uscc", frame.t("统一社会信用代码", "Unified code"), text(18)))
            (Field::new(lang, "cap", frame.t("约定上限", "Agreed cap"), Control::Money))
            (Field::new(lang, "why", frame.t("停止或恢复受理的理由", "Why it is barred or no longer"), text(200)))
            div.acts {
                (Button::main(frame.t("登记（银行）", "Register (bank)"), "register:bank"))
                (Button::second(frame.t("登记（保险公司）", "Register (insurer)"), "register:insurer"))
                (Button::second(frame.t("登记（财务公司）", "Register (finance company)"), "register:group_finance"))
                (Button::loss(frame.t("停止受理", "Bar"), "bar").confirm(frame.t("该担保人的全部担保将被冻结，确定吗？", "All its texts are frozen. Go on?")))
                (Button::plain(frame.t("恢复受理", "Unbar"), "unbar"))
            }
        }
    };
    html! {
        (Table::new(lang, frame.t("担保人", "Guarantors"), columns, body).empty(none))
        (portal::details(frame.t("登记、停止或者恢复担保人", "Register, bar or unbar a guarantor"), &form))
    }
}

/// What the page of a filing is made of.
pub(crate) struct Filing<'a> {
    pub(crate) row: &'a FilingRow,
    pub(crate) guarantor: Option<&'a GuarantorRow>,
    pub(crate) may_decide: bool,
    pub(crate) today: Date,
}

/// The page.
pub(crate) fn filing(frame: &Frame, page: &Filing<'_>, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let offered = &page.row.offered;
    let title = frame.t("担保备案", "Filing of a guarantee");
    let places = listed(&offered.beneficiaries, |code| {
        law.office_name(code, page.today).get(lang).to_owned()
    });
    let outstanding = page.guarantor.map(|row| {
        Fact::new(
            frame.t("担保人余额／上限", "Guarantor's outstanding / cap"),
            html! { (money(lang, row.outstanding_fen)) " / " (money(lang, row.cap_fen)) },
        )
    });
    let known: Vec<Fact> = [
        Fact::new(
            frame.t("企业", "Enterprise"),
            html! { (offered.enterprise.name) " " (code(Groups::Uscc, &offered.enterprise.uscc)) },
        ),
        Fact::new(frame.t("担保人", "Guarantor"), html! { (page.row.guarantor_name) }),
        Fact::new(frame.t("文本号", "Text"), html! { (offered.text_no) }),
        Fact::new(
            frame.t("类型", "Kind"),
            html! { @let label = offered.kind.label(); (label.get(lang)) },
        ),
        Fact::new(frame.t("额度", "Limit"), money(lang, offered.limit_fen)),
        Fact::new(
            frame.t("担保期间", "Period"),
            html! { (date_tag(lang, offered.valid_from)) " — " (date_tag(lang, offered.valid_to)) },
        ),
        Fact::new(frame.t("适用事项", "Matters"), html! { (listed(&offered.covers, named)) }),
        Fact::new(frame.t("受益海关", "Beneficiaries"), html! { (places) }),
        Fact::new(frame.t("最迟决定日", "Decide by"), date_tag(lang, page.row.decide_by)),
    ]
    .into_iter()
    .chain(outstanding)
    .collect();
    let body = html! {
        h1 { (title) " " (tag(Tone::Active, page.row.stage.label().get(lang))) }
        @if let Some(reason) = &page.row.reason { (inset(&html! { p { (reason) } })) }
        (facts(lang, &known))
        p.quiet { (frame.t("电子数据与纸质正本具有同等效力，不再核对纸本。", "Electronic data equal the paper original; no paper is checked.")) }
        @if page.may_decide && page.row.stage == Filed::Received {
            form method="post" action={ "/guarantee/filings/" (page.row.filing) } {
                input type="hidden" name=(EXPECTED_VERSION) value=(page.row.version);
                (Field::new(lang, "reason", frame.t("不予接受的理由", "Why it is not accepted"), Control::Area { max: Some(300), lines: 3 }))
                div.acts {
                    (Button::main(frame.t("准予备案", "File it"), "accept").unchecked())
                    (Button::loss(frame.t("不予接受", "Do not accept"), "refuse"))
                }
            }
        }
    };
    Page::new(title)
        .crumb(frame.t("担保工作台", "Desk of guarantees"), "/guarantee/desk")
        .render(frame, &body)
}

/// Enterprises by level and reason: what is counted opens below.
pub(crate) fn risk(
    frame: &Frame,
    importers: &[ImporterRow],
    texts: &[TextRow],
    now: Moment,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("担保风险热力图", "Map of guarantee risk");
    let columns = [Level::Red, Level::Yellow, Level::Green];
    let pressure = |level| match level {
        Level::Red => Pressure::Overdue,
        Level::Yellow => Pressure::Near,
        Level::Green => Pressure::Far,
    };
    let reason = |row: &ImporterRow| row.reasons.first().copied().map_or("none", word);
    let mut counts: BTreeMap<&str, BTreeMap<Level, u64>> = BTreeMap::new();
    for row in importers {
        *counts.entry(reason(row)).or_default().entry(row.level).or_default() += 1;
    }
    let rows = counts
        .iter()
        .map(|(reason, by)| HeatRow {
            label: reason_name(frame, reason).to_owned(),
            href: None,
            cells: columns
                .iter()
                .map(|level| {
                    (by.get(level).copied().unwrap_or_default(), format!("#{}", level.word()))
                })
                .collect(),
        })
        .collect();
    let heat = Heat {
        lang,
        caption: frame
            .t("企业数：主要原因 × 等级", "Enterprises by first reason and level")
            .to_owned(),
        row_name: frame.t("主要原因", "First reason").to_owned(),
        columns: columns
            .iter()
            .map(|level| HeatColumn {
                pressure: pressure(*level),
                label: level.label().get(lang).to_owned(),
            })
            .collect(),
        rows,
    };
    let body = html! {
        h1 { (title) }
        p.quiet { (frame.t("每小时评估一次，截至", "Assessed each hour; as of")) " " (moment_tag(lang, now)) }
        (heat)
        @for level in columns {
            @let of: Vec<&ImporterRow> = importers.iter().filter(|row| row.level == level).collect();
            @if !of.is_empty() {
                h2 id=(level.word()) { (level_tag(lang, level)) }
                (at_level(frame, &of, texts))
            }
        }
    };
    Page::new(title)
        .crumb(frame.t("担保工作台", "Desk of guarantees"), "/guarantee/desk")
        .wide()
        .render(frame, &body)
}

fn at_level(frame: &Frame, rows: &[&ImporterRow], texts: &[TextRow]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("企业", "Enterprise")),
        Column::new(frame.t("信用等级", "Grade")),
        Column::new(frame.t("原因", "Reasons")),
        Column::new(frame.t("担保（冻结在担保页办理）", "Texts (freeze on their pages)")),
    ];
    let body = rows
        .iter()
        .map(|row| {
            let own = texts.iter().filter(|text| text.about.enterprise.uscc == row.uscc && !text.state.is_over());
            Row::new(vec![
                html! { (row.name) },
                html! { @let label = row.grade.label(); (label.get(lang)) },
                html! { ul { @for reason in &row.reasons { @let label = reason.label(); li { (label.get(lang)) } } } },
                html! { @for text in own { a href={ "/guarantee/texts/" (text.about.no) } { (text.about.no) } " " } },
            ])
            .href(format!("/guarantee/enterprises/{}", row.uscc))
        })
        .collect();
    html! { (Table::new(lang, frame.t("企业", "Enterprises"), columns, body)) }
}

const fn word(reason: RiskReason) -> &'static str {
    match reason {
        RiskReason::Usage(_) => "usage",
        RiskReason::Uncovered(_) => "uncovered",
        RiskReason::Surge(_) => "surge",
        RiskReason::EndsSoon(_) => "ends_soon",
        RiskReason::Overdue => "overdue",
        RiskReason::NewGoods(_) => "new_goods",
        RiskReason::GuarantorBarred => "guarantor_barred",
    }
}

fn reason_name<'a>(frame: &Frame, word: &'a str) -> &'a str {
    match word {
        "usage" => frame.t("额度使用率高", "usage"),
        "uncovered" => frame.t("近期到期未付款", "due soon, not paid"),
        "surge" => frame.t("核扣突增", "surge of holds"),
        "ends_soon" => frame.t("担保将到期", "text ends soon"),
        "overdue" => frame.t("逾期未缴", "overdue"),
        "new_goods" => frame.t("新商品突增", "surge in new goods"),
        "guarantor_barred" => frame.t("担保人停止受理", "guarantor barred"),
        _ => frame.t("无", "none"),
    }
}
