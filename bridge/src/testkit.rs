//! A small network with insecure parameters, and a way to forge proofs about it.

use std::sync::{Arc, OnceLock};

use blindproof_fhe::{
    evaluate::{Trace, evaluate},
    keys::{ClientKey, SeedSource, ServerKey},
    lut::Lut,
    lwe::LweMatrix,
    model::QuantisedModel,
    params::ParameterSet,
    program::{Operation, OperationKind, Program},
};
use blindproof_zk::field::{F, K};

use crate::{
    ProveError, ProverData, Verified, VerifyError,
    blindrotation::Witness,
    columns::{Columns, Witnesses},
    plan::Plan,
    proof::{Tamper, prove_with},
    selection::Selection,
    split::Split,
    statement::{PublicData, Statement},
    verify,
};

/// One evaluated batch: 3 images through 3 -> 5 -> 2 neurons.
pub(crate) struct Fixture {
    pub program: Program,
    pub keys: Arc<ServerKey>,
    pub input: LweMatrix,
    pub trace: Trace,
}

const MODEL: &str = r#"{
  "format": 2, "name": "tiny", "parameters": "insecure_tiny",
  "input": {"features": 3, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "output": {"kind": "argmax"},
  "layers": [
    {"type": "dense", "name": "hidden", "weights": [[1, -1, 2], [0, 3, 1], [-2, 1, 1], [1, 1, 1], [2, 0, -3]], "bias": [1, 0, -2, 3, 1]},
    {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[3, 2, -1, -2]], "output_bits": 9},
    {"type": "dense", "name": "output", "weights": [[1, 2, -1, 0, 3], [-3, 1, 1, 2, -1]], "bias": [2, -1]}
  ]
}"#;

impl Fixture {
    /// The fixture of parameter set `parameters`, from a fixed seed.
    pub fn new(parameters: &'static ParameterSet) -> Self {
        let entries: Vec<i64> = (0..1i64 << parameters.message_bits.0)
            .map(|v| 3 - v % 7)
            .collect();
        let model = MODEL
            .replace("insecure_tiny", parameters.name)
            .replace("[3, 2, -1, -2]", &format!("{entries:?}"));
        Self::of_model(&model, 9)
    }

    /// A batch of `inputs` ciphertexts through a model, from a fixed seed.
    pub fn of_model(model: &str, inputs: u64) -> Self {
        let program = QuantisedModel::from_json(model).unwrap().compile().unwrap();
        Self::of_program(program, inputs)
    }

    /// The tiny fixture with other table entries, words of the ciphertext space.
    pub fn with_lut(entries: [u64; 4]) -> Self {
        let mut program = QuantisedModel::from_json(MODEL).unwrap().compile().unwrap();
        for node in &mut program.nodes {
            if let Operation::BlindRotation { luts } = &mut node.operation {
                *luts = vec![Lut::new(entries.to_vec()).unwrap()];
            }
        }
        Self::of_program(program, 9)
    }

    /// A batch of `inputs` ciphertexts through a program, from a fixed seed.
    pub fn of_program(program: Program, inputs: u64) -> Self {
        let parameters = program.parameter_set().unwrap();
        let mut seeds = SeedSource::reproducible([7; 32]);
        let client = ClientKey::generate(parameters, &mut seeds).unwrap();
        let keys = Arc::new(client.generate_server_key(&mut seeds));
        let messages: Vec<u64> = (0..inputs).map(|v| v % 4 * parameters.delta()).collect();
        let input = client.encrypt(&messages, &mut seeds).unwrap();
        let (trace, _) = evaluate(&program, &keys, &input, &()).unwrap();
        Self {
            program,
            keys,
            input,
            trace,
        }
    }

    /// The shared fixture of the default tiny set.
    pub fn tiny() -> &'static Self {
        static TINY: OnceLock<Fixture> = OnceLock::new();
        TINY.get_or_init(|| Self::new(ParameterSet::by_name("insecure_tiny").unwrap()))
    }

    /// The output ciphertexts of a trace of this program.
    pub fn output(&self, trace: &Trace) -> LweMatrix {
        LweMatrix::new(trace.wires[self.program.output.0].clone()).unwrap()
    }

    /// Index of the input and output wire of the first node of a kind.
    pub fn wires_of(&self, kind: OperationKind) -> (usize, usize) {
        let node = self
            .program
            .nodes
            .iter()
            .find(|node| node.kind() == kind)
            .unwrap();
        (node.input().0, node.output.0)
    }

    /// Changes the trace, makes the statement about its ends, changes the committed columns, proves without any
    /// check of the prover's, and verifies.
    pub fn forge(
        &self,
        selection: &str,
        change_trace: impl FnOnce(&mut Trace),
        change_columns: impl FnOnce(&Plan, &mut Vec<Vec<F>>),
    ) -> Result<Verified, Forgery> {
        let mut trace = self.trace.clone();
        change_trace(&mut trace);
        let output = self.output(&trace);
        let public = PublicData {
            program: &self.program,
            keys: self.keys.as_ref().into(),
            input: &self.input,
            output: &output,
        };
        let selection: Selection = selection.parse().unwrap();
        let statement = Statement::new(&public, selection, 128).unwrap();
        let data = ProverData::new(&self.keys, &trace);
        let mut attack = Attack::on_columns(change_columns);
        forge_with(&statement, &public, &public, &data, &mut attack)
    }
}

/// How a forgery ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Forgery {
    /// Already the prover could not go on.
    #[error("prover: {0}")]
    Prover(#[from] ProveError),
    /// The verifier rejected.
    #[error("verifier: {0}")]
    Verifier(#[from] VerifyError),
}

impl Forgery {
    /// The innermost error of the verifier; panics if the prover failed.
    pub fn rejection(self) -> VerifyError {
        match self {
            Self::Verifier(VerifyError::Node { source, .. }) => *source,
            Self::Verifier(error) => error,
            other => panic!("the forgery did not reach the verifier: {other}"),
        }
    }
}

/// Asserts that a forgery reached the verifier and failed exactly this check.
pub(crate) fn assert_fails(forged: Result<Verified, Forgery>, expected: &str) {
    let error = forged.unwrap_err().rejection();
    assert!(
        matches!(error, VerifyError::Relation { check } if check == expected),
        "{error}"
    );
}

/// Proves and verifies all operations of one kind under every insecure parameter set.
pub(crate) fn assert_every_small_set_is_proven(selection: &str, kind: OperationKind) {
    for parameters in ParameterSet::all().iter().filter(|set| set.is_insecure()) {
        let fixture = Fixture::new(parameters);
        let verified = fixture.forge(selection, |_| {}, |_, _| {}).unwrap();
        let coverage = verified.coverage.iter().find(|c| c.kind == kind).unwrap();
        assert_eq!(
            (coverage.proven, coverage.total),
            (15, 15),
            "{}",
            parameters.name
        );
    }
}

/// Proves and verifies single rows and lists of rows of the node of the first operation of one kind, under every
/// insecure parameter set.
pub(crate) fn assert_rows_of_every_small_set_are_proven(kind: OperationKind) {
    for parameters in ParameterSet::all().iter().filter(|set| set.is_insecure()) {
        let fixture = Fixture::new(parameters);
        let nodes = &fixture.program.nodes;
        let node = nodes.iter().position(|node| node.kind() == kind).unwrap();
        for (rows, count) in [("6", 1), ("0-3+7", 5), ("1-14", 14)] {
            let selection = format!("node:{node}/{rows}");
            let verified = fixture.forge(&selection, |_| {}, |_, _| {}).unwrap();
            let coverage = verified.coverage.iter().find(|c| c.kind == kind).unwrap();
            assert_eq!(coverage.proven, count, "{} {selection}", parameters.name);
        }
    }
}

/// Makes the inverse column of a split fit changed chunks, so that a forgery gets past the canonical split.
pub(crate) fn refresh_inverse(split: &Split, columns: &mut [Vec<F>]) {
    let all_ones = F::from(u64::from(u32::MAX));
    let mut inverse = vec![all_ones; split.cells];
    for (index, shift) in split.shape.half(true) {
        let chunks = &columns[split.columns.chunks[index].index()];
        for (gap, chunk) in inverse.iter_mut().zip(chunks) {
            *gap -= F::from(1u64 << shift) * chunk;
        }
    }
    ark_ff::batch_inversion(&mut inverse);
    columns[split.columns.inverse.index()] = inverse;
}

/// Changes the field elements of a message with a label.
type Messages<'a> = Box<dyn FnMut(&'static str, &mut Vec<K>) + 'a>;
/// Changes the list of all-ones cells.
type Shown<'a> = Box<dyn FnMut(&mut Vec<u64>) + 'a>;

/// Changes to what a dishonest prover computes with, commits to and sends.
pub(crate) struct Attack<'a, W, C> {
    witnesses: Option<W>,
    columns: Option<C>,
    messages: Option<Messages<'a>>,
    /// Weights of the key's levels, once they are drawn.
    levels: Option<&'a std::cell::RefCell<Vec<K>>>,
    shown: Option<Shown<'a>>,
    claims_follow: bool,
    hidden: Option<u64>,
}

impl<'a, W, C> Attack<'a, W, C> {
    fn new(witnesses: Option<W>, columns: Option<C>) -> Self {
        Self {
            witnesses,
            columns,
            messages: None,
            levels: None,
            shown: None,
            claims_follow: false,
            hidden: None,
        }
    }

    /// Also changes messages.
    pub fn and_messages(self, change: impl FnMut(&'static str, &mut Vec<K>) + 'a) -> Self {
        Self {
            messages: Some(Box::new(change)),
            ..self
        }
    }

    /// Keeps the weights of an indexed key's levels.
    pub fn and_levels(self, kept: &'a std::cell::RefCell<Vec<K>>) -> Self {
        Self {
            levels: Some(kept),
            ..self
        }
    }

    /// Claims the changed messages, too, and not the all-ones cells that hold `hidden`.
    pub fn and_claims_it(self, hidden: Option<u64>) -> Self {
        Self {
            claims_follow: true,
            hidden,
            ..self
        }
    }

    /// Also changes the list of all-ones cells.
    pub fn and_shown(self, change: impl FnMut(&mut Vec<u64>) + 'a) -> Self {
        Self {
            shown: Some(Box::new(change)),
            ..self
        }
    }
}

impl<C: FnOnce(&Plan, &mut Vec<Vec<F>>)> Attack<'_, fn(&Plan, &mut [Witness]), C> {
    /// Changes committed columns.
    pub fn on_columns(change: C) -> Self {
        Self::new(None, Some(change))
    }
}

impl<W: FnOnce(&Plan, &mut [Witness])> Attack<'_, W, fn(&Plan, &mut Vec<Vec<F>>)> {
    /// Changes the accumulators of blind rotations, node by node; columns are cut from them.
    pub fn on_witnesses(change: W) -> Self {
        Self::new(Some(change), None)
    }
}

impl<W, C> Tamper for Attack<'_, W, C>
where
    W: FnOnce(&Plan, &mut [Witness]),
    C: FnOnce(&Plan, &mut Vec<Vec<F>>),
{
    fn witnesses(&mut self, plan: &Plan, witnesses: &mut Witnesses) {
        let Some(change) = self.witnesses.take() else {
            return;
        };
        let places: Vec<usize> = (0..witnesses.len())
            .filter(|node| witnesses[*node].is_some())
            .collect();
        let mut all: Vec<Witness> = witnesses
            .iter_mut()
            .filter_map(Option::take)
            .map(|witness| Arc::try_unwrap(witness).ok().unwrap())
            .collect();
        change(plan, &mut all);
        for (node, witness) in places.into_iter().zip(all) {
            witnesses[node] = Some(Arc::new(witness));
        }
    }

    fn columns(&mut self, plan: &Plan, columns: &mut Columns) {
        if let (Some(change), Some(layout)) = (self.columns.take(), &plan.layout) {
            columns.change(layout, |all| change(plan, all));
        }
    }

    fn message(&mut self, label: &'static str, values: &mut Vec<K>) {
        if let Some(change) = &mut self.messages {
            change(label, values);
        }
    }

    fn level_weights(&mut self, weights: &[K]) {
        if let Some(kept) = self.levels {
            kept.replace(weights.to_vec());
        }
    }

    fn claims_follow(&self) -> bool {
        self.claims_follow
    }

    fn cells(&mut self, found: &mut Vec<(usize, u64)>) {
        found.retain(|(_, word)| Some(*word) != self.hidden);
    }

    fn shown(&mut self, message: &mut Vec<u64>) {
        if let Some(change) = &mut self.shown {
            change(message);
        }
    }
}

/// Proves `statement` as a server that holds `server` data and attacks, then verifies with the verifier's own `public`
/// data.
pub(crate) fn forge_with(
    statement: &Statement,
    public: &PublicData<'_>,
    server: &PublicData<'_>,
    data: &ProverData<'_>,
    attack: &mut dyn Tamper,
) -> Result<Verified, Forgery> {
    let proof = prove_with(statement, server, data, &(), attack)?;
    Ok(verify(statement, public, &proof)?)
}

/// Challenges that a forger knows in advance, as if they were drawn before its messages.
pub(crate) mod frozen {
    use std::cell::RefCell;

    use blindproof_zk::{field::K, transcript::ProverTranscript};

    /// What the challenges of a label become.
    type Rule = fn(&'static str, usize) -> Option<Vec<K>>;

    thread_local! {
        static RULE: RefCell<Option<Rule>> = const { RefCell::new(None) };
    }

    /// The drawn challenges, or the frozen ones.
    pub fn challenges(label: &'static str, drawn: Vec<K>) -> Vec<K> {
        let rule = RULE.with_borrow(|rule| *rule);
        rule.and_then(|rule| rule(label, drawn.len()))
            .unwrap_or(drawn)
    }

    /// The same values whenever this label is asked for.
    pub fn recorded(label: &'static str, count: usize) -> Vec<K> {
        ProverTranscript::new("frozen challenges", b"").challenges(label, count)
    }

    /// Runs `work` with the session challenges of this thread replaced.
    pub fn with<T>(rule: Rule, work: impl FnOnce() -> T) -> T {
        struct Thaw;
        impl Drop for Thaw {
            fn drop(&mut self) {
                RULE.set(None);
            }
        }
        RULE.set(Some(rule));
        let _thaw = Thaw;
        work()
    }
}
