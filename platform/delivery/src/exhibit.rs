//! What belongs to a notice, for whoever packs evidence of it.

use crate::errand::Outside;
use crate::error::DeliveryError;
use crate::event::NoticeEvent;
use crate::http::subject;
use crate::model::NoticeKey;
use crate::queries::{self, NoticeRow};
use codes::Label;
use kernel::Waiting;
use module::{Concern, Exhibit, ExhibitPaper, Exhibits, Platform, Refusal, Subject};
use std::sync::Arc;

/// Notices as evidence: the events of a notice, and its document.
pub(crate) struct Notices {
    pub(crate) outside: Arc<Outside>,
}

impl Exhibits for Notices {
    fn kind(&self) -> &'static str {
        "notice"
    }

    fn access<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Vec<Subject>, Refusal>> {
        Box::pin(async move {
            // A notice that is not there is nobody's: the gate answers as it does for one of others.
            let found = row(platform, key).await?;
            Ok(found.iter().map(|row| Subject { kind: "Package", ..subject(row) }).collect())
        })
    }

    fn gather<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Exhibit, Refusal>> {
        Box::pin(async move {
            let unknown = || Refusal::of(&DeliveryError::NoticeUnknown);
            let row = row(platform, key).await?.ok_or_else(unknown)?;
            let mut exhibit = Exhibit {
                title: row.title.clone(),
                number: row.number.clone(),
                streams: vec![Concern {
                    shard: row.shard.clone(),
                    kind: "notice".to_owned(),
                    key: row.notice.0.clone(),
                }],
                words: words(),
                ..Exhibit::default()
            };
            if let Some(document) = &row.document {
                let bytes = self.outside.vault.read(&document.pdf).await;
                exhibit.documents.push(ExhibitPaper {
                    name: "notice.pdf".to_owned(),
                    role: "notice".to_owned(),
                    title: row.title.clone(),
                    bytes: bytes.map_err(|error| Refusal::of(&error))?,
                });
            }
            exhibit.raw = self.receipts(platform, &row).await?;
            Ok(exhibit)
        })
    }
}

impl Notices {
    /// Reports and returned mail, as they came.
    async fn receipts(
        &self,
        platform: &Platform,
        row: &NoticeRow,
    ) -> Result<Vec<ExhibitPaper>, Refusal> {
        let events = platform.history.stream(&row.shard, "notice", &row.notice.0, 0).await;
        let events = events.map_err(|error| error.refusal())?;
        let mut papers = Vec::new();
        for event in &events {
            let (role, receipt) = match event.read::<NoticeEvent>() {
                Ok(NoticeEvent::Reported { receipt, .. }) => ("report", receipt),
                Ok(
                    NoticeEvent::Bounced { receipt: Some(receipt), .. }
                    | NoticeEvent::ReturnedLate { receipt, .. },
                ) => ("returned_mail", receipt),
                _ => continue,
            };
            let bytes = self.outside.vault.read(&receipt).await;
            papers.push(ExhibitPaper {
                name: format!("receipt-{}.txt", event.version),
                role: role.to_owned(),
                title: Label::new("原始回执", "Raw receipt"),
                bytes: bytes.map_err(|error| Refusal::of(&error))?,
            });
        }
        Ok(papers)
    }
}

async fn row(platform: &Platform, key: &str) -> Result<Option<NoticeRow>, Refusal> {
    let found = queries::notice(&*platform.reader, &NoticeKey(key.to_owned())).await;
    found.map_err(|error| Refusal::of(&error))
}

/// What the events of a notice are called.
fn words() -> Vec<(&'static str, Label)> {
    [
        ("notice.Issued", "文书已签发", "Notice issued"),
        ("notice.Numbered", "文书已编号", "Numbered"),
        ("notice.Prepared", "文书已制作", "Document made"),
        ("notice.Placed", "已放入平台收件箱", "Placed in the inbox"),
        ("notice.MailOrdered", "已交邮件发送", "To be mailed"),
        ("notice.TextOrdered", "已交短信发送", "To be sent as a text message"),
        ("notice.Submitted", "短信网关已接收", "Taken by the gateway"),
        ("notice.Reported", "网关或者邮件回执", "Reported by gateway or mail server"),
        ("notice.SoftFailed", "暂时未能送达，将重试", "To be tried again"),
        ("notice.ReturnedLate", "逾期退回（只作记录）", "Came back too late to count"),
        ("notice.Opened", "当事人再次打开", "Opened again by the party"),
        ("notice.Downloaded", "当事人已下载", "Fetched by the party"),
        ("notice.ServiceRedated", "送达日期已更正", "Day of service corrected"),
        ("notice.ProofOffered", "当事人提交证据", "Evidence handed in by the party"),
        ("notice.ProofAdmitted", "证据予以采信", "The party's evidence was admitted"),
        ("notice.ProofDismissed", "证据不予采信", "The party's evidence was dismissed"),
        ("notice.CounterProven", "当事人举证", "Evidence brought by the party"),
        ("notice.Published", "已公告送达", "Announced"),
        ("notice.PublicationDropped", "公告已撤回", "Announcement taken back"),
        ("notice.PaperAsked", "当事人要求纸质文书", "Paper asked for"),
        ("notice.CopyPosted", "纸质文书已交邮", "Paper copy posted"),
        ("notice.Sent", "对方邮件服务器已接收", "Taken by the party's mail server"),
        ("notice.PaperWanted", "需纸质送达", "To be served on paper"),
        ("notice.Posted", "已交邮寄", "Handed to the carrier"),
        ("notice.Bounced", "送达失败", "A channel failed"),
        ("notice.Read", "当事人已阅", "Read by the party"),
        ("notice.Served", "已送达", "Served"),
        ("notice.ServiceUndone", "送达未成", "Service undone"),
    ]
    .into_iter()
    .map(|(name, zh, en)| (name, Label::new(zh, en)))
    .collect()
}
