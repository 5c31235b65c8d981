//! The shape of a split, its columns, its witness and its constraint.

use ark_ff::{Field, Zero};
use blindproof_zk::{
    field::{F, K},
    stack::{ColumnId, LayoutBuilder},
};

/// Largest chunk that is range-checked against one table.
const MAX_CHUNK_BITS: u32 = 16;

/// Degree of the constraint, the equality polynomial included.
pub(super) const DEGREE: usize = 4;

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
    pub fn digits(base_log: u32, levels: u32) -> Self {
        Self::new(&vec![base_log; levels as usize])
    }

    /// The top `bits` on top, then the rest.
    pub fn top(bits: u32) -> Self {
        Self::new(&[bits])
    }

    fn new(leading: &[u32]) -> Self {
        let used: u32 = leading.iter().sum();
        assert!(used <= 32, "leading chunks stay in the high half");
        let widths = leading.iter().copied().chain(pieces(32 - used)).chain(pieces(32));
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

/// Cuts `bits` into pieces of at most 16 bits, the odd one first.
pub(crate) fn pieces(bits: u32) -> impl Iterator<Item = u32> {
    let odd = bits % MAX_CHUNK_BITS;
    (odd > 0)
        .then_some(odd)
        .into_iter()
        .chain(std::iter::repeat_n(MAX_CHUNK_BITS, (bits / MAX_CHUNK_BITS) as usize))
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
        self.cells.next_power_of_two().trailing_zeros() as usize
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
        let mut inverse: Vec<F> = words.iter().map(|w| gap(*w)).collect();
        ark_ff::batch_inversion(&mut inverse);
        columns.push((self.columns.inverse, inverse));
        columns
    }
}

/// 2^32 - 1 - hi of a word.
pub(super) fn gap(word: u64) -> F {
    F::from(u64::from(u32::MAX) - (word >> 32))
}

/// What the verifier knows after a split: evaluations at one random point.
#[derive(Clone, Debug)]
pub(crate) struct SplitOpening {
    /// The point, most significant variable first.
    pub point: Vec<K>,
    /// Chunk evaluations at the point.
    pub chunks: Vec<K>,
    /// The word y at the point.
    pub word: K,
}

/// `(1 - gap inv)(lo + rho gap + rho^2 inv)`, times `eq`.
pub(super) fn constraint(eq: K, gap: K, inverse: K, low: K, rho: K) -> K {
    eq * (K::ONE - gap * inverse) * (low + rho * (gap + rho * inverse))
}

/// High half, low half and whole word as linear forms of the chunks.
pub(super) fn halves(shape: &SplitShape, chunks: &[K]) -> (K, K) {
    let mut halves = (K::zero(), K::zero());
    for (chunk, value) in shape.chunks.iter().zip(chunks) {
        if chunk.shift >= 32 {
            halves.0 += scale(*value, chunk.shift - 32);
        } else {
            halves.1 += scale(*value, chunk.shift);
        }
    }
    halves
}

/// `value * 2^shift`, shift < 64.
pub(crate) fn scale(mut value: K, shift: u32) -> K {
    value.mul_assign_by_base_prime_field(&F::from(1u64 << shift));
    value
}
