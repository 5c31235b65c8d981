//! The columns of a model's table layers, and the tables of the sumchecks that both sides make.

use ark_ff::Zero;
use blindproof_fhe::model::{ClearLayer, ClearModel, LutLayer, Rows};
use blindproof_fhe::modulus;
use blindproof_zk::field::{F, K, f, scale};
use blindproof_zk::multilinear::{eq_table, num_vars};
use blindproof_zk::stack::{ColumnId, Layout, LayoutBuilder};

use super::statement::{ClearError, InputMode};
use crate::split::pieces;

/// Most bits of a decomposed accumulator.
pub(super) const MAX_BITS: u32 = 62;

/// Degree of a linear layer's sumcheck.
pub(super) const LINEAR_DEGREE: usize = 2;

/// A signed integer as a residue.
pub(super) fn residue(value: i64) -> F {
    f(modulus::from_i64(value))
}

/// A number below a power of two, as committed: columns with the position of their lowest bit.
pub(super) type Pieces = Vec<(ColumnId, u32)>;

/// One table layer.
#[derive(Clone, Debug)]
pub(super) struct TablePlan {
    /// Rows of its wires.
    pub cells: usize,
    /// `s`.
    pub shift: u32,
    /// Bits of an index, lowest first; the last one is the sign.
    pub bits: Vec<ColumnId>,
    pub low: Pieces,
    pub wrap: Pieces,
    /// Smallest multiple of the period.
    pub wrap_min: i64,
}

impl TablePlan {
    /// `m`.
    pub fn table_bits(&self) -> usize {
        self.bits.len() - 1
    }

    /// Degree of the sumcheck.
    pub fn degree(&self) -> usize {
        self.table_bits() + 2
    }

    /// All columns, in the order of CLR-4.
    pub fn columns(&self) -> Vec<ColumnId> {
        let pieces = self.low.iter().chain(&self.wrap).map(|(id, _)| *id);
        self.bits.iter().copied().chain(pieces).collect()
    }

    /// The accumulator from the columns' values at a point, in that order; `one` is the extension of the constant 1 there.
    pub fn accumulator(&self, values: &[K], one: K) -> K {
        let (bits, rest) = values.split_at(self.bits.len());
        let (low, wrap) = rest.split_at(self.low.len());
        let sum = |pieces: &Pieces, values: &[K]| -> K {
            let parts = pieces.iter().zip(values);
            parts
                .map(|((_, place), value)| scale(*value, f(1 << place)))
                .sum()
        };
        let index: K = bits
            .iter()
            .enumerate()
            .map(|(i, bit)| scale(*bit, f(1 << i)))
            .sum();
        let period = f(1 << self.bits.len());
        let wraps = sum(&self.wrap, wrap) + scale(one, residue(self.wrap_min));
        let half = (1_u64 << self.shift) >> 1;
        scale(index + scale(wraps, period), f(1 << self.shift)) + sum(&self.low, low)
            - scale(one, f(half))
    }

    /// The columns of one accumulator, in the order of [`TablePlan::columns`].
    pub fn decompose(&self, accumulator: i64) -> Vec<F> {
        let raw = LutLayer::raw_index(accumulator, self.shift);
        let half = (1_i64 << self.shift) >> 1;
        let low = (accumulator + half - (raw << self.shift)) as u64;
        let wrap = ((raw >> self.bits.len()) - self.wrap_min) as u64;
        let cut = |value: u64, pieces: &Pieces| -> Vec<F> {
            let ends = pieces.iter().skip(1).map(|(_, place)| *place).chain([64]);
            let parts = pieces.iter().zip(ends);
            parts
                .map(|((_, place), end)| {
                    let above = if end < 64 { value >> end << end } else { 0 };
                    f((value - above) >> place)
                })
                .collect()
        };
        let bits = (0..self.bits.len()).map(|i| f((raw >> i & 1) as u64));
        bits.chain(cut(low, &self.low))
            .chain(cut(wrap, &self.wrap))
            .collect()
    }
}

/// Committed inputs.
#[derive(Clone, Debug)]
pub(super) struct InputPlan {
    /// `v - min`.
    pub above: ColumnId,
    /// `max - v`.
    pub below: ColumnId,
}

/// Shapes and columns of a proof.
pub(super) struct Circuit<'m> {
    pub model: ClearModel<'m>,
    pub images: usize,
    /// Features of each wire.
    pub features: Vec<usize>,
    /// For each layer that is a table.
    pub tables: Vec<Option<TablePlan>>,
    pub input: Option<InputPlan>,
    /// `None` when nothing is committed.
    pub layout: Option<Layout>,
}

impl<'m> Circuit<'m> {
    pub fn new(model: ClearModel<'m>, images: usize, mode: InputMode) -> Result<Self, ClearError> {
        let wires = model.model().analyse()?;
        let features: Vec<usize> = wires.iter().map(|wire| wire.ranges.len()).collect();
        let mut builder = LayoutBuilder::new();
        let mut any = false;
        let mut tables = Vec::new();
        for (index, layer) in model.layers().iter().enumerate() {
            let ClearLayer::Lut { input, shift, lut } = layer else {
                tables.push(None);
                continue;
            };
            any = true;
            let index_bits = lut.table_bits() + 1;
            let wrap = |value: i64| LutLayer::raw_index(value, *shift) >> index_bits;
            let ranges = &wires[*input].ranges;
            let wrap_min = ranges.iter().map(|range| wrap(range.0)).min().unwrap_or(0);
            let wrap_max = ranges.iter().map(|range| wrap(range.1)).max().unwrap_or(0);
            let wrap_bits = u64::BITS - wrap_max.abs_diff(wrap_min).leading_zeros();
            let bits = shift + index_bits + wrap_bits;
            if bits > MAX_BITS {
                return Err(ClearError::TooWide { layer: index, bits });
            }
            let cells = images * features[index + 1];
            let mut cut = |bits: u32| -> Pieces {
                let mut place = 0;
                let columns = pieces(bits).map(|width| {
                    let id = builder.column(cells, Some(width));
                    place += width;
                    (id, place - width)
                });
                columns.collect()
            };
            let (low, wrap) = (cut(*shift), cut(wrap_bits));
            tables.push(Some(TablePlan {
                cells,
                shift: *shift,
                bits: (0..index_bits)
                    .map(|_| builder.column(cells, Some(1)))
                    .collect(),
                low,
                wrap,
                wrap_min,
            }));
        }
        let input = (mode == InputMode::Committed).then(|| {
            any = true;
            let spec = &model.model().input;
            let bits = u64::BITS - spec.max.abs_diff(spec.min).leading_zeros();
            let mut column = || builder.column(images * features[0], Some(bits.max(1)));
            InputPlan {
                above: column(),
                below: column(),
            }
        });
        Ok(Self {
            layout: any.then(|| builder.build()).transpose()?,
            model,
            images,
            features,
            tables,
            input,
        })
    }

    /// Rows of a wire.
    pub fn rows(&self, wire: usize) -> usize {
        self.images * self.features[wire]
    }

    /// Variables of a wire's rows.
    pub fn vars(&self, wire: usize) -> usize {
        num_vars(self.rows(wire))
    }

    /// `lo` or `hi` of every input row, at a point.
    pub fn bound_at(&self, point: &[K], pick: impl Fn((i64, i64)) -> i64) -> K {
        let spec = &self.model.model().input;
        let features = self.features[0];
        let rows = eq_table(point).into_iter().take(self.rows(0)).enumerate();
        rows.map(|(row, eq)| scale(eq, residue(pick(spec.range(row % features)))))
            .sum()
    }
}

/// A claim that the extension of a wire has this value at this point.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub point: Vec<K>,
    pub value: K,
}

/// All claims on one wire as one: the weight of every row, and the sum.
pub(super) fn combine(claims: &[Claim], gamma: K, rows: usize) -> (Vec<K>, K) {
    let mut weights = vec![K::zero(); rows];
    let mut value = K::zero();
    let mut power = K::from(1_u64);
    for claim in claims {
        for (weight, eq) in weights.iter_mut().zip(eq_table(&claim.point)) {
            *weight += power * eq;
        }
        value += power * claim.value;
        power *= gamma;
    }
    (weights, value)
}

/// `M_j` for each input of a linear layer, over its rows, given the weights of all output rows.
pub(super) fn fold_outputs(
    rows: &Rows,
    weights: &[K],
    images: usize,
    inputs: &[(usize, u32)],
    features: &[usize],
) -> Vec<Vec<K>> {
    let widths: Vec<usize> = inputs.iter().map(|(input, _)| features[*input]).collect();
    // For each column of the matrix its input and its place there.
    let places: Vec<(usize, usize)> = widths
        .iter()
        .enumerate()
        .flat_map(|(input, width)| (0..*width).map(move |place| (input, place)))
        .collect();
    let mut folded: Vec<Vec<K>> = widths.iter().map(|w| vec![K::zero(); images * w]).collect();
    let outputs = rows.entries.len();
    for (image, weights) in weights.chunks(outputs).enumerate().take(images) {
        for (row, weight) in rows.entries.iter().zip(weights) {
            for &(column, entry) in row {
                let (input, place) = places[column];
                let entry = residue(entry << inputs[input].1);
                folded[input][image * widths[input] + place] += scale(*weight, entry);
            }
        }
    }
    folded
}

/// `sum W bias` over all output rows.
pub(super) fn fold_bias(rows: &Rows, weights: &[K]) -> K {
    let biases = rows.bias.iter().cycle();
    weights
        .iter()
        .zip(biases)
        .map(|(w, bias)| scale(*w, residue(*bias)))
        .sum()
}

/// The weights on the rows of each table.
pub(super) fn split_tables(lut: &LutLayer, weights: &[K], features: usize) -> Vec<Vec<K>> {
    let group = features / lut.tables.len();
    (0..lut.tables.len())
        .map(|table| {
            let rows = weights.iter().enumerate();
            let own = |row: usize| row % features / group == table;
            rows.map(|(row, w)| if own(row) { *w } else { K::zero() })
                .collect()
        })
        .collect()
}

/// `sum_t W_t (1 - 2 sign) T_t~(bits)`; values in the order of tables, then of bits.
pub(super) fn read(lut: &LutLayer, values: &[K]) -> K {
    let (weights, bits) = values.split_at(lut.tables.len());
    let (sign, low) = match bits.split_last() {
        Some((sign, low)) => (*sign, low),
        None => return K::zero(),
    };
    // Most significant first.
    let point: Vec<K> = low.iter().rev().copied().collect();
    let eq = eq_table(&point);
    let at = |table: &Vec<i64>| -> K {
        table
            .iter()
            .zip(&eq)
            .map(|(entry, eq)| scale(*eq, residue(*entry)))
            .sum()
    };
    let sum: K = lut
        .tables
        .iter()
        .zip(weights)
        .map(|(table, w)| *w * at(table))
        .sum();
    sum * (K::from(1_u64) - sign - sign)
}
