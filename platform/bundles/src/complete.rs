//! What a reform should have beyond what it cannot run without: texts, sources, samples, lawful clocks.

use crate::fault::{Fault, Referent, Wrong};
use crate::load::{Bundle, Bundles, stem, unknown};
use crate::located::{At, Located};
use calendar::Term;
use catalogue::definition::{LegalNature, Reform, Service};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Causes for which the clock of an administrative licence stops.
///
/// # Source
/// 行政许可法 art. 45.
const LAWFUL_STOPS: [&str; 8] =
    ["听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"];

/// Files that belong to a folder as a whole.
const TOP: [&str; 3] = ["reform.yaml", "elements.yaml", "README.md"];

/// Folders of a reform, each with its reader.
const READ: [&str; 4] = ["forms/", "rules/", "documents/", "samples/"];

/// What is incomplete in any bundle.
pub(crate) fn faults(bundles: &Bundles) -> Vec<Fault> {
    let mut faults = Vec::new();
    for bundle in &bundles.all {
        files_read(bundle, &mut faults);
        texts(bundle, &mut faults);
        document_samples(bundle, &mut faults);
        if let Some(reform) = &bundle.reform {
            let tree = bundle.folder.text("reform.yaml").and_then(Located::read);
            lawful(bundle, reform, tree.as_ref(), &mut faults);
            clauses(bundle, reform, tree.as_ref(), &mut faults);
        }
    }
    faults
}

fn files_read(bundle: &Bundle, faults: &mut Vec<Fault>) {
    for path in bundle.folder.files.keys() {
        let table = path.starts_with("programme/") && bundle.number == 0;
        let read = TOP.contains(&path.as_str()) || READ.iter().any(|below| path.starts_with(below));
        if !read && !table {
            faults.push(Fault::new(bundle.folder.path(path), At::default(), Wrong::FileUnread));
        }
    }
}

/// Both languages wherever one stands, and a source wherever one is asked for.
fn texts(bundle: &Bundle, faults: &mut Vec<Fault>) {
    let folder = &bundle.folder;
    for (path, text) in folder.files.keys().filter_map(|path| Some((path, folder.text(path)?))) {
        // Answers and values of samples are what people typed, not texts of ours.
        if !path.ends_with(".yaml")
            || path.starts_with("samples/")
            || path.ends_with(".sample.yaml")
        {
            continue;
        }
        let Some(tree) = Located::read(text) else { continue };
        tree.maps(&mut |at, members| {
            let value = |key: &str| members.iter().find(|(name, _, _)| name == key);
            let (zh, en) = (value("zh"), value("en"));
            if zh.is_none() && en.is_none() {
                return;
            }
            for (is_zh, found) in [(true, zh), (false, en)] {
                let given = found.and_then(|(_, _, value)| value.text());
                if given.is_none_or(|text| text.trim().is_empty()) {
                    let at = found.map_or(at, |(_, at, _)| *at);
                    let wrong = Wrong::LabelMissing { zh: is_zh };
                    faults.push(Fault::new(folder.path(path), at, wrong));
                }
            }
        });
        tree.maps(&mut |_, members| {
            for (key, at, value) in members {
                if key == "source" && value.text().is_none_or(|text| text.trim().is_empty()) {
                    faults.push(Fault::new(folder.path(path), *at, Wrong::SourceMissing));
                }
            }
        });
    }
}

fn document_samples(bundle: &Bundle, faults: &mut Vec<Fault>) {
    for (path, _) in bundle.folder.below("documents", ".yaml") {
        if path.ends_with(".sample.yaml") {
            continue;
        }
        let id = stem(path, "documents/", ".yaml");
        if !bundle.folder.files.contains_key(&format!("documents/{id}.sample.yaml")) {
            let wrong = Wrong::DocumentSampleMissing { document: id.to_owned() };
            faults.push(Fault::new(bundle.folder.path(path), At::default(), wrong));
        }
    }
}

/// Stops and silence against the legal nature (cross-cutting decisions §7.1).
fn lawful(bundle: &Bundle, reform: &Reform, tree: Option<&Located>, faults: &mut Vec<Fault>) {
    let mut wrong = |path: &[&str], wrong| {
        let at = tree.map_or(At::default(), |tree| tree.at(path));
        faults.push(Fault::new(bundle.folder.path("reform.yaml"), at, wrong));
    };
    for (id, service) in &reform.services {
        if service.legal_nature == LegalNature::Licence {
            // LAW: 行政许可法 45 names the causes one by one; a premises visit or a supplement is none of them.
            let stops = service.stops.iter().flatten().enumerate();
            for (i, cause) in stops.filter(|(_, cause)| !LAWFUL_STOPS.contains(&cause.as_str())) {
                let path = ["services", id, "stops", &i.to_string()];
                wrong(&path, Wrong::StopNotLawful { cause: cause.clone() });
            }
        }
        if let Some(term) = unfit_acceptance(service) {
            let nature = nature(service.legal_nature);
            let path = ["services", id, "clock", "accept"];
            wrong(&path, Wrong::AcceptanceUnfit { term: term.to_string(), nature });
        }
    }
}

/// The term of acceptance, if it does not fit the legal nature.
fn unfit_acceptance(service: &Service) -> Option<&Term> {
    let term = service.clock.accept.as_ref()?;
    let fits = match service.legal_nature {
        // LAW: 行政许可法 32(4): everything missing is told within five working days, else it counts as accepted.
        LegalNature::Licence => matches!(term, Term::Workdays { n: 0..=5 }),
        // LAW: 市场主体登记管理条例 17, 19: complete papers are registered on the spot.
        LegalNature::Registration => matches!(term, Term::Workdays { n: 0 }),
        LegalNature::Filing
        | LegalNature::Recognition
        | LegalNature::PublicService
        | LegalNature::Enforcement
        | LegalNature::SelfRegulation => true,
    };
    (!fits).then_some(term)
}

const fn nature(nature: LegalNature) -> &'static str {
    match nature {
        LegalNature::Licence => "an administrative licence",
        LegalNature::Registration => "a registration",
        LegalNature::Filing => "a filing",
        LegalNature::Recognition => "a recognition",
        LegalNature::PublicService => "a public service",
        LegalNature::Enforcement => "enforcement",
        LegalNature::SelfRegulation => "self-regulation",
    }
}

/// What the checks of clauses need of a sample; the runner reads the rest.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    shows: Vec<String>,
}

/// Every clause of a reform that offers services is shown by a sample, and samples show clauses that exist.
fn clauses(bundle: &Bundle, reform: &Reform, tree: Option<&Located>, faults: &mut Vec<Fault>) {
    let mut shown = BTreeSet::new();
    // Files below samples/ hold answers that samples share; samples themselves stand in it directly.
    for sample in bundle.samples.iter().filter(|sample| is_sample(&sample.path)) {
        let located = Located::read(&sample.text);
        for one in elements::from_yaml::<Vec<Shown>>(&sample.file, &sample.text).unwrap_or_default()
        {
            for name in one.shows {
                if is_clause(&name) && !reform.clauses.contains_key(&name) {
                    let at = located.as_ref().and_then(|tree| tree.mentions(&name));
                    let wrong = unknown(Referent::Clause, &name);
                    faults.push(Fault::new(&sample.file, at.unwrap_or_default(), wrong));
                }
                shown.insert(name);
            }
        }
    }
    if reform.services.is_empty() {
        return;
    }
    for clause in reform.clauses.keys().filter(|clause| !shown.contains(*clause)) {
        let at = tree.map_or(At::default(), |tree| tree.at(&["clauses", clause]));
        let wrong = Wrong::ClauseUnshown { clause: clause.clone() };
        faults.push(Fault::new(bundle.folder.path("reform.yaml"), at, wrong));
    }
}

fn is_sample(path: &str) -> bool {
    !stem(path, "samples/", ".yaml").contains('/')
}

/// `C1`, `C2` …: a sample may also name scenarios of the spec, such as `S4`.
fn is_clause(name: &str) -> bool {
    name.strip_prefix('C').is_some_and(|digits| digits.parse::<u8>().is_ok())
}
