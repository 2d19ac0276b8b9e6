//! What policies may know: who acts, what it is done to, which place lies in which.

use crate::gate::check::AccessErrors;
use crate::model::Scope;
use cedar_policy::{
    Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression as Value,
};
use kernel::{Actor, OrganKey};
use module::Resource;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Knows where organs are; the catalogue's directory, handed in by `app`.
pub trait Organs: Send + Sync + 'static {
    /// The division in which an organ acts, six digits; `None` if there is no such organ, and then its officers may nothing.
    fn place(&self, organ: &OrganKey) -> Option<String>;

    /// What an organ is called; the directory's key stands where nobody knows.
    fn name(&self, organ: &OrganKey) -> Option<codes::Label> {
        let _ = organ;
        None
    }

    /// The services that organs offer, by id such as `28/food`, for people to choose from; empty where nobody knows them.
    fn services(&self) -> Vec<(String, codes::Label)> {
        Vec::new()
    }
}

impl<F: Fn(&OrganKey) -> Option<String> + Send + Sync + 'static> Organs for F {
    fn place(&self, organ: &OrganKey) -> Option<String> {
        self(organ)
    }
}

/// The scopes of the mandates under which people are acting now.
///
/// The sign-in layer reads a mandate from its table on every request and leaves its scope here for the gate. A mandate
/// that is not here gives no right.
#[derive(Default)]
pub struct Mandates(RwLock<BTreeMap<String, Scope>>);

impl fmt::Debug for Mandates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mandates")
    }
}

impl Mandates {
    /// The most mandates held at once; beyond it the list starts anew, and requests fill it again.
    const HELD_MAX: usize = 20_000;

    /// Says that a mandate holds, with its scope, or (`None`) that it holds no more.
    pub fn know(&self, mandate: &str, scope: Option<&Scope>) {
        if self.scope(mandate).as_ref() == scope {
            return;
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match scope {
            Some(scope) => {
                if held.len() >= Self::HELD_MAX {
                    held.clear();
                }
                held.insert(mandate.to_owned(), scope.clone());
            }
            None => {
                held.remove(mandate);
            }
        }
    }

    /// The scope of a mandate that holds.
    #[must_use]
    pub fn scope(&self, mandate: &str) -> Option<Scope> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(mandate).cloned()
    }
}

/// The type names of the schema, parsed once.
struct Types {
    place: EntityTypeName,
    organ: EntityTypeName,
    party: EntityTypeName,
    person: EntityTypeName,
    officer: EntityTypeName,
    partner: EntityTypeName,
    system: EntityTypeName,
    public: EntityTypeName,
}

pub(crate) struct Facts {
    types: Types,
    organs: Arc<dyn Organs>,
    pub(crate) mandates: Arc<Mandates>,
}

/// The entities of one question, each once.
struct Gathering<'a> {
    facts: &'a Facts,
    found: Vec<Entity>,
}

const NATION: &str = "000000";

impl Facts {
    pub(crate) fn new(
        organs: Arc<dyn Organs>,
        mandates: Arc<Mandates>,
    ) -> Result<Self, AccessErrors> {
        let name = |text: &str| {
            text.parse::<EntityTypeName>()
                .map_err(|error| AccessErrors::one("identity", 0, error.to_string()))
        };
        let types = Types {
            place: name("Place")?,
            organ: name("Organ")?,
            party: name("Party")?,
            person: name("Person")?,
            officer: name("Officer")?,
            partner: name("Partner")?,
            system: name("System")?,
            public: name("Public")?,
        };
        Ok(Self { types, organs, mandates })
    }

    /// The principal and everything that policies may ask about; `None` if the actor is not one that can be judged.
    pub(crate) fn entities(
        &self,
        actor: &Actor,
        resource: &EntityUid,
        on: &dyn Resource,
    ) -> Option<(EntityUid, Entities)> {
        let mut gathering = Gathering { facts: self, found: Vec::with_capacity(12) };
        let principal = gathering.principal(actor)?;
        gathering.resource(resource, on)?;
        let entities = Entities::from_entities(gathering.found, None).ok()?;
        Some((principal, entities))
    }
}

fn uid(kind: &EntityTypeName, id: impl AsRef<str>) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(value: &str) -> Value {
    Value::new_string(value.to_owned())
}

impl Gathering<'_> {
    fn has(&self, uid: &EntityUid) -> bool {
        self.found.iter().any(|entity| entity.uid() == *uid)
    }

    fn add(
        &mut self,
        uid: EntityUid,
        attributes: Vec<(&str, Value)>,
        parents: Option<EntityUid>,
        tags: Vec<(&'static str, String)>,
    ) -> Option<EntityUid> {
        if !self.has(&uid) {
            let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value));
            let tags =
                tags.into_iter().map(|(name, value)| (name.to_owned(), Value::new_string(value)));
            self.found.push(Entity::new_with_tags(uid.clone(), attributes, parents, tags).ok()?);
        }
        Some(uid)
    }

    /// A place with all places it lies in, up to the nation.
    ///
    /// Special areas, whose codes the division table does not know, lie directly in the nation.
    fn place(&mut self, code: &str) -> Option<EntityUid> {
        let code = if code.is_empty() { NATION } else { code };
        let place = uid(&self.facts.types.place, code);
        if self.has(&place) {
            return Some(place);
        }
        let parent = match code.parse::<codes::Division>().ok() {
            _ if code == NATION => None,
            Some(division) => Some(
                division.parent().map_or_else(|| NATION.to_owned(), |parent| parent.to_string()),
            ),
            None => Some(NATION.to_owned()),
        };
        let parent = match parent {
            Some(code) => Some(self.place(&code)?),
            None => None,
        };
        self.add(place, Vec::new(), parent, Vec::new())
    }

    fn organ(&mut self, organ: &OrganKey) -> Option<(EntityUid, EntityUid)> {
        let place = self.facts.organs.place(organ)?;
        let place = self.place(&place)?;
        let organ = uid(&self.facts.types.organ, organ.as_str());
        let attributes = vec![("place", Value::new_entity_uid(place.clone()))];
        Some((self.add(organ, attributes, None, Vec::new())?, place))
    }

    fn party(&mut self, party: &str) -> Option<EntityUid> {
        let party = uid(&self.facts.types.party, party);
        self.add(party, Vec::new(), None, Vec::new())
    }

    fn principal(&mut self, actor: &Actor) -> Option<EntityUid> {
        let facts = self.facts;
        let types = &facts.types;
        match actor {
            Actor::System { name } => self.add(uid(&types.system, name), vec![], None, vec![]),
            Actor::Partner { partner } => {
                let attributes = vec![("key", text(partner))];
                self.add(uid(&types.partner, partner), attributes, None, vec![])
            }
            Actor::Public => self.add(uid(&types.public, "public"), vec![], None, vec![]),
            Actor::Party { party, login, mandate } => {
                let scope = match mandate {
                    Some(mandate) => Some(facts.mandates.scope(mandate)?),
                    None => None,
                };
                let services = match &scope {
                    Some(Scope::Services(services)) => services.iter().map(|s| text(s)).collect(),
                    Some(Scope::All) | None => Vec::new(),
                };
                let attributes = vec![
                    ("party", Value::new_entity_uid(self.party(party.as_str())?)),
                    ("login", text(login)),
                    ("agent", Value::new_bool(scope.is_some())),
                    ("allServices", Value::new_bool(!matches!(scope, Some(Scope::Services(_))))),
                    ("services", Value::new_set(services)),
                ];
                self.add(uid(&types.person, login), attributes, None, vec![])
            }
            Actor::Officer { organ, login, role } => {
                let (organ, place) = self.organ(organ)?;
                let attributes = vec![
                    ("organ", Value::new_entity_uid(organ)),
                    ("place", Value::new_entity_uid(place)),
                    ("role", text(role)),
                    ("login", text(login)),
                ];
                self.add(uid(&types.officer, login), attributes, None, vec![])
            }
        }
    }

    fn resource(&mut self, resource: &EntityUid, on: &dyn Resource) -> Option<EntityUid> {
        let mut parties = Vec::new();
        for party in on.parties() {
            parties.push(Value::new_entity_uid(self.party(&party)?));
        }
        let place = self.place(&on.place())?;
        let mut attributes =
            vec![("place", Value::new_entity_uid(place)), ("parties", Value::new_set(parties))];
        if let Some(organ) = on.organ() {
            // An organ that left the directory still owns its things; it has no place of its own any more.
            let known = self.organ(&organ).map(|(organ, _)| organ);
            let organ = match known {
                Some(organ) => organ,
                None => {
                    let nation = self.place(NATION)?;
                    let gone = uid(&self.facts.types.organ, organ.as_str());
                    self.add(gone, vec![("place", Value::new_entity_uid(nation))], None, vec![])?
                }
            };
            attributes.push(("organ", Value::new_entity_uid(organ)));
        }
        // The same fact twice is a fault of the module; the first one counts.
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        for fact in on.facts() {
            if !facts.iter().any(|(name, _)| *name == fact.0) {
                facts.push(fact);
            }
        }
        self.add(resource.clone(), attributes, None, facts)
    }
}
