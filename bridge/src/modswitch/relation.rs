//! The modulus switch as a split and one sum per row.

use ark_ff::Zero;
use blindproof_fhe::{modulus, params::ParameterSet};
use blindproof_zk::{
    field::{F, K, k, to_word},
    multilinear,
    stack::{ColumnId, LayoutBuilder},
    term,
};
use ndarray::Array2;

use crate::{
    kernels::inner_words,
    rows::RowSet,
    session::ProverSession,
    split::{Chunk, Split, SplitShape, pieces, scale},
    wire::WirePlan,
};

/// Degree of the sum's summand.
pub(super) const DEGREE: usize = 2;

/// Columns and shape of one proven modulus switch layer.
#[derive(Clone, Debug)]
pub(crate) struct ModulusSwitchPlan {
    /// Split of the words of small rows.
    pub split: Split,
    /// Whether the top chunk is the column of the output wire.
    pub shared: bool,
    /// The proven rows.
    pub rows: RowSet,
    /// The chunks of `half`, most significant first, and their columns.
    pub half: Vec<(Chunk, ColumnId)>,
    /// The parity bit of each row.
    pub parity: ColumnId,
    /// Bits that the switch drops: s = 64 - log2(2N).
    pub dropped_bits: u32,
}

/// What a row needs beside its chunks.
struct Row {
    half: u64,
    parity: u64,
}

impl ModulusSwitchPlan {
    /// Bits of an exponent: log2(2N).
    pub fn exponent_bits(parameters: &ParameterSet) -> u32 {
        parameters.polynomial_size.0.trailing_zeros() + 1
    }

    /// Reserves the columns for `rows`; `output` is the column of the exponents when it holds just these rows and is
    /// range-checked.
    pub fn reserve(
        layout: &mut LayoutBuilder,
        parameters: &ParameterSet,
        input: &WirePlan,
        output: Option<ColumnId>,
        rows: RowSet,
    ) -> Self {
        let exponent_bits = Self::exponent_bits(parameters);
        let cells = rows.len() * input.row_stride();

        let split = Split::reserve(layout, SplitShape::top(exponent_bits), cells, output);
        // sum_{i<n} lo_i < 2^32 n, so half has 31 + ceil(log2 n) bits.
        let mut shift = 31 + input.dimension.next_power_of_two().trailing_zeros();
        let half = pieces(shift)
            .map(|width| {
                shift -= width;
                (
                    Chunk { shift, width },
                    layout.column(rows.len(), Some(width)),
                )
            })
            .collect();
        Self {
            split,
            shared: output.is_some(),
            half,
            parity: layout.column(rows.len(), Some(1)),
            rows,
            dropped_bits: 64 - exponent_bits,
        }
    }

    fn half_step(&self) -> u64 {
        1 << (self.dropped_bits - 1)
    }

    /// `n h/2`, the constant part of the mean correction.
    fn mean(&self, dimension: usize) -> u64 {
        modulus::mul(dimension as u64, 1 << (self.dropped_bits - 2))
    }

    /// The words y of every cell (rows x stride, unused cells 0).
    pub fn words(&self, input: &WirePlan, ciphertexts: &Array2<u64>) -> Vec<u64> {
        let mut words = vec![0; self.split.cells];
        for (cells, row) in words.chunks_mut(input.row_stride()).zip(self.rows.iter()) {
            for (cell, word) in cells.iter_mut().zip(ciphertexts.row(*row)) {
                *cell = modulus::add(*word, self.half_step());
            }
            let middle: u64 = cells[..input.dimension]
                .iter()
                .map(|y| self.middle(*y))
                .sum();
            let correction = modulus::add(
                modulus::mul(middle, 1 << 31),
                Self::row(&cells[..input.dimension]).half,
            );
            let body = &mut cells[input.dimension];
            *body = modulus::sub(modulus::add(*body, self.mean(input.dimension)), correction);
        }
        words
    }

    /// Bits 32..s-1 of a word.
    fn middle(&self, word: u64) -> u64 {
        (word >> 32) & ((1 << (self.dropped_bits - 32)) - 1)
    }

    fn row(mask: &[u64]) -> Row {
        let sum: u64 = mask.iter().map(|y| y & u64::from(u32::MAX)).sum();
        Row {
            half: sum / 2,
            parity: sum % 2,
        }
    }

    /// Column contents: chunks (without the exponents if the output wire holds them), inverse, half, parity.
    pub fn witness(&self, input: &WirePlan, words: &[u64]) -> Vec<(ColumnId, Vec<F>)> {
        let mut columns = self.split.witness(words);
        if self.shared {
            columns.remove(0);
        }
        let rows: Vec<Row> = words
            .chunks(input.row_stride())
            .map(|cells| Self::row(&cells[..input.dimension]))
            .collect();
        for (chunk, id) in &self.half {
            columns.push((
                *id,
                rows.iter().map(|row| F::from(chunk.of(row.half))).collect(),
            ));
        }
        columns.push((
            self.parity,
            rows.iter().map(|row| F::from(row.parity)).collect(),
        ));
        columns
    }

    /// Columns of `half` and, last, the parity.
    pub fn row_columns(&self) -> Vec<ColumnId> {
        self.half
            .iter()
            .map(|(_, id)| *id)
            .chain([self.parity])
            .collect()
    }

    /// Columns below the exponent.
    pub fn low_columns(&self) -> &[ColumnId] {
        &self.split.columns.chunks[1..]
    }

    /// (half, parity) from the values of [`Self::row_columns`].
    pub fn half_and_parity(&self, values: &[K]) -> (K, K) {
        let half = self
            .half
            .iter()
            .zip(values)
            .map(|((chunk, _), value)| scale(*value, chunk.shift))
            .sum();
        (half, values.last().copied().unwrap_or_else(K::zero))
    }

    /// `middle + mu lo` from the values of [`Self::low_columns`].
    pub fn summand(&self, low_chunks: impl IntoIterator<Item = K>, mu: K) -> K {
        let mut sum = K::zero();
        for (chunk, value) in self.split.shape.chunks[1..].iter().zip(low_chunks) {
            sum += if chunk.shift >= 32 {
                scale(value, chunk.shift - 32)
            } else {
                mu * term!("MS low sum", scale(value, chunk.shift))
            };
        }
        sum
    }

    /// The tables over all cells i of a row of every low chunk at (q_t, i), from the committed columns.
    pub fn fold_rows(
        &self,
        input: &WirePlan,
        session: &ProverSession,
        eq_rows: &[K],
    ) -> Vec<Vec<K>> {
        let fold = |id: &ColumnId| {
            let column = session.column(*id);
            let cell = |i: usize| {
                column
                    .iter()
                    .skip(i)
                    .step_by(input.row_stride())
                    .map(|v| to_word(*v))
            };
            (0..input.row_stride())
                .map(|i| inner_words(cell(i), eq_rows))
                .collect()
        };
        self.low_columns().iter().map(fold).collect()
    }

    /// What y(q_t,q_i) must be, given Z there, M and half.
    pub fn word_at(
        &self,
        input: &WirePlan,
        (q_t, q_i): (&[K], &[K]),
        row: K,
        middle_sum: K,
        half: K,
    ) -> K {
        let rows = multilinear::prefix_indicator(self.rows.len(), q_t);
        let cells = multilinear::prefix_indicator(input.dimension + 1, q_i);
        let body = multilinear::index_eq(input.dimension, q_i);
        let constant = |value: u64| k(F::from(value));
        row + constant(self.half_step()) * rows * cells
            + body * (constant(self.mean(input.dimension)) * rows - scale(middle_sum, 31) - half)
    }
}
