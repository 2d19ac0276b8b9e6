//! The pages of identity: they work without scripts, and every fault stands at its field.

pub(crate) mod logins;
pub(crate) mod reads;

use crate::http::mandates::Mandates;
use crate::http::{Faults, Offered};
use crate::model::{Acting, Scope};
use crate::queries::MandateRow;
use crate::service::Identity;
use crate::signin::Signed;
use codes::{IdType, Label, Lang};
use kernel::PartyKey;
use maud::{Markup, html};
use portal::{
    Audience, Button, Choice, Column, Control, Field, Frame, Notice, Page, Posted, Row, Table,
    Tone, details, empty, error_summary, moment_tag, tag,
};

/// A text for the query of an address.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn line(autocomplete: &'static str) -> Control {
    Control::Text { max: Some(100), autocomplete: Some(autocomplete), inputmode: None }
}

fn fault<'a>(faults: &'a Faults, field: &str, lang: Lang) -> Option<&'a str> {
    faults.iter().find(|(name, _)| *name == field).map(|(_, failure)| failure.label.get(lang))
}

fn summary(faults: &Faults, lang: Lang) -> Markup {
    error_summary(lang, faults.iter().map(|(field, failure)| (*field, failure.label.get(lang))))
}

/// A password is typed, never shown, and never filled in by the server.
fn secret(
    lang: Lang,
    name: &str,
    label: &str,
    hint: Option<&str>,
    auto: &str,
    faults: &Faults,
) -> Markup {
    let id = portal::field_id(name);
    let error = fault(faults, name, lang);
    let hint_id = hint.map(|_| format!("{id}-hint"));
    let error_id = error.map(|_| format!("{id}-error"));
    let described: Vec<&str> = hint_id.iter().chain(&error_id).map(String::as_str).collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    html! {
        div class={ "field" @if error.is_some() { " wrong" } } {
            label for=(id) { (label) }
            @if let Some(hint) = hint { p.hint id=[&hint_id] { (hint) } }
            @if let Some(error) = error { p.error id=[&error_id] { (error) } }
            input id=(id) name=(name) type="password" autocomplete=(auto) maxlength="128" required
                aria-describedby=[&described] aria-invalid=[error.is_some().then_some("true")];
        }
    }
}

fn sheet(title: &str, frame: &Frame, faults: &Faults, body: &Markup) -> Markup {
    Page::new(title).audience(Audience::Applicant).failed(!faults.is_empty()).render(frame, body)
}

/// The sign-in page.
pub(crate) fn sign_in(
    frame: &Frame,
    identity: &Identity,
    login: &str,
    next: &str,
    faults: &Faults,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("登录", "Sign in");
    let settings = &identity.settings;
    let body = html! {
        (summary(faults, lang))
        h1 { (title) }
        @if let Some(provider) = &identity.outside.federated {
            p.lead { (frame.t("通过统一身份认证登录，姓名和证件信息自动带入。", "Sign in through the identity provider; your name and document are taken over.")) }
            p { (Button::link(provider.name().get(lang), format!("/sign-in/federated?next={}", encode(next)))) }
            h2 { (frame.t("或者使用登录名和密码", "Or with name and password")) }
        }
        form method="post" action="/sign-in" {
            input type="hidden" name="next" value=(next);
            (Field::new(lang, "login", frame.t("登录名", "Login name"), line("username"))
                .value(login).required(true).error(fault(faults, "login", lang)))
            (secret(lang, "password", frame.t("密码", "Password"), None, "current-password", faults))
            div.acts { (Button::main(frame.t("登录", "Sign in"), "sign_in")) }
        }
        @if settings.self_registration {
            p { (frame.t("还没有登录账号？", "No login yet? ")) a href="/sign-up" { (frame.t("注册登录账号", "Register a login")) } }
        }
        @if !settings.demo.is_empty() { (demo(frame, identity, next)) }
    };
    sheet(title, frame, faults, &body)
}

/// The logins of a demonstration, each one button.
fn demo(frame: &Frame, identity: &Identity, next: &str) -> Markup {
    html! {
        section aria-labelledby="demo" {
            h2 #demo { (frame.t("演示登录", "Demonstration logins")) }
            p.hint { (frame.t("此处为演示环境，数据均为虚构。点按即以该身份登录。", "This is a demonstration with invented data. Press one to sign in as that person.")) }
            ul.demo {
                @for login in &identity.settings.demo {
                    li {
                        form method="post" action="/sign-in" {
                            input type="hidden" name="next" value=(next);
                            input type="hidden" name="login" value=(login.login);
                            input type="hidden" name="password" value=(login.password);
                            (Button::second(login.label.get(frame.lang), "sign_in"))
                        }
                    }
                }
            }
        }
    }
}

fn id_types(lang: Lang) -> Control {
    let choices =
        IdType::ALL.into_iter().map(|kind| Choice::new(kind.key(), kind.label().get(lang)));
    Control::Select { choices: choices.collect(), search: false }
}

/// The two fields that name a person's document.
fn document_fields(frame: &Frame, posted: &Posted, faults: &Faults) -> Markup {
    let lang = frame.lang;
    html! {
        (Field::new(lang, "id_type", frame.t("证件类型", "Kind of identity document"), id_types(lang))
            .value(posted.filled("id_type").unwrap_or("resident_id")).required(true))
        (Field::new(lang, "id_number", frame.t("证件号码", "Number of the document"), line("off"))
            .maybe(posted.filled("id_number")).required(true).error(fault(faults, "id_number", lang)))
    }
}

/// The page that registers a login.
pub(crate) fn sign_up(
    frame: &Frame,
    identity: &Identity,
    posted: &Posted,
    faults: &Faults,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("注册登录账号", "Register a login");
    let policy = &identity.settings.passwords;
    let hint = match lang {
        Lang::Zh => format!("{} 至 {} 个字符，几个不相干的词最好记", policy.least, policy.most),
        Lang::En => format!(
            "{} to {} characters; a few unrelated words are easiest to remember",
            policy.least, policy.most
        ),
    };
    let body = html! {
        (summary(faults, lang))
        h1 { (title) }
        p.lead { (frame.t("填写本人身份信息，设置登录名和密码。", "Give your own identity document and choose a name and a password.")) }
        form method="post" action="/sign-up" {
            (Field::new(lang, "name", frame.t("姓名", "Name"), line("name"))
                .hint(frame.t("与身份证件一致", "as on the identity document"))
                .maybe(posted.filled("name")).required(true).error(fault(faults, "name", lang)))
            (document_fields(frame, posted, faults))
            (Field::new(lang, "login", frame.t("登录名", "Login name"), line("username"))
                .hint(frame.t("小写字母、数字、“.”“_”“-”", "lower-case letters, digits, `.` `_` `-`"))
                .maybe(posted.filled("login")).required(true).error(fault(faults, "login", lang)))
            (secret(lang, "password", frame.t("密码", "Password"), Some(&hint), "new-password", faults))
            (secret(lang, "password_again", frame.t("再次输入密码", "The password again"), None, "new-password", faults))
            div.acts { (Button::main(frame.t("注册", "Register"), "sign_up")) }
        }
        (details(frame.t("您的信息如何保存", "How your data is kept"), &html! {
            p { (frame.t(
                "姓名和证件号码加密保存，只在您办理的事项中使用；谁查看过，您可以在“谁查看过我的信息”中看到。",
                "Name and number are kept encrypted and used only in what you apply for; you can see who looked at them.",
            )) }
        }))
    };
    sheet(title, frame, faults, &body)
}

/// The page that asks as whom to act.
pub(crate) fn acting(frame: &Frame, signed: &Signed, offers: &[Offered], next: &str) -> Markup {
    let lang = frame.lang;
    let title = frame.t("选择办事身份", "Choose as whom to act");
    let body = html! {
        h1 { (title) }
        @if offers.is_empty() {
            (empty(
                frame.t("目前没有可用的办事身份", "There is no role you hold at the moment"),
                frame.t("单位管理员为您设置岗位，或者他人给您委托之后，会在这里显示。", "When your organ gives you a post, or somebody a mandate, it shows here."),
                None,
            ))
        }
        ul.roles {
            @for offer in offers {
                @let current = signed.acting.as_ref() == Some(&offer.acting);
                li {
                    form method="post" action="/identity/acting" {
                        input type="hidden" name="next" value=(next);
                        input type="hidden" name="acting" value=(offer.acting.tag());
                        (Button::second(role_text(lang, offer), "switch"))
                        @if current { " " (tag(Tone::Active, frame.t("当前身份", "current"))) }
                    }
                }
            }
        }
        (more(frame, signed))
    };
    sheet(title, frame, &Vec::new(), &body)
}

fn role_text(lang: Lang, offer: &Offered) -> String {
    let name = offer.name.clone().unwrap_or_default();
    match (&offer.acting, lang) {
        (Acting::Party(_), Lang::Zh) => format!("本人 {name}"),
        (Acting::Party(_), Lang::En) => format!("Myself, {name}"),
        (Acting::Agent { .. }, Lang::Zh) => format!("代理 {name}"),
        (Acting::Agent { .. }, Lang::En) => format!("For {name}, under a mandate"),
        (Acting::Officer(post), Lang::Zh) => format!("{name} · {}", post.role.label().zh),
        (Acting::Officer(post), Lang::En) => format!("{name}, {}", post.role.label().en),
    }
}

/// The way to the other pages of identity.
fn more(frame: &Frame, signed: &Signed) -> Markup {
    let party = matches!(signed.acting, Some(Acting::Party(_) | Acting::Agent { .. }));
    // Who looked at a person is for that person alone.
    let own = matches!(signed.acting, Some(Acting::Party(_)));
    html! {
        h2 { (frame.t("账号与授权", "Login and mandates")) }
        p.quiet { (frame.t("本次登录方式：", "Signed in by: ")) (signed.assurance.label().get(frame.lang)) }
        ul.bullets {
            @if party {
                li { a href="/identity/mandates" { (frame.t("我的委托", "My mandates")) } }
            }
            @if own {
                li { a href="/identity/reads" { (frame.t("谁查看过我的信息", "Who looked at my data")) } }
            }
            @if matches!(&signed.acting, Some(Acting::Officer(post)) if post.role == crate::model::Role::Operator) {
                li { a href="/identity/logins" { (frame.t("登录账号与岗位", "Logins and posts")) } }
            }
            li { a href="/identity/password" { (frame.t("修改密码", "Change the password")) } }
        }
    }
}

/// The page that changes the password.
pub(crate) fn password(frame: &Frame, faults: &Faults, done: bool) -> Markup {
    let lang = frame.lang;
    let title = frame.t("修改密码", "Change the password");
    let body = html! {
        (summary(faults, lang))
        @if done {
            (Notice::short(Tone::Good, frame.t("密码已修改，其他设备上的登录已退出。", "The password is changed; all other devices are signed out.")))
        }
        h1 { (title) }
        form method="post" action="/identity/password" {
            (secret(lang, "old", frame.t("现在的密码", "The present password"), None, "current-password", faults))
            (secret(lang, "password", frame.t("新密码", "The new password"), None, "new-password", faults))
            (secret(lang, "password_again", frame.t("再次输入新密码", "The new password again"), None, "new-password", faults))
            div.acts { (Button::main(frame.t("修改密码", "Change it"), "change")) }
        }
    };
    Page::new(title)
        .crumb(frame.t("办事身份", "Roles"), "/identity/acting")
        .audience(Audience::Applicant)
        .failed(!faults.is_empty())
        .render(frame, &body)
}

/// The page of mandates: given, held, and a form for a new one.
pub(crate) fn mandates(
    frame: &Frame,
    shown: &Mandates,
    posted: &Posted,
    faults: &Faults,
) -> Markup {
    let title = frame.t("我的委托", "My mandates");
    let body = html! {
        (summary(faults, frame.lang))
        h1 { (title) }
        h2 { (frame.t("我给出的委托", "Mandates I have given")) }
        (mandate_list(frame, shown, &shown.given, true))
        h2 { (frame.t("我受托办理", "Mandates I hold")) }
        (mandate_list(frame, shown, &shown.held, false))
        h2 { (frame.t("新的委托", "Give a mandate")) }
        (mandate_form(frame, &shown.services, posted, faults))
    };
    Page::new(title)
        .crumb(frame.t("办事身份", "Roles"), "/identity/acting")
        .audience(Audience::Applicant)
        .failed(!faults.is_empty())
        .render(frame, &body)
}

fn mandate_form(
    frame: &Frame,
    offered: &[(String, Label)],
    posted: &Posted,
    faults: &Faults,
) -> Markup {
    let lang = frame.lang;
    let label = frame.t("委托事项", "Services");
    let wrong = fault(faults, "services", lang);
    let typed = posted.ticked("services");
    let services = if offered.is_empty() {
        let hint = frame.t(
            "事项编号，用逗号分开，例如 28/food,28/reg",
            "ids with commas, such as 28/food,28/reg",
        );
        let area = Control::Area { max: Some(1000), lines: 3 };
        Field::new(lang, "services", label, area).hint(hint).maybe(typed.first().copied())
    } else {
        let choices = offered.iter().map(|(id, label)| Choice::new(id, label.get(lang))).collect();
        let boxes = Field::new(lang, "services", label, Control::Checks(choices));
        typed.iter().fold(boxes, |boxes, id| boxes.value(*id))
    };
    html! {
        form method="post" action="/identity/mandates" {
            p.hint { (frame.t("填写受托人的身份证件。受托人在此期限内可以代您办理所列事项。", "Name the agent by an identity document. Until the last day the agent can act for you in the services named.")) }
            (document_fields(frame, posted, faults))
            (services.error(wrong))
            (Field::new(lang, "whole", frame.t("委托办理全部事项", "The mandate is for all services"), Control::Tick))
            (Field::new(lang, "until", frame.t("委托截止日期", "Last day"), Control::Date)
                .hint(frame.t("当日 24 时截止；不填则到您终止时为止", "until 24:00 of that day; empty means until you end it"))
                .maybe(posted.filled("until")).error(fault(faults, "until", lang)))
            div.acts { (Button::main(frame.t("给出委托", "Give the mandate"), "give")) }
        }
    }
}

fn name_of<'a>(frame: &'a Frame, shown: &'a Mandates, party: &PartyKey) -> &'a str {
    shown
        .names
        .get(party)
        .map_or(frame.t("（尚未登录过）", "(has not signed in yet)"), String::as_str)
}

/// What a service is called; its id where nobody knows it.
fn service_name<'a>(known: &'a [(String, Label)], id: &'a str, lang: Lang) -> &'a str {
    known.iter().find(|(known, _)| known == id).map_or(id, |(_, label)| label.get(lang))
}

fn mandate_list(frame: &Frame, shown: &Mandates, rows: &[MandateRow], given: bool) -> Markup {
    let lang = frame.lang;
    let rows = rows.iter().map(|row| {
        let other = if given { &row.agent } else { &row.principal };
        let scope = match &row.scope {
            Scope::All => frame.t("全部事项", "all services").to_owned(),
            Scope::Services(ids) => {
                let named = ids.iter().map(|id| service_name(&shown.services, id, lang));
                named.collect::<Vec<_>>().join(frame.t("、", ", "))
            }
        };
        let until = match row.until {
            Some(day) => portal::date_tag(lang, day),
            None => html! { (frame.t("长期", "until ended")) },
        };
        Row::new(vec![
            html! { (name_of(frame, shown, other)) },
            html! { (scope) },
            until,
            mandate_state(frame, shown, row, given),
        ])
    });
    let columns = vec![
        Column::new(if given {
            frame.t("受托人", "Agent")
        } else {
            frame.t("委托人", "Principal")
        }),
        Column::new(frame.t("事项", "Services")),
        Column::new(frame.t("截止日期", "Last day")),
        Column::new(frame.t("状态", "State")),
    ];
    let caption = if given {
        frame.t("我给出的委托", "Mandates I have given")
    } else {
        frame.t("我受托办理", "Mandates I hold")
    };
    let teaching = if given {
        frame.t(
            "委托给出以后，会在这里显示，也可以在这里终止。",
            "Mandates you give show here, and can be ended here.",
        )
    } else {
        frame.t(
            "他人给您的委托会在这里显示。企业法定代表人的代表权随登记自动生效。",
            "Mandates given to you show here. That of a legal representative follows the register.",
        )
    };
    let none = empty(frame.t("没有委托", "No mandates"), teaching, None);
    html! { (Table::new(lang, caption, columns, rows.collect()).empty(none)) }
}

fn mandate_state(frame: &Frame, shown: &Mandates, row: &MandateRow, given: bool) -> Markup {
    html! {
        @if let Some(ended) = row.ended_at {
            (tag(Tone::Plain, frame.t("已终止", "ended"))) " " (moment_tag(frame.lang, ended))
        } @else if !row.holds(shown.now) {
            (tag(Tone::Plain, frame.t("已到期", "expired")))
        } @else if row.by_register {
            (tag(Tone::Good, frame.t("依登记有效", "valid by the register")))
        } @else {
            (tag(Tone::Good, frame.t("有效", "valid")))
            form method="post" action="/identity/mandates/end" {
                input type="hidden" name="mandate" value=(row.mandate);
                (Button::plain(if given { frame.t("终止委托", "End it") } else { frame.t("辞去委托", "Lay it down") }, "end"))
            }
        }
    }
}
