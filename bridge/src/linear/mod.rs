//! Linear layers: small integer matrices applied to ciphertexts.
//!
//! # Claim
//! For wires X_1..X_k (images*in_j rows) and Y (images*out rows) of big LWE ciphertexts over F_p and the public map
//! (W_1 | .. | W_k, b), for each selected row img*out + o of Y:
//! ```text
//! Y[img*out + o] = sum_j sum_i W_j[o][i] X_j[img*in_j + i] + (0,..,0,b[o])
//! ```
//!
//! # Notation
//! ```text
//! R_i                  the selected rows of Y, i < T
//! M_j[i][x]            row R_i of the block-diagonal matrix of W_j, one block per image; x counts rows of X_j
//! Y.mask(r,c), Y.body(r)   sum_i eq(r,i) times the extension of row R_i of Y; b(r) the same for the biases
//! X_j.mask(r,c), X_j.body(r)   multilinear extensions of the mask words and bodies of all rows of X_j
//! ```
//!
//! # Protocol
//! ```text
//! LIN-1  V -> P  r_y, r_c, lambda
//! LIN-2  P -> V  Y.mask(r_y,r_c), Y.body(r_y)                 (a public wire is evaluated by the verifier instead)
//! LIN-3  P -> V  for k > 1: the parts c_j, with sum_j c_j = Y.mask(r_y,r_c) + lambda (Y.body(r_y) - b(r_y)) =: c; for k = 1: c_1 = c
//!        then for each j:
//! LIN-4  sumcheck over x of M_j(r_y,x) (X_j.mask(x,r_c) + lambda X_j.body(x)) = c_j         degree 2, ends at r_x
//! LIN-5  P -> V  X_j.mask(r_x,r_c), X_j.body(r_x)
//! ```
//!
//! # Checks
//! The parts add up; the final value of each LIN-4 equals `M_j(r_y,r_x) (X_j.mask + lambda X_j.body)`; the verifier
//! evaluates M_j and b itself.
//!
//! # Left to the caller
//! Opening the claims on committed wires.
//!
//! # Soundness
//! (log T + log words)/|K| for r_y, r_c; 1/|K| for lambda; the sum over j of
//! 2 log rows_j/|K| for the sumchecks.
//!
//! # Zero knowledge
//! None. Weights are public.
//!
//! # Cost
//! Prover: one pass over both wires. Verifier: images*|W| multiplications, and one pass over a public wire.
//!
//! # References
//! Thaler, "Time-optimal interactive proofs for circuit evaluation" (matrix multiplication), 2013.

mod prover;
mod relation;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use prover::prove;
pub(crate) use verifier::verify;
