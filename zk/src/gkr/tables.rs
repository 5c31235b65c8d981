//! Table leaves `m / (x - j)`: the multiplicities of the numbers `j = 0, 1, ..`.

use super::layer::{Children, Element, Fraction, Source, Stored, multiplier};
use super::weights::GROUP_CHUNKS;
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
    /// Of whole groups.
    large: Vec<Large>,
    /// What follows them.
    rest: Stored<Fraction>,
    large_chunks: usize,
    pub(super) chunk_bits: usize,
}

/// A table of whole groups.
struct Large {
    first_chunk: usize,
    multiplicities: Vec<F>,
    /// `x - j` for the numbers of the first lane.
    shift: Ext<Lane>,
}

impl TableLeaves {
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
            if len % (GROUP_CHUNKS * CHUNK) == 0 && rest.is_empty() {
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

    fn chunks(&self) -> usize {
        self.large_chunks + self.rest.chunks()
    }

    #[inline(always)]
    fn get(&self, chunk: usize, lane: usize) -> Fraction {
        if chunk >= self.large_chunks {
            return self.rest.get(chunk - self.large_chunks, lane);
        }
        let table = self.large.iter().rev().find(|t| t.first_chunk <= chunk);
        let Some(table) = table else {
            return Fraction::PAD;
        };
        let index = (chunk - table.first_chunk) * CHUNK + lane * Lane::WIDTH;
        let multiplicity = lanes::base_lane(&table.multiplicities, index);
        Fraction {
            n: Ext::ZERO.add_base(multiplicity),
            d: table.shift.sub_base(Lane::from_u64(index as u64)),
        }
    }

    fn bind(&self, s: K) -> Self::Bound {
        multiplier(s)
    }

    #[inline(always)]
    fn folded(&self, low: usize, lane: usize, s: &Self::Bound) -> Fraction {
        self.get(low, lane).fold(self.get(low + 2, lane), s)
    }
}

impl Children for TableLeaves {}
