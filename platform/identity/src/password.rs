//! Passwords: how long they are, how they are hashed.

use crate::error::SignInError;
use crate::model::LoginKey;
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

/// What a password must be, and what its hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The least characters.
    pub least: usize,
    /// The most characters; a bound, so that hashing has one too.
    pub most: usize,
    /// The cost of new hashes.
    pub cost: Cost,
}

impl Default for PasswordPolicy {
    /// Length and nothing else that can be named in advance: composition rules make passwords worse
    /// (NIST SP 800-63B-4, 3.1.1.2). The cost is the first choice of OWASP for argon2id.
    fn default() -> Self {
        Self { least: 12, most: 128, cost: Cost { memory_kib: 19_456, passes: 2 } }
    }
}

impl PasswordPolicy {
    /// Whether a password may be taken for a login.
    ///
    /// # Errors
    /// `FIELD` with the bounds.
    pub fn check(&self, login: &LoginKey, password: &str) -> Result<(), SignInError> {
        let length = password.chars().count();
        let first = password.chars().next();
        let monotone = password.chars().all(|c| Some(c) == first);
        let is_name = password.trim().eq_ignore_ascii_case(login.as_str());
        if (self.least..=self.most).contains(&length) && !monotone && !is_name {
            Ok(())
        } else {
            Err(SignInError::PasswordShape { least: self.least, most: self.most })
        }
    }
}

/// What a hash costs whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

/// A password's argon2id hash with all that is needed to compute it again; it is only ever stored sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    cost: Cost,
    salt: String,
    hash: String,
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordHash(argon2id, {:?})", self.cost)
    }
}

/// A hash that cannot be computed: its cost is outside what argon2 takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password hash cannot be computed: {0}")]
pub struct HashError(String);

impl PasswordHash {
    /// Hashes a password under a fresh salt. Slow by intent: not on an async thread.
    ///
    /// # Errors
    /// The cost is outside what argon2 takes.
    pub fn new(password: &str, salt: [u8; 16], cost: Cost) -> Result<Self, HashError> {
        let hash = argon2id(password, &salt, cost)?;
        Ok(Self { cost, salt: seals::base64url(&salt), hash: seals::base64url(&hash) })
    }

    /// Whether a password is the one hashed, compared in constant time. Slow by intent.
    #[must_use]
    pub fn verify(&self, password: &str) -> bool {
        let (Ok(salt), Ok(held)) =
            (seals::from_base64url(&self.salt), seals::from_base64url(&self.hash))
        else {
            return false;
        };
        argon2id(password, &salt, self.cost).is_ok_and(|hash| seals::same(&hash, &held))
    }

    /// Costs what verifying costs and never holds: what a name that nobody has is answered with, so that time does not
    /// tell which names exist.
    pub fn verify_nothing(password: &str, cost: Cost) {
        // The result is of no interest; the time is.
        let _ = argon2id(password, &[0; 16], cost);
    }
}

fn argon2id(password: &str, salt: &[u8], cost: Cost) -> Result<[u8; 32], HashError> {
    let wrong = |error: argon2::Error| HashError(error.to_string());
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(wrong)?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .map_err(wrong)?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    #[test]
    fn a_hash_holds_for_its_password_alone_and_survives_storage() {
        let hash = PasswordHash::new("four quiet green hills", [3; 16], CHEAP).unwrap();
        let stored: PasswordHash =
            serde_json::from_str(&serde_json::to_string(&hash).unwrap()).unwrap();
        assert!(stored.verify("four quiet green hills"));
        assert!(!stored.verify("four quiet green hill"));
        let other = PasswordHash::new("four quiet green hills", [4; 16], CHEAP).unwrap();
        assert_ne!(hash, other, "the salt counts");
        assert!(!format!("{hash:?}").contains(&hash.hash));
    }

    #[test]
    fn length_decides_and_not_composition() {
        let policy = PasswordPolicy { cost: CHEAP, ..PasswordPolicy::default() };
        let login = LoginKey::new("chen.siyuan.1");
        for (password, good) in [
            ("correct horse", true),
            ("青禾小馆青禾小馆青禾小馆", true),
            ("elevenchars", false),
            ("aaaaaaaaaaaaaaaa", false),
            ("Chen.Siyuan.1", false),
            ("", false),
        ] {
            assert_eq!(policy.check(&login, password).is_ok(), good, "{password}");
        }
        assert!(policy.check(&login, &"ab".repeat(65)).is_err());
    }
}
