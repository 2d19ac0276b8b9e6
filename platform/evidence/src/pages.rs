//! Pages of the log: how it stands, one event with its path, all events of a party.

pub(crate) mod check;
mod path;
mod words;

use crate::log::{Alarm, Published, Standing};
use crate::mine::Mine;
use crate::{Inclusion, leaf_of};
use codes::Moment;
use kernel::Recorded;
use maud::{Markup, html};
use portal::{
    Button, Changes, Column, Fact, Frame, Notice, Page, Row, Table, Tone, details, empty, facts,
    history, moment_tag, number, stats, tag,
};

fn count(n: u64) -> String {
    number(i64::try_from(n).unwrap_or(i64::MAX))
}

/// How the log stands.
pub(crate) fn standing(
    frame: &Frame,
    now: Moment,
    logs: &[Standing],
    alarms: &[Alarm],
    witnessed: &[(String, u64)],
) -> Markup {
    let title = frame.t("存证日志", "Evidence log");
    let leaves = logs.iter().map(|log| log.size).sum();
    let lag = logs.iter().map(|log| log.lag).max().unwrap_or(0);
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "每个事件都是一棵默克尔树的叶子；树根经签名公开。谁改动一个字节，谁手里的旧证明就与新根不符。",
            "Each event is a leaf of a Merkle tree whose root is signed and public. Whoever changes one byte contradicts every proof given before.",
        )) }
        p.quiet { (frame.t("截至 ", "As of ")) (moment_tag(frame.lang, now)) " · " a href="/evidence" { (frame.t("刷新", "Reload")) } " · " a href="/evidence/erasures" { (frame.t("个人信息删除", "Erasing personal data")) } }
        (told(frame, alarms))
        (stats(&[
            (frame.t("叶子", "Leaves"), count(leaves), None),
            (frame.t("最大落后", "Greatest lag"), count(lag), None),
            (frame.t("告警", "Alarms"), alarms.len().to_string(), Some("#alarms".to_owned())),
        ]))
        (shards(frame, logs))
        (witnessed_table(frame, witnessed))
        (alarm_table(frame, alarms))
        h2 { (frame.t("任何人都能核验", "For anybody to check")) }
        ul.bullets {
            li { a href="/evidence/verify" { (frame.t("核验证据包", "Check an evidence package")) } }
            li { a href="/evidence/trust.json" { (frame.t("核验所需的公钥（trust.json）", "The keys that a check needs (trust.json)")) } }
        }
    };
    Page::new(title).wide().render(frame, &body)
}

fn told(frame: &Frame, alarms: &[Alarm]) -> Markup {
    match alarms.last() {
        None => {
            html! { (Notice::short(Tone::Good, frame.t("没有告警：历史与已发布的检查点相符。", "No alarm: history agrees with every published checkpoint."))) }
        }
        Some(last) => {
            let body = html! {
                p { (last.kind.label().get(frame.lang)) " · " (moment_tag(frame.lang, last.at)) }
                p { a href="#alarms" { (frame.t("查看全部告警", "All alarms")) } }
            };
            html! { (Notice::new(Tone::Loss, frame.t("存证日志有告警", "The log has an alarm"), body)) }
        }
    }
}

fn shards(frame: &Frame, logs: &[Standing]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("各分片", "Shards");
    let columns = vec![
        Column::new(frame.t("分片", "Shard")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("叶子", "Leaves")).numeric(),
        Column::new(frame.t("落后", "Lag")).numeric(),
        Column::new(frame.t("最近检查点", "Last checkpoint")),
        Column::new(frame.t("最近事件", "Latest event")),
        Column::new(frame.t("公钥", "Keys")),
        Column::new(frame.t("见证方", "Witnesses")),
    ];
    // An auditor reads events; an operator only sees how the log stands.
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let may_read = post.is_some_and(|(_, role)| role == "auditor");
    let rows = logs
        .iter()
        .map(|log| {
            let state = if log.is_stopped {
                tag(Tone::Loss, frame.t("已停止签发", "stopped"))
            } else if log.lag > 0 {
                tag(Tone::Time, frame.t("追赶中", "catching up"))
            } else {
                tag(Tone::Good, frame.t("同步", "in step"))
            };
            let names = log.published.as_ref().map(Published::cosigners).unwrap_or_default();
            Row::new(vec![
                html! { code { (log.shard) } },
                state,
                html! { (count(log.size)) },
                html! { (count(log.lag)) },
                published(frame, log),
                html! {
                    @if may_read && log.size > 0 { a href={ "/evidence/log/" (log.shard) "/" (log.size) } { (log.shard) "/" (log.size) } }
                    @else { "–" }
                },
                html! { a href={ "/evidence/log/" (log.shard) "/keys" } { (frame.t("查看", "See")) } },
                html! { @if names.is_empty() { (frame.t("无", "none")) } @else { (names.join(frame.t("、", ", "))) } },
            ])
        })
        .collect();
    let none = empty(
        frame.t("还没有事件", "No events yet"),
        frame.t(
            "第一件事办成之后，日志就开始了。",
            "The log begins with the first thing that is done.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(lang, title, columns, rows).empty(none)) }
}

fn published(frame: &Frame, log: &Standing) -> Markup {
    html! {
        @match &log.published {
            Some(last) => {
                a href={ "/evidence/log/" (log.shard) "/checkpoint" } { (count(last.size)) }
                " · " (moment_tag(frame.lang, last.at))
            }
            None => (frame.t("尚未发布", "none yet")),
        }
    }
}

fn witnessed_table(frame: &Frame, witnessed: &[(String, u64)]) -> Markup {
    let title = frame.t("本系统见证的日志", "Logs that we witness");
    let columns = vec![
        Column::new(frame.t("日志", "Log")),
        Column::new(frame.t("上次见证的大小", "Size seen last")).numeric(),
    ];
    let rows = witnessed
        .iter()
        .map(|(origin, size)| Row::new(vec![html! { code { (origin) } }, html! { (count(*size)) }]))
        .collect();
    let none = empty(
        frame.t("没有见证其他日志", "No log is witnessed"),
        frame.t(
            "见证方在启动配置中登记（--witnesses）：互相联署检查点，谁也不能单独改写历史。",
            "Witnesses are named in the configuration (--witnesses): they cosign each other's checkpoints, so that nobody rewrites history alone.",
        ),
        None,
    );
    html! { h2 { (title) } (Table::new(frame.lang, title, columns, rows).empty(none)) }
}

fn alarm_table(frame: &Frame, alarms: &[Alarm]) -> Markup {
    let title = frame.t("告警", "Alarms");
    let columns = vec![
        Column::new(frame.t("发现时间", "Found")),
        Column::new(frame.t("事由", "What")),
        Column::new(frame.t("日志", "Log")),
        Column::new(frame.t("大小", "Size")).numeric(),
        Column::new(frame.t("证据", "Evidence")),
    ];
    let rows = alarms
        .iter()
        .rev()
        .map(|alarm| {
            let notes = html! { @for note in &alarm.notes { pre { (note) } } };
            Row::new(vec![
                moment_tag(frame.lang, alarm.at),
                tag(Tone::Loss, alarm.kind.label().get(frame.lang)),
                html! { code { (alarm.origin) } },
                html! { (count(alarm.size)) },
                html! { @if alarm.notes.is_empty() { "–" } @else { (details(frame.t("签名便笺", "Signed notes"), &notes)) } },
            ])
        })
        .collect();
    let none = empty(
        frame.t("没有告警", "No alarms"),
        frame.t(
            "历史被改写、日志分叉时，会在这里连同证据列出。",
            "A changed history or a split view stands here, with what proves it.",
        ),
        None,
    );
    html! { h2 id="alarms" { (title) } (Table::new(frame.lang, title, columns, rows).empty(none)) }
}

/// What the page of one event shows.
pub(crate) struct Shown<'a> {
    pub(crate) event: &'a Recorded,
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) found: Inclusion,
    pub(crate) latest: Option<Published>,
}

/// One event with its path.
pub(crate) fn event(frame: &Frame, shown: &Shown<'_>) -> Markup {
    let event = shown.event;
    let title = match frame.lang {
        codes::Lang::Zh => format!("存证：事件 {}", event.id()),
        codes::Lang::En => format!("Evidence: event {}", event.id()),
    };
    let at = format!("/evidence/log/{}/{}", event.shard, event.seq);
    let proof = Button::link(frame.t("下载证明", "Download the proof"), format!("{at}/proof"));
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "由这一事件的哈希，逐级与旁边的哈希合并，得到经签名的树根。任何人都能照此重算。",
            "From the hash of this event, joined step by step with the hashes beside it, follows the signed root. Anybody can compute it again.",
        )) }
        (facts(frame.lang, &told_of(frame, shown)))
        p.acts {
            (proof)
            a href={ (at) "/entry" } { (frame.t("查看叶子原文", "The leaf as it is hashed")) }
        }
        h2 { (frame.t("默克尔路径", "Merkle path")) }
        (path::picture(frame, event.seq - 1, shown.size, &shown.found))
        (path::table(frame, event.seq - 1, shown.size, &shown.found))
        @if let Some(latest) = &shown.latest {
            (details(frame.t("已发布的检查点", "The published checkpoint"), &html! { pre { (latest.note) } }))
        }
        (details(
            frame.t("叶子原文", "The leaf"),
            &html! { pre { (String::from_utf8_lossy(&leaf_of(event))) } },
        ))
    };
    let back = Asked { before: None, of: Some(format!("{}/{}", event.kind, event.key)) };
    let is_party = frame.party.as_ref().is_some_and(|party| !party.officer);
    let (label, href) = if is_party {
        (frame.t("我的存证", "My evidence"), back.page(None))
    } else {
        (frame.t("存证日志", "Evidence log"), "/evidence".to_owned())
    };
    Page::new(title).crumb(label, href).render(frame, &body)
}

fn told_of(frame: &Frame, shown: &Shown<'_>) -> Vec<Fact> {
    let event = shown.event;
    let standing = match &shown.latest {
        Some(latest) => {
            let names = latest.cosigners();
            html! {
                (tag(Tone::Good, frame.t("已列入公开检查点", "under a published checkpoint")))
                " " (count(latest.size)) " · " (moment_tag(frame.lang, latest.at))
                @if !names.is_empty() { " · " (frame.t("见证：", "witnessed by ")) (names.join(frame.t("、", ", "))) }
            }
        }
        None => tag(Tone::Time, frame.t("等待下一个检查点", "waits for the next checkpoint")),
    };
    vec![
        Fact::new(
            frame.t("事件", "Event"),
            html! {
                strong { (words::event(&event.kind, event.name()).get(frame.lang)) } " " code { (event.name()) }
                br; (words::kind(&event.kind).get(frame.lang)) " " code { (event.key) }
            },
        ),
        Fact::new(frame.t("时间", "Time"), moment_tag(frame.lang, event.at)),
        Fact::new(frame.t("日志", "Log"), html! { code { (shown.origin) } }),
        Fact::new(frame.t("叶子序号", "Leaf"), html! { (count(event.seq - 1)) }),
        Fact::new(frame.t("公开情况", "Published"), standing),
    ]
}

/// All events of a party, or those of one matter: a matter each with its course, the latest first.
pub(crate) fn mine(frame: &Frame, mine: &Mine, asked: &Asked) -> Markup {
    let title = frame.t("我的存证", "My evidence");
    let none = empty(
        frame.t("还没有与您有关的事件", "No event concerns you yet"),
        frame.t(
            "您办的每一件事、收到的每一份文书、别人对您信息的每一次查看，都会在这里留下可以证明的记录。",
            "Whatever you apply for, are served with, and whoever looks at your data stands here, with proof.",
        ),
        None,
    );
    let is_cut = mine.events.len() == crate::mine::EVENTS_MAX;
    let next = mine.events.last().filter(|_| is_cut).map(|own| asked.page(Some(own.event.at)));
    let first = asked.before.map(|_| asked.page(None));
    let matters = by_matter(mine);
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "与您有关的每个事件都列在这里，每个都有证明：它在日志中的位置任何人都不能事后改动。",
            "Every event that concerns you stands here, each with proof that nobody can change it afterwards.",
        )) }
        p.quiet {
            (frame.t("共 ", "")) (count(mine.total as u64)) (frame.t(" 个事件 · ", " events · "))
            a href="/api/v1/evidence/mine" { (frame.t("全部证明（JSON）", "All proofs as JSON")) }
            @if asked.of.is_some() { " · " a href="/evidence/mine" { (frame.t("全部事项", "All matters")) } }
        }
        @if matters.is_empty() { (none) }
        @for (i, events) in matters.iter().enumerate() { (matter(frame, events, i == 0)) }
        @if first.is_some() || next.is_some() {
            p.acts {
                @if let Some(first) = &first { a href=(first) { (frame.t("最新", "Newest")) } }
                @if let Some(next) = &next { a href=(next) { (frame.t("更早", "Earlier")) } }
            }
        }
    };
    Page::new(title).render(frame, &body)
}

/// Which part of its events a party asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Before an instant.
    pub(crate) before: Option<Moment>,
    /// Of one matter alone: `notice/440115-…`.
    pub(crate) of: Option<String>,
}

impl Asked {
    fn page(&self, before: Option<Moment>) -> String {
        let of = self.of.iter().map(|of| format!("of={of}"));
        let before = before.into_iter().map(|before| format!("before={before}"));
        let pairs: Vec<String> = of.chain(before).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("/evidence/mine{mark}{}", pairs.join("&"))
    }
}

/// Events by the stream they belong to, in the order of their latest ones.
fn by_matter(mine: &Mine) -> Vec<Vec<&Recorded>> {
    let mut matters: Vec<Vec<&Recorded>> = Vec::new();
    for own in &mine.events {
        let event = &own.event;
        let is_same = |of: &&mut Vec<&Recorded>| {
            of.first().is_some_and(|first| first.kind == event.kind && first.key == event.key)
        };
        match matters.iter_mut().find(is_same) {
            Some(of) => of.push(event),
            None => matters.push(vec![event]),
        }
    }
    matters
}

fn matter(frame: &Frame, events: &[&Recorded], is_open: bool) -> Markup {
    let Some(latest) = events.first() else { return html! {} };
    let changes: Vec<Changes> = events
        .iter()
        .map(|event| Changes {
            at: event.at,
            what: html! {
                a href={ "/evidence/log/" (event.shard) "/" (event.seq) } { (words::event(&event.kind, event.name()).get(frame.lang)) }
            },
            who: Some(event.id().to_string()),
        })
        .collect();
    html! {
        details.matter open[is_open] {
            summary {
                strong { (words::kind(&latest.kind).get(frame.lang)) }
                " " code { (latest.key) } " "
                span.quiet { (count(events.len() as u64)) (frame.t(" 个事件，最近 ", " events, the latest ")) (portal::date_tag(frame.lang, latest.at.date())) }
            }
            @if matches!(latest.kind.as_ref(), "case" | "notice") {
                p { (Button::second_link(frame.t("下载证据包", "Evidence package"), format!("/evidence/packages/{}/{}", latest.kind, latest.key))) }
            }
            (history(frame.lang, &changes))
        }
    }
}
