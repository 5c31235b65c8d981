//! The prover.

use super::layer::{Layer, Weights};
use super::leaves::StackLeaves;
use super::relation::{GkrError, LeafClaim, State, combine, next_claim, top};
use crate::field::K;
use crate::field::lanes::LOG_CHUNK;
use crate::multilinear::eq_table;
use crate::transcript::ProverTranscript;
use ark_ff::AdditiveGroup;

/// The fractions to add.
pub(crate) enum Leaves<'a> {
    /// Range-check leaves.
    Stack(StackLeaves<'a>),
    /// Any numerators and denominators.
    Dense(Layer),
}

impl Leaves<'_> {
    const fn chunk_bits(&self) -> usize {
        match self {
            Self::Stack(leaves) => leaves.chunk_bits(),
            Self::Dense(layer) => layer.chunk_bits,
        }
    }

    fn parents(&self) -> Layer {
        match self {
            Self::Stack(leaves) => leaves.parents(),
            Self::Dense(layer) => layer.parents(),
        }
    }

    fn round(&self, weights: &Weights, lambda: K) -> [K; 2] {
        match self {
            Self::Stack(leaves) => leaves.round(weights, lambda),
            Self::Dense(layer) => layer.round(weights, lambda),
        }
    }

    fn fold(self, s: K) -> Layer {
        match self {
            Self::Stack(leaves) => leaves.fold(s),
            Self::Dense(layer) => layer.fold(s),
        }
    }
}

/// Proves the sum of the fractions, of which there are at least `2^MIN_VARS`.
///
/// # Errors
/// If a denominator of the sum or a needed challenge is zero.
pub(crate) fn prove(leaves: Leaves<'_>, t: &mut ProverTranscript) -> Result<LeafClaim, GkrError> {
    let mut layers = vec![leaves.parents()];
    while let Some(layer) = layers.last().filter(|l| l.chunk_bits > 0) {
        let parents = layer.parents();
        layers.push(parents);
    }
    let [numerators, denominators] = layers.pop().map(|l| l.top()).unwrap_or_default();
    // GKR-1
    t.send_ext("numerators", &numerators);
    t.send_ext("denominators", &denominators);
    // GKR-2
    let position_point = t.challenges("position", LOG_CHUNK);
    let (sum, numerator, denominator) = top(&numerators, &denominators, &position_point);
    if sum.1 == K::ZERO {
        return Err(GkrError::ZeroDenominator);
    }
    let mut state = State {
        chunk_point: Vec::new(),
        position_point,
        numerator,
        denominator,
    };
    while let Some(layer) = layers.pop() {
        state = prove_layer(Leaves::Dense(layer), &state, t)?;
    }
    Ok(prove_layer(leaves, &state, t)?.into_claim(sum))
}

/// Reduces the claims on the parents to claims on `children`.
fn prove_layer(
    children: Leaves<'_>,
    state: &State,
    t: &mut ProverTranscript,
) -> Result<State, GkrError> {
    // GKR-3
    let lambda = t.challenge("lambda");
    let mut claim = state.numerator + lambda * state.denominator;
    let mut bound = Vec::new();
    let mut round = |message: [K; 2], r: K, t: &mut ProverTranscript| {
        // GKR-4
        t.send_ext("layer round", &message);
        let s = t.challenge("layer");
        claim = next_claim(claim, r, message, s).ok_or(GkrError::ZeroChallenge)?;
        bound.push(s);
        Ok::<K, GkrError>(s)
    };
    let mut children = children;
    for i in (1..children.chunk_bits()).rev() {
        let weights = Weights::new(&state.chunk_point[..i - 1], &state.position_point);
        let message = children.round(&weights, lambda);
        let s = round(message, state.chunk_point[i - 1], t)?;
        children = Leaves::Dense(children.fold(s));
    }
    let mut tables = match children {
        Leaves::Dense(layer) => layer.last(),
        Leaves::Stack(_) => return Err(GkrError::ZeroDenominator),
    };
    for (i, &r) in state.position_point.iter().enumerate() {
        let message = position_round(&tables, &state.position_point[i + 1..], lambda);
        let s = round(message, r, t)?;
        for table in &mut tables {
            let (low, high) = table.split_at(table.len() / 2);
            *table = low
                .iter()
                .zip(high)
                .map(|(&a, &b)| a + s * (b - a))
                .collect();
        }
    }
    // GKR-5
    let children = tables.map(|t| t.first().copied().unwrap_or(K::ZERO));
    if combine(lambda, children) != claim {
        return Err(GkrError::Inconsistent {
            layer: state.chunk_point.len(),
        });
    }
    t.send_ext("children", &children);
    // GKR-6
    Ok(State::descend(&bound, t.challenge("child"), children))
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
