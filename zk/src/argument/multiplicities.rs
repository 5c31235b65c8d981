//! How often every table entry is looked up.

use super::relation::ProveError;
use crate::field::{F, f, to_word};
use crate::stack::{Layout, Range};
use rayon::prelude::*;

/// Elements that one task counts.
const TASK: usize = 1 << 20;

/// Counts by table, over several shards.
pub(super) struct Counts(Vec<(Range, Vec<u32>)>);

impl Counts {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Counts the elements of the first `own` columns' pieces in a shard's stack.
    ///
    /// # Errors
    /// If an element is out of its range.
    pub(super) fn add(
        &mut self,
        layout: &Layout,
        shard: usize,
        stack: &[F],
    ) -> Result<(), ProveError> {
        for (piece, range) in layout.checked_pieces(shard) {
            let values = &stack[piece.offset..piece.offset + (1 << piece.log_size)];
            let limit = 1_u64 << range.bits;
            if let Some(index) = values.par_iter().position_any(|&v| to_word(v) >= limit) {
                return Err(ProveError::OutOfRange {
                    column: piece.column,
                    index: piece.start + index,
                    value: to_word(values[index]),
                    bits: range.bits,
                });
            }
            let counts = self.table(range);
            count(values, counts);
        }
        Ok(())
    }

    fn table(&mut self, range: Range) -> &mut [u32] {
        let place = self.0.iter().position(|(r, _)| *r == range);
        let place = place.unwrap_or_else(|| {
            self.0.push((range, vec![0; 1 << range.bits]));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    /// The multiplicity columns of a layout's last commitment.
    pub(super) fn finish(self, layout: &Layout) -> Vec<Vec<F>> {
        let find = |range: &Range| {
            let counts = self.0.iter().find(|(r, _)| r == range);
            counts.map_or_else(
                || vec![F::from(0_u64); 1 << range.bits],
                |(_, counts)| counts.iter().map(|&n| f(u64::from(n))).collect(),
            )
        };
        layout.widths().iter().map(find).collect()
    }
}

/// Small tables are counted by all threads, large ones by one: copies would cost more.
fn count(values: &[F], counts: &mut [u32]) {
    let tally = |counts: &mut [u32], values: &[F]| {
        for &v in values {
            counts[to_word(v) as usize] += 1;
        }
    };
    if counts.len() > TASK {
        tally(counts, values);
        return;
    }
    let zeros = || vec![0_u32; counts.len()];
    let sums = values
        .par_chunks(TASK)
        .fold(zeros, |mut counts, values| {
            tally(&mut counts, values);
            counts
        })
        .reduce(zeros, |mut a, b| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        });
    counts.iter_mut().zip(sums).for_each(|(a, b)| *a += b);
}
