//! Canonical bit split: a 64-bit word is cut into chunks, in exactly one way.
//!
//! Gadget decomposition and modulus switch both cut the canonical 64-bit value of a field element into bit fields.
//! Key switch and modulus switch use this one relation for it.
//!
//! # Claim
//! For a committed matrix of cells `x` there is for each cell a word `y(x)` with `0 <= y(x) < p`, and the committed
//! chunk columns are its bit fields. The verifier is left with one evaluation of `y`.
//!
//! # Notation
//! ```text
//! chunk_c   bit field c, w_c bits wide, lowest bit s_c;  widths add up to 64, bit 32 is a chunk border
//! hi, lo    the two 32-bit halves:  y = 2^32 hi + lo
//! gap       2^32 - 1 - hi           (0 exactly when the high half is all ones)
//! inv       1/gap, or 0 when gap = 0
//! ```
//!
//! # Protocol
//! ```text
//! SPLIT-1  (with the commitment) chunk columns, range-checked to w_c bits; inv column
//! SPLIT-2  V -> P   r in K^m, rho in K
//! SPLIT-3  sumcheck sum_x eq(r,x) (1 - gap inv)(lo + rho gap + rho^2 inv) = 0        degree 4, ends at point q
//! SPLIT-4  P -> V   chunk_c(q) for all c, inv(q)
//! ```
//!
//! # Checks
//! The final value of SPLIT-3 equals the constraint at the values of SPLIT-4, where `gap` and `lo` are recomputed
//! from the chunks. p = 2^64 - 2^32 + 1, so `y >= p` exactly when `hi` is all ones and `lo > 0`.
//! The three parts say: gap = 0 implies lo = 0 (canonical); gap != 0 implies inv = 1/gap; gap = 0 implies inv = 0.
//! So the witness is unique.
//!
//! # Left to the caller
//! Range checks of the chunk columns and the opening (both by `zk::argument`), and what `y(q)` must be.
//!
//! # Soundness
//! m/|K| for eq, 2/|K| for rho, 4m/|K| for the sumcheck (Schwartz-Zippel and sum-check lemma).
//!
//! # Zero knowledge
//! None: evaluations of the chunks are sent in the clear.
//!
//! # Cost
//! One range-checked value per chunk and one committed field element per cell; a degree-4 sumcheck over the cells.
//!
//! # References
//! `papers/protocol.pdf`, "Canonical split"; LogUp-GKR: Papini and Haboeck, eprint 2023/1284.

mod prover;
mod relation;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;
mod verifier;

pub(crate) use prover::prove;
pub(crate) use relation::{Chunk, Split, SplitShape, pieces, scale};
pub(crate) use verifier::verify;
