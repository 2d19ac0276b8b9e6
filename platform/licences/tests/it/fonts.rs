//! A real typesetter, with the type that `cargo xtask web` fetches.

use documents_typst::Typst;
use std::path::Path;
use std::sync::{Arc, LazyLock};

static TYPST: LazyLock<Option<Arc<Typst>>> = LazyLock::new(|| {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let module = web.join("node_modules/@expo-google-fonts/noto-sans-sc");
    let faces =
        [("400Regular", "NotoSansSC_400Regular.ttf"), ("700Bold", "NotoSansSC_700Bold.ttf")];
    let files = faces.map(|(weight, file)| {
        [web.join("dist/fonts").join(file), module.join(weight).join(file), module.join(file)]
            .iter()
            .find_map(|path| std::fs::read(path).ok())
    });
    let files: Option<Vec<Vec<u8>>> = files.into_iter().collect();
    files.map(|files| Arc::new(Typst::new(files).expect("the faces are there")))
});

/// A typesetter; none, noted as left out, where the type is not there.
pub(crate) fn typesetter() -> Option<Arc<Typst>> {
    if TYPST.is_none() {
        testbed::leave_out("Noto Sans SC under web/ (cargo xtask web)");
    }
    TYPST.clone()
}
