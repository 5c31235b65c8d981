//! The header every artefact file begins with.
//!
//! ```text
//! offset  bytes  field
//!      0      8  magic "BLINDPRF"
//!      8      4  format version, little-endian
//!     12      4  artefact type, little-endian
//!     16     64  name of the parameter set, UTF-8, padded with zero bytes
//!     80     32  fingerprint of the parameter set
//!    112      8  payload length in bytes, little-endian
//!    120     32  BLAKE3 of bytes 0..120 and of the payload
//!    152      -  payload
//! ```

use std::fmt;

use blindproof_fhe::params::ParameterSet;

use super::error::Problem;

/// The first eight bytes of every artefact file.
pub const MAGIC: [u8; 8] = *b"BLINDPRF";
/// The version of the header and payload layouts written and read by this program.
pub const FORMAT_VERSION: u32 = 1;
/// Length of a header in bytes.
pub const HEADER_LENGTH: usize = 152;
/// Length of the part of the header that the hash covers.
const HASHED_LENGTH: usize = 120;
/// Longest name of a parameter set, in bytes.
const NAME_LENGTH: usize = 64;

/// What an artefact file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArtefactType {
    /// The client's secret keys.
    ClientKey,
    /// The public key-switching key.
    KeySwitchingKey,
    /// The public bootstrapping key.
    BootstrappingKey,
    /// Ciphertexts a client sends to a server.
    InputCiphertexts,
    /// Ciphertexts a server sends back.
    OutputCiphertexts,
    /// What a proof is about.
    Statement,
    /// A proof.
    Proof,
    /// Everything the evaluator saw: the witness of the proof.
    Trace,
    /// A commitment to the evaluation keys.
    KeyIndex,
    /// Ciphertexts a client sends to a server, with masks from a seed.
    SeededInputCiphertexts,
}

impl ArtefactType {
    /// Every type, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::ClientKey,
        Self::KeySwitchingKey,
        Self::BootstrappingKey,
        Self::InputCiphertexts,
        Self::OutputCiphertexts,
        Self::Statement,
        Self::Proof,
        Self::Trace,
        Self::KeyIndex,
        Self::SeededInputCiphertexts,
    ];

    /// The number of the type in a header.
    pub const fn code(self) -> u32 {
        match self {
            Self::ClientKey => 1,
            Self::KeySwitchingKey => 2,
            Self::BootstrappingKey => 3,
            Self::InputCiphertexts => 4,
            Self::OutputCiphertexts => 5,
            Self::Statement => 6,
            Self::Proof => 7,
            Self::Trace => 8,
            Self::KeyIndex => 9,
            Self::SeededInputCiphertexts => 10,
        }
    }

    /// The type of a number, if there is one.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the file must be kept from everyone but its owner.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::ClientKey)
    }
}

impl fmt::Display for ArtefactType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ClientKey => "client key",
            Self::KeySwitchingKey => "key-switching key",
            Self::BootstrappingKey => "bootstrapping key",
            Self::InputCiphertexts => "input ciphertexts",
            Self::OutputCiphertexts => "output ciphertexts",
            Self::Statement => "statement",
            Self::Proof => "proof",
            Self::Trace => "trace",
            Self::KeyIndex => "key index",
            Self::SeededInputCiphertexts => "seeded input ciphertexts",
        })
    }
}

/// A decoded header. Its parameter set is one this program knows, by name and by fingerprint.
#[derive(Debug, Clone)]
pub struct Header {
    /// What the file holds.
    pub kind: ArtefactType,
    /// The parameter set the content was made with.
    pub parameters: &'static ParameterSet,
    /// Length of the payload in bytes.
    pub payload_length: u64,
    /// BLAKE3 of the fields above, as encoded, and of the payload.
    pub hash: [u8; 32],
}

impl Header {
    /// The header of a payload.
    ///
    /// # Errors
    /// [`Problem::BadParameterName`] when the name of the parameter set is empty or longer than 64 bytes.
    pub fn of_payload(
        kind: ArtefactType,
        parameters: &'static ParameterSet,
        payload: &[u8],
    ) -> Result<Self, Problem> {
        if parameters.name.is_empty() || parameters.name.len() > NAME_LENGTH {
            return Err(Problem::BadParameterName);
        }
        let mut header = Self {
            kind,
            parameters,
            payload_length: payload.len() as u64,
            hash: [0; 32],
        };
        header.hash = header.hash_with(payload);
        Ok(header)
    }

    /// The BLAKE3 that belongs to this header's other fields and `payload`.
    pub fn hash_with(&self, payload: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.hashed_fields());
        hasher.update_rayon(payload);
        hasher.finalize().into()
    }

    /// The bytes of the header.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.hashed_fields();
        bytes.extend_from_slice(&self.hash);
        bytes
    }

    fn hashed_fields(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LENGTH);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.kind.code().to_le_bytes());
        bytes.extend_from_slice(self.parameters.name.as_bytes());
        bytes.resize(16 + NAME_LENGTH, 0);
        bytes.extend_from_slice(&self.parameters.fingerprint());
        bytes.extend_from_slice(&self.payload_length.to_le_bytes());
        debug_assert_eq!(bytes.len(), HASHED_LENGTH);
        bytes
    }

    /// Decodes a header. `bytes` are the first bytes of a file, at most [`HEADER_LENGTH`] of them.
    ///
    /// # Errors
    /// In this order: [`Problem::NotBlindproof`], [`Problem::Truncated`], [`Problem::WrongVersion`],
    /// [`Problem::UnknownType`], [`Problem::BadParameterName`], [`Problem::UnknownParameterSet`],
    /// [`Problem::OtherDefinition`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let start = bytes.len().min(MAGIC.len());
        if start == 0 || bytes.get(..start) != MAGIC.get(..start) {
            return Err(Problem::NotBlindproof);
        }
        let (header, _) = bytes
            .split_first_chunk::<HEADER_LENGTH>()
            .ok_or(Problem::Truncated {
                expected: HEADER_LENGTH as u64,
                found: bytes.len() as u64,
            })?;
        let version = u32::from_le_bytes(field::<8, 4>(header));
        if version != FORMAT_VERSION {
            return Err(Problem::WrongVersion { found: version });
        }
        let code = u32::from_le_bytes(field::<12, 4>(header));
        let kind = ArtefactType::from_code(code).ok_or(Problem::UnknownType { found: code })?;
        let padded: [u8; NAME_LENGTH] = field::<16, NAME_LENGTH>(header);
        let parameters = ParameterSet::by_name(unpad(&padded)?).map_err(|reason| {
            Problem::UnknownParameterSet {
                reason: reason.to_string(),
            }
        })?;
        let fingerprint: [u8; 32] = field::<80, 32>(header);
        if fingerprint != parameters.fingerprint() {
            return Err(Problem::OtherDefinition {
                name: parameters.name.to_owned(),
                expected: hexadecimal(&parameters.fingerprint()),
                found: hexadecimal(&fingerprint),
            });
        }
        Ok(Self {
            kind,
            parameters,
            payload_length: u64::from_le_bytes(field::<112, 8>(header)),
            hash: field::<HASHED_LENGTH, 32>(header),
        })
    }
}

/// The `LENGTH` bytes of a header from `OFFSET` on. Offsets are constants checked when compiled.
fn field<const OFFSET: usize, const LENGTH: usize>(header: &[u8; HEADER_LENGTH]) -> [u8; LENGTH] {
    const { assert!(OFFSET + LENGTH <= HEADER_LENGTH) };
    std::array::from_fn(|i| header[OFFSET + i])
}

/// The name in a zero-padded field; only zero bytes may follow the first one.
fn unpad(padded: &[u8]) -> Result<&str, Problem> {
    let end = padded
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(padded.len());
    let (name, padding) = padded.split_at(end);
    if name.is_empty() || padding.iter().any(|byte| *byte != 0) {
        return Err(Problem::BadParameterName);
    }
    std::str::from_utf8(name).map_err(|_| Problem::BadParameterName)
}

/// Lower-case hexadecimal digits of bytes.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
