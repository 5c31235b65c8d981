//! Measured errors of every operation, to compare with the formulas.
//!
//! A batch of encryptions of all messages in turn goes through one bootstrap; the secret key tells the error that each
//! operation added. What all ciphertexts of a key share (the mean of a key switch's error, see
//! [`NoiseModel::key_switch_offset`]) is not in a sample's variance, and not in the prediction that it is compared with.

use ndarray::{Array2, ArrayView1, array};

use super::log2_erfc;
use crate::evaluate::{EvaluateError, blind_rotation, key_switch, linear, modulus_switch};
use crate::keys::{ClientKey, KeyError, SeedSource};
use crate::lut::{Lut, LutError};
use crate::lwe::{LweError, LweMatrix};
use crate::modulus::{self, P};
use crate::params::ParameterSet;
use crate::program::LinearMap;
use crate::simulate::NoiseModel;

/// Weights of the linear combinations that are measured.
const WEIGHTS: [i64; 2] = [5, 6];

/// An error of measuring noise.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Keys could not be made or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An operation was refused.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The table of the identity is refused.
    #[error(transparent)]
    Lut(#[from] LutError),
    /// Words of an operation are not ciphertexts.
    #[error(transparent)]
    Lwe(#[from] LweError),
}

/// An operation whose error is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Encryption.
    Encryption,
    /// Key switch.
    KeySwitch,
    /// Centred modulus switch.
    ModulusSwitch,
    /// Blind rotation and sample extraction.
    BlindRotation,
    /// `5 x + 6 y` of two outputs of blind rotations.
    Linear,
}

impl Operation {
    /// All of them, in the order of a bootstrap.
    pub const ALL: [Self; 5] = [
        Self::Encryption,
        Self::KeySwitch,
        Self::ModulusSwitch,
        Self::BlindRotation,
        Self::Linear,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encryption => "encryption",
            Self::KeySwitch => "key switch",
            Self::ModulusSwitch => "modulus switch",
            Self::BlindRotation => "blind rotation",
            Self::Linear => "linear combination",
        }
    }

    /// The variance that [`NoiseModel`] has for it, relative to `p^2`.
    pub fn predicted(self, set: &ParameterSet) -> f64 {
        let model = NoiseModel::new(set);
        let norm: i64 = WEIGHTS.iter().map(|w| w * w).sum();
        match self {
            Self::Encryption => model.fresh,
            Self::KeySwitch => model.key_switch,
            Self::ModulusSwitch => super::modulus_switch_variance(set),
            Self::BlindRotation => model.blind_rotation,
            Self::Linear => norm as f64 * model.blind_rotation,
        }
    }
}

/// Errors of one operation.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Which operation.
    pub operation: Operation,
    /// Its errors, relative to `p`, each of another ciphertext.
    pub errors: Vec<f64>,
}

impl Measured {
    /// Unbiased variance, relative to `p^2`.
    pub fn variance(&self) -> f64 {
        let count = self.errors.len() as f64;
        let mean = self.errors.iter().sum::<f64>() / count;
        let squares: f64 = self.errors.iter().map(|e| (e - mean).powi(2)).sum();
        squares / (count - 1.0)
    }

    /// Measured over predicted variance.
    pub fn ratio(&self, set: &ParameterSet) -> f64 {
        self.variance() / self.operation.predicted(set)
    }

    /// Probability of a ratio at least as far from 1 when the prediction is right and errors are Gaussian: the cube
    /// root of a chi-square variate is nearly normal (Wilson and Hilferty, PNAS 17, 1931).
    pub fn probability(&self, set: &ParameterSet) -> f64 {
        let spread = 2.0 / (9.0 * (self.errors.len() as f64 - 1.0));
        let normal = (self.ratio(set).cbrt() - (1.0 - spread)) / spread.sqrt();
        log2_erfc(normal.abs() / 2f64.sqrt()).exp2()
    }
}

/// Measures `samples` errors of every operation (half as many of linear combinations) under a key of its own.
///
/// # Errors
/// [`MeasureError`] when the set cannot be used.
pub fn measure(
    set: &'static ParameterSet,
    samples: usize,
    seeds: &mut SeedSource,
) -> Result<Vec<Measured>, MeasureError> {
    let client = ClientKey::generate(set, seeds)?;
    let server = client.generate_server_key(seeds);
    let messages = 1u64 << set.message_bits.0;
    let samples = samples.next_multiple_of(2);
    let plain: Vec<u64> = (0..samples as u64)
        .map(|i| i % messages * set.delta())
        .collect();
    let input = client.encrypt(&plain, seeds)?;
    let fresh = client.decrypt_phase(&input)?;

    let small = key_switch(&server.key_switching, &input.words)?;
    let switched = client.decrypt_phase_small(&LweMatrix::new(small.clone())?)?;
    let exponents = modulus_switch(set, &small)?;
    let rounded = exponent_phases(&client, &exponents);

    let identity = (0..messages).map(|v| v * set.delta()).collect();
    let luts = [Lut::new(identity)?];
    let output = blind_rotation(&server.bootstrapping, &luts, &exponents, &|_, _| {})?;
    let read = client.decrypt_phase(&LweMatrix::new(output.clone())?)?;

    let map = LinearMap {
        weights: array![WEIGHTS],
        bias: vec![0],
    };
    let combined = client.decrypt_phase(&LweMatrix::new(linear(&map, &output)?)?)?;
    let expected: Vec<u64> = plain
        .chunks_exact(2)
        .map(|pair| {
            let terms = pair.iter().zip(WEIGHTS);
            terms.fold(0, |sum, (x, w)| {
                modulus::add(sum, modulus::mul(*x, modulus::from_i64(w)))
            })
        })
        .collect();

    let two_n = 2.0 * set.polynomial_size.0 as f64;
    let rounding = rounded
        .iter()
        .zip(&switched)
        .map(|(&exponent, &phase)| centred(f64::from(exponent) / two_n - phase as f64 / P as f64));
    Ok([
        (Operation::Encryption, differences(&fresh, &plain)),
        (Operation::KeySwitch, differences(&switched, &fresh)),
        (Operation::ModulusSwitch, rounding.collect()),
        (Operation::BlindRotation, differences(&read, &plain)),
        (Operation::Linear, differences(&combined, &expected)),
    ]
    .map(|(operation, errors)| Measured { operation, errors })
    .into())
}

/// The places at which tables are read: the phases of switched rows, modulo `2N`.
pub(crate) fn exponent_phases(client: &ClientKey, exponents: &Array2<u64>) -> Vec<u32> {
    let set = client.parameters();
    let two_n = 2 * set.polynomial_size.0 as u64;
    let bits = &client.words()[..set.lwe_dimension.0];
    let phase = |row: ArrayView1<'_, u64>| {
        let masks: u64 = row.iter().zip(bits).map(|(a, s)| a * s).sum();
        // The sum is below n 2N.
        let body = row[bits.len()] + bits.len() as u64 * two_n;
        ((body - masks) % two_n) as u32
    };
    exponents.outer_iter().map(phase).collect()
}

fn differences(a: &[u64], b: &[u64]) -> Vec<f64> {
    let pairs = a.iter().zip(b);
    pairs
        .map(|(&x, &y)| modulus::to_signed(modulus::sub(x, y)) as f64 / P as f64)
        .collect()
}

/// The representative in [-1/2, 1/2).
fn centred(error: f64) -> f64 {
    error - (error + 0.5).floor()
}
