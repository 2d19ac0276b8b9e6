//! Finds the type that documents are set in, as `cargo xtask web` leaves it.

use documents_typst::Typst;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const FACES: [&str; 2] = ["NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"];

/// A typesetter, or `None` with a line on the standard error stream that says what was left out and why.
pub(crate) fn typesetter(test: &str) -> Option<&'static Typst> {
    static TYPST: OnceLock<Option<Typst>> = OnceLock::new();
    let found = TYPST
        .get_or_init(|| files().map(|files| Typst::new(files).expect("the faces are there")))
        .as_ref();
    if found.is_none() {
        leave_out(&format!("{test}: Noto Sans SC is not under web/; `cargo xtask web` fetches it"));
    }
    found
}

/// Says what was left out, on the standard error stream and in the list that `cargo xtask test` prints.
pub(crate) fn leave_out(what: &str) {
    eprintln!("left out: {what}");
    let list = std::env::var_os("LIANBAN_LEFT_OUT");
    if let Some(list) = list.filter(|list| !list.is_empty()) {
        let noted = std::fs::OpenOptions::new().append(true).create(true).open(list);
        noted.and_then(|mut list| writeln!(list, "{what}")).expect("the list can be written");
    }
}

pub(crate) fn files() -> Option<Vec<Vec<u8>>> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let module = web.join("node_modules/@expo-google-fonts/noto-sans-sc");
    let places: [[PathBuf; 2]; 3] = [
        FACES.map(|face| web.join("dist/fonts").join(face)),
        [module.join("400Regular").join(FACES[0]), module.join("700Bold").join(FACES[1])],
        FACES.map(|face| module.join(face)),
    ];
    places.iter().find_map(|pair| pair.iter().map(|path| std::fs::read(path).ok()).collect())
}
