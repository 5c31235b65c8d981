use super::*;
use crate::program::OperationKind;

const SAMPLE: &str = r#"{
  "format": 1, "name": "sample", "parameters": "insecure_tiny",
  "input": {"features": 2, "min": 0, "max": 3, "image": {"width": 2, "height": 1}, "raw_max": 16},
  "classes": 2,
  "layers": [
    {"type": "dense", "name": "hidden", "weights": [[1, -2], [0, 3]], "bias": [1, -5]},
    {"type": "lut", "name": "activation", "mode": "negacyclic", "table": [0, 1, 2, 3], "output_bits": 8},
    {"type": "dense", "name": "output", "weights": [[2, 1], [-1, 4]], "bias": [0, 7]}
  ],
  "provenance": {"seed": 1}
}"#;

fn sample() -> QuantisedModel {
    QuantisedModel::from_json(SAMPLE).unwrap()
}

/// The error after replacing a piece of the sample file.
fn after(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from));
    QuantisedModel::from_json(&SAMPLE.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn predicts_by_hand_computed_values() {
    // Input (3, 2): accumulators (0, 1), table (0, 1), logits (1, 11).
    assert_eq!(sample().predict_clear(&[3, 2]).unwrap(), vec![1, 11]);
    // Input (0, 0): accumulators (1, -5); -5 mod 8 = 3; table (1, 3); logits (5, 18).
    assert_eq!(sample().predict_clear(&[0, 0]).unwrap(), vec![5, 18]);
    // Input (0, 3): accumulators (-5, 4); 4 is in the negated half: (3, -0); logits (6, 4).
    assert_eq!(sample().predict_clear(&[0, 3]).unwrap(), vec![6, 4]);
}

#[test]
fn quantises_and_encodes() {
    let model = sample();
    assert_eq!(model.quantise(&[16, 3]).unwrap(), vec![3, 1]);
    assert!(model.quantise(&[17, 0]).is_err());
    let delta = (crate::modulus::P - 1) / 8;
    assert_eq!(model.encode_input(&[3, 1]).unwrap(), vec![3 * delta, delta]);
    let phase = crate::modulus::neg(5 * ((crate::modulus::P - 1) / 256));
    assert_eq!(model.decode_output(&[phase]).unwrap(), vec![-5.0]);
}

#[test]
fn first_of_equal_logits_wins() {
    assert_eq!(predicted_class(&[1, 7, 7]), Some(1));
    assert_eq!(predicted_class::<f64>(&[]), None);
}

#[test]
fn compiles_to_a_valid_chain() {
    use OperationKind::*;
    let program = sample().compile().unwrap();
    let kinds: Vec<_> = program
        .nodes
        .iter()
        .map(crate::program::Node::kind)
        .collect();
    assert_eq!(
        kinds,
        [Linear, KeySwitch, ModulusSwitch, BlindRotation, Linear]
    );
    let layers: Vec<_> = program.nodes.iter().map(|node| node.layer).collect();
    assert_eq!(layers, [0, 1, 1, 1, 2]);
}

#[test]
fn noise_budget_lists_dense_layers() {
    let budget = sample().noise_budget().unwrap();
    assert_eq!(budget.len(), 2);
    assert!(
        budget.iter().all(|layer| layer.log2_p_fail < -60.0),
        "{budget:?}"
    );
    assert!((budget[1].norm2 - 17f64.sqrt()).abs() < 1e-12);
}

#[test]
fn survives_serialisation() {
    let text = serde_json::to_string(&sample()).unwrap();
    assert_eq!(QuantisedModel::from_json(&text).unwrap(), sample());
}

#[test]
fn rejects_bad_files_by_field() {
    assert!(after("\"format\": 1", "\"format\": 2").contains("`format`"));
    assert!(after("insecure_tiny", "fast").contains("known sets"));
    assert!(after("\"max\": 3", "\"max\": -3").contains("`input.min`"));
    assert!(after("\"raw_max\": 16", "\"raw_max\": 0").contains("`input.raw_max`"));
    assert!(after("\"width\": 2", "\"width\": 3").contains("`input.image`"));
    assert!(after("\"classes\": 2", "\"classes\": 3").contains("`classes`"));
    assert!(after("\"features\": 2", "\"features\": 0").contains("`input.features`"));
    assert!(after("[[1, -2], [0, 3]]", "[[1], [0, 3]]").contains("`layers[0].weights[0]`"));
    assert!(after("[1, -5]", "[1]").contains("`layers[0].bias`"));
    assert!(after("[[1, -2]", "[[2147483648, -2]").contains("below 2^31"));
    assert!(after("[0, 1, 2, 3]", "[0, 1]").contains("`layers[1].table`"));
    assert!(after("[0, 1, 2, 3]", "[0, 1, 2, 300]").contains("`layers[1].table[3]`"));
    assert!(after("\"output_bits\": 8", "\"output_bits\": 5").contains("`layers[2]`: logit"));
    assert!(after("\"output_bits\": 8", "\"output_bits\": 60").contains("`layers[1].output_bits`"));
    assert!(after("\"negacyclic\"", "\"padded\"").contains("`layers[1].mode`"));
    assert!(after("\"type\": \"lut\"", "\"type\": \"relu\"").contains("relu"));
    assert!(after("\"seed\": 1}", "\"seed\": 1}, \"extra\": 0").contains("extra"));
}

#[test]
fn rejects_inputs_that_do_not_fit() {
    let model = sample();
    assert!(model.predict_clear(&[1]).is_err());
    assert!(model.predict_clear(&[1, 4]).is_err());
    assert!(model.encode_input(&[-1, 0]).is_err());
}

#[test]
fn padded_tables_accept_proven_ranges() {
    let text = SAMPLE
        .replace(
            "[[1, -2], [0, 3]], \"bias\": [1, -5]",
            "[[1, 0], [0, 1]], \"bias\": [0, 0]",
        )
        .replace("negacyclic", "padded");
    let model = QuantisedModel::from_json(&text).unwrap();
    assert_eq!(model.predict_clear(&[3, 1]).unwrap(), vec![7, 8]);
}
