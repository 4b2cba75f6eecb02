//! Which provider a page offers first.

use sealpost_common::grant::Terms;

use crate::{authenticate::mailbox_name, config};

/// The providers that a page offers.
pub struct Offers<'p> {
    /// The one that fits the recipients.
    pub first: Option<&'p config::Provider>,
    /// All others, in the order of the settings.
    pub rest: Vec<&'p config::Provider>,
}

/// Puts the provider first that is meant for the recipients' domains. Of several recipients all must be meant: what is
/// offered first must not tell one of them where another has his mailbox.
#[must_use]
pub fn offers<'p>(providers: &'p [config::Provider], terms: &Terms) -> Offers<'p> {
    let is_meant = |provider: &config::Provider, recipient: &String| {
        let name = mailbox_name(recipient);
        let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
        provider.offer_first_to.iter().any(|pattern| pattern.matches(domain))
    };
    let first = providers
        .iter()
        .find(|provider| terms.recipients.iter().all(|recipient| is_meant(provider, recipient)));
    let is_first = |provider: &&config::Provider| first.is_some_and(|first| first.name == provider.name);
    Offers { first, rest: providers.iter().filter(|provider| !is_first(provider)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fitting_provider_comes_first_if_it_fits_everybody() {
        let provider = |name: &str, kind: &str| -> config::Provider {
            toml::from_str(&format!(
                "name = '{name}'\nkind = '{kind}'\nlabel = 'X'\nissuer = 'https://x.example'\nclient_id = 'c'\n\
                 client_secret_file = 's'\nvouches_for = ['partner.example']\n"
            ))
            .unwrap()
        };
        let mut providers = [provider("m", "microsoft"), provider("g", "google"), provider("p", "generic")];
        providers[2].offer_first_to.clone_from(&providers[2].vouches_for);
        for (recipients, first, rest) in [
            (&["bob@Outlook.com"][..], Some("m"), "gp"),
            (&["bob@gmail.com"], Some("g"), "mp"),
            (&["bob@partner.example"], Some("p"), "mg"),
            (&["bob@example.net"], None, "mgp"),
            (&["bob@gmail.com", "bo@googlemail.com"], Some("g"), "mp"),
            (&["bob@gmail.com", "bob@outlook.com"], None, "mgp"),
        ] {
            let terms = Terms {
                envelope_sender: None,
                author: None,
                recipients: recipients.iter().map(|&recipient| recipient.to_owned()).collect(),
                message_id_hash: None,
                created: 0,
                expires: None,
                rights: sealpost_common::grant::Rights::all(),
                sign_in: sealpost_common::grant::SignIn::Any,
                brand: String::new(),
                language: String::new(),
            };
            let offers = offers(&providers, &terms);
            let names: String = offers.rest.iter().map(|provider| provider.name.as_str()).collect();
            assert_eq!((offers.first.map(|first| first.name.as_str()), names.as_str()), (first, rest));
        }
    }
}
