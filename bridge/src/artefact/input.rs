//! Input ciphertexts in their two forms: all words, or bodies and the seed of the masks.

use std::path::Path;

use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::seeded::{MaskSeed, SeededLwe};

use super::codec::{Reader, Writer};
use super::error::{ArtefactError, Problem};
use super::header::ArtefactType;
use super::kinds::{
    Artefact, Ciphertexts, Input, MAX_IMAGES, MAX_ROWS, check_shape, inconsistent, word_bytes,
};
use super::{decode, expect_parameters, file};

/// Bytes of a seed.
const SEED_BYTES: usize = size_of::<MaskSeed>();

/// A batch of ciphertexts from a client, each as one word: `images * features` rows, row = image * features + feature.
///
/// Payload: number of images, number of rows, seed (16 bytes), one canonical body for each row. How masks follow from the seed
/// belongs to the type: see [`blindproof_fhe::seeded`].
#[derive(Debug, Clone)]
pub struct SeededCiphertexts {
    /// The parameter set of the key they are encrypted under.
    pub parameters: &'static ParameterSet,
    /// Number of images.
    pub images: usize,
    /// The ciphertexts.
    pub lwe: SeededLwe,
}

impl SeededCiphertexts {
    /// A batch of `images` images.
    ///
    /// # Errors
    /// As [`Ciphertexts::new`].
    pub fn new(
        parameters: &'static ParameterSet,
        images: usize,
        lwe: SeededLwe,
    ) -> Result<Self, Problem> {
        check_shape(parameters, images, lwe.rows(), lwe.dimension())?;
        Ok(Self {
            parameters,
            images,
            lwe,
        })
    }
}

impl Artefact for SeededCiphertexts {
    const KIND: ArtefactType = ArtefactType::SeededInputCiphertexts;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(self.parameters)
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        word_bytes(2 + MAX_ROWS) + SEED_BYTES as u64
    }

    fn encode(&self, payload: &mut Writer) {
        payload.size(self.images);
        payload.size(self.lwe.rows());
        payload.raw(self.lwe.seed());
        payload.words(self.lwe.bodies().iter().copied());
    }

    fn decode(parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        let images = payload.size("number of images", MAX_IMAGES)?;
        let rows = payload.size("number of rows", MAX_ROWS)?;
        let mut seed = MaskSeed::default();
        seed.copy_from_slice(payload.take(SEED_BYTES)?);
        let bodies = payload.canonical_words(rows)?;
        let lwe =
            SeededLwe::new(parameters.big_lwe_dimension(), seed, bodies).map_err(inconsistent)?;
        Self::new(parameters, images, lwe)
    }
}

/// What a client sent, before masks are made.
#[derive(Debug, Clone)]
pub enum InputCiphertexts {
    /// All words.
    Full(Ciphertexts<Input>),
    /// Bodies and a seed.
    Seeded(SeededCiphertexts),
}

impl InputCiphertexts {
    /// Reads a file of either form. With `parameters` given, a file made with another set is refused.
    ///
    /// # Errors
    /// As [`super::read`].
    pub fn read(path: &Path, parameters: Option<&ParameterSet>) -> Result<Self, ArtefactError> {
        let check = |header: &super::Header| {
            if !matches!(
                header.kind,
                ArtefactType::InputCiphertexts | ArtefactType::SeededInputCiphertexts
            ) {
                return Err(Problem::WrongType {
                    expected: ArtefactType::InputCiphertexts,
                    found: header.kind,
                });
            }
            expect_parameters(header, parameters)?;
            Ok(super::limit_of(header))
        };
        file::read_file(path, check)
            .and_then(|(header, payload)| match header.kind {
                ArtefactType::SeededInputCiphertexts => {
                    decode(header.parameters, &payload).map(Self::Seeded)
                }
                _ => decode(header.parameters, &payload).map(Self::Full),
            })
            .map_err(|problem| ArtefactError::new(path, problem))
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        match self {
            Self::Full(ciphertexts) => ciphertexts.images,
            Self::Seeded(ciphertexts) => ciphertexts.images,
        }
    }

    /// Number of ciphertexts.
    pub fn rows(&self) -> usize {
        match self {
            Self::Full(ciphertexts) => ciphertexts.lwe.rows(),
            Self::Seeded(ciphertexts) => ciphertexts.lwe.rows(),
        }
    }

    /// All words: what is evaluated, and what statements are about. Whoever reads them from others checks
    /// [`InputCiphertexts::rows`] first, because masks take memory.
    ///
    /// # Errors
    /// As [`Ciphertexts::new`]; never for what was read or made by the functions here.
    pub fn expand(self) -> Result<Ciphertexts<Input>, Problem> {
        match self {
            Self::Full(ciphertexts) => Ok(ciphertexts),
            Self::Seeded(SeededCiphertexts {
                parameters,
                images,
                lwe,
            }) => Ciphertexts::new(parameters, images, lwe.expand()),
        }
    }
}
