//! The command line: a thin shell over [`crate::roles`] and [`crate::run`].
//!
//! Results go to standard output, progress and messages to standard error. Exit codes: 0 success or verified, 1 proof
//! rejected or cell failed, 2 misuse or bad input, 130 interrupted.

mod args;
mod commands;
mod estimate;
mod grid;
mod inspect;
mod model;
mod progress;
mod summary;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::roles::RoleError;
use args::Cli;

/// Exit code of a rejected proof.
const REJECTED: u8 = 1;
/// Exit code of an interrupted experiment.
const INTERRUPTED: u8 = 130;
/// Exit code of misuse and bad input.
const MISUSE: u8 = 2;

/// A command that failed: what to tell the user, and how to exit.
#[derive(Debug)]
struct Failure {
    code: u8,
    message: String,
    /// What there is for standard output all the same.
    output: String,
}

impl Failure {
    /// The command was used wrongly.
    fn misuse(message: impl ToString) -> Self {
        Self {
            code: MISUSE,
            message: message.to_string(),
            output: String::new(),
        }
    }
}

impl From<RoleError> for Failure {
    fn from(error: RoleError) -> Self {
        Self {
            code: if error.is_rejection() {
                REJECTED
            } else {
                MISUSE
            },
            message: error.to_string(),
            output: String::new(),
        }
    }
}

/// Runs the command in the process's arguments. Whatever happens, the exit code is 0, 1, 2 or 130: should there be a bug that
/// panics, it is reported as one and nothing counts as verified.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        message(&format!(
            "blindproof: this is a bug in blindproof, please report it: {panic}"
        ));
    }));
    std::panic::catch_unwind(run).unwrap_or(ExitCode::from(MISUSE))
}

fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors. A closed standard output is nobody's fault.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { MISUSE } else { 0 });
        }
    };
    match commands::execute(cli.command) {
        Ok(output) => {
            print(&output);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            print(&failure.output);
            message(&format!("blindproof: {}", failure.message));
            ExitCode::from(failure.code)
        }
    }
}

/// Text on standard output; a closed standard output is ignored.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// One line on standard error; a closed standard error is ignored.
fn message(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
