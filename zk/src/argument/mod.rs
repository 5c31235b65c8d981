//! The argument that everything in the bridge reduces to: commit to columns once,
//! prove ranges, claim evaluations, open once.
//!
//! **Claim.** There are columns of the lengths in the layout, whose range-tagged
//! elements lie in their ranges and whose extensions have the claimed values at
//! the claimed points.
//!
//! **Notation.** `S` is the stack of all columns (see [`crate::stack`]) in `m` variables,
//! with one multiplicity column `M_w` for each range width `w`.
//!
//! **Protocol.**
//! ```text
//! ARG-1 P->V  commitment to S (columns and multiplicities)
//! ARG-2 V->P  x, alpha in K; X_w = x - alpha w for each width w
//! ARG-3       sum over checked cells of 1/(X_w - S[i]), and
//!             sum over tables of M_w[j]/(X_w - j), each by crate::gkr
//! ARG-4 P->V  nothing: the leaf claims are public up to one value each, which becomes a
//!             linear claim on S; the two sums must be equal
//! ARG-5       (the caller's protocols add claims: column~(point) = value)
//! ARG-6 V->P  (all claims absorbed) gamma; W = sum_k gamma^k (weights of claim k)
//! ARG-7 P<->V sumcheck of  sum_i W[i] S[i] = sum_k gamma^k value_k
//! ARG-8 P->V  S~(r); W~(r) S~(r) must be the sumcheck's last claim
//! ARG-9       opening of S~(r) by the commitment scheme
//! ```
//!
//! **Checks.** Sums equal, denominators nonzero; leaf numerators are their public closed
//! form; ARG-8; the opening.
//!
//! **Left to the caller.** Points must be drawn after what they test is bound to the
//! transcript (claims themselves are bound by `open`). The verifier must call the same methods in the same order, and
//! `finish` the transcript. [`Verifier::open`] must be called: no claim holds before.
//!
//! **Soundness.** [`crate::Config::report`]. The number of checked cells must be below
//! the characteristic; the layout's size limit guarantees it.
//!
//! **Zero knowledge.** None: claims and messages reveal information on the columns.
//!
//! **Cost.** See the `range_argument` example.
//!
//! **References.** Haböck, eprint 2022/1530; Papini-Haböck, eprint 2023/1039.

mod prover;
mod ranges;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;
mod weights;

pub use prover::Prover;
pub use relation::{ProveError, VerifyError, check_ranges};
pub use verifier::Verifier;
