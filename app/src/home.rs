//! Home and help.

use crate::site::Site;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use maud::{Markup, html};
use portal::{Button, Frame, Page, Query};
use serde::Deserialize;

pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/help", get(help))
        .route("/accessibility", get(accessibility))
        .route("/privacy", get(privacy))
        .with_state(site)
}

#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn home(State(site): State<Site>, frame: Frame, Query(search): Query<Search>) -> Markup {
    let body = html! {
        div.hero {
            h1 { (frame.t("一张表，一次提交，各部门并联办理", "One form, handed in once, handled in parallel")) }
            p.lead {
                (frame.t(
                    "开办企业的营业执照、印章、税务、社保、医保、公积金、银行开户和后续许可，一次填报，同时办理，电子证照当场送达。",
                    "Business licence, seals, tax, insurance, housing fund, bank account and follow-on permits: fill in once, handled at the same time, signed licences delivered at once."))
            }
            p { (Button::link(frame.t("开办企业", "Set up an enterprise"), "/packages/28/setup/start")) }
        }
        (catalogue::pages::search_box(&frame, &search.q))
        @if search.q.is_empty() { (catalogue::pages::home_entries(&frame, &site.catalogue)) }
        (catalogue::pages::home_reforms(&frame, &site.catalogue, &search.q))
    };
    Page::new(frame.t("联办：政务服务一站式办理", "Lianban: government services in one place"))
        .render(&frame, &body)
}

fn text_page(frame: &Frame, title: (&str, &str), paragraphs: &[(&str, &str)]) -> Markup {
    let body = html! {
        h1 { (frame.t(title.0, title.1)) }
        @for (zh, en) in paragraphs { p { (frame.t(zh, en)) } }
    };
    Page::new(frame.t(title.0, title.1)).render(frame, &body)
}

async fn help(frame: Frame) -> Markup {
    text_page(
        &frame,
        ("帮助", "Help"),
        &[
            (
                "选择要办的事，先看办理条件、时限和材料清单，再开始填报。填报内容自动保存，可以随时离开，换一台设备接着填。",
                "Choose what to apply for, read conditions, time limits and the list of materials, then begin. What you fill in is saved as you go; you can leave and go on elsewhere.",
            ),
            (
                "提交后，在“我的办件”可以看到每个部门办到哪一步、还剩几个工作日、为什么有的日子不计入期限。",
                "After submission, My cases shows how far each department is, how many working days are left, and why some days do not count.",
            ),
            (
                "对决定不服的，决定书写明理由、依据和救济途径。",
                "A refusal states its reason, its legal ground and what you can do about it.",
            ),
        ],
    )
}

async fn accessibility(frame: Frame) -> Markup {
    text_page(
        &frame,
        ("无障碍声明", "Accessibility"),
        &[
            (
                "本平台按照 WCAG 2.2 AA 级和 GB/T 37668-2019 建设：只用键盘可以完成全部操作，不依赖颜色传达含义，不开启脚本也能使用。",
                "The platform follows WCAG 2.2 AA and GB/T 37668-2019: everything works by keyboard, colour alone never carries meaning, and pages work without scripts.",
            ),
            (
                "如果某个页面对您有障碍，请联系窗口工作人员，我们会代您填报并改进页面。",
                "If a page is a barrier for you, please ask at the window: we fill it in for you and mend the page.",
            ),
        ],
    )
}

async fn privacy(frame: Frame) -> Markup {
    text_page(
        &frame,
        ("个人信息保护", "Privacy"),
        &[
            (
                "每个部门只看到其表单要求的内容（个人信息保护法第六条）。每一次查看都有记录，您可以在“谁看过我的信息”中看到。",
                "Each organ sees only what its own form asks for (Personal Information Protection Law, art. 6). Every look is recorded, and you can see it.",
            ),
            (
                "填报内容加密保存，密钥按办件区分；依法删除时销毁密钥，任何副本都无法再读取。",
                "What you fill in is sealed under a key of its case; when it is erased by law the key is destroyed and no copy can be read.",
            ),
        ],
    )
}
