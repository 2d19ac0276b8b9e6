//! Forms of officers: a filing by hand, drafts of papers.

use crate::decide::Penalty;
use crate::model::Sort;
use crate::queries::CaseRow;
use crate::words::spoken;
use codes::{Date, Lang};
use maud::{Markup, html};
use penalty::{Clocks, Kind};
use portal::{Audience, Button, Choice, Control, EXPECTED_VERSION, Field, Frame, Page, bullets};

pub(crate) fn new_case(frame: &Frame, today: Date) -> Markup {
    let lang = frame.lang;
    let title = frame.t("立案", "File a case");
    let kinds = vec![
        Choice::new("uscc", frame.t("统一社会信用代码", "Unified social credit code")),
        Choice::new("resident_id", frame.t("居民身份证", "Resident identity card")),
        Choice::new("passport", frame.t("护照", "Passport")),
    ];
    let line = |name: &'static str, label: &str| Field::text(lang, name, label);
    let body = html! {
        h1 { (title) }
        form method="post" action="/penalty/cases/new" {
            (line("no", frame.t("案件编号", "Case number")).hint("HG-5100-2024-0137").required(true))
            (line("word", frame.t("机关代字", "Word of the office in numbers")).hint("广关").required(true))
            (line("cause", frame.t("案由", "Matter")).hint(frame.t("不写当事人姓名", "without names")).required(true))
            (Field::new(lang, "on", frame.t("立案日期", "Filed on"), Control::Date).value(today.to_string()).required(true))
            (Field::new(lang, "fine", frame.t("预计罚款", "Fine to be expected"), Control::Money)
                .hint(frame.t("在当场处罚限额以内的，采集地址前须写明不能当场决定的原因", "within the limits on the spot a reason is asked for")))
            h2 { (frame.t("当事人", "Party")) }
            (line("name", frame.t("姓名或者名称", "Name")).required(true))
            (Field::new(lang, "id_kind", frame.t("证件种类", "Document"), Control::Radios(kinds)).required(true))
            (line("id_number", frame.t("证件号码", "Number")).required(true))
            (line("legal_representative", frame.t("法定代表人", "Legal representative")))
            (line("address", frame.t("住址或者住所", "Address")))
            div.acts { (Button::main(frame.t("立案", "File"), "file")) }
        }
    };
    Page::new(title)
        .audience(Audience::Officer)
        .crumb(frame.t("处罚案件", "Penalty cases"), "/penalty/cases")
        .render(frame, &body)
}

pub(crate) fn draft(
    frame: &Frame,
    row: &CaseRow,
    case: &Penalty,
    sort: Sort,
    clocks: &Clocks,
) -> Markup {
    let lang = frame.lang;
    let title = format!("{}{}", frame.t("拟制", "Draft: "), sort.label().get(lang));
    let paper = format!("new-{}", sort.word());
    let term = |kind| clocks.row(kind).map(|row| spoken(&row.term)).unwrap_or_default();
    let inside = match sort {
        Sort::Notice => grounds(frame, &html! { (penalty(frame, case)) }),
        Sort::Decision => {
            grounds(frame, &html! { (penalty(frame, case)) (decision(frame, &term(Kind::Pay))) })
        }
        Sort::Hearing => hearing(frame, &term(Kind::HearingNotice)),
        Sort::Annulment => annulment(frame),
        Sort::Demand => demand(frame),
    };
    let body = html! {
        h1 { (title) }
        (bullets(&[
            frame.t("拟稿后须由第二名办案人员会签，并由其他人员法制审核。", "A second officer signs it, and somebody else reviews it."),
            frame.t("重新拟稿的，会签和审核重新进行。", "A new draft is signed and reviewed anew."),
        ]))
        form method="post" action={ "/penalty/cases/" (row.no) "/" (paper) "/draft" } {
            input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
            (inside)
            div.acts { (Button::main(frame.t("保存草稿", "Save the draft"), "draft")) }
        }
    };
    Page::new(title)
        .audience(Audience::Officer)
        .crumb(frame.t("处罚案件", "Penalty cases"), "/penalty/cases")
        .crumb(row.no.to_string(), format!("/penalty/cases/{}", row.no))
        .render(frame, &body)
}

fn area(frame: &Frame, name: &'static str, label: &str, lines: u8) -> Field {
    Field::new(frame.lang, name, label, Control::Area { max: Some(20_000), lines })
        .hint(frame.t("一行一项", "one a line"))
        .required(true)
}

fn grounds(frame: &Frame, more: &Markup) -> Markup {
    html! {
        (area(frame, "facts", frame.t("违反法律的事实", "Facts"), 6))
        (area(frame, "evidence", frame.t("证据", "Evidence"), 4))
        (area(frame, "reasons", frame.t("理由", "Reasons"), 4))
        (area(frame, "articles", frame.t("依据", "Legal grounds"), 3))
        (more)
    }
}

fn penalty(frame: &Frame, case: &Penalty) -> Markup {
    let lang = frame.lang;
    let notified = case.notice().and_then(|(_, notice)| notice.sanction());
    let fine = notified.map(|sanction| sanction.fine_fen).filter(|fen| *fen > 0);
    html! {
        (area(frame, "penalty", frame.t("处罚内容（文书用语）", "Penalty, in the words of the document"), 3))
        (Field::new(lang, "fine", frame.t("罚款", "Fine"), Control::Money)
            .maybe(fine.map(|fen| format!("{}.{:02}", fen / 100, fen % 100)))
            .hint(frame.t("不得因陈述申辩而重于告知的内容", "not heavier than notified because of a defence")))
        (Field::new(lang, "gains", frame.t("没收违法所得", "Gains confiscated"), Control::Money))
        (Field::text(lang, "confiscated", frame.t("没收物品（清单序号）", "Confiscated items, by their lines in the list")))
        (Field::new(lang, "suspended_days", frame.t("暂停从事有关业务", "Suspension"), Control::Number { unit: frame.t("日", "days").to_owned(), decimal: false }))
        (Field::new(lang, "warning", frame.t("警告", "Warning"), Control::Tick))
        (Field::new(lang, "revoked", frame.t("撤销备案", "Revocation"), Control::Tick))
    }
}

fn decision(frame: &Frame, pay: &str) -> Markup {
    let lang = frame.lang;
    let how = format!(
        "自收到本决定书之日起{pay}内，凭本决定书编号到指定银行或者通过电子支付系统缴纳罚款。"
    );
    html! {
        (Field::new(lang, "defence", frame.t("陈述、申辩和复核", "Defence and its examination"), Control::Area { max: Some(2_000), lines: 4 })
            .hint(frame.t("没有提出的留空，自动写明告知单的送达日期", "empty if there was none: the day of service is written")))
        (area(frame, "performance", frame.t("履行方式和期限", "How and by when to perform"), 3)
            .value(how))
        (Field::text(lang, "review_organ", frame.t("行政复议机关", "Review organ")).value("海关总署").required(true))
        (Field::text(lang, "court", frame.t("管辖法院", "Court")).required(true))
    }
}

fn hearing(frame: &Frame, before: &str) -> Markup {
    let lang = frame.lang;
    let hint = match lang {
        Lang::Zh => format!("通知书须在听证{before}前送达"),
        Lang::En => format!("to be served {before} before"),
    };
    html! {
        (Field::new(lang, "hearing_on", frame.t("听证日期", "Day of the hearing"), Control::Date)
            .hint(hint).required(true))
        (Field::text(lang, "hearing_time", frame.t("听证时间", "Time")).required(true))
        (Field::text(lang, "hearing_place", frame.t("听证地点", "Place")).required(true))
        (Field::text(lang, "host", frame.t("听证主持人", "Who presides")).hint(frame.t("不得是本案调查人员", "nobody who inquired into the case")).required(true))
        (Field::new(lang, "open", frame.t("公开举行", "In public"), Control::Tick))
    }
}

fn annulment(frame: &Frame) -> Markup {
    html! {
        (area(frame, "reasons", frame.t("撤销理由", "Reasons"), 4))
        (area(frame, "articles", frame.t("依据", "Legal grounds"), 2))
        (area(frame, "consequences", frame.t("撤销之后", "What follows"), 3)
            .value("已经缴纳的罚款，依法退还。"))
    }
}

/// What is owed is computed; the officer says how it is to be performed.
fn demand(frame: &Frame) -> Markup {
    html! {
        (area(frame, "performance", frame.t("履行方式", "How to perform"), 3)
            .value("凭处罚决定书编号到指定银行或者通过电子支付系统缴纳罚款和加处罚款。"))
        (area(frame, "articles", frame.t("依据", "Legal grounds"), 2)
            .value("《中华人民共和国行政强制法》第三十五条、第五十四条"))
    }
}
