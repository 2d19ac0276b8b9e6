//! The operator's page: what needs a person first, then everything else, in words.

use super::seen::{Alarm, CauseSeen, LaneSeen, Seen, ShardSeen};
use super::words;
use catalogue::PlaceNames;
use codes::{Label, Moment};
use engine::DeadLetterRow;
use engine::letter::Letter;
use kernel::{Reaction, Shard};
use maud::{Markup, html};
use portal::{
    Button, Column, Confirm, Frame, Notice, Page, Row, Table, Tone, details, empty, moment_tag,
    number, stats, tag,
};

/// What the page is made of beside what was seen.
pub(super) struct Around<'a> {
    /// The names of places, by which shards are told.
    pub(super) places: &'a PlaceNames,
    /// Whether several processes may serve the installation.
    pub(super) several: bool,
    /// Whether whoever looks may act.
    pub(super) may_act: bool,
    /// What was just done.
    pub(super) done: Option<Label>,
}

/// The whole page.
pub(super) fn page(frame: &Frame, seen: &Seen, around: &Around<'_>) -> Markup {
    let alarms = seen.alarms(around.several);
    let title = frame.t("运行状况", "Operation");
    let body = html! {
        h1 { (title) }
        p.quiet {
            (frame.t("截至 ", "As of ")) (moment_tag(frame.lang, seen.now)) " · "
            a href="/operation" { (frame.t("刷新", "Reload")) }
        }
        @if let Some(done) = &around.done { (Notice::short(Tone::Good, done.get(frame.lang))) }
        (verdict(frame, &alarms))
        (figures(frame, seen))
        (dead(frame, seen, around))
        (shards(frame, seen, around))
        (outbox(frame, seen))
        (timers(frame, seen))
        (chores(frame, seen))
        (authorities(frame, seen))
        (models(frame, seen))
    };
    Page::new(title).wide().render(frame, &body)
}

fn verdict(frame: &Frame, alarms: &[Alarm]) -> Markup {
    if alarms.is_empty() {
        let well = frame.t("一切正常，没有需要处理的事项。", "All is well: nothing waits for you.");
        return html! { (Notice::short(Tone::Good, well)) };
    }
    let grave = alarms.iter().any(|alarm| alarm.is_grave);
    let list = html! {
        ul {
            @for alarm in alarms {
                li {
                    @let word = if alarm.is_grave { frame.t("立即处理", "act now") } else { frame.t("留意", "mind") };
                    (tag(if alarm.is_grave { Tone::Loss } else { Tone::Time }, word)) " "
                    a href=(alarm.at) { (alarm.label.get(frame.lang)) }
                }
            }
        }
    };
    let title = if grave {
        frame.t("有事项需要您处理", "Something needs you")
    } else {
        frame.t("运行正常，有事项值得留意", "It runs; mind what follows")
    };
    html! { (Notice::new(if grave { Tone::Loss } else { Tone::Time }, title, list)) }
}

fn figures(frame: &Frame, seen: &Seen) -> Markup {
    let events = seen.shards.iter().map(|shard| shard.stands.head).sum();
    let queued =
        seen.shards.iter().filter_map(|s| s.health.as_ref()).map(|h| h.writer.queued).sum();
    let link = |at: &str| Some(at.to_owned());
    stats(&[
        (frame.t("死信", "Dead letters"), count(seen.dead_total()), link("#dead")),
        (frame.t("在途信件", "Letters on their way"), count(seen.waiting_total()), link("#outbox")),
        (frame.t("过期定时器", "Overdue timers"), count(seen.overdue), link("#timers")),
        (frame.t("排队命令", "Commands that wait"), count(queued), link("#shards")),
        (frame.t("已写事件", "Events"), count(events), link("#shards")),
    ])
}

fn count(n: u64) -> String {
    number(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A shard as people call it: the name of its place, and its key.
fn shard_name(frame: &Frame, places: &PlaceNames, shard: &Shard) -> Markup {
    let name = match shard.as_str() {
        "000000" => Some(Label::new("全国（账号、当事人）", "The nation: logins and parties")),
        key => key.parse().ok().map(|place| places.label(place)),
    };
    html! {
        span {
            @if let Some(name) = name { (name.get(frame.lang)) " " }
            code { (shard) }
        }
    }
}

fn shards(frame: &Frame, seen: &Seen, around: &Around<'_>) -> Markup {
    let columns = vec![
        Column::new(frame.t("分片", "Shard")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("已写事件", "Events")).numeric(),
        Column::new(frame.t("排队", "Waiting")).numeric(),
        Column::new(frame.t("读模型落后", "Rows behind")).numeric(),
        Column::new(frame.t("写入失败", "Failed writes")).numeric(),
        Column::new(frame.t("写入毫秒：平均 / 最长", "Append ms: mean / longest")).numeric(),
        Column::new(frame.t("下一个到期", "Next due")),
    ];
    let rows = seen.shards.iter().map(|shard| shard_row(frame, shard, around)).collect();
    let title = frame.t("分片和写入者", "Shards and writers");
    html! {
        h2 id="shards" { (title) }
        p.quiet {
            (frame.t(
                "每个分片只有一个写入者；命令在事件落盘、读模型可读之后才得到答复。写入变慢多半是磁盘，失败多半是磁盘满或数据库不可用。",
                "Each shard has one writer; a command is answered once its events are on the disk and its rows can be read. Slow appends are mostly the disk; failed ones a full disk or a database out of reach."))
        }
        (Table::new(frame.lang, title, columns, rows))
    }
}

fn shard_row(frame: &Frame, shard: &ShardSeen, around: &Around<'_>) -> Row {
    let state = match (&shard.health, around.several) {
        (Some(_), _) => tag(Tone::Good, frame.t("写入中", "open")),
        (None, true) => tag(Tone::Plain, frame.t("由其他进程写入", "another process's")),
        (None, false) => tag(Tone::Loss, frame.t("已停止", "stopped")),
    };
    let figure = |of: fn(&engine::ShardHealth) -> u64| {
        html! { (shard.health.as_ref().map(|h| count(of(h))).unwrap_or_default()) }
    };
    let speed = shard.health.as_ref().map(|health| {
        let mean = health.append_us_sum.checked_div(health.writer.batches).unwrap_or_default();
        format!("{} / {}", milliseconds(mean), milliseconds(health.append_us_max))
    });
    let due = shard.health.as_ref().and_then(|health| health.next_due);
    Row::new(vec![
        shard_name(frame, around.places, &shard.stands.shard),
        state,
        html! { (count(shard.stands.head)) },
        figure(|health| health.writer.queued),
        html! { (count(shard.lag())) },
        figure(|health| health.writer.append_failures + health.writer.rows_failures),
        html! { (speed.unwrap_or_default()) },
        html! { @if let Some(due) = due { (moment_tag(frame.lang, due)) } @else { "–" } },
    ])
}

/// Milliseconds with one digit behind the point.
fn milliseconds(us: u64) -> String {
    format!("{}.{}", us / 1_000, us % 1_000 / 100)
}

fn outbox(frame: &Frame, seen: &Seen) -> Markup {
    let columns = vec![
        Column::new(frame.t("工作", "Work")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("在途", "On their way")).numeric(),
        Column::new(frame.t("最早一封", "The oldest")),
        Column::new(frame.t("重试中", "Tried again")).numeric(),
        Column::new(frame.t("最近一次失败的说法", "What a failed attempt said")),
    ];
    let rows = seen.lanes.iter().map(|lane| lane_row(frame, seen, lane)).collect();
    let none = empty(
        frame.t("没有在途信件", "No letter is on its way"),
        frame.t(
            "差事、消息和后续办理都已完成。",
            "Errands, messages and what follows are all done.",
        ),
        None,
    );
    let title = frame.t("在途信件", "Letters on their way");
    html! {
        h2 id="outbox" { (title) }
        p.quiet {
            (frame.t(
                "离开分片的工作至少做一次、按编号去重；失败后隔更久再试，试满12次成为死信。",
                "What leaves a shard is done at least once, always under the same id; after a failure it is tried again after growing pauses, and after 12 attempts it is a dead letter."))
        }
        (Table::new(frame.lang, title, columns, rows).empty(none))
    }
}

fn lane_row(frame: &Frame, seen: &Seen, lane: &LaneSeen) -> Row {
    let state = if lane.failing > 0 {
        tag(Tone::Time, frame.t("失败后重试", "failing, tried again"))
    } else if seen.is_old(lane) {
        tag(Tone::Time, frame.t("等待较久", "waits long"))
    } else {
        tag(Tone::Active, frame.t("正常", "on its way"))
    };
    let next = html! {
        @if let Some(next) = lane.next { " · " (frame.t("下次 ", "next ")) (moment_tag(frame.lang, next)) }
    };
    Row::new(vec![
        html! { (words::lane(&lane.row.lane).get(frame.lang)) },
        state,
        html! { (count(lane.row.letters)) },
        html! { (age(frame, lane.row.oldest, seen.now)) },
        html! { (count(lane.failing)) },
        html! {
            @if let Some(said) = &lane.said {
                div {
                    (frame.t("第", "attempt ")) (lane.attempts) (frame.t("次：", ": "))
                    span lang="en" { (shortened(said)) } (next)
                }
            } @else { "–" }
        },
    ])
}

/// How long ago something was.
fn age(frame: &Frame, at: Moment, now: Moment) -> String {
    let seconds = now.us().saturating_sub(at.us()).max(0) / 1_000_000;
    match seconds {
        0..60 => frame.t("不到1分钟", "less than a minute").to_owned(),
        60..3_600 => format!("{}{}", seconds / 60, frame.t("分钟", " min")),
        3_600..172_800 => format!("{}{}", seconds / 3_600, frame.t("小时", " h")),
        _ => format!("{}{}", seconds / 86_400, frame.t("天", " days")),
    }
}

/// The longest text of a machine that a table shows.
const SAID: usize = 160;

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SAID).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// What is done by the clock beside the engine, and what it found.
fn chores(frame: &Frame, seen: &Seen) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("工作", "Work")),
        Column::new(frame.t("最近一次", "Last done")),
        Column::new(frame.t("结果", "Result")),
        Column::new(frame.t("需要查看", "To be looked into")),
    ];
    let rows = seen.chores.iter().map(|told| {
        let tone = if told.is_grave { Tone::Loss } else { Tone::Time };
        Row::new(vec![
            html! { (told.name.get(lang)) },
            moment_tag(lang, told.at),
            html! { (told.says.get(lang)) },
            html! {
                @if told.faults.is_empty() { (tag(Tone::Good, frame.t("无", "nothing"))) }
                @else {
                    (tag(tone, &count(told.faults.len() as u64)))
                    ul { @for fault in &told.faults { li { (shortened(fault.get(lang))) } } }
                }
            },
        ])
    });
    let title = frame.t("例行工作", "Chores");
    html! {
        @if !seen.chores.is_empty() {
            h2 id="chores" { (title) }
            (Table::new(lang, title, columns, rows.collect()))
        }
    }
}

/// Where time-stamp authorities stand.
fn authorities(frame: &Frame, seen: &Seen) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("机构", "Authority")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("待盖时间戳的检查点", "Checkpoints that wait")).numeric(),
        Column::new(frame.t("最早一个", "The oldest")),
        Column::new(frame.t("最近一次失败的说法", "What a failed attempt said")),
    ];
    let rows = seen.authorities.iter().map(|one| {
        let state = if one.failed.is_none() {
            tag(Tone::Good, frame.t("正常", "answers"))
        } else {
            tag(Tone::Time, frame.t("失败后重试", "failing, tried again"))
        };
        Row::new(vec![
            html! { code { (one.authority) } },
            state,
            html! { (count(one.waiting)) },
            html! { @if let Some(since) = one.since { (age(frame, since, seen.now)) } @else { "–" } },
            html! { @if let Some(said) = &one.failed { span lang="en" { (shortened(said)) } } @else { "–" } },
        ])
    });
    let title = frame.t("时间戳机构", "Time-stamp authorities");
    html! {
        @if !seen.authorities.is_empty() {
            h2 id="authorities" { (title) }
            p.quiet {
                (frame.t(
                    "机构不可用不影响办理：检查点排队等待，文书不带时间戳先行制发。",
                    "An authority that is down holds up nothing: checkpoints wait, papers go out without its stamp."))
            }
            (Table::new(lang, title, columns, rows.collect()))
        }
    }
}

fn dead(frame: &Frame, seen: &Seen, around: &Around<'_>) -> Markup {
    html! {
        h2 id="dead" { (frame.t("死信", "Dead letters")) }
        @if seen.causes.is_empty() {
            (empty(
                frame.t("没有死信", "No dead letters"),
                frame.t("试满次数仍未成功、或被拒绝的工作会在这里等待您处理。", "Work that failed too often or was refused waits here for you."),
                None,
            ))
        } @else {
            p.quiet {
                (frame.t(
                    "先看原因，排除后整批重发；重发沿用原编号，对方不会办两次。",
                    "Read the cause, remove it, then send the whole batch again: under the same ids, so that nothing is done twice."))
            }
            @for cause in &seen.causes { (cause_of_death(frame, seen, cause, around)) }
            (latest(frame, seen, around))
            p { a href="/operation/dead-letters.csv" { (frame.t("导出全部死信（CSV）", "Export all dead letters (CSV)")) } }
        }
    }
}

fn cause_of_death(frame: &Frame, seen: &Seen, cause: &CauseSeen, around: &Around<'_>) -> Markup {
    let told = cause.told();
    let letters = cause.row.letters;
    let n = count(letters);
    let again = match letters {
        1 => frame.t("重发这封", "Send it again").to_owned(),
        _ => format!("{}{n}{}", frame.t("重发这", "Send these "), frame.t("封", " again")),
    };
    html! {
        section.card aria-label=(words::lane(&cause.row.lane).get(frame.lang)) {
            h3 { (words::lane(&cause.row.lane).get(frame.lang)) " · " (n) (frame.t("封", "")) }
            p { b { (told.what.get(frame.lang)) } }
            p { (frame.t("怎么办：", "What to do: ")) (told.todo.get(frame.lang)) }
            p.quiet {
                (frame.t("最早 ", "First ")) (age(frame, cause.row.first, seen.now)) (frame.t("前，最近 ", " ago, last "))
                (age(frame, cause.row.last, seen.now)) (frame.t("前", " ago"))
            }
            (details(frame.t("系统原文", "The system's own words"), &html! { p lang="en" { (cause.row.why) } }))
            @if around.may_act {
                form method="post" action="/operation/dead-letters" {
                    (named(&cause.one))
                    input type="hidden" name="all" value="yes";
                    p {
                        (Button::second(again, "resend")) " "
                        a href=(format!("/operation/dead-letters/{}/{}?all=yes", cause.one.shard, cause.one.id)) {
                            (frame.t("全部归档…", "Put all away…"))
                        }
                    }
                }
            }
        }
    }
}

/// The hidden fields that name a letter.
fn named(letter: &DeadLetterRow) -> Markup {
    html! {
        input type="hidden" name="shard" value=(letter.shard);
        input type="hidden" name="letter" value=(letter.id);
    }
}

fn latest(frame: &Frame, seen: &Seen, around: &Around<'_>) -> Markup {
    let columns = vec![
        Column::new(frame.t("成为死信", "Died")),
        Column::new(frame.t("工作", "Work")),
        Column::new(frame.t("关于", "About")),
        Column::new(frame.t("发起", "Asked for by")),
        Column::new(frame.t("操作", "Act")),
    ];
    let rows = seen.dead.iter().map(|letter| {
        Row::new(vec![
            html! { (moment_tag(frame.lang, letter.died_at)) },
            html! { (words::lane(&letter.lane).get(frame.lang)) },
            about(frame, letter, around.places),
            html! { code { (letter.source) } },
            html! {
                @if around.may_act {
                    div {
                        form method="post" action="/operation/dead-letters" {
                            (named(letter))
                            (Button::plain(frame.t("重发", "Send again"), "resend"))
                        }
                        a href=(format!("/operation/dead-letters/{}/{}", letter.shard, letter.id)) {
                            (frame.t("归档…", "Put away…"))
                        }
                    }
                }
            },
        ])
    });
    let title = frame.t("最近的死信", "The latest dead letters");
    html! { (Table::new(frame.lang, title, columns, rows.collect())) }
}

/// What a letter is about: the thing, the partner, the event that led to it.
fn about(frame: &Frame, row: &DeadLetterRow, places: &PlaceNames) -> Markup {
    let letter: Option<Letter> = serde_json::from_str(&row.letter).ok();
    let Some(letter) = letter else { return html! { "–" } };
    let thing = match (&letter.timer, &letter.reaction) {
        (Some(timer), _) => {
            html! { (words::timer(&timer.kind).get(frame.lang)) " " code { (timer.key) } }
        }
        (None, Some(Reaction::Commands(commands))) => html! {
            @for command in commands.commands.iter().take(3) { code { (command.kind) " " (command.key) } " " }
        },
        (None, _) => html! {},
    };
    html! {
        div {
            (thing)
            @match &letter.cause {
                Some(cause) => { (frame.t("事件 ", "event ")) code { (cause) } },
                None => { (shard_name(frame, places, &row.shard)) },
            }
        }
    }
}

fn timers(frame: &Frame, seen: &Seen) -> Markup {
    let columns = vec![
        Column::new(frame.t("到期", "Due")),
        Column::new(frame.t("用途", "For")),
        Column::new(frame.t("对象", "Thing")),
        Column::new(frame.t("状态", "State")),
    ];
    let rows = seen.timers.iter().map(|timer| {
        let late = seen.is_overdue(timer);
        let state = if late {
            tag(Tone::Loss, frame.t("已过期未触发", "overdue"))
        } else {
            tag(Tone::Plain, frame.t("等待", "waits"))
        };
        Row::new(vec![
            html! { (moment_tag(frame.lang, timer.due_at)) },
            html! { (words::timer(&timer.kind).get(frame.lang)) },
            html! { code { (shortened_key(&timer.key)) } },
            state,
        ])
        .late(late)
    });
    let none = empty(
        frame.t("没有定时器", "No timers"),
        frame.t(
            "办件期限、送达和会话到期都会在这里排队。",
            "Terms of cases, services and ends of sessions wait here.",
        ),
        None,
    );
    let title = frame.t("即将到期的定时器", "Timers that are due next");
    html! {
        h2 id="timers" { (title) }
        p.quiet {
            (frame.t(
                "停机期间到期的，启动时各触发一次。过期一分钟以上仍在这里的，看上面的分片是否停止。",
                "What fell due while the server was off fires once at the start. What is overdue for more than a minute: see above whether its shard has stopped."))
        }
        (Table::new(frame.lang, title, columns, rows.collect()).empty(none))
    }
}

/// The key of a session is the digest of a secret: its first characters tell it from others.
fn shortened_key(key: &str) -> String {
    let is_digest = key.len() == 64 && key.chars().all(|c| c.is_ascii_hexdigit());
    if is_digest {
        key.chars().take(12).chain(std::iter::once('…')).collect()
    } else {
        key.to_owned()
    }
}

fn models(frame: &Frame, seen: &Seen) -> Markup {
    let columns = vec![
        Column::new(frame.t("读模型", "Read model")),
        Column::new(frame.t("版本", "Version")).numeric(),
    ];
    let rows = seen.projections.iter().map(|projection| {
        Row::new(vec![html! { code { (projection.name) } }, html! { (projection.version) }])
    });
    let title = frame.t("读模型", "Read models");
    let rebuild = html! {
        p {
            (frame.t(
                "读模型是日志的推论，随时可以重建，不会丢失任何业务数据。什么时候需要：从备份恢复后数据对不上，或者分片停止时说“读模型与事件不符”。",
                "Read models follow from the journal and can be made anew at any time; nothing of substance is in them. When: what a list shows does not fit after a restore, or a shard has stopped because its rows are wrong."))
        }
        p { (frame.t("先停止服务，再运行：", "Stop the server, then run:")) }
        pre tabindex="0" { code { "lianban projections rebuild --data DATA" } }
        p { (frame.t("每一百万事件约需一两分钟，期间显示进度。升级带来的新版本由启动时自动重建，不必手工运行。", "It takes a minute or two for a million events and shows how far it is. New versions that an upgrade brings are made at the start by themselves.")) }
    };
    html! {
        h2 id="models" { (title) }
        p.quiet { (frame.t("各分片的读模型与日志相差多少，见上面“读模型落后”一列。", "How far they are behind the journal stands above, in the column Rows behind.")) }
        (Table::new(frame.lang, title, columns, rows.collect()))
        (details(frame.t("如何重建读模型", "How to make them anew"), &rebuild))
    }
}

/// Of how many letters the question says what they are about.
const ABOUT: usize = 10;

/// Asks once before dead letters of one cause are put away.
pub(super) fn dismiss(
    frame: &Frame,
    letters: &[DeadLetterRow],
    refused: Option<&Label>,
    places: &PlaceNames,
) -> Markup {
    let Some(letter) = letters.first() else { return html! {} };
    let several = letters.len() > 1;
    let told = words::cause(&letter.lane, &letter.why, refused);
    let lost = frame.t(
        "这项工作不会再做，也不再出现在死信列表中；日志保留全部经过和您的操作。",
        "This work is not done, and the letter leaves the list; the journal keeps what happened and that you did this.",
    );
    let stays = frame.t(
        "引发它的业务事件和办件不受影响。",
        "The event that led to it and its case stay as they are.",
    );
    let question = if several {
        let n = letters.len();
        format!(
            "{}{n}{}",
            frame.t("归档这", "Put these "),
            frame.t("封死信？", " dead letters away?")
        )
    } else {
        frame.t("归档这封死信？", "Put this dead letter away?").to_owned()
    };
    let more = html! {
        (named(letter))
        @if several { input type="hidden" name="all" value="yes"; }
        p { b { (told.what.get(frame.lang)) } }
        @for letter in letters.iter().take(ABOUT) { (about(frame, letter, places)) }
        @if letters.len() > ABOUT { p { "…" } }
    };
    let confirm = Confirm {
        question: &question,
        losses: vec![lost.to_owned()],
        stays: vec![stays.to_owned()],
        post_to: "/operation/dead-letters",
        action: "dismiss",
        yes: frame.t("确认归档", "Put it away"),
        back: "/operation#dead",
        command_id: &letter.id.to_string(),
        expected_version: None,
        more,
    };
    Page::new(question.as_str())
        .crumb(frame.t("运行状况", "Operation"), "/operation")
        .render(frame, &confirm.markup(frame.lang))
}
