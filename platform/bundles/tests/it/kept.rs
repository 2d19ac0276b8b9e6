//! Bundles as they are kept: the same bytes, the same digest, the same definition.

use crate::data::{REFORM, Tree};
use blobs::BlobId;
use bundles::{Bundles, KeptError, load, restore};
use cases::law::Definition;
use forms::Crosswalks;
use std::sync::Arc;

fn maps() -> Arc<Crosswalks> {
    Arc::new(Crosswalks::builtin().unwrap())
}

fn loaded(tree: &Tree) -> Bundles {
    load(&tree.files()).unwrap()
}

fn digest(tree: &Tree) -> String {
    loaded(tree).bundle(28).unwrap().digest.hex()
}

/// What cases see of a definition, for comparison.
fn told(definition: &Definition) -> Vec<String> {
    let forms = definition.forms.iter().map(|(key, form)| format!("{key} {form:?}"));
    let templates = definition.templates.iter().map(|(id, one)| format!("{id} {}", one.digest()));
    let signed = definition.signed.iter().map(|(name, one)| format!("{name} {}", one.id()));
    let rules = definition.rules.iter().map(|table| format!("{} {table:?}", table.id));
    let path = "reforms/";
    // Messages name a kept file by its digest; everything else is the same.
    let named = format!("{}/", definition.digest);
    forms.chain(templates).chain(signed).chain(rules).map(|one| one.replace(&named, path)).collect()
}

#[test]
fn what_is_kept_under_a_digest_gives_the_same_definition_again() {
    let bundles = loaded(&Tree::builtin());
    let kept = bundles.kept();
    let [bytes] = kept.as_slice() else { panic!("{} bundles offer services", kept.len()) };
    let digest = bundles.bundle(28).unwrap().digest.hex();
    assert_eq!(BlobId::of(bytes).0, digest, "the store of files finds it by its digest");
    let maps = maps();
    let restored = restore(bytes, &maps).unwrap();
    assert_eq!(restored.digest, digest);
    assert_eq!(told(&restored), told(&bundles.definition(28, &maps).unwrap()));
}

#[test]
fn an_old_bundle_is_restored_as_it_was() {
    let old = loaded(&Tree::builtin()).kept();
    let changed = Tree::builtin()
        .replace("28-licence-one-window/forms/fund.yaml", "postcode*", "")
        .replace(REFORM, "signed_documents:\n", "signed_documents:\n  # changed\n");
    assert_ne!(old, loaded(&changed).kept());
    let restored = restore(&old[0], &maps()).unwrap();
    let fund = &restored.forms[&"28/fund".parse().unwrap()];
    assert!(fund.fields.iter().any(|field| field.path.to_string() == "postcode"));
}

#[test]
fn a_digest_moves_with_everything_that_a_case_goes_by() {
    let before = digest(&Tree::builtin());
    let pub_form = "01-publication-licensing/forms/pub.yaml";
    for (why, tree, moves) in [
        (
            "a form of another reform that the package offers",
            Tree::builtin().replace(pub_form, "# Publication", "# A publication"),
            true,
        ),
        (
            "an element of any folder",
            Tree::builtin().put("01-publication-licensing/elements.yaml", "elements: {}\n"),
            true,
        ),
        (
            "a table of rules",
            Tree::builtin().replace(
                "28-licence-one-window/rules/name_term.yaml",
                "2m roll",
                "3m roll",
            ),
            true,
        ),
        (
            "what another folder tells people",
            Tree::builtin().put("01-publication-licensing/README.md", "x"),
            false,
        ),
    ] {
        assert_eq!(digest(&tree) != before, moves, "{why}");
    }
}

#[test]
fn bytes_that_are_no_kept_bundle_are_refused() {
    let bytes = loaded(&Tree::builtin()).kept().remove(0);
    for (wrong, why) in [
        (Vec::new(), "other bytes"),
        (bytes[1..].to_vec(), "other bytes"),
        (bytes[..bytes.len() - 1].to_vec(), "cut short"),
        (bytes[..17].to_vec(), "cut short"),
        ([&bytes[..17], &u64::MAX.to_be_bytes(), b"x"].concat(), "cut short"),
        ([&bytes[..17], &1_u64.to_be_bytes(), b"\xff"].concat(), "UTF-8"),
        ([&bytes[..17], &2_u64.to_be_bytes(), b"28"].concat(), "own folder"),
    ] {
        let error = restore(&wrong, &maps()).unwrap_err();
        assert!(matches!(error, KeptError::NotABundle(_)), "{error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
}

#[test]
fn a_kept_bundle_that_this_program_cannot_read_is_told_by_file() {
    let mut bytes = loaded(&Tree::builtin()).kept().remove(0);
    let at = bytes.windows(9).position(|window| window == b"minutes: ").unwrap();
    bytes[at..at + 9].copy_from_slice(b"hours___:");
    let KeptError::Unreadable(faults) = restore(&bytes, &maps()).unwrap_err() else { panic!() };
    assert!(faults[0].file.ends_with("28-licence-one-window/reform.yaml"), "{}", faults[0]);
}
