//! Reform 28 as its folder says it: definition, plan, answers, actors, and a case on its way.

use calendar::Calendar;
use cases::law::Definition;
use cases::model::{CaseKey, Plan, TaskState};
use cases::planning::{Choice, Lookup, plan};
use cases::{Case, CaseCommand, CaseError, CaseEvent, Law};
use catalogue::definition::{Reform, Service, ServiceKey};
use codes::{Date, Label, Moment};
use documents::Template;
use elements::{Dictionary, from_yaml};
use forms::{Answers, Crosswalks, ServiceForm, Spot};
use kernel::spec::{Given, given};
use kernel::{Actor, OrganKey, PartyKey};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub(crate) const NO: &str = "440115-260212-000001-33";
pub(crate) const PLACE: &str = "440115";
pub(crate) const BUNDLE: &str = "b28";
pub(crate) const USCC: &str = "91440115MAD2K7Q49J";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reforms/28-licence-one-window");

fn text(path: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn names(folder: &str, end: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(format!("{FOLDER}/{folder}"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(end).map(str::to_owned))
        .collect();
    names.sort();
    names
}

pub(crate) fn reform() -> &'static Reform {
    static REFORM: OnceLock<Reform> = OnceLock::new();
    REFORM.get_or_init(|| from_yaml("reform.yaml", &text("reform.yaml")).unwrap())
}

/// The definition of the folder, as `bundles` will make it.
pub(crate) fn definition() -> Definition {
    static MADE: OnceLock<Definition> = OnceLock::new();
    MADE.get_or_init(|| {
        let dictionary = Arc::new(Dictionary::builtin().unwrap());
        let forms = names("forms", ".yaml")
            .into_iter()
            .map(|name| {
                let file = format!("forms/{name}.yaml");
                let form = ServiceForm::parse(&dictionary, &file, &text(&file)).unwrap();
                (ServiceKey::new(28, name), Arc::new(form))
            })
            .collect();
        let templates: BTreeMap<String, Arc<Template>> = names("documents", ".yaml")
            .into_iter()
            .filter(|name| !name.ends_with(".sample"))
            .map(|name| {
                let read =
                    |file: &str| std::fs::read_to_string(format!("{FOLDER}/documents/{file}")).ok();
                let template =
                    Template::read(&text(&format!("documents/{name}.yaml")), read).unwrap();
                (name, Arc::new(template))
            })
            .collect();
        let signed = reform()
            .signed_documents
            .iter()
            .map(|(name, row)| (name.clone(), Arc::clone(&templates[&row.template])))
            .collect();
        let rules = names("rules", ".yaml")
            .into_iter()
            .map(|name| {
                let file = format!("rules/{name}.yaml");
                Arc::new(rules::Table::read(&dictionary, &file, &text(&file)).unwrap())
            })
            .collect();
        Definition {
            rules,
            digest: BUNDLE.to_owned(),
            dictionary,
            maps: Arc::new(Crosswalks::builtin().unwrap()),
            forms,
            signed,
            templates,
        }
    })
    .clone()
}

/// The law of the folder with a text of one of its decision tables replaced.
pub(crate) fn law_with(table: &str, from: &str, to: &str) -> Law {
    let mut definition = definition();
    let file = format!("rules/{table}.yaml");
    let before = text(&file);
    assert!(before.contains(from), "{file} does not hold {from}");
    let changed = rules::Table::read(&definition.dictionary, &file, &before.replace(from, to));
    let changed = changed.unwrap_or_else(|faults| panic!("{faults:?}"));
    definition.rules.retain(|one| one.id != table);
    definition.rules.push(Arc::new(changed));
    let law = Law::new(Calendar::embedded());
    law.add(definition);
    law
}

/// The law of the folder under a calendar.
pub(crate) fn law_under(calendar: Calendar) -> Law {
    let law = Law::new(calendar);
    law.add(definition());
    law
}

pub(crate) fn law() -> Law {
    law_under(Calendar::embedded())
}

struct Folder;

impl Lookup for Folder {
    fn service(&self, key: &ServiceKey) -> Option<(&Reform, &Service)> {
        let reform = reform();
        (key.reform == reform.number).then(|| Some((reform, reform.services.get(&key.id)?)))?
    }

    fn organ(&self, role: &str) -> Option<(OrganKey, Label)> {
        Some((organ(role), Label::new(format!("南沙区{role}"), format!("Nansha {role}"))))
    }
}

/// The organ of a role at the place of the case.
pub(crate) fn organ(role: &str) -> OrganKey {
    OrganKey::new(format!("{PLACE}-{role}"))
}

/// The plan of the set-up package with more services.
pub(crate) fn plan_with(more: &[&str]) -> Plan {
    let choice = Choice {
        package: "setup".to_owned(),
        add_ons: more.iter().map(ToString::to_string).collect(),
        place: PLACE.to_owned(),
        prior: Vec::new(),
    };
    plan(reform(), BUNDLE, &choice, &Folder).unwrap()
}

pub(crate) fn answers(more: &[&str]) -> Answers {
    let name = if more.contains(&"food") { "qinghe-food" } else { "qinghe" };
    from_yaml(name, &text(&format!("samples/answers/{name}.yaml"))).unwrap()
}

pub(crate) fn with(answers: &Answers, at: &str, value: impl Into<elements::Value>) -> Answers {
    let mut changed = answers.clone();
    changed.set(&at.parse::<Spot>().unwrap(), Some(value.into()));
    changed
}

pub(crate) fn founder() -> Actor {
    Actor::Party { party: PartyKey::new("p1"), login: "chen".to_owned(), mandate: None }
}

pub(crate) fn officer_of(role_of_organ: &str, role: &str) -> Actor {
    Actor::Officer {
        organ: organ(role_of_organ),
        login: format!("{role}@{role_of_organ}"),
        role: role.to_owned(),
    }
}

/// The reviewer of the organ that decides a task.
pub(crate) fn reviewer(task: &str) -> Actor {
    officer_of(&reform().services[task].organ, "reviewer")
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// An instant on the wall clock of Beijing: `2026-02-12 15:20`.
pub(crate) fn at(text: &str) -> Moment {
    let (day, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    Moment::from_wall(day.parse::<Date>().unwrap().at(
        hour.parse().unwrap(),
        minute.parse().unwrap(),
        0,
        0,
    ))
}

pub(crate) type Spec<'w> = Given<'w, Case>;

/// A case on its way.
pub(crate) struct Story<'w> {
    pub(crate) spec: Option<Spec<'w>>,
    pub(crate) answers: Answers,
    /// Everything that has happened.
    pub(crate) past: Vec<CaseEvent>,
}

impl<'w> Story<'w> {
    /// A draft whose form is filled and whose uploads are there, on Thursday, 12 February 2026, at 15:20.
    pub(crate) fn filled(law: &'w Law, plan: Plan, answers: Answers) -> Self {
        let mut story = Self {
            spec: Some(given::<Case>(law, []).at(at("2026-02-12 15:20")).by(founder())),
            answers: answers.clone(),
            past: Vec::new(),
        };
        let slots: Vec<String> =
            definition().materials(&plan).into_iter().map(|material| material.slot).collect();
        let open = CaseCommand::Open {
            no: CaseKey(NO.to_owned()),
            applicant: PartyKey::new("p1"),
            plan: Box::new(plan),
        };
        story.must(open);
        let sealed = "sealed-1".to_owned();
        story.must(CaseCommand::SaveAnswers { answers: Box::new(answers), before: None, sealed });
        for slot in slots {
            story.must(CaseCommand::AttachMaterial { slot, blob: "blob-1".to_owned() });
        }
        story
    }

    /// The same with everybody's signature and the name kept.
    pub(crate) fn signed(law: &'w Law, plan: Plan, answers: Answers) -> Self {
        let mut story = Self::filled(law, plan, answers);
        story.keep_name();
        story.sign_all();
        story
    }

    /// A case of the set-up package with more services, handed in at 15:20.
    pub(crate) fn submitted(law: &'w Law, more: &[&str]) -> Self {
        Self::handed_in(law, plan_with(more), answers(more))
    }

    pub(crate) fn handed_in(law: &'w Law, plan: Plan, answers: Answers) -> Self {
        let mut story = Self::signed(law, plan, answers);
        story.submit().unwrap();
        story
    }

    pub(crate) fn case(&self) -> &Case {
        &self.spec.as_ref().unwrap().state
    }

    pub(crate) fn state(&self, task: &str) -> TaskState {
        self.case().tasks[task].state
    }

    pub(crate) fn keep_name(&mut self) {
        let (name, until) = ("广州青禾餐饮管理有限公司".to_owned(), day("2026-04-13"));
        self.must(CaseCommand::NoteName { name, until, claim: "claim-1".to_owned() });
    }

    /// Every signer signs every document that waits for a signature, as it stands now.
    pub(crate) fn sign_all(&mut self) {
        let invite = CaseCommand::InviteSigner {
            signer: "chen".to_owned(),
            token: "token-chen".to_owned(),
            answers: Box::new(self.answers.clone()),
        };
        self.must(invite);
        let open: Vec<(String, String, String)> = self
            .case()
            .documents
            .iter()
            .flat_map(|(name, document)| {
                document
                    .missing()
                    .map(move |card| (name.clone(), document.sha256.clone(), card.clone()))
            })
            .collect();
        for (document, sha256, signer) in open {
            self.must(CaseCommand::Sign { document, sha256, signer });
        }
    }

    pub(crate) fn submit(&mut self) -> Result<Vec<CaseEvent>, CaseError> {
        self.run(CaseCommand::Submit { answers: Box::new(self.answers.clone()) })
    }

    pub(crate) fn save(&mut self, answers: Answers) -> Vec<CaseEvent> {
        let before = Some(Box::new(std::mem::replace(&mut self.answers, answers.clone())));
        let sealed = "sealed-2".to_owned();
        self.must(CaseCommand::SaveAnswers { answers: Box::new(answers), before, sealed })
    }

    /// Winds the clock without firing timers.
    pub(crate) fn at(&mut self, text: &str) -> &mut Self {
        self.spec = self.spec.take().map(|spec| spec.at(at(text)));
        self
    }

    pub(crate) fn by(&mut self, actor: Actor) -> &mut Self {
        self.spec = self.spec.take().map(|spec| spec.by(actor));
        self
    }

    /// Decides a command as whoever acted last.
    pub(crate) fn run(&mut self, command: CaseCommand) -> Result<Vec<CaseEvent>, CaseError> {
        let events = self.spec.as_mut().unwrap().when(command)?;
        self.past.extend(events.clone());
        Ok(events)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a test writes its command where it gives it"
    )]
    pub(crate) fn must(&mut self, command: CaseCommand) -> Vec<CaseEvent> {
        self.run(command.clone()).unwrap_or_else(|error| panic!("{command:?}: {error:?}"))
    }

    /// The reviewer of the task's organ gives a command.
    pub(crate) fn decides(
        &mut self,
        task: &str,
        command: CaseCommand,
    ) -> Result<Vec<CaseEvent>, CaseError> {
        self.by(reviewer(task)).run(command)
    }

    pub(crate) fn accept(&mut self, task: &str) -> Vec<CaseEvent> {
        self.decides(task, CaseCommand::Accept { task: task.to_owned() }).unwrap()
    }

    pub(crate) fn grant(&mut self, task: &str) -> Vec<CaseEvent> {
        let gives = reform().services[task].outcome.gives.iter();
        let given = gives.map(|element| (element.clone(), "440001234567890123".to_owned()));
        let command = CaseCommand::Grant { task: task.to_owned(), given: given.collect() };
        self.decides(task, command).unwrap()
    }

    pub(crate) fn establish(&mut self) -> Vec<CaseEvent> {
        self.by(Actor::system("linkage.establish"))
            .run(CaseCommand::Establish { uscc: USCC.to_owned() })
            .unwrap()
    }

    /// Linkage tells that the outcome of a task has gone out.
    pub(crate) fn delivered(&mut self, task: &str) -> Vec<CaseEvent> {
        let today = self.case().submitted.unwrap();
        self.by(Actor::system("linkage.notice"));
        let task = task.to_owned();
        self.must(CaseCommand::NoteServed { task, notice: "n1".to_owned(), on: today })
    }

    /// Winds the clock and fires every timer on the way.
    pub(crate) fn wind(&mut self, text: &str) -> Vec<CaseEvent> {
        self.by(Actor::system("timer"));
        let events = self.spec.as_mut().unwrap().wind(at(text)).unwrap();
        self.past.extend(events.clone());
        events
    }
}
