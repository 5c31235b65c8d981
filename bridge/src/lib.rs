//! Proofs that TFHE ciphertext operations were evaluated correctly.
//!
//! `bridge` is the only crate that knows both `fhe` and `zk`: it turns the trace of an exact homomorphic evaluation into
//! a statement and a proof, and checks them.
//!
//! | module | what it is for | source |
//! |---|---|---|
//! | [`selection`] | which operations are proven | `papers/protocol.md` |
//! | [`statement`] | everything public a proof is bound to | `papers/protocol.md` |
//! | [`coverage`] | what is and what is not proven | |
//! | [`soundness`] | error terms of a whole proof, in bits | `papers/soundness.md` |
//! | `linear`, `keyswitch`, `modswitch` | one relation each: text, prover, verifier, attacks | `papers/protocol.md` |
//! | `split` | canonical bit fields of a field element, used by key switch and modulus switch | `papers/protocol.md` |
//! | [`prove`], [`verify`] | one proof for all selected operations | `papers/protocol.md` |
//! | [`artefact`] | files: header, limits, digests, atomic writes | |
//!
//! Proven: linear layers, key switches, modulus switches. **Not proven** in this version: blind rotations with sample
//! extraction; [`Verified::not_proven`] lists them. Proofs are **not zero-knowledge**.

pub mod artefact;
pub mod coverage;
mod kernels;
mod keyswitch;
mod linear;
mod modswitch;
mod plan;
mod proof;
pub mod selection;
mod session;
pub mod soundness;
mod split;
pub mod statement;
#[cfg(test)]
mod testkit;
mod wire;

pub use plan::PlanError;
pub use proof::{ProveError, ProveObserver, ProveStep, Verified, VerifyError, prove, verify};

/// Domain separator of the transcript.
const PROTOCOL: &str = "blindproof/v1";
