//! Decision trees: comparisons, leaves, and sums of leaf values.
//!
//! ```text
//! comparison   one table for each different (feature, threshold): 1 if the threshold is reached
//! leaf         one table: 1 if all comparisons on its path came out its way (read exactly)
//! value        base + sum of leaf values; one leaf of each tree goes into the base, as leaves add up to 1
//! ```
//!
//! Trees of one comparison need no leaf tables. A path with more comparisons than a table can count is a chain
//! of tables.

use super::QuantiseError;
use super::graph::{Reading, Row};
use super::lower::{Builder, Value};
use crate::import::{Comparison, TreeEnsemble, TreeNode};
use std::collections::{BTreeMap, BTreeSet};

/// A comparison bit and the value it must have.
type Condition = (Bit, bool);

/// A bit: wire and feature.
type Bit = (usize, usize);

/// A way from the root to a leaf.
#[derive(Debug, Clone, PartialEq)]
struct Path {
    tree: usize,
    conditions: BTreeSet<Condition>,
    /// What the leaf adds to each output.
    values: Vec<f64>,
}

impl Path {
    /// Whether some input can take it.
    fn is_possible(&self) -> bool {
        !self
            .conditions
            .iter()
            .any(|&(bit, value)| self.conditions.contains(&(bit, !value)))
    }
}

pub(super) fn lower(
    builder: &mut Builder,
    name: &str,
    input: &Value,
    ensemble: &TreeEnsemble,
) -> Result<Value, QuantiseError> {
    let mut comparisons = Comparisons::default();
    let mut paths = paths(name, input, ensemble, &mut comparisons)?;
    let mut base: Vec<f64> = ensemble.base.iter().map(|&x| f64::from(x)).collect();
    base.resize(ensemble.outputs, 0.0);
    paths.retain(Path::is_possible);
    take_out_one_leaf(&mut paths, &mut base);
    if paths.is_empty() {
        return Err(QuantiseError::ConstantLayer {
            layer: name.to_owned(),
            features: ensemble.outputs,
        });
    }
    let bits = comparisons.rows(input);
    let bits = builder.push(
        &format!("{name} (comparisons)"),
        &flat(bits),
        Reading::Threshold,
    )?;
    let wire = bits.rows[0].terms[0].wire;
    for path in &mut paths {
        let conditions = std::mem::take(&mut path.conditions);
        let moved = conditions
            .into_iter()
            .map(|((_, bit), value)| ((wire, bit), value));
        path.conditions = moved.collect();
    }
    let leaves: Vec<Row> = if paths.iter().all(|path| path.conditions.len() == 1) {
        let conditions = paths.iter().filter_map(|path| path.conditions.first());
        conditions.map(|&condition| literal(condition)).collect()
    } else {
        shorten(builder, name, &mut paths)?;
        let sums: Vec<Row> = paths
            .iter()
            .map(|path| conjunction(&path.conditions))
            .collect();
        let longest = paths.iter().map(|path| path.conditions.len()).max();
        let stage = builder.push(
            &format!("{name} (leaves)"),
            &flat(sums),
            Reading::AllOf {
                bits: counter_bits(longest.unwrap_or(1)),
            },
        )?;
        stage.rows
    };
    let rows = base.iter().enumerate().map(|(output, &base)| {
        let parts = paths.iter().zip(&leaves);
        Row::combination(parts.map(|(path, leaf)| (path.values[output], leaf)), base)
    });
    Ok(flat(rows.collect()))
}

fn flat(rows: Vec<Row>) -> Value {
    Value {
        shape: vec![rows.len()],
        conv: None,
        rows,
    }
}

/// Bits of a table that counts to `conditions`.
fn counter_bits(conditions: usize) -> u32 {
    (conditions + 1).next_power_of_two().ilog2().max(1)
}

/// The bit, or one minus the bit.
fn literal(((wire, feature), value): Condition) -> Row {
    let bit = Row::feature(wire, feature);
    if value {
        bit
    } else {
        Row::combination([(-1.0, &bit)], 1.0)
    }
}

/// 0 if all conditions hold, else minus the number of those that do not.
fn conjunction(conditions: &BTreeSet<Condition>) -> Row {
    let literals: Vec<Row> = conditions.iter().map(|&c| literal(c)).collect();
    let count = literals.len() as f64;
    Row::combination(literals.iter().map(|row| (1.0, row)), -count)
}

/// Replaces, in paths that are too long for a table, as many conditions as a table can count by one.
fn shorten(builder: &mut Builder, name: &str, paths: &mut [Path]) -> Result<(), QuantiseError> {
    let most = (1usize << builder.exact_bits) - 1;
    let mut round = 1;
    while paths.iter().any(|path| path.conditions.len() > most) {
        let mut found: BTreeMap<BTreeSet<Condition>, usize> = BTreeMap::new();
        let mut sums = Vec::new();
        let mut replaced = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            if path.conditions.len() <= most {
                continue;
            }
            let head: BTreeSet<_> = path.conditions.iter().copied().take(most).collect();
            let bit = *found.entry(head.clone()).or_insert_with(|| {
                sums.push(conjunction(&head));
                sums.len() - 1
            });
            replaced.push((index, head, bit));
        }
        let stage = builder.push(
            &format!("{name} (long paths, round {round})"),
            &flat(sums),
            Reading::AllOf {
                bits: counter_bits(most),
            },
        )?;
        let wire = stage.rows[0].terms[0].wire;
        for (index, head, bit) in replaced {
            let conditions = &mut paths[index].conditions;
            conditions.retain(|condition| !head.contains(condition));
            conditions.insert(((wire, bit), true));
        }
        round += 1;
    }
    Ok(())
}

/// Leaves of a tree add up to 1: the one whose values make the others' smallest goes into the base.
fn take_out_one_leaf(paths: &mut Vec<Path>, base: &mut [f64]) {
    let trees: BTreeSet<usize> = paths.iter().map(|path| path.tree).collect();
    let mut out = Vec::new();
    for tree in trees {
        let leaves: Vec<usize> = (0..paths.len())
            .filter(|&i| paths[i].tree == tree)
            .collect();
        let distance = |a: usize| -> f64 {
            let between = |b: usize| -> f64 {
                let pairs = paths[a].values.iter().zip(&paths[b].values);
                pairs.map(|(x, y)| (x - y).abs()).sum()
            };
            leaves.iter().map(|&b| between(b)).sum()
        };
        let chosen = leaves
            .iter()
            .copied()
            .min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        let Some(chosen) = chosen else { continue };
        let values = paths[chosen].values.clone();
        for (sum, value) in base.iter_mut().zip(&values) {
            *sum += value;
        }
        for leaf in leaves {
            for (value, taken) in paths[leaf].values.iter_mut().zip(&values) {
                *value -= taken;
            }
        }
        out.push(chosen);
    }
    let mut index = 0;
    paths.retain(|path| {
        let keep = !out.contains(&index) && path.values.iter().any(|&v| v != 0.0);
        index += 1;
        keep
    });
}

/// The different comparisons of an ensemble.
#[derive(Debug, Default)]
struct Comparisons {
    /// Position of (feature, bits of the threshold, whether `x >= t` and not `x <= t`).
    positions: BTreeMap<(usize, u32, bool), usize>,
    /// The same, by position.
    found: Vec<(usize, f32, bool)>,
}

impl Comparisons {
    /// Position of a comparison, and what its bit is when the node's answer is yes.
    fn condition(
        &mut self,
        feature: usize,
        threshold: f32,
        comparison: Comparison,
    ) -> (usize, bool) {
        let (at_least, yes) = match comparison {
            Comparison::LessOrEqual => (false, true),
            Comparison::Greater => (false, false),
            Comparison::GreaterOrEqual => (true, true),
            Comparison::Less => (true, false),
        };
        let next = self.found.len();
        // Minus zero is zero.
        let threshold = threshold + 0.0;
        let key = (feature, threshold.to_bits(), at_least);
        let position = *self.positions.entry(key).or_insert(next);
        if position == next {
            self.found.push((feature, threshold, at_least));
        }
        (position, yes)
    }

    /// What must be at least 0.
    fn rows(&self, input: &Value) -> Vec<Row> {
        let row = |&(feature, threshold, at_least): &(usize, f32, bool)| {
            let sign = if at_least { 1.0 } else { -1.0 };
            let value = &input.rows[feature];
            Row::combination([(sign, value)], -sign * f64::from(threshold))
        };
        self.found.iter().map(row).collect()
    }
}

/// All ways to leaves; wires of conditions are not known yet.
fn paths(
    name: &str,
    input: &Value,
    ensemble: &TreeEnsemble,
    comparisons: &mut Comparisons,
) -> Result<Vec<Path>, QuantiseError> {
    let malformed = |problem: String| QuantiseError::Unsupported {
        layer: name.to_owned(),
        problem,
    };
    let mut paths = Vec::new();
    for (tree, nodes) in ensemble.trees.iter().enumerate() {
        let nodes = &nodes.nodes;
        // Node and the conditions on the way to it.
        let mut open = vec![(0usize, BTreeSet::new())];
        while let Some((index, conditions)) = open.pop() {
            match nodes.get(index) {
                None => return Err(malformed(format!("tree {tree} has no node {index}"))),
                Some(TreeNode::Leaf { values }) => {
                    let mut sums = vec![0.0; ensemble.outputs];
                    for &(output, value) in values {
                        *sums.get_mut(output).ok_or_else(|| {
                            malformed(format!("tree {tree} has no output {output}"))
                        })? += f64::from(value);
                    }
                    paths.push(Path {
                        tree,
                        conditions,
                        values: sums,
                    });
                }
                Some(&TreeNode::Branch {
                    feature,
                    threshold,
                    comparison,
                    yes,
                    no,
                }) => {
                    if feature >= input.rows.len() || conditions.len() > nodes.len() {
                        return Err(malformed(format!(
                            "tree {tree}: node {index} is not part of a tree"
                        )));
                    }
                    let (bit, value) = comparisons.condition(feature, threshold, comparison);
                    for (child, value) in [(yes, value), (no, !value)] {
                        let mut conditions = conditions.clone();
                        conditions.insert(((0, bit), value));
                        open.push((child, conditions));
                    }
                }
            }
        }
    }
    Ok(paths)
}
