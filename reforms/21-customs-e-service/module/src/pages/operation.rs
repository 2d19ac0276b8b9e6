//! How service and evidence run: bounces by channel, checkpoints, time-stamps.

use crate::operation::{DAYS, Running};
use codes::Moment;
use delivery::Channel;
use maud::{Markup, html};
use portal::{Audience, Column, Frame, Notice, Page, Row, Table, Tone, empty, moment_tag, tag};

pub(crate) fn operation(frame: &Frame, running: &Running, now: Moment) -> Markup {
    let title = frame.t("送达和存证运行情况", "How service and evidence run");
    let body = html! {
        h1 { (title) }
        p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(frame.lang, now)) }
        @if let Some(why) = &running.log_down {
            (Notice::new(Tone::Loss, frame.t("存证日志无法读取", "The log cannot be read"), html! { p { (why) } }))
        }
        (channels(frame, running))
        (logs(frame, running, now))
        (authorities(frame, running, now))
    };
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let page = Page::new(title).audience(Audience::Officer);
    let page = match post {
        Some((organ, _)) if organ == "customs" => {
            page.crumb(frame.t("处罚案件", "Penalty cases"), "/penalty/cases")
        }
        _ => page,
    };
    page.render(frame, &body)
}

fn channels(frame: &Frame, running: &Running) -> Markup {
    let title = match frame.lang {
        codes::Lang::Zh => format!("近{DAYS}日各渠道退回率"),
        codes::Lang::En => format!("Bounces by channel, the last {DAYS} days"),
    };
    let columns = vec![
        Column::new(frame.t("渠道", "Channel")),
        Column::new(frame.t("送达", "Served")).numeric(),
        Column::new(frame.t("退回", "Bounced")).numeric(),
        Column::new(frame.t("退回率", "Rate")).numeric(),
    ];
    let rows = running
        .channels
        .iter()
        .map(|(word, line)| {
            let name = Channel::of(word)
                .map_or_else(|| word.clone(), |channel| channel.label().get(frame.lang).to_owned());
            let rate = line.bounce_permille();
            let rate = rate
                .map_or_else(|| "—".to_owned(), |rate| format!("{}.{} %", rate / 10, rate % 10));
            Row::new(vec![
                html! { (name) },
                html! { (line.served) },
                html! { (line.bounced) },
                html! { (rate) },
            ])
        })
        .collect();
    let nothing = empty(
        frame.t("近期没有送达", "Nothing was served lately"),
        frame.t(
            "有文书送达或者退回后，这里按渠道统计。",
            "Once something is served or comes back it is counted here.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(frame.lang, title.as_str(), columns, rows).empty(nothing)) }
}

fn logs(frame: &Frame, running: &Running, now: Moment) -> Markup {
    let title = frame.t("存证日志和检查点", "Logs and checkpoints");
    let columns = vec![
        Column::new(frame.t("日志", "Log")),
        Column::new(frame.t("事件", "Events")).numeric(),
        Column::new(frame.t("待入树", "Not in the tree yet")).numeric(),
        Column::new(frame.t("最近检查点", "Last checkpoint")),
        Column::new(frame.t("状态", "State")),
    ];
    let rows = running
        .logs
        .iter()
        .map(|line| {
            let state = if line.stopped {
                tag(Tone::Loss, frame.t("已停止，请查看告警", "stopped, see the alarm"))
            } else if line.lag > 1_000 {
                tag(Tone::Time, frame.t("滞后", "behind"))
            } else {
                tag(Tone::Good, frame.t("正常", "well"))
            };
            Row::new(vec![
                html! { (line.origin) },
                html! { (line.size) },
                html! { (line.lag) },
                html! {
                    @match line.checkpoint {
                        Some((size, at)) => {
                            (size) " · " (moment_tag(frame.lang, at)) " · " (ago(frame, at, now))
                        },
                        None => "—",
                    }
                },
                state,
            ])
        })
        .collect();
    let nothing = empty(
        frame.t("没有存证日志", "There is no log"),
        frame.t(
            "启用存证后，每个分片的日志显示在这里。",
            "Where evidence is kept, the log of each shard stands here.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(frame.lang, title, columns, rows).empty(nothing)) }
}

fn authorities(frame: &Frame, running: &Running, now: Moment) -> Markup {
    let title = frame.t("时间戳机构", "Time-stamping authorities");
    let columns = vec![
        Column::new(frame.t("机构", "Authority")),
        Column::new(frame.t("待盖时间戳的检查点", "Checkpoints waiting")).numeric(),
        Column::new(frame.t("最早一个等待", "Oldest waits")),
        Column::new(frame.t("最近一次失败", "Last failure")),
    ];
    let rows = running
        .authorities
        .iter()
        .map(|line| {
            Row::new(vec![
                html! { (line.authority) },
                html! { (line.waiting) },
                html! { @match line.since { Some(since) => (ago(frame, since, now)), None => "—" } },
                html! { (line.failed.as_deref().unwrap_or("—")) },
            ])
        })
        .collect();
    let nothing = empty(
        frame.t("没有接入时间戳机构", "No authority is asked"),
        frame.t(
            "机构停机时送达照常进行，检查点排队等候补盖。",
            "While an authority is down service goes on, and checkpoints wait.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(frame.lang, title, columns, rows).empty(nothing)) }
}

/// How long ago something was.
fn ago(frame: &Frame, at: Moment, now: Moment) -> String {
    let seconds = (now.us() - at.us()).max(0) / 1_000_000;
    let (number, zh, en) = match seconds {
        0..60 => (seconds, "秒前", "s ago"),
        60..3_600 => (seconds / 60, "分钟前", "min ago"),
        _ => (seconds / 3_600, "小时前", "h ago"),
    };
    format!("{number} {}", frame.t(zh, en))
}
