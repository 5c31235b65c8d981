//! The verifier: accepts or rejects from files alone. It holds no secret and trusts no digest it did not compute.

use std::path::Path;

use blindproof_bridge::artefact::{self, ProofBytes};
use blindproof_bridge::index::KeyIndex;
use blindproof_bridge::selection::Selection;
use blindproof_bridge::statement::{Keys, PublicData, Statement};
use blindproof_bridge::{Verified, verify as verify_statement};
use blindproof_fhe::keys::ServerKey;

use super::RoleError;
use super::cost::Cost;
use super::model::LoadedModel;
use super::server::{read_input, read_keys, read_output};
use super::session::PublicKeyFiles;

/// The evaluation keys as a verifier has them.
#[derive(Debug, Clone, Copy)]
pub enum VerifierKeyFiles<'a> {
    /// The keys themselves.
    Direct(&'a PublicKeyFiles),
    /// An index that the verifier made, or got from someone it trusts with it.
    Index(&'a Path),
}

/// What is read of them.
enum VerifierKeys {
    Direct(Box<ServerKey>),
    Index(KeyIndex),
}

impl VerifierKeys {
    fn read(files: VerifierKeyFiles<'_>, model: &LoadedModel) -> Result<Self, RoleError> {
        Ok(match files {
            VerifierKeyFiles::Direct(files) => {
                Self::Direct(Box::new(read_keys(files, model.parameters)?))
            }
            VerifierKeyFiles::Index(path) => {
                Self::Index(artefact::read(path, Some(model.parameters))?)
            }
        })
    }
}

/// The files a verifier looks at. All but `statement` and `proof` are the verifier's own.
#[derive(Debug, Clone, Copy)]
pub struct VerifyFiles<'a> {
    /// The evaluation keys, or an index of them.
    pub keys: VerifierKeyFiles<'a>,
    /// The ciphertexts that were sent.
    pub input: &'a Path,
    /// The ciphertexts that came back.
    pub output: &'a Path,
    /// The server's statement.
    pub statement: &'a Path,
    /// The server's proof.
    pub proof: &'a Path,
}

/// What a verifier asks for, apart from a valid proof.
#[derive(Debug, Clone)]
pub struct Requirements {
    /// The operations that must be selected; any selection if `None`.
    pub selection: Option<Selection>,
    /// The lowest soundness level accepted, in bits.
    pub level: u32,
}

/// An accepted proof.
#[derive(Debug)]
pub struct Accepted {
    /// The statement it is about.
    pub statement: Statement,
    /// What was proven and what was not.
    pub verified: Verified,
    /// Cost of the verification, all digests included, without reading files.
    pub cost: Cost,
}

/// Verifies a proof from files.
///
/// # Errors
/// [`RoleError::Rejected`], [`RoleError::OtherSelection`] and [`RoleError::LowerLevel`] are rejections; everything else says
/// that a file cannot be used.
pub fn verify(
    model: &LoadedModel,
    files: VerifyFiles<'_>,
    requirements: &Requirements,
) -> Result<Accepted, RoleError> {
    let statement: Statement = artefact::read(files.statement, Some(model.parameters))?;
    let proof: ProofBytes = artefact::read(files.proof, Some(model.parameters))?;
    let input = read_input(files.input, model)?;
    let output = read_output(files.output, model)?;
    let keys = VerifierKeys::read(files.keys, model)?;
    if let Some(expected) = &requirements.selection
        && *expected != statement.selection
    {
        return Err(RoleError::OtherSelection {
            statement: files.statement.to_path_buf(),
            expected: expected.clone(),
            found: statement.selection,
        });
    }
    if statement.level < requirements.level {
        return Err(RoleError::LowerLevel {
            statement: files.statement.to_path_buf(),
            expected: requirements.level,
            found: statement.level,
        });
    }
    let public = PublicData {
        program: &model.program,
        keys: match &keys {
            VerifierKeys::Direct(keys) => Keys::Direct(keys),
            VerifierKeys::Index(index) => Keys::Indexed(index),
        },
        input: &input.lwe,
        output: &output.lwe,
    };
    let (verified, cost) = Cost::measure(|| verify_statement(&statement, &public, &proof.bytes));
    let verified = verified.map_err(|source| RoleError::Rejected {
        proof: files.proof.to_path_buf(),
        source: Box::new(source),
    })?;
    Ok(Accepted {
        statement,
        verified,
        cost,
    })
}
