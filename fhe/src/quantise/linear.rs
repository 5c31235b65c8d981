//! Integer rows as the smallest kind of layer that holds them.

use super::graph::{ConvShape, Graph};
use super::integers::{IntegerRow, IntegerRows};
use super::scale::WirePlan;
use crate::model::{ConvLayer, DenseLayer, Layer, SparseLayer};

/// Share of non-zero weights above which rows are written as a matrix.
const DENSE_SHARE: f64 = 0.4;

/// Rows as a convolution, a matrix or sparse rows, whichever fits.
pub(super) fn linear_layer(
    name: String,
    graph: &Graph,
    sums: &IntegerRows,
    conv: Option<&ConvShape>,
    wires: &[WirePlan],
) -> Layer {
    if let Some(layer) = conv.and_then(|shape| convolution(&name, sums, shape)) {
        return Layer::Conv(layer);
    }
    let mut read: Vec<usize> = sums
        .rows
        .iter()
        .flat_map(|row| row.weights.iter().map(|weight| weight.0))
        .collect();
    read.sort_unstable();
    read.dedup();
    if read.is_empty() {
        read.push(graph.stages.len());
    }
    // First column of each wire.
    let mut start = vec![0; wires.len()];
    let mut features = 0;
    for &wire in &read {
        start[wire] = features;
        features += wires[wire].scale.len();
    }
    let bias = sums.rows.iter().map(|row| row.bias).collect();
    let count: usize = sums.rows.iter().map(|row| row.weights.len()).sum();
    let columns = |row: &IntegerRow| -> Vec<(usize, i64)> {
        row.weights
            .iter()
            .map(|&(wire, feature, weight)| (start[wire] + feature, weight))
            .collect()
    };
    let rows = sums.rows.iter().map(columns);
    // The layer that writes wire w is layer 2w, counted from 1.
    let inputs = Some(read.iter().map(|wire| 2 * wire).collect());
    if (count as f64) < DENSE_SHARE * (sums.rows.len() * features) as f64 {
        return Layer::Sparse(SparseLayer {
            name,
            inputs,
            rows: rows.collect(),
            bias,
        });
    }
    let dense = |row: Vec<(usize, i64)>| {
        let mut weights = vec![0; features];
        for (column, weight) in row {
            weights[column] = weight;
        }
        weights
    };
    Layer::Dense(DenseLayer {
        name,
        inputs,
        weights: rows.map(dense).collect(),
        bias,
    })
}

/// The rows as one kernel, if they are; rounding can differ at the border, where offsets are missing.
fn convolution(name: &str, sums: &IntegerRows, shape: &ConvShape) -> Option<ConvLayer> {
    let [oc, ic, kh, kw] = shape.kernel;
    let [height, width] = shape.output();
    let mut kernel = vec![vec![vec![vec![None; kw]; kh]; ic]; oc];
    let mut bias = Vec::with_capacity(oc);
    for (o, rows) in sums.rows.chunks(height * width).enumerate() {
        let first = rows.first()?.bias;
        bias.push(first);
        for (position, row) in rows.iter().enumerate() {
            if row.bias != first || row.weights.iter().any(|weight| weight.0 != shape.wire) {
                return None;
            }
            let mut found = 0;
            for tap in 0..ic * kh * kw {
                let [i, y, x] = [tap / (kh * kw), tap / kw % kh, tap % kw];
                let Some(feature) = shape.tap(o, [position / width, position % width], [i, y, x])
                else {
                    continue;
                };
                let at = row
                    .weights
                    .binary_search_by_key(&feature, |weight| weight.1);
                let weight = at.map_or(0, |at| row.weights[at].2);
                found += usize::from(weight != 0);
                let entry = &mut kernel[o][i][y][x];
                if entry.is_some_and(|known| known != weight) {
                    return None;
                }
                *entry = Some(weight);
            }
            if found != row.weights.len() {
                return None;
            }
        }
    }
    let weight = |entry: Option<i64>| entry.unwrap_or(0);
    let kernel = kernel
        .into_iter()
        .map(|channel| {
            let plane = |plane: Vec<Vec<_>>| {
                let line = |line: Vec<_>| line.into_iter().map(weight).collect();
                plane.into_iter().map(line).collect()
            };
            channel.into_iter().map(plane).collect()
        })
        .collect();
    Some(ConvLayer {
        name: name.to_owned(),
        inputs: Some(vec![2 * shape.wire]),
        input: shape.input,
        kernel,
        bias,
        stride: shape.stride,
        padding: shape.padding,
        groups: shape.groups,
    })
}
