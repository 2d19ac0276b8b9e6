//! Packages: what they prove, and what is found of them when somebody tampers with them.

use crate::stamps::authority;
use crate::story::{self, Files, ORIGIN, Platform, document, failed, story};
use evidence::note::Checkpoint;
use evidence::package::{
    About, BuildError, CheckpointInput, EventInput, InclusionInput, Inputs, Sealer, build,
};
use evidence::verify::{Doubt, Flaw, verify_package};
use evidence::{Overall, Profile, Report, Tree, Trust, Verdict};
use kernel::{Coded as _, Label, Moment};
use module::Clock;
use seals::{Algorithm, Digest, Keys as _, MemoryKeys, Purpose, SecretKey};
use standins::tsa::{KeyKind, Setup, TimeStamping};

pub(crate) fn now() -> Moment {
    module::SystemClock.now()
}

/// Two independent authorities, where `openssl` is installed.
pub(crate) fn two() -> Option<[TimeStamping; 2]> {
    let rsa = Setup { key: KeyKind::Rsa, name: "Second Authority".to_owned(), ..Setup::default() };
    Some([authority(&Setup::default())?, authority(&rsa)?])
}

/// The seven events of the specification, byte for byte.
fn specified() -> Vec<Vec<u8>> {
    [
        ("2024-09-10T09:12:03", "address_confirmed"),
        ("2024-09-13T16:40:00", "notice_issued"),
        ("2024-09-13T23:58:37", "sent"),
        ("2024-09-13T23:58:41", "arrived"),
        ("2024-09-14T08:05:19", "opened"),
        ("2024-09-24T10:00:00", "decision_issued"),
        ("2024-09-24T10:00:09", "arrived"),
    ]
    .iter()
    .enumerate()
    .map(|(n, (at, what))| {
        format!(r#"{{"case":"HG-5100-2024-0137","n":{n},"t":"{at}+08:00","type":"{what}"}}"#).into()
    })
    .collect()
}

/// The package of the specification: seven events under one checkpoint, signed by the key of seed 00…1f.
fn of_specification() -> (Platform, Inputs) {
    let since: Moment = "2024-01-01T00:00:00Z".parse().unwrap();
    let mut platform = Platform::since(since);
    let seed: Vec<u8> = (0..32).collect();
    let secret = SecretKey::from_bytes(Algorithm::Ed25519, &seed).unwrap();
    platform.keys = MemoryKeys::new();
    platform.log = platform.keys.add(Purpose::LOG, secret, since);
    platform.seal =
        platform.keys.generate(Purpose::LICENCES, Algorithm::Es256, since, &[2; 32]).unwrap();
    let mut tree = Tree::in_memory(Profile::Sha256);
    let leaves = specified();
    for leaf in &leaves {
        tree.append(leaf);
    }
    let at: Moment = "2024-09-24T10:01:00+08:00".parse().unwrap();
    let events = (0..)
        .zip(leaves)
        .map(|(index, leaf)| EventInput {
            leaf,
            proof: InclusionInput { index, size: 7, path: tree.inclusion(index, 7).unwrap() },
            label: Label::new("事件", "event"),
        })
        .collect();
    let inputs = Inputs {
        number: "EP-20240924-000001".to_owned(),
        about: About { kind: "case".to_owned(), key: "HG-5100-2024-0137".to_owned() },
        title: Label::new("海关处罚文书送达", "Service of a customs penalty"),
        maker: Label::new("海关5100", "Customs 5100"),
        at,
        profile: Profile::Sha256,
        checkpoints: vec![CheckpointInput {
            note: platform.note(&tree, 7, at),
            stamps: Vec::new(),
        }],
        consistency: Vec::new(),
        events,
        documents: Vec::new(),
        raw: Vec::new(),
        openings: Vec::new(),
        authorities: Vec::new(),
        keys: platform.keys.records().unwrap(),
    };
    (platform, inputs)
}

#[test]
fn s01_to_s04_a_package_of_the_specifications_events_holds_their_very_proofs() {
    let (platform, inputs) = of_specification();
    let mut files = Files::of(&platform.package(&inputs));
    let proof: InclusionInput = serde_json::from_slice(files.get("proofs/3.json")).unwrap();
    let path: Vec<String> = proof.path.iter().map(|hash| seals::hex(hash)).collect();
    assert_eq!(
        path,
        [
            "1ac46b484e69641d101ff8b4ba1e7c6bccc862b7e15befe4d561f4597e8b6bac",
            "d4d7965929c3f7376dc903a2576e1bd3e727ede6a47c5cd94dfd9cb7f1a4cdd0",
            "7a74de312639a0b3c68709e24114b6911066a5493417595690f15935b11938e7",
        ]
    );
    assert_eq!(
        String::from_utf8(files.get("checkpoint.txt").clone()).unwrap(),
        "lianban.example/5100\n7\nF32ZqkXKdKacHpTsUDYpn2Jd114kiEo0ye1tzYoU1lo=\n\n\
         — lianban.example/5100 5oJ4bYkDDjVcnCHchJ/+viyek+t7dGUiaMdTciQY2Lu8ZJT8fbPIer2gFn89bsGNy+vP0Yqx8wH2jTMh7kgaNtRMgAw=\n"
    );
    let report = verify_package(&files.package(), &platform.trust(&[], now()));
    assert_eq!(failed(&report), [""; 0]);
    assert_eq!(report.claim("sequence:case/HG-5100-2024-0137").unwrap().verdict, Verdict::Pass);
    assert_eq!(
        report.claim("time:3").unwrap().verdict,
        Verdict::Unknown(Doubt::NotStamped { event: 3 })
    );
    assert_eq!(report.timeline.len(), 7);
    assert_eq!(
        report.timeline[3].root.as_deref(),
        Some("177d99aa45ca74a69c1e94ec5036299f625dd75e24884a34c9ed6dcd8a14d65a")
    );
}

#[test]
fn s05_a_changed_arrival_fails_as_the_inclusion_of_that_event_alone() {
    let (platform, inputs) = of_specification();
    let mut files = Files::of(&platform.package(&inputs));
    files.replace("events/3.json", "2024-09-13T23:58:41", "2024-09-12T23:58:41");
    // The day before is before event 2, which is another claim; the specification changes the time of all of them.
    let leaf = Profile::Sha256.leaf(files.get("events/3.json"));
    assert!(seals::hex(&leaf).starts_with("5c54697d") && seals::hex(&leaf).ends_with("5860"));
    files.sign_again(&platform, |_manifest| ());
    let report = verify_package(&files.package(), &platform.trust(&[], now()));
    let claim = report.claim("inclusion:3").unwrap();
    assert_eq!(claim.about.en, "inclusion of event 3");
    let Verdict::Fail(Flaw::NotInLog { computed, root, .. }) = &claim.verdict else {
        panic!("{claim:?}");
    };
    assert_eq!(
        computed.as_deref(),
        Some("8538afa5c78df433b5377b728214ef6034e4f2832a8eb7af69937bd7504be722")
    );
    assert_eq!(root, "177d99aa45ca74a69c1e94ec5036299f625dd75e24884a34c9ed6dcd8a14d65a");
    assert_eq!(failed(&report), ["inclusion:3", "sequence:case/HG-5100-2024-0137"]);
}

#[test]
fn same_inputs_give_same_bytes_and_a_package_of_everything_holds() {
    let Some(authorities) = two() else { return };
    let both = [&authorities[0], &authorities[1]];
    let at = now();
    let platform = Platform::since(at.plus_seconds(-60));
    let inputs = story(&platform, &both, at);
    let package = platform.package(&inputs);
    assert_eq!(package, platform.package(&inputs));
    let report = verify_package(&package, &platform.trust(&both, now()));
    assert_eq!(report.overall(), Overall::AllHold, "{:#?}", undecided(&report));
    let ids: Vec<&str> = report.claims.iter().map(|claim| claim.id.as_str()).collect();
    for id in [
        "container",
        "manifest",
        "file:docs/notice.pdf",
        "stamp:tsa/40-tsa-1.tsr",
        "inclusion:7",
        "sequence:notice/HG-5100-2024-0137",
        "time:0",
        "document:raw/smtp-1.txt",
        "opening:openings/0.json",
    ] {
        assert!(ids.iter().any(|known| *known == id || id.starts_with("stamp")), "{id}: {ids:?}");
    }
    // A reader who names nobody: nothing fails, and what rests on the package's own word stays open.
    let alone = verify_package(&package, &Trust::nobody(now()));
    assert_eq!((alone.overall(), failed(&alone)), (Overall::Undecided, vec![]));
    let open = alone.claim(&format!("key:{}", platform.log.id)).unwrap();
    assert!(matches!(open.verdict, Verdict::Unknown(Doubt::KeyNotCompared { .. })));
}

fn undecided(report: &Report) -> Vec<(&str, Option<String>)> {
    let open = report.claims.iter().filter(|claim| claim.verdict != Verdict::Pass);
    open.map(|claim| (claim.id.as_str(), claim.verdict.why().map(|why| why.label().en))).collect()
}

#[test]
fn one_changed_byte_anywhere_is_found_and_named() {
    let Some(authorities) = two() else { return };
    let both = [&authorities[0], &authorities[1]];
    let at = now();
    let platform = Platform::since(at.plus_seconds(-60));
    let package = platform.package(&story(&platform, &both, at));
    let trust = platform.trust(&both, now());
    let entries = Files::of(&package).0;
    assert!(entries.iter().filter(|entry| entry.name.starts_with("events/")).count() >= 7);
    assert!(entries.iter().filter(|entry| entry.name.starts_with("docs/")).count() >= 3);
    // Where the bytes of each file lie: a changed byte in there is told with the file's name.
    let mut at = 0;
    let mut spots: Vec<(usize, Option<&str>)> = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let data = at + 30 + entry.name.len();
        // Every place of a header in one file or another; the archive's own test takes every byte.
        spots.extend((at + n % 13..data).step_by(13).map(|spot| (spot, None)));
        let step = (entry.bytes.len() / 3).max(1);
        let inside = (data..data + entry.bytes.len()).step_by(step);
        spots.extend(inside.map(|spot| (spot, Some(entry.name.as_str()))));
        at = data + entry.bytes.len();
    }
    spots.extend((at..package.len()).step_by(41).map(|spot| (spot, None)));
    for (spot, name) in spots {
        let mut changed = package.clone();
        changed[spot] ^= 0x20;
        let report = verify_package(&changed, &trust);
        let failed = failed(&report);
        assert!(!failed.is_empty(), "byte {spot} ({name:?}) was not found");
        let wanted = match name {
            None => "container".to_owned(),
            Some("manifest.json" | "manifest.jws") => "manifest".to_owned(),
            Some(name) => format!("file:{name}"),
        };
        assert!(failed.contains(&wanted.as_str()), "byte {spot} of {name:?}: {failed:?}");
    }
}

#[test]
fn what_an_insider_changes_and_signs_again_is_told_claim_by_claim() {
    let Some(authorities) = two() else { return };
    let both = [&authorities[0], &authorities[1]];
    let at = now();
    let platform = Platform::since(at.plus_seconds(-60));
    let package = platform.package(&story(&platform, &both, at));
    let trust = platform.trust(&both, now());
    let check = |tamper: &dyn Fn(&mut Files)| {
        let mut files = Files::of(&package);
        tamper(&mut files);
        verify_package(&files.package(), &trust)
    };
    let told =
        |report: &Report| failed(report).iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();

    let gap = check(&|files| {
        files.0.retain(|entry| !["events/4.json", "proofs/4.json"].contains(&entry.name.as_str()));
        files.sign_again(&platform, |manifest| {
            manifest.events.remove(4);
            manifest.files.retain(|file| !file.name.ends_with("/4.json"));
        });
    });
    let sequence = "sequence:notice/HG-5100-2024-0137";
    assert_eq!(told(&gap), [sequence]);
    let Verdict::Fail(flaw) = &gap.claim(sequence).unwrap().verdict else { panic!() };
    assert_eq!((flaw.reason(), flaw.label().en.contains("Event 5")), ("EVENT_GAP", true));

    let paper = check(&|files| {
        files.get("docs/decision.pdf")[100] ^= 1;
        files.sign_again(&platform, |_manifest| ());
    });
    let doubt = Verdict::Unknown(Doubt::NotNamed { file: "docs/decision.pdf".to_owned() });
    assert_eq!(paper.claim("document:docs/decision.pdf").unwrap().verdict, doubt);

    let opened = check(&|files| {
        files.replace("openings/0.json", "13800138000", "13800138001");
        files.sign_again(&platform, |_manifest| ());
    });
    assert_eq!(told(&opened), ["opening:openings/0.json"]);

    let unlisted = check(&|files| {
        let entry = document("more.pdf", "x", 10);
        files.0.push(evidence::package::archive::Entry {
            name: "docs/more.pdf".to_owned(),
            bytes: entry.bytes,
        });
    });
    assert_eq!(told(&unlisted), ["file:docs/more.pdf"]);
    let missing = check(&|files| files.0.retain(|entry| entry.name != "docs/notice.pdf"));
    assert_eq!(told(&missing), ["file:docs/notice.pdf"]);
}

#[test]
fn keys_count_where_they_are_known_and_while_they_were_in_use() {
    let (mut platform, inputs) = of_specification();
    let package = platform.package(&inputs);
    let with =
        |platform: &Platform, package: &[u8]| verify_package(package, &platform.trust(&[], now()));
    assert_eq!(failed(&with(&platform, &package)), [""; 0]);

    // Somebody else's key under the same origin.
    let since: Moment = "2024-01-01T00:00:00Z".parse().unwrap();
    let other = MemoryKeys::new();
    let key = other.generate(Purpose::LOG, Algorithm::Ed25519, since, &[7; 32]).unwrap();
    let mine = std::mem::replace(&mut platform.keys, other);
    let mut checkpoint = inputs.clone();
    let root = Checkpoint::read(evidence::package::note_body(&inputs.checkpoints[0].note).unwrap())
        .unwrap();
    checkpoint.checkpoints[0].note = platform.signed(&root, &key, inputs.at);
    platform.keys = mine;
    let report = with(&platform, &platform.package(&checkpoint));
    let Verdict::Fail(flaw) = &report.claim("checkpoint:7").unwrap().verdict else { panic!() };
    assert_eq!(flaw.reason(), "KEY_UNKNOWN");

    // Retired before the last event, which is before it signed.
    let retired: Moment = "2024-09-20T00:00:00Z".parse().unwrap();
    platform.keys.retire(&platform.log.id, retired).unwrap();
    let report = with(&platform, &package);
    assert_eq!(failed(&report), ["checkpoint:7"]);
    let Verdict::Fail(flaw) = &report.claim("checkpoint:7").unwrap().verdict else { panic!() };
    assert_eq!(flaw.reason(), "KEY_RETIRED");
}

#[test]
fn a_fork_of_the_log_is_a_split_view() {
    let (platform, inputs) = of_specification();
    let package = platform.package(&inputs);
    let mut trust = platform.trust(&[], now());
    let seen = Checkpoint::new(ORIGIN, 7, [1; 32]);
    trust.checkpoints.push(seen);
    let report = verify_package(&package, &trust);
    assert_eq!(failed(&report), ["view:7"]);
    let Verdict::Fail(flaw) = &report.claim("view:7").unwrap().verdict else { panic!() };
    assert_eq!(flaw.reason(), "SPLIT_VIEW");
    trust.checkpoints.clear();
    trust.checkpoints.push(
        Checkpoint::read(evidence::package::note_body(&inputs.checkpoints[0].note).unwrap())
            .unwrap(),
    );
    let report = verify_package(&package, &trust);
    assert_eq!(report.claim("view:7").unwrap().verdict, Verdict::Pass);
}

#[test]
fn s12_a_late_stamp_shows_its_lag_and_an_early_one_that_the_events_time_is_untrue() {
    let Some(authorities) = two() else { return };
    let both = [&authorities[0], &authorities[1]];
    for (shift_s, reason) in [(-3 * 3600, "STAMP_LATE"), (60, "STAMP_BEFORE_EVENT")] {
        let at = now().plus_seconds(shift_s);
        let platform = Platform::since(at.plus_seconds(-60));
        let package = platform.package(&story(&platform, &both, at));
        let report = verify_package(&package, &platform.trust(&both, now()));
        for n in 0..8 {
            let claim = report.claim(&format!("time:{n}")).unwrap();
            let Verdict::Fail(flaw) = &claim.verdict else { panic!("{claim:?}") };
            assert_eq!(flaw.reason(), reason);
            assert!(claim.detail.as_ref().unwrap().en.contains("lag"), "{claim:?}");
        }
        assert_eq!(failed(&report).len(), 8, "all else holds: {:?}", failed(&report));
    }
}

#[test]
fn an_erased_value_leaves_every_proof_as_it_was() {
    let at = now();
    let platform = Platform::since(at.plus_seconds(-60));
    let mut inputs = story(&platform, &[], at);
    let with = platform.package(&inputs);
    // The key of the sealed value is destroyed (个人信息保护法 47): value and salt are gone, and the package is made without.
    inputs.openings.clear();
    let without = platform.package(&inputs);
    let number = b"13800138000";
    assert!(with.windows(number.len()).any(|window| window == number));
    assert!(!without.windows(number.len()).any(|window| window == number));
    let trust = platform.trust(&[], now());
    let (before, after) = (verify_package(&with, &trust), verify_package(&without, &trust));
    assert_eq!(failed(&after), [""; 0]);
    for claim in &before.claims {
        let id = claim.id.as_str();
        if ["inclusion", "checkpoint", "consistency", "sequence", "document"]
            .iter()
            .any(|kind| id.starts_with(kind))
        {
            assert_eq!(after.claim(id).map(|claim| &claim.verdict), Some(&claim.verdict), "{id}");
        }
    }
    assert!(after.claim("opening:openings/0.json").is_none());
}

#[test]
fn what_would_not_hold_is_not_made() {
    let (platform, good) = of_specification();
    let make = |inputs: &Inputs| {
        build(inputs, Sealer { keys: &platform.keys, key: &platform.seal }, Vec::new())
    };
    assert!(make(&good).is_ok());
    let mut changed = vec![good.clone(); 5];
    changed[0].events[3].proof.path[0] = [0; 32];
    changed[1].events.remove(3);
    changed[2].events.clear();
    changed[3].documents = vec![document("../x.pdf", "x", 10)];
    changed[4].documents = vec![document("a.pdf", "x", 10), document("a.pdf", "x", 10)];
    let reasons: Vec<_> = changed.iter().map(|inputs| make(inputs).unwrap_err().reason()).collect();
    let incomplete = "PACKAGE_INCOMPLETE";
    assert_eq!(
        reasons,
        [incomplete, incomplete, incomplete, "PACKAGE_FILE_NAME", "PACKAGE_FILE_NAME"]
    );
    let id = make(&good).unwrap();
    let mut files = Files::of(&platform.package(&good));
    assert_eq!(id.0, Digest::sha256(files.get("manifest.json")));
    assert!(matches!(make(&changed[3]), Err(BuildError::Name { .. })));
}

#[test]
fn a_log_under_sm3_is_packed_and_checked_alike() {
    let at = now();
    let mut platform = Platform::since(at.plus_seconds(-60));
    platform.profile = Profile::Sm3;
    let package = platform.package(&story(&platform, &[], at));
    let trust = platform.trust(&[], now());
    assert_eq!(failed(&verify_package(&package, &trust)), [""; 0]);
    let mut files = Files::of(&package);
    files.replace("events/2.json", "attempt", "Attempt");
    files.sign_again(&platform, |_manifest| ());
    assert_eq!(failed(&verify_package(&files.package(), &trust)), ["inclusion:2"]);
    assert_eq!(story::mobile().1, "+8613800138000");
}
