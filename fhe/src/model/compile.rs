//! From a model to a program.

use super::rows::Rows;
use super::{Layer, LutLayer, ModelError, QuantisedModel};
use crate::lut::Lut;
use crate::modulus;
use crate::program::{LinearMap, Node, Operation, Program, Wire, WireId, WireKind};
use ndarray::Array2;

/// `v * (p-1)/2^bits` as a word; `bits` at most 32, where the division is exact.
pub(super) fn encode(v: i64, bits: u32) -> u64 {
    modulus::mul(modulus::from_i64(v), (modulus::P - 1) >> bits)
}

impl QuantisedModel {
    /// The program that computes the logits: for each linear layer one linear node, for each table a key switch,
    /// a modulus switch and a blind rotation.
    ///
    /// # Errors
    /// [`ModelError`] when the model does not validate.
    pub fn compile(&self) -> Result<Program, ModelError> {
        let info = self.analyse()?;
        let mut graph = Graph::default();
        graph.wire(WireKind::BigLwe, self.input.features);
        // Program wires of the input and of every layer.
        let mut places = vec![WireId(0)];
        for (index, layer) in self.layers.iter().enumerate() {
            let sources = layer.inputs(index);
            let inputs: Vec<WireId> = sources.iter().map(|&i| places[i]).collect();
            let features = info[index + 1].ranges.len();
            places.push(match layer {
                Layer::Lut(lut) => {
                    let luts = lut.encoded().map_err(|error| ModelError::Field {
                        field: format!("layers[{index}].tables"),
                        problem: error.to_string(),
                    })?;
                    let luts = match luts.len() {
                        1 => luts,
                        tables => (0..features)
                            .map(|f| luts[f / (features / tables)].clone())
                            .collect(),
                    };
                    let steps = [
                        (Operation::KeySwitch, WireKind::SmallLwe),
                        (Operation::ModulusSwitch, WireKind::Switched),
                        (Operation::BlindRotation { luts }, WireKind::BigLwe),
                    ];
                    steps
                        .into_iter()
                        .fold(inputs[0], |input, (operation, kind)| {
                            let output = graph.wire(kind, features);
                            graph.node(index, layer, operation, vec![input], output)
                        })
                }
                _ => {
                    let widths: Vec<usize> =
                        sources.iter().map(|&i| info[i].ranges.len()).collect();
                    let rows = self.rows(index, widths.iter().sum())?;
                    let map = rows.linear_map(widths.iter().sum(), info[index + 1].bits);
                    let output = graph.wire(WireKind::BigLwe, features);
                    graph.node(index, layer, Operation::Linear(map), inputs, output)
                }
            });
        }
        let program = Program {
            name: self.name.clone(),
            parameters: self.parameters.clone(),
            wires: graph.wires,
            nodes: graph.nodes,
            input: WireId(0),
            output: places.last().copied().unwrap_or(WireId(0)),
        };
        program.validate()?;
        Ok(program)
    }
}

impl Rows {
    fn linear_map(&self, inputs: usize, bits: u32) -> LinearMap {
        let mut weights = Array2::zeros((self.entries.len(), inputs));
        for (output, row) in self.entries.iter().enumerate() {
            for &(input, weight) in row {
                weights[[output, input]] = weight;
            }
        }
        LinearMap {
            weights,
            bias: self.bias.iter().map(|&b| encode(b, bits)).collect(),
        }
    }
}

impl LutLayer {
    pub(crate) fn encoded(&self) -> Result<Vec<Lut>, crate::lut::LutError> {
        let words = |table: &Vec<i64>| {
            let entries = table.iter().map(|&v| encode(v, self.output_bits));
            Lut::new(entries.collect())
        };
        self.tables.iter().map(words).collect()
    }
}

/// A program under construction.
#[derive(Default)]
struct Graph {
    wires: Vec<Wire>,
    nodes: Vec<Node>,
}

impl Graph {
    fn wire(&mut self, kind: WireKind, features: usize) -> WireId {
        self.wires.push(Wire { kind, features });
        WireId(self.wires.len() - 1)
    }

    fn node(
        &mut self,
        index: usize,
        layer: &Layer,
        operation: Operation,
        inputs: Vec<WireId>,
        output: WireId,
    ) -> WireId {
        self.nodes.push(Node {
            layer: index,
            layer_name: layer.name().to_owned(),
            operation,
            inputs,
            output,
        });
        output
    }
}
