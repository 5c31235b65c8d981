//! Operators that only move values, on constants and on the positions of activations alike.

use super::ImportError;
use super::reader::Reader;
use super::tensor::{Tensor, size};
use ndarray::{ArrayD, Axis, IxDyn, concatenate};

pub(super) const REMEDY: &str =
    "keep the batch first, and give constant shapes, axes and indices that fit";

type Array = ArrayD<f64>;

/// Whether an operator only moves values.
pub(super) fn is_move(op: &str) -> bool {
    matches!(
        op,
        "Identity"
            | "Dropout"
            | "Reshape"
            | "Flatten"
            | "Squeeze"
            | "Unsqueeze"
            | "Transpose"
            | "Slice"
            | "Gather"
            | "Concat"
            | "Split"
            | "Pad"
            | "Expand"
    )
}

/// What a moving operator makes of its inputs: one tensor for each output.
pub(super) fn moved(
    reader: Reader<'_>,
    inputs: &[Option<Tensor>],
) -> Result<Vec<Tensor>, ImportError> {
    let mode = reader.text("mode");
    if reader.0.op_type == "Pad" && !matches!(mode.as_str(), "" | "constant") {
        return Err(reader.error(format!("mode {mode:?} is not supported"), "pad with 0"));
    }
    move_values(reader, inputs)
        .filter(|outputs| outputs.iter().all(|t| size(&t.shape).is_some()))
        .ok_or_else(|| {
            let shapes: Vec<_> = inputs.iter().flatten().map(|t| &t.shape).collect();
            reader.error(
                format!("its shape, axes or indices do not fit inputs {shapes:?}"),
                REMEDY,
            )
        })
}

fn move_values(reader: Reader<'_>, inputs: &[Option<Tensor>]) -> Option<Vec<Tensor>> {
    let first = inputs.first()?.as_ref()?;
    let input = |index: usize| inputs.get(index).and_then(Option::as_ref);
    // An input of newer versions, an attribute of older ones.
    let list = |index: usize, name: &str| -> Option<Vec<i64>> {
        match input(index) {
            Some(tensor) => Some(tensor.values.iter().map(|&v| v as i64).collect()),
            None => Some(reader.ints(name).to_vec()).filter(|list| !list.is_empty()),
        }
    };
    let rank = first.shape.len();
    let one = |tensor: Option<Tensor>| Some(vec![tensor?]);
    match reader.0.op_type.as_str() {
        "Identity" | "Dropout" => one(Some(first.clone())),
        "Reshape" => {
            let target: Vec<f64> = list(1, "shape")?.iter().map(|&d| d as f64).collect();
            let zeros_stay = reader.int("allowzero", 0) != 0 && target.contains(&0.0);
            let shape = (!zeros_stay).then(|| resolve(&first.shape, &target))??;
            one(Some(first.with_shape(shape)))
        }
        "Flatten" => {
            let axis = axis(reader.int("axis", 1), rank + 1)?;
            let (before, after) = first.shape.split_at(axis);
            one(Some(first.with_shape(vec![
                before.iter().product(),
                after.iter().product(),
            ])))
        }
        "Squeeze" => {
            let axes = match list(1, "axes") {
                Some(axes) => axes.iter().map(|&a| axis(a, rank)).collect::<Option<_>>()?,
                None => (0..rank)
                    .filter(|&a| first.shape[a] == 1)
                    .collect::<Vec<_>>(),
            };
            if axes.iter().any(|&a| first.shape[a] != 1) {
                return None;
            }
            let kept = (0..rank).filter(|a| !axes.contains(a));
            one(Some(
                first.with_shape(kept.map(|a| first.shape[a]).collect()),
            ))
        }
        "Unsqueeze" => {
            let axes = list(1, "axes")?;
            let rank = rank + axes.len();
            let axes: Vec<usize> = axes.iter().map(|&a| axis(a, rank)).collect::<Option<_>>()?;
            let mut old = first.shape.iter().copied();
            let shape: Option<Vec<usize>> = (0..rank)
                .map(|a| {
                    if axes.contains(&a) {
                        Some(1)
                    } else {
                        old.next()
                    }
                })
                .collect();
            one(shape.map(|shape| first.with_shape(shape)))
        }
        "Transpose" => {
            let order: Option<Vec<usize>> = match reader.ints("perm") {
                [] => Some((0..rank).rev().collect()),
                perm => perm.iter().map(|&a| axis(a, rank)).collect(),
            };
            one(first.transposed(&order?))
        }
        "Slice" => {
            let (starts, ends) = (list(1, "starts")?, list(2, "ends")?);
            let axes = list(3, "axes").unwrap_or_else(|| (0..starts.len() as i64).collect());
            let steps = list(4, "steps").unwrap_or_else(|| vec![1; starts.len()]);
            if ends.len() != starts.len()
                || axes.len() != starts.len()
                || steps.len() != starts.len()
            {
                return None;
            }
            let mut array = first.array()?;
            for (i, &a) in axes.iter().enumerate() {
                let a = axis(a, rank)?;
                array = cut(&array, a, starts[i], ends[i], steps[i])?;
            }
            one(Some(Tensor::of(&array)))
        }
        "Gather" => {
            let a = axis(reader.int("axis", 0), rank)?;
            let picks = input(1)?;
            let length = first.shape[a];
            let indices: Vec<usize> = picks
                .values
                .iter()
                .map(|&i| axis(i as i64, length))
                .collect::<Option<_>>()?;
            let picked = first.array()?.select(Axis(a), &indices);
            let mut shape = first.shape[..a].to_vec();
            shape.extend(&picks.shape);
            shape.extend(&first.shape[a + 1..]);
            one(Some(Tensor::of(&picked).with_shape(shape)))
        }
        "Concat" => {
            let arrays: Vec<Array> = inputs
                .iter()
                .flatten()
                .map(Tensor::array)
                .collect::<Option<_>>()?;
            let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
            let a = axis(reader.int("axis", 1), rank)?;
            // `concatenate` takes the axis out of each shape without looking whether it is there.
            if arrays.iter().any(|array| array.ndim() != rank) {
                return None;
            }
            one(concatenate(Axis(a), &views)
                .ok()
                .map(|array| Tensor::of(&array)))
        }
        "Split" => {
            let a = axis(reader.int("axis", 0), rank)?;
            let length = first.shape[a] as i64;
            let parts = reader.0.output.len() as i64;
            let sizes = list(1, "split").unwrap_or_else(|| {
                let part = (length + parts - 1) / parts.max(1);
                (0..parts)
                    .map(|i| part.min(length - i * part).max(0))
                    .collect()
            });
            if sizes.iter().any(|&s| s < 0) || sizes.iter().sum::<i64>() != length {
                return None;
            }
            let array = first.array()?;
            let mut start = 0;
            let cut_next = |&part: &i64| {
                let tensor = Tensor::of(&cut(&array, a, start, start + part, 1)?);
                start += part;
                Some(tensor)
            };
            sizes.iter().map(cut_next).collect()
        }
        "Pad" => {
            let pads = list(1, "pads")?;
            let value = input(2).and_then(Tensor::scalar).unwrap_or(0.0);
            let axes = match input(3) {
                Some(axes) => axes
                    .values
                    .iter()
                    .map(|&a| axis(a as i64, rank))
                    .collect::<Option<Vec<_>>>()?,
                None => (0..rank).collect(),
            };
            if pads.len() != 2 * axes.len() {
                return None;
            }
            let mut array = first.array()?;
            for (i, &a) in axes.iter().enumerate() {
                let fill = |count: i64, like: &Array| -> Option<Array> {
                    let mut shape = like.shape().to_vec();
                    shape[a] = usize::try_from(count).ok()?;
                    size(&shape)?;
                    Some(Array::from_elem(IxDyn(&shape), value))
                };
                let (before, after) = (
                    fill(pads[i], &array)?,
                    fill(*pads.get(i + axes.len())?, &array)?,
                );
                let views = [before.view(), array.view(), after.view()];
                array = concatenate(Axis(a), &views).ok()?;
            }
            one(Some(Tensor::of(&array)))
        }
        "Expand" => {
            let target: Vec<usize> = list(1, "shape")?
                .iter()
                .map(|&d| usize::try_from(d).ok())
                .collect::<Option<_>>()?;
            size(&target)?;
            let array = first.array()?;
            let wide = array.broadcast(IxDyn(&target))?.to_owned();
            one(Some(Tensor::of(&wide)))
        }
        _ => None,
    }
}

/// An axis or index, which may count from the end.
fn axis(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis < 0 {
        axis.checked_add(i64::try_from(rank).ok()?)?
    } else {
        axis
    };
    usize::try_from(axis).ok().filter(|&a| a < rank)
}

/// Part of an axis, as ONNX `Slice` has it: ends are clamped, negative numbers count from the end.
fn cut(array: &Array, axis: usize, start: i64, end: i64, step: i64) -> Option<Array> {
    let length = i64::try_from(array.shape()[axis]).ok()?;
    let wrap = |x: i64| if x < 0 { x.saturating_add(length) } else { x };
    let indices: Vec<usize> = if step > 0 {
        let (start, end) = (wrap(start).clamp(0, length), wrap(end).clamp(0, length));
        let step = usize::try_from(step).ok()?;
        (start as usize..end as usize).step_by(step).collect()
    } else {
        let step = usize::try_from(step.checked_neg()?)
            .ok()
            .filter(|&s| s > 0)?;
        let (start, end) = (
            wrap(start).clamp(-1, length - 1),
            wrap(end).clamp(-1, length - 1),
        );
        ((end + 1) as usize..(start + 1) as usize)
            .rev()
            .step_by(step)
            .collect()
    };
    Some(array.select(Axis(axis), &indices))
}

/// A target shape with 0 (as before) and one -1 (the rest).
fn resolve(from: &[usize], target: &[f64]) -> Option<Vec<usize>> {
    let total = size(from)?;
    let mut shape = Vec::new();
    let mut open = None;
    for (i, &d) in target.iter().enumerate() {
        if d < 0.0 {
            open.replace(i).is_none().then_some(())?;
        }
        shape.push(match d {
            0.0 => *from.get(i)?,
            d if d < 0.0 => 1,
            d => d as usize,
        });
    }
    let known = size(&shape)?;
    match open {
        Some(i) if known > 0 && total.is_multiple_of(known) => shape[i] = total / known,
        None if known == total => {}
        _ => return None,
    }
    Some(shape)
}
