//! Inference in the clear, proven: the alternative without encryption.
//!
//! # Claim
//! For a public quantised model and public outputs there are inputs in the model's ranges (public ones, or committed ones) on
//! which [`ClearModel`](blindproof_fhe::model::ClearModel) gives exactly these outputs.
//!
//! # Notation
//! ```text
//! v_0 .. v_L     integers on the wires, images x features, rows counted image by image; v_0 the inputs, v_L the outputs
//! v~(r)          the multilinear extension over the rows, values as residues modulo p
//! table layer    index = floor((a + 2^(s-1)) / 2^s);  index = 2^(m+1) (wrap + wrap_min) + 2^m sign + sum_i 2^i bit_i
//!                out = (1 - 2 sign) T[bit_(m-1) .. bit_0]
//! low            a + 2^(s-1) - 2^s index, below 2^s
//! ```
//!
//! # Protocol
//! ```text
//! CLR-1  the transcript starts with the statement
//! CLR-2  P -> V  commitment to low, wrap (in pieces of at most 16 bits), bits and signs (1 bit) of all table layers; to
//!                v_0 - min and max - v_0 when the inputs are not public; range check of all of them
//! CLR-3  V -> P  r; the claim v_L~(r), which the verifier computes
//! CLR-4  for each layer from the last to the first, over all claims (r_k, c_k) on its output:
//!        V -> P  gamma;  W = sum_k gamma^k eq(r_k, .),  c = sum_k gamma^k c_k
//!        linear  P -> V  for several inputs their parts of c - sum W bias;  for each: sumcheck of M_j v_j, M_j[x] = sum_y W[y] w[y][x],
//!                which ends at a claim on v_j
//!        table   sumcheck of sum_t W_t (1 - 2 sign) T_t~(bits), W_t: W on the rows of table t;  P -> V  bits, sign, low, wrap at the point q it
//!                ends at: claims on columns, and by the notation above a claim on the input at q
//! CLR-5  claims on v_0: the verifier evaluates public inputs; committed ones are two columns that add up to max - min
//! CLR-6  opening of all claims on columns
//! ```
//!
//! # Checks
//! Outputs lie in the proven ranges of the last layer; the last value of every sumcheck; parts add up; CLR-5; nothing is left over.
//!
//! # Uniqueness
//! s + m + 1 + wrap's bits is at most 62, so low, bits, sign and wrap of an accumulator are unique modulo p; wrap's bits hold every
//! accumulator that inputs in range can give (the ranges that the model was validated with), so an honest prover always succeeds.
//!
//! # Left to the caller
//! That model and outputs (and public inputs) are the right ones.
//!
//! # Soundness
//! Numerators over |K|, for each layer: one for each claim on its output (gamma), and degree times variables of its sumchecks (m + 2 and
//! 2); the variables of r; then the argument's own terms (`zk::argument`).
//!
//! # Zero knowledge
//! None: evaluations of values are sent in the clear. Committed inputs are bound, not hidden.
//!
//! # Cost
//! Everything is linear in weights and neurons; the commitment has about `s/16 + m + 3` elements a neuron.
//!
//! # References
//! `papers/protocol.pdf`, "Inference in the clear". Goldwasser, Kalai, Rothblum, "Delegating computation", 2008 (layer by layer); Thaler 2013 (matrix products); LogUp: eprint 2022/1530.

mod prover;
mod relation;
mod statement;
#[cfg(test)]
mod tests;
mod verifier;

pub use prover::{Proven, prove};
pub use statement::{ClearError, InputMode, Public};
pub use verifier::{Verified, verify};
