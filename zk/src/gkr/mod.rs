//! Sums of fractions by the GKR protocol: the engine of the range checks.
//!
//! **Claim.** Given `n_i, d_i` for `i < 2^m`, the sum of all `n_i / d_i` is `N / D`,
//! reduced to one evaluation claim on each of `n~` and `d~`.
//!
//! **Notation.** Index bits are split into a chunk index (`m - 4` bits) and a position
//! in the chunk (4 bits), so that 16 consecutive elements stay together and the
//! provers' loops run over SIMD words. In layer `j` there are `2^j` chunks;
//! node `(c, p)` of layer `j` is the sum of nodes `(2c, p)` and `(2c + 1, p)` of layer
//! `j + 1`:
//! ```text
//! n = n0 d1 + n1 d0,   d = d0 d1
//! ```
//! Nodes beyond the used prefix are the fraction `0/1` and cost nothing.
//!
//! **Protocol.**
//! ```text
//! GKR-1 P->V  the 32 fractions of layer 1
//! GKR-2 V->P  z in K^4; the claims are the values of layer 1 at z in both chunks
//! For each layer j = 1, 2, .. with point (y, z) and claims n0, n1, d0, d1, the values of
//! layer j at (y, 0, z) and (y, 1, z), where the bit between is the lowest of the chunk:
//! GKR-3 V->P  lambda; for both ends b = 0, 1 a sumcheck of
//!             nb + lambda db = sum_x eq((y, z), x) h(x, b),
//!             h = n0 d1 + n1 d0 + lambda d0 d1  of the children in layer j + 1
//! GKR-4 P->V  first round, for the bit b: the leading coefficient of the quadratic
//!             q(X) = sum_x eq((y, z), x) h(x, X), of which q(0) and q(1) are claimed
//!       V->P  s; the next claim is q(s)
//! GKR-5 P->V  per further round q(0) and the leading coefficient of the quadratic q, where
//!             the round polynomial is eq(r, X) q(X) (times bound factors): the other chunk
//!             bits from the least significant up, then the position bits from the
//!             most significant down
//!       V->P  s; the next claim is q(s)
//! GKR-6 P->V  n0, n1, d0, d1 at the bound point; h of them is the last claim. They are
//!             the claims on layer j + 1
//! GKR-7 V->P  after the leaves' layer: u, which becomes the last chunk coordinate; the claims
//!             are n0 + u (n1 - n0), d0 + u (d1 - d0)
//! ```
//! No random combination of the two ends is needed: if one of them is wrong, then so is the
//! claimed `q`, and `q(s)` for a random `s`. Because the claim is carried without its factors
//! `eq(r, s)`, the verifier finds `q(1)` from `c = (1 - r) q(0) + r q(1)`; a coordinate
//! `r = 0` (probability `1/|K|`) is rejected.
//!
//! **Checks.** GKR-6; nothing else is left inside.
//!
//! **Left to the caller.** The evaluation claims on `n~` and `d~` at the returned point;
//! what the fractions of layer 0 must add up to (denominators nonzero).
//!
//! **Soundness.** `2/|K|` a round, `1/|K|` for each `lambda` and for `u`, `4/|K|` for `z`.
//!
//! **Zero knowledge.** None.
//!
//! **Cost.** For `n` lookups about `10 n` multiplications in `K`, of which the leaves' layer
//! takes `2.5 n`, the layer above `2.5 n`, the other layers `5 n`; their first rounds, which
//! would be as much again, need a single value, in the two lowest layers from base field
//! elements. Memory beside the stack: `24 n` bytes, since only the layers from the third on
//! are stored, and folded tables take the place of layers that are done. Tables are the same
//! with `48` bytes an entry (layers from the second on).
//!
//! **References.** Papini and Haböck, eprint 2023/1284; Gruen, eprint 2024/108 (eq
//! factor); Goldwasser, Kalai, Rothblum 2008.

mod indicator;
mod layer;
mod leaves;
mod prover;
mod relation;
mod tables;
#[cfg(test)]
mod tests;
mod verifier;
mod weights;

pub(crate) use leaves::{Segment, StackLeaves};
pub(crate) use prover::{prove_lookups, prove_tables};
pub use relation::GkrError;
pub(crate) use relation::{LeafClaim, MIN_VARS};
pub(crate) use tables::{RangeTable, TableLeaves};
pub(crate) use verifier::verify;
