//! The portal's side of the connection to a provider: no redirects, little patience, short answers.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;
use url::Url;

use crate::config::values::is_safe;

/// Longest answer that is read: Microsoft's keys take some 20 KB.
const MAX_ANSWER: usize = 256 * 1024;

/// Why a provider did not answer. Says nothing of what was asked or answered.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The address is not https.
    #[error("the address is not https")]
    Unsafe,
    /// No connection, no answer in time, or a broken one.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// It is longer than any that makes sense.
    #[error("the answer is too long")]
    TooLong,
    /// It is no document.
    #[error("the answer has another status than 200")]
    Status,
    /// It can't be put into the form that is wanted.
    #[error("the answer is malformed")]
    Malformed(#[source] openidconnect::http::Error),
}

/// Asks providers.
#[derive(Clone)]
pub(super) struct Http {
    client: reqwest::Client,
}

impl Http {
    /// Gets ready; each answer may take so many seconds.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub(super) fn new(seconds: u64) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(seconds.max(1)))
            .referer(false)
            .user_agent(concat!("sealpost-portal/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Sends one request.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url: Url = parts.uri.to_string().parse().ok().ok_or(HttpError::Unsafe)?;
        if !is_safe(&url) {
            return Err(HttpError::Unsafe);
        }
        let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let mut answer = request.send().await.map_err(no_answer)?;
        let mut response = openidconnect::http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(HttpError::Malformed)
    }

    /// Gets a document.
    ///
    /// # Errors
    /// When there is no answer, or one that is too long, or not 200.
    pub(super) async fn get(&self, url: &str) -> Result<Vec<u8>, HttpError> {
        let request = openidconnect::http::Request::get(url)
            .header("accept", "application/json")
            .body(Vec::new())
            .map_err(HttpError::Malformed)?;
        let answer = self.send(request).await?;
        if answer.status() == 200 { Ok(answer.into_body()) } else { Err(HttpError::Status) }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// An error without the address in it, which may hold what was asked.
fn no_answer(error: reqwest::Error) -> HttpError {
    HttpError::NoAnswer(error.without_url())
}
