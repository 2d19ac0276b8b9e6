//! Pages of delivery: inbox, notice, paper service, address of service, public check.

use crate::bar::{Stretch, term_bar};
use crate::decide::Notice;
use crate::http::STATEMENT;
use crate::ladder_page::ladder;
use crate::model::{Proof, Receiver, State};
use crate::queries::{NoticeRow, Turn};
use calendar::Calendar;
use codes::{Date, Label, Lang, Moment};
use kernel::Actor;
use maud::{Markup, html};
use portal::{
    Audience, Button, Changes, Choice, Column, Control, EXPECTED_VERSION, Fact, Failure, Field,
    Frame, Page, Pager, Row, Table, Tone, card, date_tag, details, empty, facts, history, inset,
    moment_tag, tag, verdict,
};

/// Whether the party must confirm before it sees the document: reading is then the service itself.
pub(crate) fn must_confirm(row: &NoticeRow) -> bool {
    row.served_on.is_none() && row.read_at.is_none()
}

/// The inbox of a party.
pub(crate) fn inbox(frame: &Frame, rows: &[NoticeRow], limit: u32) -> Markup {
    let lang = frame.lang;
    let title = frame.t("收件箱", "Inbox");
    let columns = vec![
        Column::new(frame.t("文书", "Notice")),
        Column::new(frame.t("文号", "Number")),
        Column::new(frame.t("发文机关", "Organ")),
        Column::new(frame.t("日期", "Date")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.title.get(lang)) @if row.read_at.is_none() { " " (tag(Tone::Active, frame.t("未读", "Unread"))) } },
                html! { (row.number) },
                html! { (row.issuer.name) },
                date_tag(lang, row.issued_on),
                state_tag(lang, row),
            ])
            .href(format!("/delivery/notices/{}", row.notice))
        })
        .collect();
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| format!("/delivery/inbox?before={}", last.issued_at.us()));
    let nothing = empty(
        frame.t("还没有文书", "Nothing here yet"),
        frame.t(
            "各单位向您送达的通知书、决定书和证照都会出现在这里，并另行提醒您。",
            "Notices, decisions and licences that organs serve upon you appear here.",
        ),
        None,
    );
    let table =
        Table::new(lang, title, columns, lines).pager(Pager { first: None, next }).empty(nothing);
    let body = html! {
        h1 { (title) }
        (table)
        p {
            a href="/delivery/address" { (frame.t("送达方式与送达地址", "How and where you are served")) }
            " · " a href="/delivery/confirmations" { (frame.t("电子送达地址确认书", "Confirmed addresses for electronic service")) }
        }
    };
    Page::new(title).render(frame, &body)
}

/// What the page of a notice shows beside its row.
pub(crate) struct Seen<'a> {
    pub(crate) turns: &'a [Turn],
    pub(crate) notice: &'a Notice,
    pub(crate) calendar: &'a Calendar,
    pub(crate) today: Date,
}

/// A notice: what it is, how it stands with service, the ladder, the record.
pub(crate) fn notice(frame: &Frame, row: &NoticeRow, seen: &Seen<'_>, actor: &Actor) -> Markup {
    let lang = frame.lang;
    let title = row.title.get(lang);
    let is_party = matches!(actor, Actor::Party { party, .. } if *party == row.party);
    let officer = actor.organ() == Some(&row.issuer.organ);
    let mut known = vec![
        Fact::new(frame.t("文号", "Number"), html! { (row.number) }),
        Fact::new(frame.t("发文机关", "Organ"), html! { (row.issuer.name) }),
        Fact::new(frame.t("日期", "Date"), date_tag(lang, row.issued_on)),
        Fact::new(frame.t("送达状态", "Service"), state_tag(lang, row)),
    ];
    if let (Some(on), Some(how)) = (row.served_on, &row.how) {
        let channel = how.channel.label();
        known.push(Fact::new(frame.t("送达日期", "Served on"), date_tag(lang, on)));
        known.push(Fact::new(
            frame.t("送达方式与凭证", "Channel and proof"),
            html! { (channel.get(lang)) " · " (proof(lang, &how.proof)) },
        ));
        known.push(Fact::new(frame.t("文书摘要", "Digest"), html! { code { (how.digest) } }));
    }
    let body = html! {
        h1 { (title) }
        @if is_party { (letter(frame, row)) }
        (facts(lang, &known))
        @if row.document.is_none() {
            (inset(&html! { p { (frame.t("文书正在制作，请稍后刷新。", "The document is being made; reload shortly.")) } }))
        } @else if is_party && must_confirm(row) {
            (confirm_form(frame, row, seen.notice.informs()))
        } @else {
            p { (Button::link(frame.t("打开文书（PDF）", "Open the document (PDF)"), format!("/delivery/notices/{}/document.pdf", row.notice))) }
            @if is_party && row.read_at.is_none() { (read_form(frame, row)) }
            @if is_party && row.served_on.is_some() { (ask_paper(frame, row)) }
            @if is_party && row.served_on.is_some() { (offer_form(frame, row, seen.notice)) }
        }
        @if row.document.is_some() {
            (ladder(frame, seen.notice.attempts(), seen.notice.by_law().as_ref()))
            @if let Some((from, to)) = seen.notice.publication_days() {
                (term_bar(frame, seen.calendar, &Stretch {
                    id: "deemed",
                    caption: frame.t("公告送达期", "Days until it counts as served"),
                    label: frame.t("公告送达", "Public notice"),
                    from,
                    to,
                    over: row.state == State::Served,
                    today: seen.today,
                }))
            }
        }
        @if officer && row.document.is_some() && (row.state != State::Served || row.paper_asked) { (paper_forms(frame, row, seen.today)) }
        @if officer { (offers(frame, row, seen.notice)) }
        @if officer && !seen.notice.attempts().is_empty() { (proof_form(frame, row, seen.notice)) }
        h2 { (frame.t("送达记录", "Record of service")) }
        (record(frame, row, seen.turns))
        @if is_party {
            p { a href={ "/evidence/mine?of=notice/" (row.notice) } { (frame.t("查看每一步的存证证明", "Proof of each step")) } }
        }
    };
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let page = Page::new(title);
    let page = match post.map(|(_, role)| role.as_str()) {
        None => page.crumb(frame.t("收件箱", "Inbox"), "/delivery/inbox"),
        Some("clerk" | "reviewer" | "head") => {
            page.crumb(frame.t("书面送达", "Paper service"), "/delivery/paper")
        }
        Some(_) => page,
    };
    page.render(frame, &body)
}

/// The head of the party's page, as a letter: from whom, and that and when it was served.
fn letter(frame: &Frame, row: &NoticeRow) -> Markup {
    let lang = frame.lang;
    let Some((on, how)) = row.served_on.zip(row.how.as_ref()) else { return html! {} };
    let answer = Label::new("已送达", "Served");
    verdict(
        Tone::Good,
        &answer,
        lang,
        &html! {
            p {
                (row.issuer.name) (frame.t("于", " served this document upon you on ")) strong { (date_tag(lang, on)) }
                (frame.t("以", " by ")) (how.channel.label().get(lang)) (frame.t("方式向您送达本文书。", "."))
            }
            p { (frame.t("陈述申辩、复议、诉讼等期限自次日起算，具体期限见文书。", "Terms run from the day after; the document says which.")) }
        },
    )
}

fn ask_paper(frame: &Frame, row: &NoticeRow) -> Markup {
    html! {
        @if row.paper_asked {
            p { (tag(Tone::Active, frame.t("纸质文书待寄出", "Paper is to be posted"))) }
        } @else {
            form method="post" action={ "/delivery/notices/" (row.notice) "/ask-paper" } {
                div.acts { (Button::second(frame.t("要纸质文书", "I want it on paper"), "ask_paper")) }
                p.hint { (frame.t("纸质文书另行邮寄，送达日期不变。", "It is posted beside; the day of service stays.")) }
            }
        }
    }
}

/// What the party proves of an arrival, as an officer records it.
fn proof_form(frame: &Frame, row: &NoticeRow, notice: &Notice) -> Markup {
    details(
        frame.t("登记当事人举证", "Record what the party proves"),
        &html! {
            form method="post" action={ "/delivery/notices/" (row.notice) "/paper" } enctype="multipart/form-data" {
                (proof_fields(frame, row, notice))
                div.acts { (Button::second(frame.t("登记", "Record"), "prove")) }
            }
        },
    )
}

/// The party says that the document arrived otherwise, and shows it (当事人举证).
fn offer_form(frame: &Frame, row: &NoticeRow, notice: &Notice) -> Markup {
    if let Some((_, offer)) = notice.offers().next() {
        return inset(&html! { p {
            (tag(Tone::Active, frame.t("举证待认定", "Evidence is being judged"))) " "
            @match offer.arrived {
                Some(when) => { (frame.t("您主张的到达日期：", "You say that it arrived on ")) (date_tag(frame.lang, when.on)) },
                None => (frame.t("您主张从未到达。", "You say that it never arrived.")),
            }
        } });
    }
    details(
        frame.t("送达日期不对？提交证据", "Another day of arrival? Hand in evidence"),
        &html! {
            p.hint { (frame.t(
                "您能证明文书到达您的系统的日期与上述不一致，或者从未到达的，以您证明的为准（民事诉讼法解释第一百三十五条第二款）。由发文机关认定，认定前送达日期不变。",
                "Where you prove another day of arrival, or none, that counts. The organ judges it; until then the day of service stays.",
            )) }
            form method="post" action={ "/delivery/notices/" (row.notice) "/prove" } enctype="multipart/form-data" {
                (proof_fields(frame, row, notice))
                div.acts { (Button::second(frame.t("提交证据", "Hand in"), "offer")) }
            }
        },
    )
}

/// Of which attempt, when, and by what it is shown.
fn proof_fields(frame: &Frame, row: &NoticeRow, notice: &Notice) -> Markup {
    let lang = frame.lang;
    let attempts = notice.attempts().iter().filter(|attempt| !attempt.reminder);
    let rungs = attempts.map(|attempt| {
        let name = format!("{} {}", attempt.rung, attempt.channel.label().get(lang));
        Choice::new(attempt.rung.to_string(), name)
    });
    let rungs = Control::Select { choices: rungs.collect(), search: false };
    let file = Control::File { accept: ".pdf,image/png,image/jpeg".to_owned(), multiple: false };
    html! {
        input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
        (Field::new(lang, "rung", frame.t("针对哪一次送达", "Of which attempt"), rungs).required(true))
        (Field::new(lang, "at", frame.t("证明的到达时间", "When it arrived"), Control::Time))
        (Field::new(lang, "never", frame.t("证明从未到达", "It never arrived"), Control::Tick))
        (Field::new(lang, "evidence", frame.t("证据", "Evidence"), file).required(true))
    }
}

/// What the party handed in, for the officer who judges it.
fn offers(frame: &Frame, row: &NoticeRow, notice: &Notice) -> Markup {
    let lang = frame.lang;
    let action = format!("/delivery/notices/{}/paper", row.notice);
    html! {
        @for (no, offer) in notice.offers() {
            (card(&html! { (frame.t("当事人提交的证据，待认定", "Evidence of the party, to be judged")) }, &html! {
                p {
                    (frame.t("针对第", "Of attempt ")) (offer.rung) (frame.t("次送达：", ": "))
                    @match offer.arrived {
                        Some(when) => { (frame.t("主张到达于", "arrived on ")) (date_tag(lang, when.on)) },
                        None => (frame.t("主张从未到达", "it never arrived")),
                    }
                    " · " a href={ "/delivery/notices/" (row.notice) "/proofs/" (no) } { (frame.t("查看证据", "See the evidence")) }
                }
                form method="post" action=(action) {
                    input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                    input type="hidden" name="no" value=(no);
                    div.acts { (Button::main(frame.t("采信，改定送达日期", "Admit, and set the day right"), "admit")) }
                }
                form method="post" action=(action) {
                    input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                    input type="hidden" name="no" value=(no);
                    (Field::new(lang, "reason", frame.t("不予采信的理由", "Why it does not prove it"), Control::Area { max: Some(200), lines: 2 }).required(true))
                    div.acts { (Button::second(frame.t("不予采信", "Dismiss"), "dismiss")) }
                }
            }))
        }
    }
}

fn confirm_form(frame: &Frame, row: &NoticeRow, informs: bool) -> Markup {
    let told = if informs {
        frame.t(
            "这是一份提醒，不是送达：不产生任何期限。",
            "This is a reminder and no service: no term runs from it.",
        )
    } else {
        frame.t(
            "请先签收，再阅读文书。您签收之日即为送达之日，复议、起诉等期限自次日起算。",
            "Please confirm receipt first. The day of your confirmation is the day of service, from which the terms of remedies run.",
        )
    };
    inset(&html! {
        p { (told) }
        form method="post" action={ "/delivery/notices/" (row.notice) "/read" } {
            (Button::main(frame.t("签收并阅读", "Confirm and read"), "read"))
        }
    })
}

fn read_form(frame: &Frame, row: &NoticeRow) -> Markup {
    html! {
        form method="post" action={ "/delivery/notices/" (row.notice) "/read" } {
            div.acts { (Button::second(frame.t("标记为已阅", "Mark as read"), "read")) }
        }
    }
}

fn paper_forms(frame: &Frame, row: &NoticeRow, today: Date) -> Markup {
    let lang = frame.lang;
    let action = format!("/delivery/notices/{}/paper", row.notice);
    let receivers = Receiver::ALL
        .map(|receiver| Choice::new(receiver.word(), receiver.label().get(lang)))
        .to_vec();
    let hand = Choice::new("hand", frame.t("直接送达", "In person"));
    let by_post = Choice::new("post", frame.t("邮寄（回执）", "Post (advice of delivery)"));
    let channels = if row.item.is_some() { vec![by_post, hand] } else { vec![hand] };
    let first = if row.item.is_some() { "post" } else { "hand" };
    html! {
        h2 { (frame.t("书面送达", "Serve on paper")) }
        @if row.item.is_none() {
            (card(&html! { (frame.t("登记邮寄", "Record the posting")) }, &html! {
                form method="post" action=(action) {
                    input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                    (Field::text(lang, "carrier", frame.t("承运单位", "Carrier")).value(frame.t("中国邮政速递", "China Post EMS")).required(true))
                    (Field::text(lang, "tracking_no", frame.t("邮件号", "Tracking number")).required(true))
                    (Field::new(lang, "posted_on", frame.t("交寄日期", "Posted on"), Control::Date).value(today.to_string()).required(true))
                    (Button::main(frame.t("登记邮寄", "Record"), "post"))
                }
            }))
        }
        (card(&html! { (frame.t("登记签收", "Record the receipt")) }, &html! {
            form method="post" action=(action) {
                input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                (Field::new(lang, "channel", frame.t("送达方式", "Channel"), Control::Radios(channels)).value(first).required(true))
                (Field::new(lang, "on", frame.t("回执上注明的日期", "Day on the receipt"), Control::Date).value(today.to_string()).required(true))
                (Field::new(lang, "receiver", frame.t("签收人", "Taken in by"), Control::Select { choices: receivers, search: false }).required(true))
                (Button::main(frame.t("登记签收", "Record"), "receipt"))
            }
        }))
        (card(&html! { (frame.t("登记留置送达", "Record that it was left")) }, &html! {
            form method="post" action=(action) enctype="multipart/form-data" {
                input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                (Field::new(lang, "on", frame.t("留置日期", "Day"), Control::Date).value(today.to_string()).required(true))
                (Field::text(lang, "witnesses", frame.t("见证人（单位、职务）", "Witnesses, by office")).required(true))
                (Field::new(lang, "video", frame.t("录像或者照片", "Video or photographs"), Control::File { accept: ".mp4,.pdf,image/png,image/jpeg".to_owned(), multiple: false }).required(true))
                (Button::main(frame.t("登记留置送达", "Record"), "left"))
            }
        }))
        @if row.item.is_some() {
            (card(&html! { (frame.t("登记退件", "Record the return")) }, &html! {
                form method="post" action=(action) {
                    input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
                    (Field::text(lang, "reason", frame.t("退回原因", "Why it came back")).required(true))
                    (Button::second(frame.t("登记退件", "Record"), "return"))
                }
            }))
        }
    }
}

fn record(frame: &Frame, row: &NoticeRow, turns: &[Turn]) -> Markup {
    let lang = frame.lang;
    let changes: Vec<Changes> = turns
        .iter()
        .map(|turn| Changes {
            at: turn.at,
            what: html! {
                strong { (turn_label(&turn.what).get(lang)) }
                @if let Some(channel) = turn.channel { " · " (channel.label().get(lang)) }
                " " (detail(frame, row, turn))
            },
            who: None,
        })
        .collect();
    history(lang, &changes)
}

/// What more there is to say of a turn: its day, its words, who did it.
fn detail(frame: &Frame, row: &NoticeRow, turn: &Turn) -> Markup {
    let by = match turn.actor.split_once(' ') {
        // An officer stands with her organ, whose name people know.
        Some((organ, login)) if organ == row.issuer.organ.as_str() => {
            Some(format!("{} {login}", row.issuer.name))
        }
        Some((_, login)) => Some(login.to_owned()),
        None if turn.actor.is_empty() => None,
        None => Some(format!("{}{}", frame.t("当事人 ", "the party, "), turn.actor)),
    };
    let digest = turn.what == "Prepared";
    html! {
        @if let Some(day) = turn.day { (date_tag(frame.lang, day)) " " }
        @if digest { span.quiet { (frame.t("摘要 ", "digest ")) } code.digest { (turn.detail) } }
        @else { (turn.detail) }
        @if let Some(by) = by { " " span.quiet { (by) } }
    }
}

fn turn_label(what: &str) -> Label {
    match what {
        "Issued" => Label::new("制发", "Issued"),
        "Numbered" => Label::new("编号", "Numbered"),
        "Prepared" => Label::new("文书制成", "Document made"),
        "Placed" => Label::new("放入收件箱", "Placed in the inbox"),
        "MailOrdered" => Label::new("交付电子邮件", "Given to e-mail"),
        "Sent" => Label::new("邮件服务器已接收", "Taken by the mail server"),
        "PaperWanted" => Label::new("转书面送达", "To be served on paper"),
        "Posted" => Label::new("交寄", "Posted"),
        "Bounced" => Label::new("未能送达", "Came back"),
        "Read" => Label::new("当事人已阅", "Read by the party"),
        "Served" => Label::new("送达", "Served"),
        "ServiceUndone" => Label::new("撤销送达记录", "Service undone"),
        "TextOrdered" => Label::new("交付短信", "Given to text message"),
        "Submitted" => Label::new("短信网关已接收", "Taken by the gateway"),
        "Reported" => Label::new("收到状态报告", "Report came in"),
        "SoftFailed" => Label::new("暂时未能送达，稍后再试", "Not now, to be tried again"),
        "ReturnedLate" => Label::new("期限后退信，仅作记录", "Came back late, recorded only"),
        "Opened" => Label::new("当事人打开", "Opened by the party"),
        "Downloaded" => Label::new("当事人下载", "Fetched by the party"),
        "ServiceRedated" => Label::new("更正送达日期", "Day of service corrected"),
        "CounterProven" => Label::new("当事人举证", "The party brought evidence"),
        "ProofOffered" => Label::new("当事人提交证据", "The party handed evidence in"),
        "ProofAdmitted" => Label::new("证据予以采信", "The evidence was admitted"),
        "ProofDismissed" => Label::new("证据不予采信", "The evidence was dismissed"),
        "Published" => Label::new("公告送达", "Public notice"),
        "PublicationDropped" => Label::new("公告已撤回", "Public notice taken back"),
        "PaperAsked" => Label::new("当事人要求纸质文书", "The party wants paper"),
        "CopyPosted" => Label::new("寄出纸质文书", "Paper posted"),
        other => Label::new(other, other),
    }
}

fn proof(lang: Lang, proof: &Proof) -> String {
    let label = match proof {
        Proof::Arrived => {
            Label::new("到达收件箱（已同意电子送达）", "arrived in the inbox, with consent")
        }
        Proof::Read { .. } => Label::new("当事人签收", "confirmed by the party"),
        Proof::Mailed { message_id, .. } => Label::new(
            format!("邮件服务器已接收 {message_id}"),
            format!("taken by the mail server, {message_id}"),
        ),
        Proof::Delivered { gateway_id, .. } => Label::new(
            format!("网关报告已送达手机 DELIVRD {gateway_id}"),
            format!("reported on the phone, DELIVRD {gateway_id}"),
        ),
        Proof::Left { witnesses, .. } => Label::new(
            format!("留置送达，全程录像，见证人：{witnesses}"),
            format!("left at the residence, on video; witnesses: {witnesses}"),
        ),
        Proof::Published { published_on, source, .. } => Label::new(
            format!("{published_on}公告，期满视为送达（{source}）"),
            format!("published on {published_on}, deemed served ({source})"),
        ),
        Proof::Proven { .. } => {
            Label::new("当事人举证的到达时间", "arrival as proven by the party")
        }
        Proof::Signed { by, tracking_no } => {
            let (by, item) = (by.label(), tracking_no.as_deref().unwrap_or_default());
            Label::new(format!("{}签收 {item}", by.zh), format!("taken in by: {} {item}", by.en))
        }
    };
    label.get(lang).trim().to_owned()
}

pub(crate) fn state_tag(lang: Lang, row: &NoticeRow) -> Markup {
    let tone = match row.state {
        State::Served => Tone::Good,
        State::Preparing | State::Mailing | State::Posted | State::Texting | State::Publishing => {
            Tone::Plain
        }
        State::Waiting => Tone::Active,
        State::PaperWanted => Tone::Time,
    };
    tag(tone, row.state.label().get(lang))
}

/// The officer's list: what must go out on paper, and what is in the post.
pub(crate) fn paper(frame: &Frame, rows: &[NoticeRow], now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("书面送达", "Paper service");
    let columns = vec![
        Column::new(frame.t("文书", "Notice")),
        Column::new(frame.t("文号", "Number")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("邮件号", "Tracking number")),
        Column::new(frame.t("已过天数", "Days since")).numeric(),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let days = (now.us() - row.issued_at.us()).max(0) / 86_400_000_000;
            Row::new(vec![
                html! {
                    (row.title.get(lang))
                    @if row.proof_offered { " " (tag(Tone::Time, frame.t("举证待认定", "Evidence to be judged"))) }
                },
                html! { (row.number) },
                state_tag(lang, row),
                html! { @if let Some(item) = &row.item { (item.tracking_no) } },
                html! { (days) },
            ])
            .href(format!("/delivery/notices/{}", row.notice))
            // LAW: 行政许可法 art. 44: issued and served within ten days of the decision.
            .late(days > 10)
        })
        .collect();
    let nothing = empty(
        frame.t("没有待书面送达的文书", "Nothing to serve on paper"),
        frame.t(
            "当事人没有同意电子送达，或者电子送达没有成功的，会出现在这里。",
            "What could not be served electronically appears here.",
        ),
        None,
    );
    let body = html! { h1 { (title) } (Table::new(lang, title, columns, lines).empty(nothing)) };
    Page::new(title).audience(Audience::Officer).render(frame, &body)
}

/// What the address page shows and was posted.
#[derive(Clone, Debug)]
pub(crate) struct AddressShown {
    pub(crate) inbox: bool,
    pub(crate) mail: bool,
    pub(crate) email: String,
    pub(crate) postal: String,
    pub(crate) fault: Option<(&'static str, Failure)>,
}

/// How and where a party is served.
pub(crate) fn address(frame: &Frame, shown: &AddressShown) -> Markup {
    let lang = frame.lang;
    let title = frame.t("送达方式与送达地址", "How and where you are served");
    let fault = |name: &str| {
        shown
            .fault
            .as_ref()
            .filter(|(key, _)| *key == name)
            .map(|(_, failure)| failure.label.get(lang).to_owned())
    };
    let tick = |name: &'static str, label: &str, yes: bool| {
        Field::new(lang, name, label, Control::Tick).maybe(yes.then_some("true"))
    };
    let body = html! {
        @if let Some((name, failure)) = &shown.fault {
            (portal::error_summary(lang, [(*name, failure.label.get(lang))]))
        }
        h1 { (title) }
        (inset(&html! {
            p { (frame.t(
                "经您同意，行政机关可以采用能够确认收悉的电子方式向您送达文书；文书到达您的收件箱或者邮箱之日即为送达之日，复议、起诉等期限由此起算。您可以随时撤回同意，撤回只对以后的送达有效。不同意的，我们仍会在收件箱中提供文书，并以邮寄等书面方式送达。",
                "With your consent, organs may serve you electronically; the day on which a notice reaches your inbox or mailbox is the day of service, from which the terms of remedies run. You may withdraw your consent at any time, for the future. Without it, notices are still shown in the inbox and are served on paper.",
            )) }
            p.quiet { (frame.t("依据：《中华人民共和国民事诉讼法》第九十条，《国务院关于在线政务服务的若干规定》。说明版本 ", "Ground: Civil Procedure Law art. 90; State Council rules on online government services. Version ")) (STATEMENT.trim_start_matches("electronic-service-")) }
        }))
        form method="post" action="/delivery/address" {
            (tick("inbox", frame.t("同意在平台收件箱接收文书", "I consent to be served in the portal inbox"), shown.inbox))
            (tick("mail", frame.t("同意以电子邮件接收文书", "I consent to be served by e-mail"), shown.mail))
            (Field::new(lang, "email", frame.t("接收邮箱", "E-mail address"), Control::Text { max: Some(254), autocomplete: Some("email"), inputmode: Some("email") })
                .value(shown.email.as_str()).error(fault("email")))
            (Field::new(lang, "postal", frame.t("邮寄地址与收件人", "Postal address and addressee"), Control::Area { max: Some(200), lines: 3 })
                .value(shown.postal.as_str()).error(fault("postal")))
            div.acts { (Button::main(frame.t("确认", "Confirm"), "confirm")) }
        }
    };
    Page::new(title)
        .crumb(frame.t("收件箱", "Inbox"), "/delivery/inbox")
        .audience(Audience::Applicant)
        .failed(shown.fault.is_some())
        .render(frame, &body)
}

/// The public page behind a document's QR code.
pub(crate) fn check(frame: &Frame, row: Option<&NoticeRow>, now: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("文书核验", "Check a document");
    let body = match row {
        Some(row) => {
            let mut known = vec![
                Fact::new(frame.t("文书", "Document"), html! { (row.title.get(lang)) }),
                Fact::new(frame.t("文号", "Number"), html! { (row.number) }),
                Fact::new(frame.t("发文机关", "Organ"), html! { (row.issuer.name) }),
                Fact::new(frame.t("日期", "Date"), date_tag(lang, row.issued_on)),
                Fact::new(frame.t("送达状态", "Service"), html! { (row.state.label().get(lang)) }),
            ];
            if let Some(document) = &row.document {
                known.push(Fact::new(
                    frame.t("文书摘要（应与纸面页脚一致）", "Digest (as at the foot of the paper)"),
                    html! { code { (document.digest) } },
                ));
            }
            known.push(Fact::new(frame.t("核验时间", "As of"), moment_tag(lang, now)));
            verdict(
                Tone::Good,
                &Label::new("本平台制发的文书", "Issued on this platform"),
                lang,
                &facts(lang, &known),
            )
        }
        None => verdict(
            Tone::Loss,
            &Label::new("没有查到这份文书", "No such document"),
            lang,
            &html! { p { (frame.t(
                "请确认扫描的是文书上的原始二维码。如文书由他人提供，请向其上所载机关核实。",
                "Make sure that you scanned the code on the original paper, and ask the organ named on it.",
            )) } },
        ),
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &html! { h1 { (title) } (body) })
}
