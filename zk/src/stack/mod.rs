//! The public layout of all committed columns: multilinear polynomials, one for each shard.
//!
//! Columns are grouped in *shards*; every shard is stacked into one polynomial, so that a prover needs to hold
//! one shard at a time. Several shards share one commitment (a Merkle root), and a proof may have several
//! commitments, made one after the other. In a shard, columns of any length are cut into blocks of power-of-two size along the
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
//! One column of multiplicities per range table is added to the last shard of the last commitment. A column looks up the
//! table of its width; columns may ask for a table of their own kind, so that multiplicities say something about
//! them alone.
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

use crate::multilinear::num_vars;

/// Widest range that can be checked, in bits.
pub const MAX_RANGE_BITS: u32 = 24;
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
    pub(crate) const fn new(index: usize) -> Self {
        Self(index)
    }

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

/// A range table: all integers below `2^bits`. Tables that differ in `kind` only are looked up separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// Width in bits.
    pub bits: u32,
    /// 0 for the table that all columns of this width share.
    pub kind: u32,
}

impl From<u32> for Range {
    fn from(bits: u32) -> Self {
        Self { bits, kind: 0 }
    }
}

impl Range {
    /// A number that differs between tables.
    pub(crate) fn id(self) -> u64 {
        u64::from(self.kind) << 32 | u64::from(self.bits)
    }
}

#[derive(Clone, Copy, Debug)]
struct Column {
    len: usize,
    range: Option<Range>,
    shard: usize,
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
    /// Shard of the next column.
    shard: usize,
    /// Number of shards up to the end of each finished commitment.
    finished: Vec<usize>,
}

impl LayoutBuilder {
    /// No columns yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the commitment after those of `layout`, whose columns keep their names.
    #[must_use]
    pub fn extending(layout: &Layout) -> Self {
        Self {
            columns: layout.columns[..layout.num_columns].to_vec(),
            shard: layout.shards(),
            finished: layout.commitments.clone(),
        }
    }

    /// Puts the following columns into a new shard of this commitment.
    pub fn shard(&mut self) {
        if self.columns.last().is_some_and(|c| c.shard == self.shard) {
            self.shard += 1;
        }
    }

    /// Adds a column of `len` field elements. With `Some(bits)` the argument
    /// proves that every element is an integer below `2^bits`.
    pub fn column(&mut self, len: usize, range: Option<u32>) -> ColumnId {
        self.column_in(len, range.map(Range::from))
    }

    /// Adds a column that looks up the given table.
    pub fn column_in(&mut self, len: usize, range: Option<Range>) -> ColumnId {
        let shard = self.shard;
        self.columns.push(Column { len, range, shard });
        ColumnId(self.columns.len() - 1)
    }

    /// Places all blocks of a proof's last commitment, multiplicities included.
    ///
    /// # Errors
    /// If the last commitment has no column, a column is empty, a range is not in
    /// `1..=MAX_RANGE_BITS`, or a stack would be too large.
    pub fn build(mut self) -> Result<Layout, LayoutError> {
        let mut widths: Vec<Range> = self.columns.iter().filter_map(|c| c.range).collect();
        widths.sort_unstable_by(|a, b| b.cmp(a));
        widths.dedup();
        let num_columns = self.columns.len();
        self.check()?;
        let shard = self.columns[num_columns - 1].shard;
        self.columns.extend(widths.iter().map(|range| Column {
            len: 1 << range.bits,
            range: None,
            shard,
        }));
        self.place(num_columns, widths)
    }

    /// Places all blocks of a commitment that another one will follow.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn build_open(self) -> Result<Layout, LayoutError> {
        self.check()?;
        let num_columns = self.columns.len();
        self.place(num_columns, Vec::new())
    }

    fn check(&self) -> Result<(), LayoutError> {
        let before = self.finished.last().copied().unwrap_or(0);
        if self.columns.last().is_none_or(|c| c.shard < before) {
            return Err(LayoutError::NoColumns);
        }
        for (column, &Column { len, range, .. }) in self.columns.iter().enumerate() {
            if len == 0 {
                return Err(LayoutError::EmptyColumn(column));
            }
            let bits = range.map_or(1, |range| range.bits);
            if !(1..=MAX_RANGE_BITS).contains(&bits) {
                return Err(LayoutError::Range { column, bits });
            }
        }
        Ok(())
    }

    fn place(self, num_columns: usize, widths: Vec<Range>) -> Result<Layout, LayoutError> {
        let columns = self.columns;
        let shards = columns.last().map_or(0, |c| c.shard + 1);
        let mut pieces = Vec::with_capacity(shards);
        let mut blocks = Vec::new();
        for shard in 0..shards {
            let own = || columns.iter().enumerate().filter(|(_, c)| c.shard == shard);
            own()
                .try_fold(0_usize, |sum, (_, c)| {
                    sum.checked_add(c.len)?
                        .checked_next_multiple_of(1 << LOG_PIECE)
                })
                .filter(|&used| used <= 1 << MAX_LOG_SIZE)
                .ok_or(LayoutError::TooLarge)?;
            let placed = place(own().map(|(index, c)| (index, c.len)));
            pieces.push(placed.0);
            blocks.extend(placed.1);
        }
        blocks.sort_by_key(|b| (b.column, b.start));
        let commitments = [self.finished, vec![shards]].concat();
        Ok(Layout {
            columns,
            num_columns,
            widths,
            pieces,
            blocks,
            commitments,
        })
    }
}

/// Cuts the columns into pieces and blocks, and places them.
fn place(columns: impl Iterator<Item = (usize, usize)>) -> (Vec<Piece>, Vec<Block>) {
    let mut pieces = Vec::new();
    let mut lengths = std::collections::HashMap::new();
    for (column, len) in columns {
        lengths.insert(column, len);
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
        let mut used = (lengths[&piece.column] - piece.start).min(1 << piece.log_size);
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
    (pieces, blocks)
}

/// The public shape of a commitment: which column lies where in the stack.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The caller's columns, then one multiplicity column for each width.
    columns: Vec<Column>,
    /// Number of the caller's columns.
    num_columns: usize,
    /// Range tables, widest first; none before the last commitment.
    widths: Vec<Range>,
    /// All pieces of each shard in stack order.
    pieces: Vec<Vec<Piece>>,
    /// All blocks, sorted by column.
    blocks: Vec<Block>,
    /// Number of shards up to the end of each commitment.
    commitments: Vec<usize>,
}

impl Layout {
    /// Number of columns that the prover must supply.
    #[must_use]
    pub const fn num_columns(&self) -> usize {
        self.num_columns
    }

    /// Number of shards of all commitments.
    #[must_use]
    pub const fn shards(&self) -> usize {
        self.pieces.len()
    }

    /// Number of commitments.
    pub(crate) const fn commitments(&self) -> usize {
        self.commitments.len()
    }

    /// The shards of the last commitment.
    pub(crate) fn last_commitment(&self) -> core::ops::Range<usize> {
        let before = self.commitments.len().checked_sub(2);
        before.map_or(0, |i| self.commitments[i])..self.shards()
    }

    /// Elements of a shard's stack that are in use, tables included; a multiple of 64.
    #[must_use]
    pub fn used(&self, shard: usize) -> usize {
        self.pieces[shard]
            .last()
            .map_or(0, |p| p.offset + (1 << p.log_size))
    }

    /// Elements of all stacks.
    #[must_use]
    pub fn total(&self) -> usize {
        (0..self.shards()).map(|shard| self.used(shard)).sum()
    }

    /// Variables of a shard's stack polynomial.
    #[must_use]
    pub fn num_vars(&self, shard: usize) -> usize {
        num_vars(self.used(shard)).max(MIN_NUM_VARS)
    }

    /// The shard of a column.
    pub(crate) fn shard_of(&self, column: usize) -> Option<usize> {
        self.columns.get(column).map(|c| c.shard)
    }

    /// Elements of a column; `None` for a column of another layout.
    #[must_use]
    pub fn column_len(&self, column: ColumnId) -> Option<usize> {
        let own = self.columns.get(..self.num_columns)?;
        own.get(column.0).map(|c| c.len)
    }

    /// The range table of a column's elements; `None` for a column of another layout or without one.
    #[must_use]
    pub fn column_range(&self, column: ColumnId) -> Option<Range> {
        let own = self.columns.get(..self.num_columns)?;
        own.get(column.0)?.range
    }

    /// The name of the caller's column number `index`; `None` beyond the last.
    #[must_use]
    pub fn column_id(&self, index: usize) -> Option<ColumnId> {
        (index < self.num_columns).then_some(ColumnId(index))
    }

    /// Elements of a shard that are range-checked, cells that fill up pieces included.
    #[must_use]
    pub fn lookups(&self, shard: usize) -> usize {
        let pieces = self.checked_pieces(shard);
        pieces.map(|(p, _)| 1 << p.log_size).sum()
    }

    /// The pieces of a shard that are range-checked, with their tables.
    pub(crate) fn checked_pieces(&self, shard: usize) -> impl Iterator<Item = (&Piece, Range)> {
        self.pieces[shard]
            .iter()
            .filter_map(|p| self.columns.get(p.column)?.range.map(|range| (p, range)))
    }

    /// All pieces of a shard.
    pub(crate) fn pieces(&self, shard: usize) -> &[Piece] {
        &self.pieces[shard]
    }

    /// Elements of all range tables together.
    #[must_use]
    pub fn table_entries(&self) -> usize {
        self.widths.iter().map(|range| 1 << range.bits).sum()
    }

    /// Range tables in use, widest first.
    pub(crate) fn widths(&self) -> &[Range] {
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
        let columns =
            own.flat_map(|c| [c.len as u64, c.range.map_or(0, Range::id), c.shard as u64]);
        let commitments = self.commitments.iter().map(|&shards| shards as u64);
        let head = [self.num_columns as u64, self.widths.len() as u64];
        let words = head.into_iter().chain(columns).chain(commitments);
        words.flat_map(u64::to_le_bytes).collect()
    }

    /// Whether a column has a range but the tables are still to come: more commitments must follow.
    pub(crate) fn lacks_tables(&self) -> bool {
        self.widths.is_empty() && self.columns.iter().any(|c| c.range.is_some())
    }

    /// Whether `later` begins with the commitments of this layout, which no tables close.
    pub(crate) fn begins(&self, later: &Self) -> bool {
        let shape = |c: &Column| (c.len, c.range, c.shard);
        let (own, theirs) = (self.num_columns, later.num_columns);
        self.widths.is_empty()
            && own <= theirs
            && self.columns[..own]
                .iter()
                .map(shape)
                .eq(later.columns[..own].iter().map(shape))
            && later.commitments.starts_with(&self.commitments)
    }

    /// Length of column `index`, multiplicities included.
    pub(crate) fn len_of(&self, index: usize) -> Option<usize> {
        self.columns.get(index).map(|c| c.len)
    }
}
