//! The built-in folders as the catalogue is made of them.

use catalogue::definition::{Reform, ServiceKey};
use catalogue::{Catalogue, Facts, FormFacts, Programme, ProgrammeError, Upload};
use codes::{Date, Division, Label};
use std::sync::Arc;

pub(crate) fn file(path: &str) -> Option<&'static str> {
    builtin::file(path).map(|bytes| std::str::from_utf8(bytes).unwrap())
}

pub(crate) fn table(name: &str) -> Option<&'static str> {
    file(&format!("00-programme/programme/{name}"))
}

pub(crate) fn programme() -> Programme {
    Programme::read(table).unwrap()
}

/// The programme with one file changed.
pub(crate) fn changed(
    name: &str,
    change: impl Fn(&str) -> String,
) -> Result<Programme, ProgrammeError> {
    let text = change(table(name).unwrap());
    Programme::read(|file| if file == name { Some(text.as_str()) } else { table(file) })
}

pub(crate) fn licence_one_window() -> Reform {
    elements::from_yaml("reform.yaml", file("28-licence-one-window/reform.yaml").unwrap()).unwrap()
}

pub(crate) fn catalogue() -> Arc<Catalogue> {
    let mut facts = Facts::default();
    let proof = Upload {
        id: "premises_proof".to_owned(),
        label: Label::new("住所使用证明", "proof of premises"),
        unless_confirmed: true,
    };
    for (service, slots) in [("reg", 6), ("bank", 7)] {
        let form = FormFacts { slots, uploads: vec![proof.clone()], ..FormFacts::default() };
        facts.forms.insert(ServiceKey::new(28, service), form);
    }
    Catalogue::new(programme(), [licence_one_window()], facts).unwrap()
}

pub(crate) fn d(code: &str) -> Division {
    code.parse().unwrap()
}

pub(crate) fn on(day: &str) -> Date {
    day.parse().unwrap()
}
