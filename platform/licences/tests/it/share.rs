//! What travels: credentials that a holder shows in part, status lists, codes without network, files that somebody compares.

use crate::bed::{Bed, MOBILE, NAME, USCC, holder, officer, stranger};
use blobs::{Blobs as _, KeyName};
use codes::{Date, Moment};
use kernel::Actor;
use licences::code::Code;
use licences::sd_jwt::SdJwt;
use licences::status::StatusList;
use licences::verify::{Verdict, verify_any};
use licences::{Checked, Ending, Ground, LicenceCommand, Thing, Trust};
use seals::{Algorithm, Keys as _, Purpose};
use serde_json::{Value, json};

fn ground() -> Ground {
    Ground { reason: "停业整顿".to_owned(), article: "第一百二十六条".to_owned() }
}

fn trust(bed: &Bed) -> Trust {
    Trust {
        keys: bed.trusted(),
        roots: seals::certificate::roots_of(&*bed.keys).expect("roots"),
        lists: Vec::new(),
        stamps: None,
        at: bed.bed.platform().clock.now(),
    }
}

fn verdicts(checked: &Checked) -> Vec<(&str, Verdict)> {
    checked.claims.iter().map(|claim| (claim.id, claim.verdict)).collect()
}

/// The presentation of these claims, as its holder downloads it.
async fn presentation(bed: &Bed, key: &str, claims: &[&str]) -> String {
    let form: String = claims.iter().map(|claim| format!("&claim={claim}")).collect();
    let path = format!("/licences/{key}/present");
    let reply = bed.post(&holder(), &path, &format!("_action=download&claim={form}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/dc+sd-jwt");
    reply.text()
}

async fn list(bed: &Bed, address: &str) -> String {
    let path = address.strip_prefix("https://portal.example").expect("ours");
    let reply = bed.get(&Actor::Public, path).await;
    assert_eq!(reply.header("content-type"), "application/statuslist+jwt");
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
    reply.text()
}

#[tokio::test]
async fn a_holder_shows_what_it_chose_and_nothing_else() {
    for algorithm in [Algorithm::Es256, Algorithm::Sm2Sm3] {
        let bed = Bed::with(algorithm).await;
        bed.business("l1", None).await;
        let page = bed.get(&holder(), "/licences/l1/present").await.text();
        for part in ["出示证照", NAME, MOBILE, "5,000,000.00 元", "离线核验码", "<svg"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let shown = presentation(&bed, "l1", &["enterprise_name"]).await;
        let checked = verify_any(shown.as_bytes(), &trust(&bed)).expect("known");
        assert_eq!(checked.thing, Thing::Credential);
        assert_eq!(
            verdicts(&checked),
            [
                ("signature", Verdict::Pass),
                ("key", Verdict::Pass),
                ("disclosures", Verdict::Pass),
                ("holder", Verdict::Unknown),
                ("term", Verdict::Pass),
                ("status", Verdict::Unknown),
            ]
        );
        let facts = format!("{:?}", checked.facts);
        assert!(
            facts.contains(NAME) && !facts.contains(MOBILE) && !facts.contains(USCC),
            "{facts}"
        );
        let read = SdJwt::read(&shown).expect("reads").verify(&bed.trusted(), None).expect("holds");
        let types = bed.get(&Actor::Public, "/licences/types/business_licence").await.json();
        assert_eq!(read.shown["vct"], types["vct"]);
        assert_eq!(types["claims"][0]["sd"], "always");
        assert!(read.kept_back >= 4, "{}", read.kept_back);

        let page = bed.post(&Actor::Public, "/verify", &format!("copy={shown}")).await.text();
        for part in ["出示凭证", "逐项核验", NAME, "有效", "通过"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains(MOBILE));
    }
}

#[tokio::test]
async fn nobody_but_the_holder_shows_a_licence() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    for actor in [stranger(), officer("440115-market", "head")] {
        // The gate of this bed lets everybody through; the route itself does not.
        let page = bed.get(&actor, "/licences/l1/present").await;
        assert_eq!((page.status.as_u16(), &page.json()["reason"]), (403, &json!("NOT_ENTITLED")));
        let posted = bed.post(&actor, "/licences/l1/present", "_action=show").await;
        assert_eq!(posted.status, 403);
    }
    assert_eq!(bed.get(&Actor::Public, "/licences/none/present").await.status, 401);
    let unknown = bed.post(&holder(), "/licences/l1/present", "_action=show&claim=age").await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["reason"]),
        (422, &json!("NO_SUCH_CLAIM"))
    );
    let shown = bed.post(&holder(), "/licences/l1/present", "_action=show&claim=").await.text();
    assert!(shown.contains("只证明证照由发证机关签发"), "{shown}");
}

#[tokio::test]
async fn erased_claims_leave_a_proof_of_issue_that_still_verifies() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let credential = row.document.expect("signed").credential.expect("there");
    bed.vault.erase(&KeyName::new("case/1")).await.expect("erased");
    let page = bed.get(&holder(), "/licences/l1/present").await;
    assert_eq!((page.status.as_u16(), &page.json()["reason"]), (404, &json!("NO_CREDENTIAL")));
    let jwt = String::from_utf8(bed.blobs.get(&credential.jwt).await.expect("kept")).expect("text");
    assert!(!jwt.contains(MOBILE));
    let proof = SdJwt::read(&format!("{jwt}~")).expect("reads");
    let read = proof.verify(&bed.trusted(), None).expect("the proof of issue holds");
    assert_eq!(read.shown["issuing_authority"], "广州市南沙区市场监督管理局");
    assert!(read.disclosed.is_empty() && read.kept_back > 3);
    // With the salt gone, nobody tries values out: the digest of the plain value is not among them.
    let plain = seals::base64url(seals::Digest::sha256(MOBILE.as_bytes()).bytes());
    assert!(!jwt.contains(&plain));
}

#[tokio::test]
async fn the_status_list_follows_every_act_at_once() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let other = bed.business("l2", None).await;
    let place = row.document.expect("signed").credential.expect("there").status;
    let others = other.document.expect("signed").credential.expect("there").status;
    assert_eq!(place.list, others.list);
    assert!(place.index.abs_diff(others.index) > 1, "{place:?} {others:?}");
    let address = format!("https://portal.example/licences/status/{}", place.list);
    let shown = presentation(&bed, "l1", &[]).await;
    let of = async |expected: Verdict, word: &str| {
        let lists = vec![list(&bed, &address).await];
        let checked = verify_any(shown.as_bytes(), &Trust { lists, ..trust(&bed) }).expect("known");
        let claim = checked.claim("status").expect("there");
        let told = claim.detail.as_ref().expect("told").zh.clone();
        assert!(claim.verdict == expected && told.contains(word), "{word}: {claim:?}");
    };
    of(Verdict::Pass, "有效").await;
    bed.act("l1", LicenceCommand::Suspend { ground: ground() }).await.expect("done");
    of(Verdict::Fail, "已暂停").await;
    bed.act("l1", LicenceCommand::Resume { ground: ground() }).await.expect("done");
    of(Verdict::Pass, "有效").await;
    bed.business("l3", Some("l1")).await;
    of(Verdict::Fail, "已失效").await;
    let known = StatusList::verify(&list(&bed, &address).await, &bed.trusted()).expect("holds");
    assert_eq!(known.status(&address, others.index), Some(licences::status::Status::Valid));
    // Kept until something changes.
    assert_eq!(list(&bed, &address).await, list(&bed, &address).await);
    assert_eq!(bed.get(&Actor::Public, "/licences/status/none-0").await.status, 404);
}

#[tokio::test]
async fn a_code_verifies_without_network_and_leads_to_the_present_state() {
    let bed = Bed::new().await;
    let row = bed.food("l1").await;
    let kept = row.document.as_ref().and_then(|document| document.code.clone()).expect("a code");
    let text = String::from_utf8(bed.vault.read(&kept).await.expect("there")).expect("text");
    let (code, _key) = Code::verify(&text, &bed.trusted()).expect("holds");
    assert_eq!((code.number.as_str(), code.holder.as_deref()), (row.number.as_str(), Some(NAME)));
    assert_eq!(
        (code.valid_to, Some(code.token.clone())),
        (Some(Date::constant(2031, 2, 11)), row.token)
    );
    let checked = verify_any(text.as_bytes(), &trust(&bed)).expect("known");
    assert!(checked.thing == Thing::Code && checked.holds());
    let over = Trust { at: Moment::end_of(Date::constant(2031, 2, 11)), ..trust(&bed) };
    let late = verify_any(text.as_bytes(), &over).expect("known");
    assert_eq!(late.claim("term").map(|claim| claim.verdict), Some(Verdict::Fail));
    bed.act("l1", LicenceCommand::Suspend { ground: ground() }).await.expect("done");
    let form = format!("copy={}", text.replace('%', "%25").replace('+', "%2B").replace(' ', "%20"));
    let page = bed.post(&Actor::Public, "/verify", &form).await.text();
    assert!(page.contains("已暂停") && page.contains("离线码"), "{page}");
}

#[tokio::test]
async fn a_file_is_compared_and_told_the_same_or_not() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let token = row.token.expect("signed");
    let path = format!("/v/{token}/check");
    assert!(bed.get(&Actor::Public, &path).await.text().contains("比对您手上的文件"));
    let pdf = bed.pdf("l1").await;
    let before = bed.blobs.count();
    let same = bed.upload(&Actor::Public, &path, &pdf).await.text();
    assert!(same.contains("一致") && same.contains("逐字节一致"), "{same}");
    let statement = bed.statement("l1").await;
    assert!(
        bed.upload(&Actor::Public, &path, statement.as_bytes()).await.text().contains("逐字节一致")
    );
    for at in [0, pdf.len() / 2, pdf.len() - 1] {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        let told = bed.upload(&Actor::Public, &path, &changed).await.text();
        assert!(told.contains("不一致"), "byte {at}: {told}");
    }
    assert_eq!(bed.blobs.count(), before, "nothing is kept");
    let nothing = bed.post(&Actor::Public, &path, "copy=").await;
    assert_eq!(
        (nothing.status.as_u16(), &nothing.json()["reason"]),
        (422, &json!("NOTHING_KNOWN"))
    );
    let unknown = bed.get(&Actor::Public, "/v/aaaa/check").await.text();
    assert!(unknown.contains("查无此证"));
}

#[tokio::test]
async fn a_statement_outlives_its_key_and_a_compromise_that_came_later() {
    let bed = Bed::new().await;
    let row = bed.business("l1", None).await;
    let copy = bed.statement("l1").await;
    let key = row.document.expect("signed").key;
    let now = bed.bed.platform().clock.now();
    let check = async |copy: &str| -> Value {
        let body = json!({ "jws": copy });
        bed.bed.request(&Actor::Public, "POST", "/api/v1/licences/verify", Some(&body)).await.json()
    };
    bed.keys.retire(&key, now.plus_seconds(60)).expect("retired");
    let found = check(&copy).await;
    assert_eq!(found["verdict"], "valid");
    assert!(
        found["key_state"]["zh"].as_str().is_some_and(|state| state.contains("已于")),
        "{found}"
    );

    bed.keys.compromise(&key, now.plus_seconds(90)).expect("noted");
    assert_eq!(
        check(&copy).await["verdict"],
        "valid",
        "the journal knows this very copy from before"
    );
    let record = bed.keys.find(&key).expect("known");
    assert!(
        licences::Statement::verify(&copy, &bed.trusted()).is_err(),
        "by itself it proves nothing"
    );
    let keys = bed.get(&Actor::Public, "/api/v1/licences/keys").await.json();
    assert_eq!(keys["keys"][0]["compromised_on"], json!(record.compromised_on));

    // Whoever holds the key now signs another name, and dates it back.
    let forger = seals::MemoryKeys::new();
    let forged = forger.generate(Purpose::LICENCES, Algorithm::Es256, Moment::default(), &[1; 32]);
    let payload = seals::jws::read(&copy).expect("jws").payload().expect("inside").to_vec();
    let payload = String::from_utf8(payload).expect("text").replace("青禾", "青木");
    let forged = forged.expect("the same key");
    assert_eq!(forged.id, key);
    let forged = seals::jws::attached(&forger, &forged, now, licences::TYPE, payload.as_bytes());
    let found = check(&forged.expect("signed")).await;
    assert_eq!(found["verdict"], "altered");
    assert!(found["checked"][0]["zh"].as_str().is_some_and(|why| why.contains("泄露")), "{found}");
}

#[tokio::test]
async fn whoever_asked_is_told_of_every_change() {
    let bed = Bed::new().await;
    bed.business("l1", None).await;
    let watch = |partner: &str| LicenceCommand::Watch { partner: partner.to_owned() };
    let unwatched =
        bed.act("l1", LicenceCommand::Suspend { ground: ground() }).await.expect("done");
    assert_eq!(unwatched, ["Suspended"]);
    assert_eq!(bed.act("l1", watch("440115-tax")).await.expect("done"), ["Watched"]);
    assert_eq!(bed.act("l1", watch("440115-tax")).await.expect("done").len(), 0, "once");
    bed.act("l1", watch("440115-bank")).await.expect("done");
    bed.act("l1", LicenceCommand::Resume { ground: ground() }).await.expect("done");
    let end = LicenceCommand::Revoke { by: Ending::Revoked, ground: ground() };
    bed.act("l1", end).await.expect("done");
    let told: Vec<Value> = bed.events("licence", "l1").await;
    let by = |name: &str| {
        let event = told.iter().find_map(|event| event.get(name)).expect("happened");
        event["watch"]["by"].clone()
    };
    assert_eq!(by("Suspended"), json!(null), "nobody had asked then");
    assert_eq!(by("Resumed"), json!(["440115-bank", "440115-tax"]));
    assert_eq!(by("Revoked"), json!(["440115-bank", "440115-tax"]));
    assert_eq!(bed.turns("l1").await, ["Issued", "Signed", "Suspended", "Resumed", "Revoked"]);
    assert!(bed.act("l9", watch("440115-tax")).await.is_err(), "no such licence");
}

#[tokio::test]
async fn the_public_page_tells_how_a_licence_came_to_stand_so() {
    let bed = Bed::new().await;
    let token = bed.business("l1", None).await.token.expect("signed");
    bed.act("l1", LicenceCommand::Suspend { ground: ground() }).await.expect("done");
    let page = bed.get(&Actor::Public, &format!("/v/{token}")).await.text();
    for part in ["状态记录", "签发", "暂停", "签名时在用", "印章根证书"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("停业整顿"), "the ground is not for everybody");
}

#[tokio::test]
async fn what_cannot_be_verified_is_said_to_be_nothing_known() {
    let bed = Bed::new().await;
    for bytes in [&b""[..], b"hello", b"\xff\xfe", "证照".as_bytes()] {
        let fault = verify_any(bytes, &trust(&bed)).expect_err("nothing");
        assert!(matches!(fault, licences::LicenceError::NothingKnown), "{fault}");
    }
    let issuer = bed.get(&Actor::Public, "/.well-known/jwt-vc-issuer").await.json();
    assert_eq!(issuer["jwks_uri"], "https://portal.example/api/v1/licences/keys");
    assert_eq!(bed.get(&Actor::Public, "/licences/types/none").await.status, 404);
}
