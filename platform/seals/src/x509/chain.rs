//! Paths of certificates, from one that signed to a root that is trusted.

use super::{Certificate, CertificateError, RevocationList};
use codes::Moment;

/// The longest path that is followed.
pub const PATH_LENGTH_MAX: usize = 8;

/// The path from a certificate over others to one of the roots, each valid at an instant, signed by the next, and not
/// revoked before that instant as far as the lists tell.
///
/// ```text
///   leaf ──signed by──► between ──signed by──► root      all valid at `at`
/// ```
///
/// # Errors
/// `SEL-0034` when no path leads to a root; `SEL-0031`, `SEL-0033`, `SEL-0035` when the one that does is broken there.
pub fn chain(
    leaf: &Certificate,
    between: &[Certificate],
    roots: &[Certificate],
    revocations: &[RevocationList],
    at: Moment,
) -> Result<Vec<Certificate>, CertificateError> {
    let search = Search { between, roots, revocations, at };
    let mut path = vec![leaf.clone()];
    search.extend(&mut path)?;
    Ok(path)
}

struct Search<'a> {
    between: &'a [Certificate],
    roots: &'a [Certificate],
    revocations: &'a [RevocationList],
    at: Moment,
}

impl Search<'_> {
    /// Goes on from the end of a path; the path holds a root at its end when this succeeds.
    fn extend(&self, path: &mut Vec<Certificate>) -> Result<(), CertificateError> {
        let Some(end) = path.last().cloned() else { return Ok(()) };
        if !end.is_valid_at(self.at) {
            return Err(CertificateError::NotValid {
                subject: end.subject(),
                at: self.at,
                from: end.not_before(),
                to: end.not_after(),
            });
        }
        if let Some(oid) = end.unknown_critical() {
            let why = format!("it has a critical extension {oid} that is not known here");
            return Err(CertificateError::NoPath { subject: end.subject(), why });
        }
        if self.roots.contains(&end) {
            return Ok(());
        }
        if path.len() >= PATH_LENGTH_MAX {
            let why = "the path is too long".to_owned();
            return Err(CertificateError::NoPath { subject: end.subject(), why });
        }
        let mut found = Err(CertificateError::NoPath {
            subject: end.subject(),
            why: format!("no certificate of `{}` is given", end.issuer()),
        });
        for issuer in self.roots.iter().chain(self.between) {
            if !end.names_issuer(issuer) || path.contains(issuer) {
                continue;
            }
            found = self.step(&end, issuer, path);
            if found.is_ok() {
                break;
            }
        }
        found
    }

    fn step(
        &self,
        end: &Certificate,
        issuer: &Certificate,
        path: &mut Vec<Certificate>,
    ) -> Result<(), CertificateError> {
        if !issuer.may_issue(path.len().saturating_sub(1)) {
            let why = format!("`{}` may not issue certificates", issuer.subject());
            return Err(CertificateError::NoPath { subject: end.subject(), why });
        }
        end.is_signed_by(issuer)?;
        for list in self.revocations.iter().filter(|list| list.is_of(issuer)) {
            list.is_signed_by(issuer)?;
            if let Some(since) = list.revoked(end).filter(|since| *since <= self.at) {
                return Err(CertificateError::Revoked { subject: end.subject(), since });
            }
        }
        path.push(issuer.clone());
        self.extend(path).inspect_err(|_broken| {
            path.pop();
        })
    }
}
