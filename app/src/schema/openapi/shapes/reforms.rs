//! The shapes of registers, bills, and of reforms that have an interface of their own.

use super::{day, instant, list_of, object, open, or_null, text, texts, to, whole, yes_or_no};
use serde_json::{Map, Value, json};

pub(super) fn all() -> Value {
    let mut all = Map::new();
    for part in [registers(), property(), bills(), books(), penalty(), credit(), service()] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn registers() -> Value {
    let section = object(
        &[
            ("id", open()),
            ("since", instant()),
            ("facts", open()),
            ("form", open()),
            ("count", whole()),
            ("holders", list_of(&open())),
        ],
        &[],
    );
    let restriction = object(
        &[
            ("no", whole()),
            ("kind", text()),
            ("label", to("Label")),
            ("phase", open()),
            ("from", instant()),
            ("to", or_null(&instant())),
            ("detail", open()),
        ],
        &[],
    );
    json!({
        "RecordSection": section,
        "Restriction": restriction,
        "Record": object(
            &[],
            &[
                ("record", text()),
                ("sections", list_of(&to("RecordSection"))),
                ("restrictions", list_of(&to("Restriction"))),
            ],
        ),
    })
}

fn property() -> Value {
    let unit = object(
        &[
            ("real_estate_unit_no", text()),
            ("location", open()),
            ("restrictions", open()),
            ("certificates", open()),
            ("since", open()),
        ],
        &[],
    );
    json!({
        "Scan": object(
            &[("genuine", yes_or_no()), ("answer", text()), ("as_of", instant())],
            &[("state", text()), ("since", instant()), ("unit", open())],
        ),
        "OwnProperty": object(&[("as_of", instant()), ("units", list_of(&unit))], &[]),
        "Registration": object(
            &[
                ("registration", text()),
                ("kind", text()),
                ("real_estate_unit_no", text()),
                ("state", text()),
                ("progress", text()),
                ("progress_text", to("Label")),
                ("accepted_on", or_null(&day())),
                ("promise_on", or_null(&day())),
                ("statutory_on", or_null(&day())),
                ("tasks", list_of(&open())),
                ("asked", open()),
                ("version", whole()),
            ],
            &[],
        ),
    })
}

fn bills() -> Value {
    let bill = object(
        &[
            ("order_no", text()),
            ("title", open()),
            ("organ", text()),
            ("lines", list_of(&open())),
            ("total_fen", whole()),
            ("state", text()),
            ("since", instant()),
            ("pay_url", or_null(&text())),
            ("receipt_no", or_null(&text())),
            ("paid_at", or_null(&instant())),
        ],
        &[],
    );
    json!({
        "Bill": bill,
        "BillList": object(&[("bills", list_of(&to("Bill")))], &[]),
        "GatewayReport": open(),
        "GatewayAnswer": object(&[("code", text())], &[]),
    })
}

fn books() -> Value {
    let account = object(
        &[
            ("account", text()),
            ("unit", open()),
            ("posted", whole()),
            ("reserved", whole()),
            ("uses", whole()),
        ],
        &[
            ("book", text()),
            ("label", open()),
            ("floor", or_null(&whole())),
            ("available", or_null(&whole())),
            ("uses_max", or_null(&whole())),
            ("changed_at", instant()),
            ("as_of", instant()),
        ],
    );
    let book = object(
        &[
            ("book", text()),
            ("title", or_null(&open())),
            ("organ", or_null(&text())),
            ("place", text()),
            ("opened_at", instant()),
            ("closed_at", or_null(&instant())),
        ],
        &[("accounts", list_of(&to("BookAccount"))), ("freezes", list_of(&open()))],
    );
    let line = object(
        &[
            ("version", whole()),
            ("at", instant()),
            ("what", text()),
            ("entry", or_null(&text())),
            ("reservation", or_null(&text())),
            ("posted_by", whole()),
            ("reserved_by", whole()),
            ("posted", whole()),
            ("reserved", whole()),
            ("basis", open()),
        ],
        &[],
    );
    let statement = object(
        &[
            ("book", text()),
            ("account", text()),
            ("unit", open()),
            ("lines", list_of(&line)),
            ("before", or_null(&whole())),
        ],
        &[],
    );
    json!({
        "Book": book,
        "BookAccount": account,
        "BookList": object(&[("books", list_of(&to("Book")))], &[]),
        "BookStatement": statement,
    })
}

fn penalty() -> Value {
    let row = [
        ("no", text()),
        ("organ", text()),
        ("cause", text()),
        ("filed_on", day()),
        ("stage", text()),
        ("since", instant()),
        ("due_on", or_null(&day())),
        ("consent", open()),
        ("must_annul", yes_or_no()),
        ("closed", yes_or_no()),
        ("version", whole()),
    ];
    json!({
        "PenaltyCaseRow": object(&row, &[]),
        "PenaltyCaseList": object(&[("cases", list_of(&to("PenaltyCaseRow")))], &[]),
        "PenaltyCase": object(&row, &[("marks", list_of(&open())), ("papers", list_of(&open()))]),
    })
}

fn credit() -> Value {
    let entry = object(
        &[
            ("listing", text()),
            ("list", text()),
            ("cause", text()),
            ("listed_on", day()),
            ("stage", text()),
            ("due_by", or_null(&day())),
            ("opens_on", or_null(&day())),
            ("ends_on", or_null(&day())),
            ("version", or_null(&text())),
            ("conditions", list_of(&open())),
        ],
        &[],
    );
    let repair = object(
        &[
            ("listing", text()),
            ("uscc", text()),
            ("name", text()),
            ("stage", text()),
            ("due_by", or_null(&day())),
            ("applied_on", or_null(&day())),
        ],
        &[],
    );
    json!({
        "CreditEntry": entry,
        "Credit": object(
            &[
                ("uscc", text()),
                ("name", text()),
                ("as_of", day()),
                ("entries", list_of(&to("CreditEntry"))),
                ("measures", texts()),
            ],
            &[],
        ),
        "CreditStanding": object(
            &[("uscc", text()), ("listed", yes_or_no()), ("lists", open()), ("as_of", instant())],
            &[],
        ),
        "Repair": repair,
        "RepairQueue": object(
            &[("as_of", day()), ("queue", list_of(&to("Repair"))), ("late", list_of(&to("Repair")))],
            &[],
        ),
    })
}

fn service() -> Value {
    let told = object(
        &[
            ("about", text()),
            ("recipient", text()),
            ("round", whole()),
            ("kind", text()),
            ("state", text()),
            ("attempts", whole()),
            ("told_at", instant()),
            ("again_at", or_null(&instant())),
            ("why", open()),
        ],
        &[],
    );
    json!({
        "PropagationList": object(
            &[("open", list_of(&told)), ("done", whole()), ("pending", whole()), ("overdue", whole())],
            &[],
        ),
        "Announcements": text(),
        "Attempts": object(
            &[("notice", text()), ("served", open()), ("attempts", list_of(&open()))],
            &[],
        ),
        "TextReports": open(),
        "TextAnswer": object(&[("taken", whole()), ("unknown", whole())], &[]),
    })
}
