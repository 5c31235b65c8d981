//! The `blindproof` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    blindproof_experiments::allocator::keep_freed_memory();
    blindproof_experiments::cli::main()
}
