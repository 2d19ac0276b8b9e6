//! The layout of every page: head, header, way back, content, footer.

use codes::Lang;
use maud::{DOCTYPE, Markup, html};

use crate::frame::{Frame, NavItem};
use crate::lang::{pick, switch_href};

/// For whom a page is set: large and in one column, or dense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// People who apply (申请人): 18 px, one column.
    #[default]
    Applicant,
    /// Officers (工作人员): 15 px, the whole width.
    Officer,
}

impl Audience {
    const fn class(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Officer => "officer",
        }
    }
}

/// A page under construction: title, way back, audience.
#[derive(Clone, Debug, Default)]
pub struct Page {
    title: String,
    crumbs: Vec<Crumb>,
    audience: Option<Audience>,
    wide: bool,
    failed: bool,
    sheet: Option<Sheet>,
}

/// One step of the way back (面包屑).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// The text in the language of the page.
    pub label: String,
    /// The address.
    pub href: String,
}

/// What the printed sheet bears at its head: a number, the day, a QR code.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The number of the case, document or list.
    pub number: String,
    /// The day of printing, as people read it.
    pub date: String,
    /// The QR code as SVG, if the sheet can be checked.
    pub qr: Option<Markup>,
}

impl Page {
    /// A page with a title; officers who are signed in get the dense setting unless told otherwise.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a step of the way back; the page itself is not one.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: href.into() });
        self
    }

    /// Sets the page for these readers, whoever is signed in.
    #[must_use]
    pub const fn audience(mut self, audience: Audience) -> Self {
        self.audience = Some(audience);
        self
    }

    /// Uses the whole width: matrices, boards, maps.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Says in the title of the window that something on the page has to be put right.
    #[must_use]
    pub const fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// What the printed page bears at its head.
    #[must_use]
    pub fn sheet(mut self, sheet: Sheet) -> Self {
        self.sheet = Some(sheet);
        self
    }

    /// The whole document.
    #[must_use]
    pub fn render(self, frame: &Frame, body: &Markup) -> Markup {
        let lang = frame.lang;
        let officer = if frame.is_officer() { Audience::Officer } else { Audience::Applicant };
        let audience = self.audience.unwrap_or(officer);
        let main_class = if self.wide { "wide" } else { "" };
        html! {
            (DOCTYPE)
            html lang=(lang.tag()) data-theme=[frame.theme.attribute()] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="format-detection" content="telephone=no";
                    title {
                        @if self.failed { (pick(lang, "请改正：", "Please correct: ")) }
                        (self.title) " · " (pick(lang, "联办", "Lianban"))
                    }
                    link rel="icon" href=(frame.assets.href("icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(frame.assets.href("styles.css"));
                    script type="module" src=(frame.assets.href("main.js")) {}
                }
                body class=(audience.class()) {
                    a.skip href="#main" { (pick(lang, "跳到正文", "Skip to the content")) }
                    (header(frame))
                    @if !self.crumbs.is_empty() { (crumbs(lang, &self.crumbs)) }
                    @if let Some(sheet) = &self.sheet { (print_head(lang, sheet)) }
                    main #main class=(main_class) tabindex="-1" { (body) }
                    (footer(frame))
                }
            }
        }
    }
}

/// A page with a title and a body, set for whoever is signed in.
#[must_use]
pub fn page(frame: &Frame, title: &str, body: &Markup) -> Markup {
    Page::new(title).render(frame, body)
}

fn header(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let other = match lang {
        Lang::Zh => (Lang::En, "English", "en"),
        Lang::En => (Lang::Zh, "中文", "zh-CN"),
    };
    html! {
        header.top {
            @if let Some(stripe) = &frame.stripe { p.stripe { (stripe) } }
            div.bar {
                a.brand href="/" {
                    (mark())
                    span.name { (pick(lang, "联办", "Lianban")) }
                    span.line { (pick(lang, "一次申请，多家并联", "One application, all departments") ) }
                }
                div.who {
                    @match &frame.party {
                        Some(party) => {
                            span.person {
                                a href="/identity" title=(frame.t("账号与授权", "Account and mandates")) { b { (party.name) } }
                                @if let Some(organ) = &party.organ { " " span { (organ) } }
                                @if let Some(role) = &party.role { " " span { (role) } }
                            }
                            form method="post" action="/sign-out" { button.plain type="submit" { (frame.t("退出", "Sign out")) } }
                        }
                        None => a href="/sign-in" { (frame.t("登录", "Sign in")) },
                    }
                    a.tongue href=(switch_href(&frame.path, other.0)) lang=(other.2) hreflang=(other.2) { (other.1) }
                }
            }
            @if !frame.nav.is_empty() {
                nav.bar aria-label=(frame.t("主导航", "Main")) { ul { @for item in &frame.nav { (nav_item(frame, item)) } } }
            }
        }
    }
}

fn nav_item(frame: &Frame, item: &NavItem) -> Markup {
    let current = item.is_current(&frame.path).then_some("page");
    html! {
        li {
            a href=(item.href) aria-current=[current] {
                (item.label)
                @if let Some(count) = item.count {
                    " " span.count { (count) span.away { (frame.t("件待办", " waiting")) } }
                }
            }
        }
    }
}

/// The sign of the house: strokes that run side by side and end in one.
fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false" {
            path d="M5 8h9a5 5 0 0 1 5 5v6a5 5 0 0 0 5 5h3" {}
            path d="M5 16h22" {}
            path d="M5 24h9a5 5 0 0 0 5-5v-6a5 5 0 0 1 5-5h3" {}
        }
    }
}

fn crumbs(lang: Lang, crumbs: &[Crumb]) -> Markup {
    html! {
        nav.crumbs aria-label=(pick(lang, "所在位置", "You are here")) {
            ol { @for crumb in crumbs { li { a href=(crumb.href) { (crumb.label) } } } }
        }
    }
}

fn print_head(lang: Lang, sheet: &Sheet) -> Markup {
    html! {
        div.sheet aria-hidden="true" {
            div {
                p.name { (pick(lang, "联办", "Lianban")) }
                p { (pick(lang, "编号 ", "No. ")) b { (sheet.number) } }
                p { (pick(lang, "打印日期 ", "Printed on ")) (sheet.date) }
            }
            @if let Some(qr) = &sheet.qr { div.qr { (qr) } }
        }
    }
}

fn footer(frame: &Frame) -> Markup {
    let links = [
        ("/", frame.t("改革事项", "Reforms")),
        ("/verify", frame.t("证照核验", "Verify a licence")),
        ("/evidence/verify", frame.t("证据包核验", "Check an evidence package")),
        ("/follow", frame.t("凭回执查询进度", "Follow a case")),
        ("/delivery/board", frame.t("公告栏", "Public notices")),
        ("/help", frame.t("使用帮助", "Help")),
        ("/accessibility", frame.t("无障碍说明", "Accessibility")),
        ("/privacy", frame.t("个人信息保护", "Privacy")),
    ];
    html! {
        footer.foot {
            div.bar {
                ul { @for (href, label) in links { li { a href=(href) { (label) } } } }
                p { (frame.t(
                    "时间均为北京时间。法定期限与承诺期限分别列明。",
                    "All times are Beijing time. Statutory limits and promised limits are shown apart.",
                )) }
            }
        }
    }
}
