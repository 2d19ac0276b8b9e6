//! Bundles that cases go by although they are no longer in force: every bundle that was is kept among the files, under its
//! digest, and read again when a case asks for it.

use anyhow::{Context as _, Result, anyhow};
use blobs::{BlobError, BlobId, Blobs};
use bundles::Bundles;
use cases::Law;
use cases::law::{Archive, Definition};
use forms::Crosswalks;
use kernel::Waiting;
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The bundles in the store of files (资源包存档).
struct Shelf {
    blobs: Arc<dyn Blobs>,
    maps: Arc<Crosswalks>,
    wanted: mpsc::UnboundedSender<String>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl Archive for Shelf {
    fn find<'a>(&'a self, bundle: &'a str) -> Waiting<'a, Result<Option<Definition>, BlobError>> {
        Box::pin(async move {
            let bytes = match self.blobs.get(&BlobId(bundle.to_owned())).await {
                Ok(bytes) => bytes,
                Err(BlobError::Missing(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let maps = Arc::clone(&self.maps);
            // Reading a folder takes some milliseconds of computing: not on a thread that others wait for.
            let read = tokio::task::spawn_blocking(move || bundles::restore(&bytes, &maps)).await;
            match read.map_err(|error| BlobError::Store(error.to_string()))? {
                Ok(definition) => Ok(Some(definition)),
                Err(error) => {
                    tracing::error!(bundle, %error, "cases of a bundle cannot go on");
                    Ok(None)
                }
            }
        })
    }

    fn want(&self, bundle: &str) {
        // Nobody listens any more only while the platform stops.
        let _ = self.wanted.send(bundle.to_owned());
    }
}

/// Keeps the bundles in force, and lets cases that began under others find theirs.
pub(crate) async fn fill(bundles: &Bundles, blobs: &Arc<dyn Blobs>, law: &Arc<Law>) -> Result<()> {
    let maps = Arc::new(Crosswalks::builtin().map_err(|error| anyhow!("{error}"))?);
    blobs.put_all(bundles.kept()).await.context("keeping the reforms in force")?;
    let (wanted, mut asked) = mpsc::unbounded_channel::<String>();
    law.archive_in(Arc::new(Shelf { blobs: Arc::clone(blobs), maps, wanted }));
    let law = Arc::downgrade(law);
    tokio::spawn(async move {
        while let Some(bundle) = asked.recv().await {
            let Some(law) = law.upgrade() else { return };
            if let Err(error) = law.recall(&bundle).await {
                tracing::warn!(bundle, %error, "a bundle cannot be read now");
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::{Assembly, Setup, assemble};
    use crate::bench::script::{Script, Sends, Sent, Until};
    use cases::{CaseEvent, CaseKey};
    use engine::Order;
    use kernel::{Actor, Atomic, Moment, PartyKey};
    use module::{Clock, Receipt, SubmitError, SystemClock};
    use std::collections::BTreeMap;
    use std::path::Path;
    use tables::{Query, Row};

    /// Thursday, 12 February 2026, from 09:00 in Beijing on.
    struct Morning(i64);

    impl Morning {
        fn new() -> Self {
            Self(1_770_858_000_000_000 - SystemClock.now().us())
        }
    }

    impl Clock for Morning {
        fn now(&self) -> Moment {
            SystemClock.now().plus_us(self.0)
        }
    }

    struct Straight<'a>(&'a Assembly);

    /// Sends again what the owner of a shard refused because it had to fetch a bundle first.
    struct Patient<'a>(&'a Assembly);

    impl Sends for Patient<'_> {
        async fn send(
            &self,
            sent: Sent,
            actor: Actor,
            commands: Atomic,
        ) -> Result<Receipt, SubmitError> {
            loop {
                let again = (actor.clone(), commands.clone());
                let answer = Straight(self.0).send(sent, again.0, again.1).await;
                match answer {
                    Err(error) if error.refusal().reason == "DEFINITION_MISSING" => {
                        tokio::task::yield_now().await;
                    }
                    answer => return answer,
                }
            }
        }
    }

    impl Sends for Straight<'_> {
        async fn send(
            &self,
            sent: Sent,
            actor: Actor,
            commands: Atomic,
        ) -> Result<Receipt, SubmitError> {
            self.0.engine.order(Order { id: sent.id, actor, cause: None, commands }).await
        }
    }

    /// A government's own reform 28: the built-in folder with texts replaced.
    fn lay(dir: &Path, changes: &[(&str, &str, &str)]) {
        let replaces =
            ("28-licence-one-window/reform.yaml", "number: 28", "number: 28\nreplaces: 28");
        for (path, bytes) in builtin::files().iter().filter(|(path, _)| path.starts_with("28-")) {
            let mut text = String::from_utf8(bytes.to_vec()).unwrap();
            for (_, from, to) in
                changes.iter().chain([&replaces]).filter(|(changed, ..)| changed == path)
            {
                assert!(text.contains(from), "{path} does not hold {from}");
                text = text.replacen(from, to, 1);
            }
            let to = dir.join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, text).unwrap();
        }
    }

    async fn started(home: &Path) -> Assembly {
        started_on(home, None).await
    }

    async fn started_on(home: &Path, database: Option<String>) -> Assembly {
        let mut setup = Setup::new(home.join("data"), database);
        setup.reforms = Some(home.join("reforms"));
        assemble(&setup, Arc::new(Morning::new())).await.unwrap()
    }

    async fn work(assembly: &Assembly, script: &Script, n: u64, until: Until) -> CaseKey {
        let party = format!("party-{n}");
        let who = (PartyKey::new(party.as_str()), party);
        script.work_until(&Straight(assembly), n, who, until).await.unwrap()
    }

    /// The bundle of a case, the term of its tax task, and the digests of the texts that were signed.
    async fn told(assembly: &Assembly, no: &CaseKey) -> (String, String, BTreeMap<String, String>) {
        let loaded = assembly.desk.load(&assembly.platform, &no.0).await.unwrap();
        let plan = loaded.case.plan.clone().unwrap();
        let term = plan.task("tax").unwrap().statutory.to_string();
        let texts = loaded.events.iter().filter_map(|event| match event.read().unwrap() {
            CaseEvent::DocumentSigned { document, sha256, .. } => Some((document, sha256)),
            _ => None,
        });
        (plan.bundle.clone(), term, texts.collect())
    }

    /// Waits until the paper of a task's outcome is made.
    async fn made(assembly: &Assembly, no: &CaseKey, task: &str) {
        let rows = async |sql: &'static str| assembly.platform.reader.rows(Query::new(sql)).await;
        let key = format!("{no}:{task}:outcome:");
        loop {
            let notices = rows("SELECT notice, state FROM delivery_notices").await.unwrap();
            let done = notices.iter().any(|row| {
                let (notice, state): (String, String) =
                    (row.get("notice").unwrap(), row.get("state").unwrap());
                notice.starts_with(&key) && state != "preparing"
            });
            if done {
                return;
            }
            let dead = rows("SELECT * FROM engine_dead_letters").await.unwrap();
            assert!(dead.is_empty(), "{:?}", dead.first().map(Row::cells));
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_case_ends_under_the_bundle_it_began_with() {
        let home = tempfile::tempdir().unwrap();
        let reform = "28-licence-one-window/reform.yaml";
        let articles = "28-licence-one-window/documents/articles.typ";
        let term = |days: &'static str| {
            (reform, "{promise: 1wd, statutory: 30d, source: 税收征收管理法实施细则第十二条}", days)
        };
        let before = term("{promise: 1wd, statutory: 25d, source: 税收征收管理法实施细则第十二条}");
        lay(&home.path().join("reforms"), &[before]);
        let first = started(home.path()).await;
        let today = first.platform.clock.now().date();
        let script = Script::new(&first, today, 1, true).unwrap();
        let old = work(&first, &script, 1, Until::Filled).await;
        let ended = work(&first, &script, 2, Until::Granted).await;
        first.engine.stop().await;
        drop(first);

        let after = term("{promise: 1wd, statutory: 20d, source: 税收征收管理法实施细则第十二条}");
        let text = std::str::from_utf8(builtin::file(articles).unwrap()).unwrap();
        let changed = format!("{text}\n本章程自各股东签署之日起生效。\n");
        let receipt = "28-licence-one-window/documents/tax_receipt.yaml";
        let more =
            "  place: {is: text, zh: 住所, en: Address, from: address_detail}\n  confirmed_on:";
        let changes = [after, (articles, text, &changed), (receipt, "  confirmed_on:", more)];
        lay(&home.path().join("reforms"), &changes);
        let second = started(home.path()).await;
        let fresh = Script::new(&second, today, 2, true).unwrap();
        assert_ne!(fresh.plan().bundle, script.plan().bundle);
        assert!(
            second.desk.law.definition(&script.plan().bundle).is_none(),
            "not read at the start"
        );
        let new = work(&second, &fresh, 3, Until::Granted).await;
        // Who looks at the old case has its bundle read again; then it goes on as it began.
        second.desk.load(&second.platform, &old.0).await.unwrap();
        assert_eq!(work(&second, &script, 1, Until::Granted).await, old);

        // Its papers are set by the templates in force, which may declare more than those it began with.
        made(&second, &old, "tax").await;
        let (old, new) = (told(&second, &old).await, told(&second, &new).await);
        assert_eq!((&old.0, old.1.as_str()), (&script.plan().bundle, "25d"));
        assert_eq!((&new.0, new.1.as_str()), (&fresh.plan().bundle, "20d"));
        let ended = told(&second, &ended).await;
        assert_eq!(old.2.keys().collect::<Vec<_>>(), new.2.keys().collect::<Vec<_>>());
        assert_ne!(old.2["articles"], new.2["articles"], "each text is that of its own bundle");
        assert!(!ended.2.is_empty() && ended.0 == old.0);
        second.engine.stop().await;
    }

    /// While an installation is brought from one folder to the next, one process runs the old one and another the new.
    #[tokio::test]
    async fn a_process_with_another_folder_decides_cases_of_this_one() {
        let Some(server) = testbed::service("postgres") else { return };
        let home = tempfile::tempdir().unwrap();
        lay(&home.path().join("reforms"), &[]);
        let old = started_on(home.path(), Some(server.url().to_owned())).await;
        let today = old.platform.clock.now().date();
        let first = Script::new(&old, today, 1, true).unwrap();
        // The first case gives the shard to the process with the old folder.
        work(&old, &first, 1, Until::Filled).await;

        let reform = "28-licence-one-window/reform.yaml";
        lay(&home.path().join("reforms"), &[(reform, "minutes: 15", "minutes: 14")]);
        let new = started_on(home.path(), Some(server.url().to_owned())).await;
        let second = Script::new(&new, today, 2, true).unwrap();
        let bundle = &second.plan().bundle;
        assert!(old.desk.law.definition(bundle).is_none(), "only the other process has read it");
        let who = (PartyKey::new("party-2"), "party-2".to_owned());
        let no = second.work_until(&Patient(&new), 2, who, Until::Submitted).await.unwrap();
        assert!(old.desk.law.definition(bundle).is_some(), "who decides has it now");
        assert_eq!(told(&old, &no).await.0, *bundle);
        new.engine.stop().await;
        old.engine.stop().await;
    }

    #[tokio::test]
    async fn a_decision_that_misses_a_bundle_has_it_fetched() {
        let kept = bundles::load(&bundles::Files::builtin()).unwrap();
        let blobs: Arc<dyn Blobs> = Arc::new(blobs::MemoryBlobs::new());
        let law = Arc::new(Law::new(calendar::Calendar::embedded()));
        fill(&kept, &blobs, &law).await.unwrap();
        let digest = kept.bundle(28).unwrap().digest.hex();
        assert!(law.definition(&digest).is_none(), "this call waits for nothing");
        while law.definition(&digest).is_none() {
            tokio::task::yield_now().await;
        }
        assert!(law.recall(&"0".repeat(64)).await.unwrap().is_none(), "what was never kept");
    }
}
