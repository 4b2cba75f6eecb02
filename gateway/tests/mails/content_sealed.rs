//! Our own carrier mails are known again, and nothing else is taken for one.

use sealpost_common::armor::{BEGIN, END};
use sealpost_gateway::{
    content::{Answer, Protection},
    plan::Planner,
};

use crate::{
    content::{TEXT, ask, multi},
    corpus::{own_mails, with_crlf},
    looks::variants,
    place::carrier,
};

fn is_sealed(mail: &str) -> bool {
    let answers = |way| ask(mail.as_bytes(), |content| content.is_protected(way));
    for (name, way) in Protection::NAMES.into_iter().filter(|(_, way)| *way != Protection::Sealed) {
        assert_eq!(answers(way), Answer::No, "{name}: {mail}");
    }
    match answers(Protection::Sealed) {
        Answer::Yes => true,
        Answer::No => false,
        Answer::CannotBeTold => panic!("cannot be told: {mail}"),
    }
}

/// The carrier mails of one mail, by look and form.
fn carriers() -> Vec<(String, String)> {
    let mail = own_mails().into_iter().find(|(file, _)| file == "plain.eml").unwrap().1;
    let seal = |(name, place): (String, crate::place::Place)| {
        let planner = Planner::new(place.settings());
        let carrier = carrier(&planner, &with_crlf(&mail), "alice@example.org");
        (name, String::from_utf8(carrier).unwrap())
    };
    variants().into_iter().map(seal).collect()
}

/// Cuts the ID out of our trace field, and gives what stands before it and behind.
fn around_id(carrier: &str) -> (&str, &str, &str) {
    let (before, rest) = carrier.split_once("(Sealpost) id ").unwrap();
    let (id, behind) = rest.split_at(32);
    (before, id, behind)
}

#[test]
fn carrier_mails_of_every_look_and_form_are_sealed() {
    let carriers = carriers();
    assert_eq!(carriers.len(), 12);
    for (name, carrier) in &carriers {
        assert!(is_sealed(carrier), "{name}");
        // As it comes back from somewhere, below the fields of others.
        assert!(is_sealed(&format!("Received: from a by b; now\r\n{carrier}")), "{name}");
        let (before, id, behind) = around_id(carrier);
        let foreign = id.chars().rev().collect::<String>();
        assert!(!is_sealed(&format!("{before}(Sealpost) id {foreign}{behind}")), "{name}: a foreign ID");
        assert!(!is_sealed(&format!("{before}(Sealpost){behind}")), "{name}: without an ID");
        assert!(!is_sealed(&format!("{before}id {id}{behind}")), "{name}: another's field");
    }
}

#[test]
fn mails_with_a_carrier_mail_or_its_parts_in_them_are_not_sealed() {
    for (name, carrier) in carriers() {
        let (_, id, _) = around_id(&carrier);
        let trace = format!("Received: by gateway.example.org (Sealpost) id {id};\r\n\tnow\r\n");
        let (header, body) = carrier.split_once("\r\n\r\n").unwrap();
        let content = header.split("\r\n").skip_while(|line| !line.starts_with("Content-Type:"));
        let content: Vec<&str> = content
            .enumerate()
            .take_while(|(at, line)| *at == 0 || line.starts_with(['\t', ' ']))
            .map(|(_, line)| line)
            .collect();
        let whole = format!("{}\r\n\r\n{body}", content.join("\r\n"));
        let pdf = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4";
        for (what, mail) in [
            (
                "forwarded as a mail",
                multi("mixed", &[TEXT, &format!("Content-Type: message/rfc822\r\n\r\n{carrier}")]),
            ),
            ("its parts in another mail", multi("mixed", &[TEXT, &whole])),
            ("with a file beside it", format!("{trace}{}", multi("mixed", &[&whole, pdf]))),
        ] {
            assert!(!is_sealed(&mail), "{name}: {what}");
        }
        assert!(
            is_sealed(&format!("{trace}{}", multi("mixed", &[&whole]))),
            "{name}: the same with the field"
        );
        if let Some((before, rest)) = carrier.split_once(BEGIN) {
            let (_, after) = rest.split_once(END).unwrap();
            let page = format!(
                "Content-Type: text/html; name=message.html\r\nContent-Disposition: attachment\r\n\r\n{BEGIN}"
            );
            let page = format!("{page}{}{END}", rest.split_once(END).unwrap().0);
            assert!(!is_sealed(&multi("mixed", &[TEXT, &page])), "{name}: an old message.html");
            if name.contains("attachment") {
                assert!(!is_sealed(&format!("{before}{after}")), "{name}: without its envelope");
            }
        }
    }
}
