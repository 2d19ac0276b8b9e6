//! The pages of the catalogue: the list of reforms, a reform, a service, a package, the activity picker.
//!
//! Each takes the frame and the catalogue and gives a whole page; [`home_reforms`] is a part that `app` puts on its home.

mod guide;
mod home;
mod picker;
mod row;
mod words;

pub use guide::{package, service};
pub use home::{home_entries, home_reforms, menu, search_box};
pub use picker::{Picked, picker};
pub use row::row;
pub use words::term;
