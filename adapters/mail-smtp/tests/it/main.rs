//! The SMTP driver against a real server on a free port of this machine.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

mod server;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery::{Attachment, Mail, MailError, Mailer as _, ReturnSink, Untaken};
use kernel::Waiting;
use mail_smtp::{ReturnAddress, Returns, Security, ServerAddress, SmtpMailer, SmtpSettings};
use server::{Server, words};
use standins::smtp::{Conduct, Protection};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

fn settings(server: &Server, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port: server.port,
        security,
        login: None,
        from_name: "联办政务服务平台".to_owned(),
        from_address: "notice@lianban.example".to_owned(),
        timeout: Duration::from_millis(800),
        roots_pem: server.root_pem.clone().map(String::into_bytes),
    }
}

fn mailer(server: &Server) -> SmtpMailer {
    SmtpMailer::new(settings(server, Security::Plain)).expect("sound settings")
}

fn mail() -> Mail {
    Mail {
        id: "00112233445566778899aabbccddeeff".to_owned(),
        to: "chen@qinghe.example".to_owned(),
        subject: "广州市南沙区市场监督管理局《受理通知书》穗南市监许受〔2026〕12号".to_owned(),
        text: "您好：\r\n.一行以点开头\r\nDear party,\r\n".to_owned(),
        attachment: Some(Attachment {
            name: "受理通知书.pdf".to_owned(),
            pdf: (0..=255).cycle().take(20_000).collect(),
        }),
    }
}

/// The base64 body of the part whose head names a type.
fn part(message: &str, kind: &str) -> Vec<u8> {
    let after =
        message.split_once(kind).expect("the part").1.split_once("\r\n\r\n").expect("its body").1;
    let body: String = after.lines().take_while(|line| !line.starts_with("--")).collect();
    STANDARD.decode(body.trim()).expect("base64")
}

#[tokio::test]
async fn a_message_arrives_whole_and_the_answer_comes_back() {
    let server = Server::start(Conduct::default()).await;
    let taken = mailer(&server).send(mail()).await.expect("taken");
    assert_eq!(taken.message_id, "<00112233445566778899aabbccddeeff@lianban.example>");
    assert_eq!(taken.answer, "250 2.0.0 Ok: queued as 1");
    let [received] = server.received().try_into().expect("one message");
    assert_eq!(
        (received.from.as_str(), received.to.join(" ").as_str()),
        ("notice@lianban.example", "chen@qinghe.example")
    );
    let message = received.data;
    assert!(
        message.contains("Message-ID: <00112233445566778899aabbccddeeff@lianban.example>"),
        "{message}"
    );
    assert!(message.contains("\r\nDate: ") && message.contains("Subject: =?utf-8?b?"), "{message}");
    assert!(message.is_ascii(), "nothing but what every server carries");
    let text = String::from_utf8(part(&message, "Content-Type: text/plain")).expect("UTF-8");
    assert!(text.contains("您好") && text.contains("\n.一行以点开头"), "{text}");
    let pdf = mail().attachment.map(|file| file.pdf);
    assert_eq!(Some(part(&message, "Content-Type: application/pdf")), pdf);
    assert!(
        message.contains("filename*0*=utf-8''%E5%8F%97") || message.contains("filename=\"=?utf-8"),
        "{message}"
    );
}

#[tokio::test]
async fn the_same_mail_twice_bears_the_same_id() {
    let server = Server::start(Conduct::default()).await;
    let mailer = mailer(&server);
    let first = mailer.send(mail()).await.expect("taken");
    let second = mailer.send(mail()).await.expect("taken");
    assert_eq!(first.message_id, second.message_id);
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn a_code_goes_out_without_a_file() {
    let server = Server::start(Conduct::default()).await;
    mailer(&server).send(Mail { attachment: None, ..mail() }).await.expect("taken");
    let [received] = server.received().try_into().expect("one message");
    assert!(!received.data.contains("application/pdf"), "{}", received.data);
}

#[tokio::test]
async fn never_not_now_and_later_are_told_apart() {
    let told = |error: MailError| match error {
        MailError::Never(text) => ("never", text),
        MailError::Soft(text) => ("soft", text),
        MailError::Later(text) => ("later", text),
    };
    let rcpt = |reply: &'static str| Conduct { rcpt: reply.into(), ..Conduct::default() };
    let data = |reply: &'static str| Conduct { data: reply.into(), ..Conduct::default() };
    let greeting = |reply: &'static str| Conduct { greeting: reply.into(), ..Conduct::default() };
    for (conduct, expected) in [
        (rcpt("550 5.1.1 no such user"), "never"),
        (rcpt("553 5.1.3 bad address"), "never"),
        (data("552 5.3.4 message too big"), "never"),
        (rcpt("452 4.2.2 mailbox full"), "never"),
        (rcpt("451 4.3.0 greylisted"), "soft"),
        (data("451 4.7.1 try later"), "soft"),
        (data("421 4.3.2 shutting down"), "later"),
        (greeting("421 4.3.2 too many connections"), "later"),
    ] {
        let server = Server::start(conduct.clone()).await;
        let refused = mailer(&server).send(mail()).await.expect_err("refused");
        let (kind, text) = told(refused);
        assert_eq!(kind, expected, "{conduct:?}: {text}");
        assert!(text.contains(words(&conduct)), "{text}");
        assert!(server.received().is_empty());
    }
}

/// Takes what came back, or says "later" so often.
#[derive(Default)]
struct Letterbox {
    taken: Mutex<Vec<(String, Vec<u8>)>>,
    later: Mutex<u32>,
}

impl ReturnSink for Letterbox {
    fn returned(&self, reference: String, message: Vec<u8>) -> Waiting<'_, Result<(), Untaken>> {
        let mut later = self.later.lock().expect("whole");
        let answer = if *later > 0 {
            *later -= 1;
            Err(Untaken::Later("the disk is full".to_owned()))
        } else if reference == "ff".repeat(16) {
            Err(Untaken::Unknown)
        } else {
            self.taken.lock().expect("whole").push((reference, message));
            Ok(())
        };
        Box::pin(std::future::ready(answer))
    }
}

#[tokio::test]
async fn a_mail_that_a_server_takes_and_gives_back_later_comes_to_the_mailbox_of_returns() {
    let server = Server::start(Conduct::default()).await;
    let address = ReturnAddress::parse("bounces@lianban.example").expect("an address");
    let sink = Arc::new(Letterbox::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(Returns::new(address.clone(), Arc::clone(&sink) as _).serve(listener));
    server.returns("chen@qinghe.example", "failed", "5.1.1");
    let sent = mailer(&server).returning_to(address).send(mail()).await.expect("taken for now");
    assert_eq!(sent.answer, "250 2.0.0 Ok: queued as 1");
    let [received] = server.received().try_into().expect("one message");
    assert_eq!(received.from, "bounces+00112233445566778899aabbccddeeff@lianban.example");
    assert!(received.data.contains("<notice@lianban.example>"), "people see the sender");

    // The disk is full at first: the notification is asked for again, and then taken.
    *sink.later.lock().expect("whole") = 1;
    assert_eq!(server.give_back(port).await, ["451"]);
    assert_eq!(server.give_back(port).await, ["250"]);
    let [(reference, message)] = sink.taken.lock().expect("whole").clone().try_into().expect("one");
    assert_eq!(reference, mail().id);
    let told = delivery::returned::read_returned(&message).expect("a notification");
    assert_eq!((told.action, told.status.as_str()), (delivery::returned::Action::Failed, "5.1.1"));
    assert!(server.give_back(port).await.is_empty(), "nothing is left to give back");
}

#[tokio::test]
async fn the_mailbox_of_returns_takes_nothing_else() {
    let address = ReturnAddress::parse("bounces@lianban.example").expect("an address");
    let sink = Arc::new(Letterbox::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(Returns::new(address, Arc::clone(&sink) as _).serve(listener));
    for (to, code) in [
        ("bounces@lianban.example", "550"),
        ("bounces+0011@lianban.example", "550"),
        ("notice@lianban.example", "550"),
        ("bounces+ffffffffffffffffffffffffffffffff@lianban.example", "550"),
        ("bounces+00112233445566778899aabbccddeeff@lianban.example", "250"),
    ] {
        let answer = standins::smtp::hand_over(port, "", to, "Subject: x\r\n\r\n.y\r\n").await;
        assert_eq!(answer.expect("a conversation").get(..3), Some(code), "{to}");
    }
    let [(_, message)] = sink.taken.lock().expect("whole").clone().try_into().expect("one");
    assert_eq!(message, b"Subject: x\r\n\r\n.y\r\n");
}

#[tokio::test]
async fn a_wrong_password_is_our_fault_and_never_the_recipients() {
    let conduct = Conduct { auth: "535 5.7.8 authentication failed".into(), ..Conduct::default() };
    let server = Server::start(conduct).await;
    let login = Some(("notice".to_owned(), "wrong".to_owned()));
    let mailer = SmtpMailer::new(SmtpSettings { login, ..settings(&server, Security::Plain) })
        .expect("sound");
    assert!(
        matches!(mailer.send(mail()).await, Err(MailError::Later(text)) if text.contains("authentication failed"))
    );
}

#[tokio::test]
async fn a_login_by_the_address_of_an_operator_goes_over_tls() {
    for (scheme, protection) in [("smtps", Protection::Implicit), ("smtp", Protection::StartTls)] {
        let server = Server::protected(protection, Conduct::default()).await;
        let address = format!("{scheme}://notice%40lianban.example@localhost:{}", server.port);
        let address: ServerAddress = address.parse().expect("an address");
        let login = Some((address.user.clone().expect("a user"), "pass word: %40".to_owned()));
        let settings = SmtpSettings { login, ..settings(&server, address.security) };
        let mailer = SmtpMailer::new(settings.clone()).expect("sound");
        mailer.send(mail()).await.expect("taken");
        let [received] = server.received().try_into().expect("one message");
        assert!(received.over_tls);

        server.conduct(Conduct { auth: "535 5.7.8 unknown".into(), ..Conduct::default() });
        let refused = SmtpMailer::new(settings).expect("sound").send(mail()).await;
        let Err(MailError::Later(why)) = refused else { panic!("{refused:?}") };
        assert!(why.contains("unknown") && !why.contains("pass word"), "{why}");
    }
}

#[tokio::test]
async fn silence_and_absence_end_in_time_and_may_be_tried_again() {
    let silent = Server::start(Conduct { silent: true, ..Conduct::default() }).await;
    assert!(matches!(mailer(&silent).send(mail()).await, Err(MailError::Later(_))));
    let gone = Server::start(Conduct::default()).await;
    let mailer = mailer(&gone);
    gone.stop().await;
    assert!(matches!(mailer.send(mail()).await, Err(MailError::Later(_))));
}

#[tokio::test]
async fn an_address_that_is_none_is_never_sent() {
    let server = Server::start(Conduct::default()).await;
    for to in ["", "chen", "chen@qinghe.example\r\nRCPT TO:<all@example.com>", "a b@qinghe.example"]
    {
        let refused = mailer(&server).send(Mail { to: to.to_owned(), ..mail() }).await;
        assert!(matches!(refused, Err(MailError::Never(_))), "{to}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_subject_cannot_bring_a_head_with_it() {
    let server = Server::start(Conduct::default()).await;
    let subject = "x\r\nBcc: all@example.com".to_owned();
    mailer(&server).send(Mail { subject, ..mail() }).await.expect("taken");
    let [received] = server.received().try_into().expect("one message");
    assert!(!received.data.contains("\r\nBcc:"), "{}", received.data);
    assert_eq!(received.to, ["chen@qinghe.example"]);
}

#[tokio::test]
async fn tls_is_used_where_asked_and_nothing_goes_without_it() {
    for (protection, security) in
        [(Protection::Implicit, Security::Implicit), (Protection::StartTls, Security::StartTls)]
    {
        let server = Server::protected(protection, Conduct::default()).await;
        let trusted = SmtpMailer::new(settings(&server, security)).expect("sound");
        trusted.send(mail()).await.expect("taken over TLS");
        let [received] = server.received().try_into().expect("one message");
        assert!(received.over_tls);
        let untrusted = SmtpSettings { roots_pem: None, ..settings(&server, security) };
        let refused = SmtpMailer::new(untrusted).expect("sound").send(mail()).await;
        assert!(matches!(refused, Err(MailError::Later(_))), "{refused:?}");
        assert_eq!(server.received().len(), 1);
    }
    let plain = Server::start(Conduct::default()).await;
    let demanding = SmtpMailer::new(settings(&plain, Security::StartTls)).expect("sound");
    assert!(
        matches!(demanding.send(mail()).await, Err(MailError::Later(_))),
        "the server offers no TLS"
    );
    assert!(plain.received().is_empty());
}

#[test]
fn settings_hide_their_password() {
    let settings = SmtpSettings {
        host: "mail.example".to_owned(),
        port: 465,
        security: Security::Implicit,
        login: Some(("notice".to_owned(), "secret".to_owned())),
        from_name: "联办".to_owned(),
        from_address: "nobody".to_owned(),
        timeout: Duration::from_secs(1),
        roots_pem: None,
    };
    assert!(!format!("{settings:?}").contains("secret"));
    let refused = SmtpMailer::new(settings.clone()).expect_err("no sender");
    assert_eq!(refused.to_string(), "`nobody` is no address of a sender");
    let sound =
        SmtpMailer::new(SmtpSettings { from_address: "a@lianban.example".to_owned(), ..settings });
    assert!(!format!("{:?}", sound.expect("sound")).contains("secret"));
}
