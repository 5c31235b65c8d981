//! The quotient polynomial Q of BR-4.
//!
//! The sum over bootstraps is taken first, as polynomials: `M_{h,c,j,u} = sum_t q_t w_{h+1} d_{t,h,c,j} (X^<u,e> - 1)`. What is then
//! multiplied with the key costs the same for any number of bootstraps. Products are taken as values at the roots of
//! X^(2^v) + 1, 2^v >= (g+1) N, where X^N + 1 has no zero.

use ark_ff::Zero;
use blindproof_fhe::{keys::BootstrappingKey, lut::Lut, modulus, ntt::Ntt};
use blindproof_zk::{
    argument::SourceError,
    field::{F, K, to_word},
};
use ndarray::Array2;
use rayon::prelude::*;

use super::{challenges::Weights, plan::BlindRotationPlan, prover::Proven, witness::Witness};

/// Coordinates of an extension element.
const COORDINATES: usize = 3;

/// One layer as the prover has it.
pub(super) struct Layer<'a> {
    pub plan: &'a BlindRotationPlan,
    pub witness: &'a Witness,
    pub luts: &'a [Lut],
    /// Exponents and outputs of all rows of the node.
    pub exponents: &'a Array2<u64>,
    pub outputs: &'a Array2<u64>,
}

impl<'a> From<&'a Proven<'_>> for Layer<'a> {
    fn from(proven: &'a Proven<'_>) -> Self {
        Self {
            plan: proven.plan,
            witness: proven.witness,
            luts: proven.luts,
            exponents: proven.input.1,
            outputs: proven.output.1,
        }
    }
}

/// Coefficients of Q.
/// # Errors
/// When accumulators cannot be read.
pub(super) fn quotient(
    layers: &[Layer<'_>],
    key: &BootstrappingKey,
    weights: &Weights,
) -> Result<Vec<K>, SourceError> {
    let Some(first) = layers.first() else {
        return Ok(Vec::new());
    };
    let len = first.plan.quotient_len();
    let ntt = Ntt::new(len.next_power_of_two()).expect("a power of two of at least 16");
    let sum = linear_part(layers, weights, &ntt)?;
    let products = products(layers, key, weights, &ntt)?;
    Ok(divide(first.plan, sum, &products, weights, &ntt, len))
}

/// `values[coordinate] += weight * words` from a place on.
fn add_scaled(values: &mut [Vec<u64>; COORDINATES], place: usize, words: &[u64], weight: K) {
    for (values, weight) in values.iter_mut().zip(coordinates(weight)) {
        for (value, word) in values[place..].iter_mut().zip(words) {
            *value = modulus::add(*value, modulus::mul(weight, *word));
        }
    }
}

fn coordinates(value: K) -> [u64; COORDINATES] {
    [to_word(value.c0), to_word(value.c1), to_word(value.c2)]
}

/// Everything but the external products: R0, the differences of accumulators, the outputs; coefficients below 2N.
fn linear_part(
    layers: &[Layer<'_>],
    weights: &Weights,
    ntt: &Ntt,
) -> Result<[Vec<u64>; COORDINATES], SourceError> {
    let size = layers[0].plan.set.polynomial_size.0;
    let zero = || [(); COORDINATES].map(|()| vec![0; 2 * size]);
    let mut total = zero();
    for ((layer, row_point), node) in layers.iter().zip(&weights.rows).zip(&weights.nodes) {
        let plan = layer.plan;
        let eq_rows = blindproof_zk::multilinear::eq_table(row_point);
        let last = weights.steps[plan.steps()];
        let minus_offset = vec![modulus::neg(plan.set.pbs_gadget.offset()); size];
        for (index, shard) in plan.shards.iter().enumerate() {
            let rows = shard.rows();
            for component in 0..plan.components() {
                let cells = plan.steps() * rows * size;
                let words = layer.witness.words(plan, index, component, 0, cells)?;
                let weighted = |(step, polynomials): (usize, &[u64])| {
                    let mut sums = zero();
                    for (row, polynomial) in polynomials.chunks(size).enumerate() {
                        let t = shard.start + row;
                        let weight = *node * eq_rows[t] * weights.components[component];
                        add_scaled(&mut sums, 0, polynomial, weight * weights.omega(step));
                        if step == 0 {
                            let shifted: Vec<u64> = polynomial
                                .iter()
                                .zip(&minus_offset)
                                .map(|(y, offset)| modulus::add(*y, *offset))
                                .collect();
                            let exponents = layer.exponents.row(plan.rows[t]);
                            let exponent = exponents[exponents.len() - 1] as usize;
                            let weight = weight * weights.steps[0];
                            let signed = if exponent < size { weight } else { -weight };
                            add_scaled(&mut sums, exponent % size, &shifted, signed);
                        }
                    }
                    sums
                };
                let sum = words
                    .par_chunks(rows * size)
                    .enumerate()
                    .map(weighted)
                    .reduce(zero, |mut a, b| {
                        for (a, b) in a.iter_mut().zip(&b) {
                            add(a, b);
                        }
                        a
                    });
                for (total, sum) in total.iter_mut().zip(&sum) {
                    add(total, sum);
                }
            }
        }
        let omegas: K = (0..plan.steps()).map(|step| weights.omega(step)).sum();
        let used: K = eq_rows[..plan.rows.len()].iter().sum();
        let components: K = weights.components[..plan.components()].iter().sum();
        add_scaled(
            &mut total,
            0,
            &minus_offset,
            *node * used * components * omegas,
        );
        for (t, row) in plan.rows.iter().enumerate() {
            let weight = *node * eq_rows[t];
            let output = layer.outputs.row(*row);
            for (component, v) in weights.components[..plan.components() - 1]
                .iter()
                .enumerate()
            {
                let words: Vec<u64> = (0..size).map(|i| output[component * size + i]).collect();
                add_scaled(&mut total, 0, &unextract(&words), weight * last * v);
            }
            let body = weights.components[plan.components() - 1];
            let polynomial = &layer.witness.body[t * size..(t + 1) * size];
            add_scaled(&mut total, 0, polynomial, weight * last * body);
            let table = layer.luts[row % layer.luts.len()]
                .polynomial(size)
                .expect("the program is validated");
            add_scaled(&mut total, 0, &table, -weight * weights.steps[0] * body);
        }
    }
    total
        .iter_mut()
        .for_each(|values| values.resize(ntt.size(), 0));
    Ok(total)
}

/// The mask polynomial whose sample extraction at coefficient 0 gives these words.
fn unextract(words: &[u64]) -> Vec<u64> {
    let reversed = words[1..].iter().rev().map(|word| modulus::neg(*word));
    words[..1].iter().copied().chain(reversed).collect()
}

/// Point values of `sum_{h,c,j,u} M_{h,c,j,u} K_{h,u,c,j,c'}` for each c'.
fn products(
    layers: &[Layer<'_>],
    key: &BootstrappingKey,
    weights: &Weights,
    ntt: &Ntt,
) -> Result<Vec<[Vec<u64>; COORDINATES]>, SourceError> {
    let plan = layers[0].plan;
    let zero = || -> Vec<[Vec<u64>; COORDINATES]> {
        let columns = 0..plan.components();
        columns
            .map(|_| [(); COORDINATES].map(|()| vec![0; ntt.size()]))
            .collect()
    };
    let rows: Vec<Vec<K>> = weights
        .rows
        .iter()
        .zip(&weights.nodes)
        .map(|(point, node)| {
            let eq = blindproof_zk::multilinear::eq_table(point);
            eq.into_iter().map(|eq| *node * eq).collect()
        })
        .collect();
    (0..plan.steps())
        .into_par_iter()
        .try_fold(
            || (zero(), Combined::new(plan, ntt)),
            |(mut sums, mut combined), step| {
                let next = weights.steps[step + 1];
                let scaled = |rows: &Vec<K>| rows.iter().map(|q| *q * next).collect();
                let rows: Vec<Vec<K>> = rows.iter().map(scaled).collect();
                for component in 0..plan.components() {
                    for level in 1..=plan.levels() {
                        combined.clear();
                        for (layer, rows) in layers.iter().zip(&rows) {
                            combined.add_layer(layer, rows, (component, step, level))?;
                        }
                        combined.finish(ntt);
                        for pattern in 1..1 << plan.set.grouping_factor.0 {
                            let row = key.row(step, pattern, component, level);
                            combined.multiply(pattern, row, ntt, &mut sums);
                        }
                    }
                }
                Ok((sums, combined))
            },
        )
        .map(|result: Result<_, SourceError>| result.map(|(sums, _)| sums))
        .try_reduce(zero, |mut a, b| {
            for (a, b) in a.iter_mut().flatten().zip(b.iter().flatten()) {
                add(a, b);
            }
            Ok(a)
        })
}

/// M_{h,c,j,u} for all u of one (h,c,j), and scratch space.
struct Combined {
    size: usize,
    grouping: usize,
    /// By pattern u - 1 and coordinate.
    patterns: Vec<[Vec<u64>; COORDINATES]>,
    /// sum_t q_t d_t, which every pattern subtracts.
    base: [Vec<u64>; COORDINATES],
    scaled: Vec<u64>,
    key: Vec<u64>,
}

impl Combined {
    fn new(plan: &BlindRotationPlan, ntt: &Ntt) -> Self {
        let size = plan.set.polynomial_size.0;
        let zero = || [(); COORDINATES].map(|()| vec![0; ntt.size()]);
        Self {
            size,
            grouping: plan.set.grouping_factor.0,
            patterns: (0..plan.set.keys_per_group()).map(|_| zero()).collect(),
            base: [(); COORDINATES].map(|()| vec![0; size]),
            scaled: vec![0; size],
            key: vec![0; ntt.size()],
        }
    }

    fn clear(&mut self) {
        let patterns = self.patterns.iter_mut().flatten();
        for values in patterns.chain(&mut self.base) {
            values.fill(0);
        }
    }

    /// Adds the bootstraps of one layer.
    fn add_layer(
        &mut self,
        layer: &Layer<'_>,
        weights: &[K],
        (component, step, level): (usize, usize, usize),
    ) -> Result<(), SourceError> {
        let plan = layer.plan;
        let size = self.size;
        let gadget = plan.set.pbs_gadget;
        let half = 1u64 << (gadget.base_log.0 - 1);
        let mask = (1u64 << gadget.base_log.0) - 1;
        let shift = gadget.shift(level);
        for (index, shard) in plan.shards.iter().enumerate() {
            let cells = shard.rows() * size;
            let words = layer
                .witness
                .words(plan, index, component, step * cells, cells)?;
            for (row, words) in words.chunks(size).enumerate() {
                let t = shard.start + row;
                let exponents = layer.exponents.row(plan.rows[t]);
                let group = exponents.iter().skip(step * self.grouping);
                let group: Vec<usize> = group.take(self.grouping).map(|e| *e as usize).collect();
                for (coordinate, weight) in coordinates(weights[t]).into_iter().enumerate() {
                    let correction = modulus::mul(weight, half);
                    for (scaled, word) in self.scaled.iter_mut().zip(words) {
                        let digit = (word >> shift) & mask;
                        *scaled = modulus::sub(mul_small(weight, digit), correction);
                    }
                    add(&mut self.base[coordinate], &self.scaled);
                    for (u, pattern) in (1usize..).zip(&mut self.patterns) {
                        let bits = group.iter().enumerate().filter(|(i, _)| u >> i & 1 == 1);
                        let (place, negative) = bits.fold((0, false), |(place, sign), (_, e)| {
                            (place + e % size, sign ^ (*e >= size))
                        });
                        let target = &mut pattern[coordinate][place..place + size];
                        if negative {
                            subtract(target, &self.scaled);
                        } else {
                            add(target, &self.scaled);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Subtracts the base, and transforms.
    fn finish(&mut self, ntt: &Ntt) {
        for pattern in &mut self.patterns {
            for (values, base) in pattern.iter_mut().zip(&self.base) {
                subtract(&mut values[..base.len()], base);
            }
            for values in pattern {
                ntt.forward(values);
            }
        }
    }

    /// `sums[c'] += M_u K_{c'}` for the k + 1 polynomials of one key row.
    fn multiply(
        &mut self,
        pattern: usize,
        row: &[u64],
        ntt: &Ntt,
        sums: &mut [[Vec<u64>; COORDINATES]],
    ) {
        for (polynomial, sums) in row.chunks(self.size).zip(sums) {
            self.key.fill(0);
            self.key[..self.size].copy_from_slice(polynomial);
            ntt.forward(&mut self.key);
            for (sum, values) in sums.iter_mut().zip(&self.patterns[pattern - 1]) {
                for ((sum, value), key) in sum.iter_mut().zip(values).zip(&self.key) {
                    *sum = modulus::add(*sum, modulus::mul(*value, *key));
                }
            }
        }
    }
}

fn add(target: &mut [u64], words: &[u64]) {
    for (target, word) in target.iter_mut().zip(words) {
        *target = modulus::add(*target, *word);
    }
}

fn subtract(target: &mut [u64], words: &[u64]) {
    for (target, word) in target.iter_mut().zip(words) {
        *target = modulus::sub(*target, *word);
    }
}

/// `word * small mod p` for a factor below 2^32, in 64-bit operations that vectorise.
#[inline(always)]
fn mul_small(word: u64, small: u64) -> u64 {
    const LOW: u64 = u32::MAX as u64;
    let low = (word & LOW) * small;
    let high = (word >> 32) * small;
    // 2^64 = 2^32 - 1.
    let middle = modulus::add(canonical((high & LOW) << 32), (high >> 32) * LOW);
    modulus::add(middle, canonical(low))
}

#[inline(always)]
fn canonical(word: u64) -> u64 {
    if word >= modulus::P {
        word - modulus::P
    } else {
        word
    }
}

/// `(sum - sum_{c'} v_{c'} products_{c'}) / (X^N + 1)`.
fn divide(
    plan: &BlindRotationPlan,
    mut sum: [Vec<u64>; COORDINATES],
    products: &[[Vec<u64>; COORDINATES]],
    weights: &Weights,
    ntt: &Ntt,
    len: usize,
) -> Vec<K> {
    let mut divisor = vec![0; ntt.size()];
    divisor[0] = 1;
    divisor[plan.set.polynomial_size.0] = 1;
    ntt.forward(&mut divisor);
    let scale = ntt.inverse_size();
    let mut inverses: Vec<F> = divisor.into_iter().map(F::from).collect();
    ark_ff::batch_inversion(&mut inverses);
    for values in &mut sum {
        ntt.forward(values);
    }
    for point in 0..ntt.size() {
        let at = |values: &[Vec<u64>; COORDINATES]| {
            let [c0, c1, c2] = values.each_ref().map(|values| F::from(values[point]));
            K::new(c0, c1, c2)
        };
        let products: K = products
            .iter()
            .zip(&weights.components)
            .map(|(product, v)| *v * at(product))
            .fold(K::zero(), |sum, term| sum + term);
        let inverse = inverses[point] * F::from(scale);
        let value = blindproof_zk::field::scale(at(&sum) - products, inverse);
        for (values, coordinate) in sum.iter_mut().zip(coordinates(value)) {
            values[point] = coordinate;
        }
    }
    for values in &mut sum {
        ntt.inverse_unscaled(values);
    }
    let [c0, c1, c2] = sum;
    (0..len)
        .map(|i| K::new(F::from(c0[i]), F::from(c1[i]), F::from(c2[i])))
        .collect()
}
