//! What the caller chooses.

use super::QuantiseError;
use crate::params::ParameterSet;
use serde::{Deserialize, Serialize};

/// How ranges follow from samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calibration {
    /// Smallest and largest value.
    MinMax,
    /// The values that this percentage of samples stays below, and above: from 50 (excluded) to 100.
    Percentile(f64),
    /// The range with the smallest mean square error of clamping and reading.
    Mse,
}

/// What a parameter set must reach to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Least ratio of signal to noise of reading, in dB, at every table that reads rounded.
    pub signal_to_noise_db: f64,
    /// Largest mean probability, on the calibration samples, that a comparison of trees is misread.
    pub misread: f64,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            signal_to_noise_db: 15.0,
            misread: 0.005,
        }
    }
}

/// Options of [`super::quantise`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How ranges of inputs and table outputs follow from the samples.
    pub calibration: Calibration,
    /// Bits of an input integer, 1 to 16. Automatic: 8; for trees, the fewest that decide every comparison
    /// as the float model does.
    pub input_bits: Option<u32>,
    /// Bits of the largest weight of a row, sign included, 2 to 16. Automatic: 10 for inputs, which
    /// have no noise to speak of; else where rounding and noise together are smallest.
    pub weight_bits: Option<u32>,
    /// `m`, where tables have `2^m` entries, 1 to 12; at most what the polynomials of the set hold. Automatic:
    /// the most for which an index step is not below the noise of reading.
    pub table_bits: Option<u32>,
    /// Bits of table outputs, at least, 2 to 16. Automatic: three more than `table_bits`.
    pub output_bits: Option<u32>,
    /// A table and a scale for each channel (or neuron), instead of one for each layer.
    pub per_channel: bool,
    /// Name of the parameter set. Automatic: the cheapest secure one that reaches the target.
    pub parameters: Option<String>,
    /// See `parameters`.
    pub target: Target,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            calibration: Calibration::MinMax,
            input_bits: None,
            weight_bits: None,
            table_bits: None,
            output_bits: None,
            per_channel: true,
            parameters: None,
            target: Target::default(),
        }
    }
}

impl Options {
    pub(super) fn validate(&self) -> Result<(), QuantiseError> {
        let bits = [
            ("input_bits", self.input_bits, 1, 16),
            ("weight_bits", self.weight_bits, 2, 16),
            ("table_bits", self.table_bits, 1, 12),
            ("output_bits", self.output_bits, 2, 16),
        ];
        for (option, value, least, most) in bits {
            if let Some(value) = value
                && !(least..=most).contains(&value)
            {
                return Err(QuantiseError::Option {
                    option,
                    problem: format!("is {value}; must be from {least} to {most}"),
                });
            }
        }
        if let Calibration::Percentile(percent) = self.calibration
            && !(percent > 50.0 && percent <= 100.0)
        {
            return Err(QuantiseError::Option {
                option: "calibration",
                problem: format!("percentile {percent}; must be above 50 and at most 100"),
            });
        }
        Ok(())
    }

    /// The sets to try, cheapest first.
    pub(super) fn candidates(&self) -> Result<Vec<&'static ParameterSet>, QuantiseError> {
        if let Some(name) = &self.parameters {
            return Ok(vec![ParameterSet::by_name(name)?]);
        }
        let mut sets: Vec<_> = ParameterSet::recommended().collect();
        sets.sort_by_key(|set| set.bootstrap_cells());
        Ok(sets)
    }

    pub(super) fn provenance(&self, samples: usize, table_bits: u32) -> serde_json::Value {
        serde_json::json!({
            "quantised_by": concat!("blindproof-fhe ", env!("CARGO_PKG_VERSION")),
            "calibration_samples": samples,
            "options": self,
            "table_bits": table_bits,
        })
    }
}
