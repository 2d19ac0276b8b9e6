//! The SMPP driver against a message centre on a free port of this machine.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

use codes::Moment;
use delivery::{
    ReportSink, ReportStanding, TextError, TextMessage, TextReport, Texter as _, Untaken,
};
use kernel::Waiting;
use module::Clock;
use sms_smpp::{SmppSettings, SmppTexter, connect};
use standins::Switches;
use standins::smpp::MessageCentre;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const NUMBER: &str = "+8613800138000";

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        Moment::from_wall(codes::Date::constant(2024, 9, 20).at(12, 0, 0, 0))
    }
}

/// Takes reports, or says "later" so often.
#[derive(Default)]
struct Sink {
    taken: Mutex<Vec<TextReport>>,
    later: Mutex<u32>,
    told: Notify,
}

impl ReportSink for Sink {
    fn report(&self, report: TextReport) -> Waiting<'_, Result<(), Untaken>> {
        let mut later = self.later.lock().expect("whole");
        let answer = if *later > 0 {
            *later -= 1;
            Err(Untaken::Later("the disk is full".to_owned()))
        } else {
            self.taken.lock().expect("whole").push(report);
            Ok(())
        };
        self.told.notify_one();
        Box::pin(std::future::ready(answer))
    }
}

impl Sink {
    /// Waits until so many reports were told, taken or not.
    async fn after(&self, n: usize) -> Vec<TextReport> {
        let enough = async {
            for _ in 0..n {
                self.told.notified().await;
            }
        };
        // Two notices may become one where both come at once, so what counts is what was taken.
        let waited = tokio::time::timeout(Duration::from_secs(5), async {
            while self.taken.lock().expect("whole").len() < n {
                self.told.notified().await;
            }
        });
        if *self.later.lock().expect("whole") > 0 {
            tokio::time::timeout(Duration::from_secs(5), enough).await.expect("told");
        } else {
            waited.await.expect("taken");
        }
        self.taken.lock().expect("whole").clone()
    }
}

struct Bed {
    centre: MessageCentre,
    texter: SmppTexter,
    sink: Arc<Sink>,
    serving: JoinHandle<std::io::Result<()>>,
    running: JoinHandle<()>,
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.serving.abort();
        self.running.abort();
    }
}

async fn bed(switches: Switches, password: &str) -> Bed {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let centre = MessageCentre::new("gov", "secret");
    centre.switch(switches);
    let serving = tokio::spawn(centre.clone().serve(listener));
    let address = format!("smpp://gov@127.0.0.1:{port}?from=10690000");
    let (texter, link) = connect(SmppSettings {
        address: address.parse().expect("an address"),
        password: password.to_owned(),
        timeout: Duration::from_millis(300),
        enquire_every: Duration::from_millis(200),
        pause: Duration::from_millis(20),
        window: 8,
        clock: Arc::new(Noon),
    });
    let sink = Arc::new(Sink::default());
    let running = tokio::spawn(link.run(Arc::clone(&sink) as _));
    Bed { centre, texter, sink, serving, running }
}

fn message(to: &str, text: &str) -> TextMessage {
    TextMessage { reference: "r1".to_owned(), to: to.to_owned(), text: text.to_owned() }
}

#[tokio::test]
async fn a_message_is_submitted_and_its_report_comes_by_the_same_link() {
    let bed = bed(Switches::default(), "secret").await;
    let long = "海关按您确认的手机号送达《行政处罚决定书》。".repeat(10);
    for text in ["code 123456", "送达", long.as_str()] {
        bed.texter.send(message(NUMBER, text)).await.expect("taken");
    }
    let taken = bed.centre.taken();
    let texts: Vec<_> = taken.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["code 123456", "送达", long.as_str()]);
    assert!(
        taken.iter().all(|one| one.report && one.to == "8613800138000" && one.from == "10690000")
    );
    let reports = bed.sink.after(3).await;
    let first = reports.iter().find(|report| report.gateway_id == "s1").expect("reported");
    assert_eq!((first.standing, first.status.as_str()), (ReportStanding::Delivered, "DELIVRD"));
    assert_eq!(first.at.to_string(), "2024-09-20T06:05:00Z", "the hour of the report");
    assert!(String::from_utf8_lossy(&first.raw).contains("stat:DELIVRD"), "kept as it came");
    assert_eq!(bed.centre.binds(), 1);
}

#[tokio::test]
async fn later_now_and_never_are_told_apart() {
    let bed = bed(Switches::default(), "secret").await;
    for (number, status) in
        [("8613800000001", 0x0B), ("8613800000002", 0x45), ("8613800000003", 0x58)]
    {
        bed.centre.refuse(number, status);
    }
    let send = async |to: &str| bed.texter.send(message(to, "x")).await;
    assert!(matches!(send("+8613800000001").await, Err(TextError::Never(_))));
    assert!(matches!(send("+8613800000002").await, Err(TextError::Soft(_))));
    assert!(matches!(send("+8613800000003").await, Err(TextError::Later(_))));
    for none in ["", "+", "abc", "+86138;00", "+123", "+123456789012345678901"] {
        assert!(matches!(send(none).await, Err(TextError::Never(_))), "{none}");
    }
    assert!(bed.centre.taken().is_empty());
    bed.centre.end("8613800000004", "UNDELIV");
    send("+8613800000004").await.expect("taken");
    assert_eq!(bed.sink.after(1).await[0].standing, ReportStanding::Failed);
}

#[tokio::test]
async fn reports_come_twice_and_before_the_answer_and_none_is_lost() {
    let bed =
        bed(Switches { duplicate: true, reorder: true, ..Switches::default() }, "secret").await;
    let taken = bed.texter.send(message(NUMBER, "x")).await.expect("taken");
    let reports = bed.sink.after(2).await;
    assert!(reports.iter().all(|report| report.gateway_id == taken.gateway_id));
}

#[tokio::test]
async fn what_cannot_be_taken_now_is_not_acknowledged() {
    let bed = bed(Switches { duplicate: true, ..Switches::default() }, "secret").await;
    *bed.sink.later.lock().expect("whole") = 1;
    bed.texter.send(message(NUMBER, "x")).await.expect("taken");
    assert_eq!(bed.sink.after(1).await.len(), 1, "the second telling");
    let both = tokio::time::timeout(Duration::from_secs(5), async {
        while bed.centre.acknowledged().len() < 2 {
            tokio::task::yield_now().await;
        }
    });
    both.await.expect("both are answered");
    let mut states = bed.centre.acknowledged();
    states.sort_unstable();
    assert_eq!(states, [0, 0x64], "one taken, one asked for again");
}

#[tokio::test]
async fn a_link_that_breaks_falls_silent_or_is_refused_is_made_anew_and_nothing_waits_for_ever() {
    // An answer is lost and the link breaks: later, and then it works.
    let broken = bed(Switches { lose: true, ..Switches::default() }, "secret").await;
    let refused = broken.texter.send(message(NUMBER, "x")).await;
    assert!(matches!(refused, Err(TextError::Later(_))), "{refused:?}");
    broken.centre.switch(Switches::default());
    broken.texter.send(message(NUMBER, "x")).await.expect("the next link");
    assert!(broken.centre.binds() >= 2);

    // Silent from the start, then awake.
    let silent = bed(Switches { silent: true, ..Switches::default() }, "secret").await;
    let refused = silent.texter.send(message(NUMBER, "x")).await;
    assert!(matches!(refused, Err(TextError::Later(_))), "{refused:?}");
    silent.centre.switch(Switches::default());
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(silent.texter.send(message(NUMBER, "x")).await.is_ok());
    }
    assert!(answers.contains(&true), "{answers:?}");

    // A link that stands is asked whether it does, and given up when it says nothing.
    let idle = bed(Switches::default(), "secret").await;
    idle.texter.send(message(NUMBER, "x")).await.expect("taken");
    let asked = tokio::time::timeout(Duration::from_secs(5), async {
        while idle.centre.enquiries() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    asked.await.expect("enquired");

    // A wrong password is our own fault.
    let wrong = bed(Switches::default(), "guess").await;
    let refused = wrong.texter.send(message(NUMBER, "x")).await;
    assert!(matches!(refused, Err(TextError::Later(_))), "{refused:?}");
    assert!(wrong.centre.taken().is_empty() && wrong.centre.binds() == 0);
    let down = bed(Switches { down: true, ..Switches::default() }, "secret").await;
    let refused = down.texter.send(message(NUMBER, "x")).await;
    assert!(matches!(refused, Err(TextError::Later(_))), "{refused:?}");
}
