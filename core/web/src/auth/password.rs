//! Passwords: argon2id with the crate's defaults (19 MiB, 2 passes: OWASP's first choice), PHC strings.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use rand::RngCore;

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to be safe, or so long that hashing it is an attack.
    #[error("a password needs 10 to 200 characters")]
    Length,
    /// The hash failed: no memory.
    #[error("the password could not be hashed")]
    Hash,
}

/// The PHC string of a new password. Takes tens of milliseconds of processor: not on an async thread.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if !(10..=200).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let mut salt = [0_u8; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt).map_err(|_| PasswordError::Hash)?;
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError::Hash)
}

/// Whether the password is the one behind the PHC string. Not on an async thread.
#[must_use]
pub fn verify(password: &str, phc: &str) -> bool {
    if password.len() > 1024 {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let phc = hash("correct horse").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("correct horse", &phc));
        assert!(!verify("wrong horse!!", &phc));
        assert!(!verify("x", "not a hash"));
        assert_eq!(hash("short"), Err(PasswordError::Length));
    }
}
