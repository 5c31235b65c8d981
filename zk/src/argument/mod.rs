//! The argument that everything in the bridge reduces to: commit to columns once,
//! prove ranges, claim evaluations, open once.
//!
//! **Claim.** There are columns of the lengths in the layout, whose range-tagged
//! elements lie in their ranges and whose extensions have the claimed values at
//! the claimed points.
//!
//! **Notation.** `S_s` is the stack of shard `s` (see [`crate::stack`]), a matrix of `2^mu` rows, `mu` chosen by the
//! caller, and at most `2^kappa` columns, seen as a polynomial in `kappa + mu` variables. The last shard also holds the
//! multiplicities `M_w` of each range table `w`.
//!
//! **Protocol.**
//! ```text
//! ARG-1 P->V  for each commitment: the layout is bound; the root over its shards
//! ARG-2 V->P  x, alpha in K; X_w = x - alpha w for each table w
//! ARG-3       for each shard, in a branch of the transcript: sum over its checked cells of 1/(X_w - S_s[i]);
//!             branches joined in order; sum over tables of M_w[j]/(X_w - j); each by crate::gkr
//! ARG-4 P->V  nothing: the leaf claims are public up to one value each, which becomes a
//!             linear claim on S_s; the shards' sums must add up to the tables'
//! ARG-5       (the caller's protocols add claims: column~(point) = value, sums of rows, multiplicities)
//! ARG-6 V->P  (all claims absorbed) gamma; W_s = sum of gamma^k (weights of claim k) over the claims on shard s
//! ARG-7 P<->V sumcheck of  sum_s sum_i W_s[i] S_s[i] = sum_k gamma^k value_k, all shards with the same
//!             challenges, the low half of the index first; ends at r
//! ARG-8 P->V  S_s~(r) for all s; sum_s W_s~(r) S_s~(r) must be the sumcheck's last claim
//! ARG-9       opening of all S_s~(r) by the commitment scheme
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
//! **References.** Haböck, eprint 2022/1530; Papini-Haböck, eprint 2023/1284.

mod memory;
mod multiplicities;
mod prover;
mod ranges;
mod reduction;
mod relation;
mod source;
mod stacks;
#[cfg(test)]
mod tests;
mod verifier;

pub use memory::peak_bytes;
pub use prover::{Prover, root};
pub use relation::{ProveError, VerifyError};
pub use source::{Checkpoints, Source, SourceError};
pub use verifier::Verifier;

use crate::field::{K, f, k};
use crate::multilinear::num_vars;
use crate::pcs::interleaved::Interleaved;
use crate::soundness::Config;
use crate::stack::{Layout, LinearClaim, Range};

/// What is bound before each root: layout, configuration, rows.
fn shape(layout: &Layout, config: &Config, pcs: &Interleaved) -> Vec<u8> {
    let rows = (pcs.log_rows() as u64).to_le_bytes();
    [&rows, config.bytes().as_slice(), &layout.bytes()].concat()
}

/// Coordinates of the common point: kappa + mu.
pub(crate) fn point_vars(layout: &Layout, log_rows: usize) -> usize {
    let columns = (0..layout.shards()).map(|shard| layout.used(shard).div_ceil(1 << log_rows));
    log_rows + num_vars(columns.max().unwrap_or(1))
}

/// The claim that entry `value` of a table is looked up `count` times.
fn multiplicity_claim(
    layout: &Layout,
    range: Range,
    value: usize,
    count: u64,
) -> Option<LinearClaim> {
    let table = layout.widths().iter().position(|r| *r == range)?;
    let column = layout.multiplicity_column(table);
    layout.column_rows(column, &[(value, K::from(1_u64))], &[], k(f(count)))
}
