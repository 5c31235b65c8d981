//! Sumcheck for any polynomial combination of dense tables.
//!
//! **Claim.** `sum_{i < 2^n} g(A_1[i], .., A_k[i]) = c` for tables `A_j` of
//! length `2^n` (shorter ones continue with zeros) and a polynomial `g` of total
//! degree at most `d`.
//!
//! **Notation.** `A~_j` is the multilinear extension of table `j`, `n` the number
//! of variables, `s_i` the polynomial of round `i`.
//!
//! **Protocol.** Variables are bound from the most significant bit down.
//! ```text
//! SC-1 P->V  s_i(0), s_i(2), .., s_i(d)       where s_i(X) = sum over the unbound
//!            bits of g(A~(r_1, .., r_{i-1}, X, bits)); s_i(1) = c_i - s_i(0)
//! SC-2 V->P  r_i in K;  c_{i+1} = s_i(r_i)
//! ```
//!
//! **Checks.** The verifier recomputes `c_{n+1}` by interpolation.
//!
//! **Left to the caller.** That `g(A~_1(r), .., A~_k(r)) = c_{n+1}` at the
//! returned point `r`: a sumcheck alone proves nothing.
//!
//! **Soundness.** `n d / |K|` for a false claim to end in a true one (Schwartz-Zippel
//! in each round).
//!
//! **Zero knowledge.** None: the messages are sums of the tables.
//!
//! **Cost.** About `2^n k d` multiplications in `K`; `n d` elements sent.
//!
//! **References.** Lund, Fortnow, Karloff, Nisan 1992; Thaler, *Proofs, Arguments
//! and Zero Knowledge*, section 4.1.

mod products;
mod prover;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use products::{prove_products, table};
pub use prover::prove;
#[cfg(any(test, feature = "insecure-testkit"))]
pub(crate) use relation::interpolate;
pub use relation::{SumcheckError, sum};
pub use verifier::verify;
