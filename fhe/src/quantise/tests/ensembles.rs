use super::*;
use crate::import::{Comparison, Tree, TreeEnsemble, TreeNode};

/// A tree of random comparisons, `depth` deep, with thresholds between samples.
fn random_tree(net: &mut Net, samples: &[Vec<f32>], depth: usize, outputs: usize) -> Tree {
    let mut nodes = Vec::new();
    grow(net, samples, depth, outputs, &mut nodes);
    Tree { nodes }
}

fn grow(
    net: &mut Net,
    samples: &[Vec<f32>],
    depth: usize,
    outputs: usize,
    nodes: &mut Vec<TreeNode>,
) -> usize {
    let index = nodes.len();
    if depth == 0 {
        let output = net.rng.gen_range(0..outputs);
        let value = net.rng.gen_range(-1.0..1.0);
        nodes.push(TreeNode::Leaf {
            values: vec![(output, value)],
        });
        return index;
    }
    let feature = net.rng.gen_range(0..samples[0].len());
    let sample = net.rng.gen_range(0..samples.len());
    let kinds = [
        Comparison::LessOrEqual,
        Comparison::Less,
        Comparison::GreaterOrEqual,
        Comparison::Greater,
    ];
    nodes.push(TreeNode::Leaf { values: Vec::new() });
    let left = grow(net, samples, depth - 1, outputs, nodes);
    // An unbalanced tree.
    let right = grow(net, samples, depth.saturating_sub(3), outputs, nodes);
    nodes[index] = TreeNode::Branch {
        feature,
        threshold: samples[sample][feature] + net.rng.gen_range(0.0..0.001),
        comparison: kinds[net.rng.gen_range(0..4)],
        yes: left,
        no: right,
    };
    index
}

pub(super) fn forest(
    seed: u64,
    trees: usize,
    depth: usize,
    outputs: usize,
) -> (FloatModel, Vec<Vec<f32>>) {
    let mut net = Net::new(seed, &[6]);
    // Features of different sizes.
    let mut samples = net.samples(120);
    for sample in &mut samples {
        for (f, x) in sample.iter_mut().enumerate() {
            *x *= 10f32.powi(f as i32 - 2);
        }
    }
    let trees = (0..trees)
        .map(|_| random_tree(&mut net, &samples, depth, outputs))
        .collect();
    let ensemble = TreeEnsemble {
        outputs,
        base: vec![0.25; outputs],
        trees,
    };
    net.push(&[0], &[outputs], FloatOperation::Trees(ensemble));
    net.model.output.kind = OutputKind::Values;
    (net.model, samples)
}

pub(super) fn expected(model: &FloatModel, sample: &[f32]) -> Vec<f64> {
    let values = model.evaluate(sample);
    values[model.output.node]
        .iter()
        .map(|&x| f64::from(x))
        .collect()
}

#[test]
fn trees_give_the_same_leaves() {
    for (seed, trees, depth, outputs) in [(1, 3, 4, 2), (2, 1, 1, 1), (3, 4, 1, 3), (4, 2, 9, 2)] {
        let (model, samples) = forest(seed, trees, depth, outputs);
        let quantised = quantise(&model, &samples, &options("message_4")).unwrap();
        let metrics = quantised.metrics(&samples, None).unwrap();
        assert_eq!(metrics.inexact_comparisons, 0, "{seed}");
        for layer in &metrics.layers {
            assert!(layer.max_error < 1e-12, "{seed} {layer:?}");
        }
        for sample in &samples {
            let raw: Vec<f64> = sample.iter().map(|&x| f64::from(x)).collect();
            let integers = quantised.model.quantise(&raw).unwrap();
            let logits = quantised.model.predict_clear(&integers).unwrap();
            for (got, want) in quantised
                .real_output(&logits)
                .iter()
                .zip(expected(&model, sample))
            {
                assert!((got - want).abs() < 0.05, "{seed}: {got} {want}");
            }
        }
    }
}

#[test]
fn one_output_is_nearly_exact() {
    let (model, samples) = forest(7, 5, 4, 1);
    let quantised = quantise(&model, &samples, &options("message_4")).unwrap();
    let metrics = quantised.metrics(&samples, None).unwrap();
    // The leaf tables hold the leaf values, so weights are all the same.
    assert!(metrics.output_max_error < 0.01, "{metrics:?}");
}

#[test]
fn long_paths_are_chains() {
    // With two bits, a table counts three conditions.
    let (model, samples) = forest(5, 2, 7, 2);
    let quantised = quantise(&model, &samples, &options("insecure_tiny")).unwrap();
    let names: Vec<&str> = quantised
        .model
        .layers
        .iter()
        .map(|layer| layer.name())
        .collect();
    assert!(
        names.iter().any(|name| name.contains("round 2")),
        "{names:?}"
    );
    let metrics = quantised.metrics(&samples, None).unwrap();
    assert!(metrics.layers.iter().all(|layer| layer.max_error < 1e-12));
}

#[test]
fn equal_comparisons_are_made_once() {
    let branch = |threshold| TreeNode::Branch {
        feature: 0,
        threshold,
        comparison: Comparison::LessOrEqual,
        yes: 1,
        no: 2,
    };
    let leaf = |value| TreeNode::Leaf {
        values: vec![(0, value)],
    };
    let tree = |threshold| Tree {
        nodes: vec![branch(threshold), leaf(1.0), leaf(-1.0)],
    };
    let mut net = Net::new(1, &[1]);
    let ensemble = TreeEnsemble {
        outputs: 1,
        base: vec![0.0],
        trees: vec![tree(0.5), tree(0.5), tree(0.25)],
    };
    net.push(&[0], &[1], FloatOperation::Trees(ensemble));
    net.model.output.kind = OutputKind::Sign;
    let samples = vec![vec![0.1], vec![0.3], vec![0.7]];
    let quantised = quantise(&net.model, &samples, &options("message_4")).unwrap();
    let inspection = inspect(&quantised.model).unwrap();
    assert_eq!(
        inspection.bootstraps, 2,
        "stumps: comparisons only, no leaves"
    );
    assert!(quantised.reliability.log2_p_fail < -128.0);
    assert_eq!(quantised.metrics(&samples, None).unwrap().agreement, 1.0);
}
