//! Provable history (存证): a Merkle log over the journal, checkpoints, proofs, time-stamps, packages.
//!
//! Every event of the journal is a leaf of a Merkle tree, one tree a shard, hashed as RFC 6962 says. The root is signed as a
//! C2SP checkpoint; the tree is served as C2SP tiles; whoever holds an answer of this platform can show a court that its
//! event stands in a history that nobody can change afterwards without being found out.
//!
//! **Invariant:** leaf `n` of a shard is the event at position `n + 1`; the tree is derived from the journal alone, and whatever
//! is kept of it on disk is made anew where it is missing or wrong.
//! **Invariant:** nothing is signed that contradicts a checkpoint published before; a shard whose journal does is stopped and told.
//! **Invariant:** no proof leaves that was not checked against the root it is given with.
//! **Invariant:** evidence never holds up service: a log that cannot be written answers without a proof.
//!
//! It decides nothing about cases and holds no personal value: leaves hold pseudonyms and commitments. Start with [`Tree`],
//! then `Log`.

mod audit;
pub mod erasure;
mod error;
mod hash;
mod http;
mod leaf;
mod log;
pub mod mine;
pub mod note;
pub mod package;
mod pages;
mod plugged;
mod proof;
mod proven;
pub mod report;
pub mod stamp;
mod taking;
mod tiles;
mod tree;
pub mod verify;
mod witness;

pub use audit::{Audited, Finding, audit};
pub use error::LogError;
pub use hash::{Hash, Profile};
pub use leaf::leaf_of;
pub use log::{
    Alarm, AlarmKind, Hears, Inclusion, Log, NobodyHears, PUBLISH_LEAVES, PUBLISH_US, Published,
    Settings, Standing,
};
pub use note::{Checkpoint, Note, NoteError, Signs, VerifierKey, parse_note};
pub use plugged::EvidenceModule;
pub use proof::{Proof, ProofError};
pub use proven::Proven;
pub use report::{Claim, Overall, Report, Verdict};
pub use stamp::{TsError, TsTime, ts_request, ts_verify};
pub use taking::Packages;
pub use tiles::{ENTRY_BYTES_MAX, TILE_WIDTH, TileId, TileKind, bundle};
pub use tree::{
    RangeError, Tree, hash_count, hash_index, root_from_inclusion, verify_consistency,
    verify_inclusion,
};
pub use verify::{Trust, verify};
pub use witness::{
    Answered, PactError, Peer, REQUEST_BYTES_MAX, Watched, Witness, Witnesses, read_pacts,
    witness_purpose,
};
