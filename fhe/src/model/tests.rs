use super::*;
use crate::program::OperationKind;

const SAMPLE: &str = r#"{
  "format": 2, "name": "sample", "parameters": "insecure_tiny",
  "input": {"features": 2, "min": 0, "max": 3, "shape": [1, 1, 2], "quantise": {"scale": [5.333333333333333], "offset": [0]}},
  "output": {"kind": "argmax"},
  "layers": [
    {"type": "dense", "name": "hidden", "weights": [[1, -2], [0, 3]], "bias": [1, -5]},
    {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[0, 1, 2, 3]], "output_bits": 8},
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
    // Multiples of 16/3: 16 is 3, 2.7 is 0.506, 2.6 is 0.4875; values out of range are clamped.
    assert_eq!(model.quantise(&[16.0, 2.7]).unwrap(), vec![3, 1]);
    assert_eq!(model.quantise(&[1e30, 2.6]).unwrap(), vec![3, 0]);
    assert!(model.quantise(&[f64::NAN, 0.0]).is_err());
    assert!(model.quantise(&[f64::INFINITY, 0.0]).is_err());
    assert!(model.quantise(&[1.0]).is_err());
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
fn compiles_to_a_valid_program() {
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
fn noise_budget_lists_linear_layers() {
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
    let cases = [
        ("\"format\": 2", "\"format\": 1", "`format`"),
        ("insecure_tiny", "fast", "known sets"),
        ("\"max\": 3", "\"max\": -3", "`input.min`"),
        ("\"max\": 3", "\"max\": 8", "`input.bits`"),
        ("\"max\": 3", "\"max\": 3, \"bits\": 33", "`input.bits`"),
        (
            "\"offset\": [0]",
            "\"offset\": []",
            "`input.quantise.offset`",
        ),
        ("[5.333333333333333]", "[0.0]", "`input.quantise.scale`"),
        ("[1, 1, 2]", "[1, 3]", "`input.shape`"),
        ("\"features\": 2", "\"features\": 0", "`input.features`"),
        ("\"argmax\"", "\"sign\"", "`output.kind`"),
        (
            "\"argmax\"",
            "\"argmax\", \"labels\": [\"a\"]",
            "`output.labels`",
        ),
        (
            "\"argmax\"",
            "\"argmax\", \"scale\": [1.0, 2.0, 3.0]",
            "`output.scale`",
        ),
        (
            "\"argmax\"",
            "\"argmax\", \"offset\": []",
            "`output.offset`",
        ),
        (
            "[[1, -2], [0, 3]]",
            "[[1], [0, 3]]",
            "`layers[0].weights[0]`",
        ),
        ("[[1, -2], [0, 3]]", "[]", "`layers[0].weights`"),
        ("[1, -5]", "[1]", "`layers[0].bias`"),
        ("[1, -5]", "[1, 9000000000]", "`layers[0].bias[1]`"),
        ("[[1, -2]", "[[2147483648, -2]", "below 2^31"),
        ("[[0, 1, 2, 3]]", "[]", "`layers[1].tables`"),
        ("[[0, 1, 2, 3]]", "[[0, 1, 2]]", "`layers[1].tables[0]`"),
        (
            "[[0, 1, 2, 3]]",
            "[[0, 1, 2, 300]]",
            "`layers[1].tables[0]`",
        ),
        (
            "[[0, 1, 2, 3]]",
            "[[0, 1, 2, 3], [0, 1]]",
            "`layers[1].tables[1]`",
        ),
        (
            "[[0, 1, 2, 3]]",
            "[[0, 1, 2, 3, 0, 1, 2, 3]]",
            "at most 2^2",
        ),
        (
            "\"output_bits\": 8",
            "\"output_bits\": 5",
            "`layers[2]`: logit",
        ),
        (
            "\"output_bits\": 8",
            "\"output_bits\": 60",
            "`layers[1].output_bits`",
        ),
        ("\"negacyclic\"", "\"padded\"", "`layers[1].mode`"),
        (
            "\"activation\"",
            "\"activation\", \"inputs\": [0, 1]",
            "`layers[1].inputs`",
        ),
        (
            "\"activation\"",
            "\"activation\", \"inputs\": [2]",
            "must be at most 1",
        ),
        (
            "\"output\", \"weights\"",
            "\"output\", \"inputs\": [1], \"weights\"",
            "layers[1] is read by no layer",
        ),
        ("\"type\": \"lut\"", "\"type\": \"relu\"", "relu"),
        ("\"seed\": 1}", "\"seed\": 1}, \"extra\": 0", "extra"),
    ];
    for (from, to, expected) in cases {
        let error = after(from, to);
        assert!(error.contains(expected), "{to}: {error}");
    }
}

#[test]
fn inputs_may_be_any_earlier_layers_of_other_scales() {
    let text = SAMPLE.replace(
        r#""weights": [[2, 1], [-1, 4]]"#,
        r#""inputs": [2, 0], "weights": [[2, 1, 1, 0], [-1, 4, 0, -1]]"#,
    );
    let model =
        QuantisedModel::from_json(&text.replace("\"output_bits\": 8", "\"output_bits\": 16"))
            .unwrap();
    // Input (3, 2): table (0, 1) at 16 bits, inputs at 3 bits count 2^13 each.
    assert_eq!(
        model.predict_clear(&[3, 2]).unwrap(),
        vec![1 + 3 * 8192, 11 - 2 * 8192]
    );
    let program = model.compile().unwrap();
    let last = program.nodes.last().unwrap();
    assert_eq!(last.inputs.len(), 2);
}

#[test]
fn features_may_have_ranges_of_their_own() {
    let with = |ranges: &str| {
        let text = SAMPLE.replace("\"max\": 3", &format!("\"max\": 3, \"ranges\": {ranges}"));
        QuantisedModel::from_json(&text)
    };
    let model = with("[[0, 3], [1, 2]]").unwrap();
    assert_eq!(model.analyse().unwrap()[0].ranges, [(0, 3), (1, 2)]);
    assert!(model.predict_clear(&[0, 1]).is_ok());
    assert!(model.predict_clear(&[0, 0]).is_err());
    for wrong in ["[[0, 3]]", "[[0, 3], [2, 1]]", "[[0, 4], [0, 3]]"] {
        let error = with(wrong).unwrap_err().to_string();
        assert!(error.contains("`input.ranges`"), "{error}");
    }
}

#[test]
fn rounded_reading_rounds_halves_up() {
    let text = SAMPLE
        .replace("\"max\": 3", "\"max\": 31, \"bits\": 6")
        .replace(
            "[[1, -2], [0, 3]], \"bias\": [1, -5]",
            "[[1, 0], [0, -1]], \"bias\": [0, 0]",
        );
    let model = QuantisedModel::from_json(&text).unwrap();
    let values = ClearModel::new(&model).unwrap().values(&[12, 12]).unwrap();
    // 12/8 + 1/2 = 2; -12/8 + 1/2 = -1, which is 7 modulo 8: minus entry 3.
    assert_eq!(values[2], [2, -3]);
    let values = ClearModel::new(&model).unwrap().values(&[11, 4]).unwrap();
    // 11/8 + 1/2 = 1.875; -4/8 + 1/2 = 0.
    assert_eq!(values[2], [1, 0]);
    let budget = model.noise_budget().unwrap();
    assert!(matches!(budget[0].reading, Reading::Rounded { .. }));
}

#[test]
fn convolutions_equal_a_direct_sum() {
    // 2 channels of 4 x 3, kernel 3 x 2, stride (2, 1), padding 1 above, 1 on the right; 2 groups.
    let layer = ConvLayer {
        name: "conv".to_owned(),
        inputs: None,
        input: [2, 4, 3],
        kernel: (0..4)
            .map(|o: i64| {
                vec![
                    (0..3)
                        .map(|y| (0..2).map(|x| 7 * o + 3 * y - 2 * x - 4).collect())
                        .collect(),
                ]
            })
            .collect(),
        bias: vec![1, 2, 3, 4],
        stride: [2, 1],
        padding: [1, 0, 0, 1],
        groups: 2,
    };
    let input: Vec<i64> = (0..24).map(|v| (v * 7) % 11 - 5).collect();
    let rows = layer.to_rows("layers[0]", 24).unwrap();
    let sums: Vec<i64> = rows
        .entries
        .iter()
        .zip(&rows.bias)
        .map(|(row, bias)| bias + row.iter().map(|&(i, w)| w * input[i]).sum::<i64>())
        .collect();
    let mut expected = Vec::new();
    for o in 0..4usize {
        for y in 0..2i64 {
            for x in 0..3i64 {
                let mut sum = layer.bias[o];
                for dy in 0..3i64 {
                    for dx in 0..2i64 {
                        let (row, column) = (2 * y + dy - 1, x + dx);
                        if (0..4).contains(&row) && column < 3 {
                            let place = (o as i64 / 2 * 4 + row) * 3 + column;
                            sum += layer.kernel[o][0][dy as usize][dx as usize]
                                * input[place as usize];
                        }
                    }
                }
                expected.push(sum);
            }
        }
    }
    assert_eq!(sums, expected);
}

#[test]
fn rejects_convolutions_and_sparse_rows_that_do_not_fit() {
    let layer = ConvLayer {
        name: "conv".to_owned(),
        inputs: None,
        input: [1, 2, 2],
        kernel: vec![vec![vec![vec![1, 2]]]],
        bias: vec![0],
        stride: [1, 1],
        padding: [0; 4],
        groups: 1,
    };
    let error = |change: fn(&mut ConvLayer)| {
        let mut layer = layer.clone();
        change(&mut layer);
        layer.to_rows("layers[0]", 4).unwrap_err().to_string()
    };
    assert!(error(|l| l.groups = 2).contains("`layers[0].groups`"));
    assert!(error(|l| l.stride = [0, 1]).contains("`layers[0].stride`"));
    assert!(error(|l| l.padding = [0, 2, 0, 0]).contains("`layers[0].padding`"));
    assert!(error(|l| l.kernel[0][0][0].clear()).contains("`layers[0].kernel`"));
    assert!(error(|l| l.kernel[0][0][0].push(1)).contains("larger than the padded input"));
    assert!(error(|l| l.input = [1, 2, 3]).contains("`layers[0].input`"));
    assert!(error(|l| l.bias.clear()).contains("`layers[0].bias`"));
    let sparse = SparseLayer {
        name: "sum".to_owned(),
        inputs: None,
        rows: vec![vec![(0, 1), (0, 2)]],
        bias: vec![0],
    };
    assert!(
        sparse
            .to_rows("layers[0]", 4)
            .unwrap_err()
            .to_string()
            .contains("ascend")
    );
    let sparse = SparseLayer {
        rows: vec![vec![(4, 1)]],
        ..sparse
    };
    assert!(
        sparse
            .to_rows("layers[0]", 4)
            .unwrap_err()
            .to_string()
            .contains("below 4")
    );
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
