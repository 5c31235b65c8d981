//! Proof systems for one small ciphertext operation behind one trait, so that they can be compared.
//!
//! | backend | proves | keys and weights | assumptions |
//! |---|---|---|---|
//! | [`Native`] | with this repository's argument | bound by digests | random oracle; collision resistance of BLAKE3 |
//! | [`Groth16`] | as R1CS over the scalar field of BN254 | constants of the circuit | trusted setup for each circuit; generic groups on a pairing curve of about 100 bits |
//!
//! The comparison is between relations, not implementations of TFHE: each backend is given the result of the same exact
//! evaluation.

mod groth16;
mod native;
#[cfg(test)]
mod tests;

pub use groth16::Groth16;
pub use native::Native;

use std::sync::Arc;

use blindproof_fhe::{
    evaluate::{self, EvaluateError},
    keys::ServerKey,
    lwe::LweMatrix,
    program::LinearMap,
};
use ndarray::Array2;

use crate::{ProveError, VerifyError, statement::StatementError};

/// The operation to prove.
#[derive(Clone, Debug, PartialEq)]
pub enum SmallOperation {
    /// A linear layer on big LWE ciphertexts.
    Linear(LinearMap),
    /// The key switch of every ciphertext.
    KeySwitch,
}

/// One operation, the keys it needs, and an input.
#[derive(Clone)]
pub struct Task {
    /// What to do.
    pub operation: SmallOperation,
    /// Evaluation keys; they also name the parameter set.
    pub keys: Arc<ServerKey>,
    /// Big LWE ciphertexts.
    pub input: LweMatrix,
}

impl Task {
    /// The exact result: big LWE rows of a linear layer, small ones of a key switch.
    ///
    /// # Errors
    /// [`EvaluateError`] when the input does not fit the operation.
    pub fn evaluate(&self) -> Result<Array2<u64>, EvaluateError> {
        match &self.operation {
            SmallOperation::Linear(map) => evaluate::linear(map, &self.input.words),
            SmallOperation::KeySwitch => {
                evaluate::key_switch(&self.keys.key_switching, &self.input.words)
            }
        }
    }
}

/// What a reader must know to compare two backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Name in configurations.
    pub name: &'static str,
    /// Whether somebody must be trusted to forget the randomness of the setup.
    pub trusted_setup: bool,
    /// Whether the proof hides the witness.
    pub zero_knowledge: bool,
    /// What soundness rests on.
    pub assumptions: &'static str,
    /// Claimed bits of security.
    pub security_bits: u32,
}

/// Sizes of a prepared operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// R1CS constraints, or committed field elements.
    pub units: usize,
    /// What [`Size::units`] counts.
    pub unit: &'static str,
    /// Bytes of what the prover keeps from the setup.
    pub proving_key: usize,
    /// Bytes of what the verifier keeps from the setup.
    pub verifying_key: usize,
}

/// A proof system.
pub trait Backend {
    /// What it is.
    fn facts(&self) -> Facts;

    /// Everything that can be done before the input is known.
    ///
    /// # Errors
    /// [`BackendError`] when the operation cannot be expressed.
    fn setup(&self, task: &Task) -> Result<Box<dyn Prepared>, BackendError>;
}

/// An operation with its setup done.
pub trait Prepared {
    /// Sizes.
    fn size(&self) -> Size;

    /// Proves that `result` is what the operation makes of the task's input. A wrong result gives an error or a proof that
    /// is rejected.
    ///
    /// # Errors
    /// [`BackendError`].
    fn prove(&self, task: &Task, result: &Array2<u64>) -> Result<Vec<u8>, BackendError>;

    /// Checks a proof from its bytes.
    ///
    /// # Errors
    /// [`BackendError::Rejected`] or what else is wrong. No input makes it panic.
    fn verify(&self, task: &Task, result: &Array2<u64>, proof: &[u8]) -> Result<(), BackendError>;
}

/// Why a backend did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The proof does not verify.
    #[error("the proof is rejected")]
    Rejected,
    /// The proof is not one of this backend.
    #[error("the proof's bytes are malformed: {0}")]
    Malformed(String),
    /// Input or result do not have the shape of the setup.
    #[error(
        "{what}: {found} words, but the setup was made for {expected}; run the setup for this shape"
    )]
    Shape {
        /// Input or result.
        what: &'static str,
        /// Words of the setup.
        expected: usize,
        /// Words given.
        found: usize,
    },
    /// A word is not below p.
    #[error("{what}: a word is not below p; reduce it modulo p")]
    NotCanonical {
        /// Input or result.
        what: &'static str,
    },
    /// The constraint system cannot be made or satisfied.
    #[error("constraint system: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// The operation cannot be evaluated.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// No statement can be made about the operation.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The native prover failed.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The native verifier rejects.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The system gives no randomness.
    #[error("no randomness from the system: {0}")]
    Randomness(String),
}
