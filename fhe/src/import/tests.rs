use super::*;
use crate::model::OutputKind;
use ndarray::{Array2, Array4};

fn single(input: &[usize], shape: &[usize], operation: FloatOperation) -> FloatModel {
    FloatModel {
        name: "test".to_owned(),
        input: FloatInput {
            name: "x".to_owned(),
            shape: input.to_vec(),
        },
        nodes: vec![FloatNode {
            name: "node".to_owned(),
            inputs: vec![0],
            shape: shape.to_vec(),
            operation,
        }],
        output: FloatOutput {
            node: 1,
            kind: OutputKind::Values,
            labels: Vec::new(),
        },
    }
}

#[test]
fn affine_by_hand() {
    let operation = FloatOperation::Affine {
        weights: Array2::from_shape_vec((2, 2), vec![1.0, 2.0, 3.0, 4.0]).unwrap(),
        bias: vec![0.5, -1.0],
    };
    let model = single(&[2], &[2], operation);
    assert_eq!(model.evaluate(&[10.0, 1.0])[1], [12.5, 33.0]);
}

#[test]
fn convolution_by_hand() {
    // Two channels that do not mix; padding on the left only; stride 2 down.
    let operation = FloatOperation::Conv {
        kernel: Array4::from_shape_vec((2, 1, 1, 2), vec![1.0, 10.0, 2.0, 0.0]).unwrap(),
        bias: vec![0.0, 100.0],
        stride: [2, 1],
        padding: [0, 1, 0, 0],
        groups: 2,
    };
    let model = single(&[2, 3, 2], &[2, 2, 2], operation);
    let input = [
        1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0,
    ];
    let want = [10.0, 21.0, 50.0, 65.0, 100.0, 114.0, 100.0, 122.0];
    assert_eq!(model.evaluate(&input)[1], want);
}

#[test]
fn maximum_ignores_the_padding() {
    let operation = FloatOperation::MaxPool {
        kernel: [2, 2],
        stride: [2, 2],
        padding: [1; 4],
    };
    let model = single(&[1, 2, 2], &[1, 2, 2], operation);
    assert_eq!(
        model.evaluate(&[-1.0, -2.0, -3.0, -4.0])[1],
        [-1.0, -2.0, -3.0, -4.0]
    );
}

#[test]
fn trees_by_hand() {
    let branch = |comparison| TreeNode::Branch {
        feature: 0,
        threshold: 1.0,
        comparison,
        yes: 1,
        no: 2,
    };
    let leaf = |value| TreeNode::Leaf {
        values: vec![(0, value)],
    };
    let tree = |comparison| Tree {
        nodes: vec![branch(comparison), leaf(1.0), leaf(-1.0)],
    };
    let ensemble = TreeEnsemble {
        outputs: 1,
        base: vec![10.0],
        trees: vec![
            tree(Comparison::LessOrEqual),
            tree(Comparison::Less),
            tree(Comparison::GreaterOrEqual),
        ],
    };
    let model = single(&[1], &[1], FloatOperation::Trees(ensemble));
    assert_eq!(model.evaluate(&[1.0])[1], [11.0]);
    assert_eq!(model.evaluate(&[2.0])[1], [9.0]);
}
