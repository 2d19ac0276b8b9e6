//! The guarantor's portal, the coordinator's figures, what anybody may check, and where people begin.

use super::enterprise::texts_table;
use super::uses_table;
use crate::law::GuaranteeLaw;
use crate::queries::{ExposureRow, Figures, FilingRow, TextRow};
use codes::{Date, Label, Moment};
use guarantee::{Balance, State};
use maud::{Markup, html};
use portal::{
    Bar, Bars, Button, Column, Frame, Page, Row, Table, Tone, date_tag, moment_tag, money, stats,
    verdict,
};

/// What a guarantor sees.
pub(crate) struct Portal<'a> {
    pub(crate) texts: &'a [TextRow],
    pub(crate) balances: &'a [Balance],
    pub(crate) filings: &'a [FilingRow],
    pub(crate) uses: &'a [ExposureRow],
}

/// The guarantor's portal.
pub(crate) fn portal(frame: &Frame, page: &Portal<'_>, law: &GuaranteeLaw, today: Date) -> Markup {
    let lang = frame.lang;
    let title = frame.t("担保人门户", "Guarantor");
    let sum =
        |part: fn(&Balance) -> i64| page.balances.iter().map(part).fold(0_i64, i64::saturating_add);
    let claims: Vec<ExposureRow> = page
        .uses
        .iter()
        .filter(|row| row.stand == crate::exposure::Stand::Claimed)
        .cloned()
        .collect();
    let columns = vec![
        Column::new(frame.t("文本号", "Text")),
        Column::new(frame.t("企业", "Enterprise")),
        Column::new(frame.t("额度", "Limit")).numeric(),
        Column::new(frame.t("状态", "State")),
    ];
    let filings = page
        .filings
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.offered.text_no) },
                html! { (row.offered.enterprise.name) },
                money(lang, row.offered.limit_fen),
                html! { @let label = row.stage.label(); (label.get(lang)) @if let Some(reason) = &row.reason { "：" (reason) } },
            ])
        })
        .collect();
    let body = html! {
        h1 { (title) }
        (stats(&[
            (frame.t("担保额度合计", "Limits"), portal::yuan(sum(|one| one.limit_fen)), None),
            (frame.t("已占用", "Held and used"), portal::yuan(sum(|one| one.held_fen.saturating_add(one.used_fen))), None),
            (frame.t("索偿中", "Claimed"), portal::yuan(sum(|one| one.claimed_fen)), None),
        ]))
        @if !claims.is_empty() {
            h2 { (frame.t("待处理的索偿", "Claims")) }
            (uses_table(frame, law, (frame.t("索赔", "Claims"), &claims), today))
        }
        h2 { (frame.t("担保文本", "Texts")) }
        (texts_table(frame, page.texts, page.balances))
        h2 { (frame.t("备案", "Filings")) }
        (Table::new(lang, frame.t("备案", "Filings"), columns, filings))
        h2 { (frame.t("占用", "Uses")) }
        (uses_table(frame, law, (frame.t("占用明细", "Uses"), page.uses), today))
    };
    Page::new(title).wide().render(frame, &body)
}

/// The coordinator's figures.
pub(crate) fn board(frame: &Frame, figures: &Figures, today: Date) -> Markup {
    let lang = frame.lang;
    let title = frame.t("一保多用运行情况", "One guarantee: figures");
    let bars = figures
        .days
        .iter()
        .map(|(day, n, _)| Bar { label: portal::short_date(lang, *day), n: *n, late: false })
        .collect();
    let chart = (frame.t("每日核扣笔数", "Holds a day").to_owned(), None, bars);
    // Tenths of a text an enterprise, rounded: the goal is one.
    let tenths = (figures.texts * 10 + figures.enterprises / 2)
        .checked_div(figures.enterprises)
        .unwrap_or(0);
    let seconds = figures.restore_median_us.map_or_else(
        || "—".to_owned(),
        |us| format!("{}.{:03} s", us / 1_000_000, us % 1_000_000 / 1_000),
    );
    let columns = vec![
        Column::new(frame.t("日期", "Day")),
        Column::new(frame.t("笔数", "Holds")).numeric(),
        Column::new(frame.t("金额", "Amount")).numeric(),
    ];
    let rows = figures
        .days
        .iter()
        .rev()
        .map(|(day, n, fen)| Row::new(vec![date_tag(lang, *day), html! { (n) }, money(lang, *fen)]))
        .collect();
    let body = html! {
        h1 { (title) }
        p.quiet { (frame.t("近30天，截至", "The last 30 days, as of")) " " (date_tag(lang, today)) }
        (stats(&[
            (frame.t("到账至返还（中位）", "Money to return (median)"), seconds, None),
            (frame.t("自动返还笔数", "Returned"), figures.restored.to_string(), None),
            (frame.t("逾期未缴", "Overdue"), figures.overdue.to_string(), None),
            (frame.t("每家企业文本数（目标1）", "Texts an enterprise (goal 1)"), format!("{}.{}", tenths / 10, tenths % 10), None),
        ]))
        (Bars { lang, caption: frame.t("每日核扣", "Holds").to_owned(), charts: vec![chart] })
        (Table::new(lang, frame.t("每日核扣", "Holds a day"), columns, rows))
    };
    Page::new(title).wide().render(frame, &body)
}

/// What anybody may check of a text: how it stands and whether quota is left.
pub(crate) fn check(frame: &Frame, found: Option<&(TextRow, bool)>, now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("担保核验", "Guarantee check");
    let body = match found {
        Some((row, left)) => {
            let state = row.stands();
            let (tone, answer) = match (state, left) {
                (State::Active, true) => {
                    (Tone::Good, Label::new("有效，有可用额度", "in force, quota is left"))
                }
                (State::Active, false) => {
                    (Tone::Time, Label::new("有效，额度已用完", "in force, no quota is left"))
                }
                _ => (Tone::Loss, state.label()),
            };
            verdict(
                tone,
                &answer,
                lang,
                &html! {
                    p { (frame.t("担保备案编号", "Number")) " " b { (row.about.no) } }
                    p { (frame.t("担保期间至", "Until")) " " (date_tag(lang, row.text.valid_to)) }
                    p.quiet { (frame.t("核验时间", "Checked at")) " " (moment_tag(lang, now)) }
                },
            )
        }
        None => verdict(
            Tone::Loss,
            &Label::new("没有这份担保", "there is no such guarantee"),
            lang,
            &html! { p { (frame.t("二维码可能被更改，请向出示人核实。", "The code may have been changed; ask whoever showed it.")) } },
        ),
    };
    Page::new(title).render(frame, &body)
}

/// What the reform is, for whoever is neither enterprise nor guarantor here.
pub(crate) fn start(frame: &Frame) -> Markup {
    let title = frame.t("一保多用：一份担保，处处可用", "One guarantee for many uses");
    let body = html! {
        h1 { (title) }
        p { (frame.t(
            "企业的一份担保，可以同时用于汇总征税、征税要素担保、暂时进出境等业务，在各受益海关通用；额度由系统自动核扣、返还。",
            "One guarantee of an enterprise serves summary taxation, open tax elements, temporary entry and more, at every beneficiary customs; the system takes its quota and gives it back.",
        )) }
        ol {
            li { (frame.t("银行或者保险公司通过财关库银报送担保，海关十个工作日内备案；", "A bank or insurer sends the text over its line; customs file it within ten working days;")) }
            li { (frame.t("申报时选择担保，当场核扣；", "the declaration picks it, and its quota is held on the spot;")) }
            li { (frame.t("税款到账，额度即时返还。", "the tax is received, and the quota is back at once.")) }
        }
        div.acts { (Button::link(frame.t("登录查看我的担保", "Sign in to see mine"), "/guarantee/mine")) }
    };
    Page::new(title).render(frame, &body)
}
