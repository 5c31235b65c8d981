//! Linear claims about the stack.

use super::{ColumnId, Layout};
use crate::field::K;
use crate::multilinear::{eq, index_eq, num_vars};
use crate::transcript::ext_bytes;
use ark_ff::AdditiveGroup;

/// `coefficient * eq(point, j)` at stack index `offset + j`, `j < 2^point.len()`.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// A multiple of `2^point.len()`.
    pub(crate) offset: usize,
    pub(crate) coefficient: K,
    pub(crate) point: Vec<K>,
}

/// `sum over terms of <term, stack of the shard> = value`.
#[derive(Clone, Debug)]
pub(crate) struct LinearClaim {
    pub(crate) shard: usize,
    pub(crate) terms: Vec<Term>,
    pub(crate) value: K,
}

impl Term {
    /// The term's weight vector extended and evaluated at a stack point.
    pub(crate) fn evaluate(&self, stack_point: &[K]) -> K {
        let low = self.point.len();
        let Some((high_point, low_point)) = stack_point
            .len()
            .checked_sub(low)
            .and_then(|n| stack_point.split_at_checked(n))
        else {
            return K::ZERO;
        };
        self.coefficient * index_eq(self.offset >> low, high_point) * eq(&self.point, low_point)
    }
}

impl LinearClaim {
    /// Canonical bytes, for the transcript.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = ext_bytes(&[self.value]);
        bytes.extend((self.shard as u64).to_le_bytes());
        bytes.extend((self.terms.len() as u64).to_le_bytes());
        for term in &self.terms {
            bytes.extend((term.offset as u64).to_le_bytes());
            bytes.extend((term.point.len() as u64).to_le_bytes());
            bytes.extend(ext_bytes(&[term.coefficient]));
            bytes.extend(ext_bytes(&term.point));
        }
        bytes
    }

    /// The claim's weight vector extended and evaluated at a stack point.
    pub(crate) fn evaluate(&self, stack_point: &[K]) -> K {
        self.terms.iter().map(|t| t.evaluate(stack_point)).sum()
    }
}

impl Layout {
    /// The claim that the extension of one of the caller's columns has a value; `None` if there is no such column or
    /// the point has the wrong number of coordinates.
    pub(crate) fn column_claim(
        &self,
        column: ColumnId,
        point: &[K],
        value: K,
    ) -> Option<LinearClaim> {
        self.column_len(column)?;
        Some(LinearClaim {
            shard: self.shard_of(column.0)?,
            terms: self.column_terms(column.0, point)?,
            value,
        })
    }

    /// The claim that `sum_i coefficient_i row_i~(point) = value`, where a row is an aligned power of two of elements of
    /// one of the caller's columns.
    pub(crate) fn rows_claim(
        &self,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
        value: K,
    ) -> Option<LinearClaim> {
        self.column_len(column)?;
        self.column_rows(column.0, rows, point, value)
    }

    /// [`Self::rows_claim`] for any column, multiplicities included.
    pub(crate) fn column_rows(
        &self,
        index: usize,
        rows: &[(usize, K)],
        point: &[K],
        value: K,
    ) -> Option<LinearClaim> {
        let blocks = self.blocks(index);
        let size = 1_usize.checked_shl(u32::try_from(point.len()).ok()?)?;
        let terms = rows.iter().map(|&(row, coefficient)| {
            let start = row.checked_mul(size)?;
            let next = blocks.partition_point(|b| b.start <= start);
            let block = blocks.get(next.checked_sub(1)?)?;
            let end = block.start + (1 << block.log_size);
            (start.checked_add(size)? <= end).then(|| Term {
                offset: block.offset + (start - block.start),
                coefficient,
                point: point.to_vec(),
            })
        });
        Some(LinearClaim {
            shard: self.shard_of(index)?,
            terms: terms.collect::<Option<_>>()?,
            value,
        })
    }

    /// The terms of "the extension of column `index` at `point`"; `None` if
    /// there is no such column or the point has the wrong number of coordinates.
    pub(crate) fn column_terms(&self, index: usize, point: &[K]) -> Option<Vec<Term>> {
        if num_vars(self.len_of(index)?) != point.len() {
            return None;
        }
        let own = self.blocks(index).iter();
        Some(
            own.map(|b| {
                let (high, low) = point.split_at(point.len() - b.log_size);
                Term {
                    offset: b.offset,
                    coefficient: index_eq(b.start >> b.log_size, high),
                    point: low.to_vec(),
                }
            })
            .collect(),
        )
    }

    /// The terms of "the sum over a shard's checked cells of `eq(stack_point, i) S[i]`".
    pub(crate) fn checked_terms(&self, shard: usize, stack_point: &[K]) -> Vec<Term> {
        self.checked_pieces(shard)
            .map(|(p, _)| {
                let (high, low) = stack_point.split_at(stack_point.len() - p.log_size);
                Term {
                    offset: p.offset,
                    coefficient: index_eq(p.offset >> p.log_size, high),
                    point: low.to_vec(),
                }
            })
            .collect()
    }
}
