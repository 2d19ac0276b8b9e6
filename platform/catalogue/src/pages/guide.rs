//! Guides: what a service or a package is, for whom, how long, what it costs, what to have at hand, what comes out.

use super::words::{fee, joined, nature, numbered, package_href, role, service_href, term};
use crate::definition::{Package, Reform, Remedy, Service, ServiceKey};
use crate::{Catalogue, CatalogueError, OneList, PackageKey};
use maud::{Markup, html};
use portal::{Button, Column, Fact, Frame, Page, Table, bullets, facts};

/// The guide of a service.
///
/// # Errors
/// `SERVICE_UNKNOWN`.
pub fn service(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &ServiceKey,
) -> Result<Markup, CatalogueError> {
    let (reform, service) = catalogue.service(key)?;
    let title = frame.t(&service.zh, &service.en);
    let outcome = service.outcome.label();
    let list = [
        Fact::new(frame.t("办什么", "What comes out"), html! { (outcome.get(frame.lang)) }),
        Fact::new(
            frame.t("性质", "Kind of act"),
            html! { (nature(service.legal_nature).get(frame.lang)) },
        ),
        Fact::new(frame.t("谁来办", "Who decides"), decided_by(frame, catalogue, service)),
        Fact::new(frame.t("多久", "How long"), time(frame, service)),
        Fact::new(frame.t("费用", "Fee"), fee(frame, service.fee)),
    ];
    let uploads = catalogue.form_facts(key).map_or(&[][..], |facts| &facts.uploads);
    let body = html! {
        h1 { (title) }
        (facts(frame.lang, &list))
        h2 { (frame.t("何时可以开始", "When it starts")) }
        (needs(frame, catalogue, reform, service))
        h2 { (frame.t("请备好", "Have at hand")) }
        ul.bullets {
            li { (frame.t("一张表单，已知的内容自动填好", "One form; what is known is filled in")) }
            @for upload in uploads { li { (upload_line(frame, upload)) } }
        }
        h2 { (frame.t("开始办理", "Start")) }
        (packages_with(frame, catalogue, key))
        (remedy(frame, reform.remedies.get(&service.remedy)))
    };
    Ok(Page::new(title)
        .crumb(frame.t("首页", "Home"), "/")
        .crumb(numbered(frame, catalogue, key.reform), format!("/reforms/{}", key.reform))
        .render(frame, &body))
}

fn decided_by(frame: &Frame, catalogue: &Catalogue, service: &Service) -> Markup {
    html! {
        @if service.automatic { (frame.t("系统即时比对，由", "Compared by the platform at once, for ")) }
        (role(frame, catalogue, service))
        @if service.automatic { (frame.t("负责", "")) }
        " " span.quiet { (frame.t("（由办理地点确定具体单位）", "(the place decides which organ)")) }
    }
}

fn time(frame: &Frame, service: &Service) -> Markup {
    let clock = &service.clock;
    let lang = frame.lang;
    html! {
        @if let Some(promise) = &clock.promise { p { (frame.t("承诺：", "Promised: ")) (term(lang, promise)) } }
        p {
            (frame.t("法定：", "By law: ")) (term(lang, &clock.statutory))
            @if let Some(extension) = &clock.extension {
                (frame.t("，经批准可延长", ", can be extended by ")) (term(lang, extension))
            }
        }
        @if let Some(visit) = &clock.visit { p { (frame.t("现场核查：", "Visit to the premises within ")) (term(lang, visit)) (frame.t("内", "")) } }
        p.quiet { (frame.t("依据：", "Source: ")) span lang="zh-CN" { (clock.source) } }
    }
}

/// What it waits for, in words.
fn needs(frame: &Frame, catalogue: &Catalogue, reform: &Reform, service: &Service) -> Markup {
    let named = |needs: &[String]| {
        let labels: Vec<String> = needs
            .iter()
            .filter(|need| *need != "submit")
            .filter_map(|need| ServiceKey::within(reform.number, need).ok())
            .map(|key| catalogue.service_label(&key).get(frame.lang).to_owned())
            .collect();
        (!labels.is_empty()).then(|| joined(frame, labels.iter().map(String::as_str)))
    };
    html! {
        p {
            @match named(&service.needs.start) {
                Some(tasks) => { (frame.t("完成以下环节后开始：", "It starts after: ")) (tasks) }
                None => (frame.t("提交后立即开始，与其他环节并行。", "It starts as soon as you submit, in parallel with the others.")),
            }
        }
        @if let Some(tasks) = named(&service.needs.issue) {
            p { (frame.t("以下环节完成后送达结果：", "The outcome is issued after: ")) (tasks) }
        }
    }
}

fn packages_with(frame: &Frame, catalogue: &Catalogue, key: &ServiceKey) -> Markup {
    let within = |home: u8, names: &[String]| {
        names.iter().filter_map(|name| ServiceKey::within(home, name).ok()).any(|name| name == *key)
    };
    let mut starts = Vec::new();
    for (package, offered) in catalogue.packages() {
        let added = within(package.reform, &offered.add_ons);
        if added || within(package.reform, &offered.services) {
            let query = if added { format!("?service={key}") } else { String::new() };
            starts.push((format!("{}/start{query}", package_href(&package)), offered));
        }
    }
    html! {
        @for (href, offered) in &starts {
            p { (Button::link(format!("{}{}", frame.t("随套餐办理：", "With the package: "), frame.t(&offered.zh, &offered.en)), href)) }
        }
        @if starts.is_empty() {
            p { (frame.t("此事项暂不能在网上申请。", "This cannot be applied for online yet.")) }
        }
    }
}

fn remedy(frame: &Frame, remedy: Option<&Remedy>) -> Markup {
    html! {
        @if let Some(remedy) = remedy {
            h2 { (frame.t("不服决定怎么办", "If you disagree")) }
            p { (frame.t(&remedy.zh, &remedy.en)) }
            p.quiet { (frame.t("依据：", "Source: ")) span lang="zh-CN" { (remedy.source) } }
        }
    }
}

/// The guide of a package.
///
/// # Errors
/// `PACKAGE_UNKNOWN`.
pub fn package(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &PackageKey,
) -> Result<Markup, CatalogueError> {
    let (reform, package) = catalogue.package(key)?;
    let title = frame.t(&package.zh, &package.en);
    let chosen = catalogue.select(key, &[], &[])?;
    let list = catalogue.one_list(key, &chosen.services)?;
    let start =
        || Button::link(frame.t("开始办理", "Start now"), format!("{}/start", package_href(key)));
    let body = html! {
        h1 { (title) }
        p.lead { (reform.summary.get(frame.lang)) }
        (facts(frame.lang, &glance(frame, catalogue, key, package, &chosen.services)))
        p { (start()) }
        h2 { (frame.t("一份清单", "The one list")) }
        (one_list(frame, &list))
        h2 { (frame.t("包含的服务", "What it includes")) }
        (services(frame, catalogue, &chosen.services))
        @let add_ons: Vec<ServiceKey> = package.add_ons.iter().filter_map(|name| ServiceKey::within(key.reform, name).ok()).collect();
        @if !add_ons.is_empty() {
            h2 { (frame.t("可以一并申请的许可", "Permits that can be applied for with it")) }
            p { (frame.t("选择经营活动后，系统告诉您需要哪些。", "Choose what you will do, and you are told which ones you need.")) }
            ul.bullets {
                @for (i, add_on) in add_ons.iter().enumerate() {
                    @let label = catalogue.service_label(add_on);
                    @if catalogue.service(add_on).is_ok() {
                        li { a href=(service_href(add_on)) { (label.get(frame.lang)) } }
                    } @else if !add_ons.iter().take(i).any(|other| catalogue.service_label(other) == label) {
                        // Services of a reform that is not open yet are known by its title alone, and told once.
                        li { (label.get(frame.lang)) " " span.quiet { (frame.t("（尚未开通）", "(not open yet)")) } }
                    }
                }
            }
        }
        p { (start()) }
    };
    Ok(Page::new(title)
        .crumb(frame.t("首页", "Home"), "/")
        .crumb(numbered(frame, catalogue, key.reform), format!("/reforms/{}", key.reform))
        .render(frame, &body))
}

fn glance(
    frame: &Frame,
    catalogue: &Catalogue,
    key: &PackageKey,
    package: &Package,
    services: &[ServiceKey],
) -> Vec<Fact> {
    let fees = services.iter().filter_map(|key| catalogue.service(key).ok()).map(|(_, s)| s.fee);
    let mut list = vec![Fact::new(
        frame.t("办几件事", "How many services"),
        html! { (services.len()) (frame.t(" 件，同时办理", ", at the same time")) },
    )];
    if let Some(minutes) = package.minutes {
        list.push(Fact::new(
            frame.t("填写用时", "Time to fill in"),
            html! { (frame.t("约 ", "about ")) (minutes) (frame.t(" 分钟", " minutes")) },
        ));
    }
    if let Some(merge) = catalogue.merge_facts(key) {
        list.push(Fact::new(
            frame.t("要填多少", "How much to fill in"),
            html! { (merge.merged) (frame.t(" 项，分开办理要 ", " fields; separately ")) (merge.separate) (frame.t(" 项", "")) },
        ));
    }
    list.push(Fact::new(frame.t("费用", "Fee"), fee(frame, fees.sum())));
    list.push(Fact::new(frame.t("跑几次", "Visits"), html! { (frame.t("0 次", "none")) }));
    list
}

/// The one list (C2).
pub(super) fn one_list(frame: &Frame, list: &OneList) -> Markup {
    let signed: Vec<&str> =
        list.signed.iter().map(|(_, document)| frame.t(&document.zh, &document.en)).collect();
    html! {
        ul.bullets {
            li { (frame.t("一张表单，供 ", "One form for ")) (list.services) (frame.t(" 项服务共用", " services")) }
            @if !signed.is_empty() {
                li { (frame.t("由系统生成、您在线签署：", "Written by the platform, signed by you online: ")) (joined(frame, signed)) }
            }
            @for upload in &list.uploads { li { (upload_line(frame, upload)) } }
        }
        p.quiet {
            (frame.t("交齐这些即可。分开办理需要提交 ", "This is all. Separately it would be ")) (list.separate) (frame.t(" 份材料。", " files."))
        }
    }
}

fn upload_line(frame: &Frame, upload: &crate::Upload) -> Markup {
    html! {
        (frame.t("上传：", "To upload: ")) (upload.label.get(frame.lang))
        @if upload.unless_confirmed { " " span.quiet { (frame.t("（能从登记信息核实的免交）", "(not needed where a register confirms it)")) } }
    }
}

/// Services with who decides, how long, and the fee.
pub(super) fn services(frame: &Frame, catalogue: &Catalogue, keys: &[ServiceKey]) -> Markup {
    let columns = vec![
        Column::new(frame.t("服务", "Service")),
        Column::new(frame.t("承办单位", "Decided by")),
        Column::new(frame.t("您得到", "You receive")),
        Column::new(frame.t("承诺", "Promised")),
        Column::new(frame.t("法定", "By law")),
        Column::new(frame.t("费用", "Fee")),
    ];
    let rows = keys
        .iter()
        .filter_map(|key| Some((key, catalogue.service(key).ok()?.1)))
        .map(|(key, service)| {
            let promise = service.clock.promise.as_ref();
            portal::Row::new(vec![
                html! { (frame.t(&service.zh, &service.en)) },
                html! { (role(frame, catalogue, service)) },
                html! { (service.outcome.label().get(frame.lang)) },
                html! { @match promise { Some(promise) => (term(frame.lang, promise)), None => "—" } },
                html! { (term(frame.lang, &service.clock.statutory)) },
                fee(frame, service.fee),
            ])
            .href(service_href(key))
        })
        .collect();
    html! { (Table::new(frame.lang, frame.t("同时办理，各自出结果", "Handled at the same time, each with its outcome"), columns, rows)) }
}

/// Labels as a list with a heading; nothing where there are none.
pub(super) fn told(frame: &Frame, heading: &str, labels: &[codes::Label]) -> Markup {
    let texts: Vec<&str> = labels.iter().map(|label| label.get(frame.lang)).collect();
    html! { @if !texts.is_empty() { h3 { (heading) } (bullets(&texts)) } }
}
