//! Experiments from keys to report, made of the same role functions as the subcommands.

pub mod experiment;
pub(crate) mod host;
mod roles;

use std::path::PathBuf;

use blindproof_bridge::ProveObserver;
use blindproof_fhe::evaluate::Observer;
use thiserror::Error;

use crate::roles::RoleError;

/// An experiment that could not be run to its end.
#[derive(Debug, Error)]
pub enum RunError {
    /// A role failed, or the verifier rejected the proof.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// More or fewer inputs than there are.
    #[error("--images {asked}: choose 1 to {available}; {data} has {available} inputs")]
    Images {
        /// Inputs asked for.
        asked: usize,
        /// Inputs there are.
        available: usize,
        /// Where they are from.
        data: String,
    },
    /// A model file has no data set of its own.
    #[error(
        "{model}: a model file comes without data; name some with --data, such as --data samples.csv or --data digits:held-out"
    )]
    NoData {
        /// The model file.
        model: String,
    },
    /// The folder holds something else.
    #[error("{}: not empty, and not made by `blindproof run`; choose another --out, or say --force to write into it", path.display())]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the report cannot be written.
    #[error("{}: cannot write: {source}; choose a place you may write to", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Told of the phases of an experiment.
pub trait Phases {
    /// A phase starts; the one before it has ended.
    fn phase(&self, name: &'static str);
}

/// Everything that wants to know how far an experiment is.
pub trait Watcher: Phases + ProveObserver + Observer {}

impl<T: Phases + ProveObserver + Observer> Watcher for T {}
