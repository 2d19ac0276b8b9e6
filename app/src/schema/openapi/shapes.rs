//! The shapes of what the interface takes and gives, as JSON Schema 2020-12.
//!
//! A member that stands in `needs` is always there; one that may be null says so. Objects may gain members: whoever reads them
//! passes over what it does not know.

mod reforms;

use serde_json::{Map, Value, json};

/// Everything that operations refer to.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    let parts = [common(), cases(), catalogue(), licences(), notices(), exchange(), evidence()];
    for part in parts.into_iter().chain([reforms::all()]) {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn to(shape: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{shape}") })
}

fn list_of(shape: &Value) -> Value {
    json!({ "type": "array", "items": shape })
}

/// An object with members that are always there, and others.
fn object(needs: &[(&str, Value)], may: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = needs.iter().map(|(name, _)| *name).collect();
    let members: Map<String, Value> =
        needs.iter().chain(may).map(|(name, shape)| ((*name).to_owned(), shape.clone())).collect();
    json!({ "type": "object", "required": required, "properties": members })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    list_of(&text())
}

fn whole() -> Value {
    json!({ "type": "integer" })
}

fn yes_or_no() -> Value {
    json!({ "type": "boolean" })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn digest() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

/// Anything: its shape follows from data that an installation brings.
fn open() -> Value {
    json!(true)
}

fn or_null(shape: &Value) -> Value {
    json!({ "anyOf": [shape, { "type": "null" }] })
}

fn common() -> Value {
    json!({
        "Label": object(&[("zh", text()), ("en", text())], &[]),
        "Problem": object(
            &[
                ("type", text()), ("title", text()), ("titles", to("Label")), ("status", whole()),
                ("code", json!({ "type": "string", "pattern": "^[A-Z][A-Z0-9]{2,3}-[0-9]{4}$" })),
                ("reason", json!({ "type": "string", "pattern": "^[A-Z0-9_]+$" })),
                ("fields", json!({ "type": "object" })),
            ],
            &[],
        ),
        "KeySet": object(
            &[("keys", list_of(&object(&[("kid", text()), ("kty", text()), ("alg", text())], &[])))],
            &[],
        ),
    })
}

fn cases() -> Value {
    let row = object(
        &[
            ("no", text()),
            ("title", text()),
            ("state", open()),
            ("place", text()),
            ("package", to("Label")),
            ("submitted_on", or_null(&day())),
            ("joint_due", or_null(&day())),
            ("uscc", or_null(&text())),
        ],
        &[],
    );
    let task = object(
        &[
            ("task", text()),
            ("service", text()),
            ("label", to("Label")),
            ("organ", text()),
            ("organ_label", open()),
            ("state", open()),
        ],
        &[
            ("received_on", or_null(&day())),
            ("accepted_on", or_null(&day())),
            ("visit_on", or_null(&day())),
            ("supplement", open()),
            ("promise", open()),
            ("due", open()),
            ("limit", open()),
            ("stops", open()),
            ("extended", open()),
            ("breached", open()),
            ("delivered", open()),
            ("silence", open()),
        ],
    );
    let event = object(&[("event", text()), ("version", whole()), ("at", instant())], &[]);
    json!({
        "CaseList": object(&[("cases", list_of(&row))], &[]),
        "Task": task,
        "Case": object(
            &[
                ("no", text()), ("version", whole()), ("state", open()), ("title", text()), ("place", text()),
                ("package", object(&[("reform", whole()), ("id", text()), ("label", open())], &[])),
                ("submitted_on", or_null(&day())), ("joint_due", open()), ("tasks", list_of(&to("Task"))),
            ],
            &[
                ("answers_sha256", open()), ("documents", json!({ "type": "object" })), ("materials", texts()),
                ("duties", json!({ "type": "object" })), ("values", open()), ("name_until", or_null(&day())),
            ],
        ),
        "CaseCommand": case_command(),
        "CaseReceipt": object(
            &[("id", text()), ("version", whole()), ("events", list_of(&event)), ("repeated", yes_or_no())],
            &[("proof", or_null(&text()))],
        ),
        "Payload": object(
            &[("service", text()), ("sha256", or_null(&digest())), ("paths", texts()), ("payload", open()), ("counter", texts())],
            &[],
        ),
    })
}

/// What is posted to a case; a member that it does not know is refused.
fn case_command() -> Value {
    json!({
        "type": "object",
        "required": ["id", "expected_version", "command"],
        "additionalProperties": false,
        "properties": {
            "id": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
            "expected_version": { "type": "integer", "minimum": 0 },
            "command": {
                "description": "命令名，或以命令名为唯一键的对象 / the command's name, or an object with it as its only key: {\"Accept\": {\"task\": \"food\"}}",
                "anyOf": [{ "type": "string" }, { "type": "object", "minProperties": 1, "maxProperties": 1 }],
            },
        },
    })
}

fn catalogue() -> Value {
    let guangdong = object(&[("number", whole()), ("organs", texts()), ("scope", text())], &[]);
    let signed = object(&[("id", text()), ("title", to("Label"))], &[]);
    let one_list = object(
        &[
            ("signed", list_of(&signed)),
            ("uploads", list_of(&open())),
            ("files_one_by_one", open()),
        ],
        &[],
    );
    json!({
        "Reform": object(
            &[
                ("number", json!({ "type": "integer", "minimum": 1, "maximum": 255 })), ("slug", text()),
                ("title", to("Label")), ("field", text()), ("organs", texts()), ("scope", text()),
                ("guangdong", or_null(&guangdong)), ("runs", yes_or_no()), ("services", texts()), ("packages", texts()),
            ],
            &[],
        ),
        "ReformList": object(&[("reforms", list_of(&to("Reform")))], &[]),
        "ReformDetail": object(
            &[
                ("reform", to("Reform")), ("text", or_null(&text())), ("guangdong_text", or_null(&text())),
                ("discrepancies", list_of(&object(&[("id", text()), ("where", to("Label")), ("finding", open()), ("handling", open())], &[]))),
            ],
            &[],
        ),
        "Service": object(
            &[
                ("service", text()), ("reform", text()), ("remedy_row", open()), ("fields", or_null(&whole())),
                ("uploads", list_of(&open())),
            ],
            &[],
        ),
        "Package": object(
            &[
                ("package", text()), ("reform", text()), ("title", to("Label")), ("services", open()), ("add_ons", open()),
                ("delivery", open()), ("minutes", open()), ("merge", open()), ("one_list", one_list),
            ],
            &[],
        ),
        "ActivityList": object(&[("activities", list_of(&json!({ "type": "object" })))], &[]),
        "ScopeAnswer": object(
            &[
                ("reform", whole()), ("place", text()), ("on", day()), ("applies", yes_or_no()),
                ("reason", or_null(&text())), ("scope", open()), ("why", open()), ("where", open()),
            ],
            &[],
        ),
        "Organ": object(&[("key", text()), ("name", to("Label")), ("role", text()), ("place", text())], &[]),
    })
}

fn licences() -> Value {
    let version = object(
        &[
            ("number", text()),
            ("issued_on", day()),
            ("state", open()),
            ("token", or_null(&text())),
            ("asked", yes_or_no()),
        ],
        &[],
    );
    json!({
        "Licence": object(
            &[
                ("licence", text()), ("kind", text()), ("title", open()), ("number", text()), ("organ", open()),
                ("issued_on", day()), ("valid_from", day()), ("valid_to", or_null(&day())), ("state", open()),
                ("since", open()), ("version", whole()), ("token", or_null(&text())), ("pdf_digest", or_null(&digest())),
                ("sealed", yes_or_no()),
            ],
            &[],
        ),
        "LicenceList": object(&[("licences", list_of(&to("Licence")))], &[]),
        "Copy": object(&[("jws", json!({ "type": "string", "maxLength": 262_144 }))], &[]),
        "Verdict": object(
            &[
                ("verdict", open()), ("answer", to("Label")), ("as_of", instant()), ("since", or_null(&instant())),
                ("ending", or_null(&to("Label"))), ("statement", open()), ("checked", list_of(&to("Label"))),
                ("versions", list_of(&version)), ("original", or_null(&text())), ("key", or_null(&text())),
                ("key_state", or_null(&to("Label"))),
                ("history", list_of(&object(&[("at", instant()), ("what", to("Label"))], &[]))),
            ],
            &[],
        ),
    })
}

fn notices() -> Value {
    json!({
        "Notice": object(
            &[
                ("notice", text()), ("title", open()), ("number", text()),
                ("organ", object(&[("key", text()), ("name", open())], &[])), ("issued_on", day()), ("state", open()),
                ("digest", open()), ("served_on", or_null(&day())), ("served_by", open()), ("read_at", or_null(&instant())),
            ],
            &[],
        ),
        "NoticeList": object(&[("notices", list_of(&to("Notice")))], &[]),
    })
}

fn exchange() -> Value {
    json!({
        "Message": object(
            &[("kind", text()), ("purpose", text()), ("basis", text())],
            &[("case", text()), ("task", text())],
        ),
        "MessageReceipt": object(
            &[("message", text()), ("sha256", digest()), ("received_at", instant())],
            &[("answers", list_of(&open()))],
        ),
        "MessageRecord": object(
            &[
                ("message", text()), ("direction", json!({ "enum": ["sent", "received"] })), ("partner", text()), ("kind", text()),
                ("purpose", text()), ("basis", text()), ("case", or_null(&text())), ("task", or_null(&text())),
                ("facts", open()), ("sha256", digest()), ("key", open()), ("at", instant()),
                ("received_at", or_null(&instant())), ("answers", open()), ("faults", open()),
                ("in_reply_to", or_null(&text())), ("event", open()),
            ],
            &[],
        ),
        "MessageList": object(&[("messages", list_of(&to("MessageRecord"))), ("before", or_null(&text()))], &[]),
    })
}

fn evidence() -> Value {
    let log = object(
        &[
            ("shard", text()),
            ("origin", text()),
            ("size", whole()),
            ("lag", whole()),
            ("is_stopped", yes_or_no()),
            ("published_size", or_null(&whole())),
            ("published_at", or_null(&instant())),
            ("witnesses", texts()),
        ],
        &[],
    );
    let alarm = object(
        &[
            ("at", instant()),
            ("kind", text()),
            ("origin", text()),
            ("size", whole()),
            ("notes", texts()),
        ],
        &[],
    );
    let own = object(
        &[
            ("shard", text()),
            ("seq", whole()),
            ("kind", text()),
            ("key", text()),
            ("event", text()),
            ("at", instant()),
            ("leaf", text()),
            ("proof", text()),
        ],
        &[],
    );
    json!({
        "Evidence": object(
            &[
                ("logs", list_of(&log)),
                ("witnessed", list_of(&object(&[("origin", text()), ("size", whole())], &[]))),
                ("alarms", list_of(&alarm)),
            ],
            &[],
        ),
        "OwnEvidence": object(
            &[("party", text()), ("total", whole()), ("events", list_of(&own)), ("before", or_null(&instant()))],
            &[],
        ),
        "WitnessKeys": object(&[("witness_key", text()), ("log", text()), ("log_key", text())], &[]),
        "WitnessRequest": text(),
        "WitnessAnswer": text(),
    })
}
