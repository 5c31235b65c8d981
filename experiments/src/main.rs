//! The `blindproof` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Proving frees and takes hundreds of megabytes at every step; this allocator keeps them, where the system's gives
/// them back and pays for every page again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    blindproof_experiments::cli::main()
}
