//! Centred modulus switch: small LWE ciphertexts over F_p to exponents in Z_2N, exactly and uniquely.
//!
//! # Claim
//! For T selected rows of wires Z (small rows) and E (switched rows), with s = 64 - log2(2N), h = 2^(s-1):
//! ```text
//! y_i = (Z.mask[i] + h) mod p,  E.mask[i] = y_i >> s,  low_i = y_i mod 2^s                       (i < n)
//! y_n = (Z.body + h + n h/2 - floor(sum_{i<n} low_i / 2)) mod p,  E.body = y_n >> s
//! ```
//! The sum is the mean correction of the rounding errors e_i = h - low_i.
//!
//! # Notation
//! ```text
//! middle_i, lo_i   bits 32..s-1 and 0..31 of y_i, so low_i = 2^32 middle_i + lo_i
//! half, parity     sum_i lo_i = 2 half + parity; then floor(sum_i low_i / 2) = 2^31 sum_i middle_i + half
//! I_n              indicator of i < n
//! ```
//! Splitting the sum keeps every integer below p for all parameter sets, so that `half` is unique.
//!
//! # Protocol
//! ```text
//! MS-1  canonical split of y over cells (t,i), i <= n; the top chunk is E; ends at (q_t,q_i)
//! MS-2  P -> V  Z(q_t,q_i);  E(q_t,q_i) if E has a column of its own;  chunks of half at q_t, parity at q_t;  M = sum_{i<n} middle_i(q_t)
//! MS-3  V -> P  mu
//! MS-4  sumcheck over i of I_n(i) (middle(q_t,i) + mu lo(q_t,i)) = M + mu (2 half(q_t) + parity(q_t))
//!                                                                          degree 2, ends at s_i
//! MS-5  P -> V  chunks below E at (q_t,s_i)
//! ```
//!
//! With all rows selected and no tape committed before, the top chunk is the column of the wire E itself.
//! Z(q,i) and E(q,i) are sums over the selected rows, weighted by eq(q,t).
//!
//! # Checks
//! E(q_t,q_i) of MS-2 is the top chunk at the end of MS-1;
//! `y(q) = Z(q) + h I_T(q_t) I_{n+1}(q_i) + eq(n,q_i) (n h/2 I_T(q_t) - 2^31 M - half(q_t))`; the final value of MS-4
//! equals `I_n(s_i) (middle + mu lo)`.
//!
//! # Left to the caller
//! Range checks (chunks, half, parity) and openings.
//!
//! # Soundness
//! The split's terms; (log T + log n)/|K| for the recomposition, and again for E; 1/|K| for mu; 2 log n/|K| for the sumcheck.
//!
//! # Zero knowledge
//! None.
//!
//! # Cost
//! About 5 chunks and one inverse per word of a small row, under 5 % of the key switch.
//!
//! # References
//! tfhe's CenteredMeanNoiseReduction (tfhe-rs 1.8); `papers/protocol.pdf`, "Centred modulus switch".

mod prover;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use prover::prove;
pub(crate) use relation::ModulusSwitchPlan;
pub(crate) use verifier::verify;
