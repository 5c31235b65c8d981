//! Bytes of files, decompressed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::{MAX_BYTES, Problem, SampleError};

/// The content of a file; of a gzip file, what is in it.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, SampleError> {
    let failed = |problem| SampleError::file(path, problem);
    let content = File::open(path)
        .and_then(|file| limited(file, MAX_BYTES))
        .map_err(|error| failed(Problem::Unreadable(error)))?;
    decompressed(path, content.ok_or_else(|| failed(too_large()))?)
}

/// The content of a file, or what is in it if it is a gzip file.
pub(super) fn decompressed(path: &Path, content: Vec<u8>) -> Result<Vec<u8>, SampleError> {
    let failed = |problem| SampleError::file(path, problem);
    if !content.starts_with(&[0x1f, 0x8b]) {
        return Ok(content);
    }
    limited(MultiGzDecoder::new(&content[..]), MAX_BYTES)
        .map_err(|error| failed(Problem::Decompress(error)))?
        .ok_or_else(|| failed(too_large()))
}

/// Everything, if it has at most `limit` bytes.
pub(super) fn limited(reader: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    reader.take(limit + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= limit).then_some(content))
}

pub(super) fn too_large() -> Problem {
    Problem::TooLarge {
        what: "bytes or more",
        found: MAX_BYTES + 1,
        limit: MAX_BYTES,
    }
}
