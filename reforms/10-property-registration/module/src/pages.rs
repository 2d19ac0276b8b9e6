//! Pages of real-estate registration: the way in, applying, lists, reports.

pub(crate) mod desk;
pub(crate) mod inquiries;
pub(crate) mod mine;
pub(crate) mod progress;

use crate::check::{Report, What};
use crate::http::people::TAKERS_MAX;
use crate::model::{Circumstance, State};
use crate::queries::{RegistrationRow, ScanRow};
use codes::{Label, Lang, Moment, UnitNo};
use maud::{Markup, html};
use portal::{
    Audience, Button, Choice, Column, Control, Field, Frame, Notice, Page, Row, Table, Tone,
    bullets, date_tag, details, empty, moment_tag, stamp, tag,
};
use property::{Kind, Progress, Purpose};

/// The way in: to each what is theirs.
pub(crate) fn home(frame: &Frame) -> Markup {
    let title = frame.t("不动产登记", "Real-estate registration");
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "一证一码：扫描证书上的二维码，当场看到附图和限制状态；名下不动产、办理进度和缴费都在手机上。",
            "One certificate, one code: scan it and see figure and restrictions at once. What you hold, how far it is and what to pay are on your phone.",
        )) }
        ul.ways {
            @for (href, title, hint) in ways(frame) {
                li.one { a href=(href) { (title) } p { (hint) } }
            }
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

type Way<'a> = (&'static str, &'a str, &'a str);
type Both = (&'static str, &'static str);

/// What is for applicants: where it is, what it is called, what one finds there.
const OF_APPLICANTS: [(&str, Both, Both); 5] = [
    (
        "/property/mine",
        ("我的不动产", "My property"),
        (
            "名下的房屋、车位，附图、抵押和查封",
            "What you hold, with figure, mortgages and seizures",
        ),
    ),
    (
        "/property/apply",
        ("申请登记", "Apply for a registration"),
        (
            "买卖、抵押、更正，双方在线共同申请",
            "Sale, mortgage, correction; both sides apply on line",
        ),
    ),
    (
        "/property/registrations",
        ("办理进度", "Progress"),
        ("每一步办到哪里，还剩几个工作日", "Each step, and the working days left"),
    ),
    (
        "/ledger/bills",
        ("缴费", "Payments"),
        ("登记费怎样算出来的，在线缴纳", "How the fee was computed, and payment"),
    ),
    (
        "/property/inquiries",
        ("利害关系人查询", "Inquiry of an interested party"),
        ("购买、承租之前，凭材料查询", "Before you buy or rent, with proof of your interest"),
    ),
];

fn ways(frame: &Frame) -> Vec<Way<'_>> {
    let way = |href: &'static str, title: Both, hint: Both| {
        (href, frame.t(title.0, title.1), frame.t(hint.0, hint.1))
    };
    let verify = way(
        "/verify",
        ("核验证书", "Verify a certificate"),
        (
            "扫码或者输入网址，当场看到附图和限制",
            "Scan it or type its address: figure and restrictions at once",
        ),
    );
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let Some((organ, role)) = post else {
        let own = OF_APPLICANTS.iter().map(|(href, title, hint)| way(href, *title, *hint));
        return own.chain([verify]).collect();
    };
    let (organ, role) = (organ.as_str(), role.as_str());
    let registry = organ == "real_estate" && ["clerk", "reviewer", "head"].contains(&role);
    let reports = organ == "real_estate" && ["reviewer", "head", "inspector"].contains(&role);
    let mut ways = Vec::new();
    if registry {
        ways.push(way(
            "/property/desk",
            ("登记工作台", "Registration desk"),
            ("受理、审核、登簿，按承诺期限排序", "Accept, examine, enter; by what is due first"),
        ));
        ways.push(way(
            "/ledger/bills",
            ("账单", "Bills"),
            ("本机构应收的登记费", "Fees owed to this office"),
        ));
    }
    if reports || role == "auditor" {
        ways.push(way(
            "/property/check",
            ("证书与登记簿核对", "Certificates against the book"),
            ("逐本比对，差异当场列出", "Compared one by one, differences listed"),
        ));
        ways.push(way(
            "/property/fakes",
            ("扫码异常", "Reports on codes"),
            ("从未签发的二维码、公众举报", "Codes never issued, reports of the public"),
        ));
    }
    ways.push(verify);
    ways
}

/// What the form of an application begins with.
pub(crate) struct Form {
    /// What the page bears, so that it applies once.
    pub(crate) id: String,
    /// The type.
    pub(crate) kind: Kind,
    /// The unit, where it is known already.
    pub(crate) unit: Option<UnitNo>,
    /// Where it lies, for the eyes of the office.
    pub(crate) location: Option<String>,
}

/// The form of an application.
pub(crate) fn apply(frame: &Frame, form: &Form) -> Markup {
    let Form { id, kind, unit, location } = form;
    let lang = frame.lang;
    let title = frame.t("申请不动产登记", "Apply for a registration");
    let kinds = Kind::ALL.iter().filter(|one| **one != Kind::Seizure);
    let kinds: Vec<Choice> =
        kinds.map(|one| Choice::new(one.word(), one.label().get(lang))).collect();
    let purposes = Purpose::ALL.iter().map(|one| Choice::new(one.word(), one.label().get(lang)));
    let circumstances =
        Circumstance::ALL.iter().map(|one| Choice::new(one.word(), one.label().get(lang)));
    let select = |choices: Vec<Choice>| Control::Select { choices, search: false };
    let number = Control::Text { max: Some(40), autocomplete: None, inputmode: None };
    let unit = unit.as_ref().map(UnitNo::grouped);
    let copies = Control::Number { unit: frame.t("本", "copies").to_owned(), decimal: false };
    let file = Control::File { accept: ".pdf,image/jpeg,image/png".to_owned(), multiple: true };
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "身份、契税、房屋交易和登记簿记载由登记机构共享取得，免提交。买卖、抵押由双方申请：提交后请对方登录确认。",
            "Identity, deed tax, the transaction and what the book says are had by sharing; do not hand them in. Sale and mortgage are applied for by both: the other side signs in and confirms.",
        )) }
        form method="post" action="/property/apply" enctype="multipart/form-data" {
            (stamp(id, None))
            (Field::new(lang, "kind", frame.t("登记类型", "Type"), select(kinds)).value(kind.word()).required(true))
            (Field::new(lang, "real_estate_unit_no", frame.t("不动产单元号", "Unit number"), number)
                .maybe(unit).hint(frame.t("证书上的 28 位编号，分组填写也可以。", "28 characters as on the certificate, in groups if you like.")).required(true))
            @if let Some(location) = location { p.quiet { (frame.t("坐落：", "Location: ")) (location) } }
            (Field::text(lang, "document_no", frame.t("合同、判决等依据的编号", "Number of contract, judgment …")).required(true))
            (Field::new(lang, "purpose", frame.t("收费用途", "Use, for the fee"), select(purposes.collect())).value(Purpose::Housing.word()).required(true))
            (Field::new(lang, "circumstance", frame.t("情形", "Circumstance"), select(circumstances.collect())).value(Circumstance::Ordinary.word()))
            (Field::new(lang, "micro", frame.t("缴费人是小微企业或者个体工商户", "Who pays is a micro or small enterprise or an individual business"), Control::Tick))
            (Field::new(lang, "by_act", frame.t("因继承、判决或者政府决定取得，单方申请", "By inheritance, judgment or decision; one side alone"), Control::Tick))
            (Field::new(lang, "value", frame.t("价款或者被担保的数额", "Price or amount secured"), Control::Money))
            (Field::new(lang, "no_transfer", frame.t("抵押合同约定禁止或者限制转让（民法典第四百零六条）", "The mortgage contract forbids or limits transfer"), Control::Tick))
            (Field::new(lang, "certificates", frame.t("证书本数", "Certificates"), copies).value("1"))
            h2 { (frame.t("取得权利的人", "Who is to hold the right")) }
            @for n in 0..TAKERS_MAX { (taker(frame, n)) }
            (details(frame.t("首次登记、变更和更正的内容", "What is entered first, changed or corrected"), &html! {
                (Field::text(lang, "location", frame.t("坐落", "Location")))
                (Field::text(lang, "use_code", frame.t("用途", "Use")))
                (Field::text(lang, "area", frame.t("宗地面积（平方米）", "Area of the parcel (m²)")))
                (Field::text(lang, "building_area", frame.t("建筑面积（平方米）", "Building area (m²)")))
                (Field::text(lang, "figure_hash", frame.t("附图摘要", "Digest of the figure")))
                (Field::text(lang, "right_type", frame.t("权利类型", "Kind of right")))
                (Field::text(lang, "right_nature", frame.t("权利性质", "Nature of the right")))
                (Field::new(lang, "term_from", frame.t("使用期限自", "Term from"), Control::Date))
                (Field::new(lang, "term_to", frame.t("使用期限至", "Term to"), Control::Date))
            }))
            (Field::new(lang, "papers", frame.t("合同等材料", "Contract and other papers"), file))
            div.acts { (Button::main(frame.t("提交申请", "Apply"), "apply")) }
        }
    };
    Page::new(title)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &body)
}

fn taker(frame: &Frame, n: usize) -> Markup {
    let lang = frame.lang;
    let types = vec![
        Choice::new("resident_id", frame.t("居民身份证", "Resident identity card")),
        Choice::new("uscc", frame.t("统一社会信用代码", "Unified social credit code")),
    ];
    let select = Control::Select { choices: types, search: false };
    let body = html! {
        (Field::text(lang, format!("name_{n}"), frame.t("姓名或者名称", "Name")))
        (Field::new(lang, format!("type_{n}"), frame.t("证件", "Document"), select).value("resident_id"))
        (Field::text(lang, format!("number_{n}"), frame.t("证件号码", "Number")))
        (Field::text(lang, format!("share_{n}"), frame.t("份额", "Share")).hint(frame.t("按份共有的填写，如 1/3；合计须等于 1。", "If held by shares, such as 1/3; they sum to 1.")))
    };
    match n {
        0 => body,
        _ => details(frame.t("再添一人", "One more"), &body),
    }
}

/// What somebody applied for.
pub(crate) fn registrations(frame: &Frame, rows: &[(RegistrationRow, Progress)]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("办理进度", "Progress");
    let columns = vec![
        Column::new(frame.t("受理编号", "Number")),
        Column::new(frame.t("登记类型", "Type")),
        Column::new(frame.t("不动产单元号", "Unit")),
        Column::new(frame.t("收到日期", "Received")),
        Column::new(frame.t("进度", "Progress")),
    ];
    let lines = rows
        .iter()
        .map(|(row, progress)| {
            Row::new(vec![
                html! { (row.registration) },
                html! { (row.application.kind.label().get(lang)) },
                html! { code { (row.application.unit.grouped()) } },
                date_tag(lang, row.received_on),
                html! { (progress_tag(lang, row.state, progress)) },
            ])
            .href(format!("/property/registrations/{}", row.registration))
        })
        .collect();
    let next = Button::link(frame.t("申请登记", "Apply"), "/property/apply");
    let nothing = empty(
        frame.t("还没有申请", "Nothing applied for"),
        frame.t(
            "提交登记申请后，这里显示每一步办到哪里、还剩几个工作日。",
            "What you apply for appears here, with each step and the days left.",
        ),
        Some(&next),
    );
    let table = Table::new(lang, title, columns, lines).empty(nothing);
    Page::new(title)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &html! { h1 { (title) } (table) })
}

/// A registration's progress as a tag; before acceptance and after an end the state says more.
pub(crate) fn progress_tag(lang: Lang, state: State, progress: &Progress) -> Markup {
    let tone = match progress {
        Progress::Closed | Progress::Entered | Progress::ToCollect => Tone::Good,
        Progress::Supplement | Progress::Unpaid => Tone::Time,
        Progress::Returned => Tone::Loss,
        Progress::Accepted | Progress::Examining { .. } => Tone::Active,
    };
    match state {
        State::Applied | State::Withdrawn | State::Refused => {
            let tone = if state == State::Applied { Tone::Active } else { Tone::Loss };
            tag(tone, state.label().get(lang))
        }
        _ => tag(tone, progress.label().get(lang)),
    }
}

/// Thanks for a report.
pub(crate) fn reported(frame: &Frame) -> Markup {
    let title = frame.t("已收到举报", "Report received");
    let body = html! {
        h1 { (title) }
        p { (frame.t(
            "登记机构会核实这本证书。遇到有人持可疑证书要求付款，请先不要付款，可以报警。",
            "The registration office will look into this certificate. If somebody asks you for money on it, do not pay; you may call the police.",
        )) }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// Reports on codes.
pub(crate) fn reports(frame: &Frame, rows: &[ScanRow]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("扫码异常", "Reports on codes");
    let columns = vec![
        Column::new(frame.t("时间", "When")),
        Column::new(frame.t("情况", "What")),
        Column::new(frame.t("核验码或者其摘要", "Code or its digest")),
        Column::new(frame.t("说明", "In words")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let what = match row.what.as_str() {
                "Forged" => Label::new("非本机构签发", "Never issued here"),
                _ => Label::new("举报假证", "Said to be a fake"),
            };
            let short: String = row.code.chars().take(26).collect();
            Row::new(vec![
                moment_tag(lang, row.at),
                html! { (what.get(lang)) },
                html! { code { (short) } },
                html! { (row.text) },
            ])
        })
        .collect();
    let nothing = empty(
        frame.t("没有异常", "Nothing was reported"),
        frame.t(
            "有人扫描从未签发的二维码，或者公众举报可疑证书时，会列在这里。",
            "Scans of codes that were never issued, and what the public reports, stand here.",
        ),
        None,
    );
    let table = Table::new(lang, title, columns, lines).empty(nothing);
    Page::new(title)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &html! { h1 { (title) } (table) })
}

/// What the check of certificates against the book found.
pub(crate) fn check(frame: &Frame, report: &Report, at: Moment) -> Markup {
    let lang = frame.lang;
    let title = frame.t("证书与登记簿核对", "Certificates against the book");
    let told = match lang {
        Lang::Zh => format!(
            "核对 {} 本证书、{} 个单元，差异 {} 处。",
            report.certificates,
            report.units,
            report.differences.len()
        ),
        Lang::En => format!(
            "{} certificates of {} units compared, {} differences.",
            report.certificates,
            report.units,
            report.differences.len()
        ),
    };
    let tone = if report.differences.is_empty() { Tone::Good } else { Tone::Loss };
    let lines: Vec<String> = report
        .differences
        .iter()
        .map(|one| {
            let what = what_label(one.what);
            format!("{} · {} · {}", one.unit, one.licence.as_deref().unwrap_or("—"), what.get(lang))
        })
        .collect();
    let body = html! {
        h1 { (title) }
        (Notice::new(tone, told, html! { p { (frame.t("核对时间 ", "As of ")) (moment_tag(lang, at)) } }))
        @if !lines.is_empty() { (bullets(&lines)) }
    };
    Page::new(title)
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &body)
}

fn what_label(what: What) -> Label {
    let (zh, en) = match what {
        What::NotInTheBook => {
            ("证书有效，登记簿没有该单元", "in force, and the book knows no such unit")
        }
        What::RightEnded => ("证书有效，权利已经消灭", "in force, and the right has ended"),
        What::HolderDiffers => ("证书权利人与登记簿不一致", "its holder is not who the book says"),
        What::NoneInForce => {
            ("权利存在，没有有效证书", "the right stands, and no certificate is in force")
        }
        What::PageDiffers => ("扫码页与登记簿不一致", "the scan page differs from the book"),
    };
    Label::new(zh, en)
}
