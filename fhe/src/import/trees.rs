//! Tree ensembles of `ai.onnx.ml`.

use super::graph::Builder;
use super::reader::Reader;
use super::tensor::size;
use super::{Comparison, FloatOperation, FloatOutput, ImportError, Tree, TreeEnsemble, TreeNode};
use crate::model::OutputKind;
use std::collections::HashMap;

const AGAIN: &str = "export the model again with skl2onnx";

impl Builder {
    pub(super) fn trees(&mut self, reader: Reader<'_>, input: usize) -> Result<(), ImportError> {
        let classifier = reader.0.op_type == "TreeEnsembleClassifier";
        let features = size(&self.shapes[input]).unwrap_or(0);
        let (prefix, labels) = match classifier {
            true => (
                "class",
                reader.labels("classlabels_int64s", "classlabels_strings"),
            ),
            false => ("target", Vec::new()),
        };
        let get = |name: &str| reader.ints(&format!("{prefix}_{name}"));
        let (ids, weights) = (get("ids"), reader.floats(&format!("{prefix}_weights")));
        let single =
            classifier && labels.len() == 2 && ids.windows(2).all(|pair| pair[0] == pair[1]);
        let outputs = match (classifier, single) {
            (true, true) => 1,
            (true, false) => labels.len(),
            (false, _) => usize::try_from(reader.int("n_targets", 1)).unwrap_or(0),
        };
        if outputs == 0 || outputs > 1 << 16 {
            return Err(reader.error("it has no classes or targets", AGAIN));
        }
        let (mut trees, leaves) = structure(reader, features)?;
        let divisor = match reader.text("aggregate_function").as_str() {
            "" | "SUM" => 1.0,
            "AVERAGE" => trees.len() as f32,
            other => {
                return Err(
                    reader.error(format!("aggregate_function {other}"), "use SUM or AVERAGE")
                );
            }
        };
        let (tree_ids, node_ids) = (get("treeids"), get("nodeids"));
        if [tree_ids.len(), node_ids.len(), weights.len()] != [ids.len(); 3] {
            return Err(reader.error("the lists of its leaves have different lengths", AGAIN));
        }
        for (i, &weight) in weights.iter().enumerate() {
            let output = if single {
                Some(0)
            } else {
                usize::try_from(ids[i]).ok().filter(|&o| o < outputs)
            };
            let leaf = leaves
                .get(&(tree_ids[i], node_ids[i]))
                .and_then(|&(t, n)| trees[t].nodes.get_mut(n));
            match (leaf, output) {
                (Some(TreeNode::Leaf { values }), Some(output)) if weight.is_finite() => {
                    values.push((output, weight / divisor))
                }
                _ => {
                    return Err(
                        reader.error(format!("weight {i} belongs to no leaf or output"), AGAIN)
                    );
                }
            }
        }
        let mut base = reader.floats("base_values").to_vec();
        if single {
            // Probabilities are compared with 1/2, other scores with 0.
            let half = weights.iter().all(|&w| w >= 0.0);
            base = vec![base.last().copied().unwrap_or(0.0) - if half { 0.5 } else { 0.0 }];
        }
        if !base.is_empty() && base.len() != outputs {
            return Err(reader.error(
                format!("{} base values for {outputs} outputs", base.len()),
                AGAIN,
            ));
        }
        let ensemble = TreeEnsemble {
            outputs,
            base,
            trees,
        };
        self.push(
            reader,
            vec![input],
            vec![outputs],
            FloatOperation::Trees(ensemble),
        )?;
        if classifier {
            let kind = if single {
                OutputKind::Sign
            } else {
                OutputKind::Argmax
            };
            let output = FloatOutput {
                node: self.model.nodes.len(),
                kind,
                labels,
            };
            self.client(reader, &output);
        } else if !matches!(reader.text("post_transform").as_str(), "" | "NONE") {
            return Err(reader.error("it has a post_transform", "use NONE"));
        }
        Ok(())
    }
}

type Positions = HashMap<(i64, i64), (usize, usize)>;

/// Trees without values, and where each node is. Children come after their parents, so every walk ends.
fn structure(reader: Reader<'_>, features: usize) -> Result<(Vec<Tree>, Positions), ImportError> {
    let get = |name: &str| reader.ints(name);
    let (tree_ids, node_ids) = (get("nodes_treeids"), get("nodes_nodeids"));
    let (yes, no) = (get("nodes_truenodeids"), get("nodes_falsenodeids"));
    let (feature, values) = (get("nodes_featureids"), reader.floats("nodes_values"));
    let modes = reader.strings("nodes_modes");
    let count = tree_ids.len();
    if count == 0
        || [
            node_ids.len(),
            yes.len(),
            no.len(),
            feature.len(),
            values.len(),
            modes.len(),
        ] != [count; 6]
    {
        return Err(reader.error(
            "the lists of its nodes have different lengths or are empty",
            AGAIN,
        ));
    }
    let mut positions = Positions::new();
    let mut trees: Vec<Tree> = Vec::new();
    let mut tree_of: HashMap<i64, usize> = HashMap::new();
    for (&tree, &node) in tree_ids.iter().zip(node_ids) {
        let index = *tree_of.entry(tree).or_insert(trees.len());
        if index == trees.len() {
            trees.push(Tree { nodes: Vec::new() });
        }
        let position = (index, trees[index].nodes.len());
        trees[index]
            .nodes
            .push(TreeNode::Leaf { values: Vec::new() });
        if positions.insert((tree, node), position).is_some() {
            return Err(reader.error(format!("tree {tree} has node {node} twice"), AGAIN));
        }
    }
    for i in 0..count {
        let comparison = match modes[i].as_str() {
            "LEAF" => continue,
            "BRANCH_LEQ" => Comparison::LessOrEqual,
            "BRANCH_LT" => Comparison::Less,
            "BRANCH_GTE" => Comparison::GreaterOrEqual,
            "BRANCH_GT" => Comparison::Greater,
            other => {
                return Err(reader.error(
                    format!("mode {other} is not supported"),
                    "use <=, <, >= or >",
                ));
            }
        };
        let (tree, own) = positions[&(tree_ids[i], node_ids[i])];
        let child = |id: i64| {
            let child = positions.get(&(tree_ids[i], id)).filter(|p| p.1 > own);
            child.map(|p| p.1).ok_or_else(|| {
                reader.error(
                    format!(
                        "tree {}: node {} has no child {id} after it",
                        tree_ids[i], node_ids[i]
                    ),
                    AGAIN,
                )
            })
        };
        let feature = (usize::try_from(feature[i]).ok())
            .filter(|&f| f < features)
            .ok_or_else(|| {
                reader.error(
                    format!("it compares feature {} of {features}", feature[i]),
                    AGAIN,
                )
            })?;
        let branch = TreeNode::Branch {
            feature,
            threshold: values[i],
            comparison,
            yes: child(yes[i])?,
            no: child(no[i])?,
        };
        trees[tree].nodes[own] = branch;
    }
    Ok((trees, positions))
}
