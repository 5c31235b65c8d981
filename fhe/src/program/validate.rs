//! Everything that the evaluator and a verifier rely on.

use super::{LinearMap, Node, Operation, OperationKind, Program, ProgramError, WireKind};
use crate::modulus;
use crate::params::ParameterSet;

impl Program {
    /// Checks the graph, wire kinds and sizes, weights and tables.
    ///
    /// # Errors
    /// [`ProgramError`] names the first node and field that is wrong.
    pub fn validate(&self) -> Result<(), ProgramError> {
        let parameters = self.parameter_set()?;
        self.validate_structure()?;
        let mut state = vec![State::Unwritten; self.wires.len()];
        state[self.input.0] = State::Written;
        for (index, node) in self.nodes.iter().enumerate() {
            let fail = |field: &'static str, problem: String| ProgramError::Node {
                node: index,
                kind: node.kind(),
                field,
                problem,
            };
            let features = self
                .read(node, &mut state)
                .map_err(|problem| fail("inputs", problem))?;
            let output = self
                .wires
                .get(node.output.0)
                .ok_or_else(|| fail("output", format!("wire {} does not exist", node.output.0)))?;
            if state[node.output.0] != State::Unwritten {
                let problem = format!("wire {} is written a second time", node.output.0);
                return Err(fail("output", problem));
            }
            state[node.output.0] = State::Written;
            let needed = node.kind().wire_kinds().1;
            if output.kind != needed {
                let problem = format!("wire kind is {:?}, must be {needed:?}", output.kind);
                return Err(fail("output", problem));
            }
            node.operation
                .validate(features, output.features, parameters)
                .map_err(|(field, problem)| fail(field, problem))?;
        }
        match (0..state.len())
            .find(|wire| (state[*wire] == State::Read) == (*wire == self.output.0))
        {
            None => Ok(()),
            Some(wire) => Err(ProgramError::Structure {
                field: "output",
                problem: format!(
                    "is wire {}; it must be the one wire that no node reads, but wire {wire} is {}",
                    self.output.0,
                    if wire == self.output.0 {
                        "read"
                    } else {
                        "not read"
                    }
                ),
            }),
        }
    }

    /// Marks the inputs of a node as read; their features together. An error is the problem.
    fn read(&self, node: &Node, state: &mut [State]) -> Result<usize, String> {
        let several = node.kind() == OperationKind::Linear;
        if node.inputs.is_empty() || (node.inputs.len() > 1 && !several) {
            return Err(format!(
                "names {} wires; must name one, or for a linear layer one or more",
                node.inputs.len()
            ));
        }
        let mut features = 0usize;
        for (position, input) in node.inputs.iter().enumerate() {
            let wire = self.wires.get(input.0);
            let wire = wire.ok_or_else(|| format!("wire {} does not exist", input.0))?;
            if state[input.0] == State::Unwritten {
                return Err(format!("wire {} is not written before", input.0));
            }
            if node.inputs[..position].contains(input) {
                return Err(format!("names wire {} twice", input.0));
            }
            let needed = node.kind().wire_kinds().0;
            if wire.kind != needed {
                return Err(format!(
                    "the kind of wire {} is {:?}, must be {needed:?}",
                    input.0, wire.kind
                ));
            }
            state[input.0] = State::Read;
            features = features.saturating_add(wire.features);
        }
        Ok(features)
    }

    /// Checks the input wire, the number of wires and their sizes.
    fn validate_structure(&self) -> Result<(), ProgramError> {
        let fail =
            |field: &'static str, problem: String| Err(ProgramError::Structure { field, problem });
        if self.nodes.len().checked_add(1) != Some(self.wires.len()) {
            let (wires, nodes) = (self.wires.len(), self.nodes.len());
            return fail(
                "wires",
                format!("{nodes} nodes need one wire more than there are nodes, not {wires}"),
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

/// What has happened to a wire so far.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Unwritten,
    Written,
    Read,
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
                let most = parameters.polynomial_size.0 / 2;
                if let Some(index) = luts.iter().position(|lut| lut.entries().len() > most) {
                    let problem = format!(
                        "table {index} has {} entries; set `{}` can read at most {most}",
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
