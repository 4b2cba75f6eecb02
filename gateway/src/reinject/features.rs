//! What the next hop announced in its reply to EHLO.

/// What the next hop announced.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each keyword of EHLO is there or not, whatever the others are"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) pipelining: bool,
    /// It knows the SIZE parameter.
    pub(crate) size: bool,
    /// The largest mail that it takes, if it said so.
    pub(crate) max_size: Option<u64>,
    pub(crate) eight_bit_mime: bool,
    pub(crate) smtp_utf8: bool,
    pub(crate) dsn: bool,
    pub(crate) starttls: bool,
    /// The mechanisms of AUTH, in upper case.
    pub(crate) auth: Vec<String>,
    /// The attributes of XFORWARD, in upper case.
    pub(crate) xforward: Vec<String>,
}

impl Features {
    /// Reads the lines of a reply to EHLO; the first one is a greeting.
    pub(crate) fn parse(lines: &[String]) -> Self {
        let mut features = Self::default();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            match words.next() {
                Some("PIPELINING") => features.pipelining = true,
                Some("SIZE") => {
                    features.size = true;
                    // 0 and no figure at all both mean that no limit is known (RFC 1870 section 4).
                    let figure = words.next().and_then(|figure| figure.parse().ok());
                    features.max_size = figure.filter(|figure| *figure > 0);
                }
                Some("8BITMIME") => features.eight_bit_mime = true,
                Some("SMTPUTF8") => features.smtp_utf8 = true,
                Some("DSN") => features.dsn = true,
                Some("STARTTLS") => features.starttls = true,
                Some("AUTH") => features.auth = words.map(str::to_owned).collect(),
                Some("XFORWARD") => features.xforward = words.map(str::to_owned).collect(),
                _ => {}
            }
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_a_postfix() {
        let lines = "mx.example\nPIPELINING\nSIZE 10240000\nVRFY\nETRN\nSTARTTLS\nAUTH PLAIN LOGIN\nXFORWARD NAME ADDR IDENT\nENHANCEDSTATUSCODES\n8BITMIME\ndsn\nSMTPUTF8\nCHUNKING";
        let lines: Vec<String> = lines.split('\n').map(str::to_owned).collect();
        let all = Features {
            pipelining: true,
            size: true,
            max_size: Some(10_240_000),
            eight_bit_mime: true,
            smtp_utf8: true,
            dsn: true,
            starttls: true,
            auth: ["PLAIN", "LOGIN"].map(str::to_owned).to_vec(),
            xforward: ["NAME", "ADDR", "IDENT"].map(str::to_owned).to_vec(),
        };
        assert_eq!(Features::parse(&lines), all);
        let greeting = Features::parse(&["PIPELINING".to_owned()]);
        assert_eq!(greeting, Features::default(), "the greeting is no keyword");
    }

    #[test]
    fn limits_of_size() {
        for (line, expected) in
            [("SIZE", None), ("SIZE 0", None), ("SIZE x", None), ("SIZE 1", Some(1)), ("size 77", Some(77))]
        {
            let features = Features::parse(&["mx.example".to_owned(), line.to_owned()]);
            assert_eq!((features.size, features.max_size), (true, expected), "{line}");
        }
    }
}
