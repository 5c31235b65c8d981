//! Table leaves `m / (x - j)`: the multiplicities of the numbers `j = 0, 1, ..`.

use super::layer::{BLOCK, Block, Children, Element, Fraction, Source, Stored, multiplier};
use crate::field::lanes::{self, CHUNK, Ext, LOG_CHUNK, Lane, Multiplier};
use crate::field::{F, K, f, k};
use p3_field::{PackedValue, PrimeCharacteristicRing};

/// The multiplicities of one table and its shift `x`.
pub(crate) struct RangeTable {
    pub(crate) shift: K,
    /// Of `0, 1, ..`: a power of two.
    pub(crate) multiplicities: Vec<F>,
}

/// The fractions of several tables, one after the other, completed by `0/1`.
pub(crate) struct TableLeaves {
    /// Of whole blocks.
    large: Vec<Large>,
    /// What follows them.
    rest: Stored<Fraction>,
    large_chunks: usize,
    pub(super) chunk_bits: usize,
}

/// A table of whole blocks.
pub(super) struct Large {
    first_chunk: usize,
    multiplicities: Vec<F>,
    /// `x - j` for the numbers of the first lane.
    shift: Ext<Lane>,
}

impl Large {
    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> Fraction {
        let index = (chunk - self.first_chunk) * CHUNK + lane * Lane::WIDTH;
        Fraction {
            n: Ext::ZERO.add_base(lanes::base_lane(&self.multiplicities, index)),
            d: self.shift.sub_base(Lane::from_u64(index as u64)),
        }
    }
}

impl TableLeaves {
    /// The large table of a chunk.
    #[inline(always)]
    fn table(&self, chunk: usize) -> Option<&Large> {
        let last = self.large.iter().rev().find(|t| t.first_chunk <= chunk);
        last.filter(|_| chunk < self.large_chunks)
    }

    /// `tables`: the largest first, at most `2^num_vars` entries in all.
    pub(crate) fn new(tables: Vec<RangeTable>, num_vars: usize) -> Self {
        let mut large = Vec::new();
        let mut rest = Vec::new();
        let mut large_chunks = 0;
        for RangeTable {
            shift,
            multiplicities,
        } in tables
        {
            let entry = |j: usize| shift - k(f(j as u64));
            let len = multiplicities.len();
            if len % (BLOCK * CHUNK) == 0 && rest.is_empty() {
                large.push(Large {
                    first_chunk: large_chunks,
                    multiplicities,
                    shift: lanes::pack(entry),
                });
                large_chunks += len / CHUNK;
            } else {
                let fractions = multiplicities.into_iter().enumerate();
                rest.extend(fractions.map(|(j, m)| (k(m), entry(j))));
            }
        }
        Self {
            large,
            rest: Stored::from_fractions(&rest),
            large_chunks,
            chunk_bits: num_vars - LOG_CHUNK,
        }
    }
}

impl Source<Fraction> for TableLeaves {
    type Bound = Multiplier<Lane>;
    type Constants = Large;

    fn chunks(&self) -> usize {
        self.large_chunks + self.rest.chunks()
    }

    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> Fraction {
        match self.table(chunk) {
            Some(table) => table.get(chunk, lane),
            None => self.rest.get(chunk - self.large_chunks, lane),
        }
    }

    fn bind(&self, s: K) -> Self::Bound {
        multiplier(s)
    }

    #[inline(always)]
    fn block(&self, block: usize) -> Block<&Large> {
        match self.table(block * BLOCK) {
            Some(table) => Block::Regular(table),
            None => Block::Mixed,
        }
    }

    #[inline(always)]
    fn folded(&self, table: &Large, low: usize, lane: usize, s: &Self::Bound) -> Fraction {
        table.get(low, lane).fold(table.get(low + 2, lane), s)
    }

    fn folded_mixed(&self, low: usize, lane: usize, s: &Self::Bound) -> Fraction {
        self.get(low, lane).fold(self.get(low + 2, lane), s)
    }
}

impl Children for TableLeaves {}
