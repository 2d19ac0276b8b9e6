//! The site: layers around the routes of all modules, and the pages that belong to none of them.

use crate::{assets, errors, home};
use axum::Router;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use catalogue::Catalogue;
use identity::model::{Acting, Role};
use identity::{Frames, Identity, SignIn, Signed, signin_layer};
use module::Platform;
use portal::{Assets, Frame, NavItem};
use std::sync::Arc;

/// What the site itself works with.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) platform: Platform,
    pub(crate) identity: Arc<Identity>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) is_demo: bool,
}

/// What every page of this site bears: navigation, style and script, the stripe of a demonstration.
#[derive(Debug)]
struct SiteFrames {
    assets: Arc<Assets>,
    catalogue: Arc<Catalogue>,
    is_demo: bool,
}

/// All routes with their layers, in the order in which identity asks for them.
pub(crate) fn router(site: &Site, modules: Vec<(String, Router<Platform>)>) -> Router {
    let mut routes = Router::new();
    for (_, router) in modules {
        routes = routes.merge(router);
    }
    let routes = routes.with_state(site.platform.clone());
    let signin = SignIn {
        frames: Arc::new(SiteFrames {
            assets: Arc::new(assets::manifest()),
            catalogue: Arc::clone(&site.catalogue),
            is_demo: site.is_demo,
        }),
        identity: Arc::clone(&site.identity),
        platform: site.platform.clone(),
    };
    routes
        .merge(home::router(site.clone()))
        .merge(errors::router())
        .merge(assets::router())
        .route("/health", get(|| async { "ok" }))
        .fallback(portal::not_found)
        .layer(from_fn(portal::answer_failures))
        .layer(from_fn_with_state(signin, signin_layer))
        .layer(from_fn(portal::remember_language))
        .layer(from_fn(portal::guard_headers))
        .layer(tower_http::compression::CompressionLayer::new())
        .layer(axum::extract::DefaultBodyLimit::max(24 << 20))
}

impl Frames for SiteFrames {
    fn frame(&self, parts: &Parts, signed: Option<&Signed>) -> Frame {
        let mut frame = Frame::from_parts(parts);
        frame.assets = Arc::clone(&self.assets);
        frame.stripe = self.is_demo.then(|| {
            let zh = "演示环境：机构、人员、办件均为示例，证照不具有法律效力";
            let en = "Demonstration: organs, people and cases are samples; licences have no legal effect";
            frame.t(zh, en).to_owned()
        });
        frame.party = signed.map(|signed| signed.for_frame(frame.lang));
        frame.nav = navigation(&frame, &self.catalogue, signed);
        frame
    }
}

fn navigation(frame: &Frame, catalogue: &Catalogue, signed: Option<&Signed>) -> Vec<NavItem> {
    let item = |zh: &str, en: &str, href: &str| NavItem::new(frame.t(zh, en), href);
    let mut items = vec![item("办事", "Services", "/")];
    match signed.and_then(|signed| signed.acting.as_ref()) {
        Some(Acting::Officer(post)) => items.extend(of_officers(frame, catalogue, post.role)),
        Some(_) => {
            items.push(item("我的办件", "My cases", "/cases"));
            items.push(item("我的证照", "My licences", "/licences"));
            items.push(item("收件箱", "Inbox", "/delivery/inbox"));
            items.push(item("我的存证", "My evidence", "/evidence/mine"));
        }
        None => {}
    }
    items.push(item("证照查验", "Check a licence", "/verify"));
    items.push(item("公告栏", "Public notices", "/delivery/board"));
    items
}

/// What officers have before them: by their role, and by what reforms name for their post.
fn of_officers(frame: &Frame, catalogue: &Catalogue, role: Role) -> Vec<NavItem> {
    let item = |zh: &str, en: &str, href: &str| NavItem::new(frame.t(zh, en), href);
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let organ = post.map_or("", |(organ, _)| organ.as_str());
    let mut items = Vec::new();
    match role {
        Role::Reviewer | Role::Head | Role::Inspector => {
            if catalogue.services().any(|(_, service)| service.organ == organ) {
                items.push(item("待办", "Worklist", "/work"));
            }
        }
        Role::Coordinator | Role::Supervisor | Role::Auditor => {
            items.push(item("督办", "Board", "/board"));
        }
        Role::Operator => {
            items.push(item("运行", "Operation", "/operation"));
            items.push(item("登录账号", "Logins", "/identity/logins"));
        }
        Role::Clerk => items.push(item("办件", "Cases", "/cases")),
    }
    if role == Role::Auditor {
        items.push(item("存证", "Evidence", "/evidence"));
    }
    if matches!(role, Role::Auditor | Role::Operator) {
        items.push(item("数据交换", "Exchange", "/exchange"));
    }
    let menu = catalogue::pages::menu(catalogue, frame.lang, organ, role.key());
    items.extend(menu.into_iter().map(|(label, href)| NavItem::new(label, href)));
    if matches!(role, Role::Reviewer | Role::Head) {
        items.push(item("文书邮寄", "Paper to serve", "/delivery/paper"));
    }
    items
}
