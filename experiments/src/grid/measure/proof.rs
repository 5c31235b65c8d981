//! Exact encrypted inference with this repository's proof.

use std::cell::{Cell as Shared, RefCell};

use blindproof_bridge::coverage::escape_probability;
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::resources::Resources;
use blindproof_bridge::selection::Selection;
use blindproof_bridge::statement::{Keys, PublicData, Statement};
use blindproof_bridge::{ProveObserver, ProveStep, ProverData, Verified, prove, verify};

use super::encrypted::Encrypted;
use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::{Cell, KeyMode, ProofSettings};
use crate::grid::record::{Metric, subject};
use crate::roles::cost::{Cost, process_cpu_seconds};

struct Proof {
    encrypted: Encrypted,
    settings: ProofSettings,
    selection: Selection,
    index: Option<KeyIndex>,
}

pub(super) fn prepare(
    cell: &Cell,
    settings: &ProofSettings,
    meter: &mut Meter,
) -> Result<Box<dyn Prepared>, MeasureError> {
    let encrypted = Encrypted::prepare(cell, meter)?;
    let selection = settings.select.parse();
    let index = match settings.keys {
        KeyMode::Direct => None,
        KeyMode::Indexed => {
            let index = meter.phase(subject::SETUP, || KeyIndex::create(&encrypted.keys));
            Some(index.map_err(MeasureError::step("key index"))?)
        }
    };
    Ok(Box::new(Proof {
        selection: selection.map_err(MeasureError::step("selection"))?,
        settings: settings.clone(),
        encrypted,
        index,
    }))
}

impl Prepared for Proof {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let Self {
            encrypted,
            settings,
            selection,
            index,
        } = self;
        let mut coverage = Coverage::default();
        encrypted.repeat(meter, |server, input, meter| {
            let (trace, output) = server.evaluate(input, meter)?;
            let public = PublicData {
                program: &server.work.program,
                keys: index
                    .as_ref()
                    .map_or_else(|| server.keys.as_ref().into(), Keys::from),
                input,
                output: &output,
            };
            let steps = Steps::default();
            let made = meter.phase(subject::PROVE, || {
                let statement = Statement::new(&public, selection.clone(), settings.bits)
                    .map_err(MeasureError::step("statement"))?;
                let resources = Resources::choose(&statement, &public, settings.memory, false)
                    .map_err(MeasureError::step("memory"))?;
                let statement = statement.with_log_shard(resources.log_shard);
                let data = ProverData {
                    keep: resources.keep,
                    ..ProverData::new(&server.keys, &trace)
                };
                prove(&statement, &public, &data, &steps)
                    .map(|proof| (statement.to_bytes(), proof))
                    .map_err(MeasureError::step("proof"))
            });
            let (statement, proof) = made?;
            steps.note(meter);
            meter.add(subject::STATEMENT, Metric::Bytes, statement.len() as f64);
            meter.add(subject::PROOF, Metric::Bytes, proof.len() as f64);
            // Everything from bytes, as a verifier that was not there.
            let verified = meter.phase(subject::VERIFY, || {
                let statement =
                    Statement::from_bytes(&statement).map_err(MeasureError::step("statement"))?;
                verify(&statement, &public, &proof).map_err(MeasureError::step("verification"))
            })?;
            coverage.add(&verified);
            Ok(output)
        })?;
        let keys = match index {
            None => encrypted.key_bytes(),
            Some(index) => index.to_bytes().len() as f64,
        };
        meter.set(subject::VERIFIER_KEYS, Metric::Bytes, keys);
        coverage.note(selection, encrypted, meter)
    }
}

/// What the accepted proofs of a repetition cover.
#[derive(Default)]
struct Coverage {
    /// Kind, proven and total operations.
    kinds: Vec<(String, usize, usize)>,
    /// Of the weakest proof; `None` when nothing is proven.
    bits: Option<f64>,
}

impl Coverage {
    fn add(&mut self, verified: &Verified) {
        for entry in &verified.coverage {
            let kind = entry.kind.to_string();
            match self.kinds.iter_mut().find(|known| known.0 == kind) {
                Some(known) => {
                    known.1 += entry.proven;
                    known.2 += entry.total;
                }
                None => self.kinds.push((kind, entry.proven, entry.total)),
            }
        }
        if verified.coverage.iter().any(|entry| entry.proven > 0) {
            let bits = verified.soundness.total_bits();
            self.bits = Some(self.bits.map_or(bits, |weakest| weakest.min(bits)));
        }
    }

    fn note(
        &self,
        selection: &Selection,
        encrypted: &Encrypted,
        meter: &mut Meter,
    ) -> Result<(), MeasureError> {
        for (kind, proven, total) in &self.kinds {
            let share = *proven as f64 / *total as f64;
            meter.set(
                &format!("{}/{kind}", subject::COVERAGE),
                Metric::Share,
                share,
            );
        }
        let proven: usize = self.kinds.iter().map(|kind| kind.1).sum();
        let total: usize = self.kinds.iter().map(|kind| kind.2).sum();
        meter.set(
            subject::COVERAGE,
            Metric::Share,
            proven as f64 / total as f64,
        );
        if let Some(bits) = self.bits {
            let source = "soundness report of the accepted proof";
            meter.predict(subject::SOUNDNESS, Metric::Bits, bits, source);
        }
        if let Selection::Sample(sample) = selection {
            let images = encrypted.work.inputs.len().min(encrypted.batch());
            let (sampled, total) = sample
                .size(&encrypted.work.program, images)
                .map_err(MeasureError::step("sample"))?;
            let source = "bridge::coverage::escape_probability, for one batch and one attempt";
            for (subject, wrong) in [
                (subject::ESCAPE, 1),
                (subject::ESCAPE_PERCENT, total.div_ceil(100)),
            ] {
                let log2 = escape_probability(total, sampled, wrong).log2;
                // A whole sample lets nothing escape: no finite logarithm.
                if log2.is_finite() {
                    meter.predict(subject, Metric::Log2Probability, log2, source);
                }
            }
        }
        Ok(())
    }
}

/// Adds up elapsed and CPU time of the prover's steps.
#[derive(Default)]
pub(super) struct Steps {
    started: Shared<f64>,
    done: RefCell<Vec<(&'static str, Cost)>>,
}

impl Steps {
    pub(super) fn note(&self, meter: &mut Meter) {
        for (part, cost) in self.done.borrow().iter() {
            meter.add(part, Metric::Wall, cost.wall_seconds);
            meter.add(part, Metric::Cpu, cost.cpu_seconds);
        }
    }
}

impl ProveObserver for Steps {
    fn start(&self, _: ProveStep) {
        self.started.set(process_cpu_seconds());
    }

    fn end(&self, step: ProveStep, seconds: f64) {
        let [
            witness,
            commitment,
            range_check,
            quotient,
            sumchecks,
            opening,
        ] = subject::PROVE_PARTS;
        let part = match step {
            ProveStep::Evaluate | ProveStep::Witness => witness,
            ProveStep::Commit => commitment,
            ProveStep::RangeCheck => range_check,
            ProveStep::Quotient | ProveStep::Collapse => quotient,
            ProveStep::Relation { .. } | ProveStep::BlindRotations => sumchecks,
            ProveStep::Open => opening,
        };
        let cost = Cost {
            wall_seconds: seconds,
            cpu_seconds: process_cpu_seconds() - self.started.get(),
        };
        self.done.borrow_mut().push((part, cost));
    }
}
