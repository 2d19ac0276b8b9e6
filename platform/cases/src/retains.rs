//! What cases must still keep.

use codes::Label;
use kernel::Waiting;
use module::Retains;
use tables::{Query, ReadError, Reader};

/// A case keeps its answers until it has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenCases;

impl Retains for OpenCases {
    fn needs<'a>(
        &'a self,
        reader: &'a dyn Reader,
        key: &'a str,
    ) -> Waiting<'a, Result<Option<Label>, ReadError>> {
        Box::pin(async move {
            let Some(no) = key.strip_prefix("case/") else { return Ok(None) };
            let query = Query::new("SELECT ended_at FROM cases_cases WHERE 1 = 1").and("no", no);
            let rows = reader.rows(query).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let ended: Option<i64> = row.get("ended_at")?;
            Ok(ended.is_none().then(|| Label::new("办件尚未办结。", "The case has not ended yet.")))
        })
    }
}
