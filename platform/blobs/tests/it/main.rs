//! The stores in memory keep the contract; the vault seals, opens, and erases.

use blobs::{
    BlobError, BlobId, Blobs, KeyName, KeyState, MemoryBlobs, MemoryVaultKeys, SealingKey, Vault,
    VaultError, VaultKeys, conformance,
};
use codes::Coded as _;
use kernel::Waiting;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Shares one store between "processes".
struct Shared<T>(Arc<T>);

impl<B: Blobs> Blobs for Shared<B> {
    fn put(&self, bytes: Vec<u8>) -> Waiting<'_, Result<BlobId, BlobError>> {
        self.0.put(bytes)
    }

    fn get(&self, id: &BlobId) -> Waiting<'_, Result<Vec<u8>, BlobError>> {
        self.0.get(id)
    }
}

impl<K: VaultKeys> VaultKeys for Shared<K> {
    fn find(&self, name: &KeyName) -> Waiting<'_, Result<KeyState, BlobError>> {
        self.0.find(name)
    }

    fn ensure(
        &self,
        name: &KeyName,
        fresh: SealingKey,
    ) -> Waiting<'_, Result<KeyState, BlobError>> {
        self.0.ensure(name, fresh)
    }

    fn erase(&self, name: &KeyName) -> Waiting<'_, Result<(), BlobError>> {
        self.0.erase(name)
    }
}

struct Fixture {
    vault: Vault,
    blobs: Arc<MemoryBlobs>,
    keys: Arc<MemoryVaultKeys>,
}

fn fixture() -> Fixture {
    let (blobs, keys) = (Arc::new(MemoryBlobs::new()), Arc::new(MemoryVaultKeys::new()));
    let drawn = AtomicU8::new(0);
    let entropy = move |bytes: &mut [u8]| {
        bytes.fill(drawn.fetch_add(1, Ordering::Relaxed));
        Ok(())
    };
    let vault = Vault::new(blobs.clone(), keys.clone(), Arc::new(entropy));
    Fixture { vault, blobs, keys }
}

#[tokio::test]
async fn the_stores_in_memory_keep_the_contract() {
    let blobs = Arc::new(MemoryBlobs::new());
    conformance::blobs(|| Shared(blobs.clone())).await.unwrap();
    let keys = Arc::new(MemoryVaultKeys::new());
    conformance::vault_keys(|| Shared(keys.clone())).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    let blobs = MemoryBlobs::new();
    let id = blobs.put(b"good".to_vec()).await.unwrap();
    blobs.damage(&id, b"goad".to_vec());
    assert_eq!(blobs.get(&id).await, Err(BlobError::Damaged(id.0.clone())));
}

#[tokio::test]
async fn what_is_sealed_opens_under_its_own_key_only() {
    let Fixture { vault, blobs, .. } = fixture();
    let (one, two) = (KeyName::new("case/1"), KeyName::new("case/2"));
    let content = "李若彤 440305199211180322".as_bytes();
    let id = vault.seal(&one, content).await.unwrap();
    assert_eq!(vault.open(&one, &id).await.unwrap().as_slice(), content);

    let stored = blobs.get(&id).await.unwrap();
    assert!(!stored.windows(6).any(|window| window == b"440305"));
    let unknown = vault.open(&two, &id).await.unwrap_err();
    assert_eq!(unknown, VaultError::NotOfThisKey { id: id.clone() });
    vault.seal(&two, b"x").await.unwrap();
    assert_eq!(vault.open(&two, &id).await.unwrap_err(), VaultError::NotOfThisKey { id });
}

#[tokio::test]
async fn a_second_seal_of_the_same_content_is_one_blob() {
    let Fixture { vault, blobs, .. } = fixture();
    let key = KeyName::new("case/1");
    let first = vault.seal_all(&key, &[b"a", b"b", b"a"]).await.unwrap();
    assert_eq!(first[0], first[2]);
    assert_ne!(first[0], first[1]);
    assert_eq!(vault.seal_all(&key, &[b"a", b"b", b"a"]).await.unwrap(), first);
    assert_eq!(blobs.count(), 2);
}

#[tokio::test]
async fn erasing_a_key_erases_its_data_for_good_and_no_other() {
    let Fixture { vault, blobs, .. } = fixture();
    let (one, two) = (KeyName::new("case/1"), KeyName::new("case/2"));
    let erased_id = vault.seal(&one, b"phone").await.unwrap();
    let kept_id = vault.seal(&two, b"phone").await.unwrap();
    vault.erase(&one).await.unwrap();

    let error = vault.open(&one, &erased_id).await.unwrap_err();
    assert_eq!((error.reason(), error.status()), ("ERASED", 410));
    assert_eq!(vault.seal(&one, b"again").await.unwrap_err().reason(), "ERASED");
    assert!(blobs.get(&erased_id).await.is_ok(), "the sealed bytes stay, and say nothing");
    assert_eq!(vault.open(&two, &kept_id).await.unwrap().as_slice(), b"phone");
}

#[tokio::test]
async fn two_who_seal_first_share_one_key() {
    let Fixture { vault, keys, .. } = fixture();
    let key = KeyName::new("case/1");
    // Somebody else's key lands between this caller's look and its write.
    struct Late(Arc<MemoryVaultKeys>);
    impl VaultKeys for Late {
        fn find(&self, _name: &KeyName) -> Waiting<'_, Result<KeyState, BlobError>> {
            Box::pin(std::future::ready(Ok(KeyState::Absent)))
        }
        fn ensure(
            &self,
            name: &KeyName,
            fresh: SealingKey,
        ) -> Waiting<'_, Result<KeyState, BlobError>> {
            self.0.ensure(name, fresh)
        }
        fn erase(&self, name: &KeyName) -> Waiting<'_, Result<(), BlobError>> {
            self.0.erase(name)
        }
    }
    let first = vault.seal(&key, b"first").await.unwrap();
    let blobs = Arc::new(MemoryBlobs::new());
    let late = Vault::new(
        blobs.clone(),
        Arc::new(Late(keys.clone())),
        Arc::new(|bytes: &mut [u8]| {
            bytes.fill(99);
            Ok(())
        }),
    );
    let second = late.seal(&key, b"second").await.unwrap();
    let reader = Vault::new(blobs, keys, Arc::new(|_: &mut [u8]| Ok(())));
    assert_eq!(reader.open(&key, &second).await.unwrap().as_slice(), b"second");
    assert_eq!(vault.open(&key, &first).await.unwrap().as_slice(), b"first");

    // What is made from the secret of a key is made again from that of the key that counts.
    let salted = |secret: &[u8; 32]| Ok::<_, VaultError>(secret.to_vec());
    let made = late.seal_made(&key, "salt", salted).await.unwrap();
    let secret = vault.secret(&key, "salt").await.unwrap();
    assert_eq!(reader.open(&key, &made).await.unwrap().as_slice(), secret.as_slice());
}

#[tokio::test]
async fn a_content_bears_the_secret_of_the_key_it_is_sealed_under() {
    let Fixture { vault, .. } = fixture();
    let key = KeyName::new("case/1");
    let salted = |secret: &[u8; 32]| Ok::<_, VaultError>([&secret[..], b"answers"].concat());
    let first = vault.seal_made(&key, "salt", salted).await.unwrap();
    let secret = vault.secret(&key, "salt").await.unwrap();
    let content = vault.open(&key, &first).await.unwrap();
    assert_eq!(content.as_slice(), [&secret[..], b"answers"].concat());
    assert_eq!(vault.seal_made(&key, "salt", salted).await.unwrap(), first);
    assert_ne!(vault.seal_made(&key, "other", salted).await.unwrap(), first);

    let cannot = |_: &[u8; 32]| Err(VaultError::Blob(BlobError::Full));
    let error = vault.seal_made(&key, "salt", cannot).await.unwrap_err();
    assert_eq!(error, VaultError::Blob(BlobError::Full));
    vault.erase(&key).await.unwrap();
    let error = vault.seal_made(&key, "salt", salted).await.unwrap_err();
    assert_eq!(error, VaultError::Erased { key });
}

#[tokio::test]
async fn without_random_bytes_nothing_is_sealed() {
    let (blobs, keys) = (Arc::new(MemoryBlobs::new()), Arc::new(MemoryVaultKeys::new()));
    let dry = |_: &mut [u8]| Err(BlobError::Store("no entropy".to_owned()));
    let vault = Vault::new(blobs.clone(), keys, Arc::new(dry));
    assert!(vault.seal(&KeyName::new("case/1"), b"x").await.is_err());
    assert_eq!(blobs.count(), 0);
}

#[tokio::test]
async fn what_tells_of_a_person_is_kept_sealed_and_read_back_alike() {
    let Fixture { vault, blobs, .. } = fixture();
    let (open, sealed) = (
        vault.keep(None, b"a form without answers").await.unwrap(),
        vault.keep(Some("case/1"), b"an answer").await.unwrap(),
    );
    assert_eq!((open.key.as_deref(), sealed.key.as_deref()), (None, Some("case/1")));
    assert_eq!(vault.read(&open).await.unwrap(), b"a form without answers");
    assert_eq!(vault.read(&sealed).await.unwrap(), b"an answer");
    assert_eq!(blobs.get(&open.blob).await.unwrap(), b"a form without answers");
    assert_ne!(blobs.get(&sealed.blob).await.unwrap(), b"an answer");
    vault.erase(&KeyName::new("case/1")).await.unwrap();
    assert!(matches!(vault.read(&sealed).await, Err(VaultError::Erased { .. })));
}
