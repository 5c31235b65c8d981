//! The payload codec: little-endian words, sizes and raw bytes, read with every length checked.
//!
//! A [`Reader`] never reserves memory for a length it has not compared with the bytes that are left, so a
//! forged length costs an attacker an error message, not our memory.

use blindproof_fhe::modulus::P;

use super::error::Problem;

/// Builds a payload.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Appends one little-endian 64-bit word.
    pub fn word(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    /// Appends a size or a count as one word.
    pub fn size(&mut self, size: usize) {
        self.word(size as u64);
    }

    /// Appends words one after the other, without a length: the reader must know how many to expect.
    pub fn words(&mut self, words: impl IntoIterator<Item = u64>) {
        for word in words {
            self.word(word);
        }
    }

    /// Appends bytes as they are, without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The finished payload.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Takes a payload apart, front to back.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over a whole payload.
    pub fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// How many bytes have not been read yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes, as they are.
    ///
    /// # Errors
    /// [`Problem::PayloadTooShort`] when fewer are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Problem> {
        let (head, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(Problem::PayloadTooShort {
                needed: count as u64,
                left: self.rest.len() as u64,
            })?;
        self.rest = rest;
        Ok(head)
    }

    /// The next word, any value.
    ///
    /// # Errors
    /// [`Problem::PayloadTooShort`] at the end.
    pub fn word(&mut self) -> Result<u64, Problem> {
        let bytes = self.take(8)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |word, byte| (word << 8) | u64::from(*byte)))
    }

    /// The next word as a size of at most `limit`; `what` names it in the error.
    ///
    /// # Errors
    /// [`Problem::SizeOutOfRange`] above the limit, [`Problem::PayloadTooShort`] at the end.
    pub fn size(&mut self, what: &'static str, limit: usize) -> Result<usize, Problem> {
        let value = self.word()?;
        match usize::try_from(value) {
            Ok(size) if size <= limit => Ok(size),
            _ => Err(Problem::SizeOutOfRange {
                what,
                value,
                limit: limit as u64,
            }),
        }
    }

    /// The next `count` words, each of them canonical, that is in `[0, p)`.
    ///
    /// # Errors
    /// [`Problem::PayloadTooShort`] before anything is reserved, [`Problem::NonCanonicalWord`] with the position.
    pub fn canonical_words(&mut self, count: usize) -> Result<Vec<u64>, Problem> {
        let length = count.checked_mul(8).ok_or(Problem::PayloadTooShort {
            needed: u64::MAX,
            left: self.rest.len() as u64,
        })?;
        let mut words = Reader::new(self.take(length)?);
        (0..count)
            .map(|index| {
                let value = words.word()?;
                if value < P {
                    Ok(value)
                } else {
                    Err(Problem::NonCanonicalWord { index, value })
                }
            })
            .collect()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Problem::PayloadTooLong`] when bytes are left.
    pub fn finish(self) -> Result<(), Problem> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(Problem::PayloadTooLong {
                extra: extra as u64,
            }),
        }
    }
}
