//! Float networks on inputs in the clear.

use super::{FloatModel, FloatNode, FloatOperation, Tree, TreeEnsemble, TreeNode};
use ndarray::Array4;

impl FloatModel {
    /// The value of the input (position 0) and of every node (position `i`: `nodes[i-1]`). Shapes must fit; the values of
    /// nodes whose inputs do not exist are empty.
    pub fn evaluate(&self, input: &[f32]) -> Vec<Vec<f32>> {
        let mut values = vec![input.to_vec()];
        for node in &self.nodes {
            let inputs: Option<Vec<&[f32]>> = node
                .inputs
                .iter()
                .map(|&i| values.get(i).map(Vec::as_slice))
                .collect();
            let next = match inputs.as_deref() {
                Some([first, rest @ ..]) => self.node(node, first, rest),
                _ => Vec::new(),
            };
            values.push(next);
        }
        values
    }

    fn node(&self, node: &FloatNode, input: &[f32], rest: &[&[f32]]) -> Vec<f32> {
        match &node.operation {
            FloatOperation::Affine { weights, bias } => {
                let rows = weights.rows().into_iter().zip(bias);
                rows.map(|(row, bias)| row.iter().zip(input).fold(*bias, |sum, (w, x)| sum + w * x))
                    .collect()
            }
            FloatOperation::Unary(function) => input
                .iter()
                .map(|&x| function.apply(f64::from(x)) as f32)
                .collect(),
            FloatOperation::Sum => {
                let more = |i: usize| rest.iter().map(|values| values[i]).sum::<f32>();
                input.iter().enumerate().map(|(i, x)| x + more(i)).collect()
            }
            FloatOperation::Select { values } => {
                let pick = |&(k, j): &(usize, usize)| match k.checked_sub(1) {
                    None => input.get(j).copied(),
                    Some(k) => rest.get(k)?.get(j).copied(),
                };
                let pick = |place: &Option<(usize, usize)>| place.as_ref().and_then(pick);
                values.iter().map(|v| pick(v).unwrap_or(0.0)).collect()
            }
            FloatOperation::Trees(ensemble) => trees(ensemble, input),
            FloatOperation::Conv {
                kernel,
                bias,
                stride,
                padding,
                groups,
            } => {
                let picture = self.picture(node, input);
                convolution(
                    &picture,
                    &node.shape,
                    (kernel, bias),
                    *stride,
                    *padding,
                    *groups,
                )
            }
            FloatOperation::MaxPool {
                kernel,
                stride,
                padding,
            } => {
                let picture = self.picture(node, input);
                let size = kernel[0] * kernel[1];
                positions(&node.shape)
                    .map(|[c, y, x]| {
                        let window = (0..size).filter_map(|tap| {
                            let row = y * stride[0] + tap / kernel[1];
                            let column = x * stride[1] + tap % kernel[1];
                            picture.at(c, row, column, *padding)
                        });
                        window.fold(f32::NEG_INFINITY, f32::max)
                    })
                    .collect()
            }
        }
    }

    /// The first input of a node as a picture.
    fn picture<'a>(&self, node: &FloatNode, values: &'a [f32]) -> Picture<'a> {
        let shape = match node.inputs.first() {
            None | Some(0) => &self.input.shape,
            Some(&i) => &self.nodes[i - 1].shape,
        };
        let axis = |i: usize| shape.get(i).copied().unwrap_or(1);
        Picture {
            values,
            height: axis(1),
            width: axis(2),
        }
    }
}

/// Values in order channel, row, column.
struct Picture<'a> {
    values: &'a [f32],
    height: usize,
    width: usize,
}

impl Picture<'_> {
    /// The value at a position of the padded picture; `None` in the padding.
    fn at(&self, channel: usize, row: usize, column: usize, padding: [usize; 4]) -> Option<f32> {
        let row = row.checked_sub(padding[0]).filter(|&y| y < self.height)?;
        let column = column.checked_sub(padding[1]).filter(|&x| x < self.width)?;
        let index = (channel * self.height + row) * self.width + column;
        self.values.get(index).copied()
    }
}

/// All positions of a shape of three axes, in order.
fn positions(shape: &[usize]) -> impl Iterator<Item = [usize; 3]> + use<> {
    let axis = |i: usize| shape.get(i).copied().unwrap_or(1);
    let [channels, height, width] = [axis(0), axis(1), axis(2)];
    (0..channels * height * width)
        .map(move |i| [i / (height * width), i / width % height, i % width])
}

fn convolution(
    picture: &Picture<'_>,
    shape: &[usize],
    (kernel, bias): (&Array4<f32>, &[f32]),
    stride: [usize; 2],
    padding: [usize; 4],
    groups: usize,
) -> Vec<f32> {
    let (outputs, depth, height, width) = kernel.dim();
    positions(shape)
        .map(|[o, y, x]| {
            let first = o / (outputs / groups.max(1)).max(1) * depth;
            (0..depth * height * width).fold(bias[o], |sum, tap| {
                let [i, dy, dx] = [tap / (height * width), tap / width % height, tap % width];
                let value = picture.at(first + i, y * stride[0] + dy, x * stride[1] + dx, padding);
                sum + kernel[[o, i, dy, dx]] * value.unwrap_or(0.0)
            })
        })
        .collect()
}

fn trees(ensemble: &TreeEnsemble, input: &[f32]) -> Vec<f32> {
    let mut sums = ensemble.base.clone();
    sums.resize(ensemble.outputs, 0.0);
    for tree in &ensemble.trees {
        for &(output, value) in leaf(tree, input) {
            sums[output] += value;
        }
    }
    sums
}

/// What the leaf adds that an input reaches; nothing for a malformed tree.
fn leaf<'a>(tree: &'a Tree, input: &[f32]) -> &'a [(usize, f32)] {
    let mut index = 0;
    for _ in 0..=tree.nodes.len() {
        match tree.nodes.get(index) {
            Some(TreeNode::Leaf { values }) => return values,
            Some(&TreeNode::Branch {
                feature,
                threshold,
                comparison,
                yes,
                no,
            }) => {
                let holds = input
                    .get(feature)
                    .is_some_and(|&x| comparison.holds(x, threshold));
                index = if holds { yes } else { no };
            }
            None => break,
        }
    }
    &[]
}
