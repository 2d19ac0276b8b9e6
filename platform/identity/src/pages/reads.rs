//! The page that tells a person who looked at her data: when, who, at what, for what purpose, by which law.

use crate::http::organ_name;
use crate::http::reads::Wanted;
use crate::pages::encode;
use crate::queries::ReadRow;
use crate::service::Identity;
use codes::Lang;
use elements::Dictionary;
use maud::{Markup, html};
use portal::{
    Audience, Button, Column, Control, Field, Filter, Frame, Page, Pager, Row, Table, Tone,
    details, empty, moment_tag, pick, tag,
};

/// The kinds of things that are looked at, with their names.
const KINDS: [(&str, &str, &str); 3] =
    [("case", "办件", "Cases"), ("record", "登记簿", "Registers"), ("licence", "证照", "Licences")];

/// By which law a look rests that names none of its own.
///
/// # Source
/// 个人信息保护法 art. 13: to fulfil duties set by law needs no consent.
const LAW: (&str, &str) = (
    "《个人信息保护法》第十三条第一款第三项（履行法定职责）",
    "Personal Information Protection Law, art. 13(1)(3): duties set by law",
);

fn address(wanted: &Wanted, page: &str) -> String {
    let mut out = page.to_owned();
    let days = [("from", &wanted.from), ("to", &wanted.to), ("kind", &wanted.kind)];
    let refused = (wanted.refused == Some(1)).then(|| "refused=1".to_owned());
    let set = days.into_iter().filter_map(|(name, value)| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        Some(format!("{name}={}", encode(value)))
    });
    for (i, part) in set.chain(refused).enumerate() {
        out.push(if i == 0 { '?' } else { '&' });
        out.push_str(&part);
    }
    out
}

fn filters(frame: &Frame, wanted: &Wanted) -> Vec<Filter> {
    let filter = |label: &str, kind: Option<&str>, refused: bool| {
        let to = Wanted {
            kind: kind.map(str::to_owned),
            refused: refused.then_some(1),
            before: None,
            ..wanted.clone()
        };
        let active = wanted.kind.as_deref().filter(|known| !known.is_empty()) == kind
            && (wanted.refused == Some(1)) == refused;
        let href = address(&to, "/identity/reads");
        Filter { label: label.to_owned(), href, count: None, active }
    };
    let mut all = vec![filter(frame.t("全部", "All"), None, false)];
    all.extend(KINDS.map(|(kind, zh, en)| filter(frame.t(zh, en), Some(kind), false)));
    all.push(filter(frame.t("被拒绝的查看", "Refused"), None, true));
    all
}

/// The page.
pub(crate) fn list(
    frame: &Frame,
    identity: &Identity,
    wanted: &Wanted,
    looks: &[ReadRow],
    limit: u32,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("谁查看过我的信息", "Who looked at my data");
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows: Vec<Row> =
        looks.iter().take(most).map(|look| look_row(frame, identity, look)).collect();
    let columns = [
        ("时间", "When"),
        ("单位和人员", "Who"),
        ("事项", "At what"),
        ("目的", "Purpose"),
        ("依据", "By law"),
        ("查看的内容", "What"),
    ];
    let columns = columns.map(|(zh, en)| Column::new(pick(lang, zh, en))).to_vec();
    let filtered = wanted.filter() != crate::queries::ReadFilter::default();
    let none = if filtered {
        empty(
            frame.t("没有符合条件的查看", "No look like that"),
            frame.t("换一个条件，或者查看全部。", "Choose otherwise, or look at all."),
            Some(&Button::second_link(frame.t("查看全部", "All of them"), "/identity/reads")),
        )
    } else {
        empty(
            frame.t("还没有人查看过您的信息", "Nobody has looked at your data yet"),
            frame.t(
                "各单位办理您的事项、查询您名下的登记时，每次查看都会记在这里。",
                "Every look by an organ that works on a case of yours, or queries what you hold, is kept here.",
            ),
            None,
        )
    };
    let plain = Wanted { before: None, ..wanted.clone() };
    let first = wanted.before.map(|_| address(&plain, "/identity/reads"));
    let last = looks.get(most.saturating_sub(1)).filter(|_| looks.len() > most);
    let next = last.map(|look| {
        let here = address(&plain, "/identity/reads");
        format!("{here}{}before={}", if here.contains('?') { '&' } else { '?' }, look.seq)
    });
    let table = Table::new(lang, title, columns, rows)
        .empty(none)
        .filters(filters(frame, wanted))
        .csv(address(&plain, "/identity/reads.csv"))
        .pager(Pager { first, next });
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "依据《个人信息保护法》第四十四条、第四十五条，您有权知道谁在何时、为何查看了您的信息。被拒绝的查看也列在这里。",
            "By articles 44 and 45 of the Personal Information Protection Law you may know who looked at your data, when and why. Looks that were refused are listed too.",
        )) }
        (days(frame, wanted))
        (table)
        p { a href="/registers/alerts" { (frame.t("有人就我的登记提出申请时提醒我", "Alerts on what I hold in registers")) } }
    };
    Page::new(title)
        .crumb(frame.t("办事身份", "Roles"), "/identity/acting")
        .audience(Audience::Applicant)
        .render(frame, &body)
}

/// The form that asks for a stretch of days.
fn days(frame: &Frame, wanted: &Wanted) -> Markup {
    let lang = frame.lang;
    let form = html! {
        form method="get" action="/identity/reads" {
            @if let Some(kind) = wanted.kind.as_deref().filter(|kind| !kind.is_empty()) { input type="hidden" name="kind" value=(kind); }
            @if wanted.refused == Some(1) { input type="hidden" name="refused" value="1"; }
            (Field::new(lang, "from", frame.t("自", "From"), Control::Date).maybe(wanted.from.as_deref()))
            (Field::new(lang, "to", frame.t("至", "To"), Control::Date).maybe(wanted.to.as_deref()))
            div.acts { (Button::second(frame.t("按日期筛选", "Show these days"), "days")) }
        }
    };
    details(frame.t("按日期筛选", "Certain days"), &form)
}

/// What a field is called; its key where nobody knows it.
fn field_name(key: &str, lang: Lang) -> String {
    let own = match key {
        "holders" => pick(lang, "权利人", "holders"),
        "restrictions" => pick(lang, "权利限制", "restrictions"),
        "history" => pick(lang, "登记历史", "history"),
        "record" => pick(lang, "登记簿记载", "the record"),
        "paper" => pick(lang, "证照文书", "the paper"),
        "state" => pick(lang, "证照状态", "its state"),
        _ => "",
    };
    if !own.is_empty() {
        return own.to_owned();
    }
    let known = Dictionary::builtin().ok();
    let element = known.as_ref().and_then(|all| {
        let of_role = || {
            all.roles().find_map(|role| {
                Some(role.attributes.iter().find(|(name, _)| name.as_str() == key)?.1)
            })
        };
        all.person(key).or_else(|| all.element(key)).or_else(of_role)
    });
    element.map_or_else(|| key.to_owned(), |element| element.label.get(lang).to_owned())
}

fn who(frame: &Frame, identity: &Identity, look: &ReadRow) -> String {
    let lang = frame.lang;
    let organ = look.organ.as_ref().map(|organ| organ_name(identity, organ, lang));
    let organ = organ.or_else(|| look.partner.clone());
    let mut text = organ.unwrap_or_else(|| frame.t("系统", "The platform").to_owned());
    if let Some(role) = look.role {
        text.push_str(&format!(" · {}", role.label().get(lang)));
    }
    if let Some(name) = &look.name {
        text.push_str(&format!(" {name}"));
    }
    text
}

fn law<'a>(frame: &'a Frame, look: &'a ReadRow) -> &'a str {
    look.law.as_deref().unwrap_or_else(|| frame.t(LAW.0, LAW.1))
}

fn fields(frame: &Frame, look: &ReadRow) -> String {
    let names: Vec<String> = look.fields.iter().map(|key| field_name(key, frame.lang)).collect();
    names.join(frame.t("、", ", "))
}

fn kind_name<'a>(frame: &'a Frame, kind: &'a str) -> &'a str {
    let known = KINDS.iter().find(|(known, ..)| *known == kind);
    known.map_or(kind, |(_, zh, en)| frame.t(zh, en))
}

fn look_row(frame: &Frame, identity: &Identity, look: &ReadRow) -> Row {
    let thing = html! {
        (kind_name(frame, &look.kind)) " "
        @match look.kind.as_str() {
            "record" => a href={ "/registers/" (look.thing) } { code { (look.thing) } },
            _ => code { (look.thing) },
        }
    };
    let what = html! {
        @if look.denied { (tag(Tone::Loss, frame.t("已拒绝", "refused"))) " " }
        (fields(frame, look))
    };
    let purpose = html! {
        (look.purpose)
        @if let Some(service) = &look.service { " · " code { (service) } }
    };
    Row::new(vec![
        moment_tag(frame.lang, look.at),
        html! { (who(frame, identity, look)) },
        thing,
        purpose,
        html! { (law(frame, look)) },
        what,
    ])
}

/// The same as a file.
pub(crate) fn csv(frame: &Frame, identity: &Identity, looks: &[ReadRow]) -> String {
    let head = [
        ("时间", "When"),
        ("单位和人员", "Who"),
        ("种类", "Kind"),
        ("编号", "Key"),
        ("目的", "Purpose"),
        ("依据", "By law"),
        ("查看的内容", "What"),
        ("是否被拒绝", "Refused"),
    ];
    let head = head.map(|(zh, en)| pick(frame.lang, zh, en));
    let rows: Vec<Vec<String>> = looks
        .iter()
        .map(|look| {
            vec![
                portal::moment(frame.lang, look.at),
                who(frame, identity, look),
                kind_name(frame, &look.kind).to_owned(),
                look.thing.clone(),
                look.purpose.clone(),
                law(frame, look).to_owned(),
                fields(frame, look),
                if look.denied { frame.t("是", "yes") } else { frame.t("否", "no") }.to_owned(),
            ]
        })
        .collect();
    portal::csv(&head, rows.iter().map(|row| row.iter().map(String::as_str)))
}
