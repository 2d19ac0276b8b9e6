//! The page of erasures.

use super::Cause;
use codes::Moment;
use maud::{Markup, html};
use portal::{
    Audience, Button, Choice, Column, Control, Field, Frame, Page, Row, Table, Tone, card, empty,
    moment_tag, stamp, tag,
};
use tables::ReadError;

/// An erasure as the page shows it.
pub(super) struct Line {
    key: String,
    state: String,
    cause: Option<Cause>,
    ordered_by: String,
    ordered_at: Moment,
    confirmed_by: Option<String>,
    erased_at: Option<Moment>,
    version: u64,
}

impl Line {
    /// Reads a row.
    pub(super) fn read(row: &tables::Row) -> Result<Self, ReadError> {
        Ok(Self {
            key: row.get("key")?,
            state: row.get("state")?,
            cause: Cause::of(&row.get::<String>("cause")?),
            ordered_by: row.get("ordered_by")?,
            ordered_at: row.get("ordered_at")?,
            confirmed_by: row.get("confirmed_by")?,
            erased_at: row.get("erased_at")?,
            version: row.get("version")?,
        })
    }
}

/// All erasures, what waits for a second officer, and the form that orders one.
pub(super) fn list(frame: &Frame, lines: &[Line]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("个人信息删除", "Erasing personal data");
    let columns = vec![
        Column::new(frame.t("密钥", "Key")),
        Column::new(frame.t("依据", "Ground")),
        Column::new(frame.t("下达", "Ordered")),
        Column::new(frame.t("确认", "Confirmed")),
        Column::new(frame.t("状态", "State")),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            Row::new(vec![
                html! { code { (line.key) } },
                html! { @if let Some(cause) = line.cause { (cause.label().get(lang)) } },
                html! { (line.ordered_by) br; (moment_tag(lang, line.ordered_at)) },
                html! { (line.confirmed_by.as_deref().unwrap_or("—")) },
                state(frame, line),
            ])
        })
        .collect();
    let causes =
        Cause::ALL.iter().map(|cause| Choice::new(cause.word(), cause.label().get(lang))).collect();
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "删除销毁的是封存这些信息的密钥：所有副本（包括备份）从此无法读取，而日志和对它的证明仍然成立。由一人下达、另一人确认，不能恢复。",
            "Erasing destroys the key under which the data lies sealed: no copy can be read any more, backups included, while the journal and every proof over it still hold. One officer orders it, another confirms it; it cannot be undone.",
        )) }
        p.quiet { (frame.t("依据：个人信息保护法第十九条、第四十七条。", "Ground: Personal Information Protection Law, art. 19 and 47.")) }
        @if lines.is_empty() {
            (empty(frame.t("还没有删除过", "Nothing was erased yet"), frame.t("下达之后会列在这里。", "What is ordered is listed here."), None))
        } @else {
            (Table::new(lang, frame.t("已下达的删除", "What was ordered"), columns, rows))
        }
        (card(&html! { (frame.t("下达删除", "Order an erasure")) }, &html! {
            form method="post" action="/evidence/erasures" {
                (Field::text(lang, "key", frame.t("密钥名称", "Name of the key"))
                    .hint(frame.t("办件写作“case/办件编号”。", "For a case: `case/` and its number.")).required(true))
                (Field::new(lang, "cause", frame.t("属于哪种情形（第四十七条）", "On what ground (art. 47)"), Control::Radios(causes)).required(true))
                div.acts { (Button::second(frame.t("下达，等待另一人确认", "Order it; another officer confirms"), "order")) }
            }
        }))
    };
    Page::new(title)
        .crumb(frame.t("存证日志", "Evidence log"), "/evidence")
        .audience(Audience::Officer)
        .render(frame, &body)
}

fn state(frame: &Frame, line: &Line) -> Markup {
    match line.state.as_str() {
        "erased" => html! {
            (tag(Tone::Good, frame.t("已删除", "Erased")))
            @if let Some(at) = line.erased_at { br; (moment_tag(frame.lang, at)) }
        },
        "none" => tag(Tone::Plain, frame.t("已撤回", "Withdrawn")),
        "confirmed" => tag(Tone::Active, frame.t("正在删除", "Being erased")),
        _ => html! {
            (tag(Tone::Time, frame.t("待确认", "To be confirmed")))
            form method="post" action="/evidence/erasures" {
                (stamp("", Some(line.version)))
                input type="hidden" name="key" value=(line.key);
                div.acts {
                    (Button::loss(frame.t("确认删除", "Confirm"), "confirm")
                        .confirm(frame.t("删除后不能恢复，确定吗？", "This cannot be undone. Go on?")))
                    (Button::second(frame.t("撤回", "Withdraw"), "withdraw"))
                }
            }
        },
    }
}
