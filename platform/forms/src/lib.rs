//! Forms (表单): each service's own as data, their computed merge, answers, validation, projection, prefill.
//!
//! A service writes its form in the specs' notation ([`ServiceForm::parse`]). [`merge`] makes one form of many, in which
//! everything is asked once and every person typed once. Answers ([`Answers`]) are judged by [`validate`], completed by
//! [`Answers::completed`], and [`project`]ed to what each service may read.
//!
//! **Invariant:** a [`ServiceForm`] that exists is sound: parsing checks it against the dictionary.
//! **Invariant:** a role is a pointer to a person card; attributes of the role never stand on the card, nor the other way round.
//! **Invariant:** rules attach to (role, attribute): two services may differ where their roles do.
//! **Invariant:** a payload holds exactly the paths of its service's form, and an answer goes to no service that does not ask it.
//!
//! It does no I/O, knows no organ and no law: cross-field law is in `rules`, which reads [`facts`].
//!
//! Start with [`merge`], then [`validate`] and [`project`].

mod answers;
mod condition;
mod conflict;
mod count;
mod crosswalks;
mod derive;
mod error;
mod facts;
mod fill;
mod form;
mod instance;
mod intersect;
mod materials;
mod merge;
mod notation;
mod project;
mod projection;
mod spot;
mod validate;

pub use answers::{Answers, Attributes, CardId, Change, Holders, NotACardId, Pointer};
pub use condition::Condition;
pub use conflict::Conflict;
pub use count::{AnswerCount, count_answers};
pub use crosswalks::{Crosswalks, registration_authority};
pub use error::{FieldError, Problem};
pub use facts::facts;
pub use fill::{Ask, Filler, Filling, Prefill, Provenance, prefill};
pub use form::{
    Asked, ConditionalRule, Field, FormError, Group, NotAServiceId, Owner, Refusal, RefusalReason,
    ServiceForm, ServiceId, Waiver, Warning,
};
pub use intersect::{Intersection, PRODUCT_STATES_MAX, TooLarge, intersect, witness};
pub use materials::{Material, MaterialGain, Provision, merge_materials};
pub use merge::{Gain, MergedField, MergedForm, Slot, Use, merge};
pub use notation::NotAField;
pub use project::{Cell, Entry, Payload, project};
pub use projection::{Lossy, MoneyUnit, Projection, Shaped};
pub use spot::{NotASpot, ROWS_MAX, Spot};
pub use validate::{
    Findings, Stage, Told, element_at, label_at, refuse_untypable, validate, validate_and_project,
};
