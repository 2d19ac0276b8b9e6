//! The mail server of `standins` on a port of its own.

use standins::smtp::{Conduct, MailServer, Protection, Received};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The last word of the answer that is out of the ordinary.
pub(crate) fn words(conduct: &Conduct) -> &str {
    let odd = [&conduct.greeting, &conduct.rcpt, &conduct.data]
        .into_iter()
        .find(|answer| answer.starts_with(['4', '5']));
    odd.and_then(|answer| answer.split_whitespace().last()).expect("one is out of the ordinary")
}

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) root_pem: Option<String>,
    server: MailServer,
    task: JoinHandle<std::io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(conduct: Conduct) -> Self {
        Self::protected(Protection::None, conduct).await
    }

    pub(crate) async fn protected(protection: Protection, conduct: Conduct) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let server = MailServer::new(protection).expect("a certificate");
        server.conduct(conduct);
        let root_pem = server.root_pem().map(ToOwned::to_owned);
        let task = tokio::spawn(server.clone().serve(listener));
        Self { port, root_pem, server, task }
    }

    pub(crate) fn conduct(&self, conduct: Conduct) {
        self.server.conduct(conduct);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.server.received()
    }

    /// Takes mail for a recipient and gives it back later.
    pub(crate) fn returns(&self, recipient: &str, action: &str, status: &str) {
        self.server.give_back_later(recipient, action, status);
    }

    /// Gives back what is due, and tells the codes of the answers.
    pub(crate) async fn give_back(&self, port: u16) -> Vec<String> {
        let answers = self.server.give_back(port).await.expect("a conversation");
        answers.into_iter().filter_map(|answer| answer.get(..3).map(str::to_owned)).collect()
    }

    /// Closes the port.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        let ended = (&mut self.task).await;
        assert!(ended.is_err_and(|end| end.is_cancelled()));
    }
}
