//! The first operator of an installation, on both stores, with and without a server that runs.

use super::*;
use crate::assemble::{assemble, assemble_with, quiet};
use std::path::Path;

const PASSWORD: &str = "first-operator-2026";

fn post(key: &str, role: Role) -> (OrganKey, Role) {
    (OrganKey::new(key), role)
}

async fn signs_in(assembly: &Assembly, login: &str) -> bool {
    let typed = (login, PASSWORD);
    assembly.identity.sign_in(&assembly.platform, typed, "test", None).await.is_ok()
}

async fn opened(data: &Path) -> Assembly {
    let setup = Setup::new(data.to_owned(), None);
    assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap()
}

#[tokio::test]
async fn the_first_operator_is_made_in_an_empty_folder_and_signs_in_afterwards() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let login = LoginKey::of_name("Peng.Operator").unwrap();
    let assembly = opened(&data).await;
    let operator = post("440000-coordinator", Role::Operator);
    let told =
        added(&assembly, &login, operator, "彭运维", || Ok(PASSWORD.to_owned())).await.unwrap();
    assert_eq!(told, "the login `peng.operator` is made; 彭运维 is operator of 440000-coordinator");
    // A second post for the same person asks for no password and changes none.
    let head = post("440115-market", Role::Head);
    let told = added(&assembly, &login, head, "彭运维", || bail!("nobody is asked")).await.unwrap();
    assert!(told.contains("keeps its password"), "{told}");
    assembly.engine.stop().await;
    drop(assembly);

    let assembly = opened(&data).await;
    let posts = queries::posts(&*assembly.platform.reader, &login).await.unwrap();
    assert_eq!(posts.len(), 2);
    assert!(signs_in(&assembly, "peng.operator").await);
    assert!(!signs_in(&assembly, "somebody").await);
    assembly.engine.stop().await;
}

#[tokio::test]
async fn a_weak_password_makes_nobody() {
    let home = tempfile::tempdir().unwrap();
    let assembly = opened(&home.path().join("data")).await;
    let login = LoginKey::of_name("peng").unwrap();
    let operator = post("440000-coordinator", Role::Operator);
    let told =
        added(&assembly, &login, operator, "彭运维", || Ok("short".to_owned())).await.unwrap_err();
    assert!(told.to_string().contains("IDN-0013"), "{told}");
    assert!(queries::login(&*assembly.platform.reader, &login).await.unwrap().is_none());
    assembly.engine.stop().await;
}

#[tokio::test]
async fn a_forgotten_password_gives_way_to_another_and_a_locked_login_opens() {
    let home = tempfile::tempdir().unwrap();
    let assembly = opened(&home.path().join("data")).await;
    let login = LoginKey::of_name("peng").unwrap();
    let other = || Ok("forgotten-operator-2025".to_owned());
    let told = given(&assembly, &login, other).await.unwrap_err();
    assert!(told.to_string().contains("no login `peng`"), "{told}");
    let operator = post("440000-coordinator", Role::Operator);
    added(&assembly, &login, operator, "彭运维", other).await.unwrap();
    for _wrong in 0..6 {
        assert!(!signs_in(&assembly, "peng").await);
    }
    let row = queries::login(&*assembly.platform.reader, &login).await.unwrap().unwrap();
    assert!(row.locked_until.is_some());
    given(&assembly, &login, || Ok(PASSWORD.to_owned())).await.unwrap();
    assert!(signs_in(&assembly, "peng").await);
    assert!(given(&assembly, &login, || Ok("short".to_owned())).await.is_err());
    assert!(signs_in(&assembly, "peng").await, "it keeps the one it has");
    assembly.engine.stop().await;
}

#[test]
fn an_organ_that_the_directory_lacks_is_told_with_what_it_has() {
    let bundles = assemble::load(None).unwrap();
    for key in ["440000-coordinator", "440115-market", "440100-tax"] {
        assert_eq!(organ(&bundles.catalogue, key).unwrap().as_str(), key);
    }
    for key in ["market", "999999-market", "440115-circus", ""] {
        let told = organ(&bundles.catalogue, key).unwrap_err().to_string();
        assert!(told.contains("coordinator"), "{key}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_beside_a_server_on_postgres_makes_whom_the_server_then_knows() {
    let Some(server) = testbed::service("postgres") else { return };
    let home = tempfile::tempdir().unwrap();
    let setup = Setup::new(home.path().join("data"), Some(server.url().to_owned()));
    let serving = assemble(&setup, Arc::new(SystemClock)).await.unwrap();
    // The server has the shard of logins once it has written there.
    assert!(!signs_in(&serving, "nobody").await);
    let login = LoginKey::of_name("first").unwrap();
    let operator = post("440000-coordinator", Role::Operator);
    added(&serving, &login, operator, "甲", || Ok(PASSWORD.to_owned())).await.unwrap();

    let other = assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap();
    let login = LoginKey::of_name("second").unwrap();
    let operator = post("440000-coordinator", Role::Operator);
    added(&other, &login, operator, "乙", || Ok(PASSWORD.to_owned())).await.unwrap();
    other.engine.stop().await;
    // A shard may change hands meanwhile: whoever is told so asks again.
    let mut is_known = false;
    for _asked in 0..TRIES {
        is_known = is_known || signs_in(&serving, "second").await;
    }
    assert!(is_known, "the server knows whom the other process made");
    serving.engine.stop().await;
}
