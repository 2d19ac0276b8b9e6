//! The page in a package that explains it: a timeline in plain words, Chinese first, and a verifier that needs no network.

use super::archive::Entry;
use super::{Inputs, Leaf, Manifest};
use codes::Moment;
use data_encoding::BASE64;
use maud::{DOCTYPE, PreEscaped, html};
use seals::{Digest, PublicKeySet};
use serde_json::json;

/// The verifier of the page.
const SCRIPT: &str = include_str!("statement.js");
/// How the page looks.
const STYLE: &str = include_str!("statement.css");

/// The page.
pub(super) fn page(
    manifest: &Manifest,
    inputs: &Inputs,
    leaves: &[Leaf],
    files: &[Entry],
) -> String {
    let data = data(manifest, inputs, files).to_string().replace('<', "\\u003c");
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (inputs.title.zh) " · " (inputs.number) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.kind { "证据包 · Evidence package" }
                    h1 { (inputs.title.zh) }
                    p lang="en" { (inputs.title.en) }
                    dl {
                        dt { "编号 Number" } dd { (inputs.number) }
                        dt { "事项 About" } dd { (inputs.about.kind) " " (inputs.about.key) }
                        dt { "制作 Made by" } dd { (inputs.maker.zh) " · " span lang="en" { (inputs.maker.en) } }
                        dt { "制作时间 Made at" } dd { (wall(inputs.at)) }
                    }
                }
                section {
                    h2 { "经过 " span lang="en" { "Timeline" } }
                    ol.events {
                        @for (n, (event, leaf)) in inputs.events.iter().zip(leaves).enumerate() {
                            li id={ "e" (n) } {
                                time { (wall(leaf.at)) }
                                b { (event.label.zh) }
                                span lang="en" { (event.label.en) }
                                small { "日志第 " (event.proof.index + 1) " 条，共 " (event.proof.size) " 条 · leaf " (event.proof.index + 1) " of " (event.proof.size) }
                                span.verdict data-claim={ "inclusion:" (n) } { "待核验 · not checked yet" }
                            }
                        }
                    }
                }
                @if !(inputs.documents.is_empty() && inputs.raw.is_empty()) {
                    section {
                        h2 { "文书与原始回执 " span lang="en" { "Documents and raw receipts" } }
                        ul.files {
                            @for paper in manifest.documents.iter().chain(&manifest.raw) {
                                li { b { (paper.title.zh) } span lang="en" { (paper.title.en) } code { (paper.file) } }
                            }
                        }
                    }
                }
                section {
                    h2 { "核验 " span lang="en" { "Checks" } }
                    p { "以下核验在您的电脑上完成，不联网。把整个证据包（ZIP）或者其中的文书拖到这里，可以逐项核对文件。" }
                    p lang="en" { "These checks run on your own computer, without a network. Choose the whole package (ZIP) or single documents to compare every file." }
                    p { input type="file" multiple id="files"; }
                    ul #claims {}
                    noscript { p { "本页需要启用脚本才能自行核验；也可以用命令 lianban verify 核验整个证据包。" } }
                }
                footer {
                    p { "本页只作说明；证明力来自各文件、日志证明、签名和时间戳。完整核验（含时间戳证书）请用：lianban verify 证据包.zip" }
                    p lang="en" { "This page only explains. What proves are the files, the proofs of the log, the signatures and the time-stamps. For the whole check, certificates of time-stamps too: lianban verify PACKAGE.zip" }
                }
                script type="application/json" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// What the verifier of the page works on.
fn data(manifest: &Manifest, inputs: &Inputs, files: &[Entry]) -> serde_json::Value {
    let events: Vec<_> = inputs
        .events
        .iter()
        .map(|event| {
            json!({
                "leaf": BASE64.encode(&event.leaf),
                "index": event.proof.index,
                "size": event.proof.size,
                "path": event.proof.path.iter().map(|hash| seals::hex(hash)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let checkpoints: Vec<_> =
        inputs.checkpoints.iter().map(|checkpoint| checkpoint.note.as_str()).collect();
    let digests: Vec<_> = files
        .iter()
        .map(|entry| json!({"name": entry.name, "sha256": Digest::sha256(&entry.bytes).hex()}))
        .collect();
    json!({
        "hash": manifest.hash,
        "files": digests,
        "events": events,
        "checkpoints": checkpoints,
        "keys": PublicKeySet::new(inputs.keys.clone()),
    })
}

/// An instant as people in China read it.
fn wall(at: Moment) -> String {
    format!("{}（北京时间）", at.wall().to_string().replace('T', " "))
}
