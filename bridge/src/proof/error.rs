//! Typed errors of proving and verifying.

use blindproof_zk::{argument, soundness, sumcheck, transcript};

use crate::{
    plan::PlanError, resources::TooLittleMemory, selection::SelectionError,
    statement::StatementError,
};

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The statement is not the one about the given public data.
    #[error("statement: {0}")]
    Statement(#[source] Box<VerifyError>),
    /// The selection does not fit the program.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The program has a shape no relation covers.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The trace does not belong to the program and batch.
    #[error("trace: {what}; evaluate again with the same model, keys and input")]
    Trace {
        /// What does not fit.
        what: String,
    },
    /// The trace is not a correct evaluation: an identity that should hold does not.
    #[error("trace: an operation was not evaluated correctly ({0}); evaluate again")]
    Sumcheck(#[from] sumcheck::SumcheckError),
    /// A challenge had a value for which the protocol stops (chance below 2^-170); prove again.
    #[error("a challenge had an unusable value; prove again with another output or level")]
    Unlucky,
    /// A blind rotation could not be evaluated again.
    #[error("blind rotation: {0}")]
    Evaluate(#[from] blindproof_fhe::evaluate::EvaluateError),
    /// Stored accumulators could not be read.
    #[error("accumulators: {0}; delete the work folder and prove again")]
    Columns(#[source] argument::SourceError),
    /// An indexed statement needs an index of exactly these keys.
    #[error("the key index is not one of the evaluation keys; run `blindproof index-keys` again")]
    KeyIndex,
    /// The memory budget is too small.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// The argument system refused the witness.
    #[error(transparent)]
    Argument(#[from] argument::ProveError),
}

/// The error of a closing equation that does not hold.
pub(crate) const fn failed(check: &'static str) -> VerifyError {
    VerifyError::Relation { check }
}

/// Why a proof is rejected.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A field of the statement differs from the verifier's own artefact.
    #[error("statement: its {field} is not what the verifier holds")]
    StatementMismatch {
        /// The field.
        field: &'static str,
    },
    /// The verifier's artefacts do not fit together.
    #[error("public data: {0}")]
    Statement(#[from] StatementError),
    /// The selection does not fit the program.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The program has a shape no relation covers.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A relation reads a wire that is neither public nor committed.
    #[error("a proven operation reads a wire that is neither public nor committed")]
    UnplacedWire,
    /// The soundness level cannot be reached.
    #[error(transparent)]
    Soundness(#[from] soundness::SoundnessError),
    /// The proof bytes cannot be read.
    #[error("proof: {0}")]
    Transcript(#[from] transcript::TranscriptError),
    /// A sumcheck does not add up.
    #[error("proof: {0}")]
    Sumcheck(#[from] sumcheck::SumcheckError),
    /// Commitment, range check or opening is wrong.
    #[error("proof: {0}")]
    Argument(#[from] argument::VerifyError),
    /// The closing equation of a relation does not hold.
    #[error("proof: {check} does not hold")]
    Relation {
        /// Which equation.
        check: &'static str,
    },
    /// An error inside the proof of one node.
    #[error("layer {layer}, {kind}: {source}")]
    Node {
        /// Layer of the node.
        layer: usize,
        /// Kind of operation.
        kind: blindproof_fhe::program::OperationKind,
        /// What failed.
        source: Box<VerifyError>,
    },
}
