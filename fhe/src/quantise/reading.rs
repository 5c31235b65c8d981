//! How reliably tables are read: noise against index steps, signals and margins.

use super::emit::StageScale;
use super::graph::{Reading, Stage};
use super::options::Target;
use super::scale::Scales;
use crate::noise;
use rayon::prelude::*;

/// The least reliable readings of a model, in the Gaussian model of [`crate::noise`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// Least ratio of signal to noise of a table that reads rounded, in dB; infinite without such tables.
    pub signal_to_noise_db: f64,
    /// Mean probability that a comparison of trees is misread, on the calibration samples; 0 without trees.
    pub misread: f64,
    /// `log2` of the largest failure probability of an exact reading: of a comparison with the nearest integer, or of a
    /// leaf; minus infinity without trees.
    pub log2_p_fail: f64,
}

impl Reliability {
    /// Of each stage.
    pub(super) fn of_stages(
        scales: &Scales<'_>,
        stages: &[StageScale],
        samples: &[Vec<f32>],
    ) -> Vec<Self> {
        let reader = Reader {
            scales,
            stages,
            samples,
        };
        (0..stages.len()).map(|index| reader.stage(index)).collect()
    }

    /// Without tables.
    const CERTAIN: Self = Self {
        signal_to_noise_db: f64::INFINITY,
        misread: 0.0,
        log2_p_fail: f64::NEG_INFINITY,
    };

    /// The worst of all stages.
    pub(super) fn worst(stages: &[Self]) -> Self {
        stages.iter().fold(Self::CERTAIN, |worst, stage| Self {
            signal_to_noise_db: worst.signal_to_noise_db.min(stage.signal_to_noise_db),
            misread: worst.misread.max(stage.misread),
            log2_p_fail: worst.log2_p_fail.max(stage.log2_p_fail),
        })
    }

    pub(super) fn reaches(&self, target: &Target) -> bool {
        self.signal_to_noise_db >= target.signal_to_noise_db && self.misread <= target.misread
    }

    pub(super) fn is_better(&self, other: &Self) -> bool {
        if self.signal_to_noise_db == other.signal_to_noise_db {
            self.misread < other.misread
        } else {
            self.signal_to_noise_db > other.signal_to_noise_db
        }
    }
}

/// Whether each row compares one value.
pub(super) fn is_comparison(stage: &Stage) -> bool {
    stage.reading == Reading::Threshold && stage.rows.iter().all(|row| row.terms.len() <= 1)
}

/// Rates the stages of a model.
struct Reader<'a> {
    scales: &'a Scales<'a>,
    stages: &'a [StageScale],
    samples: &'a [Vec<f32>],
}

impl Reader<'_> {
    fn stage(&self, index: usize) -> Reliability {
        let (stage, scale) = (&self.scales.graph.stages[index], &self.stages[index]);
        let rows = 0..stage.rows.len();
        let worst = |p_fail: &dyn Fn(usize) -> f64| {
            rows.clone().map(p_fail).fold(f64::NEG_INFINITY, f64::max)
        };
        match stage.reading {
            Reading::AllOf { bits } => {
                let margin = (-f64::from(bits) - 2.0).exp2();
                let log2_p_fail =
                    worst(&|row| noise::log2_exceeds(self.variance(index, row), margin));
                Reliability {
                    misread: log2_p_fail.exp2(),
                    log2_p_fail,
                    ..Reliability::CERTAIN
                }
            }
            Reading::Threshold if is_comparison(stage) => {
                let misread: f64 = rows
                    .clone()
                    .into_par_iter()
                    .map(|row| self.misread(index, row))
                    .sum();
                Reliability {
                    misread: misread / rows.len() as f64,
                    log2_p_fail: worst(&|row| {
                        noise::log2_exceeds(self.variance(index, row), self.margin(index, row))
                    }),
                    ..Reliability::CERTAIN
                }
            }
            Reading::Function(_) | Reading::Threshold => {
                let torus = f64::from(scale.bits).exp2();
                let signal = |row: usize| {
                    let unit = scale.step[stage.group(row)] * torus;
                    self.scales.statistics.sums[index][row].variance / (unit * unit)
                };
                let signals: f64 = rows.clone().map(signal).sum();
                let noises: f64 = rows.map(|row| self.variance(index, row)).sum();
                Reliability {
                    signal_to_noise_db: 10.0 * (signals / noises).log10(),
                    ..Reliability::CERTAIN
                }
            }
        }
    }

    /// Variance of the noise where a row is read, relative to the torus.
    fn variance(&self, index: usize, row: usize) -> f64 {
        self.stages[index].variance[row] + self.scales.noise.reading
    }

    /// Real units that fill the torus.
    fn unit(&self, index: usize, row: usize) -> f64 {
        let scale = &self.stages[index];
        let group = self.scales.graph.stages[index].group(row);
        scale.step[group] * f64::from(scale.bits).exp2()
    }

    /// Distance on the torus of a comparison's threshold from the nearest integer.
    fn margin(&self, index: usize, row: usize) -> f64 {
        let terms = &self.scales.graph.stages[index].rows[row].terms;
        let steps = terms.iter().map(|term| {
            let step = match term.wire {
                0 => self.scales.input.scale(term.feature),
                wire => self.stages[wire - 1].output_scale[term.feature],
            };
            (term.coefficient * step).abs()
        });
        steps
            .fold(f64::INFINITY, f64::min)
            .min(self.unit(index, row))
            * 0.5
            / self.unit(index, row)
    }

    /// Mean probability, on the samples, that noise turns a comparison of an input round.
    fn misread(&self, index: usize, row: usize) -> f64 {
        let input = self.scales.input;
        let row_terms = &self.scales.graph.stages[index].rows[row];
        let [term] = row_terms.terms[..] else {
            return 0.0;
        };
        if term.wire != 0 {
            return 0.0;
        }
        let (scale, offset) = (input.scale(term.feature), input.offset(term.feature));
        let (variance, unit) = (self.variance(index, row), self.unit(index, row));
        let misreads = self.samples.iter().map(|sample| {
            let v = input.integer(term.feature, f64::from(sample[term.feature]));
            let distance = (term.coefficient * (offset + scale * v) + row_terms.constant) / unit;
            0.5 * noise::log2_exceeds(variance, distance.abs()).exp2()
        });
        misreads.sum::<f64>() / self.samples.len() as f64
    }
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
