//! The `blindproof` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    blindproof_experiments::cli::main()
}
