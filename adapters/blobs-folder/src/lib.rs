//! Files in a folder: the driver of `blobs` that needs nothing but a disk.
//!
//! ```text
//! DATA/blobs/ab/cdef…          a file above 64 KiB, under its SHA-256
//! DATA/blobs/packs/000001.pack small files one behind the other; 000001.idx says where each lies
//! DATA/blobs/keys/vault.keys   the keys of sealed data, mode 0600, apart from what they open
//! DATA/blobs/tmp/              files on their way in
//! ```
//!
//! A case writes many small sealed answers. Each as a file of its own would cost a sync of the file and one of its
//! folder; in a pack, all that wait at the same moment share one.
//!
//! **Invariant:** nothing is answered before it is on disk; after a failed sync the pack is left and never trusted again.
//! **Invariant:** what is read is hashed again; a flipped byte is found, and named by the file's id.
//! **Invariant:** several processes may share the folder: each appends to a pack of its own and finds what others wrote.
//! **Invariant:** no blob is ever removed; erasure overwrites a key in place.
//!
//! It does not scan uploads. Start with [`FolderBlobs`]; what a backup takes is in [`copy`].

mod committer;
pub mod copy;
mod folder;
mod keys;
mod medium;
mod pack;

pub use folder::FolderBlobs;
pub use keys::FolderVaultKeys;
