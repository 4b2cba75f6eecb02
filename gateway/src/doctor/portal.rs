//! Stage `portal`: is it there? It also gives the way to ask it things, to the stages that do.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::{
    Client,
    header::{DATE, HeaderMap, SET_COOKIE},
    redirect,
};

use super::Stage;
use crate::error::causes;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 1 << 20;

/// What the portal answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// What time it is there, in seconds since 1970.
    pub(super) time: Option<i64>,
    /// The cookies that it sets, name and value.
    pub(super) cookies: Vec<(String, String)>,
}

/// Asks `GET /health`; gives the answer if it is a portal's.
pub(super) async fn examine(url: &str) -> (Stage, Option<Answer>) {
    let todo = "see that the portal and its reverse proxy run, and that [portal] url is their address; `sealpost-portal \
                check` on the portal's host";
    match get(&format!("{url}/health")).await {
        Err(error) => {
            (Stage::fail("portal", format!("{url} cannot be reached: {}", causes(&error)), todo), None)
        }
        Ok(answer) if answer.status == 200 && answer.body == b"ok\n" => {
            (Stage::pass("portal", format!("{url} answers")), Some(answer))
        }
        Ok(answer) => {
            let what = format!("{url}/health answers {}, which no healthy portal does", answer.status);
            (Stage::fail("portal", what, todo), None)
        }
    }
}

fn client() -> reqwest::Result<Client> {
    // Without a proxy: recipients may need one, this host does not.
    Client::builder().no_proxy().timeout(PATIENCE).redirect(redirect::Policy::none()).build()
}

async fn get(url: &str) -> reqwest::Result<Answer> {
    Answer::read(client()?.get(url).send().await?).await
}

/// Posts a body with these header fields.
pub(super) async fn post(url: &str, headers: &[(&str, String)], body: Vec<u8>) -> reqwest::Result<Answer> {
    let request = client()?.post(url).body(body);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    Answer::read(request.send().await?).await
}

/// Reads the cookies of an answer, without what they are good for.
fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |cookie: &str| {
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    headers.get_all(SET_COOKIE).iter().filter_map(|cookie| pair(cookie.to_str().ok()?)).collect()
}

impl Answer {
    async fn read(mut response: reqwest::Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let time = date.and_then(|date| rfc2822::parse(date).ok()).map(|time| time.timestamp().as_second());
        let cookies = cookies(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                break;
            }
        }
        Ok(Self { status, body, time, cookies })
    }
}
