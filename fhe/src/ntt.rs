//! The negacyclic number-theoretic transform, and monomials as point values.
//!
//! A polynomial modulo `X^N + 1` is transformed to its values at the `N` odd powers of a primitive `2N`-th root
//! of unity. Which power stands at which place is up to `tfhe-ntt`; it is read off the transform of `X`.

use crate::modulus::{self, P};
use tfhe_ntt::prime64::Plan;

/// Transform of one size, with the point values of all monomials.
#[derive(Clone)]
pub struct Ntt {
    plan: Plan,
    /// Odd `o` for each place: the value there is taken at `root^o`.
    orders: Vec<u32>,
    /// `root^j - 1` for `j` in `[0, 2N)`.
    powers_minus_one: Vec<u64>,
}

impl Ntt {
    /// `None` when there is no transform of this size (it must be a power of two from 16 to `2^31`).
    pub fn new(size: usize) -> Option<Self> {
        let plan = Plan::try_new(size, P)?;
        let mut points = vec![0; size];
        points[1] = 1;
        plan.fwd(&mut points);
        let root = points[0];
        let mut powers = Vec::with_capacity(2 * size);
        let mut power = 1;
        for _ in 0..2 * size {
            powers.push(power);
            power = modulus::mul(power, root);
        }
        let place: std::collections::HashMap<u64, u32> = powers.iter().copied().zip(0..).collect();
        let orders = points
            .iter()
            .map(|point| place.get(point).copied())
            .collect::<Option<_>>()?;
        let powers_minus_one = powers.iter().map(|&w| modulus::sub(w, 1)).collect();
        Some(Self {
            plan,
            orders,
            powers_minus_one,
        })
    }

    /// Coefficients to point values, in place; canonical words in and out.
    pub fn forward(&self, polynomial: &mut [u64]) {
        self.plan.fwd(polynomial);
    }

    /// Point values to `N` times the coefficients, in place; canonical words in and out.
    pub fn inverse_unscaled(&self, points: &mut [u64]) {
        self.plan.inv(points);
    }

    /// `N`, the number of coefficients.
    pub fn size(&self) -> usize {
        self.orders.len()
    }

    /// `1/N mod p`, which undoes the scaling of [`Ntt::inverse_unscaled`].
    pub fn inverse_size(&self) -> u64 {
        modulus::inverse(self.orders.len() as u64)
    }

    /// Odd `o` for each place: the point value there is taken at `root^o`.
    pub(crate) fn orders(&self) -> &[u32] {
        &self.orders
    }

    /// `root^j - 1` for `j` in `[0, 2N)`: the value of `X^e - 1` at a place of order `o` has `j = o e mod 2N`.
    pub(crate) fn powers_minus_one(&self) -> &[u64] {
        &self.powers_minus_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The product modulo `X^N + 1`, from the definition.
    pub(crate) fn schoolbook(a: &[u64], b: &[u64]) -> Vec<u64> {
        let size = a.len();
        let mut product = vec![0; size];
        for (i, &x) in a.iter().enumerate() {
            for (j, &y) in b.iter().enumerate() {
                let term = modulus::mul(x, y);
                let place = &mut product[(i + j) % size];
                *place = if i + j < size {
                    modulus::add(*place, term)
                } else {
                    modulus::sub(*place, term)
                };
            }
        }
        product
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn pointwise_products_are_negacyclic_products(
            log_size in 4u32..9,
            seed in proptest::collection::vec(0..P, 512),
        ) {
            let size = 1 << log_size;
            let ntt = Ntt::new(size).unwrap();
            let (a, b) = (&seed[..size / 2], &seed[256 - size / 2..256]);
            let (a, b) = ([a, b].concat(), [b, a].concat());
            let (mut x, mut y) = (a.clone(), b.clone());
            ntt.forward(&mut x);
            ntt.forward(&mut y);
            let scale = ntt.inverse_size();
            for (u, &v) in x.iter_mut().zip(&y) {
                *u = modulus::mul(modulus::mul(*u, v), scale);
            }
            ntt.inverse_unscaled(&mut x);
            prop_assert_eq!(x, schoolbook(&a, &b));
        }

        #[test]
        fn table_gives_point_values_of_monomials(log_size in 4u32..12, exponent in 0usize..1 << 13) {
            let size = 1usize << log_size;
            let exponent = exponent % (2 * size);
            let ntt = Ntt::new(size).unwrap();
            let mut polynomial = vec![0; size];
            polynomial[exponent % size] = if exponent < size { 1 } else { P - 1 };
            polynomial[0] = modulus::sub(polynomial[0], 1);
            ntt.forward(&mut polynomial);
            for (place, &order) in ntt.orders().iter().enumerate() {
                let index = order as usize * exponent % (2 * size);
                prop_assert_eq!(polynomial[place], ntt.powers_minus_one()[index]);
            }
        }
    }
}
