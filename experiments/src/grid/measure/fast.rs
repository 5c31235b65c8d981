//! tfhe's key switch and FFT bootstrap modulo `2^64`: encrypted inference as it is without proofs.

use blindproof_fhe::fast::FftBootstrap;
use blindproof_fhe::keys::SeedSource;
use blindproof_fhe::program::WireKind;

use super::{MeasureError, Meter, Prepared, repeatable_seeds};
use crate::grid::cell::Cell;
use crate::grid::record::{Metric, subject};
use crate::grid::workload::Work;

/// Keys and a workload.
struct Fast {
    work: Work,
    batch: usize,
    keys: FftBootstrap,
    seeds: SeedSource,
}

pub(super) fn prepare(cell: &Cell, meter: &mut Meter) -> Result<Box<dyn Prepared>, MeasureError> {
    let work = Work::new(cell)?;
    if work.program.wires[work.program.output.0].kind != WireKind::BigLwe {
        return Err(MeasureError::Unsupported {
            system: cell.system,
            workload: cell.workload.to_string(),
            why: "its result is not under the big key; choose fhe-exact",
        });
    }
    let mut seeds = repeatable_seeds(cell);
    let keys = meter
        .phase(subject::KEYGEN, || {
            FftBootstrap::generate(work.parameters, &mut seeds)
        })
        .map_err(MeasureError::step("key generation"))?;
    Ok(Box::new(Fast {
        work,
        batch: cell.batch,
        keys,
        seeds,
    }))
}

impl Prepared for Fast {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let program = &self.work.program;
        let mut phases = Vec::new();
        for inputs in self.work.inputs.chunks(self.batch) {
            let words = inputs.concat();
            let input = meter.phase(subject::ENCRYPT, || {
                self.keys.encrypt_all(&words, &mut self.seeds)
            });
            let (output, timings) = meter
                .phase(subject::EVALUATE, || self.keys.evaluate(program, &input))
                .map_err(MeasureError::step("evaluation"))?;
            super::note_parts(meter, &timings);
            phases.extend(meter.phase(subject::DECRYPT, || self.keys.decrypt_all(&output)));
            // Ciphertexts without seeds.
            meter.add(subject::INPUT, Metric::Bytes, 8.0 * input.len() as f64);
            meter.add(subject::OUTPUT, Metric::Bytes, 8.0 * output.len() as f64);
        }
        super::note_counts(&self.work, meter);
        let answers = self.work.judge(&phases);
        answers.map_err(MeasureError::step("decoding"))?.note(meter);
        Ok(())
    }
}
