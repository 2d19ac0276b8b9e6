//! How pages look: what axe finds, whether they fit, and a picture of each, in both languages, on a desk and on a phone, in
//! the light and in the dark.

use crate::browser::Browser;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The widths at which a page is looked at.
const WIDTHS: [u32; 2] = [1280, 390];
/// The width that a desk has left at 200 %.
const ZOOMED: u32 = 640;
/// Pictures are not taller than this.
const TALLEST: u64 = 6_000;

/// What was found wrong, page by page.
pub(crate) struct Looks {
    axe: String,
    pictures: PathBuf,
    pub(crate) faults: Vec<String>,
}

impl Looks {
    /// With axe of `web/node_modules`; `None` if it is not there, which is noted.
    pub(crate) fn open() -> Option<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let Ok(axe) = std::fs::read_to_string(here.join("../web/node_modules/axe-core/axe.min.js"))
        else {
            testbed::leave_out("axe-core");
            return None;
        };
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        std::fs::create_dir_all(&pictures).unwrap();
        Some(Self { axe, pictures, faults: Vec::new() })
    }

    /// Looks at a page in both languages.
    pub(crate) async fn at(&mut self, browser: &Browser, name: &str, path: &str) {
        for lang in ["en", "zh"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            browser.go(&format!("{path}{mark}lang={lang}")).await;
            self.here(browser, name, lang).await;
        }
    }

    /// Looks at a page on a desk in Chinese, in the light and in the dark, and on a phone in English.
    pub(crate) async fn glance(&mut self, browser: &Browser, name: &str, path: &str) {
        let mark = if path.contains('?') { '&' } else { '?' };
        for (lang, width) in [("zh", WIDTHS[0]), ("en", WIDTHS[1])] {
            browser.resize(width, 900).await;
            browser.go(&format!("{path}{mark}lang={lang}")).await;
            let title = format!("{name}-{lang}-{width}");
            self.runs_axe(browser, &title).await;
            self.fits(browser, &title).await;
            self.takes(browser, &title, width).await;
            if lang == "zh" {
                browser.run("document.documentElement.dataset.theme = 'dark'", vec![]).await;
                self.runs_axe(browser, &format!("{title}-dark")).await;
            }
        }
        browser.resize(WIDTHS[0], 900).await;
    }

    /// Looks at the page that is open.
    pub(crate) async fn here(&mut self, browser: &Browser, name: &str, lang: &str) {
        for width in WIDTHS {
            browser.resize(width, 900).await;
            let title = format!("{name}-{lang}-{width}");
            self.runs_axe(browser, &title).await;
            self.fits(browser, &title).await;
            self.takes(browser, &title, width).await;
            // Colours do not depend on the language.
            if lang == "zh" {
                browser.run("document.documentElement.dataset.theme = 'dark'", vec![]).await;
                self.runs_axe(browser, &format!("{title}-dark")).await;
                self.takes(browser, &format!("{title}-dark"), width).await;
                browser.run("delete document.documentElement.dataset.theme", vec![]).await;
            }
        }
        browser.resize(ZOOMED, 900).await;
        self.fits(browser, &format!("{name}-{lang}-{ZOOMED}")).await;
        browser.resize(WIDTHS[0], 900).await;
    }

    /// Notes what axe finds.
    async fn runs_axe(&mut self, browser: &Browser, title: &str) {
        let script = format!("{};{RUN}", self.axe);
        let found = browser.client.execute_async(&script, vec![]).await.unwrap();
        let found: Vec<String> = serde_json::from_value(found).unwrap();
        self.faults.extend(found.into_iter().map(|fault| format!("{title}: {fault}")));
    }

    /// Notes what is wider than the window.
    async fn fits(&mut self, browser: &Browser, title: &str) {
        let wide = browser.run(TOO_WIDE, vec![]).await;
        if wide != json!([]) {
            self.faults.push(format!("{title}: wider than the window: {wide}"));
        }
    }

    /// Takes a picture of the whole page.
    async fn takes(&self, browser: &Browser, title: &str, width: u32) {
        let height = browser.run("return document.documentElement.scrollHeight", vec![]).await;
        let height = height.as_u64().unwrap_or(900).clamp(600, TALLEST);
        browser.resize(width, u32::try_from(height).unwrap()).await;
        let picture = browser.client.screenshot().await.unwrap();
        std::fs::write(self.pictures.join(format!("{title}.png")), picture).unwrap();
        browser.resize(width, 900).await;
    }

    /// Nothing was found.
    pub(crate) fn are_good(&self) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
    }
}

/// Runs every rule of axe on the page.
const RUN: &str = "
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  (told) => done(told.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join('; ')}`)),
  (error) => done([String(error)]),
);
";

/// The elements that make a page wider than its window.
const TOO_WIDE: &str = "
if (document.documentElement.scrollWidth <= window.innerWidth) return [];
return [...document.querySelectorAll('main *, header *, footer *')]
  .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll'))
  .slice(0, 3).map((e) => `${e.tagName}.${e.className}`);
";
