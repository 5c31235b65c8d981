//! What does inference in the clear cost to prove and to verify, for each shipped model?

use blindproof_bridge::clear::{InputMode, Public, prove, verify};
use blindproof_fhe::model::QuantisedModel;
use criterion::{Criterion, criterion_group, criterion_main};

/// Shipped models of the `experiments` crate, which benchmarks do not depend on.
const MODELS: [(&str, &str); 3] = [
    (
        "digits-mlp",
        include_str!("../experiments/models/digits-mlp.json"),
    ),
    (
        "mnist-mlp",
        include_str!("../experiments/models/mnist-mlp.json"),
    ),
    (
        "mnist-cnn",
        include_str!("../experiments/models/mnist-cnn.json"),
    ),
];

fn clear(criterion: &mut Criterion) {
    for (name, json) in MODELS {
        let model = QuantisedModel::from_json(json).expect("a shipped model");
        // The smallest inputs: the cost does not depend on values.
        let input: Vec<i64> = (0..model.input.features)
            .map(|f| model.input.range(f).0)
            .collect();
        let inputs = vec![input];
        let mut group = criterion.benchmark_group(format!("clear/{name}"));
        group.sample_size(20);
        group.bench_function("evaluate", |b| b.iter(|| model.predict_clear(&inputs[0])));
        for (mode, which) in [
            (InputMode::Public, "public"),
            (InputMode::Committed, "committed"),
        ] {
            let make = || prove(&model, &inputs, mode, 128, &()).expect("an honest proof");
            group.bench_function(format!("prove, {which} input"), |b| b.iter(make));
            let proven = make();
            let public = Public {
                inputs: (mode == InputMode::Public).then_some(&inputs[..]),
                outputs: &proven.outputs,
                level: 128,
            };
            group.bench_function(format!("verify, {which} input"), |b| {
                b.iter(|| verify(&model, &public, &proven.proof).expect("an honest proof"))
            });
        }
    }
}

criterion_group!(benches, clear);
criterion_main!(benches);
