//! Where the ciphertexts of a wire live: in public, or as committed columns.
//!
//! A wire carries one matrix of ciphertexts (rows x words). The program's input and output are public. Every other
//! wire that a proven operation touches is committed ("the tape"), so that two operations that meet at a wire speak
//! of the same ciphertexts. Big LWE rows are stored as a mask column (rows x stride) and a body column; small LWE
//! rows and switched rows as one column of rows x stride with the body at index n.
//!
//! A wire is committed whole even when only some rows of an operation are proven: a relation over a list of rows
//! reads `sum_i eq(q,i) wire[row i]`, so the same tape serves every selection, also one drawn after the commitment.

use ark_ff::Zero;
use blindproof_fhe::{
    params::ParameterSet,
    program::{Program, WireKind},
};
use blindproof_zk::{
    field::{F, K},
    multilinear::{self, num_vars},
    stack::{ColumnId, LayoutBuilder},
};
use ndarray::Array2;

use crate::{
    kernels,
    proof::{ProveError, VerifyError},
    rows::RowSet,
    session::{ProverSession, VerifierSession},
};

/// Where a wire's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// No proven operation touches the wire.
    Absent,
    /// Program input or output: the verifier holds the ciphertexts.
    Public,
    /// Committed big LWE rows.
    Big {
        /// rows x stride mask words.
        mask: ColumnId,
        /// rows bodies.
        body: ColumnId,
    },
    /// Committed small LWE or switched rows, body at index n.
    Row {
        /// rows x stride words.
        cells: ColumnId,
    },
}

/// Shape and place of a wire.
#[derive(Clone, Debug)]
pub(crate) struct WirePlan {
    pub placement: Placement,
    /// Ciphertexts on the wire: images x features.
    pub rows: usize,
    /// Mask words of one ciphertext.
    pub dimension: usize,
}

impl WirePlan {
    /// The wire before a place is chosen.
    pub fn new(program: &Program, wire: usize, parameters: &ParameterSet, images: usize) -> Self {
        let wire = &program.wires[wire];
        Self {
            placement: Placement::Absent,
            rows: images * wire.features,
            dimension: match wire.kind {
                WireKind::BigLwe => parameters.big_lwe_dimension(),
                WireKind::SmallLwe | WireKind::Switched => parameters.lwe_dimension.0,
            },
        }
    }

    /// Reserves columns for the wire; `range` is the bit width of a switched wire that is range-checked.
    pub fn commit(&mut self, layout: &mut LayoutBuilder, kind: WireKind, range: Option<u32>) {
        self.placement = match kind {
            WireKind::BigLwe => Placement::Big {
                mask: layout.column(self.rows * self.mask_stride(), None),
                body: layout.column(self.rows, None),
            },
            WireKind::SmallLwe | WireKind::Switched => Placement::Row {
                cells: layout.column(self.rows * self.row_stride(), range),
            },
        };
    }

    /// Mask words of a row, padded to a power of two.
    pub fn mask_stride(&self) -> usize {
        self.dimension.next_power_of_two()
    }

    /// Mask words and body of a row, padded to a power of two.
    pub fn row_stride(&self) -> usize {
        (self.dimension + 1).next_power_of_two()
    }

    /// Variables of the row index.
    pub fn row_vars(&self) -> usize {
        num_vars(self.rows)
    }

    /// Variables of the index of a mask word.
    pub fn mask_vars(&self) -> usize {
        num_vars(self.dimension)
    }

    /// Variables of the index of a word of a small row.
    pub fn cell_vars(&self) -> usize {
        num_vars(self.dimension + 1)
    }

    /// Column contents of a committed wire.
    pub fn witness(&self, words: &Array2<u64>) -> Vec<(ColumnId, Vec<F>)> {
        match self.placement {
            Placement::Absent | Placement::Public => Vec::new(),
            Placement::Big { mask, body } => vec![
                (mask, padded(words, self.dimension, self.mask_stride())),
                (
                    body,
                    words
                        .column(self.dimension)
                        .iter()
                        .map(|w| F::from(*w))
                        .collect(),
                ),
            ],
            Placement::Row { cells } => {
                vec![(cells, padded(words, self.dimension + 1, self.row_stride()))]
            }
        }
    }

    /// Prover: mask and body of some rows of a committed big wire, sent; nothing for a public wire. See [`Read`].
    pub fn open_big(
        &self,
        session: &mut ProverSession,
        read: Read<'_>,
        word: &[K],
    ) -> Result<(), ProveError> {
        self.open_mask(session, read, word)?;
        self.open_body(session, read)
    }

    /// Prover: the mask of some rows of a committed big wire, sent.
    pub fn open_mask(
        &self,
        session: &mut ProverSession,
        read: Read<'_>,
        word: &[K],
    ) -> Result<(), ProveError> {
        if let Placement::Big { mask, .. } = self.placement {
            self.open_column(session, "wire mask", mask, read, word)?;
        }
        Ok(())
    }

    /// Prover: the body of some rows of a committed big wire, sent.
    pub fn open_body(&self, session: &mut ProverSession, read: Read<'_>) -> Result<(), ProveError> {
        if let Placement::Big { body, .. } = self.placement {
            self.open_column(session, "wire body", body, read, &[])?;
        }
        Ok(())
    }

    /// Prover: some rows of a committed row wire, sent.
    pub fn open_row(
        &self,
        session: &mut ProverSession,
        read: Read<'_>,
        word: &[K],
    ) -> Result<(), ProveError> {
        if let Placement::Row { cells } = self.placement {
            self.open_column(session, "wire row", cells, read, word)?;
        }
        Ok(())
    }

    /// Verifier: mask and body of some rows of a big wire, received as claims or computed from public ciphertexts.
    pub fn receive_big(
        &self,
        session: &mut VerifierSession,
        public: Option<&Array2<u64>>,
        read: Read<'_>,
        word: &[K],
    ) -> Result<(K, K), VerifyError> {
        Ok((
            self.receive_mask(session, public, read, word)?,
            self.receive_body(session, public, read)?,
        ))
    }

    /// Verifier: the mask of some rows of a big wire.
    pub fn receive_mask(
        &self,
        session: &mut VerifierSession,
        public: Option<&Array2<u64>>,
        read: Read<'_>,
        word: &[K],
    ) -> Result<K, VerifyError> {
        match (self.placement, public) {
            (Placement::Big { mask, .. }, _) => {
                self.receive_column(session, "wire mask", mask, read, word)
            }
            (Placement::Public, Some(words)) => {
                let folded = kernels::fold_rows(words, &read.rows.weights(read.point));
                let weights = multilinear::eq_table(word);
                Ok(kernels::inner(&folded[..self.dimension], &weights))
            }
            _ => Err(VerifyError::UnplacedWire),
        }
    }

    /// Verifier: the body of some rows of a big wire.
    pub fn receive_body(
        &self,
        session: &mut VerifierSession,
        public: Option<&Array2<u64>>,
        read: Read<'_>,
    ) -> Result<K, VerifyError> {
        match (self.placement, public) {
            (Placement::Big { body, .. }, _) => {
                self.receive_column(session, "wire body", body, read, &[])
            }
            (Placement::Public, Some(words)) => {
                let bodies = words.column(self.dimension);
                let weights = read.rows.weights(read.point);
                Ok(kernels::inner_words(bodies.iter().copied(), &weights))
            }
            _ => Err(VerifyError::UnplacedWire),
        }
    }

    /// Verifier: some rows of a row wire, received as a claim or computed from public ciphertexts.
    pub fn receive_row(
        &self,
        session: &mut VerifierSession,
        public: Option<&Array2<u64>>,
        read: Read<'_>,
        word: &[K],
    ) -> Result<K, VerifyError> {
        match (self.placement, public) {
            (Placement::Row { cells }, _) => {
                self.receive_column(session, "wire row", cells, read, word)
            }
            (Placement::Public, Some(words)) => {
                let folded = kernels::fold_rows(words, &read.rows.weights(read.point));
                Ok(kernels::inner(&folded, &multilinear::eq_table(word)))
            }
            _ => Err(VerifyError::UnplacedWire),
        }
    }

    fn open_column(
        &self,
        session: &mut ProverSession,
        label: &'static str,
        column: ColumnId,
        read: Read<'_>,
        word: &[K],
    ) -> Result<(), ProveError> {
        if read.rows.is_all() {
            let point = [read.point, word].concat();
            session.open_columns(label, &[column], &point).map(drop)
        } else {
            session.open_rows(label, column, &read.weighted_rows(), word)
        }
    }

    fn receive_column(
        &self,
        session: &mut VerifierSession,
        label: &'static str,
        column: ColumnId,
        read: Read<'_>,
        word: &[K],
    ) -> Result<K, VerifyError> {
        if read.rows.is_all() {
            let point = [read.point, word].concat();
            Ok(single(session.receive_columns(label, &[column], &point)?))
        } else {
            session.receive_rows(label, column, &read.weighted_rows(), word)
        }
    }
}

/// What a relation reads of a wire: `sum_i eq(point, i) wire[row i of rows]`.
#[derive(Clone, Copy)]
pub(crate) struct Read<'a> {
    pub rows: &'a RowSet,
    pub point: &'a [K],
}

impl<'a> Read<'a> {
    pub fn new(rows: &'a RowSet, point: &'a [K]) -> Self {
        Self { rows, point }
    }

    /// The rows with their weights `eq(point, i)`.
    fn weighted_rows(&self) -> Vec<(usize, K)> {
        let weights = multilinear::eq_table(self.point);
        self.rows.iter().copied().zip(weights).collect()
    }
}

/// The only element, or zero.
pub(crate) fn single(values: Vec<K>) -> K {
    values.first().copied().unwrap_or_else(K::zero)
}

/// The first `used` words of every row, at a stride, the rest zero.
fn padded(words: &Array2<u64>, used: usize, stride: usize) -> Vec<F> {
    let mut cells = vec![F::zero(); words.nrows() * stride];
    for (row, target) in words.rows().into_iter().zip(cells.chunks_mut(stride)) {
        for (word, cell) in row.iter().take(used).zip(target) {
            *cell = F::from(*word);
        }
    }
    cells
}
