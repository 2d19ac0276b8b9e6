//! The mail server; TLS is tested where a client of it is, in `mail-smtp`.

use standins::smtp::{Bounce, MailServer, Protection, Stage};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Says lines and notes the answer to each.
async fn converse(port: u16, lines: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    let mut stream = BufReader::new(stream);
    let mut answers = Vec::new();
    for line in [&[""], lines].concat() {
        if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.expect("said");
        }
        loop {
            let mut answer = String::new();
            stream.read_line(&mut answer).await.expect("an answer");
            // `250-` goes on, `250 ` ends.
            if answer.as_bytes().get(3) != Some(&b'-') {
                answers.push(answer.trim_end().to_owned());
                break;
            }
        }
    }
    answers
}

#[tokio::test]
async fn mail_is_kept_and_a_recipient_is_put_off_or_turned_away_as_the_script_says() {
    let server = MailServer::new(Protection::None).expect("no TLS");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(server.clone().serve(listener));
    let bounce = |at, reply: &str| Bounce { at, reply: reply.to_owned(), times: 1 };
    server.bounce("gone@x.example", bounce(Stage::Recipient, "550 5.1.1 no such user"));
    server.bounce("late@x.example", bounce(Stage::Data, "451 4.3.0 later"));

    let hello = ["EHLO me", "MAIL FROM:<a@x.example>"];
    let gone = [hello.as_slice(), &["RCPT TO:<gone@x.example>", "DATA"]].concat();
    assert_eq!(
        converse(port, &gone).await[3..],
        ["550 5.1.1 no such user", "554 5.5.1 no valid recipients"]
    );

    let mail = ["RCPT TO:<late@x.example>", "DATA", "Subject: x\r\n\r\n..dot\r\n.", "QUIT"];
    let late = [hello.as_slice(), &mail].concat();
    assert_eq!(converse(port, &late).await[5], "451 4.3.0 later");
    assert!(server.received().is_empty());
    assert_eq!(converse(port, &late).await[5], "250 2.0.0 Ok: queued as 1");
    let mails = server.received();
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("a@x.example", ["late@x.example".to_owned()].as_slice())
    );
    assert_eq!(mails[0].data, "Subject: x\r\n\r\n.dot\r\n");
}
