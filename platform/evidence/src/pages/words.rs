//! What people call the things whose streams concern them, and what happened to them.

use codes::Label;

/// What people call a kind of thing; another kind has its own word.
pub(crate) fn kind(kind: &str) -> Label {
    let (zh, en) = match kind {
        "case" => ("办件", "Case"),
        "licence" => ("证照", "Licence"),
        "notice" => ("文书", "Notice"),
        "service-address" => ("送达地址", "Address of service"),
        "address-confirmation" => ("地址确认书", "Address confirmation"),
        "announcement" => ("公告", "Announcement"),
        "login" => ("登录账号", "Login"),
        "party" => ("身份", "Identity"),
        "mandate" => ("委托", "Mandate"),
        "reads" => ("信息查看记录", "Looks at your data"),
        "penalty" => ("海关处罚案件", "Customs penalty case"),
        "registration" => ("不动产登记", "Real-estate registration"),
        "record" => ("登记簿", "Record in the book"),
        "bill" => ("账单", "Bill"),
        other => (other, other),
    };
    Label::new(zh, en)
}

/// What people call an event of a kind; where none of the tables has it, it keeps its own name.
pub(crate) fn event(kind: &str, name: &str) -> Label {
    let own: &[(&str, &str, &str)] = match kind {
        "case" => CASE,
        "licence" => LICENCE,
        "notice" => NOTICE,
        "service-address" => ADDRESS,
        "address-confirmation" => CONFIRMATION,
        "penalty" => PENALTY,
        "party" | "login" | "mandate" | "reads" => IDENTITY,
        _ => &[],
    };
    let found = own.iter().find(|(known, _, _)| *known == name);
    found.map_or_else(|| Label::new(name, name), |(_, zh, en)| Label::new(*zh, *en))
}

const CASE: &[(&str, &str, &str)] = &[
    ("CaseOpened", "开始填报", "Begun"),
    ("AnswersSaved", "保存填报内容", "Answers saved"),
    ("MaterialAttached", "上传材料", "Material handed in"),
    ("MaterialConfirmed", "确认材料", "Material confirmed"),
    ("NameReserved", "名称已保留", "Name reserved"),
    ("NameLost", "名称保留失效", "Name lost"),
    ("DocumentGenerated", "生成待签文书", "Document to be signed"),
    ("SignerInvited", "邀请签署", "Signer invited"),
    ("DocumentSigned", "签署文书", "Document signed"),
    ("Submitted", "提交申请", "Handed in"),
    ("RulesApplied", "按当日规则确定事项", "Rules of the day applied"),
    ("TaskReady", "交由承办单位办理", "Put before its organ"),
    ("SupplementAsked", "一次性告知补正", "Supplement asked for"),
    ("SupplementGiven", "补正", "Supplement given"),
    ("Accepted", "受理", "Accepted"),
    ("AcceptanceRefused", "不予受理", "Not accepted"),
    ("VisitOrdered", "安排现场核查", "Visit ordered"),
    ("VisitRecorded", "记录现场核查", "Visit recorded"),
    ("PremisesNamed", "登记经营场所", "Premises named"),
    ("VisitTold", "告知核查安排", "Told of the visit"),
    ("VisitCounted", "计入合并核查", "Visit counted"),
    ("ClockStopped", "依法暂停计时", "Clock stopped"),
    ("ClockResumed", "恢复计时", "Clock resumed"),
    ("DeadlineExtended", "依法延期", "Term extended"),
    ("DeadlineRecomputed", "重新计算期限", "Term computed anew"),
    ("TermRecomputed", "重新计算期限", "Term computed anew"),
    ("OutcomeReady", "决定已作出", "Decided"),
    ("Granted", "准予", "Granted"),
    ("Refused", "不予准许", "Refused"),
    ("Established", "企业成立", "Enterprise established"),
    ("ValueGiven", "办理结果填入", "Value given"),
    ("LicenceIssued", "发出证照", "Licence issued"),
    ("Served", "送达", "Served"),
    ("ServiceUndone", "撤销送达记录", "Service undone"),
    ("TaskDropped", "撤回一个事项", "Task dropped"),
    ("Breach", "逾期", "Late"),
    ("Reminded", "督办提醒", "Reminded"),
    ("Escalated", "上报督办", "Escalated"),
    ("Objected", "当事人提出异议", "Objected"),
    ("PersonRead", "工作人员查看信息", "Data looked at"),
    ("ReadDenied", "查看被拒绝", "Look refused"),
    ("DutyOpened", "提示后续义务", "Duty opened"),
    ("DutyDone", "完成后续义务", "Duty done"),
    ("Withdrawn", "撤回申请", "Withdrawn"),
    ("Closed", "办结", "Closed"),
];

const LICENCE: &[(&str, &str, &str)] = &[
    ("Issued", "签发", "Issued"),
    ("Numbered", "编号", "Numbered"),
    ("Signed", "制证签名", "Made and signed"),
    ("Suspended", "暂停", "Suspended"),
    ("Resumed", "恢复", "Resumed"),
    ("Revoked", "撤销或者注销", "Ended"),
    ("Replaced", "换发", "Replaced"),
    ("Expired", "有效期届满", "Expired"),
    ("Watched", "提醒期限届满", "Reminded of its end"),
];

const NOTICE: &[(&str, &str, &str)] = &[
    ("Issued", "制发", "Issued"),
    ("Numbered", "编号", "Numbered"),
    ("Prepared", "文书制成", "Document made"),
    ("Placed", "放入收件箱", "Placed in the inbox"),
    ("MailOrdered", "交付电子邮件", "Given to e-mail"),
    ("Sent", "邮件服务器已接收", "Taken by the mail server"),
    ("PaperWanted", "转书面送达", "To be served on paper"),
    ("Posted", "交寄", "Posted"),
    ("Bounced", "未能送达", "Came back"),
    ("Read", "当事人已阅", "Read by the party"),
    ("Served", "送达", "Served"),
    ("ServiceUndone", "撤销送达记录", "Service undone"),
    ("TextOrdered", "交付短信", "Given to text message"),
    ("Submitted", "短信网关已接收", "Taken by the gateway"),
    ("Reported", "收到状态报告", "Report came in"),
    ("SoftFailed", "暂时未能送达，稍后再试", "Not now, to be tried again"),
    ("ReturnedLate", "期限后退信，仅作记录", "Came back late, recorded only"),
    ("Opened", "当事人打开", "Opened by the party"),
    ("Downloaded", "当事人下载", "Fetched by the party"),
    ("ServiceRedated", "更正送达日期", "Day of service corrected"),
    ("ProofOffered", "当事人提交到达证据", "The party offers evidence of arrival"),
    ("ProofAdmitted", "到达证据予以采信", "Evidence of arrival admitted"),
    ("ProofDismissed", "到达证据不予采信", "Evidence of arrival dismissed"),
    ("CounterProven", "当事人举证", "The party brought evidence"),
    ("Published", "公告送达", "Public notice"),
    ("PublicationDropped", "公告已撤回", "Public notice taken back"),
    ("PaperAsked", "当事人要求纸质文书", "The party wants paper"),
    ("CopyPosted", "寄出纸质文书", "Paper posted"),
];

const ADDRESS: &[(&str, &str, &str)] = &[
    ("Confirmed", "确认送达方式与地址", "Address confirmed"),
    ("ConsentWithdrawn", "撤回电子送达同意", "Consent withdrawn"),
];

const CONFIRMATION: &[(&str, &str, &str)] = &[
    ("Started", "出示确认书", "Form shown"),
    ("Opened", "打开确认书", "Form opened"),
    ("Proposed", "填写送达地址", "Address named"),
    ("CodeOrdered", "发送验证码", "Code sent"),
    ("CodeMistyped", "验证码错误", "Code mistyped"),
    ("Verified", "地址已核验", "Address verified"),
    ("Dropped", "删除地址", "Address dropped"),
    ("ScopeChosen", "选择送达的文书", "Sort of document chosen"),
    ("ScopeUnchosen", "取消送达的文书", "Sort of document left out"),
    ("ReadingBegun", "开始阅读法律后果", "Began to read"),
    ("ConsequenceRead", "阅读法律后果完毕", "Has read what follows"),
    ("PostalGiven", "填写邮寄地址", "Postal address given"),
    ("IdentityChecked", "核对身份证件", "Identity checked"),
    ("Signed", "签名确认", "Signed"),
    ("Refused", "当事人拒绝确认", "Refused by the party"),
    ("ChangeBegun", "申请变更地址", "Change begun"),
    ("Relied", "据此送达", "Relied upon"),
    ("Withdrawn", "撤回确认", "Withdrawn"),
    ("Ended", "终止", "Ended"),
    ("Lapsed", "逾期失效", "Lapsed"),
];

const IDENTITY: &[(&str, &str, &str)] = &[
    ("Registered", "登记", "Registered"),
    ("Corrected", "更正身份信息", "Corrected"),
    ("LoginTied", "关联登录账号", "Login tied"),
    ("PasswordChanged", "修改密码", "Password changed"),
    ("SignedIn", "登录", "Signed in"),
    ("SignInFailed", "登录失败", "Sign-in failed"),
    ("Locked", "账号锁定", "Locked"),
    ("Unlocked", "账号解锁", "Unlocked"),
    ("PartyAttached", "关联当事人", "Person attached"),
    ("OfficerAttached", "赋予岗位", "Post given"),
    ("OfficerDetached", "解除岗位", "Post taken"),
    ("Given", "作出委托", "Given"),
    ("Ended", "委托终止", "Ended"),
    ("PersonRead", "工作人员查看信息", "Data looked at"),
    ("ReadDenied", "查看被拒绝", "Look refused"),
];

const PENALTY: &[(&str, &str, &str)] = &[
    ("Filed", "立案", "Filed"),
    ("CaptureStarted", "出示地址采集二维码", "Address form shown"),
    ("ConsentTurned", "电子送达同意状态变更", "Consent to electronic service changed"),
    ("AddressChanged", "送达地址变更", "Address changed"),
    ("InquiryClosed", "调查终结", "Inquiry complete"),
    ("Drafted", "拟稿", "Drafted"),
    ("Cosigned", "第二名办案人员会签", "Signed by a second officer"),
    ("Reviewed", "法制审核通过", "Legally reviewed"),
    ("Returned", "退回修改", "Returned"),
    ("Decided", "负责人决定", "Decided"),
    ("Issued", "文书发出", "Issued"),
    ("Served", "送达", "Served"),
    ("ServiceUndone", "撤销送达记录", "Service undone"),
    ("ServiceAnnounced", "公告送达", "Served by public notice"),
    ("FoundPremature", "查明决定过早", "Found premature"),
    ("DefenceStated", "陈述申辩", "Defence stated"),
    ("DefenceWaived", "放弃陈述申辩", "Defence waived"),
    ("HearingAsked", "申请听证", "Hearing asked for"),
    ("HearingHeld", "举行听证", "Hearing held"),
    ("DefenceClosed", "陈述申辩期届满", "Time for defence over"),
    ("PaperAsked", "要求纸质文书", "Paper asked for"),
    ("PaperSent", "寄出纸质文书", "Paper sent"),
    ("Proven", "生成电子送达凭证", "Proof of service made"),
    ("PreservationAsked", "申请公证保全", "Preservation asked for"),
    ("Preserved", "公证保全", "Preserved by the notary"),
    ("Published", "公开决定", "Decision published"),
    ("Annulled", "撤销文书", "Annulled"),
    ("CopyWithdrawn", "撤下公开文本", "Published text withdrawn"),
    ("WithdrawalOverdue", "撤下逾期", "Withdrawal late"),
    ("Paid", "缴纳罚款", "Fine paid"),
    ("PaymentOverdue", "逾期未缴", "Payment late"),
    ("Urged", "催告", "Urged"),
    ("RedressFiled", "申请复议或者起诉", "Redress sought"),
    ("RedressEnded", "复议或者诉讼终结", "Redress ended"),
    ("Extended", "延长期限", "Extended"),
    ("DecisionOverdue", "决定逾期", "Decision late"),
    ("RedressOver", "救济期限届满", "Time for redress over"),
    ("Closed", "结案", "Closed"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::path::Path;

    /// The names of the frozen events of a crate, by kind.
    fn frozen(golden: &str) -> Vec<(String, String)> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(golden);
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut names = Vec::new();
        for (kind, events) in golden.as_object().unwrap() {
            for event in events.as_array().unwrap() {
                let name = match event {
                    Value::String(name) => name,
                    other => other.as_object().unwrap().keys().next().unwrap(),
                };
                names.push((kind.clone(), name.clone()));
            }
        }
        names
    }

    #[test]
    fn whatever_happens_to_people_s_things_has_a_name_in_both_languages() {
        let goldens = [
            "platform/delivery/tests/events.json",
            "platform/identity/tests/events.json",
            "platform/licences/tests/events.json",
            "reforms/21-customs-e-service/module/tests/events.json",
        ];
        // Streams that are nobody's.
        let inner = [
            "announcement",
            "licence-book",
            "licence-looks",
            "licence-status",
            "notice-book",
            "session",
        ];
        let names = goldens.into_iter().flat_map(frozen);
        let bare: Vec<_> = names
            .filter(|(kind, _)| !inner.contains(&kind.as_str()))
            .filter(|(kind, name)| event(kind, name).zh == *name)
            .collect();
        assert!(bare.is_empty(), "{bare:?}");
    }
}
