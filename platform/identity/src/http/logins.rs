//! The operator's page of logins: unlock one, give and take posts.

use crate::decide::login::{Login, LoginCommand};
use crate::error::IdentityError;
use crate::http::{Here, Ours, organ_subject};
use crate::model::{LoginKey, Post, Role};
use crate::pages;
use crate::queries;
use crate::service::{Identity, fault, login_subject};
use crate::signin::required;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::OrganKey;
use module::{Platform, clear};
use portal::{Failure, Frame, Posted, Query, RequestError};
use serde::Deserialize;

/// Which login is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    login: Option<String>,
}

/// What the page shows of a login.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) row: queries::LoginRow,
    pub(crate) posts: Vec<queries::PostRow>,
    pub(crate) now: codes::Moment,
}

pub(crate) async fn page(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let typed = asked.login.unwrap_or_default();
    let key = LoginKey::new(typed.trim().to_ascii_lowercase());
    clear(&*platform.gate, &signed.actor(), "identity.see_login", &login_subject(&key))?;
    let shown = match queries::login(&*platform.reader, &key).await? {
        Some(row) => {
            let posts = queries::posts(&*platform.reader, &key).await?;
            Some(Shown { row, posts, now: platform.clock.now() })
        }
        None => None,
    };
    Ok(pages::logins::page(&frame, &identity, key.as_str(), shown.as_ref()).into_response())
}

fn named(posted: &Posted) -> LoginKey {
    LoginKey::new(posted.get("login").unwrap_or_default())
}

fn back(login: &LoginKey) -> Response {
    Redirect::to(&format!("/identity/logins?login={}", pages::encode(login.as_str())))
        .into_response()
}

pub(crate) async fn unlock(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let login = named(&posted);
    let by = clear(&*platform.gate, &signed.actor(), "identity.unlock", &login_subject(&login))?;
    let commands = identity.atomic().then::<Login>(&login, &LoginCommand::Unlock).map_err(fault)?;
    identity.submit_as(&platform, by, identity.id_of(&posted)?, commands).await?;
    Ok(back(&login))
}

pub(crate) async fn post(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let login = named(&posted);
    let post = wanted(&identity, &posted)?;
    // The gate sees the organ: an operator gives posts in the organs of her own jurisdiction alone.
    let on = organ_subject(&identity, &login, &post.organ);
    let by = clear(&*platform.gate, &signed.actor(), "identity.attach_officer", &on)?;
    let command = match posted.action().map(|action| action.verb).as_deref() {
        Some("detach") => LoginCommand::DetachOfficer { post },
        _ => {
            let name = posted.filled("name").ok_or(crate::SignInError::PersonName)?;
            LoginCommand::AttachOfficer { post, name: name.to_owned() }
        }
    };
    let commands = identity.atomic().then::<Login>(&login, &command).map_err(fault)?;
    identity.submit_as(&platform, by, identity.id_of(&posted)?, commands).await?;
    Ok(back(&login))
}

/// The post that a form names: an organ of the directory and a role.
fn wanted(identity: &Identity, posted: &Posted) -> Result<Post, Failure> {
    let organ = OrganKey::new(posted.get("organ").unwrap_or_default());
    if identity.outside.organs.place(&organ).is_none() {
        return Err(IdentityError::Unknown.into());
    }
    let role = Role::of_key(posted.get("role").unwrap_or_default());
    let role = role.ok_or_else(|| RequestError::Form("role".to_owned()))?;
    Ok(Post { organ, role })
}
