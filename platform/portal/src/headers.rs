//! Headers of every answer: what a page may load, and the language that was chosen.

use axum::extract::Request;
use axum::http::header::{
    CONTENT_SECURITY_POLICY as CSP, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;
use codes::Lang;

use crate::lang::asked_for;

/// What a page may load: its own style, script, pictures; and where its forms may post.
///
/// `form-action` is left to the browser's default, since sign-in may lead to an identity provider elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Middleware: sets the headers that guard a page, unless the handler set its own.
pub async fn guard_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CSP, CONTENT_SECURITY_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Middleware: a language asked for in the address (`?lang=en`) is remembered in a cookie for a year.
pub async fn remember_language(request: Request, next: Next) -> Response {
    let asked = asked_for(request.uri().query());
    let mut response = next.run(request).await;
    if let Some(lang) = asked {
        let cookie = match lang {
            Lang::Zh => "lang=zh; Path=/; Max-Age=31536000; SameSite=Lax",
            Lang::En => "lang=en; Path=/; Max-Age=31536000; SameSite=Lax",
        };
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
    }
    response
}
