//! What the relations share while they run: one transcript, one commitment, a growing list of claims.

use blindproof_zk::{
    argument,
    field::{F, K},
    stack::ColumnId,
    transcript::{ProverTranscript, VerifierTranscript},
};

use crate::proof::VerifyError;

/// The prover's side of a running proof.
pub(crate) struct ProverSession {
    pub transcript: ProverTranscript,
    pub argument: argument::Prover,
}

impl ProverSession {
    pub fn challenge(&mut self, label: &'static str) -> K {
        self.transcript.challenge(label)
    }

    pub fn challenges(&mut self, label: &'static str, count: usize) -> Vec<K> {
        self.transcript.challenges(label, count)
    }

    /// The committed values of a column.
    pub fn column(&self, id: ColumnId) -> &[F] {
        self.argument.column(id)
    }

    /// Evaluates columns at a point, sends the values and claims them for the opening.
    pub fn open_columns(&mut self, label: &'static str, columns: &[ColumnId], point: &[K]) -> Vec<K> {
        let values = self.argument.evaluate(columns, point);
        self.transcript.send_ext(label, &values);
        for (id, value) in columns.iter().zip(&values) {
            self.argument.claim(*id, point.to_vec(), *value);
        }
        values
    }
}

/// The verifier's side of a running proof.
pub(crate) struct VerifierSession<'proof> {
    pub transcript: VerifierTranscript<'proof>,
    pub argument: argument::Verifier,
}

impl VerifierSession<'_> {
    pub fn challenge(&mut self, label: &'static str) -> K {
        self.transcript.challenge(label)
    }

    pub fn challenges(&mut self, label: &'static str, count: usize) -> Vec<K> {
        self.transcript.challenges(label, count)
    }

    /// Receives evaluations of columns at a point and claims them; the opening discharges the claims.
    pub fn receive_columns(
        &mut self,
        label: &'static str,
        columns: &[ColumnId],
        point: &[K],
    ) -> Result<Vec<K>, VerifyError> {
        let values = self.transcript.receive_ext(label, columns.len())?;
        for (id, value) in columns.iter().zip(&values) {
            self.argument.claim(*id, point.to_vec(), *value);
        }
        Ok(values)
    }
}
