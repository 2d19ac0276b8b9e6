//! The operator's page of logins.

use crate::http::logins::Shown;
use crate::http::organ_name;
use crate::model::Role;
use crate::service::Identity;
use maud::{Markup, html};
use portal::{
    Button, Choice, Column, Control, Field, Frame, Page, Row, Table, Tone, empty, moment_tag, tag,
};

/// One login with its lock and its posts, and the search for another.
pub(crate) fn page(
    frame: &Frame,
    identity: &Identity,
    asked: &str,
    shown: Option<&Shown>,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("登录账号与岗位", "Logins and posts");
    let body = html! {
        h1 { (title) }
        form method="get" action="/identity/logins" {
            (Field::text(lang, "login", frame.t("登录名", "Login name")).value(asked))
            div.acts { button.button.second type="submit" { (frame.t("查找", "Find")) } }
        }
        @match shown {
            Some(shown) => (login(frame, identity, shown)),
            None if asked.is_empty() => {}
            None => (empty(
                frame.t("没有这个登录账号", "There is no such login"),
                frame.t("请核对登录名；登录账号由本人注册，或者在首次通过统一身份认证登录时建立。", "Check the name. A login is registered by its holder, or made at the first sign-in through the identity provider."),
                None,
            )),
        }
    };
    Page::new(title).crumb(frame.t("办事身份", "Roles"), "/identity/acting").render(frame, &body)
}

fn login(frame: &Frame, identity: &Identity, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let key = shown.row.login.as_str();
    let locked = shown.row.locked_until.filter(|until| shown.now < *until);
    let rows = shown.posts.iter().map(|row| {
        let organ = row.post.organ.as_str();
        Row::new(vec![
            html! { (organ_name(identity, &row.post.organ, lang)) },
            html! { (row.post.role.label().get(lang)) },
            html! { (row.name) },
            html! {
                form method="post" action="/identity/logins/post" {
                    input type="hidden" name="login" value=(key);
                    input type="hidden" name="organ" value=(organ);
                    input type="hidden" name="role" value=(row.post.role.key());
                    (Button::plain(frame.t("撤销岗位", "Take the post"), "detach"))
                }
            },
        ])
    });
    let columns = vec![
        Column::new(frame.t("单位", "Organ")),
        Column::new(frame.t("岗位", "Role")),
        Column::new(frame.t("姓名", "Name")),
        Column::new(frame.t("操作", "Act")),
    ];
    let none = empty(
        frame.t("没有岗位", "No posts"),
        frame.t(
            "设置岗位后，本人下次打开页面时可以选择。",
            "Once given, the holder can choose it with the next page.",
        ),
        None,
    );
    html! {
        h2 { (key) }
        @if let Some(until) = locked {
            p { (tag(Tone::Loss, frame.t("已暂停登录", "locked"))) " " (frame.t("至 ", "until ")) (moment_tag(lang, until)) }
            form method="post" action="/identity/logins/unlock" {
                input type="hidden" name="login" value=(key);
                (Button::second(frame.t("恢复登录", "Unlock"), "unlock"))
            }
        }
        (Table::new(lang, frame.t("岗位", "Posts"), columns, rows.collect()).empty(none))
        (new_post(frame, key))
    }
}

fn new_post(frame: &Frame, key: &str) -> Markup {
    let lang = frame.lang;
    let roles = Role::ALL.into_iter().map(|role| Choice::new(role.key(), role.label().get(lang)));
    html! {
        h2 { (frame.t("设置岗位", "Give a post")) }
        form method="post" action="/identity/logins/post" {
            input type="hidden" name="login" value=(key);
            (Field::text(lang, "organ", frame.t("单位编号", "Key of the organ"))
                .hint(frame.t("名录中的编号，例如 440115-market", "as in the directory, such as 440115-market")).required(true))
            (Field::new(lang, "role", frame.t("岗位", "Role"), Control::Select { choices: roles.collect(), search: false }).required(true))
            (Field::text(lang, "name", frame.t("姓名", "Name of the officer")).required(true))
            div.acts { (Button::main(frame.t("设置岗位", "Give the post"), "attach")) }
        }
    }
}
