//! Normal variates, with a stream for each image and each key.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Independent variates of mean 0 and variance 1.
pub(super) struct Normal {
    generator: ChaCha8Rng,
    spare: Option<f64>,
}

impl Normal {
    /// The stream of an image of a run.
    pub(super) fn of_image(seed: u64, run: u32, image: u32) -> Self {
        Self::stream(seed, 0, run, image)
    }

    /// The stream of the key of a run.
    pub(super) fn of_key(seed: u64, run: u32) -> Self {
        Self::stream(seed, 1, run, 0)
    }

    fn stream(seed: u64, purpose: u8, run: u32, image: u32) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = purpose;
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(u64::from(run) << 32 | u64::from(image));
        Self {
            generator,
            spare: None,
        }
    }

    /// The next variate, by the method of Box and Muller.
    pub(super) fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Uniform in `(0, 1]`, a multiple of `2^-53`.
    fn uniform(&mut self) -> f64 {
        ((self.generator.next_u64() >> 11) + 1) as f64 * (-53f64).exp2()
    }
}
