//! What events are called, on timelines and in evidence packages.

use calendar::{End, Term};
use codes::Label;
use penalty::Rate;

/// Every event that has a name.
const EVENTS: [&str; 83] = [
    "penalty.Filed",
    "penalty.CaptureStarted",
    "penalty.ConsentTurned",
    "penalty.AddressChanged",
    "penalty.InquiryClosed",
    "penalty.Drafted",
    "penalty.Cosigned",
    "penalty.Reviewed",
    "penalty.Returned",
    "penalty.Decided",
    "penalty.Issued",
    "penalty.Served",
    "penalty.ServiceUndone",
    "penalty.FoundPremature",
    "penalty.DefenceStated",
    "penalty.DefenceWaived",
    "penalty.HearingAsked",
    "penalty.HearingHeld",
    "penalty.DefenceClosed",
    "penalty.PaperAsked",
    "penalty.PaperSent",
    "penalty.Published",
    "penalty.Annulled",
    "penalty.CopyWithdrawn",
    "penalty.WithdrawalOverdue",
    "penalty.Paid",
    "penalty.PaymentOverdue",
    "penalty.Urged",
    "penalty.RedressFiled",
    "penalty.RedressEnded",
    "penalty.RedressOver",
    "penalty.Extended",
    "penalty.DecisionOverdue",
    "penalty.Proven",
    "penalty.PreservationAsked",
    "penalty.Preserved",
    "penalty.ServiceAnnounced",
    "penalty.Closed",
    "notice.Issued",
    "notice.Numbered",
    "notice.Prepared",
    "notice.Placed",
    "notice.MailOrdered",
    "notice.TextOrdered",
    "notice.Submitted",
    "notice.Reported",
    "notice.SoftFailed",
    "notice.Sent",
    "notice.Bounced",
    "notice.ReturnedLate",
    "notice.PaperWanted",
    "notice.Posted",
    "notice.Served",
    "notice.ServiceRedated",
    "notice.ServiceUndone",
    "notice.CounterProven",
    "notice.Published",
    "notice.PublicationDropped",
    "notice.Read",
    "notice.Opened",
    "notice.Downloaded",
    "notice.PaperAsked",
    "notice.CopyPosted",
    "address-confirmation.Started",
    "address-confirmation.Opened",
    "address-confirmation.Proposed",
    "address-confirmation.CodeOrdered",
    "address-confirmation.CodeMistyped",
    "address-confirmation.Verified",
    "address-confirmation.Dropped",
    "address-confirmation.ScopeChosen",
    "address-confirmation.ScopeUnchosen",
    "address-confirmation.ReadingBegun",
    "address-confirmation.ConsequenceRead",
    "address-confirmation.PostalGiven",
    "address-confirmation.IdentityChecked",
    "address-confirmation.Signed",
    "address-confirmation.Refused",
    "address-confirmation.ChangeBegun",
    "address-confirmation.Relied",
    "address-confirmation.Withdrawn",
    "address-confirmation.Ended",
    "address-confirmation.Lapsed",
];

/// What an event of a case, a notice or a confirmation says, in plain words.
#[must_use]
pub fn of_event(kind: &str, name: &str) -> Label {
    let known = match kind {
        "penalty" => penalty(name),
        "notice" => notice(name),
        "address-confirmation" => confirmation(name),
        _ => None,
    };
    known.map_or_else(|| Label::new(name, name), |(zh, en)| Label::new(zh, en))
}

fn penalty(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "Filed" => ("立案", "filed"),
        "CaptureStarted" => ("出示地址采集二维码", "address form shown to the party"),
        "ConsentTurned" => ("电子送达同意状态变更", "consent to electronic service changed"),
        "AddressChanged" => ("当事人变更送达地址", "the party changed its addresses"),
        "InquiryClosed" => ("调查终结", "inquiry complete"),
        "Drafted" => ("拟稿", "drafted"),
        "Cosigned" => ("第二名办案人员会签", "signed by a second officer"),
        "Reviewed" => ("法制审核通过", "legally reviewed"),
        "Returned" => ("审核退回", "sent back by the reviewer"),
        "Decided" => ("作出处罚决定", "penalty decided"),
        "Issued" => ("文书发出", "paper issued"),
        "Served" => ("送达", "served"),
        "ServiceUndone" => ("送达记录撤销", "service undone"),
        "FoundPremature" => ("发现决定过早作出，应当撤销", "decision found premature"),
        "DefenceStated" => ("当事人陈述、申辩", "the party defended itself"),
        "DefenceWaived" => ("当事人明确放弃权利", "rights given up expressly"),
        "HearingAsked" => ("当事人申请听证", "hearing asked for"),
        "HearingHeld" => ("举行听证", "hearing held"),
        "DefenceClosed" => ("陈述申辩期限届满", "time to defend over"),
        "PaperAsked" => ("当事人索取纸质文书", "paper asked for"),
        "PaperSent" => ("纸质文书寄出", "paper sent"),
        "Published" => ("处罚决定公开", "decision made public"),
        "Annulled" => ("撤销处罚决定", "decision annulled"),
        "CopyWithdrawn" => ("公开信息已撤回", "public copy withdrawn"),
        "WithdrawalOverdue" => ("公开信息逾期未撤回", "public copy not withdrawn in time"),
        "Paid" => ("缴款", "paid"),
        "PaymentOverdue" => ("逾期未缴罚款", "payment overdue"),
        "Urged" => ("催告书送达，履行期限起算", "demand served"),
        "ServiceAnnounced" => ("公告送达", "served by public notice"),
        "RedressFiled" => ("申请复议或者提起诉讼", "review or suit filed"),
        "RedressEnded" => ("复议或者诉讼终结", "review or suit ended"),
        "RedressOver" => ("救济期限届满", "time of redress over"),
        "Extended" => ("延长办案期限", "term to decide extended"),
        "DecisionOverdue" => ("逾期未作出决定", "decision overdue"),
        "Proven" => ("生成电子送达凭证", "proof of service made"),
        "PreservationAsked" => ("申请保全证据公证", "notary asked"),
        "Preserved" => ("公证机构出具公证书", "certified by the notary"),
        "Closed" => ("结案", "closed"),
        _ => return None,
    })
}

fn notice(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "Issued" => ("送达任务建立", "notice ordered"),
        "Numbered" => ("编定文号", "numbered"),
        "Prepared" => ("文书制作、签章完成", "document made"),
        "Placed" => ("放入平台账号", "placed in the account"),
        "MailOrdered" => ("电子邮件交发", "mail ordered"),
        "TextOrdered" => ("短信交发", "text message ordered"),
        "Submitted" => ("短信网关接收", "taken by the gateway"),
        "Reported" => ("短信网关回执", "report of the gateway"),
        "SoftFailed" => ("对方系统暂不可达", "temporary failure"),
        "Sent" => ("对方邮件服务器接收", "taken by the mail server"),
        "Bounced" => ("退回", "came back"),
        "ReturnedLate" => ("逾期退信", "came back too late to count"),
        "PaperWanted" => ("转书面送达", "to be served on paper"),
        "Posted" => ("交邮寄送", "posted"),
        "Served" => ("送达", "served"),
        "ServiceRedated" => ("送达日期更正", "day of service corrected"),
        "ServiceUndone" => ("送达记录撤销", "service undone"),
        "CounterProven" => ("当事人举证", "proof by the party"),
        "Published" => ("公告", "announced"),
        "PublicationDropped" => ("公告撤回", "announcement taken back"),
        "Read" => ("当事人确认阅读", "read by the party"),
        "Opened" => ("当事人打开", "opened by the party"),
        "Downloaded" => ("当事人下载", "downloaded by the party"),
        "PaperAsked" => ("当事人索取纸质文书", "paper asked for"),
        "CopyPosted" => ("纸质文书寄出", "paper posted"),
        _ => return None,
    })
}

fn confirmation(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "Started" => ("开始采集送达地址", "capture started"),
        "Opened" => ("当事人打开链接", "link opened"),
        "Proposed" => ("填写送达地址", "address named"),
        "CodeOrdered" => ("发送验证码", "code sent"),
        "CodeMistyped" => ("验证码输入错误", "code mistyped"),
        "Verified" => ("地址核验通过", "address verified"),
        "Dropped" => ("删除地址", "address dropped"),
        "ScopeChosen" => ("勾选同意送达的文书", "scope chosen"),
        "ScopeUnchosen" => ("取消勾选", "scope unchosen"),
        "ReadingBegun" => ("开始阅读法律后果告知", "explanation opened"),
        "ConsequenceRead" => ("阅读法律后果告知", "explanation read"),
        "PostalGiven" => ("填写邮寄地址", "postal address named"),
        "IdentityChecked" => ("核对身份", "identity checked"),
        "Signed" => ("签署地址确认书", "confirmation signed"),
        "Refused" => ("当事人不同意电子送达", "refused by the party"),
        "ChangeBegun" => ("开始变更地址", "change begun"),
        "Relied" => ("依据确认书送达", "relied upon"),
        "Withdrawn" => ("撤回同意", "consent withdrawn"),
        "Ended" => ("确认书终止", "ended"),
        "Lapsed" => ("链接过期", "link ran out"),
        _ => return None,
    })
}

/// All of them by `kind.Variant`, for evidence packages.
#[must_use]
pub fn all() -> Vec<(&'static str, Label)> {
    EVENTS
        .iter()
        .filter_map(|name| {
            let (kind, variant) = name.split_once('.')?;
            Some((*name, of_event(kind, variant)))
        })
        .collect()
}

/// A term as it is spoken on paper: `5个工作日`.
#[must_use]
pub fn spoken(term: &Term) -> String {
    match term {
        Term::Workdays { n } => format!("{n}个工作日"),
        Term::Days { n, end: End::Deadline } | Term::Deemed { n } => format!("{n}日"),
        Term::Months { n, .. } => format!("{n}个月"),
        other => other.to_string(),
    }
}

/// The rate of a late fine as a decision says it.
#[must_use]
pub fn rate(Rate { per_day_bp, cap_bp }: Rate) -> String {
    let cap = match cap_bp {
        10_000 => "加处罚款的数额不超出罚款的数额".to_owned(),
        other => format!("加处罚款的数额不超出罚款数额的{}", percent(other)),
    };
    format!("每日按罚款数额的{}加处罚款，{cap}", percent(per_day_bp))
}

/// Ten-thousandths as a percentage, without digits that say nothing.
fn percent(bp: u32) -> String {
    let (whole, rest) = (bp / 100, bp % 100);
    match rest {
        0 => format!("{whole}%"),
        rest if rest % 10 == 0 => format!("{whole}.{}%", rest / 10),
        rest => format!("{whole}.{rest:02}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_rates_are_spoken_as_the_tables_have_them() {
        for (term, said) in
            [("5wd", "5个工作日"), ("10d", "10日"), ("30d deemed", "30日"), ("6m roll", "6个月")]
        {
            assert_eq!(spoken(&term.parse().expect("a term")), said);
        }
        for (per_day_bp, cap_bp, said) in [
            (300, 10_000, "每日按罚款数额的3%加处罚款，加处罚款的数额不超出罚款的数额"),
            (50, 5_000, "每日按罚款数额的0.5%加处罚款，加处罚款的数额不超出罚款数额的50%"),
            (5, 10_001, "每日按罚款数额的0.05%加处罚款，加处罚款的数额不超出罚款数额的100.01%"),
        ] {
            assert_eq!(rate(Rate { per_day_bp, cap_bp }), said);
        }
    }

    #[test]
    fn every_event_that_is_listed_has_words_in_both_languages() {
        for (name, label) in all() {
            let (_, variant) = name.split_once('.').expect("a kind");
            assert_ne!(label.zh, variant, "{name}");
            assert!(!label.en.is_empty(), "{name}");
        }
        assert_eq!(of_event("penalty", "Unheard").zh, "Unheard");
    }
}
