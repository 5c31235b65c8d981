//! What can go wrong in a role, and whether it means that a proof was rejected.

use std::path::PathBuf;

use blindproof_bridge::artefact::{ArtefactError, Problem};
use blindproof_bridge::selection::{Selection, SelectionError};
use blindproof_bridge::statement::StatementError;
use blindproof_bridge::{ProveError, VerifyError};
use blindproof_fhe::evaluate::EvaluateError;
use blindproof_fhe::keys::KeyError;
use blindproof_fhe::model::ModelError;
use blindproof_fhe::params::ParameterError;
use thiserror::Error;

use crate::data::samples::SampleError;

/// A role that could not do its work, or a verifier that did it and said no.
#[derive(Debug, Error)]
pub enum RoleError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
    /// A folder cannot be made.
    #[error("{}: cannot create the folder: {source}; choose a place you may write to", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The model cannot be used.
    #[error("model '{name}': {source}")]
    Model {
        /// Name or path of the model, as given.
        name: String,
        /// What is wrong with it.
        source: Box<ModelError>,
    },
    /// A float network where a quantised model is needed.
    #[error(
        "model '{path}' is an ONNX file; quantise it first: blindproof model import {path} --calibrate DATA --out model.json"
    )]
    Onnx {
        /// The file, as given.
        path: String,
    },
    /// The parameter set does not exist.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The images cannot be used.
    #[error("images '{given}': {problem}")]
    Images {
        /// The images, as given.
        given: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A file of samples cannot be used.
    #[error(transparent)]
    Samples(#[from] SampleError),
    /// Ciphertexts do not fit the model.
    #[error("{}: {problem}; use ciphertexts made for this model", path.display())]
    Ciphertexts {
        /// The file of ciphertexts.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
    /// Keys cannot be made or used.
    #[error("keys: {0}")]
    Keys(#[from] KeyError),
    /// The keys cannot be indexed.
    #[error(transparent)]
    Index(#[from] blindproof_bridge::index::IndexError),
    /// The evaluator refused.
    #[error("evaluation: {0}")]
    Evaluate(#[from] EvaluateError),
    /// The model, keys and ciphertexts at hand do not fit together.
    #[error("public data: {0}")]
    PublicData(#[from] StatementError),
    /// The selection does not fit the model.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// No proof was made.
    #[error("prove: {0}")]
    Prove(#[from] ProveError),
    /// The verifier refused the proof.
    #[error("REJECTED {}: {source}", proof.display())]
    Rejected {
        /// The proof file.
        proof: PathBuf,
        /// The check that failed.
        source: Box<VerifyError>,
    },
    /// The statement selects other operations than the verifier asked for.
    #[error("REJECTED {}: the statement selects '{found}', but --select asks for '{expected}'", statement.display())]
    OtherSelection {
        /// The statement file.
        statement: PathBuf,
        /// The selection asked for.
        expected: Selection,
        /// The selection in the statement.
        found: Selection,
    },
    /// The statement names the keys in another way than the verifier holds them.
    #[error("REJECTED {}: {problem}", statement.display())]
    OtherKeys {
        /// The statement file.
        statement: PathBuf,
        /// How they differ, and what to do.
        problem: &'static str,
    },
    /// The statement is for a lower soundness level than the verifier asked for.
    #[error("REJECTED {}: the statement is for {found} bits of soundness, but --bits asks for {expected}", statement.display())]
    LowerLevel {
        /// The statement file.
        statement: PathBuf,
        /// Bits asked for.
        expected: u32,
        /// Bits in the statement.
        found: u32,
    },
}

impl RoleError {
    /// Whether a verifier looked at well-formed files and said no (exit code 1), as opposed to misuse or files that
    /// cannot be used at all (exit code 2).
    pub fn is_rejection(&self) -> bool {
        match self {
            // The verifier's own files do not fit together: there is nothing to reject.
            Self::Rejected { source, .. } => !matches!(**source, VerifyError::Statement(_)),
            Self::OtherSelection { .. } | Self::OtherKeys { .. } | Self::LowerLevel { .. } => true,
            _ => false,
        }
    }

    /// Ciphertexts or a trace that do not fit the format of their file.
    pub(crate) fn unwritable(path: &std::path::Path, problem: Problem) -> Self {
        ArtefactError::new(path, problem).into()
    }
}
