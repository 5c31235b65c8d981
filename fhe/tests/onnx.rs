//! Networks read from ONNX agree with onnxruntime; damaged files are errors.

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::OutputKind;
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

fn files() -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().path());
    files
        .filter(|p| p.extension().is_some_and(|e| e == "onnx"))
        .collect()
}

#[test]
fn agrees_with_onnxruntime() {
    let files = files();
    assert!(files.len() >= 13);
    for file in files {
        let model = FloatModel::load(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let case = std::fs::read(file.with_extension("json")).unwrap();
        let case: Case = serde_json::from_slice(&case).unwrap();
        for (input, want) in case.inputs.iter().zip(&case.want) {
            let got = &model.evaluate(input)[model.output.node];
            if case.classes {
                let class = match model.output.kind {
                    OutputKind::Sign => usize::from(got[0] > 0.0),
                    OutputKind::Argmax => (0..got.len())
                        .rev()
                        .max_by(|&a, &b| got[a].total_cmp(&got[b]))
                        .unwrap(),
                    OutputKind::Values => panic!("{}: not a classifier", file.display()),
                };
                assert_eq!(class as f32, want[0], "{}", file.display());
            } else {
                assert_eq!(got.len(), want.len(), "{}", file.display());
                let close = |(g, w): (&f32, &f32)| (g - w).abs() <= 1e-4 * w.abs().max(1.0);
                assert!(
                    got.iter().zip(want).all(close),
                    "{}: {got:?} {want:?}",
                    file.display()
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_files_do_not_panic(file: prop::sample::Index, at: prop::sample::Index, byte: u8, cut: bool) {
        let mut bytes = std::fs::read(file.get(&files())).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let _ = FloatModel::from_onnx(&bytes);
    }
}
