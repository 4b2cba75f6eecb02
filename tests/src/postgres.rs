//! A private PostgreSQL server on a socket and a loopback port of its own, with a fresh database for whoever asks.
//!
//! Its programs are those of Debian's package `postgresql`. They refuse to run as root, so root hands them to another user.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::place::{find_program, installed};
use crate::process::{free_address, run, wait_until};

/// The user that owns the databases.
pub const USER: &str = "sealpost";
/// Its password; needed over TCP only.
pub const PASSWORD: &str = "the-databases-own-password";

/// Runs the server (`$@`) until standard input ends or has a line, whatever becomes of the process at its other end; then
/// ends it by its ID and, unless the line is "keep", removes the folder (`$0`).
const SUPERVISOR: &str = r#"
"$@" </dev/null & server=$!
read -r word
kill -QUIT $server
wait $server
[ "$word" = keep ] || rm -rf -- "$0"
"#;

/// A server. Dropping it, or the end of this process, ends it.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    address: SocketAddr,
    settings: Vec<String>,
    supervisor: Option<Child>,
    databases: AtomicU32,
}

/// Tells whether PostgreSQL is installed; under `tests/run` it must be.
#[must_use]
pub fn is_installed() -> bool {
    binaries().is_some() || installed(&["postgres"])
}

/// Returns the one server that all tests of this process share; says in one line when there is none.
#[must_use]
pub fn shared() -> Option<&'static Postgres> {
    static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
    SHARED
        .get_or_init(|| is_installed().then(|| Postgres::start(&["fsync=off"]).expect("PostgreSQL starts")))
        .as_ref()
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts its server with these settings.
    pub fn start(settings: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sealpost-postgres-").tempdir()?.keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        let mut postgres = Self {
            folder,
            address: free_address()?,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            supervisor: None,
            databases: AtomicU32::new(0),
        };
        if let Some((_, uid, gid)) = other_user()? {
            chown(&postgres.folder, Some(uid), Some(gid))?;
        }
        let mut initdb = command("initdb")?;
        initdb.args(["--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256", "-D"]).arg(postgres.data());
        run(&mut initdb)?;
        postgres.resume()?;
        postgres.sql("postgres", &format!("CREATE USER {USER} PASSWORD '{PASSWORD}'"))?;
        Ok(postgres)
    }

    /// Makes a database.
    pub fn database(&self) -> Result<String> {
        let name = format!("portal_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {USER}"))?;
        Ok(name)
    }

    /// Returns the address of a database by the server's socket, without password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let port = self.address.port();
        format!("postgresql:///{database}?user={USER}&host={}&port={port}", self.folder.display())
    }

    /// Returns where the server listens; there it asks for the password.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the server anew with TLS, by this certificate.
    pub fn use_certificate(&mut self, certificate: &Path, key: &Path) -> Result<()> {
        self.interrupt()?;
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let file = self.data().join(name);
            fs::copy(from, &file)?;
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            if let Some((_, uid, gid)) = other_user()? {
                chown(&file, Some(uid), Some(gid))?;
            }
        }
        self.settings.push("ssl=on".into());
        self.resume()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs statements as the administrator and returns what they give, a row a line.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String> {
        let mut psql = command("psql")?;
        psql.arg("-h").arg(&self.folder).arg("-p").arg(self.address.port().to_string());
        psql.args(["-U", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statements]);
        Ok(String::from_utf8(run(&mut psql)?)?)
    }

    /// Returns all that is in a database, as text.
    pub fn dump(&self, database: &str) -> Result<String> {
        let mut dump = command("pg_dump")?;
        dump.arg("-h").arg(&self.folder).arg("-p").arg(self.address.port().to_string());
        Ok(String::from_utf8(run(dump.args(["-U", "postgres", "--inserts", database]))?)?)
    }

    /// Returns what the server has logged.
    pub fn log(&self) -> Result<Vec<u8>> {
        Ok(fs::read(self.folder.join("log"))?)
    }

    /// Ends the server at once, as a crash does; the databases stay for [`Postgres::resume`].
    pub fn interrupt(&mut self) -> Result<()> {
        self.end("keep\n")
    }

    /// Starts the server, and waits until it answers.
    pub fn resume(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let server = command("postgres")?;
        let mut supervisor = Command::new("sh");
        supervisor
            .args(["-c", SUPERVISOR])
            .arg(&self.folder)
            .arg(server.get_program())
            .args(server.get_args());
        supervisor.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        supervisor.args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.address.port().to_string(),
            "-c",
            "max_connections=200",
        ]);
        for setting in &self.settings {
            supervisor.args(["-c", setting]);
        }
        supervisor.current_dir("/").process_group(0);
        supervisor.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        self.supervisor = Some(supervisor.spawn().context("start sh")?);
        let answers = || self.sql("postgres", "SELECT 1").is_ok().then_some(());
        wait_until("PostgreSQL", Duration::from_mins(1), answers)
            .with_context(|| fs::read_to_string(self.folder.join("log")).unwrap_or_default())
    }

    fn end(&mut self, word: &str) -> Result<()> {
        let Some(mut supervisor) = self.supervisor.take() else { return Ok(()) };
        let mut input = supervisor.stdin.take().context("no standard input")?;
        input.write_all(word.as_bytes())?;
        drop(input);
        let status = supervisor.wait()?;
        ensure!(status.success(), "PostgreSQL's supervisor ended with {status}");
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.end("remove\n") {
            eprintln!("{error:#}");
        }
    }
}

/// Returns the folder of the server's programs: Debian keeps them off the path.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let on_path = find_program("initdb").and_then(|program| program.parent().map(Path::to_owned));
    folders.into_iter().rev().chain(on_path).find(|folder| folder.join("initdb").is_file())
}

/// Returns the command of one of the programs, as a user that PostgreSQL takes.
fn command(name: &str) -> Result<Command> {
    let program = binaries().context("PostgreSQL is not installed")?.join(name);
    let mut command = match other_user()? {
        Some((user, ..)) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", &user, "--regid", &user, "--init-groups"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir("/");
    Ok(command)
}

/// Returns name, user and group ID of the user that the server runs as when this is root.
fn other_user() -> Result<Option<(String, u32, u32)>> {
    if !rustix::process::getuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let fields: Vec<_> =
            users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').collect();
        Some((name.to_owned(), fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").context("there is no user postgres").map(Some)
}
