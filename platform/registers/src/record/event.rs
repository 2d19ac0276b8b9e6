//! What happens to records: wire format, frozen. Every event tells the whole change of belief.

use crate::record::model::{
    Act, Change, Ending, Line, Phase, RecordKey, Restriction, RestrictionNo, Retirement, SectionId,
};
use codes::{Date, Moment};
use kernel::{OrganKey, Origin, PartyKey};
use serde::{Deserialize, Serialize};

/// What happens to a record (记载).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordEvent {
    /// The record began.
    Opened {
        /// Its key.
        record: RecordKey,
        /// The division in which the thing lies.
        place: String,
        /// The organ that keeps it.
        organ: OrganKey,
        /// The records out of which it came.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        predecessors: Vec<RecordKey>,
    },
    /// Sections were entered.
    Entered {
        /// On what it rests.
        act: Act,
        /// Which.
        sections: Vec<SectionId>,
        /// What is believed.
        change: Change,
        /// Who holds from now on, in any section.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<PartyKey>,
    },
    /// Sections are otherwise from an instant on.
    Amended {
        /// On what it rests.
        act: Act,
        /// Which.
        sections: Vec<SectionId>,
        /// From when on.
        from: Moment,
        /// What is believed.
        change: Change,
        /// Who holds from then on, in any section.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<PartyKey>,
        /// Who held before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        former: Vec<PartyKey>,
    },
    /// An entry was wrong.
    Corrected {
        /// On what it rests.
        act: Act,
        /// Which section.
        section: SectionId,
        /// Over which time: from here …
        from: Moment,
        /// … until before here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Moment>,
        /// What was wrong.
        reason: String,
        /// Whether the office itself made the error.
        #[serde(default)]
        own_error: bool,
        /// What is believed.
        change: Change,
        /// Who holds now, in any section.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<PartyKey>,
        /// Who was believed to hold before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        former: Vec<PartyKey>,
    },
    /// A section ended.
    Closed {
        /// On what it rests.
        act: Act,
        /// Which section.
        section: SectionId,
        /// Since when.
        at: Moment,
        /// What is believed.
        change: Change,
        /// Who held.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        former: Vec<PartyKey>,
    },
    /// The record ended.
    Retired {
        /// On what it rests.
        act: Act,
        /// Why.
        cause: Retirement,
        /// The records that came out of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        successors: Vec<RecordKey>,
        /// Since when.
        at: Moment,
        /// What is believed.
        change: Change,
        /// Who held.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        former: Vec<PartyKey>,
        /// The restrictions that still stood: whoever enters the successors carries them over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<Restriction>,
    },
    /// A restriction was entered.
    RestrictionEntered {
        /// The restriction.
        restriction: Restriction,
        /// Whether it binds at once or waits.
        phase: Phase,
        /// The last day, where one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        /// What is believed.
        change: Change,
        /// Who holds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<PartyKey>,
    },
    /// A restriction was prolonged; its rank is what it was.
    RestrictionRenewed {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The document.
        document_no: String,
        /// The new last day.
        until: Date,
        /// What is believed.
        change: Change,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    /// From this day on time runs against a restriction, or it has ceased to run.
    RestrictionTimed {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The day from which its time runs.
        on: Date,
        /// The last day to act; none where nothing ends it by time any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        /// What is believed.
        change: Change,
    },
    /// The act that keeps a restriction was recorded: it does not run out any more.
    ActionRecorded {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The court's notice of acceptance, the number of the application.
        document_no: String,
        /// What is believed.
        change: Change,
    },
    /// A restriction was released or struck off.
    RestrictionReleased {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The document that ended it.
        document_no: String,
        /// Since when.
        at: Moment,
        /// What is believed.
        change: Change,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    /// A restriction had been entered in error.
    RestrictionAnnulled {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// What was wrong.
        reason: String,
        /// When it was struck out.
        at: Moment,
        /// What is believed.
        change: Change,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    /// A restriction ran out; its segment had said so before.
    RestrictionLapsed {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The instant of the law, 24:00 of its last day.
        at: Moment,
    },
    /// A restriction that waited binds.
    RestrictionPromoted {
        /// Which.
        restriction: RestrictionNo,
        /// Its kind.
        kind: String,
        /// The instant at which the one before it ended.
        at: Moment,
        /// Its last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        /// What is believed.
        change: Change,
    },
}

impl RecordEvent {
    /// How belief changes; none where it does not.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Entered { change, .. }
            | Self::Amended { change, .. }
            | Self::Corrected { change, .. }
            | Self::Closed { change, .. }
            | Self::Retired { change, .. }
            | Self::RestrictionEntered { change, .. }
            | Self::RestrictionRenewed { change, .. }
            | Self::RestrictionTimed { change, .. }
            | Self::ActionRecorded { change, .. }
            | Self::RestrictionReleased { change, .. }
            | Self::RestrictionAnnulled { change, .. }
            | Self::RestrictionPromoted { change, .. } => Some(change),
            Self::Opened { .. } | Self::RestrictionLapsed { .. } => None,
        }
    }

    /// The lines that it speaks of.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        match self {
            Self::Opened { .. } | Self::Retired { .. } => Vec::new(),
            Self::Entered { sections, .. } | Self::Amended { sections, .. } => {
                sections.iter().cloned().map(Line::Section).collect()
            }
            Self::Corrected { section, .. } | Self::Closed { section, .. } => {
                vec![Line::Section(section.clone())]
            }
            Self::RestrictionEntered { restriction, .. } => {
                vec![Line::Restriction(restriction.no)]
            }
            Self::RestrictionRenewed { restriction, .. }
            | Self::RestrictionTimed { restriction, .. }
            | Self::ActionRecorded { restriction, .. }
            | Self::RestrictionReleased { restriction, .. }
            | Self::RestrictionAnnulled { restriction, .. }
            | Self::RestrictionLapsed { restriction, .. }
            | Self::RestrictionPromoted { restriction, .. } => {
                vec![Line::Restriction(*restriction)]
            }
        }
    }

    /// How a restriction ended by this, where one did.
    #[must_use]
    pub fn ended(&self) -> Option<(RestrictionNo, Ending)> {
        match self {
            Self::RestrictionReleased { restriction, .. } => Some((*restriction, Ending::Released)),
            Self::RestrictionLapsed { restriction, .. } => Some((*restriction, Ending::Lapsed)),
            Self::RestrictionAnnulled { restriction, .. } => Some((*restriction, Ending::Annulled)),
            Self::Opened { .. }
            | Self::Entered { .. }
            | Self::Amended { .. }
            | Self::Corrected { .. }
            | Self::Closed { .. }
            | Self::Retired { .. }
            | Self::RestrictionEntered { .. }
            | Self::RestrictionRenewed { .. }
            | Self::RestrictionTimed { .. }
            | Self::ActionRecorded { .. }
            | Self::RestrictionPromoted { .. } => None,
        }
    }
}
