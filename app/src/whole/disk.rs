//! A disk that is full: an answer says so, nothing acknowledged is lost, and service goes on when there is room again.

use super::house::House;
use crate::bench::clock::Moved;
use crate::bench::place::setup;
use crate::bench::proof;
use crate::bench::script::{Scope, Script, Sends, Sent, Until};
use engine::{Config, Order, Sizes};
use kernel::{Actor, Atomic, CommandId, PartyKey};
use module::{Clock, Receipt, Rejection, SubmitError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// A file system in memory, so small that it can be filled.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this process may not mount one.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "lianban-test"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            testbed::leave_out("a file system that a test may mount and fill");
            return None;
        }
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves no byte free; answers with the file that takes the room.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: stores that are still open are let go when they are closed.
        let _unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Sends commands once, and notes what was acknowledged.
struct Client<'h> {
    house: &'h House,
    acknowledged: Mutex<BTreeSet<CommandId>>,
    refused: Mutex<Vec<SubmitError>>,
}

impl Sends for Client<'_> {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        let order = Order { id: sent.id, actor, cause: None, commands };
        let answer = self.house.engine().order(order).await;
        match &answer {
            Ok(_) => drop(self.acknowledged.lock().unwrap().insert(sent.id)),
            Err(error) => self.refused.lock().unwrap().push(error.clone()),
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_answered_and_nothing_acknowledged_is_lost() {
    let Some(disk) = SmallDisk::mount(64) else { return };
    let setup = setup(disk.path().join("data"), None);
    let clock: Arc<dyn Clock> = Arc::new(Moved::now());
    let config = Config { sizes: Sizes { at_once: 0, ..Sizes::default() }, ..Config::default() };
    let house = House::with(setup, Arc::clone(&clock), config).await;
    let party = house.person("founder", "陈思远", "440113199003074516").await;
    let browser = house.signed_in("founder").await;
    let script = Script::of(Scope::SetUp, &house.assembly, clock.now().date(), 3, true).unwrap();
    let client =
        Client { house: &house, acknowledged: Mutex::default(), refused: Mutex::default() };
    let own = (party, "founder".to_owned());
    let no = script.work_until(&client, 0, own, Until::Saved).await.unwrap().0;

    let filler = disk.fill();
    // What is left in blocks that stores have already may still be used; then there is an end.
    let without_vault =
        Script::of(Scope::SetUp, &house.assembly, clock.now().date(), 4, false).unwrap();
    let who = |n: u64| (PartyKey::new(format!("p{n}")), format!("p{n}"));
    let mut stopped = None;
    for n in 0..200 {
        if without_vault.work_until(&client, n, who(n), Until::Submitted).await.is_err() {
            stopped = Some(n);
            break;
        }
    }
    let stopped = stopped.expect("a full disk takes no more commands");
    let refused = client.refused.lock().unwrap().pop().expect("somebody was told");
    assert!(matches!(refused, SubmitError::Rejected(Rejection::Down(_))), "{refused:?}");
    let page = format!("/cases/{no}/form/name");
    let shown = browser.get(&page).await;
    assert_eq!(shown.status, 200, "what is there can be read: {shown:?}");
    let stamp = ["_command_id", "_expected_version"]
        .map(|name| (name, super::house::hidden(&shown.text, name)));
    let typed = [
        (stamp[0].0, stamp[0].1.as_str()),
        (stamp[1].0, stamp[1].1.as_str()),
        ("plain.trade_name", "青苗"),
        ("_action", "save"),
    ];
    let full = browser.post(&page, &typed).await;
    assert_eq!(full.status, 507, "{full:?}");
    assert_eq!(full.refusal("a full disk"), "STORAGE_FULL");

    std::fs::remove_file(filler).unwrap();
    let saved = browser.post(&page, &typed).await;
    assert!(saved.status.is_redirection(), "the same form again, with room: {saved:?}");
    without_vault.work_until(&client, stopped, who(stopped), Until::Granted).await.unwrap();
    drop(browser);
    house.engine().stop().await;
    let acknowledged = client.acknowledged.lock().unwrap().clone();
    let setup = house.setup.clone();
    let found = proof::check(&setup, clock, &acknowledged).await.unwrap();
    assert!(found.commands >= acknowledged.len() as u64);
}
