//! One function for each subcommand: options in, text for standard output out.

use std::path::Path;

use blindproof_bridge::artefact::{Existing, write_atomically};
use blindproof_bridge::selection::Selection;
use blindproof_fhe::model::Prediction as Answer;
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::quantise;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;

use super::args::{
    Bench, BenchNoiseArgs, BenchPbsArgs, Command, DecryptArgs, EncryptArgs, EvaluateArgs,
    IndexKeysArgs, KeygenArgs, ProveArgs, RunArgs, VerifyArgs,
};
use super::progress::Progress;
use super::{Failure, REJECTED, grid, inspect, message, model, summary, text};
use crate::bench;
use crate::data::{Dataset, Split};
use crate::models;
use crate::result::answer_text;
use crate::roles::model::LoadedModel;
use crate::roles::server::{ProveFiles, ProveSettings};
use crate::roles::session::{KeyFiles, Session};
use crate::roles::verifier::{Requirements, VerifierKeyFiles, VerifyFiles};
use crate::roles::{RoleError, client, server, verifier};
use crate::run::{self, Phases as _};

/// Runs a command and returns what goes to standard output.
pub(super) fn execute(command: Command) -> Result<String, Failure> {
    match command {
        Command::Run(arguments) => run(&arguments),
        Command::Init(arguments) => grid::init(&arguments),
        Command::Cell => grid::cell(),
        Command::Report(arguments) => summary::report(&arguments),
        Command::Compare(arguments) => summary::compare(&arguments),
        Command::List => list(),
        Command::Keygen(arguments) => keygen(&arguments),
        Command::Encrypt(arguments) => encrypt(&arguments),
        Command::Evaluate(arguments) => evaluate(&arguments),
        Command::Prove(arguments) => prove(&arguments),
        Command::IndexKeys(arguments) => index_keys(&arguments),
        Command::Verify(arguments) => verify(&arguments),
        Command::Decrypt(arguments) => decrypt(&arguments),
        Command::Bench {
            bench: Bench::Pbs(arguments),
        } => bench_pbs(&arguments),
        Command::Bench {
            bench: Bench::Noise(arguments),
        } => bench_noise(&arguments),
        Command::Model { action } => model::execute(&action),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
    }
}

fn run(arguments: &RunArgs) -> Result<String, Failure> {
    match grid::find(&arguments.experiment, arguments.quick)? {
        Some(experiment) => grid::run(&experiment, arguments),
        None if arguments.quick || arguments.dry_run => Err(Failure::misuse(format!(
            "--quick and --dry-run are for experiments; '{}' is a model. blindproof list names both",
            arguments.experiment
        ))),
        None => run_model(arguments),
    }
}

fn run_model(arguments: &RunArgs) -> Result<String, Failure> {
    let chosen = &arguments.model;
    if chosen.seed.is_some() {
        message(
            "blindproof: warning: keys and ciphertexts from --seed can be made again by anyone: for experiments only",
        );
    }
    let name = match arguments.experiment.as_str() {
        "digits" => "digits-mlp",
        name => name,
    };
    let folder = arguments.out.clone().unwrap_or_else(|| {
        let stem = Path::new(name).file_stem().unwrap_or(name.as_ref());
        Path::new("runs").join(stem)
    });
    let options = run::experiment::Options {
        model: name.to_owned(),
        data: chosen.data.clone(),
        label_column: chosen.label_column.clone().unwrap_or_default(),
        images: chosen.images.unwrap_or(1),
        selection: chosen.select.clone().unwrap_or(Selection::All),
        level: chosen.bits.unwrap_or(128),
        memory: chosen.memory.map_or(4 << 30, |size| size.0),
        folder: folder.clone(),
        seed: chosen.seed,
        force: chosen.force,
    };
    let progress = Progress::new(!arguments.json);
    let result = run::experiment::run(&options, &progress)?;
    progress.finish();
    let output = if arguments.json {
        text::json(&result)?
    } else {
        text::run_summary(&result, &folder)
    };
    match &result.rejection {
        None => Ok(output),
        Some(reason) => Err(Failure {
            code: REJECTED,
            message: reason.clone(),
            output,
        }),
    }
}

/// The shipped experiments, models and data sets.
fn list() -> Result<String, Failure> {
    let experiments = grid::list()?;
    let mut models = Table::new();
    models.load_style(UTF8_FULL_CONDENSED);
    models.set_header(["run", "data", "inputs", "bootstraps", "held-out accuracy"]);
    for shipped in models::ALL {
        let model = shipped.load().map_err(Failure::misuse)?;
        let inspection = quantise::inspect(&model).map_err(Failure::misuse)?;
        let (right, samples) = shipped.held_out_accuracy().map_err(Failure::misuse)?;
        models.add_row([
            shipped.name.to_owned(),
            shipped.dataset.to_string(),
            model.input.features.to_string(),
            inspection.bootstraps.to_string(),
            format!(
                "{:.1} % of {samples}",
                100.0 * right as f64 / samples as f64
            ),
        ]);
    }
    let mut sets = Table::new();
    sets.load_style(UTF8_FULL_CONDENSED);
    sets.set_header(["data", "samples", "shape"]);
    for dataset in Dataset::ALL {
        for split in Split::ALL {
            if let Some(samples) = dataset.samples(split) {
                sets.add_row([
                    format!("{dataset}:{}", split.name()),
                    samples.rows.len().to_string(),
                    format!("{:?}", samples.shape),
                ]);
            }
        }
    }
    Ok(format!(
        "blindproof run NAME, experiments; minutes on 2 cores\n{experiments}\n\
         blindproof run NAME, models; accuracy of the clear quantised model on data that was not trained on\n{models}\n{sets}\n"
    ))
}

fn keygen(arguments: &KeygenArgs) -> Result<String, Failure> {
    let parameters = match &arguments.parameters {
        Some(name) => ParameterSet::by_name(name).map_err(Failure::misuse)?,
        None => LoadedModel::open(&arguments.model.model)?.parameters,
    };
    let files = match (&arguments.out, &arguments.dir) {
        (Some(folder), _) => KeyFiles::in_folder(folder),
        (None, Some(folder)) => Session::new(folder).keys(),
        (None, None) => {
            return Err(Failure::misuse(
                "give --dir or --out: where the secret key goes",
            ));
        }
    };
    let existing = if arguments.force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let progress = Progress::new(true);
    progress.phase("making keys");
    let cost = client::keygen(parameters, &files, None, existing)?;
    progress.finish();
    if parameters.is_insecure() {
        message(&format!(
            "blindproof: warning: the parameter set '{}' is for tests and offers no security",
            parameters.name
        ));
    }
    Ok(format!(
        "keys for '{}' in {:.1} s\n  secret, keep it:          {}\n  for server and verifier:  {}\n                            {}\n",
        parameters.name,
        cost.wall_seconds,
        files.client.display(),
        files.public.key_switching.display(),
        files.public.bootstrapping.display()
    ))
}

fn encrypt(arguments: &EncryptArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let images = arguments.images.load(&arguments.label_column)?;
    let key = or_default(&arguments.client_key, session.keys().client);
    let out = or_default(&arguments.out, session.input());
    client::encrypt(&model, &key, &images, &out, None)?;
    Ok(format!(
        "encrypted {} images ({}) for '{}': {}\n",
        images.len(),
        arguments.images,
        model.model.name,
        out.display()
    ))
}

fn evaluate(arguments: &EvaluateArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let results = out_session(&arguments.out, &session);
    let progress = Progress::new(true);
    let evaluated = server::evaluate(
        &model,
        &arguments.keys.files(&session),
        &or_default(&arguments.input, session.input()),
        &results.output(),
        &results.trace(),
        &progress,
    )?;
    progress.finish();
    Ok(format!(
        "evaluated '{}' on {} encrypted images in {:.1} s ({:.1} CPU s)\n  result:               {}\n  trace, for the prover: {}\n",
        model.model.name,
        evaluated.images,
        evaluated.cost.wall_seconds,
        evaluated.cost.cpu_seconds,
        results.output().display(),
        results.trace().display()
    ))
}

fn prove(arguments: &ProveArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let results = out_session(&arguments.out, &session);
    let progress = Progress::new(true);
    let proven = server::prove(
        &model,
        ProveFiles {
            keys: &arguments.keys.files(&session),
            key_index: arguments.key_index.as_deref(),
            input: &or_default(&arguments.input, session.input()),
            output: &or_default(&arguments.output, session.output()),
            trace: &or_default(&arguments.trace, session.trace()),
            statement: &results.statement(),
            proof: &results.proof(),
            work: Some(&or_default(&arguments.work, results.work())),
        },
        &ProveSettings {
            selection: arguments.select.clone(),
            level: arguments.bits,
            memory: arguments.memory.0,
        },
        &progress,
    )?;
    progress.finish();
    Ok(format!(
        "proved the selection '{}' in {:.1} s ({:.1} CPU s): {} bytes\n  statement: {}\n  proof:     {}\n",
        arguments.select,
        proven.cost.wall_seconds,
        proven.cost.cpu_seconds,
        proven.proof_bytes,
        results.statement().display(),
        results.proof().display()
    ))
}

fn index_keys(arguments: &IndexKeysArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let index = or_default(&arguments.out, session.key_index());
    let progress = Progress::new(true);
    progress.phase("indexing keys");
    let cost = server::index_keys(model.parameters, &arguments.keys.files(&session), &index)?;
    progress.finish();
    Ok(format!(
        "indexed the evaluation keys in {:.1} s ({:.1} CPU s): {}\n",
        cost.wall_seconds,
        cost.cpu_seconds,
        index.display()
    ))
}

fn bench_pbs(arguments: &BenchPbsArgs) -> Result<String, Failure> {
    let results = bench::pbs::run(&bench::pbs::Options {
        batches: arguments.batch.clone(),
        parameters: arguments.parameters.clone(),
        level: arguments.bits,
        memory: arguments.memory.0,
        repeat: arguments.repeat,
        in_process: arguments.in_process,
    })
    .map_err(Failure::misuse)?;
    if arguments.json {
        return text::json(&results);
    }
    Ok(results.to_string())
}

fn bench_noise(arguments: &BenchNoiseArgs) -> Result<String, Failure> {
    let named = arguments.parameters.iter();
    let mut sets: Vec<&'static ParameterSet> = named
        .map(|name| ParameterSet::by_name(name))
        .collect::<Result<_, _>>()
        .map_err(Failure::misuse)?;
    if sets.is_empty() {
        let real = ParameterSet::all().iter();
        sets.extend(real.filter(|set| !set.is_insecure()));
    }
    let rows = bench::noise::Rows::measure(&sets, arguments.samples as usize, |name| {
        super::message(&format!("measured {name}"));
    })
    .map_err(Failure::misuse)?;
    if let Some(path) = &arguments.csv {
        write_atomically(path, &[rows.csv().as_bytes()], false, Existing::Replace)
            .map_err(|problem| Failure::from(RoleError::unwritable(path, problem)))?;
    }
    let output = match arguments.json {
        true => text::json(&rows)?,
        false => rows.to_string(),
    };
    match rows.wrong().next() {
        None => Ok(output),
        Some(row) => Err(Failure {
            code: super::REJECTED,
            message: format!(
                "{}, {}: {:.3} of the predicted variance (probability {:.1e})",
                row.parameters, row.operation, row.ratio, row.probability
            ),
            output,
        }),
    }
}

fn verify(arguments: &VerifyArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let keys = arguments.keys.files(&session);
    let accepted = verifier::verify(
        &model,
        VerifyFiles {
            keys: match &arguments.key_index {
                Some(index) => VerifierKeyFiles::Index(index),
                None => VerifierKeyFiles::Direct(&keys),
            },
            input: &or_default(&arguments.input, session.input()),
            output: &or_default(&arguments.output, session.output()),
            statement: &or_default(&arguments.statement, session.statement()),
            proof: &or_default(&arguments.proof, session.proof()),
        },
        &Requirements {
            selection: arguments.select.clone(),
            level: arguments.bits,
        },
    )?;
    if arguments.json {
        return text::json(&text::acceptance_json(&accepted));
    }
    Ok(text::acceptance(&accepted, &model.model.name))
}

fn decrypt(arguments: &DecryptArgs) -> Result<String, Failure> {
    let session = arguments.session.session();
    let model = LoadedModel::open(&arguments.model.model)?;
    let key = or_default(&arguments.client_key, session.keys().client);
    let output = or_default(&arguments.output, session.output());
    let (predictions, _) = client::decrypt(&model, &key, &output)?;
    if arguments.json {
        let predictions: Vec<_> = predictions
            .iter()
            .map(|prediction| {
                let key = match prediction.answer {
                    Answer::Class(_) => "class",
                    Answer::Values(_) => "values",
                };
                json!({ key: prediction.answer, "logits": prediction.logits })
            })
            .collect();
        return text::json(&json!({ "model": model.model.name, "predictions": predictions }));
    }
    let labels = &model.model.output.labels;
    Ok(predictions
        .iter()
        .enumerate()
        .map(|(input, prediction)| {
            format!(
                "input {input}: {}\n",
                answer_text(labels, &prediction.answer)
            )
        })
        .collect())
}

/// An option, or what stands for it when it is not given.
fn or_default<T: Clone>(option: &Option<T>, default: T) -> T {
    option.clone().unwrap_or(default)
}

/// The folder results go to, as a session.
fn out_session(out: &Option<std::path::PathBuf>, session: &Session) -> Session {
    match out {
        Some(folder) => Session::new(folder),
        None => session.clone(),
    }
}

impl From<run::RunError> for Failure {
    fn from(error: run::RunError) -> Self {
        match error {
            run::RunError::Role(error) => RoleError::into(error),
            other => Self::misuse(other),
        }
    }
}
