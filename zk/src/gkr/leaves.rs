//! Range-check leaves `1 / (x - v)` and the first round over them, in base-field
//! arithmetic.

use super::layer::{GROUP, Layer, Weights};
use crate::field::lanes::{self, CHUNK, Ext, LOG_CHUNK, Lane, Table};
use crate::field::{F, K};
use ark_ff::{AdditiveGroup, Field};
use p3_field::PackedValue;
use rayon::prelude::*;

/// Groups that one task writes.
const TASK: usize = 64;

/// Stack elements `start..end` (multiples of [`GROUP`]) that are looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// `x`: the leaves are `1 / (x - v)`.
    pub(crate) shift: K,
}

/// The fractions `1 / (x - v)` for stack elements `v` in segments, `0/1` elsewhere.
pub(crate) struct StackLeaves<'a> {
    /// Padded to whole groups.
    stack: &'a [F],
    segments: Vec<Segment>,
    /// Segment of each group; `segments.len()` for none.
    tags: Vec<u32>,
    chunk_bits: usize,
}

impl<'a> StackLeaves<'a> {
    /// `stack`: a multiple of [`GROUP`] elements, at most `2^num_vars`. `segments`:
    /// disjoint, on group borders.
    pub(crate) fn new(stack: &'a [F], segments: Vec<Segment>, num_vars: usize) -> Self {
        let mut tags = vec![segments.len() as u32; stack.len() / GROUP];
        for (i, s) in segments.iter().enumerate() {
            tags[s.start / GROUP..s.end / GROUP].fill(i as u32);
        }
        Self {
            stack,
            segments,
            tags,
            chunk_bits: num_vars - LOG_CHUNK,
        }
    }

    pub(super) const fn chunk_bits(&self) -> usize {
        self.chunk_bits
    }

    fn shift(&self, group: usize) -> Option<K> {
        self.segments
            .get(self.tags[group] as usize)
            .map(|s| s.shift)
    }

    #[inline(always)]
    fn lane(&self, group: usize, chunk: usize, lane: usize) -> Lane {
        lanes::base_lane(self.stack, group * GROUP + chunk * CHUNK + lane)
    }

    /// Fills two tables of half the stack's length, group by group.
    fn halves<W>(&self, write: W) -> [Table; 2]
    where
        W: Fn(usize, Option<K>, &mut dyn FnMut(usize, Ext<Lane>, Ext<Lane>)) + Sync,
    {
        let half = self.stack.len() / 2;
        let mut numerators = Table::filled(K::ZERO, half);
        let mut denominators = Table::filled(K::ONE, half);
        let size = TASK * GROUP / 2;
        numerators
            .chunks_mut(size)
            .into_par_iter()
            .zip(denominators.chunks_mut(size))
            .enumerate()
            .for_each(|(task, (mut numerators, mut denominators))| {
                for local in 0..numerators.len() / (GROUP / 2) {
                    let group = task * TASK + local;
                    let offset = local * (GROUP / 2);
                    write(group, self.shift(group), &mut |at, n, d| {
                        numerators.set_lane(offset + at, n);
                        denominators.set_lane(offset + at, d);
                    });
                }
            });
        [numerators, denominators]
    }

    /// The layer above: `(2x - v0 - v1) / (x^2 - (v0 + v1) x + v0 v1)`.
    pub(super) fn parents(&self) -> Layer {
        let [numerators, denominators] = self.halves(|group, shift, set| {
            let Some(x) = shift else { return };
            let (two_x, x_squared) = (lanes::broadcast(x + x), lanes::broadcast(x * x));
            let x = lanes::broadcast(x);
            for pair in 0..2 {
                for lane in (0..CHUNK).step_by(Lane::WIDTH) {
                    let v0 = self.lane(group, 2 * pair, lane);
                    let v1 = self.lane(group, 2 * pair + 1, lane);
                    let sum = v0 + v1;
                    let n = two_x.sub_base(sum);
                    let d = (x_squared - x.scale(sum)).add_base(v0 * v1);
                    set(pair * CHUNK + lane, n, d);
                }
            }
        });
        Layer::new(numerators, denominators, self.chunk_bits - 1 + LOG_CHUNK)
    }

    /// The first round, as [`Layer::round`]: with `a = v0 + v1`, `b = v0 v1`,
    /// ```text
    /// h(0) = (2x - a) + lambda (x^2 - x a + b),   leading coefficient lambda dv0 dv1.
    /// ```
    pub(super) fn round(&self, weights: &Weights, lambda: K) -> [K; 2] {
        let groups = self.tags.len();
        let [linear, q0, q2] = weights.sum(groups, |group, weights| {
            let Some(x) = self.shift(group) else {
                return [Ext::ZERO; 3];
            };
            let mut sums = [Ext::<Lane>::ZERO; 3];
            for lane in (0..CHUNK).step_by(Lane::WIDTH) {
                let e = weights.lane(lane);
                let v0 = self.lane(group, 0, lane);
                let v1 = self.lane(group, 1, lane);
                let w0 = self.lane(group, 2, lane);
                let w1 = self.lane(group, 3, lane);
                sums[0] += e.scale(v0 + v1);
                sums[1] += e.scale(v0 * v1);
                sums[2] += e.scale((w0 - v0) * (w1 - v1));
            }
            let factor = lanes::broadcast(-(K::ONE + lambda * x));
            [sums[0] * factor, sums[1], sums[2]]
        });
        // 0/1 fractions contribute lambda times their weight; all weights add up to 1.
        let constant: K = self
            .segments
            .iter()
            .map(|s| {
                let total = weights.total(s.end / GROUP) - weights.total(s.start / GROUP);
                let x = s.shift;
                total * (x + x + lambda * (x * x - K::ONE))
            })
            .sum();
        [lambda + constant + linear + lambda * q0, lambda * q2]
    }

    /// Binds the second-lowest chunk bit to `s`.
    pub(super) fn fold(self, s: K) -> Layer {
        let s = lanes::broadcast(s);
        let [numerators, denominators] = self.halves(|group, shift, set| {
            let Some(x) = shift else { return };
            let x = lanes::broadcast(x);
            for child in 0..2 {
                for lane in (0..CHUNK).step_by(Lane::WIDTH) {
                    let low = self.lane(group, child, lane);
                    let high = self.lane(group, 2 + child, lane);
                    let d = (x - s.scale(high - low)).sub_base(low);
                    set(child * CHUNK + lane, Ext::ONE, d);
                }
            }
        });
        Layer::new(numerators, denominators, self.chunk_bits - 1 + LOG_CHUNK)
    }
}
