//! Rows of a node.

/// The proven rows of one node; a row is one output ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// None.
    None,
    /// All.
    All,
    /// Some: at least one, rising, not all.
    List(Vec<usize>),
}

impl Rows {
    /// These rows of a node with `total` rows, in any order and possibly repeated.
    pub fn new(mut rows: Vec<usize>, total: usize) -> Self {
        rows.sort_unstable();
        rows.dedup();
        match rows.len() {
            0 => Self::None,
            count if count == total => Self::All,
            _ => Self::List(rows),
        }
    }

    /// How many of `total` rows are proven.
    pub fn count(&self, total: usize) -> usize {
        match self {
            Self::None => 0,
            Self::All => total,
            Self::List(rows) => rows.len(),
        }
    }
}
