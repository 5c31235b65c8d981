//! Shipped models, embedded in the binary. `training/README.md` says how each was made.

use blindproof_fhe::model::{ModelError, QuantisedModel};

/// Names of the shipped models.
pub const NAMES: [&str; 1] = ["digits-mlp"];

/// The shipped model of a name; `None` when there is none.
pub fn by_name(name: &str) -> Option<Result<QuantisedModel, ModelError>> {
    (name == NAMES[0]).then(|| QuantisedModel::from_json(include_str!("../models/digits-mlp.json")))
}

#[cfg(test)]
mod tests {
    use blindproof_fhe::model::predicted_class;
    use serde::Deserialize;

    use super::*;
    use crate::data::{Digit, Split, digits};

    fn model() -> QuantisedModel {
        by_name("digits-mlp").unwrap().unwrap()
    }

    fn logits(model: &QuantisedModel, digit: &Digit) -> Vec<i64> {
        let raw = digit.pixels.map(f64::from);
        model.predict_clear(&model.quantise(&raw).unwrap()).unwrap()
    }

    #[test]
    fn held_out_accuracy_is_what_training_reported_and_at_least_96_percent() {
        let model = model();
        let held_out = digits(Split::HeldOut);
        let correct = held_out
            .iter()
            .filter(|digit| {
                predicted_class(&logits(&model, digit)) == Some(usize::from(digit.label))
            })
            .count();
        let accuracy = correct as f64 / held_out.len() as f64;
        assert!(accuracy >= 0.96, "{accuracy}");
        let reported = model.provenance["held_out_accuracy"].as_f64().unwrap();
        assert!(
            (accuracy - reported).abs() < 1e-9,
            "{accuracy} here, {reported} by the script"
        );
    }

    /// Logits that `train_digits.py` computed.
    #[derive(Deserialize)]
    struct Answer {
        index: usize,
        logits: Vec<i64>,
    }

    #[test]
    fn logits_equal_those_of_the_training_script() {
        let model = model();
        let answers: Vec<Answer> =
            serde_json::from_str(include_str!("../models/digits-mlp.answers.json")).unwrap();
        assert_eq!(answers.len(), 20);
        for answer in answers {
            let digit = digits(Split::HeldOut)
                .iter()
                .find(|digit| digit.index == answer.index)
                .unwrap();
            assert_eq!(
                logits(&model, digit),
                answer.logits,
                "image {}",
                answer.index
            );
        }
    }

    #[test]
    fn every_bootstrap_fails_with_probability_at_most_two_to_the_minus_128() {
        let budget = model().noise_budget().unwrap();
        assert!(budget[0].log2_p_fail <= -128.0, "{:?}", budget[0]);
    }

    /// The noisy figures of the provenance are for 2^-14 of the torus per bootstrap.
    #[test]
    fn training_assumed_at_least_the_noise_of_the_parameter_set() {
        let budget = model().noise_budget().unwrap();
        let output = budget.last().unwrap();
        let per_bootstrap = output.log2_std - output.norm2.log2();
        assert!(
            (-15.0..=-14.0).contains(&per_bootstrap),
            "2^{per_bootstrap}"
        );
    }

    #[test]
    fn unknown_models_are_not_found() {
        assert!(by_name("mnist").is_none());
    }
}
