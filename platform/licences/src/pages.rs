//! Pages of licences: the public answer, the way to it, a holder's licences, one licence.

pub(crate) mod share;

use crate::check::{Found, Verdict};
use crate::model::{Ending, State};
use crate::queries::{LicenceRow, Turn};
use codes::Lang;
use maud::{Markup, html};
use portal::{
    Audience, Button, Changes, Choice, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Page,
    Pager, Row, Table, Tone, bullets, card, date_tag, details, empty, facts, history, inset,
    moment_tag, print_button, tag, verdict,
};

/// The answer of a check, in both languages at once, Chinese first unless the reader asked for English.
/// `more` is what modules say of it: how the thing stands that the licence is about.
pub(crate) fn found(frame: &Frame, found: &Found, more: &Markup) -> Markup {
    let lang = frame.lang;
    let title = frame.t("证照核验", "Verify a licence");
    let tone = match found.verdict {
        Verdict::Valid => Tone::Good,
        Verdict::Suspended | Verdict::Expired | Verdict::Replaced => Tone::Time,
        Verdict::Ended | Verdict::Altered => Tone::Loss,
        Verdict::Unknown => Tone::Plain,
    };
    let under = html! {
        @if let Some(since) = found.since {
            p { (frame.t("自 ", "Since ")) (moment_tag(lang, since)) (frame.t(" 起", "")) }
        }
        @if found.verdict == Verdict::Ended && let Some(ending) = &found.ending {
            p { (frame.t("方式：", "By: ")) (ending.get(lang)) }
        }
        p.quiet { (frame.t("查询时间 ", "As of ")) (moment_tag(lang, found.as_of)) }
    };
    let checked: Vec<&str> = found.checked.iter().map(|line| line.get(lang)).collect();
    let body = html! {
        (verdict(tone, &found.answer, lang, &under))
        (advice(frame, found))
        (more)
        (content(frame, found))
        @if found.versions.len() > 1 { (versions(frame, found)) }
        @if found.history.len() > 1 { (way(frame, found)) }
        @if !checked.is_empty() {
            h2 { (frame.t("如何核验", "How it was checked")) }
            (bullets(&checked))
        }
        @if let Some(statement) = &found.statement { (by_yourself(frame, found, &statement.token)) }
        p.acts { (print_button(lang)) a href="/verify" { (frame.t("核验另一份证照", "Check another licence")) } }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

fn advice(frame: &Frame, found: &Found) -> Markup {
    let text = match found.verdict {
        Verdict::Unknown => frame.t(
            "没有查到这份证照。请核对网址或二维码是否完整；如确信无误，请向签发单位核实，不要仅凭纸面信任。",
            "Nothing is known under this code. See whether address or QR code is whole; if it is, ask the issuing organ and do not rely on the paper.",
        ),
        Verdict::Altered => frame.t(
            "这份内容与签发单位签署的不一致，请勿依据它办事。",
            "This is not what the issuing organ signed. Do not rely on it.",
        ),
        Verdict::Valid
        | Verdict::Suspended
        | Verdict::Ended
        | Verdict::Replaced
        | Verdict::Expired => return html! {},
    };
    inset(&html! {
        p { (text) }
        @if let Some(token) = &found.original {
            p { a href={ "/v/" (token) } { (frame.t("查看原件的当前状态", "See the original as it stands now")) } }
        }
    })
}

fn content(frame: &Frame, found: &Found) -> Markup {
    let lang = frame.lang;
    let Some(statement) = &found.statement else { return html! {} };
    let mut known = vec![
        Fact::new(frame.t("证照编号", "Number"), html! { (statement.number) }),
        Fact::new(frame.t("发证机关", "Issued by"), html! { (statement.issuer.name) }),
        Fact::new(frame.t("发证日期", "Issued on"), date_tag(lang, statement.issued_on)),
        Fact::new(
            frame.t("有效期", "Valid"),
            html! {
                (date_tag(lang, statement.valid_from)) (frame.t(" 至 ", " to "))
                @match statement.valid_to {
                    Some(last) => (date_tag(lang, last)),
                    None => (frame.t("长期", "no end")),
                }
            },
        ),
    ];
    // What stands above already is not shown twice.
    let above = ["licence_no", "number", "organ_name", "issued_on", "valid_from", "valid_to"];
    let mut lines: Vec<_> =
        statement.lines.iter().filter(|line| !above.contains(&line.key.as_str())).collect();
    lines.sort_by_key(|line| rank(&line.key));
    known.extend(
        lines.iter().map(|line| Fact::new(line.label.get(lang), html! { (line.value.get(lang)) })),
    );
    html! { h1 { (statement.title.get(lang)) } (facts(lang, &known)) }
}

/// The place of a line: whom it is about first, then what, then the rest in the order of the statement.
fn rank(key: &str) -> usize {
    const FIRST: [&str; 7] = [
        "enterprise_name",
        "uscc",
        "enterprise_type",
        "legal_representative",
        "registered_capital",
        "establishment_date",
        "address",
    ];
    FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len())
}

fn versions(frame: &Frame, found: &Found) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (frame.t("换发记录", "Versions")) }
        ol.links {
            @for version in &found.versions {
                li aria-current=[version.asked.then_some("true")] {
                    @match (&version.token, version.asked) {
                        (Some(token), false) => a href={ "/v/" (token) } { (version.number) },
                        _ => b { (version.number) },
                    }
                    " · " (date_tag(lang, version.issued_on)) " · " (version.state.label().get(lang))
                }
            }
        }
    }
}

/// How the licence came to stand as it does.
fn way(frame: &Frame, found: &Found) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (frame.t("状态记录", "How it came to stand so")) }
        ol.links {
            @for step in &found.history { li { (moment_tag(lang, step.at)) " · " (step.what.get(lang)) } }
        }
    }
}

fn by_yourself(frame: &Frame, found: &Found, token: &str) -> Markup {
    let digests = found.statement.as_ref().map(|statement| {
        vec![
            Fact::new(
                frame.t("文书内容摘要", "Digest of the text"),
                html! { code { (statement.text_digest) } },
            ),
            Fact::new(
                frame.t("PDF 文件摘要", "Digest of the PDF"),
                html! { code { (statement.pdf_digest) } },
            ),
            Fact::new(
                frame.t("签名密钥", "Signing key"),
                html! {
                    code { (found.key.as_deref().unwrap_or_default()) }
                    @if let Some(state) = &found.key_state { " " (state.get(frame.lang)) }
                },
            ),
        ]
    });
    details(
        frame.t("自行核验", "Check it yourself"),
        &html! {
            p { (frame.t(
                "下载签名内容（JWS），用签发单位公布的公钥验证；PDF 的 SHA-256 摘要应与下列一致。",
                "Download the signed content (JWS) and verify it with the published keys; the SHA-256 of the PDF should be the one below.",
            )) }
            p {
                a href={ "/v/" (token) "/licence.jws" } { (frame.t("签名内容", "Signed content")) } " · "
                a href="/api/v1/licences/keys" { (frame.t("公钥", "Public keys")) } " · "
                a href="/licences/roots.pem" { (frame.t("印章根证书", "Root of the seals")) } " · "
                a href={ "/v/" (token) "/check" } { (frame.t("比对您手上的文件", "Compare the file you hold")) }
            }
            @if let Some(digests) = &digests { (facts(frame.lang, digests)) }
        },
    )
}

/// The way to a check, for who has no camera at hand or a signed copy.
pub(crate) fn verify(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let title = frame.t("证照核验", "Verify a licence");
    let one_line = Control::Text { max: Some(300), autocomplete: None, inputmode: None };
    let copy = Control::Area { max: Some(260_000), lines: 6 };
    let body = html! {
        h1 { (title) }
        p.lead { (frame.t(
            "扫描证照上的二维码即可核验；也可以在这里输入二维码下方的网址。无需登录。",
            "Scan the QR code of the licence, or type the address that it stands for. No sign-in is needed.",
        )) }
        form method="get" action="/verify" {
            (Field::new(lang, "code", frame.t("二维码网址或核验码", "Address or code"), one_line).required(true))
            div.acts { (Button::main(frame.t("核验", "Verify"), "code")) }
        }
        h2 { (frame.t("核验文件", "Check a file")) }
        (share::file_form(frame, "/verify"))
        h2 { (frame.t("核验文本", "Check a text")) }
        form method="post" action="/verify" {
            (Field::new(lang, "copy", frame.t("签名内容、出示凭证或离线码文本", "Signed content, a presentation, or the text of an offline code"), copy)
                .hint(frame.t("粘贴全部文本，一个字符也不要改。", "Paste all of it, without a change.")).required(true))
            div.acts { (Button::second(frame.t("核验文本", "Check the text"), "copy")) }
        }
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// The licences of whoever is signed in: of a party, or of an officer's organ.
pub(crate) fn list(frame: &Frame, rows: &[LicenceRow], organ: bool, limit: u32) -> Markup {
    let lang = frame.lang;
    let title = if organ {
        frame.t("本单位签发的证照", "Licences of this organ")
    } else {
        frame.t("我的证照", "My licences")
    };
    let columns = vec![
        Column::new(frame.t("证照", "Licence")),
        Column::new(frame.t("编号", "Number")),
        Column::new(frame.t("发证机关", "Issued by")),
        Column::new(frame.t("发证日期", "Issued on")),
        Column::new(frame.t("有效期至", "Valid to")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.title.get(lang)) },
                html! { (row.number) },
                html! { (row.order.issuer.name) },
                date_tag(lang, row.issued_on),
                html! {
                    @match row.order.valid_to {
                        Some(last) => (date_tag(lang, last)),
                        None => (frame.t("长期", "no end")),
                    }
                },
                state_tag(lang, row.state),
            ])
            .href(format!("/licences/{}", row.licence))
        })
        .collect();
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| format!("/licences?before={}", last.issued_at.us()));
    let nothing = empty(
        frame.t("还没有证照", "No licences yet"),
        frame.t(
            "各单位签发的电子证照会出现在这里，可随时下载，也可供他人扫码核验。",
            "Licences that organs issue appear here, to be downloaded and checked by anybody.",
        ),
        None,
    );
    let table =
        Table::new(lang, title, columns, lines).pager(Pager { first: None, next }).empty(nothing);
    Page::new(title).render(frame, &html! { h1 { (title) } (table) })
}

/// One licence: what it is, how it stands, its history, and the organ's acts.
pub(crate) fn licence(
    frame: &Frame,
    row: &LicenceRow,
    turns: &[Turn],
    (may_act, may_show): (bool, bool),
) -> Markup {
    let lang = frame.lang;
    let title = row.title.get(lang);
    let known = [
        Fact::new(frame.t("证照编号", "Number"), html! { (row.number) }),
        Fact::new(frame.t("发证机关", "Issued by"), html! { (row.order.issuer.name) }),
        Fact::new(frame.t("发证日期", "Issued on"), date_tag(lang, row.issued_on)),
        Fact::new(
            frame.t("状态", "State"),
            html! { (state_tag(lang, row.state)) " " (frame.t("自 ", "since ")) (moment_tag(lang, row.since)) (frame.t(" 起", "")) },
        ),
    ];
    let body = html! {
        h1 { (title) }
        (facts(lang, &known))
        @match (&row.document, &row.token) {
            (Some(_), Some(token)) => p.acts {
                (Button::link(frame.t("下载证照（PDF）", "Download (PDF)"), format!("/licences/{}/document.pdf", row.licence)))
                (Button::second_link(frame.t("公开核验页", "Public page"), format!("/v/{token}")))
                @if may_show { (Button::second_link(frame.t("出示证照", "Show this licence"), format!("/licences/{}/present", row.licence))) }
            },
            _ => (inset(&html! { p { (frame.t("证照正在签章，请稍后刷新。", "The licence is being signed; reload shortly.")) } })),
        }
        @if may_act && row.document.is_some() { (acts(frame, row)) }
        h2 { (frame.t("历史", "History")) }
        (course(frame, turns))
        @if may_show {
            p { a href={ "/evidence/mine?of=licence/" (row.licence) } { (frame.t("查看每一步的存证证明", "Proof of each step")) } }
        }
    };
    Page::new(title).crumb(frame.t("证照", "Licences"), "/licences").render(frame, &body)
}

fn acts(frame: &Frame, row: &LicenceRow) -> Markup {
    let lang = frame.lang;
    let ground = || {
        html! {
            input type="hidden" name=(EXPECTED_VERSION) value=(row.version);
            (Field::new(lang, "reason", frame.t("事由", "Reason"), Control::Area { max: Some(500), lines: 3 }).required(true))
            (Field::text(lang, "article", frame.t("依据的条款", "Article")).required(true))
        }
    };
    let action = format!("/licences/{}", row.licence);
    let endings = Ending::ALL.map(|by| Choice::new(by.word(), by.label().get(lang))).to_vec();
    let by = Control::Select { choices: endings, search: false };
    html! {
        @if row.state == State::Valid {
            (card(&html! { (frame.t("暂停", "Suspend")) }, &html! {
                form method="post" action=(action) { (ground()) (Button::second(frame.t("暂停", "Suspend"), "suspend")) }
            }))
        }
        @if row.state == State::Suspended {
            (card(&html! { (frame.t("恢复", "Resume")) }, &html! {
                form method="post" action=(action) { (ground()) (Button::main(frame.t("恢复", "Resume"), "resume")) }
            }))
        }
        @if row.state != State::Ended {
            (card(&html! { (frame.t("撤销、吊销、注销", "End")) }, &html! {
                form method="post" action=(action) {
                    (Field::new(lang, "by", frame.t("方式", "By"), by).required(true))
                    (ground())
                    (Button::loss(frame.t("办理", "End it"), "end").confirm(frame.t("办理后不能恢复，确定吗？", "This cannot be undone. Go on?")))
                }
            }))
        }
    }
}

/// What happened to a licence, with reason and article.
fn course(frame: &Frame, turns: &[Turn]) -> Markup {
    let lang = frame.lang;
    let changes: Vec<Changes> = turns
        .iter()
        .map(|turn| {
            let what = turn.ending.map_or_else(|| turn.label(), Ending::label);
            Changes {
                at: turn.at,
                what: html! {
                    (what.get(lang))
                    @if let Some(reason) = &turn.reason { (frame.t("：", ": ")) (reason) }
                },
                who: turn.article.clone(),
            }
        })
        .collect();
    history(lang, &changes)
}

pub(crate) fn state_tag(lang: Lang, state: State) -> Markup {
    let tone = match state {
        State::Valid => Tone::Good,
        State::Preparing => Tone::Plain,
        State::Suspended | State::Replaced | State::Expired => Tone::Time,
        State::Ended => Tone::Loss,
    };
    tag(tone, state.label().get(lang))
}
