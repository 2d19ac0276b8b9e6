//! Message files of the case system: late, twice, out of order, forged.

use crate::bed::{Bed, NAME, USCC};
use crate::steps::{NO, day, fine};
use penalty_module::files::{
    CaseMessage, Filed, Files, MESSAGE_TYPE, MessageReceipt, Outcome, RECEIPT_TYPE, What,
};
use penalty_module::model::Profile;
use penalty_module::queries;
use seals::{Algorithm, Keys as _, MemoryKeys, Purpose, jws};
use std::path::Path;
use std::sync::Arc;

struct Office {
    bed: Bed,
    folder: tempfile::TempDir,
    keys: MemoryKeys,
    files: Files,
}

impl Office {
    async fn open() -> Self {
        let bed = Bed::at("2024-09-10T09:00:00").await;
        let folder = tempfile::tempdir().expect("a folder");
        let keys = MemoryKeys::new();
        let early = bed.now().plus_seconds(-3_600);
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, early, &[9; 32]).expect("a key");
        let trusted = keys.public_set().expect("keys");
        let (own, tools) = (Arc::clone(&bed.keys), Arc::clone(&bed.tools));
        let files = Files::open(folder.path(), "customs-cases", trusted, own, tools);
        Self { files: files.expect("opened"), bed, folder, keys }
    }

    fn signed(&self, message: &CaseMessage) -> String {
        let payload = serde_json::to_vec(message).expect("json");
        let now = self.bed.now();
        let key = self.keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now).expect("a key");
        jws::attached(&self.keys, &key, now, MESSAGE_TYPE, &payload).expect("signed")
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join("in").join(name), text).expect("written");
    }

    async fn sweep(&self) -> Vec<(Outcome, usize)> {
        let counts = self.files.sweep(self.bed.platform()).await.expect("swept");
        self.bed.bed.settle().await;
        counts.into_iter().collect()
    }

    fn receipt(&self, name: &str) -> MessageReceipt {
        let text = std::fs::read_to_string(self.folder.path().join("acks").join(name));
        let text = text.expect("a receipt");
        let signed = jws::read(&text).expect("signed");
        let trusted = self.bed.keys.public_set().expect("keys");
        let payload = signed.payload().expect("inside");
        signed.verify_trusted(&trusted, RECEIPT_TYPE, payload).expect("ours");
        serde_json::from_slice(payload).expect("json")
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(Path::new(self.folder.path()).join(folder))
            .expect("there")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn filed() -> CaseMessage {
    let party = Profile { name: NAME.to_owned(), id_number: USCC.to_owned(), ..Profile::default() };
    let filed = Filed {
        organ: "440100-customs".to_owned(),
        organ_name: "中华人民共和国广州海关".to_owned(),
        organ_word: "广关".to_owned(),
        place: "440100".to_owned(),
        cause: "进口货物申报不实".to_owned(),
        on: day("2024-09-10"),
        id_kind: "uscc".to_owned(),
        party,
        expected: Some(fine(48_000)),
    };
    message(1, What::CaseFiled(Box::new(filed)))
}

fn message(sequence: u64, what: What) -> CaseMessage {
    CaseMessage { case: NO.parse().expect("a number"), sequence, what }
}

fn paid(sequence: u64) -> CaseMessage {
    let what =
        What::PaymentReceived { amount_fen: 1, on: day("2024-09-10"), reference: "t1".to_owned() };
    message(sequence, what)
}

#[tokio::test]
async fn what_comes_twice_late_and_out_of_order_acts_once_and_in_order() {
    let office = Office::open().await;
    // The second comes first, and waits.
    office.put("b.jws", &office.signed(&paid(2)));
    assert_eq!(office.sweep().await, [(Outcome::Early, 1)]);
    assert_eq!(office.names("acks"), Vec::<String>::new());
    // A half-written file is none yet.
    office.put("a.part", "half");
    let first = office.signed(&filed());
    office.put("a.jws", &first);
    // The payment is refused by law: nothing is decided yet. That is an answer too.
    assert_eq!(office.sweep().await, [(Outcome::Taken, 1), (Outcome::Refused, 1)]);
    let row = queries::case(&*office.bed.platform().reader, NO).await.expect("read");
    assert_eq!(row.expect("filed").cause, "进口货物申报不实");
    assert_eq!(office.receipt("a.jws").result, Outcome::Taken);
    let refused = office.receipt("b.jws");
    assert_eq!(refused.result, Outcome::Refused);
    assert_eq!(refused.reason.as_deref(), Some("R21-0003 WRONG_STAGE"));
    // The first again, under another name: the first answer counts.
    office.put("again.jws", &first);
    assert_eq!(office.sweep().await, [(Outcome::Repeated, 1)]);
    assert_eq!(office.receipt("again.jws").result, Outcome::Repeated);
    assert_eq!(office.bed.turns().await, ["Filed"]);
    for event in office.bed.events().await {
        assert!(!event.body.text().contains(NAME) && !event.body.text().contains(USCC));
    }
}

#[tokio::test]
async fn another_content_under_the_same_number_and_a_forged_file_are_refused() {
    let office = Office::open().await;
    office.put("a.jws", &office.signed(&filed()));
    assert_eq!(office.sweep().await, [(Outcome::Taken, 1)]);
    let mut other = filed();
    if let What::CaseFiled(filed) = &mut other.what {
        filed.cause = "走私".to_owned();
    }
    office.put("other.jws", &office.signed(&other));
    let text = office.signed(&message(
        2,
        What::RedressFiled {
            redress: penalty_module::model::Redress::Review,
            on: day("2024-09-10"),
        },
    ));
    let (header, rest) = text.split_once('.').expect("three parts");
    let forged = format!("{header}.A{rest}");
    office.put("forged.jws", &forged);
    office.put("noise.jws", "no signature at all");
    assert_eq!(office.sweep().await, [(Outcome::Refused, 3)]);
    assert_eq!(office.receipt("other.jws").reason.as_deref(), Some("R21-0020 MESSAGE_REFUSED"));
    assert_eq!(office.names("refused"), ["forged.jws", "noise.jws", "other.jws"]);
    assert_eq!(office.names("in"), Vec::<String>::new());
    assert_eq!(office.bed.turns().await, ["Filed"]);
}

#[tokio::test]
async fn a_file_that_was_decided_and_not_moved_is_not_decided_again() {
    let office = Office::open().await;
    let first = office.signed(&filed());
    office.put("a.jws", &first);
    assert_eq!(office.sweep().await, [(Outcome::Taken, 1)]);
    // The process died before the file was moved: it lies where it lay.
    let done = office.folder.path().join("done").join(format!("{NO}.000001.jws"));
    std::fs::rename(done, office.folder.path().join("in").join("a.jws")).expect("moved back");
    assert_eq!(office.sweep().await, [(Outcome::Taken, 1)]);
    assert_eq!(office.bed.turns().await, ["Filed"]);
}
