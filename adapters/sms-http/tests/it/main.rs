//! The HTTP driver against a gateway on a free port of this machine.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use codes::Moment;
use delivery::{ReportStanding, TextError, TextMessage, TextReport, Texter as _};
use module::Clock;
use sms_http::{HttpSettings, HttpSetupError, HttpTexter, Secret};
use standins::Switches;
use standins::sms::{SmsConfig, SmsGateway};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const SECRET: &[u8; 24] = b"0123456789abcdef01234567";
const SECRET_TEXT: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const NUMBER: &str = "+8613800138000";

fn noon() -> Moment {
    Moment::from_wall(codes::Date::constant(2024, 9, 20).at(12, 0, 0, 0))
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        noon()
    }
}

/// Our address of reports: what was signed is read, what was not is 401.
#[derive(Clone)]
struct Ours {
    texter: HttpTexter,
    read: Arc<Mutex<Vec<TextReport>>>,
}

async fn reports(State(ours): State<Ours>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match ours.texter.read_callback(&headers, &body, noon()) {
        Ok(reports) => {
            ours.read.lock().expect("whole").extend(reports);
            StatusCode::OK
        }
        Err(_why) => StatusCode::UNAUTHORIZED,
    }
}

struct Bed {
    gateway: SmsGateway,
    ours: Ours,
}

async fn bed() -> Bed {
    let gate = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let home = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().expect("bound"));
    let gateway = SmsGateway::new(SmsConfig {
        secret: SECRET.to_vec(),
        reports_to: format!("{}/reports", url(&home)),
        now: noon,
    });
    let texter = HttpTexter::new(settings(&url(&gate))).expect("sound");
    let ours = Ours { texter, read: Arc::default() };
    let router = axum::Router::new().route("/reports", post(reports)).with_state(ours.clone());
    tokio::spawn(gateway.clone().serve(gate));
    tokio::spawn(async move { axum::serve(home, router).await });
    Bed { gateway, ours }
}

fn settings(gateway: &str) -> HttpSettings {
    HttpSettings {
        gateway: gateway.to_owned(),
        secret: Secret::parse(SECRET_TEXT).expect("a secret"),
        timeout: Duration::from_millis(300),
        clock: Arc::new(Noon),
        roots_pem: None,
    }
}

fn message(reference: &str, to: &str) -> TextMessage {
    TextMessage { reference: reference.to_owned(), to: to.to_owned(), text: "送达".to_owned() }
}

#[tokio::test]
async fn the_same_reference_is_sent_once_and_its_report_comes_back_signed() {
    let bed = bed().await;
    let texter = &bed.ours.texter;
    let first = texter.send(message("r1", NUMBER)).await.expect("taken");
    let again = texter.send(message("r1", NUMBER)).await.expect("taken");
    assert_eq!(first.gateway_id, again.gateway_id);
    let [sent] = bed.gateway.sent().try_into().expect("once");
    assert_eq!((sent.to.as_str(), sent.text.as_str()), (NUMBER, "送达"));
    assert_eq!(bed.gateway.report_due().await.expect("posted"), [200]);
    let [report] = bed.ours.read.lock().expect("whole").clone().try_into().expect("one");
    assert_eq!(report.reference.as_deref(), Some("r1"));
    assert_eq!(
        (report.gateway_id, report.standing, report.at),
        (first.gateway_id, ReportStanding::Delivered, noon())
    );
    let raw = String::from_utf8_lossy(&report.raw).into_owned();
    assert!(raw.contains("webhook-signature: v1,") && raw.contains("DELIVRD"), "{raw}");
}

#[tokio::test]
async fn reports_come_twice_and_in_any_order_and_a_wrong_signature_is_none() {
    let bed = bed().await;
    for reference in ["r1", "r2"] {
        bed.ours.texter.send(message(reference, NUMBER)).await.expect("taken");
    }
    bed.gateway.switch(Switches { duplicate: true, reorder: true, ..Switches::default() });
    assert_eq!(bed.gateway.report_due().await.expect("posted"), [200; 4]);
    let read = bed.ours.read.lock().expect("whole").clone();
    let names: Vec<_> = read.iter().filter_map(|report| report.reference.as_deref()).collect();
    assert_eq!(names, ["r2", "r1", "r2", "r1"]);

    bed.gateway.switch(Switches { wrong_signature: true, ..Switches::default() });
    bed.ours.texter.send(message("r3", NUMBER)).await.expect("taken");
    assert_eq!(bed.gateway.report_due().await.expect("posted"), [401]);
    assert_eq!(bed.ours.read.lock().expect("whole").len(), 4);
}

#[tokio::test]
async fn later_now_and_never_are_told_apart() {
    let bed = bed().await;
    for (number, word) in
        [("+1", "unknown_number"), ("+2", "blocked"), ("+3", "not_now"), ("+4", "odd")]
    {
        bed.gateway.refuse(number, word);
    }
    let send = async |to: &str| bed.ours.texter.send(message(to, to)).await;
    assert!(matches!(send("+1").await, Err(TextError::Never(word)) if word == "unknown_number"));
    assert!(matches!(send("+2").await, Err(TextError::Never(_))));
    assert!(matches!(send("+3").await, Err(TextError::Soft(_))));
    assert!(matches!(send("+4").await, Err(TextError::Later(_))));
    for switches in [
        Switches { down: true, ..Switches::default() },
        Switches { silent: true, ..Switches::default() },
        Switches { lose: true, ..Switches::default() },
    ] {
        bed.gateway.switch(switches);
        assert!(matches!(send("+5").await, Err(TextError::Later(_))), "{switches:?}");
    }
    // The answer was lost, the message was not: the next try is answered and sends nothing again.
    bed.gateway.switch(Switches::default());
    send("+5").await.expect("taken");
    assert_eq!(bed.gateway.sent().len(), 1);
}

#[tokio::test]
async fn nothing_goes_out_in_the_clear_and_no_other_secret_is_taken() {
    let plain = HttpTexter::new(settings("http://sms.example"));
    assert!(matches!(plain, Err(HttpSetupError::Address(_))));
    let bed = bed().await;
    let other = "whsec_YWJjZGVmYWJjZGVmYWJjZGVmYWJjZGVm";
    let gateway = bed.gateway.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(gateway.serve(listener));
    let secret = Secret::parse(other).expect("a secret");
    let texter = HttpTexter::new(HttpSettings { secret, ..settings(&url) }).expect("sound");
    let refused = texter.send(message("r1", NUMBER)).await;
    assert!(matches!(refused, Err(TextError::Later(_))), "our fault, not the recipient's");
    assert!(bed.gateway.sent().is_empty());
}
