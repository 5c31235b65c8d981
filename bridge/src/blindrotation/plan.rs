//! Columns and shape of one proven layer of blind rotations.

use blindproof_fhe::params::ParameterSet;
use blindproof_zk::{
    field::K,
    multilinear,
    stack::{ColumnId, LayoutBuilder},
};

use super::cut::Cut;
use crate::{rows::RowSet, wire::WirePlan};

/// One layer of blind rotations.
#[derive(Clone, Debug)]
pub(crate) struct BlindRotationPlan {
    /// Parameter set.
    pub set: &'static ParameterSet,
    /// The node's rows that are proven; bootstrap t is row `rows[t]`.
    pub rows: RowSet,
    /// How a coefficient is cut.
    pub cut: Cut,
    /// Consecutive bootstraps that are committed together.
    pub shards: Vec<ShardPlan>,
    /// rows x N coefficients of the last body polynomials.
    pub body: ColumnId,
    /// For each bit of an exponent, least significant first: rows x row stride.
    pub bits: Vec<ColumnId>,
}

/// A power of two of bootstraps, aligned to their number.
#[derive(Clone, Debug)]
pub(crate) struct ShardPlan {
    /// First bootstrap.
    pub start: usize,
    /// `log2` of the number of bootstraps.
    pub log_rows: usize,
    /// For each component and chunk: cells (h, t, x).
    pub columns: Vec<Vec<ColumnId>>,
}

impl ShardPlan {
    /// Number of bootstraps.
    pub fn rows(&self) -> usize {
        1 << self.log_rows
    }

    /// `eq(point, t)` summed over this shard's bootstraps t is `factor * eq(local point, t - start)`.
    pub fn locate<'a>(&self, point: &'a [K]) -> (K, &'a [K]) {
        let (high, low) = point.split_at(point.len() - self.log_rows);
        (
            multilinear::index_eq(self.start >> self.log_rows, high),
            low,
        )
    }
}

impl BlindRotationPlan {
    /// Reserves the columns of the main shard.
    pub fn reserve_main(
        layout: &mut LayoutBuilder,
        set: &'static ParameterSet,
        cut: Cut,
        input: &WirePlan,
        rows: RowSet,
        shards: Vec<ShardPlan>,
    ) -> Self {
        let size = set.polynomial_size.0;
        let body = layout.column(rows.len() * size, None);
        let bits = (0..=set.polynomial_size.log2())
            .map(|_| layout.column(rows.len() * input.row_stride(), Some(1)))
            .collect();
        Self {
            set,
            rows,
            cut,
            shards,
            body,
            bits,
        }
    }

    /// Cuts `rows` bootstraps into aligned powers of two of at most `2^log_most`: (start, log2 rows).
    pub fn shard_sizes(rows: usize, log_most: usize) -> Vec<(usize, usize)> {
        let mut sizes = Vec::new();
        let mut start = 0;
        while start < rows {
            let log = log_most.min((rows - start).ilog2() as usize);
            sizes.push((start, log));
            start += 1 << log;
        }
        sizes
    }

    /// Reserves the chunk columns of one shard.
    pub fn reserve_shard(
        layout: &mut LayoutBuilder,
        set: &ParameterSet,
        cut: &Cut,
        (start, log_rows): (usize, usize),
    ) -> ShardPlan {
        let cells = (set.group_count() * set.polynomial_size.0) << log_rows;
        let mut component = || {
            let chunks = 0..cut.chunks.len();
            chunks
                .map(|chunk| layout.column_in(cells, Some(cut.range(chunk))))
                .collect()
        };
        ShardPlan {
            start,
            log_rows,
            columns: (0..=set.glwe_dimension.0).map(|_| component()).collect(),
        }
    }

    /// H, the number of steps.
    pub fn steps(&self) -> usize {
        self.set.group_count()
    }

    /// k + 1.
    pub fn components(&self) -> usize {
        self.set.glwe_dimension.0 + 1
    }

    /// l.
    pub fn levels(&self) -> usize {
        self.set.pbs_gadget.levels.0
    }

    /// Variables of the bootstrap index.
    pub fn row_vars(&self) -> usize {
        self.rows.vars()
    }

    /// Variables of the step index h < H.
    pub fn step_vars(&self) -> usize {
        multilinear::num_vars(self.steps())
    }

    /// Variables of a coefficient index.
    pub fn coefficient_vars(&self) -> usize {
        self.set.polynomial_size.log2() as usize
    }

    /// Number of coefficients of Q: (g + 1) N.
    pub fn quotient_len(&self) -> usize {
        (self.set.grouping_factor.0 + 1) * self.set.polynomial_size.0
    }

    /// The point of word (component, low) of a mask.
    pub(super) fn mask_point(&self, output: &WirePlan, component: usize, low: &[K]) -> Vec<K> {
        let high = output.mask_vars() - low.len();
        let bits = (0..high).map(|bit| K::from((component >> (high - 1 - bit) & 1) as u64));
        bits.chain(low.iter().copied()).collect()
    }

    /// Numerator of the error of BR-3 to BR-12 over |K|.
    pub fn soundness_errors(&self, input: &WirePlan) -> usize {
        let rows = self.row_vars();
        let grouping = self.set.grouping_factor.0;
        let combination = rows
            + multilinear::num_vars(self.steps() + 1)
            + multilinear::num_vars(self.components())
            + 1;
        let point = (grouping + 2) * self.set.polynomial_size.0;
        let steps = (grouping + 3) * (rows + self.step_vars());
        let words = rows + input.cell_vars();
        let exponents = grouping + (self.bits.len() + 1) * words + words;
        combination + point + steps + exponents
    }
}
