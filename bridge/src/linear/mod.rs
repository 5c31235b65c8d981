//! Linear layers: small integer matrices applied to ciphertexts.
//!
//! # Claim
//! For wires X (images*in rows) and Y (images*out rows) of big LWE ciphertexts over F_p and the public map (W, b), for
//! each selected row img*out + o of Y:
//! ```text
//! Y[img*out + o] = sum_i W[o][i] X[img*in + i] + (0,..,0,b[o])
//! ```
//!
//! # Notation
//! ```text
//! R_i                  the selected rows of Y, i < T
//! M[i][x]              row R_i of the block-diagonal matrix of W, one block per image; x counts rows of X
//! Y.mask(r,c), Y.body(r)   sum_i eq(r,i) times the extension of row R_i of Y; b(r) the same for the biases
//! X.mask(r,c), X.body(r)   multilinear extensions of the mask words and bodies of all rows of X
//! ```
//!
//! # Protocol
//! ```text
//! LIN-1  V -> P  r_y, r_c, lambda
//! LIN-2  P -> V  Y.mask(r_y,r_c), Y.body(r_y)                 (a public wire is evaluated by the verifier instead)
//! LIN-3  sumcheck over x of M(r_y,x) (X.mask(x,r_c) + lambda X.body(x))
//!              = Y.mask(r_y,r_c) + lambda (Y.body(r_y) - b(r_y))         degree 2, ends at r_x
//! LIN-4  P -> V  X.mask(r_x,r_c), X.body(r_x)
//! ```
//!
//! # Checks
//! The final value of LIN-3 equals `M(r_y,r_x) (X.mask + lambda X.body)`; the verifier evaluates M and b itself.
//!
//! # Left to the caller
//! Opening the claims on committed wires.
//!
//! # Soundness
//! (log T + log words)/|K| for r_y, r_c; 1/|K| for lambda; 2 log rows/|K| for the sumcheck.
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
