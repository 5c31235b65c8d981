//! The prover.

use super::indicator::Indicator;
use super::layer::{Buffers, Element, Fraction, Source, Stored, fold_and_sum, parents};
use super::leaves::{Factors, Pairs, StackLeaves};
use super::relation::{GkrError, LeafClaim, State, combine, next_claim, quadratic, top};
use super::tables::TableLeaves;
use super::weights::Weights;
use crate::field::K;
use crate::field::lanes::{CHUNK, Ext, LOG_CHUNK, Lane};
use crate::multilinear::eq_table;
use crate::transcript::ProverTranscript;
use ark_ff::{AdditiveGroup, Field};

/// Proves the sum of the lookups' fractions.
///
/// # Errors
/// If a denominator of the sum or a needed challenge is zero.
pub(crate) fn prove_lookups(
    leaves: &StackLeaves<'_>,
    t: &mut ProverTranscript,
) -> Result<LeafClaim, GkrError> {
    let mut buffers = Buffers::default();
    let pairs = Pairs::new(leaves);
    let layer = parents(&pairs, &mut buffers);
    let (sum, state) = prove_stored(layer, leaves.chunk_bits - 2, t, &mut buffers)?;
    let state = prove_layer(&pairs, &mut Fractions, &state, t, &mut buffers)?;
    // GKR-3, here because the factors need it.
    let lambda = t.challenge("lambda");
    let inverse = lambda.inverse().ok_or(GkrError::ZeroChallenge)?;
    let mut rule = Lookups {
        numerators: Indicator::new(&leaves.segments),
        lambda,
        inverse,
    };
    let factors = Factors::new(leaves, inverse);
    let state = prove_rounds(&factors, &mut rule, lambda, &state, t, &mut buffers)?;
    // GKR-7
    Ok(state.into_claim(t.challenge("child"), sum))
}

/// Proves the sum of the tables' fractions.
///
/// # Errors
/// As [`prove_lookups`].
pub(crate) fn prove_tables(
    leaves: &TableLeaves,
    t: &mut ProverTranscript,
) -> Result<LeafClaim, GkrError> {
    let mut buffers = Buffers::default();
    let layer = parents(leaves, &mut buffers);
    let (sum, state) = prove_stored(layer, leaves.chunk_bits - 1, t, &mut buffers)?;
    let state = prove_layer(leaves, &mut Fractions, &state, t, &mut buffers)?;
    // GKR-7
    Ok(state.into_claim(t.challenge("child"), sum))
}

/// Proves a stored layer of `2^chunk_bits` chunks and all layers above it; returns the sum
/// and the claims on the stored layer.
pub(super) fn prove_stored(
    layer: Stored<Fraction>,
    chunk_bits: usize,
    t: &mut ProverTranscript,
    buffers: &mut Buffers,
) -> Result<((K, K), State), GkrError> {
    let mut layers = vec![layer];
    for _ in 1..chunk_bits {
        let above = layers.last().map(|l| parents(l, buffers));
        layers.extend(above);
    }
    let mut top_layer = [Vec::new(), Vec::new()];
    if let Some(layer) = layers.pop() {
        top_layer = [0, 1].map(|part| {
            let half = |chunk: usize| layer.values(chunk)[part].clone();
            [half(0), half(1)].concat()
        });
        layer.free(buffers);
    }
    let [numerators, denominators] = top_layer;
    // GKR-1
    t.send_ext("numerators", &numerators);
    t.send_ext("denominators", &denominators);
    // GKR-2
    let position_point = t.challenges("position", LOG_CHUNK);
    let (sum, children) = top(&numerators, &denominators, &position_point);
    if sum.1 == K::ZERO {
        return Err(GkrError::ZeroDenominator);
    }
    let mut state = State::top(position_point, children);
    while let Some(layer) = layers.pop() {
        state = prove_layer(&layer, &mut Fractions, &state, t, buffers)?;
        layer.free(buffers);
    }
    Ok((sum, state))
}

/// How the sums over a layer's elements become messages.
trait Rule<T> {
    /// The message for `q(0)` and the leading coefficient from the elements' sums.
    fn message(&self, upper: &[K], sums: [K; 2]) -> [K; 2];
    /// Binds the lowest bit of the parents' index.
    fn bind(&mut self, s: K);
    /// `n0, n1, d0, d1` by position, when two chunks are left.
    fn last(&self, layer: &Stored<T>) -> [Vec<K>; 4];
}

/// The elements are the fractions.
struct Fractions;

impl Rule<Fraction> for Fractions {
    fn message(&self, _: &[K], sums: [K; 2]) -> [K; 2] {
        sums
    }

    fn bind(&mut self, _: K) {}

    fn last(&self, layer: &Stored<Fraction>) -> [Vec<K>; 4] {
        let ([n0, d0], [n1, d1]) = (layer.values(0), layer.values(1));
        [n0, n1, d0, d1]
    }
}

/// The elements are `d + n/lambda`.
struct Lookups {
    numerators: Indicator,
    lambda: K,
    inverse: K,
}

impl Rule<Ext<Lane>> for Lookups {
    fn message(&self, upper: &[K], sums: [K; 2]) -> [K; 2] {
        let squares = self.numerators.round(upper);
        [0, 1].map(|i| self.lambda * sums[i] - self.inverse * squares[i])
    }

    fn bind(&mut self, s: K) {
        self.numerators.fold(s);
    }

    fn last(&self, layer: &Stored<Ext<Lane>>) -> [Vec<K>; 4] {
        let n = self.numerators.get(0);
        let part = n * self.inverse;
        let denominators = |chunk| layer.values(chunk).into_iter().map(|v| v - part).collect();
        [
            vec![n; CHUNK],
            vec![n; CHUNK],
            denominators(0),
            denominators(1),
        ]
    }
}

/// Reduces the claims on the parents to claims on `children`.
fn prove_layer<T: Element, S: Source<T>>(
    children: &S,
    rule: &mut impl Rule<T>,
    state: &State,
    t: &mut ProverTranscript,
    buffers: &mut Buffers,
) -> Result<State, GkrError> {
    // GKR-3
    let lambda = t.challenge("lambda");
    prove_rounds(children, rule, lambda, state, t, buffers)
}

/// GKR-4 to GKR-6.
fn prove_rounds<T: Element, S: Source<T>>(
    children: &S,
    rule: &mut impl Rule<T>,
    lambda: K,
    state: &State,
    t: &mut ProverTranscript,
    buffers: &mut Buffers,
) -> Result<State, GkrError> {
    let (y, z) = (&state.chunk_point, &state.position_point);
    // GKR-4
    let lead = children.lead(&Weights::new(y, z), lambda);
    let [_, lead] = rule.message(y, [K::ZERO, lead]);
    t.send_ext("first round", &[lead]);
    let s = t.challenge("layer");
    let mut rounds = Rounds {
        claim: quadratic(state.ends(lambda), lead, s),
        bound: vec![s],
    };
    let next = |bound: &[K]| &y[..y.len().saturating_sub(bound.len())];
    rule.bind(s);
    let weights = Weights::new(next(&rounds.bound), z);
    let (mut layer, mut sums) = fold_and_sum(children, s, &weights, lambda, buffers);
    for &r in y.iter().rev() {
        let message = rule.message(next(&rounds.bound), sums);
        let s = rounds.play(message, r, t)?;
        rule.bind(s);
        let weights = Weights::new(next(&rounds.bound), z);
        let (folded, next_sums) = fold_and_sum(&layer, s, &weights, lambda, buffers);
        core::mem::replace(&mut layer, folded).free(buffers);
        sums = next_sums;
    }
    let mut tables = rule.last(&layer);
    layer.free(buffers);
    for (i, &r) in z.iter().enumerate() {
        let message = position_round(&tables, &z[i + 1..], lambda);
        let s = rounds.play(message, r, t)?;
        for table in &mut tables {
            let (low, high) = table.split_at(table.len() / 2);
            *table = low
                .iter()
                .zip(high)
                .map(|(&a, &b)| a + s * (b - a))
                .collect();
        }
    }
    // GKR-6
    let children = tables.map(|t| t.first().copied().unwrap_or(K::ZERO));
    if combine(lambda, children) != rounds.claim {
        return Err(GkrError::Inconsistent { layer: y.len() + 1 });
    }
    t.send_ext("children", &children);
    Ok(State::descend(&rounds.bound, children))
}

/// The running claim of a layer's sumcheck and its challenges.
struct Rounds {
    claim: K,
    bound: Vec<K>,
}

impl Rounds {
    /// GKR-5
    fn play(&mut self, message: [K; 2], r: K, t: &mut ProverTranscript) -> Result<K, GkrError> {
        t.send_ext("layer round", &message);
        let s = t.challenge("layer");
        self.claim = next_claim(self.claim, r, message, s).ok_or(GkrError::ZeroChallenge)?;
        self.bound.push(s);
        Ok(s)
    }
}

/// `q(0)` and the leading coefficient of `q` for the most significant position bit.
fn position_round(tables: &[Vec<K>; 4], rest: &[K], lambda: K) -> [K; 2] {
    let half = 1 << rest.len();
    let weights = eq_table(rest);
    let mut message = [K::ZERO; 2];
    for (p, &weight) in weights.iter().enumerate() {
        let low = tables.each_ref().map(|t| t[p]);
        let high = tables.each_ref().map(|t| t[p + half]);
        let step = core::array::from_fn(|i| high[i] - low[i]);
        message[0] += weight * combine(lambda, low);
        message[1] += weight * combine(lambda, step);
    }
    message
}
