//! `blindproof model`: models before they are run.

mod accuracy;
mod args;
mod import;
mod inspect;
mod tables;
mod tradeoffs;

pub use args::ModelCommand;

use super::{Failure, text};
use crate::study::StudyError;

/// Runs a subcommand and returns what goes to standard output.
pub(super) fn execute(command: &ModelCommand) -> Result<String, Failure> {
    match command {
        ModelCommand::Import(arguments) => import::run(arguments),
        ModelCommand::Inspect(arguments) => inspect::inspect(arguments),
        ModelCommand::Accuracy(arguments) => accuracy::accuracy(arguments),
        ModelCommand::Tradeoffs(arguments) => tradeoffs::run(arguments),
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Role(error) => error.into(),
            other => Self::misuse(other),
        }
    }
}
