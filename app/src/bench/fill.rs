//! A large installation: one whole case worked for real, then copied under other numbers straight into the journal.
//!
//! Of ten cases five are drafts, four are handed in, one is whole: what lies in a database on an ordinary day. Letters
//! are left out, so that a start has nothing to carry.

use super::clock::Moved;
use super::place::setup;
use super::script::{self, Script, Sends, Sent};
use crate::assemble::{self, Assembly, Setup};
use crate::cli::complain;
use crate::demo;
use anyhow::{Context as _, Result};
use cases::series::{SeriesEvent, SeriesKey};
use codes::{CaseNo, UsccKind};
use engine::{Order, Sizes};
use journal::{Batch, Head, Journal};
use kernel::{Actor, Atomic, Body, CommandId, EventId, Recorded};
use module::{Clock as _, Receipt, SubmitError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tables::Query;

/// How many events are appended at once.
const BATCH: usize = 2_000;
/// Of so many cases one belongs to the applicant who looks at them.
const OWN: u64 = 500;
