//! The data files of all reform folders as one static table, so that the program needs no files beside it.
//!
//! **Invariant:** the table is sorted by path and no path stands twice.
//! **Invariant:** it holds data alone: the folders `engine` and `module` of a reform are code and left out.
//!
//! It reads nothing and knows no format; `bundles` gives every file to its owner. Start with [`files`].

static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Every data file by its path below `reforms/`, such as `28-licence-one-window/reform.yaml`, in order of path.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static [u8])] {
    FILES
}

/// The content of one file.
#[must_use]
pub fn file(path: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by_key(&path, |(name, _)| name).ok()?;
    FILES.get(at).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_file_is_found() {
        assert!(files().is_sorted_by(|a, b| a.0 < b.0));
        for (path, bytes) in files() {
            assert_eq!(file(path), Some(*bytes), "{path}");
        }
        assert_eq!(file("28-licence-one-window"), None);
    }

    #[test]
    fn the_table_is_what_lies_in_the_folders() {
        let reforms = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (path, bytes) in files() {
            assert_eq!(std::fs::read(reforms.join(path)).unwrap(), *bytes, "{path}");
            assert!(!path.contains("/engine/") && !path.contains("/module/"), "{path}");
        }
        for folder in ["00-programme", "28-licence-one-window"] {
            assert!(file(&format!("{folder}/reform.yaml")).is_some(), "{folder}");
        }
    }
}
