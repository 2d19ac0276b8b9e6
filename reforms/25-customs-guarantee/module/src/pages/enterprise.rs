//! The enterprise's page (我的担保): one gauge, texts, dues, what if, what it saves; and the page of a declaration.

use super::{chart, level_tag, matter_choices, office_choices, state_tag, uses_table};
use crate::GuaranteeError;
use crate::http::Wanted;
use crate::law::GuaranteeLaw;
use crate::queries::{ExposureRow, ImporterRow, TextRow};
use codes::{Coded as _, Date, Label};
use guarantee::{Asked, Balance, Level, Peaks, State};
use maud::{Markup, html};
use portal::{
    Bar, Bars, Button, Choice, Column, Control, Fact, Field, Frame, Groups, Page, Row, Table, Tone,
    code, date_tag, facts, inset, money, tag, verdict,
};

/// What the page is made of.
pub(crate) struct Enterprise<'a> {
    pub(crate) texts: &'a [TextRow],
    pub(crate) balances: &'a [Balance],
    pub(crate) uses: &'a [ExposureRow],
    pub(crate) peaks: Peaks,
    pub(crate) saved_fen: i64,
    pub(crate) importer: Option<&'a ImporterRow>,
    pub(crate) wanted: &'a Wanted,
    pub(crate) asked: Option<&'a Result<Asked, GuaranteeError>>,
    pub(crate) found: Option<&'a Result<&'a TextRow, GuaranteeError>>,
    pub(crate) may_use: bool,
    pub(crate) today: Date,
}

/// The sums of the texts that are in force.
fn sums(texts: &[TextRow], balances: &[Balance]) -> Balance {
    let live = texts.iter().zip(balances).filter(|(row, _)| row.state == State::Active);
    live.fold(Balance::default(), |sum, (_, one)| Balance {
        limit_fen: sum.limit_fen.saturating_add(one.limit_fen),
        held_fen: sum.held_fen.saturating_add(one.held_fen),
        used_fen: sum.used_fen.saturating_add(one.used_fen),
        claimed_fen: sum.claimed_fen.saturating_add(one.claimed_fen),
    })
}

/// The page.
pub(crate) fn enterprise(frame: &Frame, page: &Enterprise<'_>, law: &GuaranteeLaw) -> Markup {
    let title = frame.t("我的担保", "My guarantees");
    let own = page.texts.first().map(|row| &row.about.enterprise);
    let body = html! {
        @if let Some(own) = own {
            h1 { (own.name) }
            p { (code(Groups::Uscc, &own.uscc)) " · " (frame.t("海关备案编码", "customs number")) " " (own.customs_reg_no) }
        }
        (standing(frame, page))
        (chart::gauge(frame.lang, &sums(page.texts, page.balances)))
        @if let (true, Some(own)) = (page.may_use, own) {
            div.acts { (Button::link(frame.t("为报关单使用担保", "Use a guarantee for a declaration"), format!("/guarantee/enterprises/{}/declare", own.uscc))) }
        }
        h2 { (frame.t("担保文本", "Texts")) }
        (texts_table(frame, page.texts, page.balances))
        h2 { (frame.t("近期应缴", "Due soon")) }
        (dues(frame, page))
        (uses_table(frame, law, (frame.t("占用明细", "Uses"), page.uses), page.today))
        (what_if(frame, page, law))
        h2 { (frame.t("节省了多少", "What it saves")) }
        (saved(frame, page))
    };
    Page::new(title).crumb(frame.t("一保多用", "One guarantee"), "/guarantee").render(frame, &body)
}

/// The level of risk, with its reasons; nothing where all is well.
fn standing(frame: &Frame, page: &Enterprise<'_>) -> Markup {
    let lang = frame.lang;
    let Some(row) = page.importer else { return html! {} };
    if row.level == Level::Green && row.overdue == 0 {
        return html! {};
    }
    inset(&html! {
        p { (level_tag(lang, row.level)) @if row.overdue > 0 { " " (tag(Tone::Loss, frame.t("汇总征税已暂停", "summary taxation is stopped"))) } }
        ul { @for reason in &row.reasons { @let label = reason.label(); li { (label.get(lang)) } } }
    })
}

/// Texts with what is free of each.
pub(super) fn texts_table(frame: &Frame, texts: &[TextRow], balances: &[Balance]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("编号", "Number")),
        Column::new(frame.t("担保人", "Guarantor")),
        Column::new(frame.t("可用", "Free")).numeric(),
        Column::new(frame.t("额度", "Limit")).numeric(),
        Column::new(frame.t("到期", "Ends")),
        Column::new(frame.t("状态", "State")),
    ];
    let rows = texts
        .iter()
        .zip(balances)
        .map(|(row, balance)| {
            Row::new(vec![
                html! { (row.about.no) },
                html! { (row.about.guarantor_name) },
                money(lang, balance.available_fen()),
                money(lang, balance.limit_fen),
                date_tag(lang, row.text.valid_to),
                html! { (state_tag(lang, row.stands())) @if let Some(why) = &row.frozen { " " span.quiet { (why) } } },
            ])
            .href(format!("/guarantee/texts/{}", row.about.no))
        })
        .collect();
    html! { (Table::new(lang, frame.t("担保文本", "Texts"), columns, rows)) }
}

/// The calendar of dues, week by week: what is not covered is marked.
fn dues(frame: &Frame, page: &Enterprise<'_>) -> Markup {
    let week = |row: &ExposureRow| {
        let days = row.due_on.duration_since(page.today).as_hours() / 24;
        days.div_euclid(7).clamp(-1, 8)
    };
    let bars = |covered: bool| -> Vec<Bar> {
        (-1..=8)
            .map(|n| {
                let of = page
                    .uses
                    .iter()
                    .filter(|row| week(row) == n && super::is_covered(row) == covered);
                let label = match n {
                    -1 => frame.t("已过", "past").to_owned(),
                    8 => frame.t("更晚", "later").to_owned(),
                    n => match frame.lang {
                        codes::Lang::Zh => format!("{}周", n + 1),
                        codes::Lang::En => format!("w{}", n + 1),
                    },
                };
                let n = i64::try_from(of.count()).unwrap_or(i64::MAX);
                Bar { label, n, late: !covered }
            })
            .collect()
    };
    let charts = vec![
        (frame.t("已安排付款", "Covered").to_owned(), None, bars(true)),
        (frame.t("尚未付款", "Not covered").to_owned(), None, bars(false)),
    ];
    let caption = frame.t("今后八周应缴笔数", "Duties due in the next eight weeks").to_owned();
    html! { (Bars { lang: frame.lang, caption, charts }) }
}

fn what_if(frame: &Frame, page: &Enterprise<'_>, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let wanted = page.wanted;
    html! {
        h2 id="what-if" { (frame.t("试算：一票新的报关单", "What if: a new declaration")) }
        (answer(frame, page))
        form method="get" action="#what-if" {
            (Field::new(lang, "amount", frame.t("税款金额", "Amount of tax"), Control::Money).maybe(wanted.amount.as_deref()).required(true))
            (Field::new(lang, "matter", frame.t("担保事项", "Matter"), Control::Select { choices: matter_choices(lang), search: false }).maybe(wanted.matter.as_deref()))
            (Field::new(lang, "place", frame.t("申报地海关", "Customs office"), Control::Select { choices: office_choices(lang, law, page.today), search: true }).maybe(wanted.place.as_deref()))
            (Field::new(lang, "due", frame.t("应履行日（T3、K类填写）", "Due day (T3 and K matters)"), Control::Date).maybe(wanted.due.as_deref()))
            div.acts { button type="submit" { (frame.t("试算", "Try")) } }
        }
    }
}

/// Fits or not, which text, when it comes back.
fn answer(frame: &Frame, page: &Enterprise<'_>) -> Markup {
    let lang = frame.lang;
    match (page.asked, page.found) {
        (Some(Ok(asked)), Some(Ok(row))) => verdict(
            Tone::Good,
            &Label::new("可以使用", "it fits"),
            lang,
            &html! {
                p { (frame.t("将使用担保", "It would use")) " " b { (row.about.no) } " · " (money(lang, asked.amount_fen)) }
                p { (frame.t("应缴日", "Due on")) " " (date_tag(lang, asked.due)) "。" (frame.t("税款到账后额度即时返还。", "The quota comes back the moment the tax is received.")) }
            },
        ),
        (Some(Ok(_)), Some(Err(error))) | (Some(Err(error)), _) => verdict(
            Tone::Loss,
            &Label::new("不能使用", "it does not fit"),
            lang,
            &html! { @let label = error.label(); p { (label.get(lang)) } },
        ),
        _ => html! {},
    }
}

fn saved(frame: &Frame, page: &Enterprise<'_>) -> Markup {
    let lang = frame.lang;
    facts(
        lang,
        &[
            Fact::new(
                frame.t("一份担保的最高占用", "Peak of all uses together"),
                money(lang, page.peaks.joint_fen),
            ),
            Fact::new(
                frame.t("分别担保需要冻结", "Separate guarantees would freeze"),
                money(lang, page.peaks.separate_fen),
            ),
            Fact::new(
                frame.t("按年费率估算每年节省", "Saved in a year by the usual fee"),
                money(lang, page.saved_fen),
            ),
        ],
    )
}

/// What the page of a declaration is made of.
pub(crate) struct Declare<'a> {
    pub(crate) texts: &'a [TextRow],
    pub(crate) balances: &'a [Balance],
    pub(crate) wanted: &'a Wanted,
    pub(crate) today: Date,
}

/// The page.
pub(crate) fn declare(frame: &Frame, page: &Declare<'_>, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let title = frame.t("为报关单使用担保", "Use a guarantee for a declaration");
    let uscc = page.texts.first().map(|row| row.about.enterprise.uscc.as_str()).unwrap_or_default();
    let auto =
        Choice::new("", frame.t("由系统选择最合适的一份", "let the system pick the one that fits"));
    let texts =
        page.texts.iter().zip(page.balances).filter(|(row, _)| row.stands() == State::Active);
    let choices = texts.map(|(row, balance)| {
        let free = portal::yuan(balance.available_fen());
        Choice::new(
            row.about.no.as_str(),
            format!("{} · {} {free}", row.about.no, frame.t("可用", "free")),
        )
    });
    let exempt = Choice::new(
        crate::model::EXEMPT,
        frame.t("免担保（高级认证企业）", "exempt (advanced certified)"),
    );
    let choices: Vec<Choice> = std::iter::once(auto).chain(choices).chain([exempt]).collect();
    let text = |max| Control::Text { max: Some(max), autocomplete: None, inputmode: None };
    let wanted = page.wanted;
    let body = html! {
        h1 { (title) }
        p.quiet { (frame.t("一份报关单只能使用一份担保；放行后税款到账，额度即时返还。", "A declaration uses one guarantee; once released and paid, the quota comes back at once.")) }
        form method="post" action={ "/guarantee/enterprises/" (uscc) "/declare" } {
            (Field::new(lang, "declaration_no", frame.t("报关单号", "Declaration number"), text(20)).required(true).hint(frame.t("18位", "18 digits")))
            (Field::new(lang, "matter", frame.t("担保事项", "Matter"), Control::Select { choices: matter_choices(lang), search: false }).maybe(wanted.matter.as_deref()).required(true))
            (Field::new(lang, "place", frame.t("申报地海关", "Customs office"), Control::Select { choices: office_choices(lang, law, page.today), search: true }).maybe(wanted.place.as_deref()).required(true))
            (Field::new(lang, "amount", frame.t("担保金额（税款）", "Amount (tax)"), Control::Money).maybe(wanted.amount.as_deref()).required(true))
            (Field::new(lang, "highest", frame.t("最高可能税款（T3、K类）", "Highest possible tax (T3 and K)"), Control::Money))
            (Field::new(lang, "paid", frame.t("已缴税款", "Tax already paid"), Control::Money))
            (Field::new(lang, "due", frame.t("应履行日（T3、K类填写）", "Due day (T3 and K matters)"), Control::Date))
            (Field::new(lang, "goods", frame.t("商品编码（十位，空格隔开）", "Commodity codes (ten digits)"), text(400)))
            (Field::new(lang, "guarantee", frame.t("使用哪一份担保", "Which guarantee"), Control::Radios(choices)).value(""))
            div.acts { (Button::main(frame.t("核扣额度", "Hold the quota"), "hold")) }
        }
    };
    Page::new(title)
        .crumb(frame.t("我的担保", "My guarantees"), format!("/guarantee/enterprises/{uscc}"))
        .render(frame, &body)
}
