//! What everybody may fetch, what is for auditors, what a party finds; and a reader of another author.

use crate::bed::{Bed, Wanted, auditor, party, shard};
use crate::witness::{serve, serve_on};
use axum::http::StatusCode;
use evidence::{Profile, Proof, parse_note};
use kernel::{Actor, Shard};
use module::{Denied, Gate, Platform, Resource};
use std::sync::Arc;

async fn filled(count: u32) -> Bed {
    let bed = Wanted::plain().made().await;
    bed.bed.gate().forbid(None, "evidence.entries");
    bed.bed.gate().allow(Some(&auditor()), "evidence.entries");
    bed.note(&shard(), "a", "p", count).await;
    bed.log.publish(&shard()).await.expect("published");
    bed
}

#[tokio::test]
async fn checkpoint_and_hash_tiles_are_everybodys_and_entries_the_auditors() {
    let bed = filled(600).await;
    let get = async |actor: &Actor, path: &str| {
        bed.bed.request(actor, "GET", &format!("/evidence/log/440100/{path}"), None).await
    };
    let reply = get(&Actor::Public, "checkpoint").await;
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(reply.header("cache-control"), "max-age=5");
    let keys = bed.log.verifier_keys(&shard()).unwrap();
    let checkpoint = parse_note(&reply.body, &keys).unwrap();
    assert_eq!(checkpoint.size, 600);
    assert_eq!(get(&Actor::Public, "keys").await.text(), format!("{}\n", keys[0]));
    for (path, bytes) in
        [("tile/0/000", 8_192), ("tile/0/002.p/88", 88 * 32), ("tile/1/000.p/2", 64)]
    {
        let reply = get(&Actor::Public, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.body.len(), bytes, "{path}");
        assert_eq!(reply.header("content-type"), "application/octet-stream");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
    }
    for path in ["tile/0/002", "tile/0/002.p/89", "tile/2/000", "tile/0/0", "tile/x/000"] {
        assert_eq!(get(&Actor::Public, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let refused = get(&Actor::Public, "tile/entries/000").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&party("p"), "tile/entries/000").await.status, StatusCode::FORBIDDEN);
    let reply = get(&auditor(), "tile/entries/002.p/88").await;
    assert_eq!(reply.header("cache-control"), "private, max-age=31536000, immutable");
    let first = u16::from_be_bytes([reply.body[0], reply.body[1]]);
    let leaf = &reply.body[2..2 + usize::from(first)];
    let of_leaf = bed.log.inclusion(&shard(), 512, 600).unwrap().leaf;
    assert_eq!(Profile::Sha256.leaf(leaf), of_leaf);
    let other = bed.bed.request(&Actor::Public, "GET", "/evidence/log/999999/checkpoint", None);
    assert_eq!(other.await.json()["reason"], "LEAF_UNKNOWN");
}

#[tokio::test]
async fn proofs_are_given_for_any_size() {
    let bed = filled(70).await;
    let get = async |path: &str| {
        bed.bed.request(&Actor::Public, "GET", &format!("/evidence/log/440100/{path}"), None).await
    };
    let hash = |value: &serde_json::Value| -> evidence::Hash {
        data(value.as_str().unwrap()).try_into().unwrap()
    };
    let told = get("inclusion?index=3&size=7").await.json();
    let path: Vec<_> = told["path"].as_array().unwrap().iter().map(hash).collect();
    assert!(evidence::verify_inclusion(&hash(&told["leaf"]), 3, 7, &path, &hash(&told["root"])));
    let told = get("consistency?old=7").await.json();
    assert_eq!(told["new"], 70);
    let path: Vec<_> = told["proof"].as_array().unwrap().iter().map(hash).collect();
    let (old, new) = (hash(&told["old_root"]), hash(&told["new_root"]));
    assert!(evidence::verify_consistency(7, 70, &old, &new, &path));
    let reply = get("70/proof").await;
    assert!(reply.header("content-disposition").contains("440100-70.tlog-proof"));
    let proof: Proof = reply.text().parse().unwrap();
    assert_eq!(proof.index, 69);
    for beyond in ["inclusion?index=70&size=70", "inclusion?index=1&size=71", "71/proof", "0/proof"]
    {
        let reply = get(beyond).await;
        assert_eq!(reply.json()["code"], "EVD-0001", "{beyond}: {}", reply.text());
    }
}

fn data(text: &str) -> Vec<u8> {
    // Standard base64 as the routes write it, turned into what `seals` reads.
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    seals::from_base64url(&plain).expect("base64")
}

/// What `access.cedar` says of events, in Rust.
struct OwnOnly;

impl Gate for OwnOnly {
    fn judge(&self, actor: &Actor, action: &'static str, on: &dyn Resource) -> Result<(), Denied> {
        let (kind, id) = on.entity();
        match actor {
            Actor::Party { party, .. } if on.parties().contains(&party.to_string()) => Ok(()),
            Actor::Officer { role, .. } if role == "auditor" => Ok(()),
            Actor::Public => Err(Denied::SignedOut),
            _ => Err(Denied::NotEntitled { action, kind, id }),
        }
    }
}

#[tokio::test]
async fn a_party_finds_its_events_with_proofs_and_nobody_elses() {
    let bed = filled(5).await;
    bed.note(&shard(), "b", "q", 7).await;
    bed.note(&Shard::new("440300"), "c", "p", 2).await;
    let reply = bed.bed.request(&party("p"), "GET", "/api/v1/evidence/mine", None).await;
    let told = reply.json();
    assert_eq!(told["total"], 7);
    for one in told["events"].as_array().unwrap() {
        let proof: Proof = one["proof"].as_str().unwrap().parse().unwrap();
        let shard = Shard::new(one["shard"].as_str().unwrap());
        let keys = bed.log.verifier_keys(&shard).unwrap();
        let leaf = one["leaf"].as_str().unwrap();
        assert!(leaf.contains(r#""party":"p""#));
        proof.verify(Profile::Sha256, leaf.as_bytes(), &keys).unwrap();
    }
    let page = bed.bed.request(&party("p"), "GET", "/evidence/mine", None).await;
    assert!(page.text().contains("/evidence/log/440300/2"));
    // The page of an event: the party's own, with its path; not another's, and not for whoever is not signed in.
    let own = bed.bed.request(&party("p"), "GET", "/evidence/log/440100/3", None).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text().contains("<svg"), "{}", own.text());
    let entry = bed.bed.request(&party("p"), "GET", "/evidence/log/440100/3/entry", None).await;
    assert_eq!(entry.json()["seq"], 3);
    // The gate of a testbed knows no policies: one that does is told whose each event is.
    for (actor, position, status) in [
        (party("p"), "3", 200),
        (party("p"), "6", 403),
        (party("p"), "6/entry", 403),
        (party("p"), "99", 403),
        (party("q"), "6", 200),
        (Actor::Public, "3", 401),
        (Actor::Public, "99", 401),
        (auditor(), "6", 200),
        (auditor(), "99", 404),
    ] {
        let platform = Platform { gate: Arc::new(OwnOnly), ..bed.platform().clone() };
        let address = serve_on(&bed, platform, actor.clone()).await;
        let url = format!("http://{address}/evidence/log/440100/{position}");
        let reply = reqwest::get(url).await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{actor:?} {position}");
    }
    let any = bed.bed.request(&auditor(), "GET", "/evidence/log/440100/6", None).await;
    assert_eq!(any.status, StatusCode::OK);
    assert!(any.text().contains("等待下一个检查点"), "not published yet");
}

#[tokio::test]
async fn the_page_tells_how_the_log_stands() {
    let bed = filled(5).await;
    let page = bed.bed.request(&auditor(), "GET", "/evidence", None).await.text();
    assert!(page.contains("440100") && page.contains("没有告警"), "{page}");
    let told = bed.bed.request(&auditor(), "GET", "/api/v1/evidence", None).await.json();
    assert_eq!(told["logs"][0]["size"], 5);
    assert_eq!(told["logs"][0]["published_size"], 5);
}

/// A reader of another author over the real routes: `aics-tlog`, from the index of Python packages.
#[tokio::test]
async fn a_reader_of_another_author_accepts_checkpoint_tiles_and_entries() {
    let Some(python) = testbed::python(&["aics_tlog"]) else { return };
    let bed = filled(700).await;
    for n in 0..5 {
        bed.note(&shard(), "a", "p", 13 * n).await;
    }
    bed.log.publish(&shard()).await.unwrap();
    let key = bed.log.verifier_keys(&shard()).unwrap()[0].to_string();
    for actor in [auditor(), Actor::Public] {
        let address = serve(&bed, actor.clone()).await;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_log.py");
        let entries = if actor == auditor() { "entries" } else { "hashes" };
        let mut command = tokio::process::Command::new(&python);
        command.args([script, &format!("http://{address}/evidence/log/440100"), &key, entries]);
        let output = command.kill_on_drop(true).output().await.unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}{wrong}");
        let bundles = if actor == auditor() { 4 } else { 0 };
        assert_eq!(told.trim(), format!("size 830, 5 tiles, {bundles} bundles, proofs hold"));
    }
}
