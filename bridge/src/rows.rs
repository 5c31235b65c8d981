//! The rows of a wire that one relation speaks of.

use std::ops::Deref;

use ark_ff::Zero;
use blindproof_zk::{
    field::K,
    multilinear::{eq_table, num_vars},
};

use crate::selection::Rows;

/// Some rows of a wire, rising. A relation numbers them `t = 0, 1, ..` without gaps; its row point belongs to `t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowSet {
    rows: Vec<usize>,
    /// Rows of the wire.
    total: usize,
}

impl RowSet {
    /// All rows of a wire with `total` rows.
    pub fn all(total: usize) -> Self {
        Self {
            rows: (0..total).collect(),
            total,
        }
    }

    /// The selected rows; `None` when there are none.
    pub fn new(rows: &Rows, total: usize) -> Option<Self> {
        match rows {
            Rows::None => None,
            Rows::All => Some(Self::all(total)),
            Rows::List(rows) => Some(Self {
                rows: rows.clone(),
                total,
            }),
        }
    }

    /// Whether no row of the wire is missing.
    pub fn is_all(&self) -> bool {
        self.rows.len() == self.total
    }

    /// Variables of the index `t`.
    pub fn vars(&self) -> usize {
        num_vars(self.rows.len())
    }

    /// `eq(point, t)` at row `t` of the set for every row of the wire, 0 at other rows.
    pub fn weights(&self, point: &[K]) -> Vec<K> {
        let mut weights = vec![K::zero(); self.total];
        for (row, weight) in self.rows.iter().zip(eq_table(point)) {
            weights[*row] = weight;
        }
        weights
    }
}

impl Deref for RowSet {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.rows
    }
}
