//! Certificates of `openssl ca`, kept in `samples/`: a root that allows no issuer below it, what it issued, and an SM2 root.

use super::*;
use codes::Coded as _;

fn sample(name: &str) -> Certificate {
    let text = match name {
        "root" => include_str!("samples/root.pem"),
        "leaf" => include_str!("samples/leaf.pem"),
        "inner" => include_str!("samples/inner.pem"),
        "deep" => include_str!("samples/deep.pem"),
        _ => include_str!("samples/sm2.pem"),
    };
    Certificate::from_pem(text).unwrap().remove(0)
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

#[test]
fn a_certificate_is_read_and_written_again() {
    let leaf = sample("leaf");
    assert_eq!((leaf.subject().as_str(), leaf.issuer().as_str()), ("CN=leaf", "CN=Root"));
    assert_eq!(leaf.not_before(), at("2024-01-01T00:00:00Z"));
    assert_eq!(leaf.not_after(), at("2026-01-01T00:00:00Z"));
    assert!(leaf.is_valid_at(at("2026-01-01T00:00:00Z")));
    assert!(!leaf.is_valid_at(at("2026-01-01T00:00:01Z")));
    assert!(!leaf.is_valid_at(at("2023-12-31T23:59:59Z")));
    assert!(leaf.is_for_time_stamping_alone() && !sample("root").is_for_time_stamping_alone());
    assert_eq!(Certificate::from_der(leaf.der()), Ok(leaf.clone()));
    let both = format!("{}{}", leaf.pem(), sample("root").pem());
    assert_eq!(Certificate::from_pem(&both), Ok(vec![leaf, sample("root")]));
    for bad in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x"] {
        assert!(Certificate::from_pem(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_path_leads_to_a_root_while_all_of_it_is_valid() {
    let (root, leaf) = (sample("root"), sample("leaf"));
    let roots = std::slice::from_ref(&root);
    let when = at("2025-01-01T00:00:00Z");
    assert_eq!(chain(&leaf, &[], roots, &[], when), Ok(vec![leaf.clone(), root.clone()]));
    assert_eq!(chain(&root, &[], roots, &[], when).map(|path| path.len()), Ok(1));
    let why = |found: Result<Vec<Certificate>, CertificateError>| found.unwrap_err().reason();
    assert_eq!(why(chain(&leaf, &[], &[], &[], when)), "CERTIFICATE_PATH_MISSING");
    assert_eq!(why(chain(&leaf, roots, &[], &[], when)), "CERTIFICATE_PATH_MISSING");
    let late = at("2026-06-01T00:00:00Z");
    assert_eq!(why(chain(&leaf, &[], roots, &[], late)), "CERTIFICATE_NOT_VALID");
}

#[test]
fn an_issuer_that_the_root_does_not_allow_leads_nowhere() {
    let (root, inner, deep) = (sample("root"), sample("inner"), sample("deep"));
    assert_eq!(deep.is_signed_by(&inner), Ok(()));
    let when = at("2025-01-01T00:00:00Z");
    let found = chain(&deep, &[inner], &[root], &[], when);
    assert_eq!(found.unwrap_err().reason(), "CERTIFICATE_PATH_MISSING");
    // What may not issue at all signs nothing either.
    let leaf = sample("leaf");
    let only = std::slice::from_ref(&leaf);
    assert!(chain(&deep, only, only, &[], when).is_err());
}

#[test]
fn one_changed_byte_of_a_certificate_breaks_it() {
    for (name, issuer) in [("leaf", sample("root")), ("sm2", sample("sm2"))] {
        let good = sample(name);
        assert_eq!(good.is_signed_by(&issuer), Ok(()), "{name}");
        for position in 0..good.der().len() {
            let mut der = good.der().to_vec();
            der[position] ^= 1;
            let Ok(changed) = Certificate::from_der(&der) else { continue };
            assert!(changed.is_signed_by(&issuer).is_err(), "{name} byte {position}");
        }
    }
    assert!(sample("leaf").is_signed_by(&sample("sm2")).is_err());
}
