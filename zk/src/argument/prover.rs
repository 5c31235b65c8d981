//! The prover.

use super::multiplicities::Counts;
use super::ranges::{self, Challenges, LeafMismatch};
use super::reduction;
use super::relation::ProveError;
use super::source::{Checkpoints, Source};
use super::stacks::Stacks;
use crate::field::{F, K, to_word};
use crate::gkr::{self, GkrError, LeafClaim, RangeTable, Segment, StackLeaves, TableLeaves};
use crate::multilinear::evaluate_base;
use crate::pcs::interleaved::{Interleaved, Root, TreeData};
use crate::soundness::Config;
use crate::stack::{ColumnId, Layout, LinearClaim, Range};
use crate::transcript::ProverTranscript;
use ark_ff::AdditiveGroup;
use std::sync::Arc;

/// Makes one proof: commit (once or more), prove ranges, claim, open.
pub struct Prover {
    config: Config,
    pcs: Interleaved,
    stacks: Option<Stacks>,
    trees: Vec<TreeData>,
    counts: Option<Counts>,
    budget: usize,
    claims: Vec<LinearClaim>,
    ranges_checked: bool,
}

/// The root of a layout's only commitment, for a key index made before any proof.
///
/// # Errors
/// If the columns cannot be read or the level is not reached.
pub fn root(
    layout: &Layout,
    source: Arc<dyn Source>,
    config: &Config,
    log_rows: usize,
) -> Result<Root, ProveError> {
    let mut prover = Prover::new(config, log_rows)?;
    prover.build(layout, source, None)
}

impl Prover {
    /// A proof whose stacks are matrices of `2^log_rows` rows.
    ///
    /// # Errors
    /// If the soundness level is out of reach.
    pub fn new(config: &Config, log_rows: usize) -> Result<Self, ProveError> {
        Ok(Self {
            config: *config,
            pcs: Interleaved::new(config, log_rows)?,
            stacks: None,
            trees: Vec::new(),
            counts: Some(Counts::new()),
            budget: 0,
            claims: Vec::new(),
            ranges_checked: false,
        })
    }

    /// Lets the prover keep up to `bytes` of stacks in memory instead of reading their columns again.
    #[must_use]
    pub const fn keeping(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Commits to the columns of the layout's last commitment and sends the root. A layout after the first must extend the
    /// one before.
    ///
    /// # Errors
    /// If the layout does not extend the one before, a column cannot be read, or an element is out of its range.
    pub fn commit(
        &mut self,
        layout: &Layout,
        source: Arc<dyn Source>,
        t: &mut ProverTranscript,
    ) -> Result<(), ProveError> {
        t.absorb("layout", &super::shape(layout, &self.config, &self.pcs));
        // ARG-1
        let root = self.build(layout, source, None)?;
        self.pcs.send(&root, t);
        Ok(())
    }

    /// As [`Self::commit`] for a commitment that the verifier has already: the root is bound and returned, not sent.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn commit_known(
        &mut self,
        layout: &Layout,
        source: Arc<dyn Source>,
        t: &mut ProverTranscript,
    ) -> Result<Root, ProveError> {
        t.absorb("layout", &super::shape(layout, &self.config, &self.pcs));
        let root = self.build(layout, source, None)?;
        t.absorb("known root", &root);
        Ok(root)
    }

    /// Commits to any values and multiplicities, as a cheater would.
    #[cfg(test)]
    pub(super) fn commit_forged(
        &mut self,
        layout: &Layout,
        source: Arc<dyn Source>,
        multiplicities: Vec<Vec<F>>,
        t: &mut ProverTranscript,
    ) -> Result<(), ProveError> {
        t.absorb("layout", &super::shape(layout, &self.config, &self.pcs));
        let root = self.build(layout, source, Some(multiplicities))?;
        self.pcs.send(&root, t);
        Ok(())
    }

    /// Commits; counts the multiplicities and checks the ranges unless they are given.
    fn build(
        &mut self,
        layout: &Layout,
        source: Arc<dyn Source>,
        mut given: Option<Vec<Vec<F>>>,
    ) -> Result<Root, ProveError> {
        if self.ranges_checked {
            return Err(ProveError::RangeCheck);
        }
        let budget = self.budget;
        let stacks = self
            .stacks
            .get_or_insert_with(|| Stacks::new(layout.clone(), budget));
        if !self.trees.is_empty() && !stacks.layout.begins(layout) {
            return Err(ProveError::Layout);
        }
        stacks.extend(layout, source);
        let shards = layout.last_commitment();
        let tables = !layout.widths().is_empty();
        let lengths: Vec<usize> = shards.clone().map(|shard| layout.used(shard)).collect();
        let mut failure = None;
        let mut counts = self.counts.take().ok_or(ProveError::Layout)?;
        let built = self.pcs.commit_with(&lengths, |i, absorb| {
            let shard = shards.start + i;
            let last = tables && shard + 1 == shards.end;
            if last {
                let zero = |range: &Range| vec![F::ZERO; 1 << range.bits];
                stacks.multiplicities = layout.widths().iter().map(zero).collect();
            }
            let mut stack = stacks.build(shard)?;
            if given.is_none()
                && let Err(error) = counts.add(layout, shard, &stack)
            {
                failure = Some(error);
                return Err("an element is out of its range".into());
            }
            if last {
                let counts = core::mem::replace(&mut counts, Counts::new());
                stacks.multiplicities = given.take().unwrap_or_else(|| counts.finish(layout));
                stack = stacks.build(shard)?;
            }
            absorb(&stack);
            stacks.keep(shard, stack);
            Ok(())
        });
        self.counts = (!tables).then_some(counts);
        if let Some(error) = failure {
            return Err(error);
        }
        let (root, tree) = built?;
        self.trees.push(tree);
        Ok(root)
    }

    fn stacks(&self) -> Result<&Stacks, ProveError> {
        self.stacks.as_ref().ok_or(ProveError::Layout)
    }

    /// Proves all ranges of all commitments; the shards are independent of each other.
    ///
    /// # Errors
    /// If it was called before, or before the last commitment.
    pub fn range_check(
        &mut self,
        t: &mut ProverTranscript,
        checkpoints: &dyn Checkpoints,
    ) -> Result<(), ProveError> {
        let stacks = self.stacks.as_ref().ok_or(ProveError::Layout)?;
        if stacks.layout.lacks_tables() || core::mem::replace(&mut self.ranges_checked, true) {
            return Err(ProveError::RangeCheck);
        }
        let layout = &stacks.layout;
        if layout.widths().is_empty() {
            return Ok(());
        }
        // ARG-2
        let challenges = Challenges {
            x: t.challenge("x"),
            alpha: t.challenge("alpha"),
        };
        // ARG-3
        let shards: Vec<usize> = ranges::checked_shards(layout).collect();
        let branches: Vec<ProverTranscript> =
            shards.iter().map(|&shard| t.fork(shard as u64)).collect();
        let inconsistent = |_: LeafMismatch| GkrError::Inconsistent { layer: 0 };
        for (shard, mut branch) in shards.into_iter().zip(branches) {
            let key = branch.digest();
            let stored = checkpoints
                .load(&key)
                .and_then(|proof| replay(layout, shard, &proof, &branch));
            let (leaf, branch) = match stored {
                Some(done) => done,
                None => {
                    let stack = stacks.load(shard).map_err(ProveError::Source)?;
                    let leaves = lookup_leaves(layout, shard, &stack, &challenges);
                    let leaf = gkr::prove_lookups(&leaves, &mut branch)?;
                    checkpoints.store(&key, branch.proof());
                    (leaf, branch)
                }
            };
            let claim = ranges::lookup_claim(layout, shard, &challenges, &leaf);
            self.claims.push(claim.map_err(inconsistent)?);
            t.join(branch);
        }
        let tables = gkr::prove_tables(&table_leaves(stacks, &challenges), t)?;
        // ARG-4
        let table_claim = ranges::table_claim(layout, &challenges, &tables);
        self.claims.push(table_claim.map_err(inconsistent)?);
        Ok(())
    }

    /// How often `value` occurs in the columns that look up a table; 0 before the last commitment.
    #[must_use]
    pub fn multiplicity(&self, range: Range, value: usize) -> u64 {
        let find = |stacks: &Stacks| {
            let table = stacks.layout.widths().iter().position(|r| *r == range)?;
            let count = stacks.multiplicities.get(table)?.get(value)?;
            Some(to_word(*count))
        };
        self.stacks.as_ref().and_then(find).unwrap_or(0)
    }

    /// Claims a multiplicity.
    ///
    /// # Errors
    /// If there is no such table or entry.
    pub fn claim_multiplicity(
        &mut self,
        range: Range,
        value: usize,
        count: u64,
    ) -> Result<(), ProveError> {
        let claim = super::multiplicity_claim(&self.stacks()?.layout, range, value, count);
        self.claims.push(claim.ok_or(ProveError::BadMultiplicity)?);
        Ok(())
    }

    /// The extension of a column at a point with `ceil(log2 len)` coordinates.
    ///
    /// # Errors
    /// If the column is of another layout, cannot be read, or the point has the wrong size.
    pub fn evaluate(&self, column: ColumnId, point: &[K]) -> Result<K, ProveError> {
        let stacks = self.stacks()?;
        let len = stacks.layout.column_len(column).unwrap_or(0);
        if len == 0 || crate::multilinear::num_vars(len) != point.len() {
            return Err(bad(column, point));
        }
        let mut values = vec![F::ZERO; len];
        stacks
            .fill(column.index(), 0, &mut values)
            .map_err(ProveError::Source)?;
        Ok(evaluate_base(&values, point))
    }

    /// Claims that the extension of `column` at `point` is `value`.
    ///
    /// # Errors
    /// If the column is of another layout or the point has the wrong size.
    pub fn claim(&mut self, column: ColumnId, point: &[K], value: K) -> Result<(), ProveError> {
        let claim = self.stacks()?.layout.column_claim(column, point, value);
        self.claims.push(claim.ok_or_else(|| bad(column, point))?);
        Ok(())
    }

    /// `sum_i coefficient_i row_i~(point)`, as [`Self::claim_rows`] claims it.
    ///
    /// # Errors
    /// As [`Self::claim_rows`], or if the column cannot be read.
    pub fn evaluate_rows(
        &self,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
    ) -> Result<K, ProveError> {
        let stacks = self.stacks()?;
        let claim = stacks.layout.rows_claim(column, rows, point, K::ZERO);
        claim.ok_or_else(|| bad(column, point))?;
        if rows.is_empty() {
            return Ok(K::ZERO);
        }
        let mut values = vec![F::ZERO; 1 << point.len()];
        let mut sum = K::ZERO;
        for &(row, coefficient) in rows {
            stacks
                .fill(column.index(), row << point.len(), &mut values)
                .map_err(ProveError::Source)?;
            sum += coefficient * evaluate_base(&values, point);
        }
        Ok(sum)
    }

    /// Claims that `sum_i coefficient_i row_i~(point) = value`, where row `r` of a column is its elements
    /// `r 2^p .. (r+1) 2^p` for a point of `p` coordinates.
    ///
    /// # Errors
    /// If the column is of another layout or a row does not lie in it.
    pub fn claim_rows(
        &mut self,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
        value: K,
    ) -> Result<(), ProveError> {
        let claim = self.stacks()?.layout.rows_claim(column, rows, point, value);
        self.claims.push(claim.ok_or_else(|| bad(column, point))?);
        Ok(())
    }

    /// Proves all claims at once.
    ///
    /// # Errors
    /// If the ranges were not proven, a claimed value is wrong, or the level is
    /// not reached with so many claims.
    pub fn open(self, t: &mut ProverTranscript) -> Result<(), ProveError> {
        if !self.ranges_checked {
            return Err(ProveError::RangeCheck);
        }
        let stacks = self.stacks.as_ref().ok_or(ProveError::Layout)?;
        self.config
            .report(&stacks.layout, self.pcs.log_rows(), self.claims.len(), &[])?;
        // ARG-6
        for claim in &self.claims {
            t.absorb("claim", &claim.bytes());
        }
        let gamma = t.challenge("batch");
        let claim = batched_value(&self.claims, gamma);
        // ARG-7
        let vars = super::point_vars(&stacks.layout, self.pcs.log_rows());
        let (point, values) = reduction::prove(stacks, &self.claims, gamma, claim, vars, t)?;
        // ARG-8
        t.send_ext("stack values", &values);
        // ARG-9
        let load = |shard| stacks.load(shard);
        Ok(self.pcs.open(self.trees, load, &point, &values, t)?)
    }
}

fn bad(column: ColumnId, point: &[K]) -> ProveError {
    ProveError::BadClaim {
        column,
        coordinates: point.len(),
    }
}

/// A stored range check of a shard, if it is the whole proof of this branch.
fn replay(
    layout: &Layout,
    shard: usize,
    proof: &[u8],
    branch: &ProverTranscript,
) -> Option<(LeafClaim, ProverTranscript)> {
    let mut t = branch.reader(proof);
    let leaf = gkr::verify(layout.num_vars(shard), &mut t).ok()?;
    t.clone().finish().ok()?;
    Some((leaf, branch.replayed(t, proof)))
}

fn lookup_leaves<'a>(
    layout: &Layout,
    shard: usize,
    stack: &'a [F],
    challenges: &Challenges,
) -> StackLeaves<'a> {
    let mut segments: Vec<(Segment, Range)> = Vec::new();
    for (piece, range) in layout.checked_pieces(shard) {
        let (start, end) = (piece.offset, piece.offset + (1 << piece.log_size));
        match segments.last_mut() {
            Some((s, r)) if s.end == start && *r == range => s.end = end,
            _ => segments.push((
                Segment {
                    start,
                    end,
                    shift: challenges.shift(range),
                },
                range,
            )),
        }
    }
    let segments = segments.into_iter().map(|(s, _)| s).collect();
    StackLeaves::new(stack, segments, layout.num_vars(shard))
}

fn table_leaves(stacks: &Stacks, challenges: &Challenges) -> TableLeaves {
    let tables = ranges::tables(&stacks.layout).zip(&stacks.multiplicities);
    let tables = tables.map(|((_, range, _), counts)| RangeTable {
        shift: challenges.shift(range),
        multiplicities: counts.clone(),
    });
    TableLeaves::new(tables.collect(), ranges::table_vars(&stacks.layout))
}

/// `sum_k gamma^k value_k`.
pub(super) fn batched_value(claims: &[LinearClaim], gamma: K) -> K {
    claims
        .iter()
        .rev()
        .fold(K::ZERO, |sum, c| sum * gamma + c.value)
}
