//! The client: makes the keys, encrypts, and decrypts the result. The only role that holds the secret key.

use std::path::Path;

use blindproof_bridge::artefact::{self, Existing, SeededCiphertexts};
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::model::{self, ModelError};
use blindproof_fhe::params::ParameterSet;

use super::RoleError;
use super::cost::Cost;
use super::images::RawImage;
use super::model::LoadedModel;
use super::server::read_output;
use super::session::{KeyFiles, make_folder_of};

/// Makes a client key and its evaluation keys and writes them to files. `seed` makes keys that anyone can make again: for
/// experiments only.
///
/// # Errors
/// [`RoleError`] when a file cannot be written; with [`Existing::Keep`] also when there is a client key already, which
/// is found out before any work is done.
pub fn keygen(
    parameters: &'static ParameterSet,
    files: &KeyFiles,
    seed: Option<u64>,
    existing: Existing,
) -> Result<Cost, RoleError> {
    make_folder_of(&files.client)?;
    make_folder_of(&files.public.key_switching)?;
    make_folder_of(&files.public.bootstrapping)?;
    let mut seeds = seed_source(seed, "keys")?;
    let (client, client_cost) = Cost::measure(|| ClientKey::generate(parameters, &mut seeds));
    let client = client?;
    // First, so that an existing key is noticed before the public keys next to it are replaced.
    artefact::write(&files.client, &client, existing)?;
    let (server, server_cost) = Cost::measure(|| client.generate_server_key(&mut seeds));
    artefact::write(
        &files.public.key_switching,
        &server.key_switching,
        Existing::Replace,
    )?;
    artefact::write(
        &files.public.bootstrapping,
        &server.bootstrapping,
        Existing::Replace,
    )?;
    Ok(Cost {
        wall_seconds: client_cost.wall_seconds + server_cost.wall_seconds,
        cpu_seconds: client_cost.cpu_seconds + server_cost.cpu_seconds,
    })
}

/// Randomness of the operating system, or repeatable randomness for one purpose.
fn seed_source(seed: Option<u64>, purpose: &str) -> Result<SeedSource, RoleError> {
    match seed {
        None => Ok(SeedSource::from_os()?),
        Some(seed) => Ok(SeedSource::reproducible(blake3::derive_key(
            &format!("blindproof experiment {purpose}"),
            &seed.to_le_bytes(),
        ))),
    }
}

/// Encrypts images for a model and writes `input`, as seeded ciphertexts.
///
/// # Errors
/// [`RoleError`] when a file cannot be read or written, and when an image does not fit the model.
pub fn encrypt(
    model: &LoadedModel,
    client_key: &Path,
    images: &[RawImage],
    input: &Path,
    seed: Option<u64>,
) -> Result<Cost, RoleError> {
    let words = images
        .iter()
        .enumerate()
        .map(|(index, image)| {
            encode(model, image).map_err(|error| RoleError::Images {
                given: format!("image {index}"),
                problem: error.to_string(),
            })
        })
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let key: ClientKey = artefact::read(client_key, Some(model.parameters))?;
    make_folder_of(input)?;
    let mut seeds = seed_source(seed, "encryption")?;
    let (lwe, cost) = Cost::measure(|| key.encrypt_seeded(&words, &mut seeds));
    let ciphertexts = SeededCiphertexts::new(model.parameters, images.len(), lwe?)
        .map_err(|problem| RoleError::unwritable(input, problem))?;
    artefact::write(input, &ciphertexts, Existing::Replace)?;
    Ok(cost)
}

/// The quantised pixels of an image as torus words.
fn encode(model: &LoadedModel, image: &RawImage) -> Result<Vec<u64>, ModelError> {
    model
        .model
        .encode_input(&model.model.quantise(&image.pixels)?)
}

/// A decrypted result.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// What the model says.
    pub answer: model::Prediction,
    /// The logits, with the noise still in them.
    pub logits: Vec<f64>,
}

/// Decrypts `output`.
///
/// # Errors
/// [`RoleError`] when a file cannot be read or does not fit the model.
pub fn decrypt(
    model: &LoadedModel,
    client_key: &Path,
    output: &Path,
) -> Result<(Vec<Prediction>, Cost), RoleError> {
    let key: ClientKey = artefact::read(client_key, Some(model.parameters))?;
    let ciphertexts = read_output(output, model)?;
    let (phases, cost) = Cost::measure(|| key.decrypt_phase(&ciphertexts.lwe));
    let logits = model
        .model
        .decode_output(&phases?)
        .map_err(|source| RoleError::Model {
            name: model.model.name.clone(),
            source: Box::new(source),
        })?;
    let predictions = logits
        .chunks(model.model.outputs().max(1))
        .filter_map(|logits| {
            model.model.prediction(logits).map(|answer| Prediction {
                answer,
                logits: logits.to_vec(),
            })
        })
        .collect();
    Ok((predictions, cost))
}
