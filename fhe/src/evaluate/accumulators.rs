//! Every accumulator of blind rotations, for proofs about them.

use super::EvaluateError;
use super::blind_rotation::Batch;
use crate::keys::BootstrappingKey;
use crate::lut::Lut;
use ndarray::Array2;

/// The accumulators `acc_0, .., acc_H` of a batch of blind rotations, `H = n/g`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accumulators {
    /// `acc_h` for `h < H`, as (component, step, row, coefficient).
    pub steps: Vec<u64>,
    /// `acc_H`, as (component, row, coefficient).
    pub last: Vec<u64>,
}

/// Runs the blind rotations of [`super::blind_rotation`] and keeps every accumulator. Row `i` uses table
/// `i mod luts.len()`.
///
/// # Errors
/// As [`super::blind_rotation`].
pub fn accumulators(
    key: &BootstrappingKey,
    luts: &[Lut],
    exponents: &Array2<u64>,
) -> Result<Accumulators, EvaluateError> {
    let batch = Batch::new(key, luts, exponents)?;
    let size = batch.set.polynomial_size.0;
    let (components, groups) = (batch.set.glwe_dimension.0 + 1, batch.set.group_count());
    let plane = batch.rows * size;
    let block = batch.block_rows() * size;
    let mut steps = vec![0; components * groups * plane];
    let mut last = vec![0; components * plane];
    // For each block of rows: its part of every plane (component, step), then of every plane (component) of acc_H.
    let mut targets: Vec<Vec<&mut [u64]>> = Vec::new();
    targets.resize_with(plane.div_ceil(block), Vec::new);
    for plane in steps.chunks_mut(plane).chain(last.chunks_mut(plane)) {
        for (target, part) in targets.iter_mut().zip(plane.chunks_mut(block)) {
            target.push(part);
        }
    }
    batch.run(targets, |parts, step, rotation| {
        for (row, accumulator) in rotation
            .accumulators
            .chunks_exact(components * size)
            .enumerate()
        {
            for (component, polynomial) in accumulator.chunks_exact(size).enumerate() {
                let part = if step < groups {
                    component * groups + step
                } else {
                    components * groups + component
                };
                parts[part][row * size..(row + 1) * size].copy_from_slice(polynomial);
            }
        }
    });
    Ok(Accumulators { steps, last })
}
