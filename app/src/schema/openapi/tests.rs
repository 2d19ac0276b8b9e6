//! The description against real answers of a platform with a granted case.

use super::*;
use crate::assemble::{Setup, assemble_with, quiet};
use crate::bench::script::{Script, Sends, Sent, Until};
use crate::demo;
use axum::body::Body;
use axum::http::{Request, header};
use engine::Order;
use kernel::{Actor, Atomic};
use module::{Clock as _, Receipt, SubmitError, SystemClock};
use std::sync::Arc;
use tower::ServiceExt as _;

/// A validator for one shape of the description.
fn validator(shape: &str) -> jsonschema::Validator {
    let mut schema = json!({ "$ref": format!("#/components/schemas/{shape}") });
    schema["components"] = document()["components"].clone();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn every_reference_leads_somewhere_and_every_shape_is_used() {
    let whole = document();
    let shapes: BTreeSet<String> =
        whole["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
    let text = whole.to_string();
    let used: BTreeSet<String> = text
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(used, shapes);
    let ids: BTreeSet<&str> = OPERATIONS.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), OPERATIONS.len(), "an operation's id stands twice");
    for shape in shapes {
        validator(&shape);
    }
}

#[test]
fn a_shape_refuses_what_it_does_not_describe() {
    for (shape, value) in [
        ("CaseCommand", json!({ "id": "x", "expected_version": 1, "command": "Submit" })),
        (
            "CaseCommand",
            json!({ "id": "0".repeat(32), "expected_version": 1, "command": {}, "more": 1 }),
        ),
        ("Problem", json!({ "type": "/errors/CASE-0001", "title": "x", "status": 404 })),
        (
            "Organ",
            json!({ "key": "440115-market", "name": "x", "role": "market", "place": "440115" }),
        ),
    ] {
        assert!(!validator(shape).is_valid(&value), "{shape}: {value}");
    }
}

struct Desk<'a>(&'a crate::assemble::Assembly);

impl Sends for Desk<'_> {
    async fn send(&self, sent: Sent, by: Actor, commands: Atomic) -> Result<Receipt, SubmitError> {
        let order = Order { id: sent.id, actor: by, cause: None, commands };
        self.0.engine.order(order).await
    }
}

/// Asks as the applicant and compares the answer with the shape that the description names.
async fn holds(site: &Router, cookie: &str, address: &str, path: &str) -> Value {
    let one = OPERATIONS.iter().find(|one| one.path == path && one.method == "GET").unwrap();
    let mut request = Request::get(address);
    if one.guard == Session {
        request = request.header(header::COOKIE, cookie);
    }
    let response = site.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 4 << 20).await.unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    let shape = if status.is_success() { one.gives } else { "Problem" };
    let validator = validator(shape);
    let faults: Vec<String> = validator
        .iter_errors(&answer)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{address} is no {shape}: {faults:?}");
    answer
}

#[tokio::test]
async fn real_answers_have_the_shapes_that_are_described() {
    let home = tempfile::tempdir().unwrap();
    let setup = Setup { demo: demo::logins(), ..Setup::new(home.path().join("data"), None) };
    let assembly = assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap();
    demo::people(&assembly).await.unwrap();
    let login = demo::logins().into_iter().find(|l| l.login.as_str() == demo::APPLICANT).unwrap();
    let signed = (login.login.as_str(), login.password.as_str());
    let session = assembly.identity.sign_in(&assembly.platform, signed, "test", None).await;
    let cookie = format!("session={}", session.unwrap().token);
    let reader = &*assembly.platform.reader;
    let row = identity::queries::login(reader, &login.login).await.unwrap().unwrap();
    let party = (row.party.unwrap(), demo::APPLICANT.to_owned());
    let script = Script::new(&assembly, SystemClock.now().date(), 2_026, true).unwrap();
    script.work_until(&Desk(&assembly), 1, party, Until::Submitted).await.unwrap();

    let site = &assembly.router;
    let cases = holds(site, &cookie, "/api/v1/cases", "/api/v1/cases").await;
    let no = cases["cases"][0]["no"].as_str().unwrap().to_owned();
    holds(site, &cookie, &format!("/api/v1/cases/{no}"), "/api/v1/cases/{no}").await;
    for (address, path) in [
        ("/api/v1/cases/440115-000000-000000-00", "/api/v1/cases/{no}"),
        ("/api/v1/catalogue/reforms", "/api/v1/catalogue/reforms"),
        ("/api/v1/catalogue/reforms/28", "/api/v1/catalogue/reforms/{number}"),
        ("/api/v1/catalogue/reforms/99", "/api/v1/catalogue/reforms/{number}"),
        ("/api/v1/catalogue/services/28/food", "/api/v1/catalogue/services/{reform}/{id}"),
        ("/api/v1/catalogue/packages/28/setup", "/api/v1/catalogue/packages/{reform}/{id}"),
        ("/api/v1/catalogue/activities/28?q=%E9%A4%90", "/api/v1/catalogue/activities/{reform}"),
        ("/api/v1/catalogue/scope?reform=28&place=440115", "/api/v1/catalogue/scope"),
        ("/api/v1/catalogue/scope?reform=28&place=110000", "/api/v1/catalogue/scope"),
        ("/api/v1/catalogue/organs/440115/market", "/api/v1/catalogue/organs/{place}/{role}"),
        ("/api/v1/licences", "/api/v1/licences"),
        ("/api/v1/licences/none", "/api/v1/licences/{licence}"),
        ("/api/v1/licences/v/none", "/api/v1/licences/v/{token}"),
        ("/api/v1/licences/keys", "/api/v1/licences/keys"),
        ("/api/v1/delivery/inbox", "/api/v1/delivery/inbox"),
        ("/api/v1/delivery/notices/none", "/api/v1/delivery/notices/{notice}"),
        ("/api/v1/exchange/messages", "/api/v1/exchange/messages"),
        ("/api/v1/exchange/keys", "/api/v1/exchange/keys"),
        ("/api/v1/evidence", "/api/v1/evidence"),
        ("/api/v1/evidence/mine", "/api/v1/evidence/mine"),
        ("/api/v1/evidence/witness/key", "/api/v1/evidence/witness/key"),
    ] {
        holds(site, &cookie, address, path).await;
    }
}
