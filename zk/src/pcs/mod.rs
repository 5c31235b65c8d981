//! Commitment to one multilinear polynomial, opened at one point.
//!
//! [`MultilinearPcs`] is the interface, in terms of the `ark-ff` fields and our
//! transcript. [`interleaved`] puts many stacks before it. [`Whir`] is the implementation: WHIR (Arnon, Chiesa, Fenzi, Yogev,
//! eprint 2024/1586) from Plonky3's `p3-whir`, transparent and hash-based.
//!
//! **Claim.** The committed polynomial `S~` in `n` variables has `S~(r) = v`.
//!
//! **Notation.** `S` are the `2^n` evaluations on the cube, index most significant
//! bit first, as in [`crate::multilinear`].
//!
//! **Protocol.**
//! ```text
//! PCS-1 P->V  Merkle root of the Reed-Solomon codeword of S
//! PCS-2       (anything else; then r and v are fixed)
//! PCS-3 P<->V WHIR rounds: sumcheck messages, roots of folded codewords,
//!             query openings. Everything WHIR hashes goes through our transcript,
//!             and so do its challenges.
//! PCS-4 P->V  the WHIR messages as one byte string, also absorbed
//! ```
//!
//! **Checks.** WHIR's own; one canonical encoding of every value (decoding and
//! encoding again must give the same bytes); sizes bounded before decoding. A
//! panic in the third-party verifier would be a rejection, not an abort.
//!
//! **Left to the caller.** To make sure that `v` and `r` are bound to the
//! transcript before `open`; both sides call the same methods in the same order.
//!
//! **Soundness.** Knowledge of a polynomial within the proximity parameter; all
//! terms are listed by [`MultilinearPcs::soundness`]. Only proven regimes.
//!
//! **Zero knowledge.** None.
//!
//! **Cost.** Encoding and hashing `2^n / rate` elements; see the crate's
//! `range_argument` example for measurements.
//!
//! **References.** WHIR as above; mutual correlated agreement as cited in
//! [`crate::soundness`].

mod challenger;
pub mod interleaved;
mod isomorphism;
#[cfg(test)]
mod tests;
mod whir;

pub(crate) use challenger::Challenger;
pub(crate) use isomorphism::Inner;
pub use whir::{PcsError, Whir, WhirData, WhirRoot};

use crate::field::{F, K};
use crate::soundness::Term;
use crate::transcript::{ProverTranscript, VerifierTranscript};

/// A commitment scheme for multilinear polynomials over `F`, opened over `K`.
pub trait MultilinearPcs {
    /// What the prover keeps between committing and opening.
    type ProverData;
    /// What the verifier keeps.
    type Commitment;
    /// Why a step failed.
    type Error;

    /// Number of variables of the committed polynomials.
    fn num_vars(&self) -> usize;

    /// Commits to the extension of `values` (zero beyond its length) and sends
    /// the commitment.
    ///
    /// # Errors
    /// If there are more than `2^num_vars` values.
    fn commit(
        &self,
        values: &[F],
        t: &mut ProverTranscript,
    ) -> Result<Self::ProverData, Self::Error>;

    /// Reads the commitment.
    ///
    /// # Errors
    /// If the proof is malformed.
    fn receive(&self, t: &mut VerifierTranscript<'_>) -> Result<Self::Commitment, Self::Error>;

    /// Proves that the committed polynomial has the value `value` at `point`.
    ///
    /// # Errors
    /// If the point has the wrong number of coordinates or the value is wrong.
    fn open(
        &self,
        data: Self::ProverData,
        point: &[K],
        value: K,
        t: &mut ProverTranscript,
    ) -> Result<(), Self::Error>;

    /// Checks an opening.
    ///
    /// # Errors
    /// If the proof does not show that the value is right.
    fn verify(
        &self,
        commitment: &Self::Commitment,
        point: &[K],
        value: K,
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), Self::Error>;

    /// Error terms of commitment and opening.
    fn soundness(&self) -> Vec<Term>;

    /// `log2` of the number of polynomials one commitment may still stand for
    /// until it is opened: 0 with unique decoding. Every argument about the
    /// committed polynomial that runs in between loses this many bits.
    fn candidates_log2(&self) -> f64;
}
