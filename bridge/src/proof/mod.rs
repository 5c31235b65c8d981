//! The whole proof: every selected operation of a program, one commitment, one opening.
//!
//! # Claim
//! For the statement's keys, input and output there are values for all other wires such that every selected node's
//! relation holds.
//!
//! # Notation
//! `tape`: the committed wires between operations. `columns`: all committed vectors, stacked in one polynomial.
//!
//! # Protocol
//! ```text
//! BP-1  transcript starts with the statement
//! BP-2  (indexed keys) the root of the key index is bound
//! BP-3  (sampled selection) P -> V  commitment to all wires between operations; then V -> P  the sampled operations
//! BP-4  P -> V  commitment to all other columns: shards of blind rotations, then wires, chunks, inverses (and, inside,
//!       multiplicities)
//! BP-5  LogUp-GKR range check of all chunk columns, shard by shard
//! BP-6  for each selected node in program order: its relation (linear, key switch, modulus switch)
//! BP-7  all blind rotations together
//! BP-8  all claims batched to one opening
//! ```
//!
//! # Checks
//! The verifier recomputes every digest of the statement from its own artefacts, replays BP-2..8, and requires that
//! no byte of the proof is left over.
//!
//! # Left to the caller
//! That the artefacts are the right ones: the client's own input, its own keys, the model it agreed to, and the output
//! it will decrypt. That coverage is what the caller needs: what is not selected is *not proven*.
//!
//! # Soundness
//! [`crate::soundness::report`] adds up every term; the constructor of a level refuses less than 100 bits.
//!
//! # Zero knowledge
//! None: the proof reveals evaluations of ciphertexts, digits and public weights. (Ciphertexts are public to the
//! verifier in this setting; the encrypted data stays protected by LWE.)
//!
//! # Cost
//! Dominated by the chunks of blind rotations: commit, range check and open 3 to 5 columns of (k+1) H N cells each bootstrap.
//!
//! # References
//! `papers/protocol.pdf`.

mod error;
#[cfg(test)]
mod index_tests;
mod prover;
#[cfg(test)]
mod sample_tests;
mod setup;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod variants;
mod verifier;

pub(crate) use error::failed;
pub use error::{ProveError, VerifyError};
#[cfg(test)]
pub(crate) use prover::prove_with;
pub use prover::{ProveObserver, ProveStep, ProverData, prove};
pub(crate) use prover::{Tamper, timed};
pub(crate) use setup::Setup;
pub use verifier::{Verified, verify};
