//! Keys in a folder: one private JSON Web Key a file, readable by its owner alone.

use crate::encoding::{base64url, from_base64url};
use crate::{
    Algorithm, KeyError, KeyId, KeyRecord, Keys, MemoryKeys, Purpose, SecretKey, Signature,
};
use codes::Moment;
use serde::Deserialize;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Keys in a folder (密钥目录): `<purpose>.<algorithm>.<key id>.jwk`, mode 0600, in a folder of mode 0700.
///
/// A file is written beside its place, synced, and moved there; retiring a key rewrites its file; none is ever deleted.
/// A file that others can read is refused rather than used.
#[derive(Debug)]
pub struct FolderKeys {
    folder: PathBuf,
    loaded: MemoryKeys,
    /// One writer at a time in this process.
    writing: Mutex<()>,
    /// When the folder had last changed as its files were read.
    seen: Mutex<Option<Changed>>,
}

/// How long a folder must have lain still before its time of change is relied on.
const SETTLED: Duration = Duration::from_secs(2);

/// When the folder last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Changed(SystemTime);

impl Changed {
    fn elapsed_until(self, now: Moment) -> Duration {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Duration::from_micros(u64::try_from(now.us()).unwrap_or_default());
        now.saturating_sub(since)
    }
}

fn changed(folder: &Path) -> std::io::Result<Changed> {
    fs::metadata(folder)?.modified().map(Changed)
}

/// What is read from a key file; borrowed, so that the secret is nowhere but in the wiped buffer.
#[derive(Deserialize)]
struct KeyFile<'a> {
    d: &'a str,
    x: &'a str,
    alg: Algorithm,
    purpose: &'a str,
    valid_from: Moment,
    #[serde(default)]
    retired_on: Option<Moment>,
    #[serde(default)]
    compromised_on: Option<Moment>,
}

impl FolderKeys {
    /// Opens a folder, creates it where absent, and reads every key in it.
    ///
    /// # Errors
    /// `SEL-0016` when folder or file cannot be read, `SEL-0017` for a damaged file, `SEL-0018` for one that others can read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let folder = folder.into();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|source| KeyError::File { path: folder.clone(), source })?;
        let keys = Self {
            folder,
            loaded: MemoryKeys::new(),
            writing: Mutex::new(()),
            seen: Mutex::new(None),
        };
        keys.reload()?;
        Ok(keys)
    }

    /// The key in use for a purpose, made from the seed where none is.
    ///
    /// # Errors
    /// As [`FolderKeys::open`], when the new key cannot be written.
    pub fn ensure(
        &self,
        purpose: &Purpose,
        algorithm: Algorithm,
        at: Moment,
        seed: &[u8; 32],
    ) -> Result<KeyRecord, KeyError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.reload()?;
        match self.loaded.current(purpose, algorithm, at) {
            Err(KeyError::Missing { .. }) => self.make(purpose, algorithm, at, seed),
            found => found,
        }
    }

    /// Takes a new key into use at an instant and retires those it follows from that instant on.
    ///
    /// # Errors
    /// As [`FolderKeys::open`], when a file cannot be written. If that happens after the new key was written, both keys
    /// are in use until the next rotation, and no signature is lost.
    pub fn rotate(
        &self,
        purpose: &Purpose,
        algorithm: Algorithm,
        at: Moment,
        seed: &[u8; 32],
    ) -> Result<KeyRecord, KeyError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.reload()?;
        let made = self.make(purpose, algorithm, at, seed)?;
        for mut old in self.loaded.records()? {
            let followed = old.purpose == *purpose
                && old.key.algorithm() == algorithm
                && old.id != made.id
                && old.retired_on.is_none();
            if followed {
                old.retired_on = Some(at);
                let written = self.loaded.with_secret(&old.id, |secret| self.write(&old, secret));
                written.transpose()?;
                self.loaded.retire(&old.id, at)?;
            }
        }
        Ok(made)
    }

    /// Notes that others may hold a key, since an instant: it signs no more, and nothing that only states to be older is
    /// believed.
    ///
    /// # Errors
    /// As [`FolderKeys::open`], and `SEL-0013` for an unknown key.
    pub fn compromise(&self, key: &KeyId, since: Moment) -> Result<KeyRecord, KeyError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.reload()?;
        let record = self.loaded.compromise(key, since)?;
        let written = self.loaded.with_secret(key, |secret| self.write(&record, secret));
        written.transpose()?;
        Ok(record)
    }

    fn make(
        &self,
        purpose: &Purpose,
        algorithm: Algorithm,
        at: Moment,
        seed: &[u8; 32],
    ) -> Result<KeyRecord, KeyError> {
        let secret = SecretKey::from_seed(algorithm, seed)
            .map_err(|error| KeyError::Unavailable { why: error.to_string() })?;
        let key = secret.public();
        let record = KeyRecord {
            id: key.id(),
            key,
            purpose: purpose.clone(),
            valid_from: at,
            retired_on: None,
            compromised_on: None,
        };
        self.write(&record, &secret)?;
        self.loaded.put(record.clone(), secret);
        Ok(record)
    }

    /// Reads every key file, for another process may have made or retired keys meanwhile.
    fn reload(&self) -> Result<(), KeyError> {
        let failed = |source| KeyError::File { path: self.folder.clone(), source };
        // Looked at before the files are: what is written while they are read is read again the next time.
        let changed = changed(&self.folder).map_err(failed)?;
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "jwk") {
                let (record, secret) = read(&path)?;
                self.loaded.put(record, secret);
            }
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(changed);
        Ok(())
    }

    /// Reads the files again where the folder changed since, so that a server that runs follows `lianban keys`.
    fn follow(&self, now: Option<Moment>) -> Result<(), KeyError> {
        let failed = |source| KeyError::File { path: self.folder.clone(), source };
        let changed = changed(&self.folder).map_err(failed)?;
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Two changes within one tick of the file system leave one time: who signs does not rely on a fresh one.
        let settled = now.is_none_or(|now| changed.elapsed_until(now) >= SETTLED);
        if seen == Some(changed) && settled { Ok(()) } else { self.reload() }
    }

    fn write(&self, record: &KeyRecord, secret: &SecretKey) -> Result<(), KeyError> {
        let name = format!("{}.{}.{}.jwk", record.purpose, record.key.algorithm(), record.id);
        let path = self.folder.join(&name);
        let temporary = self.folder.join(format!("{name}.new"));
        let failed = |source| KeyError::File { path: path.clone(), source };

        let public = record.to_jwk().to_string();
        let secret = Zeroizing::new(base64url(secret.secret_bytes().as_slice()));
        let text = Zeroizing::new(format!(
            "{},\"d\":\"{}\"}}\n",
            public.strip_suffix('}').unwrap_or(&public),
            secret.as_str()
        ));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)
            .map_err(failed)?;
        // A file left by a crash may have been made with other permissions.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&temporary, &path).map_err(failed)?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

fn read(path: &Path) -> Result<(KeyRecord, SecretKey), KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let damaged = |why: String| KeyError::Damaged { path: path.to_owned(), why };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    let text = Zeroizing::new(fs::read(path).map_err(failed)?);
    let file: KeyFile<'_> = serde_json::from_slice(&text)
        .map_err(|_content| damaged("not a private key".to_owned()))?;
    let bytes = Zeroizing::new(from_base64url(file.d).map_err(|error| damaged(error.to_string()))?);
    let secret =
        SecretKey::from_bytes(file.alg, &bytes).map_err(|error| damaged(error.to_string()))?;
    let key = secret.public();
    let record = KeyRecord {
        id: key.id(),
        key,
        purpose: Purpose::new(file.purpose)
            .ok_or_else(|| damaged("`purpose` is no plain word".to_owned()))?,
        valid_from: file.valid_from,
        retired_on: file.retired_on,
        compromised_on: file.compromised_on,
    };
    if record.to_jwk().get("x").and_then(|x| x.as_str()) != Some(file.x) {
        return Err(damaged("its public half belongs to another key".to_owned()));
    }
    Ok((record, secret))
}

impl Keys for FolderKeys {
    /// What verifies follows too: a key that is in other hands is not believed for a moment longer.
    fn records(&self) -> Result<Vec<KeyRecord>, KeyError> {
        self.follow(None)?;
        self.loaded.records()
    }

    fn sign(&self, key: &KeyId, at: Moment, message: &[u8]) -> Result<Signature, KeyError> {
        self.loaded.sign(key, at, message)
    }

    /// A key that another process took into use is found, where the folder changed.
    fn current(
        &self,
        purpose: &Purpose,
        algorithm: Algorithm,
        at: Moment,
    ) -> Result<KeyRecord, KeyError> {
        self.follow(Some(at))?;
        self.loaded.current(purpose, algorithm, at)
    }

    /// A key that another process made is found by reading the folder again.
    fn find(&self, key: &KeyId) -> Result<KeyRecord, KeyError> {
        match self.loaded.find(key) {
            Err(KeyError::Unknown { .. }) => {
                self.reload()?;
                self.loaded.find(key)
            }
            found => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    fn only_file(folder: &Path) -> PathBuf {
        let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let file = files.next().unwrap();
        assert!(files.next().is_none());
        file
    }

    #[test]
    fn a_key_is_made_once_and_found_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keys");
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3] {
            let keys = FolderKeys::open(&folder).unwrap();
            let made = keys.ensure(&Purpose::LICENCES, algorithm, at(1), &[1; 32]).unwrap();
            let again = keys.ensure(&Purpose::LICENCES, algorithm, at(2), &[2; 32]).unwrap();
            assert_eq!(made, again);
            let signature = keys.sign(&made.id, at(2), b"m").unwrap();

            let reopened = FolderKeys::open(&folder).unwrap();
            assert_eq!(reopened.find(&made.id).unwrap(), made);
            assert_eq!(reopened.sign(&made.id, at(3), b"m").unwrap(), signature);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }

    #[test]
    fn rotation_outlives_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let keys = FolderKeys::open(home.path()).unwrap();
        let old = keys.ensure(&Purpose::LOG, Algorithm::Ed25519, at(1), &[1; 32]).unwrap();
        let new = keys.rotate(&Purpose::LOG, Algorithm::Ed25519, at(5), &[2; 32]).unwrap();
        for store in [&keys, &FolderKeys::open(home.path()).unwrap()] {
            assert_eq!(store.find(&old.id).unwrap().retired_on, Some(at(5)));
            let current = store.current(&Purpose::LOG, Algorithm::Ed25519, at(5)).unwrap();
            assert_eq!(current.id, new.id);
            assert!(matches!(store.sign(&old.id, at(5), b"m"), Err(KeyError::Retired { .. })));
        }
    }

    #[test]
    fn a_key_of_another_process_is_found() {
        let home = tempfile::tempdir().unwrap();
        let (one, two) =
            (FolderKeys::open(home.path()).unwrap(), FolderKeys::open(home.path()).unwrap());
        let made = one.ensure(&Purpose::LOG, Algorithm::Ed25519, at(1), &[1; 32]).unwrap();
        assert_eq!(two.find(&made.id).unwrap(), made);
        assert_eq!(two.ensure(&Purpose::LOG, Algorithm::Ed25519, at(1), &[2; 32]).unwrap(), made);
    }

    #[test]
    fn a_store_that_is_open_follows_a_rotation_and_a_compromise_of_another_process() {
        let home = tempfile::tempdir().unwrap();
        let server = FolderKeys::open(home.path()).unwrap();
        let old = server.ensure(&Purpose::LICENCES, Algorithm::Es256, at(1), &[1; 32]).unwrap();
        let command = FolderKeys::open(home.path()).unwrap();
        let new = command.rotate(&Purpose::LICENCES, Algorithm::Es256, at(5), &[2; 32]).unwrap();
        let current = |when| server.current(&Purpose::LICENCES, Algorithm::Es256, at(when));
        assert_eq!((current(4).unwrap().id, current(5).unwrap().id), (old.id, new.id.clone()));
        command.compromise(&new.id, at(7)).unwrap();
        let told = server.public_set().unwrap();
        assert_eq!(
            told.find(&new.id).unwrap().compromised_on,
            Some(at(7)),
            "who only verifies too"
        );
        assert!(matches!(current(7), Err(KeyError::Missing { .. })));
        assert_eq!(server.find(&new.id).unwrap().compromised_on, Some(at(7)));
        let reopened = FolderKeys::open(home.path()).unwrap().find(&new.id).unwrap();
        assert_eq!((reopened.retired_on, reopened.compromised_on), (Some(at(7)), Some(at(7))));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let keys = FolderKeys::open(home.path()).unwrap();
        keys.ensure(&Purpose::LOG, Algorithm::Ed25519, at(1), &[1; 32]).unwrap();
        let file = only_file(home.path());
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let error = FolderKeys::open(home.path()).unwrap_err();
        assert!(matches!(error, KeyError::Exposed { mode: 0o640, .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let home = tempfile::tempdir().unwrap();
        let keys = FolderKeys::open(home.path()).unwrap();
        keys.ensure(&Purpose::LOG, Algorithm::Es256, at(1), &[1; 32]).unwrap();
        let file = only_file(home.path());
        let good = fs::read_to_string(&file).unwrap();
        let x = good.split("\"x\":\"").nth(1).unwrap().split('"').next().unwrap();
        let mut other_x: Vec<u8> = x.as_bytes().to_vec();
        other_x[0] = if other_x[0] == b'A' { b'B' } else { b'A' };
        let other_x = String::from_utf8(other_x).unwrap();
        for bad in [
            String::new(),
            good.replace("\"d\":", "\"e\":"),
            good.replace("ES256", "RS256"),
            good.replace("\"log\"", "\"../log\""),
            good.replace(x, &other_x),
        ] {
            fs::write(&file, bad).unwrap();
            let error = FolderKeys::open(home.path()).unwrap_err();
            assert!(matches!(&error, KeyError::Damaged { path, .. } if *path == file), "{error}");
        }
    }
}
