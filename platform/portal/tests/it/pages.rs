//! The layout of a page and the frame it takes from the request.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use codes::Lang;
use http_body_util::BodyExt as _;
use maud::html;
use portal::{Audience, Frame, NavItem, Page, SignedIn, guard_headers, page, remember_language};
use tower::ServiceExt as _;

fn officer() -> SignedIn {
    SignedIn {
        name: "王晓岚".to_owned(),
        organ: Some("南沙区市场监管局".to_owned()),
        role: Some("审查员".to_owned()),
        officer: true,
        post: Some(("market".to_owned(), "reviewer".to_owned())),
    }
}

async fn fetch(app: Router, uri: &str) -> (axum::http::response::Parts, String) {
    let request = Request::get(uri).body(Body::empty()).unwrap();
    let (head, body) = app.oneshot(request).await.unwrap().into_parts();
    (head, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_takes_the_frame_that_the_middleware_put() {
    let app = Router::new()
        .route(
            "/cases",
            get(|frame: Frame| async move { page(&frame, "办件", &html! { p { "x" } }) }),
        )
        .layer(from_fn(|mut request: axum::extract::Request, next: Next| async {
            let frame = Frame {
                party: Some(officer()),
                nav: vec![NavItem::new("办件", "/cases")],
                path: request.uri().to_string(),
                ..Frame::default()
            };
            request.extensions_mut().insert(frame);
            next.run(request).await
        }));
    let (_, body) = fetch(app, "/cases?state=open").await;
    assert!(body.contains("<body class=\"officer\">"));
    assert!(body.contains("王晓岚"));
    assert!(body.contains("<a href=\"/cases\" aria-current=\"page\">"));
    assert!(body.contains("href=\"/cases?state=open&amp;lang=en\""));
}

#[tokio::test]
async fn without_middleware_the_frame_follows_from_the_request() {
    let app = Router::new()
        .route("/", get(|frame: Frame| async move { page(&frame, "Home", &html! {}) }));
    let (_, body) = fetch(app, "/?lang=en").await;
    assert!(body.contains("<html lang=\"en\">"));
    assert!(body.contains("<body class=\"applicant\">"));
    assert!(body.contains("href=\"/sign-in\""));
}

#[tokio::test]
async fn a_chosen_language_is_remembered_and_every_page_is_guarded() {
    let app = Router::new()
        .route("/", get(|frame: Frame| async move { page(&frame, "Home", &html! {}) }))
        .layer(from_fn(remember_language))
        .layer(from_fn(guard_headers));
    let (head, _) = fetch(app.clone(), "/?lang=en").await;
    assert!(head.headers["set-cookie"].to_str().unwrap().starts_with("lang=en;"));
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    assert!(
        head.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'")
    );
    let (head, _) = fetch(app, "/").await;
    assert!(!head.headers.contains_key("set-cookie"));
}

#[test]
fn a_page_holds_under_its_content_security_policy() {
    let frame = Frame { party: Some(officer()), ..Frame::of(Lang::Zh) };
    let text = Page::new("标题 <b>")
        .crumb("首页", "/")
        .audience(Audience::Officer)
        .render(&frame, &html! {})
        .into_string();
    assert!(text.contains("标题 &lt;b&gt;"));
    assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick"));
    assert!(
        text.contains("></script>") && !text.contains("<script>"),
        "scripts have a source and no text"
    );
    assert!(text.contains("<a class=\"skip\" href=\"#main\">"));
}
