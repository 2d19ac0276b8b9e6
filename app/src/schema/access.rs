//! Who may do what: rights as the gate answers them, and pages as the site answers them.

use super::routes;
use crate::assemble::Assembly;
use anyhow::{Result, anyhow};
use axum::body::Body;
use axum::http::{Request, header};
use codes::IdType;
use identity::model::{Card, Document, LoginKey, Post, Role};
use identity::{Provision, access_matrix};
use kernel::OrganKey;
use module::Clearance;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tower::ServiceExt as _;

/// The password of the people who walk through the pages; they live as long as the command runs.
const PASSWORD: &str = "walks-through-the-pages";
/// The organ of the officers among them: one that has no case.
const ORGAN: &str = "440115-market";

/// Rights, then pages.
pub(super) async fn text(assembly: &Assembly) -> Result<String> {
    let mut text = access_matrix(&assembly.registry).map_err(|faults| anyhow!("{faults}"))?;
    text.push_str(
        "\n# Which page answers whom, asked for by GET with a thing that does not exist: 200 shown, 303 sent on, \
         401 sign in first,\n# 403 not yours, 404 no such thing.\n\n",
    );
    let people = people(assembly).await?;
    for (path, methods) in routes::of(&assembly.router).await? {
        if !methods.iter().any(|method| method == "GET") {
            continue;
        }
        let mut answers: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for (name, cookie) in &people {
            let status = asked(assembly, &path, cookie.as_deref()).await?;
            answers.entry(status).or_default().push(name);
        }
        let all = people.len();
        let told = answers.iter().map(|(status, names)| {
            let names = if names.len() == all { "everybody".to_owned() } else { names.join(" ") };
            format!("{status} {names}")
        });
        let _ = writeln!(text, "{path}: {}", told.collect::<Vec<_>>().join("; "));
    }
    Ok(text)
}

/// Everybody who walks through the pages: a name, and the cookie of a session if they are signed in.
async fn people(assembly: &Assembly) -> Result<Vec<(&'static str, Option<String>)>> {
    let mut people = vec![("public", None), ("party", Some(signed_in(assembly, None).await?))];
    for role in Role::ALL {
        people.push((role.key(), Some(signed_in(assembly, Some(role)).await?)));
    }
    Ok(people)
}

async fn signed_in(assembly: &Assembly, role: Option<Role>) -> Result<String> {
    let name = format!("walker-{}", role.map_or("party", Role::key));
    let person = match role {
        Some(_) => None,
        None => {
            let document = Document::person(IdType::Passport, "E00000000")?;
            let card = Card::new("走查人", &document);
            Some((document, card))
        }
    };
    let post = |role| (Post { organ: OrganKey::new(ORGAN), role }, "走查人".to_owned());
    let provision = Provision {
        login: LoginKey::new(name.as_str()),
        password: PASSWORD.to_owned(),
        person,
        posts: role.map(post).into_iter().collect(),
    };
    let (identity, platform) = (&assembly.identity, &assembly.platform);
    let failed = |failure: portal::Failure| anyhow!("{} {}", failure.code, failure.label.en);
    identity.provision(platform, Clearance::system("schema"), provision).await.map_err(failed)?;
    let session = identity.sign_in(platform, (&name, PASSWORD), "schema", None).await;
    Ok(format!("session={}", session.map_err(failed)?.token))
}

async fn asked(assembly: &Assembly, path: &str, cookie: Option<&str>) -> Result<u16> {
    let mut request = Request::get(routes::filled(path, "0")).header(header::ACCEPT, "text/html");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let response = assembly.router.clone().oneshot(request.body(Body::empty())?).await?;
    Ok(response.status().as_u16())
}
