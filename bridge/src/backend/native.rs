//! This repository's argument, used for one operation.

use blindproof_fhe::{
    evaluate::Trace,
    lwe::LweMatrix,
    program::{Node, Operation, Program, Wire, WireId, WireKind},
};
use ndarray::Array2;

use super::{Backend, BackendError, Facts, Prepared, Size, SmallOperation, Task};
use crate::{
    ProverData, prove,
    selection::Selection,
    statement::{PublicData, Statement},
    verify,
};

/// The backend.
#[derive(Clone, Copy, Debug)]
pub struct Native {
    /// Soundness level in bits.
    pub level: u32,
}

impl Backend for Native {
    fn facts(&self) -> Facts {
        Facts {
            name: "native",
            trusted_setup: false,
            zero_knowledge: false,
            assumptions: "random oracle; collision resistance of BLAKE3",
            security_bits: self.level,
        }
    }

    fn setup(&self, task: &Task) -> Result<Box<dyn Prepared>, BackendError> {
        Ok(Box::new(OneNode {
            program: program(task),
            level: self.level,
        }))
    }
}

/// The operation as a program of one node.
fn program(task: &Task) -> Program {
    let rows = task.input.rows();
    let (operation, kind, inputs, outputs) = match &task.operation {
        SmallOperation::Linear(map) => {
            let (outputs, inputs) = map.weights.dim();
            let operation = Operation::Linear(map.clone());
            (operation, WireKind::BigLwe, inputs, outputs)
        }
        SmallOperation::KeySwitch => (Operation::KeySwitch, WireKind::SmallLwe, rows, rows),
    };
    let (input, output) = (WireId(0), WireId(1));
    Program {
        name: "one operation".to_owned(),
        parameters: task.keys.key_switching.parameters().name.to_owned(),
        wires: vec![
            Wire {
                kind: WireKind::BigLwe,
                features: inputs,
            },
            Wire {
                kind,
                features: outputs,
            },
        ],
        nodes: vec![Node {
            layer: 0,
            layer_name: "operation".to_owned(),
            operation,
            inputs: vec![input],
            output,
        }],
        input,
        output,
    }
}

struct OneNode {
    program: Program,
    level: u32,
}

impl OneNode {
    /// Runs `work` on the statement that `result` is the task's result.
    fn with<T>(
        &self,
        task: &Task,
        result: &Array2<u64>,
        work: impl FnOnce(&Statement, &PublicData<'_>) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let output = LweMatrix::new(result.clone())
            .map_err(|_| BackendError::NotCanonical { what: "result" })?;
        let public = PublicData {
            program: &self.program,
            keys: task.keys.as_ref().into(),
            input: &task.input,
            output: &output,
        };
        let statement = Statement::new(&public, Selection::All, self.level)?;
        work(&statement, &public)
    }
}

impl Prepared for OneNode {
    fn size(&self) -> Size {
        Size {
            units: 0,
            unit: "no setup",
            proving_key: 0,
            verifying_key: 0,
        }
    }

    fn prove(&self, task: &Task, result: &Array2<u64>) -> Result<Vec<u8>, BackendError> {
        let trace = Trace {
            images: task.input.rows() / self.program.wires[0].features,
            wires: vec![task.input.words.clone(), result.clone()],
        };
        self.with(task, result, |statement, public| {
            let data = ProverData::new(&task.keys, &trace);
            Ok(prove(statement, public, &data, &())?)
        })
    }

    fn verify(&self, task: &Task, result: &Array2<u64>, proof: &[u8]) -> Result<(), BackendError> {
        self.with(task, result, |statement, public| {
            verify(statement, public, proof)?;
            Ok(())
        })
    }
}
