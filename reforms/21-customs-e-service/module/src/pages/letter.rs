//! A document as the party reads it: a letter that says what it is, until when what can be done, and how.

use super::clock_label;
use crate::http::{Ladder, Loaded};
use crate::model::Sort;
use crate::queries::PaperRow;
use calendar::Calendar;
use codes::Moment;
use maud::{Markup, html};
use penalty::{Kind, Run};
use portal::{
    Audience, Button, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Notice, Page, Pager,
    Row, Table, Tone, bullets, date_tag, details, empty, facts, inset, moment_tag, tag,
};

/// What a letter is made of.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) loaded: &'a Loaded,
    pub(crate) row: &'a PaperRow,
    pub(crate) ladder: &'a Ladder,
    pub(crate) calendar: &'a Calendar,
    pub(crate) now: Moment,
    pub(crate) may_speak: bool,
}

impl<'a> Letter<'a> {
    fn t(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.frame.t(zh, en)
    }

    fn form(&self, inside: &Markup) -> Markup {
        let (no, paper) = (&self.row.no, &self.row.paper);
        html! {
            form method="post" action={ "/penalty/letters/" (no) "/" (paper) } {
                input type="hidden" name=(EXPECTED_VERSION) value=(self.loaded.row.version);
                (inside)
            }
        }
    }

    fn run(&self, kind: Kind) -> Option<&Run> {
        self.row.clocks.iter().find(|run| run.kind == kind)
    }

    fn is_open(&self, kind: Kind) -> bool {
        let (case, decided) = (&self.loaded.case, self.loaded.case.decision().is_some());
        let given_up = match kind {
            Kind::Defence => case.defence.waived,
            Kind::HearingRequest => case.defence.hearing_waived || case.defence.hearing_asked,
            _ => false,
        };
        let reopened = case.to_annul().is_some();
        self.run(kind).is_some_and(|run| run.runs_at(self.now))
            && (!decided || reopened)
            && !given_up
            && case.closed.is_none()
    }
}

/// Working days from today to the last day, today among them where it still counts.
fn workdays_left(calendar: &Calendar, run: &Run, now: Moment) -> i64 {
    let today = now.date();
    calendar.workdays_between(today, run.on) + i64::from(calendar.is_workday(today))
}

/// The one line that says where it stands: 已送达 / 还剩 3 个工作日可申辩.
fn standing(letter: &Letter<'_>) -> Markup {
    let open = match letter.row.sort {
        Sort::Notice if letter.is_open(Kind::Defence) => letter.run(Kind::Defence),
        Sort::Notice if letter.is_open(Kind::HearingRequest) => letter.run(Kind::HearingRequest),
        Sort::Decision => letter.run(Kind::Pay).or_else(|| letter.run(Kind::Review)),
        Sort::Demand => letter.run(Kind::Demand),
        _ => None,
    };
    let open = open.filter(|run| run.runs_at(letter.now));
    let served = match letter.row.served_on {
        Some(_) if letter.row.annulled_by.is_some() => {
            tag(Tone::Loss, letter.t("已撤销", "Annulled"))
        }
        Some(_) => tag(Tone::Good, letter.t("已送达", "Served")),
        None => tag(Tone::Active, letter.t("正在送达", "On its way")),
    };
    let left = open.map(|run| {
        let days = workdays_left(letter.calendar, run, letter.now);
        let what = clock_label(run.kind);
        match letter.frame.lang {
            codes::Lang::Zh => format!("还剩 {days} 个工作日可{}", what.zh),
            codes::Lang::En => format!("{days} working days left for: {}", what.en),
        }
    });
    html! {
        p.lead {
            (served)
            @if let Some(left) = &left { " / " b { (left) } }
        }
    }
}

pub(crate) fn letter(letter: &Letter<'_>) -> Markup {
    let (row, lang) = (letter.row, letter.frame.lang);
    let title = row.sort.label().get(lang).to_owned();
    let notice = letter.ladder.notice.as_ref();
    let number = notice.map(|notice| notice.number.as_str()).unwrap_or_default();
    let mut known = vec![
        Fact::new(letter.t("文号", "Number"), html! { (number) }),
        Fact::new(letter.t("发文海关", "Customs office"), html! { (letter.loaded.row.organ_name) }),
        Fact::new(letter.t("案由", "Matter"), html! { (letter.loaded.row.cause) }),
        Fact::new(
            letter.t("送达时间", "Served"),
            html! {
                @match (row.served_at, row.served_on) {
                    (Some(at), _) => (moment_tag(lang, at)),
                    (None, Some(on)) => (date_tag(lang, on)),
                    (None, None) => "—",
                }
            },
        ),
    ];
    known.extend(row.clocks.iter().map(|run| {
        let until = html! {
            (date_tag(lang, run.on)) " 24:00"
            @if run.provisional { " " (tag(Tone::Time, letter.t("待节假日安排公布后确定", "provisional"))) }
            " " span.quiet { (run.source) }
        };
        Fact::new(format!("{}{}", clock_label(run.kind).get(lang), letter.t("截止", ": until")), until)
    }));
    let body = html! {
        article.letter {
            h1 { (title) }
            (standing(letter))
            @if row.annulled_by.is_some() {
                (Notice::short(Tone::Loss, letter.t("这份决定已经撤销，不再有效；已缴罚款予以退还。", "This decision was annulled and is void; what was paid is paid back.")))
            }
            (facts(lang, &known))
            p.acts {
                @if let Some(notice) = notice.filter(|notice| notice.document.is_some()) {
                    (Button::link(letter.t("阅读全文（PDF）", "Read it (PDF)"), format!("/delivery/notices/{}/document.pdf", notice.notice)))
                    (Button::second_link(letter.t("送达记录", "Record of service"), format!("/delivery/notices/{}", notice.notice)))
                }
                @if !row.token.is_empty() {
                    a href={ "/penalty/check/" (row.token) } { (letter.t("核对真伪", "Check it")) }
                }
            }
            @if row.served_on.is_some() { (inset(&html! { p { (letter.t(
                "文书到达您确认的送达地址时即为送达，不以打开阅读为条件；期限自次日起算，最后一日是节假日的顺延到其后第一个工作日。",
                "It was served when it reached the address you confirmed, opened or not. Terms begin the day after and roll off holidays.",
            )) } })) }
            @if letter.may_speak { (speaking(letter)) }
            @if let Some(proof) = &row.proof {
                p.quiet { (letter.t("电子送达凭证：", "Proof of electronic service: ")) a href="/licences" { (proof) } }
            }
        }
    };
    Page::new(title)
        .audience(Audience::Applicant)
        .crumb(letter.t("处罚文书", "Penalty documents"), "/penalty/letters")
        .render(letter.frame, &body)
}

/// What the party can do: 陈述申辩, 申请听证, 要纸质.
fn speaking(letter: &Letter<'_>) -> Markup {
    let (case, lang) = (&letter.loaded.case, letter.frame.lang);
    let own = case.notice().is_some_and(|(id, _)| *id == letter.row.paper);
    // LAW: 行政强制法 art. 36: who is urged may state and defend itself too.
    let urged = letter.row.sort == Sort::Demand
        && letter.run(Kind::Demand).is_some_and(|run| run.runs_at(letter.now));
    let answered = case.papers.get(&letter.row.paper).is_some_and(|paper| paper.statements > 0);
    let defend = (own && letter.is_open(Kind::Defence)) || urged;
    let hearing = own && letter.is_open(Kind::HearingRequest);
    let wanted = case.papers.get(&letter.row.paper).is_some_and(|paper| paper.wanted_on_paper);
    let area = Control::Area { max: Some(20_000), lines: 8 };
    html! {
        @if (own && case.defence.statements > 0) || answered {
            (Notice::short(Tone::Good, letter.t("您的陈述、申辩已经收到，海关会逐项复核，不会因此加重处罚。", "Your statement was received. It is examined point by point, and nothing heavier follows because of it.")))
        }
        @if own && case.defence.hearing_asked {
            (Notice::short(Tone::Good, letter.t("您已申请听证，海关会依法提前通知您时间、地点。", "You asked for a hearing; you are told of its time and place in advance.")))
        }
        @if defend {
            (details(letter.t("陈述申辩", "State and defend"), &letter.form(&html! {
                (Field::new(lang, "statement", letter.t("您的陈述、申辩", "Your statement"), area)
                    .hint(letter.t("写明不同意的事实、理由和依据；可以多次提交。", "Say which facts, reasons or grounds you contest; you may send more than one.")).required(true))
                div.acts { (Button::main(letter.t("提交", "Send"), "defend")) }
            })))
        }
        @if hearing {
            (details(letter.t("申请听证", "Ask for a hearing"), &letter.form(&html! {
                p { (letter.t("听证不收费，可以委托一至二人代理。", "A hearing costs nothing; you may send one or two agents.")) }
                div.acts { (Button::main(letter.t("申请听证", "Ask for a hearing"), "hearing")) }
            })))
        }
        @if (defend && !urged) || hearing {
            (details(letter.t("放弃权利", "Give up rights"), &letter.form(&html! {
                p { (letter.t("明确放弃的，海关可以不等期限届满即作出决定。放弃后不能恢复。", "If you give up both, customs may decide at once. This cannot be taken back.")) }
                @if defend { (Field::new(lang, "defence", letter.t("我放弃陈述、申辩", "I give up stating and defending"), Control::Tick)) }
                @if hearing { (Field::new(lang, "hearing", letter.t("我放弃听证", "I give up a hearing"), Control::Tick)) }
                div.acts { (Button::loss(letter.t("放弃", "Give up"), "waive").confirm(letter.t("放弃后不能恢复，确定吗？", "This cannot be taken back. Go on?"))) }
            })))
        }
        @if wanted {
            (Notice::short(Tone::Active, letter.t("纸质文书正在安排邮寄，送达日期不变。", "The paper is on its way; the day of service stays.")))
        } @else {
            (letter.form(&html! { div.acts { (Button::second(letter.t("要纸质", "I want it on paper"), "paper")) } }))
        }
        (bullets(&[
            letter.t("变更送达地址须重新签署确认书，只对之后的文书有效。", "To change your addresses sign a new form; it counts for later documents."),
            letter.t("认为文书不是这个时间到达的，可以向海关提交邮件服务器日志等证据。", "If it reached you at another time bring evidence, such as your mail host's log, to customs."),
        ]))
    }
}

/// All documents that were served on a party.
pub(crate) fn letters(frame: &Frame, rows: &[PaperRow], now: Moment, limit: u32) -> Markup {
    let lang = frame.lang;
    let title = frame.t("海关处罚文书", "Customs penalty documents");
    let columns = vec![
        Column::new(frame.t("文书", "Document")),
        Column::new(frame.t("案件", "Case")),
        Column::new(frame.t("发出", "Issued")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("期限", "Until")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let state = match (&row.annulled_by, row.served_on) {
                (Some(_), _) => tag(Tone::Loss, frame.t("已撤销", "annulled")),
                (None, Some(_)) => tag(Tone::Good, frame.t("已送达", "served")),
                (None, None) => tag(Tone::Active, frame.t("正在送达", "on its way")),
            };
            let next = row.clocks.iter().filter(|run| run.runs_at(now)).min_by_key(|run| run.at);
            Row::new(vec![
                html! { (row.sort.label().get(lang)) },
                html! { (row.no) },
                moment_tag(lang, row.issued_at),
                state,
                html! {
                    @match next {
                        Some(run) => { (clock_label(run.kind).get(lang)) " " (date_tag(lang, run.on)) },
                        None => "—",
                    }
                },
            ])
            .href(format!("/penalty/letters/{}/{}", row.no, row.paper))
        })
        .collect();
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let next = rows.last().filter(|_| full);
    let next = next.map(|last| format!("/penalty/letters?before={}", last.issued_at.us()));
    let nothing = empty(
        frame.t("没有送达给您的处罚文书", "Nothing was served on you"),
        frame.t(
            "海关送达给您的告知单、决定书等会出现在这里。",
            "Notices and decisions that customs serves on you appear here.",
        ),
        None,
    );
    let table =
        Table::new(lang, title, columns, lines).pager(Pager { first: None, next }).empty(nothing);
    Page::new(title).audience(Audience::Applicant).render(frame, &html! { h1 { (title) } (table) })
}
