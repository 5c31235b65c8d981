//! WHIR behind [`MultilinearPcs`].

use super::MultilinearPcs;
use super::challenger::Challenger;
use super::isomorphism::{Inner, to_inner};
use crate::field::{F, K, lanes};
use crate::soundness::{Term, WhirParameters};
use crate::transcript::{ProverTranscript, State, TranscriptError, VerifierTranscript};
use p3_blake3::Blake3;
use p3_commit::MultilinearPcs as _;
use p3_dft::Radix2DFTSmallBatch;
use p3_field::PrimeCharacteristicRing;
use p3_goldilocks::Goldilocks;
use p3_matrix::dense::RowMajorMatrix;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_multilinear_util::point::Point;
use p3_sumcheck::layout::{Layout as _, SuffixProver, Table};
use p3_sumcheck::{OpeningBatch, OpeningProtocol, PrescribedPointPcs, TableShape, TableSpec};
use p3_symmetric::{CompressionFunctionFromHasher, MerkleCap, SerializingHasher};
use p3_whir::{PcsProof, WhirConfig, WhirProof, WhirProver, WhirProverData};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Dft = Radix2DFTSmallBatch<Goldilocks>;
type LeafHash = SerializingHasher<Blake3>;
type NodeHash = CompressionFunctionFromHasher<Blake3, 2, 32>;
type Mmcs = MerkleTreeMmcs<Goldilocks, u8, LeafHash, NodeHash, 2, 32>;
type Layout = SuffixProver<Goldilocks, Inner>;
type Scheme = WhirProver<Inner, Goldilocks, Dft, Mmcs, Challenger, Layout>;
type Proof = WhirProof<Goldilocks, Inner, Mmcs>;
/// A Merkle root.
pub(super) type Cap = MerkleCap<Goldilocks, [u8; 32]>;

/// Bytes of a Merkle root.
const ROOT_BYTES: usize = 32;

/// Why committing, opening or checking failed.
#[derive(Debug, thiserror::Error)]
pub enum PcsError {
    /// The parameters cannot be realised.
    #[error("WHIR parameters: {0}")]
    Parameters(String),
    /// More values than the polynomial has evaluations.
    #[error("{values} values do not fit in {num_vars} variables")]
    TooManyValues {
        /// Values given.
        values: usize,
        /// Variables of the polynomial.
        num_vars: usize,
    },
    /// The point has the wrong number of coordinates.
    #[error("a point with {actual} coordinates for {expected} variables")]
    PointLength {
        /// Variables of the polynomial.
        expected: usize,
        /// Coordinates given.
        actual: usize,
    },
    /// The value is not the polynomial's at the point.
    #[error("the claimed value is not the committed polynomial's")]
    WrongValue,
    /// The opening is not in its one valid encoding.
    #[error("malformed opening: {0}")]
    Malformed(&'static str),
    /// The opening proof is wrong.
    #[error("opening rejected: {0}")]
    Rejected(String),
    /// The proof bytes are malformed.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// WHIR over Goldilocks, challenges in the cubic extension, BLAKE3 Merkle trees.
pub struct Whir {
    parameters: WhirParameters,
    scheme: Scheme,
}

/// The prover's data of one commitment.
pub struct WhirData {
    data: WhirProverData<Goldilocks, Inner, Mmcs, Layout>,
}

/// A received commitment.
pub struct WhirRoot(Cap);

impl Whir {
    /// The scheme for these parameters.
    ///
    /// # Errors
    /// If no WHIR schedule reaches the target.
    pub fn new(parameters: WhirParameters) -> Result<Self, PcsError> {
        let config = WhirConfig::new(parameters.num_vars, parameters.protocol())
            .map_err(|e| PcsError::Parameters(e.to_string()))?;
        let nodes = NodeHash::new(Blake3);
        let mmcs = Mmcs::new(LeafHash::new(Blake3), nodes, 0);
        Ok(Self {
            parameters,
            scheme: Scheme::new(config, Dft::default(), mmcs),
        })
    }

    /// One table with one polynomial, opened at one point.
    fn schedule(&self) -> OpeningProtocol {
        let opening = OpeningBatch::new(vec![0], Vec::new());
        let shape = TableShape::new(self.parameters.num_vars, 1);
        OpeningProtocol::new(vec![TableSpec::new(shape, vec![opening])])
    }

    fn point(&self, point: &[K]) -> Result<Point<Inner>, PcsError> {
        if point.len() != self.parameters.num_vars {
            let expected = self.parameters.num_vars;
            return Err(PcsError::PointLength {
                expected,
                actual: point.len(),
            });
        }
        Ok(Point::new(point.iter().map(|&r| to_inner(r)).collect()))
    }

    /// Decodes an opening and insists on the one canonical encoding.
    fn decode(bytes: &[u8]) -> Result<Proof, PcsError> {
        let (proof, rest): (Proof, _) =
            postcard::take_from_bytes(bytes).map_err(|_| PcsError::Malformed("encoding"))?;
        if !rest.is_empty() {
            return Err(PcsError::Malformed("trailing bytes"));
        }
        if encode(&proof)? != bytes {
            return Err(PcsError::Malformed("non-canonical encoding"));
        }
        Ok(proof)
    }
}

fn encode(proof: &Proof) -> Result<Vec<u8>, PcsError> {
    postcard::to_stdvec(proof).map_err(|_| PcsError::Malformed("encoding"))
}

/// Runs `step` with the transcript's state as WHIR's challenger.
fn with_challenger<T>(state: &mut State, step: impl FnOnce(&mut Challenger) -> T) -> T {
    let mut challenger = Challenger(state.clone());
    let result = step(&mut challenger);
    *state = challenger.0;
    result
}

impl MultilinearPcs for Whir {
    type ProverData = WhirData;
    type Commitment = WhirRoot;
    type Error = PcsError;

    fn num_vars(&self) -> usize {
        self.parameters.num_vars
    }

    fn commit(&self, values: &[F], t: &mut ProverTranscript) -> Result<WhirData, PcsError> {
        let num_vars = self.parameters.num_vars;
        let size = 1 << num_vars;
        if values.len() > size {
            return Err(PcsError::TooManyValues {
                values: values.len(),
                num_vars,
            });
        }
        let mut padded: Vec<Goldilocks> = Vec::with_capacity(size);
        padded.extend(values.iter().map(|&v| lanes::base(v)));
        padded.resize(size, Goldilocks::ZERO);
        let table = Table::new(RowMajorMatrix::new(padded, size));
        let folding = self.scheme.round_folding_factor(0);
        let witness = Layout::new_witness(vec![table], folding);
        let (root, data) = with_challenger(&mut t.state, |c| self.scheme.commit(witness, c))
            .map_err(|e| PcsError::Parameters(e.to_string()))?;
        // PCS-1
        t.send_bytes("commitment", &root.roots().concat());
        Ok(WhirData { data })
    }

    fn receive(&self, t: &mut VerifierTranscript<'_>) -> Result<WhirRoot, PcsError> {
        // The root comes first in the proof, and is hashed as WHIR does before
        // the message itself: the prover's order.
        let bytes = t.clone().receive_bytes("commitment", ROOT_BYTES)?;
        let digest: [u8; ROOT_BYTES] = bytes
            .try_into()
            .map_err(|_| PcsError::Malformed("commitment size"))?;
        let root = Cap::from(p3_symmetric::Hash::from(digest));
        with_challenger(&mut t.state, |c| self.scheme.observe_commitment(&root, c));
        t.receive_bytes("commitment", ROOT_BYTES)?;
        Ok(WhirRoot(root))
    }

    fn open(
        &self,
        data: WhirData,
        point: &[K],
        value: K,
        t: &mut ProverTranscript,
    ) -> Result<(), PcsError> {
        let point = self.point(point)?;
        let WhirData { data } = data;
        // PCS-3
        let proof = with_challenger(&mut t.state, |c| {
            self.scheme.open_at(data, &self.schedule(), &[point], c)
        })
        .map_err(|e| PcsError::Parameters(e.to_string()))?;
        let opened = proof.evals.first().and_then(|e| e.current().first());
        if opened != Some(&to_inner(value)) {
            return Err(PcsError::WrongValue);
        }
        // PCS-4
        t.send_bytes("whir", &encode(&proof.whir)?);
        Ok(())
    }

    fn verify(
        &self,
        commitment: &WhirRoot,
        point: &[K],
        value: K,
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), PcsError> {
        let point = self.point(point)?;
        // PCS-4 is read before, and hashed after, the replay of PCS-3.
        let limit = self.parameters.max_opening_bytes();
        let bytes = t.clone().receive_bytes("whir", limit)?;
        let proof = PcsProof {
            whir: Self::decode(&bytes)?,
            evals: vec![OpeningBatch::new(vec![to_inner(value)], Vec::new())],
        };
        let checked = with_challenger(&mut t.state, |c| {
            catch_unwind(AssertUnwindSafe(|| {
                self.scheme
                    .verify_at(&commitment.0, &proof, &self.schedule(), &[point], c)
            }))
        });
        match checked {
            Ok(Ok(_)) => {}
            Ok(Err(e)) => return Err(PcsError::Rejected(e.to_string())),
            Err(_) => return Err(PcsError::Malformed("shape")),
        }
        t.receive_bytes("whir", limit)?;
        Ok(())
    }

    fn soundness(&self) -> Vec<Term> {
        self.parameters.terms()
    }

    fn candidates_log2(&self) -> f64 {
        self.parameters.candidates_log2()
    }
}
