//! Pages of bills: what is owed, by which rule, where to pay, what became of it.

use super::model::BillState;
use super::queries::{BillRow, Turn};
use codes::{Label, Lang};
use maud::{Markup, html};
use portal::{
    Button, Changes, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Page, Row, Table, Tone,
    card, empty, facts, history, inset, moment_tag, money, tag,
};

/// The bills of a payer, or of an organ.
pub(crate) fn list(frame: &Frame, rows: &[BillRow], organ: bool) -> Markup {
    let lang = frame.lang;
    let title = if organ {
        frame.t("本单位的账单", "Bills of this organ")
    } else {
        frame.t("我的账单", "My bills")
    };
    let columns = vec![
        Column::new(frame.t("事项", "For")),
        Column::new(frame.t("执收单位", "Owed to")),
        Column::new(frame.t("金额", "Amount")),
        Column::new(frame.t("开出时间", "Issued")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.order.title.get(lang)) },
                html! { (row.order.organ_name) },
                money(lang, row.total_fen),
                moment_tag(lang, row.issued_at),
                state_tag(lang, row.state),
            ])
            .href(format!("/ledger/bills/{}", row.order_no))
        })
        .collect();
    let nothing = empty(
        frame.t("没有账单", "No bills"),
        frame.t(
            "办理中需要缴费的事项会在这里出现，写明金额和依据。",
            "What has to be paid appears here, with amount and ground.",
        ),
        None,
    );
    let table = Table::new(lang, title, columns, lines).empty(nothing);
    Page::new(title).render(frame, &html! { h1 { (title) } (table) })
}

/// One bill.
pub(crate) fn bill(frame: &Frame, row: &BillRow, turns: &[Turn], may_waive: bool) -> Markup {
    let lang = frame.lang;
    let title = row.order.title.get(lang);
    let mut known = vec![
        Fact::new(frame.t("应缴金额", "To pay"), money(lang, row.total_fen)),
        Fact::new(frame.t("状态", "State"), html! { (state_tag(lang, row.state)) }),
        Fact::new(frame.t("执收单位", "Owed to"), html! { (row.order.organ_name) }),
        Fact::new(frame.t("订单号", "Order"), html! { code { (row.order_no) } }),
    ];
    if let (Some(receipt), Some(at)) = (&row.receipt_no, row.paid_at) {
        known.push(Fact::new(frame.t("财政电子票据号码", "Receipt"), html! { (receipt) }));
        known.push(Fact::new(frame.t("缴费时间", "Paid"), moment_tag(lang, at)));
    }
    let body = html! {
        h1 { (title) }
        (facts(lang, &known))
        @if row.state == BillState::Due { (pay(frame, row)) }
        h2 { (frame.t("怎样算出来的", "How it was computed")) }
        (lines(frame, row))
        @if may_waive { (waive(frame, row)) }
        h2 { (frame.t("经过", "History")) }
        (course(frame, turns))
    };
    Page::new(title).crumb(frame.t("账单", "Bills"), "/ledger/bills").render(frame, &body)
}

fn pay(frame: &Frame, row: &BillRow) -> Markup {
    match &row.pay_url {
        Some(url) => html! {
            div.acts { (Button::link(frame.t("去缴费", "Pay"), url.clone())) }
            p.quiet { (frame.t(
                "将打开非税收缴支付平台。缴费后由平台签名回告，本页随即更新；重复缴纳的款项会自动退回。",
                "This opens the payment platform. It reports the payment to us with its signature, and this page follows. What is paid twice goes back by itself.",
            )) }
        },
        None => inset(&html! { p { (frame.t(
            "正在向支付平台下单，请稍后刷新本页。",
            "The order is on its way to the payment platform. Reload shortly.",
        )) } }),
    }
}

fn lines(frame: &Frame, row: &BillRow) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("项目", "For")),
        Column::new(frame.t("数量", "Count")),
        Column::new(frame.t("单价", "Each")),
        Column::new(frame.t("金额", "Amount")),
        Column::new(frame.t("规则与依据", "Rule and ground")),
    ];
    let rows = row
        .order
        .lines
        .iter()
        .map(|line| {
            Row::new(vec![
                html! { (line.label.get(lang)) },
                html! { (line.count) },
                money(lang, line.each_fen),
                money(lang, line.amount_fen),
                html! { (line.basis) },
            ])
        })
        .collect();
    html! {
        @match &row.order.free_by {
            Some(by) => (inset(&html! { p { (frame.t("不收费：", "Free: ")) (by) } })),
            None => (Table::new(lang, frame.t("收费明细", "Lines"), columns, rows)),
        }
    }
}

fn waive(frame: &Frame, row: &BillRow) -> Markup {
    let lang = frame.lang;
    let reason = Control::Area { max: Some(500), lines: 3 };
    card(
        &html! { (frame.t("减免", "Waive")) },
        &html! {
            form method="post" action={ "/ledger/bills/" (row.order_no) } {
                input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                (Field::new(lang, "reason", frame.t("事由", "Reason"), reason).required(true))
                (Field::text(lang, "article", frame.t("依据的条款", "Article")).required(true))
                (Button::second(frame.t("减免", "Waive"), "waive"))
            }
        },
    )
}

fn course(frame: &Frame, turns: &[Turn]) -> Markup {
    let changes: Vec<Changes> = turns
        .iter()
        .map(|turn| Changes {
            at: turn.at,
            what: html! { (turn_label(&turn.what).get(frame.lang)) },
            who: turn.note.clone(),
        })
        .collect();
    history(frame.lang, &changes)
}

fn turn_label(what: &str) -> Label {
    let (zh, en) = match what {
        "Issued" => ("开出", "Issued"),
        "Placed" => ("支付平台已下单", "Ordered at the gateway"),
        "Paid" => ("已缴费", "Paid"),
        "PaidLate" => ("收到多缴款项", "Money that is not owed"),
        "Rejected" => ("回告未采信", "A report that is not believed"),
        "Waived" => ("减免", "Waived"),
        "Voided" => ("作废", "Voided"),
        "RefundOrdered" => ("退款已发起", "Refund ordered"),
        "Refunded" => ("退款已到账", "Refunded"),
        other => (other, other),
    };
    Label::new(zh, en)
}

/// A bill's state as a tag.
pub(crate) fn state_tag(lang: Lang, state: BillState) -> Markup {
    let tone = match state {
        BillState::Paid | BillState::Free | BillState::Waived | BillState::Refunded => Tone::Good,
        BillState::Due | BillState::Refunding => Tone::Time,
        BillState::None | BillState::Void => Tone::Plain,
    };
    tag(tone, state.label().get(lang))
}
