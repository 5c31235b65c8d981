//! Reading refuses everything that is not exactly what was written; writing is all or nothing.

mod codec;
mod damage;
mod writing;

use std::path::{Path, PathBuf};

use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;
use ndarray::Array2;

use super::*;

fn parameters(name: &str) -> &'static ParameterSet {
    ParameterSet::by_name(name).expect("a set of this name is shipped")
}

fn tiny() -> &'static ParameterSet {
    parameters("insecure_tiny")
}

/// Two images of one ciphertext each, with small distinct words.
fn ciphertexts() -> Ciphertexts<Input> {
    let columns = tiny().big_lwe_dimension() + 1;
    let words = Array2::from_shape_fn((2, columns), |(row, column)| {
        (row * columns + column) as u64
    });
    Ciphertexts::new(tiny(), 2, LweMatrix { words }).expect("the shape fits")
}

fn proof(bytes: &[u8]) -> ProofBytes {
    ProofBytes {
        parameters: tiny(),
        bytes: bytes.to_vec(),
    }
}

/// A file of three payload bytes, and its content.
fn small_file(folder: &Path) -> (PathBuf, Vec<u8>) {
    let path = folder.join("proof");
    write(&path, &proof(b"abc"), Existing::Keep).expect("the folder can be written to");
    let bytes = std::fs::read(&path).expect("just written");
    (path, bytes)
}

fn problem_of<A: Artefact + std::fmt::Debug>(path: &Path) -> Problem {
    read::<A>(path, None).expect_err("must be refused").problem
}
