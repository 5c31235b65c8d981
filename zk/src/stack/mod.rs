//! The public layout of all committed columns in one multilinear polynomial.
//!
//! Columns of any length are cut into blocks of power-of-two size along the
//! binary expansion of the length, from the highest bit: every block covers an
//! aligned index range of its column. Blocks of 64 elements and more are pieces
//! of their own; the smaller blocks of a column share one piece of 64. All pieces
//! of all columns are sorted by size, largest first, and placed one after the
//! other. Every piece and block then starts at a multiple of its size, so that a
//! column's extension is a short closed form in the stack:
//!
//! ```text
//! column~(r) = sum over blocks b of  eq(r_high, start_b / 2^k) * S~(offset_b / 2^k, r_low),
//! ```
//!
//! where `r_low` are the last `k = log2(size_b)` coordinates of `r`.
//! One table column of multiplicities per range width is added at the end.
//!
//! ```text
//! lengths 133, 70:  pieces 128+64, 64+64
//! stack: [c0: 0..128] [c0: 128..133, 59 zeros] [c1: 0..64] [c1: 64..70, 58 zeros]
//! ```
//! The unused cells of a piece are checked like the rest of their column, and no
//! claim ever touches them.

mod claim;
#[cfg(test)]
mod tests;

pub(crate) use claim::{LinearClaim, Term};

use crate::field::F;
use crate::multilinear::num_vars;
use ark_ff::AdditiveGroup;

/// Widest range that can be checked, in bits.
pub const MAX_RANGE_BITS: u32 = 22;
/// Most elements of a stack, as a power of two.
pub const MAX_LOG_SIZE: usize = 30;
/// Fewest variables of a stack; smaller ones are padded.
const MIN_NUM_VARS: usize = 8;
/// `log2` of the smallest piece: the unit of the range argument's loops.
pub(crate) const LOG_PIECE: usize = 6;

/// Names one column of a [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(usize);

impl ColumnId {
    /// Position of the column in the order of the layout.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// Why a layout cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No column was added.
    #[error("a layout needs at least one column")]
    NoColumns,
    /// A column has no elements.
    #[error("column {0} is empty")]
    EmptyColumn(usize),
    /// A range is zero or too wide.
    #[error("column {column}: a range of {bits} bits is not in 1..={MAX_RANGE_BITS}")]
    Range {
        /// Index of the column.
        column: usize,
        /// Requested width.
        bits: u32,
    },
    /// The columns and tables together are too long.
    #[error("the stack would have more than 2^{MAX_LOG_SIZE} elements")]
    TooLarge,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    len: usize,
    range: Option<u32>,
}

/// A power-of-two part of the stack that belongs to one column. A column's last
/// piece may be only partly used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Column it belongs to.
    pub(crate) column: usize,
    /// First index in the column; a multiple of the size.
    pub(crate) start: usize,
    /// `log2` of the number of elements, at least [`LOG_PIECE`].
    pub(crate) log_size: usize,
    /// First index in the stack; a multiple of the size.
    pub(crate) offset: usize,
}

/// A power-of-two range of a column's elements: a piece, or part of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Column it belongs to.
    pub(crate) column: usize,
    /// First index in the column; a multiple of the size.
    pub(crate) start: usize,
    /// `log2` of the number of elements.
    pub(crate) log_size: usize,
    /// First index in the stack; a multiple of the size.
    pub(crate) offset: usize,
}

/// Collects columns.
#[derive(Clone, Debug, Default)]
pub struct LayoutBuilder {
    columns: Vec<Column>,
}

impl LayoutBuilder {
    /// No columns yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of `len` field elements. With `Some(bits)` the argument
    /// proves that every element is an integer below `2^bits`.
    pub fn column(&mut self, len: usize, range: Option<u32>) -> ColumnId {
        self.columns.push(Column { len, range });
        ColumnId(self.columns.len() - 1)
    }

    /// Places all blocks.
    ///
    /// # Errors
    /// If there is no column, one is empty, a range is not in
    /// `1..=MAX_RANGE_BITS`, or the stack would be too large.
    pub fn build(self) -> Result<Layout, LayoutError> {
        if self.columns.is_empty() {
            return Err(LayoutError::NoColumns);
        }
        for (column, &Column { len, range }) in self.columns.iter().enumerate() {
            if len == 0 {
                return Err(LayoutError::EmptyColumn(column));
            }
            if let Some(bits) = range.filter(|bits| !(1..=MAX_RANGE_BITS).contains(bits)) {
                return Err(LayoutError::Range { column, bits });
            }
        }
        let num_columns = self.columns.len();
        let mut columns = self.columns;
        let mut widths: Vec<u32> = columns.iter().filter_map(|c| c.range).collect();
        widths.sort_unstable_by(|a, b| b.cmp(a));
        widths.dedup();
        columns.extend(widths.iter().map(|&bits| Column {
            len: 1 << bits,
            range: None,
        }));
        columns
            .iter()
            .try_fold(0_usize, |sum, c| {
                sum.checked_add(c.len)?
                    .checked_next_multiple_of(1 << LOG_PIECE)
            })
            .filter(|&used| used <= 1 << MAX_LOG_SIZE)
            .ok_or(LayoutError::TooLarge)?;
        let (pieces, blocks) = place(&columns);
        Ok(Layout {
            columns,
            num_columns,
            widths,
            pieces,
            blocks,
        })
    }
}

/// Cuts the columns into pieces and blocks, and places them.
fn place(columns: &[Column]) -> (Vec<Piece>, Vec<Block>) {
    let mut pieces = Vec::new();
    for (column, &Column { len, .. }) in columns.iter().enumerate() {
        let mut start = 0;
        for log_size in (LOG_PIECE..usize::BITS as usize).rev() {
            if len >> log_size & 1 == 1 {
                pieces.push(Piece {
                    column,
                    start,
                    log_size,
                    offset: 0,
                });
                start += 1 << log_size;
            }
        }
        if start < len {
            pieces.push(Piece {
                column,
                start,
                log_size: LOG_PIECE,
                offset: 0,
            });
        }
    }
    pieces.sort_by_key(|p| core::cmp::Reverse(p.log_size));
    let mut blocks = Vec::new();
    let mut offset = 0;
    for piece in &mut pieces {
        piece.offset = offset;
        offset += 1 << piece.log_size;
        // A last piece that is not full holds the low bits of the length.
        let mut used = (columns[piece.column].len - piece.start).min(1 << piece.log_size);
        let mut done = 0;
        while used > 0 {
            let log_size = used.ilog2() as usize;
            let (start, offset) = (piece.start + done, piece.offset + done);
            blocks.push(Block {
                column: piece.column,
                start,
                log_size,
                offset,
            });
            done += 1 << log_size;
            used -= 1 << log_size;
        }
    }
    blocks.sort_by_key(|b| (b.column, b.start));
    (pieces, blocks)
}

/// The public shape of a commitment: which column lies where in the stack.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The caller's columns, then one multiplicity column for each width.
    columns: Vec<Column>,
    /// Number of the caller's columns.
    num_columns: usize,
    /// Range widths in use, widest first.
    widths: Vec<u32>,
    /// All pieces in stack order.
    pieces: Vec<Piece>,
    /// All blocks, sorted by column.
    blocks: Vec<Block>,
}

impl Layout {
    /// Number of columns that the prover must supply.
    #[must_use]
    pub const fn num_columns(&self) -> usize {
        self.num_columns
    }

    /// Elements of the stack that are in use, tables included; a multiple of 64.
    #[must_use]
    pub fn used(&self) -> usize {
        self.pieces
            .last()
            .map_or(0, |p| p.offset + (1 << p.log_size))
    }

    /// Variables of the stack polynomial.
    #[must_use]
    pub fn num_vars(&self) -> usize {
        num_vars(self.used()).max(MIN_NUM_VARS)
    }

    /// Elements of a column; `None` for a column of another layout.
    #[must_use]
    pub fn column_len(&self, column: ColumnId) -> Option<usize> {
        let own = self.columns.get(..self.num_columns)?;
        own.get(column.0).map(|c| c.len)
    }

    /// Elements that are range-checked, cells that fill up pieces included.
    #[must_use]
    pub fn lookups(&self) -> usize {
        self.checked_pieces().map(|(p, _)| 1 << p.log_size).sum()
    }

    /// The pieces that are range-checked, with their widths.
    pub(crate) fn checked_pieces(&self) -> impl Iterator<Item = (&Piece, u32)> {
        self.pieces
            .iter()
            .filter_map(|p| self.columns.get(p.column)?.range.map(|bits| (p, bits)))
    }

    /// Elements of all range tables together.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        self.widths.iter().map(|&bits| 1 << bits).sum()
    }

    /// Range widths in use, widest first.
    pub(crate) fn widths(&self) -> &[u32] {
        &self.widths
    }

    /// The blocks of column `index`.
    pub(crate) fn blocks(&self, index: usize) -> &[Block] {
        let start = self.blocks.partition_point(|b| b.column < index);
        let end = self.blocks.partition_point(|b| b.column <= index);
        self.blocks.get(start..end).unwrap_or_default()
    }

    /// Index of the multiplicity column of the `i`-th width.
    pub(crate) const fn multiplicity_column(&self, i: usize) -> usize {
        self.num_columns + i
    }

    /// Canonical bytes of the shape, for the transcript.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let own = self.columns.iter().take(self.num_columns);
        own.flat_map(|c| {
            let range = u64::from(c.range.unwrap_or(0));
            [(c.len as u64).to_le_bytes(), range.to_le_bytes()].concat()
        })
        .collect()
    }

    /// Copies columns (the caller's, then the multiplicities) into the stack.
    /// Lengths must match.
    pub(crate) fn stack(&self, columns: &[Vec<F>]) -> Vec<F> {
        let mut stack = Vec::with_capacity(self.used());
        for p in &self.pieces {
            let column = &columns[p.column];
            let end = column.len().min(p.start + (1 << p.log_size));
            stack.extend_from_slice(&column[p.start..end]);
            stack.resize(p.offset + (1 << p.log_size), F::ZERO);
        }
        stack
    }

    /// Range width of column `index`.
    pub(crate) fn range_of(&self, index: usize) -> Option<u32> {
        self.columns.get(index).and_then(|c| c.range)
    }

    /// Length of column `index`, multiplicities included.
    pub(crate) fn len_of(&self, index: usize) -> Option<usize> {
        self.columns.get(index).map(|c| c.len)
    }
}
