//! How reliably tables are read: noise against index steps, signals and margins.

use super::emit::StageScale;
use super::graph::{Reading, Stage};
use super::options::Target;
use super::scale::Scales;
use crate::noise;

/// The least reliable readings of a model, in the Gaussian model of [`crate::noise`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// Least ratio of signal to noise of a table that reads rounded, in dB; infinite without such tables.
    pub signal_to_noise_db: f64,
    /// `log2` of the largest failure probability of an exact reading; minus infinity without such tables.
    pub log2_p_fail: f64,
}

impl Reliability {
    pub(super) fn of(scales: &Scales<'_>, stages: &[StageScale]) -> Self {
        let mut worst = Self {
            signal_to_noise_db: f64::INFINITY,
            log2_p_fail: f64::NEG_INFINITY,
        };
        for (index, scale) in stages.iter().enumerate() {
            let stage = &scales.graph.stages[index];
            let torus = f64::from(scale.bits).exp2();
            let noise = |row: usize| scale.variance[row] + scales.noise.reading;
            match stage.reading {
                Reading::Function(_) | Reading::Threshold if !is_comparison(stage) => {
                    let signal = |row: usize| {
                        let unit = scale.step[stage.group(row)] * torus;
                        scales.statistics.sums[index][row].variance / (unit * unit)
                    };
                    let rows = 0..stage.rows.len();
                    let signals: f64 = rows.clone().map(signal).sum();
                    let noises: f64 = rows.map(noise).sum();
                    let ratio = 10.0 * (signals / noises).log10();
                    worst.signal_to_noise_db = worst.signal_to_noise_db.min(ratio);
                }
                Reading::Function(_) | Reading::Threshold => {
                    for row in 0..stage.rows.len() {
                        let p_fail = noise::log2_exceeds(noise(row), margin(scales, stages, index, row));
                        worst.log2_p_fail = worst.log2_p_fail.max(p_fail);
                    }
                }
                Reading::AllOf { bits } => {
                    let margin = (-f64::from(bits) - 2.0).exp2();
                    for row in 0..stage.rows.len() {
                        let p_fail = noise::log2_exceeds(noise(row), margin);
                        worst.log2_p_fail = worst.log2_p_fail.max(p_fail);
                    }
                }
            }
        }
        worst
    }

    pub(super) fn reaches(&self, target: &Target) -> bool {
        self.signal_to_noise_db >= target.signal_to_noise_db
            && self.log2_p_fail <= target.log2_p_fail
    }

    pub(super) fn is_better(&self, other: &Self) -> bool {
        if self.signal_to_noise_db == other.signal_to_noise_db {
            self.log2_p_fail < other.log2_p_fail
        } else {
            self.signal_to_noise_db > other.signal_to_noise_db
        }
    }
}

/// Whether each row compares one value.
pub(super) fn is_comparison(stage: &Stage) -> bool {
    stage.reading == Reading::Threshold && stage.rows.iter().all(|row| row.terms.len() <= 1)
}

/// Distance on the torus of a comparison's threshold from the nearest integer input.
fn margin(scales: &Scales<'_>, stages: &[StageScale], index: usize, row: usize) -> f64 {
    let stage = &scales.graph.stages[index];
    let unit = stages[index].step[stage.group(row)] * f64::from(stages[index].bits).exp2();
    let terms = stage.rows[row].terms.iter().map(|term| match term.wire {
        0 => (term.coefficient * scales.input.scale(term.feature)).abs(),
        wire => {
            let source = &stages[wire - 1];
            (term.coefficient * source.output_scale[term.feature]).abs()
        }
    });
    let step = terms.fold(f64::INFINITY, f64::min);
    if step.is_finite() { 0.5 * step / unit } else { 0.5 }
}

/// Mean probability that Gaussian noise of this standard deviation, in index steps, changes the index that is read,
/// for a sum anywhere in its box: `E min(|noise|, 1)`.
pub(super) fn off_by_one(deviation: f64) -> f64 {
    if deviation <= 0.0 {
        return 0.0;
    }
    let inner = 1.0 - (-0.5 / (deviation * deviation)).exp();
    let tail = noise::log2_erfc(1.0 / (deviation * std::f64::consts::SQRT_2)).exp2();
    deviation * (2.0 / std::f64::consts::PI).sqrt() * inner + tail
}
