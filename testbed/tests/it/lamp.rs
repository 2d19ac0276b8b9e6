//! A module of one aggregate: a lamp that goes out by itself, has a twin, and sends a bill.

use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use codes::{Code, Coded, Label, Reason};
use kernel::{
    Aggregate, Atomic, CommandId, Context, Deadline, Errand, ErrandError, ErrandId, Moment, Policy,
    Reaction, Recorded, Shard, Unreadable,
};
use module::{Module, Platform, Registry, Subject, Who, clear};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tables::{Column, Projection, Rows, Table};

pub(crate) const SHARD: &str = "440100";

#[derive(Debug, Default)]
pub(crate) struct Lamp {
    until: Option<Moment>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    Light { minutes: i64 },
    GoOut,
    PutOut,
    Bill,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Lit { until: Moment },
    WentOut,
    PutOut,
    Billed,
}

#[derive(Debug, thiserror::Error)]
#[error("the lamp is lit")]
pub(crate) struct IsLit;

impl Coded for IsLit {
    fn code(&self) -> Code {
        Code::new("LAMP", 1)
    }
    fn reason(&self) -> Reason {
        "LAMP_LIT"
    }
    fn label(&self) -> Label {
        Label::new("灯已亮", "The lamp is lit")
    }
}

impl Aggregate for Lamp {
    const KIND: &'static str = "lamp";
    type Key = String;
    type Command = Command;
    type Event = Event;
    type Error = IsLit;
    type World = ();

    fn decide(&self, (): &(), cx: &Context, command: Command) -> Result<Vec<Event>, IsLit> {
        Ok(match command {
            Command::Light { .. } if self.until.is_some() => return Err(IsLit),
            Command::Light { minutes } => {
                vec![Event::Lit { until: cx.now.plus_seconds(60 * minutes) }]
            }
            Command::GoOut => vec![Event::WentOut],
            Command::PutOut => vec![Event::PutOut],
            Command::Bill => vec![Event::Billed],
        })
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Lit { until } => self.until = Some(*until),
            Event::WentOut | Event::PutOut => self.until = None,
            Event::Billed => {}
        }
    }

    fn deadlines(&self) -> Vec<Deadline<Command>> {
        let until = self.until.into_iter();
        until.map(|at| Deadline { name: "out".to_owned(), at, command: Command::GoOut }).collect()
    }
}

struct Twin;

impl Policy for Twin {
    fn name(&self) -> &'static str {
        "lamp.twin"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["lamp.Lit"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        if &*event.key != "pair" {
            return Ok(vec![]);
        }
        let twin = Atomic::new(event.shard.clone())
            .then::<Lamp>(&"pair-twin".to_owned(), &Command::Light { minutes: 60 });
        Ok(vec![Reaction::Commands(twin.unwrap())])
    }
}

struct Bill;

impl Policy for Bill {
    fn name(&self) -> &'static str {
        "lamp.bill"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["lamp.Lit"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let paid = &*event.key == "paid";
        let bill = SendBill { lamp: event.key.to_string() };
        Ok(if paid { vec![Reaction::errand(&bill).unwrap()] } else { vec![] })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct SendBill {
    lamp: String,
}

impl Errand for SendBill {
    const KIND: &'static str = "lamp.send_bill";
    type Tools = ();

    async fn run(&self, _id: ErrandId, (): ()) -> Result<Vec<Reaction>, ErrandError> {
        let commands = Atomic::new(Shard::new(SHARD)).then::<Lamp>(&self.lamp, &Command::Bill);
        Ok(vec![Reaction::Commands(commands.unwrap())])
    }
}

static TABLES: [Table; 1] = [Table {
    name: "lamp_lamps",
    columns: &[Column::text("name"), Column::int("lit")],
    key: &["name"],
    indexes: &[],
}];

struct Lamps;

impl Projection for Lamps {
    fn name(&self) -> &'static str {
        "lamp.lamps"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        &TABLES
    }
    fn listens(&self) -> &'static [&'static str] {
        &["lamp.*"]
    }
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match event.read()? {
            Event::Lit { .. } => rows.put(&TABLES[0], vec![(&*event.key).into(), true.into()]),
            Event::WentOut | Event::PutOut => {
                rows.set(&TABLES[0], vec![(&*event.key).into()], vec![("lit", false.into())]);
            }
            Event::Billed => {}
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct LightRequest {
    minutes: i64,
}

async fn light(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(name): Path<String>,
    Json(request): Json<LightRequest>,
) -> Result<Json<Value>, StatusCode> {
    use codes::Coded as _;
    let status = |status: u16| StatusCode::from_u16(status).unwrap();
    let by = clear(&*platform.gate, &actor, "lamp.light", &Subject::new("Lamp", &name))
        .map_err(|denied| status(denied.status()))?;
    let commands = Atomic::new(Shard::new(SHARD))
        .then::<Lamp>(&name, &Command::Light { minutes: request.minutes })
        .unwrap();
    let id = CommandId::derive(&[b"http", name.as_bytes()]);
    let receipt = platform.commands.submit(by, id, commands).await;
    let receipt = receipt.map_err(|error| status(error.refusal().status))?;
    Ok(Json(json!({"version": receipt.version_of("lamp", &name)})))
}

pub(crate) struct LampModule;

impl Module for LampModule {
    fn name(&self) -> &'static str {
        "lamp"
    }
    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Lamp>(Arc::new(()));
        registry.projection(Lamps);
        registry.policy(Twin);
        registry.policy(Bill);
        registry.errand::<SendBill>(());
        registry
            .router("lamp", axum::Router::new().route("/api/v1/lamp/{name}/light", post(light)));
    }
}
