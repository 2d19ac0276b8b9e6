//! Addresses of style and script: hashed names from the manifest of the web build.

use std::collections::BTreeMap;

/// Where the browser finds style and script (静态资源).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    hashed: BTreeMap<String, String>,
}

impl Assets {
    /// Reads `manifest.json` of `web/dist`: plain name to hashed name.
    ///
    /// # Errors
    /// Where the text is not a JSON object of strings.
    pub fn from_manifest(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { hashed: serde_json::from_str(json)? })
    }

    /// The address of one asset: `styles.css` to `/assets/styles-4f2a.css`. A name that is not in the manifest stays.
    #[must_use]
    pub fn href(&self, name: &str) -> String {
        format!("/assets/{}", self.hashed.get(name).map_or(name, String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_stands_for_the_plain_one() {
        let assets = Assets::from_manifest(r#"{"styles.css":"styles-4f2a.css"}"#).unwrap();
        assert_eq!(assets.href("styles.css"), "/assets/styles-4f2a.css");
        assert_eq!(assets.href("main.js"), "/assets/main.js");
    }
}
