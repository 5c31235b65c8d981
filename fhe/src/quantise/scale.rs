//! Scales: how many real units the torus holds at each table, and how much of it each value takes.
//!
//! ```text
//! a wire's value      v = (x - offset)/scale, an integer, stands for v/2^bits of the torus
//! a stage's sum       y = sum a_j x_j + c;   `unit` real units fill the torus once
//! an integer weight   w_j = round(a_j scale_j 2^bits / unit)
//! ```
//!
//! A large amplitude (share of the torus) of a wire means small weights: coarse, but with little noise. Both errors
//! add up over columns, so each channel's amplitude is chosen alone: among the values that make its largest weight
//! an integer, the one with the smallest sum of rounding and noise over all readers, each relative to the
//! variance of what it reads.

use super::calibrate::Statistics;
use super::graph::{Graph, Reading, Row, Stage};
use super::input::InputPlan;
use crate::noise;
use crate::params::ParameterSet;
use rayon::prelude::*;

/// Distance, in standard deviations of noise, that proven ranges keep from the end of the usable torus:
/// `log2 erfc(13.1 / sqrt 2) < -128`.
pub(super) const GUARD_DEVIATIONS: f64 = 13.1;

/// Largest weight that is tried.
const MAX_WEIGHT: u32 = 255;

/// Integers of a wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WirePlan {
    /// Real value of an integer step, by feature.
    pub(super) scale: Vec<f64>,
    /// Real value of integer 0, by feature.
    pub(super) offset: Vec<f64>,
    /// Proven range, by feature.
    pub(super) low: Vec<i64>,
    /// See `low`.
    pub(super) high: Vec<i64>,
    /// An integer `v` stands for `v/2^bits` of the torus.
    pub(super) bits: u32,
    /// Variance of its noise, relative to the torus.
    pub(super) variance: f64,
    /// Features that no layer reads, because they are constant.
    pub(super) constant: Vec<bool>,
}

/// Noise of a set, and of the reading of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    /// Variance of a fresh input.
    pub(super) fresh: f64,
    /// Variance of a table's output.
    pub(super) table: f64,
    /// Variance that reading adds.
    pub(super) reading: f64,
}

impl Noise {
    pub(super) fn of(set: &ParameterSet) -> Self {
        Self {
            fresh: set.glwe_noise.variance(),
            table: noise::blind_rotation_variance(set),
            reading: noise::key_switch_variance(set) + noise::modulus_switch_variance(set),
        }
    }
}

/// Bits of tables: the most for which an index step is not below the noise of reading.
pub(super) fn automatic_table_bits(set: &ParameterSet) -> u32 {
    let deviation_log2 = 0.5 * Noise::of(set).reading.log2();
    let most = set.polynomial_size.log2() - 1;
    ((-deviation_log2).floor().max(2.0) as u32 - 1).clamp(1, most)
}

/// Widths, real ranges and units before rounding.
pub(super) struct Scales<'a> {
    pub(super) graph: &'a Graph,
    pub(super) statistics: &'a Statistics,
    pub(super) input: &'a InputPlan,
    pub(super) noise: Noise,
    pub(super) table_bits: u32,
    /// For each stage and group, real units for the whole torus.
    pub(super) units: Vec<Vec<f64>>,
    /// For each output row.
    pub(super) output_units: Vec<f64>,
}

impl<'a> Scales<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        statistics: &'a Statistics,
        input: &'a InputPlan,
        set: &ParameterSet,
        table_bits: u32,
        common_output: bool,
    ) -> Self {
        let mut scales = Self {
            graph,
            statistics,
            input,
            noise: Noise::of(set),
            table_bits,
            units: Vec::new(),
            output_units: Vec::new(),
        };
        scales.units = graph.stages.iter().map(|s| scales.stage_units(s)).collect();
        let rows = graph.output.iter().map(|row| scales.range(row));
        let mut units: Vec<f64> = rows.map(|(low, high)| usable(high - low, 1.0)).collect();
        if common_output {
            let low = graph.output.iter().map(|row| scales.range(row).0);
            let high = graph.output.iter().map(|row| scales.range(row).1);
            let low = low.fold(f64::INFINITY, f64::min);
            let high = high.fold(f64::NEG_INFINITY, f64::max);
            units.fill(usable(high - low, 1.0));
        }
        if let [unit] = &mut units[..] {
            // One logit whose sign counts must not be shifted.
            let (low, high) = scales.range(&graph.output[0]);
            *unit = usable(2.0 * low.abs().max(high.abs()), 1.0);
        }
        scales.output_units = units;
        scales
    }

    /// Real range of a value that a table or the client gives.
    pub(super) fn bounds(&self, wire: usize, feature: usize) -> (f64, f64) {
        match wire.checked_sub(1) {
            None if self.input.constant[feature] => {
                let mean = self.statistics.wires[0][feature].mean;
                (mean, mean)
            }
            None => {
                let (scale, offset) = (self.input.scale(feature), self.input.offset(feature));
                let at = |v: i64| offset + scale * v as f64;
                let (min, max) = self.input.ranges[feature];
                (at(min), at(max))
            }
            Some(stage) => {
                let group = self.graph.stages[stage].group(feature);
                self.statistics.clips[stage][group]
            }
        }
    }

    /// Proven real range of a row, before rounding.
    pub(super) fn range(&self, row: &Row) -> (f64, f64) {
        row.terms
            .iter()
            .fold((row.constant, row.constant), |(low, high), term| {
                let (a, b) = self.bounds(term.wire, term.feature);
                let (a, b) = (a * term.coefficient, b * term.coefficient);
                (low + a.min(b), high + a.max(b))
            })
    }

    /// Stages and rows of functions whose sums are constants for 32-bit floats: their weights decayed in training.
    pub(super) fn constants(&self) -> Vec<(usize, usize)> {
        let stages = self.graph.stages.iter().enumerate();
        let functions = stages.filter(|(_, stage)| matches!(stage.reading, Reading::Function(_)));
        functions
            .flat_map(|(s, stage)| {
                stage
                    .rows
                    .iter()
                    .enumerate()
                    .map(move |(r, row)| (s, r, row))
            })
            .filter(|(.., row)| {
                let (low, high) = self.range(row);
                let largest = low.abs().max(high.abs());
                !row.terms.is_empty() && high - low < f64::from(f32::EPSILON) * largest
            })
            .map(|(s, r, _)| (s, r))
            .collect()
    }

    /// Distance from the ends of the usable torus that sums keep.
    pub(super) fn guard(&self, variance: f64) -> f64 {
        GUARD_DEVIATIONS * variance.sqrt()
    }

    fn stage_units(&self, stage: &Stage) -> Vec<f64> {
        let half_box = (-f64::from(self.table_bits) - 2.0).exp2();
        let guard = self.guard(self.noise.reading);
        (0..stage.groups)
            .map(|group| {
                let rows = &stage.rows[stage.members(group)];
                let ranges = rows.iter().map(|row| self.range(row));
                let (low, high) = ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| {
                    (a.0.min(b.0), a.1.max(b.1))
                });
                match stage.reading {
                    Reading::Function(_) => {
                        usable(high - low, (0.5 - 2.0 * (guard + half_box)).max(0.05))
                    }
                    Reading::Threshold => {
                        let reach = low.abs().max(high.abs());
                        usable(2.0 * reach, (1.0 - 4.0 * guard).max(0.05))
                    }
                    Reading::AllOf { bits } => f64::from(1u32 << (bits + 1)),
                }
            })
            .collect()
    }

    /// All rows with their unit and the variance of what they read.
    fn readers(&self) -> impl Iterator<Item = (&'a Row, f64, f64)> + '_ {
        let stages = self
            .graph
            .stages
            .iter()
            .enumerate()
            .flat_map(move |(s, stage)| {
                stage.rows.iter().enumerate().map(move |(r, row)| {
                    let variance = self.statistics.sums[s][r].variance;
                    (row, self.units[s][stage.group(r)], variance)
                })
            });
        let output = self.graph.output.iter().enumerate().map(move |(r, row)| {
            (
                row,
                self.output_units[r],
                self.statistics.output[r].variance,
            )
        });
        stages.chain(output)
    }

    /// Bits of the input: the fewest that give every row weights of `weight_bits` bits.
    pub(super) fn input_bits(&self, weight_bits: u32) -> u32 {
        let largest = f64::from((1u32 << (weight_bits - 1)) - 1).max(1.0);
        let needed = self.readers().filter_map(|(row, unit, _)| {
            let read = row.terms.iter().filter(|term| term.wire == 0);
            let steps = read
                .filter(|term| !self.input.constant[term.feature])
                .map(|term| term.coefficient.abs() * self.input.scale(term.feature) / unit);
            let step = steps.fold(0.0, f64::max);
            (step > 0.0).then(|| (largest / step).log2().ceil())
        });
        let ranges = self.input.ranges.iter();
        let levels = ranges.map(|&(min, max)| max - min).fold(1, i64::max);
        let least = (self.table_bits + 2).max(levels.ilog2() + 1);
        needed.fold(f64::from(least), f64::max).min(31.0) as u32
    }

    /// Amplitude of each channel of a stage's outputs: the share of the torus that its range takes.
    pub(super) fn amplitudes(&self, stage: usize, weight_bits: Option<u32>) -> Vec<f64> {
        let wire = stage + 1;
        if let Some(bits) = self.exact_reader(wire) {
            return vec![(-f64::from(bits) - 1.0).exp2(); self.graph.stages[stage].groups];
        }
        let readings = self.readings(stage);
        readings
            .into_par_iter()
            .map(|channel| amplitude(&channel, self.noise.table, weight_bits))
            .collect()
    }

    /// Most bits of a table that reads this wire exactly.
    fn exact_reader(&self, wire: usize) -> Option<u32> {
        let stages = self
            .graph
            .stages
            .iter()
            .filter_map(|stage| match stage.reading {
                Reading::AllOf { bits } => Some((bits, stage)),
                _ => None,
            });
        stages
            .filter(|(_, stage)| {
                let reads = |row: &Row| row.terms.iter().any(|term| term.wire == wire);
                stage.rows.iter().any(reads)
            })
            .map(|(bits, _)| bits)
            .max()
    }

    /// For each channel of a stage's output, how it is read.
    fn readings(&self, stage: usize) -> Vec<Vec<Share>> {
        let source = &self.graph.stages[stage];
        let mut channels = vec![Vec::new(); source.groups];
        for (row, unit, variance) in self.readers() {
            for term in row.terms.iter().filter(|term| term.wire == stage + 1) {
                let (low, high) = self.bounds(term.wire, term.feature);
                let width = high - low;
                if width <= 0.0 || variance <= 0.0 {
                    continue;
                }
                let seen = self.statistics.wires[term.wire][term.feature].variance;
                channels[source.group(term.feature)].push(Share {
                    share: term.coefficient * width / unit,
                    importance: unit * unit / variance,
                    variance: seen / (width * width),
                });
            }
        }
        channels
    }
}

/// Real units for the whole torus when `width` of them must fit into `share` of it.
fn usable(width: f64, share: f64) -> f64 {
    if width > 0.0 { width / share } else { 1.0 }
}

/// How a row reads a channel.
#[derive(Debug, Clone, Copy)]
struct Share {
    /// Share of the torus, with its sign, that the channel's range takes in the row.
    share: f64,
    /// One over the variance of the row's sums, relative to the torus.
    importance: f64,
    /// Variance of the value, relative to its range.
    variance: f64,
}

/// The amplitude with the smallest error of rounding and noise.
fn amplitude(readers: &[Share], noise: f64, weight_bits: Option<u32>) -> f64 {
    let largest = readers.iter().map(|r| r.share.abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0625;
    }
    let at = |weight: u32| (largest / f64::from(weight)).min(0.25);
    if let Some(bits) = weight_bits {
        return at(((1u32 << (bits - 1)) - 1).max(1));
    }
    let error = |amplitude: f64| -> f64 {
        readers
            .iter()
            .map(|reader| {
                let weight = (reader.share / amplitude).round();
                let rounding = (reader.share - weight * amplitude).powi(2) * reader.variance;
                reader.importance * (rounding + weight * weight * noise)
            })
            .sum()
    };
    let candidates = (1..=MAX_WEIGHT).map(|weight| (at(weight), error(at(weight))));
    candidates
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(largest, |(amplitude, _)| amplitude)
}
