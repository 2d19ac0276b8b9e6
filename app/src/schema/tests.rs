//! What others build on is what lies in `schema/`.

use super::*;
use std::path::Path;

/// The folder in which the copies lie.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema")
}

#[tokio::test]
async fn what_others_build_on_has_not_changed_unseen() {
    let home = tempfile::tempdir().unwrap();
    let setup = Setup::new(home.path().join("data"), None);
    let assembly =
        assemble::assemble_with(&setup, Arc::new(SystemClock), assemble::quiet()).await.unwrap();
    let mut changed = Vec::new();
    for what in What::ALL {
        let now = what.text(&assembly).await.unwrap();
        let kept = std::fs::read_to_string(folder().join(what.file())).unwrap_or_default();
        let line = |(now, kept): (&str, &str)| (now != kept).then(|| format!("-{kept}\n+{now}"));
        let first = now.lines().zip(kept.lines()).find_map(line);
        if now != kept {
            let first = first.unwrap_or_else(|| "one of them is longer".to_owned());
            changed.push(format!("schema/{}: {first}", what.file()));
        }
    }
    assert!(
        changed.is_empty(),
        "if it is meant, run `lianban schema --write schema` and say in the commit what changes for whom:\n{}",
        changed.join("\n")
    );
}
