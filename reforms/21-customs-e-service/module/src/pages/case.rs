//! A case as officers see it: stages, terms as bars, each document with its ladder, and what can be done now.

use super::{clocks, consent_tag, lane, mark_tag};
use crate::decide::Paper;
use crate::http::{Ladder, Loaded, May};
use crate::model::{Consent, Ending, PaperId, Profile, Redress, Sort, Way, announcement_key};
use crate::words;
use calendar::Calendar;
use codes::{Lang, Moment};
use delivery::State;
use delivery::queries::Turn;
use maud::{Markup, html};
use penalty::package_no;
use portal::{
    Audience, Button, Changes, Choice, Control, EXPECTED_VERSION, Fact, Field, Frame, Lane, Notice,
    Page, Tone, date_tag, details, facts, history, moment_tag, money, tag,
};

/// What the page of a case is made of.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) loaded: &'a Loaded,
    pub(crate) ladders: &'a [Ladder],
    pub(crate) profile: &'a Profile,
    pub(crate) calendar: &'a Calendar,
    pub(crate) now: Moment,
    pub(crate) may: May,
}

impl<'a> Seen<'a> {
    fn t(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.frame.t(zh, en)
    }

    fn lang(&self) -> Lang {
        self.frame.lang
    }

    fn address(&self) -> String {
        format!("/penalty/cases/{}", self.loaded.row.no)
    }

    /// A form that posts to the case.
    fn form(&self, inside: &Markup) -> Markup {
        html! {
            form method="post" action=(self.address()) {
                input type="hidden" name=(EXPECTED_VERSION) value=(self.loaded.row.version);
                (inside)
            }
        }
    }
}

pub(crate) fn case(seen: &Seen<'_>) -> Markup {
    let row = &seen.loaded.row;
    let title = format!("{} {}", seen.t("案件", "Case"), row.no);
    let body = html! {
        h1 { (title) }
        (warnings(seen))
        (head(seen))
        h2 { (seen.t("期限", "Terms")) }
        (terms(seen))
        h2 { (seen.t("文书和送达", "Documents and service")) }
        (papers(seen))
        @if seen.may.handle || seen.may.decide || seen.may.record {
            h2 { (seen.t("办理", "What can be done")) }
            (acts(seen))
        }
        h2 { (seen.t("经过", "History")) }
        (course(seen))
    };
    Page::new(title)
        .audience(Audience::Officer)
        .crumb(seen.t("处罚案件", "Penalty cases"), "/penalty/cases")
        .render(seen.frame, &body)
}

fn warnings(seen: &Seen<'_>) -> Markup {
    let case = &seen.loaded.case;
    let copies = case.published.values().any(|copy| copy.overdue && copy.is_open());
    html! {
        @if let Some(paper) = case.to_annul() {
            (Notice::new(Tone::Loss, seen.t("该处罚决定应当撤销", "This decision must be annulled"), html! {
                p { (paper) "：" (seen.t(
                    "陈述、申辩期限届满前作出，或者已被复议机关、法院撤销。撤销之前不能公开、催告或者结案。",
                    "it was made before the time to defend was over, or was struck. Until it is annulled nothing can be published, urged or closed.",
                )) }
            }))
        }
        @if case.decision_overdue && case.decision().is_none() {
            (Notice::short(Tone::Loss, seen.t("办案期限已过，仍未作出决定", "The term to decide is over and nothing was decided")))
        }
        @if copies {
            (Notice::short(Tone::Loss, seen.t("撤回期限已过，仍有单位没有撤回公开的决定", "The term of withdrawal is over and somebody still shows the annulled decision")))
        }
        @if seen.profile.name.is_empty() && case.filing.as_ref().is_some_and(|filing| filing.profile.is_some()) {
            (Notice::short(Tone::Time, seen.t("当事人个人信息已依法删除", "The party's data was erased by law")))
        }
    }
}

fn head(seen: &Seen<'_>) -> Markup {
    let (row, case, lang) = (&seen.loaded.row, &seen.loaded.case, seen.lang());
    let name = if seen.profile.name.is_empty() { "—" } else { &seen.profile.name };
    let mut known = vec![
        Fact::new(seen.t("当事人", "Party"), html! { (name) }),
        Fact::new(seen.t("案由", "Matter"), html! { (row.cause) }),
        Fact::new(seen.t("立案日期", "Filed on"), date_tag(lang, row.filed_on)),
        Fact::new(seen.t("办案海关", "Customs office"), html! { (row.organ_name) }),
        Fact::new(
            seen.t("电子送达", "E-service"),
            html! {
                (consent_tag(lang, row.consent))
                @if row.consent == Consent::InForce {
                    " " a href={ (seen.address()) "/confirmation.pdf" } { (seen.t("地址确认书", "confirmation")) }
                }
            },
        ),
    ];
    if let Some(ground) = &case.on_the_spot {
        let text = seen.t("在当场处罚限额以内：", "within the limits on the spot: ");
        known.push(Fact::new(seen.t("当场处罚", "On the spot"), html! { (text) (ground) }));
    }
    html! {
        p {
            @for (mark, open) in case.marks() { (mark_tag(lang, mark, open)) " " }
        }
        (facts(lang, &known))
    }
}

/// All terms of the case as bars.
fn terms(seen: &Seen<'_>) -> Markup {
    let (case, lang, today) = (&seen.loaded.case, seen.lang(), seen.now.date());
    let mut lanes: Vec<Lane> = Vec::new();
    if case.decision().is_none()
        && let Some(run) = &case.decide_by
    {
        lanes.push(lane(lang, seen.t("办案", "case"), run, today));
    }
    for id in &case.order {
        let Some(paper) = case.papers.get(id).filter(|paper| paper.stands()) else { continue };
        let of = paper.sort().map(|sort| sort.label().get(lang).to_owned()).unwrap_or_default();
        lanes.extend(paper.clocks.iter().map(|run| lane(lang, &of, run, today)));
    }
    for copy in case.published.values() {
        if let Some(run) = copy.withdraw_by.as_ref().filter(|_| copy.is_open()) {
            lanes.push(lane(lang, seen.t("公开信息", "publication"), run, today));
        }
    }
    if let Some(run) = &case.urged {
        lanes.push(lane(lang, seen.t("催告", "demand"), run, today));
    }
    match clocks(lang, lanes, seen.calendar, today) {
        Some(timeline) => html! { (timeline) },
        None => html! { p.quiet { (seen.t("没有正在计算的期限。", "No term is running.")) } },
    }
}

fn papers(seen: &Seen<'_>) -> Markup {
    let case = &seen.loaded.case;
    html! {
        @if case.order.is_empty() { p.quiet { (seen.t("还没有文书。", "No documents yet.")) } }
        @for id in &case.order {
            @if let Some(paper) = case.papers.get(id) { (one_paper(seen, id, paper)) }
        }
    }
}

fn one_paper(seen: &Seen<'_>, id: &PaperId, paper: &Paper) -> Markup {
    let lang = seen.lang();
    let ladder = seen.ladders.iter().find(|ladder| ladder.paper == *id);
    let notice = ladder.and_then(|ladder| ladder.notice.as_ref());
    let number = notice.map(|notice| notice.number.clone()).unwrap_or_default();
    let title = paper.sort().map(|sort| sort.label().get(lang).to_owned()).unwrap_or_default();
    html! {
        section.card id=(id) {
            h3 { (title) " " (number) " " (paper_tag(seen, paper)) }
            (paper_facts(seen, paper))
            @if paper.issued.is_none() { (draft_acts(seen, id, paper)) }
            @if let Some(ladder) = ladder {
                p.acts {
                    @if let Some(notice) = notice {
                        a href={ "/delivery/notices/" (notice.notice) } { (seen.t("送达记录", "Record of service")) }
                        @if notice.document.is_some() {
                            a href={ "/delivery/notices/" (notice.notice) "/document.pdf" } { (seen.t("文书 PDF", "PDF")) }
                        }
                    }
                }
                h4 { (seen.t("送达阶梯", "Ladder of service")) }
                (rungs(seen, &ladder.turns))
                (announced(seen, id, paper, ladder))
                (service_acts(seen, id, paper, &number))
            }
        }
    }
}

fn paper_tag(seen: &Seen<'_>, paper: &Paper) -> Markup {
    if paper.annulled_by.is_some() {
        return tag(Tone::Loss, seen.t("已撤销", "annulled"));
    }
    match (&paper.issued, &paper.served) {
        (None, _) => tag(Tone::Plain, seen.t("草稿", "draft")),
        (Some(_), None) => tag(Tone::Active, seen.t("送达中", "on its way")),
        (Some(_), Some(_)) => tag(Tone::Good, seen.t("已送达", "served")),
    }
}

fn paper_facts(seen: &Seen<'_>, paper: &Paper) -> Markup {
    let lang = seen.lang();
    let mut known = Vec::new();
    if let Some(sanction) = paper.sanction() {
        known.push(Fact::new(
            seen.t("处罚", "Penalty"),
            html! {
                @if sanction.warning { (seen.t("警告 ", "warning ")) }
                @if sanction.fine_fen > 0 { (seen.t("罚款 ", "fine ")) (money(lang, sanction.fine_fen)) " " }
                @if sanction.gains_fen > 0 { (seen.t("没收违法所得 ", "gains ")) (money(lang, sanction.gains_fen)) " " }
                @if !sanction.confiscated.is_empty() {
                    (seen.t("没收清单第", "items ")) (sanction.confiscated.iter().cloned().collect::<Vec<_>>().join("、")) (seen.t("项 ", " "))
                }
                @if sanction.suspended_days > 0 { (seen.t("暂停业务 ", "suspension ")) (sanction.suspended_days) (seen.t("日 ", " days ")) }
                @if sanction.revoked { (seen.t("撤销备案", "revocation")) }
            },
        ));
    }
    if paper.issued.is_none() {
        let reviewer = paper.hands.reviewer.as_deref().unwrap_or("—");
        let officers = paper.hands.officers.iter().cloned().collect::<Vec<_>>().join("、");
        known.push(Fact::new(seen.t("办案人员", "Officers"), html! { (officers) }));
        known.push(Fact::new(seen.t("法制审核", "Reviewer"), html! { (reviewer) }));
    }
    if let Some(service) = &paper.served {
        known.push(Fact::new(
            seen.t("送达", "Served"),
            html! {
                @match service.at { Some(at) => (moment_tag(lang, at)), None => (date_tag(lang, service.on)) }
                @if service.proven { " " (tag(Tone::Time, seen.t("当事人举证", "proven by the party"))) }
            },
        ));
    }
    if let Some(proof) = &paper.proof {
        known.push(Fact::new(seen.t("电子送达凭证", "Proof of service"), html! { (proof) }));
    }
    if let Some(certificate) = &paper.certificate {
        known.push(Fact::new(
            seen.t("公证书", "Notary's certificate"),
            html! { (certificate.number) " · " (certificate.office) " · " (date_tag(lang, certificate.on)) },
        ));
    }
    facts(lang, &known)
}

/// The ladder: each rung with its time.
fn rungs(seen: &Seen<'_>, turns: &[Turn]) -> Markup {
    let lang = seen.lang();
    let changes: Vec<Changes> = turns
        .iter()
        .map(|turn| Changes {
            at: turn.at,
            what: html! {
                strong { (words::of_event("notice", &turn.what).get(lang)) }
                @if let Some(channel) = turn.channel { " · " (channel.label().get(lang)) }
            },
            who: (!turn.detail.is_empty()).then(|| turn.detail.clone()),
        })
        .collect();
    history(lang, &changes)
}

/// Service by public notice: what was announced, and the form that announces where nothing else is left.
fn announced(seen: &Seen<'_>, id: &PaperId, paper: &Paper, ladder: &Ladder) -> Markup {
    let wanted = ladder.notice.as_ref().is_some_and(|notice| notice.state == State::PaperWanted);
    let no = seen.loaded.row.no.as_str();
    html! {
        @for n in 1..=paper.announced {
            p { a href={ "/delivery/announcements/" (announcement_key(no, id, n)) } { (seen.t("公告送达", "Public notice of service")) } }
        }
        @if wanted && seen.may.handle {
            (details(seen.t("公告送达", "Serve by public notice"), &seen.form(&html! {
                p { (seen.t("当事人下落不明，或者用其他方式无法送达的，方可公告送达。", "Only where the party is not to be found or no other way worked.")) }
                (Field::text(seen.lang(), "why", seen.t("事由", "Why")).hint(seen.t("如：邮寄退回，原址查无此人", "such as: the letter came back, nobody known there")).required(true))
                (Button::second(seen.t("发布公告", "Publish"), format!("announce:{id}"))
                    .confirm(seen.t("将向社会公开发布，确定吗？", "It is published to everybody. Go on?")))
            })))
        }
    }
}

fn draft_acts(seen: &Seen<'_>, id: &PaperId, paper: &Paper) -> Markup {
    let target = |verb: &str| format!("{verb}:{id}");
    let sort = paper.sort().unwrap_or(Sort::Notice);
    let consent = seen.loaded.row.consent == Consent::InForce;
    let (verb, word, may) = match sort {
        Sort::Decision => ("decide", seen.t("作出决定并送达", "Decide and serve"), seen.may.decide),
        Sort::Annulment => ("annul", seen.t("撤销并送达", "Annul and serve"), seen.may.decide),
        Sort::Notice | Sort::Hearing | Sort::Demand => {
            ("issue", seen.t("发出", "Issue"), seen.may.handle)
        }
    };
    let ways = vec![
        Choice::new("electronic", seen.t("电子送达", "electronically")),
        Choice::new("paper", seen.t("书面送达", "on paper")),
    ];
    let way = Field::new(seen.lang(), "way", seen.t("送达方式", "How"), Control::Radios(ways))
        .value(if consent { "electronic" } else { "paper" });
    html! {
        @if seen.may.handle {
            p.acts {
                (Button::second_link(seen.t("修改", "Change"), format!("{}/{id}/draft", seen.address())))
            }
            (seen.form(&html! { (Button::second(seen.t("会签", "Sign as second officer"), target("cosign"))) }))
        }
        @if seen.may.review {
            (seen.form(&html! { (Button::second(seen.t("审核通过", "Approve"), target("review"))) }))
            (details(seen.t("退回", "Send back"), &seen.form(&html! {
                (Field::text(seen.lang(), "why", seen.t("理由", "Why")).required(true))
                (Button::second(seen.t("退回", "Send back"), target("return")))
            })))
        }
        @if may && paper.hands.are_enough() {
            (seen.form(&html! { (way) div.acts { (Button::main(word, target(verb))) } }))
        }
    }
}

fn service_acts(seen: &Seen<'_>, id: &PaperId, paper: &Paper, number: &str) -> Markup {
    let base = format!("{}/{id}", seen.address());
    let decided = paper.sort() == Some(Sort::Decision) && paper.stands() && paper.served.is_some();
    let public = seen.loaded.case.published.contains_key(id);
    let package = paper.proof.as_deref().and_then(package_no);
    html! {
        @if let Some(package) = &package {
            p.acts {
                (Button::second_link(format!("{} {package}", seen.t("下载证据包", "Evidence package")), format!("{base}/package.zip")))
            }
            @if seen.may.handle && paper.certificate.is_none() {
                form method="post" action={ (base) "/package" } {
                    input type="hidden" name=(EXPECTED_VERSION) value=(seen.loaded.row.version);
                    (Button::second(
                        if paper.preservation.is_some() { seen.t("再次申请保全证据公证", "Ask the notary again") } else { seen.t("申请保全证据公证", "Ask the notary to preserve it") },
                        "ask_notary",
                    ))
                }
            }
        }
        @if seen.may.handle && paper.way == Way::Electronic && paper.served.is_some() {
            (details(seen.t("当事人举证到达时间", "The party proves another arrival"), &counterproof(seen, id)))
        }
        @if seen.may.decide && decided && !public && seen.loaded.case.to_annul().is_none() {
            (details(seen.t("公开处罚决定", "Make it public"), &seen.form(&html! {
                input type="hidden" name="number" value=(number);
                p { (seen.t("将决定告知公开平台；决定被撤销的，依法限期撤回。", "The publishing platforms are told; if it is annulled they withdraw it within the term of the law.")) }
                (Button::second(seen.t("公开", "Publish"), format!("publish:{id}")))
            })))
        }
    }
}

fn counterproof(seen: &Seen<'_>, id: &PaperId) -> Markup {
    let lang = seen.lang();
    html! {
        form method="post" action=(seen.address()) enctype="multipart/form-data" {
            (Field::text(lang, "rung", seen.t("第几次送达尝试", "Which rung of the ladder")).value("1"))
            (Field::text(lang, "arrived", seen.t("实际到达时间，如 2024-09-14 00:03:00；没有到达的留空", "When it arrived in truth; empty if never")))
            (Field::new(lang, "evidence", seen.t("证据文件", "Evidence"), Control::File { accept: "application/pdf,text/plain,image/*".to_owned(), multiple: false }).required(true))
            (Button::second(seen.t("采纳举证", "Accept the proof"), format!("counterproof:{id}"))
                .confirm(seen.t("采纳后送达日期和各项期限重新计算，确定吗？", "The day of service and all terms are computed anew. Go on?")))
        }
    }
}

/// What can be done to the case as a whole.
fn acts(seen: &Seen<'_>) -> Markup {
    let case = &seen.loaded.case;
    if case.closed.is_some() {
        return html! { p.quiet { (seen.t("案件已经结案。", "The case is closed.")) } };
    }
    html! {
        @if seen.may.handle { (handling(seen)) }
        @if seen.may.record { (recording(seen)) }
        @if seen.may.decide && !case.extended && case.decision().is_none() {
            (details(seen.t("延长办案期限", "Extend the term to decide"), &seen.form(&html! {
                (Field::text(seen.lang(), "why", seen.t("理由", "Why")).required(true))
                (Button::second(seen.t("延长", "Extend"), "extend"))
            })))
        }
    }
}

fn handling(seen: &Seen<'_>) -> Markup {
    let (case, lang) = (&seen.loaded.case, seen.lang());
    let new = |sort: Sort| {
        let href = format!("{}/new-{}/draft", seen.address(), sort.word());
        let word = format!("{}{}", seen.t("拟制", "Draft: "), sort.label().get(lang));
        Button::second_link(word, href)
    };
    html! {
        @match case.consent {
            Consent::Unasked | Consent::Refused | Consent::Over => (seen.form(&html! {
                @if case.on_the_spot.is_some() {
                    (Field::text(lang, "not_on_the_spot", seen.t("不能当场作出决定的原因", "Why it cannot be decided on the spot")).required(true))
                }
                (Button::main(seen.t("出示地址采集二维码", "Show the address form"), "capture"))
            })),
            Consent::Asked => p.acts { (Button::link(seen.t("查看采集进度", "See how far the party is"), format!("{}/counter", seen.address()))) },
            Consent::InForce => {},
        }
        @if !case.inquiry_closed {
            (seen.form(&html! { (Button::second(seen.t("调查终结", "Inquiry complete"), "close_inquiry")) }))
        }
        p.acts {
            @if case.decision().is_none() {
                (new(Sort::Notice)) " "
                @if case.defence.hearing_asked && case.defence.hearing_held.is_none() { (new(Sort::Hearing)) " " }
                (new(Sort::Decision))
            } @else {
                @if case.overdue && !case.settled && case.proceeding().is_none() && case.to_annul().is_none() {
                    (new(Sort::Demand)) " "
                }
                (new(Sort::Annulment))
            }
        }
        @if case.defence.hearing_asked && case.defence.hearing_held.is_none() {
            (details(seen.t("听证已经举行", "The hearing was held"), &seen.form(&html! {
                (Field::new(lang, "on", seen.t("听证日期", "On"), Control::Date).required(true))
                (Button::second(seen.t("记录", "Record"), "hold_hearing"))
            })))
        }
    }
}

fn recording(seen: &Seen<'_>) -> Markup {
    let (case, lang) = (&seen.loaded.case, seen.lang());
    let on = || Field::new(lang, "on", seen.t("日期", "Day"), Control::Date).required(true);
    let ways = || {
        let choices = vec![
            Choice::new("review", seen.t("行政复议", "administrative review")),
            Choice::new("suit", seen.t("行政诉讼", "suit")),
        ];
        Field::new(lang, "redress", seen.t("救济途径", "Way"), Control::Radios(choices)).value(
            match case.proceeding().map(|proceeding| proceeding.redress) {
                Some(Redress::Suit) => "suit",
                _ => "review",
            },
        )
    };
    let results = vec![
        Choice::new("upheld", seen.t("维持、驳回", "upheld")),
        Choice::new("struck", seen.t("撤销、确认违法", "struck")),
        Choice::new("withdrawn", seen.t("撤回", "withdrawn")),
    ];
    let endings =
        Ending::ALL.map(|ending| Choice::new(ending.word(), ending.label().get(lang))).to_vec();
    let fined = case.decision().is_some_and(|(_, d)| d.clock(penalty::Kind::Pay).is_some());
    html! {
        @if fined && !case.settled {
            (details(seen.t("记录缴款", "Record a payment"), &seen.form(&html! {
                (Field::new(lang, "amount", seen.t("金额", "Amount"), Control::Money).required(true))
                (on())
                (Field::text(lang, "reference", seen.t("缴款书编号", "Treasury number")).required(true))
                (Button::second(seen.t("记录", "Record"), "pay"))
            })))
        }
        @if case.decision().is_some_and(|(_, d)| d.served.is_some()) && case.proceeding().is_none() {
            (details(seen.t("记录复议、诉讼", "Review or suit filed"), &seen.form(&html! {
                (ways()) (on()) (Button::second(seen.t("记录", "Record"), "file_redress"))
            })))
        }
        @if case.proceeding().is_some() {
            (details(seen.t("复议、诉讼终结", "Review or suit ended"), &seen.form(&html! {
                (ways()) (on())
                (Field::new(lang, "result", seen.t("结果", "Result"), Control::Radios(results)).required(true))
                (Button::second(seen.t("记录", "Record"), "end_redress"))
            })))
        }
        (details(seen.t("结案", "Close"), &seen.form(&html! {
            (Field::new(lang, "ending", seen.t("结案方式", "How"), Control::Radios(endings)).required(true))
            (Button::second(seen.t("结案", "Close"), "close"))
        })))
    }
}

/// What happened, each with its proof, which anybody may fetch.
fn course(seen: &Seen<'_>) -> Markup {
    let lang = seen.lang();
    let changes: Vec<Changes> = seen
        .loaded
        .events
        .iter()
        .rev()
        .map(|event| Changes {
            at: event.at,
            what: html! {
                strong { (words::of_event("penalty", event.name()).get(lang)) }
                " " a href={ "/evidence/log/" (event.shard) "/" (event.seq) "/proof" } { (seen.t("存证 ", "proof ")) (event.id()) }
            },
            who: event.actor.login().map(str::to_owned),
        })
        .collect();
    history(lang, &changes)
}
