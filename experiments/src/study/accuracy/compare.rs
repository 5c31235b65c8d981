//! Predictions and reads of one model, counted.

use blindproof_fhe::model::{Layer, LayerNoise, ModelError, Prediction, Reading};
use blindproof_fhe::simulate::{Reads, Simulation};

use super::{Answers, Classes, LayerReads, Share, Values};
use crate::roles::model::LoadedModel;

/// Everything that was evaluated.
pub(super) struct Study<'a> {
    pub(super) model: &'a LoadedModel,
    pub(super) float: Option<&'a Answers>,
    pub(super) clear: &'a Answers,
    pub(super) simulation: &'a Simulation,
    pub(super) confidence: f64,
}

impl Study<'_> {
    fn class(&self, logits: &[f64]) -> Option<usize> {
        match self.model.model.prediction(logits) {
            Some(Prediction::Class(class)) => Some(class),
            _ => None,
        }
    }

    /// Shares of right predictions; `labels` as classes.
    pub(super) fn classes(&self, labels: Option<&[usize]>) -> Classes {
        let of = |answers: &Answers| -> Vec<_> {
            answers.iter().map(|logits| self.class(logits)).collect()
        };
        let (float, clear) = (self.float.map(of), of(self.clear));
        let total = clear.len() as u64;
        let share = |count: f64| Share::new(count, total, self.confidence);
        let right = |classes: &[Option<usize>]| {
            let labels = labels?.iter().map(|&label| Some(label));
            let right = classes.iter().zip(labels).filter(|(a, b)| *a == b);
            Some(share(right.count() as f64))
        };
        let simulated = labels.map(|labels| {
            let images = labels.iter().cycle();
            let right = self.simulation.outcomes.iter().zip(images);
            let right =
                right.filter(|(outcome, label)| self.class(&outcome.logits) == Some(**label));
            let repeats = self.simulation.outcomes.len() as f64 / total as f64;
            share(right.count() as f64 / repeats)
        });
        Classes {
            float: float.as_deref().and_then(right),
            clear: right(&clear),
            simulated,
            agreement: float.map(|float| {
                let same = float.iter().zip(&clear).filter(|(a, b)| a == b);
                share(same.count() as f64)
            }),
        }
    }

    /// Errors of values.
    pub(super) fn values(&self, labels: Option<&[f64]>) -> Values {
        let of = |logits: &[f64]| match self.model.model.prediction(logits) {
            Some(Prediction::Values(values)) => values,
            _ => Vec::new(),
        };
        let clear: Answers = self.clear.iter().map(|logits| of(logits)).collect();
        let noisy: Answers = (self.simulation.outcomes.iter())
            .map(|outcome| of(&outcome.logits))
            .collect();
        // A label says what the only output should be.
        let labels: Option<Answers> = labels
            .filter(|_| clear.iter().all(|values| values.len() == 1))
            .map(|labels| labels.iter().map(|&label| vec![label]).collect());
        let against = |answers: &Answers| Some(difference(answers, labels.as_ref()?));
        Values {
            float_error: self.float.and_then(against),
            clear_error: against(&clear),
            simulated_error: against(&noisy),
            quantisation: self.float.map(|float| difference(&clear, float)),
            noise: difference(&noisy, &clear),
        }
    }
}

/// Root of the mean square difference; the second list is repeated as often as needed.
fn difference(answers: &Answers, others: &Answers) -> f64 {
    let pairs = answers.iter().zip(others.iter().cycle());
    let squares = pairs.flat_map(|(a, b)| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)));
    let (count, sum) = squares.fold((0.0, 0.0), |(n, sum), square| (n + 1.0, sum + square));
    (sum / f64::max(count, 1.0)).sqrt()
}

/// Reads of every layer with tables, beside what was predicted.
pub(super) fn layers(
    model: &LoadedModel,
    simulation: &Simulation,
) -> Result<Vec<LayerReads>, ModelError> {
    let budget = model.model.noise_budget()?;
    let layers = model.model.layers.iter().enumerate();
    let read = |((index, layer), reads): ((usize, &Layer), Reads)| {
        let source = layer.inputs(index).first()?.checked_sub(1);
        let noise: Option<&LayerNoise> =
            source.and_then(|source| budget.iter().find(|noise| noise.layer == source));
        (reads.total > 0).then(|| LayerReads {
            name: layer.name().to_owned(),
            reads: reads.total,
            by_one: reads.noise_by_one as f64 / reads.total as f64,
            predicted_by_one: noise.and_then(|noise| match noise.reading {
                Reading::Rounded { off_by_one, .. } => Some(off_by_one),
                _ => None,
            }),
            by_more: reads.noise_by_more,
            log2_p_fail: noise.map_or(f64::NEG_INFINITY, |noise| noise.log2_p_fail),
        })
    };
    Ok(layers.zip(simulation.reads()).filter_map(read).collect())
}
