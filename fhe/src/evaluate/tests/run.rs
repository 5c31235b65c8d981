//! Whole programs: against the clear model, and everything that is refused.

use super::*;
use crate::model::{QuantisedModel, predicted_class};
use crate::program::{Operation, OperationKind, Program};
use std::sync::Mutex;

const MODEL: &str = r#"{
  "format": 2, "name": "sample", "parameters": "insecure_message_4",
  "input": {"features": 3, "min": 0, "max": 5, "quantise": {"scale": [1], "offset": [0]}}, "output": {"kind": "argmax"},
  "layers": [
    {"type": "dense", "name": "hidden", "weights": [[1, -2, 3], [0, 3, -1], [-2, -2, 1], [4, 0, 1]], "bias": [1, -5, 9, 0]},
    {"type": "lut", "name": "first", "mode": "negacyclic",
     "tables": [[0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0]], "output_bits": 5},
    {"type": "dense", "name": "middle", "weights": [[1, 1, 0, -1], [0, -1, 1, 1]], "bias": [2, 3]},
    {"type": "lut", "name": "second", "mode": "negacyclic",
     "tables": [[9, 1, 8, 2, 7, 3, 6, 4, -5, -4, -3, -2, -1, 0, 1, 2]], "output_bits": 9},
    {"type": "dense", "name": "output", "weights": [[2, 1], [-1, 4]], "bias": [0, 7]}
  ]
}"#;

struct Setup {
    model: QuantisedModel,
    program: Program,
    client: ClientKey,
    server: ServerKey,
    seeds: SeedSource,
}

fn setup() -> Setup {
    let model = QuantisedModel::from_json(MODEL).unwrap();
    let (client, server, seeds) = keys(model.parameter_set().unwrap(), 20);
    Setup {
        program: model.compile().unwrap(),
        model,
        client,
        server,
        seeds,
    }
}

impl Setup {
    fn encrypt(&mut self, images: &[[i64; 3]]) -> LweMatrix {
        let words: Vec<u64> = images
            .iter()
            .flat_map(|image| self.model.encode_input(image).unwrap())
            .collect();
        self.client.encrypt(&words, &mut self.seeds).unwrap()
    }
}

#[test]
fn encrypted_model_equals_the_clear_model() {
    let mut s = setup();
    let images = [[0, 0, 0], [5, 5, 5], [1, 4, 2], [3, 0, 5], [2, 2, 1]];
    let input = s.encrypt(&images);
    let (trace, timings) = evaluate(&s.program, &s.server, &input, &()).unwrap();
    assert_eq!(trace.images, images.len());
    let kinds: Vec<_> = timings
        .iter()
        .map(|timing| (timing.kind, timing.operations))
        .collect();
    assert_eq!(kinds[0], (OperationKind::Linear, 20));
    assert_eq!(kinds[7], (OperationKind::BlindRotation, 10));
    let output = LweMatrix::new(trace.wires[s.program.output.0].clone()).unwrap();
    let phases = s.client.decrypt_phase(&output).unwrap();
    for (image, phases) in images.iter().zip(phases.chunks(2)) {
        let clear = s.model.predict_clear(image).unwrap();
        let logits = s.model.decode_output(phases).unwrap();
        let rounded: Vec<i64> = logits.iter().map(|x| x.round() as i64).collect();
        assert_eq!(rounded, clear);
        assert_eq!(predicted_class(&logits), predicted_class(&clear));
    }
}

#[test]
fn trace_holds_every_wire_and_follows_the_reference() {
    let mut s = setup();
    let input = s.encrypt(&[[1, 2, 3]]);
    let (trace, _) = evaluate(&s.program, &s.server, &input, &()).unwrap();
    assert_eq!(trace.wires[s.program.input.0], input.words);
    let set = s.program.parameter_set().unwrap();
    for (wire, words) in s.program.wires.iter().zip(&trace.wires) {
        assert_eq!(words.dim(), (wire.features, wire.kind.width(set)));
    }
    for node in &s.program.nodes {
        let input = rows(&trace.wires[node.input().0]);
        let output = rows(&trace.wires[node.output.0]);
        match &node.operation {
            Operation::Linear(map) => assert_eq!(output, reference::linear(map, &input)),
            Operation::KeySwitch => {
                assert_eq!(
                    output[0],
                    reference::key_switch(&s.server.key_switching, &input[0])
                );
            }
            Operation::ModulusSwitch => {
                assert_eq!(output[0], reference::modulus_switch(set, &input[0]));
            }
            Operation::BlindRotation { luts } => {
                let table = luts[0].polynomial(set.polynomial_size.0).unwrap();
                let expected =
                    reference::blind_rotation(&s.server.bootstrapping, &table, &input[0]);
                assert_eq!(output[0], expected);
            }
        }
    }
}

#[test]
fn rows_do_not_influence_each_other() {
    let mut s = setup();
    let images = [[0, 1, 2], [3, 4, 5], [5, 4, 3], [2, 1, 0], [1, 1, 1]];
    let input = s.encrypt(&images);
    let (together, _) = evaluate(&s.program, &s.server, &input, &()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap();
    let (threads, _) = pool
        .install(|| evaluate(&s.program, &s.server, &input, &()))
        .unwrap();
    assert_eq!(together, threads);
    for image in 0..images.len() {
        let alone = input
            .words
            .select(ndarray::Axis(0), &[3 * image, 3 * image + 1, 3 * image + 2]);
        let alone = LweMatrix::new(alone).unwrap();
        let (alone, _) = evaluate(&s.program, &s.server, &alone, &()).unwrap();
        let last = &together.wires[s.program.output.0];
        let rows = last.select(ndarray::Axis(0), &[2 * image, 2 * image + 1]);
        assert_eq!(alone.wires[s.program.output.0], rows);
    }
}

#[test]
fn blocks_cover_all_rows_and_are_balanced() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .unwrap();
    let blocks = |rows| pool.install(|| block_rows(rows, 32));
    assert_eq!(
        [1, 2, 3, 64, 65, 96, 130].map(blocks),
        [1, 1, 2, 32, 17, 24, 22]
    );
}

#[test]
fn observer_sees_every_node_finish() {
    struct Log(Mutex<Vec<(usize, usize, usize)>>);
    impl Observer for Log {
        fn start(&self, program: &Program, images: usize) {
            assert_eq!((program.nodes.len(), images), (9, 2));
            assert!(self.0.lock().unwrap().is_empty());
        }
        fn progress(&self, node: usize, done: usize, total: usize) {
            self.0.lock().unwrap().push((node, done, total));
        }
    }
    let mut s = setup();
    let input = s.encrypt(&[[1, 2, 3], [3, 2, 1]]);
    let log = Log(Mutex::new(Vec::new()));
    evaluate(&s.program, &s.server, &input, &log).unwrap();
    let log = log.0.into_inner().unwrap();
    for node in 0..s.program.nodes.len() {
        assert!(
            log.iter()
                .any(|&(n, done, total)| n == node && done == total)
        );
    }
    assert!(log.iter().all(|&(_, done, total)| done <= total));
}

#[test]
fn trivial_inputs_need_no_key() {
    let s = setup();
    let dimension = s.client.parameters().big_lwe_dimension();
    let words = s.model.encode_input(&[2, 5, 1]).unwrap();
    let input = LweMatrix::trivial(dimension, &words).unwrap();
    let (trace, _) = evaluate(&s.program, &s.server, &input, &()).unwrap();
    let output = LweMatrix::new(trace.wires[s.program.output.0].clone()).unwrap();
    assert!((0..output.rows()).all(|row| output.mask(row).iter().all(|&word| word == 0)));
    let bodies: Vec<u64> = (0..output.rows()).map(|row| output.body(row)).collect();
    let logits = s.model.decode_output(&bodies).unwrap();
    let clear = s.model.predict_clear(&[2, 5, 1]).unwrap();
    assert!(
        logits
            .iter()
            .zip(clear)
            .all(|(&x, v)| (x - v as f64).abs() < 1e-6)
    );
}

#[test]
fn refuses_what_does_not_fit() {
    let mut s = setup();
    let input = s.encrypt(&[[1, 2, 3]]);
    let (_, other, _) = keys(ParameterSet::by_name("insecure_tiny").unwrap(), 21);
    let run = |program: &Program, keys: &ServerKey, words: Array2<u64>| {
        evaluate(program, keys, &LweMatrix { words }, &()).unwrap_err()
    };
    let words = &input.words;
    assert!(matches!(
        run(&s.program, &other, words.clone()),
        EvaluateError::Keys { .. }
    ));
    let mixed = ServerKey {
        key_switching: other.key_switching.clone(),
        bootstrapping: s.server.bootstrapping.clone(),
    };
    let error = run(&s.program, &mixed, words.clone());
    assert!(matches!(
        error,
        EvaluateError::Keys {
            key: "key-switching key",
            ..
        }
    ));
    let error = run(&s.program, &s.server, Array2::zeros((3, 9)));
    assert!(matches!(error, EvaluateError::Width { given: 9, .. }));
    let error = run(
        &s.program,
        &s.server,
        words.select(ndarray::Axis(0), &[0, 1]),
    );
    assert!(matches!(
        error,
        EvaluateError::Rows {
            rows: 2,
            features: 3,
            ..
        }
    ));
    let error = run(&s.program, &s.server, words.select(ndarray::Axis(0), &[]));
    assert!(matches!(error, EvaluateError::Rows { rows: 0, .. }));
    let mut bad = words.clone();
    bad[[1, 4]] = P;
    assert!(matches!(
        run(&s.program, &s.server, bad),
        EvaluateError::Lwe(_)
    ));
    let mut program = s.program.clone();
    program.nodes.truncate(3);
    assert!(matches!(
        run(&program, &s.server, words.clone()),
        EvaluateError::Program(_)
    ));
}

#[test]
fn single_operations_refuse_bad_matrices() {
    let s = setup();
    let set = s.client.parameters();
    let (n, limit) = (set.lwe_dimension.0, 2 * set.polynomial_size.0 as u64);
    let narrow = Array2::zeros((1, n));
    let width = |result: Result<Array2<u64>, EvaluateError>| {
        matches!(result, Err(EvaluateError::Width { .. }))
    };
    assert!(width(key_switch(&s.server.key_switching, &narrow)));
    assert!(width(modulus_switch(set, &narrow)));
    let lut = || Lut::new(vec![0; 16]).unwrap();
    let rotate = |luts: &[Lut], exponents: &Array2<u64>| {
        blind_rotation(&s.server.bootstrapping, luts, exponents, &|_, _| {})
    };
    assert!(width(rotate(&[lut()], &narrow)));
    let mut exponents = Array2::zeros((3, n + 1));
    assert!(matches!(
        rotate(&[lut(), lut()], &exponents),
        Err(EvaluateError::Rows { .. })
    ));
    assert!(matches!(
        rotate(&[], &exponents),
        Err(EvaluateError::Rows { .. })
    ));
    exponents[[2, 1]] = limit;
    let error = rotate(&[lut()], &exponents);
    assert!(matches!(
        error,
        Err(EvaluateError::Exponent {
            row: 2,
            column: 1,
            ..
        })
    ));
    let large = Lut::new(vec![0; 512]).unwrap();
    let error = rotate(&[large], &Array2::zeros((1, n + 1)));
    assert!(matches!(error, Err(EvaluateError::Lut(_))));
    let map = LinearMap {
        weights: Array2::from_elem((1, 2), 1 << 30),
        bias: vec![0],
    };
    let error = linear(&map, &Array2::zeros((2, 3)));
    assert!(matches!(
        error,
        Err(EvaluateError::LinearMap {
            field: "weights",
            ..
        })
    ));
}
