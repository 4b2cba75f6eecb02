//! Asks everything about the content of any mail: never panics, and answers alike however often it is asked. The first byte
//! says whether the rest is a mail or a file attached to one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealpost_gateway::content::data_types::{Check, OwnType};
use sealpost_gateway::content::{Answer, Automatic, Content, DataType, Limits, Protection};
use sealpost_gateway::parse::HeaderSection;

const LIMITS: Limits = Limits { parts: 100, nested_mails: 3, text_bytes: 1 << 20, memory: 6 << 20 };

static OWN: LazyLock<DataType> = LazyLock::new(|| {
    let own = OwnType::new(r"[0-9]{4,10}X?", Check::Mod11, &["number".to_owned()]);
    DataType::Own(own.expect("a sound type").into())
});

fn ask(mail: &[u8]) {
    let header = HeaderSection::parse(mail);
    let content = Content::of(mail, &header, LIMITS);
    let ways = Protection::NAMES.iter().filter(|(_, way)| content.is_protected(*way) == Answer::Yes);
    assert!(ways.count() <= 1, "protected in two ways");
    for (_, kind) in Automatic::NAMES {
        assert_eq!(content.is_automatic(kind, ""), content.is_automatic(kind, ""));
    }
    let attachments = content.attachments();
    assert!(attachments.items.len() <= LIMITS.parts);
    assert!(attachments.items.iter().all(|attachment| attachment.size <= mail.len() as u64));
    for attachment in &attachments.items {
        assert_eq!(content.is_readable(attachment), content.is_readable(attachment));
    }
    let texts = content.texts();
    for text in &texts.items {
        text.holds(true, |text| text.contains("secret"));
    }
    for data_type in DataType::NAMES.iter().map(|(_, data_type)| data_type).chain([&*OWN]) {
        let count = content.count(data_type, usize::MAX);
        assert_eq!(count, content.count(data_type, usize::MAX));
        assert!(texts.complete || !count.complete);
    }
    assert!(content.memory_taken() <= LIMITS.memory + mail.len());
}

fuzz_target!(|data: &[u8]| match data.split_first() {
    Some((0, file)) => {
        let mut mail = b"Content-Type: application/octet-stream; name=a\r\n\r\n".to_vec();
        mail.extend_from_slice(file);
        ask(&mail);
    }
    Some((_, mail)) => ask(mail),
    None => {}
});
