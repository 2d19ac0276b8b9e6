//! TLS towards a real server: it is who its certificate says, or nothing is said to it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may end the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postgres_links::{Session, Target, told};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use std::path::PathBuf;
use testbed::Service;

/// How often a server is asked whether it has taken its certificate.
const ASKED_MAX: u32 = 500;

struct Guarded {
    server: Service,
    home: tempfile::TempDir,
}

impl Guarded {
    /// A server whose certificate is for 127.0.0.1, by an authority of its own.
    async fn start() -> Option<Self> {
        let server = testbed::service("postgres")?;
        let home = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let root = authority.self_signed(&authority_key).unwrap();
        std::fs::write(home.path().join("ca.pem"), root.pem()).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let mut own = CertificateParams::default();
        own.subject_alt_names = vec![SanType::IpAddress("127.0.0.1".parse().unwrap())];
        let key = KeyPair::generate().unwrap();
        let certificate = own.signed_by(&key, &issuer).unwrap();

        let plain = Target::parse(server.url(), &[]).unwrap();
        let session = Session::open(&plain).await.unwrap();
        // The server runs as somebody else: it writes its own files.
        for (name, pem) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())]
        {
            let text = STANDARD.encode(pem);
            let put = format!("COPY (SELECT '{text}') TO PROGRAM 'umask 077; base64 -d > {name}'");
            session.client().batch_execute(&put).await.unwrap();
        }
        session.client().batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
        session.client().batch_execute("SELECT pg_reload_conf()").await.unwrap();
        Some(Self { server, home })
    }

    fn roots(&self) -> PathBuf {
        self.home.path().join("ca.pem")
    }

    fn target(&self, host: &str, query: &str) -> Target {
        let url = self.server.url().replace("127.0.0.1", host);
        Target::parse(&format!("{url}?{query}"), &[]).unwrap()
    }

    /// Whether the connection of a session is encrypted, as the server sees it.
    async fn is_protected(session: &Session) -> bool {
        let asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        session.client().query_one(asked, &[]).await.unwrap().get(0)
    }
}

/// Opens a session; a server that is reloading its settings is asked again.
async fn opened(target: &Target) -> Session {
    for _asked in 0..ASKED_MAX {
        match Session::open(target).await {
            Ok(session) => return session,
            Err(error) if told(&error).contains("does not support TLS") => {}
            Err(error) => panic!("{}", told(&error)),
        }
    }
    panic!("the server does not take its certificate");
}

#[tokio::test]
async fn a_server_is_spoken_to_over_tls_if_an_authority_vouches_for_it() {
    let Some(guarded) = Guarded::start().await else { return };
    let roots = format!("sslmode=verify-full&sslrootcert={}", guarded.roots().display());
    let session = opened(&guarded.target("127.0.0.1", &roots)).await;
    assert!(Guarded::is_protected(&session).await);
    let plain = Session::open(&guarded.target("127.0.0.1", "sslmode=disable")).await.unwrap();
    assert!(!Guarded::is_protected(&plain).await, "as the address says, and not otherwise");

    // Another name than the certificate bears, and authorities that do not know it.
    for (host, query) in [("localhost", roots.as_str()), ("127.0.0.1", "sslmode=require")] {
        let Err(error) = Session::open(&guarded.target(host, query)).await else {
            panic!("{host}: somebody else was taken for the server");
        };
        assert!(told(&error).to_lowercase().contains("certificate"), "{}", told(&error));
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_nothing() {
    let Some(server) = testbed::service("postgres") else { return };
    let target = Target::parse(&format!("{}?sslmode=verify-full", server.url()), &[]).unwrap();
    let Err(error) = Session::open(&target).await else { panic!("it was spoken to") };
    assert!(told(&error).contains("TLS"), "{}", told(&error));
}
