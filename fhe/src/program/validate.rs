//! Everything that the evaluator and a verifier rely on.

use super::{LinearMap, Operation, Program, ProgramError, WireKind};
use crate::modulus;
use crate::params::ParameterSet;

impl Program {
    /// Checks the chain, wire kinds and sizes, weights, tables and message bits.
    ///
    /// # Errors
    /// [`ProgramError`] names the first node and field that is wrong.
    pub fn validate(&self) -> Result<(), ProgramError> {
        let parameters = self.parameter_set()?;
        self.validate_structure()?;
        let mut current = self.input;
        let mut written = vec![false; self.wires.len()];
        written[self.input.0] = true;
        for (index, node) in self.nodes.iter().enumerate() {
            let fail = |field: &'static str, problem: String| ProgramError::Node {
                node: index,
                kind: node.kind(),
                field,
                problem,
            };
            if node.input != current {
                return Err(fail(
                    "input",
                    format!(
                        "is wire {}; the chain is at wire {}",
                        node.input.0, current.0
                    ),
                ));
            }
            let output = self
                .wires
                .get(node.output.0)
                .ok_or_else(|| fail("output", format!("wire {} does not exist", node.output.0)))?;
            if std::mem::replace(&mut written[node.output.0], true) {
                let problem = format!("wire {} is written a second time", node.output.0);
                return Err(fail("output", problem));
            }
            let input = &self.wires[node.input.0];
            let kinds = (input.kind, output.kind);
            if kinds != node.kind().wire_kinds() {
                return Err(fail(
                    "output",
                    format!(
                        "wire kinds are {kinds:?}, must be {:?}",
                        node.kind().wire_kinds()
                    ),
                ));
            }
            node.operation
                .validate(input.features, output.features, parameters)
                .map_err(|(field, problem)| fail(field, problem))?;
            current = node.output;
        }
        if current != self.output {
            return Err(ProgramError::Structure {
                field: "output",
                problem: format!("is wire {}; the chain ends at {}", self.output.0, current.0),
            });
        }
        Ok(())
    }

    /// Checks the input wire, the number of wires and their sizes.
    fn validate_structure(&self) -> Result<(), ProgramError> {
        let fail =
            |field: &'static str, problem: String| Err(ProgramError::Structure { field, problem });
        if self.nodes.len().checked_add(1) != Some(self.wires.len()) {
            let (wires, nodes) = (self.wires.len(), self.nodes.len());
            return fail(
                "wires",
                format!("a chain of {nodes} nodes has one wire more than nodes, not {wires}"),
            );
        }
        if self.wire(self.input)?.kind != WireKind::BigLwe {
            return fail("input", "must be a wire of big LWE ciphertexts".to_owned());
        }
        for (index, wire) in self.wires.iter().enumerate() {
            if !(1..=Self::MAX_FEATURES).contains(&wire.features) {
                let limit = Self::MAX_FEATURES;
                return fail(
                    "wires",
                    format!("wire {index}: features must be from 1 to {limit}"),
                );
            }
        }
        Ok(())
    }
}

impl Operation {
    /// Checks sizes and contents; an error is the field and the problem.
    fn validate(
        &self,
        inputs: usize,
        outputs: usize,
        parameters: &ParameterSet,
    ) -> Result<(), (&'static str, String)> {
        match self {
            Self::Linear(map) => return map.validate(inputs, outputs),
            Self::BlindRotation { luts } => {
                if luts.len() != 1 && luts.len() != outputs {
                    let problem = format!(
                        "{} tables for {outputs} features; give 1 or {outputs}",
                        luts.len()
                    );
                    return Err(("luts", problem));
                }
                let bits = parameters.message_bits.0;
                if let Some(index) = luts.iter().position(|lut| lut.message_bits() != bits) {
                    let problem = format!(
                        "table {index} has {} entries; set `{}` has 2^{bits} messages",
                        luts[index].entries().len(),
                        parameters.name
                    );
                    return Err(("luts", problem));
                }
            }
            Self::KeySwitch | Self::ModulusSwitch => {}
        }
        if inputs == outputs {
            Ok(())
        } else {
            Err((
                "output",
                format!("has {outputs} features, the input has {inputs}; must be equal"),
            ))
        }
    }
}

impl LinearMap {
    /// Checks the shape, the row norms and the biases; an error is the field and the problem.
    pub(crate) fn validate(
        &self,
        inputs: usize,
        outputs: usize,
    ) -> Result<(), (&'static str, String)> {
        if self.weights.dim() != (outputs, inputs) {
            let problem = format!(
                "shape is {:?}, must be {:?}",
                self.weights.dim(),
                (outputs, inputs)
            );
            return Err(("weights", problem));
        }
        if self.bias.len() != outputs {
            let problem = format!("{} words for {outputs} outputs", self.bias.len());
            return Err(("bias", problem));
        }
        if let Some(index) = modulus::first_non_canonical(&self.bias) {
            return Err((
                "bias",
                format!("word {index} is not below p; reduce it modulo p"),
            ));
        }
        for (index, row) in self.weights.outer_iter().enumerate() {
            let norm = row
                .iter()
                .fold(0u64, |sum, w| sum.saturating_add(w.unsigned_abs()));
            if norm >= Self::MAX_ROW_NORM {
                let problem =
                    format!("absolute values of row {index} sum to {norm}; must be below 2^31");
                return Err(("weights", problem));
            }
        }
        Ok(())
    }
}
