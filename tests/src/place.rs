//! Finds the places a run works in: the project, its built programs, the corpus, and a folder for one run.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, process};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Returns the root of the project, where `Cargo.toml` of the workspace stands.
#[must_use]
pub fn project_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in a folder of the workspace")
}

/// Returns the folder of the profile that the running program was built in (`target/debug`).
#[must_use]
pub fn build_dir() -> PathBuf {
    let program = env::current_exe().expect("the running program has a path");
    let folder = program.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") {
        folder.parent().expect("deps lies in the profile's folder").into()
    } else {
        folder.into()
    }
}

/// Returns a folder below the target folder for results to look at (`target/screenshots`), made if it's missing.
pub fn results(name: &str) -> Result<PathBuf> {
    let folder = build_dir().parent().context("the profile's folder lies in the target folder")?.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

/// Returns the path of one of the project's programs, built anew if a source file has changed since.
///
/// All members are named, and for a test all targets, so that Cargo chooses the same features of the dependencies as it
/// did for the running program and builds none of them twice.
pub fn program(name: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT
        .get_or_init(|| build().map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(anyhow::Error::msg)?;
    let path = build_dir().join(name);
    if !path.is_file() {
        bail!("{} is missing after a build", path.display());
    }
    Ok(path)
}

/// Tells whether the running program is a test: Cargo puts those into a folder of their own.
fn is_test() -> bool {
    env::current_exe().is_ok_and(|program| program.parent().is_some_and(|folder| folder.ends_with("deps")))
}

fn build() -> Result<()> {
    let folder = build_dir();
    let mut cargo = process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let targets = if is_test() { "--all-targets" } else { "--bins" };
    cargo.args(["build", "--workspace", targets]).current_dir(project_root());
    if !std::io::stderr().is_terminal() {
        cargo.arg("--quiet");
    }
    cargo.env("CARGO_TARGET_DIR", folder.parent().context("no target folder")?);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.stdin(process::Stdio::null()).status().context("run cargo build")?;
    if !status.success() {
        bail!("cargo build failed");
    }
    Ok(())
}

/// Returns the folder of third-party test material, or says in one line that it isn't there.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let folder = match env::var_os("SEALPOST_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => project_root().parent()?.join("shared/corpus"),
    };
    if folder.join("mails").is_dir() {
        return Some(folder);
    }
    println!("foreign corpus not found: not run");
    None
}

/// Tells whether the long campaigns were asked for (`tests/run --long`).
#[must_use]
pub fn long_run() -> bool {
    env::var_os("SEALPOST_LONG").is_some()
}

/// Tells whether the named foreign programs are installed. Under `tests/run`, which installs them, a missing one
/// fails; a bare `cargo test` on a machine without them says so and goes on.
#[must_use]
pub fn installed(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|name| find_program(name).is_none()).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(env::var_os("SEALPOST_ALL_PARTS").is_none(), "not installed: {missing:?}");
    println!("not run, for want of {missing:?} (tests/run installs what is needed)");
    false
}

/// Finds a program on the path or in the system administrator's folders.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A temporary folder for one run. It goes when dropped, except after a panic, when it's kept to look into.
#[derive(Debug)]
pub struct Folder {
    dir: Option<TempDir>,
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, open for reading to the users that Postfix runs as.
    pub fn new(purpose: &str) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::Builder::new().prefix(&format!("sealpost-{purpose}-")).tempdir()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Self { path: dir.path().into(), dir: Some(dir) })
    }

    /// Returns its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of something in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes a folder in it.
    pub fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.join(name);
        fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(dir) = self.dir.take()
        {
            eprintln!("kept to look into: {}", dir.keep().display());
        }
    }
}
