//! Pages and routes: what each person sees, and what is refused.

use crate::bed::{Bed, EMAIL, clerk, day, founder, stranger};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use delivery::{Channel, Receiver, State};
use kernel::Actor;
use module::Who;
use testbed::Reply;

impl Bed {
    async fn get(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    async fn post(&self, actor: &Actor, path: &str, form: &str) -> Reply {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(Who(actor.clone()))
            .body(Body::from(form.to_owned()))
            .expect("a request");
        self.bed.send(request).await
    }
}

#[tokio::test]
async fn a_party_confirms_before_it_reads_and_then_reads() {
    let bed = Bed::new().await;
    let key = bed.serve(&[]).await;
    let inbox = bed.get(&founder(), "/delivery/inbox").await.text();
    assert!(
        inbox.contains("受理通知书") && inbox.contains("未读") && inbox.contains("待签收"),
        "{inbox}"
    );
    let page = bed.get(&founder(), "/delivery/notices/n1").await.text();
    assert!(page.contains("签收并阅读") && !page.contains("document.pdf"), "{page}");
    let early = bed.get(&founder(), "/delivery/notices/n1/document.pdf").await;
    assert_eq!(early.status, StatusCode::SEE_OTHER, "opening it is the receipt");
    assert_eq!(bed.row(&key).await.state, State::Waiting, "looking changes nothing");

    let read = bed.post(&founder(), "/delivery/notices/n1/read", "_action=read").await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    let again = bed.post(&founder(), "/delivery/notices/n1/read", "_action=read").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a second press is no error");
    assert_eq!(bed.row(&key).await.served_on, Some(day(12)));
    let pdf = bed.get(&founder(), "/delivery/notices/n1/document.pdf").await;
    assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(
        pdf.header("content-disposition").contains("filename*=UTF-8''%E7%A9%97"),
        "{:?}",
        pdf.headers
    );
    let page = bed.get(&founder(), "/delivery/notices/n1").await.text();
    assert!(page.contains("已送达") && page.contains("当事人签收"), "{page}");
    assert!(!page.contains("登记邮寄"), "a party records no paper");
}

#[tokio::test]
async fn pages_speak_english_as_well() {
    let bed = Bed::new().await;
    bed.serve(&[]).await;
    let page = bed.get(&founder(), "/delivery/notices/n1?lang=en").await.text();
    for word in ["Notice of acceptance", "Confirm and read", "Record of service", "Waiting for you"]
    {
        assert!(page.contains(word), "{word} in {page}");
    }
}

#[tokio::test]
async fn others_see_nothing() {
    let bed = Bed::new().await;
    bed.serve(&[]).await;
    let refused = bed.post(&stranger(), "/delivery/notices/n1/read", "").await;
    assert_eq!(
        (refused.status, refused.json()["reason"].as_str()),
        (StatusCode::FORBIDDEN, Some("NOT_ENTITLED"))
    );
    bed.bed.gate().forbid(Some(&stranger()), "*");
    for path in
        ["/delivery/notices/n1", "/delivery/notices/n1/document.pdf", "/api/v1/delivery/notices/n1"]
    {
        assert_eq!(bed.get(&stranger(), path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/delivery/inbox", "/delivery/address", "/delivery/paper", "/delivery/notices/n9"]
    {
        assert_eq!(bed.get(&Actor::Public, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(bed.get(&founder(), "/delivery/notices/n9").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bed.get(&clerk(), "/delivery/inbox").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_officer_serves_on_paper_from_the_list_to_the_receipt() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    let list = bed.get(&clerk(), "/delivery/paper").await.text();
    assert!(list.contains("受理通知书") && list.contains("待书面送达"), "{list}");
    let page = bed.get(&clerk(), "/delivery/notices/n1").await.text();
    assert!(
        page.contains("登记邮寄") && page.contains("登记签收") && !page.contains("登记退件"),
        "{page}"
    );
    let path = "/delivery/notices/n1/paper";
    let posted = "_action=post&carrier=EMS&tracking_no=EB123456789CN&posted_on=2026-02-12";
    assert_eq!(bed.post(&clerk(), path, posted).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bed.row(&key).await.state, State::Posted);
    assert!(bed.get(&clerk(), "/delivery/paper").await.text().contains("EB123456789CN"));
    let returned = "_action=return&reason=%E6%97%A0%E4%BA%BA%E7%AD%BE%E6%94%B6";
    assert_eq!(bed.post(&clerk(), path, returned).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bed.row(&key).await.state, State::PaperWanted);
    let receipt = "_action=receipt&channel=hand&on=2026-02-12&receiver=party";
    assert_eq!(bed.post(&clerk(), path, receipt).await.status, StatusCode::SEE_OTHER);
    let row = bed.row(&key).await;
    assert_eq!(
        (row.served_on, row.how.map(|how| how.channel)),
        (Some(day(12)), Some(Channel::Hand))
    );
    assert!(bed.get(&clerk(), "/delivery/paper").await.text().contains("没有待书面送达的文书"));
    assert_eq!(Receiver::of("party"), Some(Receiver::Party));
    // The record of service names channels and days in the reader's language.
    for (lang, said) in [
        ("zh", ["邮寄", "直接送达", "2026年2月12日（周四）"]),
        ("en", ["Post", "In person", "Thu 12 February 2026"]),
    ] {
        let page = bed.get(&clerk(), &format!("/delivery/notices/n1?lang={lang}")).await.text();
        let (_, record) = page.rsplit_once("<ol class=\"history\"").unwrap();
        for word in said {
            assert!(record.contains(word), "{word} in {record}");
        }
        for raw in ["post ·", "hand ·", "440115-"] {
            assert!(!record.contains(raw), "{raw} in {record}");
        }
    }
}

#[tokio::test]
async fn the_record_of_service_names_the_inbox_in_words() {
    let bed = Bed::new().await;
    bed.serve(&[]).await;
    bed.post(&founder(), "/delivery/notices/n1/read", "_action=read").await;
    let page = bed.get(&founder(), "/delivery/notices/n1").await.text();
    let (_, record) = page.rsplit_once("<ol class=\"history\"").unwrap();
    assert_eq!(record.matches("平台收件箱").count(), 2, "placed and served: {record}");
    assert!(record.contains("2026年2月12日（周四）") && !record.contains(">inbox"), "{record}");
}

#[tokio::test]
async fn a_posting_recorded_by_two_clicks_is_recorded_once() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    let version = bed.row(&key).await.version;
    let path = "/delivery/notices/n1/paper";
    let posted = format!(
        "_expected_version={version}&_action=post&carrier=EMS&tracking_no=EB123456789CN&posted_on=2026-02-12"
    );
    for _click in 0..2 {
        assert_eq!(bed.post(&clerk(), path, &posted).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(bed.row(&key).await.version, version + 1);
    let page = bed.get(&clerk(), "/delivery/notices/n1").await.text();
    let field = format!("name=\"_expected_version\" value=\"{}\"", version + 1);
    assert!(page.contains(&field), "{page}");
}

#[tokio::test]
async fn bad_input_of_an_officer_is_refused_with_the_field() {
    let bed = Bed::new().await;
    let key = bed.serve(&[Channel::Post]).await;
    let path = "/delivery/notices/n1/paper";
    let long =
        format!("_action=post&carrier={}&tracking_no=1&posted_on=2026-02-12", "x".repeat(201));
    for (form, status, reason) in [
        ("_action=post&carrier=EMS&tracking_no=&posted_on=2026-02-12", 422, "FIELD"),
        ("_action=post&carrier=EMS&tracking_no=1&posted_on=2026-02-30", 422, "FIELD"),
        ("_action=post&carrier=EMS&tracking_no=1&posted_on=2026-02-13", 422, "FIELD"),
        (long.as_str(), 422, "FIELD"),
        ("_action=receipt&channel=post&on=2026-02-12&receiver=party", 409, "NOTHING_POSTED"),
        ("_action=receipt&channel=hand&on=2026-02-12&receiver=cat", 422, "FIELD"),
        ("_action=return&reason=x", 409, "NOTHING_POSTED"),
    ] {
        let refused = bed.post(&clerk(), path, form).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["reason"].as_str()),
            (status, Some(reason)),
            "{form}"
        );
    }
    let unknown = bed.post(&clerk(), path, "_action=burn").await;
    assert!(unknown.status.is_client_error());
    assert_eq!(bed.row(&key).await.state, State::PaperWanted, "and nothing changed");
}

#[tokio::test]
async fn a_party_says_how_it_may_be_served_and_sees_it_again() {
    let bed = Bed::new().await;
    let without = bed.post(&founder(), "/delivery/address", "mail=&mail=true&email=&postal=").await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = bed
        .post(&founder(), "/delivery/address", "mail=&mail=true&email=chen%40qinghe&postal=")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("chen@qinghe"), "what was typed is not lost");
    let form = "inbox=on&mail=&mail=true&email=chen%40qinghe.example&postal=%E9%87%91%E6%B2%99%E8%B7%AF12%E5%8F%B7";
    assert_eq!(bed.post(&founder(), "/delivery/address", form).await.status, StatusCode::SEE_OTHER);
    let page = bed.get(&founder(), "/delivery/address").await.text();
    assert!(
        page.contains(EMAIL) && page.contains("金沙路12号") && page.contains("checked"),
        "{page}"
    );
    let key = bed.serve(&[Channel::Email]).await;
    assert_eq!(bed.row(&key).await.state, State::Served);
}

#[tokio::test]
async fn anybody_may_check_a_document_and_learns_nothing_of_its_party() {
    let bed = Bed::new().await;
    let key = bed.serve(&[]).await;
    let row = bed.row(&key).await;
    let (token, document) = (row.token.expect("there"), row.document.expect("there"));
    let page = bed.get(&Actor::Public, &format!("/delivery/check/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for part in
        ["穗南市监许受〔2026〕1号", "广州市南沙区市场监督管理局", &document.digest.to_string()]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    for hidden in ["陈思远", "p1", "440115-260212-000001-33", "/delivery/notices/"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let unknown = bed.get(&Actor::Public, "/delivery/check/AAAA").await;
    assert_eq!(unknown.status, StatusCode::OK);
    assert!(unknown.text().contains("没有查到这份文书"));
}

#[tokio::test]
async fn the_api_says_what_the_pages_say() {
    let bed = Bed::new().await;
    bed.serve(&[]).await;
    let list = bed.get(&founder(), "/api/v1/delivery/inbox").await.json();
    assert_eq!(list["notices"][0]["number"], "穗南市监许受〔2026〕1号");
    let one = bed.get(&founder(), "/api/v1/delivery/notices/n1").await.json();
    assert_eq!(
        (&one["state"], &one["title"]["en"]),
        (&"waiting".into(), &"Notice of acceptance".into())
    );
}
