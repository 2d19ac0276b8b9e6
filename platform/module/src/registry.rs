//! What a module brings.

use crate::erased::{Kind, Tooled};
use crate::{Concerns, ErasedErrand, ErasedKind, Exhibits, Platform, Refusal, Retains};
use axum::Router;
use codes::Lang;
use forms::Filler;
use kernel::{Actor, Aggregate, Errand, Json, Origin, Policy, Waiting};
use std::sync::Arc;
use tables::Projection;

/// A capability or a reform as the platform sees it (模块).
pub trait Module: Send + Sync {
    /// Its name: routes lie under `/api/v1/<name>`, pages under `/<name>`, tables begin with it.
    fn name(&self) -> &'static str;
    /// Brings everything that it has.
    fn register(&self, registry: &mut Registry);
}

/// Everything that modules bring, in the order in which they bring it.
#[derive(Default)]
pub struct Registry {
    /// Aggregates.
    pub aggregates: Vec<Arc<dyn ErasedKind>>,
    /// Projections.
    pub projections: Vec<Arc<dyn Projection>>,
    /// Policies.
    pub policies: Vec<Arc<dyn Policy>>,
    /// Errands with their tools.
    pub errands: Vec<Arc<dyn ErasedErrand>>,
    /// Fillers.
    pub fillers: Vec<Arc<dyn Filler>>,
    /// Panels.
    pub panels: Vec<Panel>,
    /// Routes and pages, with their full paths.
    pub routers: Vec<(String, Router<Platform>)>,
    /// Policies in Cedar, each with the module's name.
    pub access: Vec<(&'static str, &'static str)>,
    /// Pure functions that samples may call.
    pub calls: Vec<Call>,
    /// Who knows what must still be kept.
    pub retains: Vec<Arc<dyn Retains>>,
    /// Who knows which streams concern a party.
    pub concerns: Vec<Arc<dyn Concerns>>,
    /// Who knows what belongs to a thing, for evidence.
    pub exhibits: Vec<Arc<dyn Exhibits>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// Brings an aggregate and the facts that it decides by.
    pub fn aggregate<A: Aggregate>(&mut self, world: Arc<A::World>) {
        self.aggregates.push(Arc::new(Kind::<A> { world }));
    }

    /// Brings a projection.
    pub fn projection(&mut self, projection: impl Projection) {
        self.projections.push(Arc::new(projection));
    }

    /// Brings a policy.
    pub fn policy(&mut self, policy: impl Policy) {
        self.policies.push(Arc::new(policy));
    }

    /// Brings an errand with its tools.
    pub fn errand<E: Errand>(&mut self, tools: E::Tools) {
        self.errands.push(Arc::new(Tooled::<E> { tools }));
    }

    /// Brings a filler.
    pub fn filler(&mut self, filler: Arc<dyn Filler>) {
        self.fillers.push(filler);
    }

    /// Brings a panel.
    pub fn panel(&mut self, panel: Panel) {
        self.panels.push(panel);
    }

    /// Brings routes and pages; their paths are written in full. Say `/api/v1/<name>/…` and `/<name>/…`.
    pub fn router(&mut self, module: &str, router: Router<Platform>) {
        self.routers.push((module.to_owned(), router));
    }

    /// Brings somebody who knows what must still be kept.
    pub fn retain(&mut self, retains: impl Retains) {
        self.retains.push(Arc::new(retains));
    }

    /// Tells which of its streams concern a party.
    pub fn concern(&mut self, concerns: impl Concerns) {
        self.concerns.push(Arc::new(concerns));
    }

    /// Tells what belongs to its things, for evidence.
    pub fn exhibit(&mut self, exhibits: impl Exhibits) {
        self.exhibits.push(Arc::new(exhibits));
    }

    /// Brings policies in Cedar.
    pub fn access(&mut self, module: &'static str, cedar: &'static str) {
        self.access.push((module, cedar));
    }

    /// Brings a pure function that samples call by name, `<crate>.<function>`, so that its figures stand in the folder
    /// of the reform beside the law that they follow from.
    pub fn call(
        &mut self,
        name: &'static str,
        run: impl Fn(&Json) -> Called + Send + Sync + 'static,
    ) {
        self.calls.push(Call { name, run: Arc::new(run) });
    }
}

/// What a function gives: a value, a lawful "no", or why it could not be asked at all.
pub type Called = Result<Result<Json, Refusal>, String>;

/// A pure function of a module, for samples.
#[derive(Clone)]
pub struct Call {
    /// Its name, such as `credit_repair.first_eligible`.
    pub name: &'static str,
    /// Does it: arguments as the sample writes them.
    pub run: Arc<dyn Fn(&Json) -> Called + Send + Sync>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a panel is asked.
#[derive(Clone, Debug)]
pub struct PanelRequest {
    /// The thing on whose page it stands; its `event` may be position 0 where only kind and key are known.
    pub origin: Origin,
    /// The language.
    pub lang: Lang,
    /// Who looks.
    pub actor: Actor,
}

/// A piece of a page that one module shows on another's (面板).
#[derive(Clone)]
pub struct Panel {
    /// Where it stands, such as `case.outcomes`.
    pub slot: &'static str,
    /// Makes it; empty markup if there is nothing to show.
    pub show: fn(Platform, PanelRequest) -> Waiting<'static, maud::Markup>,
}

impl std::fmt::Debug for Panel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Panel").field("slot", &self.slot).finish_non_exhaustive()
    }
}
