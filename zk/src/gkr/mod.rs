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
//! GKR-1 P->V  the 16 fractions of layer 0
//! GKR-2 V->P  z in K^4; the claims are the values of layer 0 at z
//! For each layer j = 0, 1, .. with point (y, z) and claims n, d:
//! GKR-3 V->P  lambda; sumcheck of  n + lambda d = sum_x eq((y, z), x) h(x),
//!             h = n0 d1 + n1 d0 + lambda d0 d1
//! GKR-4 P->V  per round q(0) and the leading coefficient of the quadratic q, where the round
//!             polynomial is eq(r, X) q(X) (times bound factors): the chunk bits
//!             from the least significant up, then the position bits from the
//!             most significant down
//!       V->P  s; the next claim is q(s)
//! GKR-5 P->V  n0, n1, d0, d1 at the bound point; h of them is the last claim
//! GKR-6 V->P  u; the point of layer j+1 gets u as its last chunk coordinate, and the
//!             claims are n0 + u (n1 - n0), d0 + u (d1 - d0)
//! ```
//! Because the claim is carried without its factors `eq(r, s)`, the verifier finds
//! `q(1)` from `c = (1 - r) q(0) + r q(1)`; a coordinate `r = 0` (probability
//! `1/|K|`) is rejected.
//!
//! **Checks.** GKR-5; nothing else is left inside.
//!
//! **Left to the caller.** The evaluation claims on `n~` and `d~` at the returned point;
//! what the fractions of layer 0 must add up to (denominators nonzero).
//!
//! **Soundness.** `2/|K|` a round and `1/|K|` for each `lambda` and `u`.
//!
//! **Zero knowledge.** None.
//!
//! **Cost.** About 27 multiplications in `K` for each pair of leaves; half of the work is
//! at the leaves, whose first round stays in the base field.
//!
//! **References.** Papini and Haböck, eprint 2023/1039; Gruen, eprint 2024/108 (eq
//! factor); Goldwasser, Kalai, Rothblum 2008.

mod layer;
mod leaves;
mod prover;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use layer::Layer;
pub(crate) use leaves::{Segment, StackLeaves};
pub(crate) use prover::{Leaves, prove};
pub use relation::GkrError;
pub(crate) use relation::{LeafClaim, MIN_VARS};
pub(crate) use verifier::verify;
