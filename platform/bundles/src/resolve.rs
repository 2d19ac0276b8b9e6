//! Every name resolves, no tasks wait for each other, no organs contradict each other.

use crate::fault::{Fault, Referent, Wrong};
use crate::load::{Bundle, form_of, place_of, unknown};
use crate::located::{At, Located};
use cases::law;
use catalogue::Programme;
use catalogue::definition::{Package, Reform, Service, ServiceKey};
use elements::Dictionary;
use forms::{Conflict, ServiceForm, merge};
use petgraph::graphmap::DiGraphMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The word for handing in, which is no task.
const SUBMIT: &str = "submit";

/// What is wrong between the parts of folders and between folders.
pub(crate) fn faults(
    all: &[Arc<Bundle>],
    programme: &Programme,
    dictionary: &Dictionary,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for bundle in all {
        let Some(reform) = &bundle.reform else {
            if programme.row(bundle.number).is_none_or(|row| row.slug != bundle.folder.slug()) {
                let expected = expected_folder(programme, bundle);
                let file = bundle.folder.path("reform.yaml");
                faults.push(Fault::new(file, At::default(), Wrong::FolderName { expected }));
            }
            continue;
        };
        let judge = Judge::new(all, bundle, reform, programme, dictionary);
        faults.extend(judge.faults());
    }
    faults
}

fn expected_folder(programme: &Programme, bundle: &Bundle) -> String {
    let slug = programme.row(bundle.number).map_or("slug", |row| row.slug.as_str());
    format!("{:02}-{slug}", bundle.number)
}

/// Judges one reform.
struct Judge<'a> {
    all: &'a [Arc<Bundle>],
    bundle: &'a Bundle,
    reform: &'a Reform,
    programme: &'a Programme,
    dictionary: &'a Dictionary,
    file: String,
    tree: Option<Located>,
    faults: Vec<Fault>,
}

impl<'a> Judge<'a> {
    fn new(
        all: &'a [Arc<Bundle>],
        bundle: &'a Bundle,
        reform: &'a Reform,
        programme: &'a Programme,
        dictionary: &'a Dictionary,
    ) -> Self {
        Self {
            all,
            bundle,
            reform,
            programme,
            dictionary,
            file: bundle.folder.path("reform.yaml"),
            tree: bundle.folder.text("reform.yaml").and_then(Located::read),
            faults: Vec::new(),
        }
    }

    fn faults(mut self) -> Vec<Fault> {
        self.identity();
        for (id, service) in &self.reform.services {
            self.service(id, service);
        }
        for (id, package) in &self.reform.packages {
            self.package(id, package);
        }
        self.cycles();
        self.documents();
        self.activities();
        for table in &self.bundle.rules {
            self.table(table);
        }
        self.faults
    }

    fn wrong(&mut self, path: &[&str], wrong: Wrong) {
        let at = self.tree.as_ref().map_or(At::default(), |tree| tree.at(path));
        self.faults.push(Fault::new(&self.file, at, wrong));
    }

    fn key(&self, name: &str) -> Option<ServiceKey> {
        ServiceKey::within(self.reform.number, name).ok()
    }

    /// Whether a service exists, or at least its form, as those of a reform that is not built yet.
    fn exists(&self, key: &ServiceKey) -> bool {
        self.all.iter().filter(|bundle| bundle.number == key.reform).any(|bundle| {
            match &bundle.reform {
                Some(reform) => reform.services.contains_key(&key.id),
                None => bundle.forms.contains_key(&key.id),
            }
        })
    }

    fn identity(&mut self) {
        let reform = self.reform;
        let expected = format!("{:02}-{}", reform.number, reform.slug);
        if expected != self.bundle.folder.name {
            self.wrong(&["slug"], Wrong::FolderName { expected });
        }
        match self.programme.row(reform.number) {
            Some(row) => {
                let pairs = [
                    ("slug", &reform.slug, &row.slug),
                    ("zh", &reform.zh, &row.zh),
                    ("en", &reform.en, &row.en),
                ];
                for (key, own, table) in pairs {
                    if own != table {
                        self.wrong(&[key], Wrong::RowDiffers { expected: table.clone() });
                    }
                }
            }
            None => {
                let scope = reform.scope.as_deref();
                if let Some(scope) = scope.filter(|scope| self.programme.scope(scope).is_none()) {
                    self.wrong(&["scope"], unknown(Referent::Scope, scope));
                }
            }
        }
    }

    fn service(&mut self, id: &str, service: &Service) {
        let at = |key: &'static str| ["services", id, key];
        if !self.bundle.forms.contains_key(&service.form) {
            self.wrong(&at("form"), unknown(Referent::Form, &service.form));
        }
        if self.programme.directory().role(&service.organ).is_none() {
            self.wrong(&at("organ"), unknown(Referent::OrganRole, &service.organ));
        }
        if !self.reform.remedies.contains_key(&service.remedy) {
            self.wrong(&at("remedy"), unknown(Referent::Remedy, &service.remedy));
        }
        let outcome = &service.outcome;
        if outcome.licence.is_some() == outcome.notice.is_some() {
            self.wrong(&at("outcome"), Wrong::OutcomeKind { service: id.to_owned() });
        }
        for key in &outcome.gives {
            if self.dictionary.element(key).is_none() {
                let path = ["services", id, "outcome", "gives"];
                self.wrong(&path, unknown(Referent::Element, key));
            }
        }
        for (edge, needs) in [("start", &service.needs.start), ("issue", &service.needs.issue)] {
            for (i, need) in needs.iter().enumerate() {
                let known = need == SUBMIT || self.key(need).is_some_and(|key| self.exists(&key));
                if !known {
                    let i = i.to_string();
                    let path = ["services", id, "needs", edge, &i];
                    self.wrong(&path, unknown(Referent::Task, need));
                }
            }
        }
    }

    fn package(&mut self, id: &str, package: &Package) {
        let mut keys = Vec::new();
        for (list, names) in [("services", &package.services), ("add_ons", &package.add_ons)] {
            for (i, name) in names.iter().enumerate() {
                let i = i.to_string();
                let path = ["packages", id, list, &i];
                match self.key(name).filter(|key| self.exists(key)) {
                    Some(key) if keys.contains(&key) => {
                        self.wrong(&path, Wrong::Twice { name: name.clone() });
                    }
                    Some(key) => keys.push(key),
                    None => self.wrong(&path, unknown(Referent::Service, name)),
                }
            }
        }
        self.needs_inside(id, &keys);
        self.contradictions(id, &keys);
    }

    /// A case of the package could never issue what waits for a task that it lacks.
    fn needs_inside(&mut self, package: &str, keys: &[ServiceKey]) {
        let own = keys.iter().filter(|key| key.reform == self.reform.number);
        let reform = self.reform;
        for key in own {
            let Some(service) = reform.services.get(&key.id) else { continue };
            for (edge, needs) in [("start", &service.needs.start), ("issue", &service.needs.issue)]
            {
                for (i, need) in needs.iter().enumerate().filter(|(_, need)| *need != SUBMIT) {
                    if self.key(need).is_none_or(|need| keys.contains(&need)) {
                        continue;
                    }
                    let i = i.to_string();
                    let path = ["services", &key.id, "needs", edge, &i];
                    let (package, task, need) = (package.to_owned(), key.id.clone(), need.clone());
                    self.wrong(&path, Wrong::NeedOutside { package, task, need });
                }
            }
        }
    }

    /// The forms of a package with all its add-ons merge.
    fn contradictions(&mut self, package: &str, keys: &[ServiceKey]) {
        let number = self.reform.number;
        let forms: Vec<ServiceForm> =
            keys.iter().filter_map(|key| form_of(self.all, number, key)).collect();
        let Err(conflicts) = merge(self.dictionary, &forms.iter().collect::<Vec<_>>()) else {
            return;
        };
        for conflict in conflicts {
            let fault = self.contradiction(package, conflict);
            self.faults.push(fault);
        }
    }

    /// A contradiction stands at the form that came last: the one whose rule cannot be met.
    fn contradiction(&self, package: &str, conflict: Conflict) -> Fault {
        let services = match &conflict {
            Conflict::RulesContradict { services, .. }
            | Conflict::RulesTooLarge { services, .. } => services.as_slice(),
            _ => &[],
        };
        let keys: Vec<ServiceKey> =
            services.iter().filter_map(|service| self.key(service.as_str())).collect();
        let organs: BTreeSet<String> = keys.iter().filter_map(|key| self.organ_of(key)).collect();
        let last = keys.last().and_then(|key| {
            let bundle = self.all.iter().find(|bundle| bundle.number == key.reform)?;
            let path = format!("forms/{}.yaml", key.id);
            let tree = Located::read(bundle.folder.text(&path)?)?;
            Some((bundle.folder.path(&path), place_of(&tree, &conflict)))
        });
        let organs = organs.into_iter().collect();
        let (file, at) = last.unwrap_or_else(|| {
            let path = ["packages", package];
            let at = self.tree.as_ref().map_or(At::default(), |tree| tree.at(&path));
            (self.file.clone(), at)
        });
        Fault::new(file, at, Wrong::Contradiction { conflict, organs })
    }

    /// The role of the organ that asks a form, or the title of the reform whose form it is.
    fn organ_of(&self, key: &ServiceKey) -> Option<String> {
        let bundle = self.all.iter().find(|bundle| bundle.number == key.reform)?;
        let service = bundle.reform.as_ref().and_then(|reform| reform.services.get(&key.id));
        let label = match service {
            Some(service) => self.programme.directory().role(&service.organ)?.label(),
            None => self.programme.row(key.reform)?.label(),
        };
        Some(format!("{} ({})", label.zh, label.en))
    }

    /// No tasks wait for each other, by whichever kind of edge.
    fn cycles(&mut self) {
        let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
        let reform = self.reform;
        for (id, service) in &reform.services {
            for need in service.needs.start.iter().chain(&service.needs.issue) {
                if reform.services.contains_key(need) {
                    graph.add_edge(id, need, ());
                }
            }
        }
        for group in petgraph::algo::tarjan_scc(&graph) {
            if let Some(cycle) = cycle_in(&graph, &group) {
                let first = cycle.first().cloned().unwrap_or_default();
                self.wrong(&["services", &first, "needs"], Wrong::EdgeCycle { cycle });
            }
        }
    }

    fn documents(&mut self) {
        let reform = self.reform;
        let mut named: Vec<(Vec<&str>, &str)> = Vec::new();
        for (id, service) in &reform.services {
            let outcome = &service.outcome;
            named.extend(
                outcome
                    .licence
                    .iter()
                    .map(|name| (vec!["services", id, "outcome", "licence"], name.as_str())),
            );
            named.extend(
                outcome
                    .notice
                    .iter()
                    .map(|name| (vec!["services", id, "outcome", "notice"], name.as_str())),
            );
            named.extend(
                service.refusal.iter().map(|name| (vec!["services", id, "refusal"], name.as_str())),
            );
        }
        for (id, document) in &reform.signed_documents {
            named.push((vec!["signed_documents", id, "template"], &document.template));
        }
        self.signers();
        for (path, name) in named {
            if self.bundle.templates.get(name).is_err() {
                self.wrong(&path, unknown(Referent::Document, name));
            }
        }
        for (id, duty) in &reform.duties {
            let tasks = [("done_by", &duty.done_by), ("after", &duty.after.granted)];
            for (key, task) in tasks {
                let Some(task) = task.as_ref().filter(|task| !reform.services.contains_key(*task))
                else {
                    continue;
                };
                self.wrong(&["duties", id, key], unknown(Referent::Task, task));
            }
        }
    }

    /// Whoever signs a document holds a role that forms know.
    fn signers(&mut self) {
        let folder = &self.bundle.folder;
        for template in self.bundle.templates.iter() {
            let path = format!("documents/{}.yaml", template.id());
            for signer in template.signers() {
                let role = signer.strip_suffix("[]").unwrap_or(signer);
                if self.dictionary.role(role).is_none() {
                    let tree = folder.text(&path).and_then(Located::read);
                    let at = tree.and_then(|tree| tree.mentions(signer)).unwrap_or_default();
                    let wrong = unknown(Referent::FormRole, role);
                    self.faults.push(Fault::new(folder.path(&path), at, wrong));
                }
            }
        }
    }

    /// A table that decides about a service: there is such a service, and the outputs do something when it is asked.
    fn table(&mut self, table: &rules::Table) {
        let Some(service) = &table.decides else { return };
        let path = format!("rules/{}.yaml", table.id);
        let folder = &self.bundle.folder;
        let tree = folder.text(&path).and_then(Located::read);
        let mut wrong = |key: &[&str], what, name: &str| {
            let at = tree.as_ref().map_or(At::default(), |tree| tree.at(key));
            self.faults.push(Fault::new(folder.path(&path), at, unknown(what, name)));
        };
        if !self.reform.services.contains_key(service) {
            wrong(&["decides"], Referent::Service, service);
        }
        let known: &[&str] = match table.relevant_date.as_str() {
            law::RESERVED => &[law::KEPT],
            law::SUBMITTED => &law::ON_SUBMISSION,
            // Any day that a paper bears.
            law::DECIDED => return,
            other => return wrong(&["relevant_date"], Referent::RelevantDate, other),
        };
        for output in table.outputs().filter(|name| !known.contains(name) && *name != law::VERDICT)
        {
            wrong(&["outputs", output], Referent::Output, output);
        }
        let words = |output| table.says(output).filter_map(elements::Value::as_text);
        for id in words("outcome").filter(|id| self.bundle.templates.get(id).is_err()) {
            wrong(&["outputs", "outcome"], Referent::Document, id);
        }
        let known = |name: &str| name == "none" || self.reform.duties.contains_key(name);
        for duty in words("duty").filter(|name| !known(name)) {
            wrong(&["outputs", "duty"], Referent::Duty, duty);
        }
    }

    fn activities(&mut self) {
        let reform = self.reform;
        let mut industries = BTreeSet::new();
        for (i, activity) in reform.activities.iter().enumerate() {
            let i = i.to_string();
            if !industries.insert(&activity.industry) {
                let name = activity.industry.clone();
                self.wrong(&["activities", &i, "industry"], Wrong::Twice { name });
            }
            if activity.industry.parse::<codes::Industry>().is_err() {
                let path = ["activities", &i, "industry"];
                self.wrong(&path, unknown(Referent::Element, &activity.industry));
            }
            for (j, name) in activity.opens.iter().enumerate() {
                let j = j.to_string();
                if self.key(name).is_none_or(|key| !self.exists(&key)) {
                    let path = ["activities", &i, "opens", &j];
                    self.wrong(&path, unknown(Referent::Service, name));
                }
            }
            for key in activity.preset.keys() {
                if self.dictionary.element(key).is_none() {
                    let path = ["activities", &i, "preset", key];
                    self.wrong(&path, unknown(Referent::Element, key));
                }
            }
        }
    }
}

/// A circle within a group of tasks that all reach each other, from the first by name.
fn cycle_in(graph: &DiGraphMap<&str, ()>, group: &[&str]) -> Option<Vec<String>> {
    let first = group.iter().min()?;
    let inside: BTreeSet<&str> = group.iter().copied().collect();
    let mut way = vec![*first];
    let mut seen = BTreeSet::from([*first]);
    // A depth-first walk within the group: each step goes on to a task not seen, or closes the circle.
    while let Some(here) = way.last() {
        let mut next: Vec<&str> = graph.neighbors(here).filter(|to| inside.contains(to)).collect();
        next.sort_unstable();
        if next.contains(first) {
            let mut cycle: Vec<String> = way.iter().map(ToString::to_string).collect();
            cycle.push((*first).to_owned());
            return Some(cycle);
        }
        match next.into_iter().find(|to| !seen.contains(to)) {
            Some(to) => {
                seen.insert(to);
                way.push(to);
            }
            None => {
                way.pop();
            }
        }
    }
    None
}
