//! The artefacts themselves: for each type its payload, its size limit and the checks of its content.

use std::marker::PhantomData;

use blindproof_fhe::evaluate::Trace;
use blindproof_fhe::keys::{BootstrappingKey, ClientKey, KeySwitchingKey};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;
use ndarray::Array2;
use zeroize::Zeroizing;

use super::codec::{Reader, Writer};
use super::error::Problem;
use super::header::ArtefactType;
use crate::index::KeyIndex;
use crate::statement::Statement;

/// Most images in one file.
pub(super) const MAX_IMAGES: usize = 1 << 20;
/// Most ciphertexts in one file of ciphertexts, and in one wire of a trace.
pub(super) const MAX_ROWS: usize = 1 << 16;
/// Most wires in a trace.
const MAX_WIRES: usize = 1 << 10;
/// Largest statement in bytes.
const MAX_STATEMENT: u64 = 1 << 14;
/// Largest key index in bytes.
const MAX_KEY_INDEX: u64 = 1 << 10;
/// Largest proof in bytes.
const MAX_PROOF: u64 = 1 << 28;
/// Largest trace in bytes.
const MAX_TRACE: u64 = 1 << 32;

/// Something that is kept in an artefact file.
pub trait Artefact: Sized {
    /// The type in the header.
    const KIND: ArtefactType;

    /// The parameter set the content was made with.
    ///
    /// # Errors
    /// [`Problem::UnknownParameterSet`] when the content names one that does not exist.
    fn parameters(&self) -> Result<&'static ParameterSet, Problem>;

    /// The largest payload, in bytes, that an honest writer can produce with these parameters.
    fn payload_limit(parameters: &ParameterSet) -> u64;

    /// Writes the payload.
    fn encode(&self, payload: &mut Writer);

    /// Reads the payload and checks it against its parameter set.
    ///
    /// # Errors
    /// Any [`Problem`] of the payload.
    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem>;
}

/// The length in bytes of `words` words.
pub(super) fn word_bytes(words: usize) -> u64 {
    (words as u64).saturating_mul(8)
}

/// Words of the two secret keys of a client: `n + kN`.
fn client_key_words(parameters: &ParameterSet) -> usize {
    parameters.lwe_dimension.0 + parameters.big_lwe_dimension()
}

pub(super) fn inconsistent(reason: impl ToString) -> Problem {
    Problem::Inconsistent {
        reason: reason.to_string(),
    }
}

impl Artefact for ClientKey {
    const KIND: ArtefactType = ArtefactType::ClientKey;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(self.parameters())
    }

    fn payload_limit(parameters: &ParameterSet) -> u64 {
        word_bytes(client_key_words(parameters))
    }

    fn encode(&self, payload: &mut Writer) {
        payload.words(self.words().iter().copied());
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let words = Zeroizing::new(payload.canonical_words(client_key_words(parameters))?);
        Self::from_words(parameters, &words).map_err(inconsistent)
    }
}

/// The two evaluation keys differ only in their names and in how many words they have.
macro_rules! evaluation_key {
    ($key:ident, $words:ident) => {
        impl Artefact for $key {
            const KIND: ArtefactType = ArtefactType::$key;

            fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
                Ok(self.parameters())
            }

            fn payload_limit(parameters: &ParameterSet) -> u64 {
                word_bytes(parameters.$words())
            }

            fn encode(&self, payload: &mut Writer) {
                payload.words(self.words().iter().copied());
            }

            fn decode(
                parameters: &'static ParameterSet,
                payload: &mut Reader,
            ) -> Result<Self, Problem> {
                let words = payload.canonical_words(parameters.$words())?;
                Self::from_words(parameters, words).map_err(inconsistent)
            }
        }
    };
}

evaluation_key!(KeySwitchingKey, key_switching_key_words);
evaluation_key!(BootstrappingKey, bootstrapping_key_words);

/// Says whether ciphertexts go to a server or come from one.
pub trait Direction {
    /// The type in the header.
    const KIND: ArtefactType;
}

/// From a client to a server.
#[derive(Debug, Clone, Copy)]
pub enum Input {}

/// From a server to a client.
#[derive(Debug, Clone, Copy)]
pub enum Output {}

impl Direction for Input {
    const KIND: ArtefactType = ArtefactType::InputCiphertexts;
}

impl Direction for Output {
    const KIND: ArtefactType = ArtefactType::OutputCiphertexts;
}

/// Checks that `rows` ciphertexts under the big key are a batch of `images`.
pub(super) fn check_shape(
    parameters: &ParameterSet,
    images: usize,
    rows: usize,
    dimension: usize,
) -> Result<(), Problem> {
    if images == 0 || images > MAX_IMAGES || rows == 0 || rows > MAX_ROWS {
        return Err(inconsistent(format!(
            "{images} images in {rows} ciphertexts; a file holds 1 to {MAX_IMAGES} images in 1 to {MAX_ROWS} ciphertexts"
        )));
    }
    if !rows.is_multiple_of(images) {
        return Err(inconsistent(format!(
            "{rows} ciphertexts cannot be shared out evenly among {images} images"
        )));
    }
    if dimension != parameters.big_lwe_dimension() {
        return Err(inconsistent(format!(
            "ciphertexts of dimension {dimension}, but the parameter set '{}' has {}",
            parameters.name,
            parameters.big_lwe_dimension()
        )));
    }
    Ok(())
}

/// A batch of ciphertexts under the big key: `images * features` rows, row = image * features + feature.
#[derive(Debug, Clone)]
pub struct Ciphertexts<D: Direction> {
    /// The parameter set of the key they are encrypted under.
    pub parameters: &'static ParameterSet,
    /// Number of images.
    pub images: usize,
    /// The ciphertexts.
    pub lwe: LweMatrix,
    direction: PhantomData<D>,
}

impl<D: Direction> Ciphertexts<D> {
    /// A batch of `images` images.
    ///
    /// # Errors
    /// [`Problem::Inconsistent`] when there is no image, the rows are not a multiple of the images, the dimension
    /// is not `kN`, or a limit of the file format is passed.
    pub fn new(
        parameters: &'static ParameterSet,
        images: usize,
        lwe: LweMatrix,
    ) -> Result<Self, Problem> {
        check_shape(parameters, images, lwe.rows(), lwe.dimension())?;
        Ok(Self {
            parameters,
            images,
            lwe,
            direction: PhantomData,
        })
    }
}

impl<D: Direction> Artefact for Ciphertexts<D> {
    const KIND: ArtefactType = D::KIND;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(self.parameters)
    }

    fn payload_limit(parameters: &ParameterSet) -> u64 {
        word_bytes(3 + MAX_ROWS * (parameters.big_lwe_dimension() + 1))
    }

    fn encode(&self, payload: &mut Writer) {
        payload.size(self.images);
        write_matrix(&self.lwe.words, payload);
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let images = payload.size("number of images", MAX_IMAGES)?;
        let words = read_matrix(payload, parameters.big_lwe_dimension() + 1)?;
        let lwe = LweMatrix::new(words).map_err(inconsistent)?;
        Self::new(parameters, images, lwe)
    }
}

/// A trace with the parameter set it was made with.
#[derive(Debug)]
pub struct TraceRecord {
    /// The parameter set of the evaluated program.
    pub parameters: &'static ParameterSet,
    /// All wires of the evaluation.
    pub trace: Trace,
}

impl Artefact for TraceRecord {
    const KIND: ArtefactType = ArtefactType::Trace;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(self.parameters)
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        MAX_TRACE
    }

    fn encode(&self, payload: &mut Writer) {
        payload.size(self.trace.images);
        payload.size(self.trace.wires.len());
        for wire in &self.trace.wires {
            write_matrix(wire, payload);
        }
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let columns = parameters
            .big_lwe_dimension()
            .max(parameters.lwe_dimension.0)
            + 1;
        let images = payload.size("number of images", MAX_IMAGES)?;
        let count = payload.size("number of wires", MAX_WIRES)?;
        let wires = (0..count)
            .map(|_| read_matrix(payload, columns))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            parameters,
            trace: Trace { images, wires },
        })
    }
}

impl Artefact for Statement {
    const KIND: ArtefactType = ArtefactType::Statement;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        ParameterSet::by_name(&self.parameters).map_err(|reason| Problem::UnknownParameterSet {
            reason: reason.to_string(),
        })
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        MAX_STATEMENT
    }

    fn encode(&self, payload: &mut Writer) {
        payload.raw(&self.to_bytes());
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let bytes = payload.take(payload.remaining())?;
        let statement = Self::from_bytes(bytes).map_err(inconsistent)?;
        if statement.parameters != parameters.name {
            return Err(inconsistent(format!(
                "the statement names the parameter set '{}', its header '{}'",
                statement.parameters, parameters.name
            )));
        }
        Ok(statement)
    }
}

impl Artefact for KeyIndex {
    const KIND: ArtefactType = ArtefactType::KeyIndex;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        ParameterSet::by_name(&self.parameters).map_err(|reason| Problem::UnknownParameterSet {
            reason: reason.to_string(),
        })
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        MAX_KEY_INDEX
    }

    fn encode(&self, payload: &mut Writer) {
        payload.raw(&self.to_bytes());
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let bytes = payload.take(payload.remaining())?;
        Self::from_bytes(parameters, bytes)
            .ok_or_else(|| inconsistent("the key index is not one of this parameter set"))
    }
}

/// A proof as bytes, with the parameter set of its statement. Its content is checked by the verifier, not here.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofBytes {
    /// The parameter set of the statement.
    pub parameters: &'static ParameterSet,
    /// The proof.
    pub bytes: Vec<u8>,
}

impl Artefact for ProofBytes {
    const KIND: ArtefactType = ArtefactType::Proof;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(self.parameters)
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        MAX_PROOF
    }

    fn encode(&self, payload: &mut Writer) {
        payload.raw(&self.bytes);
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let bytes = payload.take(payload.remaining())?.to_vec();
        Ok(Self { parameters, bytes })
    }
}

fn write_matrix(matrix: &Array2<u64>, payload: &mut Writer) {
    payload.size(matrix.nrows());
    payload.size(matrix.ncols());
    payload.words(matrix.iter().copied());
}

/// A matrix of canonical words with at most [`MAX_ROWS`] rows and `max_columns` columns.
fn read_matrix(payload: &mut Reader, max_columns: usize) -> Result<Array2<u64>, Problem> {
    let rows = payload.size("number of rows", MAX_ROWS)?;
    let columns = payload.size("number of columns", max_columns)?;
    let words = payload.canonical_words(rows * columns)?;
    Array2::from_shape_vec((rows, columns), words).map_err(inconsistent)
}
