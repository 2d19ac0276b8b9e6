//! What follows from a day that is due and from a look that began: one errand each.

use super::errand::{FetchDaily, Reconcile};
use super::intake::{IntakeEvent, IntakeKey};
use super::push::{PushEvent, PushKey};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// A day is due, so it is compared with what the mirror holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReconcileOnDue;

impl Policy for ReconcileOnDue {
    fn name(&self) -> &'static str {
        "credit.reconcile"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["credit-push.ReconciliationBegun"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let PushEvent::ReconciliationBegun { attempt, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let (key, shard) = (PushKey(event.key.to_string()), event.shard.clone());
        Ok(vec![event.sends(&Reconcile { key, shard, attempt })?])
    }
}

/// A look began, so the mirror is asked for its files.
#[derive(Clone, Copy, Debug, Default)]
pub struct FetchOnLook;

impl Policy for FetchOnLook {
    fn name(&self) -> &'static str {
        "credit.fetch_daily"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["credit-intake.LookBegun"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let IntakeEvent::LookBegun { look, after, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let (key, shard) = (IntakeKey(event.key.to_string()), event.shard.clone());
        Ok(vec![event.sends(&FetchDaily { key, shard, look, after })?])
    }
}
