//! The page kit (页面组件): layout, components, form widgets, two languages, failures as answers.
//!
//! **Invariant:** every page works without scripts; scripts find their places by `data-` attributes and only add.
//! **Invariant:** no inline script, no inline style: the pages hold under `default-src 'self'`.
//! **Invariant:** colour never carries meaning alone; every state has a word, every picture a table.
//! **Invariant:** a failure leaves as a problem of RFC 9457 or as a page, never as bare text.
//!
//! [`MergedPage`] shows a merged form and [`read_answers`] reads what was posted of it.
//!
//! It knows no case, no licence and no party: callers bring texts, addresses and values. It does not decide who sees
//! what, sets no cookie but the language, and reads no clock.
//!
//! Start with [`Frame`], which every handler takes, and [`Page`], which makes the document around a body; then
//! [`Field`] for forms, [`Table`] for lists, [`Timeline`] for cases, [`Failure`] for what goes wrong.
//! `examples/gallery.rs` shows every part.

mod assets;
mod error;
mod extract;
mod field;
mod format;
mod frame;
mod headers;
mod lang;
mod limit;
mod merged;
mod page;
mod parts;
mod pdf;
mod people;
mod posted;
mod problem;
mod reading;

pub use assets::Assets;
pub use error::RequestError;
pub use extract::{Form, Json, Path, Query};
pub use field::{Choice, Control, Field, Prefilled, Why, field_id};
pub use format::{
    Groups, bytes, code, date, date_tag, large_yuan, moment, moment_tag, money, number, short_date,
    weekday, workdays_left, yuan,
};
pub use frame::{Frame, NavItem, SignedIn, Theme};
pub use headers::{CONTENT_SECURITY_POLICY, guard_headers, remember_language};
pub use lang::{LANG, asked_for, cookie, negotiate, pick, switch_href};
pub use limit::{Caller, RateLimit};
pub use merged::{MergedPage, divisions};
pub use page::{Audience, Crumb, Page, Sheet, page};
pub use parts::{
    Bar, Bars, Button, Cell, Changes, Column, Confirm, Fact, Filter, Heat, HeatColumn, HeatRow,
    Lane, Notice, Pager, Pressure, Row, Sort, Span, SpanState, Stage, StageState, Step, StepState,
    Table, Tabs, Timeline, Tone, bullets, card, course, csv, csv_response, days_left, decision_bar,
    details, empty, error_links, error_summary, facts, history, inset, panel, print_button, stats,
    steps, tag, verdict,
};
pub use pdf::pdf;
pub use people::{DraftForm, PersonCard, PersonCards, Repeat, RepeatRow, RoleSelect, role_board};
pub use posted::{ACTION, Action, COMMAND_ID, EXPECTED_VERSION, Posted, PostedFile, stamp};
pub use problem::{Failure, PROBLEM_JSON, answer_failures, not_found, problem};
pub use reading::{Reading, Typed, change_rows, read_answers};
