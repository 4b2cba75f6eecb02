//! The portal under the load of wrk(1): sign-in pages and opened messages a second, by database.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sealpost_tests::carrier;
use sealpost_tests::mails::large;
use sealpost_tests::place::find_program;
use sealpost_tests::postgres::Postgres;
use sealpost_tests::process::run;
use sealpost_tests::reader::{Form, From, Reader, form_of};
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp;

use crate::Extent;
use crate::load::{OUTSIDE, SENDER};

/// Connections at once.
const CONNECTIONS: usize = 16;
/// Sizes of the messages.
const SIZES: [(usize, &str); 2] = [(20_000, "20 KB"), (1_000_000, "1 MB")];

/// The subject of the messages: stands on the page of one that is opened, and nowhere else.
const SUBJECT: &str = "Load of the portal";

/// What wrk says of one load.
struct Figures {
    per_second: f64,
    /// The 99th percentile, in milliseconds.
    slowest: f64,
    /// Peak of the portal's memory, in bytes.
    peak: u64,
}

/// A site with a portal, and a message of each size for a reader who is signed in.
struct Ground {
    site: Site,
    reader: Reader,
    cookies: String,
    messages: Vec<Form>,
    _sinks: (Sink, Sink),
}

/// Puts each load on the portal with SQLite and with PostgreSQL; every figure also as a share of that of `/health`, which asks
/// the database once and does nothing else.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let mut table = format!(
        "{CONNECTIONS} connections; `/health` is one round trip to the database.\n\n\
         | state | request | a second | of `/health` | 99th percentile ms | peak MB |\n|---|---|---|---|---|---|\n"
    );
    // As it is installed: commits wait for the disk.
    let server = Postgres::start(&[])?;
    let postgres = format!("postgres = \"{}\"", server.url(&server.database()?));
    for (name, state) in [("SQLite", "sqlite = \"portal.sqlite\"".to_owned()), ("PostgreSQL", postgres)] {
        let mut ground = Ground::new(state)?;
        let health = ground.load("GET", "/health", None, false, extent)?;
        let mut rows = vec![("`/health`".to_owned(), health)];
        let small = ground.messages.first().cloned();
        rows.push((
            "sign-in page, 20 KB message".into(),
            ground.load("POST", "/open", small.as_ref(), false, extent)?,
        ));
        for ((_, size), message) in SIZES.into_iter().zip(ground.messages.clone()) {
            let opened = ground.load("POST", "/open", Some(&message), true, extent)?;
            rows.push((format!("open a message of {size}"), opened));
        }
        let base = rows.first().map_or(1.0, |(_, health)| health.per_second);
        for (request, figures) in rows {
            let Figures { per_second, slowest, peak } = figures;
            let (share, peak) = (per_second / base, peak / 1_000_000);
            writeln!(table, "| {name} | {request} | {per_second:.0} | {share:.3} | {slowest:.1} | {peak} |")?;
        }
        ground.site.finish()?;
    }
    Ok(table)
}

impl Ground {
    fn new(state: String) -> Result<Self> {
        let (next_hop, relay) = (Sink::start()?, Sink::start()?);
        let plan = Plan {
            next_hop: Some(next_hop.address()),
            portal_relay: Some(relay.address()),
            state_settings: state,
            log_level: "warn".into(),
            ..Plan::new("bench-portal")
        };
        let mut site = Site::new(&plan)?;
        site.start_gateway()?;
        site.start_portal()?;
        let mut messages = Vec::new();
        for (bytes, _) in SIZES {
            let mail = large(SENDER, OUTSIDE, SUBJECT, bytes);
            let reply = smtp::deliver(site.ports.gateway_smtp, SENDER, &[OUTSIDE], &mail)?;
            ensure!(reply.is_success(), "{reply:?}");
            let message = String::from_utf8(carrier::message_html(&next_hop.wait()?.mail)?)?;
            messages.push(form_of(&message, "/open").context("no form in message.html")?);
        }
        let mut reader = Reader::new(site.portal_address());
        let first = messages.first().context("no message")?;
        let page = reader.post("/open", From::File, &first.fields)?;
        let page = reader.post("/passcode", From::Portal, &page.form("/passcode")?.fields)?;
        let passcode = carrier::passcode(&relay.wait()?.mail)?;
        let page =
            reader.post("/read", From::Portal, &page.form("/read")?.with("passcode", &passcode).fields)?;
        ensure!(page.status == 200 && page.form("/mail").is_ok(), "not signed in");
        let pairs = reader.cookies().iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        Ok(Self { site, reader, cookies, messages, _sinks: (next_hop, relay) })
    }

    /// Looks at one answer: a page that asks who the reader is has status 200, too.
    fn check(&self, path: &str, form: &Form, signed_in: bool) -> Result<()> {
        let mut reader =
            if signed_in { self.reader.clone() } else { Reader::new(self.site.portal_address()) };
        let page = reader.post(path, From::Portal, &form.fields)?;
        let (opened, asked) = (page.text().contains(SUBJECT), page.form("/passcode").is_ok());
        ensure!(page.status == 200 && opened == signed_in && asked != signed_in, "{}", page.text());
        Ok(())
    }

    /// Puts one load on a portal that was just started.
    fn load(
        &mut self,
        method: &str,
        path: &str,
        form: Option<&Form>,
        signed_in: bool,
        extent: Extent,
    ) -> Result<Figures> {
        self.site.stop_portal()?;
        self.site.start_portal()?;
        let folder = self.site.folder();
        let mut body = String::new();
        for (name, value) in form.iter().flat_map(|form| &form.fields) {
            write!(body, "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")?;
        }
        body.push_str("--b--\r\n");
        fs::write(folder.join("body"), body)?;
        let cookies = if signed_in { self.cookies.as_str() } else { "" };
        if let Some(form) = form {
            self.check(path, form, signed_in)?;
        }
        let script = format!(
            "local file = io.open(\"{}\", \"rb\")\nwrk.method = \"{method}\"\nwrk.body = file:read(\"*a\")\n\
             wrk.headers[\"Content-Type\"] = \"multipart/form-data; boundary=b\"\n\
             wrk.headers[\"Sec-Fetch-Site\"] = \"same-origin\"\nwrk.headers[\"Cookie\"] = \"{cookies}\"\n",
            folder.join("body").display()
        );
        fs::write(folder.join("load.lua"), script)?;
        let mut wrk = Command::new(find_program("wrk").context("wrk is missing: install it")?);
        wrk.args([
            "--threads",
            "1",
            "--connections",
            &CONNECTIONS.to_string(),
            "--latency",
            "--timeout",
            "30s",
        ]);
        wrk.args(["--duration", &format!("{}s", extent.mails(20, 3)), "--script"])
            .arg(folder.join("load.lua"));
        let said = String::from_utf8(run(wrk.arg(format!("{}{path}", self.site.portal_url())))?)?;
        ensure!(!said.contains("Non-2xx") && !said.contains("Socket errors"), "{said}");
        let peak = self.site.portal().peak_memory()?;
        figures(&said, peak).with_context(|| said)
    }
}

/// Reads what wrk prints.
fn figures(said: &str, peak: u64) -> Option<Figures> {
    let word = |start: &str| said.lines().find_map(|line| line.trim().strip_prefix(start)).map(str::trim);
    let slowest = word("99%")?;
    let (number, scale) = [("us", 1e-3), ("ms", 1.0), ("s", 1e3)]
        .into_iter()
        .find_map(|(unit, scale)| Some((slowest.strip_suffix(unit)?, scale)))?;
    let per_second = word("Requests/sec:")?.parse().ok()?;
    Some(Figures { per_second, slowest: number.parse::<f64>().ok()? * scale, peak })
}
