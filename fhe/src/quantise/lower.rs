//! From the nodes of a float model to stages.

use super::QuantiseError;
use super::graph::{ConvShape, Graph, Reading, Row, Stage};
use super::{pool, trees};
use crate::import::{FloatModel, FloatNode, FloatOperation, UnaryFunction};

/// Most values of a layer.
const MAX_FEATURES: usize = crate::program::Program::MAX_FEATURES;

/// Value of a node of the float model.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) rows: Vec<Row>,
    pub(super) shape: Vec<usize>,
    pub(super) conv: Option<ConvShape>,
}

impl Value {
    fn new(rows: Vec<Row>, shape: &[usize]) -> Self {
        Self {
            rows,
            shape: shape.to_vec(),
            conv: None,
        }
    }

    /// The wire that this value is, unchanged.
    fn wire(&self) -> Option<usize> {
        let wire = self.rows.first()?.terms.first()?.wire;
        let same = |(f, row): (usize, &Row)| *row == Row::feature(wire, f);
        self.rows.iter().enumerate().all(same).then_some(wire)
    }

    /// Channels, for tables of their own.
    pub(super) fn channels(&self) -> usize {
        match self.shape[..] {
            [c, _, _] if c > 0 && self.rows.len().is_multiple_of(c) => c,
            _ => self.rows.len(),
        }
    }
}

/// Stages under construction.
pub(super) struct Builder {
    pub(super) stages: Vec<Stage>,
    /// Bits of a table that is read exactly.
    pub(super) exact_bits: u32,
    per_channel: bool,
}

impl Builder {
    /// Adds a stage; its values.
    pub(super) fn push(
        &mut self,
        name: &str,
        sums: &Value,
        reading: Reading,
    ) -> Result<Value, QuantiseError> {
        let features = sums.rows.len();
        if features > MAX_FEATURES {
            return Err(QuantiseError::TooManyFeatures {
                layer: name.to_owned(),
                features,
                limit: MAX_FEATURES,
            });
        }
        let groups = match reading {
            Reading::Function(_) if self.per_channel => sums.channels(),
            Reading::Function(_) => 1,
            Reading::Threshold | Reading::AllOf { .. } => features,
        };
        self.stages.push(Stage {
            name: name.to_owned(),
            rows: sums.rows.clone(),
            groups,
            reading,
            conv: sums.conv,
        });
        Ok(Value::new(
            Row::wire(self.stages.len(), features),
            &sums.shape,
        ))
    }
}

/// Lowers a model. `exact_bits`: bits of tables that are read exactly; `per_channel`: one table for each channel.
pub(super) fn lower(
    model: &FloatModel,
    exact_bits: u32,
    per_channel: bool,
) -> Result<Graph, QuantiseError> {
    let uses = uses(model);
    let features = model.input.shape.iter().product();
    if features > MAX_FEATURES {
        return Err(QuantiseError::TooManyFeatures {
            layer: model.input.name.clone(),
            features,
            limit: MAX_FEATURES,
        });
    }
    let mut builder = Builder {
        stages: Vec::new(),
        exact_bits,
        per_channel,
    };
    let mut values = vec![Value::new(Row::wire(0, features), &model.input.shape)];
    // Functions that were put behind a maximum: max(f(a), f(b)) = f(max(a, b)) costs fewer bootstraps.
    let mut delayed: Vec<Option<UnaryFunction>> = vec![None];
    for (index, node) in model.nodes.iter().enumerate() {
        let id = index + 1;
        delayed.push(None);
        if uses[id] == 0 {
            values.push(Value::new(Vec::new(), &node.shape));
            continue;
        }
        let inputs: Vec<&Value> = node.inputs.iter().map(|&i| &values[i]).collect();
        let Some(&first) = inputs.first() else {
            return Err(unsupported(node, "has no inputs"));
        };
        let value = match &node.operation {
            FloatOperation::Unary(function)
                if uses[id] == 1
                    && *function != UnaryFunction::Sign
                    && function.is_increasing()
                    && only_pooled(model, id) =>
            {
                delayed[id] = Some(function.clone());
                first.clone()
            }
            FloatOperation::Unary(function) => {
                let reading = match function {
                    UnaryFunction::Sign => Reading::Threshold,
                    other => Reading::Function(vec![other.clone()]),
                };
                let sign = reading == Reading::Threshold;
                let first = first.clone();
                let follows =
                    uses[node.inputs[0]] == 1 && first.wire() == Some(builder.stages.len());
                let before = builder.stages.last_mut().filter(|_| follows);
                if let (Some(Reading::Function(functions)), Reading::Function(next)) =
                    (before.map(|stage| &mut stage.reading), &reading)
                {
                    // A function of a function is one table.
                    functions.extend(next.iter().cloned());
                    values.push(Value::new(first.rows, &node.shape));
                    continue;
                }
                let bits = builder.push(&node.name, &first, reading)?;
                if sign { signs(&bits) } else { bits }
            }
            FloatOperation::MaxPool {
                kernel,
                stride,
                padding,
            } => {
                let first = first.clone();
                let windows = pool::windows(&first, *kernel, *stride, *padding)
                    .ok_or_else(|| unsupported(node, "its window does not fit its input"))?;
                let pooled = pool::maximum(&mut builder, node, &first, windows)?;
                match node.inputs.first().and_then(|&i| delayed[i].take()) {
                    None => pooled,
                    Some(function) => builder.push(
                        &format!("{} (function)", node.name),
                        &pooled,
                        Reading::Function(vec![function]),
                    )?,
                }
            }
            FloatOperation::Trees(ensemble) => {
                let first = first.clone();
                trees::lower(&mut builder, &node.name, &first, ensemble)?
            }
            FloatOperation::Affine { weights, bias } => {
                let rows = weights.rows().into_iter().zip(bias);
                let rows = rows.map(|(row, &bias)| {
                    let parts = row.iter().map(|&w| f64::from(w)).zip(&first.rows);
                    Row::combination(parts, f64::from(bias))
                });
                Value::new(rows.collect(), &node.shape)
            }
            FloatOperation::Conv { .. } => convolution(node, first)?,
            FloatOperation::Sum => sum(node, &inputs)?,
            FloatOperation::Select { values } => {
                let pick = |place: &Option<(usize, usize)>| match *place {
                    None => Some(Row::default()),
                    Some((k, j)) => inputs.get(k)?.rows.get(j).cloned(),
                };
                let rows: Option<Vec<Row>> = values.iter().map(pick).collect();
                let rows =
                    rows.ok_or_else(|| unsupported(node, "selects a value that is not there"))?;
                Value::new(rows, &node.shape)
            }
        };
        if value.rows.len() != node.shape.iter().product::<usize>() {
            return Err(unsupported(
                node,
                &format!(
                    "has {} values where its shape says {:?}",
                    value.rows.len(),
                    node.shape
                ),
            ));
        }
        values.push(value);
    }
    let output = values.swap_remove(model.output.node);
    Ok(Graph {
        shape: model.input.shape.clone(),
        stages: builder.stages,
        output_conv: output.conv,
        output: output.rows,
        output_name: match model.output.node {
            0 => model.input.name.clone(),
            node => model.nodes[node - 1].name.clone(),
        },
    })
}

pub(super) fn unsupported(node: &FloatNode, problem: &str) -> QuantiseError {
    QuantiseError::Unsupported {
        layer: node.name.clone(),
        problem: problem.to_owned(),
    }
}

/// How often each value is read by what the output needs.
fn uses(model: &FloatModel) -> Vec<usize> {
    let mut uses = vec![0; model.nodes.len() + 1];
    uses[model.output.node] = 1;
    for (index, node) in model.nodes.iter().enumerate().rev() {
        if uses[index + 1] > 0 {
            for &input in &node.inputs {
                uses[input] += 1;
            }
        }
    }
    uses
}

/// Whether the one reader of a value is a maximum.
fn only_pooled(model: &FloatModel, id: usize) -> bool {
    model.output.node != id
        && model.nodes.iter().any(|node| {
            node.inputs == [id] && matches!(node.operation, FloatOperation::MaxPool { .. })
        })
}

/// Bits 0 and 1 as signs -1 and 1.
fn signs(bits: &Value) -> Value {
    let rows = bits
        .rows
        .iter()
        .map(|bit| Row::combination([(2.0, bit)], -1.0))
        .collect();
    Value::new(rows, &bits.shape)
}

fn sum(node: &FloatNode, inputs: &[&Value]) -> Result<Value, QuantiseError> {
    let features = inputs[0].rows.len();
    if inputs.iter().any(|value| value.rows.len() != features) {
        return Err(unsupported(node, "adds values of different shapes"));
    }
    let rows = (0..features)
        .map(|f| Row::combination(inputs.iter().map(|value| (1.0, &value.rows[f])), 0.0))
        .collect();
    Ok(Value::new(rows, &node.shape))
}

fn convolution(node: &FloatNode, input: &Value) -> Result<Value, QuantiseError> {
    let FloatOperation::Conv {
        kernel,
        bias,
        stride,
        padding,
        groups,
    } = &node.operation
    else {
        return Err(unsupported(node, "is not a convolution"));
    };
    let [channels, height, width] = input.shape[..] else {
        return Err(unsupported(node, "needs an input of three dimensions"));
    };
    let (oc, ic, kh, kw) = kernel.dim();
    let [top, left, bottom, right] = *padding;
    let fits = *groups > 0
        && stride.iter().all(|&s| s > 0)
        && oc.is_multiple_of(*groups)
        && channels == ic * groups
        && height + top + bottom >= kh
        && width + left + right >= kw
        && bias.len() == oc;
    if !fits {
        return Err(unsupported(node, "its kernel does not fit its input"));
    }
    let shape = ConvShape {
        wire: input.wire().unwrap_or(0),
        input: [channels, height, width],
        kernel: [oc, ic, kh, kw],
        stride: *stride,
        padding: *padding,
        groups: *groups,
    };
    let [rows, columns] = shape.output();
    if oc * rows * columns > MAX_FEATURES {
        return Err(QuantiseError::TooManyFeatures {
            layer: node.name.clone(),
            features: oc * rows * columns,
            limit: MAX_FEATURES,
        });
    }
    let mut sums = Vec::with_capacity(oc * rows * columns);
    for o in 0..oc {
        for position in 0..rows * columns {
            let position = [position / columns, position % columns];
            let parts = (0..ic * kh * kw).filter_map(|tap| {
                let tap = [tap / (kh * kw), tap / kw % kh, tap % kw];
                let feature = shape.tap(o, position, tap)?;
                let weight = f64::from(kernel[[o, tap[0], tap[1], tap[2]]]);
                Some((weight, &input.rows[feature]))
            });
            sums.push(Row::combination(parts, f64::from(bias[o])));
        }
    }
    let mut value = Value::new(sums, &[oc, rows, columns]);
    value.conv = input.wire().map(|_| shape);
    Ok(value)
}
