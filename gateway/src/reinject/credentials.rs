//! Signs in at a relay host: AUTH PLAIN (RFC 4616) and AUTH LOGIN, over TLS only.

use std::fmt;

use encodify::base64::STANDARD;
use zeroize::Zeroizing;

use super::connection::Connection;
use super::failure::Failure;
use super::features::Features;

/// A user name and a password. They have no output of any kind but the wire's.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Zeroizing<String>,
    password: Zeroizing<String>,
}

/// A credentials file does not hold a user name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must have two lines, the user name and the password, without control characters")]
pub struct CredentialsError;

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Reads two lines: the user name, the password.
    ///
    /// # Errors
    /// When there are not just two, or one is empty or has control characters, which AUTH could not carry.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let mut line = || {
            let line = lines.next().map(|line| line.strip_suffix('\r').unwrap_or(line))?;
            let is_good = !line.is_empty() && !line.contains(char::is_control);
            is_good.then(|| Zeroizing::new(line.to_owned()))
        };
        match (line(), line(), lines.next()) {
            (Some(user), Some(password), None) => Ok(Self { user, password }),
            _ => Err(CredentialsError),
        }
    }

    /// The lines to send, one at a time, with the mechanism that suits.
    fn lines(&self, features: &Features) -> Result<Vec<Zeroizing<String>>, Failure> {
        let offers = |mechanism: &str| features.auth.iter().any(|offered| offered == mechanism);
        let encode = |text: &str| Zeroizing::new(STANDARD.encode(text.as_bytes()));
        if offers("PLAIN") {
            let text = Zeroizing::new(format!("\0{}\0{}", *self.user, *self.password));
            Ok(vec![Zeroizing::new(format!("AUTH PLAIN {}\r\n", *encode(&text)))])
        } else if offers("LOGIN") {
            let line = |text: &str| Zeroizing::new(format!("{}\r\n", *encode(text)));
            Ok(vec![Zeroizing::new("AUTH LOGIN\r\n".to_owned()), line(&self.user), line(&self.password)])
        } else {
            Err(Failure::NoAuth)
        }
    }

    /// Signs in. The connection must be encrypted.
    pub(super) async fn sign_in(
        &self,
        connection: &mut Connection,
        longest: std::time::Duration,
    ) -> Result<(), Failure> {
        if !connection.is_encrypted() {
            return Err(Failure::NoTls);
        }
        let lines = self.lines(connection.features())?;
        let count = lines.len();
        for (at, line) in lines.iter().enumerate() {
            connection.send(line.as_bytes(), longest).await?;
            let reply = connection.reply(longest).await?;
            let is_wanted = if at + 1 == count { reply.code() == 235 } else { reply.code() == 334 };
            if !is_wanted {
                return Err(Failure::Credentials(reply.code()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(auth: &[&str]) -> Features {
        Features { auth: auth.iter().map(|&name| name.to_owned()).collect(), ..Features::default() }
    }

    #[test]
    fn mechanisms() {
        let credentials = Credentials::parse("jürgen\npass word\n").unwrap();
        let lines = |auth: &[&str]| {
            let lines = credentials.lines(&features(auth)).ok()?;
            Some(lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(lines(&["LOGIN", "PLAIN"]).unwrap(), ["AUTH PLAIN AGrDvHJnZW4AcGFzcyB3b3Jk"]);
        assert_eq!(lines(&["CRAM-MD5", "LOGIN"]).unwrap(), ["AUTH LOGIN", "asO8cmdlbg==", "cGFzcyB3b3Jk"]);
        assert_eq!(lines(&["CRAM-MD5", "XPLAIN"]), None);
        assert_eq!(format!("{credentials:?}"), "Credentials");
    }

    #[test]
    fn files() {
        for good in ["u\np", "u\np\n", "u\r\np\r\n"] {
            assert!(Credentials::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", "u", "u\n", "u\n\n", "\np", "u\np\nx", "u\np\n\n", "u\n\0p", "u:p"] {
            assert!(Credentials::parse(bad).is_err(), "{bad:?}");
        }
    }
}
