//! `blindproof model`: models before they are run.

mod accuracy;
mod args;
mod inspect;
mod tables;

pub use args::ModelCommand;

use super::{Failure, text};
use crate::study::StudyError;

/// Runs a subcommand and returns what goes to standard output.
pub(super) fn execute(command: &ModelCommand) -> Result<String, Failure> {
    match command {
        ModelCommand::Inspect(arguments) => inspect::inspect(arguments),
        ModelCommand::Accuracy(arguments) => accuracy::accuracy(arguments),
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
