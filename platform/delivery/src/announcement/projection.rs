//! The tables of announcements: the board, what happened to each, objections.

use super::{AnnouncementEvent, Objector, Stand};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an announcement.
pub const ANNOUNCEMENTS: Table = Table {
    name: "delivery_announcements",
    columns: &[
        Column::text("announcement"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("organ"),
        Column::text("organ_name"),
        Column::text("place"),
        Column::text("sort"),
        Column::text("sort_zh"),
        Column::text("sort_en"),
        Column::text("title_zh"),
        Column::text("title_en"),
        Column::text("text_zh"),
        Column::text("text_en"),
        Column::text("posting"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("stand"),
        Column::text("from_day"),
        Column::text("to_day"),
        Column::int("provisional"),
        Column::int("published_at"),
        Column::text("ended_on"),
        Column::text("why"),
    ],
    key: &["announcement"],
    indexes: &[
        Index { columns: &["stand", "published_at"] },
        Index { columns: &["sort", "published_at"] },
        Index { columns: &["organ", "published_at"] },
        Index { columns: &["origin_kind", "origin_key"] },
    ],
};

/// One row a turn that an announcement took; the public sees them.
pub const ANNOUNCEMENT_TURNS: Table = Table {
    name: "delivery_announcement_turns",
    columns: &[
        Column::text("announcement"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("zh"),
        Column::text("en"),
        Column::text("day"),
    ],
    key: &["announcement", "version"],
    indexes: &[],
};

/// One row an objection; the public sees that there is one, and its answer.
pub const OBJECTIONS: Table = Table {
    name: "delivery_objections",
    columns: &[
        Column::text("announcement"),
        Column::int("no"),
        Column::int("at"),
        Column::int("named"),
        Column::text("objection"),
        Column::text("answer_by"),
        Column::text("answered_on"),
        Column::int("upheld"),
        Column::text("answer"),
    ],
    key: &["announcement", "no"],
    indexes: &[],
};

static TABLES: [Table; 3] = [ANNOUNCEMENTS, ANNOUNCEMENT_TURNS, OBJECTIONS];

/// Keeps the tables of announcements.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnnouncementTables;

impl Projection for AnnouncementTables {
    fn name(&self) -> &'static str {
        "delivery_announcements"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["announcement.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: AnnouncementEvent = event.read()?;
        if let AnnouncementEvent::Announced { posting, from, to, provisional } = &what {
            rows.put(
                &TABLES[0],
                vec![
                    (&*event.key).into(),
                    event.shard.as_str().into(),
                    event.version.into(),
                    posting.issuer.organ.as_str().into(),
                    (&posting.issuer.name).into(),
                    (&posting.issuer.place).into(),
                    (&posting.sort_key).into(),
                    (&posting.sort.zh).into(),
                    (&posting.sort.en).into(),
                    (&posting.title.zh).into(),
                    (&posting.title.en).into(),
                    (&posting.text.zh).into(),
                    (&posting.text.en).into(),
                    Cell::json(event, posting)?,
                    (&posting.origin.kind).into(),
                    (&posting.origin.key).into(),
                    Stand::Running.word().into(),
                    (*from).into(),
                    (*to).into(),
                    (*provisional).into(),
                    event.at.into(),
                    Cell::Null,
                    Cell::Null,
                ],
            );
        } else {
            let mut cells = vec![("version", Cell::from(event.version))];
            cells.extend(changed(&what));
            rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        }
        objections(event, &what, rows)?;
        turn(event, &what, rows);
        Ok(())
    }
}

fn changed(what: &AnnouncementEvent) -> Vec<(&'static str, Cell)> {
    match what {
        AnnouncementEvent::Amended { text, from, to, .. } => vec![
            ("text_zh", (&text.zh).into()),
            ("text_en", (&text.en).into()),
            ("from_day", (*from).into()),
            ("to_day", (*to).into()),
        ],
        AnnouncementEvent::Moved { to, provisional, .. } => {
            vec![("to_day", (*to).into()), ("provisional", (*provisional).into())]
        }
        AnnouncementEvent::Withdrawn { reason, on, .. } => vec![
            ("stand", Stand::Withdrawn.word().into()),
            ("ended_on", (*on).into()),
            ("why", reason.into()),
        ],
        AnnouncementEvent::Ended { on, reason, .. } => {
            let stand = if reason.is_some() { Stand::Stopped } else { Stand::Ended };
            vec![
                ("stand", stand.word().into()),
                ("ended_on", (*on).into()),
                ("why", reason.clone().into()),
            ]
        }
        _ => Vec::new(),
    }
}

fn objections(
    event: &Recorded,
    what: &AnnouncementEvent,
    rows: &mut Rows,
) -> Result<(), Unreadable> {
    match what {
        AnnouncementEvent::Objected { no, objection, at, answer_by, .. } => rows.put(
            &TABLES[2],
            vec![
                (&*event.key).into(),
                (*no).into(),
                (*at).into(),
                matches!(objection.by, Objector::Named { .. }).into(),
                Cell::json(event, objection)?,
                (*answer_by).into(),
                Cell::Null,
                Cell::Null,
                Cell::Null,
            ],
        ),
        AnnouncementEvent::Answered { no, upheld, reason, on, .. } => rows.set(
            &TABLES[2],
            vec![(&*event.key).into(), (*no).into()],
            vec![
                ("answered_on", (*on).into()),
                ("upheld", (*upheld).into()),
                ("answer", reason.into()),
            ],
        ),
        _ => {}
    }
    Ok(())
}

/// The public history: what happened, without anybody's name or words that were handed in.
fn turn(event: &Recorded, what: &AnnouncementEvent, rows: &mut Rows) {
    let number = |n: u32| (format!("第{n}号"), format!("no. {n}"));
    let same = |text: &String| (text.clone(), text.clone());
    let ((zh, en), day) = match what {
        AnnouncementEvent::Announced { to, .. } => (Default::default(), Some(*to)),
        AnnouncementEvent::Amended { reason, to, .. } => (same(reason), Some(*to)),
        AnnouncementEvent::Withdrawn { reason, on, .. } => (same(reason), Some(*on)),
        AnnouncementEvent::Objected { no, answer_by, .. } => (number(*no), Some(*answer_by)),
        AnnouncementEvent::Answered { no, reason, on, .. } => {
            let (zh, en) = number(*no);
            ((format!("{zh}：{reason}"), format!("{en}: {reason}")), Some(*on))
        }
        AnnouncementEvent::OutageRecorded { from, to, cause } => {
            let minutes = (to.us() - from.us()) / 60_000_000;
            let told = (format!("{minutes}分钟，{cause}"), format!("{minutes} minutes, {cause}"));
            (told, Some(from.date()))
        }
        AnnouncementEvent::Moved { to, cause, .. } => {
            ((cause.zh.clone(), cause.en.clone()), Some(*to))
        }
        AnnouncementEvent::Checked { day, asked, answered } => {
            let told = (
                format!("访问{asked}次，正常{answered}次"),
                format!("asked {asked} times, answered {answered} times"),
            );
            (told, Some(*day))
        }
        AnnouncementEvent::Ended { on, reason, .. } => {
            (same(&reason.clone().unwrap_or_default()), Some(*on))
        }
    };
    rows.put(
        &TABLES[1],
        vec![
            (&*event.key).into(),
            event.version.into(),
            event.at.into(),
            event.name().into(),
            zh.into(),
            en.into(),
            day.into(),
        ],
    );
}
