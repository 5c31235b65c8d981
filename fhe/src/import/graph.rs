//! The graph of a file: names, constants, shapes, what comes in and what goes out.

use super::proto::{DimensionProto, ModelProto, NodeProto};
use super::reader::Reader;
use super::tensor::{Tensor, size};
use super::{
    FloatInput, FloatModel, FloatNode, FloatOperation, FloatOutput, ImportError, UnaryFunction,
};
use crate::model::OutputKind;
use prost::Message;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Longest file, in bytes.
const MAX_BYTES: usize = 1 << 28;
/// Most nodes.
const MAX_NODES: usize = 10_000;
/// Most values of a node, and most weights of an affine node.
pub(super) const MAX_WEIGHTS: usize = 1 << 24;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Constant(Tensor),
    /// 0 for the input, `i` for `nodes[i-1]`.
    Node(usize),
    /// What the client computes from a node.
    Client(FloatOutput),
    /// Texts: names of classes.
    Names,
}

/// Element type of texts.
const STRINGS: i32 = 8;
/// Element type of bytes with a sign.
const SIGNED_BYTES: i32 = 3;

/// A model under construction.
pub(super) struct Builder {
    pub(super) model: FloatModel,
    pub(super) values: HashMap<String, Value>,
    pub(super) shapes: Vec<Vec<usize>>,
    /// Texts of constants.
    names: HashMap<String, Vec<String>>,
    /// Constants that are bytes with a sign.
    pub(super) signed: HashSet<String>,
}

impl FloatModel {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`FloatModel::from_onnx`]; also if the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, ImportError> {
        let bytes = std::fs::read(path).map_err(|source| ImportError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::from_onnx(&bytes)
    }

    /// Reads the bytes of an ONNX file.
    ///
    /// # Errors
    /// [`ImportError`] names the node, its operator, what is unsupported and what to do.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, ImportError> {
        let malformed = |problem: String| ImportError::Malformed { problem };
        if bytes.len() > MAX_BYTES {
            return Err(malformed(format!("more than {MAX_BYTES} bytes")));
        }
        let proto = ModelProto::decode(bytes).map_err(|e| malformed(e.to_string()))?;
        let graph = proto
            .graph
            .ok_or_else(|| malformed("it has no graph".to_owned()))?;
        if graph.node.len() > MAX_NODES {
            return Err(malformed(format!("more than {MAX_NODES} nodes")));
        }
        let mut values = HashMap::new();
        let mut names = HashMap::new();
        let mut signed = HashSet::new();
        for tensor in &graph.initializer {
            if tensor.data_type == STRINGS {
                let text = |s: &Vec<u8>| String::from_utf8_lossy(s).into_owned();
                names.insert(
                    tensor.name.clone(),
                    tensor.string_data.iter().map(text).collect(),
                );
                values.insert(tensor.name.clone(), Value::Names);
                continue;
            }
            if tensor.data_type == SIGNED_BYTES {
                signed.insert(tensor.name.clone());
            }
            values.insert(tensor.name.clone(), Value::Constant(Tensor::read(tensor)?));
        }
        let mut inputs = graph.input.iter().filter(|i| !values.contains_key(&i.name));
        let (Some(input), None) = (inputs.next(), inputs.next()) else {
            return Err(ImportError::Graph {
                problem: "does not have exactly one input".to_owned(),
                remedy: "export a model of one tensor; with skl2onnx, give one FloatTensorType"
                    .to_owned(),
            });
        };
        let axes: Vec<&DimensionProto> = (input.r#type.iter())
            .filter_map(|t| t.tensor_type.as_ref()?.shape.as_ref())
            .flat_map(|shape| &shape.dim)
            .collect();
        let dims: Vec<i64> = axes.iter().map(|d| d.dim_value).collect();
        let shown: Vec<String> = (axes.iter())
            .map(|d| match (d.dim_value, d.dim_param.as_str()) {
                (0, "") => "?".to_owned(),
                (0, name) => name.to_owned(),
                (value, _) => value.to_string(),
            })
            .collect();
        let shape: Option<Vec<usize>> = (dims.iter().skip(1))
            .map(|&d| usize::try_from(d).ok().filter(|&d| d > 0))
            .collect();
        let shape =
            shape
                .filter(|shape| !shape.is_empty() && size(shape).is_some() && dims[0] <= 1)
                .ok_or_else(|| {
                    ImportError::Graph {
                problem: format!("has an input {:?} of shape [{}]", input.name, shown.join(", ")),
                remedy:
                    "export with a batch of 1 or of any size, and with all other dimensions fixed"
                        .to_owned(),
            }
                })?;
        values.insert(input.name.clone(), Value::Node(0));
        let name = if graph.name.is_empty() {
            "onnx"
        } else {
            &graph.name
        };
        let mut builder = Builder {
            model: Self {
                name: name.to_owned(),
                input: FloatInput {
                    name: input.name.clone(),
                    shape: shape.clone(),
                },
                nodes: Vec::new(),
                output: FloatOutput {
                    node: 0,
                    kind: OutputKind::Values,
                    labels: Vec::new(),
                },
            },
            values,
            shapes: vec![shape],
            names,
            signed,
        };
        for node in &graph.node {
            builder.node(node)?;
        }
        let outputs: Vec<_> = (graph.output.iter())
            .filter_map(|o| builder.values.get(&o.name))
            .collect();
        let client = outputs.iter().find_map(|value| match value {
            Value::Client(output) => Some(output.clone()),
            _ => None,
        });
        let node = outputs.iter().find_map(|value| match value {
            Value::Node(node) => Some(*node),
            _ => None,
        });
        let output = match (client, node) {
            (Some(output), _) => output,
            (None, Some(node)) => builder.values_of(node),
            (None, None) => {
                return Err(ImportError::Graph {
                    problem: "has no output that depends on its input".to_owned(),
                    remedy: "export the model again".to_owned(),
                });
            }
        };
        builder.model.output = builder.before_rising(output);
        Ok(builder.model)
    }
}

impl Builder {
    pub(super) fn value(
        &self,
        reader: Reader<'_>,
        index: usize,
    ) -> Result<Option<&Value>, ImportError> {
        match reader.0.input.get(index).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(name) => self.values.get(name).map(Some).ok_or_else(|| {
                reader.error(
                    format!("reads {name:?}, which nothing before it writes"),
                    "export the model again",
                )
            }),
        }
    }

    /// The activation that an input is.
    pub(super) fn activation(&self, reader: Reader<'_>, index: usize) -> Option<usize> {
        match self.value(reader, index) {
            Ok(Some(&Value::Node(node))) => Some(node),
            _ => None,
        }
    }

    pub(super) fn is_activation(&self, reader: Reader<'_>, index: usize) -> bool {
        self.activation(reader, index).is_some()
    }

    /// A constant input; `None` if it is absent.
    pub(super) fn constant(
        &self,
        reader: Reader<'_>,
        index: usize,
    ) -> Result<Option<&Tensor>, ImportError> {
        match self.value(reader, index)? {
            None => Ok(None),
            Some(Value::Constant(tensor)) => Ok(Some(tensor)),
            Some(_) => Err(reader.error(
                format!("its input {index} depends on the model's input"),
                "this input must be a constant; fold constants on export",
            )),
        }
    }

    /// Adds a node; checks its shape and that its numbers are finite.
    pub(super) fn push(
        &mut self,
        reader: Reader<'_>,
        inputs: Vec<usize>,
        shape: Vec<usize>,
        operation: FloatOperation,
    ) -> Result<(), ImportError> {
        let finite = match &operation {
            FloatOperation::Affine { weights, bias } => {
                weights.iter().chain(bias).all(|w| w.is_finite())
            }
            FloatOperation::Conv { kernel, bias, .. } => {
                kernel.iter().chain(bias).all(|w| w.is_finite())
            }
            _ => true,
        };
        if !finite {
            return Err(reader.error("its weights are not all finite", "train the model again"));
        }
        if size(&shape).is_none_or(|n| n == 0) {
            return Err(reader.error(
                format!("its result has shape {shape:?}"),
                "use a smaller, non-empty one",
            ));
        }
        self.model.nodes.push(FloatNode {
            name: reader.name().to_owned(),
            inputs,
            shape: shape.clone(),
            operation,
        });
        self.shapes.push(shape);
        self.bind(reader, Value::Node(self.model.nodes.len()));
        Ok(())
    }

    /// Gives a value to the first output of a node.
    pub(super) fn bind(&mut self, reader: Reader<'_>, value: Value) {
        self.bind_at(reader, 0, value);
    }

    /// Gives a value to an output of a node.
    pub(super) fn bind_at(&mut self, reader: Reader<'_>, output: usize, value: Value) {
        if let Some(name) = reader.0.output.get(output) {
            self.values.insert(name.clone(), value);
        }
    }

    /// Gives what the client computes to all outputs of a node.
    pub(super) fn client(&mut self, reader: Reader<'_>, output: &FloatOutput) {
        for name in &reader.0.output {
            self.values
                .insert(name.clone(), Value::Client(output.clone()));
        }
    }

    /// A node whose values go out; a final sigmoid of one value is left to the client.
    fn values_of(&self, node: usize) -> FloatOutput {
        let (node, kind) = match self.sigmoid(node) {
            Some(logit) => (logit, OutputKind::Sign),
            None => (node, OutputKind::Values),
        };
        FloatOutput {
            node,
            kind,
            labels: Vec::new(),
        }
    }

    /// The largest of several values stays the largest under a function that only rises: it is left out.
    fn before_rising(&self, mut output: FloatOutput) -> FloatOutput {
        use UnaryFunction as F;
        while output.kind == OutputKind::Argmax
            && let Some(last) = output.node.checked_sub(1).map(|i| &self.model.nodes[i])
            && let FloatOperation::Unary(F::Sigmoid | F::Tanh | F::Exp | F::Softplus | F::Log) =
                last.operation
        {
            output.node = last.inputs[0];
        }
        output
    }

    /// What a sigmoid of one value reads.
    pub(super) fn sigmoid(&self, node: usize) -> Option<usize> {
        let last = self.model.nodes.get(node.checked_sub(1)?)?;
        let one = last.operation == FloatOperation::Unary(UnaryFunction::Sigmoid)
            && size(&last.shape) == Some(1);
        one.then(|| last.inputs[0])
    }

    fn node(&mut self, node: &NodeProto) -> Result<(), ImportError> {
        let reader = Reader(node);
        let mut all = Vec::new();
        for index in 0..node.input.len() {
            all.extend(self.value(reader, index)?.cloned());
        }
        let client = all.iter().find_map(|value| match value {
            Value::Client(output) => Some(output.clone()),
            _ => None,
        });
        if let Some(mut output) = client {
            return self.after(reader, &mut output);
        }
        let activations: Vec<usize> = all
            .iter()
            .filter_map(|value| match value {
                Value::Node(node) => Some(*node),
                _ => None,
            })
            .collect();
        match activations[..] {
            [] if all.iter().any(|value| matches!(value, Value::Names)) => {
                self.bind(reader, Value::Names);
                Ok(())
            }
            [] => self.fold(reader, &all),
            _ => self.operator(reader, &activations),
        }
    }

    /// Nodes after the last one that is evaluated encrypted.
    fn after(&mut self, reader: Reader<'_>, output: &mut FloatOutput) -> Result<(), ImportError> {
        match reader.0.op_type.as_str() {
            "LabelEncoder" => {
                let labels = reader.labels("values_int64s", "values_strings");
                if !labels.is_empty() {
                    output.labels = labels;
                }
            }
            "ArrayFeatureExtractor" if output.labels.is_empty() => {
                let name = reader.0.input.first();
                if let Some(names) = name.and_then(|name| self.names.get(name)) {
                    output.labels = names.clone();
                } else if let Ok(Some(labels)) = self.constant(reader, 0) {
                    output.labels = labels.values.iter().map(f64::to_string).collect();
                }
            }
            "ArrayFeatureExtractor" => {}
            "ArgMax" | "Softmax" | "LogSoftmax" | "ZipMap" | "Normalizer" | "Cast" | "Reshape"
            | "Identity" | "Squeeze" | "Unsqueeze" | "Flatten" | "TopK" | "Gather" | "Concat"
            | "Slice" | "Split" | "Shape" => {}
            _ => {
                return Err(reader.error(
                    "comes after a softmax, argmax or classifier, which is left to the client",
                    "export the model up to its logits",
                ));
            }
        }
        let output = output.clone();
        self.client(reader, &output);
        Ok(())
    }
}
