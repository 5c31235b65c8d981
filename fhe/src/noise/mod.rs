//! Noise and security estimates, as formulas.
//!
//! All variances are relative to the modulus squared. The formulas are tfhe's for binary keys, with the
//! factors for grouped blind rotation and for the centred modulus switch; `B = 2^beta`.
//!
//! ```text
//! blind rotation  (n/g) [ a l(k+1)N V_bsk (B^2+2)/12 + b (kN/2+1)/(24 B^2l) ]
//!                 a = 2 (2^g - 1),  b = 4 (1 - 2^-g)
//! key switch      l kN V_ksk (B^2+2)/12 + kN/(24 B^2l)
//! modulus switch  (n/48 + 1/12) / (2N)^2
//! p_fail          erfc(1 / (4 * 2^m * sqrt(2 V)))
//! ```
//!
//! `a` and `b` come from the folded form of [`crate::evaluate`], which multiplies each key of a group by
//! `X^e - 1`, for g = 1 as well (tfhe's classic form decomposes the difference instead: a = b = 1).
//!
//! **What this is:** a Gaussian model; its variances are compared with measurements in the tests, its tails
//! (2^-128) cannot be.

pub mod measure;
mod tail;

#[cfg(test)]
mod published;

pub use tail::log2_erfc;

use crate::params::{Gadget, MessageBits, ParameterSet, StdDevLog2};

/// tfhe's line of 132-bit security for binary keys and Gaussian noise, as `variance(dimension)`:
/// `2^(4 - 2 log2 q) + 2^(intercept - slope * dimension)`, `log2 q = 64`.
const SECURITY_LINE: (f64, f64) = (5.314_691_876_750_68, 0.049_782_913_165_266_1);

/// Security level of the published line, in bits.
const LINE_SECURITY_BITS: f64 = 132.0;

/// Smallest variance for 132-bit security at an LWE dimension (binary key, Gaussian noise, 64-bit modulus).
/// Source: tfhe 1.8.2, `core_crypto::commons::noise_formulas::secure_noise`.
pub fn minimal_variance(dimension: usize) -> f64 {
    let (intercept, slope) = SECURITY_LINE;
    (4.0f64 - 128.0).exp2() + (intercept - slope * dimension as f64).exp2()
}

/// Estimated bits of security of LWE with a binary key at this dimension and noise.
///
/// On tfhe's published line the answer is its 132 bits. Off the line it scales with the dimension: the cost
/// exponent of lattice attacks is about proportional to `dimension / log2(q / noise)`. No lattice estimator
/// is run.
pub fn security_bits(dimension: usize, noise: StdDevLog2) -> f64 {
    let (intercept, slope) = SECURITY_LINE;
    let dimension_on_line = (intercept - 2.0 * noise.0) / slope;
    LINE_SECURITY_BITS * dimension as f64 / dimension_on_line
}

/// Variance of the output of a blind rotation (and sample extraction), whatever its input.
pub fn blind_rotation_variance(set: &ParameterSet) -> f64 {
    let group = set.grouping_factor.0 as f64;
    let (key, rounding) = step_variances(set);
    let (key_factor, rounding_factor) = (2.0 * (group.exp2() - 1.0), 4.0 * (1.0 - (-group).exp2()));
    set.group_count() as f64 * (key_factor * key + rounding_factor * rounding)
}

/// Variance of the output of tfhe's FFT bootstrap modulo `2^64` ([`crate::fast::FftBootstrap`]), one key bit a
/// step, with the error of double-precision arithmetic.
/// Source: tfhe 1.8.2, `core_crypto::commons::noise_formulas::lwe_programmable_bootstrap`.
pub fn fft_bootstrap_variance(set: &ParameterSet) -> f64 {
    let (k, size) = (set.glwe_dimension.0 as f64, set.polynomial_size.0 as f64);
    let levels = set.pbs_gadget.levels.0 as f64;
    // 2 (log2 q - 53 mantissa bits) + 2 log2 B - 2 log2 q
    let exponent = 2.0 * (f64::from(set.pbs_gadget.base_log.0) - 53.0);
    let fft = 0.007_05
        * exponent.exp2()
        * (levels * (k + 1.0)).powf(1.018_27)
        * k.powf(1.220_03)
        * size.powf(2.220_03);
    let (key, rounding) = step_variances(set);
    set.lwe_dimension.0 as f64 * (key + rounding + fft)
}

/// What one external product adds: from the noise of the key, and from rounding the accumulator (for a key bit
/// that is one half of the time).
fn step_variances(set: &ParameterSet) -> (f64, f64) {
    let (k, size) = (set.glwe_dimension.0 as f64, set.polynomial_size.0 as f64);
    let (base, precision) = base_and_precision(&set.pbs_gadget);
    let levels = set.pbs_gadget.levels.0 as f64;
    let key = levels * (k + 1.0) * size * set.glwe_noise.variance() * (base * base + 2.0) / 12.0;
    let rounding = (k * size / 2.0 + 1.0) / (24.0 * precision);
    (key, rounding)
}

/// Variance that a key switch adds.
pub fn key_switch_variance(set: &ParameterSet) -> f64 {
    let dimension = set.big_lwe_dimension() as f64;
    let (base, precision) = base_and_precision(&set.ks_gadget);
    let levels = set.ks_gadget.levels.0 as f64;
    levels * dimension * set.lwe_noise.variance() * (base * base + 2.0) / 12.0
        + dimension / (24.0 * precision)
}

/// Variance that the centred modulus switch adds.
pub fn modulus_switch_variance(set: &ParameterSet) -> f64 {
    let n = set.lwe_dimension.0 as f64;
    (n / 48.0 + 1.0 / 12.0) / (2.0 * set.polynomial_size.0 as f64).powi(2)
}

/// Variance at the entry of a blind rotation whose input is a linear combination, with weights of Euclidean
/// norm `norm2`, of bootstrap outputs.
pub fn bootstrap_input_variance(set: &ParameterSet, norm2: f64) -> f64 {
    norm2 * norm2 * blind_rotation_variance(set)
        + key_switch_variance(set)
        + modulus_switch_variance(set)
}

/// `log2` of the probability that noise of this variance leaves the box of its message, with one padding bit.
pub fn log2_p_fail(variance: f64, message_bits: MessageBits) -> f64 {
    log2_exceeds(variance, 0.25 * (-f64::from(message_bits.0)).exp2())
}

/// `log2` of the probability that a centred Gaussian of this variance exceeds `bound` in absolute value.
pub fn log2_exceeds(variance: f64, bound: f64) -> f64 {
    log2_erfc(bound / (2.0 * variance).sqrt())
}

/// `(B, B^(2l))` of a gadget.
fn base_and_precision(gadget: &Gadget) -> (f64, f64) {
    let beta = f64::from(gadget.base_log.0);
    (beta.exp2(), (2.0 * beta * gadget.levels.0 as f64).exp2())
}
