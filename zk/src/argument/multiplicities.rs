//! How often every table entry is looked up.
//!
//! Counts are 32 bits wide as long as fewer than `2^32` elements were counted, whatever these are; before they could
//! overflow they are added to sums of 64 bits, which hold any number of elements that a prover can read.

use super::relation::ProveError;
use crate::field::{F, f, to_word};
use crate::stack::{Layout, Range};
use rayon::prelude::*;

/// Elements that one task counts.
const TASK: usize = 1 << 20;

/// Counts by table, over several shards.
pub(super) struct Counts {
    tables: Vec<Table>,
    /// Most elements that are counted in 32 bits.
    most: u64,
}

/// The counts of one table.
struct Table {
    range: Range,
    counts: Vec<u32>,
    /// Elements in `counts`.
    counted: u64,
    /// What was counted before; empty as long as `counts` suffices.
    before: Vec<u64>,
}

impl Table {
    fn new(range: Range) -> Self {
        Self {
            range,
            counts: vec![0; 1 << range.bits],
            counted: 0,
            before: Vec::new(),
        }
    }

    /// Counts values in range.
    fn add(&mut self, values: &[F], most: u64) {
        for part in values.chunks(usize::try_from(most).unwrap_or(usize::MAX)) {
            let new = part.len() as u64;
            if self.counted + new > most {
                self.before.resize(self.counts.len(), 0);
                let sums = self.before.iter_mut().zip(&mut self.counts);
                sums.for_each(|(sum, count)| *sum += u64::from(core::mem::take(count)));
                self.counted = 0;
            }
            self.counted += new;
            count(part, &mut self.counts);
        }
    }

    fn finish(&self) -> Vec<F> {
        let counts = self.counts.iter().map(|&n| u64::from(n));
        if self.before.is_empty() {
            return counts.map(f).collect();
        }
        counts.zip(&self.before).map(|(n, m)| f(n + m)).collect()
    }
}

impl Counts {
    pub(super) const fn new() -> Self {
        Self::of_at_most(u32::MAX as u64)
    }

    const fn of_at_most(most: u64) -> Self {
        let tables = Vec::new();
        Self { tables, most }
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
            let most = self.most;
            self.table(range).add(values, most);
        }
        Ok(())
    }

    fn table(&mut self, range: Range) -> &mut Table {
        let place = self.tables.iter().position(|table| table.range == range);
        let place = place.unwrap_or_else(|| {
            self.tables.push(Table::new(range));
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }

    /// The multiplicity columns of a layout's last commitment.
    pub(super) fn finish(self, layout: &Layout) -> Vec<Vec<F>> {
        let find = |range: &Range| {
            let table = self.tables.iter().find(|table| table.range == *range);
            table.map_or_else(|| vec![F::from(0_u64); 1 << range.bits], Table::finish)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::LayoutBuilder;

    /// Counts that would overflow after `most` elements go on in 64 bits.
    #[test]
    fn counts_do_not_overflow() {
        let mut builder = LayoutBuilder::new();
        builder.column(640, Some(2));
        builder.column(64, Some(1));
        builder.shard();
        builder.column(100, Some(2));
        let layout = builder.build().unwrap();
        let values =
            |len: usize, bits| (0..len).map(move |i| f((i * i % 7) as u64 % (1_u64 << bits)));
        let stacks = [
            values(640, 2).chain(values(64, 1)).collect::<Vec<F>>(),
            values(128, 2).collect(),
        ];
        let counts = |most| {
            let mut counts = Counts::of_at_most(most);
            for (shard, stack) in stacks.iter().enumerate() {
                counts.add(&layout, shard, stack).unwrap();
            }
            counts.finish(&layout)
        };
        let wide = [&stacks[0][..640], &stacks[1][..]].concat();
        let naive =
            |values: &[F], entry: u64| f(values.iter().filter(|v| **v == f(entry)).count() as u64);
        let expected = vec![
            (0..4).map(|j| naive(&wide, j)).collect::<Vec<F>>(),
            (0..2).map(|j| naive(&stacks[0][640..], j)).collect(),
        ];
        for most in [1, 63, 64, 100, 640, 767, 768, u64::from(u32::MAX)] {
            assert_eq!(counts(most), expected, "{most}");
        }
    }
}
