//! Services of others, as an operator switches them on: over real connections, with stand-ins on the other side.

use super::house::{House, by_hand};
use crate::assemble::Setup;
use crate::bench::place::setup;
use crate::bench::script::{Script, Until};
use crate::case_files::Sweeper;
use crate::certificates;
use crate::chores::Chores;
use crate::demo;
use crate::services::{CaseFiles, Faces, Payment};
use kernel::PartyKey;
use ledger::BillState;
use ledger::bills::queries as bills;
use module::Clock as _;
use penalty_module::files::{CaseMessage, MESSAGE_TYPE};
use seals::{Algorithm, FolderKeys, Keys as _, MemoryKeys, Purpose, jws};
use standins::Switches;
use standins::cashier::{Cashier, Reporting};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tables::Query;
use testbed::HandClock;
use tokio::net::TcpListener;

const NOW: &str = "2026-02-12T02:00:00Z";

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

fn clock() -> Arc<HandClock> {
    Arc::new(HandClock::at(NOW.parse().unwrap()))
}

/// The keys of an installation that has not begun.
fn trusted(setup: &Setup) -> seals::PublicKeySet {
    let keys = FolderKeys::open(setup.data.join("keys/signing")).unwrap();
    keys.ensure(&Purpose::EXCHANGE, Algorithm::Ed25519, NOW.parse().unwrap(), &[8; 32]).unwrap();
    keys.public_set().unwrap()
}

fn now(clock: &Arc<HandClock>) -> Arc<dyn Fn() -> codes::Moment + Send + Sync> {
    let clock = Arc::clone(clock);
    Arc::new(move || clock.now())
}

/// Every letter went its way: none waits, none died.
async fn carried(house: &House) {
    assert_eq!(house.engine().dead_letters(10).await.unwrap(), []);
    let failed: Vec<_> = house.engine().health().await;
    let said = failed.iter().flat_map(|health| &health.letters).filter_map(|one| one.said.as_ref());
    assert_eq!(said.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// The applicant's bill that is to be paid, by its number.
async fn due(house: &House) -> String {
    let sql = "SELECT order_no FROM ledger_bills WHERE state = 'due'";
    let rows = house.assembly.platform.reader.rows(Query::new(sql)).await.unwrap();
    rows[0].get("order_no").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_is_paid_on_line_reported_late_twice_and_falsely_and_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let mut setup = setup(folder.path().to_owned(), None);
    let cashier = Cashier::new([4; 32], codes::Moment::default(), now(&clock)).unwrap();
    let ((site, site_at), (gateway, gateway_at)) = (listener().await, listener().await);
    cashier.connect(&trusted(&setup), format!("{gateway_at}/x"));
    setup.public_url = site_at;
    setup.services.payment = Some(Payment {
        key: "feishui".to_owned(),
        merchant: "440115".to_owned(),
        url: gateway_at,
        keys: cashier.keys(),
    });
    tokio::spawn(cashier.clone().serve(gateway));
    let house = House::with(setup, clock.clone(), by_hand(true)).await.with_people().await;
    let router = house.assembly.router.clone();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(site, service).await });
    demo::reforms(&house.assembly).await.unwrap();
    house.engine().settle().await;

    let order = due(&house).await;
    let chen = house.signed_in("chen").await;
    let address = format!("/ledger/bills/{order}");
    let page = chen.get(&address).await.text;
    assert!(page.contains(&format!("/x/pay/{order}")), "where to pay stands on the page: {page}");
    let row = async || {
        let row = bills::by_order(&*house.assembly.platform.reader, &order).await.unwrap();
        row.unwrap()
    };
    cashier.switch(Switches { wrong_signature: true, ..Switches::default() });
    cashier.pay(&order, Reporting::AtOnce).unwrap();
    cashier.tick().await;
    assert_eq!(cashier.reported().last().unwrap().status, 401, "{:?}", cashier.reported());
    assert_eq!(row().await.state, BillState::Due, "a forged report pays nothing");

    cashier.switch(Switches { duplicate: true, ..Switches::default() });
    cashier.pay(&order, Reporting::AfterSeconds(90)).unwrap();
    clock.set(clock.now().plus_seconds(90));
    for _often in 0..2 {
        cashier.tick().await;
        house.engine().settle().await;
    }
    let paid = row().await;
    assert_eq!(paid.state, BillState::Paid, "{:?}", cashier.reported());
    let page = chen.get(&address).await.text;
    assert!(page.contains(&paid.receipt_no.unwrap()), "the receipt stands on the page: {page}");
    // The forged report was of another payment: once it is sent again with its signature, that money goes back by itself.
    clock.set(clock.now().plus_seconds(600));
    cashier.tick().await;
    house.engine().settle().await;
    assert_eq!(row().await.state, BillState::Paid);
    assert_eq!(cashier.refunds().len(), 1, "what was paid twice went back once");
    assert!(house.engine().dead_letters(10).await.unwrap().is_empty());
    house.engine().stop().await;
}

/// The registration of the parking space, and the applicant's page of it.
async fn registration(house: &House) -> String {
    let sql = "SELECT registration FROM property_registrations WHERE state = 'running'";
    let rows = house.assembly.platform.reader.rows(Query::new(sql)).await.unwrap();
    rows[0].get("registration").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_somebody_is_is_shown_by_a_face_and_at_the_window_where_no_service_answers() {
    const PHOTO: (&str, &str, &[u8]) = ("photo", "me.jpg", b"photo");
    let said = [("name", "陈思远"), ("number", "440113199003074516")];
    for has_service in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let mut setup = setup(folder.path().to_owned(), None);
        let faces = standins::faces::Faces::new([5; 32], codes::Moment::default(), now(&clock));
        let faces = faces.unwrap();
        faces.trust(&trusted(&setup));
        let (listener, url) = listener().await;
        tokio::spawn(faces.clone().serve(listener));
        setup.services.faces = has_service.then(|| Faces { url, keys: faces.keys() });
        let house = House::with(setup, clock.clone(), by_hand(true)).await.with_people().await;
        demo::reforms(&house.assembly).await.unwrap();
        house.engine().settle().await;
        let chen = house.signed_in("chen").await;
        let page = format!("/property/registrations/{}", registration(&house).await);
        let path = format!("{page}/face");
        let shown = chen.get(&page).await.text;
        assert_eq!(shown.contains("人脸核验身份"), has_service, "{shown}");
        assert_eq!(shown.contains("到窗口核验身份"), !has_service, "{shown}");
        if !has_service {
            let refused = chen.upload(&path, &said, PHOTO).await;
            assert_eq!(refused.json()["reason"], "PARTNER_DOWN", "{}", refused.text);
            continue;
        }
        faces.switch(Switches { down: true, ..Switches::default() });
        let refused = chen.upload(&path, &said, PHOTO).await;
        assert_eq!(refused.json()["reason"], "PARTNER_DOWN", "{}", refused.text);
        faces.switch(Switches { wrong_signature: true, ..Switches::default() });
        let refused = chen.upload(&path, &said, PHOTO).await;
        assert_eq!(refused.json()["reason"], "PARTNER_DOWN", "an answer of a stranger is none");
        faces.switch(Switches::default());
        let taken = chen.upload(&path, &said, PHOTO).await;
        assert_eq!(taken.status, 303, "{}", taken.text);
        assert!(chen.get(&page).await.text.contains("人脸核验通过"));
        faces.turn_away("440113199003074516");
        let differs = chen.upload(&path, &said, PHOTO).await;
        assert_eq!(differs.json()["reason"], "FACE_DIFFERS", "{}", differs.text);
        house.engine().stop().await;
    }
}

/// A message of the case system, signed, in its folder.
fn written(folder: &Path, name: &str, keys: &MemoryKeys, message: &CaseMessage) {
    let at = NOW.parse().unwrap();
    let key = keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, at).unwrap();
    let payload = serde_json::to_vec(message).unwrap();
    let signed = jws::attached(keys, &key, at, MESSAGE_TYPE, &payload).unwrap();
    std::fs::write(folder.join("in").join(name), signed).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_files_are_taken_once_and_what_is_refused_is_told_to_the_operator() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(folder.path().join("data"), None);
    let files = folder.path().join("files");
    let keys = |seed: u8| {
        let keys = MemoryKeys::new();
        let since = codes::Moment::default();
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &[seed; 32]).unwrap();
        keys
    };
    let (customs, stranger) = (keys(1), keys(2));
    let trusted = customs.public_set().unwrap();
    setup.services.case_files = Some(CaseFiles { folder: files.clone(), keys: trusted });
    let house = House::with(setup, clock(), by_hand(true)).await.with_people().await;
    let platform = house.assembly.platform.clone();
    let keys = FolderKeys::open(house.setup.data.join("keys/signing")).unwrap();
    let swept = house.setup.services.files(&(Arc::new(keys) as _), house.assembly.customs.clone());
    let chores = Chores::default();
    let mut sweeper = Sweeper::new(swept.unwrap().unwrap(), platform.clone(), chores.clone());

    let message = demo::message(&house.assembly).unwrap();
    written(&files, "a.jws", &customs, &message);
    written(&files, "b.jws", &stranger, &message);
    sweeper.round().await;
    let told = &chores.all()[0];
    assert!(told.says.en.contains("taken since the start: 1"), "{told:?}");
    assert_eq!(told.faults.len(), 1, "{told:?}");
    assert!(told.faults[0].en.contains("b.jws, R21-"), "{told:?}");
    let rows = platform.reader.rows(Query::new("SELECT no FROM penalty_cases")).await.unwrap();
    assert_eq!(rows[0].get::<String>("no").unwrap(), message.case.to_string());
    written(&files, "a.jws", &customs, &message);
    std::fs::remove_file(files.join("refused/b.jws")).unwrap();
    sweeper.round().await;
    let told = &chores.all()[0];
    assert!(told.says.en.contains("sent again: 1") && told.faults.is_empty(), "{told:?}");
    std::fs::remove_dir_all(files.join("in")).unwrap();
    sweeper.round().await;
    assert!(chores.all()[0].is_grave, "a folder that is gone needs somebody at once");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_agree_with_the_book_and_holders_are_reminded_of_every_entry() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::with(setup(folder.path().to_owned(), None), clock(), by_hand(true)).await;
    let house = house.with_people().await;
    demo::reforms(&house.assembly).await.unwrap();
    house.engine().settle().await;
    let chores = Chores::default();
    certificates::once(&house.assembly.platform, &chores).await;
    let told = &chores.all()[0];
    assert!(told.faults.is_empty() && !told.says.en.starts_with('0'), "{told:?}");
    carried(&house).await;
    let chen = house.signed_in("chen").await;
    let inbox = chen.get("/delivery/inbox").await.text;
    assert!(inbox.contains("登记提醒"), "{inbox}");
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_customs_case_of_the_demonstration_goes_on_after_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let open = async || {
        let setup = setup(folder.path().to_owned(), None);
        House::with(setup, clock.clone(), by_hand(true)).await
    };
    drop(open().await.with_people().await);
    let reading = i64::try_from(demo::reading().as_micros()).unwrap();
    // Each time it goes a little further than the last, and stops.
    for stops_after in [0, 3, 5, 8] {
        let house = open().await;
        let opened = demo::reforms(&house.assembly).await.unwrap().expect("a case that goes on");
        clock.set(clock.now().plus_us(reading));
        for step in 0..stops_after {
            assert!(opened.step(step).await.unwrap(), "step {step}");
        }
        house.engine().stop().await;
    }
    let house = open().await;
    assert!(demo::reforms(&house.assembly).await.unwrap().is_none(), "the notice is issued");
    house.engine().settle().await;
    let sql = "SELECT served_on FROM penalty_papers";
    let rows = house.assembly.platform.reader.rows(Query::new(sql)).await.unwrap();
    assert_eq!(rows.len(), 1, "one notice");
    assert!(rows[0].get::<Option<codes::Date>>("served_on").unwrap().is_some());
    house.engine().stop().await;
}

/// What the seals of all licences say, and the papers.
async fn papers(house: &House) -> Vec<(seals::pdf::Found, Vec<u8>)> {
    let reader = &*house.assembly.platform.reader;
    let keys = FolderKeys::open(house.setup.data.join("keys/signing")).unwrap();
    let roots = seals::certificate::roots_of(&keys).unwrap();
    let mut all = Vec::new();
    for row in reader.rows(Query::new("SELECT licence FROM licences_list")).await.unwrap() {
        let key = licences::LicenceKey(row.get("licence").unwrap());
        let row = licences::queries::licence(reader, &key).await.unwrap().unwrap();
        let pdf = house.assembly.desk.vault.read(&row.document.unwrap().pdf).await.unwrap();
        all.push((seals::pdf::seals(&pdf, &roots).unwrap().pop().unwrap(), pdf));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_bears_a_stamp_where_an_authority_answers_and_none_where_it_is_down() {
    if testbed::program("openssl").is_none() {
        return;
    }
    let authority = standins::tsa::TimeStamping::new(&standins::tsa::Setup::default()).unwrap();
    let (at, url) = listener().await;
    tokio::spawn(authority.clone().serve(at));
    for is_down in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        // The authority tells the time of the machine. A signature states whole seconds, and no key is younger than it.
        let us = module::SystemClock.now().us().div_euclid(1_000_000) * 1_000_000;
        let clock = Arc::new(HandClock::at(codes::Moment::from_us(us)));
        let mut setup = setup(folder.path().join("data"), None);
        std::fs::write(folder.path().join("roots.pem"), authority.root_pem()).unwrap();
        let file = folder.path().join("authorities.json");
        let named =
            serde_json::json!([{"key": "one", "url": format!("{url}/tsa"), "roots": "roots.pem"}]);
        std::fs::write(&file, named.to_string()).unwrap();
        setup.authorities = Some(file);
        authority.switch(Switches { down: is_down, ..Switches::default() });
        let house = House::with(setup, clock.clone(), by_hand(true)).await.with_people().await;
        let chen: (PartyKey, String) = (house.party("440113199003074516"), "chen".to_owned());
        let today = house.now().date();
        let script = Script::new(&house.assembly, today, 5, true).unwrap();
        script.work_until(&house, 1, chen, Until::Granted).await.unwrap();
        house.engine().settle().await;
        carried(&house).await;
        let mut sealed = papers(&house).await;
        assert!(sealed.iter().all(|(found, _)| found.holds()), "{sealed:?}");
        // On a busy machine an authority may be too slow for some of them.
        let place = sealed.iter().position(|(found, _)| found.stamp.is_some());
        assert_eq!(place.is_some(), !is_down, "{sealed:?}");
        let (found, pdf) = sealed.swap_remove(place.unwrap_or_default());
        let waiting = house.assembly.beside.stamper.as_ref().unwrap().backlog();
        assert!(!is_down || waiting[0].failed.is_some(), "{waiting:?}");
        if let Some(token) = &found.stamp {
            // Another reader agrees: the token is over the signature.
            let home = folder.path();
            std::fs::write(home.join("token.der"), token).unwrap();
            std::fs::write(home.join("signature.bin"), &found.signature).unwrap();
            let verified = std::process::Command::new("openssl")
                .args(["ts", "-verify", "-token_in", "-in", "token.der", "-data", "signature.bin"])
                .args(["-CAfile", "roots.pem"])
                .current_dir(home)
                .output()
                .unwrap();
            assert!(verified.status.success(), "{verified:?}");
        }
        let page = house.visitor().upload("/verify", &[], ("file", "a.pdf", &pdf)).await;
        assert_eq!(page.text.contains("带有可信时间戳"), !is_down, "{}", page.text);
        house.engine().stop().await;
    }
}
