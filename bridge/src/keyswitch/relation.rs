//! The key switch as a matrix product of digits and key.

use ark_ff::Zero;
use blindproof_fhe::{
    keys::KeySwitchingKey,
    modulus,
    params::{Gadget, ParameterSet},
};
use blindproof_zk::{
    field::{F, K, k, to_word},
    multilinear,
    stack::{ColumnId, LayoutBuilder},
};
use ndarray::Array2;
use rayon::prelude::*;

use crate::{
    kernels,
    rows::RowSet,
    session::ProverSession,
    split::{Split, SplitShape, scale},
    wire::WirePlan,
};

/// Degree of the matrix product's summand.
pub(super) const DEGREE: usize = 2;

/// Columns and shape of one proven key switch layer.
#[derive(Clone, Debug)]
pub(crate) struct KeySwitchPlan {
    /// Split of the mask words of the input, one cell per word.
    pub split: Split,
    /// Key-switching gadget.
    pub gadget: Gadget,
    /// The proven rows.
    pub rows: RowSet,
}

impl KeySwitchPlan {
    /// Reserves the columns for key switching `rows` of the wire `input`.
    pub fn reserve(
        layout: &mut LayoutBuilder,
        parameters: &ParameterSet,
        input: &WirePlan,
        rows: RowSet,
    ) -> Self {
        let gadget = parameters.ks_gadget;
        let shape = SplitShape::digits(gadget.base_log.0, gadget.levels.0);
        let cells = rows.len() * input.mask_stride();
        Self {
            split: Split::reserve(layout, shape, cells, None),
            gadget,
            rows,
        }
    }

    /// The words y of every cell; cells beyond the dimension hold 0.
    pub fn words(&self, input: &WirePlan, ciphertexts: &Array2<u64>) -> Vec<u64> {
        let offset = self.gadget.offset();
        let mut words = vec![0; self.split.cells];
        words
            .par_chunks_mut(input.mask_stride())
            .zip(self.rows.par_iter())
            .for_each(|(cells, row)| {
                for (cell, word) in cells
                    .iter_mut()
                    .zip(ciphertexts.row(*row))
                    .take(input.dimension)
                {
                    *cell = modulus::add(*word, offset);
                }
            });
        words
    }

    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.gadget.levels.0
    }

    /// Variables of the level index.
    pub fn level_vars(&self) -> usize {
        multilinear::num_vars(self.levels())
    }

    /// The columns of the digits u_1..u_l.
    pub fn digit_columns(&self) -> &[ColumnId] {
        &self.split.columns.chunks[..self.levels()]
    }

    /// Half the base, by which a bit field exceeds its digit.
    pub fn half_base(&self) -> K {
        scale(K::from(1u64), self.gadget.base_log.0 - 1)
    }

    /// Table A over (i, j), row-major with a power-of-two level stride, from the committed digits.
    pub fn fold_digits(&self, input: &WirePlan, session: &ProverSession, eq_rows: &[K]) -> Vec<K> {
        let level_stride = 1 << self.level_vars();
        let used: K = eq_rows.iter().take(self.rows.len()).sum();
        let shift = self.half_base() * used;
        let columns: Vec<&[F]> = self
            .digit_columns()
            .iter()
            .map(|id| session.column(*id))
            .collect();
        let mut table = vec![K::zero(); input.dimension * level_stride];
        table
            .par_chunks_mut(level_stride)
            .enumerate()
            .for_each(|(i, levels)| {
                for (column, sum) in columns.iter().zip(levels) {
                    let digits = column.iter().skip(i).step_by(input.mask_stride());
                    *sum = kernels::inner_words(digits.map(|u| to_word(*u)), eq_rows) - shift;
                }
            });
        table
    }

    /// A(s_i, s_j) from the digits at (q_t, s_i).
    pub fn digits_at(&self, input: &WirePlan, digits: &[K], q_t: &[K], s_i: &[K], s_j: &[K]) -> K {
        let used = multilinear::prefix_indicator(self.rows.len(), q_t)
            * multilinear::prefix_indicator(input.dimension, s_i)
            * multilinear::prefix_indicator(self.levels(), s_j);
        let sum: K = digits
            .iter()
            .zip(multilinear::eq_table(s_j))
            .map(|(u, eq)| eq * u)
            .sum();
        sum - self.half_base() * used
    }

    /// Table over (i, j) of KSK(i, j, r_c), with the same stride as [`Self::fold_digits`].
    pub fn fold_key(&self, key: &KeySwitchingKey, dimension: usize, r_c: &[K]) -> Vec<K> {
        let level_stride = 1 << self.level_vars();
        let weights = multilinear::eq_table(r_c);
        let row = key.parameters().lwe_dimension.0 + 1;
        let mut table = vec![K::zero(); dimension * level_stride];
        table
            .par_chunks_mut(level_stride)
            .zip(key.words().par_chunks(row * self.levels()))
            .for_each(|(folded, rows)| {
                for (sum, row) in folded.iter_mut().zip(rows.chunks(row)) {
                    *sum = kernels::inner_words(row.iter().copied(), &weights);
                }
            });
        table
    }

    /// KSK(s_i, j, r_c) for all levels j, from [`Self::fold_key`] and the table eq(s_i, .).
    pub fn key_levels(&self, folded_key: &[K], eq_words: &[K]) -> Vec<K> {
        let level = |j: usize| {
            let words = folded_key.iter().skip(j).step_by(1 << self.level_vars());
            words.zip(eq_words).map(|(key, eq)| *key * eq).sum()
        };
        (0..self.levels()).map(level).collect()
    }

    /// y at (q_t, q_i) must be X.mask there plus this: the gadget offset on used cells.
    pub fn offset_at(&self, input: &WirePlan, q_t: &[K], q_i: &[K]) -> K {
        multilinear::prefix_indicator(self.rows.len(), q_t)
            * multilinear::prefix_indicator(input.dimension, q_i)
            * k(F::from(self.gadget.offset()))
    }
}
