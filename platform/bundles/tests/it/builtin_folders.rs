//! The folders that come with the program are sound.

use bundles::{Files, Wrong, check, load};
use catalogue::definition::ServiceKey;

#[test]
fn the_built_in_folders_are_sound() {
    let report = check(&Files::builtin());
    let told: Vec<String> = report
        .faults
        .iter()
        .filter(|fault| !matches!(fault.wrong, Wrong::ClauseUnshown { .. }))
        .map(|fault| format!("{fault}\n    {}", fault.hint().en))
        .collect();
    assert!(told.is_empty(), "{} faults:\n{}", told.len(), told.join("\n"));
    assert_eq!(report.services, 11);
}

#[test]
fn the_package_of_reform_28_merges_as_its_spec_prints() {
    let bundles = load(&Files::builtin()).unwrap();
    let setup = ServiceKey::new(28, "setup");
    let facts = bundles.catalogue.merge_facts(&setup).unwrap();
    assert_eq!((facts.separate, facts.merged), (296, 107));
    let (_, package) = bundles.catalogue.package(&setup).unwrap();
    let names = package.services.iter().chain(&package.add_ons);
    let keys: Vec<ServiceKey> = names.map(|name| ServiceKey::within(28, name).unwrap()).collect();
    let all = bundles.merged(28, &keys).unwrap();
    assert_eq!((all.gain.separate, all.gain.merged()), (425, 152), "all 13 services");
    let ids: Vec<&str> = all.services.iter().map(forms::ServiceId::as_str).collect();
    assert_eq!(&ids[11..], ["01/pub", "01/netpub"], "forms of a reform that is not built yet");
}

#[test]
fn s17_the_one_list_comes_from_the_forms() {
    let bundles = load(&Files::builtin()).unwrap();
    let setup = ServiceKey::new(28, "setup");
    let chosen = bundles.catalogue.select(&setup, &[], &[]).unwrap();
    let list = bundles.catalogue.one_list(&setup, &chosen.services).unwrap();
    assert_eq!((list.separate, list.signed.len(), list.uploads.len()), (29, 4, 1));
    assert!(list.uploads[0].unless_confirmed);
}

#[test]
fn a_digest_follows_from_the_files_alone() {
    let once = load(&Files::builtin()).unwrap();
    let again = load(&Files::builtin()).unwrap();
    let digest = |bundles: &bundles::Bundles| bundles.bundle(28).unwrap().digest;
    assert_eq!(digest(&once), digest(&again));
    let changed =
        crate::data::Tree::builtin().replace(crate::data::REFORM, "minutes: 15", "minutes: 16");
    assert_ne!(digest(&once), digest(&load(&changed.files()).unwrap()));
}
