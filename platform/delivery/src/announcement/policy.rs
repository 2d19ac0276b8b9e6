//! What follows from announcements: a notice that is served by one is deemed served by it.

use super::AnnouncementEvent;
use crate::decide::{Notice, NoticeCommand};
use crate::model::NoticeKey;
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Published, changed or taken back, so the notice that it serves is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeByAnnouncement;

impl Policy for ServeByAnnouncement {
    fn name(&self) -> &'static str {
        "delivery.serve_by_announcement"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["announcement.Announced", "announcement.Amended", "announcement.Withdrawn"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let announcement = event.key.to_string();
        let told: Option<(NoticeKey, NoticeCommand)> = match event.read()? {
            AnnouncementEvent::Announced { posting, from, .. } => posting.serves.map(|notice| {
                (notice, NoticeCommand::RecordPublication { announcement, published_on: from })
            }),
            AnnouncementEvent::Amended { serves, from, restart: true, .. } => {
                serves.map(|notice| {
                    (notice, NoticeCommand::RecordPublication { announcement, published_on: from })
                })
            }
            AnnouncementEvent::Withdrawn { serves, reason, .. } => serves
                .map(|notice| (notice, NoticeCommand::DropPublication { announcement, reason })),
            _ => None,
        };
        told.map(|(notice, command)| event.leads_to::<Notice>(&notice, &command))
            .into_iter()
            .collect()
    }
}
