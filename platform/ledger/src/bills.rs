//! Bills: issued with the rule behind each line, paid by a signed callback, refunded where money is not owed.

pub mod decide;
pub mod errand;
pub mod event;
mod evolve;
pub mod gateway;
pub(crate) mod http;
pub mod model;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;

pub use decide::{Bill, BillCommand};
pub use errand::Outside;
pub use event::BillEvent;
pub use gateway::{Gateway, PaymentGateway};
pub use model::{BillKey, BillLine, BillOrder, BillState, Ground, Payment};
