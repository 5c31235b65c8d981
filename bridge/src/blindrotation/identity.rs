//! The summand of BR-8, written once for prover and verifier.

use ark_ff::{One, Zero};
use blindproof_zk::{field::K, term};

use super::plan::BlindRotationPlan;

/// Number of values before the exponents.
pub(super) const HEAD: usize = 5;

/// Degree of the summand in any one variable.
pub(super) fn degree(plan: &BlindRotationPlan) -> usize {
    plan.set.grouping_factor.0 + 3
}

/// The values of all tables of BR-8 at one point.
pub(super) struct Values {
    /// eq(r_t,t) omega_h.
    pub omega: K,
    /// eq(r_t,t) w_0 at h = 0.
    pub first: K,
    /// eq(r_t,t) w_{h+1}.
    pub next: K,
    /// B_t.
    pub body: K,
    /// V(t,h).
    pub accumulator: K,
    /// A_i(t,h).
    pub exponents: Vec<K>,
    /// d_{c,j}(a).
    pub digits: Vec<K>,
    /// Kv_{h,u,c,j} by (u - 1, c, j).
    pub key: Vec<K>,
}

impl Values {
    /// As one vector, in the order that [`summand`] reads.
    pub fn into_vec(self) -> Vec<K> {
        let mut values = vec![
            self.omega,
            self.first,
            self.next,
            self.body,
            self.accumulator,
        ];
        values.extend(self.exponents);
        values.extend(self.digits);
        values.extend(self.key);
        values
    }
}

/// `(omega + first B) V - next sum_{c,j} d_{c,j} sum_{u != 0} (prod_{i in u} A_i - 1) Kv_{u,c,j}`.
pub(super) fn summand(grouping: usize, digits: usize, values: &[K]) -> K {
    let (head, rest) = values.split_at(HEAD);
    let (exponents, rest) = rest.split_at(grouping);
    let (digits, key) = rest.split_at(digits);
    let mut monomials = [K::one(); 16];
    let mut product = K::zero();
    for (u, key) in (1..1usize << grouping).zip(key.chunks(digits.len())) {
        let low = u.trailing_zeros() as usize;
        monomials[u] = monomials[u & (u - 1)] * exponents[low];
        let external: K = digits.iter().zip(key).map(|(d, key)| *d * key).sum();
        product += (monomials[u] - K::one()) * external;
    }
    let first: K = term!("BR first step", head[1] * head[3]);
    let product: K = term!("BR external products", product);
    (head[0] + first) * head[4] - head[2] * product
}
