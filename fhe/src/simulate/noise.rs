//! The variances that are sampled.

use super::random::Normal;
use crate::noise;
use crate::params::ParameterSet;

/// Variances of the errors of one evaluation, relative to `p^2`. Source: [`crate::noise`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseModel {
    /// Of a fresh encryption.
    pub fresh: f64,
    /// Of the part of a key switch's error that is the same for all ciphertexts of one key: digits have the mean -1/2, so
    /// that half of the sum of the key's errors is in every output. `l kN V_ksk / 4`.
    pub key_switch_offset: f64,
    /// Of the rest of a key switch's error.
    pub key_switch: f64,
    /// Of the rounding of the mask in the centred modulus switch, `n/48 / (2N)^2`. The body is rounded, not sampled.
    pub modulus_switch_mask: f64,
    /// Of the output of a blind rotation.
    pub blind_rotation: f64,
}

impl NoiseModel {
    /// The variances of a parameter set.
    pub fn new(set: &ParameterSet) -> Self {
        let (n, two_n) = (
            set.lwe_dimension.0 as f64,
            2.0 * set.polynomial_size.0 as f64,
        );
        let rows = (set.ks_gadget.levels.0 * set.big_lwe_dimension()) as f64;
        let key_switch_offset = rows * set.lwe_noise.variance() / 4.0;
        Self {
            fresh: set.glwe_noise.variance(),
            key_switch_offset,
            key_switch: noise::key_switch_variance(set) - key_switch_offset,
            modulus_switch_mask: n / 48.0 / (two_n * two_n),
            blind_rotation: noise::blind_rotation_variance(set),
        }
    }

    /// All variances times `factor`: a wrong model, to see whether a test notices.
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            fresh: self.fresh * factor,
            key_switch_offset: self.key_switch_offset * factor,
            key_switch: self.key_switch * factor,
            modulus_switch_mask: self.modulus_switch_mask * factor,
            blind_rotation: self.blind_rotation * factor,
        }
    }

    /// What the key of a run adds to every key switch.
    pub(super) fn key_offset(&self, seed: u64, run: u32) -> f64 {
        self.key_switch_offset.sqrt() * Normal::of_key(seed, run).next()
    }
}
