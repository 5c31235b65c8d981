//! What the relations share while they run: one transcript, one commitment, a growing list of claims.

use std::sync::Arc;

use blindproof_zk::{
    argument,
    field::{F, K},
    multilinear,
    stack::ColumnId,
    transcript::{ProverTranscript, VerifierTranscript},
};

use crate::{
    columns::Columns,
    proof::{ProveError, Tamper, VerifyError},
};

/// The prover's side of a running proof.
pub(crate) struct ProverSession<'a> {
    pub transcript: ProverTranscript,
    /// `None` when every proven operation is between public wires.
    pub argument: Option<argument::Prover>,
    /// The committed columns.
    pub columns: Arc<Columns>,
    /// What a forger changes.
    pub tamper: &'a mut dyn Tamper,
}

impl ProverSession<'_> {
    pub fn challenge(&mut self, label: &'static str) -> K {
        self.challenges(label, 1)[0]
    }

    pub fn challenges(&mut self, label: &'static str, count: usize) -> Vec<K> {
        let drawn = self.transcript.challenges(label, count);
        #[cfg(test)]
        let drawn = crate::testkit::frozen::challenges(label, drawn);
        drawn
    }

    /// Sends field elements.
    pub fn send(&mut self, label: &'static str, values: &[K]) {
        self.send_claimed(label, values);
    }

    /// Sends field elements; returns what is claimed.
    fn send_claimed(&mut self, label: &'static str, values: &[K]) -> Vec<K> {
        let mut sent = values.to_vec();
        self.tamper.message(label, &mut sent);
        self.transcript.send_ext(label, &sent);
        if self.tamper.claims_follow() {
            sent
        } else {
            values.to_vec()
        }
    }

    /// The committed values of a column that is held in memory.
    pub fn column(&self, id: ColumnId) -> &[F] {
        self.columns.held(id)
    }

    /// Evaluates columns at a point, sends the values and claims them for the opening.
    pub fn open_columns(
        &mut self,
        label: &'static str,
        columns: &[ColumnId],
        point: &[K],
    ) -> Result<Vec<K>, ProveError> {
        let values: Vec<K> = columns
            .iter()
            .map(|id| multilinear::evaluate_base(self.column(*id), point))
            .collect();
        self.send_columns(label, columns, point, &values)?;
        Ok(values)
    }

    /// Sends evaluations of columns that are known already, and claims them for the opening.
    pub fn send_columns(
        &mut self,
        label: &'static str,
        columns: &[ColumnId],
        point: &[K],
        values: &[K],
    ) -> Result<(), ProveError> {
        let values = self.send_claimed(label, values);
        if let Some(argument) = &mut self.argument {
            for (id, value) in columns.iter().zip(&values) {
                argument.claim(*id, point, *value)?;
            }
        }
        Ok(())
    }

    /// Evaluates `sum_i weight_i row_i~(point)` of a column, sends and claims it.
    pub fn open_rows(
        &mut self,
        label: &'static str,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
    ) -> Result<(), ProveError> {
        let size = 1 << point.len();
        let values = self.column(column);
        let value = rows
            .iter()
            .map(|(row, weight)| {
                *weight * multilinear::evaluate_base(&values[row * size..(row + 1) * size], point)
            })
            .sum();
        let value = self.send_claimed(label, &[value])[0];
        if let Some(argument) = &mut self.argument {
            argument.claim_rows(column, rows, point, value)?;
        }
        Ok(())
    }
}

/// The verifier's side of a running proof.
pub(crate) struct VerifierSession<'proof> {
    pub transcript: VerifierTranscript<'proof>,
    pub argument: Option<argument::Verifier>,
}

impl VerifierSession<'_> {
    pub fn challenge(&mut self, label: &'static str) -> K {
        self.challenges(label, 1)[0]
    }

    pub fn challenges(&mut self, label: &'static str, count: usize) -> Vec<K> {
        let drawn = self.transcript.challenges(label, count);
        #[cfg(test)]
        let drawn = crate::testkit::frozen::challenges(label, drawn);
        drawn
    }

    /// Receives evaluations of columns at a point and claims them; the opening discharges the claims.
    pub fn receive_columns(
        &mut self,
        label: &'static str,
        columns: &[ColumnId],
        point: &[K],
    ) -> Result<Vec<K>, VerifyError> {
        let values = self.transcript.receive_ext(label, columns.len())?;
        let argument = self.argument.as_mut().ok_or(VerifyError::UnplacedWire)?;
        for (id, value) in columns.iter().zip(&values) {
            argument.claim(*id, point, *value)?;
        }
        Ok(values)
    }

    /// Receives `sum_i weight_i row_i~(point)` of a column and claims it.
    pub fn receive_rows(
        &mut self,
        label: &'static str,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
    ) -> Result<K, VerifyError> {
        let value = crate::wire::single(self.transcript.receive_ext(label, 1)?);
        let argument = self.argument.as_mut().ok_or(VerifyError::UnplacedWire)?;
        argument.claim_rows(column, rows, point, value)?;
        Ok(value)
    }
}
