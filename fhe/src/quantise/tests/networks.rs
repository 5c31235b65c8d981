use super::*;
use crate::import::UnaryFunction;
use crate::model::Layer;
use proptest::prelude::*;

const FUNCTIONS: [UnaryFunction; 4] = [
    UnaryFunction::Relu,
    UnaryFunction::Tanh,
    UnaryFunction::Sigmoid,
    UnaryFunction::LeakyRelu(0.1),
];

fn mlp(seed: u64, function: UnaryFunction) -> Net {
    let mut net = Net::new(seed, &[12]);
    let hidden = net.affine(0, 16);
    let hidden = net.unary(hidden, function.clone());
    let hidden = net.affine(hidden, 12);
    let hidden = net.unary(hidden, function);
    net.affine(hidden, 4);
    net
}

fn cnn(seed: u64) -> Net {
    let mut net = Net::new(seed, &[1, 8, 8]);
    let a = net.conv(0, 3, 3, 1, 1);
    let b = net.unary(a, UnaryFunction::Relu);
    let pool = FloatOperation::MaxPool {
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0; 4],
    };
    let c = net.push(&[b], &[3, 4, 4], pool);
    let d = net.conv(c, 4, 3, 2, 1);
    let e = net.unary(d, UnaryFunction::Relu);
    net.affine(e, 3);
    net
}

fn residual(seed: u64) -> Net {
    let mut net = Net::new(seed, &[1, 6, 6]);
    let a = net.conv(0, 3, 3, 1, 1);
    let skip = net.unary(a, UnaryFunction::Relu);
    let b = net.conv(skip, 3, 3, 1, 1);
    let c = net.unary(b, UnaryFunction::Tanh);
    let d = net.conv(c, 3, 3, 1, 1);
    let sum = net.push(&[d, skip], &[3, 6, 6], FloatOperation::Sum);
    let e = net.unary(sum, UnaryFunction::Relu);
    net.affine(e, 3);
    net
}

/// Bound on the error of the outputs when each table is off by at most `steps` index steps (functions with slopes up to
/// 1), from the layers of the float graph: errors of a row add up over its terms.
fn error_bound(quantised: &Quantised, steps: f64) -> f64 {
    let graph = &quantised.graph;
    let input = &quantised.input;
    let mut errors = vec![
        (0..graph.features())
            .map(|f| 0.5 * input.scale(f))
            .collect::<Vec<f64>>(),
    ];
    let row_error = |row: &graph::Row, errors: &[Vec<f64>], weight_error: f64| -> f64 {
        row.terms
            .iter()
            .map(|t| t.coefficient.abs() * errors[t.wire][t.feature] + weight_error)
            .sum()
    };
    for (s, stage) in graph.stages.iter().enumerate() {
        let scale = &quantised.stages[s];
        let Layer::Lut(lut) = &quantised.model.layers[2 * s + 1] else {
            panic!("no table")
        };
        let unit = |row: usize| scale.step[stage.group(row)] * f64::from(scale.bits).exp2();
        let index_step = (-f64::from(lut.table_bits()) - 1.0).exp2();
        let rows = stage.rows.iter().enumerate().map(|(r, row)| {
            // Half a weight step of each term, at the largest amplitude of a quarter of the torus.
            let weights = 0.5 * unit(r) * largest_amplitude(quantised, row);
            row_error(row, &errors, weights) + steps * index_step * unit(r) + scale.output_scale[r]
        });
        errors.push(rows.collect());
    }
    let torus = f64::from(quantised.output.bits).exp2();
    let rows = graph.output.iter().map(|row| {
        let weights = 0.5 * quantised.output.step[0] * torus * largest_amplitude(quantised, row);
        row_error(row, &errors, weights)
    });
    rows.fold(0.0, f64::max)
}

/// Largest share of the torus that an input of the row takes.
fn largest_amplitude(quantised: &Quantised, row: &graph::Row) -> f64 {
    let wires = quantised.model.analyse().unwrap();
    let amplitude = |t: &graph::Term| {
        let wire = &wires[2 * t.wire];
        let (low, high) = wire.ranges[t.feature];
        low.abs().max(high.abs()) as f64 / f64::from(wire.bits).exp2()
    };
    row.terms.iter().map(amplitude).fold(0.0, f64::max)
}

fn check(net: &mut Net, parameters: &str) -> (Quantised, Metrics) {
    let samples = net.samples(120);
    let quantised = quantise(&net.model, &samples, &options(parameters)).unwrap();
    let metrics = quantised.metrics(&samples, None).unwrap();
    // Half an index step for reading at box centres.
    let bound = error_bound(&quantised, 0.5);
    assert!(
        metrics.output_max_error <= bound,
        "{} {bound}",
        metrics.output_max_error
    );
    (quantised, metrics)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn random_mlps_stay_within_the_bound(seed in any::<u64>(), function in 0usize..4) {
        let (_, metrics) = check(&mut mlp(seed, FUNCTIONS[function].clone()), "message_4");
        prop_assert!(metrics.output_sqnr_db > 15.0, "{metrics:?}");
    }

    #[test]
    fn random_pictures_stay_within_the_bound(seed in any::<u64>()) {
        let (_, metrics) = check(&mut cnn(seed), "message_4");
        prop_assert!(metrics.output_sqnr_db > 10.0, "{metrics:?}");
        let (_, metrics) = check(&mut residual(seed), "message_4");
        prop_assert!(metrics.output_sqnr_db > 10.0, "{metrics:?}");
    }

    #[test]
    fn linear_models_have_no_bootstraps(seed in any::<u64>(), outputs in 1usize..5) {
        let mut net = Net::new(seed, &[9]);
        net.affine(0, outputs);
        if outputs == 1 {
            net.model.output.kind = OutputKind::Sign;
        }
        let (quantised, metrics) = check(&mut net, "message_4");
        prop_assert_eq!(inspect(&quantised.model).unwrap().bootstraps, 0);
        prop_assert!(metrics.output_sqnr_db > 40.0, "{metrics:?}");
    }
}

#[test]
fn own_evaluation_is_that_of_the_float_model() {
    for mut net in [mlp(1, UnaryFunction::Tanh), cnn(2), residual(3)] {
        let graph = lower::lower(&net.model, 4, true).unwrap();
        for sample in net.samples(5) {
            let values = net.model.evaluate(&sample);
            let want = &values[net.model.output.node];
            for (got, want) in graph.evaluate(&sample).output.iter().zip(want) {
                assert!((got - f64::from(*want)).abs() < 1e-4, "{got} {want}");
            }
        }
    }
}

#[test]
fn errors_shrink_as_bits_grow() {
    let mut net = mlp(11, UnaryFunction::Relu);
    let samples = net.samples(200);
    let sqnr = |table_bits, weight_bits, input_bits| {
        let options = Options {
            table_bits: Some(table_bits),
            weight_bits: Some(weight_bits),
            input_bits: Some(input_bits),
            ..options("message_5")
        };
        let quantised = quantise(&net.model, &samples, &options).unwrap();
        quantised.metrics(&samples, None).unwrap().output_sqnr_db
    };
    let ladder = [(4, 3, 3), (6, 5, 5), (8, 7, 7), (10, 9, 9)].map(|(t, w, i)| sqnr(t, w, i));
    assert!(
        ladder.windows(2).all(|pair| pair[1] > pair[0] + 3.0),
        "{ladder:?}"
    );
}

#[test]
fn pooling_comes_before_its_function() {
    let net = cnn(4);
    let graph = lower::lower(&net.model, 4, true).unwrap();
    // Of four values, three differences and one function instead of four functions and three differences.
    let sizes: Vec<usize> = graph.stages.iter().map(|stage| stage.rows.len()).collect();
    assert_eq!(sizes, [2 * 48, 48, 48, 16]);
}

#[test]
fn convolutions_stay_convolutions() {
    let mut net = residual(5);
    let (quantised, _) = check(&mut net, "message_4");
    let kinds: Vec<String> = inspect(&quantised.model)
        .unwrap()
        .layers
        .into_iter()
        .map(|layer| layer.kind)
        .collect();
    assert_eq!(
        kinds,
        ["conv", "lut", "conv", "lut", "sparse", "lut", "dense"]
    );
}

#[test]
fn a_scaler_in_front_costs_nothing() {
    // The same network on raw features of very different size, and a diagonal layer that brings them to one size.
    let mut net = Net::new(6, &[8]);
    let sizes: Vec<f32> = (0..8).map(|f| 10f32.powi(f - 4)).collect();
    let diagonal =
        Array2::from_shape_fn((8, 8), |(o, i)| if o == i { 1.0 / sizes[i] } else { 0.0 });
    let scaler = FloatOperation::Affine {
        weights: diagonal,
        bias: vec![-0.5; 8],
    };
    let a = net.push(&[0], &[8], scaler);
    let b = net.affine(a, 10);
    let c = net.unary(b, UnaryFunction::Relu);
    net.affine(c, 3);
    let mut samples = net.samples(200);
    for sample in &mut samples {
        for (x, size) in sample.iter_mut().zip(&sizes) {
            *x *= size;
        }
    }
    let quantised = quantise(&net.model, &samples, &options("message_4")).unwrap();
    assert_eq!(quantised.model.layers.len(), 3);
    assert_eq!(quantised.model.input.quantise.scale.len(), 8);
    let metrics = quantised.metrics(&samples, None).unwrap();
    assert!(metrics.layers[0].sqnr_db > 38.0, "{metrics:?}");
}

#[test]
fn calibrations_clip() {
    let mut net = mlp(8, UnaryFunction::Relu);
    let mut samples = net.samples(400);
    // One outlier.
    samples[17] = vec![30.0; 12];
    let quantise_with = |calibration| {
        let options = Options {
            calibration,
            ..options("message_4")
        };
        let quantised = quantise(&net.model, &samples, &options).unwrap();
        quantised.metrics(&samples[20..], None).unwrap()
    };
    let all = quantise_with(Calibration::MinMax);
    let most = quantise_with(Calibration::Percentile(99.0));
    assert!(
        most.output_sqnr_db > all.output_sqnr_db + 6.0,
        "{all:?} {most:?}"
    );
    let mse = quantise_with(Calibration::Mse);
    assert!(
        mse.output_sqnr_db >= all.output_sqnr_db - 1.0,
        "{all:?} {mse:?}"
    );
}

#[test]
fn parameters_are_chosen_by_cost() {
    let mut net = mlp(9, UnaryFunction::Relu);
    let samples = net.samples(100);
    let automatic = quantise(&net.model, &samples, &Options::default()).unwrap();
    assert!(automatic.target_reached);
    let strict = Options {
        target: Target {
            signal_to_noise_db: automatic.reliability.signal_to_noise_db + 1.0,
            ..Target::default()
        },
        ..Options::default()
    };
    let better = quantise(&net.model, &samples, &strict).unwrap();
    let cells = |q: &Quantised| q.model.parameter_set().unwrap().bootstrap_cells();
    assert!(cells(&better) > cells(&automatic));
    let impossible = Options {
        target: Target {
            signal_to_noise_db: 100.0,
            ..Target::default()
        },
        ..Options::default()
    };
    assert!(
        !quantise(&net.model, &samples, &impossible)
            .unwrap()
            .target_reached
    );
}

/// Weight decay leaves such neurons behind.
#[test]
fn neurons_without_weights_worth_the_name_are_constants() {
    let mut net = mlp(14, UnaryFunction::Relu);
    let FloatOperation::Affine { weights, bias } = &mut net.model.nodes[0].operation else {
        unreachable!("the first layer");
    };
    for (neuron, (weight, constant)) in [(1e-33, -0.2), (1e-33, 0.3), (1e-9, 0.5), (1e-33, 0.0)]
        .into_iter()
        .enumerate()
    {
        weights.row_mut(neuron).fill(weight);
        bias[neuron] = constant;
    }
    let samples = net.samples(100);
    let quantised = quantise(&net.model, &samples, &options("message_4")).unwrap();
    let metrics = quantised.metrics(&samples, None).unwrap();
    assert!(metrics.output_sqnr_db > 15.0, "{metrics:?}");
}

#[test]
fn inspection_counts_bootstraps_and_says_that_tables_round() {
    let mut net = mlp(10, UnaryFunction::Relu);
    let samples = net.samples(50);
    let quantised = quantise(&net.model, &samples, &options("message_5")).unwrap();
    let inspection = inspect(&quantised.model).unwrap();
    assert_eq!(inspection.bootstraps, 28);
    assert_eq!(inspection.log2_p_fail, f64::NEG_INFINITY);
    let readings = inspection
        .layers
        .iter()
        .filter_map(|layer| layer.noise.as_ref());
    let readings: Vec<&str> = readings.map(|noise| noise.reading.as_str()).collect();
    assert_eq!(readings, ["rounded", "rounded", "decrypted"]);
}

#[test]
fn says_what_is_wrong() {
    let mut net = mlp(12, UnaryFunction::Relu);
    let samples = net.samples(3);
    let error = |samples: &[Vec<f32>], options: &Options| {
        quantise(&net.model, samples, options)
            .unwrap_err()
            .to_string()
    };
    let default = Options::default();
    assert!(error(&[], &default).contains("no samples"));
    assert!(error(&[vec![0.0; 3]], &default).contains("sample 0 has 3 values"));
    let mut bad = samples.clone();
    bad[1][4] = f32::NAN;
    assert!(error(&bad, &default).contains("sample 1, feature 4 is NaN"));
    assert!(error(&samples, &options("none")).contains("option `parameters`"));
    let with = |change: fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        error(&samples, &options)
    };
    assert!(with(|o| o.table_bits = Some(40)).contains("`table_bits`"));
    assert!(with(|o| o.weight_bits = Some(1)).contains("`weight_bits`"));
    assert!(with(|o| o.calibration = Calibration::Percentile(20.0)).contains("percentile 20"));
    let same = vec![samples[0].clone(); 4];
    assert!(error(&same, &default).contains("the same for every calibration sample"));
    let quantised = quantise(&net.model, &samples, &default).unwrap();
    let labels = quantised
        .metrics(&samples, Some(&[1]))
        .unwrap_err()
        .to_string();
    assert!(labels.contains("1 given for 3 samples"), "{labels}");
}

#[test]
fn names_layers_that_cannot_be_quantised() {
    // A sum so wide that weights of one step each do not fit.
    let mut net = Net::new(13, &[4]);
    let a = net.affine(0, 4096);
    let b = net.unary(a, UnaryFunction::Relu);
    let c = net.affine(b, 1);
    let d = net.unary(c, UnaryFunction::Tanh);
    net.affine(d, 2);
    let samples = net.samples(10);
    let options = Options {
        weight_bits: Some(2),
        table_bits: Some(12),
        ..options("message_2")
    };
    match quantise(&net.model, &samples, &options) {
        Err(QuantiseError::RangeImpossible { layer, remedy, .. }) => {
            assert_eq!(layer, "node4");
            assert!(remedy.contains("weight_bits"));
        }
        Ok(quantised) => {
            let metrics = quantised.metrics(&samples, None).unwrap();
            assert!(metrics.layers[1].lost_bits > 0.0);
        }
        Err(other) => panic!("{other}"),
    }
    let mut net = Net::new(14, &[2]);
    let weights = Array2::from_elem((1, 2), f32::INFINITY);
    net.push(
        &[0],
        &[1],
        FloatOperation::Affine {
            weights,
            bias: vec![0.0],
        },
    );
    let error = quantise(
        &net.model,
        &[vec![1.0, 2.0], vec![2.0, 1.0]],
        &Options::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("layer `node1`"), "{error}");
}

#[test]
fn signs_use_the_whole_torus() {
    let mut net = mlp(15, UnaryFunction::Sign);
    let samples = net.samples(100);
    let quantised = quantise(&net.model, &samples, &options("message_4")).unwrap();
    let metrics = quantised.metrics(&samples, None).unwrap();
    // Only sums near 0 change sides.
    assert!(metrics.layers[0].sqnr_db > 15.0, "{metrics:?}");
    let Layer::Lut(lut) = &quantised.model.layers[1] else {
        panic!("no table")
    };
    assert_eq!(lut.mode, crate::model::LutMode::Negacyclic);
}

#[test]
fn models_survive_their_file() {
    let mut net = cnn(16);
    let samples = net.samples(50);
    let model = quantise(&net.model, &samples, &options("message_4"))
        .unwrap()
        .model;
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(QuantisedModel::from_json(&text).unwrap(), model);
}
