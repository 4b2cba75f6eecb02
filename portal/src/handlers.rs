//! The handlers of the routes: each takes its request apart and hands it on.

use std::{any::Any, net::SocketAddr, time::Duration};

use axum::{
    Form, RequestExt as _,
    extract::{
        ConnectInfo, FromRequestParts, Path, Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderName, HeaderValue, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
    routing::{MethodRouter, post},
};
use axum_extra::extract::CookieJar;
use futures_util::StreamExt as _;
use serde::Deserialize;

use crate::{
    App,
    authenticate::{
        Visit, Wish, browser,
        provider::{self, ProviderAnswer, SignInFault, Start},
        session,
    },
    client::ClientNetwork,
    error::{Outcome, PORTAL_FAULT, Refusal, Refused},
    language::{Language, Wanted},
    pages,
    pipeline::show,
    receive::Upload,
    texts::Texts,
};

/// What the browser of a reader who signs out forgets besides his cookies: whatever pages of the portal have put by there.
/// Not "cookies", which would take those of neighbouring hosts, too; and no "cache", as nothing of a message is in it.
const CLEARED: HeaderValue = HeaderValue::from_static("\"storage\"");

/// `GET /`
pub(crate) async fn start(wanted: Wanted) -> Result<Response, Refusal> {
    pages::start(Texts::of(wanted.language()))
}

/// `POST /language`: the switch on pages without an envelope.
pub(crate) async fn switch_language(
    jar: CookieJar,
    form: Result<Form<Switch>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(switch) = form.ok().ok_or(Refusal::NotFound)?;
    let language = Language::tagged(&switch.language).ok_or(Refusal::NotFound)?;
    // Never to an address that the form names.
    let back = match switch.page.as_str() {
        "signed-in" => "/signed-in",
        "privacy" => "/privacy",
        _ => "/",
    };
    Ok(pages::with_cookies(browser::set_language(jar, language.tag()), Redirect::to(back).into_response()))
}

/// The form of the switch.
#[derive(Deserialize)]
pub(crate) struct Switch {
    language: String,
    /// The page that it stands on.
    #[serde(default)]
    page: String,
}

/// A route that is given an envelope, and answers with what the reader wishes of it.
pub(crate) fn on_envelope(wish: Wish) -> MethodRouter<App> {
    post(move |State(app): State<App>, visit: Visit, form: Upload| async move {
        show(&app, visit, wish, form).await
    })
}

/// `POST /sign-in`: off to the provider.
pub(crate) async fn sign_in(
    State(app): State<App>,
    visit: Visit,
    form: Result<Form<Start>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(start) = form.ok().ok_or(Refusal::NotFound)?;
    let texts = Texts::of(visit.wanted.language());
    let (jar, departure) = provider::begin(&app, visit, start).await?;
    Ok(pages::with_cookies(jar, pages::departure(texts, &departure)?))
}

/// `GET /sign-in/{provider}/return`: back from it. On to an address that holds nothing of the answer.
pub(crate) async fn signed_in_return(
    State(app): State<App>,
    Path(name): Path<String>,
    visit: Visit,
    answer: Result<Query<ProviderAnswer>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(answer) = answer.ok().ok_or(SignInFault::Stale("the answer can't be read"))?;
    let jar = provider::finish(&app, visit, &name, answer).await?;
    let mut response = pages::with_cookies(jar, Redirect::to("/signed-in").into_response());
    response.extensions_mut().insert(Outcome("signed-in"));
    Ok(response)
}

/// `GET /signed-in`
pub(crate) async fn signed_in(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    pages::signed_in(Texts::of(visit.wanted.language()), session::is_signed_in(&app, &visit.jar).await?)
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    let jar = session::end(&app, visit.jar).await?;
    let mut response = pages::with_cookies(jar, pages::signed_out(Texts::of(visit.wanted.language())));
    // Drafts and an envelope that waits in the browser, in its other tabs, too.
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), CLEARED);
    Ok(response)
}

/// `GET /health`
pub(crate) async fn health(State(app): State<App>) -> Response {
    match app.state.ping().await {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(cause) => {
            tracing::error!(%cause, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// What no route is for.
pub(crate) async fn not_found() -> Refusal {
    Refusal::NotFound
}

/// A route that knows no such method.
pub(crate) async fn method_not_allowed() -> Refusal {
    Refusal::Method
}

/// Lets only requests from our own pages through.
pub(crate) async fn refuse_foreign_sites(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if !browser::is_own_page(request.headers(), app.settings.server.public_url.origin()) {
        // A browser shows no answer to an upload that was cut off.
        let mut body = request.with_limited_body().into_body().into_data_stream();
        while let Some(Ok(_)) = body.next().await {}
        return Err(Refusal::ForeignSite);
    }
    Ok(next.run(request).await)
}

/// Gives a request only so much time until its answer begins.
pub(crate) async fn limit_time(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let limit = Duration::from_secs(app.settings.server.request_timeout.max(1));
    tokio::time::timeout(limit, next.run(request)).await.ok().ok_or(Refusal::TooSlow)
}

/// Answers for a handler that panicked. What the panic says may hold anything, so it goes nowhere.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request handler panicked");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Outcome("panic"));
    response.extensions_mut().insert(Refused(PORTAL_FAULT));
    response
}

/// Writes the page of every refusal, wherever it was made, in the reader's language.
pub(crate) async fn write_refusals(wanted: Wanted, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(Refused(text)) = response.extensions_mut().remove() else { return response };
    let language = response.extensions().get().copied().unwrap_or_else(|| wanted.language());
    pages::write_plain(&mut response, Texts::of(language), text);
    response
}

impl FromRequestParts<App> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(SocketAddr::from(([0, 0, 0, 0], 0)), |info| info.0);
        let network = ClientNetwork::of(peer, &parts.headers, &app.settings.server.trusted_proxies);
        let wanted = Wanted::of(&parts.headers, app.settings.server.language);
        Ok(Self { jar, network, wanted })
    }
}
