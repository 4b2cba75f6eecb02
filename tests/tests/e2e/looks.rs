//! Carrier mails and their `message.html` in a real browser: every brand and form, wide and narrow, light and dark, from
//! either side.
//!
//! A mail with a logo is shown as a mail program shows it: its own `multipart/related` part, in which the browser finds the
//! picture by its Content-ID.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use mail_parser::{MessageParser, MimeHeaders};
use sealpost_common::keys::{OpeningKey, SigningKey};
use sealpost_tests::browser::Browser;
use sealpost_tests::carrier;
use sealpost_tests::place::{Folder, installed, program, project_root};
use sealpost_tests::process::run;

const SETTINGS: &str = r#"
listener = [{ protocol = "lmtp", address = "127.0.0.1:12600" }]
server = { hostname = "gateway.example.org" }
next_hop = { address = "127.0.0.1:12526" }
keys = { signing_key = "signing.key", sealing_key = "sealing.key" }
sender = { domains = ["*"] }
envelope = { brand = "look" }
"#;

/// The forms by their names, with the largest envelope that goes into the link.
const FORMS: [(&str, usize); 4] = [("both", 8192), ("both", 0), ("attachment", 8192), ("link", 8192)];

/// A brand by its name, its settings, and the direction of its texts.
const LOOKS: [(&str, &str, &str); 3] = [
    ("usual", "[brand.look]\n", "ltr"),
    (
        "brand",
        "[brand.look]\nlogo = \"logo.png\"\nlogo_alt = \"Sealpost\"\naccent = \"#7a0019\"\n\
         [brand.look.texts]\nfooter = \"Example Bank, 1 Main Street, Springfield\"\n",
        "ltr",
    ),
    ("arabic", ARABIC, "rtl"),
];

const ARABIC: &str = r#"[brand.look]
logo = "logo.png"
logo_alt = "Sealpost"
language = "ar"
[brand.look.texts]
heading = "رسالة محمية"
intro = "أرسل إليك {sender} رسالة محمية."
nobody = "شخص ما"
button = "قراءة الرسالة"
proof = "سيُطلب منك إثبات أن صندوق البريد هذا لك، برمز يُستخدم مرة واحدة ويُرسل إليك مثلاً."
open_file = "لقراءتها افتح الملف المرفق {file} ثم اضغط «{button}»."
or_open_file = "إذا لم يعمل الزر فافتح الملف المرفق {file} واضغط فيه «{button}»."
or_choose_file = "إذا لم يُفتح الملف على هذا الجهاز فاحفظه واختره في هذه الصفحة:"
portal_button = "الانتقال إلى البوابة"
open_link = "لقراءتها افتح هذا الرابط:"
only_at = "لا تُفتح الرسالة إلا في {portal}."
no_reply = "الرد على هذا البريد غير محمي، فاستخدم الرد في الصفحة التي تعرض الرسالة."
footer = "بنك المثال، الشارع الرئيسي ١"
patience = "قد تستغرق الرسالة الكبيرة لحظة."
if_button_fails = "إذا لم يعمل الزر"
step_save = "احفظ هذا الملف على جهازك."
step_open = "افتح {portal} في متصفحك."
step_choose = "اختر هذا الملف هناك."
"#;

/// Gives the least contrast of any text that is seen with what is behind it, by the rules of WCAG, with that text. What is
/// behind is the nearest ancestor with a background of its own.
const CONTRAST: &str = r#"
    const numbers = colour => colour.match(/[\d.]+/g).map(Number);
    const luminance = colour => numbers(colour).slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((numbers(colour)[3] ?? 1) > 0) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    let least = [21, "no text"];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const [text, element] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
        if (!text || !element.getClientRects().length) continue;
        const [one, two] = [getComputedStyle(element).color, behind(element)].map(luminance);
        const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        if (contrast < least[0]) least = [contrast, text];
    }
    return least;
"#;

/// Gives the directions of all headings and paragraphs.
const DIRECTIONS: &str = r#"
    return [...new Set([...document.querySelectorAll("h1, h2, p, li")].map(e => getComputedStyle(e).direction))];
"#;

/// Gives the pictures: where each is from, and whether it is shown.
const PICTURES: &str = r"
    return [...document.images].map(i => [i.getAttribute('src').split(':')[0], i.complete && i.naturalWidth > 0]);
";

/// A folder with keys and a logo, and a browser.
struct Scene {
    browser: Browser,
    folder: Folder,
}

impl Scene {
    fn start() -> Self {
        let folder = Folder::new("looks").unwrap();
        let browser = Browser::start_watched(&folder, "browser").unwrap();
        let write = |name: &str, bytes: &[u8]| {
            fs::write(folder.join(name), bytes).unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        };
        let mut rng = rand::rng();
        write("signing.key", SigningKey::generate(&mut rng).to_text_secret().as_bytes());
        write("sealing.key", OpeningKey::generate(&mut rng).sealing_key().to_text().as_bytes());
        write("policy.toml", b"default = \"seal\"\n");
        // A picture with something to see: the browser's own of a small page.
        let logo =
            "<body style='margin:0;background:#7a0019;color:#fff;font:700 40px sans-serif'>&nbsp;Sealpost";
        write("logo.html", logo.as_bytes());
        browser.open_file(&folder.join("logo.html")).unwrap();
        write("logo.png", &browser.picture((240, 64)).unwrap());
        Self { browser, folder }
    }

    fn seal(&self, settings: &str) -> Vec<u8> {
        let file = self.folder.join("gateway.toml");
        fs::write(&file, settings).unwrap();
        let mut gateway = Command::new(program("sealpost-gateway").unwrap());
        gateway.args(["seal", "--from", "alice@example.org", "--to", "bob@example.net", "--config"]);
        run(gateway.arg(file).arg(project_root().join("tests/mails/plain.eml"))).unwrap()
    }

    /// Writes the HTML of a carrier mail as a file that shows it as a mail program does.
    fn shown(&self, name: &str, carrier: &[u8]) -> PathBuf {
        let mail = MessageParser::new().parse(carrier).unwrap();
        let related = mail.parts.iter().find(|part| {
            part.content_type().is_some_and(|kind| kind.subtype().is_some_and(|subtype| subtype == "related"))
        });
        let (end, content) = match related {
            Some(part) => {
                let octets = &carrier[part.offset_header as usize..part.offset_end as usize];
                ("mhtml", [b"MIME-Version: 1.0\r\n", octets].concat())
            }
            None => ("html", mail.body_html(0).unwrap().as_bytes().to_vec()),
        };
        let file = self.folder.join(&format!("{name}.{end}"));
        fs::write(&file, content).unwrap();
        file
    }

    fn looks_good(&self, name: &str, file: &Path, direction: &str, pictures: &[(&str, bool)]) {
        self.browser.open_file(file).unwrap();
        for light in ["light", "dark"] {
            self.browser.prefer(light).unwrap();
            self.browser.screenshots(&format!("carrier-{name}-{light}")).unwrap();
            let least = self.browser.evaluate(CONTRAST).unwrap();
            assert!(least[0].as_f64().unwrap() >= 4.5, "{name} {light}: too little contrast: {least}");
        }
        assert_eq!(self.browser.evaluate(DIRECTIONS).unwrap(), serde_json::json!([direction]), "{name}");
        assert_eq!(self.browser.evaluate(PICTURES).unwrap(), serde_json::json!(pictures), "{name}");
    }
}

#[test]
fn carrier_mails_look_good_everywhere() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let scene = Scene::start();
    // What is fetched would be seen.
    fs::write(scene.folder.join("remote.html"), "<img src='http://127.0.0.1:9/seen.png'>").unwrap();
    scene.browser.open_file(&scene.folder.join("remote.html")).unwrap();
    assert_eq!(scene.browser.requests().unwrap(), ["http://127.0.0.1:9/seen.png"]);

    for (look, brand, direction) in LOOKS {
        for (form, link_max_bytes) in FORMS {
            let name = format!("{look}-{form}-{link_max_bytes}");
            let portal = format!(
                "portal = {{ url = \"https://portal.example.org\", link_max_bytes = {link_max_bytes} }}\n\
                 carrier = {{ form = \"{form}\" }}"
            );
            let sealed = scene.seal(&format!("{portal}{SETTINGS}{brand}"));
            let has_logo = brand.contains("logo.png");
            let logo = |from| if has_logo { vec![(from, true)] } else { vec![] };
            scene.looks_good(&name, &scene.shown(&name, &sealed), direction, &logo("cid"));
            if form != "link" {
                let page = scene.folder.join(&format!("{name}-message.html"));
                fs::write(&page, carrier::message_html(&sealed).unwrap()).unwrap();
                scene.looks_good(&format!("{name}-message"), &page, direction, &logo("data"));
            }
        }
    }
    assert_eq!(scene.browser.requests().unwrap(), [""; 0]);
}
