//! The interface under `/api/v1` as OpenAPI 3.1: which routes there are, the composed site tells; what they take and give is
//! written here, and tests compare it with real answers.

mod shapes;

use super::routes;
use anyhow::{Result, bail};
use axum::Router;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the interface lies.
const BELOW: &str = "/api/v1/";

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// Anybody.
    Open,
    /// Whoever is signed in, as far as the rights go.
    Session,
    /// A partner, whose message bears its signature.
    Signature,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
struct Operation {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    /// What it does, in Chinese and English.
    does: (&'static str, &'static str),
    guard: Guard,
    /// What the query may say: name, pattern or kind of the value, whether it must be there.
    query: &'static [(&'static str, &'static str, bool)],
    /// The shape of what it takes.
    takes: Option<&'static str>,
    /// The shape of what it gives.
    gives: &'static str,
}

const fn get(
    path: &'static str,
    id: &'static str,
    does: (&'static str, &'static str),
    guard: Guard,
    gives: &'static str,
) -> Operation {
    Operation { method: "GET", path, id, does, guard, query: &[], takes: None, gives }
}

const fn post(
    path: &'static str,
    id: &'static str,
    does: (&'static str, &'static str),
    guard: Guard,
    (takes, gives): (&'static str, &'static str),
) -> Operation {
    Operation { method: "POST", path, id, does, guard, query: &[], takes: Some(takes), gives }
}

impl Operation {
    const fn asks(mut self, query: &'static [(&'static str, &'static str, bool)]) -> Self {
        self.query = query;
        self
    }

    /// The part of the platform that it belongs to.
    fn tag(&self) -> &'static str {
        self.path.strip_prefix(BELOW).and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }
}

use Guard::{Open, Session, Signature};

const OPERATIONS: &[Operation] = &[
    get(
        "/api/v1/cases",
        "listCases",
        ("可以查看的办件，新的在前", "Cases that whoever asks may see, the newest first"),
        Session,
        "CaseList",
    )
    .asks(&[("q", "string", false)]),
    get(
        "/api/v1/cases/{no}",
        "readCase",
        ("一个办件，按查看人的权限", "One case, as far as whoever asks may see it"),
        Session,
        "Case",
    ),
    post(
        "/api/v1/cases/{no}/commands",
        "commandCase",
        (
            "对办件提交一个命令；同一编号再次提交得到第一次的答复",
            "Submits a command to a case; the same id again gives the first answer",
        ),
        Session,
        ("CaseCommand", "CaseReceipt"),
    ),
    get(
        "/api/v1/cases/{no}/tasks/{task}/payload",
        "readPayload",
        (
            "本单位环节所需的填报内容；查看留痕",
            "What a task's organ reads of the answers; the look is recorded",
        ),
        Session,
        "Payload",
    )
    .asks(&[("purpose", "string", false)]),
    get(
        "/api/v1/catalogue/reforms",
        "listReforms",
        ("改革事项", "The reforms of the programme"),
        Open,
        "ReformList",
    ),
    get(
        "/api/v1/catalogue/reforms/{number}",
        "readReform",
        ("一个改革事项及其原文", "One reform with its texts"),
        Open,
        "ReformDetail",
    ),
    get(
        "/api/v1/catalogue/services/{reform}/{id}",
        "readService",
        ("一项服务的办理条件、期限和材料", "One service: terms, needs, materials"),
        Open,
        "Service",
    ),
    get(
        "/api/v1/catalogue/packages/{reform}/{id}",
        "readPackage",
        ("一个套餐和一张材料清单", "One package with its one list of materials"),
        Open,
        "Package",
    ),
    get(
        "/api/v1/catalogue/activities/{reform}",
        "findActivities",
        ("按名称查行业活动", "Activities by words"),
        Open,
        "ActivityList",
    )
    .asks(&[("q", "string", false)]),
    get(
        "/api/v1/catalogue/scope",
        "askScope",
        ("某地是否适用某项改革", "Whether a reform applies at a place"),
        Open,
        "ScopeAnswer",
    )
    .asks(&[("reform", "integer", true), ("place", "^[0-9]{6}$", true), ("on", "date", false)]),
    get(
        "/api/v1/catalogue/organs/{place}/{role}",
        "findOrgan",
        ("某地承担某项职责的单位", "The organ that has a role at a place"),
        Open,
        "Organ",
    ),
    get(
        "/api/v1/licences",
        "listLicences",
        ("持有或签发的证照", "Licences held, or issued by one's organ"),
        Session,
        "LicenceList",
    )
    .asks(&[("before", "integer", false)]),
    get(
        "/api/v1/licences/{licence}",
        "readLicence",
        ("一份证照", "One licence"),
        Session,
        "Licence",
    ),
    get(
        "/api/v1/licences/v/{token}",
        "checkLicence",
        ("按二维码内容查验证照", "Checks a licence by the token of its QR code"),
        Open,
        "Verdict",
    ),
    post(
        "/api/v1/licences/verify",
        "checkCopy",
        ("查验一份签名副本", "Checks a signed copy"),
        Open,
        ("Copy", "Verdict"),
    ),
    get(
        "/api/v1/licences/keys",
        "licenceKeys",
        ("签发证照的公钥及其历史", "The public keys that sign licences, with their history"),
        Open,
        "KeySet",
    ),
    get(
        "/api/v1/delivery/inbox",
        "listNotices",
        ("收件箱中的文书", "Notices in the inbox"),
        Session,
        "NoticeList",
    )
    .asks(&[("before", "integer", false)]),
    get(
        "/api/v1/delivery/notices/{notice}",
        "readNotice",
        ("一份文书及其送达情况", "One notice and how it was served"),
        Session,
        "Notice",
    ),
    get(
        "/api/v1/exchange/messages",
        "listMessages",
        ("与伙伴系统往来的消息", "Messages to and from partners"),
        Session,
        "MessageList",
    )
    .asks(&[
        ("partner", "string", false),
        ("direction", "^(sent|received)$", false),
        ("case", "string", false),
        ("before", "string", false),
    ]),
    post(
        "/api/v1/exchange/messages",
        "sendMessage",
        ("伙伴系统发来一条已签名的消息", "A partner hands over a signed message"),
        Signature,
        ("Message", "MessageReceipt"),
    ),
    get(
        "/api/v1/exchange/messages/{message}",
        "readMessage",
        ("一条消息的留痕", "The record of one message"),
        Session,
        "MessageRecord",
    ),
    get(
        "/api/v1/exchange/keys",
        "exchangeKeys",
        ("本平台与伙伴系统往来的公钥及其历史", "Our public keys for exchange, with their history"),
        Open,
        "KeySet",
    ),
    get(
        "/api/v1/evidence",
        "readEvidence",
        (
            "存证日志的状况：大小、落后、检查点、见证方、告警",
            "How the logs of evidence, their witnesses and alarms stand",
        ),
        Session,
        "Evidence",
    ),
    get(
        "/api/v1/evidence/mine",
        "listMyEvidence",
        (
            "与本人有关的全部事件，各附证明",
            "All events that concern whoever asks, each with its proof",
        ),
        Session,
        "OwnEvidence",
    )
    .asks(&[("before", "string", false)]),
    get(
        "/api/v1/evidence/witness/key",
        "witnessKeys",
        (
            "见证和日志的公钥，供登记见证",
            "The keys of witness and log, for agreements on witnessing",
        ),
        Open,
        "WitnessKeys",
    ),
    post(
        "/api/v1/evidence/witness/add-checkpoint",
        "addCheckpoint",
        (
            "提交检查点请求联署（C2SP tlog-witness）",
            "Hands in a checkpoint to be cosigned (C2SP tlog-witness)",
        ),
        Open,
        ("WitnessRequest", "WitnessAnswer"),
    ),
    get(
        "/api/v1/registers/records/{register}/{key}",
        "readRecord",
        (
            "登记簿的一条记载，按查看人的权限；查看留痕",
            "A record of a register as far as whoever asks may see it; the look is recorded",
        ),
        Session,
        "Record",
    )
    .asks(&[
        ("valid", "string", false),
        ("known", "string", false),
        ("purpose", "string", false),
    ]),
    get(
        "/api/v1/property/scan/{token}",
        "scanCertificate",
        ("扫描不动产权证书的二维码", "What the code of a real-estate certificate tells now"),
        Open,
        "Scan",
    ),
    get(
        "/api/v1/property/mine",
        "listMyProperty",
        ("名下不动产", "Real estate that whoever asks holds"),
        Session,
        "OwnProperty",
    ),
    get(
        "/api/v1/property/registrations/{key}",
        "readRegistration",
        ("一件不动产登记的办理进度", "How far a registration of real estate is"),
        Session,
        "Registration",
    ),
    get(
        "/api/v1/ledger/bills",
        "listBills",
        ("本人或者本单位的账单", "Bills of whoever asks, or of an officer's organ"),
        Session,
        "BillList",
    ),
    get(
        "/api/v1/ledger/bills/{order}",
        "readBill",
        ("一张账单，每一行写明规则和依据", "One bill, each line with its rule and basis"),
        Session,
        "Bill",
    ),
    get(
        "/api/v1/ledger/books",
        "listBooks",
        ("本人或者本单位的额度簿", "Quota books of whoever asks, or of an officer's organ"),
        Session,
        "BookList",
    ),
    get(
        "/api/v1/ledger/books/{book}",
        "readBook",
        (
            "一本额度簿：各账户的余额、已核扣和可用",
            "One quota book: what each account holds, reserves and has free",
        ),
        Session,
        "Book",
    ),
    get(
        "/api/v1/ledger/books/{book}/{account}",
        "readAccount",
        (
            "一个账户现在的余额；带 as_of 时是那一时刻的",
            "An account as it stands, or as it stood at `as_of`",
        ),
        Session,
        "BookAccount",
    ),
    get(
        "/api/v1/ledger/books/{book}/{account}/statement",
        "readStatement",
        (
            "一个账户的对账单，每一行都有登记后的余额",
            "The statement of an account, each line with the balance after it",
        ),
        Session,
        "BookStatement",
    ),
    post(
        "/api/v1/ledger/callbacks/{gateway}",
        "reportPayment",
        (
            "支付平台报告到账，签名提交；重复报告不重复入账",
            "A payment gateway reports a payment, signed; reported again it counts once",
        ),
        Signature,
        ("GatewayReport", "GatewayAnswer"),
    ),
    get(
        "/api/v1/penalty/cases",
        "listPenaltyCases",
        ("本海关的处罚案件", "Penalty cases of an officer's customs"),
        Session,
        "PenaltyCaseList",
    )
    .asks(&[("before", "integer", false)]),
    get(
        "/api/v1/penalty/cases/{no}",
        "readPenaltyCase",
        ("一件处罚案件及其文书", "One penalty case with its papers"),
        Session,
        "PenaltyCase",
    ),
    get(
        "/api/v1/credit/entities/{uscc}",
        "readCredit",
        ("一家企业的列入记录和修复条件", "Listings of an enterprise and what its repair needs"),
        Session,
        "Credit",
    ),
    get(
        "/api/v1/credit/entities/{uscc}/verify",
        "verifyCredit",
        ("一家企业今天是否在列", "Whether an enterprise stands on a list today"),
        Open,
        "CreditStanding",
    ),
    get(
        "/api/v1/credit/queue",
        "listRepairs",
        ("本单位待办的修复申请", "Applications for repair that wait for an officer's organ"),
        Session,
        "RepairQueue",
    ),
    get(
        "/api/v1/propagation",
        "listPropagation",
        ("告知出去尚未确认的消息", "Messages that recipients have not confirmed"),
        Session,
        "PropagationList",
    ),
    get(
        "/api/v1/delivery/announcements",
        "listAnnouncements",
        ("公告，签名（JWS）", "Announcements, signed as a JWS"),
        Open,
        "Announcements",
    ),
    get(
        "/api/v1/delivery/announcements/{key}",
        "readAnnouncement",
        ("一则公告，签名（JWS）", "One announcement, signed as a JWS"),
        Open,
        "Announcements",
    ),
    get(
        "/api/v1/delivery/notices/{notice}/attempts",
        "listAttempts",
        ("一份文书的送达经过", "How a notice was served, attempt by attempt"),
        Session,
        "Attempts",
    ),
    post(
        "/api/v1/delivery/reports",
        "reportTexts",
        ("短信网关报告回执，签名提交", "A gateway of text messages reports receipts, signed"),
        Signature,
        ("TextReports", "TextAnswer"),
    ),
];

/// The description, checked against the routes that the site really has.
pub(super) async fn text(site: &Router) -> Result<String> {
    let real: BTreeSet<(String, String)> = routes::of(site)
        .await?
        .into_iter()
        .filter(|(path, _)| path.starts_with(BELOW))
        .flat_map(|(path, methods)| methods.into_iter().map(move |method| (path.clone(), method)))
        .collect();
    let described: BTreeSet<(String, String)> =
        OPERATIONS.iter().map(|one| (one.path.to_owned(), one.method.to_owned())).collect();
    if let Some((path, method)) = real.symmetric_difference(&described).next() {
        let known = described.contains(&(path.clone(), method.clone()));
        bail!(
            "{method} {path} is {}",
            if known { "described and not there" } else { "not described" }
        );
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&document())?))
}

/// The whole description.
fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for one in OPERATIONS {
        let item = paths.entry(one.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(one.method.to_ascii_lowercase(), operation(one));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lianban 联办",
            "version": "1",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "政务服务一站式办理平台的接口。失败一律为 RFC 9457 problem，错误码见 /errors。\n\nThe interface of the platform. Every failure is a problem of RFC 9457; its code has a page under /errors.",
        },
        "paths": paths,
        "components": { "schemas": shapes::all(), "securitySchemes": guards() },
    })
}

fn guards() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-session",
            "description": "登录会话；不经 https 时名为 session。写操作另带 X-CSRF-Token。/ The session of a sign-in; called `session` where the site has no https. Writes bear X-CSRF-Token too.",
        },
        "signature": {
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "RFC 9421 消息签名，含 RFC 9530 Content-Digest 和 Idempotency-Key。/ A message signature of RFC 9421 that covers Content-Digest (RFC 9530) and Idempotency-Key.",
        },
    })
}

fn operation(one: &Operation) -> Value {
    let in_path = one.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(one.query.iter().map(|(name, kind, required)| {
        json!({ "name": name, "in": "query", "required": required, "schema": value(kind) })
    }));
    let kind = |shape: &str| match shape {
        "WitnessRequest" | "WitnessAnswer" => "text/plain",
        "Announcements" => "application/jose",
        _ => "application/json",
    };
    let content = |shape: &str, kind: &str| json!({ kind: { "schema": { "$ref": format!("#/components/schemas/{shape}") } } });
    let problem = json!({
        "description": "problem (RFC 9457)",
        "content": content("Problem", "application/problem+json"),
    });
    let mut told = json!({
        "operationId": one.id,
        "tags": [one.tag()],
        "summary": format!("{} / {}", one.does.0, one.does.1),
        "responses": {
            "200": { "description": "OK", "content": content(one.gives, kind(one.gives)) },
            "default": problem,
        },
    });
    if let Some(fields) = told.as_object_mut() {
        if !parameters.is_empty() {
            fields.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(shape) = one.takes {
            let body = json!({ "required": true, "content": content(shape, kind(shape)) });
            fields.insert("requestBody".to_owned(), body);
        }
        let guard = match one.guard {
            Open => json!([]),
            Session => json!([{ "session": [] }]),
            Signature => json!([{ "signature": [] }]),
        };
        fields.insert("security".to_owned(), guard);
    }
    told
}

/// The shape of a value in a query.
fn value(kind: &str) -> Value {
    match kind {
        "string" | "integer" => json!({ "type": kind }),
        "date" => json!({ "type": "string", "format": "date" }),
        pattern => json!({ "type": "string", "pattern": pattern }),
    }
}

#[cfg(test)]
mod tests;
