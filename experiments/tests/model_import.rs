//! `blindproof model import` and `model tradeoffs`, through the binary.

mod common;

use std::path::Path;

use common::{blindproof, code, stderr, stdout, succeed};
use serde_json::Value;
use tempfile::TempDir;

/// A float network for handwritten digits; `training/float_digits.py` makes it.
const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/onnx/digits-mlp.onnx");
/// Networks of scikit-learn, with inputs.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fhe/tests/onnx");

fn json(arguments: &[&str]) -> Value {
    let output = succeed(arguments);
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[test]
fn an_imported_network_is_used_like_a_shipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let (model, images) = (path(&folder, "model.json"), path(&folder, "images.csv"));
    let import = [
        "model",
        "import",
        DIGITS,
        "--calibrate",
        "digits:train",
        "--normalise",
        "0,16",
        "--out",
        &model,
    ];
    let text = stdout(&succeed(&import));
    for part in [
        "PREDICTED",
        "SQNR dB",
        "accuracy: float",
        "bootstraps",
        &model,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = json(&[&import[..], &["--json"]].concat());
    assert!(number(&again["metrics"]["agreement"]) > 0.95);
    assert!(number(&again["inspection"]["bootstraps"]) >= 32.0);
    let described = json(&["model", "inspect", &model, "--json"]);
    assert_eq!(described["inspection"], again["inspection"]);
    let accuracy = json(&[
        "model",
        "accuracy",
        &model,
        "--float",
        DIGITS,
        "--normalise",
        "0,16",
        "--data",
        "digits:held-out",
        "--json",
    ]);
    let share = |name: &str| number(&accuracy["classes"][name]["share"]);
    assert!(share("float") > 0.95, "the training script says 0.964");
    assert!(share("clear") > 0.93 && share("simulated") > 0.92 && share("agreement") > 0.94);
    // The client encrypts raw pixels for it.
    std::fs::write(&images, format!("{}\n", vec!["8"; 64].join(","))).unwrap();
    let key = path(&folder, "client.key");
    let missing = blindproof(&[
        "encrypt",
        "--model",
        &model,
        "--images",
        &images,
        "--client-key",
        &key,
    ]);
    assert!(
        stderr(&missing).contains("client.key"),
        "only the key is missing: {}",
        stderr(&missing)
    );
}

/// Names of the fixtures: those with inputs are networks that can be used, the others are refused.
fn fixtures(refused: bool) -> Vec<String> {
    let files = std::fs::read_dir(FIXTURES).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let networks = names.filter_map(|name| name.strip_suffix(".onnx").map(str::to_owned));
    networks
        .filter(|name| Path::new(&format!("{FIXTURES}/{name}.json")).exists() != refused)
        .collect()
}

/// Inputs of a fixture as CSV.
fn inputs(name: &str, out: &Path) {
    let text = std::fs::read_to_string(format!("{FIXTURES}/{name}.json")).unwrap();
    let case: Value = serde_json::from_str(&text).unwrap();
    let rows = case["inputs"].as_array().unwrap().iter().map(|row| {
        let row = row.as_array().unwrap().iter().map(Value::to_string);
        row.collect::<Vec<_>>().join(",") + "\n"
    });
    std::fs::write(out, rows.collect::<String>()).unwrap();
}

#[test]
fn networks_of_scikit_learn_and_pytorch_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (data, model) = (folder.path().join("data.csv"), path(&folder, "model.json"));
    let names = fixtures(false);
    assert!(names.len() > 10);
    for name in &names {
        inputs(name, &data);
        let (onnx, data) = (
            format!("{FIXTURES}/{name}.onnx"),
            data.display().to_string(),
        );
        let imported = json(&[
            "model",
            "import",
            &onnx,
            "--calibrate",
            &data,
            "--out",
            &model,
            "--json",
        ]);
        assert!(number(&imported["metrics"]["agreement"]) > 0.8, "{name}");
        let measured = json(&[
            "model", "accuracy", &model, "--float", &onnx, "--data", &data, "--json",
        ]);
        if measured["classes"].is_null() {
            assert!(measured["values"]["quantisation"].is_number(), "{name}");
        } else {
            assert!(
                number(&measured["classes"]["agreement"]["share"]) > 0.8,
                "{name}"
            );
        }
    }
}

/// PyTorch's file does not say that its outputs are logits; labels do.
#[test]
fn labels_make_outputs_classes() {
    let folder = tempfile::tempdir().unwrap();
    let (data, model) = (folder.path().join("data.csv"), path(&folder, "model.json"));
    inputs("cnn-dynamo", &data);
    let text = std::fs::read_to_string(&data).unwrap();
    let labelled: Vec<String> = text.lines().map(|line| format!("{line},1\n")).collect();
    std::fs::write(&data, labelled.concat()).unwrap();
    let (onnx, data) = (
        format!("{FIXTURES}/cnn-dynamo.onnx"),
        data.display().to_string(),
    );
    let column = ["--label-column", "last"];
    let import = [
        "model",
        "import",
        &onnx,
        "--calibrate",
        &data,
        "--out",
        &model,
    ];
    succeed(&[&import[..], &column].concat());
    let accuracy = [
        "model", "accuracy", &model, "--float", &onnx, "--data", &data, "--json",
    ];
    let measured = json(&[&accuracy[..], &column].concat());
    assert!(
        number(&measured["classes"]["agreement"]["share"]) > 0.7,
        "{measured}"
    );
    assert!(measured["classes"]["float"]["share"].is_number());
}

#[test]
fn unsupported_networks_are_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(&folder, "model.json");
    let names = fixtures(true);
    assert!(names.len() > 3);
    for name in &names {
        let onnx = format!("{FIXTURES}/{name}.onnx");
        let output = blindproof(&[
            "model",
            "import",
            &onnx,
            "--calibrate",
            "digits:train",
            "--out",
            &out,
        ]);
        assert_eq!(code(&output), 2, "{name}");
        let message = stderr(&output);
        assert!(
            message.contains(&onnx) && message.contains(';'),
            "{message}"
        );
    }
}

#[test]
fn tradeoffs_writes_tables_and_charts() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(&folder, "sweep");
    let text = stdout(&succeed(&[
        "model",
        "tradeoffs",
        DIGITS,
        "--calibrate",
        "digits:train:0..200",
        "--data",
        "digits:held-out:0..50",
        "--normalise",
        "0,16",
        "--parameters",
        "message_4,message_5",
        "--weight-bits",
        "auto,4",
        "--table-bits",
        "auto,4",
        "-o",
        &out,
    ]));
    let csv = std::fs::read_to_string(format!("{out}/tradeoffs.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 8, "{csv}");
    assert!(
        csv.lines()
            .skip(1)
            .any(|line| line.starts_with("message_5,4,4,0.")),
        "{csv}"
    );
    assert!(
        text.contains("| message_4 |") && text.contains("cost.svg"),
        "{text}"
    );
    for name in [
        "accuracy-table-bits",
        "accuracy-weight-bits",
        "off-by-one",
        "p-fail",
        "cost",
    ] {
        let svg = std::fs::read_to_string(format!("{out}/{name}.svg")).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("<circle"), "{name}");
    }
}

#[test]
fn refusals_name_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(&folder, "model.json");
    let (damaged, short) = (path(&folder, "damaged.onnx"), path(&folder, "short.csv"));
    std::fs::write(&damaged, &std::fs::read(DIGITS).unwrap()[..500]).unwrap();
    std::fs::write(&short, "1,2,3\n4,5,6\n").unwrap();
    let with = |more: &[&str]| {
        let all = [
            "model",
            "import",
            DIGITS,
            "--calibrate",
            "digits:train",
            "--out",
            &out,
        ];
        blindproof(&[&all, more].concat())
    };
    let import = |onnx: &str, data: &str| {
        blindproof(&["model", "import", onnx, "--calibrate", data, "--out", &out])
    };
    let data = ["--data", "digits:held-out"];
    let sweep = |more: &[&str]| {
        let all = [
            "model",
            "tradeoffs",
            DIGITS,
            "--calibrate",
            "digits:train",
            "-o",
            &out,
        ];
        blindproof(&[&all[..], &data, more].concat())
    };
    for (output, parts) in [
        (
            import("missing.onnx", "digits:train"),
            ["missing.onnx", "path"],
        ),
        (import(&damaged, "digits:train"), [&damaged[..], ";"]),
        (import(&short, "digits:train"), [&short[..], "ONNX"]),
        (import(DIGITS, &short), ["sample 0 has 3 values", "64"]),
        (import(DIGITS, "mnist:train"), ["mnist:train", "held-out"]),
        (
            with(&["--parameters", "message_9"]),
            ["message_9", "message_4"],
        ),
        (
            with(&["--calibration", "percentile:20"]),
            ["percentile:20", "above 50"],
        ),
        (
            with(&["--table-bits", "13"]),
            ["table_bits", "from 1 to 12"],
        ),
        (
            with(&["--weight-bits", "99"]),
            ["--weight-bits", "auto or 1 to 16"],
        ),
        (
            blindproof(&[
                "model",
                "import",
                DIGITS,
                "--calibrate",
                "digits:train",
                "--out",
                "/nonexistent/m.json",
            ]),
            ["/nonexistent/m.json", "cannot"],
        ),
        (
            sweep(&["--parameters", "message_9"]),
            ["message_9", "message_4"],
        ),
        (sweep(&["--samples", "1000000"]), ["--samples", "359"]),
    ] {
        let message = stderr(&output);
        assert_eq!(code(&output), 2, "{parts:?}: {message}");
        for part in parts {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    assert!(!Path::new(&out).exists(), "nothing was written");
}
