//! Whoever knows that personal data must still be kept.

use codes::Label;
use kernel::Waiting;
use tables::{ReadError, Reader};

/// Tells whether what is sealed under a key of the vault must still be kept (留存), from the read models of one module:
/// what nobody retains may be erased (个人信息保护法 47).
pub trait Retains: Send + Sync + 'static {
    /// Why it must be kept, and what has to happen first; `None` if this module does not need it.
    fn needs<'a>(
        &'a self,
        reader: &'a dyn Reader,
        key: &'a str,
    ) -> Waiting<'a, Result<Option<Label>, ReadError>>;
}
