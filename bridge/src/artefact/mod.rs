//! Artefact files: the only way in and out of the process for keys, ciphertexts, traces, statements and proofs.
//!
//! Every file is a [`Header`] (magic, version, type, parameter set, length, BLAKE3) and a payload of little-endian
//! words. [`read`] checks all of it, in that order, before anything is decoded: a size limit that follows from the type
//! and the parameter set stands before the first allocation, and every word must be canonical. [`write`](fn@write) is atomic.
//!
//! The hash finds accidents; it is no signature, anyone can compute it. What may be trusted after reading is the *form*
//! of the content; whether it is the right content is decided by [`crate::verify`].
//!
//! | file | type | who keeps it |
//! |---|---|---|
//! | `client.key` | [`ClientKey`](blindproof_fhe::keys::ClientKey) | the client only (mode 0600) |
//! | `key-switching.key`, `bootstrapping.key` | evaluation keys | client, server, verifier |
//! | `input.ct` | [`SeededCiphertexts`], or [`Ciphertexts`]: see [`InputCiphertexts`] | client, server, verifier |
//! | `output.ct` | [`Ciphertexts`] | client, server, verifier |
//! | `trace` | [`TraceRecord`] | the server |
//! | `statement`, `proof` | [`Statement`](crate::statement::Statement), [`ProofBytes`] | server, verifier |

mod codec;
mod error;
mod file;
mod header;
mod input;
mod kinds;

#[cfg(test)]
mod tests;

use std::path::Path;

use blindproof_fhe::params::ParameterSet;
use zeroize::Zeroize;

pub use codec::{Reader, Writer};
pub use error::{ArtefactError, Problem};
pub use file::{Existing, write_atomically};
pub use header::{ArtefactType, FORMAT_VERSION, HEADER_LENGTH, Header, MAGIC, hexadecimal};
pub use input::{InputCiphertexts, SeededCiphertexts};
pub use kinds::{Artefact, Ciphertexts, Direction, Input, Output, ProofBytes, TraceRecord};

/// Reads the artefact of type `A` at `path`. With `parameters` given, a file made with another set is refused.
///
/// # Errors
/// [`ArtefactError`] with the first [`Problem`] found: see [`Header::from_bytes`], then wrong type, other parameters,
/// too large, truncated, trailing bytes, hash, payload.
pub fn read<A: Artefact>(
    path: &Path,
    parameters: Option<&ParameterSet>,
) -> Result<A, ArtefactError> {
    file::read_file(path, |header| expect::<A>(header, parameters))
        .and_then(|(header, payload)| decoded(&header, payload))
        .map_err(|problem| ArtefactError::new(path, problem))
}

/// As [`read`], from the bytes of a file.
///
/// # Errors
/// The first [`Problem`] found.
pub fn from_bytes<A: Artefact>(
    bytes: &[u8],
    parameters: Option<&ParameterSet>,
) -> Result<A, Problem> {
    file::read_bytes(bytes, |header| expect::<A>(header, parameters))
        .and_then(|(header, payload)| decoded(&header, payload))
}

/// The bytes that [`write()`] writes.
///
/// # Errors
/// [`Problem::TooLarge`].
pub fn to_bytes<A: Artefact>(artefact: &A) -> Result<Vec<u8>, Problem> {
    let (header, payload) = encode(artefact)?;
    Ok([header.to_bytes(), payload].concat())
}

/// Checks type and parameters; the payload's limit.
fn expect<A: Artefact>(header: &Header, parameters: Option<&ParameterSet>) -> Result<u64, Problem> {
    expect_type(header, A::KIND)?;
    expect_parameters(header, parameters)?;
    Ok(A::payload_limit(header.parameters))
}

fn decoded<A: Artefact>(header: &Header, mut payload: Vec<u8>) -> Result<A, Problem> {
    let artefact = decode(header.parameters, &payload);
    if A::KIND.is_secret() {
        payload.zeroize();
    }
    artefact
}

/// Writes an artefact in one step. A secret key that is already there is replaced only with [`Existing::Replace`];
/// any other file is always replaced.
///
/// # Errors
/// [`Problem::WouldReplaceSecret`], [`Problem::TooLarge`] and [`Problem::Io`].
pub fn write<A: Artefact>(
    path: &Path,
    artefact: &A,
    secret_key: Existing,
) -> Result<Header, ArtefactError> {
    encode(artefact)
        .and_then(|(header, mut payload)| {
            let secret = A::KIND.is_secret();
            let existing = if secret {
                secret_key
            } else {
                Existing::Replace
            };
            let written = write_atomically(path, &[&header.to_bytes(), &payload], secret, existing);
            if secret {
                payload.zeroize();
            }
            written.map(|()| header)
        })
        .map_err(|problem| ArtefactError::new(path, problem))
}

/// Reads the header of any artefact and checks lengths and hash of the whole file.
///
/// # Errors
/// As [`read`], without the checks of type and payload.
pub fn inspect(path: &Path) -> Result<Header, ArtefactError> {
    file::read_file(path, |header| Ok(limit_of(header)))
        .map(|(header, _)| header)
        .map_err(|problem| ArtefactError::new(path, problem))
}

/// The payload limit of whatever type the header names.
fn limit_of(header: &Header) -> u64 {
    use blindproof_fhe::keys::{BootstrappingKey, ClientKey, KeySwitchingKey};
    let limit = match header.kind {
        ArtefactType::ClientKey => ClientKey::payload_limit,
        ArtefactType::KeySwitchingKey => KeySwitchingKey::payload_limit,
        ArtefactType::BootstrappingKey => BootstrappingKey::payload_limit,
        ArtefactType::InputCiphertexts => Ciphertexts::<Input>::payload_limit,
        ArtefactType::SeededInputCiphertexts => SeededCiphertexts::payload_limit,
        ArtefactType::OutputCiphertexts => Ciphertexts::<Output>::payload_limit,
        ArtefactType::Statement => crate::statement::Statement::payload_limit,
        ArtefactType::Proof => ProofBytes::payload_limit,
        ArtefactType::Trace => TraceRecord::payload_limit,
        ArtefactType::KeyIndex => crate::index::KeyIndex::payload_limit,
    };
    limit(header.parameters)
}

/// Header and payload of an artefact.
fn encode<A: Artefact>(artefact: &A) -> Result<(Header, Vec<u8>), Problem> {
    let mut writer = Writer::default();
    artefact.encode(&mut writer);
    let payload = writer.finish();
    let header = Header::of_payload(A::KIND, artefact.parameters()?, &payload)?;
    let limit = A::payload_limit(header.parameters);
    if header.payload_length > limit {
        return Err(Problem::TooLarge {
            length: header.payload_length,
            limit,
        });
    }
    Ok((header, payload))
}

/// A payload as an artefact, with nothing left over.
fn decode<A: Artefact>(parameters: &'static ParameterSet, payload: &[u8]) -> Result<A, Problem> {
    let mut reader = Reader::new(payload);
    let artefact = A::decode(parameters, &mut reader)?;
    reader.finish()?;
    Ok(artefact)
}

fn expect_type(header: &Header, expected: ArtefactType) -> Result<(), Problem> {
    if header.kind == expected {
        return Ok(());
    }
    Err(Problem::WrongType {
        expected,
        found: header.kind,
    })
}

fn expect_parameters(header: &Header, expected: Option<&ParameterSet>) -> Result<(), Problem> {
    match expected {
        Some(expected) if expected.fingerprint() != header.parameters.fingerprint() => {
            Err(Problem::OtherParameters {
                expected: expected.name.to_owned(),
                found: header.parameters.name.to_owned(),
            })
        }
        _ => Ok(()),
    }
}
