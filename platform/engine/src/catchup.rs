//! Rows at the start: tables made, new ones filled, those that a crash kept back written, all built anew on demand.

use crate::error::StartError;
use crate::kinds::Kinds;
use crate::replay::{Walk, rows_of};
use crate::routes::Routes;
use journal::Journal;
use kernel::Shard;
use std::sync::Arc;
use tables::{Projection, Rows, Tables};

/// What rows are made of.
pub(crate) struct Rebuilder<'a> {
    pub(crate) journal: &'a dyn Journal,
    pub(crate) tables: &'a dyn Tables,
    pub(crate) kinds: &'a Arc<Kinds>,
    pub(crate) projections: &'a Arc<Routes<dyn Projection>>,
}

/// How far a rebuild has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilding {
    /// The shard.
    pub shard: Shard,
    /// The position that was reached.
    pub at: u64,
    /// The position where it ends.
    pub of: u64,
}

/// The shard under whose name it is noted that a projection is complete; no shard of a journal has such a name.
fn mark_of(projection: &dyn Projection) -> Shard {
    Shard::new(format!("~complete/{}/{}", projection.name(), projection.version()))
}

impl Rebuilder<'_> {
    /// Makes the tables; fills those of new projections from the journal, up to where the others stand.
    pub(crate) async fn prepare(&self) -> Result<(), StartError> {
        let mut fresh = Vec::new();
        for projection in self.projections.all() {
            let name = projection.name();
            let new = self.tables.prepare(name, projection.version(), projection.tables()).await?;
            // A process that died while it filled new tables has left no mark.
            if new || self.tables.position(&mark_of(&**projection)).await? == 0 {
                fresh.push(Arc::clone(projection));
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        for projection in &fresh {
            self.tables.clear(projection.tables()).await?;
        }
        let names: Vec<_> = fresh.iter().map(|projection| projection.name()).collect();
        let routes = Routes::of_projections(fresh.clone());
        for shard in self.journal.shards().await? {
            let upto = self.tables.position(&shard).await?;
            let fill =
                Fill { routes: &routes, with_timers: names.contains(&"engine"), fixed: Some(upto) };
            self.project(&shard, 0, upto, &fill, &mut |_| ()).await?;
        }
        self.mark(&fresh, 1).await
    }

    async fn mark(&self, projections: &[Arc<dyn Projection>], upto: u64) -> Result<(), StartError> {
        for projection in projections {
            self.tables.write(&mark_of(&**projection), upto, Rows::default()).await?;
        }
        Ok(())
    }

    /// Writes the rows that a crash kept back.
    pub(crate) async fn catch_up(&self, shard: &Shard, head: u64) -> Result<(), StartError> {
        let at = self.tables.position(shard).await?;
        if at > head {
            let why = format!(
                "the tables stand at {at}, the journal at {head}: it was taken back; rebuild the projections"
            );
            return Err(StartError::Replay { shard: shard.to_string(), why });
        }
        let fill = Fill { routes: self.projections, with_timers: true, fixed: None };
        self.project(shard, at, head, &fill, &mut |_| ()).await
    }

    /// Forgets all rows and makes them anew from the journal.
    pub(crate) async fn rebuild(
        &self,
        progress: &mut (dyn FnMut(Rebuilding) + Send),
    ) -> Result<(), StartError> {
        let all = self.projections.all();
        self.mark(all, 0).await?;
        for projection in all {
            self.tables.clear(projection.tables()).await?;
        }
        for shard in self.journal.shards().await? {
            let head = self.journal.head(&shard).await?.seq;
            let fill = Fill { routes: self.projections, with_timers: true, fixed: None };
            self.project(&shard, 0, head, &fill, progress).await?;
        }
        self.mark(all, 1).await
    }

    async fn project(
        &self,
        shard: &Shard,
        after: u64,
        upto: u64,
        fill: &Fill<'_>,
        progress: &mut (dyn FnMut(Rebuilding) + Send),
    ) -> Result<(), StartError> {
        let broken = |why: String| StartError::Replay { shard: shard.to_string(), why };
        let mut stands = self.tables.position(shard).await?;
        let mut walk = Walk::new(shard, self.journal, self.kinds, after, upto);
        while let Some(part) = walk.next(fill.with_timers).await.map_err(broken)? {
            let mut rows = rows_of(shard, fill.routes, &part.events, &part.timers)
                .map_err(|error| broken(error.to_string()))?;
            rows.follow(fill.fixed.unwrap_or(stands));
            let at = part.events.last().map_or(upto, |event| event.seq);
            stands = at;
            self.tables.write(shard, fill.fixed.unwrap_or(at), rows).await?;
            progress(Rebuilding { shard: shard.clone(), at, of: upto });
        }
        Ok(())
    }
}

/// What is filled, and how the position is kept.
struct Fill<'a> {
    routes: &'a Routes<dyn Projection>,
    with_timers: bool,
    /// The position that stays while tables of one projection are filled beside live ones.
    fixed: Option<u64>,
}
