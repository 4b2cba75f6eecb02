//! The program `sealpost-gateway`.

use std::process::ExitCode;

/// Mails come and go in many sizes from many threads, where the system's allocator keeps far more than it uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sealpost_gateway::cli::run()
}
