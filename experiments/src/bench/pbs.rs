//! Complete bootstraps (key switch, modulus switch, blind rotation, sample extraction), proven in batches.
//!
//! Each batch is measured in a process of its own, so that its peak memory is its own.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::process::Command;
use std::sync::Arc;

use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::resources::Resources;
use blindproof_bridge::statement::{PublicData, Statement};
use blindproof_bridge::{ProveObserver, ProveStep, ProverData, prove, verify};
use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lut::Lut;
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::program::{Node, Operation, Program, Wire, WireId, WireKind};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde::{Deserialize, Serialize};

use crate::result::Host;
use crate::roles::cost::{Cost, peak_rss_bytes, process_cpu_seconds};
use crate::run::host;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Numbers of bootstraps.
    pub batches: Vec<usize>,
    /// Parameter set.
    pub parameters: String,
    /// Proven soundness level in bits.
    pub level: u32,
    /// Peak memory of the prover, in bytes.
    pub memory: u64,
    /// Measurements of each batch; the one with the median CPU time of the proof is shown.
    pub repeat: usize,
    /// Measure in this process, so that peak memory is that of the largest batch so far.
    pub in_process: bool,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A batch without bootstraps.
    #[error("--batch: 0 is not a batch; give numbers of bootstraps from 1 on, such as 1,8,32")]
    EmptyBatch,
    /// No measurement asked for.
    #[error("--repeat: 0 measurements show nothing; give a number from 1 on")]
    NoMeasurement,
    /// The parameter set does not exist.
    #[error(transparent)]
    Parameters(#[from] blindproof_fhe::params::ParameterError),
    /// A batch could not be measured.
    #[error("batch of {batch}: {problem}")]
    Batch {
        /// Bootstraps.
        batch: usize,
        /// What went wrong.
        problem: String,
    },
}

/// CPU seconds of one step of the prover, for the whole batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub name: String,
    /// CPU seconds.
    pub cpu_seconds: f64,
}

/// One batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Bootstraps.
    pub bootstraps: usize,
    /// Exact evaluation, before and without proof: CPU seconds.
    pub evaluation_cpu_seconds: f64,
    /// Steps of the prover.
    pub steps: Vec<Step>,
    /// All of the proof: CPU seconds.
    pub proof_cpu_seconds: f64,
    /// All of the proof: wall seconds.
    pub proof_wall_seconds: f64,
    /// Length of the proof.
    pub proof_bytes: usize,
    /// Verification with the keys themselves: wall seconds.
    pub verify_seconds: f64,
    /// The same: CPU seconds.
    pub verify_cpu_seconds: f64,
    /// Verification with a key index: wall seconds.
    pub verify_indexed_seconds: f64,
    /// The same: CPU seconds.
    pub verify_indexed_cpu_seconds: f64,
    /// Length of a proof with a key index.
    pub indexed_proof_bytes: usize,
    /// Peak memory of the process after proving with the keys themselves, in bytes.
    pub peak_bytes: u64,
    /// What was predicted.
    pub predicted_peak_bytes: u64,
    /// Proven soundness.
    pub soundness_bits: f64,
    /// Bootstraps of the largest shard.
    pub shard: usize,
}

/// All batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Parameter set.
    pub parameters: String,
    /// Measurements of each batch, of which the one with the median CPU time of the proof is kept.
    pub repeat: usize,
    /// The machine.
    pub host: Host,
    /// By size, as asked.
    pub batches: Vec<Batch>,
}

/// Measures all batches, one after the other.
///
/// # Errors
/// [`BenchError`].
pub fn run(options: &Options) -> Result<Results, BenchError> {
    ParameterSet::by_name(&options.parameters)?;
    if options.batches.contains(&0) {
        return Err(BenchError::EmptyBatch);
    }
    if options.repeat == 0 {
        return Err(BenchError::NoMeasurement);
    }
    let measured = |batch: &usize| -> Result<Batch, BenchError> {
        let runs = (0..options.repeat).map(|_| match options.in_process {
            true => measure(options, *batch).map_err(|error| BenchError::Batch {
                batch: *batch,
                problem: error.to_string(),
            }),
            false => child(options, *batch),
        });
        let mut runs: Vec<Batch> = runs.collect::<Result<_, _>>()?;
        runs.sort_by(|a, b| a.proof_cpu_seconds.total_cmp(&b.proof_cpu_seconds));
        Ok(runs.swap_remove((runs.len() - 1) / 2))
    };
    Ok(Results {
        parameters: options.parameters.clone(),
        repeat: options.repeat,
        host: host::facts(),
        batches: options
            .batches
            .iter()
            .map(measured)
            .collect::<Result<_, _>>()?,
    })
}

/// Starts this program again for one batch.
fn child(options: &Options, batch: usize) -> Result<Batch, BenchError> {
    let failed = |problem: String| BenchError::Batch { batch, problem };
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let output = Command::new(program)
        .args(["bench", "pbs", "--json", "--in-process"])
        .args(["--batch", &batch.to_string()])
        .args(["--parameters", &options.parameters])
        .args(["--bits", &options.level.to_string()])
        .args(["--memory", &format!("{}B", options.memory)])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(failed(message.trim().to_owned()));
    }
    let results: Results =
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
    let mut batches = results.batches.into_iter();
    batches.next().ok_or_else(|| failed("no result".to_owned()))
}

/// A program of `bootstraps` complete bootstraps.
fn program(set: &ParameterSet, bootstraps: usize) -> Program {
    let wire = |kind| Wire {
        kind,
        features: bootstraps,
    };
    let node = |input, operation| Node {
        layer: 0,
        layer_name: "bootstrap".to_owned(),
        inputs: vec![WireId(input)],
        output: WireId(input + 1),
        operation,
    };
    let entries = 0..1u64 << set.message_bits.0;
    let lut = Lut::new(entries.map(|entry| entry * set.delta()).collect())
        .expect("one entry for each message");
    Program {
        name: "bootstraps".to_owned(),
        parameters: set.name.to_owned(),
        wires: [
            WireKind::BigLwe,
            WireKind::SmallLwe,
            WireKind::Switched,
            WireKind::BigLwe,
        ]
        .map(wire)
        .into(),
        nodes: vec![
            node(0, Operation::KeySwitch),
            node(1, Operation::ModulusSwitch),
            node(2, Operation::BlindRotation { luts: vec![lut] }),
        ],
        input: WireId(0),
        output: WireId(3),
    }
}

/// Measures one batch in this process.
fn measure(options: &Options, bootstraps: usize) -> Result<Batch, Box<dyn std::error::Error>> {
    let (level, memory) = (options.level, options.memory);
    let set = ParameterSet::by_name(&options.parameters)?;
    let program = program(set, bootstraps);
    let mut seeds = SeedSource::from_os()?;
    let client = ClientKey::generate(set, &mut seeds)?;
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let messages: Vec<u64> = (0..bootstraps as u64)
        .map(|v| v % (1 << set.message_bits.0) * set.delta())
        .collect();
    let input = client.encrypt(&messages, &mut seeds)?;
    // Prepares the key once, which is not part of a bootstrap.
    evaluate(&program, &keys, &input, &())?;
    let (evaluated, evaluation) = Cost::measure(|| evaluate(&program, &keys, &input, &()));
    let (trace, _) = evaluated?;
    let output = LweMatrix::new(trace.wires[program.output.0].clone())?;
    let public = PublicData {
        program: &program,
        keys: keys.as_ref().into(),
        input: &input,
        output: &output,
    };
    let statement = Statement::new(&public, "all".parse()?, level)?;
    let resources = Resources::choose(&statement, &public, memory, false)?;
    let statement = statement.with_log_shard(resources.log_shard);
    let data = ProverData {
        keep: resources.keep,
        ..ProverData::new(&keys, &trace)
    };
    let steps = Steps::default();
    let (proof, proving) = Cost::measure(|| prove(&statement, &public, &data, &steps));
    let proof = proof?;
    let peak_bytes = peak_rss_bytes().unwrap_or(0);
    let (verified, verification) = Cost::measure(|| verify(&statement, &public, &proof));
    let index = KeyIndex::create(&keys)?;
    let indexed = PublicData {
        keys: (&index).into(),
        ..public
    };
    let indexed_statement =
        Statement::new(&indexed, "all".parse()?, level)?.with_log_shard(resources.log_shard);
    let indexed_proof = prove(&indexed_statement, &indexed, &data, &())?;
    let (accepted, indexed_verification) =
        Cost::measure(|| verify(&indexed_statement, &indexed, &indexed_proof));
    accepted?;
    Ok(Batch {
        bootstraps,
        evaluation_cpu_seconds: evaluation.cpu_seconds,
        steps: steps.done.into_inner(),
        proof_cpu_seconds: proving.cpu_seconds,
        proof_wall_seconds: proving.wall_seconds,
        proof_bytes: proof.len(),
        verify_seconds: verification.wall_seconds,
        verify_cpu_seconds: verification.cpu_seconds,
        verify_indexed_seconds: indexed_verification.wall_seconds,
        verify_indexed_cpu_seconds: indexed_verification.cpu_seconds,
        indexed_proof_bytes: indexed_proof.len(),
        peak_bytes,
        predicted_peak_bytes: resources.peak,
        soundness_bits: verified?.soundness.total_bits(),
        shard: 1 << resources.log_shard.min(bootstraps.ilog2()),
    })
}

/// Adds up the CPU time of each step.
#[derive(Default)]
struct Steps {
    started: Cell<f64>,
    done: RefCell<Vec<Step>>,
}

impl ProveObserver for Steps {
    fn start(&self, _: ProveStep) {
        self.started.set(process_cpu_seconds());
    }

    fn end(&self, step: ProveStep, _: f64) {
        let cpu_seconds = process_cpu_seconds() - self.started.get();
        let name = match step {
            ProveStep::Evaluate => "evaluation of the witness",
            ProveStep::Witness | ProveStep::Commit => "commitment",
            ProveStep::RangeCheck => "range check",
            ProveStep::Quotient | ProveStep::Collapse => "collapse and quotient",
            ProveStep::Relation { .. } | ProveStep::BlindRotations => "sumchecks",
            ProveStep::Open => "opening",
        };
        let mut done = self.done.borrow_mut();
        match done.iter_mut().find(|step| step.name == name) {
            Some(step) => step.cpu_seconds += cpu_seconds,
            None => done.push(Step {
                name: name.to_owned(),
                cpu_seconds,
            }),
        }
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        let mut header = vec![format!("{}, batch of", self.parameters)];
        header.extend(
            self.batches
                .iter()
                .map(|batch| batch.bootstraps.to_string()),
        );
        table.set_header(header);
        let mut row = |name: String, value: &dyn Fn(&Batch) -> String| {
            let mut cells = vec![name];
            cells.extend(self.batches.iter().map(value));
            table.add_row(cells);
        };
        let each =
            |seconds: f64, batch: &Batch| format!("{:.3}", seconds / batch.bootstraps as f64);
        row("evaluation, CPU-s per bootstrap".into(), &|b| {
            each(b.evaluation_cpu_seconds, b)
        });
        let names = self.batches.first().map_or(&[][..], |batch| &batch.steps);
        for step in names {
            row(format!("  {}, CPU-s per bootstrap", step.name), &|b| {
                let own = b.steps.iter().find(|other| other.name == step.name);
                each(own.map_or(0.0, |step| step.cpu_seconds), b)
            });
        }
        row("proof, CPU-s per bootstrap".into(), &|b| {
            each(b.proof_cpu_seconds, b)
        });
        row("proof, wall s".into(), &|b| {
            format!("{:.1}", b.proof_wall_seconds)
        });
        row("proof, bytes".into(), &|b| b.proof_bytes.to_string());
        row("verification, wall s".into(), &|b| {
            format!("{:.3}", b.verify_seconds)
        });
        row("verification, CPU-s".into(), &|b| {
            format!("{:.3}", b.verify_cpu_seconds)
        });
        row("with key index: proof, bytes".into(), &|b| {
            b.indexed_proof_bytes.to_string()
        });
        row("with key index: verification, wall s".into(), &|b| {
            format!("{:.3}", b.verify_indexed_seconds)
        });
        row("with key index: verification, CPU-s".into(), &|b| {
            format!("{:.3}", b.verify_indexed_cpu_seconds)
        });
        row("peak memory, MiB".into(), &|b| {
            (b.peak_bytes >> 20).to_string()
        });
        row("  predicted, MiB".into(), &|b| {
            (b.predicted_peak_bytes >> 20).to_string()
        });
        row("bootstraps of the largest shard".into(), &|b| {
            b.shard.to_string()
        });
        row("proven soundness, bits".into(), &|b| {
            format!("{:.1}", b.soundness_bits)
        });
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "{}, {} cores, {}",
            self.host.cpu, self.host.cores, self.host.os
        )
    }
}
