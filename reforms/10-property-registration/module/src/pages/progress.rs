//! Progress (办理进度): a track of tasks with days left, what is missing, what to pay.

use crate::errand::Tools;
use crate::model::{Paper, State, Task, task, task_label};
use crate::policy::bill_of;
use crate::queries::{self, PaperRow, RegistrationRow};
use codes::{Date, Lang, Moment};
use delivery::announcement::queries::AnnouncementRow;
use kernel::PartyKey;
use ledger::bills::queries::BillRow;
use maud::{Markup, html};
use module::Platform;
use portal::{
    Audience, Button, Control, Fact, Failure, Field, Frame, Notice, Page, Stage, StageState, Tone,
    course, date_tag, details, facts, money, stamp, tag, workdays_left,
};
use property::{JointRule, Progress, TaskState, who_applies};

/// A registration with all that its pages show.
pub(crate) struct Track {
    pub(crate) row: RegistrationRow,
    pub(crate) tasks: Vec<Task>,
    pub(crate) applicants: Vec<(PartyKey, Option<Moment>)>,
    pub(crate) papers: Vec<PaperRow>,
    /// What was handed in.
    pub(crate) materials: Vec<Paper>,
    pub(crate) bill: Option<BillRow>,
    /// Its public notices, the oldest first.
    pub(crate) notices: Vec<AnnouncementRow>,
    pub(crate) progress: Progress,
    /// Working days left of the promise; negative if it is overrun.
    pub(crate) left: Option<i64>,
    /// Whether identity is still to be checked.
    pub(crate) unchecked: bool,
    /// Whether it can be shown by one's face.
    pub(crate) by_face: bool,
}

pub(crate) async fn gather(
    platform: &Platform,
    tools: &Tools,
    row: RegistrationRow,
) -> Result<Track, Failure> {
    let reader = &*platform.reader;
    let key = &row.registration;
    let tasks = queries::tasks(reader, key).await?;
    let today = platform.clock.now().date();
    let left = row.promise_on.map(|due| between(tools, today, due));
    let days = left.and_then(|left| u32::try_from(left).ok()).unwrap_or_default();
    let progress = queries::progress_of(&row, &tasks, days);
    let open = |task: &Task| task.name == task::IDENTITY && task.state == TaskState::Open;
    Ok(Track {
        unchecked: row.state == State::Running && tasks.iter().any(open),
        by_face: tools.face.is_some(),
        applicants: queries::applicants(reader, key).await?,
        papers: queries::papers_of(reader, key).await?,
        materials: queries::materials(reader, key).await?,
        notices: delivery::announcement::queries::of_origin(
            reader,
            crate::posting::origin_kind(),
            &key.0,
        )
        .await?,
        bill: ledger::bills::queries::bill(reader, &bill_of(&key.0)).await?,
        tasks,
        progress,
        left,
        row,
    })
}

/// Working days from one day to another; negative if it lies before.
pub(crate) fn between(tools: &Tools, from: Date, to: Date) -> i64 {
    tools.law.facts().calendar().workdays_between(from, to)
}

/// The page of whoever applied.
pub(crate) fn page(frame: &Frame, track: &Track, own: Option<&PartyKey>) -> Markup {
    let lang = frame.lang;
    let row = &track.row;
    let kind = row.application.kind.label();
    let title = format!("{} {}", kind.get(lang), row.registration);
    let running = matches!(row.state, State::Applied | State::Running);
    let waits = |party: &&PartyKey| {
        track.applicants.iter().any(|(known, at)| known == *party && at.is_none())
    };
    let body = html! {
        h1 { (kind.get(lang)) }
        p { (super::progress_tag(lang, row.state, &track.progress)) }
        (head(frame, track))
        @if own.filter(waits).is_some() && row.state == State::Applied { (confirm(frame, row)) }
        @if let Some(items) = &row.asked { (supplement(frame, row, items)) }
        (fee(frame, track, own))
        @if let Some(reason) = &row.reason {
            (Notice::new(Tone::Loss, row.state.label().get(lang), html! { p { (reason) } (remedy(frame, row.state)) }))
        }
        h2 { (frame.t("办理环节", "Steps")) }
        (steps(lang, &track.tasks))
        (announced(frame, track))
        (materials(frame, track))
        @if own.is_some() && track.unchecked { (identity(frame, track)) }
        (certificates(frame, track, own.is_some()))
        @if running && own.is_some() { (withdraw(frame, row)) }
    };
    Page::new(title)
        .audience(Audience::Applicant)
        .crumb(frame.t("办理进度", "Progress"), "/property/registrations")
        .render(frame, &body)
}

/// Number, unit, terms.
pub(crate) fn head(frame: &Frame, track: &Track) -> Markup {
    let lang = frame.lang;
    let row = &track.row;
    let mut known = vec![
        Fact::new(frame.t("受理编号", "Number"), html! { (row.registration) }),
        Fact::new(
            frame.t("不动产单元号", "Unit"),
            html! { code { (row.application.unit.grouped()) } },
        ),
        Fact::new(frame.t("登记机构", "Office"), html! { (row.application.office.name) }),
        Fact::new(frame.t("收到日期", "Received"), date_tag(lang, row.received_on)),
    ];
    if let Some(on) = row.accepted_on {
        known.push(Fact::new(frame.t("受理日期", "Accepted"), date_tag(lang, on)));
    }
    if let (Some(promise), State::Running) = (row.promise_on, row.state) {
        let left = track.left.unwrap_or_default();
        known.push(Fact::new(
            frame.t("承诺办结", "Promised by"),
            html! { (date_tag(lang, promise)) " " span.quiet { (workdays_left(lang, left)) } },
        ));
    }
    if let Some(statutory) = row.statutory_on {
        known.push(Fact::new(frame.t("法定期限", "Due by law"), date_tag(lang, statutory)));
    }
    facts(lang, &known)
}

/// The track: each task with its state, in the order in which it is read.
pub(crate) fn steps(lang: Lang, tasks: &[Task]) -> Markup {
    html! {
        (course(&tasks.iter().map(|task| stage(lang, task)).collect::<Vec<_>>()))
    }
}

fn stage(lang: Lang, task: &Task) -> Stage {
    let state = match task.state {
        TaskState::Done => StageState::Done,
        TaskState::Waiting => StageState::Waits,
        TaskState::Open | TaskState::Supplement | TaskState::Unpaid => StageState::Now,
        TaskState::Refused => StageState::Wrong,
    };
    let note = html! {
        (state_tag(lang, task.state))
        @if !task.note.is_empty() { p.quiet lang="zh-CN" { (task.note) } }
    };
    Stage { label: task_label(&task.name).get(lang).to_owned(), state, note }
}

/// What was handed in, each to be opened.
pub(crate) fn materials(frame: &Frame, track: &Track) -> Markup {
    html! {
        @if !track.materials.is_empty() {
            h3 { (frame.t("材料", "Papers")) }
            ul.links {
                @for (n, paper) in track.materials.iter().enumerate() {
                    li { a href={ "/property/registrations/" (track.row.registration) "/papers/" (n) } { (paper.name) } }
                }
            }
        }
    }
}

/// The public notices: where each stands and until when it runs; objections stand on its own page.
pub(crate) fn announced(frame: &Frame, track: &Track) -> Markup {
    let lang = frame.lang;
    html! {
        @if !track.notices.is_empty() {
            h3 { (frame.t("公告", "Public notice")) }
            ul.links {
                @for notice in &track.notices {
                    li {
                        a href={ "/delivery/announcements/" (notice.announcement) } { (notice.posting.title.get(lang)) }
                        " " (tag(Tone::Plain, notice.stand.label().get(lang)))
                        " " (frame.t("至 ", "until ")) (date_tag(lang, notice.to))
                    }
                }
            }
        }
    }
}

pub(crate) fn state_tag(lang: Lang, state: TaskState) -> Markup {
    let (tone, zh, en) = match state {
        TaskState::Waiting => (Tone::Plain, "等待", "waiting"),
        TaskState::Open => (Tone::Active, "办理中", "open"),
        TaskState::Supplement => (Tone::Time, "待补正", "something is missing"),
        TaskState::Unpaid => (Tone::Time, "待缴费", "to be paid"),
        TaskState::Done => (Tone::Good, "已完成", "done"),
        TaskState::Refused => (Tone::Loss, "不予登记", "refused"),
    };
    tag(tone, portal::pick(lang, zh, en))
}

fn confirm(frame: &Frame, row: &RegistrationRow) -> Markup {
    let joint = who_applies(row.application.kind, row.application.by_act) == JointRule::Joint;
    html! {
        h2 { (frame.t("请您确认", "Please confirm")) }
        @if joint { p { (frame.t(
            "这项登记应当由双方共同申请（不动产登记暂行条例第十四条）。确认前请核对内容；不是您的意思的，不要确认，并联系登记机构。",
            "Both sides apply for this registration. Compare it first; if it is not what you want, do not confirm, and call the office.",
        )) } }
        form method="post" action={ "/property/registrations/" (row.registration) } {
            (stamp("", Some(row.version)))
            (Button::main(frame.t("确认共同申请", "Confirm"), "confirm"))
        }
    }
}

fn supplement(frame: &Frame, row: &RegistrationRow, items: &[crate::model::Wanted]) -> Markup {
    let file = Control::File { accept: ".pdf,image/jpeg,image/png".to_owned(), multiple: true };
    html! {
        h2 { (frame.t("需要补正", "What is missing")) }
        ul.bullets { @for item in items { li { b { (item.what) } "：" (item.why) } } }
        form method="post" action={ "/property/registrations/" (row.registration) } enctype="multipart/form-data" {
            (stamp("", Some(row.version)))
            (Field::new(frame.lang, "papers", frame.t("补充材料", "Further papers"), file).hint(frame.t("PDF 或者照片", "PDF or pictures")))
            p.quiet { (frame.t("补正期间不计入办理期限。", "The days until you supply it do not count.")) }
            (Button::main(frame.t("已补齐，继续办理", "Supplied, go on"), "supply"))
        }
    }
}

fn fee(frame: &Frame, track: &Track, own: Option<&PartyKey>) -> Markup {
    let Some(bill) = &track.bill else { return html! {} };
    let state = bill.state.label();
    let pays = own.is_none_or(|party| bill.order.payer == *party);
    html! {
        p {
            (frame.t("登记费 ", "Fee ")) (money(frame.lang, bill.total_fen)) " "
            @if pays {
                a href={ "/ledger/bills/" (bill.order_no) } { (state.get(frame.lang)) (frame.t("，查看依据与缴费", ", ground and payment")) }
            } @else {
                (state.get(frame.lang)) (frame.t("，由另一方缴纳", ", paid by the other side"))
            }
        }
    }
}

/// How an applicant shows who it is: by its face, or at the window where no service compares faces.
fn identity(frame: &Frame, track: &Track) -> Markup {
    if track.by_face {
        return face(frame, &track.row);
    }
    html! { p { (frame.t(
        "请申请人带身份证件，到窗口核验身份。",
        "Please come to the window with your document to show who you are.",
    )) } }
}

fn face(frame: &Frame, row: &RegistrationRow) -> Markup {
    let lang = frame.lang;
    let photo = Control::File { accept: "image/jpeg,image/png".to_owned(), multiple: false };
    details(
        frame.t("人脸核验身份", "Show who you are by your face"),
        &html! {
            form method="post" action={ "/property/registrations/" (row.registration) "/face" } enctype="multipart/form-data" {
                (Field::text(lang, "name", frame.t("姓名", "Name")).required(true))
                (Field::text(lang, "number", frame.t("身份证号码", "Identity number")).required(true))
                (Field::new(lang, "photo", frame.t("正面照片", "Photo of your face"), photo)
                    .hint(frame.t("只用于与公安证件照片比对，比对后不保存。也可以到窗口核验。", "Compared by the police and kept nowhere. You may come to the window instead.")).required(true))
                (Button::second(frame.t("核验", "Compare"), "face"))
            }
        },
    )
}

fn certificates(frame: &Frame, track: &Track, party: bool) -> Markup {
    let issued =
        track.tasks.iter().any(|task| task.name == task::ISSUE && task.state == TaskState::Open);
    html! {
        @if !track.papers.is_empty() {
            h2 { (frame.t("证书", "Certificates")) }
            ul.links {
                @for paper in &track.papers {
                    li {
                        a href={ "/licences/" (paper.licence) "/document.pdf" } { (paper.number) } " · "
                        a href={ "/v/" (paper.token) } { (frame.t("扫码页", "Scan page")) }
                    }
                }
            }
        }
        @if issued && party {
            form method="post" action={ "/property/registrations/" (track.row.registration) } {
                (stamp("", Some(track.row.version)))
                (Button::main(frame.t("已领取电子证书", "I have the certificate"), "collect"))
            }
        }
    }
}

fn withdraw(frame: &Frame, row: &RegistrationRow) -> Markup {
    let lang = frame.lang;
    let reason = Control::Area { max: Some(500), lines: 2 };
    details(
        frame.t("撤回申请", "Withdraw"),
        &html! {
            form method="post" action={ "/property/registrations/" (row.registration) } {
                (stamp("", Some(row.version)))
                (Field::new(lang, "reason", frame.t("理由", "Reason"), reason).required(true))
                p.quiet { (frame.t("登簿之前可以随时撤回，已缴的登记费原路退回。", "Any time before the entry; what was paid goes back.")) }
                (Button::loss(frame.t("撤回", "Withdraw"), "withdraw").confirm(frame.t("撤回后需要重新申请，确定吗？", "You would have to apply again. Go on?")))
            }
        },
    )
}

fn remedy(frame: &Frame, state: State) -> Markup {
    html! {
        @if state == State::Refused { p { (frame.t(
            "对不予登记决定不服的，可以自收到告知书之日起六十日内申请行政复议，或者六个月内提起行政诉讼；补齐条件后也可以重新申请。",
            "You may ask for reconsideration within 60 days of the notice, or sue within 6 months; you may also apply again.",
        )) } }
    }
}
