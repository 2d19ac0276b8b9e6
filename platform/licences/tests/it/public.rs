//! What anybody sees, what holders and organs see, and what nobody sees.

use crate::bed::{Bed, MOBILE, NAME, USCC, holder, officer, order, stranger};
use codes::{Date, Moment};
use kernel::Actor;
use licences::{Ending, Ground, LicenceCommand, NumberFrom, State, Statement};
use serde_json::json;

const CASE: &str = "440115-260212-000001-33";

fn ground() -> Ground {
    Ground {
        reason: "停业整顿".to_owned(), article: "食品安全法第一百二十六条".to_owned()
    }
}

async fn token(bed: &Bed, key: &str) -> String {
    bed.row(key).await.token.expect("signed")
}

async fn verdict(bed: &Bed, token: &str) -> serde_json::Value {
    let reply = bed.get(&Actor::Public, &format!("/api/v1/licences/v/{token}")).await;
    assert_eq!(reply.status, 200);
    reply.json()
}

#[tokio::test]
async fn anybody_sees_the_answer_the_fields_and_how_it_was_checked() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let token = token(&bed, "l1").await;
    let page = bed.get(&Actor::Public, &format!("/v/{token}")).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    let text = page.text();
    for part in [
        "有效",
        "Valid",
        NAME,
        USCC,
        "5,000,000.00 元",
        "广州市南沙区市场监督管理局",
        "查询时间",
        "公钥",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.find("有效") < text.find("Valid"), "Chinese first");
    for hidden in [MOBILE, "p1", CASE, "/licences/l1"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let english = bed.get(&Actor::Public, &format!("/v/{token}?lang=en")).await.text();
    assert!(english.contains("Business licence") && english.contains("CNY 5,000,000.00"));
    let upper = bed.get(&Actor::Public, &format!("/v/{}", token.to_uppercase())).await.text();
    assert!(upper.contains(USCC), "a QR code may hold capitals");
}

#[tokio::test]
async fn the_statement_and_its_api_hold_nothing_personal_or_hidden() {
    let bed = Bed::new().await;
    let mut order = order("business_licence", bed.filling().await);
    order.number = NumberFrom::Given(USCC.to_owned());
    order.hidden = vec!["registered_capital".to_owned()];
    bed.issue("l1", order).await.expect("issued");
    let (statement, _key) =
        Statement::verify(&bed.statement("l1").await, &bed.trusted()).expect("holds");
    let keys: Vec<&str> = statement.lines.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(keys, ["enterprise_name", "issued_on", "uscc"]);
    let text = verdict(&bed, &token(&bed, "l1").await).await.to_string();
    for hidden in [MOBILE, "5,000,000", CASE, "p1"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}

#[tokio::test]
async fn each_state_has_its_answer_and_its_instant() {
    let bed = Bed::new().await;
    for key in ["valid", "suspended", "ended", "replaced"] {
        bed.business(key, None).await;
    }
    bed.business("newer", Some("replaced")).await;
    bed.food("expired").await;
    bed.act("suspended", LicenceCommand::Suspend { ground: ground() }).await.expect("done");
    let end = LicenceCommand::Revoke { by: Ending::Revoked, ground: ground() };
    bed.act("ended", end).await.expect("done");
    let then = bed.bed.platform().clock.now();
    bed.wind(Moment::end_of(Date::constant(2031, 2, 11))).await;

    for (key, word, zh) in [
        ("valid", "valid", "有效"),
        ("suspended", "suspended", "已暂停"),
        ("ended", "ended", "已注销"),
        ("replaced", "replaced", "已换发"),
        ("expired", "expired", "已过期"),
    ] {
        let token = token(&bed, key).await;
        let found = verdict(&bed, &token).await;
        assert_eq!((&found["verdict"], &found["answer"]["zh"]), (&json!(word), &json!(zh)));
        assert_eq!(found["as_of"], json!(bed.bed.platform().clock.now()));
        let page = bed.get(&Actor::Public, &format!("/v/{token}")).await.text();
        assert!(page.contains(zh), "{zh} in {page}");
        if key == "suspended" {
            assert_eq!(found["since"], json!(then));
        }
        if key == "ended" {
            assert!(page.contains("吊销"));
            assert!(!page.contains("停业整顿"), "the ground is not for everybody");
        }
    }
}

#[tokio::test]
async fn an_expired_licence_is_told_expired_though_its_timer_is_late() {
    let bed = Bed::new().await;
    bed.food("l1").await;
    let token = token(&bed, "l1").await;
    // The clock is set, not wound: no timer fires.
    let end = Moment::end_of(Date::constant(2031, 2, 11));
    bed.late(end);
    assert_eq!(bed.row("l1").await.state, State::Valid);
    let found = verdict(&bed, &token).await;
    assert_eq!((&found["verdict"], &found["since"]), (&json!("expired"), &json!(end)));
}

#[tokio::test]
async fn an_unknown_code_is_told_in_words_and_never_as_not_found() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    for code in ["aaaa", "中文", "%3Cscript%3E", &"a".repeat(300), "l1", USCC] {
        let path = format!("/v/{}", code.replace("中文", "%E4%B8%AD%E6%96%87"));
        let page = bed.get(&Actor::Public, &path).await;
        assert_eq!(page.status, 200, "{code}");
        let text = page.text();
        assert!(text.contains("查无此证") && text.contains("查询时间"), "{text}");
        assert!(!text.contains("<script>"), "{text}");
    }
    assert_eq!(verdict(&bed, "aaaa").await["verdict"], "unknown");
}

#[tokio::test]
async fn the_chain_of_versions_is_shown_from_any_of_them() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    bed.business("l2", Some("l1")).await;
    bed.business("l3", Some("l2")).await;
    for (asked, key) in ["l1", "l2", "l3"].into_iter().enumerate() {
        let found = verdict(&bed, &token(&bed, key).await).await;
        let versions = found["versions"].as_array().expect("a chain");
        let states: Vec<&str> =
            versions.iter().filter_map(|version| version["state"].as_str()).collect();
        assert_eq!(states, ["replaced", "replaced", "valid"]);
        assert_eq!(versions[asked]["asked"], true);
    }
}

#[tokio::test]
async fn a_copy_is_told_unchanged_or_altered() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let copy = bed.statement("l1").await;
    let check = async |copy: &str| {
        let body = json!({ "jws": copy });
        bed.bed.request(&Actor::Public, "POST", "/api/v1/licences/verify", Some(&body)).await.json()
    };
    let good = check(&copy).await;
    assert_eq!((&good["verdict"], &good["statement"]["number"]), (&json!("valid"), &json!(USCC)));

    // The same licence with another name, the signature of the old one.
    let (header, rest) = copy.split_once('.').expect("three parts");
    let (payload, signature) = rest.split_once('.').expect("three parts");
    let payload = String::from_utf8(seals::from_base64url(payload).expect("form")).expect("text");
    let forged = payload.replace("青禾", "青木");
    assert_ne!(forged, payload);
    let forged = format!("{header}.{}.{signature}", seals::base64url(forged.as_bytes()));
    let altered = check(&forged).await;
    assert_eq!(
        (&altered["verdict"], &altered["answer"]["zh"]),
        (&json!("altered"), &json!("被更改"))
    );
    assert_eq!(altered["statement"], json!(null), "changed content is not shown");
    assert_eq!(altered["original"], json!(token(&bed, "l1").await));

    let end = LicenceCommand::Revoke { by: Ending::StruckOff, ground: ground() };
    bed.act("l1", end).await.expect("ended");
    assert_eq!(check(&copy).await["verdict"], "ended", "an unchanged copy of an ended licence");
    for rubbish in ["", "a.b.c", "<script>", &"a".repeat(1000)] {
        let found = check(rubbish).await;
        assert_eq!((&found["verdict"], &found["original"]), (&json!("altered"), &json!(null)));
    }
    let page = bed.post(&Actor::Public, "/verify", &format!("copy={forged}")).await;
    assert!(page.status == 200 && page.text().contains("被更改"));
    let long = json!({"jws": "a".repeat(300_000)});
    let long =
        bed.bed.request(&Actor::Public, "POST", "/api/v1/licences/verify", Some(&long)).await;
    assert_eq!((long.status.as_u16(), &long.json()["reason"]), (413, &json!("TOO_LONG")));
}

#[tokio::test]
async fn a_stored_statement_that_was_damaged_is_told_altered() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let (document, token) = (row.document.expect("signed"), row.token.expect("there"));
    bed.blobs.damage(&document.statement, b"other".to_vec());
    assert_eq!(verdict(&bed, &token).await["verdict"], "altered");
}

#[tokio::test]
async fn the_published_keys_verify_what_anybody_downloads() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let token = token(&bed, "l1").await;
    let jws = bed.get(&Actor::Public, &format!("/v/{token}/licence.jws")).await.text();
    let keys = bed.get(&Actor::Public, "/api/v1/licences/keys").await.json();
    let keys: seals::PublicKeySet = serde_json::from_value(keys).expect("a key set");
    assert_eq!(Statement::verify(&jws, &keys).expect("holds").0.number, USCC);
    assert_eq!(bed.get(&Actor::Public, "/v/aaaa/licence.jws").await.status, 404);
}

#[tokio::test]
async fn what_is_typed_leads_to_the_answer() {
    let bed = Bed::new().await;
    assert!(bed.get(&Actor::Public, "/verify").await.text().contains("证照核验"));
    for (typed, to) in [
        ("https%3A%2F%2Fportal.example%2Fv%2Fabc234", "/v/abc234"),
        ("abc234", "/v/abc234"),
        ("https%3A%2F%2Fevil.example%2F%2F..%2Fx%3Fy", "/v/xy"),
    ] {
        let reply = bed.get(&Actor::Public, &format!("/verify?code={typed}")).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, to));
    }
    assert_eq!(bed.get(&Actor::Public, "/licences/v/abc234").await.header("location"), "/v/abc234");
}

#[tokio::test]
async fn holders_list_and_download_their_own() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    bed.food("l2").await;
    let page = bed.get(&holder(), "/licences").await.text();
    assert!(page.contains("我的证照") && page.contains(USCC) && page.contains("JY2440115000001"));
    let others = bed.get(&stranger(), "/api/v1/licences").await.json();
    assert_eq!(others["licences"], json!([]));
    let organ = bed.get(&officer("440115-market", "reviewer"), "/api/v1/licences").await.json();
    assert_eq!(organ["licences"].as_array().map(Vec::len), Some(2));
    let pdf = bed.get(&holder(), "/licences/l1/document.pdf").await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let digest = bed.get(&holder(), "/api/v1/licences/l1").await.json()["pdf_digest"].clone();
    assert_eq!(json!(seals::Digest::sha256(&pdf.body)), digest);
    bed.bed.gate().forbid(Some(&stranger()), "licences.see");
    for path in ["/licences/l1", "/licences/l1/document.pdf", "/api/v1/licences/l1"] {
        assert_eq!(bed.get(&stranger(), path).await.status, 403, "{path}");
    }
    for path in
        ["/licences", "/licences/none", "/licences/none/document.pdf", "/api/v1/licences/none"]
    {
        assert_eq!(bed.get(&Actor::Public, path).await.status, 401, "{path}");
    }
    assert_eq!(bed.get(&holder(), "/licences/none").await.status, 404);
}

#[tokio::test]
async fn the_organ_suspends_resumes_and_ends_with_ground_once() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let head = officer("440115-market", "head");
    let ground = "reason=%E5%81%9C%E4%B8%9A&article=%E6%9D%A1";
    for (form, status, reason) in [
        ("_action=suspend&reason=&article=x", 422, "FIELD"),
        ("_action=resume&reason=x&article=x", 409, "WRONG_STATE"),
        ("_action=end&by=burnt&reason=x&article=x", 422, "NO_SUCH_ACT"),
        ("_action=praise&reason=x&article=x", 422, "NO_SUCH_ACT"),
        ("_action=suspend&_expected_version=1&reason=x&article=x", 409, "STALE_VERSION"),
    ] {
        let refused = bed.post(&head, "/licences/l1", form).await;
        let told = (refused.status.as_u16(), refused.json()["reason"].clone());
        assert_eq!(told, (status, json!(reason)), "{form}");
    }
    assert_eq!(bed.row("l1").await.state, State::Valid, "and nothing changed");
    let version = bed.row("l1").await.version;
    let suspend = format!("_action=suspend&_expected_version={version}&{ground}");
    for _sent_twice in 0..2 {
        assert_eq!(bed.post(&head, "/licences/l1", &suspend).await.status, 303);
    }
    assert_eq!(bed.turns("l1").await, ["Issued", "Signed", "Suspended"]);
    bed.post(&head, "/licences/l1", &format!("_action=resume&{ground}")).await;
    bed.post(&head, "/licences/l1", &format!("_action=end&by=struck_off&{ground}")).await;
    assert_eq!(bed.row("l1").await.state, State::Ended);
    let page = bed.get(&head, "/licences/l1").await.text();
    assert!(page.contains("注销") && page.contains("停业"), "{page}");
}
