//! The tables of identity: logins, posts, sessions, parties, mandates, looks.

use crate::event::{
    Ground, LoginEvent, Look, MandateEvent, PartyEvent, Proof, ReadsEvent, SessionEvent,
};
use kernel::{Actor, Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a login.
pub static LOGINS: Table = Table {
    name: "identity_logins",
    columns: &[
        Column::text("login"),
        Column::text("proof"),
        Column::text("secret"),
        Column::text("party"),
        Column::int("locked_until"),
        Column::int("registered_at"),
        Column::int("signed_in_at"),
    ],
    key: &["login"],
    indexes: &[Index { columns: &["party"] }],
};

/// One row a post.
pub static POSTS: Table = Table {
    name: "identity_posts",
    columns: &[
        Column::text("login"),
        Column::text("organ"),
        Column::text("role"),
        Column::text("name"),
    ],
    key: &["login", "organ", "role"],
    indexes: &[Index { columns: &["organ", "role"] }],
};

/// One row a session that goes on.
pub static SESSIONS: Table = Table {
    name: "identity_sessions",
    columns: &[
        Column::text("session"),
        Column::text("login"),
        Column::text("acting"),
        Column::text("assurance"),
        Column::int("opened_at"),
        Column::int("until_at"),
        Column::int("latest_at"),
    ],
    key: &["session"],
    indexes: &[Index { columns: &["login"] }],
};

/// One row a party.
pub static PARTIES: Table = Table {
    name: "identity_parties",
    columns: &[Column::text("party"), Column::text("kind"), Column::text("sealed")],
    key: &["party"],
    indexes: &[],
};

/// One row a mandate; what ended stays.
pub static MANDATES: Table = Table {
    name: "identity_mandates",
    columns: &[
        Column::text("mandate"),
        Column::text("principal"),
        Column::text("agent"),
        Column::text("scope"),
        Column::text("until_day"),
        Column::text("ground"),
        Column::int("given_at"),
        Column::int("ended_at"),
        Column::text("cause"),
    ],
    key: &["mandate"],
    indexes: &[Index { columns: &["principal"] }, Index { columns: &["agent"] }],
};

/// One row a look at a person's data.
pub static READS: Table = Table {
    name: "identity_reads",
    columns: &[
        Column::text("party"),
        Column::int("seq"),
        Column::int("at"),
        Column::text("organ"),
        Column::text("role"),
        Column::text("login"),
        Column::text("kind"),
        Column::text("thing"),
        Column::text("service"),
        Column::text("purpose"),
        Column::text("fields"),
        Column::int("denied"),
        Column::text("law"),
        Column::text("partner"),
    ],
    key: &["party", "seq"],
    indexes: &[],
};

static TABLES: std::sync::LazyLock<Vec<Table>> = std::sync::LazyLock::new(|| {
    [&LOGINS, &POSTS, &SESSIONS, &PARTIES, &MANDATES, &READS].map(Clone::clone).to_vec()
});

/// Keeps the tables of identity.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdentityTables;

impl Projection for IdentityTables {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["login.*", "session.*", "party.*", "mandate.*", "reads.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match &*event.kind {
            "login" => login(event, &event.read()?, rows),
            "session" => session(event, event.read()?, rows),
            "party" => party(event, event.read()?, rows),
            "mandate" => mandate(event, event.read()?, rows),
            "reads" => reads(event, event.read()?, rows),
            _ => {}
        }
        Ok(())
    }
}

fn key(event: &Recorded) -> Vec<Cell> {
    vec![(&*event.key).into()]
}

fn login(event: &Recorded, what: &LoginEvent, rows: &mut Rows) {
    let mut set = |cells| rows.set(&LOGINS, key(event), cells);
    match what {
        LoginEvent::Registered { proof } => {
            let (proof, secret) = match proof {
                Proof::Password { secret } => ("password", Cell::from(&secret.0)),
                Proof::Federated { .. } => ("federated", Cell::Null),
            };
            let cells = vec![
                (&*event.key).into(),
                proof.into(),
                secret,
                Cell::Null,
                Cell::Null,
                event.at.into(),
                Cell::Null,
            ];
            rows.put(&LOGINS, cells);
        }
        LoginEvent::PasswordChanged { secret } => set(vec![("secret", (&secret.0).into())]),
        LoginEvent::SignedIn { .. } => set(vec![("signed_in_at", event.at.into())]),
        LoginEvent::SignInFailed { .. } => {}
        LoginEvent::Locked { until } => set(vec![("locked_until", (*until).into())]),
        LoginEvent::Unlocked => set(vec![("locked_until", Cell::Null)]),
        LoginEvent::PartyAttached { party } => set(vec![("party", party.as_str().into())]),
        LoginEvent::OfficerAttached { post, name } => rows.put(
            &POSTS,
            vec![
                (&*event.key).into(),
                post.organ.as_str().into(),
                post.role.key().into(),
                name.into(),
            ],
        ),
        LoginEvent::OfficerDetached { post } => {
            let mut row = key(event);
            row.extend([post.organ.as_str().into(), post.role.key().into()]);
            rows.remove(&POSTS, row);
        }
    }
}

/// The JSON text of a small value; an event that was read can always be written.
fn json<T: serde::Serialize>(value: &T) -> Cell {
    serde_json::to_string(value).ok().into()
}

fn session(event: &Recorded, what: SessionEvent, rows: &mut Rows) {
    match what {
        SessionEvent::Opened { login, acting, assurance, until, latest } => rows.put(
            &SESSIONS,
            vec![
                (&*event.key).into(),
                login.as_str().into(),
                acting.map_or(Cell::Null, |acting| json(&acting)),
                json(&assurance),
                event.at.into(),
                until.into(),
                latest.into(),
            ],
        ),
        SessionEvent::Switched { acting } => {
            rows.set(&SESSIONS, key(event), vec![("acting", json(&acting))]);
        }
        SessionEvent::Extended { until } => {
            rows.set(&SESSIONS, key(event), vec![("until_at", until.into())]);
        }
        SessionEvent::Ended { .. } => rows.remove(&SESSIONS, key(event)),
    }
}

fn party(event: &Recorded, what: PartyEvent, rows: &mut Rows) {
    match what {
        PartyEvent::Registered { kind, sealed, .. } => {
            rows.put(&PARTIES, vec![(&*event.key).into(), kind.key().into(), sealed.0.into()]);
        }
        PartyEvent::Corrected { sealed, .. } => {
            rows.set(&PARTIES, key(event), vec![("sealed", sealed.0.into())]);
        }
        PartyEvent::LoginTied { .. } => {}
    }
}

fn mandate(event: &Recorded, what: MandateEvent, rows: &mut Rows) {
    match what {
        MandateEvent::Given { grant, ground } => {
            let ground = match ground {
                Ground::Given => "given",
                Ground::Register { .. } => "register",
            };
            rows.put(
                &MANDATES,
                vec![
                    (&*event.key).into(),
                    grant.principal.as_str().into(),
                    grant.agent.as_str().into(),
                    grant.scope.to_text().into(),
                    grant.until.into(),
                    ground.into(),
                    event.at.into(),
                    Cell::Null,
                    Cell::Null,
                ],
            );
        }
        MandateEvent::Ended { cause } => {
            let cells = vec![("ended_at", event.at.into()), ("cause", json(&cause))];
            rows.set(&MANDATES, key(event), cells);
        }
    }
}

fn reads(event: &Recorded, what: ReadsEvent, rows: &mut Rows) {
    let (look, denied) = match what {
        ReadsEvent::PersonRead(look) => (look, false),
        ReadsEvent::ReadDenied(look) => (look, true),
    };
    let Look { kind, key, service, purpose, fields, law } = look;
    let role = match &*event.actor {
        Actor::Officer { role, .. } => Some(role.clone()),
        Actor::System { .. } | Actor::Party { .. } | Actor::Partner { .. } | Actor::Public => None,
    };
    let partner = match &*event.actor {
        Actor::Partner { partner } => Some(partner.as_str()),
        Actor::Officer { .. } | Actor::System { .. } | Actor::Party { .. } | Actor::Public => None,
    };
    rows.put(
        &READS,
        vec![
            (&*event.key).into(),
            event.seq.into(),
            event.at.into(),
            event.actor.organ().map(kernel::OrganKey::as_str).into(),
            role.into(),
            event.actor.login().into(),
            kind.into(),
            key.into(),
            service.into(),
            purpose.into(),
            fields.join(",").into(),
            denied.into(),
            law.into(),
            partner.into(),
        ],
    );
}
