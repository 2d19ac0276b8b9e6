//! 28 S9: two agents want the same name of the same organ at the same instant.

use super::house::{Browser, House, Reply, hidden};
use crate::bench::script::{Scope, Script, Until};
use codes::Date;
use engine::Order;
use kernel::{Actor, Atomic, CommandId, PartyKey};
use registers::Claim;
use registers::claim::{ClaimCommand, ClaimEvent, ClaimKey};

/// Wednesday, 11 February 2026, 10:00 in Beijing: two months later is a Saturday.
const NOW: &str = "2026-02-11T02:00:00Z";
/// Two agents, with ids of their own.
const AGENTS: [(&str, &str, &str); 2] =
    [("zhou-ming", "周明", "440115199709090035"), ("wang-xiaolan", "王晓岚", "440106198506231423")];

/// The stamp of the card of the name.
async fn stamp((browser, no): (&Browser<'_>, &str)) -> [String; 2] {
    let page = browser.get(&format!("/cases/{no}/form/name")).await;
    ["_command_id", "_expected_version"].map(|name| hidden(&page.text, name))
}

/// Both want the name at the same instant; the one that is named first is sent first, and neither waits for the other.
async fn both([one, other]: [(&Browser<'_>, &str); 2], turn: u8) -> [Reply; 2] {
    let stamps = [stamp(one).await, stamp(other).await];
    let ask = async |(browser, no): (&Browser<'_>, &str), agent: usize| {
        let [id, version] = &stamps[agent];
        let pairs = [("_command_id", id.as_str()), ("_expected_version", version)];
        browser.post(&format!("/cases/{no}/name"), &pairs).await
    };
    if turn.is_multiple_of(2) {
        let (one, other) = tokio::join!(ask(one, 0), ask(other, 1));
        [one, other]
    } else {
        let (other, one) = tokio::join!(ask(other, 1), ask(one, 0));
        [one, other]
    }
}

/// So many times, each time with cases of their own: exactly one keeps the name, and gives it up again.
async fn race(house: &House, turns: u8) {
    let mut browsers = Vec::new();
    let mut parties = Vec::new();
    for (login, name, id_number) in AGENTS {
        let party = house.person(login, name, id_number).await;
        parties.push((party, login.to_owned()));
        browsers.push(house.signed_in(login).await);
    }
    let today = house.now().date();
    let script = Script::of(Scope::SetUp, &house.assembly, today, 9, true).unwrap().named("青禾");
    let mut wins = [0, 0];
    for turn in 0..turns {
        let mut nos = Vec::new();
        for (agent, party) in parties.iter().enumerate() {
            let n = 2 * u64::from(turn) + agent as u64;
            nos.push(script.work_until(house, n, party.clone(), Until::Saved).await.unwrap().0);
        }
        let replies = both([(&browsers[0], &nos[0]), (&browsers[1], &nos[1])], turn).await;
        let won: Vec<usize> =
            (0..2).filter(|agent| replies[*agent].status.is_redirection()).collect();
        let [winner] = won[..] else { panic!("turn {turn}: {won:?} won: {replies:?}") };
        wins[winner] += 1;
        let loser = 1 - winner;
        assert_eq!(replies[loser].status, 409, "{:?}", replies[loser]);
        for part in ["2026", "企业名称登记管理规定第十七条"] {
            assert!(replies[loser].text.contains(part), "{part}: {:?}", replies[loser]);
        }
        is_told_since_when(house, &script, &nos[loser], &parties[loser]).await;
        let reserved = reservations(house, &script, &nos).await;
        let (holder, on, until) = &reserved[0];
        assert_eq!(reserved.len(), 1, "turn {turn}: {reserved:?}");
        assert_eq!(*holder, nos[winner]);
        assert_eq!(*on, Date::constant(2026, 2, 11));
        assert_eq!(*until, Date::constant(2026, 4, 13), "11 April 2026 is a Saturday and rolls");
        give_up(&browsers[winner], &nos[winner]).await;
    }
    assert_eq!(wins[0] + wins[1], turns, "{wins:?}");
}

/// Whoever asks past the pages is told by code, with the day on which the winner's reservation began.
async fn is_told_since_when(
    house: &House,
    script: &Script,
    no: &str,
    (party, login): &(PartyKey, String),
) {
    let reserve = ClaimCommand::Reserve {
        holder: no.to_owned(),
        name: "广州青禾餐饮管理有限公司".to_owned(),
        industry: "餐饮管理".to_owned(),
        prior: false,
        exempt: Vec::new(),
    };
    let commands =
        Atomic::new(script.shard().clone()).then::<Claim>(&key(script), &reserve).unwrap();
    let actor = Actor::Party { party: party.clone(), login: login.clone(), mandate: None };
    let id = CommandId::derive(&[b"again", no.as_bytes()]);
    let answer = house.engine().order(Order { id, actor, cause: None, commands }).await;
    let refusal = answer.unwrap_err().refusal();
    assert_eq!(refusal.reason, "NAME_TAKEN");
    assert_eq!(refusal.fields["since"], "2026-02-11", "the winner's day");
}

/// The key of the claim that both want.
fn key(script: &Script) -> ClaimKey {
    let organ = script.plan().tasks.iter().find(|task| task.automatic).unwrap().organ.clone();
    registers::claim_key(organ.as_str(), "青禾")
}

/// What the register has kept for these cases: holder, first day, last day.
async fn reservations(house: &House, script: &Script, nos: &[String]) -> Vec<(String, Date, Date)> {
    let history = &house.assembly.platform.history;
    let events = history.stream(script.shard(), "claim", &key(script).0, 0).await.unwrap();
    let reserved = events.iter().filter_map(|event| match event.read().unwrap() {
        ClaimEvent::Reserved { holder, on, until, .. } => Some((holder, on, until)),
        _ => None,
    });
    reserved.filter(|(holder, ..)| nos.contains(holder)).collect()
}

/// Withdraws a case, so that its name is free again.
async fn give_up(browser: &Browser<'_>, no: &str) {
    let path = format!("/cases/{no}/withdraw");
    let page = browser.get(&path).await;
    let id = hidden(&page.text, "_command_id");
    let version = hidden(&page.text, "_expected_version");
    let typed = [
        ("_command_id", id.as_str()),
        ("_expected_version", &version),
        ("reason", "不办了"),
        ("_action", "withdraw"),
    ];
    let reply = browser.post(&path, &typed).await;
    assert!(reply.status.is_redirection(), "{reply:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_of_two_agents_at_the_same_instant_one_keeps_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), None, NOW).await;
    race(&house, 50).await;
    house.engine().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_holds_on_postgres() {
    let Some(server) = testbed::service("postgres") else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), Some(server.url().to_owned()), NOW).await;
    race(&house, 1).await;
    house.engine().stop().await;
}
