//! Packages over HTTP: who takes one, what it holds, and what the page says of one that was tampered with.

use crate::bed::{Bed, Wanted, party, shard};
use crate::story::{Files, failed};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use evidence::verify::verify_package;
use evidence::{Overall, Trust};
use kernel::{Actor, Label, OrganKey, Waiting};
use module::{Clock as _, Concern, Exhibit, ExhibitPaper, Exhibits, Platform, Refusal, Subject};

/// What belongs to slips: their events, and a document that no event names.
pub(crate) struct SlipExhibits;

impl Exhibits for SlipExhibits {
    fn kind(&self) -> &'static str {
        "slip"
    }

    fn access<'a>(
        &'a self,
        _platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Vec<Subject>, Refusal>> {
        let parties = vec!["p".to_owned()];
        let subject = Subject { parties, ..Subject::new("Package", format!("slip/{key}")) };
        Box::pin(std::future::ready(Ok(vec![subject])))
    }

    fn gather<'a>(
        &'a self,
        _platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Exhibit, Refusal>> {
        Box::pin(std::future::ready(Ok(Exhibit {
            title: Label::new("便条", "Slip"),
            number: format!("S-{key}"),
            streams: vec![Concern { shard: shard(), kind: "slip".to_owned(), key: key.to_owned() }],
            documents: vec![ExhibitPaper {
                name: "slip.pdf".to_owned(),
                role: "slip".to_owned(),
                title: Label::new("便条", "Slip"),
                bytes: b"%PDF-1.7".to_vec(),
            }],
            words: vec![("slip.Noted", Label::new("已记下", "Noted"))],
            ..Exhibit::default()
        })))
    }
}

async fn bed() -> Bed {
    let bed = Wanted::plain().made().await;
    bed.note(&shard(), "other", "q", 5).await;
    bed.note(&shard(), "a", "p", 3).await;
    bed
}

async fn trust(bed: &Bed) -> Trust {
    let reply = bed.bed.request(&Actor::Public, "GET", "/evidence/trust.json", None).await;
    assert_eq!(reply.status, StatusCode::OK);
    Trust::read(&reply.text(), bed.bed.clock().now()).unwrap()
}

/// The form with a file in it.
fn upload(path: &str, file: &[u8]) -> Request<Body> {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.zip\"\r\n\
        Content-Type: application/zip\r\n\r\n"
        .to_vec();
    body.extend(file);
    body.extend(b"\r\n--b--\r\n");
    Request::post(path)
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn a_package_that_is_taken_holds_under_the_published_trust() {
    let bed = bed().await;
    // No checkpoint was published yet: taking a package publishes one.
    let reply = bed.bed.request(&party("p"), "GET", "/evidence/packages/slip/a", None).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/zip"));
    assert_eq!(reply.header("cache-control"), "no-store");
    let trust = trust(&bed).await;
    let report = verify_package(&reply.body, &trust);
    assert_eq!((failed(&report), report.number.as_deref()), (vec![], Some("S-a")));
    assert_eq!(report.timeline.len(), 3);
    assert_eq!(report.timeline[0].label, Label::new("已记下", "Noted"));
    assert_eq!(report.claim("inclusion:2").unwrap().verdict, evidence::Verdict::Pass);
    // No authority is asked here, and no event names the document.
    assert_eq!(report.overall(), Overall::Undecided);

    // Later events come under a later checkpoint, which is shown to go on from the first.
    bed.note(&shard(), "a", "p", 2).await;
    let reply = bed.bed.request(&party("p"), "GET", "/evidence/packages/slip/a", None).await;
    let report = verify_package(&reply.body, &trust);
    assert_eq!((failed(&report), report.timeline.len()), (vec![], 5));
    assert_eq!(report.claim("consistency:8-10").unwrap().verdict, evidence::Verdict::Pass);
}

#[tokio::test]
async fn a_package_is_given_by_the_gate_and_to_a_court() {
    let bed = bed().await;
    let get = async |actor: &Actor, path: &str| {
        bed.bed.request(actor, "GET", &format!("/evidence/packages/{path}"), None).await
    };
    let court = Actor::Officer {
        organ: OrganKey::new("440100-court"),
        login: "judge".to_owned(),
        role: "court".to_owned(),
    };
    bed.bed.gate().forbid(None, "evidence.package");
    for (who, status) in [
        (&Actor::Public, StatusCode::UNAUTHORIZED),
        (&party("q"), StatusCode::FORBIDDEN),
        (&court, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(get(who, "slip/a").await.status, status, "{who:?}");
    }
    bed.bed.gate().allow(Some(&court), "evidence.package");
    assert_eq!(get(&court, "slip/a").await.status, StatusCode::OK);
    assert_eq!(get(&court, "nothing/a").await.json()["reason"], "NOTHING_TO_PACK");
    assert_eq!(get(&court, "slip/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_tells_each_claim_and_why_and_keeps_nothing() {
    let bed = bed().await;
    let taken = bed.bed.request(&party("p"), "GET", "/evidence/packages/slip/a", None).await;
    let ask = bed.bed.request(&Actor::Public, "GET", "/evidence/verify", None).await;
    assert!(ask.text().contains("multipart/form-data") && ask.status == StatusCode::OK);
    let good = bed.bed.send(upload("/evidence/verify", &taken.body)).await;
    assert_eq!((good.status, good.header("cache-control")), (StatusCode::OK, "no-store"));
    let page = good.text();
    assert!(page.contains("<svg") && page.contains("已记下"), "the path is drawn");
    assert!(!page.contains("✗"), "nothing fails");

    let mut files = Files::of(&taken.body);
    files.replace("events/1.json", "slip", "slop");
    let changed = files.package();
    let page = bed.bed.send(upload("/evidence/verify", &changed)).await.text();
    assert!(page.contains("✗") && page.contains("NOT_IN_LOG") && page.contains("EVD-0546"));
    let json = bed.bed.send(upload("/evidence/verify.json", &changed)).await.json();
    let claims = json["claims"].as_array().unwrap();
    let told: Vec<_> = claims
        .iter()
        .filter(|claim| claim["verdict"] == "fail")
        .map(|claim| claim["id"].as_str().unwrap())
        .collect();
    assert!(told.contains(&"inclusion:1") && told.contains(&"file:events/1.json"), "{told:?}");
    let nothing = bed.bed.send(upload("/evidence/verify", b"")).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}
