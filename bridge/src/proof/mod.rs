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
//! BP-1  transcript starts with the statement; for a sample TAPE-1 and TAPE-2 (see `tape`) fix what is proven
//! BP-2  P -> V  commitment to all columns: tape, chunks, inverses (and, inside, multiplicities)
//! BP-3  LogUp-GKR range check of all chunk columns at once
//! BP-4  for each selected node in program order: its relation (linear, key switch, modulus switch)
//! BP-5  all claims batched to one opening
//! ```
//!
//! # Checks
//! The verifier recomputes every digest of the statement from its own artefacts, replays BP-2..5, and requires that
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
//! Dominated by the key switch digits: commit, range check and open about l + 4 columns of rows*D cells.
//!
//! # References
//! `papers/protocol.md`.

mod error;
mod prover;
#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod tests;
mod verifier;

pub use error::{ProveError, VerifyError};
pub use prover::{ProveObserver, ProveStep, prove};
#[cfg(test)]
pub(crate) use prover::{prove_columns, rotations, start, witness};
pub use verifier::{Verified, verify};
