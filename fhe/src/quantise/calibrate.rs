//! What the float network does on the calibration samples.

use super::graph::{Graph, Reading, Values};
use super::{Calibration, QuantiseError};
use rayon::prelude::*;

/// Range, mean and variance of a value over samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Summary {
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum) = (0.0f64, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in values.clone() {
            (count, sum) = (count + 1.0, sum + x);
            (min, max) = (min.min(x), max.max(x));
        }
        let mean = sum / count.max(1.0);
        let squares: f64 = values.map(|x| (x - mean).powi(2)).sum();
        Self {
            min,
            max,
            mean,
            variance: squares / count.max(1.0),
        }
    }
}

/// Statistics of the whole network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statistics {
    /// For each wire and feature.
    pub(super) wires: Vec<Vec<Summary>>,
    /// For each stage and row.
    pub(super) sums: Vec<Vec<Summary>>,
    pub(super) output: Vec<Summary>,
    /// For each stage and group: the range that its table keeps.
    pub(super) clips: Vec<Vec<(f64, f64)>>,
}

/// Checks sizes and values of samples.
pub(super) fn check_samples(
    input: &str,
    features: usize,
    samples: &[Vec<f32>],
) -> Result<(), QuantiseError> {
    if samples.is_empty() {
        return Err(QuantiseError::NoSamples);
    }
    for (index, sample) in samples.iter().enumerate() {
        if sample.len() != features {
            return Err(QuantiseError::SampleShape {
                sample: index,
                given: sample.len(),
                input: input.to_owned(),
                expected: features,
            });
        }
        if let Some(feature) = sample.iter().position(|x| !x.is_finite()) {
            return Err(QuantiseError::SampleNotFinite {
                sample: index,
                feature,
                value: sample[feature],
            });
        }
    }
    Ok(())
}

/// Evaluates the network on samples. `read_noise`: standard deviation of a table's reading, relative to the range
/// of its input.
pub(super) fn calibrate(
    graph: &Graph,
    samples: &[Vec<f32>],
    calibration: Calibration,
    read_noise: f64,
) -> Result<Statistics, QuantiseError> {
    let values: Vec<Values> = samples
        .par_iter()
        .map(|sample| graph.evaluate(sample))
        .collect();
    check_values(graph, &values)?;
    let summaries = |features: usize, get: &(dyn Fn(&Values, usize) -> f64 + Sync)| {
        (0..features)
            .into_par_iter()
            .map(|f| Summary::of(values.iter().map(|v| get(v, f))))
            .collect::<Vec<_>>()
    };
    let mut wires = vec![summaries(graph.features(), &|v, f| v.wires[0][f])];
    let (mut sums, mut clips) = (Vec::new(), Vec::new());
    for (s, stage) in graph.stages.iter().enumerate() {
        sums.push(summaries(stage.rows.len(), &|v, f| v.sums[s][f]));
        let output = summaries(stage.rows.len(), &|v, f| v.wires[s + 1][f]);
        let is_function = matches!(stage.reading, Reading::Function(_));
        if is_function && output.iter().all(|value| value.min == value.max) {
            return Err(QuantiseError::ConstantLayer {
                layer: stage.name.clone(),
                features: stage.rows.len(),
            });
        }
        wires.push(output);
        clips.push(
            (0..stage.groups)
                .into_par_iter()
                .map(|group| {
                    if !is_function {
                        return (0.0, 1.0);
                    }
                    let members = stage.members(group);
                    let mut seen: Vec<f64> = values
                        .iter()
                        .flat_map(|v| v.wires[s + 1][members.clone()].iter().copied())
                        .collect();
                    calibration.range(&mut seen, read_noise)
                })
                .collect(),
        );
    }
    Ok(Statistics {
        wires,
        sums,
        output: summaries(graph.output.len(), &|v, f| v.output[f]),
        clips,
    })
}

fn check_values(graph: &Graph, values: &[Values]) -> Result<(), QuantiseError> {
    for (sample, value) in values.iter().enumerate() {
        let stages = graph.stages.iter().zip(value.wires.iter().skip(1));
        let layers = stages
            .map(|(stage, wire)| (&stage.name, wire))
            .chain([(&graph.output_name, &value.output)]);
        for (layer, wire) in layers {
            if let Some(feature) = wire.iter().position(|x| !x.is_finite()) {
                return Err(QuantiseError::LayerNotFinite {
                    layer: layer.clone(),
                    sample,
                    feature,
                    value: wire[feature],
                });
            }
        }
    }
    Ok(())
}

impl Calibration {
    /// The range to keep of these values. `error`: standard deviation of reading, relative to the range.
    pub(super) fn range(self, values: &mut [f64], error: f64) -> (f64, f64) {
        values.sort_unstable_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            return (0.0, 0.0);
        };
        match self {
            Self::MinMax => (min, max),
            Self::Percentile(percent) => {
                let last = (values.len() - 1) as f64;
                let at = |fraction: f64| values[(fraction * last).round() as usize];
                (at(1.0 - percent / 100.0), at(percent / 100.0))
            }
            Self::Mse => {
                let cost = |&(low, high): &(f64, f64)| {
                    let clipped: f64 = values
                        .iter()
                        .map(|&x| (x - x.clamp(low, high)).powi(2))
                        .sum();
                    clipped / values.len() as f64 + ((high - low) * error).powi(2)
                };
                // Shrink towards the value nearest to zero.
                let centre = 0.0f64.clamp(min, max);
                (0..=14)
                    .map(|i| 1.0 - 0.05 * f64::from(i))
                    .map(|keep| {
                        (
                            centre + keep * (min - centre),
                            centre + keep * (max - centre),
                        )
                    })
                    .min_by(|a, b| cost(a).total_cmp(&cost(b)))
                    .unwrap_or((min, max))
            }
        }
    }
}
