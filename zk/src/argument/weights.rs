//! The opening sumcheck: `sum_i W[i] S[i]` for the batched weights `W`.
//!
//! Variables are bound chunk bits first, from the least significant up, then the
//! position bits from the most significant down (as in [`crate::gkr`]), so that
//! the loops run over SIMD words and the unused end of the stack costs nothing.

use crate::field::lanes::{self, CHUNK, Ext, LANES, LOG_CHUNK, Lane, Table};
use crate::field::{F, K};
use crate::multilinear::eq_table;
use crate::stack::{LinearClaim, Term};
use crate::sumcheck::interpolate;
use crate::transcript::ProverTranscript;
use ark_ff::AdditiveGroup;
use p3_field::{PackedValue, PrimeCharacteristicRing};
use rayon::prelude::*;

/// `log2` of the elements that one task handles.
const LOG_TASK: usize = 11;

/// The weight vector of `sum_k gamma^k claim_k`, for `len` stack elements (a
/// multiple of [`CHUNK`]).
pub(super) fn weights(claims: &[LinearClaim], gamma: K, len: usize) -> Table {
    let mut table = Table::filled(K::ZERO, len);
    let mut power = K::from(1_u64);
    for claim in claims {
        for term in &claim.terms {
            add_term(&mut table, term, power * term.coefficient);
        }
        power *= gamma;
    }
    table
}

/// Adds `coefficient * eq(term.point, j)` at `term.offset + j`.
fn add_term(table: &mut Table, term: &Term, coefficient: K) {
    let low_bits = term.point.len().min(LOG_TASK);
    let (high_point, low_point) = term.point.split_at(term.point.len() - low_bits);
    let low = eq_table(low_point);
    let size = 1 << low_bits;
    if size < CHUNK {
        for (j, &w) in low.iter().enumerate() {
            let value = table.get(term.offset + j) + coefficient * w;
            table.set(term.offset + j, value);
        }
        return;
    }
    let low: Table = low.into_iter().collect();
    let low = low.view();
    let high = eq_table(high_point);
    let range = term.offset..term.offset + (size << high_point.len());
    table
        .range_chunks_mut(range, size)
        .into_par_iter()
        .zip(high)
        .for_each(|(mut out, high)| {
            let factor = lanes::broadcast(coefficient * high);
            for i in (0..size).step_by(Lane::WIDTH) {
                out.add_lane(i, factor * low.lane(i));
            }
        });
}

/// Proves `sum_i weights[i] * stack[i] = claim` over `num_vars` variables and
/// returns the point (most significant first) and the stack's value there; `None`
/// if the claim is wrong.
/// The lengths are equal multiples of [`CHUNK`].
pub(super) fn prove(
    mut weights: Table,
    stack: &[F],
    num_vars: usize,
    claim: K,
    t: &mut ProverTranscript,
) -> Option<(Vec<K>, K)> {
    let mut chunk_point = Vec::new();
    let mut state = Rounds { claim, t };
    let w = weights.view();
    let message = round(
        stack.len(),
        |i| w.lane(i),
        |i| Base(lanes::base_lane(stack, i)),
    );
    let r = state.play(message);
    chunk_point.push(r);
    let mut values = fold_stack(stack, r);
    weights.fold_pairs(CHUNK, r);
    while chunk_point.len() < num_vars - LOG_CHUNK {
        let (w, v) = (weights.view(), values.view());
        let r = state.play(round(weights.len(), |i| w.lane(i), |i| v.lane(i)));
        chunk_point.push(r);
        rayon::join(
            || weights.fold_pairs(CHUNK, r),
            || values.fold_pairs(CHUNK, r),
        );
    }
    let small = |t: &Table| (0..CHUNK).map(|p| t.get(p)).collect::<Vec<K>>();
    let (mut weights, mut values) = (small(&weights), small(&values));
    let mut point: Vec<K> = chunk_point.into_iter().rev().collect();
    while values.len() > 1 {
        let r = state.play(small_round(&weights, &values));
        point.push(r);
        weights = small_fold(&weights, r);
        values = small_fold(&values, r);
    }
    (weights[0] * values[0] == state.claim).then(|| (point, values[0]))
}

/// The running claim of the sumcheck.
struct Rounds<'a> {
    claim: K,
    t: &'a mut ProverTranscript,
}

impl Rounds<'_> {
    /// Sends `s(0), s(2)` as [`crate::sumcheck::verify`] expects.
    fn play(&mut self, [at_zero, at_two]: [K; 2]) -> K {
        self.t.send_ext("sumcheck round", &[at_zero, at_two]);
        let r = self.t.challenge("sumcheck");
        self.claim = interpolate(&[at_zero, self.claim - at_zero, at_two], r);
        r
    }
}

/// `s(0)` and `s(2)` for the lowest chunk bit, of `len` elements.
fn round<A, V, W>(len: usize, weight: W, value: V) -> [K; 2]
where
    W: Fn(usize) -> Ext<Lane> + Sync,
    V: Fn(usize) -> A + Sync,
    A: Factor,
{
    let chunks = len / CHUNK;
    let per_task = (1 << LOG_TASK) / CHUNK;
    (0..chunks.div_ceil(per_task))
        .into_par_iter()
        .map(|task| {
            let mut sums = [Ext::<Lane>::ZERO; 2];
            let end = chunks.min((task + 1) * per_task);
            for low in (task * per_task..end).step_by(2) {
                for lane in 0..LANES {
                    let at = |chunk: usize| chunk * CHUNK + lane * Lane::WIDTH;
                    let (w0, v0) = (weight(at(low)), value(at(low)));
                    let (w1, v1) = if low + 1 < chunks {
                        (weight(at(low + 1)), value(at(low + 1)))
                    } else {
                        (Ext::ZERO, A::NIL)
                    };
                    sums[0] += v0.times(w0);
                    sums[1] += v1.twice_minus(v0).times(w1.twice_minus(w0));
                }
            }
            sums.map(lanes::horizontal_sum)
        })
        .reduce(|| [K::ZERO; 2], |[a, b], [c, d]| [a + c, b + d])
}

/// What the stack's values may be: base field lanes at first, then extension.
trait Factor: Copy {
    const NIL: Self;
    fn twice_minus(self, other: Self) -> Self;
    fn times(self, weight: Ext<Lane>) -> Ext<Lane>;
}

/// Values in the base field.
#[derive(Clone, Copy)]
struct Base(Lane);

impl Factor for Base {
    const NIL: Self = Self(Lane::ZERO);
    #[inline(always)]
    fn twice_minus(self, other: Self) -> Self {
        Self(self.0.double() - other.0)
    }
    #[inline(always)]
    fn times(self, weight: Ext<Lane>) -> Ext<Lane> {
        weight.scale(self.0)
    }
}

impl Factor for Ext<Lane> {
    const NIL: Self = Self::ZERO;
    #[inline(always)]
    fn twice_minus(self, other: Self) -> Self {
        self + self - other
    }
    #[inline(always)]
    fn times(self, weight: Ext<Lane>) -> Ext<Lane> {
        self * weight
    }
}

/// The stack with its lowest chunk bit bound to `r`.
fn fold_stack(stack: &[F], r: K) -> Table {
    let chunks = stack.len() / CHUNK;
    let mut folded = Table::filled(K::ZERO, chunks.div_ceil(2) * CHUNK);
    let r = lanes::broadcast(r);
    let size = 1 << LOG_TASK;
    folded
        .chunks_mut(size)
        .into_par_iter()
        .enumerate()
        .for_each(|(task, mut out)| {
            for chunk in 0..out.len() / CHUNK {
                let low_chunk = 2 * (task * size / CHUNK + chunk);
                for lane in (0..CHUNK).step_by(Lane::WIDTH) {
                    let at = low_chunk * CHUNK + lane;
                    let low = lanes::base_lane(stack, at);
                    let high = if low_chunk + 1 < chunks {
                        lanes::base_lane(stack, at + CHUNK)
                    } else {
                        Lane::ZERO
                    };
                    out.set_lane(chunk * CHUNK + lane, r.scale(high - low).add_base(low));
                }
            }
        });
    folded
}

/// `s(0)` and `s(2)` for the most significant position bit.
fn small_round(weights: &[K], values: &[K]) -> [K; 2] {
    let half = values.len() / 2;
    let mut message = [K::ZERO; 2];
    for i in 0..half {
        let (w0, w1, v0, v1) = (weights[i], weights[i + half], values[i], values[i + half]);
        message[0] += w0 * v0;
        message[1] += (w1 + w1 - w0) * (v1 + v1 - v0);
    }
    message
}

/// Binds the most significant position bit.
fn small_fold(values: &[K], r: K) -> Vec<K> {
    let (low, high) = values.split_at(values.len() / 2);
    low.iter()
        .zip(high)
        .map(|(&a, &b)| a + r * (b - a))
        .collect()
}

/// The sumcheck's challenges in binding order as a point, most significant first.
pub(super) fn point_from_binding_order(bound: &[K]) -> Vec<K> {
    let (chunk, position) = bound.split_at(bound.len().saturating_sub(LOG_CHUNK));
    chunk.iter().rev().chain(position).copied().collect()
}
