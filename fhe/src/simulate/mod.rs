//! Models on integers with the noise that encrypted evaluation would have, thousands of times faster.
//!
//! Every value of every wire is an integer `v` (as in [`crate::model`]) with a real error `e`; it stands for a ciphertext of
//! phase `v / 2^B + e`. Errors are relative to `p`.
//!
//! ```text
//! input    e ~ fresh
//! linear   e = sum_i w_i e_i          the same e_i in every sum that reads value i
//! lut      x = 2N (v / 2^B + e + key switch) + modulus switch          Gaussian, see NoiseModel
//!          j = floor(x + 1/2) mod 2N                                   the modulus switch rounds the body
//!          v' = the coefficient of X^0 after X^-j times the test polynomial of crate::lut, e' ~ blind rotation
//! logit    v + e 2^B                  what decryption returns
//! ```
//!
//! One run stands for one key: the key switch has an offset that a key keeps (digits have the mean -1/2), drawn once a run.
//! The results depend on the seed, the run and the position of the image only, not on the number of threads.
//!
//! **What this is:** the Gaussian model of [`crate::noise`], sampled. Frequencies of `2^-20` and below cannot be seen by
//! sampling; [`crate::model::LayerNoise`] computes them.

mod network;
mod noise;
mod proportion;
mod random;

#[cfg(test)]
mod tests;

pub use network::Sample;
pub use noise::NoiseModel;
pub use proportion::Proportion;

use crate::model::{ClearModel, ModelError, Prediction, QuantisedModel};
use network::Network;
use random::Normal;
use rayon::prelude::*;

/// A model made ready for many noisy evaluations.
#[derive(Debug, Clone)]
pub struct Simulator<'a> {
    model: &'a QuantisedModel,
    clear: ClearModel<'a>,
    network: Network,
    noise: NoiseModel,
}

/// How tables were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reads {
    /// All reads.
    pub total: u64,
    /// The index differs by one from that of the clear evaluation of the same input.
    pub clear_by_one: u64,
    /// The index differs by more than one from that of the clear evaluation.
    pub clear_by_more: u64,
    /// Noise of this read alone moved the index by one: compared with the index of the integer that arrived.
    pub noise_by_one: u64,
    /// Noise of this read alone moved the index by more than one.
    pub noise_by_more: u64,
}

impl Reads {
    fn add(mut self, other: &Self) -> Self {
        self.total += other.total;
        self.clear_by_one += other.clear_by_one;
        self.clear_by_more += other.clear_by_more;
        self.noise_by_one += other.noise_by_one;
        self.noise_by_more += other.noise_by_more;
        self
    }
}

/// One noisy evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The logits with their noise, as [`QuantisedModel::decode_output`] returns them.
    pub logits: Vec<f64>,
    /// Whether the prediction differs from that of the clear evaluation; for values: whether a rounded logit differs.
    pub changed: bool,
    /// For each layer, in order; no reads for linear layers.
    pub reads: Vec<Reads>,
}

/// The evaluations of [`Simulator::run`].
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Number of inputs.
    pub images: usize,
    /// Run after run, input after input.
    pub outcomes: Vec<Outcome>,
}

impl Simulation {
    /// Reads of each layer, over all evaluations.
    pub fn reads(&self) -> Vec<Reads> {
        let layers = self
            .outcomes
            .first()
            .map_or(0, |outcome| outcome.reads.len());
        let sum = |layer: usize| {
            let reads = self.outcomes.iter().map(|outcome| &outcome.reads[layer]);
            reads.fold(Reads::default(), Reads::add)
        };
        (0..layers).map(sum).collect()
    }

    /// Evaluations whose prediction differs from the clear one.
    pub fn changed(&self) -> Proportion {
        let changed = self.outcomes.iter().filter(|outcome| outcome.changed);
        Proportion {
            count: changed.count() as u64,
            total: self.outcomes.len() as u64,
        }
    }
}

impl<'a> Simulator<'a> {
    /// A simulator with the noise of the model's parameter set.
    ///
    /// # Errors
    /// [`ModelError`] for a model that does not validate.
    pub fn new(model: &'a QuantisedModel) -> Result<Self, ModelError> {
        let noise = NoiseModel::new(model.parameter_set()?);
        Self::with_noise(model, noise)
    }

    /// A simulator with noise of other variances.
    ///
    /// # Errors
    /// As [`Simulator::new`].
    pub fn with_noise(model: &'a QuantisedModel, noise: NoiseModel) -> Result<Self, ModelError> {
        Ok(Self {
            model,
            clear: ClearModel::new(model)?,
            network: Network::new(model)?,
            noise,
        })
    }

    /// Evaluates all inputs `runs` times, each run with another key, on all cores.
    ///
    /// # Errors
    /// [`ModelError::Input`] for an input that does not fit the model.
    pub fn run(&self, inputs: &[Vec<i64>], seed: u64, runs: u32) -> Result<Simulation, ModelError> {
        let clear = inputs
            .par_iter()
            .map(|input| self.clear.values(input))
            .collect::<Result<Vec<_>, _>>()?;
        let outcomes = (0..runs as usize * inputs.len())
            .into_par_iter()
            .map(|index| {
                let (run, image) = (index / inputs.len(), index % inputs.len());
                let sample = self.network.sample(
                    &self.noise,
                    &inputs[image],
                    self.noise.key_offset(seed, run as u32),
                    &mut Normal::of_image(seed, run as u32, image as u32),
                );
                self.outcome(&sample, &clear[image])
            });
        Ok(Simulation {
            images: inputs.len(),
            outcomes: outcomes.collect(),
        })
    }

    /// One evaluation with all its values and errors: number `image` of run `run`.
    ///
    /// # Errors
    /// [`ModelError::Input`] for an input that does not fit the model.
    pub fn sample(
        &self,
        input: &[i64],
        seed: u64,
        run: u32,
        image: u32,
    ) -> Result<Sample, ModelError> {
        self.model.encode_input(input)?;
        let offset = self.noise.key_offset(seed, run);
        let normal = &mut Normal::of_image(seed, run, image);
        Ok(self.network.sample(&self.noise, input, offset, normal))
    }

    fn outcome(&self, sample: &Sample, clear: &[Vec<i64>]) -> Outcome {
        let logits = self.network.logits(sample);
        let clear_logits: Vec<f64> = clear
            .last()
            .map(|logits| logits.iter().map(|&v| v as f64).collect())
            .unwrap_or_default();
        let changed = match self.model.prediction(&clear_logits) {
            Some(Prediction::Values(_)) | None => logits
                .iter()
                .zip(&clear_logits)
                .any(|(noisy, clear)| noisy.round() != *clear),
            class => class != self.model.prediction(&logits),
        };
        Outcome {
            changed,
            reads: self.network.reads(sample, clear),
            logits,
        }
    }
}
