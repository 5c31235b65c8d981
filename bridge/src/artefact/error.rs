//! What can be wrong with an artefact file: each case names the file, the field and the remedy.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::header::{ArtefactType, FORMAT_VERSION};

/// A failure to read or write one artefact.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct ArtefactError {
    /// The file concerned.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

impl ArtefactError {
    /// A problem of the file at `path`.
    pub fn new(path: &Path, problem: Problem) -> Self {
        Self {
            path: path.to_path_buf(),
            problem,
        }
    }
}

/// Everything that can be wrong with an artefact, apart from the name of its file.
#[derive(Debug, Error)]
pub enum Problem {
    /// The file does not begin with the magic bytes.
    #[error(
        "not a blindproof file (it does not begin with the blindproof magic bytes); check the path"
    )]
    NotBlindproof,
    /// The file was written in another format version.
    #[error(
        "format version {found}, but this program reads version {FORMAT_VERSION}; write the file again with this program, or read it with the one that wrote it"
    )]
    WrongVersion {
        /// The version in the header.
        found: u32,
    },
    /// The type number in the header belongs to no artefact.
    #[error(
        "header field type: {found} is no artefact type; the file is damaged, fetch or write it again"
    )]
    UnknownType {
        /// The number in the header.
        found: u32,
    },
    /// The file holds another artefact than the one asked for.
    #[error(
        "expected a file of type '{expected}', found one of type '{found}'; check which file goes with which option"
    )]
    WrongType {
        /// The type asked for.
        expected: ArtefactType,
        /// The type in the header.
        found: ArtefactType,
    },
    /// The parameter name in the header is not canonical text.
    #[error(
        "header field parameters: not zero-padded UTF-8; the file is damaged, fetch or write it again"
    )]
    BadParameterName,
    /// This program knows no parameter set of that name.
    #[error("header field parameters: {reason}; use the version of blindproof that wrote the file")]
    UnknownParameterSet {
        /// The message of the look-up, which lists the known names.
        reason: String,
    },
    /// The name is known, but the fingerprint in the header is of other numbers.
    #[error(
        "header field fingerprint: the file was written for another definition of the parameter set '{name}' ({found}, here {expected}); use the version of blindproof that wrote it, or write the file again"
    )]
    OtherDefinition {
        /// The set's name.
        name: String,
        /// Fingerprint of the set as this program knows it, in hexadecimal.
        expected: String,
        /// Fingerprint in the header, in hexadecimal.
        found: String,
    },
    /// The file was made with another parameter set than the one needed here.
    #[error(
        "made with the parameter set '{found}', but '{expected}' is needed here; use keys, ciphertexts and a model of one parameter set"
    )]
    OtherParameters {
        /// The set needed.
        expected: String,
        /// The set in the header.
        found: String,
    },
    /// The file ends before its header or its payload does.
    #[error("truncated: {expected} bytes expected, {found} found; fetch or write the file again")]
    Truncated {
        /// Bytes a whole file has.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The file goes on after its payload.
    #[error(
        "bytes after the end of the payload: {expected} bytes expected, the file is longer; fetch or write the file again"
    )]
    TrailingBytes {
        /// Bytes a whole file has.
        expected: u64,
    },
    /// The payload is larger than an artefact of this type can be.
    #[error(
        "header field length: a payload of {length} bytes is over the limit of {limit} for this type and these parameters; the file is damaged or not one to trust"
    )]
    TooLarge {
        /// The length in the header.
        length: u64,
        /// The largest length accepted.
        limit: u64,
    },
    /// The BLAKE3 of header and payload is not the one in the header.
    #[error(
        "header field BLAKE3: the hash does not match the content; the file is damaged, fetch or write it again"
    )]
    HashMismatch,
    /// A word is not in `[0, p)`.
    #[error(
        "payload: word {index} is {value}, not below p = 2^64 - 2^32 + 1; the file is damaged or forged, fetch or write it again"
    )]
    NonCanonicalWord {
        /// Position among the words read together.
        index: usize,
        /// The word.
        value: u64,
    },
    /// A size in the payload is larger than this type and these parameters allow.
    #[error(
        "payload: {what} is {value}, at most {limit} is possible; the file is damaged or forged"
    )]
    SizeOutOfRange {
        /// Name of the size.
        what: &'static str,
        /// The value found.
        value: u64,
        /// The largest value accepted.
        limit: u64,
    },
    /// The payload ends in the middle of a field.
    #[error("payload: {needed} more bytes expected, {left} left; the file is damaged or forged")]
    PayloadTooShort {
        /// Bytes the field needs.
        needed: u64,
        /// Bytes that are left.
        left: u64,
    },
    /// The payload goes on after its last field.
    #[error("payload: {extra} bytes after the last field; the file is damaged or forged")]
    PayloadTooLong {
        /// Bytes too many.
        extra: u64,
    },
    /// The payload decodes, but does not fit together or does not fit its parameter set.
    #[error(
        "payload: {reason}; the file is damaged, or was written by another version of blindproof"
    )]
    Inconsistent {
        /// What does not fit.
        reason: String,
    },
    /// Writing would replace a secret key.
    #[error(
        "already exists and holds a secret key, which is not replaced silently; choose another place, or say --force to destroy the old key"
    )]
    WouldReplaceSecret,
    /// The operating system refused.
    #[error("cannot {action}: {source}; check that the path exists and that you may use it")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
}
