//! The base of addresses.

use standins::Switches;
use standins::address::{AddressBase, Confirmation, Premises};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_right_is_confirmed_for_its_owner_alone() {
    let premises = |detail: &str, owner: Option<&str>| Premises {
        division: "440115".to_owned(),
        detail: detail.to_owned(),
        postcode: "511458".to_owned(),
        owner: owner.map(ToOwned::to_owned),
    };
    let base = AddressBase::new(vec![
        premises("金沙路12号", Some("广州南沙置业有限公司")),
        premises("金沙路14号", None),
    ]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1/premises", listener.local_addr().expect("an address"));
    tokio::spawn(base.clone().serve(listener));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = async |division: &str, detail: &str, owner: &str| {
        let query = [("division", division), ("detail", detail), ("owner", owner)];
        client.get(&url).query(&query).send().await.expect("an answer")
    };
    for (division, detail, owner, known, confirmed) in [
        ("440115", "金沙路12号", "广州南沙置业有限公司", true, true),
        ("440115", "金沙路12号", "陈思远", true, false),
        ("440115", "金沙路14号", "", true, false),
        ("440115", "金沙路99号", "陈思远", false, false),
        ("440106", "金沙路12号", "广州南沙置业有限公司", false, false),
    ] {
        let told: Confirmation =
            ask(division, detail, owner).await.json().await.expect("a confirmation");
        assert_eq!((told.known, told.confirmed), (known, confirmed), "{division} {detail} {owner}");
        assert_eq!(told.postcode.is_some(), known);
    }
    base.switch(Switches { down: true, ..Switches::default() });
    assert_eq!(ask("440115", "金沙路12号", "").await.status().as_u16(), 503);
    assert_eq!(base.requests(), 6);
}
