//! Materials: what is uploaded, judged by its bytes and sealed under the key of its case.

use super::Filled;
use crate::command::CaseCommand;
use crate::desk::{Loaded, key_of};
use crate::error::DeskError;
use crate::http::{Visit, answer, see};
use crate::pages::applicant::page_of;
use crate::planning::{awaits_prior, prior_slots};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use blobs::{Accept, BlobId, ContentType};
use codes::{Coded as _, Label};
use maud::{Markup, html};
use portal::{Button, Control, Failure, Field, Path, Posted, Tone, error_summary, tag};

/// One slot as the page shows it.
struct Slot {
    id: String,
    label: Label,
    confirmable: bool,
    /// A prior approval, which may also come when the case is handed in already.
    prior: bool,
}

/// What a material is called.
pub(crate) fn label(filled: &Filled, slot: &str) -> Label {
    filled.definition.material_label(&filled.plan, slot)
}

fn slots(filled: &Filled) -> Vec<Slot> {
    let asked = filled.definition.materials(&filled.plan).into_iter().map(|m| Slot {
        label: label(filled, &m.slot),
        id: m.slot,
        confirmable: m.confirmable,
        prior: false,
    });
    let prior = prior_slots(&filled.plan).map(|(id, label)| Slot {
        id,
        label: label.clone(),
        confirmable: true,
        prior: true,
    });
    asked.chain(prior).collect()
}

/// The page of materials.
pub(crate) async fn materials(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.fill").await?;
    let filled = Filled::of(&visit, loaded).await?;
    page(&visit, &filled, None)
}

fn page(visit: &Visit, filled: &Filled, wrong: Option<(&str, &Label)>) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = visit.t("材料", "Materials");
    let slots = slots(filled);
    let case = &filled.loaded.case;
    let body = html! {
        @if let Some((slot, label)) = wrong { (error_summary(lang, [(slot, label.get(lang))])) }
        h1 { (title) }
        @if slots.is_empty() {
            p { (visit.t("这个办件不需要上传材料。", "This case needs no uploads.")) }
        } @else {
            p { (visit.t(
                "其他材料由平台从表单生成、由登记信息或者实名核验代替，不用您提供。",
                "Everything else is written from the form, known from registers, or replaced by real-name verification.",
            )) }
        }
        @for slot in &slots { (slot_box(visit, filled, slot, wrong)?) }
        div.acts { (Button::link(visit.t("继续：核对", "Continue: check your answers"), format!("/cases/{}/check", case.no))) }
    };
    let page = page_of(visit, &filled.loaded, title).failed(wrong.is_some());
    Ok(page.render(&visit.frame, &body))
}

fn slot_box(
    visit: &Visit,
    filled: &Filled,
    slot: &Slot,
    wrong: Option<(&str, &Label)>,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let case = &filled.loaded.case;
    let at = format!("/cases/{}/materials/{}", case.no, slot.id);
    let confirmed = slot.confirmable && case.confirmed.contains(&slot.id);
    let kept = case.materials.contains_key(&slot.id);
    let wanted = case.tasks.values().any(|task| {
        task.wanted.as_ref().is_some_and(|wanted| wanted.items.iter().any(|i| i.what == slot.id))
    });
    let error = wrong.filter(|(id, _)| *id == slot.id).map(|(_, label)| label.get(lang));
    let accept = "application/pdf,image/jpeg,image/png".to_owned();
    let field =
        Field::new(lang, &slot.id, slot.label.get(lang), Control::File { accept, multiple: false })
            .required(!confirmed && !slot.prior)
            .hint(if slot.prior {
                visit.t(
                    "前置审批文件，PDF、JPG 或 PNG。可以先提交申请，取得批准后在这里上传；交齐后登记机关开始办理。",
                    "A prior approval, PDF, JPG or PNG. You may submit first and upload it here once you have it; the registration begins when all are here.",
                )
            } else {
                visit.t("PDF、JPG 或 PNG，不超过 20 MB。", "PDF, JPG or PNG, 20 MB at most.")
            })
            .error(error);
    let state = html! {
        @if confirmed { p { (tag(Tone::Good, visit.t("已由登记信息核实，不用上传", "Confirmed by a register, no upload needed"))) } }
        @if kept { p { (tag(Tone::Good, visit.t("已上传", "Uploaded"))) " " a href=(at) { (visit.t("查看", "View it")) } } }
    };
    let open = filled.drafting() || wanted || awaits_prior(&filled.plan, case, &slot.id);
    Ok(html! {
        section.material aria-label=(slot.label.get(lang)) {
            @if !open { h2 { (slot.label.get(lang)) } (state) }
            @if open {
                form method="post" action=(at) enctype="multipart/form-data" {
                    (visit.stamp(&filled.loaded)?)
                    (field)
                    (state)
                    div.acts { (Button::second(if kept { visit.t("换一份", "Replace it") } else { visit.t("上传", "Upload") }, "upload")) }
                }
            }
        }
    })
}

/// Takes an upload.
pub(crate) async fn upload(
    visit: Visit,
    Path((no, slot)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.fill").await?;
    let plan = loaded.plan()?;
    let definition = visit.desk.definition(&plan)?;
    let asked = definition.materials(&plan).iter().any(|material| material.slot == slot);
    if !asked && !prior_slots(&plan).any(|(prior, _)| prior == slot) {
        return Err(DeskError::SlotUnknown(slot).into());
    }
    let judged = match posted.files.iter().find(|file| file.field == slot) {
        Some(file) => match Accept::MATERIAL.check(&file.bytes) {
            Ok(_kind) => Ok(file.bytes.clone()),
            Err(error) => Err((error.status(), error.label())),
        },
        None => Err((DeskError::FileMissing.status(), DeskError::FileMissing.label())),
    };
    let bytes = match judged {
        Ok(bytes) => bytes,
        Err((status, label)) => {
            let filled = Filled::of(&visit, loaded).await?;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            return Ok(answer(status, page(&visit, &filled, Some((&slot, &label)))?));
        }
    };
    let blob = visit.desk.vault.seal(&key_of(&loaded.case.no), &bytes).await?.0;
    let command = CaseCommand::AttachMaterial { slot, blob };
    visit.send(&loaded, "case.fill", &posted, &command).await?;
    let wanted = loaded.case.tasks.iter().find(|(_, task)| task.wanted.is_some());
    Ok(see(&match wanted {
        Some((task, _)) => {
            format!("/cases/{}/supplement/{}", loaded.case.no, crate::http::in_path(task))
        }
        None => format!("/cases/{}/materials", loaded.case.no),
    }))
}

/// An uploaded file, for the party itself.
pub(crate) async fn material(
    visit: Visit,
    Path((no, slot)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.read").await?;
    let bytes = opened(&visit, &loaded, &slot).await?;
    Ok(file(&bytes, &slot))
}

async fn opened(visit: &Visit, loaded: &Loaded, slot: &str) -> Result<Vec<u8>, Failure> {
    let blob = loaded.case.materials.get(slot);
    let blob = blob.ok_or_else(|| DeskError::SlotUnknown(slot.to_owned()))?;
    let content = visit.desk.vault.open(&key_of(&loaded.case.no), &BlobId(blob.clone())).await?;
    Ok(content.to_vec())
}

/// A file as what its bytes say that it is, never as something that a browser runs.
pub(crate) fn file(bytes: &[u8], name: &str) -> Response {
    let (kind, end) = match ContentType::of(bytes) {
        Some(ContentType::Pdf) => (ContentType::Pdf.media_type(), "pdf"),
        Some(ContentType::Png) => (ContentType::Png.media_type(), "png"),
        Some(ContentType::Jpeg) => (ContentType::Jpeg.media_type(), "jpg"),
        None => ("application/octet-stream", "bin"),
    };
    let safe: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{safe}.{end}\"")),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes.to_vec()).into_response()
}
