//! Parameter sets: dimensions, gadgets and noise of a scheme instance.
//!
//! A set fixes everything that the evaluator and the proofs depend on. Sets are compiled in and found by
//! name; a set whose name starts with `insecure_` is only for tests.

mod dimensions;
mod table;

#[cfg(test)]
mod tests;

pub use dimensions::{
    DecompositionBaseLog, DecompositionLevelCount, Gadget, GlweDimension, GroupingFactor,
    LweDimension, MessageBits, PolynomialSize, StdDevLog2,
};

use crate::noise;
use thiserror::Error;

/// A parameter set was asked for that does not exist, or its fields do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParameterError {
    /// No set has this name.
    #[error("unknown parameter set `{name}`; known sets: {known}")]
    UnknownName {
        /// The name that was asked for.
        name: String,
        /// All names, separated by commas.
        known: String,
    },
    /// A field breaks a rule that the evaluator or the proofs rely on.
    #[error("parameter set `{set}`: field `{field}`: {rule}")]
    Field {
        /// Name of the set.
        set: &'static str,
        /// The offending field.
        field: &'static str,
        /// The rule it must follow.
        rule: String,
    },
}

/// One instance of the scheme over `p = 2^64 - 2^32 + 1`.
///
/// Ciphertexts between layers are LWE ciphertexts of the *big* dimension `kN` (the GLWE secret key read
/// as an LWE key); a key switch brings them to the small dimension `n` before a blind rotation.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSet {
    /// Unique name.
    pub name: &'static str,
    /// Bits of a message, without the padding bit.
    pub message_bits: MessageBits,
    /// `n`, the small LWE dimension.
    pub lwe_dimension: LweDimension,
    /// `k`, the number of mask polynomials.
    pub glwe_dimension: GlweDimension,
    /// `N`, the number of coefficients of a polynomial (a power of two).
    pub polynomial_size: PolynomialSize,
    /// Gadget of the blind rotation.
    pub pbs_gadget: Gadget,
    /// Gadget of the key switch; `base_log * levels <= 32`.
    pub ks_gadget: Gadget,
    /// `g`, key bits handled by one step of the blind rotation; it divides `n`.
    pub grouping_factor: GroupingFactor,
    /// Noise of ciphertexts under the small key (the key-switching key).
    pub lwe_noise: StdDevLog2,
    /// Noise of ciphertexts under the big key (bootstrapping key, fresh inputs).
    pub glwe_noise: StdDevLog2,
}

impl ParameterSet {
    /// All sets.
    pub fn all() -> &'static [Self] {
        table::SETS
    }

    /// The sets that models are made for: secure, and the first of their message bits.
    pub fn recommended() -> impl Iterator<Item = &'static Self> {
        Self::all().iter().enumerate().filter_map(|(index, set)| {
            let before = &Self::all()[..index];
            let first = before.iter().all(|b| b.message_bits != set.message_bits);
            (first && !set.is_insecure()).then_some(set)
        })
    }

    /// The default set: 4-bit messages, 128-bit security, failure probability below `2^-128`.
    pub fn default_set() -> &'static Self {
        &table::SETS[0]
    }

    /// The set with this name.
    ///
    /// # Errors
    /// [`ParameterError::UnknownName`] lists the names that exist.
    pub fn by_name(name: &str) -> Result<&'static Self, ParameterError> {
        Self::all()
            .iter()
            .find(|set| set.name == name)
            .ok_or_else(|| ParameterError::UnknownName {
                name: name.to_owned(),
                known: Self::all()
                    .iter()
                    .map(|set| set.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// Whether the set is only for tests.
    pub fn is_insecure(&self) -> bool {
        self.name.starts_with("insecure_")
    }

    /// `kN`, the dimension of ciphertexts under the big key.
    pub fn big_lwe_dimension(&self) -> usize {
        self.glwe_dimension.0 * self.polynomial_size.0
    }

    /// `n/g`, the number of steps of a blind rotation.
    pub fn group_count(&self) -> usize {
        self.lwe_dimension.0 / self.grouping_factor.0
    }

    /// `2^g - 1`, the number of GGSW keys of one step.
    pub fn keys_per_group(&self) -> usize {
        (1 << self.grouping_factor.0) - 1
    }

    /// Words of one GLWE ciphertext: `(k+1) N`.
    pub fn glwe_words(&self) -> usize {
        (self.glwe_dimension.0 + 1) * self.polynomial_size.0
    }

    /// Words of one GGSW key: `(k+1) l` GLWE ciphertexts.
    pub fn ggsw_words(&self) -> usize {
        (self.glwe_dimension.0 + 1) * self.pbs_gadget.levels.0 * self.glwe_words()
    }

    /// Words of a bootstrapping key.
    pub fn bootstrapping_key_words(&self) -> usize {
        self.group_count() * self.keys_per_group() * self.ggsw_words()
    }

    /// Words of a key-switching key: `kN` times `l` LWE ciphertexts of dimension `n`.
    pub fn key_switching_key_words(&self) -> usize {
        self.big_lwe_dimension() * self.ks_gadget.levels.0 * (self.lwe_dimension.0 + 1)
    }

    /// Cells of the witness of one bootstrap: `(n/g)(k+1)N(l+1)`. Work and proof are close to proportional to it.
    pub fn bootstrap_cells(&self) -> usize {
        self.group_count() * self.glwe_words() * (self.pbs_gadget.levels.0 + 1)
    }

    /// `delta = (p-1) / 2^(message_bits + 1)`: message `v` is encoded as `v * delta`, leaving the top bit
    /// (the padding) free.
    pub fn delta(&self) -> u64 {
        (crate::modulus::P - 1) >> (self.message_bits.0 + 1)
    }

    /// `s = 64 - log2(2N)`: the modulus switch keeps the bits of a word from position `s` on.
    pub fn modulus_switch_shift(&self) -> u32 {
        63 - self.polynomial_size.log2()
    }

    /// Estimated security in bits: the smaller of the two key dimensions' estimates
    /// ([`noise::security_bits`]). No lattice estimator is run.
    pub fn security_bits(&self) -> f64 {
        let small = noise::security_bits(self.lwe_dimension.0, self.lwe_noise);
        let big = noise::security_bits(self.big_lwe_dimension(), self.glwe_noise);
        small.min(big)
    }

    /// `log2` of the probability that one bootstrap returns a wrong entry of its table, when its input is
    /// a linear combination of bootstrap outputs whose weights have this Euclidean norm (Gaussian model,
    /// [`noise`]).
    pub fn log2_p_fail(&self, norm2: f64) -> f64 {
        noise::log2_p_fail(
            noise::bootstrap_input_variance(self, norm2),
            self.message_bits,
        )
    }

    /// BLAKE3 of all fields; two sets with the same fingerprint are the same scheme.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("blindproof fhe parameter set v1");
        hasher.update(&(self.name.len() as u64).to_le_bytes());
        hasher.update(self.name.as_bytes());
        hasher.update(&crate::modulus::P.to_le_bytes());
        for value in [
            self.message_bits.0 as u64,
            self.lwe_dimension.0 as u64,
            self.glwe_dimension.0 as u64,
            self.polynomial_size.0 as u64,
            self.pbs_gadget.base_log.0 as u64,
            self.pbs_gadget.levels.0 as u64,
            self.ks_gadget.base_log.0 as u64,
            self.ks_gadget.levels.0 as u64,
            self.grouping_factor.0 as u64,
            self.lwe_noise.0.to_bits(),
            self.glwe_noise.0.to_bits(),
        ] {
            hasher.update(&value.to_le_bytes());
        }
        hasher.finalize().into()
    }

    /// Checks the rules that the evaluator and the proofs rely on; the shipped sets all pass.
    ///
    /// # Errors
    /// [`ParameterError::Field`] names the first field that breaks a rule.
    pub fn validate(&self) -> Result<(), ParameterError> {
        let require = |holds: bool, field: &'static str, rule: &str| {
            if holds {
                Ok(())
            } else {
                Err(ParameterError::Field {
                    set: self.name,
                    field,
                    rule: rule.to_owned(),
                })
            }
        };
        let size = self.polynomial_size.0;
        require(
            size.is_power_of_two() && (16..=1 << 16).contains(&size),
            "polynomial_size",
            "must be a power of two from 2^4 to 2^16",
        )?;
        require(
            (1..=16).contains(&self.glwe_dimension.0),
            "glwe_dimension",
            "must be from 1 to 16",
        )?;
        require(
            (1..=4).contains(&self.grouping_factor.0),
            "grouping_factor",
            "must be from 1 to 4",
        )?;
        require(
            (1..=4096).contains(&self.lwe_dimension.0)
                && self.lwe_dimension.0.is_multiple_of(self.grouping_factor.0),
            "lwe_dimension",
            "must be from 1 to 4096 and a multiple of grouping_factor",
        )?;
        require(
            self.message_bits.0 >= 1 && 1 << (self.message_bits.0 + 1) <= size,
            "message_bits",
            "must be at least 1, with at least two coefficients for every message",
        )?;
        require(
            self.pbs_gadget.is_valid(63),
            "pbs_gadget",
            "base_log must be from 1 to 32, levels at least 1, base_log * levels at most 63",
        )?;
        let digit_sum = (self.big_lwe_dimension() as u128 * self.ks_gadget.levels.0 as u128)
            .checked_shl(self.ks_gadget.base_log.0);
        require(
            self.ks_gadget.is_valid(32) && digit_sum.is_some_and(|sum| sum <= 1 << 32),
            "ks_gadget",
            "base_log and levels must be at least 1, base_log * levels at most 32, and \
             k N * levels * 2^base_log at most 2^32",
        )
    }
}
