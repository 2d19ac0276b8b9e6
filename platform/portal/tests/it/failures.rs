//! What goes wrong leaves as a problem or as a page, never as bare text.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};
use codes::{Code, Coded, Label};
use http_body_util::BodyExt as _;
use portal::{Failure, Form, Json, Path, Posted, Query, answer_failures, not_found};
use serde::Deserialize;
use tower::ServiceExt as _;

#[derive(Debug, thiserror::Error)]
#[error("version {0} is stale")]
struct Stale(u64);

impl Coded for Stale {
    fn code(&self) -> Code {
        Code::new("TST", 1)
    }
    fn reason(&self) -> &'static str {
        "STALE_VERSION"
    }
    fn label(&self) -> Label {
        Label::new("内容已被他人更新。<请>重新打开。", "Somebody changed it. Please open it again.")
    }
    fn status(&self) -> u16 {
        409
    }
    fn fields(&self) -> Option<String> {
        Some(format!(r#"{{"version":{}}}"#, self.0))
    }
}

#[derive(Deserialize)]
struct Row {
    n: u8,
}

async fn posted(posted: Posted) -> String {
    let files: Vec<_> = posted
        .files
        .iter()
        .map(|file| format!("{}={}", file.file_name, file.bytes.len()))
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} [{}]",
        posted.action(),
        posted.command_id(),
        posted.expected_version(),
        posted.answers().collect::<Vec<_>>(),
        files.join(","),
    )
}

fn app() -> Router {
    Router::new()
        .route("/stale", get(|| async { Err::<(), _>(Failure::from(Stale(7))) }))
        .route("/json", post(|Json(row): Json<Row>| async move { row.n.to_string() }))
        .route("/form", post(|Form(row): Form<Row>| async move { row.n.to_string() }))
        .route("/query", get(|Query(row): Query<Row>| async move { row.n.to_string() }))
        .route("/path/{n}", get(|Path(n): Path<u8>| async move { n.to_string() }))
        .route("/posted", post(posted))
        .route("/bare", get(|| async { (StatusCode::BAD_GATEWAY, "bare text") }))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(4096))
        .layer(from_fn(answer_failures))
}

async fn ask(request: Request<Body>) -> (Response<()>, String) {
    let (head, body) = app().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (Response::from_parts(head, ()), text)
}

fn kind(response: &Response<()>) -> &str {
    response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap())
}

#[tokio::test]
async fn a_program_gets_a_problem_with_code_reason_texts_and_fields() {
    let (head, body) = ask(Request::get("/stale").body(Body::empty()).unwrap()).await;
    assert_eq!(head.status(), StatusCode::CONFLICT);
    assert_eq!(kind(&head), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        problem,
        serde_json::json!({
            "type": "/errors/TST-0001",
            "title": "内容已被他人更新。<请>重新打开。",
            "titles": {"zh": "内容已被他人更新。<请>重新打开。", "en": "Somebody changed it. Please open it again."},
            "status": 409,
            "code": "TST-0001",
            "reason": "STALE_VERSION",
            "fields": {"version": 7},
        })
    );
}

#[tokio::test]
async fn a_person_gets_a_page_in_the_language_asked_for() {
    let request = || Request::get("/stale?lang=en").header("accept", "text/html,*/*;q=0.8");
    let (head, body) = ask(request().body(Body::empty()).unwrap()).await;
    assert_eq!(head.status(), StatusCode::CONFLICT);
    assert!(kind(&head).starts_with("text/html"));
    assert!(body.contains("Somebody changed it. Please open it again."));
    assert!(body.contains("href=\"/errors/TST-0001\""));
    assert!(body.contains("<html lang=\"en\">"));
    assert!(
        head.extensions()
            .get::<Failure>()
            .is_some_and(|failure| failure.chain == "version 7 is stale")
    );

    let zh = Request::get("/stale").header("accept", "text/html").body(Body::empty()).unwrap();
    let (_, body) = ask(zh).await;
    assert!(body.contains("&lt;请&gt;重新打开"), "texts are escaped");
}

#[tokio::test]
async fn no_wrong_request_is_answered_in_bare_text() {
    let json = |body: &'static str| {
        Request::post("/json")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    let form = |body: &'static str| {
        Request::post("/form")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    for (request, status, reason) in [
        (json("{"), 400, "NOT_JSON"),
        (json(r#"{"n":"x"}"#), 422, "BODY_SHAPE"),
        (json(r#"{"n":300}"#), 422, "BODY_SHAPE"),
        (Request::post("/json").body(Body::from("{}")).unwrap(), 415, "CONTENT_TYPE"),
        (form("n=x"), 422, "FORM"),
        (form("n=1&n=2"), 422, "FORM"),
        (Request::post("/form").body(Body::from("n=1")).unwrap(), 415, "CONTENT_TYPE"),
        (Request::post("/posted").body(Body::from("n=1")).unwrap(), 415, "CONTENT_TYPE"),
        (get("/query?n=-1"), 422, "QUERY"),
        (get("/query"), 422, "QUERY"),
        (get("/path/x"), 404, "NOT_FOUND"),
        (get("/nowhere"), 404, "NOT_FOUND"),
        (get("/json"), 405, "METHOD_NOT_ALLOWED"),
        (get("/bare"), 503, "UNAVAILABLE"),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        let (head, body) = ask(request).await;
        assert_eq!(head.status().as_u16(), status, "{asked}: {body}");
        assert_eq!(kind(&head), "application/problem+json", "{asked}");
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["reason"], reason, "{asked}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_says_so() {
    for (path, media) in
        [("/json", "application/json"), ("/posted", "application/x-www-form-urlencoded")]
    {
        let body = Body::from("\"".to_owned() + &"a".repeat(5000));
        let (head, _) =
            ask(Request::post(path).header("content-type", media).body(body).unwrap()).await;
        assert_eq!(head.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(kind(&head), "application/problem+json");
    }
}

#[tokio::test]
async fn a_wrong_method_still_names_the_right_ones() {
    let (head, _) = ask(Request::get("/json").body(Body::empty()).unwrap()).await;
    assert_eq!(head.headers().get("allow").unwrap(), "POST");
}

#[tokio::test]
async fn a_posted_form_keeps_order_repetition_action_and_stamp() {
    let body = "a=1&_command_id=c9&_expected_version=12&a=+2+&b=&_action=remove_row%3Aemployee%3A1";
    let request =
        Request::post("/posted").header("content-type", "application/x-www-form-urlencoded");
    let (head, text) = ask(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(
        text,
        "Some(Action { verb: \"remove_row\", target: Some(\"employee\"), index: Some(1) }) Some(\"c9\") Some(12) \
         [(\"a\", \"1\"), (\"a\", \"2\"), (\"b\", \"\")] []"
    );
}

#[tokio::test]
async fn a_multipart_form_brings_its_files_and_leaves_out_empty_ones() {
    let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n青禾\r\n\
        --x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"证明.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n\
        --x\r\nContent-Disposition: form-data; name=\"g\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
    let request =
        Request::post("/posted").header("content-type", "multipart/form-data; boundary=x");
    let (head, text) = ask(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(head.status(), StatusCode::OK, "{text}");
    assert_eq!(text, "None None None [(\"a\", \"青禾\")] [证明.pdf=4]");

    let broken = Request::post("/posted").header("content-type", "multipart/form-data; boundary=x");
    let (head, _) = ask(broken.body(Body::from("--x\r\nnonsense")).unwrap()).await;
    assert_eq!(head.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(kind(&head), "application/problem+json");
}
