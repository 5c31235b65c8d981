//! `blindproof inspect`: what is in a file.

use std::path::Path;

use blindproof_bridge::artefact::{
    self, ArtefactType, Ciphertexts, FORMAT_VERSION, Header, Input, MAGIC, Output, ProofBytes,
    SeededCiphertexts, TraceRecord, hexadecimal,
};
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::statement::{KeyBinding, Statement, ciphertext_digest, program_digest};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;
use serde_json::{Map, Value};

use super::args::InspectArgs;
use super::{Failure, text};
use crate::roles::RoleError;
use crate::roles::model::LoadedModel;

/// Names and values, in the order they are shown.
type Fields = Vec<(String, Value)>;

/// Describes an artefact, a model file, or a built-in model.
pub(super) fn inspect(arguments: &InspectArgs) -> Result<String, Failure> {
    let path = &arguments.file;
    let fields = if begins_with_magic(path) {
        describe_artefact(path)?
    } else {
        describe_model(path)?
    };
    if arguments.json {
        return text::json(&fields.into_iter().collect::<Map<_, _>>());
    }
    Ok(fields
        .iter()
        .map(|(name, value)| match value {
            Value::String(value) => format!("{name:<22}{value}\n"),
            value => format!("{name:<22}{value}\n"),
        })
        .collect())
}

/// Whether the file begins as an artefact does. A file that cannot be read does not.
fn begins_with_magic(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; MAGIC.len()];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == MAGIC
}

fn field(name: &str, value: impl Into<Value>) -> (String, Value) {
    (name.to_owned(), value.into())
}

fn describe_artefact(path: &Path) -> Result<Fields, Failure> {
    let header = artefact::inspect(path).map_err(RoleError::from)?;
    let mut fields = header_fields(&header);
    fields.extend(content_fields(path, &header)?);
    Ok(fields)
}

fn header_fields(header: &Header) -> Fields {
    vec![
        field("type", header.kind.to_string()),
        field("format version", FORMAT_VERSION),
        field("parameter set", header.parameters.name),
        field("fingerprint", hexadecimal(&header.parameters.fingerprint())),
        field("payload bytes", header.payload_length),
        field("BLAKE3", hexadecimal(&header.hash)),
    ]
}

/// What is behind the header, fully decoded and checked.
fn content_fields(path: &Path, header: &Header) -> Result<Fields, RoleError> {
    let set = header.parameters;
    Ok(match header.kind {
        ArtefactType::ClientKey => {
            let _: blindproof_fhe::keys::ClientKey = artefact::read(path, None)?;
            vec![
                field("SECRET", "keep this file on the client, do not send it"),
                field("small key", set.lwe_dimension.0),
                field("big key", set.big_lwe_dimension()),
            ]
        }
        ArtefactType::KeySwitchingKey => {
            let _: blindproof_fhe::keys::KeySwitchingKey = artefact::read(path, None)?;
            let rows = set.big_lwe_dimension() * set.ks_gadget.levels.0;
            vec![
                field("ciphertexts", rows),
                field("words of each", set.lwe_dimension.0 + 1),
            ]
        }
        ArtefactType::BootstrappingKey => {
            let _: blindproof_fhe::keys::BootstrappingKey = artefact::read(path, None)?;
            vec![
                field("groups", set.group_count()),
                field("GGSW keys of a group", set.keys_per_group()),
                field("words of each", set.ggsw_words()),
            ]
        }
        ArtefactType::InputCiphertexts => {
            let content: Ciphertexts<Input> = artefact::read(path, None)?;
            ciphertext_fields(content.images, &content.lwe)
        }
        ArtefactType::SeededInputCiphertexts => {
            let content: SeededCiphertexts = artefact::read(path, None)?;
            let mut fields = ciphertext_fields(content.images, &content.lwe.expand());
            fields.push(field("seed of the masks", hexadecimal(content.lwe.seed())));
            fields
        }
        ArtefactType::OutputCiphertexts => {
            let content: Ciphertexts<Output> = artefact::read(path, None)?;
            ciphertext_fields(content.images, &content.lwe)
        }
        ArtefactType::Statement => statement_fields(&artefact::read(path, None)?),
        ArtefactType::Proof => {
            let content: ProofBytes = artefact::read(path, None)?;
            vec![
                field("proof bytes", content.bytes.len()),
                field(
                    "note",
                    "prover messages in protocol order; they mean something only next to their statement",
                ),
            ]
        }
        ArtefactType::KeyIndex => {
            let index: KeyIndex = artefact::read(path, None)?;
            vec![
                field("root", hexadecimal(&index.root)),
                field("digest", hexadecimal(&index.digest())),
                field("rows of a stack", 1u64 << index.log_rows),
            ]
        }
        ArtefactType::Trace => {
            let content: TraceRecord = artefact::read(path, None)?;
            let mut fields = vec![field("images", content.trace.images)];
            for (index, wire) in content.trace.wires.iter().enumerate() {
                let shape = format!("{} rows x {} words", wire.nrows(), wire.ncols());
                fields.push(field(&format!("wire {index}"), shape));
            }
            fields
        }
    })
}

fn ciphertext_fields(images: usize, lwe: &LweMatrix) -> Fields {
    vec![
        field("images", images),
        field("ciphertexts", lwe.rows()),
        field("LWE dimension", lwe.dimension()),
        field("digest", hexadecimal(&ciphertext_digest(lwe))),
    ]
}

fn statement_fields(statement: &Statement) -> Fields {
    let mut fields = vec![
        field("protocol version", statement.version),
        field("images", statement.images),
        field("selection", statement.selection.to_string()),
        field("soundness level", statement.level),
        field("program", hexadecimal(&statement.program)),
        field("bootstraps of a shard", 1u64 << statement.log_shard),
    ];
    match &statement.keys {
        KeyBinding::Direct {
            key_switching,
            bootstrapping,
        } => fields.extend([
            field("key-switching key", hexadecimal(key_switching)),
            field("bootstrapping key", hexadecimal(bootstrapping)),
        ]),
        KeyBinding::Indexed { index } => fields.push(field("key index", hexadecimal(index))),
    }
    fields.extend([
        field("input ciphertexts", hexadecimal(&statement.input)),
        field("output ciphertexts", hexadecimal(&statement.output)),
        field(
            "note",
            "what a proof claims; nothing here is checked before `blindproof verify`",
        ),
    ]);
    fields
}

fn describe_model(path: &Path) -> Result<Fields, Failure> {
    let name = path.to_string_lossy();
    let model = LoadedModel::open(&name).map_err(|error| {
        Failure::misuse(format!("{error} (and it is no blindproof artefact either)"))
    })?;
    let set: &ParameterSet = model.parameters;
    let program = &model.program;
    let mut fields = vec![
        field("type", "model"),
        field("name", model.model.name.clone()),
        field("parameter set", set.name),
        field(
            "security",
            format!("{:.1} bits (estimate)", set.security_bits()),
        ),
        field("features", model.model.input.features),
        field("outputs", model.model.outputs()),
        field("program digest", hexadecimal(&program_digest(program))),
    ];
    for (index, node) in program.nodes.iter().enumerate() {
        let text = format!(
            "layer {} ({}): {} x {}",
            node.layer,
            node.layer_name,
            program.operations(index, 1),
            node.kind()
        );
        fields.push(field(&format!("node {index}"), text));
    }
    let budget = model.model.noise_budget().map_err(Failure::misuse)?;
    for noise in budget {
        let text = format!(
            "2^{:.1} for one value after layer {}",
            noise.log2_p_fail, noise.layer
        );
        fields.push(field(&format!("failure, {}", noise.name), text));
    }
    Ok(fields)
}
