use super::*;
use crate::modulus;

/// A dense layer with 3 inputs and 2 outputs, followed by a table look-up.
fn sample() -> Program {
    let kinds = [
        (WireKind::BigLwe, 3),
        (WireKind::BigLwe, 2),
        (WireKind::SmallLwe, 2),
        (WireKind::Switched, 2),
        (WireKind::BigLwe, 2),
    ];
    let operations = [
        Operation::Linear(LinearMap {
            weights: Array2::from_shape_fn((2, 3), |(o, i)| o as i64 - i as i64),
            bias: vec![0, modulus::P - 1],
        }),
        Operation::KeySwitch,
        Operation::ModulusSwitch,
        Operation::BlindRotation {
            luts: vec![Lut::new(vec![1, 2, 3, 4]).unwrap()],
        },
    ];
    Program {
        name: "sample".to_owned(),
        parameters: "insecure_tiny".to_owned(),
        wires: kinds
            .iter()
            .map(|&(kind, features)| Wire { kind, features })
            .collect(),
        nodes: operations
            .into_iter()
            .enumerate()
            .map(|(index, operation)| Node {
                layer: usize::from(index > 0),
                layer_name: "layer".to_owned(),
                operation,
                inputs: vec![WireId(index)],
                output: WireId(index + 1),
            })
            .collect(),
        input: WireId(0),
        output: WireId(4),
    }
}

/// Changes a valid program and returns what `validate` says.
fn after(change: impl FnOnce(&mut Program)) -> String {
    let mut program = sample();
    change(&mut program);
    program.validate().unwrap_err().to_string()
}

#[test]
fn accepts_a_chain_and_counts_operations() {
    let program = sample();
    program.validate().unwrap();
    assert_eq!(program.operations(0, 5), 10);
    assert_eq!(program.operations(9, 5), 0);
}

#[test]
fn linear_layers_read_several_wires() {
    let mut program = sample();
    // The layer's two outputs and the two of the table, added.
    program.wires.push(Wire {
        kind: WireKind::BigLwe,
        features: 2,
    });
    program.nodes.push(Node {
        layer: 2,
        layer_name: "sum".to_owned(),
        operation: Operation::Linear(LinearMap {
            weights: Array2::from_shape_fn((2, 4), |(o, i)| i64::from(i % 2 == o)),
            bias: vec![0; 2],
        }),
        inputs: vec![WireId(1), WireId(4)],
        output: WireId(5),
    });
    program.output = WireId(5);
    program.validate().unwrap();
}

#[test]
fn survives_serialisation() {
    let program = sample();
    let text = serde_json::to_string(&program).unwrap();
    assert_eq!(serde_json::from_str::<Program>(&text).unwrap(), program);
}

#[test]
fn deserialisation_checks_tables() {
    let text = serde_json::to_string(&sample()).unwrap();
    let bad = text.replace("[1,2,3,4]", "[1,2,3]");
    assert_ne!(text, bad);
    assert!(serde_json::from_str::<Program>(&bad).is_err());
}

#[test]
fn rejects_broken_chains() {
    assert!(after(|p| p.parameters = "none".to_owned()).contains("known sets: message_4"));
    assert!(after(|p| p.wires.clear()).contains("`wires`"));
    assert!(after(|p| p.input = WireId(9)).contains("`wires`"));
    assert!(after(|p| p.input = WireId(1)).contains("wire 0 is not written before"));
    assert!(after(|p| p.output = WireId(3)).contains("wire 3 is read"));
    assert!(after(|p| p.nodes[1].inputs = vec![WireId(0)]).contains("node 1 (key switch)"));
    assert!(after(|p| p.nodes[1].inputs = vec![WireId(3)]).contains("not written before"));
    assert!(after(|p| p.nodes[1].inputs = vec![WireId(9)]).contains("does not exist"));
    assert!(after(|p| p.nodes[1].inputs.clear()).contains("names 0 wires"));
    assert!(after(|p| p.nodes[1].inputs.push(WireId(0))).contains("names 2 wires"));
    assert!(after(|p| p.nodes[0].inputs.push(WireId(0))).contains("twice"));
    assert!(after(|p| p.nodes[1].output = WireId(7)).contains("does not exist"));
    assert!(after(|p| p.nodes[3].output = WireId(0)).contains("second time"));
    assert!(after(|p| p.wires[2].kind = WireKind::BigLwe).contains("must be SmallLwe"));
    assert!(after(|p| p.wires[0].kind = WireKind::SmallLwe).contains("`input`"));
    assert!(after(|p| p.wires[0].features = 0).contains("features"));
    assert!(after(|p| p.wires[3].features = 3).contains("must be equal"));
    assert!(after(|p| p.nodes.truncate(2)).contains("one wire more"));
    assert!(
        after(|p| {
            p.wires.push(Wire {
                kind: WireKind::BigLwe,
                features: 3,
            });
            p.nodes.push(Node {
                output: WireId(5),
                operation: Operation::Linear(LinearMap {
                    weights: Array2::eye(3),
                    bias: vec![0; 3],
                }),
                ..p.nodes[0].clone()
            });
        })
        .contains("wire 5 is not read")
    );
}

#[test]
fn rejects_bad_linear_maps() {
    let with = |change: fn(&mut LinearMap)| {
        after(|program| {
            if let Operation::Linear(map) = &mut program.nodes[0].operation {
                change(map);
            }
        })
    };
    assert!(with(|map| map.weights = Array2::zeros((3, 2))).contains("`weights`: shape"));
    assert!(with(|map| map.bias = vec![0]).contains("`bias`"));
    assert!(with(|map| map.bias[1] = modulus::P).contains("not below p"));
    assert!(with(|map| map.weights[[0, 0]] = i64::MIN).contains("below 2^31"));
    assert!(with(|map| map.weights.fill(1 << 30)).contains("row 0"));
}

#[test]
fn rejects_tables_of_other_sizes_or_counts() {
    let with = |luts: Vec<Lut>| {
        after(|program| program.nodes[3].operation = Operation::BlindRotation { luts })
    };
    let small = Lut::new(vec![1, 2]).unwrap();
    let large = Lut::new(vec![0; 64]).unwrap();
    assert!(with(vec![large]).contains("at most 32"));
    assert!(with(vec![]).contains("0 tables for 2 features"));
    assert!(with(vec![small; 3]).contains("3 tables for 2 features"));
}
