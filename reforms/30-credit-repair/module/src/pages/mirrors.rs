//! How the systems stand that publish what the register says (对接系统): files that came, gaps, days that were compared.

use crate::mirror::queries::{DayRow, FileRow, LookRow};
use maud::{Markup, html};
use portal::{Column, Frame, Row, Table, Tone, date_tag, empty, moment_tag, tag};

/// The name of a mirror for people.
fn name(frame: &Frame, system: &str) -> String {
    match system {
        "credit-publicity" => {
            frame.t("国家企业信用信息公示系统", "national publicity system").to_owned()
        }
        "credit-china" => frame.t("信用中国", "Credit China").to_owned(),
        other => other.to_owned(),
    }
}

/// The daily files of each mirror: what came, what is missing.
pub(super) fn files(frame: &Frame, looks: &[LookRow]) -> Markup {
    html! {
        @if looks.is_empty() {
            p.quiet { (frame.t("没有接入每日文件。", "No daily files are taken.")) }
        }
        @for look in looks {
            h3 { (name(frame, &look.system)) }
            (state(frame, look))
            (table(frame, look))
        }
    }
}

fn state(frame: &Frame, look: &LookRow) -> Markup {
    let lang = frame.lang;
    let gap: Vec<String> = look.gap.iter().take(20).map(u64::to_string).collect();
    html! {
        p {
            @if let Some(why) = &look.why {
                (tag(Tone::Loss, frame.t("取文件失败", "files cannot be had"))) " " (why) " "
            }
            @if !gap.is_empty() {
                (tag(Tone::Time, frame.t("缺文件", "files are missing"))) " "
                (frame.t("第", "no. ")) (gap.join(frame.t("、", ", "))) (frame.t("号", "")) " "
            }
            @if look.waiting > 0 {
                (tag(Tone::Time, frame.t("待列入记录", "records wait for their entry"))) " " (look.waiting) " "
            }
            @if look.contradicted > 0 {
                (tag(Tone::Loss, frame.t("同号文件内容不一致", "a number was used twice"))) " " (look.contradicted) " "
            }
            @if let Some(at) = look.looked_at {
                span.quiet { (frame.t("最近查看 ", "last look ")) (moment_tag(lang, at)) }
            }
        }
    }
}

fn table(frame: &Frame, look: &LookRow) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("文件", "File")),
        Column::new(frame.t("日期", "Day")),
        Column::new(frame.t("记录", "Records")).numeric(),
        Column::new(frame.t("列入", "Listed")).numeric(),
        Column::new(frame.t("补充", "Amended")).numeric(),
        Column::new(frame.t("移出", "Ended")).numeric(),
        Column::new(frame.t("已知", "Known")).numeric(),
        Column::new(frame.t("不能入库", "Refused")),
    ];
    let row = |file: &FileRow| {
        let refused: Vec<String> =
            file.refused.iter().map(|(no, why)| format!("{no} {why}")).collect();
        Row::new(vec![
            html! { (file.sequence) },
            date_tag(lang, file.day),
            html! { (file.records) },
            html! { (file.listed) },
            html! { (file.amended) },
            html! { (file.ended) },
            html! { (file.known) },
            html! { @if refused.is_empty() { "—" } @else { (refused.join("; ")) } },
        ])
    };
    let rows = look.files.iter().map(row).collect();
    let nothing = empty(
        frame.t("还没有文件", "No file yet"),
        frame.t("文件到达后显示在这里。", "Files appear here when they come."),
        None,
    );
    html! { (Table::new(lang, frame.t("每日文件", "Daily files"), columns, rows).empty(nothing)) }
}

/// What mirrors acknowledged day by day, and whether they hold it.
pub(super) fn compared(frame: &Frame, days: &[DayRow]) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("系统", "System")),
        Column::new(frame.t("日期", "Day")),
        Column::new(frame.t("回执", "Acknowledged")).numeric(),
        Column::new(frame.t("对方保存", "Held there")).numeric(),
        Column::new(frame.t("缺失并补推", "Missing, told again")).numeric(),
        Column::new(frame.t("对账", "Compared")),
    ];
    let number = |n: Option<u64>| n.map_or_else(|| html! { "—" }, |n| html! { (n) });
    let row = |day: &DayRow| {
        let compared = match (&day.why, day.compared_at) {
            (Some(why), _) => html! { (tag(Tone::Loss, frame.t("失败", "failed"))) " " (why) },
            (None, Some(at)) => {
                let tone = if day.missing == Some(0) { Tone::Good } else { Tone::Time };
                html! { (tag(tone, frame.t("已对账", "compared"))) " " (moment_tag(lang, at)) }
            }
            (None, None) => html! { (tag(Tone::Plain, frame.t("次日对账", "the next day"))) },
        };
        Row::new(vec![
            html! { (name(frame, &day.system)) },
            date_tag(lang, day.day),
            html! { (day.told) },
            number(day.held),
            number(day.missing),
            compared,
        ])
    };
    let rows = days.iter().map(row).collect();
    let nothing = empty(
        frame.t("还没有推送", "Nothing was pushed yet"),
        frame.t("推送的次日与对方对账。", "What is pushed is compared the next day."),
        None,
    );
    html! { (Table::new(lang, frame.t("推送和对账", "Pushes and their comparison"), columns, rows).empty(nothing)) }
}
