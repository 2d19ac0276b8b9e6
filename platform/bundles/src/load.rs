//! Reads folders, gives each part to its owner, and puts a catalogue together.

use crate::fault::{Fault, Referent, Wrong};
use crate::files::{Files, Folder, Origin};
use crate::kept;
use crate::located::{At, Located};
use crate::resolve;
use cases::law;
use catalogue::definition::{Reform, ServiceKey};
use catalogue::{Catalogue, Facts, FormFacts, MergeFacts, PackageKey, Programme, Upload};
use documents::{DocumentError, Template, Templates};
use elements::{Dictionary, DictionaryError, YamlError, from_yaml};
use forms::{FormError, MergedForm, Provision, ServiceForm, merge};
use seals::Digest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The folder of the programme itself.
const PROGRAMME: &str = "00-programme";

/// A text file of a folder, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its path in the folder, such as `samples/clocks.yaml`.
    pub path: String,
    /// How messages name it.
    pub file: String,
    /// What it says.
    pub text: String,
}

/// A reform's folder, read (资源包).
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The reform's number.
    pub number: u8,
    /// The folder.
    pub folder: Folder,
    /// SHA-256 over the folder's files and what its definition draws on of other folders; a case is pinned to it.
    pub digest: Digest,
    /// What `reform.yaml` says; none for a folder that has forms alone.
    pub reform: Option<Reform>,
    /// Its forms by id.
    pub forms: BTreeMap<String, ServiceForm>,
    /// Its document templates.
    pub templates: Templates,
    /// Its decision tables.
    pub rules: Vec<Arc<rules::Table>>,
    /// The files of `samples/`, those below it too.
    pub samples: Vec<SourceText>,
}

impl Bundle {
    /// Reads a file of `samples/` by its path in the folder.
    #[must_use]
    pub fn sample(&self, path: &str) -> Option<&SourceText> {
        self.samples.iter().find(|sample| sample.path == path)
    }
}

/// Everything that was read, put together.
#[derive(Clone, Debug)]
pub struct Bundles {
    /// The catalogue of all reforms.
    pub catalogue: Arc<Catalogue>,
    /// The dictionary, with the elements of every folder.
    pub dictionary: Arc<Dictionary>,
    /// The bundles, in order of number.
    pub all: Vec<Arc<Bundle>>,
}

impl Bundles {
    /// The bundle of a reform.
    #[must_use]
    pub fn bundle(&self, number: u8) -> Option<&Arc<Bundle>> {
        self.all.iter().find(|bundle| bundle.number == number)
    }

    /// The table that says how long a name is kept, if a reform has one.
    #[must_use]
    pub fn names_table(&self) -> Option<&Arc<rules::Table>> {
        let kept = |table: &&Arc<rules::Table>| {
            table.relevant_date == law::RESERVED && table.outputs().any(|name| name == law::KEPT)
        };
        self.all.iter().flat_map(|bundle| &bundle.rules).find(kept)
    }

    /// The forms of services as a case of reform `home` names its tasks; a service without a form is left out.
    #[must_use]
    pub fn forms(&self, home: u8, services: &[ServiceKey]) -> Vec<ServiceForm> {
        services.iter().filter_map(|key| form_of(&self.all, home, key)).collect()
    }

    /// The merged form of services of a case of reform `home`.
    ///
    /// # Errors
    /// The conflicts between the forms; a bundle that was loaded has none within its packages.
    pub fn merged(
        &self,
        home: u8,
        services: &[ServiceKey],
    ) -> Result<MergedForm, Vec<forms::Conflict>> {
        let forms = self.forms(home, services);
        merge(&self.dictionary, &forms.iter().collect::<Vec<_>>())
    }
}

/// The form of a service, named as a task of a case of `home`.
pub(crate) fn form_of(bundles: &[Arc<Bundle>], home: u8, key: &ServiceKey) -> Option<ServiceForm> {
    let bundle = bundles.iter().find(|bundle| bundle.number == key.reform)?;
    let service = bundle.reform.as_ref().and_then(|reform| reform.services.get(&key.id));
    let id = service.map_or(key.id.as_str(), |service| service.form.as_str());
    let mut form = bundle.forms.get(id)?.clone();
    form.service = key.task_name(home).parse().ok()?;
    Some(form)
}

/// Reads all folders, checks what nothing can run without, and puts a catalogue together.
///
/// # Errors
/// Every fault found: files that cannot be read, names that refer to nothing, circles, contradictions.
/// [`crate::check`] finds more.
pub fn load(files: &Files) -> Result<Bundles, Vec<Fault>> {
    let (folders, mut faults) = chosen(files);
    let dictionary = dictionary(&folders, &mut faults);
    let mut all = Vec::new();
    for folder in &folders {
        if let Some(bundle) = read(folder, &folders, &dictionary, &mut faults) {
            all.push(Arc::new(bundle));
        }
    }
    all.sort_by_key(|bundle| bundle.number);
    let Some(programme) = programme(&all, &mut faults) else { return Err(faults) };
    faults.extend(resolve::faults(&all, &programme, &dictionary));
    let facts = facts(&all, &dictionary);
    let reforms = all.iter().filter_map(|bundle| bundle.reform.clone());
    match Catalogue::new(programme, reforms, facts) {
        Ok(catalogue) if faults.is_empty() => {
            Ok(Bundles { catalogue, dictionary: Arc::new(dictionary), all })
        }
        // Numbers that stand twice were told when the folders were chosen.
        Ok(_) | Err(_) => Err(sorted(faults)),
    }
}

pub(crate) fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    faults.dedup();
    faults
}

/// The folders that count: of two with one number, the overlay, and only if it says so.
fn chosen(files: &Files) -> (Vec<&Folder>, Vec<Fault>) {
    let mut by_number: BTreeMap<u8, &Folder> = BTreeMap::new();
    let mut faults = Vec::new();
    for folder in files.folders() {
        let tree = folder.text("reform.yaml").and_then(Located::read);
        let number = folder.number();
        let at = |path: &[&str]| tree.as_ref().map_or(At::default(), |tree| tree.at(path));
        let fault = |path: &[&str], wrong| Fault::new(folder.path("reform.yaml"), at(path), wrong);
        let Some(number) = number else {
            let expected = "NN-slug".to_owned();
            faults.push(fault(&[], Wrong::FolderName { expected }));
            continue;
        };
        let replaces = replaced(folder);
        match by_number.get(&number) {
            Some(other) if replaces == Some(number) && other.origin == Origin::Builtin => {
                by_number.insert(number, folder);
            }
            Some(other) => {
                let other = other.path("");
                faults.push(fault(&["number"], Wrong::NumberTaken { number, other }));
            }
            None => {
                if let Some(replaces) = replaces {
                    faults.push(fault(&["replaces"], Wrong::ReplacesOther { replaces, number }));
                }
                by_number.insert(number, folder);
            }
        }
    }
    (by_number.into_values().collect(), faults)
}

/// What `replaces:` says, read alone so that a fault elsewhere in the file does not hide it.
fn replaced(folder: &Folder) -> Option<u8> {
    #[derive(serde::Deserialize)]
    struct Replaces {
        #[serde(default)]
        replaces: Option<u8>,
    }
    let text = folder.text("reform.yaml")?;
    from_yaml::<Replaces>("reform.yaml", text).ok()?.replaces
}

pub(crate) fn dictionary(folders: &[&Folder], faults: &mut Vec<Fault>) -> Dictionary {
    let mut dictionary = match Dictionary::builtin() {
        Ok(dictionary) => dictionary,
        Err(fault) => {
            faults.push(of_dictionary("platform/elements/elements.yaml", fault));
            return Dictionary::default();
        }
    };
    for folder in folders {
        if let Some(text) = folder.text("elements.yaml") {
            let file = folder.path("elements.yaml");
            match dictionary.clone().extended(&file, text) {
                Ok(extended) => dictionary = extended,
                Err(fault) => faults.push(of_dictionary(&file, fault)),
            }
        }
    }
    dictionary
}

fn of_dictionary(file: &str, fault: DictionaryError) -> Fault {
    match fault {
        DictionaryError::Yaml(fault) => of_yaml(fault),
        other => Fault::new(file, At::default(), Wrong::Unreadable(other.to_string())),
    }
}

pub(crate) fn of_yaml(fault: YamlError) -> Fault {
    let at = At { line: fault.line, column: fault.column };
    Fault::new(fault.file, at, Wrong::Unreadable(fault.message))
}

/// Reads a folder; `folders` are all that are read together.
pub(crate) fn read(
    folder: &Folder,
    folders: &[&Folder],
    dictionary: &Dictionary,
    faults: &mut Vec<Fault>,
) -> Option<Bundle> {
    let number = folder.number()?;
    for (path, bytes) in &folder.files {
        if std::str::from_utf8(bytes).is_err() {
            faults.push(Fault::new(folder.path(path), At::default(), Wrong::NotUtf8));
        }
    }
    let file = folder.path("reform.yaml");
    let reform = match folder.text("reform.yaml").map(|text| from_yaml::<Reform>(&file, text)) {
        None => None,
        Some(Ok(reform)) => Some(reform),
        Some(Err(fault)) => {
            faults.push(of_yaml(fault));
            return None;
        }
    };
    Some(Bundle {
        number,
        folder: folder.clone(),
        digest: Digest::sha256(&kept::pack(folder, reform.as_ref(), folders)),
        reform,
        forms: forms_of(folder, dictionary, faults),
        templates: templates_of(folder, faults),
        rules: tables_of(folder, dictionary, faults),
        samples: texts(folder, "samples/"),
    })
}

fn texts(folder: &Folder, below: &str) -> Vec<SourceText> {
    folder
        .files
        .keys()
        .filter(|path| path.starts_with(below) && path.ends_with(".yaml"))
        .filter_map(|path| {
            let text = folder.text(path)?.to_owned();
            Some(SourceText { path: path.clone(), file: folder.path(path), text })
        })
        .collect()
}

fn forms_of(
    folder: &Folder,
    dictionary: &Dictionary,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, ServiceForm> {
    let mut forms = BTreeMap::new();
    for (path, text) in folder.below("forms", ".yaml") {
        let file = folder.path(path);
        let id = stem(path, "forms/", ".yaml");
        match ServiceForm::parse(dictionary, &file, text) {
            Ok(form) => {
                if form.service.as_str() != id {
                    let at =
                        Located::read(text).map_or(At::default(), |tree| tree.at(&["service"]));
                    let found = form.service.to_string();
                    let expected = id.to_owned();
                    faults.push(Fault::new(&file, at, Wrong::FormName { expected, found }));
                }
                forms.insert(id.to_owned(), form);
            }
            Err(FormError::Yaml(fault)) => faults.push(of_yaml(fault)),
            Err(FormError::Faults { faults: conflicts, .. }) => {
                let tree = Located::read(text);
                for conflict in conflicts {
                    let at = tree.as_ref().map_or(At::default(), |tree| place_of(tree, &conflict));
                    faults.push(Fault::new(&file, at, Wrong::Form(conflict)));
                }
            }
        }
    }
    forms
}

pub(crate) fn stem<'a>(path: &'a str, before: &str, after: &str) -> &'a str {
    let name = path.strip_prefix(before).unwrap_or(path);
    name.strip_suffix(after).unwrap_or(name)
}

/// Where a form mentions what a conflict is about: the path itself, else the line of its subject or attribute.
pub(crate) fn place_of(tree: &Located, conflict: &forms::Conflict) -> At {
    use forms::Conflict as C;
    let path = match conflict {
        C::ElementUnknown { path, .. }
        | C::DuplicateField { path, .. }
        | C::NotAsked { path, .. }
        | C::TypeMismatch { path, .. } => path,
        C::RulesContradict { element, .. } | C::RulesTooLarge { element, .. } => element,
        C::ServiceTwice { .. } => return tree.at,
    };
    let whole = path.to_string();
    let subject = path.subject.as_ref().map(ToString::to_string);
    tree.mentions(&whole)
        .or_else(|| tree.mentions(&subject?))
        .or_else(|| tree.mentions(path.attribute.as_str()))
        .unwrap_or(tree.at)
}

fn tables_of(
    folder: &Folder,
    dictionary: &Dictionary,
    faults: &mut Vec<Fault>,
) -> Vec<Arc<rules::Table>> {
    let mut tables = Vec::new();
    for source in texts(folder, "rules/") {
        match rules::Table::read(dictionary, &source.file, &source.text) {
            Ok(table) => tables.push(Arc::new(table)),
            Err(wrong) => faults.extend(wrong.into_iter().map(of_table)),
        }
    }
    tables
}

pub(crate) fn of_table(fault: rules::TableFault) -> Fault {
    let at = At { line: fault.line, column: fault.column };
    Fault::new(fault.file, at, Wrong::Rule(fault.wrong))
}

fn templates_of(folder: &Folder, faults: &mut Vec<Fault>) -> Templates {
    let mut templates = Templates::new();
    for (path, text) in folder.below("documents", ".yaml") {
        if path.ends_with(".sample.yaml") {
            continue;
        }
        let file = folder.path(path);
        let source = |name: &str| folder.text(&format!("documents/{name}")).map(str::to_owned);
        let read = Template::read(text, source).and_then(|template| templates.add(template));
        if let Err(fault) = read {
            let line = match &fault {
                DocumentError::Unreadable { line, .. } => line.unwrap_or(0),
                _ => 1,
            };
            faults.push(Fault::new(file, At { line, column: 1 }, Wrong::Document(fault)));
        }
    }
    templates
}

fn programme(all: &[Arc<Bundle>], faults: &mut Vec<Fault>) -> Option<Programme> {
    let folder = all.iter().find(|bundle| bundle.number == 0).map(|bundle| &bundle.folder);
    let file = |name: &str| folder.and_then(|folder| folder.text(&format!("programme/{name}")));
    match Programme::read(file) {
        Ok(programme) => Some(programme),
        Err(catalogue::ProgrammeError::Unreadable(fault)) => {
            faults.push(of_yaml(fault));
            None
        }
        Err(fault) => {
            let file = format!("reforms/{PROGRAMME}/programme/reforms.yaml");
            faults.push(Fault::new(file, At::default(), Wrong::Programme(fault)));
            None
        }
    }
}

/// What the catalogue is told of the forms.
fn facts(all: &[Arc<Bundle>], dictionary: &Dictionary) -> Facts {
    let mut facts = Facts::default();
    for bundle in all {
        for (id, form) in &bundle.forms {
            facts.forms.insert(ServiceKey::new(bundle.number, id), form_facts(form));
        }
        for (id, package) in bundle.reform.iter().flat_map(|reform| &reform.packages) {
            let forms: Vec<ServiceForm> = package
                .services
                .iter()
                .filter_map(|name| ServiceKey::within(bundle.number, name).ok())
                .filter_map(|key| form_of(all, bundle.number, &key))
                .collect();
            // Forms that contradict each other are told as faults.
            if let Ok(merged) = merge(dictionary, &forms.iter().collect::<Vec<_>>()) {
                let (separate, merged) = (merged.gain.separate, merged.gain.merged());
                let key = PackageKey::new(bundle.number, id);
                facts.merges.insert(key, MergeFacts { separate, merged });
            }
        }
    }
    facts
}

fn form_facts(form: &ServiceForm) -> FormFacts {
    let uploads = form.materials.iter().filter_map(|material| match &material.by {
        Provision::Upload { id, unless_confirmed } => Some(Upload {
            id: id.to_string(),
            label: material.label.clone(),
            unless_confirmed: *unless_confirmed,
        }),
        Provision::Generated(_)
        | Provision::RealName
        | Provision::Outcome(_)
        | Provision::Answers => None,
    });
    FormFacts {
        title: None,
        fields: form.len(),
        slots: form.materials.iter().filter(|material| material.slot).count(),
        uploads: uploads.collect(),
    }
}

pub(crate) fn unknown(what: Referent, name: &str) -> Wrong {
    Wrong::Unknown { what, name: name.to_owned() }
}
