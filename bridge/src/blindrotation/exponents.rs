//! BR-11: powers of a from committed exponent bits.

use ark_ff::{Field, One, Zero};
use blindproof_zk::{field::K, multilinear};

use super::{challenges::Univariate, plan::BlindRotationPlan};

/// alpha_m for all bits, least significant first: a^(2^m) - 1, and -2 for the sign.
pub(super) fn factors(plan: &BlindRotationPlan, point: &Univariate) -> Vec<K> {
    let mut power = point.a;
    let mut factors = Vec::with_capacity(plan.bits.len());
    for _ in 0..plan.coefficient_vars() {
        factors.push(power - K::one());
        power.square_in_place();
    }
    factors.push(-K::one() - K::one());
    factors
}

/// a^e for one exponent, the sign included.
pub(super) fn power(factors: &[K], exponent: u64) -> K {
    let bits = factors.iter().enumerate();
    bits.filter(|(bit, _)| exponent >> bit & 1 == 1)
        .fold(K::one(), |product, (_, factor)| {
            product * (K::one() + factor)
        })
}

/// x(i) for all words of an exponent row.
pub(super) fn selector(plan: &BlindRotationPlan, eq_steps: &[K], mu: K) -> Vec<K> {
    let grouping = plan.set.grouping_factor.0;
    let powers: Vec<K> = std::iter::successors(Some(K::one()), |power| Some(*power * mu))
        .take(grouping + 1)
        .collect();
    let steps = eq_steps.iter().take(plan.steps());
    steps
        .flat_map(|eq| powers[..grouping].iter().map(move |power| *eq * power))
        .chain([powers[grouping]])
        .collect()
}

/// `sum_i mu^i A_i + mu^g B`.
pub(super) fn claim(exponents: &[K], body: K, mu: K) -> K {
    let terms = exponents.iter().chain([&body]).rev();
    terms.fold(K::zero(), |sum, value| sum * mu + value)
}

/// Degree of the summand in any one variable.
pub(super) fn degree(plan: &BlindRotationPlan) -> usize {
    plan.bits.len() + 1
}

/// `selected * prod_m (1 + bit_m alpha_m)`; values are the selection and then the bits.
pub(super) fn summand(factors: &[K], values: &[K]) -> K {
    let bits = values[1..].iter().zip(factors);
    bits.fold(values[0], |product, (bit, factor)| {
        product * (K::one() + *bit * factor)
    })
}

/// The selection table `eq(s_t,t) x(i)` at (p_t, p_i): sum over used cells.
pub(super) fn selected_at(
    plan: &BlindRotationPlan,
    s_t: &[K],
    selector: &[K],
    (p_t, p_i): (&[K], &[K]),
) -> K {
    let rows = multilinear::eq_table(s_t);
    let row: K = rows
        .iter()
        .zip(multilinear::eq_table(p_t))
        .take(plan.rows.len())
        .map(|(a, b)| *a * b)
        .sum();
    let word: K = selector
        .iter()
        .zip(multilinear::eq_table(p_i))
        .map(|(x, eq)| *x * eq)
        .sum();
    row * word
}
