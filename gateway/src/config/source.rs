//! A settings file in memory, and errors that say where in it.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use sealpost_common::keys::{KeyError, is_closed_to_others};
use serde::de::DeserializeOwned;
use thiserror::Error;
use toml::Spanned;
use zeroize::Zeroizing;

use super::{brand::BrandError, dkim::DkimKeyError};
use crate::{
    reachability::SetupError,
    receive,
    reinject::{CredentialsError, TlsError},
};

/// Bytes of a key file that are read at most; the largest key has 1,700, and a bundle of authorities 300,000.
const MAX_KEY_FILE: usize = 1024 * 1024;

/// One mistake in a settings file: which file, which line, what is wrong.
#[derive(Debug, Error)]
pub struct ConfigError {
    path: PathBuf,
    line: Option<usize>,
    #[source]
    cause: Cause,
}

/// What can be wrong with a setting.
#[derive(Debug, Error)]
pub enum Cause {
    /// The settings file cannot be read.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    /// The file is not TOML, or has a wrong type, an unknown key or lacks one.
    #[error("{0}")]
    Syntax(String),
    /// A list that needs an entry has none.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A number or text is out of its bounds.
    #[error("{key} must be {expected}")]
    OutOfBounds {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The memory does not suffice for what the policy makes of one mail.
    #[error(
        "max_memory is too small for this policy: one mail may be sealed in {forms} forms (templates, rules that seal and change \
         header fields, archives with a sealed copy), and each beyond the first takes max_message_size more; raise the one or \
         lower the other"
    )]
    MemoryForForms {
        /// How many forms.
        forms: usize,
    },
    /// A mail address is none.
    #[error("{0:?} is not a mail address")]
    Address(String),
    /// A domain or domain pattern is none.
    #[error("{0:?} is not a domain, \"*.domain\" or \"*\"")]
    Domain(String),
    /// The name of a header field is none.
    #[error("{0:?} is not the name of a header field")]
    HeaderName(String),
    /// A network is none.
    #[error("{0:?} is not a network such as 192.0.2.0/24")]
    Network(String),
    /// The address of the portal is none.
    #[error("{0:?} is not a URL such as https://portal.example.org, without user, query and fragment")]
    Url(String),
    /// The next hop is the gateway itself.
    #[error("[next_hop] is this listener: each mail would come back to it")]
    NextHopIsListener,
    /// Strangers could send mail through this host.
    #[error(
        "{listener} can be reached from outside, and {network} is no private network: whoever is in it could send mail \
         through this host. Listen on a private address, ask clients for certificates (client_ca), trust private \
         networks only, or say allow_public_clients = true"
    )]
    OpenRelay {
        /// The address of the listener.
        listener: String,
        /// The trusted network.
        network: String,
    },
    /// TLS of a listener lacks something, or has too much.
    #[error("{0}")]
    ListenerTls(&'static str),
    /// Certificate, key or authorities of a listener cannot be used.
    #[error("TLS: {0}")]
    ListenerTlsFiles(receive::TlsError),
    /// A key that only unix sockets have stands at another address.
    #[error("only a unix socket has this: address = \"unix:/...\"")]
    OnlyForUnixSockets,
    /// A key that only milters have stands at a listener for mail.
    #[error("only a milter has this: protocol = \"milter\"")]
    OnlyForMilters,
    /// A key that milters do not have.
    #[error("a milter does not have this; it is for protocol = \"smtp\" or \"lmtp\"")]
    NotForMilters,
    /// A user or group is not known.
    #[error("{name:?} is neither a number nor in {}", file.display())]
    UnknownName {
        /// The name.
        name: String,
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The names of users or groups cannot be read.
    #[error("{} cannot be read: {source}", file.display())]
    Names {
        /// Where they stand.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A DKIM key is not good.
    #[error("the key file {} is not good: {source}", path.display())]
    DkimKey {
        /// The key file.
        path: PathBuf,
        /// What is wrong.
        source: DkimKeyError,
    },
    /// A brand is not good.
    #[error(transparent)]
    Brand(#[from] BrandError),
    /// Two rules have the same name.
    #[error("there is already a rule named {0:?}")]
    DuplicateRule(String),
    /// Two templates or types of data have the same name, or one has a built-in name.
    #[error("the name {0:?} is taken")]
    Taken(String),
    /// A rule names a template that is not there.
    #[error("there is no template named {0:?}")]
    UnknownTemplate(String),
    /// A name is none of those that there are.
    #[error("{key}: {name:?} is none of {names}")]
    NotOneOf {
        /// The key.
        key: &'static str,
        /// The name.
        name: String,
        /// The names that there are.
        names: String,
    },
    /// A key has no meaning without another.
    #[error("{key} needs {other}")]
    Needs {
        /// The key.
        key: &'static str,
        /// What it needs.
        other: &'static str,
    },
    /// A rule that acts has nothing to do.
    #[error("the rule does nothing: it has no action, edit, notice or archive")]
    IdleRule,
    /// A rule would change a header field that must stay.
    #[error("the header field {0:?} cannot be changed by a rule")]
    ProtectedField(String),
    /// A copy in clear would go outside.
    #[error("<{0}> is of no internal domain: only a sealed copy can go there (sealed = true)")]
    ArchiveOutside(String),
    /// A regular expression is none, or too large when compiled.
    #[error("{pattern:?} is no usable expression: {why}")]
    Expression {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A list file cannot be read.
    #[error("the list file {} cannot be read", path.display())]
    ListFile {
        /// The list file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key file cannot be read.
    #[error("the key file {} cannot be read", path.display())]
    KeyFile {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A secret key can be read by others.
    #[error("the key file {} can be read by group or others: chmod 600", .0.display())]
    KeyFileOpen(PathBuf),
    /// A key file does not hold one key of the right kind.
    #[error("the key file {} is not good", path.display())]
    KeyFileContent {
        /// The key file.
        path: PathBuf,
        /// What is wrong; never quotes the file.
        #[source]
        source: KeyError,
    },
    /// A file of certificates has none.
    #[error("the file {} holds no certificate in PEM", .0.display())]
    Certificates(PathBuf),
    /// A credentials file does not hold credentials.
    #[error("the credentials file {} is not good", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// What is wrong; never quotes the file.
        #[source]
        source: CredentialsError,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(TlsError),
    /// Domains cannot be looked up.
    #[error("[reachability]: {0}")]
    Reachability(SetupError),
}

impl Cause {
    /// Says what is wrong with an expression, in one line.
    pub(super) fn expression(pattern: &str, error: &regex::Error) -> Self {
        let text = error.to_string();
        let last = text.lines().next_back().unwrap_or_default();
        let why = last.strip_prefix("error: ").unwrap_or(last).to_owned();
        Self::Expression { pattern: pattern.to_owned(), why }
    }
}

impl ConfigError {
    /// Says whether it is a key file that is wrong, not the settings.
    pub(crate) fn is_about_a_key_file(&self) -> bool {
        matches!(
            self.cause,
            Cause::KeyFile { .. }
                | Cause::KeyFileOpen(_)
                | Cause::KeyFileContent { .. }
                | Cause::DkimKey { .. }
        )
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.cause)?;
        match &self.cause {
            Cause::Unreadable(source) | Cause::KeyFile { source, .. } | Cause::ListFile { source, .. } => {
                write!(f, ": {source}")
            }
            Cause::KeyFileContent { source, .. } => write!(f, ": {source}"),
            Cause::Credentials { source, .. } => write!(f, ": {source}"),
            _ => Ok(()),
        }
    }
}

/// All mistakes that were found, one a line.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// A settings file, kept to tell line numbers, and the mistakes found in it so far.
pub(super) struct Source {
    path: PathBuf,
    text: String,
    errors: Vec<ConfigError>,
}

impl Source {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigErrors> {
        let read = std::fs::read_to_string(path);
        read.map(|text| Self::new(path, text)).map_err(|error| {
            ConfigErrors(vec![ConfigError {
                path: path.to_owned(),
                line: None,
                cause: Cause::Unreadable(error),
            }])
        })
    }

    pub(super) fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text, errors: Vec::new() }
    }

    /// Reads the whole file into its structs.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigErrors> {
        toml::from_str(&self.text).map_err(|error| {
            let cause = Cause::Syntax(error.message().to_owned());
            ConfigErrors(vec![self.at(error.span(), cause)])
        })
    }

    fn at(&self, span: Option<Range<usize>>, cause: Cause) -> ConfigError {
        let line = span.map(|span| {
            let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
            1 + memchr::memchr_iter(b'\n', before).count()
        });
        ConfigError { path: self.path.clone(), line, cause }
    }

    /// Notes a mistake at this place of the file.
    pub(super) fn note<T>(&mut self, place: &Spanned<T>, cause: Cause) {
        let error = self.at(Some(place.span()), cause);
        self.errors.push(error);
    }

    /// Notes a mistake in a list file that this file names.
    pub(super) fn note_in(&mut self, path: PathBuf, line: usize, cause: Cause) {
        self.errors.push(ConfigError { path, line: Some(line), cause });
    }

    /// Notes a mistake of the file as a whole.
    pub(super) fn note_file(&mut self, cause: Cause) {
        let error = self.at(None, cause);
        self.errors.push(error);
    }

    /// Notes the mistakes of another file that this one names.
    pub(super) fn note_all(&mut self, errors: ConfigErrors) {
        self.errors.extend(errors.0);
    }

    /// Gives the value when it is good, else notes the mistake.
    pub(super) fn check<T, V>(&mut self, place: &Spanned<T>, result: Result<V, Cause>) -> Option<V> {
        result.map_err(|cause| self.note(place, cause)).ok()
    }

    /// Converts every entry of a list and notes those that cannot be.
    pub(super) fn each<V>(
        &mut self,
        list: &[Spanned<String>],
        convert: impl Fn(&str) -> Result<V, Cause>,
    ) -> Vec<V> {
        list.iter().filter_map(|entry| self.check(entry, convert(entry.get_ref()))).collect()
    }

    /// Makes a path of the settings absolute: relative ones count from the folder of the settings file.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Ends the reading: the settings when there was no mistake, else all mistakes.
    pub(super) fn finish<T>(self, settings: Option<T>) -> Result<T, ConfigErrors> {
        match settings {
            Some(settings) if self.errors.is_empty() => Ok(settings),
            _ => Err(ConfigErrors(self.errors)),
        }
    }
}

/// Reads a key file that anybody may read.
pub(crate) fn read_public_key(path: &Path) -> Result<Zeroizing<String>, Cause> {
    read_key_file(path, |_| true)
}

/// Reads a key file that only its owner may read, else refuses it.
pub(crate) fn read_secret_key(path: &Path) -> Result<Zeroizing<String>, Cause> {
    read_key_file(path, |file| {
        use std::os::unix::fs::PermissionsExt;
        file.metadata().is_ok_and(|metadata| is_closed_to_others(path, metadata.permissions().mode()))
    })
}

/// Reads a key file as text, if it may be used and is not too long to be one.
fn read_key_file(path: &Path, may_be_used: impl Fn(&File) -> bool) -> Result<Zeroizing<String>, Cause> {
    let unreadable = |source| Cause::KeyFile { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    if !may_be_used(&file) {
        return Err(Cause::KeyFileOpen(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_KEY_FILE));
    file.take(MAX_KEY_FILE as u64).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
