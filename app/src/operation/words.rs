//! What the engine's names mean, for whoever is on call: kinds of work, timers, causes of death.

use codes::Label;
use engine::limits;

/// A kind of work, by the lane of its letters.
pub(super) fn lane(lane: &str) -> Label {
    if let Some(partner) = lane.strip_prefix("message/") {
        return Label::new(format!("发给{partner}的消息"), format!("Messages to {partner}"));
    }
    let (zh, en) = match lane {
        "message" => ("发给伙伴系统的消息", "Messages to partner systems"),
        "commands" => ("平台内部的后续办理", "What follows within the platform"),
        "delivery.make_document" => ("制作文书", "Making notices"),
        "delivery.send_mail" => ("发送邮件", "Sending mail"),
        "delivery.send_text" => ("发送短信", "Sending text messages"),
        "delivery.send_code" => ("发送验证码", "Sending codes"),
        "licences.sign" => ("制证和签名", "Making and signing licences"),
        "linkage.compose" => ("汇集内容、开具证照和文书", "Composing licences and notices"),
        other => (other, other),
    };
    Label::new(zh, en)
}

/// What a timer is for, by the kind of its aggregate.
pub(super) fn timer(kind: &str) -> Label {
    let (zh, en) = match kind {
        "case" => ("办件期限", "Term of a case"),
        "case_invitation" => ("签署邀请到期", "End of an invitation to sign"),
        "announcement" => ("公告期满", "End of an announcement"),
        "address-confirmation" => ("地址采集链接到期", "End of a link to confirm addresses"),
        "session" => ("登录会话到期", "End of a session"),
        "login" => ("登录锁定解除", "End of a lock"),
        "mandate" => ("委托到期", "End of a mandate"),
        "notice" => ("文书送达的下一步", "Next step of a service"),
        "licence" => ("证照到期", "End of a licence"),
        "claim" => ("名称保留期满", "End of a reserved name"),
        other => (other, other),
    };
    Label::new(zh, en)
}

/// What befell a letter, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What happened.
    pub(super) what: Label,
    /// What to do before it is sent again.
    pub(super) todo: Label,
}

/// A cause in plain words. `refused` is the answer of an aggregate, where one refused.
pub(super) fn cause(lane: &str, why: &str, refused: Option<&Label>) -> Told {
    if let Some(label) = refused {
        return Told {
            what: Label::new(
                format!("业务规则不允许这一步：{}", label.zh),
                format!("The rules do not allow this step: {}", label.en),
            ),
            todo: Label::new(
                "先弄清对象现在的状态：若已由别的途径办结，可归档；若前提已具备，再重发。",
                "See first how the thing stands now: put the letter away if it was settled otherwise, send it again once what it needs is there.",
            ),
        };
    }
    let given_up = why.strip_prefix("given up after ");
    let to_partner = lane == "message" || lane.starts_with("message/");
    let (what, todo) = match given_up {
        Some(rest) => tried(to_partner, rest),
        None if why.starts_with("there is no partner") || why.starts_with("no courier carries") => {
            (
                Label::new(
                    "没有配置这个伙伴系统，消息无处可送。",
                    "This partner is not configured: there is nowhere to send to.",
                ),
                Label::new(
                    "在 --partners 文件中加上它并重启，再重发；若不需要对接，可归档。",
                    "Add it to the file of --partners, restart, send again; put it away if the installation has no such partner.",
                ),
            )
        }
        None if why.starts_with("no errand") || why.contains("is not loaded") => (
            Label::new(
                "本版本程序不认识这项工作。",
                "This version of the program does not know this work.",
            ),
            Label::new(
                "换回能处理它的版本，或装回所缺的改革资源包，再重发。",
                "Run the version that knows it, or bring the missing reform folder back, then send again.",
            ),
        ),
        None if why == "the letter is empty" || why.contains("cannot be decoded") => (
            Label::new(
                "联动规则没有读懂事件，信件是空的。",
                "A policy could not read its event: the letter is empty.",
            ),
            Label::new(
                "不能重发；把事件位置和程序版本交给维护人员，修复后归档。",
                "It cannot be sent again: tell the maintainers the event's position and the version, put it away when mended.",
            ),
        ),
        None if why.starts_with("the deadline stands") => (
            Label::new(
                "定时器已触发，但对象没有因此改变。",
                "A timer fired and its object did not change.",
            ),
            Label::new(
                "这是程序缺陷：交给维护人员；对象的期限需人工跟进。",
                "This is a fault of the program: tell the maintainers, and follow the object's term by hand.",
            ),
        ),
        None => (
            Label::new(
                "对方或本机明确拒绝了这项工作。",
                "The other side, or this program, refused the work for good.",
            ),
            Label::new(
                "看下面的原文，排除原因后重发；确认不再需要的，归档。",
                "Read the words below, remove the cause, send it again; put it away if it is no longer needed.",
            ),
        ),
    };
    Told { what, todo }
}

/// What was tried in vain too often.
fn tried(to_partner: bool, rest: &str) -> (Label, Label) {
    let attempts =
        rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(limits::ATTEMPTS_MAX);
    if to_partner {
        return (
            Label::new(
                format!("对方系统{attempts}次都没有收下，平台已停止自动重试。"),
                format!(
                    "The other system did not take it in {attempts} attempts; the platform has stopped trying."
                ),
            ),
            Label::new(
                "与对方确认系统和网络已恢复，再重发；对方按编号去重，不会办两次。",
                "Make sure with the partner that its system and the network are back, then send again; it knows repeats by their id.",
            ),
        );
    }
    (
        Label::new(
            format!("{attempts}次都没有成功，平台已停止自动重试。"),
            format!("It did not succeed in {attempts} attempts; the platform has stopped trying."),
        ),
        Label::new(
            "看下面的原文（常见：邮件服务器、磁盘、签名密钥不可用），恢复后重发。",
            "Read the words below (often: mail server, disk or signing key out of reach), mend it, send again.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_says_what_happened_and_what_to_do() {
        for (lane, why, what) in [
            ("message/tax", "given up after 12 attempts: connection refused", "in 12 attempts"),
            ("message/tax", "there is no partner `tax`", "not configured"),
            (
                "delivery.send_mail",
                "given up after 12 attempts: 451 later",
                "did not succeed in 12",
            ),
            ("licences.sign", "no errand `licences.sign` runs here", "does not know this work"),
            ("linkage.compose", "definition `ab12` is not loaded", "does not know this work"),
            ("commands", "the letter is empty", "the letter is empty"),
            ("commands", "the deadline stands although its command was decided", "A timer fired"),
            ("message/tax", "the partner signed a receipt for another message", "refused the work"),
        ] {
            let told = cause(lane, why, None);
            assert!(told.what.en.contains(what), "{why}: {}", told.what.en);
            for label in [&told.what, &told.todo] {
                assert!(!label.zh.is_empty() && !label.en.is_empty(), "{why}");
                assert!(label.zh.chars().any(|c| c > '\u{2e80}'), "{why}: {}", label.zh);
            }
        }
        let label = Label::new("本件已办结。", "The case is closed.");
        let told = cause("commands", "CASE-0001 CLOSED: The case is closed.", Some(&label));
        assert!(told.what.zh.contains("本件已办结") && told.what.en.contains("The case is closed"));
    }

    #[test]
    fn partners_are_named_by_their_lane() {
        assert_eq!(lane("message/tax").zh, "发给tax的消息");
        assert_eq!(lane("licences.sign").en, "Making and signing licences");
        assert_eq!(lane("quite.new").zh, "quite.new");
    }
}
