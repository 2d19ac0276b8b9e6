//! Pure computation of real-estate registration (不动产登记): numbers, fees, progress, who applies, figures.
//!
//! **Invariant:** nothing here reads a clock, a table or a file; rows of law enter as arguments ([`Rates`]).
//! **Invariant:** money is fen, lengths are millimetres; there is no float.
//! **Invariant:** progress follows from the states of tasks alone ([`progress()`]): no text is stored.
//! **Invariant:** a figure is drawn from its points and nothing else, so that its digest says whether it is the same.
//!
//! It decides no registration and keeps no book: the module composes it with `registers`, `ledger` and `licences`. What stops
//! an entry, who sees what and how shares add up is data and code of `registers`. Start with [`Kind`].

mod certificate;
pub mod entry;
pub mod fee;
pub mod figure;
mod kind;
pub mod progress;

pub use certificate::{CertificateNo, NumberFault, Paper, certificate_facts};
pub use entry::{JointRule, Refusal, who_applies};
pub use fee::{Certificates, Charge, Line, Rates, Subject, charge, count_items};
pub use figure::{Figure, Shape};
pub use kind::{Kind, Purpose};
pub use progress::{Progress, TaskState, progress};
