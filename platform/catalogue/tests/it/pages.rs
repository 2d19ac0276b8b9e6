//! The pages and the interface through real requests.

use crate::data::{catalogue, licence_one_window, programme};
use catalogue::{Catalogue, CatalogueModule, Facts, pages};
use codes::Lang;
use kernel::Actor;
use portal::Frame;
use std::sync::Arc;
use testbed::{Reply, Testbed};

async fn bed(catalogue: Arc<Catalogue>) -> Testbed {
    Testbed::new(vec![Box::new(CatalogueModule { catalogue })]).await.unwrap()
}

async fn get(bed: &Testbed, path: &str) -> Reply {
    bed.request(&Actor::Public, "GET", path, None).await
}

async fn text(bed: &Testbed, path: &str) -> String {
    let reply = get(bed, path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.text()
}

#[tokio::test]
async fn every_page_answers_in_both_languages() {
    let bed = bed(catalogue()).await;
    let mut paths: Vec<String> = (1..=37).map(|n| format!("/reforms/{n}")).collect();
    paths.extend(licence_one_window().services.keys().map(|id| format!("/services/28/{id}")));
    paths.extend(["/packages/28/setup", "/packages/28/setup/start"].map(String::from));
    for path in paths {
        let zh = text(&bed, &path).await;
        let en = text(&bed, &format!("{path}?lang=en")).await;
        assert!(zh.contains("lang=\"zh-CN\"") && en.contains("<html lang=\"en\""), "{path}");
        assert!(!zh.contains(" style=") && !zh.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn a_row_shows_both_texts_with_what_differs() {
    let bed = bed(catalogue()).await;
    let page = text(&bed, "/reforms/24").await;
    assert_eq!(page.matches("<mark>离</mark>").count(), 2);
    assert_eq!(page.matches("<mark>高</mark>").count(), 2);
    assert!(page.contains("D8"));
    let same = text(&bed, "/reforms/28").await;
    assert!(!same.contains("<mark>") && same.contains("两份文件文字相同"));
    assert!(same.contains("省政务服务数据管理局") && same.contains("本行无国家对口部门"));
    let renamed = text(&bed, "/reforms/16?lang=en").await;
    assert!(renamed.contains("is now National Financial Regulatory Administration"), "{renamed}");
    let rail = text(&bed, "/reforms/13").await;
    assert!(rail.contains("四川省、重庆市、贵州省") && rail.contains("广东分工表未列此项"));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_says_so() {
    let bed = bed(catalogue()).await;
    for (path, status, reason) in [
        ("/reforms/99", 404, "REFORM_UNKNOWN"),
        ("/reforms/abc", 404, "REFORM_UNKNOWN"),
        ("/services/28/dance", 404, "SERVICE_UNKNOWN"),
        ("/services/1/pub", 404, "SERVICE_UNKNOWN"),
        ("/packages/28/closing", 404, "PACKAGE_UNKNOWN"),
        ("/packages/28/closing/start", 404, "PACKAGE_UNKNOWN"),
        ("/packages/28/setup/start?activity=X0000", 422, "ACTIVITY_UNKNOWN"),
        ("/packages/28/setup/start?service=reg", 404, "SERVICE_UNKNOWN"),
        ("/packages/28/setup/start?service=28/reg", 422, "NOT_AN_ADD_ON"),
        ("/api/v1/catalogue/reforms/38", 404, "REFORM_UNKNOWN"),
        ("/api/v1/catalogue/services/28/dance", 404, "SERVICE_UNKNOWN"),
        ("/api/v1/catalogue/scope?reform=28&place=4401", 422, "PLACE_UNKNOWN"),
        ("/api/v1/catalogue/scope?reform=200&place=440115", 404, "REFORM_UNKNOWN"),
        ("/api/v1/catalogue/organs/440115/mayor", 422, "ORGAN_UNKNOWN"),
    ] {
        let reply = get(&bed, path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.json()["reason"], reason, "{path}");
    }
}

#[tokio::test]
async fn the_picker_leads_to_a_case_without_scripts() {
    let bed = bed(catalogue()).await;
    let empty = text(&bed, "/packages/28/setup/start").await;
    let (guangdong, beijing) =
        (empty.find("value=\"440000\"").unwrap(), empty.find("value=\"110000\"").unwrap());
    assert!(guangdong < beijing, "Guangdong is offered first");
    assert!(empty.contains("value=\"440115\"") && !empty.contains("value=\"110101\""));
    assert!(!empty.contains("action=\"/cases/new\""), "no case without a place");

    let elsewhere = text(&bed, "/packages/28/setup/start?province=110000&place=440115").await;
    assert!(elsewhere.contains("value=\"110101\""));
    assert!(!elsewhere.contains("action=\"/cases/new\""), "the place lies in another province");

    let picked = text(
        &bed,
        "/packages/28/setup/start?province=440000&place=440115&q=%E5%A5%B6%E8%8C%B6%E5%BA%97&activity=&activity=H6210&activity=F5243",
    )
    .await;
    for part in [
        "action=\"/cases/new\"",
        "<input type=\"hidden\" name=\"package\" value=\"28/setup\">",
        "<input type=\"hidden\" name=\"place\" value=\"440115\">",
        "<input type=\"hidden\" name=\"activity\" value=\"H6210\">",
        "<input type=\"hidden\" name=\"service\" value=\"28/food\">",
        "饭馆、咖啡馆、酒吧、茶座不再办理公共场所卫生许可证",
        "本平台尚未开通",
        "10个工作日",
        "不收费",
    ] {
        assert!(picked.contains(part), "{part}");
    }
    assert!(
        !picked.contains("name=\"service\" value=\"28/reg\""),
        "the package brings its own services"
    );
    assert!(
        !picked.contains("name=\"service\" value=\"01/pub\""),
        "what is not open is not applied for"
    );
}

#[tokio::test]
async fn outside_its_scope_nothing_can_be_started() {
    let mut reform = licence_one_window();
    reform.number = 31;
    let catalogue = Catalogue::new(programme(), [reform], Facts::default()).unwrap();
    let bed = bed(catalogue).await;
    let inside = text(&bed, "/packages/31/setup/start?place=440115").await;
    assert!(inside.contains("action=\"/cases/new\""));
    let outside = text(&bed, "/packages/31/setup/start?place=440106").await;
    assert!(!outside.contains("action=\"/cases/new\""));
    assert!(
        outside
            .contains("广州市天河区不在推广范围“广东自贸试验区”之内。适用地区：广州南沙新区片区")
    );
}

#[tokio::test]
async fn the_interface_tells_what_the_pages_tell() {
    let bed = bed(catalogue()).await;
    let reforms = get(&bed, "/api/v1/catalogue/reforms").await.json();
    let rows = reforms["reforms"].as_array().unwrap();
    assert_eq!(rows.len(), 37);
    assert_eq!(rows[27]["packages"][0], "28/setup");
    assert_eq!((&rows[27]["runs"], &rows[0]["runs"]), (&true.into(), &false.into()));
    assert_eq!(rows[12]["guangdong"], serde_json::Value::Null);
    let food = get(&bed, "/api/v1/catalogue/services/28/food").await.json();
    assert_eq!(food["clock"]["statutory"], "10wd");
    assert_eq!(food["legal_nature"], "licence");
    assert_eq!(food["remedy_row"]["reconsideration"], "60d");
    let package = get(&bed, "/api/v1/catalogue/packages/28/setup").await.json();
    assert_eq!(package["one_list"]["signed"].as_array().unwrap().len(), 4);
    let found = get(&bed, "/api/v1/catalogue/activities/28?q=hotel").await.json();
    assert_eq!(found["activities"][0]["industry"], "H6110");
    let scope =
        get(&bed, "/api/v1/catalogue/scope?reform=34&place=110000&on=2020-09-20").await.json();
    assert_eq!((&scope["applies"], &scope["scope"]), (&false.into(), &"ftz".into()));
    let organ = get(&bed, "/api/v1/catalogue/organs/440115/market").await.json();
    assert_eq!(organ["key"], "440115-market");
}

#[test]
fn the_home_page_lists_all_reforms_by_field() {
    let catalogue = catalogue();
    let home = pages::home_reforms(&Frame::of(Lang::Zh), &catalogue, "").into_string();
    assert_eq!(home.matches("<h3>").count(), 9);
    assert_eq!(home.matches("<a href=\"/reforms/").count(), 37);
    assert_eq!(home.matches("可以办理").count(), 1, "28 alone runs");
    assert!(home.find("投资管理领域").unwrap() < home.find("贸易便利化领域").unwrap());
    let english = pages::home_reforms(&Frame::of(Lang::En), &catalogue, "").into_string();
    assert!(english.contains("Credit repair of commercial entities"));
}

#[test]
fn people_begin_where_they_have_something_to_do() {
    let entry = |who: &str, organs: &str, posts: &str| -> catalogue::definition::Entry {
        let text = format!(
            "{{path: /x, zh: 甲, en: A, who: {who}, organs: [{organs}], posts: [{posts}]}}"
        );
        elements::from_yaml("entry", &text).unwrap()
    };
    let of = |organ: &'static str, post: &'static str| Some((organ, post));
    for (who, organs, posts, officer, fits) in [
        ("everyone", "", "", None, true),
        ("everyone", "customs", "", of("market", "head"), true),
        ("party", "", "", None, true),
        ("party", "", "", of("market", "head"), false),
        ("officer", "", "", None, false),
        ("officer", "", "", of("market", "head"), true),
        ("officer", "customs", "", of("customs", "inspector"), true),
        ("officer", "customs", "", of("market", "head"), false),
        ("officer", "customs", "head", of("customs", "inspector"), false),
        ("officer", "", "auditor", of("coordinator", "auditor"), true),
    ] {
        let entry = entry(who, organs, posts);
        assert_eq!(entry.is_for(officer), fits, "{who} [{organs}] [{posts}] {officer:?}");
    }
}

#[test]
fn the_search_finds_reforms_services_and_activities() {
    let catalogue = catalogue();
    let search =
        |query: &str| pages::home_reforms(&Frame::of(Lang::Zh), &catalogue, query).into_string();
    assert!(search("奶茶店").contains("/packages/28/setup/start?activity=H6210"));
    assert!(search("二手车").contains("/reforms/15"));
    assert!(search("食品 许可").contains("/services/28/food"));
    assert!(search("equity remote").contains("/reforms/31"));
    assert!(search("<script>").contains("没有找到"));
    assert!(
        !pages::search_box(&Frame::of(Lang::Zh), "\"><script>").into_string().contains("<script>")
    );
}
