//! Maxima, as a tournament: `max(a, b) = relu(a - b) + b`.

use super::QuantiseError;
use super::graph::{Reading, Row};
use super::lower::{Builder, Value, unsupported};
use crate::import::{FloatNode, UnaryFunction};

/// For each output, the input features in its window; `None` when a window lies in the padding.
pub(super) fn windows(
    input: &Value,
    kernel: [usize; 2],
    stride: [usize; 2],
    [top, left, bottom, right]: [usize; 4],
) -> Option<Vec<Vec<usize>>> {
    let [channels, height, width] = input.shape[..] else {
        return None;
    };
    if stride.contains(&0) || kernel.contains(&0) {
        return None;
    }
    let rows = (height + top + bottom).checked_sub(kernel[0])? / stride[0] + 1;
    let columns = (width + left + right).checked_sub(kernel[1])? / stride[1] + 1;
    // First position inside the input, and the one after the last.
    let span = |start: usize, length: usize, before: usize, size: usize| {
        let first = start.saturating_sub(before).min(size);
        first..(start + length).saturating_sub(before).min(size)
    };
    let mut windows = Vec::with_capacity(channels * rows * columns);
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let ys = span(row * stride[0], kernel[0], top, height);
                let xs = span(column * stride[1], kernel[1], left, width);
                let window: Vec<_> = ys
                    .flat_map(|y| xs.clone().map(move |x| (channel * height + y) * width + x))
                    .collect();
                if window.is_empty() {
                    return None;
                }
                windows.push(window);
            }
        }
    }
    Some(windows)
}

/// The largest value of each window. Each round halves the candidates, with one bootstrap a pair.
pub(super) fn maximum(
    builder: &mut Builder,
    node: &FloatNode,
    input: &Value,
    windows: Vec<Vec<usize>>,
) -> Result<Value, QuantiseError> {
    let channels = *input
        .shape
        .first()
        .ok_or_else(|| unsupported(node, "needs an input of three dimensions"))?;
    let mut candidates: Vec<Vec<Row>> = windows
        .into_iter()
        .map(|window| window.into_iter().map(|f| input.rows[f].clone()).collect())
        .collect();
    let mut round = 1;
    while candidates.iter().any(|rows| rows.len() > 1) {
        let pairs = candidates.iter().flat_map(|rows| rows.chunks_exact(2));
        let rows: Vec<_> = pairs
            .map(|pair| Row::combination([(1.0, &pair[0]), (-1.0, &pair[1])], 0.0))
            .collect();
        let differences = Value {
            shape: vec![channels, 1, rows.len() / channels],
            conv: None,
            rows,
        };
        let positive = builder.push(
            &format!("{} (round {round})", node.name),
            &differences,
            Reading::Function(vec![UnaryFunction::Relu]),
        )?;
        let mut winners = positive.rows.iter();
        for rows in &mut candidates {
            *rows = rows
                .chunks(2)
                .map(|pair| match pair {
                    [_, b] => match winners.next() {
                        Some(positive) => Row::combination([(1.0, positive), (1.0, b)], 0.0),
                        None => b.clone(),
                    },
                    rest => rest[0].clone(),
                })
                .collect();
        }
        round += 1;
    }
    Ok(Value {
        rows: candidates.into_iter().flatten().collect(),
        shape: node.shape.clone(),
        conv: None,
    })
}
