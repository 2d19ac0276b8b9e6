//! How the installation stands at one moment, gathered for the operator's page.

use super::{Beside, words};
use crate::chores::Told;
use codes::{Label, Moment};
use engine::letter::{LetterEvent, Why};
use engine::outbox::LetterFigures;
use engine::{
    CauseRow, DeadLetterRow, Engine, LaneRow, OutboxRow, ShardHealth, Standing, TimerRow,
};
use evidence::stamp::Backlog;
use kernel::ErrandId;
use module::Platform;
use portal::Failure;
use std::collections::BTreeMap;
use tables::Query;

/// Letters of the outbox that are looked at one by one.
const LETTERS: u32 = 1_000;
/// Dead letters that are shown one by one.
const DEAD: u32 = 20;
/// Causes of death that are shown.
const CAUSES: u32 = 20;
/// Timers that are shown.
const TIMERS: u32 = 20;
/// A letter that is older, in µs, is worth a look although it is still tried.
const OLD_US: i64 = 15 * 60 * 1_000_000;
/// A timer that is so long overdue, in µs, has not fired.
const OVERDUE_US: i64 = 60 * 1_000_000;
/// An append that took longer, in µs, tells of a slow disk.
const SLOW_US: u64 = 1_000_000;

/// A shard: where its journal stands, and how its writer does if it is this process's.
pub(super) struct ShardSeen {
    pub(super) stands: Standing,
    pub(super) health: Option<ShardHealth>,
}

impl ShardSeen {
    /// How many events the rows are behind.
    pub(super) fn lag(&self) -> u64 {
        self.stands.head.saturating_sub(self.stands.rows)
    }
}

/// What waits of one kind of work.
pub(super) struct LaneSeen {
    pub(super) row: LaneRow,
    /// How many have failed at least once.
    pub(super) failing: u64,
    /// The most attempts that one has had.
    pub(super) attempts: u32,
    /// What a failed attempt said last.
    pub(super) said: Option<String>,
    /// When one that failed is tried again.
    pub(super) next: Option<Moment>,
}

/// What letters died of.
pub(super) struct CauseSeen {
    pub(super) row: CauseRow,
    /// One of them, by which the cause is named in addresses.
    pub(super) one: DeadLetterRow,
    /// The refusal, where an aggregate refused.
    pub(super) refused: Option<Label>,
}

impl CauseSeen {
    /// The cause in plain words.
    pub(super) fn told(&self) -> words::Told {
        words::cause(&self.row.lane, &self.row.why, self.refused.as_ref())
    }
}

/// Events that rows may be behind under load.
const LAG: u64 = 1_000;

/// A projection of the read models.
pub(super) struct ProjectionSeen {
    pub(super) name: String,
    pub(super) version: u32,
}

/// How the installation stands.
pub(super) struct Seen {
    pub(super) now: Moment,
    pub(super) shards: Vec<ShardSeen>,
    pub(super) lanes: Vec<LaneSeen>,
    pub(super) causes: Vec<CauseSeen>,
    pub(super) dead: Vec<DeadLetterRow>,
    pub(super) timers: Vec<TimerRow>,
    pub(super) overdue: u64,
    pub(super) projections: Vec<ProjectionSeen>,
    pub(super) chores: Vec<Told>,
    pub(super) authorities: Vec<Backlog>,
}

/// Something that a person should look at, and where on the page.
pub(super) struct Alarm {
    /// Whether something is lost or stands still, or will only if nobody looks.
    pub(super) is_grave: bool,
    pub(super) label: Label,
    pub(super) at: &'static str,
}

impl Seen {
    /// Looks at everything.
    pub(super) async fn look(
        platform: &Platform,
        engine: &Engine,
        beside: &Beside,
    ) -> Result<Self, Failure> {
        let now = platform.clock.now();
        let standings = engine.standings().await.map_err(|error| broken(&error))?;
        let mut health: BTreeMap<_, _> =
            engine.health().await.into_iter().map(|h| (h.shard.clone(), h)).collect();
        let figures: BTreeMap<ErrandId, LetterFigures> = health
            .values()
            .flat_map(|h| h.letters.iter().map(|letter| (letter.id, letter.clone())))
            .collect();
        let shards = standings
            .into_iter()
            .map(|stands| ShardSeen { health: health.remove(&stands.shard), stands })
            .collect();
        let waiting = engine.outbox(LETTERS).await?;
        let lanes = engine.lanes().await?;
        let lanes = lanes.into_iter().map(|row| lane(row, &waiting, &figures)).collect();
        let mut causes = Vec::new();
        for row in engine.causes(CAUSES).await? {
            let Some(one) = engine.dead_of(&row.lane, &row.why, 1).await?.pop() else { continue };
            let refused = refusal(platform, &one).await;
            causes.push(CauseSeen { row, one, refused });
        }
        Ok(Self {
            now,
            shards,
            lanes,
            causes,
            dead: engine.dead_letters(DEAD).await?,
            timers: engine.timers(TIMERS).await?,
            overdue: engine.timers_due(now.plus_us(-OVERDUE_US)).await?,
            projections: projections(platform).await?,
            chores: beside.chores.all(),
            authorities: beside.stamper.as_ref().map(|one| one.backlog()).unwrap_or_default(),
        })
    }

    /// How many letters lie dead of the causes shown.
    pub(super) fn dead_total(&self) -> u64 {
        self.causes.iter().map(|cause| cause.row.letters).sum()
    }

    /// How many letters wait.
    pub(super) fn waiting_total(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.row.letters).sum()
    }

    /// What a person should look at, the gravest first.
    pub(super) fn alarms(&self, several: bool) -> Vec<Alarm> {
        let mut alarms = self.alarms_of_shards(several);
        let dead = self.dead_total();
        if dead > 0 {
            alarms.push(Alarm {
                is_grave: true,
                label: Label::new(
                    format!("{dead}封死信等待处理"),
                    format!("Dead letters that wait for you: {dead}"),
                ),
                at: "#dead",
            });
        }
        if self.overdue > 0 {
            let n = self.overdue;
            alarms.push(Alarm {
                is_grave: true,
                label: Label::new(
                    format!("{n}个定时器已过期未触发"),
                    format!("Timers that are overdue and have not fired: {n}"),
                ),
                at: "#timers",
            });
        }
        alarms.extend(self.lanes.iter().filter(|lane| self.is_old(lane)).map(|lane| {
            let name = words::lane(&lane.row.lane);
            let zh = format!("{}：最早的一封已等待较久，正在重试", name.zh);
            let en = format!("{}: the oldest has waited long and is being tried again", name.en);
            Alarm { is_grave: false, label: Label::new(zh, en), at: "#outbox" }
        }));
        alarms.extend(self.alarms_beside());
        alarms.sort_by_key(|alarm| !alarm.is_grave);
        alarms
    }

    /// What chores and authorities tell.
    fn alarms_beside(&self) -> Vec<Alarm> {
        let chores = self.chores.iter().filter(|told| !told.faults.is_empty()).map(|told| {
            let (n, name) = (told.faults.len(), &told.name);
            let label = Label::new(
                format!("{}：{n}项需要查看", name.zh),
                format!("{}: {n} to be looked into", name.en),
            );
            Alarm { is_grave: told.is_grave, label, at: "#chores" }
        });
        let late = self.authorities.iter().filter(|authority| self.is_behind(authority));
        let late = late.map(|authority| {
            let key = &authority.authority;
            let label = Label::new(
                format!("时间戳机构{key}：检查点已等待较久，机构可能不可用"),
                format!("Authority {key}: checkpoints have waited long for its stamps"),
            );
            Alarm { is_grave: false, label, at: "#authorities" }
        });
        chores.chain(late).collect()
    }

    /// Whether checkpoints have waited long for an authority.
    pub(super) fn is_behind(&self, authority: &Backlog) -> bool {
        authority.since.is_some_and(|since| self.now.us().saturating_sub(since.us()) > OLD_US)
    }

    fn alarms_of_shards(&self, several: bool) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let mut alarm = |is_grave, zh: String, en: String| {
            alarms.push(Alarm { is_grave, label: Label::new(zh, en), at: "#shards" });
        };
        let closed = self.shards.iter().filter(|shard| shard.health.is_none()).count();
        if closed > 0 && !several {
            let zh = format!("{closed}个分片已停止，正在自动重新打开");
            alarm(
                true,
                zh,
                format!("Shards that have stopped and are being opened again: {closed}"),
            );
        }
        for shard in &self.shards {
            let Some(health) = &shard.health else { continue };
            let failed = health.writer.append_failures + health.writer.rows_failures;
            let name = &shard.stands.shard;
            if failed > 0 {
                let zh = format!("分片{name}自启动以来写入失败{failed}次，请检查磁盘或数据库");
                let en = format!(
                    "Shard {name} failed to write {failed} times since the start: check disk or database"
                );
                alarm(true, zh, en);
            } else if health.append_us_max > SLOW_US {
                let zh = format!("分片{name}有写入超过一秒，磁盘可能过慢");
                let en = format!(
                    "Shard {name} had an append of more than a second: the disk may be slow"
                );
                alarm(false, zh, en);
            }
        }
        let lag: u64 = self.shards.iter().map(ShardSeen::lag).sum();
        if lag > LAG {
            let zh = format!("读模型落后日志{lag}个事件");
            alarm(false, zh, format!("Read models are {lag} events behind the journal"));
        }
        alarms
    }

    /// Whether the oldest letter of a lane has waited long.
    pub(super) fn is_old(&self, lane: &LaneSeen) -> bool {
        self.now.us().saturating_sub(lane.row.oldest.us()) > OLD_US
    }

    /// Whether a timer is overdue.
    pub(super) fn is_overdue(&self, timer: &TimerRow) -> bool {
        self.now.us().saturating_sub(timer.due_at.us()) > OVERDUE_US
    }
}

fn lane(
    row: LaneRow,
    waiting: &[OutboxRow],
    figures: &BTreeMap<ErrandId, LetterFigures>,
) -> LaneSeen {
    let of_lane = waiting.iter().filter(|letter| letter.lane == row.lane);
    let failed: Vec<&LetterFigures> = of_lane
        .filter_map(|letter| figures.get(&letter.id))
        .filter(|figures| figures.attempts > 0)
        .collect();
    let worst = failed.iter().max_by_key(|figures| figures.attempts);
    LaneSeen {
        failing: failed.len() as u64,
        attempts: worst.map_or(0, |figures| figures.attempts),
        said: worst.and_then(|figures| figures.said.clone()),
        next: failed.iter().filter_map(|figures| figures.next_at).min(),
        row,
    }
}

/// The refusal that killed a letter, in both languages; the table keeps one of them.
pub(super) async fn refusal(platform: &Platform, letter: &DeadLetterRow) -> Option<Label> {
    let id = letter.id.to_string();
    let events = platform.history.stream(&letter.shard, "outbox", &id, 0).await.ok()?;
    let last = events.iter().rev().find(|event| event.name() == "DeadLettered")?;
    match last.read::<LetterEvent>().ok()? {
        LetterEvent::DeadLettered { why: Why::Refused(refusal), .. } => Some(refusal.label),
        _ => None,
    }
}

async fn projections(platform: &Platform) -> Result<Vec<ProjectionSeen>, Failure> {
    let query = Query::new("SELECT name, version FROM lianban_projections ORDER BY name");
    let rows = platform.reader.rows(query).await?;
    let read = |row: &tables::Row| {
        Ok::<_, tables::ReadError>(ProjectionSeen {
            name: row.get("name")?,
            version: row.get("version")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

fn broken(error: &engine::StartError) -> Failure {
    tracing::error!(%error, "the stores cannot be looked at");
    portal::RequestError::Fault.into()
}
