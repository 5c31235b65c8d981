//! `blindproof model inspect` and `model accuracy`, through the binary.

mod common;

use common::{MODEL, PIXELS, blindproof, code, stderr, stdout, succeed};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = succeed(arguments);
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn inspect_describes_every_layer_and_predicts_the_cost() {
    let described = json(&["model", "inspect", "digits-mlp", "--json"]);
    let (inspection, prediction) = (&described["inspection"], &described["prediction"]);
    assert_eq!(inspection["name"], "digits-mlp");
    let bootstraps = inspection["bootstraps"].as_u64().unwrap();
    assert!(bootstraps > 0);
    let layers = inspection["layers"].as_array().unwrap();
    let sum: u64 = layers
        .iter()
        .map(|layer| layer["bootstraps"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, bootstraps);
    assert!(number(&inspection["log2_p_fail"]) < 0.0);
    assert_eq!(prediction["bootstraps"].as_u64(), Some(bootstraps));
    assert!(number(&prediction["evaluation_cpu_seconds"]) > 0.0);
    assert!(
        number(&prediction["proof_cpu_seconds"]) > number(&prediction["evaluation_cpu_seconds"])
    );
    assert!(number(&prediction["proof_bytes"]) > 100_000.0);
    assert!((1u64 << 28..=4 << 30).contains(&prediction["peak_bytes"].as_u64().unwrap()));
    let text = stdout(&succeed(&["model", "inspect", "digits-mlp"]));
    for layer in layers {
        assert!(text.contains(layer["name"].as_str().unwrap()), "{text}");
    }
    assert!(
        text.contains("PREDICTED, not measured") && text.contains("bench pbs"),
        "{text}"
    );
}

#[test]
fn inspect_scales_with_images_and_says_what_does_not_fit() {
    let of = |more: &[&str]| {
        let all = [&["model", "inspect", "digits-mlp", "--json"], more].concat();
        json(&all)["prediction"].clone()
    };
    let (one, ten) = (of(&[]), of(&["--images", "10"]));
    let seconds = |prediction: &Value| number(&prediction["evaluation_cpu_seconds"]);
    assert!(seconds(&ten) > 8.0 * seconds(&one));
    let tight = of(&["--memory", "64MiB"]);
    assert!(tight["peak_bytes"].is_null());
    assert!(
        tight["memory_problem"]
            .as_str()
            .unwrap()
            .contains("--memory")
    );
}

#[test]
fn accuracy_of_a_shipped_model_is_the_one_it_was_shipped_with() {
    let arguments = [
        "model",
        "accuracy",
        "digits-mlp",
        "--data",
        "digits:held-out",
        "--noise-repeats",
        "3",
        "--json",
    ];
    let measured = json(&arguments);
    assert_eq!(measured["samples"], 359);
    let classes = &measured["classes"];
    for share in [
        &classes["clear"],
        &classes["simulated"],
        &measured["changed"],
    ] {
        let [share, lower, upper] = ["share", "lower", "upper"].map(|name| number(&share[name]));
        assert!(lower <= share && share <= upper && upper - lower < 0.1);
    }
    assert!(number(&classes["clear"]["share"]) > 0.95);
    assert!(number(&classes["simulated"]["share"]) > 0.94);
    assert_eq!(measured["changed"]["total"], 3 * 359);
    let mut again = json(&arguments);
    again["simulation_seconds"] = measured["simulation_seconds"].clone();
    assert_eq!(again, measured, "the seed decides");
    let text = stdout(&succeed(&arguments[..7]));
    assert!(
        text.contains("with noise") && text.contains("95 % confidence"),
        "{text}"
    );
}

#[test]
fn accuracy_from_files_with_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("model.json"), MODEL).unwrap();
    let rows: Vec<&str> = PIXELS.lines().collect();
    let text = format!("a,b,c,d,class\n{},0\n{},0\n", rows[0], rows[1]);
    std::fs::write(path("data.csv"), text).unwrap();
    let (model, data) = (path("model.json"), path("data.csv"));
    let of = |more: &[&str]| {
        let all = ["model", "accuracy", &model, "--data", &data, "--json"];
        json(&[&all, more].concat())["classes"].clone()
    };
    assert_eq!(of(&[])["clear"]["share"], 0.5);
    assert_eq!(of(&["--samples", "1"])["simulated"]["share"], 1.0);
    let none = blindproof(&[
        "model",
        "accuracy",
        &model,
        "--data",
        &data,
        "--label-column",
        "none",
    ]);
    assert_eq!(code(&none), 2, "five columns are no sample of this model");
    assert!(stderr(&none).contains("sample 0"), "{}", stderr(&none));
}

#[test]
fn refusals_name_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("model.json"), MODEL).unwrap();
    std::fs::write(path("labels.csv"), "a,b,c,d,class\n1,2,3,4,7\n").unwrap();
    std::fs::write(path("cost.json"), "{}").unwrap();
    let (model, labels, cost) = (path("model.json"), path("labels.csv"), path("cost.json"));
    let digits = [
        "model",
        "accuracy",
        "digits-mlp",
        "--data",
        "digits:held-out",
    ];
    let with = |more: &[&'static str]| [&digits[..], more].concat();
    let cases: Vec<(Vec<&str>, [&str; 2])> = vec![
        (
            vec!["model", "inspect", "no-such-model"],
            ["no-such-model", "os error"],
        ),
        (
            vec!["model", "inspect", "net.onnx"],
            ["net.onnx", "blindproof model import"],
        ),
        (
            vec!["model", "inspect", &model, "--cost", &cost],
            [&cost, "bench pbs --json"],
        ),
        (
            vec!["model", "accuracy", &model, "--data", &labels],
            ["label of sample 0 is 7", "--label-column"],
        ),
        (
            vec!["model", "accuracy", &model, "--data", "digits:held-out"],
            ["sample 0", "64 values"],
        ),
        (
            vec!["model", "accuracy", &model, "--data", "missing.npz"],
            ["missing.npz", "path"],
        ),
        (with(&["--samples", "0"]), ["--samples", "359"]),
        (
            with(&["--noise-repeats", "0"]),
            ["--noise-repeats", "from 1"],
        ),
        (with(&["--confidence", "1.5"]), ["--confidence", "0.95"]),
        (with(&["--normalise", "1"]), ["--normalise", "0,255"]),
    ];
    for (arguments, parts) in cases {
        let output = blindproof(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let message = stderr(&output);
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: {message}");
        }
    }
}
