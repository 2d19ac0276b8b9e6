//! A small HTTP client for the benches: one request, one connection, over loopback.

use anyhow::{Context as _, Result, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// The head, line by line.
    head: String,
    /// The body.
    pub(crate) body: String,
}

impl Reply {
    /// The cookies that it sets, as a request sends them back.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let set = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let cookie = value.trim().split(';').next()?;
            name.eq_ignore_ascii_case("set-cookie").then(|| cookie.to_owned())
        };
        self.head.lines().filter_map(set).collect()
    }
}

/// Asks for a page.
pub(crate) async fn get(to: SocketAddr, path: &str, cookies: &str) -> Result<Reply> {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {to}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
    );
    ask(to, head).await
}

/// Sends a form.
pub(crate) async fn post(to: SocketAddr, path: &str, cookies: &str, form: &str) -> Result<Reply> {
    let length = form.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{form}"
    );
    ask(to, head).await
}

async fn ask(to: SocketAddr, request: String) -> Result<Reply> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { bail!("no answer: {text}") };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Reply {
        status: status.with_context(|| format!("no status: {head}"))?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_sent_back_without_their_attributes() {
        let head =
            "HTTP/1.1 303 See Other\r\nSet-Cookie: session=abc; Path=/; HttpOnly\r\nlocation: /";
        let reply = Reply { status: 303, head: head.to_owned(), body: String::new() };
        assert_eq!(reply.cookies(), ["session=abc"]);
    }
}
