//! The prover.

use super::ranges::{self, Challenges, LeafMismatch};
use super::relation::{ProveError, check_ranges};
use super::weights;
use crate::field::{F, K, f, to_word};
use crate::gkr::{self, GkrError, RangeTable, Segment, StackLeaves, TableLeaves};
use crate::multilinear::evaluate_base;
use crate::pcs::{MultilinearPcs, Whir, WhirData};
use crate::soundness::Config;
use crate::stack::{ColumnId, Layout, LinearClaim, Term};
use crate::sumcheck::SumcheckError;
use crate::transcript::ProverTranscript;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// Holds the committed columns between the steps of a proof.
pub struct Prover {
    layout: Layout,
    pcs: Whir,
    data: WhirData,
    stack: Vec<F>,
    claims: Vec<LinearClaim>,
    config: Config,
    ranges_checked: bool,
}

impl Prover {
    /// Commits to the columns, in the order of the layout.
    ///
    /// # Errors
    /// If the columns do not fit the layout, an element is out of its range, or
    /// the soundness level is not reached.
    pub fn commit(
        layout: &Layout,
        mut columns: Vec<Vec<F>>,
        config: &Config,
        t: &mut ProverTranscript,
    ) -> Result<Self, ProveError> {
        check_ranges(layout, &columns)?;
        columns.extend(multiplicities(layout, &columns));
        Self::commit_all(layout, columns, config, t)
    }

    /// Commits to columns and multiplicities as they are.
    pub(super) fn commit_all(
        layout: &Layout,
        columns: Vec<Vec<F>>,
        config: &Config,
        t: &mut ProverTranscript,
    ) -> Result<Self, ProveError> {
        let stack = layout.stack(&columns);
        drop(columns);
        let pcs = Whir::new(config.whir(layout.num_vars())?)?;
        t.absorb("layout", &layout.bytes());
        t.absorb("config", &config.bytes());
        // ARG-1
        let data = pcs.commit(&stack, t)?;
        let layout = layout.clone();
        let claims = Vec::new();
        Ok(Self {
            layout,
            pcs,
            data,
            stack,
            claims,
            config: *config,
            ranges_checked: false,
        })
    }

    /// Proves all ranges.
    ///
    /// # Errors
    /// If it was called before.
    pub fn range_check(&mut self, t: &mut ProverTranscript) -> Result<(), ProveError> {
        if core::mem::replace(&mut self.ranges_checked, true) {
            return Err(ProveError::RangeCheck);
        }
        if self.layout.widths().is_empty() {
            return Ok(());
        }
        // ARG-2
        let challenges = Challenges {
            x: t.challenge("x"),
            alpha: t.challenge("alpha"),
        };
        // ARG-3
        let lookups = gkr::prove_lookups(&self.lookup_leaves(&challenges), t)?;
        let tables = gkr::prove_tables(&self.table_leaves(&challenges), t)?;
        // ARG-4
        let inconsistent = |_: LeafMismatch| GkrError::Inconsistent { layer: 0 };
        let lookup_claim = ranges::lookup_claim(&self.layout, &challenges, &lookups);
        let table_claim = ranges::table_claim(&self.layout, &challenges, &tables);
        self.claims.push(lookup_claim.map_err(inconsistent)?);
        self.claims.push(table_claim.map_err(inconsistent)?);
        Ok(())
    }

    fn lookup_leaves(&self, challenges: &Challenges) -> StackLeaves<'_> {
        let mut segments: Vec<(Segment, u32)> = Vec::new();
        for (piece, bits) in self.layout.checked_pieces() {
            let (start, end) = (piece.offset, piece.offset + (1 << piece.log_size));
            match segments.last_mut() {
                Some((s, b)) if s.end == start && *b == bits => s.end = end,
                _ => segments.push((
                    Segment {
                        start,
                        end,
                        shift: challenges.shift(bits),
                    },
                    bits,
                )),
            }
        }
        let segments = segments.into_iter().map(|(s, _)| s).collect();
        StackLeaves::new(&self.stack, segments, self.layout.num_vars())
    }

    fn table_leaves(&self, challenges: &Challenges) -> TableLeaves {
        let tables = ranges::tables(&self.layout).map(|(_, bits, column)| RangeTable {
            shift: challenges.shift(bits),
            multiplicities: self.column(column).take(1 << bits).collect(),
        });
        TableLeaves::new(tables.collect(), ranges::table_vars(&self.layout))
    }

    /// The elements of column `index`, multiplicities included.
    fn column(&self, index: usize) -> impl Iterator<Item = F> {
        let blocks = self.layout.blocks(index).iter();
        blocks
            .flat_map(|b| &self.stack[b.offset..b.offset + (1 << b.log_size)])
            .copied()
    }

    /// The linear form of an evaluation of `column`.
    fn terms(&self, column: ColumnId, point: &[K]) -> Result<Vec<Term>, ProveError> {
        let coordinates = point.len();
        let terms = self.layout.claim_terms(column, point);
        terms.ok_or(ProveError::BadClaim {
            column,
            coordinates,
        })
    }

    /// The extension of a column at a point with `ceil(log2 len)` coordinates.
    ///
    /// # Errors
    /// If the column is of another layout or the point has the wrong size.
    pub fn evaluate(&self, column: ColumnId, point: &[K]) -> Result<K, ProveError> {
        let terms = self.terms(column, point)?;
        Ok(terms
            .iter()
            .map(|t| {
                let block = &self.stack[t.offset..t.offset + (1 << t.point.len())];
                t.coefficient * evaluate_base(block, &t.point)
            })
            .sum())
    }

    /// Claims that the extension of `column` at `point` is `value`.
    ///
    /// # Errors
    /// If the column is of another layout or the point has the wrong size.
    pub fn claim(&mut self, column: ColumnId, point: &[K], value: K) -> Result<(), ProveError> {
        let terms = self.terms(column, point)?;
        self.claims.push(LinearClaim { terms, value });
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
        self.config.report(&self.layout, self.claims.len(), &[])?;
        // ARG-6
        for claim in &self.claims {
            t.absorb("claim", &claim.bytes());
        }
        let gamma = t.challenge("batch");
        let claim = batched_value(&self.claims, gamma);
        let table = weights::weights(&self.claims, gamma, self.stack.len());
        // ARG-7
        let (point, value) = weights::prove(table, &self.stack, self.layout.num_vars(), claim, t)
            .ok_or(SumcheckError::WrongClaim)?;
        drop(self.stack);
        // ARG-8
        t.send_ext("stack value", &[value]);
        // ARG-9
        Ok(self.pcs.open(self.data, &point, value, t)?)
    }
}

/// `sum_k gamma^k value_k`.
pub(super) fn batched_value(claims: &[LinearClaim], gamma: K) -> K {
    claims
        .iter()
        .rev()
        .fold(K::ZERO, |sum, c| sum * gamma + c.value)
}

/// How often each value is looked up, for each width.
pub(super) fn multiplicities(layout: &Layout, columns: &[Vec<F>]) -> Vec<Vec<F>> {
    let count = |bits: u32| {
        let add = |a: Vec<u64>, b: Vec<u64>| a.iter().zip(b).map(|(a, b)| a + b).collect();
        let zeros = || vec![0_u64; 1 << bits];
        let own = columns
            .par_iter()
            .enumerate()
            .filter(|&(i, _)| layout.range_of(i) == Some(bits));
        let mut counts = own
            .flat_map(|(_, column)| column.par_chunks(1 << 20))
            .map(|part| {
                let mut counts = zeros();
                for &v in part {
                    counts[to_word(v) as usize] += 1;
                }
                counts
            })
            .reduce(zeros, add);
        // The cells that fill up pieces are zero.
        let cells: usize = layout
            .checked_pieces()
            .filter(|p| p.1 == bits)
            .map(|(p, _)| 1 << p.log_size)
            .sum();
        let values: u64 = counts.iter().sum();
        counts[0] += cells as u64 - values;
        counts.into_iter().map(f).collect()
    };
    layout.widths().iter().map(|&bits| count(bits)).collect()
}
