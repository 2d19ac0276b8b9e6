//! The journal on PostgreSQL keeps what every journal must do, on a real server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is a failure told")]

use journal::verify::{Broken, verify};
use journal::{AppendError, Head, Journal as _, Notice, ReadError, conformance};
use journal_postgres::{Lease, Letter, PostgresJournal};
use kernel::{CommandId, Shard};
use std::time::Duration;
use testbed::service;

/// One server for all, because each test is a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_keeps_the_suite_leases_inbox_and_survives_a_crash() {
    let Some(server) = service("postgres") else { return };
    let open = || async { PostgresJournal::connect(server.url()).await.unwrap() };
    let (one, two) = tokio::join!(open(), open());
    assert_eq!(one.shards().await, Ok(Vec::new()), "processes that start at once make one shape");
    drop(two);
    conformance::suite(open).await.unwrap();
    leases(&one, &open().await).await;
    inbox(&one, &open().await).await;
    damage(server.url(), &one).await;
    crash(&server, &one).await;
}

async fn leases(one: &PostgresJournal, two: &PostgresJournal) {
    let shard = Shard::new("440100");
    let long = Duration::from_secs(3_600);
    let first = Lease::acquire(one, &shard, "one", long).await.unwrap().unwrap();
    assert_eq!(first.epoch, 1);
    assert_eq!(Lease::acquire(two, &shard, "two", long).await.unwrap(), None, "held");
    assert!(first.renew(one, long).await.unwrap());
    let holder = Lease::holder(two, &shard).await.unwrap().unwrap();
    assert_eq!(holder.holder, "one");
    assert!(holder.left > Duration::from_secs(3_000) && holder.left <= long, "{holder:?}");
    first.clone().release(one).await.unwrap();
    assert_eq!(Lease::holder(two, &shard).await.unwrap(), None);
    let second = Lease::acquire(two, &shard, "two", Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(second.epoch, 2);
    assert!(!second.renew(two, long).await.unwrap(), "its time has run out");
    let third = Lease::acquire(one, &shard, "one", long).await.unwrap().unwrap();
    assert_eq!(third.epoch, 3);
    assert!(!first.renew(one, long).await.unwrap(), "an earlier epoch is over");
    second.release(two).await.unwrap();
    assert!(third.renew(one, long).await.unwrap(), "a stale release frees nothing");
}

async fn inbox(sender: &PostgresJournal, holder: &PostgresJournal) {
    let shard = Shard::new("440300");
    let (first, second) = (CommandId::from_bytes([1; 16]), CommandId::from_bytes([2; 16]));
    let mut holders = holder.listen();
    let mut senders = sender.listen();
    assert_eq!(holders.recv().await, Some(Notice::Again));
    assert_eq!(senders.recv().await, Some(Notice::Again));
    sender.put_inbox(&shard, first, "{\"办件\":1}").await.unwrap();
    sender.put_inbox(&shard, second, "2").await.unwrap();
    sender.put_inbox(&shard, first, "again").await.unwrap();
    assert_eq!(holders.recv().await, Some(Notice::Command(shard.clone())));
    let letter = |command, body: &str| Letter { command, body: body.to_owned() };
    let waiting = holder.take_inbox(&shard, 10).await.unwrap();
    assert_eq!(waiting, [letter(first, "{\"办件\":1}"), letter(second, "2")]);
    assert_eq!(holder.take_inbox(&Shard::new("440100"), 10).await.unwrap(), []);
    assert_eq!(sender.take_answer(&shard, first).await.unwrap(), None);
    holder.answer_inbox(&shard, first, "成").await.unwrap();
    holder.answer_inbox(&shard, first, "another answer").await.unwrap();
    loop {
        match senders.recv().await.unwrap() {
            Notice::Answer(of, command) => break assert_eq!((of, command), (shard.clone(), first)),
            Notice::Command(_) | Notice::Again => {}
        }
    }
    assert_eq!(holder.take_inbox(&shard, 10).await.unwrap(), [letter(second, "2")]);
    assert_eq!(sender.take_answer(&shard, first).await.unwrap().as_deref(), Some("成"));
    assert_eq!(sender.take_answer(&shard, first).await.unwrap(), None, "taken once, then gone");
    holder.answer_inbox(&shard, second, "late").await.unwrap();
    sender.sweep_inbox(Duration::ZERO).await.unwrap();
    assert_eq!(sender.take_answer(&shard, second).await.unwrap(), None, "swept");
}

/// Rows that somebody changes behind the journal's back are found and named.
async fn damage(url: &str, journal: &PostgresJournal) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let shard = Shard::new("pages");
    let verdict =
        async || verify(journal, &shard, &mut |_progress| ()).await.map(|sound| sound.batches);
    let sql = |what: &str| {
        format!(
            "UPDATE journal.{what} AND shard = (SELECT id FROM journal.shards WHERE shard = 'pages')"
        )
    };
    let change = async |there: &str, back: &str| {
        assert_eq!(client.execute(&sql(there), &[]).await.unwrap(), 1, "{there}");
        let found = verdict().await;
        assert_eq!(client.execute(&sql(back), &[]).await.unwrap(), 1, "{back}");
        assert_eq!(verdict().await, Ok(40), "undone");
        found
    };
    let event = |found: Result<u64, Broken>| match found {
        Err(Broken::Read(ReadError::Corrupt { seq, .. })) => seq,
        other => panic!("{other:?}"),
    };
    let body = change(
        "events SET body = replace(body, 'by', 'bz') WHERE seq = 501",
        "events SET body = replace(body, 'bz', 'by') WHERE seq = 501",
    );
    assert_eq!(event(body.await), 501);
    let at =
        change("events SET at = at + 1 WHERE seq = 502", "events SET at = at - 1 WHERE seq = 502");
    assert_eq!(event(at.await), 502);
    let asked = change(
        r"answers SET asked = set_byte(asked, 3, 8) WHERE first = 503",
        r"answers SET asked = set_byte(asked, 3, 7) WHERE first = 503",
    );
    assert_eq!(event(asked.await), 503);
    let digest = change(
        "batches SET digest = set_byte(digest, 5, get_byte(digest, 5) # 1) WHERE seq = 525",
        "batches SET digest = set_byte(digest, 5, get_byte(digest, 5) # 1) WHERE seq = 525",
    );
    assert_eq!(
        digest.await,
        Err(Broken::Batch { shard: "pages".to_owned(), first: 501, last: 525 })
    );
}

/// A server that crashes under load loses nothing that it acknowledged, and the journal finds its way back to it.
async fn crash(server: &testbed::Service, journal: &PostgresJournal) {
    let shard = Shard::new("crash");
    let mut durable = Head::default();
    for round in 0..4_u64 {
        let writing = {
            let (journal, shard, mut head) = (journal.clone(), shard.clone(), durable);
            tokio::spawn(async move {
                for n in 0.. {
                    let batch =
                        conformance::batch(&shard, head, &format!("{round}-{n}"), 0, 1 + n % 5);
                    match journal.append(&shard, batch).await {
                        Ok(after) => head = after,
                        Err(error) => return (head, error),
                    }
                }
                unreachable!("appends go on until the server ends")
            })
        };
        while journal.head(&shard).await.unwrap().seq < durable.seq + 30 * (round + 1) {}
        tokio::task::block_in_place(|| server.crash()).unwrap();
        let (acknowledged, error) = writing.await.unwrap();
        assert!(matches!(error, AppendError::Unknown(_) | AppendError::Refused(_)), "{error:?}");
        assert!(journal.head(&shard).await.is_err(), "a server that is down is told as an error");
        tokio::task::block_in_place(|| server.start()).unwrap();
        durable = journal.head(&shard).await.unwrap();
        assert!(
            durable.seq >= acknowledged.seq,
            "{} was acknowledged, {} is there",
            acknowledged.seq,
            durable.seq
        );
        verify(journal, &shard, &mut |_progress| ()).await.unwrap();
    }
}
