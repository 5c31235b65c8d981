//! Key switch: big LWE ciphertexts (dimension D = kN) to small ones (dimension n), exactly and uniquely.
//!
//! # Claim
//! For T selected rows of wires X (big rows) and Z (small rows) and the key KSK with its gadget (base 2^beta, l levels):
//! ```text
//! Z[t] = (0,..,0, X[t].body) - sum_{i<D} sum_{j<=l} d_{t,i,j} KSK[i][j]
//! ```
//! where t < T counts the selected rows (Z(q,c), X.mask(q,i), X.body(q) are sums over them, weighted by eq(q,t)) and
//! d_{t,i,j} are *the* balanced digits of X[t].mask[i]: with y = (X[t].mask[i] + C) mod p canonical,
//! d_{t,i,j} = (bit field j of y) - 2^(beta-1), C the gadget offset.
//!
//! # Notation
//! ```text
//! u_j(t,i)    committed bit field j of y(t,i)                        I_T, I_D, I_l   indicators of the used indices
//! A(i,j)      sum_t eq(q_t,t) d_{t,i,j}                              KSK(i,j,c)      multilinear extension, zero padded
//! ```
//!
//! # Protocol
//! ```text
//! KS-1  canonical split of y (see `split`), ends at (q_t,q_i)
//! KS-2  P -> V  X.mask(q_t,q_i), X.body(q_t)                 (a public wire is evaluated by the verifier instead)
//! KS-3  V -> P  r_c
//! KS-4  P -> V  Z(q_t,r_c)                                   (a public wire is evaluated by the verifier instead)
//! KS-5  sumcheck over (i,j) of A(i,j) KSK(i,j,r_c) = eq(n,r_c) X.body(q_t) - Z(q_t,r_c)    degree 2, ends at (s_i,s_j)
//! KS-6  P -> V  u_j(q_t,s_i) for all j
//! KS-7  (indexed keys) P -> V  KSK(s_i,j,r_c) for all j
//! ```
//!
//! # Checks
//! y(q_t,q_i) = X.mask(q_t,q_i) + C I_T(q_t) I_D(q_i); the final value of KS-5 equals A(s) KSK(s_i,s_j,r_c), where
//! A(s) = sum_j eq(j,s_j) u_j(q_t,s_i) - 2^(beta-1) I_T(q_t) I_D(s_i) I_l(s_j) and the verifier evaluates KSK itself
//! (direct keys) or sums the claims of KS-7 with eq(j,s_j).
//!
//! # Left to the caller
//! Range checks of the digits and openings (`zk::argument`); that the key is the one the statement names (its digest).
//!
//! # Soundness
//! The split's terms; (log T + log D)/|K| for the recomposition; (log T + log n)/|K| for q_t, r_c; 2 (log D + log l)/|K|.
//!
//! # Zero knowledge
//! None.
//!
//! # Cost
//! l + 3 or 4 chunks and one inverse per mask word; one pass over the key (D l (n+1) words) for prover and verifier.
//!
//! # References
//! Chillotti, Gama, Georgieva, Izabachene, "TFHE", eprint 2018/421, section 4.1; `papers/protocol.pdf`, "Key switch".

mod prover;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use prover::prove;
pub(crate) use relation::KeySwitchPlan;
pub(crate) use verifier::verify;
