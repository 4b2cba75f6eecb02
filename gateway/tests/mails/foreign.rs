//! The Python whose libraries look at what we make.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// A Python with these modules, as `tests/run` provides one. With `SEALPOST_ALL_PARTS` it has to be there.
pub(crate) fn python(modules: &str) -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("SEALPOST_PYTHON").unwrap_or_else(|| "python3".into()));
    let has_them = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_them {
        assert!(std::env::var_os("SEALPOST_ALL_PARTS").is_none(), "no Python with {modules}");
        println!("no Python with {modules}: not run");
    }
    has_them.then_some(python)
}
