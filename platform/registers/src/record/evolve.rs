//! Events folded into what a record believes.

use crate::record::decide::{Opened, Record};
use crate::record::event::RecordEvent;
use crate::record::model::{Change, Ending, RestrictionNo};
use codes::Moment;

impl Record {
    /// Changes what is believed.
    pub(crate) fn believe(&mut self, change: &Change) {
        for no in &change.void {
            self.believed.remove(no);
        }
        for segment in &change.segments {
            self.next_segment = self.next_segment.max(segment.no.saturating_add(1));
            self.believed.insert(segment.no, segment.clone());
        }
    }

    fn end(&mut self, restriction: RestrictionNo, how: Ending, at: Moment) {
        self.restrictions.insert(restriction, Some((how, at)));
    }

    pub(crate) fn fold(&mut self, event: &RecordEvent) {
        if let Some(change) = event.change() {
            self.believe(change);
        }
        match event {
            RecordEvent::Opened { record, place, organ, predecessors } => {
                self.opened = Some(Opened {
                    record: record.clone(),
                    place: place.clone(),
                    organ: organ.clone(),
                    predecessors: predecessors.clone(),
                });
            }
            RecordEvent::Retired { at, carried, successors, cause, .. } => {
                self.retired = Some((*at, *cause, successors.clone()));
                for restriction in carried {
                    self.end(restriction.no, Ending::Carried, *at);
                }
            }
            RecordEvent::RestrictionEntered { restriction, .. } => {
                self.restrictions.insert(restriction.no, None);
            }
            RecordEvent::RestrictionReleased { restriction, at, .. } => {
                self.end(*restriction, Ending::Released, *at);
            }
            RecordEvent::RestrictionLapsed { restriction, at, .. } => {
                self.end(*restriction, Ending::Lapsed, *at);
            }
            RecordEvent::RestrictionAnnulled { restriction, at, .. } => {
                self.end(*restriction, Ending::Annulled, *at);
            }
            RecordEvent::Entered { .. }
            | RecordEvent::Amended { .. }
            | RecordEvent::Corrected { .. }
            | RecordEvent::Closed { .. }
            | RecordEvent::RestrictionRenewed { .. }
            | RecordEvent::RestrictionTimed { .. }
            | RecordEvent::ActionRecorded { .. }
            | RecordEvent::RestrictionPromoted { .. } => {}
        }
    }
}
