//! Pages of address confirmations: the party's form on its phone, the officer's counter, what was signed.

use super::decide::AddressShown;
use super::queries::ConfirmationRow;
use super::{AddressKind, Confirmation, STATEMENT, Standing};
use codes::{Lang, Moment};
use documents::{QrLevel, qr_svg};
use maud::{Markup, PreEscaped, html};
use portal::{
    Audience, Button, Choice, Column, Control, Fact, Failure, Field, Frame, Page, Row, Step,
    StepState, Table, Tone, bullets, empty, error_summary, facts, inset, moment_tag, panel, steps,
    tag, verdict,
};
use std::collections::BTreeMap;

/// What the party typed, opened for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    pub(crate) addresses: BTreeMap<u32, String>,
    pub(crate) in_force: Vec<(AddressKind, String)>,
    pub(crate) postal: String,
}

/// Parts of the form that are finished, of five; the last is the signature.
fn finished(state: &Confirmation) -> usize {
    let signed = state.standing() == Standing::InForce && state.open_until().is_none();
    if signed { 5 } else { 4 - state.missing().len() }
}

fn done(state: &Confirmation, item: &str) -> StepState {
    if state.missing().contains(&item) { StepState::Open } else { StepState::Done }
}

/// The party's form: five parts on one page, each saved by itself.
pub(crate) fn form(
    frame: &Frame,
    row: &ConfirmationRow,
    state: &Confirmation,
    values: &Values,
    path: &str,
    failure: Option<&Failure>,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("电子送达地址确认书", "Confirm where you are served");
    let part = |label: &str, id: &str, item: &str| Step {
        label: label.to_owned(),
        hint: None,
        href: format!("#{id}"),
        state: done(state, item),
    };
    let parts = [
        part(frame.t("送达地址", "Addresses"), "addresses", "addresses"),
        part(frame.t("文书范围", "Sorts of documents"), "scopes", "scopes"),
        part(frame.t("法律后果告知", "Consequences"), "consequence", "consequence"),
        part(frame.t("邮寄地址（备用）", "Postal address"), "postal", "postal_address"),
    ];
    let body = html! {
        @if let Some(failure) = failure {
            (error_summary(lang, [("main", failure.label.get(lang))]))
        }
        h1 { (title) }
        (inset(&html! {
            p { (row.organ_name) (frame.t("请您确认接收文书的电子地址。是否同意由您自己决定；不同意的，文书以书面方式送达，不影响您的任何权利。",
                " asks you to confirm where it may serve you electronically. It is your own choice; without your consent you are served on paper, and lose no right.")) }
        }))
        (steps(lang, &parts))
        h2 #addresses { (frame.t("一、送达地址", "1. Addresses")) }
        (addresses(frame, state, values, path))
        h2 #scopes { (frame.t("二、同意电子送达的文书", "2. What you consent to")) }
        (scopes(frame, state, path))
        h2 #consequence { (frame.t("三、法律后果告知", "3. The consequences")) }
        (consequence(frame, state, path))
        h2 #postal { (frame.t("四、邮寄地址（备用）", "4. Postal address, in reserve")) }
        form method="post" action=(path) {
            (Field::new(lang, "postal", frame.t("邮寄地址与收件人", "Address and addressee"), Control::Area { max: Some(200), lines: 2 })
                .value(values.postal.as_str()).required(true))
            div.acts { (Button::second(frame.t("保存", "Save"), "postal")) }
        }
        h2 #sign { (frame.t("五、签名", "5. Sign")) }
        (sign(frame, state, path))
        h2 { (frame.t("不同意", "Say no")) }
        form method="post" action=(path) {
            (Field::text(lang, "reason", frame.t("理由", "Reason")))
            div.acts { (Button::loss(frame.t("我不同意电子送达", "I do not consent"), "refuse")) }
        }
    };
    Page::new(title).audience(Audience::Applicant).failed(failure.is_some()).render(frame, &body)
}

fn addresses(frame: &Frame, state: &Confirmation, values: &Values, path: &str) -> Markup {
    let lang = frame.lang;
    let kinds = AddressKind::ALL.map(|kind| Choice::new(kind.word(), kind.label().get(lang)));
    html! {
        @for address in state.addresses_shown() {
            (address_panel(frame, &address, values, path))
        }
        form method="post" action=(path) {
            (Field::new(lang, "kind", frame.t("地址种类", "Kind"), Control::Select { choices: kinds.to_vec(), search: false }).required(true))
            (Field::new(lang, "value", frame.t("地址", "Address"), Control::Text { max: Some(254), autocomplete: None, inputmode: None })
                .hint(frame.t("手机号、邮箱等；平台账号无需填写。先填的先送达。", "Number or address; leave empty for your account here. The first is tried first.")))
            div.acts { (Button::second(frame.t("添加并发送验证码", "Add and send a code"), "address")) }
        }
    }
}

fn address_panel(frame: &Frame, address: &AddressShown, values: &Values, path: &str) -> Markup {
    let lang = frame.lang;
    let kind = address.kind.label();
    let value = values.addresses.get(&address.no).map(String::as_str).unwrap_or_default();
    let name = format!("code_{}", address.no);
    let target = |verb: &str| format!("{verb}:{}", address.no);
    panel(
        kind.get(lang),
        &html! {
            p {
                @if address.kind != AddressKind::Account { b { (value) } " " }
                @if address.verified.is_some() { (tag(Tone::Good, frame.t("已核验", "Proven"))) }
                @else { (tag(Tone::Time, frame.t("待核验", "Not proven yet"))) }
            }
            form method="post" action=(path) {
                @if address.verified.is_none() {
                    (Field::new(lang, name, frame.t("验证码（10分钟内有效）", "Code, good for 10 minutes"),
                        Control::Text { max: Some(6), autocomplete: Some("one-time-code"), inputmode: Some("numeric") }))
                }
                div.acts {
                    @if address.verified.is_none() {
                        (Button::second(frame.t("核验", "Check"), target("code")))
                        (Button::plain(frame.t("重新发送", "Send again"), target("resend")).unchecked())
                    }
                    (Button::plain(frame.t("删除", "Remove"), target("drop")).unchecked())
                }
            }
        },
    )
}

/// Nothing is ticked but what the party ticked.
fn scopes(frame: &Frame, state: &Confirmation, path: &str) -> Markup {
    let lang = frame.lang;
    let offered = state.capture().map(|capture| capture.scopes.as_slice()).unwrap_or_default();
    let choices = offered
        .iter()
        .map(|scope| Choice::new(scope.key.as_str(), scope.label.get(lang)))
        .collect();
    let mut field = Field::new(
        lang,
        "scope",
        frame.t("逐项勾选同意电子送达的文书", "Tick each sort that may be served electronically"),
        Control::Checks(choices),
    );
    for scope in state.chosen() {
        field = field.value(scope.as_str());
    }
    html! {
        form method="post" action=(path) {
            (field.required(true))
            div.acts { (Button::second(frame.t("保存", "Save"), "scopes")) }
        }
    }
}

fn consequence(frame: &Frame, state: &Confirmation, path: &str) -> Markup {
    let (begun, read) = state.reading();
    let lines = [
        frame.t("文书到达您确认的地址之日即为送达之日，您是否打开不影响送达。", "The day on which a document reaches an address that you confirm is the day of service, whether or not you open it."),
        frame.t("陈述申辩、听证、复议、诉讼和缴款的期限自送达次日起算，逾期可能丧失权利。", "Terms for your statement, a hearing, review, suit and payment run from the day after; a right may be lost with its term."),
        frame.t("地址变更的，请及时办理变更；变更前送达的仍然有效。", "Change your address here when it changes; what was served before stays served."),
        frame.t("您可以随时撤回同意，撤回只对以后的文书有效；也可以随时要求纸质文书，送达日期不变。", "You may withdraw for later documents at any time, and may ask for paper; the day of service stays."),
        frame.t("您能证明文书实际到达时间不同的，以证明的时间为准。", "If you prove that a document arrived at another time, that time counts."),
    ];
    html! {
        @if read {
            p { (tag(Tone::Good, frame.t("已阅读", "Read"))) }
        } @else if begun {
            (inset(&html! {
                (bullets(&lines))
                p.quiet { (frame.t("依据：行政处罚法第六十一条，民事诉讼法第九十条及其司法解释。说明版本 ", "Ground: Administrative Penalty Law art. 61; Civil Procedure Law art. 90. Version "))
                    (STATEMENT.trim_start_matches("address-confirmation-")) }
            }))
            form method="post" action=(path) {
                p.hint { (frame.t("请阅读15秒以上再继续。", "Please read for 15 seconds at the least.")) }
                (Button::second(frame.t("我已完整阅读并了解", "I have read and understood it"), "finish_reading"))
            }
        } @else {
            form method="post" action=(path) {
                (Button::second(frame.t("打开法律后果告知", "Open the explanation"), "begin_reading"))
            }
        }
    }
}

fn sign(frame: &Frame, state: &Confirmation, path: &str) -> Markup {
    let lang = frame.lang;
    let missing = state.missing();
    let Some(form) = state.form_digest().filter(|_| missing.is_empty()) else {
        return html! { p { (frame.t("完成以上各项后签名。", "Finish the parts above, then sign.")) } };
    };
    html! {
        @if !state.identified() {
            p { (tag(Tone::Time, frame.t("请办案人员先核对您的身份证件", "The officer compares you with your document first"))) }
        }
        form method="post" action=(path) enctype="multipart/form-data" {
            input type="hidden" name="form" value=(form);
            @for scope in state.chosen() { input type="hidden" name="signed_scope" value=(scope); }
            (Field::new(lang, "signature", frame.t("手写签名的照片", "A picture of your signature"), Control::File { accept: "image/png,image/jpeg".to_owned(), multiple: false })
                .hint(frame.t("在纸上签名后拍照，或者上传手写板图片。", "Sign on paper and take a picture, or bring one from a tablet.")).required(true))
            p.quiet { (frame.t("确认书摘要 ", "Digest of the form ")) code.digest { (form) } }
            div.acts { (Button::main(frame.t("签名并确认", "Sign and confirm"), "sign")) }
        }
    }
}

/// The link is over: signed, refused, or run out.
pub(crate) fn over(frame: &Frame, state: &Confirmation) -> Markup {
    let lang = frame.lang;
    let title = frame.t("电子送达地址确认书", "Confirm where you are served");
    let (tone, under) = match state.standing() {
        Standing::InForce => (Tone::Good, frame.t(
            "今后的文书将按您确认的地址送达。登录后可以查看、变更或者撤回。",
            "Later documents are served at the addresses that you confirmed. Sign in to see, change or withdraw them.",
        )),
        Standing::Refused => (Tone::Plain, frame.t("文书将以书面方式送达。", "You are served on paper.")),
        _ => (Tone::Time, frame.t("请向办案人员索取新的二维码。", "Ask the officer for a new code.")),
    };
    let body = html! {
        h1 { (title) }
        (verdict(tone, &state.standing().label(), lang, &html! { p { (under) } }))
    };
    Page::new(title).audience(Audience::Applicant).render(frame, &body)
}

/// What a party confirmed, with the ways to change it and to take it back.
pub(crate) fn signed(
    frame: &Frame,
    row: &ConfirmationRow,
    state: &Confirmation,
    values: &Values,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("电子送达地址确认书", "Confirmed addresses");
    let path = format!("/delivery/confirmations/{}", row.confirmation);
    let open = state.open_until().is_some();
    let body = html! {
        h1 { (title) }
        p { (row.organ_name) " " (standing_tag(lang, row.standing)) }
        @if !values.in_force.is_empty() {
            (facts(lang, &values.in_force.iter().map(|(kind, value)| {
                let value = if *kind == AddressKind::Account { "✓" } else { value.as_str() };
                Fact::new(kind.label().get(lang), html! { (value) })
            }).collect::<Vec<_>>()))
        }
        @if open { p { (Button::link(frame.t("继续填写", "Go on"), format!("/delivery/capture/{}", row.confirmation))) } }
        @if row.standing == Standing::InForce {
            form method="post" action=(path) {
                div.acts {
                    (Button::second(frame.t("变更地址", "Change"), "change"))
                    (Button::loss(frame.t("撤回同意", "Withdraw consent"), "withdraw")
                        .confirm(frame.t("撤回后，以后的文书将以书面方式送达。", "Later documents will be served on paper.")))
                }
            }
        }
    };
    Page::new(title)
        .crumb(frame.t("地址确认书", "Confirmations"), "/delivery/confirmations")
        .render(frame, &body)
}

fn standing_tag(lang: Lang, standing: Standing) -> Markup {
    let tone = match standing {
        Standing::InForce => Tone::Good,
        Standing::Capturing => Tone::Active,
        Standing::Refused | Standing::Withdrawn => Tone::Loss,
        Standing::Ended | Standing::Lapsed => Tone::Plain,
    };
    tag(tone, standing.label().get(lang))
}

/// The list of an organ or of a party.
pub(crate) fn list(frame: &Frame, rows: &[ConfirmationRow]) -> Markup {
    let lang = frame.lang;
    let title = frame.t("电子送达地址确认书", "Confirmed addresses");
    let columns = vec![
        Column::new(frame.t("案件", "Matter")),
        Column::new(frame.t("单位", "Organ")),
        Column::new(frame.t("发起时间", "Started")),
        Column::new(frame.t("状态", "State")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            Row::new(vec![
                html! { (row.origin.1) },
                html! { (row.organ_name) },
                moment_tag(lang, row.started_at),
                standing_tag(lang, row.standing),
            ])
            .href(format!("/delivery/confirmations/{}", row.confirmation))
        })
        .collect();
    let nothing = empty(
        frame.t("还没有地址确认书", "Nothing here yet"),
        frame.t(
            "办案人员为案件发起地址采集后，会出现在这里。",
            "They appear once an officer starts one for a case.",
        ),
        None,
    );
    let body = html! { h1 { (title) } (Table::new(lang, title, columns, lines).empty(nothing)) };
    Page::new(title).render(frame, &body)
}

/// The officer's counter: the code to scan, a ring that fills as the party goes on, what only an officer does.
pub(crate) fn counter(
    frame: &Frame,
    row: &ConfirmationRow,
    state: &Confirmation,
    link: &str,
    by_hand: &[(AddressKind, String)],
    now: Moment,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("电子送达地址采集", "Capture of addresses");
    let open = state.open_until().filter(|until| now < *until);
    let path = format!("/delivery/confirmations/{}", row.confirmation);
    let missing: Vec<&str> =
        state.missing().into_iter().map(|item| item_label(frame, item)).collect();
    let body = html! {
        h1 { (title) }
        p { (row.origin.1) " " (standing_tag(lang, row.standing)) }
        (ring(frame, finished(state)))
        @if let Some(until) = open {
            (panel(frame.t("请当事人扫码，在自己的手机上填写", "The party scans this and goes on with its own phone"), &html! {
                @if let Ok(svg) = qr_svg(link, QrLevel::Medium) { svg width="240" height="240" role="img" aria-label=(frame.t("采集链接二维码", "The link as a QR code")) { (PreEscaped(svg)) } }
                p.quiet { (frame.t("链接有效至 ", "Good until ")) (moment_tag(lang, until)) }
                p { a href=(path) { (frame.t("刷新进度", "Look again")) } }
            }))
            @if !missing.is_empty() {
                p { (frame.t("尚未完成：", "Still missing:")) }
                (bullets(&missing))
            }
            @for (kind, code) in by_hand {
                (inset(&html! { p { (frame.t("请以", "Send by ")) (kind.label().get(lang)) (frame.t("向当事人发送验证码 ", " the code ")) b.code { (code) } } }))
            }
            @if state.identified() {
                p { (tag(Tone::Good, frame.t("身份已核对", "Identity checked"))) }
            } @else {
                form method="post" action=(path) {
                    (Field::text(lang, "document", frame.t("核对的身份证件", "Document compared")).value(frame.t("居民身份证", "Resident identity card")).required(true))
                    div.acts { (Button::main(frame.t("人证一致", "It is the person"), "identify")) }
                }
            }
            form method="post" action=(path) {
                (Field::text(lang, "reason", frame.t("当事人不同意的，记录其理由", "If the party says no, its reason")).required(true))
                div.acts { (Button::second(frame.t("记录不同意", "Record the refusal"), "refused")) }
            }
        } @else if row.standing == Standing::InForce {
            form method="post" action=(path) {
                (Field::text(lang, "reason", frame.t("案件及其救济程序已结束", "The matter and its review are over")).required(true))
                div.acts { (Button::second(frame.t("终止确认书", "End the confirmation"), "end")) }
            }
        }
    };
    Page::new(title)
        .crumb(frame.t("地址确认书", "Confirmations"), "/delivery/confirmations")
        .audience(Audience::Officer)
        .render(frame, &body)
}

fn item_label<'a>(frame: &Frame, item: &'a str) -> &'a str {
    match item {
        "addresses" => frame.t("至少一个已核验的地址", "an address that is proven"),
        "scopes" => frame.t("文书范围", "a sort of documents"),
        "consequence" => frame.t("法律后果告知", "the consequences"),
        "postal_address" => frame.t("邮寄地址", "the postal address"),
        other => other,
    }
}

/// A ring of five parts.
fn ring(frame: &Frame, finished: usize) -> Markup {
    let told = format!("{finished}/5");
    let name = format!("{}{told}", frame.t("已完成 ", "Finished: "));
    // The ring is 100 long, so that a part is 20.
    let dash = format!("{} 100", finished * 20);
    html! {
        svg.ring viewBox="0 0 36 36" width="96" height="96" role="img" aria-label=(name) {
            circle cx="18" cy="18" r="15.9155" fill="none" stroke="currentColor" stroke-opacity="0.15" stroke-width="3" {}
            circle cx="18" cy="18" r="15.9155" fill="none" stroke="currentColor" stroke-width="3" stroke-dasharray=(dash) transform="rotate(-90 18 18)" {}
            text x="18" y="21" font-size="8" text-anchor="middle" fill="currentColor" { (told) }
        }
    }
}
