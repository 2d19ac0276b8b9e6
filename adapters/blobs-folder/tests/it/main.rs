//! The folder keeps the contract of `blobs`, and the vault works over it.

use blobs::{Blobs, KeyName, Vault, conformance};
use blobs_folder::{FolderBlobs, FolderVaultKeys};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_keeps_the_contract() {
    let home = tempfile::tempdir().unwrap();
    conformance::blobs(|| FolderBlobs::open(home.path().join("blobs")).unwrap()).await.unwrap();
    let keys = home.path().join("blobs/keys");
    conformance::vault_keys(|| FolderVaultKeys::open(&keys).unwrap()).await.unwrap();
}

#[tokio::test]
async fn erased_data_stays_erased_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let open = || {
        let blobs = Arc::new(FolderBlobs::open(home.path()).unwrap());
        let keys = Arc::new(FolderVaultKeys::open(home.path().join("keys")).unwrap());
        let seven = |bytes: &mut [u8]| {
            bytes.fill(7);
            Ok(())
        };
        (Vault::new(blobs.clone(), keys, Arc::new(seven)), blobs)
    };
    let (one, two) = (KeyName::new("case/1"), KeyName::new("case/2"));
    let (vault, blobs) = open();
    let erased = vault.seal(&one, "周明".as_bytes()).await.unwrap();
    let kept = vault.seal(&two, "赵强".as_bytes()).await.unwrap();
    assert_ne!(erased, kept);
    drop((vault, blobs));

    let (vault, blobs) = open();
    assert_eq!(vault.open(&one, &erased).await.unwrap().as_slice(), "周明".as_bytes());
    vault.erase(&one).await.unwrap();
    drop((vault, blobs));

    let (vault, blobs) = open();
    assert!(vault.open(&one, &erased).await.is_err());
    assert!(blobs.get(&erased).await.is_ok());
    assert_eq!(vault.open(&two, &kept).await.unwrap().as_slice(), "赵强".as_bytes());
}

#[tokio::test]
async fn a_name_that_is_no_digest_reaches_no_path() {
    let home = tempfile::tempdir().unwrap();
    let blobs = FolderBlobs::open(home.path().join("blobs")).unwrap();
    std::fs::write(home.path().join("secret"), b"x").unwrap();
    for name in ["../secret", "/etc/passwd", "packs/000001.pack", "", "ab"] {
        let found = blobs.get(&blobs::BlobId(name.to_owned())).await;
        assert_eq!(found, Err(blobs::BlobError::Missing(name.to_owned())));
    }
}
