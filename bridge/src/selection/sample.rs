//! Operations drawn at random.

use std::{collections::HashMap, fmt, str::FromStr};

use blindproof_fhe::program::Program;
use blindproof_zk::field::{K, to_word};

use super::{Rows, SelectionError, number};

pub(super) const PREFIX: &str = "sample:";

/// Decimals of a fraction.
const DECIMALS: usize = 9;

/// `10^DECIMALS`.
const UNIT: u64 = 1_000_000_000;

/// How many operations of a run are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    size: Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// Billionths of all operations, rounded up; 1 to `UNIT`.
    Fraction(u64),
    /// A number, at least 1.
    Count(usize),
}

impl Sample {
    /// Operations to be drawn and operations of a run over `images` inputs.
    ///
    /// # Errors
    /// [`SelectionError::SampleTooLarge`] when there are fewer than asked for.
    pub fn size(&self, program: &Program, images: usize) -> Result<(usize, usize), SelectionError> {
        let total = total(program, images);
        let count = match self.size {
            Size::Count(count) => count,
            Size::Fraction(billionths) => {
                let scaled = total as u128 * u128::from(billionths);
                // At most `total`.
                scaled.div_ceil(u128::from(UNIT)) as usize
            }
        };
        if count > total {
            return Err(SelectionError::SampleTooLarge { count, total });
        }
        Ok((count, total))
    }

    /// The rows of each node: operations drawn without replacement, each set of them with the same probability.
    /// Operation numbers count rows, node after node.
    ///
    /// # Errors
    /// As [`Self::size`].
    pub fn draw(
        &self,
        program: &Program,
        images: usize,
        seed: &[u8; 32],
    ) -> Result<Vec<Rows>, SelectionError> {
        let (count, total) = self.size(program, images)?;
        let mut drawn = draw(count, total, seed);
        drawn.sort_unstable();
        let mut rest = drawn.as_slice();
        let mut start = 0;
        Ok((0..program.nodes.len())
            .map(|node| {
                let rows = program.operations(node, images);
                let (own, after) = rest.split_at(rest.partition_point(|n| *n < start + rows));
                let own = own.iter().map(|n| n - start).collect();
                rest = after;
                start += rows;
                Rows::new(own, rows)
            })
            .collect())
    }
}

/// The seed of a draw, from transcript challenges.
pub fn sample_seed(challenges: &[K]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("blindproof v1 sample seed");
    for challenge in challenges {
        for coordinate in [challenge.c0, challenge.c1, challenge.c2] {
            hasher.update(&to_word(coordinate).to_le_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}

/// All operations of a run.
fn total(program: &Program, images: usize) -> usize {
    (0..program.nodes.len())
        .map(|node| program.operations(node, images))
        .fold(0, usize::saturating_add)
}

/// `count` different numbers below `total`, in the order they are drawn: the first places of a Fisher-Yates shuffle,
/// of which only the places that moved are kept.
pub(super) fn draw(count: usize, total: usize, seed: &[u8; 32]) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut moved: HashMap<usize, usize> = HashMap::new();
    (0..count)
        .map(|place| {
            let other = place + random.below((total - place) as u64) as usize;
            let here = moved.remove(&place).unwrap_or(place);
            if other == place {
                here
            } else {
                moved.insert(other, here).unwrap_or(other)
            }
        })
        .collect()
}

/// Uniform numbers from a seed.
struct Random {
    stream: blake3::OutputReader,
}

impl Random {
    fn new(seed: &[u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("blindproof v1 sample");
        hasher.update(seed);
        Self {
            stream: hasher.finalize_xof(),
        }
    }

    /// A uniform number below `limit > 0`: words from `2^64 - 2^64 mod limit` on are drawn again.
    fn below(&mut self, limit: u64) -> u64 {
        let excess = (u64::MAX % limit + 1) % limit;
        loop {
            let mut bytes = [0; 8];
            self.stream.fill(&mut bytes);
            let word = u64::from_le_bytes(bytes);
            if word <= u64::MAX - excess {
                return word % limit;
            }
        }
    }
}

impl FromStr for Sample {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let size = text
            .strip_prefix(PREFIX)
            .and_then(|size| match size.strip_prefix("count=") {
                Some(count) => number(count).filter(|n| *n > 0).map(Size::Count),
                None => billionths(size).map(Size::Fraction),
            });
        size.map(|size| Self { size })
            .ok_or_else(|| SelectionError::SampleSize { item: text.into() })
    }
}

/// A decimal fraction in `(0, 1]`, in billionths.
fn billionths(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.len() > DECIMALS {
        return None;
    }
    let scaled = number(decimals)? as u64 * 10u64.pow((DECIMALS - decimals.len()) as u32);
    let value = match number(whole)? {
        0 => scaled,
        1 if scaled == 0 => UNIT,
        _ => return None,
    };
    (value > 0).then_some(value)
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            Size::Count(count) => write!(f, "{PREFIX}count={count}"),
            Size::Fraction(UNIT) => write!(f, "{PREFIX}1"),
            Size::Fraction(billionths) => {
                let decimals = format!("{billionths:0DECIMALS$}");
                write!(f, "{PREFIX}0.{}", decimals.trim_end_matches('0'))
            }
        }
    }
}
