//! Many stacks in one Merkle tree, opened together at one point.
//!
//! [`Interleaved`] is tier 1 of the commitment: the stacks of several *shards* are encoded, hashed and
//! dropped one after the other. At the end, one random combination of all columns of all shards of all
//! commitments is committed by [`Whir`] (tier 2) and compared with opened rows.
//!
//! **Claim.** The committed stacks have `S_s~(r) = v_s` for every shard `s`, at one point `r`.
//!
//! **Notation.** A stack is a matrix of `2^kappa` columns (zero where not used) and `2^mu` rows, stack index
//! `column * 2^mu + row`; `S_s[c]` is a column. `r = (r_col, r_row)` with `kappa` and `mu` coordinates. `Enc` is the
//! Reed-Solomon code of rate 1/2 (`code`): the column is the list of coefficients, and `Enc(f)[i] = f(x_i)`. Shards
//! are numbered through all commitments; there are at most `2^sigma`.
//!
//! **Protocol.**
//! ```text
//! IRS-1 P->V  for each commitment: the root over the rows of all codewords (`leaf`, `tree`)
//! IRS-2       (anything else; then r and v are fixed; both are absorbed)
//! IRS-3 V->P  r_shard in K^sigma
//! IRS-4 P->V  g = sum_s eq(r_shard, s) sum_c eq(r_col, c) S_s[c]  in K^(2^mu): its three coordinate
//!             columns, committed by WHIR as one polynomial in mu + 2 variables
//! IRS-5 P->V  proof of work; V->P Q positions, uniform, with repetition
//! IRS-6 P->V  the rows at the distinct positions, and their tree openings
//! IRS-7 V->P  gamma in K: the claims  g(x_i) = sum_{s,c} eq(r_shard, s) eq(r_col, c) row_i[s,c]  and
//!             <eq(r_row), g> = sum_s eq(r_shard, s) v_s  become one,  <W, g> = claim  (`weights`)
//! IRS-8 P<->V sumcheck over the mu row variables, to W~(rho) g~(rho)
//! IRS-9 P->V  the three coordinates of g~(rho); V->P two coordinates of a point; WHIR opening
//! ```
//!
//! **Checks.** The rows belong to the roots; the sumcheck ends in `W~(rho)`, computed by the verifier, times the sent
//! coordinates; the WHIR opening. Sizes follow from public numbers; every message has one encoding.
//!
//! **Left to the caller.** The lengths of the stacks are part of the statement, and all roots are bound to the transcript
//! ([`Interleaved::send`], [`Interleaved::receive`], or absorbed) before `r_col` is drawn, uniformly. `r` and `v`
//! may not depend on later challenges.
//!
//! **Soundness.** Let `n = 2^(mu+1)` and `e = n/4`, the unique decoding radius. If the interleaved word of all columns is
//! farther than `e` from the interleaved code, its combination with the tensor `eq(r_shard) (x) eq(r_col)` is farther
//! than `e` from the code but for `(kappa + sigma) n / |K|` (Diamond-Gruen, Corollary 3.7, from BCIKS20 Theorem 4.1),
//! and then Q positions all agree with `Enc(g)` with probability at most `(3/4)^Q`. Otherwise every column decodes to one
//! polynomial, and a `g` other than their combination differs from the combined word in more than `e` positions. With
//! the right `g`, false values survive `r_shard` with `sigma/|K|`. The other terms are Schwartz-Zippel, the sumcheck's and WHIR's;
//! [`Interleaved::soundness`] lists all. Tier 1 is always analysed in unique decoding; tier 2 as `Config` says.
//!
//! **Zero knowledge.** None.
//!
//! **Cost.** Prover: encoding and hashing once to commit and encoding once to open; `g` is one more pass over the stacks;
//! the rest depends on `2^mu` only. Memory, in bytes, besides the stack that is loaded: committing
//! `8 * 16 * 2^mu` (the codewords of a batch of columns, one half at a time), `8 * 2^mu` (roots), and `32 * 2^(mu+1)` for each commitment
//! (kept until the opening). Proof: `8 Q` bytes a column, and tree nodes.
//!
//! **References.** Ames, Hazay, Ishai, Venkitasubramaniam, *Ligero* (eprint 2022/1608); Diamond, Gruen, *Proximity
//! Gaps in Interleaved Codes*, IACR CiC 1(4), 2025; Ben-Sasson, Carmon, Ishai, Kopparty, Saraf, eprint
//! 2020/654; Diamond, Posen, eprint 2023/1784 (tensor combinations in a Ligero-type scheme).

mod code;
mod error;
mod hash;
mod leaf;
mod prover;
#[cfg(test)]
mod tests;
mod tree;
mod verifier;
mod weights;

pub use error::{InterleavedError, LoadError};
pub use prover::TreeData;

use super::{PcsError, Whir};
use crate::field::{F, K};
use crate::multilinear::{eq_table, num_vars};
use crate::soundness::{Config, InterleavedParameters, Term};
use crate::transcript::{ProverTranscript, State, VerifierTranscript};

/// Most rows of a stack's matrix, as a power of two: the field has roots of unity for twice as many.
pub const MAX_LOG_ROWS: usize = 31;

/// The root of one commitment.
pub type Root = [u8; 32];

/// What the verifier knows of one commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// The root.
    pub root: Root,
    /// Length of the stack of each shard.
    pub lengths: Vec<usize>,
}

/// The sharded commitment; see the module's documentation.
pub struct Interleaved {
    parameters: InterleavedParameters,
    whir: Whir,
}

impl Interleaved {
    /// For stacks seen as matrices of `2^log_rows` rows.
    ///
    /// # Errors
    /// If there are too few or too many rows, or the level is out of reach.
    pub fn new(config: &Config, log_rows: usize) -> Result<Self, InterleavedError> {
        if !(1..=MAX_LOG_ROWS).contains(&log_rows) {
            return Err(InterleavedError::Rows(log_rows));
        }
        let parameters = config.interleaved(log_rows)?;
        Ok(Self {
            parameters,
            whir: Whir::new(parameters.whir)?,
        })
    }

    /// `mu`.
    #[must_use]
    pub const fn log_rows(&self) -> usize {
        self.parameters.log_rows
    }

    /// `log2` of the positions of a codeword.
    pub(super) const fn log_positions(&self) -> usize {
        self.log_rows() + 1
    }

    /// `-log2` of tier 2's first rate.
    pub(crate) const fn tier_two_rate(&self) -> usize {
        self.parameters.whir.log_inv_rate
    }

    /// Columns of a stack of `len` elements.
    #[must_use]
    pub const fn columns(&self, len: usize) -> usize {
        len.div_ceil(1 << self.log_rows())
    }

    /// IRS-1: sends a root.
    pub fn send(&self, root: &Root, t: &mut ProverTranscript) {
        t.send_bytes(ROOT, root);
    }

    /// IRS-1: reads a root.
    ///
    /// # Errors
    /// If the proof is malformed.
    pub fn receive(&self, t: &mut VerifierTranscript<'_>) -> Result<Root, InterleavedError> {
        let bytes = t.receive_bytes(ROOT, size_of::<Root>())?;
        bytes
            .try_into()
            .map_err(|_| PcsError::Malformed("root size").into())
    }

    /// Error terms of an opening of `shards` shards at a point with `kappa` column coordinates.
    #[must_use]
    pub fn soundness(&self, shards: usize, kappa: usize) -> Vec<Term> {
        self.parameters.terms(num_vars(shards), kappa)
    }

    /// Checks the caller's shapes; returns the number of column coordinates.
    fn check_shapes(
        &self,
        lengths: &[usize],
        point: &[K],
        values: &[K],
    ) -> Result<usize, InterleavedError> {
        let shards = lengths.len();
        if shards == 0 || shards != values.len() {
            let values = values.len();
            return Err(InterleavedError::Values { shards, values });
        }
        let columns = lengths.iter().map(|&len| self.columns(len)).max();
        let needed = self.log_rows() + num_vars(columns.unwrap_or(0));
        match point.len().checked_sub(self.log_rows()) {
            Some(kappa) if point.len() >= needed => Ok(kappa),
            _ => Err(InterleavedError::Point {
                needed,
                actual: point.len(),
            }),
        }
    }
}

const ROOT: &str = "interleaved root";
const CLAIM: &str = "interleaved claim";
const SHARD: &str = "interleaved shards";
const GRINDING: &str = "interleaved grinding";
const QUERY: &str = "interleaved query";
const ROWS: &str = "interleaved rows";
const NODES: &str = "interleaved nodes";
const BATCHING: &str = "interleaved batching";
const COORDINATES: &str = "interleaved coordinates";

/// IRS-3: the weights `eq(r_shard, s) eq(r_col, c)` of the used columns, shard by shard.
fn column_weights(columns: &[usize], r_shard: &[K], r_col: &[K]) -> Vec<Vec<K>> {
    let most = columns.iter().max().copied().unwrap_or(0);
    // Coordinates above the used columns multiply by 1 - r.
    let (high, low) = r_col.split_at(r_col.len() - num_vars(most).min(r_col.len()));
    let unused: K = high.iter().map(|&r| K::from(1_u64) - r).product();
    let in_shard = eq_table(low);
    let of_shards = eq_table(r_shard);
    columns
        .iter()
        .zip(of_shards)
        .map(|(&columns, shard)| {
            let shard = shard * unused;
            in_shard[..columns].iter().map(|&w| w * shard).collect()
        })
        .collect()
}

/// IRS-5: positions in a codeword of `2^log_len` symbols, sorted, each once.
fn draw_positions(state: &mut State, queries: usize, log_len: usize) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..queries)
        .map(|_| {
            let mut bytes = [0; 8];
            state.squeeze(QUERY, &mut bytes);
            // A power of two: uniform.
            (u64::from_le_bytes(bytes) % (1 << log_len)) as usize
        })
        .collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

/// `c0 + c1 X + c2 X^2`.
fn from_coordinates(coordinates: &[K]) -> K {
    let x = K::new(F::from(0), F::from(1), F::from(0));
    coordinates
        .iter()
        .rev()
        .fold(K::from(0_u64), |sum, &c| sum * x + c)
}
