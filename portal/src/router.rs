//! Every route and every layer, on one screen.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    App, assets,
    authenticate::Wish,
    handlers::{self, on_envelope},
    headers, observe, privacy, probe, receive,
    usage::{self, admin},
};

/// Longest form that begins a sign-in or switches the language.
const MAX_START_LEN: usize = 4096;

/// The whole portal as one service.
pub fn router(app: App) -> Router {
    let longest_form = receive::longest_form(app.settings.server.max_envelope_size);
    let longest_form = usize::try_from(longest_form).unwrap_or(usize::MAX);
    let longest_answer = receive::longest_upload(&app.settings);

    // From any site: opens an envelope, changes nothing.
    let from_anywhere = Router::new().route("/open", on_envelope(Wish::Open));

    // From our own pages only.
    let from_our_pages = Router::new()
        .route("/passcode", on_envelope(Wish::Passcode))
        .route("/again", on_envelope(Wish::Again))
        .route("/language", post(handlers::switch_language).layer(DefaultBodyLimit::max(MAX_START_LEN)))
        .route("/read", on_envelope(Wish::Read))
        .route("/print", on_envelope(Wish::Print))
        .route("/attachment", on_envelope(Wish::Attachment))
        .route("/sign-in", post(handlers::sign_in).layer(DefaultBodyLimit::max(MAX_START_LEN)))
        .route("/preview", on_envelope(Wish::Preview))
        .route("/attachments", on_envelope(Wish::Archive))
        .route("/mail", on_envelope(Wish::Original))
        .route("/answer", on_envelope(Wish::Answer))
        .route("/answer/send", on_envelope(Wish::Send).layer(DefaultBodyLimit::max(longest_answer)))
        .route("/sign-out", post(handlers::sign_out))
        .route_layer(middleware::from_fn_with_state(app.clone(), handlers::refuse_foreign_sites));

    // From providers: brings a reader back.
    let from_providers = Router::new()
        .route("/sign-in/{provider}/return", get(handlers::signed_in_return))
        .route("/signed-in", get(handlers::signed_in));

    // For who knows the admin token.
    let for_admins = if app.admin_token.is_some() {
        let own_pages = middleware::from_fn_with_state(app.clone(), handlers::refuse_foreign_sites);
        let page = post(admin::show).layer(DefaultBodyLimit::max(MAX_START_LEN)).layer(own_pages);
        let page = page.get(admin::ask);
        Router::new().route("/admin/usage", page).route("/metrics", get(admin::metrics))
    } else {
        Router::new()
    };

    // From gateways: opens nothing but probes, which are for nobody.
    let from_gateways = if app.settings.probe.enabled {
        Router::new().route("/probe", post(probe::probe)).layer(DefaultBodyLimit::max(probe::MAX_PROBE_LEN))
    } else {
        Router::new()
    };

    Router::new()
        .route("/", get(handlers::start))
        .route("/health", get(handlers::health))
        .route("/privacy", get(privacy::show))
        .route("/assets/{name}", get(assets::asset))
        .merge(for_admins)
        .merge(from_anywhere)
        .merge(from_our_pages)
        .merge(from_providers)
        .merge(from_gateways)
        .fallback(handlers::not_found)
        .method_not_allowed_fallback(handlers::method_not_allowed)
        // Outermost last.
        .layer(DefaultBodyLimit::max(longest_form))
        .layer(middleware::from_fn_with_state(app.clone(), handlers::limit_time))
        .layer(CatchPanicLayer::custom(handlers::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), handlers::write_refusals))
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .layer(middleware::from_fn_with_state(app.clone(), usage::count_request))
        .layer(middleware::from_fn(observe::log_request))
        .with_state(app)
}
