//! Fiat-Shamir transcript over BLAKE3.
//!
//! **Claim.** Every challenge is a function of the protocol name, the full
//! statement bytes, and everything either side has sent or absorbed before it.
//!
//! **Notation.** A transcript is a list of records `(kind, label, data)`.
//!
//! **Protocol.**
//! ```text
//! record   = kind (1 byte) | len(label) (8 bytes LE) | label | len(data) (8 bytes LE) | data
//! kinds    = 0 protocol name and version, 1 absorbed, 2 sent, 3 challenge
//! start    = record(0, "blindproof transcript v1", protocol), record(1, "statement", statement)
//! message  = record(2, label, bytes); the same bytes are appended to the proof
//! challenge= record(3, label, length); BLAKE3-XOF(all records so far)[..length]
//! ```
//! Records are prefix-free, so different histories are different hash inputs.
//! A coordinate of a challenge is 24 bytes (64 field bits + 128) reduced mod p,
//! so its distance from uniform is below `2^-128`. A proof is the concatenation
//! of the messages; their lengths are public, except byte strings, which carry
//! a 4-byte length.
//!
//! **Checks.** The verifier rejects a non-canonical field element, a message
//! that runs past the end, and (in `finish`) bytes that were not read.
//!
//! **Left to the caller.** The statement must contain everything public. The
//! order of calls must be the same on both sides.
//!
//! **Soundness.** Random-oracle model; see [`crate::soundness`] for the bound on
//! the interactive argument. The statement family must not contain circuits
//! that compute this hash.
//!
//! **Zero knowledge.** Not applicable.
//!
//! **Cost.** One hash of the messages plus one finalisation for each challenge.
//!
//! **References.** Bellare-Rogaway 1993; Chiesa-Orrù, eprint 2025/536 (duplex
//! sponges, prefix-free encodings).

#[cfg(any(test, feature = "insecure-testkit"))]
pub mod audit;
mod fork;
mod prover;
mod state;
#[cfg(test)]
mod tests;
mod verifier;

pub use prover::ProverTranscript;
pub(crate) use state::{State, ext_bytes};
pub use verifier::{TranscriptError, VerifierTranscript};
