//! What belongs to a case, for whoever packs evidence of it.

use crate::Case;
use crate::desk::Desk;
use codes::Label;
use kernel::{Aggregate as _, Waiting};
use module::{Concern, Exhibit, Exhibits, Platform, Refusal, Subject};
use portal::Failure;
use std::sync::Arc;

/// Cases as evidence: the events of a case. Notices and licences that came of it are packed by themselves.
pub(crate) struct WholeCases {
    pub(crate) desk: Arc<Desk>,
}

impl Exhibits for WholeCases {
    fn kind(&self) -> &'static str {
        "case"
    }

    fn access<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Vec<Subject>, Refusal>> {
        Box::pin(async move {
            // A case that is not there is nobody's: the gate answers as it does for one of others.
            let Ok(loaded) = self.desk.load(platform, key).await else { return Ok(Vec::new()) };
            let own = Subject { kind: "Package", ..loaded.thing() };
            // The organs that work on it: each through its own task.
            let plan = loaded.plan().map_err(refusal)?;
            let tasks =
                plan.tasks.iter().filter_map(|task| loaded.task_thing(task.name.as_str()).ok());
            let of_organs = tasks.map(|task| Subject { kind: "Package", ..task });
            Ok(std::iter::once(own).chain(of_organs).collect())
        })
    }

    fn gather<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Exhibit, Refusal>> {
        Box::pin(async move {
            let loaded = self.desk.load(platform, key).await.map_err(refusal)?;
            let number = loaded.case.no.to_string();
            Ok(Exhibit {
                title: Label::new(format!("办件 {number}"), format!("Case {number}")),
                streams: vec![Concern {
                    shard: loaded.shard,
                    kind: Case::KIND.to_owned(),
                    key: number.clone(),
                }],
                number,
                words: words(),
                ..Exhibit::default()
            })
        })
    }
}

fn refusal(failure: Failure) -> Refusal {
    Refusal {
        code: failure.code,
        reason: failure.reason,
        label: failure.label,
        status: failure.status,
        fields: failure.fields.into(),
    }
}

/// What the events of a case are called.
fn words() -> Vec<(&'static str, Label)> {
    [
        ("case.CaseOpened", "办件已开立", "Case opened"),
        ("case.AnswersSaved", "表单已保存", "Answers saved"),
        ("case.MaterialAttached", "材料已上传", "Material attached"),
        ("case.MaterialConfirmed", "材料已确认", "Material confirmed"),
        ("case.NameReserved", "名称已保留", "Name reserved"),
        ("case.NameLost", "名称已释放", "Name lost"),
        ("case.DocumentGenerated", "文书已生成", "Document generated"),
        ("case.SignerInvited", "已邀请签署", "Signer invited"),
        ("case.DocumentSigned", "已签署", "Document signed"),
        ("case.Submitted", "已提交", "Submitted"),
        ("case.RulesApplied", "规则已适用", "Rules applied"),
        ("case.TaskReady", "事项待办", "Task ready"),
        ("case.SupplementAsked", "要求补正", "Supplement asked for"),
        ("case.SupplementGiven", "已补正", "Supplement given"),
        ("case.Accepted", "已受理", "Accepted"),
        ("case.AcceptanceRefused", "不予受理", "Acceptance refused"),
        ("case.VisitOrdered", "安排现场核查", "Visit ordered"),
        ("case.VisitRecorded", "现场核查已记录", "Visit recorded"),
        ("case.PremisesNamed", "场所已指明", "Premises named"),
        ("case.VisitTold", "核查已告知", "Visit told"),
        ("case.VisitCounted", "核查结果已采用", "Visit counted"),
        ("case.ClockStopped", "时限中止", "Clock stopped"),
        ("case.ClockResumed", "时限恢复", "Clock resumed"),
        ("case.DeadlineExtended", "时限延长", "Deadline extended"),
        ("case.DeadlineRecomputed", "时限重算", "Deadline recomputed"),
        ("case.TermRecomputed", "期限重算", "Term recomputed"),
        ("case.OutcomeReady", "结果待发", "Outcome ready"),
        ("case.Granted", "准予", "Granted"),
        ("case.Refused", "不予", "Refused"),
        ("case.Established", "企业已设立", "Established"),
        ("case.ValueGiven", "已给出数据", "Value given"),
        ("case.LicenceIssued", "证照已签发", "Licence issued"),
        ("case.Served", "已送达", "Served"),
        ("case.ServiceUndone", "送达未成", "Service undone"),
        ("case.TaskDropped", "事项已放弃", "Task dropped"),
        ("case.Breach", "超时", "Breach"),
        ("case.Reminded", "已催办", "Reminded"),
        ("case.Escalated", "已督办", "Escalated"),
        ("case.Objected", "当事人有异议", "Objected"),
        ("case.PersonRead", "查阅个人信息", "Person's data read"),
        ("case.ReadDenied", "查阅被拒", "Read denied"),
        ("case.DutyOpened", "义务已产生", "Duty opened"),
        ("case.DutyDone", "义务已履行", "Duty done"),
        ("case.Withdrawn", "已撤回", "Withdrawn"),
        ("case.CaseClosed", "已办结", "Closed"),
    ]
    .into_iter()
    .map(|(name, zh, en)| (name, Label::new(zh, en)))
    .collect()
}
