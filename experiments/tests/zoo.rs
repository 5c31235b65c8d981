//! Every shipped model, encrypted, as a user would run it: predictions equal those of the clear model.

mod common;

use common::{stdout, succeed};
use serde_json::Value;

/// Inputs of each model.
const INPUTS: &str = "5";

fn encrypted_equals_clear(name: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("run").display().to_string();
    let arguments = [
        "run", name, "--images", INPUTS, "--select", "none", "--out", &out, "--json",
    ];
    let result: Value = serde_json::from_str(&stdout(&succeed(&arguments))).expect("JSON");
    assert_eq!(result["model"], name);
    assert_eq!(result["parameters"]["insecure"], false);
    let predictions = result["predictions"].as_array().expect("a list");
    assert_eq!(predictions.len().to_string(), INPUTS);
    for prediction in predictions {
        assert_eq!(
            prediction["encrypted"], prediction["clear"],
            "{name}: {prediction}"
        );
        assert_eq!(prediction["agrees"], true);
    }
    assert_eq!(result["accuracy_vs_clear"], 1.0);
}

macro_rules! zoo {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            encrypted_equals_clear($name);
        })*

        #[test]
        fn every_shipped_model_has_a_test() {
            let tested = [$($name),*];
            let shipped: Vec<_> = blindproof_experiments::models::ALL
                .iter()
                .map(|shipped| shipped.name)
                .collect();
            assert_eq!(shipped, tested);
        }
    };
}

zoo! {
    digits_logistic: "digits-logistic",
    digits_mlp: "digits-mlp",
    digits_cnn: "digits-cnn",
    breast_cancer_logistic: "breast-cancer-logistic",
    breast_cancer_forest: "breast-cancer-forest",
    mnist_mlp: "mnist-mlp",
    mnist_cnn: "mnist-cnn",
    fashion_mlp: "fashion-mlp",
}

#[test]
fn the_list_names_every_model() {
    let list = stdout(&succeed(&["list"]));
    for shipped in blindproof_experiments::models::ALL {
        assert!(list.contains(shipped.name), "{list}");
    }
    assert!(list.contains("mnist:held-out"));
}
