//! A text (担保文本) with its quota over time and its statement; and one use of it.

use super::{chart, is_covered, matter_name, stand_tag, state_tag, uses_table};
use crate::errand::line_of;
use crate::exposure::Stand;
use crate::law::GuaranteeLaw;
use crate::letters::{listed, matter_name as named};
use crate::queries::{ChangeRow, ExposureRow, TextRow};
use codes::Moment;
use guarantee::Balance;
use ledger::book::StatementRow;
use ledger::book::queries::Standing;
use maud::{Markup, html};
use portal::{
    Button, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Page, Row, Table, Tone,
    date_tag, details, facts, inset, moment_tag, money, tag,
};

/// What the page is made of.
pub(crate) struct Text<'a> {
    pub(crate) row: &'a TextRow,
    pub(crate) balance: Balance,
    pub(crate) points: Vec<Standing>,
    pub(crate) lines: Vec<StatementRow>,
    pub(crate) uses: Vec<ExposureRow>,
    pub(crate) changes: Vec<ChangeRow>,
    pub(crate) may_decide: bool,
    pub(crate) now: Moment,
}

/// The page.
pub(crate) fn text(frame: &Frame, page: &Text<'_>, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let row = page.row;
    let today = page.now.date();
    let places =
        listed(&row.text.beneficiaries, |code| law.office_name(code, today).get(lang).to_owned());
    let title = match lang {
        codes::Lang::Zh => format!("担保 {}", row.about.no),
        codes::Lang::En => format!("Guarantee {}", row.about.no),
    };
    let back = format!("/guarantee/enterprises/{}", row.about.enterprise.uscc);
    let body = html! {
        h1 { (title) " " (state_tag(lang, row.stands())) }
        @if let Some(why) = &row.frozen { (inset(&html! { p { (frame.t("已冻结，不能新增核扣：", "Frozen, no new hold: ")) (why) } })) }
        (chart::gauge(lang, &page.balance))
        (chart::over_time(lang, &page.points, page.balance.limit_fen, page.now))
        (facts(lang, &[
            Fact::new(frame.t("企业", "Enterprise"), html! { a href=(back) { (row.about.enterprise.name) } }),
            Fact::new(frame.t("担保人", "Guarantor"), html! { (row.about.guarantor_name) }),
            Fact::new(frame.t("类型", "Kind"), html! { @let label = row.text.kind.label(); (label.get(lang)) }),
            Fact::new(frame.t("担保期间", "Period"), html! { (date_tag(lang, row.text.valid_from)) " — " (date_tag(lang, row.text.valid_to)) }),
            Fact::new(frame.t("适用事项", "Matters"), html! { (listed(&row.text.covers, named)) }),
            Fact::new(frame.t("受益海关", "Beneficiaries"), html! { (places) }),
            Fact::new(frame.t("含滞纳金", "Late fees"), html! { (if row.text.covers_late_fee { frame.t("包含", "covered") } else { frame.t("不包含", "not covered") }) }),
        ]))
        p { a href={ "/guarantee/check/" (row.token) } { (frame.t("公开核验页（只显示状态和有无余额）", "Public page (state and whether quota is left)")) } }
        h2 { (frame.t("占用", "Uses")) }
        (uses_table(frame, law, (frame.t("占用明细", "Uses"), &page.uses), today))
        h2 { (frame.t("额度变动对账单", "Statement")) }
        (statement(frame, page))
        @if !page.changes.is_empty() { h2 { (frame.t("变更", "Changes")) } (changes(frame, page)) }
        @if page.may_decide { (acts(frame, page)) }
    };
    Page::new(title)
        .crumb(frame.t("一保多用", "One guarantee"), "/guarantee")
        .wide()
        .render(frame, &body)
}

fn statement(frame: &Frame, page: &Text<'_>) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("时间", "At")),
        Column::new(frame.t("事项", "What")),
        Column::new(frame.t("变动", "By")).numeric(),
        Column::new(frame.t("可用余额", "Free after it")).numeric(),
    ];
    let rows = page
        .lines
        .iter()
        .map(|line| {
            let told = line_of(line);
            let exposure = line.basis.origin.as_ref().filter(|origin| origin.kind == "exposure");
            let row = Row::new(vec![
                moment_tag(lang, line.at),
                html! { (told.what) },
                money(lang, told.by_fen),
                money(lang, told.free_fen),
            ]);
            match exposure {
                Some(origin) => row.href(format!("/guarantee/uses/{}", origin.key)),
                None => row,
            }
        })
        .collect();
    let csv = format!("/guarantee/texts/{}/statement.csv", page.row.about.no);
    html! { (Table::new(lang, frame.t("对账单", "Statement"), columns, rows).csv(csv)) }
}

fn changes(frame: &Frame, page: &Text<'_>) -> Markup {
    let lang = frame.lang;
    html! {
        @for change in &page.changes {
            section {
                p {
                    b { (change.message) } " · "
                    @if let Some(fen) = change.change.limit_fen { (frame.t("额度改为", "limit ")) " " (money(lang, fen)) " " }
                    @if let Some(day) = change.change.valid_to { (frame.t("延长至", "until")) " " (date_tag(lang, day)) " " }
                    @if let Some(places) = &change.change.beneficiaries { (frame.t("受益海关", "beneficiaries")) " " (listed(places, str::to_owned)) " " }
                    @match change.outcome.as_str() {
                        "changed" => { (tag(Tone::Good, frame.t("已变更", "made"))) },
                        "refused" => { (tag(Tone::Loss, frame.t("不予变更", "refused"))) },
                        _ => { (tag(Tone::Time, frame.t("待决定", "to be decided"))) " " (date_tag(lang, change.decide_by)) },
                    }
                }
                @if page.may_decide && change.outcome == "asked" {
                    form method="post" action={ "/guarantee/texts/" (page.row.about.no) } {
                        input type="hidden" name=(EXPECTED_VERSION) value=(page.row.version);
                        (Field::new(lang, "why", frame.t("不予变更的理由", "Why not"), Control::Area { max: Some(300), lines: 2 }))
                        div.acts {
                            (Button::main(frame.t("准予变更", "Make the change"), format!("change:{}", change.message)).unchecked())
                            (Button::loss(frame.t("不予变更", "Refuse it"), format!("refuse_change:{}", change.message)))
                        }
                    }
                }
            }
        }
    }
}

fn acts(frame: &Frame, page: &Text<'_>) -> Markup {
    let lang = frame.lang;
    let row = page.row;
    if row.state.is_over() {
        return html! {};
    }
    let buttons = html! {
        form method="post" action={ "/guarantee/texts/" (row.about.no) } {
            input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
            (Field::new(lang, "why", frame.t("理由", "Reason"), Control::Area { max: Some(300), lines: 2 }).required(true))
            div.acts {
                (Button::loss(frame.t("冻结", "Freeze"), "freeze").confirm(frame.t("冻结后不能新增核扣，确定吗？", "No new hold from now on. Go on?")))
                @if row.frozen.is_some() {
                    (Button::second(frame.t("解除人工冻结", "Lift the officer's freeze"), "unfreeze:officer"))
                    (Button::second(frame.t("解除风险冻结", "Lift the risk's freeze"), "unfreeze:risk"))
                }
                (Button::plain(frame.t("撤回担保", "Take it back"), "withdraw").confirm(frame.t("只有没有占用时才能撤回，确定吗？", "Possible only while nothing is held or used. Go on?")))
            }
        }
    };
    html! { (details(frame.t("冻结、解除、撤回", "Freeze, lift, take back"), &buttons)) }
}

/// What the page of a use is made of.
pub(crate) struct Use<'a> {
    pub(crate) row: &'a ExposureRow,
    pub(crate) may_tell: bool,
    pub(crate) may_decide: bool,
    pub(crate) now: Moment,
}

/// The page.
pub(crate) fn one_use(frame: &Frame, page: &Use<'_>, law: &GuaranteeLaw) -> Markup {
    let lang = frame.lang;
    let row = page.row;
    let request = &row.request;
    let today = page.now.date();
    let title = match lang {
        codes::Lang::Zh => format!("占用 {}", row.exposure),
        codes::Lang::En => format!("Use {}", row.exposure),
    };
    let text = format!("/guarantee/texts/{}", request.guarantee);
    let due = html! {
        (date_tag(lang, row.due_on))
        @if row.provisional { " " (tag(Tone::Plain, frame.t("暂定，节假日通知发布后重算", "provisional until the holidays are announced"))) }
    };
    let mut known = vec![
        Fact::new(
            frame.t("担保", "Guarantee"),
            html! { @if request.about.is_some() { a href=(text) { (request.guarantee) } } @else { (frame.t("免担保", "exempt")) } },
        ),
        Fact::new(frame.t("企业", "Enterprise"), html! { (request.enterprise.name) }),
        Fact::new(frame.t("事项", "Matter"), html! { (matter_name(lang, request.matter)) }),
        Fact::new(
            frame.t("申报地", "Place"),
            html! { (law.office_name(&request.place, today).get(lang)) },
        ),
        Fact::new(frame.t("核扣金额", "Held"), money(lang, request.amount_fen)),
        Fact::new(frame.t("目前占用", "Bound now"), money(lang, row.amount_fen)),
        Fact::new(frame.t("应缴日", "Due"), due),
        Fact::new(frame.t("核扣时间", "Since"), moment_tag(lang, row.held_at)),
    ];
    if row.stand == Stand::Held && !row.accepted {
        known.push(Fact::new(
            frame.t("未受理自动释放", "Lapses unless accepted"),
            moment_tag(lang, row.until),
        ));
    }
    if row.late_fee_fen > 0 {
        known.push(Fact::new(frame.t("滞纳金", "Late fee"), money(lang, row.late_fee_fen)));
    }
    let body = html! {
        h1 { (title) " " (stand_tag(lang, row.stand)) }
        @if row.difference_fen > 0 {
            (inset(&html! { p { (frame.t("调增未获额度，原金额不变；请补缴差额 ", "The amount could not grow; pay the difference of ")) (money(lang, row.difference_fen)) } }))
        }
        (facts(lang, &known))
        @if page.may_tell || page.may_decide { (use_acts(frame, page)) }
        @else if row.stand == Stand::Held {
            form method="post" action={ "/guarantee/uses/" (row.exposure) } {
                input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                (Button::plain(frame.t("撤销核扣", "Give the hold up"), "void").confirm(frame.t("撤销后额度立即释放，确定吗？", "The quota is free at once. Go on?")))
            }
        }
    };
    Page::new(title).crumb(frame.t("一保多用", "One guarantee"), "/guarantee").render(frame, &body)
}

fn use_acts(frame: &Frame, page: &Use<'_>) -> Markup {
    let lang = frame.lang;
    let row = page.row;
    let text = |max| Control::Text { max: Some(max), autocomplete: None, inputmode: None };
    let form = |inner: Markup| {
        html! {
            form method="post" action={ "/guarantee/uses/" (row.exposure) } {
                input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                (inner)
            }
        }
    };
    match row.stand {
        Stand::Held => form(html! {
            (Field::new(lang, "amount", frame.t("调整后的金额（调整时填写）", "New amount (to adjust)"), Control::Money))
            div.acts {
                (Button::main(frame.t("放行", "Release"), "use").unchecked())
                @if !row.accepted { (Button::second(frame.t("已受理", "Accepted"), "accept").unchecked()) }
                (Button::second(frame.t("调整金额", "Adjust"), "adjust"))
                (Button::plain(frame.t("撤销", "Void"), "void").unchecked())
            }
        }),
        Stand::Used | Stand::Overdue => form(html! {
            (Field::new(lang, "reference", frame.t("入账凭证或结案文号", "Receipt or closing paper"), text(60)))
            (Field::new(lang, "on", frame.t("入账日（银行收讫日）", "Day of receipt"), Control::Date))
            (Field::new(lang, "amount", frame.t("到账或调整后的金额", "Amount received, or new amount"), Control::Money))
            div.acts {
                (Button::main(frame.t("税款到账，返还额度", "Money came: give back"), "restore"))
                (Button::second(frame.t("事项办结，返还额度", "Matter closed: give back"), "close"))
                @if !is_covered(row) { (Button::second(frame.t("已发付款指令", "Order to pay is out"), "order").unchecked()) }
                @if row.stand == Stand::Used { (Button::second(frame.t("调整金额", "Adjust"), "adjust")) }
                @if page.may_decide && row.stand == Stand::Overdue {
                    (Button::loss(frame.t("向担保人索偿", "Claim"), "claim").unchecked().confirm(frame.t("将向担保人发出索偿通知书，确定吗？", "A claim goes to the guarantor. Go on?")))
                }
            }
        }),
        Stand::Claimed if page.may_decide => form(html! {
            (Field::new(lang, "reference", frame.t("代偿入账凭证", "Receipt of the guarantor's payment"), text(60)))
            (Field::new(lang, "on", frame.t("入账日", "Day of receipt"), Control::Date))
            (Field::new(lang, "why", frame.t("拒赔理由", "Why the guarantor refuses"), text(200)))
            div.acts {
                (Button::main(frame.t("担保人已代偿", "The guarantor paid"), "recover"))
                (Button::loss(frame.t("担保人拒绝赔付", "The guarantor refuses"), "refused"))
            }
        }),
        _ => html! {},
    }
}
