//! The handlers of the routes: each takes its request apart and hands it on.

use std::{any::Any, net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;

use crate::{
    App,
    authenticate::{Visit, Wish, browser, session},
    client::ClientNetwork,
    error::{Outcome, Refusal},
    pages,
    pipeline::show,
    receive::Upload,
};

/// `GET /`
pub(crate) async fn start() -> Result<Response, Refusal> {
    pages::start()
}

/// `POST /open`
pub(crate) async fn open(State(app): State<App>, visit: Visit, form: Upload) -> Result<Response, Refusal> {
    show(&app, visit, Wish::Open, form).await
}

/// `POST /passcode`
pub(crate) async fn passcode(
    State(app): State<App>,
    visit: Visit,
    form: Upload,
) -> Result<Response, Refusal> {
    show(&app, visit, Wish::Passcode, form).await
}

/// `POST /read`
pub(crate) async fn read(State(app): State<App>, visit: Visit, form: Upload) -> Result<Response, Refusal> {
    show(&app, visit, Wish::Read, form).await
}

/// `POST /attachment`
pub(crate) async fn attachment(
    State(app): State<App>,
    visit: Visit,
    form: Upload,
) -> Result<Response, Refusal> {
    show(&app, visit, Wish::Attachment, form).await
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(app): State<App>, visit: Visit) -> Result<Response, Refusal> {
    let jar = session::end(&app, visit.jar).await?;
    Ok(pages::with_cookies(jar, pages::signed_out()))
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
    let mut response = pages::plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "This is a fault of the portal, not yours. Please try again later.",
    );
    response.extensions_mut().insert(Outcome("panic"));
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
        Ok(Self { jar, network })
    }
}
