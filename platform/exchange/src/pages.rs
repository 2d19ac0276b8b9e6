//! Pages of the exchange: what went between us and each partner, and one message with its proof.

use crate::limits::PAGE_ROWS;
use crate::model::Direction;
use crate::outside::Outside;
use crate::queries::{Asking, MessageRow, TrafficRow};
use axum::response::Response;
use codes::Lang;
use maud::{Markup, html};
use portal::{
    Column, Fact, Filter, Frame, Notice, Page, Pager, Row, Table, Tone, bullets, csv, csv_response,
    empty, facts, moment_tag, tag,
};

/// The last row, where there may be more behind it.
pub(crate) fn full(rows: &[MessageRow]) -> Option<&MessageRow> {
    let is_full = usize::try_from(PAGE_ROWS).is_ok_and(|limit| rows.len() >= limit);
    rows.last().filter(|_| is_full)
}

/// The list of messages, under the partners.
pub(crate) fn list(
    frame: &Frame,
    outside: &Outside,
    asking: &Asking,
    rows: &[MessageRow],
    traffic: &[TrafficRow],
) -> Markup {
    let title = frame.t("数据交换", "Exchange");
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "与对接系统往来的报文：每条都写明使用目的和法律依据，经双方签名，可以核对。",
            "Messages between this system and its partners. Each names its purpose and legal basis, is signed by both sides, and can be checked.",
        )) }
        (partners(frame, outside, traffic))
        h2 { (frame.t("报文", "Messages")) }
        (messages(frame, outside, asking, rows))
    };
    Page::new(title).render(frame, &body)
}

fn partners(frame: &Frame, outside: &Outside, traffic: &[TrafficRow]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("对接系统", "Partners");
    let columns = vec![
        Column::new(frame.t("系统", "Partner")),
        Column::new(frame.t("我方发送", "We send")),
        Column::new(frame.t("对方发送", "It sends")),
        Column::new(frame.t("已发出", "Sent")).numeric(),
        Column::new(frame.t("已收到", "Received")).numeric(),
        Column::new(frame.t("最近往来", "Last")),
    ];
    let kinds = |kinds: &std::collections::BTreeSet<String>| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind_name(outside, kind, lang)).collect();
        html! { @if names.is_empty() { "—" } @else { (names.join(frame.t("、", ", "))) } }
    };
    let lines = outside
        .partners
        .iter()
        .map(|partner| {
            let went = traffic.iter().find(|row| row.partner == partner.key);
            let count = |pick: fn(&TrafficRow) -> u64| went.map_or(0, pick);
            Row::new(vec![
                html! { (partner.label.get(lang)) },
                kinds(&partner.takes),
                kinds(&partner.sends),
                html! { (count(|row| row.sent)) },
                html! { (count(|row| row.received)) },
                went.and_then(|row| row.last_at)
                    .map_or_else(|| html! { "—" }, |at| moment_tag(lang, at)),
            ])
            .href(format!("/exchange?partner={}", partner.key))
        })
        .collect();
    let nothing = empty(
        frame.t("没有对接系统", "No partners"),
        frame.t(
            "对接系统在启动配置中登记：名称、地址、公钥和可以交换的报文。",
            "Partners are named in the configuration: their name, address, public keys, and the messages agreed.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(lang, title, columns, lines).empty(nothing)) }
}

fn messages(frame: &Frame, outside: &Outside, asking: &Asking, rows: &[MessageRow]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("报文", "Message")),
        Column::new(frame.t("方向", "Way")),
        Column::new(frame.t("系统", "Partner")),
        Column::new(frame.t("办件", "Case")),
        Column::new(frame.t("使用目的", "Purpose")),
        Column::new(frame.t("时间", "Time")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! {
                    (kind_name(outside, &row.kind, lang))
                    @if !row.faults.is_empty() { " " (tag(Tone::Loss, frame.t("回告有误", "Faulty answer"))) }
                },
                html! { (row.direction.label().get(lang)) },
                html! { (partner_name(outside, &row.partner, lang)) },
                html! { (row.case.as_deref().unwrap_or("—")) },
                html! { (row.purpose) },
                moment_tag(lang, row.at),
            ])
            .href(format!("/exchange/messages/{}", row.message))
        })
        .collect();
    let nothing = empty(
        frame.t("没有报文", "No messages"),
        frame.t(
            "没有符合条件的报文。尚未送达的报文在运行维护的发件箱中。",
            "No message fits. Those that have not arrived yet are in the operator's outbox.",
        ),
        None,
    );
    let pager = Pager {
        first: asking
            .before
            .as_ref()
            .map(|_| href("/exchange", &Asking { before: None, ..asking.clone() })),
        next: full(rows).map(|last| {
            href("/exchange", &Asking { before: Some(last.sort_key.clone()), ..asking.clone() })
        }),
    };
    let table = Table::new(lang, frame.t("报文", "Messages"), columns, lines)
        .filters(filters(frame, asking))
        .csv(href("/exchange/messages.csv", &Asking { before: None, ..asking.clone() }))
        .pager(pager)
        .empty(nothing);
    html! { (table) }
}

fn filters(frame: &Frame, asking: &Asking) -> Vec<Filter> {
    [
        (frame.t("全部", "All"), None),
        (frame.t("发出", "Sent"), Some(Direction::Sent)),
        (frame.t("收到", "Received"), Some(Direction::Received)),
    ]
    .into_iter()
    .map(|(label, direction)| Filter {
        label: label.to_owned(),
        href: href("/exchange", &Asking { direction, before: None, ..asking.clone() }),
        count: None,
        active: asking.direction == direction,
    })
    .collect()
}

/// The address of a list. What stands in it are keys and words of ours, or what was typed into the address before.
fn href(path: &str, asking: &Asking) -> String {
    let parts = [
        ("partner", asking.partner.as_deref()),
        ("direction", asking.direction.map(Direction::word)),
        ("case", asking.case.as_deref()),
        ("before", asking.before.as_deref()),
    ];
    let query: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", escaped(value?))))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// One message.
pub(crate) fn one(frame: &Frame, outside: &Outside, row: &MessageRow) -> Markup {
    let lang = frame.lang;
    let title = kind_name(outside, &row.kind, lang);
    let quiet = |text: Option<&str>| html! { (text.unwrap_or("—")) };
    let mut known = vec![
        Fact::new(frame.t("方向", "Way"), html! { (row.direction.label().get(lang)) }),
        Fact::new(
            frame.t("系统", "Partner"),
            html! { (partner_name(outside, &row.partner, lang)) },
        ),
        Fact::new(frame.t("使用目的", "Purpose"), html! { (row.purpose) }),
        Fact::new(frame.t("法律依据", "Legal basis"), html! { (row.basis) }),
        Fact::new(frame.t("办件", "Case"), quiet(row.case.as_deref())),
        Fact::new(frame.t("事项", "Task"), quiet(row.task.as_deref())),
        Fact::new(frame.t("记录时间", "Recorded"), moment_tag(lang, row.at)),
    ];
    if let Some(at) = row.answered_at {
        known.push(Fact::new(frame.t("对方签收", "Taken by the partner"), moment_tag(lang, at)));
    }
    if let Some(ours) = &row.in_reply_to {
        known.push(Fact::new(
            frame.t("回复", "In reply to"),
            html! { a href={ "/exchange/messages/out:" (ours) } { code { (ours) } } },
        ));
    }
    let proof = [
        Fact::new(frame.t("编号", "Id"), html! { code { (row.message) } }),
        Fact::new(
            frame.t("正文摘要（SHA-256）", "Body (SHA-256)"),
            html! { code { (row.sha256) } },
        ),
        Fact::new(
            frame.t("对方签名密钥", "Key of the partner's signature"),
            html! { code { (row.signing_key.as_deref().unwrap_or("—")) } },
        ),
        Fact::new(frame.t("日志位置", "Place in the journal"), html! { code { (row.event) } }),
    ];
    let body = html! {
        h1 { (title) }
        @if !row.faults.is_empty() {
            (Notice::new(Tone::Loss, frame.t("随回执收到的回告不符合约定，未予采用", "Answers that came with the receipt break their contract and were not taken"), bullets(&row.faults)))
        }
        (facts(lang, &known))
        h2 { (frame.t("内容", "Content")) }
        (content(frame, row))
        h2 { (frame.t("凭证", "Proof")) }
        (facts(lang, &proof))
    };
    Page::new(title).crumb(frame.t("数据交换", "Exchange"), "/exchange").render(frame, &body)
}

fn content(frame: &Frame, row: &MessageRow) -> Markup {
    let said: Vec<Fact> = row
        .facts
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            Fact::new(name.as_str(), html! { (text) })
        })
        .collect();
    html! {
        @if said.is_empty() { p.quiet { (frame.t("除以上各项外没有其他内容。", "Nothing beside what stands above.")) } }
        @else { (facts(frame.lang, &said)) }
        @if row.body.as_ref().is_some_and(|body| body.key.is_some()) {
            p.quiet { (frame.t("涉及个人的内容已封存，此处不显示。", "What tells of persons is sealed and not shown here.")) }
        }
    }
}

/// The list as CSV.
pub(crate) fn list_csv(frame: &Frame, outside: &Outside, rows: &[MessageRow]) -> Response {
    let lang = frame.lang;
    let head = [
        frame.t("编号", "Id"),
        frame.t("方向", "Way"),
        frame.t("系统", "Partner"),
        frame.t("报文", "Message"),
        frame.t("使用目的", "Purpose"),
        frame.t("法律依据", "Legal basis"),
        frame.t("办件", "Case"),
        frame.t("事项", "Task"),
        frame.t("时间", "Time"),
        frame.t("正文摘要", "SHA-256"),
    ];
    let lines: Vec<[String; 10]> = rows
        .iter()
        .map(|row| {
            [
                row.message.0.clone(),
                row.direction.label().get(lang).to_owned(),
                partner_name(outside, &row.partner, lang).to_owned(),
                kind_name(outside, &row.kind, lang).to_owned(),
                row.purpose.clone(),
                row.basis.clone(),
                row.case.clone().unwrap_or_default(),
                row.task.clone().unwrap_or_default(),
                row.at.to_string(),
                row.sha256.clone(),
            ]
        })
        .collect();
    let lines = lines.iter().map(|line| line.iter().map(String::as_str));
    csv_response("exchange", csv(&head, lines))
}

fn kind_name<'a>(outside: &'a Outside, kind: &'a str, lang: Lang) -> &'a str {
    outside.contracts.label(kind).map_or(kind, |label| label.get(lang))
}

fn partner_name<'a>(outside: &'a Outside, partner: &'a str, lang: Lang) -> &'a str {
    outside.partners.get(partner).map_or(partner, |partner| partner.label.get(lang))
}
