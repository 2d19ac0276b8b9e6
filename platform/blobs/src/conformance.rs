//! What every driver must do; each runs these on stores of its own making.
//!
//! If you are here because a driver fails: the fault names the sentence of the contract that it breaks.

use crate::{BlobError, BlobId, Blobs, KeyName, KeyState, SealingKey, VaultKeys};
use zeroize::Zeroizing;

/// The sentence of the contract that a driver breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broken contract: {0}")]
pub struct Fault(pub String);

fn hold(fact: bool, contract: &str) -> Result<(), Fault> {
    if fact { Ok(()) } else { Err(Fault(contract.to_owned())) }
}

fn some<T>(result: Result<T, BlobError>, what: &str) -> Result<T, Fault> {
    result.map_err(|error| Fault(format!("{what} succeeds: {error}")))
}

/// Contents from empty to beyond every boundary a driver may have.
fn contents() -> Vec<Vec<u8>> {
    let sizes = [0, 1, 63, 64, 65, 4095, 4096, 65_535, 65_536, 65_537, 1 << 20];
    let size_of = |(round, size): (usize, &usize)| {
        (0..*size).map(|at| u8::try_from((at * 31 + round * 7) % 251).unwrap_or_default()).collect()
    };
    sizes.iter().enumerate().map(size_of).collect()
}

/// A store of files. `reopen` gives the same store as a new process would find it.
///
/// # Errors
/// The first broken sentence of the contract.
pub async fn blobs<B: Blobs>(reopen: impl Fn() -> B) -> Result<(), Fault> {
    let store = reopen();
    let files = contents();
    for bytes in &files {
        let id = some(store.put(bytes.clone()).await, "put")?;
        hold(id == BlobId::of(bytes), "an id is the SHA-256 of the bytes")?;
        let again = some(store.put(bytes.clone()).await, "put again")?;
        hold(again == id, "the same bytes twice are one file")?;
        hold(some(store.get(&id).await, "get")? == *bytes, "what is read is what was written")?;
    }
    let mixed: Vec<Vec<u8>> = (0..40_u8)
        .map(|round| vec![round / 2; usize::from(round) * 4000])
        .chain(files.iter().cloned())
        .collect();
    let ids = some(store.put_all(mixed.clone()).await, "put_all")?;
    hold(ids.len() == mixed.len(), "as many ids as files")?;
    for (id, bytes) in ids.iter().zip(&mixed) {
        hold(*id == BlobId::of(bytes), "ids come in the order of the files")?;
    }
    hold(some(store.put_all(Vec::new()).await, "put_all of none")?.is_empty(), "none gives none")?;

    drop(store);
    let store = reopen();
    for (id, bytes) in ids.iter().zip(&mixed) {
        hold(
            some(store.get(id).await, "get after reopening")? == *bytes,
            "a write outlives the process",
        )?;
    }
    for absent in
        [BlobId::of(b"never written"), BlobId("../keys".to_owned()), BlobId(String::new())]
    {
        let missing = store.get(&absent).await;
        hold(missing == Err(BlobError::Missing(absent.0.clone())), "an unknown id is Missing")?;
    }
    let both =
        futures_util::future::join(store.put(b"one".to_vec()), store.put(b"two".to_vec())).await;
    hold(both.0.is_ok() && both.1.is_ok(), "writes may run side by side")?;
    Ok(())
}

/// A store of sealing keys. `reopen` gives the same store as a new process would find it.
///
/// # Errors
/// The first broken sentence of the contract.
pub async fn vault_keys<K: VaultKeys>(reopen: impl Fn() -> K) -> Result<(), Fault> {
    let key = |byte| SealingKey::new(Zeroizing::new([byte; 32]));
    let (one, two, never) =
        (KeyName::new("case/1"), KeyName::new("case/2"), KeyName::new("case/3"));
    let store = reopen();
    hold(some(store.find(&one).await, "find")? == KeyState::Absent, "an unknown name is Absent")?;
    for fresh in [1, 2] {
        let state = some(store.ensure(&one, key(fresh)).await, "ensure")?;
        hold(state == KeyState::Held(key(1)), "the first key stays")?;
    }
    let (left, right) =
        futures_util::future::join(store.ensure(&two, key(3)), store.ensure(&two, key(4))).await;
    let (left, right) = (some(left, "ensure")?, some(right, "ensure")?);
    hold(left == right, "of two fresh keys one wins, and both callers get it")?;

    drop(store);
    let store = reopen();
    hold(
        some(store.find(&one).await, "find")? == KeyState::Held(key(1)),
        "a key outlives the process",
    )?;
    hold(some(store.find(&two).await, "find")? == left, "the winner outlives the process")?;
    some(store.erase(&one).await, "erase")?;
    some(store.erase(&one).await, "erase again")?;
    some(store.erase(&never).await, "erase a name without a key")?;
    for erased in [&one, &never] {
        hold(some(store.find(erased).await, "find")? == KeyState::Erased, "an erased key is gone")?;
        let state = some(store.ensure(erased, key(5)).await, "ensure")?;
        hold(state == KeyState::Erased, "an erased name never gets another key")?;
    }
    hold(some(store.find(&two).await, "find")? == left, "erasing one key leaves the others")?;

    drop(store);
    let store = reopen();
    for erased in [&one, &never] {
        hold(
            some(store.find(erased).await, "find")? == KeyState::Erased,
            "erasure outlives the process",
        )?;
    }
    hold(some(store.find(&two).await, "find")? == left, "the others outlive it too")?;
    Ok(())
}
