//! Element-wise operators: functions of one value, and combinations of several functions of the same value, which are one
//! function again.

use super::graph::Builder;
use super::reader::Reader;
use super::{Expression, FloatOperation, ImportError, UnaryFunction};
use ndarray::Array2;

/// Most values looked at in search of a common source.
const SEARCH: usize = 64;

impl Builder {
    /// A node that is a function of one value.
    pub(super) fn unary(&self, reader: Reader<'_>) -> Result<Option<UnaryFunction>, ImportError> {
        use Expression as E;
        use UnaryFunction as F;
        let x = || E::Input;
        let scaled = |factor: f64| E::Constant(factor).times(E::Input);
        Ok(Some(match reader.0.op_type.as_str() {
            "Relu" => F::Relu,
            "LeakyRelu" => F::LeakyRelu(reader.float("alpha", 0.01)),
            "Sigmoid" => F::Sigmoid,
            "Tanh" => F::Tanh,
            "HardSigmoid" => F::HardSigmoid {
                alpha: reader.float("alpha", 0.2),
                beta: reader.float("beta", 0.5),
            },
            "Elu" => F::Elu(reader.float("alpha", 1.0)),
            "Softplus" => F::Softplus,
            "Exp" => F::Exp,
            "Abs" => F::Abs,
            "Sign" => F::Sign,
            "Sin" => F::Sin,
            "Cos" => F::Cos,
            "Erf" => F::Erf,
            "Log" => F::Log,
            "Sqrt" => F::Sqrt,
            "Floor" => F::Floor,
            "Ceil" => F::Ceil,
            "Round" => F::Round,
            "Reciprocal" => F::Power(-1.0),
            "Tan" => x().then(F::Sin).over(x().then(F::Cos)).into(),
            "Softsign" => x().over(E::Constant(1.0).plus(x().then(F::Abs))).into(),
            "HardSwish" => {
                let gate = F::HardSigmoid {
                    alpha: 1.0 / 6.0,
                    beta: 0.5,
                };
                x().times(x().then(gate)).into()
            }
            "Swish" => {
                let gate = scaled(f64::from(reader.float("alpha", 1.0))).then(F::Sigmoid);
                x().times(gate).into()
            }
            "Mish" => x().times(x().then(F::Softplus).then(F::Tanh)).into(),
            "Selu" => {
                let gamma = f64::from(reader.float("gamma", 1.050_701));
                let elu = F::Elu(reader.float("alpha", 1.673_263_2));
                E::Constant(gamma).times(x().then(elu)).into()
            }
            "Celu" => {
                let alpha = f64::from(reader.float("alpha", 1.0));
                let elu = scaled(1.0 / alpha).then(F::Elu(1.0));
                E::Constant(alpha).times(elu).into()
            }
            "ThresholdedRelu" => {
                let threshold = E::Constant(f64::from(reader.float("alpha", 1.0)));
                x().times(x().greater(threshold)).into()
            }
            "Gelu" if reader.text("approximate") == "tanh" => {
                let cube = E::Constant(0.044_715).times(x().then(F::Power(3.0)));
                let root = (2.0 / std::f64::consts::PI).sqrt();
                let inner = E::Constant(root).times(x().plus(cube)).then(F::Tanh);
                scaled(0.5).times(E::Constant(1.0).plus(inner)).into()
            }
            "Gelu" => {
                let inner = scaled(std::f64::consts::FRAC_1_SQRT_2).then(F::Erf);
                scaled(0.5).times(E::Constant(1.0).plus(inner)).into()
            }
            "Clip" => {
                let bound = |index, name, default| -> Result<f32, ImportError> {
                    let input = self.constant(reader, index)?;
                    Ok(input
                        .and_then(|t| t.scalar())
                        .map_or(reader.float(name, default), |v| v as f32))
                };
                F::Clip {
                    low: bound(1, "min", f32::MIN)?,
                    high: bound(2, "max", f32::MAX)?,
                }
            }
            "Pow" => match self.constant(reader, 1)?.and_then(|t| t.scalar()) {
                Some(exponent) => F::Power(exponent as f32),
                None => {
                    return Err(reader.error(
                        "its exponent is not one constant",
                        "use one exponent for all values",
                    ));
                }
            },
            _ => return Ok(None),
        }))
    }

    /// `a + b`, `a - b`, `a b`, `a / b`, `max(a, b)` or `min(a, b)` of two activations.
    pub(super) fn combine(
        &mut self,
        reader: Reader<'_>,
        [a, b]: [usize; 2],
    ) -> Result<(), ImportError> {
        let shape = self.shapes[a].clone();
        if self.shapes[b] != shape {
            return Err(reader.error(
                format!("its inputs have shapes {shape:?} and {:?}", self.shapes[b]),
                "combine values of one shape; broadcasting of activations is not supported",
            ));
        }
        let op = reader.0.op_type.as_str();
        let build = |x: Expression, y: Expression| match op {
            "Add" => Some(x.plus(y)),
            "Sub" => Some(x.plus(Expression::Constant(-1.0).times(y))),
            "Mul" => Some(x.times(y)),
            "Div" => Some(x.over(y)),
            _ => None,
        };
        let linear = matches!(op, "Add" | "Sub" | "Max" | "Min");
        if let Some((root, [x, y])) = self.common(a, b)
            && !(linear && (x.is_affine() || y.is_affine()))
            && let Some(function) = build(x, y)
        {
            let operation = FloatOperation::Unary(function.into());
            return self.push(reader, vec![root], shape, operation);
        }
        match op {
            "Add" => self.push(reader, vec![a, b], shape, FloatOperation::Sum),
            "Sub" => {
                let negative = self.negative(reader, b)?;
                self.push(reader, vec![a, negative], shape, FloatOperation::Sum)
            }
            // max(a, b) = relu(a - b) + b, min(a, b) = a - relu(a - b)
            "Max" | "Min" => {
                let negative = self.negative(reader, b)?;
                let inputs = vec![a, negative];
                self.push(reader, inputs, shape.clone(), FloatOperation::Sum)?;
                let difference = vec![self.model.nodes.len()];
                let relu = FloatOperation::Unary(UnaryFunction::Relu);
                self.push(reader, difference, shape.clone(), relu)?;
                let positive = self.model.nodes.len();
                let inputs = match op {
                    "Max" => vec![positive, b],
                    _ => vec![a, self.negative(reader, positive)?],
                };
                self.push(reader, inputs, shape, FloatOperation::Sum)
            }
            _ => Err(reader.error(
                "it combines two activations that are not functions of the same one",
                "a bootstrap computes functions of one value: use additions, or gates of the value itself",
            )),
        }
    }

    /// `-x`
    fn negative(&mut self, reader: Reader<'_>, input: usize) -> Result<usize, ImportError> {
        self.elementwise(reader, input, &[-1.0], &[0.0])?;
        Ok(self.model.nodes.len())
    }

    /// `a > b` or `a < b`, one of them a constant number.
    pub(super) fn comparison(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let first = self.is_activation(reader, 0);
        let constant = self.constant(reader, usize::from(first))?;
        let Some(threshold) = constant.and_then(|t| t.scalar()) else {
            return Err(reader.error("it does not compare with one constant", "use one threshold"));
        };
        let (x, t) = (Expression::Input, Expression::Constant(threshold));
        let less = |a: Expression, b: Expression| b.greater(a);
        let not =
            |e: Expression| Expression::Constant(1.0).plus(Expression::Constant(-1.0).times(e));
        let (a, b) = if first { (x, t) } else { (t, x) };
        let function = match reader.0.op_type.as_str() {
            "Greater" => a.greater(b),
            "Less" => less(a, b),
            "GreaterOrEqual" => not(less(a, b)),
            _ => not(a.greater(b)),
        };
        let shape = self.shapes[input].clone();
        let operation = FloatOperation::Unary(function.into());
        self.push(reader, vec![input], shape, operation)
    }

    /// `condition ? a : b`, all functions of the same value or constant numbers.
    pub(super) fn choice(&mut self, reader: Reader<'_>) -> Result<(), ImportError> {
        let unsupported = || {
            reader.error(
                "it does not choose between functions of one value",
                "a bootstrap computes functions of one value",
            )
        };
        let mut parts = Vec::new();
        for index in 0..3 {
            parts.push(match self.is_activation(reader, index) {
                true => Err(self.activation(reader, index).ok_or_else(unsupported)?),
                false => {
                    let constant = self.constant(reader, index)?;
                    Ok(constant.and_then(|t| t.scalar()).ok_or_else(unsupported)?)
                }
            });
        }
        let nodes: Vec<usize> = parts
            .iter()
            .filter_map(|p| p.as_ref().err().copied())
            .collect();
        let &last = nodes.iter().max().ok_or_else(unsupported)?;
        let shape = self.shapes[last].clone();
        if nodes.iter().any(|&node| self.shapes[node] != shape) {
            return Err(unsupported());
        }
        let (root, found) = self
            .ancestors(last)
            .into_iter()
            .find_map(|root| {
                let part = |part: &Result<f64, usize>| match part {
                    Ok(constant) => Some(Expression::Constant(*constant)),
                    Err(node) => self.expression(*node, root, &mut SEARCH.clone()),
                };
                let found: Option<Vec<Expression>> = parts.iter().map(part).collect();
                Some((root, found?))
            })
            .ok_or_else(unsupported)?;
        let [condition, a, b] = <[Expression; 3]>::try_from(found).map_err(|_| unsupported())?;
        let not =
            Expression::Constant(1.0).plus(Expression::Constant(-1.0).times(condition.clone()));
        let function = condition.times(a).plus(not.times(b));
        let operation = FloatOperation::Unary(function.into());
        self.push(reader, vec![root], shape, operation)
    }

    /// The nearest value that both are functions of, and the functions.
    fn common(&self, a: usize, b: usize) -> Option<(usize, [Expression; 2])> {
        self.ancestors(a.max(b)).into_iter().find_map(|root| {
            let x = self.expression(a, root, &mut SEARCH.clone())?;
            let y = self.expression(b, root, &mut SEARCH.clone())?;
            Some((root, [x, y]))
        })
    }

    /// A value and those that it is an element-wise function of, the nearest first.
    fn ancestors(&self, node: usize) -> Vec<usize> {
        let mut found = vec![node];
        let mut next = 0;
        while next < found.len() && found.len() < SEARCH {
            let current = found[next];
            next += 1;
            let Some(node) = current.checked_sub(1).map(|i| &self.model.nodes[i]) else {
                continue;
            };
            let is_pointwise = matches!(
                node.operation,
                FloatOperation::Unary(_) | FloatOperation::Sum
            ) || self.uniform(current).is_some();
            let new = node
                .inputs
                .iter()
                .copied()
                .filter(|i| is_pointwise && !found.contains(i));
            let new: Vec<usize> = new.collect();
            found.extend(new);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found
    }

    /// A value as a function of another one; `None` if it is none, or a long one.
    fn expression(&self, node: usize, root: usize, budget: &mut usize) -> Option<Expression> {
        if node == root {
            return Some(Expression::Input);
        }
        *budget = budget.checked_sub(1)?;
        if node < root || self.shapes[node] != self.shapes[root] {
            return None;
        }
        let found = self.model.nodes.get(node.checked_sub(1)?)?;
        if let Some((factor, offset)) = self.uniform(node) {
            let inner = self.expression(found.inputs[0], root, budget)?;
            let product = Expression::Constant(factor).times(inner);
            return Some(product.plus(Expression::Constant(offset)));
        }
        match &found.operation {
            FloatOperation::Unary(function) => {
                let inner = self.expression(found.inputs[0], root, budget)?;
                Some(inner.then(function.clone()))
            }
            FloatOperation::Sum => {
                let mut parts = Vec::new();
                for &input in &found.inputs {
                    parts.push(self.expression(input, root, budget)?);
                }
                parts.into_iter().reduce(Expression::plus)
            }
            _ => None,
        }
    }

    /// Factor and offset of a node that does the same to each value.
    fn uniform(&self, node: usize) -> Option<(f64, f64)> {
        let same = |values: &[f32]| {
            let &first = values.first()?;
            values
                .iter()
                .all(|&v| v == first)
                .then_some(f64::from(first))
        };
        match &self.model.nodes.get(node.checked_sub(1)?)?.operation {
            FloatOperation::Affine { weights, bias } => {
                let diagonal = weights.diag().to_vec();
                let factor = same(&diagonal)?;
                let matrix = Array2::from_diag(&ndarray::arr1(&diagonal));
                (weights.is_square() && *weights == matrix).then_some((factor, same(bias)?))
            }
            FloatOperation::Conv {
                kernel,
                bias,
                groups,
                stride: [1, 1],
                padding: [0, 0, 0, 0],
            } if kernel.dim() == (*groups, 1, 1, 1) => {
                Some((same(kernel.as_slice()?)?, same(bias)?))
            }
            _ => None,
        }
    }
}
