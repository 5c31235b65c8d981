//! The server: evaluates on ciphertexts and proves what it did. It never holds a secret key.

use std::path::Path;
use std::sync::Arc;

use blindproof_bridge::artefact::{
    self, ArtefactError, Ciphertexts, Existing, Input, InputCiphertexts, Output, ProofBytes,
    TraceRecord,
};
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::resources::Resources;
use blindproof_bridge::selection::Selection;
use blindproof_bridge::statement::{Keys, PublicData, Statement};
use blindproof_bridge::work::WorkFolder;
use blindproof_bridge::{ProveObserver, ProverData, prove as prove_statement};
use blindproof_fhe::evaluate::{NodeTiming, Observer, evaluate as evaluate_program};
use blindproof_fhe::keys::ServerKey;
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;

use super::RoleError;
use super::cost::Cost;
use super::model::LoadedModel;
use super::session::{PublicKeyFiles, make_folder_of};

/// The evaluation keys in two files.
///
/// # Errors
/// [`RoleError::Artefact`] also when they were made with other parameters than the model's.
pub fn read_keys(
    files: &PublicKeyFiles,
    parameters: &ParameterSet,
) -> Result<ServerKey, RoleError> {
    Ok(ServerKey {
        key_switching: artefact::read(&files.key_switching, Some(parameters))?,
        bootstrapping: artefact::read(&files.bootstrapping, Some(parameters))?,
    })
}

/// Input ciphertexts that have the model's number of features. Seeded ones are expanded after this was checked.
///
/// # Errors
/// [`RoleError::Artefact`] and [`RoleError::Ciphertexts`].
pub fn read_input(path: &Path, model: &LoadedModel) -> Result<Ciphertexts<Input>, RoleError> {
    let input = InputCiphertexts::read(path, Some(model.parameters))?;
    let features = model.model.input.features;
    model.check_rows(path, input.images(), input.rows(), features)?;
    input
        .expand()
        .map_err(|problem| ArtefactError::new(path, problem).into())
}

/// Output ciphertexts that have the model's number of classes.
///
/// # Errors
/// [`RoleError::Artefact`] and [`RoleError::Ciphertexts`].
pub fn read_output(path: &Path, model: &LoadedModel) -> Result<Ciphertexts<Output>, RoleError> {
    let output: Ciphertexts<Output> = artefact::read(path, Some(model.parameters))?;
    model.check_rows(
        path,
        output.images,
        output.lwe.rows(),
        model.model.outputs(),
    )?;
    Ok(output)
}

/// What an evaluation was.
#[derive(Debug)]
pub struct Evaluated {
    /// Images in the batch.
    pub images: usize,
    /// Cost of the evaluation itself, without reading and writing files.
    pub cost: Cost,
    /// Time of each node of the program.
    pub nodes: Vec<NodeTiming>,
}

/// Evaluates the model on encrypted images; writes the output ciphertexts and the trace.
///
/// # Errors
/// [`RoleError`] for files that cannot be used or written, and what the evaluator refuses.
pub fn evaluate(
    model: &LoadedModel,
    keys: &PublicKeyFiles,
    input: &Path,
    output: &Path,
    trace: &Path,
    observer: &dyn Observer,
) -> Result<Evaluated, RoleError> {
    let input = read_input(input, model)?;
    let keys = read_keys(keys, model.parameters)?;
    make_folder_of(output)?;
    make_folder_of(trace)?;
    let (evaluated, cost) =
        Cost::measure(|| evaluate_program(&model.program, &keys, &input.lwe, observer));
    let (record, nodes) = evaluated?;
    let images = record.images;
    let record = TraceRecord {
        parameters: model.parameters,
        trace: record,
    };
    let words = model.output_of(&record.trace).clone();
    let result = Ciphertexts::<Output>::new(model.parameters, images, LweMatrix { words })
        .map_err(|problem| RoleError::unwritable(output, problem))?;
    artefact::write(trace, &record, Existing::Replace)?;
    artefact::write(output, &result, Existing::Replace)?;
    Ok(Evaluated {
        images,
        cost,
        nodes,
    })
}

/// The files a proof is made from.
#[derive(Debug, Clone, Copy)]
pub struct ProveFiles<'a> {
    /// The evaluation keys.
    pub keys: &'a PublicKeyFiles,
    /// An index of the keys, if the statement is to name the keys by it.
    pub key_index: Option<&'a Path>,
    /// The client's ciphertexts.
    pub input: &'a Path,
    /// The result.
    pub output: &'a Path,
    /// What the evaluator saw.
    pub trace: &'a Path,
    /// Where the statement goes.
    pub statement: &'a Path,
    /// Where the proof goes.
    pub proof: &'a Path,
    /// Folder for finished parts, from which a killed run goes on; removed after success.
    pub work: Option<&'a Path>,
}

/// What is to be proven, and with how much memory.
#[derive(Debug, Clone)]
pub struct ProveSettings {
    /// Operations to prove.
    pub selection: Selection,
    /// Proven soundness level in bits.
    pub level: u32,
    /// Peak memory, in bytes.
    pub memory: u64,
}

/// What a proof is.
#[derive(Debug)]
pub struct Proven {
    /// Cost of digests, witness and proof, without reading and writing files.
    pub cost: Cost,
    /// Length of the proof itself, in bytes.
    pub proof_bytes: usize,
    /// Length of the statement itself, in bytes.
    pub statement_bytes: usize,
    /// Shards and memory that were chosen.
    pub resources: Resources,
}

/// Proves the selected operations of an evaluation; writes statement and proof.
///
/// # Errors
/// [`RoleError`] for files that cannot be used or written or that do not belong together, and [`RoleError::Prove`], also
/// when the proof needs more memory than allowed.
pub fn prove(
    model: &LoadedModel,
    files: ProveFiles<'_>,
    settings: &ProveSettings,
    observer: &dyn ProveObserver,
) -> Result<Proven, RoleError> {
    let input = read_input(files.input, model)?;
    settings.selection.check(&model.program, input.images)?;
    let output = read_output(files.output, model)?;
    let record: TraceRecord = artefact::read(files.trace, Some(model.parameters))?;
    let keys = Arc::new(read_keys(files.keys, model.parameters)?);
    let index: Option<KeyIndex> = files
        .key_index
        .map(|path| artefact::read(path, Some(model.parameters)))
        .transpose()?;
    make_folder_of(files.statement)?;
    make_folder_of(files.proof)?;
    let public = PublicData {
        program: &model.program,
        keys: index
            .as_ref()
            .map_or_else(|| keys.as_ref().into(), Keys::from),
        input: &input.lwe,
        output: &output.lwe,
    };
    let work = files
        .work
        .map(|path| {
            WorkFolder::open(path).map_err(|source| RoleError::Folder {
                path: path.to_path_buf(),
                source,
            })
        })
        .transpose()?;
    let (proven, cost) = Cost::measure(|| {
        let statement = Statement::new(&public, settings.selection.clone(), settings.level)?;
        let resources = Resources::choose(&statement, &public, settings.memory, work.is_some())?;
        let statement = statement.with_log_shard(resources.log_shard);
        let data = ProverData {
            keep: resources.keep,
            work: work.as_ref(),
            ..ProverData::new(&keys, &record.trace)
        };
        let bytes = prove_statement(&statement, &public, &data, observer)?;
        Ok::<_, RoleError>((statement, resources, bytes))
    });
    let (statement, resources, bytes) = proven?;
    let (proof_bytes, statement_bytes) = (bytes.len(), statement.to_bytes().len());
    let proof = ProofBytes {
        parameters: model.parameters,
        bytes,
    };
    artefact::write(files.statement, &statement, Existing::Replace)?;
    artefact::write(files.proof, &proof, Existing::Replace)?;
    if let (Some(work), Some(path)) = (work, files.work) {
        work.remove().map_err(|source| RoleError::Folder {
            path: path.to_path_buf(),
            source,
        })?;
    }
    Ok(Proven {
        cost,
        proof_bytes,
        statement_bytes,
        resources,
    })
}

/// Commits to the evaluation keys; writes the index.
///
/// # Errors
/// [`RoleError`] for files that cannot be used or written.
pub fn index_keys(
    parameters: &ParameterSet,
    keys: &PublicKeyFiles,
    index: &Path,
) -> Result<Cost, RoleError> {
    let keys = Arc::new(read_keys(keys, parameters)?);
    make_folder_of(index)?;
    let (made, cost) = Cost::measure(|| KeyIndex::create(&keys));
    artefact::write(index, &made?, Existing::Replace)?;
    Ok(cost)
}
