//! The sign-in layer: who sent a request, as whom they act, and whether the request came from a page of this site.

use crate::csrf::{self, Forms};
use crate::decide::session::{Session, SessionCommand};
use crate::error::SignInError;
use crate::model::{Acting, Assurance, LoginKey, SessionKey};
use crate::queries;
use crate::service::{Identity, fault, login_subject, session_key};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use codes::Lang;
use kernel::Actor;
use module::{Platform, Who, clear};
use portal::{Caller, Failure, Frame, SignedIn, cookie};
use std::sync::Arc;

/// Makes the frame of every page (页框): `app` knows navigation, style and script.
pub trait Frames: std::fmt::Debug + Send + Sync + 'static {
    /// The frame for a request and whoever is signed in.
    fn frame(&self, parts: &Parts, signed: Option<&Signed>) -> Frame;
}

/// Frames that know who is signed in and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainFrames;

impl Frames for PlainFrames {
    fn frame(&self, parts: &Parts, signed: Option<&Signed>) -> Frame {
        let frame = Frame::from_parts(parts);
        Frame { party: signed.map(|signed| signed.for_frame(frame.lang)), ..frame }
    }
}

/// The state of [`signin_layer`].
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What makes the frame of pages.
    pub frames: Arc<dyn Frames>,
    /// Identity.
    pub identity: Arc<Identity>,
    /// The platform.
    pub platform: Platform,
}

/// Who is signed in in this browser (登录状态): in the extensions of every request of a session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The session.
    pub session: SessionKey,
    /// The login.
    pub login: LoginKey,
    /// As whom the person acts; none where she has not chosen, or the role is no longer hers.
    pub acting: Option<Acting>,
    /// How sure it is who is there.
    pub assurance: Assurance,
    /// Her name.
    pub name: String,
    /// The name of the enterprise she acts for, or of her organ, by language.
    pub house: Option<codes::Label>,
}

impl Signed {
    /// As the header of a page shows it.
    #[must_use]
    pub fn for_frame(&self, lang: Lang) -> SignedIn {
        let role = match &self.acting {
            Some(Acting::Officer(post)) => Some(post.role.label().get(lang).to_owned()),
            Some(Acting::Agent { .. }) => {
                Some(portal::pick(lang, "受托办理", "acting under a mandate").to_owned())
            }
            Some(Acting::Party(_)) | None => None,
        };
        let post = match &self.acting {
            Some(Acting::Officer(post)) => {
                let role = post.organ.as_str().split_once('-').map_or("", |(_, role)| role);
                Some((role.to_owned(), post.role.key().to_owned()))
            }
            _ => None,
        };
        SignedIn {
            name: self.name.clone(),
            organ: self.house.as_ref().map(|house| house.get(lang).to_owned()),
            role,
            officer: post.is_some(),
            post,
        }
    }

    /// The actor of this session.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.acting.as_ref().map_or(Actor::Public, |acting| acting.actor(&self.login))
    }
}

/// The secrets of a browser, as its cookies have them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies {
    pub(crate) session: Option<String>,
    visit: Option<String>,
}

/// The names of the cookies; over https they bind to the host.
pub(crate) const fn cookie_name(secure: bool, visit: bool) -> &'static str {
    match (secure, visit) {
        (true, false) => "__Host-session",
        (true, true) => "__Host-visit",
        (false, false) => "session",
        (false, true) => "visit",
    }
}

/// The header that sets a cookie for this browser session; an empty value removes it.
pub(crate) fn set_cookie(name: &str, value: &str, secure: bool) -> Result<HeaderValue, Failure> {
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}"))
        .map_err(fault)
}

impl Cookies {
    pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Self {
        let get = |visit| {
            headers
                .get_all(header::COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .find_map(|text| cookie(text, cookie_name(secure, visit)))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        Self { session: get(false), visit: get(true) }
    }
}

/// Middleware: who sent a request, in which frame it is answered, and whether its form came from this site.
///
/// It puts [`Who`], the frame and, where somebody is signed in, [`Signed`] into the request; it takes no form that this site
/// did not hand to this browser; it puts token and command id into every form on its way out.
///
/// The order, outermost first: compression, **this**, `portal::answer_failures`, routes. So pages about failures bear the
/// token too, and know who is signed in. What this layer itself refuses it answers itself, in the same frame: a page for
/// people, a problem for programs.
pub async fn signin_layer(State(at): State<SignIn>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let entered = at.enter(&mut parts).await;
    let asked = Asked::of(&at, &parts);
    let answer = match entered {
        Ok(secret) => {
            let response = match at.fence(&parts, body, secret.as_deref()).await {
                Ok(body) => next.run(Request::from_parts(parts, body)).await,
                Err(failure) => asked.told(failure),
            };
            at.leave(response, secret).await
        }
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| asked.told(failure))
}

/// How whoever asked wants to be told of a failure.
struct Asked {
    frame: Frame,
    page: bool,
}

impl Asked {
    fn of(at: &SignIn, parts: &Parts) -> Self {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let page = accept.is_some_and(|accept| accept.contains("text/html"));
        let api = parts.uri.path().starts_with("/api/");
        let known = parts.extensions.get::<Frame>().cloned();
        let frame = known.unwrap_or_else(|| at.frames.frame(parts, None));
        Self { frame, page: page && !api }
    }

    fn told(&self, failure: Failure) -> Response {
        if !self.page {
            return failure.into_response();
        }
        let status =
            StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, failure.to_page(&self.frame)).into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

/// Whether a method changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

impl SignIn {
    /// Finds out who is there and puts it into the request; the browser's secret, if it has one.
    async fn enter(&self, parts: &mut Parts) -> Result<Option<String>, Failure> {
        let settings = &self.identity.settings;
        let cookies = Cookies::read(&parts.headers, settings.secure);
        let signed = match &cookies.session {
            Some(token) => self.signed(token).await?,
            None => None,
        };
        let mut frame = self.frames.frame(parts, signed.as_ref());
        if !is_safe(&parts.method)
            && let Some(back) = came_from(&parts.headers)
        {
            // The address that a form is posted to may have no page of its own to come back to.
            frame.path.clone_from(&back);
            frame.back = Some(back);
        }
        let secret = if signed.is_some() { cookies.session } else { cookies.visit };
        parts.extensions.insert(frame);
        parts.extensions.insert(Who(signed.as_ref().map_or(Actor::Public, Signed::actor)));
        parts.extensions.insert(Caller(client_place(parts, settings.behind_proxy)));
        if let Some(signed) = signed {
            parts.extensions.insert(signed);
        }
        Ok(secret)
    }

    /// Takes no form that this site did not hand to this browser; hands the body on unread.
    async fn fence(
        &self,
        parts: &Parts,
        body: Body,
        secret: Option<&str>,
    ) -> Result<Body, Failure> {
        if is_safe(&parts.method) {
            return Ok(body);
        }
        let api = parts.uri.path().starts_with("/api/");
        // A program without a session brings nothing that could be borrowed; a visit gives no rights either.
        let nothing_to_borrow = api && parts.extensions.get::<Signed>().is_none();
        let borrowed = if nothing_to_borrow { None } else { secret };
        Ok(csrf::check(&parts.headers, body, borrowed, api).await?)
    }

    /// Who is signed in under a token, if the session goes on.
    async fn signed(&self, token: &str) -> Result<Option<Signed>, Failure> {
        let (identity, platform) = (&self.identity, &self.platform);
        let now = platform.clock.now();
        let key = session_key(token);
        let row = queries::session(&*platform.reader, &key).await?;
        let Some(row) = row.filter(|row| now < row.until) else { return Ok(None) };
        let acting = match row.acting {
            Some(acting) if identity.holds(platform, &row.login, &acting, now).await? => {
                Some(acting)
            }
            _ => None,
        };
        let (name, house) = self.names(&row.login, acting.as_ref()).await?;
        let signed = Signed {
            session: key,
            login: row.login,
            acting,
            assurance: row.assurance,
            name,
            house,
        };
        if identity.settings.sessions.worth_extending(now, row.until, row.latest) {
            self.extend(&signed).await;
        }
        Ok(Some(signed))
    }

    /// What a session's person is called, and the house she acts for.
    async fn names(
        &self,
        login: &LoginKey,
        acting: Option<&Acting>,
    ) -> Result<(String, Option<codes::Label>), Failure> {
        let (identity, platform) = (&self.identity, &self.platform);
        let reader = &*platform.reader;
        if let Some(Acting::Officer(post)) = acting {
            let posts = queries::posts(reader, login).await?;
            let name = posts.into_iter().find(|row| row.post == *post).map(|row| row.name);
            let organ = identity.outside.organs.name(&post.organ);
            let organ = organ
                .unwrap_or_else(|| codes::Label::new(post.organ.as_str(), post.organ.as_str()));
            return Ok((name.unwrap_or_else(|| login.to_string()), Some(organ)));
        }
        let own = match queries::login(reader, login).await?.and_then(|row| row.party) {
            Some(party) => identity.name(platform, &party).await?,
            None => queries::posts(reader, login).await?.into_iter().next().map(|row| row.name),
        };
        let house = match acting {
            Some(Acting::Agent { party, .. }) => identity.name(platform, party).await?,
            _ => None,
        };
        let name = own.unwrap_or_else(|| login.to_string());
        Ok((name, house.map(|name| codes::Label::new(name.clone(), name))))
    }

    /// Keeps a session alive. That it fails is no reason to refuse the request; it is tried again with the next one.
    async fn extend(&self, signed: &Signed) {
        let extend = async {
            let on = login_subject(&signed.login);
            let by = clear(&*self.platform.gate, &signed.actor(), "identity.switch", &on)?;
            let commands = self
                .identity
                .atomic()
                .then::<Session>(&signed.session, &SessionCommand::Extend)
                .map_err(fault)?;
            self.identity.submit(&self.platform, by, commands).await
        };
        if let Err(failure) = extend.await {
            tracing::warn!(failure = %failure.chain, "a session could not be extended");
        }
    }

    /// Puts token and command id into the forms of a page; a browser without a secret gets one with its first form.
    async fn leave(&self, response: Response, secret: Option<String>) -> Result<Response, Failure> {
        if !is_plain_page(response.headers()) {
            return Ok(response);
        }
        let (mut head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(fault)?;
        let fresh = if secret.is_none() { Some(self.identity.secret()?) } else { None };
        let Some(secret) = secret.as_ref().or(fresh.as_ref()) else {
            return Err(fault("no secret"));
        };
        let forms = Forms { token: csrf::token(secret), page: self.identity.random()? };
        let Some(html) =
            std::str::from_utf8(&bytes).ok().and_then(|html| csrf::inject(html, &forms))
        else {
            return Ok(Response::from_parts(head, Body::from(bytes)));
        };
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("private, no-cache"));
        if let Some(fresh) = fresh {
            let secure = self.identity.settings.secure;
            head.headers
                .append(header::SET_COOKIE, set_cookie(cookie_name(secure, true), &fresh, secure)?);
        }
        Ok(Response::from_parts(head, Body::from(html)))
    }
}

/// Whether an answer is a page that is not compressed yet.
fn is_plain_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
        && !headers.contains_key(header::CONTENT_ENCODING)
}

impl From<&Signed> for Who {
    fn from(signed: &Signed) -> Self {
        Self(signed.actor())
    }
}

/// The session that the request has, or the refusal that says to sign in.
pub(crate) fn required(signed: Option<&Signed>) -> Result<&Signed, Failure> {
    signed.ok_or_else(|| module::Denied::SignedOut.into())
}

/// Where to go after signing in: a path of this site, and nothing else.
pub(crate) fn local_path(next: Option<&str>) -> String {
    let good = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
    };
    next.filter(good).unwrap_or("/").to_owned()
}

/// The page of this site from which a link was followed, if it is one to go back to.
pub(crate) fn came_from(headers: &HeaderMap) -> Option<String> {
    let get = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (_, rest) = get(header::REFERER)?.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let here = get(header::HOST) == Some(authority);
    let goal = here && !path.is_empty() && !path.starts_with("sign-");
    goal.then(|| local_path(Some(&format!("/{path}")))).filter(|path| path != "/")
}

/// The address a request comes from, as far as rate limits need it.
pub(crate) fn client_place(parts: &Parts, behind_proxy: bool) -> String {
    let forwarded = parts
        .headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        // The last entry is the one our own proxy wrote; those before it are the client's word.
        .and_then(|list| list.rsplit(',').next())
        .map(|address| address.trim().to_owned())
        .filter(|_| behind_proxy);
    let peer = parts
        .extensions
        .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
        .map(|peer| peer.0.ip().to_string());
    forwarded.or(peer).unwrap_or_else(|| "unknown".to_owned())
}

/// The refusal of a role that is not the login's.
pub(crate) fn not_held() -> Failure {
    SignInError::RoleNotHeld.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        for (next, path) in [
            (Some("/cases?x=1"), "/cases?x=1"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/a\nb"), "/"),
            (Some(""), "/"),
            (None, "/"),
        ] {
            assert_eq!(local_path(next), path, "{next:?}");
        }
    }

    #[test]
    fn one_goes_back_to_the_page_of_this_site_that_asked() {
        for (referer, back) in [
            ("https://lianban.example/cases/28-1?x=1", Some("/cases/28-1?x=1")),
            ("https://lianban.example/sign-up", None),
            ("https://lianban.example/", None),
            ("https://evil.example/cases", None),
            ("https://lianban.example//evil.example", None),
            ("about:blank", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("lianban.example"));
            headers.insert(header::REFERER, HeaderValue::from_static(referer));
            assert_eq!(came_from(&headers).as_deref(), back, "{referer}");
        }
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let set = set_cookie(cookie_name(true, false), "abc", true).unwrap();
        assert_eq!(set, "__Host-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        let gone = set_cookie(cookie_name(false, false), "", false).unwrap();
        assert_eq!(gone, "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
