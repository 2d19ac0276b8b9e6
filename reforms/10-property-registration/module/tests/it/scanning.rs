//! Scanning a certificate: what is shown, how fresh it is, forged and replaced codes, the check of all of them.

use crate::bed::{Bed, LI, UNIT, WANG, mortgage, release, seizure};
use kernel::Actor;
use property::Kind;
use property_module::check::{self, What};

#[tokio::test]
async fn s03_a_scan_shows_whether_and_follows_the_book_within_a_second() {
    let bed = Bed::new().await;
    let token = bed.certified().await;
    bed.record(&mortgage(&[])).await.expect("mortgaged");
    bed.record(&seizure("（2021）粤0305执12号")).await.expect("seized");
    bed.wind("2021-03-01 10:00:01").await;
    let page = bed.get(&Actor::Public, &format!("/v/{token}")).await;
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.text();
    for part in [
        "有抵押",
        "有查封",
        "无异议",
        "无预告",
        "无居住权",
        "王**",
        "440305-001-002-GB-00012-F-00010003",
        "10:00:01",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    for hidden in
        ["王小明", "12号3栋", "3,000,000", "300000000", "商业银行", "人民法院", "粤0305执"]
    {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    bed.record(&release(2)).await.expect("released");
    bed.wind("2021-03-01 10:00:02").await;
    let text = bed.get(&Actor::Public, &format!("/v/{token}")).await.text();
    assert!(
        text.contains("无查封") && text.contains("有抵押") && text.contains("10:00:02"),
        "{text}"
    );
}

#[tokio::test]
async fn the_figure_is_the_one_that_the_book_names() {
    let bed = Bed::new().await;
    let token = bed.certified().await;
    let seen = bed.get(&Actor::Public, &format!("/api/v1/property/scan/{token}")).await.json();
    let hash = seen["unit"]["figure"].as_str().expect("a figure").to_owned();
    let figure = bed.get(&Actor::Public, &format!("/property/figures/{hash}")).await;
    assert_eq!(figure.header("content-type"), "image/svg+xml; charset=utf-8");
    assert_eq!(seals::Digest::sha256(&figure.body).hex(), hash);
    let other = bed.get(&Actor::Public, &format!("/property/figures/{}", "0".repeat(64))).await;
    assert_eq!(other.json()["reason"], "FIGURE_DIFFERS", "{}", other.text());
}

#[tokio::test]
async fn s07_a_forged_code_is_told_and_noted_once_and_a_replaced_one_names_no_successor() {
    let bed = Bed::new().await;
    let token = bed.certified().await;
    let forged: String = token.chars().rev().collect();
    for _ in 0..2 {
        let page = bed.get(&Actor::Public, &format!("/v/{forged}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("非本机构签发"), "{}", page.text());
    }
    let noted = property_module::queries::scans(&*bed.platform().reader, 10).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert!(!noted[0].code.contains(&forged), "the code itself is not kept");

    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.ready("r1").await;
    bed.enter("wu", "r1").await.expect("entered");
    let page = bed.get(&Actor::Public, &format!("/v/{token}")).await.text();
    assert!(page.contains("已换发") && page.contains("2021年3月1日"), "{page}");
    assert!(!page.contains("第0000002号"), "no successor: {page}");
    assert!(!page.contains("无查封"), "nothing of the unit's present state: {page}");
    let json = bed.get(&Actor::Public, &format!("/api/v1/licences/v/{token}")).await.text();
    assert!(!json.contains("第0000002号"), "{json}");
}

#[tokio::test]
async fn a_certificate_that_is_handed_in_is_replaced_without_any_notice() {
    let bed = Bed::new().await;
    let worn = bed.certified().await;
    let reissue = bed.application(Kind::Reissue, &[]).await;
    bed.apply("r1", reissue).await;
    bed.ready("r1").await;
    bed.enter("wu", "r1").await.expect("issued again");
    let page = bed.get(&Actor::Public, &format!("/v/{worn}")).await.text();
    assert!(page.contains("已换发"), "{page}");
    let tokens = bed.tokens().await;
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn who_sees_a_fake_reports_it() {
    let bed = Bed::new().await;
    let form = [("token", "abc234"), ("text", "卖家出示的证书扫出来是别的房子")];
    let reply = bed.post(&Actor::Public, "/property/fakes", &form).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let empty = [("token", "abc234"), ("text", "")];
    assert_eq!(bed.post(&Actor::Public, "/property/fakes", &empty).await.status, 422);
    let page = bed.get(&crate::bed::officer("zhou"), "/property/fakes").await.text();
    assert!(page.contains("卖家出示的证书"), "{page}");
}

#[tokio::test]
async fn s13_the_check_finds_nothing_where_certificates_follow_the_book_and_tells_what_differs() {
    let bed = Bed::new().await;
    bed.certified().await;
    let sale = bed.application(Kind::Transfer, &[LI]).await;
    bed.apply("r1", sale).await;
    bed.ready("r1").await;
    bed.enter("wu", "r1").await.expect("entered");
    let now = bed.platform().clock.now();
    let report = check::run(bed.platform(), now).await.unwrap();
    assert_eq!((report.certificates, report.units, report.differences.len()), (2, 1, 0));

    // Somebody changes the book past the registration: its certificate tells another holder now.
    let back = bed.application(Kind::Transfer, &[WANG]).await;
    bed.record(back.entry.as_ref().unwrap()).await.expect("entered");
    let now = bed.platform().clock.now();
    let report = check::run(bed.platform(), now).await.unwrap();
    let found: Vec<What> = report.differences.iter().map(|one| one.what).collect();
    assert_eq!(found, [What::HolderDiffers]);
    assert_eq!(report.differences[0].unit, UNIT);
}
