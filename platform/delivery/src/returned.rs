//! Mail that comes back: delivery status notifications (RFC 3464) in a multipart/report (RFC 6522).

/// What a returned message says of one recipient (退信).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What happened.
    pub action: Action,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: String,
    /// What the server there said, or the whole field where it said nothing.
    pub reason: String,
}

/// The field `Action` of RFC 3464, 2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It will never arrive.
    Failed,
    /// It has not arrived yet; another message follows.
    Delayed,
    /// It arrived.
    Delivered,
    /// It was handed on to a system that reports nothing.
    Relayed,
    /// It was handed on to several.
    Expanded,
}

/// Reads what came back to the return address of an attempt.
///
/// A message without a report, such as the words of an old server or an answer of an absent recipient, says nothing that
/// can be relied upon: `None`.
#[must_use]
pub fn read_returned(message: &[u8]) -> Option<Returned> {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n")?;
    let kind = field(head, "content-type")?;
    if !kind.to_ascii_lowercase().starts_with("multipart/report") {
        return None;
    }
    let boundary = parameter(&kind, "boundary")?;
    let mark = format!("--{boundary}");
    let part = body.split(mark.as_str()).find_map(|part| {
        let (head, body) = part.trim_start_matches('\n').split_once("\n\n")?;
        let kind = field(head, "content-type")?.to_ascii_lowercase();
        // RFC 6533 has the same fields for addresses beyond ASCII.
        (kind.starts_with("message/delivery-status")
            || kind.starts_with("message/global-delivery-status"))
        .then(|| body.to_owned())
    })?;
    // The first group tells of the message, each further one of a recipient; an envelope of ours has one recipient.
    let mut groups = part.split("\n\n").filter(|group| !group.trim().is_empty());
    groups.find_map(recipient)
}

fn recipient(group: &str) -> Option<Returned> {
    let action = match field(group, "action")?.to_ascii_lowercase().as_str() {
        "failed" => Action::Failed,
        "delayed" => Action::Delayed,
        "delivered" => Action::Delivered,
        "relayed" => Action::Relayed,
        "expanded" => Action::Expanded,
        _ => return None,
    };
    let status = field(group, "status").unwrap_or_default();
    let told = field(group, "diagnostic-code").map(|code| {
        code.split_once(';').map_or_else(|| code.clone(), |(_, text)| text.trim().to_owned())
    });
    let reason = told.filter(|told| !told.is_empty()).unwrap_or_else(|| status.clone());
    Some(Returned { action, status, reason: reason.chars().take(200).collect() })
}

/// The value of a field, unfolded; the first where there are several.
fn field(head: &str, name: &str) -> Option<String> {
    let mut value: Option<String> = None;
    for line in head.lines() {
        if let Some(value) = &mut value {
            if line.starts_with([' ', '\t']) {
                value.push(' ');
                value.push_str(line.trim());
                continue;
            }
            break;
        }
        if let Some((found, rest)) = line.split_once(':')
            && found.trim().eq_ignore_ascii_case(name)
        {
            value = Some(rest.trim().to_owned());
        }
    }
    value
}

/// A parameter of a field, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (found, rest) = part.split_once('=')?;
        let rest = rest.trim().trim_matches('"');
        (found.trim().eq_ignore_ascii_case(name) && !rest.is_empty()).then(|| rest.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(action: &str, status: &str, code: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: bounces+00@lianban.example\r\nSubject: Undelivered\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b/1\"\r\n\r\n\
             --b/1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b/1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; chen@qinghe.example\r\nAction: {action}\r\nStatus: {status}\r\n{code}\r\n\
             --b/1\r\nContent-Type: message/rfc822\r\n\r\nAction: delivered\r\n\r\n--b/1--\r\n"
        )
    }

    #[test]
    fn a_status_notification_says_what_became_of_the_mail() {
        for (action, status, code, expected, reason) in [
            (
                "failed",
                "5.1.1",
                "Diagnostic-Code: smtp; 550 5.1.1 <chen@qinghe.example>:\r\n no such user",
                Action::Failed,
                "550 5.1.1 <chen@qinghe.example>: no such user",
            ),
            ("Delayed", "4.4.1", "Will-Retry-Until: never", Action::Delayed, "4.4.1"),
            ("delivered", "2.0.0", "X: y", Action::Delivered, "2.0.0"),
            ("relayed", "2.0.0", "Diagnostic-Code: smtp;", Action::Relayed, "2.0.0"),
        ] {
            let read = read_returned(report(action, status, code).as_bytes());
            let told = Returned { action: expected, status: status.into(), reason: reason.into() };
            assert_eq!(read, Some(told), "{action}");
        }
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        let whole = report("failed", "5.1.1", "X: y");
        for message in [
            String::new(),
            "Subject: Out of office\r\n\r\nI am away.".to_owned(),
            whole.replace("multipart/report", "multipart/mixed"),
            whole.replace("boundary=\"b/1\"", "x=y"),
            whole.replace("message/delivery-status", "text/plain"),
            whole.replace("Action: failed", "Action: eaten"),
        ] {
            assert_eq!(read_returned(message.as_bytes()), None, "{message}");
        }
        let noise: Vec<u8> = (0..=255).cycle().take(4_000).collect();
        assert_eq!(read_returned(&noise), None);
    }
}
