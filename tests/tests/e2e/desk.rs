//! A gateway and a portal with sinks in place of Postfix, and the steps of sealing and reading: what the tests of the
//! portal share.

use anyhow::{Context, Result};
use sealpost_tests::carrier;
use sealpost_tests::reader::{Form, From, Page, Reader, form_of};
use sealpost_tests::sink::Sink;
use sealpost_tests::site::{Plan, Site};
use sealpost_tests::smtp;

pub(crate) const SENDER: &str = "alice@example.org";
pub(crate) const RECIPIENT: &str = "bob@example.net";

/// Limits that no test comes near.
pub(crate) const GENEROUS: &str =
    "per_address_and_network = 100000\nper_address = 100000\nper_envelope = 100000\nper_network = 100000";

pub(crate) struct Desk {
    pub(crate) site: Site,
    /// Gets the carrier mails.
    pub(crate) next_hop: Sink,
    /// Gets the portal's own mails.
    pub(crate) relay: Sink,
}

impl Desk {
    /// Makes the site and starts the gateway.
    pub(crate) fn new(plan: Plan) -> Result<Self> {
        let (next_hop, relay) = (Sink::start()?, Sink::start()?);
        let plan = Plan { next_hop: Some(next_hop.address()), portal_relay: Some(relay.address()), ..plan };
        let mut site = Site::new(&plan)?;
        site.start_gateway()?;
        Ok(Self { site, next_hop, relay })
    }

    /// Makes the site and starts gateway and portal.
    pub(crate) fn start(name: &str) -> Result<Self> {
        let mut desk = Self::new(Plan { passcode_settings: GENEROUS.into(), ..Plan::new(name) })?;
        desk.site.start_portal()?;
        Ok(desk)
    }

    /// Seals a mail and returns its `message.html`.
    pub(crate) fn seal(&self, mail: &[u8], recipients: &[&str]) -> Result<String> {
        let reply = smtp::deliver(self.site.ports.gateway_smtp, SENDER, recipients, mail)?;
        anyhow::ensure!(reply.is_success(), "{reply:?}");
        Ok(String::from_utf8(carrier::message_html(&self.next_hop.wait()?.mail)?)?)
    }

    /// Makes a reader without cookies.
    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.site.portal_address())
    }

    /// Asks for a passcode and returns the page to type it in, with the passcode from the mail.
    pub(crate) fn ask(&mut self, reader: &mut Reader, page: &Page) -> Result<(Page, String)> {
        let page = submit(reader, &page.form("/passcode")?)?;
        let passcode = carrier::passcode(&self.relay.wait()?.mail)?;
        self.site.secrets.add("a passcode", &passcode);
        Ok((page, passcode))
    }

    /// Goes the whole way from `message.html` to the page with the mail.
    pub(crate) fn read(&mut self, reader: &mut Reader, message: &str) -> Result<Page> {
        let page = open(reader, message)?;
        let (page, passcode) = self.ask(reader, &page)?;
        submit(reader, &page.form("/read")?.with("passcode", &passcode))
    }
}

/// Presses the button of a `message.html`.
pub(crate) fn open(reader: &mut Reader, message: &str) -> Result<Page> {
    let form = form_of(message, "/open").context("no form in message.html")?;
    reader.post("/open", From::File, &form.fields)
}

/// Sends a form of the portal's own page.
pub(crate) fn submit(reader: &mut Reader, form: &Form) -> Result<Page> {
    reader.post(&form.action, From::Portal, &form.fields)
}
