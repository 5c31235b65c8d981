use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::{Prediction, Reading};
use serde_json::Value;

use super::*;
use crate::data::Split;

/// Logits of the clear model for the first held-out samples, and their classes.
fn held_out(shipped: &Shipped, model: &QuantisedModel) -> Vec<(Vec<i64>, usize)> {
    let samples = shipped.dataset.samples(Split::HeldOut).expect("shipped");
    let classes = samples.classes().expect("labels").expect("classes");
    let clear = blindproof_fhe::model::ClearModel::new(model).unwrap();
    samples
        .rows
        .iter()
        .zip(classes)
        .map(|(raw, class)| (clear.predict(&model.quantise(raw).unwrap()).unwrap(), class))
        .collect()
}

fn class(model: &QuantisedModel, logits: &[i64]) -> usize {
    let reals: Vec<f64> = logits.iter().map(|&logit| logit as f64).collect();
    match model.prediction(&reals) {
        Some(Prediction::Class(class)) => class,
        other => panic!("{other:?}"),
    }
}

#[test]
fn held_out_accuracy_is_what_training_reported() {
    for shipped in ALL {
        let model = shipped.load().unwrap();
        assert_eq!(model.name, shipped.name);
        let (right, samples) = shipped.held_out_accuracy().unwrap();
        let accuracy = right as f64 / samples as f64;
        let name = shipped.name;
        assert!(accuracy >= 0.85 && samples >= 100, "{name}: {accuracy}");
        // Imported models know nothing of held-out data.
        if let Some(reported) = model.provenance["held_out_accuracy"].as_f64() {
            assert!(
                (accuracy - reported).abs() < 1e-9,
                "{name}: {accuracy} here, {reported} by the script"
            );
        }
    }
}

/// The forest answers as the float forest in its ONNX file does, on every held-out sample.
#[test]
fn the_imported_forest_equals_its_onnx_file() {
    let shipped = find("breast-cancer-forest").unwrap();
    let model = shipped.load().unwrap();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/models/onnx/breast-cancer-forest.onnx"
    );
    let float = FloatModel::load(std::path::Path::new(path)).unwrap();
    let samples = shipped.dataset.samples(Split::HeldOut).unwrap();
    for (raw, (logits, _)) in samples.rows.iter().zip(held_out(shipped, &model)) {
        let input: Vec<f32> = raw.iter().map(|&x| x as f32).collect();
        let values = &float.evaluate(&input)[float.output.node];
        assert_eq!(class(&model, &logits), usize::from(values[0] > 0.0));
    }
}

#[test]
fn logits_equal_those_of_the_training_script() {
    for shipped in ALL
        .iter()
        .filter(|shipped| shipped.name != "breast-cancer-forest")
    {
        let model = shipped.load().unwrap();
        let path = format!(
            "{}/models/{}.answers.json",
            env!("CARGO_MANIFEST_DIR"),
            shipped.name
        );
        let text = std::fs::read_to_string(&path).unwrap();
        let answers: Vec<Vec<i64>> = serde_json::from_str(&text).unwrap();
        assert_eq!(answers.len(), 20, "{path}");
        for (index, (answer, (logits, _))) in
            answers.iter().zip(held_out(shipped, &model)).enumerate()
        {
            assert_eq!(&logits, answer, "{path}, sample {index}");
        }
    }
}

/// The tables of all shipped networks are read exactly, and rarely wrongly.
#[test]
fn tables_are_read_exactly_with_the_failure_probability_that_training_aimed_at() {
    for shipped in ALL {
        let model = shipped.load().unwrap();
        let limit = match model.input_bits().unwrap() {
            6 => -28.0,
            _ => -128.0,
        };
        for noise in model.noise_budget().unwrap() {
            match noise.reading {
                Reading::Exact => {
                    assert!(noise.log2_p_fail <= limit, "{}: {noise:?}", shipped.name);
                }
                Reading::Decrypted | Reading::Summed => {}
                Reading::Rounded { off_by_one, .. } => {
                    let is_forest = shipped.name == "breast-cancer-forest";
                    assert!(
                        is_forest && off_by_one < 0.05,
                        "{}: {noise:?}",
                        shipped.name
                    );
                }
            }
        }
    }
}

/// The noisy figures of the provenance are for 2^-14 of the torus per bootstrap.
#[test]
fn training_assumed_at_least_the_noise_of_the_parameter_set() {
    for shipped in ALL {
        let model = shipped.load().unwrap();
        if model.provenance.get("settings").is_none_or(Value::is_null) {
            continue;
        }
        let budget = model.noise_budget().unwrap();
        let output = budget.last().unwrap();
        let per_bootstrap = output.log2_std - output.norm2.log2();
        assert!(
            (-15.0..=-14.0).contains(&per_bootstrap),
            "{}: 2^{per_bootstrap}",
            shipped.name
        );
    }
}

#[test]
fn unknown_models_are_not_found() {
    assert!(find("mnist").is_none());
}
