//! What exists, where, and who answers for it: reforms, services, organs, jurisdictions, scope (目录).
//!
//! **Invariant:** organs and scope of the national rows stand in the programme's tables alone.
//! **Invariant:** the two official tables and section 一 of the notice agree, or nothing is loaded (`PROGRAMME_MISMATCH`).
//! **Invariant:** it refers to forms, rules and documents by id and never reads them; [`Facts`] are told to it.
//! **Invariant:** executing organs follow from role, place and day by rule, so that every division has them.
//!
//! It opens no case: `cases` makes a plan of a [`Selection`]. It keeps no state; a change is a new [`Catalogue`].
//!
//! Start with [`Catalogue`]; [`definition`] is what a `reform.yaml` says, [`Programme`] the tables of the notice and the
//! letter. [`CatalogueModule`] brings the pages and the interface.

mod catalogue;
pub mod definition;
mod diff;
mod directory;
mod error;
mod http;
pub mod pages;
mod place;
mod programme;
mod scope;
mod selection;
mod status;

pub use catalogue::{Catalogue, Facts, FormFacts, MergeFacts, PackageKey, Upload};
pub use diff::{Piece, differences};
pub use directory::{Counterpart, Directory, Organ, OrganLevel, OrganTable, PrintedOrgan, Role};
pub use error::{CatalogueError, OutOfScope, ProgrammeError};
pub use http::CatalogueModule;
pub use place::{PlaceNames, county_level};
pub use programme::{
    Discrepancy, GuangdongRow, Link, Programme, Row, RowText, guangdong_number, national_number,
};
pub use scope::{Member, Scope};
pub use selection::{OneList, Selection};
pub use status::{ReformStatus, SampleCount, reforms_json};
