//! Integers for the inputs: one scale for all, or one for each feature.

use super::calibrate::Summary;
use super::graph::{Graph, Reading};
use super::{Calibration, QuantiseError};

/// From this number of samples on, an input that never differs is taken for a constant.
const MIN_SAMPLES_FOR_CONSTANTS: usize = 100;

/// `x = scale * v + offset`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InputPlan {
    /// One entry, or one for each feature.
    pub(super) scale: Vec<f64>,
    /// As many as scales.
    pub(super) offset: Vec<f64>,
    /// Range of integers, by feature.
    pub(super) ranges: Vec<(i64, i64)>,
    /// Features whose value the model does not read; their mean takes its place.
    pub(super) constant: Vec<bool>,
    /// Comparisons that no integers tell apart on all samples.
    pub(super) inexact: usize,
}

impl InputPlan {
    pub(super) fn scale(&self, feature: usize) -> f64 {
        self.scale[feature.min(self.scale.len() - 1)]
    }

    pub(super) fn offset(&self, feature: usize) -> f64 {
        self.offset[feature.min(self.offset.len() - 1)]
    }

    /// The integer of a value.
    pub(super) fn integer(&self, feature: usize, x: f64) -> f64 {
        let (min, max) = self.ranges[feature];
        let v = ((x - self.offset(feature)) / self.scale(feature) + 0.5).floor();
        v.clamp(min as f64, max as f64)
    }
}

/// Whether the input is only compared with thresholds, one feature at a time.
pub(super) fn only_compared(graph: &Graph) -> bool {
    let reads_input = |row: &super::graph::Row| row.terms.iter().any(|term| term.wire == 0);
    !graph.stages.is_empty()
        && !graph.output.iter().any(reads_input)
        && graph.stages.iter().all(|stage| {
            let single = |row: &super::graph::Row| row.terms.len() == 1 || !reads_input(row);
            match stage.reading {
                Reading::Threshold => stage.rows.iter().all(single),
                _ => !stage.rows.iter().any(reads_input),
            }
        })
}

/// Scales from ranges of the samples.
pub(super) fn plan_ranges(
    graph: &Graph,
    samples: &[Vec<f32>],
    summaries: &[Summary],
    calibration: Calibration,
    bits: u32,
) -> Result<InputPlan, QuantiseError> {
    let levels = (1i64 << bits) - 1;
    let error = 1.0 / (12f64.sqrt() * levels as f64);
    let column = |f: usize| -> Vec<f64> { samples.iter().map(|s| f64::from(s[f])).collect() };
    let enough = samples.len() >= MIN_SAMPLES_FOR_CONSTANTS;
    let is_picture = graph.shape.len() == 3;
    let constant: Vec<_> = summaries
        .iter()
        .map(|s| s.min == s.max && enough && !is_picture)
        .collect();
    if summaries.iter().all(|s| s.min == s.max) {
        return Err(QuantiseError::ConstantLayer {
            layer: "input".to_owned(),
            features: summaries.len(),
        });
    }
    let low = summaries
        .iter()
        .map(|s| s.min)
        .fold(f64::INFINITY, f64::min);
    let high = summaries
        .iter()
        .map(|s| s.max)
        .fold(f64::NEG_INFINITY, f64::max);
    let wide = summaries
        .iter()
        .filter(|s| s.max - s.min >= 0.9 * (high - low))
        .count();
    if is_picture || 4 * wide >= summaries.len() {
        let mut all: Vec<f64> = (0..summaries.len()).flat_map(column).collect();
        let (low, high) = with_zero(calibration.range(&mut all, error));
        let scale = match grid_step(&all, levels) {
            Some(step) if calibration == Calibration::MinMax => step,
            _ => (high - low).max(f64::MIN_POSITIVE) / levels as f64,
        };
        let offset = if low <= 0.0 && high >= 0.0 { 0.0 } else { low };
        let integer = |x: f64| ((x - offset) / scale).round() as i64;
        return Ok(InputPlan {
            scale: vec![scale],
            offset: vec![offset],
            ranges: vec![(integer(low), integer(high)); summaries.len()],
            constant,
            inexact: 0,
        });
    }
    let ranges: Vec<_> = (0..summaries.len())
        .map(|f| calibration.range(&mut column(f), error))
        .collect();
    let scale = ranges.iter().map(|&(low, high)| {
        if high > low {
            (high - low) / levels as f64
        } else {
            1.0
        }
    });
    Ok(InputPlan {
        scale: scale.collect(),
        offset: ranges.iter().map(|&(low, _)| low).collect(),
        ranges: vec![(0, levels); summaries.len()],
        constant,
        inexact: 0,
    })
}

/// The range, extended to zero if that is near: convolutions pad with zeros.
fn with_zero((low, high): (f64, f64)) -> (f64, f64) {
    let near = 0.1 * (high - low);
    if low > 0.0 && low < near {
        (0.0, high)
    } else if high < 0.0 && -high < near {
        (low, 0.0)
    } else {
        (low, high)
    }
}

/// The step of sorted values that lie on a grid of at most `levels` steps through zero, such as pixels.
fn grid_step(sorted: &[f64], levels: i64) -> Option<f64> {
    let mut unique = sorted.to_vec();
    unique.dedup();
    if unique.len() > levels as usize + 1 {
        return None;
    }
    let step = unique
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|&d| d > 1e-6)
        .fold(f64::INFINITY, f64::min);
    let on_grid = |x: &f64| (x / step - (x / step).round()).abs() < 1e-3;
    let span = (unique.last()? - unique.first()?) / step;
    (step.is_finite() && span <= levels as f64 + 0.5 && unique.iter().all(on_grid)).then_some(step)
}
