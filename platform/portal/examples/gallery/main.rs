//! Writes every part of the page kit as static pages, to be looked at: `cargo run -p portal --example gallery -- FOLDER`.
//!
//! Build `web/` first (`cargo xtask web`); serve the folder with any file server.

mod applicant;
mod merged;
mod officer;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::Lang;
use maud::{Markup, html};
use portal::{Assets, Failure, Frame, NavItem, RequestError, SignedIn};

type Made = Result<(), Box<dyn std::error::Error>>;

fn main() -> Made {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name the folder to write to")?);
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let assets = Arc::new(Assets::from_manifest(&fs::read_to_string(dist.join("manifest.json"))?)?);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in fs::read_dir(dist.join("assets"))? {
        let asset = asset?;
        fs::copy(asset.path(), folder.join("assets").join(asset.file_name()))?;
    }
    for lang in [Lang::Zh, Lang::En] {
        write(&folder, lang, &assets)?;
    }
    Ok(())
}

fn address(lang: Lang, name: &str) -> String {
    format!("/{}/{name}.html", if lang == Lang::Zh { "zh" } else { "en" })
}

fn plain(lang: Lang, assets: &Arc<Assets>, name: &str) -> Frame {
    Frame { assets: Arc::clone(assets), path: address(lang, name), ..Frame::of(lang) }
}

fn founder(lang: Lang, assets: &Arc<Assets>, name: &str) -> Frame {
    let at = |name: &str| address(lang, name);
    let frame = plain(lang, assets, name);
    let party =
        SignedIn { name: frame.t("陈思远", "Chen Siyuan").to_owned(), ..SignedIn::default() };
    let nav = vec![
        NavItem::new(frame.t("办事服务", "Services"), at("start")),
        NavItem::new(frame.t("我的办件", "My cases"), at("case")),
        NavItem::new(frame.t("我的证照", "My licences"), at("none")),
    ];
    Frame { party: Some(party), nav, ..frame }
}

fn clerk(lang: Lang, assets: &Arc<Assets>, name: &str) -> Frame {
    let at = |name: &str| address(lang, name);
    let frame = plain(lang, assets, name);
    let party = SignedIn {
        name: frame.t("王晓岚", "Wang Xiaolan").to_owned(),
        organ: Some(frame.t("南沙区市场监管局", "Nansha Market Supervision").to_owned()),
        role: Some(frame.t("审查员", "reviewer").to_owned()),
        officer: true,
        post: None,
    };
    let nav = vec![
        NavItem { count: Some(12), ..NavItem::new(frame.t("待办", "Worklist"), at("worklist")) },
        NavItem::new(frame.t("督办", "Supervision"), at("supervisor")),
        NavItem::new(frame.t("查询", "Search"), at("none")),
    ];
    let stripe =
        frame.t("演示环境：数据均为虚构", "Demonstration: all data are made up").to_owned();
    Frame { party: Some(party), nav, stripe: Some(stripe), ..frame }
}

fn write(folder: &Path, lang: Lang, assets: &Arc<Assets>) -> Made {
    let at = |name: &str| address(lang, name);
    let frame = |name: &str| plain(lang, assets, name);
    let founder = |name: &str| founder(lang, assets, name);
    let clerk = |name: &str| clerk(lang, assets, name);
    let pages: Vec<(&str, Markup)> = vec![
        ("start", applicant::start(&frame("start"))),
        ("tasks", applicant::tasks(&founder("tasks"))),
        ("fields", applicant::fields(&founder("fields"))),
        ("people", applicant::people(&founder("people"))),
        ("check", applicant::check(&founder("check"))),
        ("done", applicant::done(&founder("done"))),
        ("case", applicant::case(&founder("case"))),
        ("confirm", applicant::confirm(&founder("confirm"))),
        ("verify", applicant::verify(&frame("verify"))),
        ("worklist", officer::worklist(&clerk("worklist"))),
        ("review", officer::review(&clerk("review"))),
        ("supervisor", officer::supervisor(&clerk("supervisor"))),
        ("none", officer::none(&clerk("none"))),
        ("lost", Failure::from(RequestError::NotFound).to_page(&frame("lost"))),
    ];
    let home = folder.join(if lang == Lang::Zh { "zh" } else { "en" });
    fs::create_dir_all(&home)?;
    let index = html! { h1 { "Gallery" } ul { @for (name, _) in &pages { li { a href=(at(name)) { (name) } } } } };
    fs::write(
        home.join("index.html"),
        portal::page(&frame("index"), "Gallery", &index).into_string(),
    )?;
    for (card, page) in merged::cards(&founder("merged"))? {
        fs::write(home.join(format!("merged-{card}.html")), page.into_string())?;
    }
    for (name, page) in pages {
        fs::write(home.join(format!("{name}.html")), page.into_string())?;
    }
    Ok(())
}
