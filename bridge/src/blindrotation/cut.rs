//! How the 64 bits of a shifted accumulator coefficient are cut into chunks that one range table can check.

use blindproof_fhe::params::Gadget;
use blindproof_zk::stack::Range;

use crate::split::Chunk;

/// Widest range table, in bits.
const MAX_WIDTH: u32 = 23;
/// Narrowest largest table that is tried.
const MIN_WIDTH: u32 = 8;
/// Widths up to this one are used by other relations too.
const SHARED_WIDTH: u32 = 16;
/// Cost of one table entry against one looked-up chunk: multiplicity, numerator and denominator of its fraction.
const ENTRY_COST: f64 = 1.5;
/// Cost of revealing one cell whose leading chunk is all ones, in looked-up chunks.
const REVEAL_COST: f64 = 1e4;

/// The chunks of y = (acc + C) mod p, from the most significant bit down. No chunk crosses the border of a digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The chunks.
    pub chunks: Vec<Chunk>,
    /// For each chunk the level of the digit it belongs to, `None` for the remainder.
    pub levels: Vec<Option<usize>>,
    gadget: Gadget,
}

impl Cut {
    /// The cheapest cut for `cells` coefficients: wide chunks need large tables, which many cells share.
    pub fn cheapest(gadget: Gadget, cells: usize) -> Self {
        (MIN_WIDTH..=MAX_WIDTH)
            .map(|width| Self::with_width(gadget, width))
            .min_by(|a, b| a.cost(cells).total_cmp(&b.cost(cells)))
            .expect("at least one width")
    }

    /// Chunks of at most `width` bits, the widest first within each digit and the remainder.
    fn with_width(gadget: Gadget, width: u32) -> Self {
        let levels = gadget.levels.0;
        let fields = (1..=levels)
            .map(|level| (Some(level), gadget.base_log.0))
            .chain([(None, gadget.remainder_bits())]);
        let mut shift = 64;
        let mut cut = Self {
            chunks: Vec::new(),
            levels: Vec::new(),
            gadget,
        };
        for (level, mut bits) in fields {
            while bits > 0 {
                let piece = bits.min(width);
                shift -= piece;
                bits -= piece;
                cut.chunks.push(Chunk {
                    shift,
                    width: piece,
                });
                cut.levels.push(level);
            }
        }
        cut
    }

    fn cost(&self, cells: usize) -> f64 {
        let mut widths: Vec<u32> = self.chunks.iter().map(|chunk| chunk.width).collect();
        widths.sort_unstable();
        widths.dedup();
        let tables: f64 = widths.iter().map(|width| f64::from(*width).exp2()).sum();
        let top = self.chunks[0].width;
        let same = self.chunks.iter().filter(|chunk| chunk.width == top);
        let revealed = cells as f64 * same.count() as f64 * (-f64::from(top)).exp2();
        (cells * self.chunks.len()) as f64 + ENTRY_COST * tables + REVEAL_COST * revealed
    }

    /// The range table of a chunk. No other relation looks up that of the leading chunk: it is either wider than
    /// theirs, or of a kind of its own.
    pub fn range(&self, index: usize) -> Range {
        let bits = self.chunks[index].width;
        let own = index == 0 && bits <= SHARED_WIDTH;
        Range {
            bits,
            kind: u32::from(own),
        }
    }

    /// Position of a chunk's lowest bit within its digit; `None` for the remainder.
    pub fn digit_shift(&self, index: usize) -> Option<(usize, u32)> {
        self.levels[index].map(|level| (level, self.chunks[index].shift - self.gadget.shift(level)))
    }

    /// The gadget.
    pub fn gadget(&self) -> Gadget {
        self.gadget
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(cut: &Cut) -> Vec<u32> {
        cut.chunks.iter().map(|chunk| chunk.width).collect()
    }

    #[test]
    fn covers_all_bits_and_respects_the_digits() {
        for gadget in [
            Gadget::new(23, 1),
            Gadget::new(32, 1),
            Gadget::new(8, 3),
            Gadget::new(16, 2),
        ] {
            for width in MIN_WIDTH..=MAX_WIDTH {
                let cut = Cut::with_width(gadget, width);
                assert_eq!(widths(&cut).iter().sum::<u32>(), 64);
                for level in 1..=gadget.levels.0 {
                    let bits: u32 = cut
                        .chunks
                        .iter()
                        .zip(&cut.levels)
                        .filter(|(_, l)| **l == Some(level))
                        .map(|(chunk, _)| chunk.width)
                        .sum();
                    assert_eq!(bits, gadget.base_log.0);
                }
                let word = 0x0123_4567_89ab_cdef_u64;
                let sum: u64 = cut.chunks.iter().map(|c| c.of(word) << c.shift).sum();
                assert_eq!(sum, word);
            }
        }
    }

    #[test]
    fn batches_get_wider_chunks() {
        let gadget = Gadget::new(23, 1);
        let coefficients = 280 * 2 * 2048;
        assert_eq!(
            widths(&Cut::cheapest(gadget, 32 * coefficients)),
            [23, 23, 18]
        );
        assert!(widths(&Cut::cheapest(gadget, coefficients)).len() > 3);
        assert!(widths(&Cut::cheapest(gadget, 100)).iter().all(|w| *w <= 12));
    }
}
