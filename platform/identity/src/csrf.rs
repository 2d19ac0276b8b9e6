//! Forms are taken only from pages that this site handed to this browser.
//!
//! Three fences, each enough alone where the browser is sound: the cookie is `SameSite=Lax`; the browser must say that the
//! request is of the same origin (`Sec-Fetch-Site`, else `Origin`); and the form must bear a token that follows from the
//! browser's secret cookie. The token is put into every form of every page on its way out, so that no page can forget it;
//! and with it an id of the command where the page gave none, so that a form sent twice acts once.

use crate::error::SignInError;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use kernel::CommandId;
use portal::COMMAND_ID;
use std::fmt::Write as _;

/// The name of the hidden field that holds the token; like every name that begins with `_` it is no answer.
pub const FIELD: &str = "_csrf";
/// The header in which scripts may send the token instead.
pub const HEADER: &str = "x-csrf-token";

/// The largest urlencoded form that is read to find the token; axum's own limit for forms.
const FORM_MAX: usize = 2 * 1024 * 1024;
/// How much of a multipart form is looked at to find the token, which stands first in it.
const PEEK_MAX: usize = 64 * 1024;

/// The token of a browser, from the secret of its cookie: nobody who lacks the secret can make it.
#[must_use]
pub fn token(secret: &str) -> String {
    let digest = seals::Digest::sha256(format!("lianban csrf\n{secret}").as_bytes());
    seals::base64url(digest.bytes())
}

/// Whether the browser says that the request comes from a page of this origin; clients that are no browsers say nothing.
#[must_use]
pub fn same_origin(headers: &HeaderMap) -> bool {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = get("origin") else { return true };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    // A proxy in front keeps the host in `X-Forwarded-Host`; a page elsewhere cannot set that header.
    let hosts = [get("x-forwarded-host"), get("host")];
    authority.is_some_and(|authority| hosts.into_iter().flatten().any(|host| host == authority))
}

/// The kind of a request's body as far as forging goes.
fn media_type(headers: &HeaderMap) -> &str {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// Checks a request that changes something, and hands its body back unread.
///
/// `secret` is the browser's secret: of its session, or of its visit before one. `api` says that the address is one for
/// programs.
///
/// # Errors
/// `FORGED_REQUEST`.
pub async fn check(
    headers: &HeaderMap,
    body: Body,
    secret: Option<&str>,
    api: bool,
) -> Result<Body, SignInError> {
    if !same_origin(headers) {
        return Err(SignInError::Forged);
    }
    let Some(secret) = secret else {
        // No cookie, no rights that a page elsewhere could borrow: programs sign their messages or bring nothing.
        return if api { Ok(body) } else { Err(SignInError::Forged) };
    };
    let right = token(secret);
    if let Some(sent) = headers.get(HEADER) {
        return if seals::same(sent.as_bytes(), right.as_bytes()) {
            Ok(body)
        } else {
            Err(SignInError::Forged)
        };
    }
    match media_type(headers) {
        // A page elsewhere cannot send these types without asking first, and nobody here says yes.
        "application/json" if api => Ok(body),
        "multipart/form-data" => multipart(headers, body, &right).await,
        "application/x-www-form-urlencoded" | "" => urlencoded(body, &right).await,
        _ => Err(SignInError::Forged),
    }
}

async fn urlencoded(body: Body, right: &str) -> Result<Body, SignInError> {
    let bytes = axum::body::to_bytes(body, FORM_MAX).await.map_err(|_size| SignInError::Forged)?;
    // The token is made of characters that urlencoding leaves alone, so no decoding is needed to find it.
    let sent = bytes
        .split(|byte| *byte == b'&')
        .find_map(|pair| pair.strip_prefix(FIELD.as_bytes())?.strip_prefix(b"="));
    if sent.is_some_and(|sent| seals::same(sent, right.as_bytes())) {
        Ok(Body::from(bytes))
    } else {
        Err(SignInError::Forged)
    }
}

/// Looks into the first kilobytes of a multipart form, and hands on the whole.
async fn multipart(headers: &HeaderMap, mut body: Body, right: &str) -> Result<Body, SignInError> {
    let kind =
        headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = boundary(kind).ok_or(SignInError::Forged)?;
    let mut seen = Vec::new();
    let mut pieces = Vec::new();
    loop {
        if let Some(sent) = part(&seen, boundary) {
            if !seals::same(sent, right.as_bytes()) {
                return Err(SignInError::Forged);
            }
            let read = stream::iter(pieces.into_iter().map(Ok::<_, axum::Error>));
            return Ok(Body::from_stream(read.chain(body.into_data_stream())));
        }
        if seen.len() > PEEK_MAX {
            return Err(SignInError::Forged);
        }
        let frame = body.frame().await.and_then(Result::ok).ok_or(SignInError::Forged)?;
        if let Ok(bytes) = frame.into_data() {
            seen.extend_from_slice(&bytes);
            pieces.push(bytes);
        }
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let (_, rest) = content_type.split_once("boundary=")?;
    let text = rest.split(';').next()?.trim().trim_matches('"');
    (!text.is_empty()).then_some(text)
}

/// The content of the token's part, once it is there as a whole.
fn part<'a>(seen: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let head = format!("name=\"{FIELD}\"\r\n\r\n");
    let from = find(seen, head.as_bytes())? + head.len();
    let rest = seen.get(from..)?;
    let end = find(rest, format!("\r\n--{boundary}").as_bytes())?;
    rest.get(..end)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// What the forms of one page bear beside their own fields.
#[derive(Clone, Debug)]
pub struct Forms {
    /// The token of the browser.
    pub token: String,
    /// Bytes that no other page has; ids of commands follow from them.
    pub page: [u8; 16],
}

/// Puts the token, and the id of a command where there is none, into every form of a page that posts to this site; `None`
/// if the page has no such form.
#[must_use]
pub fn inject(html: &str, forms: &Forms) -> Option<String> {
    let mut page = String::new();
    let mut rest = html;
    let mut count = 0_u64;
    while let Some(at) = rest.find("<form") {
        let (before, form) = rest.split_at(at);
        let Some(end) = tag_end(form) else { break };
        let (tag, after) = form.split_at(end);
        page.push_str(before);
        page.push_str(tag);
        if posts_here(tag) {
            let token = &forms.token;
            let _ = write!(page, r#"<input type="hidden" name="{FIELD}" value="{token}">"#);
            let own = after.split("</form").next().unwrap_or(after);
            if !own.contains(&format!("name=\"{COMMAND_ID}\"")) {
                let id = CommandId::derive(&[b"form", &forms.page, &count.to_be_bytes()]);
                let _ = write!(page, r#"<input type="hidden" name="{COMMAND_ID}" value="{id}">"#);
            }
            count += 1;
        }
        rest = after;
    }
    page.push_str(rest);
    (page.len() > html.len()).then_some(page)
}

/// Where the tag ends, past quoted attributes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether the form posts, and not to another site, which must not learn the token.
fn posts_here(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    let posts = lower.contains("method=\"post\"") || lower.contains("method=post");
    let away = lower.contains("action=\"http") || lower.contains("action=\"//");
    posts && !away
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const SECRET: &str = "secret of this browser";

    fn forms() -> Forms {
        Forms { token: "T".to_owned(), page: [7; 16] }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn the_browsers_word_on_the_origin_is_taken() {
        for (pairs, same) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://localhost"),
                    ("host", "localhost"),
                ],
                false,
            ),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("origin", "https://lianban.example"), ("host", "lianban.example")], true),
            (vec![("origin", "https://evil.example"), ("host", "lianban.example")], false),
            (vec![("origin", "null"), ("host", "lianban.example")], false),
            (vec![("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8081")], false),
            (vec![], true),
        ] {
            assert_eq!(same_origin(&headers(&pairs)), same, "{pairs:?}");
        }
    }

    #[tokio::test]
    async fn a_form_needs_the_token_of_its_own_browser() {
        let right = token(SECRET);
        for (body, taken) in [
            (format!("_csrf={right}&a=1"), true),
            (format!("a=1&_csrf={right}"), true),
            (format!("_csrf={}&a=1", token("another browser")), false),
            ("a=1".to_owned(), false),
            (format!("x_csrf={right}"), false),
        ] {
            let answer =
                check(&headers(&[FORM]), Body::from(body.clone()), Some(SECRET), false).await;
            assert_eq!(answer.is_ok(), taken, "{body}");
            if let Ok(handed_on) = answer {
                let bytes = axum::body::to_bytes(handed_on, 1000).await.unwrap();
                assert_eq!(bytes, body.as_bytes());
            }
        }
    }

    #[tokio::test]
    async fn a_multipart_form_is_handed_on_whole() {
        let form = format!(
            "--xx\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n{}\r\n--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n{}\r\n--xx--\r\n",
            token(SECRET),
            "z".repeat(200_000)
        );
        let pieces: Vec<Result<axum::body::Bytes, axum::Error>> = form
            .as_bytes()
            .chunks(7)
            .map(|piece| Ok(axum::body::Bytes::copy_from_slice(piece)))
            .collect();
        let headers = headers(&[("content-type", "multipart/form-data; boundary=xx")]);
        let body = Body::from_stream(stream::iter(pieces));
        let handed_on = check(&headers, body, Some(SECRET), false).await.unwrap();
        assert_eq!(axum::body::to_bytes(handed_on, 1 << 20).await.unwrap(), form.as_bytes());
        let stolen = Body::from(form.replace(&token(SECRET), &token("other")));
        assert!(check(&headers, stolen, Some(SECRET), false).await.is_err());
    }

    #[tokio::test]
    async fn programs_send_json_and_other_types_are_not_taken() {
        let json = headers(&[("content-type", "application/json")]);
        assert!(check(&json, Body::empty(), Some(SECRET), true).await.is_ok());
        assert!(check(&json, Body::empty(), Some(SECRET), false).await.is_err());
        let plain = headers(&[("content-type", "text/plain")]);
        assert!(check(&plain, Body::empty(), Some(SECRET), true).await.is_err());
        assert!(check(&HeaderMap::new(), Body::empty(), None, true).await.is_ok());
        assert!(check(&HeaderMap::new(), Body::empty(), None, false).await.is_err());
        let right = token(SECRET);
        let script =
            headers(&[("x-csrf-token", right.as_str()), ("content-type", "application/json")]);
        assert!(check(&script, Body::empty(), Some(SECRET), false).await.is_ok());
    }

    #[test]
    fn every_posting_form_gets_the_token_and_no_other() {
        let page = r#"<p>表单</p><form method="post" action="/a"><b></b></form><form action="/b" method="get"></form><form method="post" action="https://elsewhere/c"></form><form title="a > b" method="post"></form>"#;
        let out = inject(page, &forms()).unwrap();
        assert_eq!(out.matches("_csrf").count(), 2);
        assert!(out.contains(r#"action="/a"><input type="hidden" name="_csrf" value="T"><input"#));
        assert!(out.contains(r#"title="a > b" method="post"><input"#));
        assert_eq!(inject("<p>&lt;form method=\"post\"&gt;</p>", &forms()), None);
        assert_eq!(inject("<form method=\"post\"", &forms()), None, "a tag without an end");
    }

    /// The ids of commands that a page's forms bear.
    fn ids(page: &str) -> Vec<&str> {
        page.split("name=\"_command_id\" value=\"")
            .skip(1)
            .filter_map(|rest| rest.get(..32))
            .collect()
    }

    #[test]
    fn every_posting_form_bears_one_command_id_and_keeps_its_own() {
        let own = "0a0b0c0d0e0f10111213141516171819";
        let page = format!(
            r#"<form method="post" action="/a"></form><form method="post"><input type="hidden" name="_command_id" value="{own}"></form><form method="post"></form>"#
        );
        let out = inject(&page, &forms()).unwrap();
        let told = ids(&out);
        assert_eq!(told.len(), 3, "{out}");
        assert_eq!(told[1], own);
        assert!(told.iter().all(|id| id.parse::<CommandId>().is_ok()), "{told:?}");
        assert!(told[0] != told[2], "each form is a command of its own");
        let other = inject(&page, &Forms { page: [8; 16], ..forms() }).unwrap();
        assert!(ids(&other)[0] != told[0], "and so is each page");
    }

    proptest::proptest! {
        #[test]
        fn putting_the_token_in_loses_no_character(
            page in "(<form|<form |method=\"post\"|action=\"/a\"|>|<|\"|'| |文|a){0,40}"
        ) {
            let field = format!(r#"<input type="hidden" name="{FIELD}" value="T">"#);
            if let Some(out) = inject(&page, &forms()) {
                let with_ids = out.replace(&field, "");
                let mut out = with_ids.clone();
                for id in ids(&with_ids) {
                    let field = format!(r#"<input type="hidden" name="{COMMAND_ID}" value="{id}">"#);
                    out = out.replace(&field, "");
                }
                proptest::prop_assert_eq!(out, page);
            }
        }
    }
}
