//! The shape of a split, its columns, its witness and its constraint.

use ark_ff::{Field, Zero};
use blindproof_zk::{
    field::{self, F, K},
    multilinear,
    stack::{ColumnId, LayoutBuilder},
    term,
};

/// Largest chunk that is range-checked against one table.
const MAX_CHUNK_BITS: u32 = 16;

/// Degree of the constraint, the equality polynomial included.
pub(super) const DEGREE: usize = 4;

/// 2^32 - 1.
pub(super) const ALL_ONES: F = field::f(u32::MAX as u64);

/// One bit field of a 64-bit word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Position of the lowest bit.
    pub shift: u32,
    /// Number of bits.
    pub width: u32,
}

impl Chunk {
    /// The bits of this field in `word`.
    pub fn of(&self, word: u64) -> u64 {
        (word >> self.shift) & ((1 << self.width) - 1)
    }
}

/// How a word is cut: chunks from the most significant bit down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SplitShape {
    /// The chunks; widths add up to 64 and bit 32 is a border.
    pub chunks: Vec<Chunk>,
}

impl SplitShape {
    /// `levels` digits of `base_log` bits on top, then the remainder. `base_log * levels <= 32`.
    pub fn digits(base_log: u32, levels: usize) -> Self {
        Self::new(&vec![base_log; levels])
    }

    /// The top `bits` on top, then the rest.
    pub fn top(bits: u32) -> Self {
        Self::new(&[bits])
    }

    fn new(leading: &[u32]) -> Self {
        let used: u32 = leading.iter().sum();
        assert!(used <= 32, "leading chunks stay in the high half");
        let widths = leading
            .iter()
            .copied()
            .chain(pieces(32 - used))
            .chain(pieces(32));
        let mut shift = 64;
        let chunks = widths
            .map(|width| {
                shift -= width;
                Chunk { shift, width }
            })
            .collect();
        Self { chunks }
    }
}

impl SplitShape {
    /// The chunks of one 32-bit half: index, and position of the lowest bit within the half.
    pub fn half(&self, high: bool) -> impl Iterator<Item = (usize, u32)> + '_ {
        let chunks = self.chunks.iter().enumerate();
        chunks
            .filter(move |(_, chunk)| (chunk.shift >= 32) == high)
            .map(|(index, chunk)| (index, chunk.shift % 32))
    }
}

/// Cuts `bits` into pieces of at most 16 bits, the odd one first.
pub(crate) fn pieces(bits: u32) -> impl Iterator<Item = u32> {
    let odd = bits % MAX_CHUNK_BITS;
    (odd > 0)
        .then_some(odd)
        .into_iter()
        .chain(std::iter::repeat_n(
            MAX_CHUNK_BITS,
            (bits / MAX_CHUNK_BITS) as usize,
        ))
}

/// Columns of a split of `len` cells.
#[derive(Clone, Debug)]
pub(crate) struct SplitColumns {
    /// One column per chunk, most significant first.
    pub chunks: Vec<ColumnId>,
    /// The inverse of the gap.
    pub inverse: ColumnId,
}

/// A split in a plan: its shape, its columns and its number of cells.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub shape: SplitShape,
    pub columns: SplitColumns,
    pub cells: usize,
}

impl Split {
    /// Reserves the columns; `top` is a column that already holds the most significant chunk, if there is one.
    pub fn reserve(
        layout: &mut LayoutBuilder,
        shape: SplitShape,
        cells: usize,
        top: Option<ColumnId>,
    ) -> Self {
        let fresh = shape.chunks.iter().skip(usize::from(top.is_some()));
        let mut chunks: Vec<ColumnId> = top.into_iter().collect();
        chunks.extend(fresh.map(|chunk| layout.column(cells, Some(chunk.width))));
        let inverse = layout.column(cells, None);
        Self {
            shape,
            columns: SplitColumns { chunks, inverse },
            cells,
        }
    }

    /// Number of variables of a column.
    pub fn num_vars(&self) -> usize {
        multilinear::num_vars(self.cells)
    }

    /// Numerator of the error of SPLIT-2 to SPLIT-4: equality polynomial, rho, sumcheck.
    pub fn soundness_errors(&self) -> usize {
        self.num_vars() + 2 + DEGREE * self.num_vars()
    }

    /// Column contents for the words `y`, chunks in order and then the inverse.
    pub fn witness(&self, words: &[u64]) -> Vec<(ColumnId, Vec<F>)> {
        let mut columns: Vec<(ColumnId, Vec<F>)> = self
            .shape
            .chunks
            .iter()
            .zip(&self.columns.chunks)
            .map(|(chunk, id)| (*id, words.iter().map(|w| F::from(chunk.of(*w))).collect()))
            .collect();
        let mut inverse: Vec<F> = words.iter().map(|w| ALL_ONES - F::from(w >> 32)).collect();
        ark_ff::batch_inversion(&mut inverse);
        columns.push((self.columns.inverse, inverse));
        columns
    }
}

/// What the verifier knows after a split: evaluations at one random point.
#[derive(Clone, Debug)]
pub(crate) struct SplitOpening {
    /// The point, most significant variable first.
    pub point: Vec<K>,
    /// The word y at the point.
    pub word: K,
    /// The most significant chunk at the point.
    pub top: K,
}

/// What must vanish in every cell: `(1 - gap inv) lo`, `(1 - gap inv) gap`, `(1 - gap inv) inv`.
#[cfg(test)]
pub(super) fn conditions<T: Field>(gap: T, inverse: T, low: T) -> [T; 3] {
    factors(gap, inverse, low).map(|factor| combine(gap, inverse, factor))
}

/// The conditions combined with 1, rho, rho^2, times `eq`.
pub(super) fn constraint(eq: K, gap: K, inverse: K, low: K, rho: K) -> K {
    let [first, second, third] = factors(gap, inverse, low);
    eq * combine(gap, inverse, first + rho * (second + rho * third))
}

/// What is multiplied with `1 - gap inv` in each condition.
fn factors<T: Field>(gap: T, inverse: T, low: T) -> [T; 3] {
    [
        term!("SPLIT low half", low),
        term!("SPLIT gap", gap),
        term!("SPLIT inverse", inverse),
    ]
}

/// `(1 - gap inv) factor`.
fn combine<T: Field>(gap: T, inverse: T, factor: T) -> T {
    (T::ONE - gap * inverse) * factor
}

/// High and low half of a word as linear forms of its chunks.
pub(super) fn halves(shape: &SplitShape, chunks: &[K]) -> (K, K) {
    let half = |high: bool| {
        shape
            .half(high)
            .map(|(index, shift)| chunks.get(index).map_or(K::zero(), |v| scale(*v, shift)))
            .sum()
    };
    (half(true), half(false))
}

/// `value * 2^shift`, shift < 64.
pub(crate) fn scale(value: K, shift: u32) -> K {
    field::scale(value, F::from(1u64 << shift))
}
