//! Work folder: finished parts of a proof on disk, so that a killed prover goes on where it was.
//!
//! Every part is one file, named by what it depends on and closed by a BLAKE3 digest of its name and content. Parts are written to a
//! temporary file and renamed, so a file is either whole or absent; one that is damaged all the same is made again.
//! Nothing here is trusted by a verifier: a wrong part gives a proof that is rejected, never an accepted one.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use blindproof_zk::argument::Checkpoints;

use crate::statement::Digest;

const DIGEST: usize = size_of::<Digest>();
const WORD: usize = size_of::<u64>();
/// Words that are converted at once.
const BLOCK: usize = 1 << 16;

/// A folder of finished parts.
#[derive(Clone, Debug)]
pub struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    /// Opens the folder, which is made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Removes all parts, and the folder if nothing else is in it.
    ///
    /// # Errors
    /// When a part cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "part" || e == "tmp") {
                fs::remove_file(path)?;
            }
        }
        let _ = fs::remove_dir(&self.path);
        Ok(())
    }

    fn place(&self, name: &Digest) -> PathBuf {
        let hex: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        self.path.join(format!("{hex}.part"))
    }

    /// Writes a part made of pieces.
    fn write(&self, name: &Digest, pieces: impl Iterator<Item = Vec<u8>>) -> io::Result<PathBuf> {
        let place = self.place(name);
        let temporary = place.with_extension("tmp");
        let mut file = File::create(&temporary)?;
        let mut hasher = hasher(name);
        for piece in pieces {
            hasher.update_rayon(&piece);
            file.write_all(&piece)?;
        }
        file.write_all(hasher.finalize().as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &place)?;
        Ok(place)
    }

    /// Whether a part of `len` bytes is there and whole.
    fn is_whole(&self, name: &Digest, len: usize) -> io::Result<bool> {
        let mut file = match File::open(self.place(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() != (len + DIGEST) as u64 {
            return Ok(false);
        }
        let mut hasher = hasher(name);
        let mut left = len;
        let mut buffer = vec![0; (BLOCK * WORD).min(len.max(1))];
        while left > 0 {
            let part = &mut buffer[..left.min(BLOCK * WORD)];
            file.read_exact(part)?;
            hasher.update_rayon(part);
            left -= part.len();
        }
        let mut digest = [0; DIGEST];
        file.read_exact(&mut digest)?;
        Ok(hasher.finalize() == digest)
    }

    /// The words stored under a name, if all `len` of them are there.
    pub(crate) fn words(&self, name: &Digest, len: usize) -> io::Result<Option<StoredWords>> {
        if !self.is_whole(name, len * WORD)? {
            return Ok(None);
        }
        let file = File::open(self.place(name))?;
        Ok(Some(StoredWords { file, len }))
    }

    /// Stores words under a name.
    pub(crate) fn store_words(&self, name: &Digest, words: &[u64]) -> io::Result<StoredWords> {
        let pieces = words
            .chunks(BLOCK)
            .map(|words| words.iter().flat_map(|word| word.to_le_bytes()).collect());
        let file = File::open(self.write(name, pieces)?)?;
        Ok(StoredWords {
            file,
            len: words.len(),
        })
    }
}

fn hasher(name: &Digest) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key("blindproof v2 finished part");
    hasher.update(name);
    hasher
}

impl Checkpoints for WorkFolder {
    fn load(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.place(key)).ok()?;
        let len = bytes.len().checked_sub(DIGEST)?;
        let digest = bytes.split_off(len);
        (hasher(key).update(&bytes).finalize().as_bytes()[..] == digest[..]).then_some(bytes)
    }

    /// A part that cannot be written is only lost for a later run.
    fn store(&self, key: &[u8; 32], result: &[u8]) {
        let _ = self.write(key, std::iter::once(result.to_vec()));
    }
}

/// Words on disk.
#[derive(Debug)]
pub(crate) struct StoredWords {
    file: File,
    len: usize,
}

impl StoredWords {
    /// Number of words.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Words `start..start + len`.
    pub fn read(&self, start: usize, len: usize) -> io::Result<Vec<u64>> {
        let mut bytes = vec![0; len * WORD];
        self.file.read_exact_at(&mut bytes, (start * WORD) as u64)?;
        let (words, _) = bytes.as_chunks::<WORD>();
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let work = WorkFolder::open(&folder.path().join("work")).unwrap();
        let (name, other) = ([7; 32], [8; 32]);
        let words: Vec<u64> = (0..200_000).map(|i| i * 77_777_777_777).collect();
        assert!(work.words(&name, words.len()).unwrap().is_none());
        let stored = work.store_words(&name, &words).unwrap();
        assert_eq!(stored.len(), words.len());
        let stored = work.words(&name, words.len()).unwrap().unwrap();
        assert_eq!(stored.read(100_000, 5).unwrap(), words[100_000..100_005]);
        assert_eq!(stored.read(0, words.len()).unwrap(), words);
        assert!(work.words(&name, words.len() - 1).unwrap().is_none());
        work.store(&other, b"result");
        assert_eq!(work.load(&other).unwrap(), b"result");

        // A flipped bit, a cut, another name.
        let place = work.place(&name);
        let mut bytes = fs::read(&place).unwrap();
        bytes[1000] ^= 1;
        fs::write(&place, &bytes).unwrap();
        assert!(work.words(&name, words.len()).unwrap().is_none());
        bytes[1000] ^= 1;
        fs::write(&place, &bytes[..bytes.len() - 1]).unwrap();
        assert!(work.words(&name, words.len()).unwrap().is_none());
        fs::rename(work.place(&other), &place).unwrap();
        assert!(work.load(&name).is_none());
        assert!(work.load(&other).is_none());
        work.remove().unwrap();
        assert!(!folder.path().join("work").exists());
    }
}
