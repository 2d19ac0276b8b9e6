//! Following a case without a sign-in (凭回执查询): the receipt with its secret, and the page that shows how far the case is.
//!
//! Whoever holds the receipt sees states and days, and nothing of what was typed or of whom it concerns. A wrong number and
//! a wrong secret get the same answer in the same time, and guessing is slowed down by address.

use super::applicant::page_of;
use super::words;
use crate::desk::Loaded;
use crate::error::DeskError;
use crate::http::{Visit, answer, see};
use crate::model::{CaseKey, CaseState, Plan};
use axum::Extension;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use codes::{CaseNo, Coded as _, Lang};
use documents::{QrLevel, qr_svg};
use maud::{Markup, PreEscaped, html};
use portal::{
    Button, Caller, Column, Control, Fact, Failure, Field, Groups, Notice, Page, Path, Posted,
    Query, Row, Sheet, Table, Tone, code, date, date_tag, error_summary, facts, inset, moment_tag,
    pick, print_button, tag,
};
use serde::Deserialize;

/// The names of the fields.
const NO: &str = "no";
const SECRET: &str = "secret";
/// A number that no case has: what is compared where the number that was typed is none.
const NOBODY: &str = "000000-000000-000000-00";

/// The receipt of a case that was handed in, to be printed.
pub(crate) async fn receipt(visit: Visit, Path(no): Path<String>) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.read").await?;
    let plan = loaded.plan()?;
    let Some(received) = loaded.case.submitted else {
        return Ok(see(&format!("/cases/{}", loaded.case.no)));
    };
    let lang = visit.frame.lang;
    let key = &loaded.case.no;
    let title = visit.t("申请回执", "Receipt");
    let address = format!("{}/follow", visit.desk.portal);
    let known = [
        Fact::new(visit.t("办件编号", "Case number"), code(Groups::Whole, &key.0)),
        Fact::new(visit.t("查询码", "Code"), code(Groups::Fours, &visit.desk.receipt_secret(key))),
        Fact::new(visit.t("申请事项", "Applied for"), html! { (plan.label.get(lang)) }),
        Fact::new(visit.t("办理地点", "Place"), html! { (place(&visit, &plan)) }),
        Fact::new(visit.t("提交日期", "Handed in on"), date_tag(lang, received)),
        Fact::new(visit.t("查询网址", "Where to look"), html! { (address) }),
    ];
    let body = html! {
        h1 { (title) }
        p.lead { (visit.t(
            "申请已经提交，提交之日即为收到之日。凭编号和查询码可以随时查看进度，不需要登录。",
            "The application was handed in; that day is the day of receipt. Number and code show how far it is at any time, without a sign-in.",
        )) }
        (facts(lang, &known))
        (inset(&html! { p { (visit.t(
            "查询码请妥善保管。查询页面只显示各单位的进度和期限，不显示您填写的内容和个人信息。",
            "Keep the code safe. The page shows how far each organ is and its days, and nothing that you typed.",
        )) } }))
        h2 { (visit.t("由谁办理", "Who works on it")) }
        (tasks(&loaded, &plan, visit.t("由谁办理", "Who works on it"), lang))
        p { (print_button(lang)) }
    };
    let today = visit.platform.clock.now().date();
    let sheet = Sheet {
        number: key.0.clone(),
        date: date(lang, today),
        qr: qr(&format!("{address}?no={key}")),
    };
    Ok(page_of(&visit, &loaded, title).sheet(sheet).render(&visit.frame, &body).into_response())
}

/// The QR code of an address; a text that fits none leaves the sheet without it.
pub(crate) fn qr(address: &str) -> Option<Markup> {
    qr_svg(address, QrLevel::Medium).ok().map(PreEscaped)
}

fn place(visit: &Visit, plan: &Plan) -> String {
    let offer = visit.desk.offer();
    plan.place.parse().map_or_else(
        |_code| plan.place.clone(),
        |division| offer.catalogue.place_label(division).get(visit.frame.lang).to_owned(),
    )
}

/// What an address may bring along: the number, from the QR code of a receipt.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Brought {
    #[serde(default)]
    no: String,
}

/// Asks for number and secret.
pub(crate) async fn ask(visit: Visit, Query(brought): Query<Brought>) -> Markup {
    asking(&visit, &brought.no, None)
}

fn asking(visit: &Visit, no: &str, error: Option<&DeskError>) -> Markup {
    let lang = visit.frame.lang;
    let title = visit.t("凭回执查询进度", "Follow a case by its receipt");
    let told = error.map(|error| error.label().get(lang).to_owned());
    let text = |max| Control::Text { max: Some(max), autocomplete: None, inputmode: None };
    let body = html! {
        @if let Some(told) = &told { (error_summary(lang, [(NO, told.as_str())])) }
        h1 { (title) }
        p { (visit.t(
            "输入回执上的办件编号和查询码，查看各单位的办理进度。不需要登录，不显示个人信息。",
            "Type number and code of the receipt to see how far each organ is. No sign-in is needed and no personal data is shown.",
        )) }
        form method="post" action="/follow" novalidate {
            (Field::new(lang, NO, visit.t("办件编号", "Case number"), text(30)).value(no).required(true).error(told)
                .hint(visit.t("如：440115-260212-000001-33", "such as 440115-260212-000001-33")))
            (Field::new(lang, SECRET, visit.t("查询码", "Code"), text(20)).required(true)
                .hint(visit.t("回执上的 12 位字母和数字，不分大小写。", "The 12 letters and digits on the receipt; capitals do not matter.")))
            div.acts { (Button::main(visit.t("查询", "Look"), "look")) }
        }
    };
    Page::new(title).failed(error.is_some()).render(&visit.frame, &body)
}

/// Shows how far a case is to whoever knows number and secret.
pub(crate) async fn look(
    visit: Visit,
    caller: Option<Extension<Caller>>,
    posted: Posted,
) -> Result<Response, Failure> {
    let now = visit.platform.clock.now();
    let from = caller.map_or_else(|| "unknown".to_owned(), |Extension(caller)| caller.0);
    let no = posted.get(NO).unwrap_or_default();
    if let Err(until) = visit.desk.guesses.check(&from, now) {
        let error = DeskError::TooManyGuesses { until };
        return Ok(answer(StatusCode::TOO_MANY_REQUESTS, asking(&visit, no, Some(&error))));
    }
    let secret = posted.get(SECRET).unwrap_or_default();
    let Some(loaded) = found(&visit, no, secret).await? else {
        visit.desk.guesses.count(&from, now);
        let page = asking(&visit, no, Some(&DeskError::ReceiptUnknown));
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, page));
    };
    let mut response = shown(&visit, &loaded)?.into_response();
    let private = axum::http::HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, private);
    Ok(response)
}

/// The case of a number, if the secret is that of its receipt. Nothing is read before the secret is right, so that a wrong
/// number takes no longer and no less than a wrong secret.
async fn found(visit: &Visit, no: &str, secret: &str) -> Result<Option<Loaded>, Failure> {
    let number = codes::fold_identifier(no).parse::<CaseNo>().map(|no| no.to_string());
    let key = CaseKey(number.unwrap_or_else(|_typed| NOBODY.to_owned()));
    let right = visit.desk.receipt_secret(&key);
    if !seals::same(folded(secret).as_bytes(), right.as_bytes()) {
        return Ok(None);
    }
    let loaded = match visit.desk.load(&visit.platform, &key.0).await {
        Ok(loaded) => loaded,
        Err(failure) if failure.status == 404 => return Ok(None),
        Err(failure) => return Err(failure),
    };
    loaded.permit(&visit.platform, &visit.actor, "case.follow", None)?;
    // What was not handed in has no receipt.
    Ok(loaded.case.submitted.is_some().then_some(loaded))
}

/// A secret as it was typed: in capitals, without what stands between the groups, with the letters that are no sign of it
/// read as the digits that they look like.
fn folded(typed: &str) -> String {
    codes::fold_identifier(typed)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// How far the case is: states and days.
fn shown(visit: &Visit, loaded: &Loaded) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let plan = loaded.plan()?;
    let case = &loaded.case;
    let title = visit.t("办理进度", "How far it is");
    let (tone, word) = words::case_state(case.state, lang);
    let mut known = vec![
        Fact::new(visit.t("申请事项", "Applied for"), html! { (plan.label.get(lang)) }),
        Fact::new(visit.t("办理地点", "Place"), html! { (place(visit, &plan)) }),
    ];
    if let Some(on) = case.submitted {
        known.push(Fact::new(visit.t("提交日期", "Handed in on"), date_tag(lang, on)));
    }
    if let Some(joint) = case.joint.filter(|_| !case.state.over()) {
        known.push(Fact::new(visit.t("联办期限", "Joint limit"), date_tag(lang, joint.on)));
    }
    let wanted = case.tasks.values().any(|task| task.wanted.is_some());
    let body = html! {
        h1 { (title) }
        p.state { (tag(tone, word)) " " (code(Groups::Whole, &case.no.0)) }
        @if wanted {
            (Notice::new(Tone::Time, visit.t("有单位请您补正", "An organ asks for a supplement"), html! {
                p { (visit.t("请登录后在办件页面查看并补正。", "Sign in and answer it on the page of the case.")) }
            }))
        }
        @if case.state == CaseState::Closed {
            (Notice::short(Tone::Good, visit.t("全部办结。证照和文书请登录后查看。", "Everything is done. Sign in for licences and notices.")))
        }
        (facts(lang, &known))
        h2 { (visit.t("各环节", "Tasks")) }
        (tasks(loaded, &plan, visit.t("各环节", "Tasks"), lang))
        p.quiet { (visit.t("查询时间 ", "As of ")) (moment_tag(lang, visit.platform.clock.now())) }
        p.acts { (print_button(lang)) a href="/follow" { (visit.t("查询另一件", "Look for another case")) } }
    };
    Ok(Page::new(title).render(&visit.frame, &body))
}

/// Task by task: who, where it stands, until when.
fn tasks(loaded: &Loaded, plan: &Plan, caption: &str, lang: Lang) -> Table {
    let rows = plan.tasks.iter().filter_map(|row| {
        let task = loaded.case.tasks.get(&row.name)?;
        let (tone, word) = words::task_state(task, lang);
        let due = task.promise.or(task.due).or(task.silence).filter(|_| !task.state.ended());
        Some(Row::new(vec![
            html! { (row.label.get(lang)) },
            html! { (row.organ_label.get(lang)) },
            tag(tone, word),
            html! { @match due { Some(due) => (date_tag(lang, due.on)), None => "–" } },
        ]))
    });
    let columns = [("环节", "Task"), ("单位", "Organ"), ("状态", "State"), ("最迟", "By")]
        .map(|(zh, en)| Column::new(pick(lang, zh, en)));
    Table::new(lang, caption, columns.into(), rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_however_it_is_typed() {
        for typed in ["ABCD 0123 EFGH", "abcd-o1l3-efgh", "ＡＢＣＤ０１１３ＥＦＧＨ"] {
            let right = if typed.contains('2') { "ABCD0123EFGH" } else { "ABCD0113EFGH" };
            assert_eq!(folded(typed), right, "{typed}");
        }
    }

    #[test]
    fn nobody_is_the_number_of_no_case() {
        assert!(NOBODY.parse::<CaseNo>().is_err());
    }
}
