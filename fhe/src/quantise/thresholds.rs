//! Integers for inputs that are only compared: for each feature, about the fewest levels that decide every comparison
//! of every sample as the float model does. Few levels lie far apart on the torus, where noise does not reach.

use super::graph::{Graph, Reading, Row};
use super::input::InputPlan;
use std::collections::BTreeMap;

/// A comparison may be decided at any `b` with `below < b <= above`: no sample lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gap {
    below: f64,
    threshold: f64,
    above: f64,
}

/// Levels for one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Levels {
    /// Steps from the first boundary to the last.
    steps: i64,
    first: f64,
    last: f64,
    /// Largest distance of a boundary from its threshold, relative to the distance of the thresholds.
    error: f64,
    /// Thresholds that no boundary decides as they do.
    missed: usize,
}

/// Plans the input, and moves every threshold to the boundary between two integers.
pub(super) fn plan(graph: &mut Graph, samples: &[Vec<f32>], max_bits: u32) -> InputPlan {
    let gaps = gaps(graph, samples);
    let limit = (1i64 << max_bits) - 2;
    let features = graph.features();
    let mut plan = InputPlan {
        scale: vec![1.0; features],
        offset: vec![0.0; features],
        ranges: vec![(0, 0); features],
        constant: vec![true; features],
        inexact: 0,
    };
    for (&feature, gaps) in &gaps {
        let fewest = search(gaps, limit, true).steps;
        // A few more bring boundaries nearer to their thresholds.
        let levels = search(gaps, (fewest + fewest / 2).min(limit), false);
        let scale = if levels.steps > 0 {
            (levels.last - levels.first) / levels.steps as f64
        } else {
            // One boundary: the scale does not matter.
            let spread = gaps.iter().map(|g| g.above - g.below).fold(0.0, f64::max);
            if spread.is_finite() && spread > 0.0 {
                spread
            } else {
                1.0
            }
        };
        plan.scale[feature] = scale;
        // Boundary 0 is between integers 0 and 1.
        plan.offset[feature] = levels.first - 0.5 * scale;
        plan.ranges[feature] = (0, levels.steps + 1);
        plan.constant[feature] = false;
        plan.inexact += levels.missed;
    }
    for_each_comparison(graph, |row, feature, threshold| {
        let (scale, offset) = (plan.scale[feature], plan.offset[feature]);
        let steps = plan.ranges[feature].1 - 1;
        let index = ((threshold - offset) / scale - 0.5).round();
        let index = gaps[&feature]
            .iter()
            .find(|gap| gap.threshold == threshold)
            .and_then(|gap| inside(gap, offset + 0.5 * scale, scale, steps))
            .unwrap_or(index.clamp(0.0, steps as f64));
        row.constant = -row.terms[0].coefficient * (offset + (index + 0.5) * scale);
    });
    plan
}

/// Calls `visit` with each comparison of an input, its feature and its threshold.
fn for_each_comparison(graph: &mut Graph, mut visit: impl FnMut(&mut Row, usize, f64)) {
    for stage in &mut graph.stages {
        if stage.reading != Reading::Threshold {
            continue;
        }
        for row in &mut stage.rows {
            if let [term] = row.terms[..]
                && term.wire == 0
            {
                let threshold = -row.constant / term.coefficient;
                visit(row, term.feature, threshold);
            }
        }
    }
}

/// For each compared feature, its gaps, by threshold.
fn gaps(graph: &mut Graph, samples: &[Vec<f32>]) -> BTreeMap<usize, Vec<Gap>> {
    let mut gaps: BTreeMap<usize, Vec<Gap>> = BTreeMap::new();
    for_each_comparison(graph, |row, feature, threshold| {
        let (coefficient, constant) = (row.terms[0].coefficient, row.constant);
        let mut gap = Gap {
            below: f64::NEG_INFINITY,
            threshold,
            above: f64::INFINITY,
        };
        for sample in samples {
            let x = f64::from(sample[feature]);
            let is_true = coefficient * x + constant >= 0.0;
            if is_true == (coefficient > 0.0) {
                gap.above = gap.above.min(x);
            } else {
                gap.below = gap.below.max(x);
            }
        }
        gaps.entry(feature).or_default().push(gap);
    });
    for list in gaps.values_mut() {
        list.sort_by(|a, b| a.threshold.total_cmp(&b.threshold));
        list.dedup_by(|a, b| {
            a.threshold == b.threshold && a.below == b.below && a.above == b.above
        });
    }
    gaps
}

/// Index of the boundary nearest to the threshold that lies in the gap; boundaries are `first + index * scale`.
fn inside(gap: &Gap, first: f64, scale: f64, steps: i64) -> Option<f64> {
    let nearest = ((gap.threshold - first) / scale).round();
    let mut found = None;
    for index in [nearest, nearest - 1.0, nearest + 1.0] {
        let boundary = first + index * scale;
        let fits = gap.below < boundary && boundary <= gap.above;
        if found.is_none() && fits && index >= 0.0 && index <= steps as f64 {
            found = Some(index);
        }
    }
    found
}

/// The fewest steps up to `limit` that decide all comparisons (`fewest`), or the steps up to `limit` with the
/// smallest error. Without a solution: the one that misses the fewest.
fn search(gaps: &[Gap], limit: i64, fewest: bool) -> Levels {
    let (Some(head), Some(tail)) = (gaps.first(), gaps.last()) else {
        return Levels {
            steps: 0,
            first: 0.0,
            last: 0.0,
            error: 0.0,
            missed: 0,
        };
    };
    let span = tail.threshold - head.threshold;
    if span <= 0.0 {
        return Levels {
            steps: 0,
            first: head.threshold,
            last: head.threshold,
            error: 0.0,
            missed: 0,
        };
    }
    // Positions for the first and the last boundary, inside their gaps.
    let positions = |gap: &Gap| {
        let low = gap.below.max(gap.threshold - 0.25 * span);
        let high = gap.above.min(gap.threshold + 0.25 * span);
        [0.0, -0.5, 0.5, -0.9, 0.9].map(|u: f64| {
            gap.threshold + u.abs() * (if u < 0.0 { low } else { high } - gap.threshold)
        })
    };
    let mut best: Option<Levels> = None;
    for steps in 1..=limit.max(1) {
        for first in positions(head) {
            for last in positions(tail) {
                if last <= first {
                    continue;
                }
                let levels = rate(gaps, first, last, steps, span);
                let better =
                    best.is_none_or(|b| (levels.missed, levels.error) < (b.missed, b.error));
                if better {
                    best = Some(levels);
                }
            }
        }
        if fewest && best.is_some_and(|b| b.missed == 0) {
            break;
        }
    }
    best.unwrap_or(Levels {
        steps: 1,
        first: head.threshold,
        last: tail.threshold,
        error: 0.0,
        missed: gaps.len().saturating_sub(2),
    })
}

fn rate(gaps: &[Gap], first: f64, last: f64, steps: i64, span: f64) -> Levels {
    let scale = (last - first) / steps as f64;
    let (mut error, mut missed) = (0.0f64, 0);
    for gap in gaps {
        match inside(gap, first, scale, steps) {
            Some(index) => error = error.max((first + index * scale - gap.threshold).abs() / span),
            None => missed += 1,
        }
    }
    Levels {
        steps,
        first,
        last,
        error,
        missed,
    }
}
