//! Networks read from ONNX agree with onnxruntime; damaged files are errors.

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::{OutputKind, Prediction, predicted_class};
use blindproof_fhe::quantise::{Options, quantise};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize)]
struct Case {
    classes: bool,
    inputs: Vec<Vec<f32>>,
    want: Vec<Vec<f32>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx")
}

/// Files of the folder, those that must be refused or the others.
fn files(refused: bool) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().path());
    let is_refused = |p: &PathBuf| {
        let name = p.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("refused-")
    };
    let mut files: Vec<PathBuf> = files
        .filter(|p| p.extension().is_some_and(|e| e == "onnx") && is_refused(p) == refused)
        .collect();
    files.sort();
    files
}

fn case(file: &Path) -> Case {
    let case = std::fs::read(file.with_extension("json")).unwrap();
    serde_json::from_slice(&case).unwrap()
}

/// The class of logits; the first of the largest.
fn class(kind: OutputKind, logits: &[f32]) -> usize {
    match kind {
        OutputKind::Sign => usize::from(logits[0] > 0.0),
        _ => predicted_class(logits).unwrap(),
    }
}

#[test]
fn agrees_with_onnxruntime() {
    let files = files(false);
    assert!(files.len() >= 37, "{}", files.len());
    for file in files {
        let shown = file.display();
        let model = FloatModel::load(&file).unwrap_or_else(|e| panic!("{shown}: {e}"));
        let case = case(&file);
        let kind = model.output.kind;
        for (input, want) in case.inputs.iter().zip(&case.want) {
            let got = &model.evaluate(input)[model.output.node];
            match (kind, case.classes) {
                (_, true) => assert_eq!(class(kind, got) as f32, want[0], "{shown}"),
                // Left to the client: a final softmax or sigmoid.
                (OutputKind::Argmax, false) => {
                    assert_eq!(class(kind, got), predicted_class(want).unwrap(), "{shown}");
                }
                (OutputKind::Sign, false) => {
                    assert_eq!(class(kind, got), usize::from(want[0] > 0.5), "{shown}");
                }
                (OutputKind::Values, false) => {
                    assert_eq!(got.len(), want.len(), "{shown}");
                    let close = |(g, w): (&f32, &f32)| (g - w).abs() <= 1e-4 * w.abs().max(1.0);
                    assert!(got.iter().zip(want).all(close), "{shown}: {got:?} {want:?}");
                }
            }
        }
    }
}

/// Every network is quantised, with its few samples for calibration, and then answers as the float network does: the
/// same classes, and values within a seventh of their range (six-bit tables, 5 samples).
#[test]
fn every_network_can_be_quantised() {
    for file in files(false) {
        let shown = file.display();
        let model = FloatModel::load(&file).unwrap();
        let inputs = case(&file).inputs;
        let quantised = quantise(&model, &inputs, &Options::default())
            .unwrap_or_else(|e| panic!("{shown}: {e}"))
            .model;
        let (mut span, mut error) = (0.0_f64, 0.0_f64);
        for input in &inputs {
            let float = &model.evaluate(input)[model.output.node];
            let raw: Vec<f64> = input.iter().map(|&x| f64::from(x)).collect();
            let logits = quantised.predict_clear(&quantised.quantise(&raw).unwrap());
            let logits: Vec<f64> = logits.unwrap().iter().map(|&v| v as f64).collect();
            match quantised.prediction(&logits).unwrap() {
                Prediction::Class(got) => {
                    assert_eq!(got, class(model.output.kind, float), "{shown}");
                }
                Prediction::Values(values) => {
                    for (got, want) in values.iter().zip(float) {
                        span = span.max(f64::from(want.abs()));
                        error = error.max((got - f64::from(*want)).abs());
                    }
                }
            }
        }
        assert!(error <= span / 7.0, "{shown}: {error} of {span}");
    }
}

#[test]
fn what_is_refused_is_named_with_a_remedy() {
    for (name, place, problem) in [
        ("attention-dynamo", "Transpose", "moves the batch"),
        ("bayes", "Sub", "does not fit"),
        ("ceil-dynamo", "MaxPool", "ceil_mode"),
        ("dilation-dynamo", "Conv", "dilation"),
        ("dynamic", "input", "height"),
        ("external", "tensor", "another file"),
        ("kernel", "SVMClassifier", "not supported"),
        (
            "layernorm-dynamo",
            "LayerNormalization",
            "BatchNormalization",
        ),
        ("lstm-dynamo", "Transpose", "moves the batch"),
        ("product-dynamo", "Mul", "not functions of the same one"),
    ] {
        let file = folder().join(format!("refused-{name}.onnx"));
        let error = FloatModel::load(&file).unwrap_err().to_string();
        assert!(
            error.contains(place) && error.contains(problem) && error.contains("; "),
            "{name}: {error}"
        );
    }
    assert_eq!(files(true).len(), 10);
}

#[test]
fn files_that_are_no_models_are_refused() {
    for bytes in [&b""[..], b"\x08", b"not a model at all", &[0xff; 64]] {
        assert!(FloatModel::from_onnx(bytes).is_err());
    }
    let missing = FloatModel::load(Path::new("/no/such/file.onnx")).unwrap_err();
    assert!(missing.to_string().contains("/no/such/file.onnx"));
    for file in files(false) {
        let bytes = std::fs::read(&file).unwrap();
        for keep in [1, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            // A cut file is an error, or a model that is complete without its end.
            let _ = FloatModel::from_onnx(&bytes[..keep]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn damaged_files_do_not_panic(file: prop::sample::Index, at: prop::sample::Index, byte: u8, cut: bool) {
        let mut bytes = std::fs::read(file.get(&files(false))).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        // A model that is still accepted evaluates without a panic.
        if let Ok(model) = FloatModel::from_onnx(&bytes)
            && model.nodes.iter().all(|node| node.shape.iter().product::<usize>() < 10_000)
        {
            let input = vec![0.5; model.input.shape.iter().product::<usize>().min(10_000)];
            model.evaluate(&input);
        }
    }
}
