//! Groth16 on one small ciphertext operation: `bridge::backend`.

use std::sync::Arc;

use blindproof_bridge::backend::{Backend, Groth16, SmallOperation, Task};
use blindproof_fhe::keys::{ClientKey, KeyError};
use blindproof_fhe::program::Operation;

use super::{MeasureError, Meter, Prepared};
use crate::grid::cell::Cell;
use crate::grid::record::{Metric, subject};
use crate::grid::workload::Work;

/// One operation on encrypted inputs.
struct SmallProof {
    task: Task,
    operations: usize,
}

pub(super) fn prepare(cell: &Cell, meter: &mut Meter) -> Result<Box<dyn Prepared>, MeasureError> {
    let work = Work::new(cell)?;
    let operation = match work.program.nodes.as_slice() {
        [node] => match &node.operation {
            Operation::Linear(map) => Some(SmallOperation::Linear(map.clone())),
            Operation::KeySwitch => Some(SmallOperation::KeySwitch),
            _ => None,
        },
        _ => None,
    };
    let operation = operation.ok_or_else(|| MeasureError::Unsupported {
        system: cell.system,
        workload: cell.workload.to_string(),
        why: "backend groth16 proves one small operation; choose linear:INxOUT or key-switch, or backend native",
    })?;
    let mut seeds = super::repeatable_seeds(cell);
    let (client, keys) = meter
        .phase(subject::KEYGEN, || {
            let client = ClientKey::generate(work.parameters, &mut seeds)?;
            let keys = client.generate_server_key(&mut seeds);
            Ok::<_, KeyError>((client, Arc::new(keys)))
        })
        .map_err(MeasureError::step("key generation"))?;
    let words = work.inputs.concat();
    let input = meter
        .phase(subject::ENCRYPT, || client.encrypt(&words, &mut seeds))
        .map_err(MeasureError::step("encryption"))?;
    Ok(Box::new(SmallProof {
        operations: work.program.operations(0, cell.images),
        task: Task {
            operation,
            keys,
            input,
        },
    }))
}

impl Prepared for SmallProof {
    fn repeat(&mut self, meter: &mut Meter) -> Result<(), MeasureError> {
        let task = &self.task;
        let result = meter
            .phase(subject::EVALUATE, || task.evaluate())
            .map_err(MeasureError::step("evaluation"))?;
        // The setup is a part of every repetition: it is the operation's own.
        let prepared = meter
            .phase(subject::SETUP, || Groth16.setup(task))
            .map_err(MeasureError::step("setup"))?;
        let size = prepared.size();
        meter.set(subject::UNITS, Metric::Count, size.units as f64);
        meter.set(subject::PROVING_KEY, Metric::Bytes, size.proving_key as f64);
        meter.set(
            subject::VERIFIER_KEYS,
            Metric::Bytes,
            size.verifying_key as f64,
        );
        let proof = meter
            .phase(subject::PROVE, || prepared.prove(task, &result))
            .map_err(MeasureError::step("proof"))?;
        meter
            .phase(subject::VERIFY, || prepared.verify(task, &result, &proof))
            .map_err(MeasureError::step("verification"))?;
        meter.set(subject::PROOF, Metric::Bytes, proof.len() as f64);
        meter.set(subject::OPERATIONS, Metric::Count, self.operations as f64);
        meter.set(subject::COVERAGE, Metric::Share, 1.0);
        let bits = f64::from(Groth16.facts().security_bits);
        let source = "claimed for BN254: Barbulescu, Duquesne, eprint 2017/334";
        meter.predict(subject::SOUNDNESS, Metric::Bits, bits, source);
        Ok(())
    }
}
