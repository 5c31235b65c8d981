//! What the benchmarks share: full-size keys, one evaluated network, pseudo-random columns.
//!
//! | benchmark | question |
//! |---|---|
//! | `evaluation` | what does one bootstrap, key switch, linear layer cost to evaluate, next to tfhe's own |
//! | `argument` | what do commitment, sumcheck and range check cost per element |
//! | `bootstrap` | what does a complete bootstrap cost to evaluate, prove and verify, step by step |
//! | `clear` | what does inference in the clear cost to prove and to verify |
//! | `relations` | what does each relation cost to prove and to verify, and how large is its proof |
//!
//! `cargo bench -p blindproof-benches` runs all; append `-- --test` to run each body once.

use std::sync::Arc;

use blindproof_fhe::{
    evaluate::{Trace, evaluate},
    keys::{ClientKey, SeedSource, ServerKey},
    lut::Lut,
    lwe::LweMatrix,
    model::QuantisedModel,
    params::ParameterSet,
    program::{Node, Operation, Program, Wire, WireId, WireKind},
};
use blindproof_zk::field::F;

/// A client, its server keys and one evaluated batch of a small network with full-size parameters.
pub struct Setup {
    /// The secret keys.
    pub client: ClientKey,
    /// The evaluation keys.
    pub keys: Arc<ServerKey>,
    /// 16 -> `bootstraps` -> 10 neurons.
    pub program: Program,
    /// One encrypted input.
    pub input: LweMatrix,
    /// Every wire of its evaluation.
    pub trace: Trace,
    /// The encrypted output.
    pub output: LweMatrix,
}

impl Setup {
    /// Keys of the default set and a network with `bootstraps` hidden neurons, evaluated on one input.
    ///
    /// # Panics
    /// When key generation or evaluation fails.
    pub fn new(bootstraps: usize) -> Self {
        let parameters = ParameterSet::default_set();
        let mut seeds = SeedSource::reproducible([1; 32]);
        let client = ClientKey::generate(parameters, &mut seeds).expect("a valid set");
        let keys = Arc::new(client.generate_server_key(&mut seeds));
        let program = network(parameters, bootstraps);
        let messages: Vec<u64> = (0..16).map(|v| v % 5 * parameters.delta()).collect();
        let input = client
            .encrypt(&messages, &mut seeds)
            .expect("canonical messages");
        let (trace, _) = evaluate(&program, &keys, &input, &()).expect("a valid program");
        let output =
            LweMatrix::new(trace.wires[program.output.0].clone()).expect("canonical words");
        Self {
            client,
            keys,
            program,
            input,
            trace,
            output,
        }
    }
}

/// Keys of the default set, for batches of complete bootstraps.
pub struct Bootstraps {
    /// The evaluation keys.
    pub keys: Arc<ServerKey>,
    client: ClientKey,
    seeds: SeedSource,
}

/// One evaluated batch: key switch, modulus switch, blind rotation, sample extraction.
pub struct Batch {
    /// The three operations.
    pub program: Program,
    /// As many ciphertexts as bootstraps.
    pub input: LweMatrix,
    /// Every wire of the evaluation.
    pub trace: Trace,
    /// The encrypted output.
    pub output: LweMatrix,
}

impl Bootstraps {
    /// New keys.
    ///
    /// # Panics
    /// When key generation fails.
    #[expect(clippy::new_without_default, reason = "costs seconds")]
    pub fn new() -> Self {
        let mut seeds = SeedSource::reproducible([1; 32]);
        let client =
            ClientKey::generate(ParameterSet::default_set(), &mut seeds).expect("a valid set");
        let keys = Arc::new(client.generate_server_key(&mut seeds));
        Self {
            keys,
            client,
            seeds,
        }
    }

    /// A batch of bootstraps of the identity, evaluated.
    ///
    /// # Panics
    /// When the evaluation fails.
    pub fn batch(&mut self, bootstraps: usize) -> Batch {
        let set = ParameterSet::default_set();
        let messages = 1u64 << set.message_bits.0;
        let entries = (0..messages).map(|entry| entry * set.delta()).collect();
        let luts = vec![Lut::new(entries).expect("one entry for each message")];
        let node = |input, operation| Node {
            layer: 0,
            layer_name: "bootstrap".to_owned(),
            inputs: vec![WireId(input)],
            output: WireId(input + 1),
            operation,
        };
        let kinds = [
            WireKind::BigLwe,
            WireKind::SmallLwe,
            WireKind::Switched,
            WireKind::BigLwe,
        ];
        let program = Program {
            name: "bootstraps".to_owned(),
            parameters: set.name.to_owned(),
            wires: kinds
                .map(|kind| Wire {
                    kind,
                    features: bootstraps,
                })
                .into(),
            nodes: vec![
                node(0, Operation::KeySwitch),
                node(1, Operation::ModulusSwitch),
                node(2, Operation::BlindRotation { luts }),
            ],
            input: WireId(0),
            output: WireId(3),
        };
        let plain: Vec<u64> = (0..bootstraps as u64)
            .map(|index| index % messages * set.delta())
            .collect();
        let input = self
            .client
            .encrypt(&plain, &mut self.seeds)
            .expect("canonical messages");
        let (trace, _) = evaluate(&program, &self.keys, &input, &()).expect("a valid program");
        let output =
            LweMatrix::new(trace.wires[program.output.0].clone()).expect("canonical words");
        Batch {
            program,
            input,
            trace,
            output,
        }
    }
}

/// CPU seconds of all threads of this process since its start.
pub fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Peak resident memory of this process in bytes; 0 where the system does not say.
pub fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0u64) << 10
}

/// A network 16 -> `hidden` -> 10 with small pseudo-random weights.
fn network(parameters: &ParameterSet, hidden: usize) -> Program {
    let mut state = 1u64;
    let mut small = move |range: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % (2 * range + 1)) as i64 - range as i64
    };
    let mut matrix = |rows: usize, columns: usize| -> Vec<Vec<i64>> {
        (0..rows)
            .map(|_| (0..columns).map(|_| small(3)).collect())
            .collect()
    };
    let entries: Vec<i64> = (0..1i64 << parameters.message_bits.0)
        .map(|v| 7 - v)
        .collect();
    let model = format!(
        r#"{{"format": 2, "name": "bench", "parameters": "{}", "input": {{"features": 16, "min": 0, "max": 4, "quantise": {{"scale": [1], "offset": [0]}}}},
        "output": {{"kind": "argmax"}}, "layers": [
        {{"type": "dense", "name": "hidden", "weights": {:?}, "bias": {:?}}},
        {{"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [{entries:?}], "output_bits": 13}},
        {{"type": "dense", "name": "output", "weights": {:?}, "bias": {:?}}}]}}"#,
        parameters.name,
        matrix(hidden, 16),
        vec![0; hidden],
        matrix(10, hidden),
        vec![0; 10],
    );
    let model = QuantisedModel::from_json(&model).expect("a valid model");
    model.compile().expect("a valid program")
}

/// `len` pseudo-random integers below `2^bits` as field elements.
pub fn column(len: usize, bits: u32, seed: u64) -> Vec<F> {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            F::from((state >> 33) & ((1 << bits) - 1))
        })
        .collect()
}

/// Runs `work` on a single thread, so that wall time is CPU time.
///
/// # Panics
/// When no thread can be started.
pub fn single_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread").install(work)
}
