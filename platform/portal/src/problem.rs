//! Failures as answers: RFC 9457 problem details for programs, a page for people.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use codes::{Label, Lang, Told};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::error::RequestError;
use crate::frame::Frame;
use crate::page::Page;

/// The media type of RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A failure on its way to whoever asked (失败); every [`codes::Coded`] and every refusal of a command
/// becomes one with `?`.
///
/// As a response it is a JSON problem. [`answer_failures`] shows it as a page to people.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The stable number.
    pub code: String,
    /// The stable slug.
    pub reason: String,
    /// What happened and what to do.
    pub label: Label,
    /// The typed fields of the failure.
    pub fields: Map<String, Value>,
    /// The chain of causes, for the log alone: it is never sent.
    pub chain: String,
}

impl<E: Into<Told>> From<E> for Failure {
    fn from(error: E) -> Self {
        let Told { status, code, reason, label, fields, chain } = error.into();
        let fields = match fields.map(|text| serde_json::from_str(&text)) {
            Some(Ok(Value::Object(fields))) => fields,
            _ => Map::new(),
        };
        Self { status, code, reason, label, fields, chain }
    }
}

impl Failure {
    /// The problem of RFC 9457: `type`, `title`, `status` and the members `code`, `reason`, `titles`, `fields`.
    #[must_use]
    pub fn to_json(&self, lang: Lang) -> Value {
        json!({
            "type": format!("/errors/{}", self.code),
            "title": self.label.get(lang),
            "titles": { "zh": self.label.zh, "en": self.label.en },
            "status": self.status,
            "code": self.code,
            "reason": self.reason,
            "fields": self.fields,
        })
    }

    /// The page for people: what happened and what to do, in the language of the page.
    #[must_use]
    pub fn to_page(&self, frame: &Frame) -> Markup {
        let title = self.heading(frame);
        let body = html! {
            div.failure role="alert" {
                h1 { (title) }
                p.lead { (self.label.get(frame.lang)) }
                @if !self.fields.is_empty() {
                    dl.facts {
                        @for (key, value) in &self.fields {
                            div { dt { code { (key) } } dd { (plain(value)) } }
                        }
                    }
                }
                p.quiet {
                    (frame.t("错误编号 ", "Error code ")) a href={ "/errors/" (self.code) } { (self.code) }
                    (frame.t("。求助时请提供这个编号。", ". Please name it when you ask for help."))
                }
                p.acts {
                    @if self.status == 401 {
                        a.button href=(sign_in(&frame.path)) { (frame.t("登录", "Sign in")) }
                        a href="/" { (frame.t("返回首页", "Home page")) }
                    } @else if let Some(back) = &frame.back {
                        a.button href=(back) { (frame.t("返回刚才的页面", "Back to the page before")) }
                        a href="/" { (frame.t("返回首页", "Home page")) }
                    } @else {
                        a.button href="/" { (frame.t("返回首页", "Home page")) }
                    }
                }
            }
        };
        Page::new(title).render(frame, &body)
    }

    fn heading<'a>(&self, frame: &'a Frame) -> &'a str {
        match self.status {
            401 => frame.t("请先登录", "Please sign in first"),
            403 if self.reason == "FORGED_REQUEST" => {
                frame.t("这次提交没有办理", "What was sent was not done")
            }
            403 => frame.t("您没有办理这一事项的权限", "You may not do this"),
            404 => frame.t("没有找到", "Not found"),
            409 if self.reason == "STALE_VERSION" => {
                frame.t("内容已被更新", "It has changed meanwhile")
            }
            500..=599 => frame.t("暂时无法办理", "Not possible at the moment"),
            _ => frame.t("未能办理", "This was not done"),
        }
    }
}

/// The page that signs people in and leads them back to where they were.
fn sign_in(path: &str) -> String {
    let mut href = "/sign-in?next=".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            href.push(char::from(byte));
        } else {
            href.push_str(&format!("%{byte:02X}"));
        }
    }
    href
}

/// A JSON value without the quotation marks of a text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

/// The JSON answer for a failure, in both languages.
pub fn problem(error: impl Into<Told>) -> Response {
    Failure::from(error).into_response()
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = json_response(&self, Lang::Zh);
        response.extensions_mut().insert(self);
        response
    }
}

fn status(failure: &Failure) -> StatusCode {
    StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn json_response(failure: &Failure, lang: Lang) -> Response {
    let mut response = Response::new(Body::from(failure.to_json(lang).to_string()));
    *response.status_mut() = status(failure);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

/// Middleware: every failure leaves as a page for people and as a problem for programs, never as bare text.
///
/// It goes inside the layer that puts the [`Frame`] into the request. The [`Failure`] stays in the response's
/// extensions, where an outer layer finds what to log.
pub async fn answer_failures(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let frame =
        parts.extensions.get::<Frame>().cloned().unwrap_or_else(|| Frame::from_parts(&parts));
    let person = wants_page(&parts.headers) && !parts.uri.path().starts_with("/api/");
    let response = next.run(Request::from_parts(parts, body)).await;
    let refused = response.status().as_u16();
    let Some(failure) = failure_of(&response, refused) else { return response };
    let (mut head, _) = response.into_parts();
    let answer = if person {
        (status(&failure), failure.to_page(&frame)).into_response()
    } else {
        json_response(&failure, frame.lang)
    };
    let (answer_head, body) = answer.into_parts();
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    if let Some(kind) = answer_head.headers.get(CONTENT_TYPE) {
        head.headers.insert(CONTENT_TYPE, kind.clone());
    }
    head.status = answer_head.status;
    head.extensions.insert(failure);
    Response::from_parts(head, body)
}

/// The failure a response carries, or the one that stands for its bare status.
fn failure_of(response: &Response, status: u16) -> Option<Failure> {
    if let Some(failure) = response.extensions().get::<Failure>() {
        return Some(failure.clone());
    }
    let told = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let bare = told.is_none_or(|kind| {
        kind.starts_with("text/plain") || kind.starts_with("application/octet-stream")
    });
    (status >= 400 && bare).then(|| Failure::from(RequestError::of_status(status)))
}

/// Whether the client would rather read a page than JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.split(',').any(|kind| kind.trim().starts_with("text/html")))
}

/// The handler for addresses that nobody serves.
///
/// # Errors
/// Always: `PTL-0007` `NOT_FOUND`.
pub async fn not_found() -> Result<(), Failure> {
    Err(RequestError::NotFound.into())
}
