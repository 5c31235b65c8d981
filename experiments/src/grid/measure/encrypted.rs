//! Exact encrypted inference: keys, encryption, evaluation, decryption. Systems add what they do to the trace.

use std::sync::Arc;

use blindproof_fhe::evaluate::{Trace, evaluate};
use blindproof_fhe::keys::{ClientKey, SeedSource, ServerKey};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::Reading;
use blindproof_fhe::program::WireKind;

use super::{MeasureError, Meter, note_counts, note_parts, repeatable_seeds};
use crate::grid::cell::Cell;
use crate::grid::record::{Metric, subject};
use crate::grid::workload::Work;

/// A client and its server.
pub(super) struct Encrypted {
    pub work: Work,
    pub keys: Arc<ServerKey>,
    client: ClientKey,
    seeds: SeedSource,
    batch: usize,
}

impl Encrypted {
    /// Makes workload and keys.
    pub fn prepare(cell: &Cell, meter: &mut Meter) -> Result<Self, MeasureError> {
        let work = Work::new(cell)?;
        let mut seeds = repeatable_seeds(cell);
        let keys = meter.phase(subject::KEYGEN, || {
            ClientKey::generate(work.parameters, &mut seeds).map(|client| {
                let server = client.generate_server_key(&mut seeds);
                server.bootstrapping.prepare();
                (Arc::new(server), client)
            })
        });
        let (keys, client) = keys.map_err(MeasureError::step("key generation"))?;
        Ok(Self {
            work,
            keys,
            client,
            seeds,
            batch: cell.batch,
        })
    }

    /// Inputs that are evaluated together.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Length of both evaluation keys.
    pub fn key_bytes(&self) -> f64 {
        let set = self.work.parameters;
        8.0 * (set.bootstrapping_key_words() + set.key_switching_key_words()) as f64
    }

    /// Encrypts, batch by batch, gives each to `serve`, which returns the output ciphertexts, and decrypts them. Notes
    /// everything that all exact systems have.
    pub fn repeat(
        &mut self,
        meter: &mut Meter,
        mut serve: impl FnMut(&Self, &LweMatrix, &mut Meter) -> Result<LweMatrix, MeasureError>,
    ) -> Result<(), MeasureError> {
        let mut phases = Vec::new();
        let mut start = 0;
        while start < self.work.inputs.len() {
            let end = (start + self.batch).min(self.work.inputs.len());
            let words = self.work.inputs[start..end].concat();
            start = end;
            let seeded = meter
                .phase(subject::ENCRYPT, || {
                    self.client.encrypt_seeded(&words, &mut self.seeds)
                })
                .map_err(MeasureError::step("encryption"))?;
            let sent = 8 * seeded.rows() + size_of_val(seeded.seed());
            meter.add(subject::INPUT, Metric::Bytes, sent as f64);
            let input = seeded.expand();
            let output = serve(self, &input, meter)?;
            meter.add(
                subject::OUTPUT,
                Metric::Bytes,
                8.0 * output.words.len() as f64,
            );
            let small =
                self.work.program.wires[self.work.program.output.0].kind == WireKind::SmallLwe;
            let decrypted = meter.phase(subject::DECRYPT, || match small {
                true => self.client.decrypt_phase_small(&output),
                false => self.client.decrypt_phase(&output),
            });
            phases.extend(decrypted.map_err(MeasureError::step("decryption"))?);
        }
        self.note(&phases, meter)
    }

    fn note(&self, phases: &[u64], meter: &mut Meter) -> Result<(), MeasureError> {
        let answers = self
            .work
            .judge(phases)
            .map_err(MeasureError::step("decoding"))?;
        answers.note(meter);
        // A model may differ from the clear one at its stated probability; single operations are read with a wide margin.
        if self.work.model.is_none() && answers.agreement < 1.0 {
            return Err(MeasureError::Step {
                step: "decryption",
                problem: format!("{} of all results are wrong", 1.0 - answers.agreement),
            });
        }
        meter.set(subject::EVALUATION_KEYS, Metric::Bytes, self.key_bytes());
        let bootstraps = note_counts(&self.work, meter);
        if bootstraps > 0 {
            let failure = self.log2_failure()?;
            meter.predict(
                subject::FAILURE,
                Metric::Log2Probability,
                failure,
                "noise model of fhe::noise",
            );
        }
        Ok(())
    }

    /// `log2` of the probability that a table is read wrongly, at the worst layer.
    fn log2_failure(&self) -> Result<f64, MeasureError> {
        let Some(model) = &self.work.model else {
            return Ok(self.work.parameters.log2_p_fail(1.0));
        };
        let budget = model.loaded.model.noise_budget();
        let budget = budget.map_err(MeasureError::step("noise"))?;
        let read = budget
            .iter()
            .filter(|layer| matches!(layer.reading, Reading::Exact | Reading::Rounded { .. }));
        Ok(read.fold(f64::MIN, |worst, layer| worst.max(layer.log2_p_fail)))
    }

    /// Evaluates one batch: the trace, and the output in it.
    pub fn evaluate(
        &self,
        input: &LweMatrix,
        meter: &mut Meter,
    ) -> Result<(Trace, LweMatrix), MeasureError> {
        let (trace, timings) = meter
            .phase(subject::EVALUATE, || {
                evaluate(&self.work.program, &self.keys, input, &())
            })
            .map_err(MeasureError::step("evaluation"))?;
        note_parts(meter, &timings);
        let output = LweMatrix::new(trace.wires[self.work.program.output.0].clone());
        Ok((trace, output.map_err(MeasureError::step("evaluation"))?))
    }
}
