//! The command line, as types.

use super::model::ModelCommand;
use crate::memory_size::Size;
use std::path::PathBuf;

use blindproof_bridge::selection::Selection;
use clap::{Args, Parser, Subcommand};

use crate::data::samples::LabelColumn;
use crate::roles::images::ImageSource;
use crate::roles::session::{PublicKeyFiles, Session};

/// Verifiable inference on encrypted data: TFHE evaluation with a proof that selected operations were done right.
///
/// Exit codes: 0 success or verified, 1 proof rejected, 2 misuse or bad input.
#[derive(Debug, Parser)]
#[command(name = "blindproof", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment of many cells, or one model from keys to report.
    Run(RunArgs),
    /// Write a commented experiment to start from.
    Init(InitArgs),
    /// Make a report of experiments: one page, tables (Markdown, LaTeX, CSV) and figures.
    Report(ReportArgs),
    /// Show what changed between two results, and whether it can be chance.
    Compare(CompareArgs),
    /// What comes with the program: experiments, models and data sets.
    List,
    /// Measure one cell of an experiment: its JSON on standard input, quantities on standard output.
    #[command(hide = true)]
    Cell,
    /// Client: make a secret key and the public evaluation keys.
    Keygen(KeygenArgs),
    /// Client: encrypt images.
    Encrypt(EncryptArgs),
    /// Server: evaluate the model on ciphertexts; writes output.ct and trace.
    Evaluate(EvaluateArgs),
    /// Server: prove selected operations of an evaluation; writes statement and proof.
    Prove(ProveArgs),
    /// Anyone with the public keys: commit to them, so that a verifier needs only the index.
    IndexKeys(IndexKeysArgs),
    /// Verifier: check a proof against your own keys, model, input and output.
    Verify(VerifyArgs),
    /// Client: decrypt the result and print the predictions.
    Decrypt(DecryptArgs),
    /// Measure what a step costs.
    Bench {
        /// Which step.
        #[command(subcommand)]
        bench: Bench,
    },
    /// Look at models before they are run.
    Model {
        /// What to do with the model.
        #[command(subcommand)]
        action: ModelCommand,
    },
    /// Say what is in a file: any artefact or model.
    Inspect(InspectArgs),
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A shipped experiment or model (`blindproof list`; `digits` for digits-mlp), or the path of an experiment (TOML) or of a model (JSON).
    #[arg(value_name = "NAME")]
    pub experiment: String,
    /// Folder for everything that is made [default: runs/NAME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the result as JSON on standard output, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Experiments: run the small size.
    #[arg(long)]
    pub quick: bool,
    /// Experiments: print the cells and their predicted cost, and run nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub model: RunModelArgs,
}

/// Options of `run` for a model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for models")]
pub struct RunModelArgs {
    /// What to evaluate it on: digits:held-out, mnist:held-out:0..3 and so on, or a file (CSV, NPY, NPZ or IDX) [default: the held-out part of the model's data set].
    #[arg(long, value_name = "DATA")]
    pub data: Option<ImageSource>,
    /// Where a CSV file has its labels: first, last, none or the name of a column; auto: the one named label, target or class [default: auto].
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<LabelColumn>,
    /// How many inputs, from the first one on [default: 1].
    #[arg(long, value_name = "N")]
    pub images: Option<usize>,
    /// Which operations to prove: all, none, kinds (linear, keyswitch, modswitch, blindrotation, bootstrap), layer:K, node:K/ROWS, lists of these with commas, sample:F, sample:count=N [default: all].
    #[arg(long, value_name = "S")]
    pub select: Option<Selection>,
    /// Make the run repeatable. Keys from a seed are no secret: for experiments only.
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Most memory the prover may use, such as 900MiB [default: 4GiB].
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Size>,
    /// Proven soundness level in bits, 100 to 128 [default: 128].
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(100..=128))]
    pub bits: Option<u32>,
    /// Use a folder that was not made by this command, and replace what is in it, secret keys included.
    #[arg(long)]
    pub force: bool,
}

impl RunModelArgs {
    /// The first option that was given, with the field of an experiment that does the same.
    pub fn given(&self) -> Option<(&'static str, &'static str)> {
        let options = [
            (self.data.is_some(), ("--data", "model")),
            (self.label_column.is_some(), ("--label-column", "model")),
            (self.images.is_some(), ("--images", "images")),
            (self.select.is_some(), ("--select", "select")),
            (self.seed.is_some(), ("--seed", "seed")),
            (self.memory.is_some(), ("--memory", "memory")),
            (self.bits.is_some(), ("--bits", "bits")),
            (self.force, ("--force", "name")),
        ];
        let first = options.into_iter().find(|(given, _)| *given);
        first.map(|(_, names)| names)
    }
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where the file goes.
    #[arg(value_name = "FILE", default_value = "experiment.toml")]
    pub file: PathBuf,
    /// Replace a file that is already there.
    #[arg(long)]
    pub force: bool,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Results of experiments: results.jsonl, or the folders they are in.
    #[arg(value_name = "RESULTS", required_unless_present = "paper")]
    pub results: Vec<PathBuf>,
    /// Folder for index.html, report.md, tables, figures and samples.csv.
    #[arg(short, long, value_name = "DIR", default_value = "report")]
    pub out: PathBuf,
    /// Bring the tables and figures of papers/ up to date with papers/results instead.
    #[arg(long, conflicts_with_all = ["results", "out"])]
    pub paper: bool,
    /// Change nothing; fail if something would change.
    #[arg(long, requires = "paper")]
    pub check: bool,
    /// Folder of the papers.
    #[arg(long, value_name = "DIR", default_value = "papers", requires = "paper")]
    pub papers: PathBuf,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Results before: results.jsonl, or its folder.
    pub a: PathBuf,
    /// Results after.
    pub b: PathBuf,
    /// Also show what did not change.
    #[arg(long)]
    pub all: bool,
    /// Print the comparison as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Where the files are.
#[derive(Debug, Clone, Args)]
pub struct SessionArgs {
    /// Folder of the session: every file below that is not named is looked for, or written, here.
    #[arg(long, value_name = "DIR", default_value = "runs/session")]
    pub dir: PathBuf,
}

impl SessionArgs {
    /// The session.
    pub fn session(&self) -> Session {
        Session::new(&self.dir)
    }
}

/// Which model.
#[derive(Debug, Clone, Args)]
pub struct ModelArgs {
    /// Built-in model, or path of a model file (JSON).
    #[arg(long, value_name = "M", default_value = "digits-mlp")]
    pub model: String,
}

/// The public keys.
#[derive(Debug, Clone, Args)]
pub struct PublicKeyArgs {
    /// Folder with key-switching.key and bootstrapping.key [default: DIR/keys/public].
    #[arg(long, value_name = "KEYS")]
    pub keys: Option<PathBuf>,
}

impl PublicKeyArgs {
    /// The key files.
    pub fn files(&self, session: &Session) -> PublicKeyFiles {
        match &self.keys {
            Some(folder) => PublicKeyFiles::in_folder(folder),
            None => session.keys().public,
        }
    }
}

/// Options of `keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// Folder of the session. A secret key is written only where a path says so: this or --out is required.
    #[arg(long, value_name = "DIR", required_unless_present = "out")]
    pub dir: Option<PathBuf>,
    /// Make keys for this parameter set instead of a model's.
    #[arg(long, value_name = "NAME", conflicts_with = "model")]
    pub parameters: Option<String>,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// Folder for client.key (secret) and public/ (for servers and verifiers) [default: DIR/keys].
    #[arg(long, value_name = "KEYS")]
    pub out: Option<PathBuf>,
    /// Replace a secret key that is already there.
    #[arg(long)]
    pub force: bool,
}

/// Options of `encrypt`.
#[derive(Debug, Args)]
pub struct EncryptArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// Secret key [default: DIR/keys/client.key].
    #[arg(long, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Images: digits:held-out:0..3, digits:train:0..3, or a file (CSV, NPY, NPZ or IDX, also with .gz), such as FILE or FILE:0..3.
    #[arg(long, value_name = "IMAGES", default_value = "digits:held-out:0..3")]
    pub images: ImageSource,
    /// Where a CSV file has labels, which are not encrypted: first, last, none or the name of a column; auto: the one named label, target or class.
    #[arg(long, value_name = "COLUMN", default_value = "auto")]
    pub label_column: LabelColumn,
    /// Where the ciphertexts go [default: DIR/input.ct].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) keys: PublicKeyArgs,
    /// The client's ciphertexts [default: DIR/input.ct].
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Folder for output.ct and trace [default: DIR].
    #[arg(long, value_name = "OUT")]
    pub out: Option<PathBuf>,
}

/// Options of `prove`.
#[derive(Debug, Args)]
pub struct ProveArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) keys: PublicKeyArgs,
    /// The client's ciphertexts [default: DIR/input.ct].
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The result [default: DIR/output.ct].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What `evaluate` recorded [default: DIR/trace].
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Which operations to prove: all, none, kinds (linear, keyswitch, modswitch, blindrotation, bootstrap), layer:K, node:K/ROWS, lists of these with commas, sample:F, sample:count=N.
    #[arg(long, value_name = "S", default_value = "all")]
    pub select: Selection,
    /// Proven soundness level in bits, 100 to 128.
    #[arg(long, value_name = "BITS", default_value_t = 128, value_parser = clap::value_parser!(u32).range(100..=128))]
    pub bits: u32,
    /// Most memory the prover may use, such as 4GiB or 900MiB.
    #[arg(long, value_name = "SIZE", default_value = "4GiB")]
    pub memory: Size,
    /// Folder for finished parts, from which a killed run goes on [default: OUT/proof.work].
    #[arg(long, value_name = "FOLDER")]
    pub work: Option<PathBuf>,
    /// Name the keys by this index, for verifiers that hold it instead of the keys.
    #[arg(long, value_name = "FILE")]
    pub key_index: Option<PathBuf>,
    /// Folder for statement and proof [default: DIR].
    #[arg(long, value_name = "OUT")]
    pub out: Option<PathBuf>,
}

/// Options of `index-keys`.
#[derive(Debug, Args)]
pub struct IndexKeysArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) keys: PublicKeyArgs,
    /// Where the index goes [default: DIR/keys/public/key.index].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Complete bootstraps: evaluation, every step of the proof, verification, memory.
    Pbs(BenchPbsArgs),
    /// The noise of every operation against its formula.
    Noise(BenchNoiseArgs),
}

/// Options of `bench noise`.
#[derive(Debug, Args)]
pub struct BenchNoiseArgs {
    /// Parameter sets [default: all that are not for tests only].
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub parameters: Vec<String>,
    /// Errors of each operation.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub samples: u32,
    /// Also write the table as comma-separated values.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Print the results as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `bench pbs`.
#[derive(Debug, Args)]
pub struct BenchPbsArgs {
    /// How many bootstraps are proven together.
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        default_value = "1,8,32"
    )]
    pub batch: Vec<usize>,
    /// Parameter set.
    #[arg(long, value_name = "NAME", default_value = "message_4")]
    pub parameters: String,
    /// Proven soundness level in bits, 100 to 128.
    #[arg(long, value_name = "BITS", default_value_t = 128, value_parser = clap::value_parser!(u32).range(100..=128))]
    pub bits: u32,
    /// Most memory the prover may use, such as 4GiB or 900MiB.
    #[arg(long, value_name = "SIZE", default_value = "4GiB")]
    pub memory: Size,
    /// Measure each batch so often and show the run with the median CPU time of the proof.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub repeat: usize,
    /// Print the results as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Measure in this process instead of one process for each batch.
    #[arg(long, hide = true)]
    pub in_process: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) keys: PublicKeyArgs,
    /// Index of the keys, instead of the keys themselves.
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    pub key_index: Option<PathBuf>,
    /// The ciphertexts that were sent [default: DIR/input.ct].
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The ciphertexts that came back [default: DIR/output.ct].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The server's statement [default: DIR/statement].
    #[arg(long, value_name = "FILE")]
    pub statement: Option<PathBuf>,
    /// The server's proof [default: DIR/proof].
    #[arg(long, value_name = "FILE")]
    pub proof: Option<PathBuf>,
    /// Reject unless the statement selects exactly this; without it, any selection is accepted and reported.
    #[arg(long, value_name = "S")]
    pub select: Option<Selection>,
    /// Reject a statement of a lower soundness level in bits, 100 to 128.
    #[arg(long, value_name = "BITS", default_value_t = 128, value_parser = clap::value_parser!(u32).range(100..=128))]
    pub bits: u32,
    /// Print the answer as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `decrypt`.
#[derive(Debug, Args)]
pub struct DecryptArgs {
    #[command(flatten)]
    pub(super) session: SessionArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    /// Secret key [default: DIR/keys/client.key].
    #[arg(long, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// The result [default: DIR/output.ct].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print the predictions as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Any artefact, a model file, or the name of a built-in model.
    pub file: PathBuf,
    /// Print as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_role_works_without_options() {
        for role in [
            "encrypt",
            "evaluate",
            "prove",
            "verify",
            "decrypt",
            "index-keys",
        ] {
            Cli::try_parse_from(["blindproof", role]).expect(role);
        }
        for place in ["--dir", "--out"] {
            Cli::try_parse_from(["blindproof", "keygen", place, "x"]).expect("keygen");
        }
        Cli::try_parse_from(["blindproof", "run", "digits"]).expect("run digits");
        Cli::try_parse_from(["blindproof", "bench", "pbs"]).expect("bench pbs");
    }

    #[test]
    fn refuses_unknown_selections_levels_and_images() {
        for line in [
            "run digits --select some",
            "run digits --images -1",
            "run digits --bits 64",
            "run digits --memory 4",
            "bench",
            "bench pbs --batch 1,x",
            "prove --select layer:x",
            "encrypt --images digits:held-out:3",
            "keygen",
            "keygen --dir x --parameters message_4 --model digits-mlp",
            "inspect",
            "",
        ] {
            let arguments = ["blindproof"].into_iter().chain(line.split_whitespace());
            assert!(Cli::try_parse_from(arguments).is_err(), "{line}");
        }
    }
}
