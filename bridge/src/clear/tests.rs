//! Honest proofs verify; nothing else does.

use blindproof_fhe::model::{ClearModel, Layer, QuantisedModel};
use blindproof_zk::field::{F, K, k};
use blindproof_zk::stack::ColumnId;

use super::prover::{Values, prove_with};
use super::relation::{Circuit, TablePlan, residue};
use super::*;
use crate::VerifyError;
use crate::proof::Tamper;

/// Two dense layers with a rounded, negacyclic table of each half of the neurons, a skip connection, and a padded table.
const SKIP: &str = r#"{"format": 2, "name": "skip", "parameters": "insecure_message_4", "output": {"kind": "argmax"},
  "input": {"features": 3, "min": -1, "max": 3, "ranges": [[-1, 3], [0, 3], [0, 2]], "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "a", "weights": [[1, -2, 1], [2, 1, 0], [0, 1, 1], [3, 0, -1]], "bias": [1, -3, 0, 2]},
    {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[0, 1, 2, 3], [1, -1, 2, 0]], "output_bits": 7},
    {"type": "sparse", "name": "b", "inputs": [0, 2], "rows": [[[0, 1], [3, 1]], [[4, 2], [6, -1]], [[2, 1], [5, 1]]], "bias": [9, 0, 1]},
    {"type": "dense", "name": "c", "weights": [[1, 1, 1], [0, 2, -1]], "bias": [0, 5]}]}"#;

/// No tables: nothing is committed when inputs are public.
const LINEAR: &str = r#"{"format": 2, "name": "linear", "parameters": "insecure_message_4", "output": {"kind": "argmax"},
  "input": {"features": 2, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "a", "weights": [[1, -2], [2, 1]], "bias": [1, -3]}]}"#;

/// A convolution of two channels and a table for each.
const CONV: &str = r#"{"format": 2, "name": "conv", "parameters": "insecure_message_4", "output": {"kind": "argmax"},
  "input": {"features": 9, "shape": [1, 3, 3], "min": 0, "max": 2, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "conv", "name": "k", "input": [1, 3, 3], "kernel": [[[[1, -1], [0, 1]]], [[[0, 1], [1, 0]]]], "bias": [0, 1],
      "stride": [1, 1], "padding": [0, 0, 0, 0], "groups": 1},
    {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[0, 1, 1, 0, 2, 1, 0, 1], [2, 1, 0, 0, 1, 1, 1, 0]], "output_bits": 7},
    {"type": "dense", "name": "o", "weights": [[1, 0, 1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1, 0, -1]], "bias": [0, 0]}]}"#;

fn model(text: &str) -> QuantisedModel {
    QuantisedModel::from_json(text).unwrap()
}

/// Inputs within the ranges.
fn inputs(model: &QuantisedModel, images: usize) -> Vec<Vec<i64>> {
    let value = |image: usize, feature: usize| {
        let (low, high) = model.input.range(feature);
        low + (7 * image + 3 * feature + image * feature) as i64 % (high - low + 1)
    };
    (0..images)
        .map(|image| (0..model.input.features).map(|f| value(image, f)).collect())
        .collect()
}

fn public<'a>(mode: InputMode, inputs: &'a [Vec<i64>], outputs: &'a [Vec<i64>]) -> Public<'a> {
    Public {
        inputs: (mode == InputMode::Public).then_some(inputs),
        outputs,
        level: 100,
    }
}

const MODES: [InputMode; 2] = [InputMode::Public, InputMode::Committed];

#[test]
fn honest_proofs_verify_for_one_and_many_images() {
    for text in [SKIP, LINEAR, CONV] {
        let model = model(text);
        for mode in MODES {
            for images in [1, 2, 5] {
                let inputs = inputs(&model, images);
                let proven = prove(&model, &inputs, mode, 100, &()).unwrap();
                for (input, output) in inputs.iter().zip(&proven.outputs) {
                    assert_eq!(output, &model.predict_clear(input).unwrap());
                }
                let public = public(mode, &inputs, &proven.outputs);
                let verified = verify(&model, &public, &proven.proof).unwrap();
                assert!(verified.soundness.total_bits() >= 100.0);
            }
        }
    }
}

/// What a verifier holds is bound: another input, output, weight, bias, table entry, range, level or mode.
#[test]
fn everything_public_is_bound() {
    let honest = model(SKIP);
    for mode in MODES {
        let inputs = inputs(&honest, 2);
        let proven = prove(&honest, &inputs, mode, 100, &()).unwrap();
        let (outputs, proof) = (&proven.outputs, &proven.proof);
        let rejected = |model: &QuantisedModel, public: &Public<'_>| {
            let result = verify(model, public, proof);
            assert!(matches!(result, Err(ClearError::Verify(_))), "{result:?}");
        };
        for (image, place) in [(0, 0), (1, 1)] {
            let mut wrong = outputs.clone();
            wrong[image][place] += 1;
            rejected(&honest, &public(mode, &inputs, &wrong));
        }
        // The same residue modulo p, another integer.
        let mut alias = outputs.clone();
        alias[0][0] = i64::MIN + 1;
        rejected(&honest, &public(mode, &inputs, &alias));
        let mut swapped = outputs.clone();
        swapped.swap(0, 1);
        rejected(&honest, &public(mode, &inputs, &swapped));
        if mode == InputMode::Public {
            let mut wrong = inputs.clone();
            wrong[1][2] = 2 - wrong[1][2];
            if wrong != inputs {
                rejected(&honest, &public(mode, &wrong, outputs));
            }
        }
        let changes: [fn(&mut QuantisedModel); 6] = [
            |m| change_dense(m, 0, |weights, _| weights[2][1] = 0),
            |m| change_dense(m, 0, |_, bias| bias[3] += 1),
            |m| change_dense(m, 3, |weights, _| weights[1][1] -= 1),
            |m| {
                if let Layer::Lut(lut) = &mut m.layers[1] {
                    lut.tables[1][2] = 1;
                }
            },
            |m| m.input.ranges = None,
            |m| {
                if let Layer::Sparse(sparse) = &mut m.layers[2] {
                    sparse.rows[1][0].1 = 1;
                }
            },
        ];
        for change in changes {
            let mut other = honest.clone();
            change(&mut other);
            rejected(&other, &public(mode, &inputs, outputs));
        }
        let other_mode = match mode {
            InputMode::Public => InputMode::Committed,
            InputMode::Committed => InputMode::Public,
        };
        rejected(&honest, &public(other_mode, &inputs, outputs));
        let level = Public {
            level: 101,
            ..public(mode, &inputs, outputs)
        };
        rejected(&honest, &level);
    }
}

fn change_dense(
    model: &mut QuantisedModel,
    layer: usize,
    change: fn(&mut Vec<Vec<i64>>, &mut Vec<i64>),
) {
    match &mut model.layers[layer] {
        Layer::Dense(dense) => change(&mut dense.weights, &mut dense.bias),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_changed_byte_is_accepted_and_none_panics() {
    let model = model(SKIP);
    let inputs = inputs(&model, 1);
    let proven = prove(&model, &inputs, InputMode::Committed, 100, &()).unwrap();
    let public = public(InputMode::Committed, &inputs, &proven.outputs);
    let rejected = |proof: &[u8]| verify(&model, &public, proof).is_err();
    let step = (proven.proof.len() / 400).max(1);
    for place in (0..proven.proof.len()).step_by(step).chain(0..64) {
        let mut wrong = proven.proof.clone();
        wrong[place] ^= 1 << (place % 8);
        assert!(rejected(&wrong), "byte {place}");
    }
    for end in [0, 1, 31, proven.proof.len() / 2, proven.proof.len() - 1] {
        assert!(rejected(&proven.proof[..end]));
    }
    assert!(rejected(&[proven.proof.as_slice(), &[0]].concat()));
}

/// Adds one to a message, and claims the changed value for the opening, or not.
struct Change {
    label: &'static str,
    /// Which message of this label.
    turn: usize,
    follow: bool,
    seen: usize,
}

impl Tamper for Change {
    fn message(&mut self, label: &'static str, values: &mut Vec<K>) {
        if label == self.label {
            if self.seen == self.turn {
                values[0] += K::from(1_u64);
            }
            self.seen += 1;
        }
    }

    fn claims_follow(&self) -> bool {
        self.follow
    }
}

#[test]
fn every_changed_message_is_rejected() {
    let model = model(SKIP);
    let inputs = inputs(&model, 2);
    let values = Values::of(&model, &inputs);
    for (label, turns) in [
        ("clear value", 4),
        ("clear parts", 1),
        ("clear table", 1),
        ("clear inputs", 2),
    ] {
        for turn in 0..turns {
            for follow in [false, true] {
                let mut change = Change {
                    label,
                    turn,
                    follow,
                    seen: 0,
                };
                let clear = ClearModel::new(&model).unwrap();
                let settings = (InputMode::Committed, 100);
                let forged = prove_with(clear, &inputs, &values, settings, &(), &mut change);
                assert!(change.seen > turn, "{label} is sent {} times", change.seen);
                // A prover that follows a wrong claim may be unable to go on.
                let Ok(forged) = forged else { continue };
                let public = public(InputMode::Committed, &inputs, &forged.outputs);
                assert!(
                    verify(&model, &public, &forged.proof).is_err(),
                    "{label} {turn}"
                );
            }
        }
    }
}

/// Values that are not those of the model, from one wire on: a prover that follows the protocol cannot finish.
#[test]
fn wrong_values_are_not_proven() {
    let model = model(SKIP);
    let inputs = inputs(&model, 2);
    let honest = Values::of(&model, &inputs);
    for wire in 0..honest.0.len() {
        for mode in MODES {
            let mut wrong = honest.clone();
            wrong.0[wire][1] += 1;
            let clear = ClearModel::new(&model).unwrap();
            let forged = prove_with(clear, &inputs, &wrong, (mode, 100), &(), &mut ());
            let Ok(forged) = forged else { continue };
            let public = public(mode, &inputs, &forged.outputs);
            assert!(
                verify(&model, &public, &forged.proof).is_err(),
                "wire {wire}"
            );
        }
    }
}

/// A check, and what makes it fail.
type Forged = (&'static str, fn(&mut QuantisedModel));

/// Goes on whatever is claimed.
struct Stubborn;

impl Tamper for Stubborn {
    fn ignores_claims(&self) -> bool {
        true
    }
}

/// A true inference of another model, by a prover that goes on where the claim is none of its own.
#[test]
fn another_layer_fails_its_own_check() {
    let honest = model(SKIP);
    let inputs = inputs(&honest, 2);
    let changes: [Forged; 3] = [
        ("clear table", |m| {
            if let Layer::Lut(lut) = &mut m.layers[1] {
                lut.tables[1].reverse();
            }
        }),
        ("clear linear layer parts", |m| {
            if let Layer::Sparse(sparse) = &mut m.layers[2] {
                sparse.bias[1] += 1;
            }
        }),
        ("clear linear layer", |m| {
            change_dense(m, 3, |_, bias| bias[1] -= 1);
        }),
    ];
    for (check, change) in changes {
        let mut other = honest.clone();
        change(&mut other);
        let values = Values::of(&other, &inputs);
        let clear = ClearModel::new(&honest).unwrap();
        let settings = (InputMode::Public, 100);
        let forged = prove_with(clear, &inputs, &values, settings, &(), &mut Stubborn).unwrap();
        let public = public(InputMode::Public, &inputs, &forged.outputs);
        let error = verify(&honest, &public, &forged.proof).unwrap_err();
        assert!(error.to_string().contains(check), "{check}: {error}");
    }
}

/// A true inference of other inputs than the claimed ones, proven with the claimed ones in the transcript.
#[test]
fn claimed_inputs_are_those_that_were_computed_with() {
    for text in [SKIP, LINEAR] {
        let model = model(text);
        let honest = inputs(&model, 2);
        let values = Values::of(&model, &honest);
        let mut claimed = honest.clone();
        claimed[1][0] = if honest[1][0] == 1 { 2 } else { 1 };
        let clear = ClearModel::new(&model).unwrap();
        let settings = (InputMode::Public, 100);
        let forged = prove_with(clear, &claimed, &values, settings, &(), &mut ()).unwrap();
        let public = public(InputMode::Public, &claimed, &forged.outputs);
        let error = verify(&model, &public, &forged.proof).unwrap_err();
        assert!(error.to_string().contains("clear inputs"), "{error}");
    }
}

/// Commits to other inputs than those that were computed with.
struct OtherInputs {
    /// Distance from the least and to the greatest value, of every input.
    above: Vec<F>,
    below: Vec<F>,
}

impl Tamper for OtherInputs {
    fn committed(&mut self, columns: &mut Vec<(ColumnId, Vec<F>)>) {
        let [.., above, below] = columns.as_mut_slice() else {
            panic!("inputs are committed last")
        };
        above.1.clone_from(&self.above);
        below.1.clone_from(&self.below);
    }
}

#[test]
fn committed_inputs_are_those_that_were_computed_with_and_in_range() {
    // Outputs of the input that is out of range are in range.
    let mut narrow = model(&LINEAR.replace("[[1, -2], [2, 1]]", "[[1, -1], [0, 1]]"));
    narrow.input.max = 2;
    let rejection = |computed: [i64; 2], above: [u64; 2], below: [u64; 2]| {
        let mut wide = narrow.clone();
        wide.input.max = 3;
        let inputs = vec![computed.to_vec()];
        let values = Values::of(&wide, &inputs);
        let mut other = OtherInputs {
            above: above.map(F::from).to_vec(),
            below: below.map(F::from).to_vec(),
        };
        let clear = ClearModel::new(&narrow).unwrap();
        let settings = (InputMode::Committed, 100);
        let forged = prove_with(clear, &inputs, &values, settings, &(), &mut other).unwrap();
        let public = public(InputMode::Committed, &inputs, &forged.outputs);
        verify(&narrow, &public, &forged.proof).map_err(|error| error.to_string())
    };
    rejection([2, 1], [2, 1], [0, 1]).unwrap();
    // The inputs change places.
    let error = rejection([2, 1], [1, 2], [1, 0]).unwrap_err();
    assert!(error.contains("clear inputs"), "{error}");
    // 3 fits in the two bits of the column, but exceeds the greatest value by one.
    let error = rejection([3, 1], [3, 1], [0, 1]).unwrap_err();
    assert!(error.contains("clear input range"), "{error}");
}

/// A client cannot prove about an input outside the model's ranges.
#[test]
fn committed_inputs_are_in_range() {
    let narrow = model(LINEAR);
    let mut wide = narrow.clone();
    wide.input.max = 5;
    let inputs = vec![vec![5, 1]];
    let values = Values::of(&wide, &inputs);
    let clear = ClearModel::new(&narrow).unwrap();
    let forged = prove_with(
        clear,
        &inputs,
        &values,
        (InputMode::Committed, 100),
        &(),
        &mut (),
    );
    if let Ok(forged) = forged {
        let public = public(InputMode::Committed, &inputs, &forged.outputs);
        assert!(verify(&narrow, &public, &forged.proof).is_err());
    }
}

/// All contents of the columns of a small table, within their ranges, give different accumulators.
#[test]
fn decompositions_are_unique_and_complete() {
    let model = model(SKIP);
    let clear = ClearModel::new(&model).unwrap();
    let ranges = model.analyse().unwrap()[1].ranges.clone();
    let circuit = Circuit::new(clear, 1, InputMode::Public).unwrap();
    let plan: &TablePlan = circuit.tables[1].as_ref().unwrap();
    let one = K::from(1_u64);
    let widths: Vec<u32> = plan
        .columns()
        .iter()
        .map(|id| {
            circuit
                .layout
                .as_ref()
                .unwrap()
                .column_range(*id)
                .unwrap()
                .bits
        })
        .collect();
    let total: u32 = widths.iter().sum();
    assert!(total <= 16, "small enough to list: {widths:?}");
    let mut seen = std::collections::HashSet::new();
    for cells in 0..1_u64 << total {
        let mut rest = cells;
        let values: Vec<K> = widths
            .iter()
            .map(|width| {
                let value = rest & ((1 << width) - 1);
                rest >>= width;
                K::from(value)
            })
            .collect();
        assert!(seen.insert(plan.accumulator(&values, one)), "{cells:b}");
    }
    for (low, high) in ranges {
        for accumulator in low..=high {
            let columns: Vec<K> = plan.decompose(accumulator).into_iter().map(k).collect();
            let value = k(residue(accumulator));
            assert_eq!(plan.accumulator(&columns, one), value, "{accumulator}");
            assert!(seen.contains(&value));
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = model(SKIP);
    let inputs = inputs(&model, 1);
    let proven = prove(&model, &inputs, InputMode::Public, 100, &()).unwrap();
    let check = |inputs: &[Vec<i64>], outputs: &[Vec<i64>]| {
        verify(
            &model,
            &public(InputMode::Public, inputs, outputs),
            &proven.proof,
        )
    };
    assert!(matches!(check(&inputs, &[]), Err(ClearError::Shape { .. })));
    assert!(matches!(
        check(&[], &proven.outputs),
        Err(ClearError::Shape { .. })
    ));
    assert!(matches!(
        check(&inputs, &[vec![1]]),
        Err(ClearError::Shape { .. })
    ));
    assert!(matches!(
        check(&[vec![9, 9, 9]], &proven.outputs),
        Err(ClearError::Model(_))
    ));
    assert!(matches!(
        prove(&model, &[vec![0]], InputMode::Public, 100, &()),
        Err(ClearError::Model(_))
    ));
    let level = Public {
        level: 20,
        ..public(InputMode::Public, &inputs, &proven.outputs)
    };
    assert!(matches!(
        verify(&model, &level, &proven.proof),
        Err(ClearError::Verify(VerifyError::Soundness(_)))
    ));
}
