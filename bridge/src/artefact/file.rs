//! Bounded reading and atomic writing of whole artefact files.

use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::error::Problem;
use super::header::{HEADER_LENGTH, Header};

/// What to do when the file to be written is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Replace it in one step.
    Replace,
    /// Leave it alone and fail.
    Keep,
}

/// Reads one artefact: header, length against `limit`, payload, end of file, hash. No more than the payload length that
/// `limit` allows is ever held in memory.
///
/// # Errors
/// Any [`Problem`] of the header, of the lengths, of the hash, or of the operating system.
pub fn read_file(
    path: &Path,
    check: impl FnOnce(&Header) -> Result<u64, Problem>,
) -> Result<(Header, Vec<u8>), Problem> {
    let file = File::open(path).map_err(|source| Problem::Io {
        action: "open the file",
        source,
    })?;
    read_bytes(file, check)
}

/// As [`read_file`], from any reader.
///
/// # Errors
/// As [`read_file`].
pub fn read_bytes(
    mut file: impl Read,
    check: impl FnOnce(&Header) -> Result<u64, Problem>,
) -> Result<(Header, Vec<u8>), Problem> {
    let io = |action| move |source| Problem::Io { action, source };
    let mut start = Vec::with_capacity(HEADER_LENGTH);
    Read::by_ref(&mut file)
        .take(HEADER_LENGTH as u64)
        .read_to_end(&mut start)
        .map_err(io("read the file"))?;
    let header = Header::from_bytes(&start)?;
    let limit = check(&header)?;
    let length = header.payload_length;
    if length > limit {
        return Err(Problem::TooLarge { length, limit });
    }
    // One byte more than announced is asked for, to notice a file that goes on. The vector grows with what is really
    // there: the announced length reserves nothing.
    let mut payload = Vec::new();
    file.take(length.saturating_add(1))
        .read_to_end(&mut payload)
        .map_err(io("read the file"))?;
    let expected = length.saturating_add(HEADER_LENGTH as u64);
    let found = payload.len() as u64;
    if found < length {
        return Err(Problem::Truncated {
            expected,
            found: found + HEADER_LENGTH as u64,
        });
    }
    if found > length {
        return Err(Problem::TrailingBytes { expected });
    }
    if header.hash_with(&payload) != header.hash {
        return Err(Problem::HashMismatch);
    }
    Ok((header, payload))
}

/// Writes a file in one step: a temporary file in the same folder, its content, fsync, rename, fsync of the folder.
/// Either the whole new file is there afterwards or what was there before; nothing half-written is left.
/// A secret file is readable by its owner only, from its first byte on.
///
/// # Errors
/// [`Problem::Io`], and [`Problem::WouldReplaceSecret`] when `existing` says keep and the file is there.
pub fn write_atomically(
    path: &Path,
    parts: &[&[u8]],
    secret: bool,
    existing: Existing,
) -> Result<(), Problem> {
    let io = |action| move |source| Problem::Io { action, source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".blindproof-").suffix(".tmp");
    if let Some(permissions) = permissions(secret) {
        builder.permissions(permissions);
    }
    let mut temporary = builder
        .tempfile_in(&folder)
        .map_err(io("create a file in the folder"))?;
    for part in parts {
        temporary.write_all(part).map_err(io("write the file"))?;
    }
    temporary
        .as_file()
        .sync_all()
        .map_err(io("write the file to the disk"))?;
    match existing {
        Existing::Replace => temporary.persist(path),
        Existing::Keep => temporary.persist_noclobber(path),
    }
    .map_err(|error| match error.error {
        source if source.kind() == std::io::ErrorKind::AlreadyExists => Problem::WouldReplaceSecret,
        source => Problem::Io {
            action: "put the file in its place",
            source,
        },
    })?;
    sync_folder(&folder).map_err(io("write the folder to the disk"))
}

#[cfg(unix)]
fn permissions(secret: bool) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    // The process's umask takes its share off 0666, as it does for any new file.
    Some(Permissions::from_mode(if secret { 0o600 } else { 0o666 }))
}

#[cfg(not(unix))]
fn permissions(_secret: bool) -> Option<Permissions> {
    None
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
