//! The capture of addresses over its pages: the officer's counter, the party's phone.

use crate::bed::{Bed, EMAIL, capture, clerk, founder, stranger};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use delivery::{AddressKind, ConfirmationCommand, ConfirmationKey, ConfirmationRules};
use kernel::Actor;
use module::{Stage as _, Who};
use testbed::Reply;

/// The smallest picture that is one.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T',
    0x78, 0x9C, 0x63, 0xF8, 0xCF, 0xC0, 0xF0, 0x1F, 0, 5, 0, 1, 0xFF, 0x89, 0x99, 0x3D, 0x1D, 0, 0,
    0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];

impl Bed {
    pub(crate) async fn page(&self, actor: &Actor, path: &str) -> Reply {
        self.bed.request(actor, "GET", path, None).await
    }

    pub(crate) async fn form(&self, actor: &Actor, path: &str, form: &str) -> Reply {
        let kind = "application/x-www-form-urlencoded";
        self.send(actor, path, kind, form.as_bytes().to_vec()).await
    }

    async fn send(&self, actor: &Actor, path: &str, kind: &str, body: Vec<u8>) -> Reply {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, "text/html")
            .extension(Who(actor.clone()))
            .body(Body::from(body))
            .expect("a request");
        self.bed.send(request).await
    }

    /// A form with a file.
    pub(crate) async fn upload(
        &self,
        actor: &Actor,
        path: &str,
        fields: &[(&str, &str)],
        (name, bytes): (&str, &[u8]),
    ) -> Reply {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.as_bytes());
        }
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        self.send(actor, path, "multipart/form-data; boundary=b", body).await
    }

    /// The digest of the form, as it stands in the page.
    async fn form_in(&self, path: &str) -> String {
        let page = self.page(&Actor::Public, path).await.text();
        let (_, rest) = page.split_once("name=\"form\" value=\"").expect("the form is complete");
        rest.split('"').next().expect("a value").to_owned()
    }
}

fn rules() -> ConfirmationRules {
    ConfirmationRules::new([7; 32])
}

fn key() -> ConfirmationKey {
    ConfirmationKey("c1".to_owned())
}

async fn started() -> (Bed, String) {
    let bed = Bed::new().await;
    let start = ConfirmationCommand::Start(Box::new(capture()));
    bed.confirmation(clerk(), start).await.expect("started");
    (bed, format!("/delivery/capture/c1/{}", rules().token(&key(), 1)))
}

#[tokio::test]
async fn a_party_goes_from_the_code_at_the_counter_to_the_signature_on_its_phone() {
    let (bed, phone) = started().await;
    let counter = "/delivery/confirmations/c1";
    let page = bed.page(&clerk(), counter).await.text();
    assert!(page.contains("<svg") && page.contains("0/5") && page.contains("人证一致"), "{page}");
    assert!(!page.contains(&rules().token(&key(), 1)) || page.contains("qr"), "{page}");

    let page = bed.page(&Actor::Public, &phone).await.text();
    assert!(
        page.contains("电子送达地址确认书") && !page.contains("checked"),
        "nothing is ticked: {page}"
    );
    let done = async |form: &str| {
        let reply = bed.form(&Actor::Public, &phone, form).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{form}: {}", reply.text());
    };
    done("_action=address&kind=email&value=chen%40qinghe.example").await;
    let mail = bed.postman.given.lock().expect("whole").last().cloned().expect("a code");
    let code = rules().code(&key(), 1, 1);
    assert!(mail.to == EMAIL && mail.text.contains(&code) && mail.attachment.is_none());
    let wrong = bed.form(&Actor::Public, &phone, "_action=code:1&code_1=abc").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("还可以输入4次"), "{}", wrong.text());
    done(&format!("_action=code:1&code_1={code}")).await;
    done("_action=scopes&scope=&scope=decision").await;
    done("_action=begin_reading").await;
    let early = bed.form(&Actor::Public, &phone, "_action=finish_reading").await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
    let later = bed.bed.platform().clock.now().plus_seconds(20);
    bed.bed.wind(later).await.expect("wound");
    done("_action=finish_reading").await;
    done("_action=postal&postal=%E9%87%91%E6%B2%99%E8%B7%AF12%E5%8F%B7").await;

    let form = bed.form_in(&phone).await;
    let fields = [("_action", "sign"), ("form", form.as_str()), ("signed_scope", "decision")];
    let unseen = bed.upload(&Actor::Public, &phone, &fields, ("signature", PNG)).await;
    assert_eq!(unseen.status, StatusCode::CONFLICT, "nobody looked at the document yet");
    let identify = "_action=identify&document=%E6%8A%A4%E7%85%A7";
    assert_eq!(bed.form(&clerk(), counter, identify).await.status, StatusCode::SEE_OTHER);
    let text = bed.upload(&Actor::Public, &phone, &fields, ("signature", b"just text")).await;
    assert_eq!(text.status, StatusCode::UNPROCESSABLE_ENTITY, "no picture");
    let preset = [fields[0], fields[1], fields[2], ("signed_scope", "penalty_notice")];
    let refused = bed.upload(&Actor::Public, &phone, &preset, ("signature", PNG)).await;
    assert!(refused.text().contains("逐项勾选"), "{}", refused.text());
    let signed = bed.upload(&Actor::Public, &phone, &fields, ("signature", PNG)).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());

    let over = bed.page(&Actor::Public, &phone).await.text();
    assert!(over.contains("已确认") && !over.contains(EMAIL), "{over}");
    let again = bed.form(&Actor::Public, &phone, "_action=begin_reading").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "a link is used once");
    assert!(bed.page(&clerk(), counter).await.text().contains("5/5"));
    let own = bed.page(&founder(), counter).await.text();
    assert!(own.contains(EMAIL) && own.contains("撤回同意"), "{own}");
    assert!(bed.page(&clerk(), "/delivery/confirmations").await.text().contains("已确认"));
    bed.decide("decision").await.expect("it may be relied upon");
}

#[tokio::test]
async fn nobody_sees_what_the_party_typed_but_the_party() {
    let (bed, phone) = started().await;
    bed.form(&Actor::Public, &phone, "_action=address&kind=email&value=chen%40qinghe.example")
        .await;
    assert!(bed.page(&Actor::Public, &phone).await.text().contains(EMAIL));
    assert!(!bed.page(&clerk(), "/delivery/confirmations/c1").await.text().contains(EMAIL));
    for (actor, path, status) in [
        (Actor::Public, "/delivery/capture/c1/AAAA", StatusCode::FORBIDDEN),
        (Actor::Public, "/delivery/capture/c1", StatusCode::UNAUTHORIZED),
        (stranger(), "/delivery/capture/c1", StatusCode::FORBIDDEN),
        (clerk(), "/delivery/capture/c1", StatusCode::FORBIDDEN),
        (Actor::Public, "/delivery/capture/c9/AAAA", StatusCode::NOT_FOUND),
        (Actor::Public, "/delivery/confirmations", StatusCode::UNAUTHORIZED),
        (Actor::Public, "/delivery/confirmations/c9", StatusCode::UNAUTHORIZED),
        (clerk(), "/delivery/confirmations/c9", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(bed.page(&actor, path).await.status, status, "{actor:?} {path}");
    }
    for form in [
        "_action=address&kind=email&value=chen",
        "_action=address&kind=cat&value=1",
        "_action=address&kind=mobile&value=12",
        "_action=address&kind=fax&value=%00",
        "_action=postal&postal=",
    ] {
        let refused = bed.form(&Actor::Public, &phone, form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}: {}", refused.text());
    }
    assert!(bed.form(&Actor::Public, &phone, "_action=burn").await.status.is_client_error());
    let officer = bed.form(&clerk(), &phone, "_action=scopes&scope=decision").await;
    assert_eq!(officer.status, StatusCode::FORBIDDEN, "the hand is the party's");
}

#[tokio::test]
async fn an_officer_sends_by_hand_what_the_platform_cannot_and_records_a_refusal() {
    let (bed, phone) = started().await;
    bed.form(&Actor::Public, &phone, "_action=address&kind=fax&value=020-38830000").await;
    let counter = "/delivery/confirmations/c1";
    let page = bed.page(&clerk(), counter).await.text();
    assert!(page.contains(&rules().code(&key(), 1, 1)), "{page}");
    assert_eq!(AddressKind::Fax.channel(), None);
    let refused = "_action=refused&reason=%E4%B8%8D%E6%84%8F";
    assert_eq!(bed.form(&clerk(), counter, refused).await.status, StatusCode::SEE_OTHER);
    let page = bed.page(&clerk(), counter).await.text();
    assert!(page.contains("当事人不同意") && !page.contains("人证一致"), "{page}");
    let page = bed.page(&Actor::Public, &phone).await.text();
    assert!(page.contains("以书面方式送达"), "{page}");
    let english = bed.page(&Actor::Public, &format!("{phone}?lang=en")).await.text();
    assert!(english.contains("Refused by the party"), "{english}");
}
